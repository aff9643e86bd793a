/* SPDX-License-Identifier: Apache-2.0 */
/* Capital and small letters. */
#include "executive/rtl/letters.h"

/* Small letters from first to last, of which each is so far behind its capital;
 * step 2: every other character is one. */
static const struct {
  WCHAR first, last, step;
  int to_capital;
} letters[] = {
    {'a', 'z', 1, -32},       {0xE0, 0xF6, 1, -32},     {0xF8, 0xFE, 1, -32},
    {0xFF, 0xFF, 1, 0x79},    {0x101, 0x12F, 2, -1},    {0x133, 0x137, 2, -1},
    {0x13A, 0x148, 2, -1},    {0x14B, 0x177, 2, -1},    {0x17A, 0x17E, 2, -1},
    {0x1CE, 0x1DC, 2, -1},    {0x1DF, 0x1EF, 2, -1},    {0x1F9, 0x21F, 2, -1},
    {0x223, 0x233, 2, -1},    {0x3AC, 0x3AC, 1, -38},   {0x3AD, 0x3AF, 1, -37},
    {0x3B1, 0x3C1, 1, -32},   {0x3C3, 0x3CB, 1, -32},   {0x3CC, 0x3CC, 1, -64},
    {0x3CD, 0x3CE, 1, -63},   {0x430, 0x44F, 1, -32},   {0x450, 0x45F, 1, -80},
    {0x461, 0x481, 2, -1},    {0x48B, 0x4BF, 2, -1},    {0x4C2, 0x4CE, 2, -1},
    {0x4D1, 0x4FF, 2, -1},    {0x561, 0x586, 1, -48},   {0x1E01, 0x1E95, 2, -1},
    {0x1EA1, 0x1EFF, 2, -1},  {0x2170, 0x217F, 1, -16}, {0x24D0, 0x24E9, 1, -26},
    {0xFF41, 0xFF5A, 1, -32},
};

WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter) {
  for (size_t i = 0; i < RTL_NUMBER_OF(letters); i++) {
    unsigned from_first = (unsigned)SourceCharacter - letters[i].first;
    if (SourceCharacter < letters[i].first || SourceCharacter > letters[i].last) continue;
    if (from_first % letters[i].step != 0) continue;
    return (WCHAR)(SourceCharacter + letters[i].to_capital);
  }
  return SourceCharacter;
}

WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter) {
  for (size_t i = 0; i < RTL_NUMBER_OF(letters); i++) {
    int small = SourceCharacter - letters[i].to_capital;
    if (small < letters[i].first || small > letters[i].last) continue;
    if ((small - letters[i].first) % letters[i].step != 0) continue;
    return (WCHAR)small;
  }
  return SourceCharacter;
}

/* The code page has no capital of some. */
CHAR RtlUpperChar(CHAR Character) {
  WCHAR upper = RtlUpcaseUnicodeChar(wide_of(Character));
  return upper <= 0xFF ? ansi_of(upper) : Character;
}

VOID RtlUpperString(PSTRING DestinationString, const STRING *SourceString) {
  RtlCopyString(DestinationString, SourceString);
  for (USHORT i = 0; i < DestinationString->Length; i++) {
    DestinationString->Buffer[i] = RtlUpperChar(DestinationString->Buffer[i]);
  }
}
