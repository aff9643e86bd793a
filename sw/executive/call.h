/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A call of a routine that programs call, and how it goes wrong: a bug check, an exception, a
 * warning. Every layer of the executive, and the one above it, ends badly through these.
 */
#ifndef LOCKARB_EXECUTIVE_CALL_H_
#define LOCKARB_EXECUTIVE_CALL_H_

#include "lockarb_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EXECUTIVE_NO_LOCK (~0u)
/** A condition that compilers may take to be false: the short way is the other one. */
#define EXECUTIVE_RARE(condition) __builtin_expect(condition, 0)

/** A call of a routine with a WDK name: what a bug check names. Aligned so that compilers pass it,
 * and keep it, in two registers. */
struct __attribute__((aligned(2 * sizeof(void *)))) call {
  const char *routine;
  const void *from; /**< The return address, in the caller's code. */
};
/** In a routine that programs call, and only there. */
#define THIS_CALL ((struct call){__func__, __builtin_return_address(0)})

/** KeBugCheckEx() with the call that went wrong and the lock concerned, or EXECUTIVE_NO_LOCK. */
__attribute__((noreturn)) void executive_stop(struct call call, unsigned lock, ULONG code,
                                              ULONG_PTR parameter1, ULONG_PTR parameter2,
                                              ULONG_PTR parameter3, ULONG_PTR parameter4);

/** Raise an exception in the caller of that routine; unhandled, bug check 0x7E. */
__attribute__((noreturn)) void executive_raise(struct call call, NTSTATUS code);

/** Print a warning with the call and the thread; the run goes on. */
void executive_warn(struct call call, unsigned lock, const char *text);

#ifdef __cplusplus
}
#endif

#endif
