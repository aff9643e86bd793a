/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The functions of <wchar.h> for strings, on characters of 16 bits: for programs that are compiled
 * with -fshort-wchar. The host's library counts 32 bits, so these take over its names.
 */
#ifndef LOCKARB_WCHAR_H_
#define LOCKARB_WCHAR_H_

/* First, so that nobody declares the host's again. */
#include <wchar.h>
#ifdef __cplusplus
#include <cwchar>
extern "C" {
#endif

static inline size_t short_wcsnlen(const wchar_t *s, size_t most) {
  size_t length = 0;
  while (length < most && s[length] != 0) length++;
  return length;
}
static inline size_t short_wcslen(const wchar_t *s) { return short_wcsnlen(s, (size_t)-1); }
static inline int short_wcsncmp(const wchar_t *a, const wchar_t *b, size_t most) {
  for (; most > 0; a++, b++, most--) {
    if (*a != *b) return *a < *b ? -1 : 1;
    if (*a == 0) break;
  }
  return 0;
}
static inline int short_wcscmp(const wchar_t *a, const wchar_t *b) {
  return short_wcsncmp(a, b, (size_t)-1);
}
static inline wchar_t *short_wcscpy(wchar_t *to, const wchar_t *from) {
  wchar_t *start = to;
  while ((*to++ = *from++) != 0) {
  }
  return start;
}
/* What is left of the count is filled with zeros. */
static inline wchar_t *short_wcsncpy(wchar_t *to, const wchar_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) {
    to[i] = *from;
    if (*from != 0) from++;
  }
  return to;
}
static inline wchar_t *short_wcscat(wchar_t *to, const wchar_t *from) {
  short_wcscpy(to + short_wcslen(to), from);
  return to;
}
static inline wchar_t *short_wcsncat(wchar_t *to, const wchar_t *from, size_t most) {
  size_t length = short_wcsnlen(from, most);
  wchar_t *end = to + short_wcslen(to);
  short_wcsncpy(end, from, length);
  end[length] = 0;
  return to;
}
static inline wchar_t *short_wcschr(const wchar_t *s, wchar_t c) {
  while (*s != c && *s != 0) s++;
  return *s == c ? (wchar_t *)s : NULL;
}
static inline wchar_t *short_wcsrchr(const wchar_t *s, wchar_t c) {
  const wchar_t *last = NULL;
  do {
    if (*s == c) last = s;
  } while (*s++ != 0);
  return (wchar_t *)last;
}
static inline wchar_t *short_wcsstr(const wchar_t *s, const wchar_t *part) {
  size_t length = short_wcslen(part);
  for (; short_wcsncmp(s, part, length) != 0; s++) {
    if (*s == 0) return NULL;
  }
  return (wchar_t *)s;
}

#define wcsnlen short_wcsnlen
#define wcslen short_wcslen
#define wcsncmp short_wcsncmp
#define wcscmp short_wcscmp
#define wcscpy short_wcscpy
#define wcsncpy short_wcsncpy
#define wcscat short_wcscat
#define wcsncat short_wcsncat
#define wcschr short_wcschr
#define wcsrchr short_wcsrchr
#define wcsstr short_wcsstr

#ifdef __cplusplus
}
#endif

#endif
