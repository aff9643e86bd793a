/* SPDX-License-Identifier: Apache-2.0 */
/** See string.h; memory.c has these. Programs call them, the executive does not. */
#ifndef LOCKARB_PORT_RISCV_STDLIB_H_
#define LOCKARB_PORT_RISCV_STDLIB_H_

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);

#endif
