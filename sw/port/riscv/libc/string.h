/* SPDX-License-Identifier: Apache-2.0 */
/** What the software needs of a C library, for boards that have none: libc.c has it. */
#ifndef LOCKARB_PORT_RISCV_STRING_H_
#define LOCKARB_PORT_RISCV_STRING_H_

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);

#endif
