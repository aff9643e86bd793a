/* SPDX-License-Identifier: Apache-2.0 */
/** Characters between UTF-16 and the ANSI code page, and how strings count
 * them. */
#ifndef LOCKARB_EXECUTIVE_RTL_LETTERS_H_
#define LOCKARB_EXECUTIVE_RTL_LETTERS_H_

#include "lockarb_string.h"

#pragma GCC visibility push(hidden)

static inline WCHAR wide_of(char c) { return (UCHAR)c; }
static inline char ansi_of(WCHAR c) { return c <= 0xFF ? (char)c : '?'; }
static inline size_t units_of(PCUNICODE_STRING string) { return string->Length / sizeof(WCHAR); }
size_t wide_length(PCWSTR string);

#pragma GCC visibility pop

#endif
