/* SPDX-License-Identifier: Apache-2.0 */
/* Time as people write it, and numbers that look random. */
#include "lockarb_bitmap.h"

#define SECOND INT64_C(10000000)
#define DAY (INT64_C(24) * 60 * 60)
enum {
  DAYS_TO_1970 = 134774,
  DAYS_TO_1980 = 138426,
  DAYS_OF_400_YEARS = 146097,
  FIRST_YEAR = 1601,
  LAST_YEAR = 30827,
};

static bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int days_of_month(int year, int month) {
  static const UCHAR days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

/* From the first one of 1601, which begins 400 years, to that of the year. */
static int64_t days_before_year(int year) {
  int64_t years = year - FIRST_YEAR;
  return years * 365 + years / 4 - years / 100 + years / 400;
}

VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields) {
  int64_t milliseconds = Time->QuadPart / (SECOND / 1000), seconds = milliseconds / 1000;
  int64_t days = seconds / DAY, in_day = seconds % DAY;
  int year = (int)(days * 400 / DAYS_OF_400_YEARS) + FIRST_YEAR; /* at most one too late or early */
  if (days_before_year(year) > days) year--;
  if (days_before_year(year + 1) <= days) year++;
  int day = (int)(days - days_before_year(year)), month = 1;
  while (day >= days_of_month(year, month)) day -= days_of_month(year, month++);
  *TimeFields = (TIME_FIELDS){.Year = (CSHORT)year,
                              .Month = (CSHORT)month,
                              .Day = (CSHORT)(day + 1),
                              .Hour = (CSHORT)(in_day / 3600),
                              .Minute = (CSHORT)(in_day / 60 % 60),
                              .Second = (CSHORT)(in_day % 60),
                              .Milliseconds = (CSHORT)(milliseconds % 1000),
                              .Weekday = (CSHORT)((days + 1) % 7)};
}

static bool is_between(int low, int value, int high) { return low <= value && value <= high; }

BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time) {
  const TIME_FIELDS *t = TimeFields;
  bool right = is_between(FIRST_YEAR, t->Year, LAST_YEAR) && is_between(1, t->Month, 12) &&
               is_between(0, t->Hour, 23) && is_between(0, t->Minute, 59) &&
               is_between(0, t->Second, 59) && is_between(0, t->Milliseconds, 999);
  if (!right || !is_between(1, t->Day, days_of_month(t->Year, t->Month))) return FALSE;
  int64_t days = days_before_year(t->Year) + t->Day - 1;
  for (int month = 1; month < t->Month; month++) days += days_of_month(t->Year, month);
  int64_t seconds = days * DAY + t->Hour * 3600 + t->Minute * 60 + t->Second;
  Time->QuadPart = seconds * SECOND + t->Milliseconds * (SECOND / 1000);
  return TRUE;
}

static BOOLEAN to_seconds(const LARGE_INTEGER *time, int64_t first_day, PULONG seconds) {
  int64_t elapsed = time->QuadPart / SECOND - first_day * DAY;
  if (elapsed < 0 || elapsed > MAXULONG) return FALSE;
  *seconds = (ULONG)elapsed;
  return TRUE;
}

BOOLEAN RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
  return to_seconds(Time, DAYS_TO_1970, ElapsedSeconds);
}

BOOLEAN RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
  return to_seconds(Time, DAYS_TO_1980, ElapsedSeconds);
}

VOID RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
  Time->QuadPart = (DAYS_TO_1970 * DAY + ElapsedSeconds) * SECOND;
}

VOID RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
  Time->QuadPart = (DAYS_TO_1980 * DAY + ElapsedSeconds) * SECOND;
}

VOID ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime) {
  *LocalTime = *SystemTime;
}

VOID ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime) {
  *SystemTime = *LocalTime;
}

/* A linear congruential generator. */
ULONG RtlUniform(PULONG Seed) {
  *Seed = (ULONG)((UINT64_C(0x7FFFFFED) * *Seed + 0x7FFFFFC3) % MAXLONG);
  return *Seed;
}

/* Its steps are too regular: what is returned is one of its numbers mixed up.
 */
ULONG RtlRandom(PULONG Seed) {
  uint64_t x = RtlUniform(Seed) * UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  return (ULONG)((x ^ x >> 31) % MAXLONG);
}

ULONG RtlRandomEx(PULONG Seed) { return RtlRandom(Seed); }
