/* SPDX-License-Identifier: Apache-2.0 */
/** See string.h; context.S has these two. */
#ifndef LOCKARB_PORT_RISCV_SETJMP_H_
#define LOCKARB_PORT_RISCV_SETJMP_H_

typedef struct {
  void *saved[14]; /* ra, sp, s0 to s11 */
} jmp_buf[1];

int setjmp(jmp_buf context) __attribute__((returns_twice));
void longjmp(jmp_buf context, int value) __attribute__((noreturn));

#endif
