/* SPDX-License-Identifier: Apache-2.0 */
/* Bitmaps. */
#include "lockarb_bitmap.h"

#include "executive/call.h"

enum { UNITS = 32 };
#define NOWHERE 0xFFFFFFFFu

static bool test(const RTL_BITMAP *map, ULONG bit) {
  return map->Buffer[bit / UNITS] >> bit % UNITS & 1;
}

static void check_inside(const RTL_BITMAP *map, ULONG start, ULONG count, struct call call) {
  if (start <= map->SizeOfBitMap && count <= map->SizeOfBitMap - start) return;
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER, start,
                 count, map->SizeOfBitMap);
}

static void fill(PRTL_BITMAP map, ULONG start, ULONG count, bool value, struct call call) {
  check_inside(map, start, count, call);
  while (count > 0) {
    ULONG offset = start % UNITS, here = min(count, UNITS - offset);
    ULONG mask = (here == UNITS ? NOWHERE : (1u << here) - 1) << offset;
    PULONG word = &map->Buffer[start / UNITS];
    *word = value ? *word | mask : *word & ~mask;
    start += here;
    count -= here;
  }
}

/* The first bit from there on that has the value, before the end; else the end.
 */
static ULONG find(const RTL_BITMAP *map, ULONG from, ULONG end, bool value) {
  while (from < end) {
    ULONG word = map->Buffer[from / UNITS];
    word = (value ? word : ~word) >> from % UNITS;
    if (word != 0) return min(from + (ULONG)__builtin_ctz(word), end);
    from += UNITS - from % UNITS;
  }
  return end;
}

VOID RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap) {
  BitMapHeader->SizeOfBitMap = SizeOfBitMap;
  BitMapHeader->Buffer = BitMapBuffer;
}

VOID RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  fill(BitMapHeader, BitNumber, 1, true, THIS_CALL);
}

VOID RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  fill(BitMapHeader, BitNumber, 1, false, THIS_CALL);
}

BOOLEAN RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  check_inside(BitMapHeader, BitNumber, 1, THIS_CALL);
  return test(BitMapHeader, BitNumber);
}

VOID RtlSetAllBits(PRTL_BITMAP BitMapHeader) {
  fill(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true, THIS_CALL);
}

VOID RtlClearAllBits(PRTL_BITMAP BitMapHeader) {
  fill(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false, THIS_CALL);
}

VOID RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet) {
  fill(BitMapHeader, StartingIndex, NumberToSet, true, THIS_CALL);
}

VOID RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear) {
  fill(BitMapHeader, StartingIndex, NumberToClear, false, THIS_CALL);
}

static bool are_all(PRTL_BITMAP map, ULONG start, ULONG count, bool value) {
  bool inside = start < map->SizeOfBitMap && count <= map->SizeOfBitMap - start;
  return inside && count > 0 && find(map, start, start + count, !value) == start + count;
}

BOOLEAN RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length) {
  return are_all(BitMapHeader, StartingIndex, Length, true);
}

BOOLEAN RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length) {
  return are_all(BitMapHeader, StartingIndex, Length, false);
}

ULONG RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader) {
  ULONG set = 0, size = BitMapHeader->SizeOfBitMap;
  for (ULONG at = 0; (at = find(BitMapHeader, at, size, true)) < size;) {
    ULONG end = find(BitMapHeader, at, size, false);
    set += end - at;
    at = end;
  }
  return set;
}

ULONG RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader) {
  return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}

/* Runs */

/* A run of count bits with the value that begins in [from, to). */
static ULONG find_run(PRTL_BITMAP map, ULONG count, ULONG from, ULONG to, bool value) {
  ULONG size = map->SizeOfBitMap;
  while ((from = find(map, from, size, value)) < to) {
    if (count > size - from) return NOWHERE;
    ULONG end = find(map, from, from + count, !value);
    if (end == from + count) return from;
    from = end;
  }
  return NOWHERE;
}

static ULONG find_from_hint(PRTL_BITMAP map, ULONG count, ULONG hint, bool value) {
  if (hint >= map->SizeOfBitMap) hint = 0;
  if (count == 0) return hint;
  ULONG found = find_run(map, count, hint, map->SizeOfBitMap, value);
  return found != NOWHERE ? found : find_run(map, count, 0, hint, value);
}

ULONG RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  return find_from_hint(BitMapHeader, NumberToFind, HintIndex, false);
}

ULONG RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  return find_from_hint(BitMapHeader, NumberToFind, HintIndex, true);
}

ULONG RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ULONG found = find_from_hint(BitMapHeader, NumberToFind, HintIndex, false);
  if (found != NOWHERE) fill(BitMapHeader, found, NumberToFind, true, THIS_CALL);
  return found;
}

ULONG RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ULONG found = find_from_hint(BitMapHeader, NumberToFind, HintIndex, true);
  if (found != NOWHERE) fill(BitMapHeader, found, NumberToFind, false, THIS_CALL);
  return found;
}

ULONG RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                 PULONG StartingRunIndex) {
  ULONG size = BitMapHeader->SizeOfBitMap;
  ULONG start = find(BitMapHeader, min(FromIndex, size), size, false);
  *StartingRunIndex = start;
  return find(BitMapHeader, start, size, true) - start;
}

ULONG RtlFindLastBackwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                  PULONG StartingRunIndex) {
  ULONG end = min(FromIndex + (FromIndex != NOWHERE), BitMapHeader->SizeOfBitMap);
  while (end > 0 && test(BitMapHeader, end - 1)) end--;
  ULONG start = end;
  while (start > 0 && !test(BitMapHeader, start - 1)) start--;
  *StartingRunIndex = start;
  return end - start;
}

ULONG RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex) {
  return RtlFindNextForwardRunClear(BitMapHeader, 0, StartingIndex);
}

ULONG RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex) {
  RTL_BITMAP_RUN run = {0, 0}, longest = {0, 0};
  for (;;) {
    ULONG from = run.StartingIndex + run.NumberOfBits;
    run.NumberOfBits = RtlFindNextForwardRunClear(BitMapHeader, from, &run.StartingIndex);
    if (run.NumberOfBits == 0) break;
    if (run.NumberOfBits > longest.NumberOfBits) longest = run;
  }
  *StartingIndex = longest.StartingIndex;
  return longest.NumberOfBits;
}

/* Behind those that are at least as long. */
static ULONG insert_by_length(PRTL_BITMAP_RUN runs, ULONG count, ULONG room, RTL_BITMAP_RUN run) {
  ULONG at = count;
  while (at > 0 && runs[at - 1].NumberOfBits < run.NumberOfBits) at--;
  if (at == room) return count;
  if (count < room) count++;
  for (ULONG i = count - 1; i > at; i--) runs[i] = runs[i - 1];
  runs[at] = run;
  return count;
}

ULONG RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray, ULONG SizeOfRunArray,
                       BOOLEAN LocateLongestRuns) {
  ULONG count = 0;
  RTL_BITMAP_RUN run = {0, 0};
  for (;;) {
    ULONG from = run.StartingIndex + run.NumberOfBits;
    run.NumberOfBits = RtlFindNextForwardRunClear(BitMapHeader, from, &run.StartingIndex);
    if (run.NumberOfBits == 0) return count;
    if (LocateLongestRuns) {
      count = insert_by_length(RunArray, count, SizeOfRunArray, run);
    } else if (count < SizeOfRunArray) {
      RunArray[count++] = run;
    } else {
      return count;
    }
  }
}

SCHAR RtlFindMostSignificantBit(ULONGLONG Set) {
  return (SCHAR)(Set == 0 ? -1 : 63 - __builtin_clzll(Set));
}

SCHAR RtlFindLeastSignificantBit(ULONGLONG Set) {
  return (SCHAR)(Set == 0 ? -1 : __builtin_ctzll(Set));
}
