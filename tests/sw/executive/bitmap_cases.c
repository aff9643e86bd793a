/* SPDX-License-Identifier: Apache-2.0 */
/* Bitmaps, numbers that look random, and time as people write it. */
#include "cases.h"

static RTL_BITMAP map;
static ULONG words[4];

static VOID SetUp(VOID) {
  RtlInitializeBitMap(&map, words, 100);
  words[3] = 0;
  RtlClearAllBits(&map);
}

CASE(Bitmaps, SetAndClearRunsAcrossWords) {
  SetUp();
  RtlSetBits(&map, 30, 40);
  ASSERT(words[0] == 0xC0000000 && words[1] == MAXULONG && words[2] == 0x3F);
  ASSERT(RtlAreBitsSet(&map, 30, 40) && !RtlAreBitsSet(&map, 29, 2) && !RtlAreBitsSet(&map, 69, 2));
  ASSERT(RtlAreBitsClear(&map, 0, 30) && !RtlAreBitsClear(&map, 0, 31));
  ASSERT(!RtlAreBitsClear(&map, 90, 11) && !RtlAreBitsClear(&map, 0, 0));
  ASSERT(RtlNumberOfSetBits(&map) == 40 && RtlNumberOfClearBits(&map) == 60);
  RtlClearBits(&map, 32, 32);
  ASSERT(RtlNumberOfSetBits(&map) == 8 && words[1] == 0);
  RtlSetBit(&map, 50);
  ASSERT(RtlCheckBit(&map, 50) && RtlTestBit(&map, 31) && !RtlTestBit(&map, 32));
  RtlClearBit(&map, 50);
  ASSERT(!RtlTestBit(&map, 50));
  RtlSetAllBits(&map);
  ASSERT(RtlNumberOfClearBits(&map) == 0 && words[3] == 0xF); /* nothing behind the end */
}

CASE(Bitmaps, FindRunsFromAHintOn) {
  ULONG start;
  SetUp();
  RtlSetBits(&map, 10, 50);
  ASSERT(RtlFindClearBits(&map, 10, 5) == 60 && RtlFindClearBits(&map, 10, 0) == 0);
  ASSERT(RtlFindClearBits(&map, 40, 0) == 60 && RtlFindClearBits(&map, 41, 0) == MAXULONG);
  ASSERT(RtlFindClearBits(&map, 5, 98) == 0); /* around the end */
  ASSERT(RtlFindClearBits(&map, 3, 1000) == 0 && RtlFindClearBits(&map, 0, 7) == 7);
  ASSERT(RtlFindSetBits(&map, 50, 0) == 10 && RtlFindSetBits(&map, 51, 0) == MAXULONG);
  ASSERT(RtlFindClearBitsAndSet(&map, 10, 0) == 0 && RtlAreBitsSet(&map, 0, 60));
  ASSERT(RtlFindSetBitsAndClear(&map, 20, 40) == 40 && RtlAreBitsClear(&map, 40, 60));
  ASSERT(RtlFindFirstRunClear(&map, &start) == 60 && start == 40);
  RtlSetBit(&map, 45);
  ASSERT(RtlFindNextForwardRunClear(&map, 42, &start) == 3 && start == 42);
  ASSERT(RtlFindNextForwardRunClear(&map, 45, &start) == 54 && start == 46);
  ASSERT(RtlFindNextForwardRunClear(&map, 100, &start) == 0);
  ASSERT(RtlFindLastBackwardRunClear(&map, 45, &start) == 5 && start == 40);
  ASSERT(RtlFindLastBackwardRunClear(&map, 39, &start) == 0);
  ASSERT(RtlFindLongestRunClear(&map, &start) == 54 && start == 46);
}

CASE(Bitmaps, ListTheirRuns) {
  RTL_BITMAP_RUN runs[3];
  SetUp();
  RtlSetAllBits(&map);
  RtlClearBits(&map, 1, 2);
  RtlClearBits(&map, 10, 5);
  RtlClearBits(&map, 20, 1);
  RtlClearBits(&map, 90, 10);
  ASSERT(RtlFindClearRuns(&map, runs, 3, FALSE) == 3);
  ASSERT(runs[0].StartingIndex == 1 && runs[2].StartingIndex == 20 && runs[2].NumberOfBits == 1);
  ASSERT(RtlFindClearRuns(&map, runs, 3, TRUE) == 3);
  ASSERT(runs[0].StartingIndex == 90 && runs[1].StartingIndex == 10 && runs[2].NumberOfBits == 2);
  ASSERT(RtlFindMostSignificantBit(0x8001) == 15 && RtlFindLeastSignificantBit(0x8000) == 15);
  ASSERT(RtlFindMostSignificantBit(0) == -1 && RtlFindLeastSignificantBit(0) == -1);
  ULONG flags = 5;
  ASSERT(RtlInterlockedSetBits(&flags, 2) == 5 && RtlInterlockedClearBits(&flags, 4) == 7);
  ASSERT(RtlInterlockedXorBits(&flags, 1) == 3 && RtlInterlockedAndBits(&flags, 2) == 2);
  RtlInterlockedSetBitsDiscardReturn(&flags, 8);
  RtlInterlockedClearBitsDiscardReturn(&flags, 2);
  ASSERT(flags == 8);
}

STOP_CASE(Bitmaps, BitsOutsideStop, "LOCKARB_MISUSE (0xC000000D, 0x5A, 0xB, 0x64)") {
  SetUp();
  RtlSetBits(&map, 90, 11);
}

CASE(RandomNumbers, RepeatAfterTheirSeedOnly) {
  ULONG first = 1, second = 1, high = 0;
  for (ULONG i = 0; i < 1000; i++) {
    ULONG number = RtlRandomEx(&first);
    ASSERT(number == RtlRandom(&second) && number < MAXLONG);
    high += number > MAXLONG / 2;
  }
  ASSERT(high > 400 && high < 600 && first == second);
  first = 0;
  ASSERT(RtlUniform(&first) == 0x7FFFFFC3);
}

CASE(TimeFields, AreDaysOfTheCalendar) {
  static const struct {
    TIME_FIELDS fields;
    LONGLONG seconds; /* since 1970 */
  } days[] = {{{1970, 1, 1, 0, 0, 0, 0, 4}, 0},
              {{2000, 2, 29, 23, 59, 59, 999, 2}, 951868799},
              {{2100, 3, 1, 0, 0, 0, 0, 1}, 4107542400},
              {{1999, 12, 31, 12, 30, 15, 1, 5}, 946643415},
              {{1980, 1, 1, 0, 0, 0, 0, 2}, 315532800}};
  LARGE_INTEGER time, back;
  TIME_FIELDS fields;
  ULONG seconds;
  for (ULONG i = 0; i < ARRAYSIZE(days); i++) {
    fields = days[i].fields;
    fields.Weekday = 0;
    ASSERT(RtlTimeFieldsToTime(&fields, &time));
    ASSERT(time.QuadPart / 10000000 - 11644473600 == days[i].seconds);
    RtlTimeToTimeFields(&time, &fields);
    ASSERT(RtlEqualMemory(&fields, &days[i].fields, sizeof(fields)));
    ASSERT(RtlTimeToSecondsSince1970(&time, &seconds) && seconds == days[i].seconds);
    RtlSecondsSince1970ToTime(seconds, &back);
    ASSERT(back.QuadPart == time.QuadPart - time.QuadPart % 10000000);
  }
  ASSERT(RtlTimeToSecondsSince1980(&time, &seconds) && seconds == 0);
  RtlSecondsSince1980ToTime(60, &back);
  ASSERT(back.QuadPart == time.QuadPart + 600000000);
  ExSystemTimeToLocalTime(&time, &back);
  ExLocalTimeToSystemTime(&back, &time);
  ASSERT(back.QuadPart == time.QuadPart);
  time.QuadPart = 0;
  RtlTimeToTimeFields(&time, &fields);
  ASSERT(fields.Year == 1601 && fields.Month == 1 && fields.Day == 1 && fields.Weekday == 1);
  ASSERT(!RtlTimeToSecondsSince1970(&time, &seconds));
  for (LONGLONG day = 0; day < 200000; day += 97) { /* there and back, over five centuries */
    time.QuadPart = day * 864000000000;
    RtlTimeToTimeFields(&time, &fields);
    ASSERT(RtlTimeFieldsToTime(&fields, &back) && back.QuadPart == time.QuadPart);
  }
  fields = days[1].fields;
  fields.Year = 2001;
  ASSERT(!RtlTimeFieldsToTime(&fields, &time)); /* no leap year */
  fields.Day = 28;
  fields.Hour = 24;
  ASSERT(!RtlTimeFieldsToTime(&fields, &time));
}
