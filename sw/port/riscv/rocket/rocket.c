/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtl/soc with a Rocket cluster: RV64, coherent caches. Calls of other cores are of its CLINT; the
 * arbiter's interrupt, that of a refused access, and the timer come by its PLIC.
 */
#include "board.h"
#include "core.h"
#include "executive/port.h"
#include "soc/soc.h"

const struct board board = {
    .lockarb = 0x40000000,
    .msip = 0x02000000,
    .mtimecmp = 0x12004000, /* each clock counts there, and not in the cluster */
    .mtime = 0x1200BFF8,
};

/* The PLIC: source 1 + n is external for core n, 5 + n its timer. Context 2n is its machine mode.
 */
#define PLIC_CLAIM 0x0C200004u
enum { PLIC_CONTEXT_SHIFT = 13, FIRST_TIMER = 5 };

/* The cluster's own timer is off: nobody has set it. */
__attribute__((naked)) unsigned board_core(void) {
  __asm__(
      "li t0, 0x80\n"
      "csrc mie, t0\n"
      "csrr a0, mhartid\n"
      "slli t1, a0, 2\n"
      "li t0, 0x0C000000\n" /* priorities of its two sources */
      "add t1, t0, t1\n"
      "li t2, 1\n"
      "sw t2, 4(t1)\n"
      "sw t2, 20(t1)\n"
      "li t2, 0x22\n"
      "sll t2, t2, a0\n"
      "li t0, 0x0C002000\n" /* which ones it hears */
      "slli t1, a0, 8\n"
      "add t1, t0, t1\n"
      "sw t2, 0(t1)\n"
      "li t0, 0x0C200000\n" /* of any priority */
      "slli t1, a0, 13\n"
      "add t1, t0, t1\n"
      "sw zero, 0(t1)\n"
      "ret");
}

/* The PLIC forgets with the claim, and asks again while the cause is there. */
uint32_t core_pending(void) {
  uintptr_t asking, enabled;
  __asm__ volatile("csrr %0, mip" : "=r"(asking));
  __asm__ volatile("csrr %0, mie" : "=r"(enabled));
  uint32_t pending = (uint32_t)(asking & enabled);
  if ((pending & CORE_EXTERNAL) == 0) return pending;
  volatile uint32_t *claim =
      (volatile uint32_t *)(PLIC_CLAIM + ((uintptr_t)port_core() << PLIC_CONTEXT_SHIFT));
  uint32_t source = *claim;
  *claim = source;
  pending &= ~(uint32_t)CORE_EXTERNAL;
  if (source == 0) return pending;
  return pending | (source < FIRST_TIMER ? CORE_EXTERNAL : CORE_TIMER);
}

uint32_t board_test_and_set(uint32_t *word) {
  return __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE);
}

void soc_order(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }
