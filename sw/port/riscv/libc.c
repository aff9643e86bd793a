/* SPDX-License-Identifier: Apache-2.0 */
/* The few functions of a C library that the software and the compiler call. */
#include <stdint.h>
#include <string.h>

/* Called by what the compiler makes, which an optimizing linker sees too late. */
#define USED __attribute__((used))

/* Memory as words, whatever its type. */
typedef uint32_t __attribute__((may_alias)) word;
enum { IN_WORD = sizeof(word) - 1 };

USED void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  char *t = to;
  const char *f = from;
  if ((((uintptr_t)t | (uintptr_t)f) & IN_WORD) == 0) {
    for (; size > IN_WORD; size -= sizeof(word), t += sizeof(word), f += sizeof(word))
      *(word *)(void *)t = *(const word *)(const void *)f;
  }
  while (size-- > 0) *t++ = *f++;
  return to;
}

USED void *memmove(void *to, const void *from, size_t size) {
  if ((uintptr_t)to <= (uintptr_t)from) return memcpy(to, from, size);
  char *t = to;
  const char *f = from;
  while (size-- > 0) t[size] = f[size];
  return to;
}

USED void *memset(void *to, int byte, size_t size) {
  char *t = to;
  if (((uintptr_t)t & IN_WORD) == 0) {
    word all = (uint8_t)byte * UINT32_C(0x01010101);
    for (; size > IN_WORD; size -= sizeof(word), t += sizeof(word)) *(word *)(void *)t = all;
  }
  while (size-- > 0) *t++ = (char)byte;
  return to;
}

USED int memcmp(const void *left, const void *right, size_t size) {
  const unsigned char *l = left, *r = right;
  for (; size > 0; size--, l++, r++) {
    if (*l != *r) return *l - *r;
  }
  return 0;
}

size_t strlen(const char *text) {
  const char *end = text;
  while (*end != '\0') end++;
  return (size_t)(end - text);
}

int strncmp(const char *left, const char *right, size_t size) {
  for (; size > 0; size--, left++, right++) {
    if (*left != *right || *left == '\0') return (unsigned char)*left - (unsigned char)*right;
  }
  return 0;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, SIZE_MAX); }
