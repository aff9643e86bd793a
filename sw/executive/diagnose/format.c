/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The WDK's formats, with what they mean there. The C library's would be wrong: LONG has 32 bits
 * though the host's long may have 64, and %Z, %I64, %ws and %S are unknown to it. The executive's
 * own messages are made here too, so that no C library's printf is linked.
 */
#include "executive/diagnose/format.h"

#include <string.h>

#include "executive/diagnose/diagnose.h"
#include "executive/system/system.h"

enum {
  MOST_DIGITS = 64 / 3 + 1,
  MOST_COLUMNS = 512,
};

void add_character(struct text *text, char c) {
  text->full |= text->length == TEXT_SIZE - 1;
  if (!text->full) text->bytes[text->length++] = c;
}

static void add_times(struct text *text, char c, size_t times) {
  for (; times > 0; times--) add_character(text, c);
}

/* As UTF-8, whole or not at all. */
static void add_code_point(struct text *text, uint32_t c) {
  unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes that follow */
  text->full |= text->length + more >= TEXT_SIZE - 1;
  static const uint8_t first[] = {0, 0xC0, 0xE0, 0xF0};
  add_character(text, (char)(first[more] | c >> 6 * more));
  while (more > 0) add_character(text, (char)(0x80 | (c >> 6 * --more & 0x3F)));
}

/* UTF-16; half a pair is no character. */
static void add_wide(struct text *text, const WCHAR *units, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t c = units[i];
    if ((c & 0xFC00) == 0xD800 && i + 1 < count && (units[i + 1] & 0xFC00) == 0xDC00) {
      c = 0x10000 + ((c & 0x3FF) << 10 | (units[++i] & 0x3FF));
    } else if ((c & 0xF800) == 0xD800) {
      c = 0xFFFD;
    }
    add_code_point(text, c);
  }
}

/* One conversion: %[flags][width][.precision][size]type */

enum size {
  SIZE_NONE,
  SIZE_CHAR,
  SIZE_SHORT,
  SIZE_LONG,
  SIZE_WIDE,
  SIZE_64,
  SIZE_32,
  SIZE_POINTER
};

struct conversion {
  bool left, plus, space, prefix, zeros;
  size_t width;
  bool has_precision;
  size_t precision;
  enum size size;
  char type;
};

static size_t read_number(const char **at) {
  size_t number = 0;
  for (; **at >= '0' && **at <= '9'; ++*at) {
    if (number < MOST_COLUMNS) number = number * 10 + (size_t)(**at - '0');
  }
  return number < MOST_COLUMNS ? number : MOST_COLUMNS;
}

static bool read_flag(struct conversion *c, char flag) {
  switch (flag) {
    case '-':
      return c->left = true;
    case '+':
      return c->plus = true;
    case ' ':
      return c->space = true;
    case '#':
      return c->prefix = true;
    case '0':
      return c->zeros = true;
    default:
      return false;
  }
}

static void read_width(struct conversion *c, const char **at, struct arguments *arguments) {
  if (**at != '*') {
    c->width = read_number(at);
    return;
  }
  ++*at;
  int64_t width = va_arg(arguments->list, int);
  if (width < 0) {
    c->left = true;
    width = -width;
  }
  c->width = width < MOST_COLUMNS ? (size_t)width : MOST_COLUMNS;
}

static void read_precision(struct conversion *c, const char **at, struct arguments *arguments) {
  if (**at != '.') return;
  ++*at;
  c->has_precision = true;
  if (**at != '*') {
    c->precision = read_number(at);
    return;
  }
  ++*at;
  int precision = va_arg(arguments->list, int);
  c->has_precision = precision >= 0;
  c->precision = precision < MOST_COLUMNS ? (size_t)(precision < 0 ? 0 : precision) : MOST_COLUMNS;
}

static const struct {
  char text[4];
  enum size size;
} sizes[] = {
    /* longer ones first */
    {"I64", SIZE_64},    {"I32", SIZE_32},    {"ll", SIZE_64},  {"hh", SIZE_CHAR},
    {"l", SIZE_LONG},    {"h", SIZE_SHORT},   {"w", SIZE_WIDE}, {"I", SIZE_POINTER},
    {"z", SIZE_POINTER}, {"t", SIZE_POINTER}, {"j", SIZE_64},
};

static enum size read_size(const char **at) {
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    size_t length = strlen(sizes[i].text);
    if (strncmp(*at, sizes[i].text, length) == 0) {
      *at += length;
      return sizes[i].size;
    }
  }
  return SIZE_NONE;
}

static struct conversion read_conversion(const char **at, struct arguments *arguments) {
  struct conversion c = {0};
  while (read_flag(&c, **at)) ++*at;
  read_width(&c, at, arguments);
  read_precision(&c, at, arguments);
  c.size = read_size(at);
  c.type = **at;
  if (c.type != '\0') ++*at;
  return c;
}

/* The blanks before or the zeros between, then the rest: length is that of all that is not padding.
 */
static size_t padding(const struct conversion *c, size_t length) {
  return c->width > length ? c->width - length : 0;
}

/* Integers: an unsigned or a negated one, its sign or prefix apart. */
static void add_integer(struct text *text, const struct conversion *c, uint64_t value,
                        const char *before, unsigned base) {
  const char *digits = c->type == 'X' || c->type == 'p' ? "0123456789ABCDEF" : "0123456789abcdef";
  char reversed[MOST_DIGITS];
  size_t count = 0;
  for (; value != 0; value /= base) reversed[count++] = digits[value % base];
  size_t wanted = c->has_precision ? c->precision : 1;
  if (base == 8 && c->prefix && wanted <= count) wanted = count + 1;
  size_t zeros = wanted > count ? wanted - count : 0;
  size_t blanks = padding(c, strlen(before) + zeros + count);
  if (c->zeros && !c->left && !c->has_precision) {
    zeros += blanks;
    blanks = 0;
  }
  if (!c->left) add_times(text, ' ', blanks);
  for (; *before != '\0'; before++) add_character(text, *before);
  add_times(text, '0', zeros);
  while (count > 0) add_character(text, reversed[--count]);
  if (c->left) add_times(text, ' ', blanks);
}

static bool is_64_bits(enum size size) {
  return size == SIZE_64 || (size == SIZE_POINTER && sizeof(ULONG_PTR) == 8);
}

static void convert_signed(struct text *text, const struct conversion *c,
                           struct arguments *arguments) {
  int64_t value =
      is_64_bits(c->size) ? va_arg(arguments->list, int64_t) : va_arg(arguments->list, int);
  if (c->size == SIZE_SHORT) value = (int16_t)value;
  if (c->size == SIZE_CHAR) value = (int8_t)value;
  uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
  add_integer(text, c, magnitude, value < 0 ? "-" : c->plus ? "+" : c->space ? " " : "", 10);
}

static void convert_unsigned(struct text *text, const struct conversion *c,
                             struct arguments *arguments) {
  uint64_t value =
      is_64_bits(c->size) ? va_arg(arguments->list, uint64_t) : va_arg(arguments->list, unsigned);
  if (c->size == SIZE_SHORT) value = (uint16_t)value;
  if (c->size == SIZE_CHAR) value = (uint8_t)value;
  const char *before = "";
  if (c->prefix && value != 0 && c->type == 'x') before = "0x";
  if (c->prefix && value != 0 && c->type == 'X') before = "0X";
  add_integer(text, c, value, before, c->type == 'u' ? 10 : c->type == 'o' ? 8 : 16);
}

/*
 * Addresses: where the host's differ from run to run, %p prints others, which do not. They keep the
 * distance within a block of the pool, a stack, a thread's object and the image of the program, and
 * what is aligned to 16 bytes still is.
 */

#define SHOWN_POOL UINT64_C(0xFFFF800000000000)   /* + (block << 24) */
#define SHOWN_THREAD UINT64_C(0xFFFF900000000000) /* + (number << 16) */
#define SHOWN_STACK UINT64_C(0xFFFFA00000000000)  /* + (number << 24): its upper end */
#define SHOWN_OTHER UINT64_C(0xFFFFB00000000000)  /* + 16 for each, in order of appearance */
#define SHOWN_IMAGE UINT64_C(0xFFFFF80000000000)

/* Of the linker, where there is one that has them. */
extern char __executable_start[] __attribute__((weak));
extern char _end[] __attribute__((weak));

static bool show_in_thread(ULONG_PTR value, uint64_t *shown) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    const struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    ULONG_PTR object = (ULONG_PTR)t, top = (ULONG_PTR)t->stack_top;
    if (value - object < sizeof(*t)) {
      *shown = SHOWN_THREAD + ((uint64_t)t->number << 16) + (value - object);
      return true;
    }
    if (t->stack != NULL && value >= (ULONG_PTR)t->stack && value <= top) {
      *shown = SHOWN_STACK + ((uint64_t)t->number << 24) - (top - value) + top % 16;
      return true;
    }
  }
  return false;
}

static uint64_t show_address(ULONG_PTR value) {
  char name[160];
  uint64_t shown = value;
  ULONG_PTR offset;
  ULONG_PTR image = (ULONG_PTR)__executable_start;
  if (sizeof(value) < sizeof(uint64_t)) return value;
  bool on = lock_dispatcher();
  unsigned block = pool_block(value, &offset);
  if (block != 0) {
    shown = SHOWN_POOL + ((uint64_t)block << 24) + offset;
  } else if (show_in_thread(value, &shown) ||
             port_name_address(value, name, sizeof(name)) == PORT_NO_ADDRESS) {
    /* It is shown as that. */
  } else if (image != 0 && value >= image && value < (ULONG_PTR)_end) {
    shown = SHOWN_IMAGE + (value - image);
  } else {
    shown = SHOWN_OTHER + 16 * (uint64_t)(unnamed_number(value) + 1) + value % 16;
  }
  unlock_dispatcher(on);
  return shown;
}

/* All digits of an address, whatever the precision. */
static void convert_pointer(struct text *text, const struct conversion *c,
                            struct arguments *arguments) {
  struct conversion digits = *c;
  digits.has_precision = true;
  digits.precision = 2 * sizeof(PVOID);
  ULONG_PTR value = (ULONG_PTR)va_arg(arguments->list, PVOID);
  add_integer(text, &digits, show_address(value), c->prefix ? "0X" : "", 16);
}

/* Strings: length in characters of their kind, which are columns here. */
static void add_string(struct text *text, const struct conversion *c, const void *string,
                       size_t length, bool wide) {
  if (c->has_precision && c->precision < length) length = c->precision;
  char fill = c->zeros && !c->left ? '0' : ' ';
  if (!c->left) add_times(text, fill, padding(c, length));
  if (wide) {
    add_wide(text, string, length);
  } else {
    for (const char *s = string; s < (const char *)string + length; s++) add_character(text, *s);
  }
  if (c->left) add_times(text, fill, padding(c, length));
}

static void add_null(struct text *text, const struct conversion *c) {
  add_string(text, c, "(null)", sizeof("(null)") - 1, false);
}

/* A lower-case type is narrow and an upper-case one wide, unless a size says otherwise. */
static bool is_wide(const struct conversion *c) {
  if (c->size == SIZE_SHORT) return false;
  return c->size == SIZE_LONG || c->size == SIZE_WIDE || c->type == 'S' || c->type == 'C';
}

static void convert_character(struct text *text, const struct conversion *c,
                              struct arguments *arguments) {
  int value = va_arg(arguments->list, int);
  const WCHAR wide = (WCHAR)value;
  const char narrow = (char)value;
  bool is = is_wide(c);
  struct conversion whole = *c;
  whole.has_precision = false;
  add_string(text, &whole, is ? (const void *)&wide : &narrow, 1, is);
}

static void convert_string(struct text *text, const struct conversion *c,
                           struct arguments *arguments) {
  const void *string = va_arg(arguments->list, const void *);
  if (string == NULL) {
    add_null(text, c);
    return;
  }
  /* With a precision it need not end. */
  size_t most = c->has_precision ? c->precision : SIZE_MAX;
  size_t length = 0;
  if (is_wide(c)) {
    while (length < most && ((const WCHAR *)string)[length] != 0) length++;
  } else {
    while (length < most && ((const char *)string)[length] != 0) length++;
  }
  add_string(text, c, string, length, is_wide(c));
}

static void convert_counted_string(struct text *text, const struct conversion *c,
                                   struct arguments *arguments) {
  const void *string = va_arg(arguments->list, const void *);
  bool wide = c->size == SIZE_LONG || c->size == SIZE_WIDE;
  const void *buffer = NULL;
  size_t length = 0;
  if (string != NULL && wide) {
    buffer = ((const UNICODE_STRING *)string)->Buffer;
    length = ((const UNICODE_STRING *)string)->Length / sizeof(WCHAR);
  } else if (string != NULL) {
    buffer = ((const ANSI_STRING *)string)->Buffer;
    length = ((const ANSI_STRING *)string)->Length;
  }
  if (buffer == NULL) {
    add_null(text, c);
  } else {
    add_string(text, c, buffer, length, wide);
  }
}

/* false: Windows has no such conversion, so nobody knows what its argument is. */
static bool convert(struct text *text, const struct conversion *c, struct arguments *arguments) {
  bool for_strings =
      c->size == SIZE_NONE || c->size == SIZE_SHORT || c->size == SIZE_LONG || c->size == SIZE_WIDE;
  switch (c->type) {
    case 'd':
    case 'i':
      if (c->size == SIZE_WIDE) return false;
      convert_signed(text, c, arguments);
      return true;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      if (c->size == SIZE_WIDE) return false;
      convert_unsigned(text, c, arguments);
      return true;
    case 'p':
      convert_pointer(text, c, arguments);
      return true;
    case 'c':
    case 'C':
      if (for_strings) convert_character(text, c, arguments);
      return for_strings;
    case 's':
    case 'S':
      if (for_strings) convert_string(text, c, arguments);
      return for_strings;
    case 'Z':
      if (for_strings) convert_counted_string(text, c, arguments);
      return for_strings;
    case '%':
      add_character(text, '%');
      return true;
    default:
      return false;
  }
}

const char *add_format(struct text *text, const char *format, struct arguments *arguments,
                       size_t *length) {
  while (*format != '\0') {
    if (*format != '%') {
      add_character(text, *format++);
      continue;
    }
    const char *at = format + 1;
    const struct conversion c = read_conversion(&at, arguments);
    if (!convert(text, &c, arguments)) {
      *length = (size_t)(at - format);
      return format;
    }
    format = at;
  }
  return NULL;
}

void format_text(char *bytes, size_t size, const char *format, ...) {
  struct text text;
  struct arguments arguments;
  size_t wrong;
  text.length = 0;
  text.full = false;
  va_start(arguments.list, format);
  add_format(&text, format, &arguments, &wrong);
  va_end(arguments.list);
  if (text.length > size - 1) text.length = size - 1;
  memcpy(bytes, text.bytes, text.length);
  bytes[text.length] = '\0';
}
