/* SPDX-License-Identifier: Apache-2.0 */
/** Messages by the formats of the WDK. */
#ifndef LOCKARB_EXECUTIVE_DIAGNOSE_FORMAT_H_
#define LOCKARB_EXECUTIVE_DIAGNOSE_FORMAT_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum { TEXT_SIZE = 512 + 1 }; /* Windows sends a debugger 512 bytes and cuts the rest off */

/** A text that grows; what does not fit is cut off. Its bytes have no end. */
struct text {
  size_t length;
  bool full;
  char bytes[TEXT_SIZE];
};

/** As a pointer it can be handed on, on every host. */
struct arguments {
  va_list list;
};

void add_character(struct text *text, char c);
/**
 * Add what the format says.
 *
 * @param[out] length Of the conversion that is returned.
 * @return NULL; or the first conversion that Windows does not have, where it ended.
 */
const char *add_format(struct text *text, const char *format, struct arguments *arguments,
                       size_t *length);

#pragma GCC visibility pop

#endif
