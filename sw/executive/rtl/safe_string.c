/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that are not written past their end. */
#include "ntstrsafe.h"

#include "executive/diagnose/format.h"
#include "executive/rtl/letters.h"

enum { MOST_COLUMNS = 512, SPECIFICATION = 64 };

/* A text of either kind, and a place in it. */
struct output {
  char *narrow;
  WCHAR *wide; /* NULL: narrow */
  size_t size; /* in characters */
  size_t length;
  bool full;
};

struct input {
  const char *narrow;
  const WCHAR *wide; /* NULL: narrow */
  size_t left;       /* characters, at most */
};

static WCHAR peek(const struct input *in) {
  if (in->left == 0) return 0;
  return in->wide != NULL ? *in->wide : wide_of(*in->narrow);
}

static WCHAR next(struct input *in) {
  WCHAR c = peek(in);
  if (c == 0) return 0;
  in->left--;
  if (in->wide != NULL) {
    in->wide++;
  } else {
    in->narrow++;
  }
  return c;
}

static void put(struct output *out, WCHAR c) {
  out->full |= out->length == out->size;
  if (out->full) return;
  if (out->wide != NULL) {
    out->wide[out->length++] = c;
  } else {
    out->narrow[out->length++] = ansi_of(c);
  }
}

static void put_all(struct output *out, struct input in) {
  while (peek(&in) != 0 && !out->full) put(out, next(&in));
}

/* One conversion. Those of characters are made here, since they may be long and have two kinds. */

struct conversion {
  bool left;
  size_t width, precision;  /* precision: SIZE_MAX if there is none */
  char size, type;          /* size: h, l or w, else 0 */
  char text[SPECIFICATION]; /* as for numbers, without '*' */
  size_t text_length;
};

static void add(struct conversion *c, char character) {
  if (c->text_length < SPECIFICATION - 1) c->text[c->text_length++] = character;
}

static void add_number(struct conversion *c, size_t number) {
  for (size_t step = 100; step > 0; step /= 10) {
    if (number >= step || step == 1) add(c, (char)('0' + number / step % 10));
  }
}

/* @return Whether there is one; negative: '*' said so. */
static bool read_number(struct input *in, struct arguments *arguments, size_t *number,
                        bool *negative) {
  int64_t value = 0;
  bool found = false;
  *negative = false;
  if (peek(in) == '*') {
    next(in);
    value = va_arg(arguments->list, int);
    *negative = value < 0;
    if (value < 0) value = -value;
    found = true;
  }
  for (; peek(in) >= '0' && peek(in) <= '9'; found = true) {
    value = value < MOST_COLUMNS ? value * 10 + (next(in) - '0') : (next(in), value);
  }
  *number = value < MOST_COLUMNS ? (size_t)value : MOST_COLUMNS;
  return found;
}

static bool is_flag(WCHAR c) { return c == '-' || c == '+' || c == ' ' || c == '#' || c == '0'; }

static bool is_size(WCHAR c) {
  return c == 'h' || c == 'l' || c == 'w' || c == 'I' || c == 'z' || c == 't' || c == 'j';
}

static void read_conversion(struct conversion *c, struct input *in, struct arguments *arguments) {
  bool negative;
  *c = (struct conversion){.precision = SIZE_MAX};
  add(c, '%');
  while (is_flag(peek(in))) {
    c->left |= peek(in) == '-';
    add(c, (char)next(in));
  }
  if (read_number(in, arguments, &c->width, &negative)) {
    if (negative && !c->left) add(c, '-');
    c->left |= negative;
    add_number(c, c->width);
  }
  if (peek(in) == '.') {
    next(in);
    read_number(in, arguments, &c->precision, &negative);
    if (negative) c->precision = SIZE_MAX;
    if (!negative) {
      add(c, '.');
      add_number(c, c->precision);
    }
  }
  while (is_size(peek(in)) || (c->size == 'I' && peek(in) >= '2' && peek(in) <= '6')) {
    WCHAR size = next(in);
    if (size >= 'A') c->size = (char)size;
    add(c, (char)size);
  }
  c->type = (char)peek(in);
  if (peek(in) > 0x7F) c->type = '?';
  if (next(in) != 0) add(c, c->type);
  c->text[c->text_length] = '\0';
}

static void put_padded(struct output *out, const struct conversion *c, struct input in) {
  size_t length = 0;
  if (in.left > c->precision) in.left = c->precision;
  for (struct input at = in; next(&at) != 0;) length++;
  size_t padding = c->width > length ? c->width - length : 0;
  for (size_t i = 0; i < padding && !c->left; i++) put(out, ' ');
  put_all(out, in);
  for (size_t i = 0; i < padding && c->left; i++) put(out, ' ');
}

/* s and c are of the format's own kind, S and C of the other one, unless a size says which. */
static bool is_wide(const struct conversion *c, bool format_is_wide) {
  if (c->size == 'h') return false;
  if (c->size == 'l' || c->size == 'w') return true;
  bool own = c->type == 's' || c->type == 'c' || c->type == 'Z';
  if (c->type == 'Z') return false;
  return own == format_is_wide;
}

static void put_string(struct output *out, const struct conversion *c, const void *string,
                       bool wide, size_t most) {
  struct input in = {.narrow = "(null)", .left = SIZE_MAX};
  if (string != NULL) {
    in = (struct input){.narrow = wide ? NULL : string, .wide = wide ? string : NULL, .left = most};
  }
  put_padded(out, c, in);
}

static bool put_conversion(struct output *out, const struct conversion *c,
                           struct arguments *arguments, bool format_is_wide) {
  bool wide = is_wide(c, format_is_wide);
  switch (c->type) {
    case '%':
      put(out, '%');
      return true;
    case 's':
    case 'S':
      put_string(out, c, va_arg(arguments->list, const void *), wide, SIZE_MAX);
      return true;
    case 'Z': {
      const UNICODE_STRING *counted = va_arg(arguments->list, const UNICODE_STRING *);
      const void *buffer = counted != NULL ? counted->Buffer : NULL;
      size_t length = counted != NULL ? counted->Length : 0;
      put_string(out, c, buffer, wide, wide ? length / sizeof(WCHAR) : length);
      return true;
    }
    case 'c':
    case 'C': {
      int character = va_arg(arguments->list, int);
      const WCHAR one[] = {wide ? (WCHAR)character : wide_of((char)character)};
      put_padded(out, c, (struct input){.wide = one, .left = 1});
      return true;
    }
    default: {
      struct text text;
      size_t length;
      text.length = 0;
      text.full = false;
      if (add_format(&text, c->text, arguments, &length) != NULL) return false;
      put_all(out, (struct input){.narrow = text.bytes, .left = text.length});
      return true;
    }
  }
}

static NTSTATUS print(struct output *out, struct input format, struct arguments *arguments) {
  bool format_is_wide = format.wide != NULL;
  while (peek(&format) != 0) {
    WCHAR c = next(&format);
    if (c != '%') {
      put(out, c);
      continue;
    }
    struct conversion conversion;
    read_conversion(&conversion, &format, arguments);
    if (!put_conversion(out, &conversion, arguments, format_is_wide)) {
      return STATUS_INVALID_PARAMETER;
    }
  }
  return out->full ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Terminated strings. The room for the terminator is kept back. */

static struct output output_of(char *narrow, WCHAR *wide, size_t size) {
  return (struct output){.narrow = narrow, .wide = wide, .size = size};
}

static bool is_bad(size_t size) { return size == 0 || size > NTSTRSAFE_MAX_CCH; }

static void terminate(struct output *out) {
  out->full = false;
  out->size++;
  put(out, 0);
}

static NTSTATUS copy(struct output out, struct input in) {
  if (is_bad(out.size)) return STATUS_INVALID_PARAMETER;
  out.size--;
  put_all(&out, in);
  bool cut = out.full;
  terminate(&out);
  return cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static WCHAR at(const struct output *out, size_t i) {
  return out->wide != NULL ? out->wide[i] : wide_of(out->narrow[i]);
}

static NTSTATUS append(struct output out, struct input in) {
  if (is_bad(out.size)) return STATUS_INVALID_PARAMETER;
  while (out.length < out.size && at(&out, out.length) != 0) out.length++;
  if (out.length == out.size) return STATUS_INVALID_PARAMETER;
  return copy(out, in);
}

static NTSTATUS print_terminated(struct output out, struct input format, va_list list) {
  if (is_bad(out.size)) return STATUS_INVALID_PARAMETER;
  struct arguments arguments;
  va_copy(arguments.list, list);
  out.size--;
  NTSTATUS status = print(&out, format, &arguments);
  va_end(arguments.list);
  terminate(&out);
  return status;
}

static NTSTATUS measure(struct input in, size_t *length) {
  size_t most = in.left;
  if (length != NULL) *length = 0;
  if ((in.narrow == NULL && in.wide == NULL) || is_bad(most)) return STATUS_INVALID_PARAMETER;
  while (next(&in) != 0) {
  }
  if (in.left == 0) return STATUS_INVALID_PARAMETER;
  if (length != NULL) *length = most - in.left;
  return STATUS_SUCCESS;
}

#define TO_A(size) output_of(Destination, NULL, size)
#define TO_W(size) output_of(NULL, Destination, size)
#define FROM_A(string, most) ((struct input){.narrow = (string), .left = (most)})
#define FROM_W(string, most) ((struct input){.wide = (string), .left = (most)})

/* unit: how many bytes or characters, which sizes are counted in, a character is. */
#define STRINGS(Counted, suffix, character, unit)                                                \
  NTSTATUS RtlString##Counted##Copy##suffix(character *Destination, size_t Size,                 \
                                            const character *Source) {                           \
    return copy(TO_##suffix(Size / (unit)), FROM_##suffix(Source, SIZE_MAX));                    \
  }                                                                                              \
  NTSTATUS RtlString##Counted##CopyN##suffix(character *Destination, size_t Size,                \
                                             const character *Source, size_t Most) {             \
    return copy(TO_##suffix(Size / (unit)), FROM_##suffix(Source, Most / (unit)));               \
  }                                                                                              \
  NTSTATUS RtlString##Counted##Cat##suffix(character *Destination, size_t Size,                  \
                                           const character *Source) {                            \
    return append(TO_##suffix(Size / (unit)), FROM_##suffix(Source, SIZE_MAX));                  \
  }                                                                                              \
  NTSTATUS RtlString##Counted##CatN##suffix(character *Destination, size_t Size,                 \
                                            const character *Source, size_t Most) {              \
    return append(TO_##suffix(Size / (unit)), FROM_##suffix(Source, Most / (unit)));             \
  }                                                                                              \
  NTSTATUS RtlString##Counted##Length##suffix(const character *String, size_t Most,              \
                                              size_t *Length) {                                  \
    NTSTATUS status = measure(FROM_##suffix(String, Most / (unit)), Length);                     \
    if (Length != NULL) *Length *= (unit);                                                       \
    return status;                                                                               \
  }                                                                                              \
  NTSTATUS RtlString##Counted##VPrintf##suffix(character *Destination, size_t Size,              \
                                               const character *Format, va_list Arguments) {     \
    return print_terminated(TO_##suffix(Size / (unit)), FROM_##suffix(Format, SIZE_MAX),         \
                            Arguments);                                                          \
  }                                                                                              \
  NTSTATUS RtlString##Counted##Printf##suffix(character *Destination, size_t Size,               \
                                              const character *Format, ...) {                    \
    va_list arguments;                                                                           \
    va_start(arguments, Format);                                                                 \
    NTSTATUS status = RtlString##Counted##VPrintf##suffix(Destination, Size, Format, arguments); \
    va_end(arguments);                                                                           \
    return status;                                                                               \
  }
STRINGS(Cch, A, CHAR, 1)
STRINGS(Cb, A, CHAR, 1)
STRINGS(Cch, W, WCHAR, 1)
STRINGS(Cb, W, WCHAR, sizeof(WCHAR))

/* Counted ones */

static struct output counted(PUNICODE_STRING string, size_t length) {
  struct output out = output_of(NULL, string->Buffer, string->MaximumLength / sizeof(WCHAR));
  out.length = length;
  return out;
}

static NTSTATUS put_counted(PUNICODE_STRING to, size_t length, struct input in) {
  struct output out = counted(to, length);
  for (; in.left > 0 && !out.full; in.wide++, in.left--) put(&out, *in.wide); /* zeros too */
  to->Length = (USHORT)(out.length * sizeof(WCHAR));
  return out.full ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static struct input whole(PCUNICODE_STRING string) {
  return FROM_W(string->Buffer, units_of(string));
}

static struct input terminated(PCWSTR string) {
  return FROM_W(string, string != NULL ? wide_length(string) : 0);
}

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING DestinationString, PCWSTR Source) {
  NTSTATUS status = RtlInitUnicodeStringEx(DestinationString, Source);
  return NT_SUCCESS(status) ? status : STATUS_INVALID_PARAMETER;
}

NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString) {
  return put_counted(DestinationString, 0, whole(SourceString));
}

NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString, PCWSTR Source) {
  return put_counted(DestinationString, 0, terminated(Source));
}

NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString) {
  return put_counted(DestinationString, units_of(DestinationString), whole(SourceString));
}

NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, PCWSTR Source) {
  return put_counted(DestinationString, units_of(DestinationString), terminated(Source));
}

NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, PCWSTR Format,
                                 va_list Arguments) {
  struct arguments arguments;
  struct output out = counted(DestinationString, 0);
  va_copy(arguments.list, Arguments);
  NTSTATUS status = print(&out, FROM_W(Format, SIZE_MAX), &arguments);
  va_end(arguments.list);
  DestinationString->Length = (USHORT)(out.length * sizeof(WCHAR));
  return status;
}

NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString, PCWSTR Format, ...) {
  va_list arguments;
  va_start(arguments, Format);
  NTSTATUS status = RtlUnicodeStringVPrintf(DestinationString, Format, arguments);
  va_end(arguments);
  return status;
}
