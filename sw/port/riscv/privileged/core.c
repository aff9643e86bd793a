/* SPDX-License-Identifier: Apache-2.0 */
/* A core with the machine mode of the privileged architecture. */
#include "core.h"

#include "executive/port.h"
#include "lockarb_kernel.h"

enum { CAUSE_LOAD_ACCESS = 5, CAUSE_STORE_ACCESS = 7, MSTATUS_MIE = 8 };
#define IS_INTERRUPT ((uintptr_t)1 << (__riscv_xlen - 1))

#define READ_CSR(name)                                  \
  ({                                                    \
    uintptr_t value_;                                   \
    __asm__ volatile("csrr %0, " #name : "=r"(value_)); \
    value_;                                             \
  })

/* Called by the trap handler; returns to have the interrupted code go on, or do
 * its access again. */
void port_trap(uintptr_t cause, uintptr_t pc, uintptr_t value);
void port_trap(uintptr_t cause, uintptr_t pc, uintptr_t value) {
  if (cause & IS_INTERRUPT) {
    port_interrupt();
  } else if (cause == CAUSE_LOAD_ACCESS || cause == CAUSE_STORE_ACCESS) {
    uintptr_t attempt = READ_CSR(mscratch); /* mmio_read32() of such a board begins with 0 */
    __asm__ volatile("csrw mscratch, %0" ::"r"(attempt + 1));
    executive_bus_error(value, cause == CAUSE_STORE_ACCESS, (unsigned)attempt);
  } else {
    KeBugCheckEx(UNEXPECTED_KERNEL_MODE_TRAP, cause, pc, value, 0);
  }
}

bool core_is_interrupted(void) { return (READ_CSR(mip) & READ_CSR(mie)) != 0; }

void core_wait(void) { __asm__ volatile("wfi" ::: "memory"); }

bool port_interrupts_off(void) {
  uintptr_t before;
  __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
  return (before & MSTATUS_MIE) != 0;
}

void port_interrupts_restore(bool on) {
  if (on) __asm__ volatile("csrsi mstatus, 8" ::: "memory");
}
