/* SPDX-License-Identifier: Apache-2.0 */
/* DbgPrint() and its family. */
#include "executive/diagnose/format.h"
#include "executive/diagnose/report.h"

/* From the first conversion that Windows does not have on, the format stands for itself. */
static ULONG print_message(struct call call, const char *prefix, const char *format,
                           struct arguments *arguments) {
  struct text text;
  text.length = 0;
  text.full = false;
  char wrong[24] = "";
  for (; *prefix != '\0'; prefix++) add_character(&text, *prefix);
  size_t length;
  const char *rest = add_format(&text, format, arguments, &length);
  if (rest != NULL) {
    format_text(wrong, sizeof(wrong), "%.*s", (int)length, rest);
    for (; *rest != '\0'; rest++) add_character(&text, *rest);
  }
  text.bytes[text.length] = '\0';
  port_print(text.bytes);
  if (wrong[0] != '\0') {
    if (text.length == 0 || text.bytes[text.length - 1] != '\n') port_print("\n");
    char warning[128];
    format_text(warning, sizeof(warning),
                "the WDK has no format %s; the message was printed as it is from there on", wrong);
    executive_warn(call, EXECUTIVE_NO_LOCK, warning);
    return (ULONG)STATUS_INVALID_PARAMETER;
  }
  return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...) {
  struct arguments arguments;
  va_start(arguments.list, Format);
  ULONG status = print_message(THIS_CALL, "", Format, &arguments);
  va_end(arguments.list);
  return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...) {
  (void)ComponentId, (void)Level; /* nothing is filtered out */
  struct arguments arguments;
  va_start(arguments.list, Format);
  ULONG status = print_message(THIS_CALL, "", Format, &arguments);
  va_end(arguments.list);
  return status;
}

ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format,
                            va_list Arguments) {
  (void)ComponentId, (void)Level;
  struct arguments arguments;
  va_copy(arguments.list, Arguments);
  ULONG status = print_message(THIS_CALL, Prefix, Format, &arguments);
  va_end(arguments.list);
  return status;
}

ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments) {
  (void)ComponentId, (void)Level;
  struct arguments arguments;
  va_copy(arguments.list, Arguments);
  ULONG status = print_message(THIS_CALL, "", Format, &arguments);
  va_end(arguments.list);
  return status;
}
