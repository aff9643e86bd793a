/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic operations of cores that have none (RV32IM; RV64IMAC has them of words, not of less): what
 * the compiler calls for them. Each is a read and a write under one lock, with interrupts off. A
 * plain write of another core in between would get lost, so what would not change is not written: a
 * flag that one core sets with an exchange and another clears with a plain write works.
 */
#include "executive/port.h"

static port_lock guard;

#define ATOMIC(bytes, type)                                                                      \
  static type change_##bytes(volatile void *at, type value, type made(type, type)) {             \
    bool on = port_interrupts_off();                                                             \
    port_spin_lock(&guard);                                                                      \
    type old = *(volatile type *)at, result = made(old, value);                                  \
    if (result != old) *(volatile type *)at = result;                                            \
    port_spin_unlock(&guard);                                                                    \
    port_interrupts_restore(on);                                                                 \
    return old;                                                                                  \
  }                                                                                              \
  static type new_##bytes(type old, type value) { return (void)old, value; }                     \
  static type sum_##bytes(type old, type value) { return (type)(old + value); }                  \
  static type difference_##bytes(type old, type value) { return (type)(old - value); }           \
  static type and_##bytes(type old, type value) { return old & value; }                          \
  static type or_##bytes(type old, type value) { return old | value; }                           \
  static type xor_##bytes(type old, type value) { return old ^ value; }                          \
  USED type exchange_##bytes(volatile void *at, type value,                                      \
                             int order) __asm__("__atomic_exchange_" #bytes);                    \
  USED type exchange_##bytes(volatile void *at, type value, int order) {                         \
    (void)order;                                                                                 \
    return change_##bytes(at, value, new_##bytes);                                               \
  }                                                                                              \
  OPERATION(bytes, type, fetch_add, sum)                                                         \
  OPERATION(bytes, type, fetch_sub, difference)                                                  \
  OPERATION(bytes, type, fetch_and, and)                                                         \
  OPERATION(bytes, type, fetch_or, or)                                                           \
  OPERATION(bytes, type, fetch_xor, xor)                                                         \
  USED bool compare_exchange_##bytes(volatile void *at, void *expected, type value, int order,   \
                                     int or_order) __asm__("__atomic_compare_exchange_" #bytes); \
  USED bool compare_exchange_##bytes(volatile void *at, void *expected, type value, int order,   \
                                     int or_order) {                                             \
    (void)order, (void)or_order;                                                                 \
    bool on = port_interrupts_off();                                                             \
    port_spin_lock(&guard);                                                                      \
    type old = *(volatile type *)at;                                                             \
    bool equal = old == *(type *)expected;                                                       \
    if (equal) *(volatile type *)at = value;                                                     \
    port_spin_unlock(&guard);                                                                    \
    port_interrupts_restore(on);                                                                 \
    if (!equal) *(type *)expected = old;                                                         \
    return equal;                                                                                \
  }
#define OPERATION(bytes, type, operation, made)                                        \
  USED type operation##_##bytes(volatile void *at, type value,                         \
                                int order) __asm__("__atomic_" #operation "_" #bytes); \
  USED type operation##_##bytes(volatile void *at, type value, int order) {            \
    (void)order;                                                                       \
    return change_##bytes(at, value, made##_##bytes);                                  \
  }
/* Called by what the compiler makes, which an optimizing linker sees too late. */
#define USED __attribute__((used))

ATOMIC(1, uint8_t)
ATOMIC(2, uint16_t)
#ifndef __riscv_atomic
ATOMIC(4, uint32_t)
ATOMIC(8, uint64_t)

/* Two words: the others are one access each. */

USED uint64_t load_8(const volatile void *at, int order) __asm__("__atomic_load_8");
USED uint64_t load_8(const volatile void *at, int order) {
  (void)order;
  return change_8((volatile void *)(uintptr_t)at, 0, sum_8);
}

USED void store_8(volatile void *at, uint64_t value, int order) __asm__("__atomic_store_8");
USED void store_8(volatile void *at, uint64_t value, int order) {
  (void)order;
  change_8(at, value, new_8);
}

#endif
