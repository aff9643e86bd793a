/* SPDX-License-Identifier: Apache-2.0 */
/* picorv32, which has no machine mode, but instructions of its own for interrupts. */
#include "core.h"

#include "board.h"
#include "executive/port.h"
#include "lockarb_kernel.h"
#include "soc/soc.h"

/* In q1, beside what core_pending() has. */
enum { NO_INSTRUCTION = 1 << 1, NOT_ALIGNED = 1 << 2 };
enum { CAUSE_NO_INSTRUCTION = 2, CAUSE_NOT_ALIGNED = 4, INSTRUCTION = 4 };

/* Called by the trap handler; returns to have the interrupted code go on. */
void port_trap(uint32_t asking, uint32_t pc);
void port_trap(uint32_t asking, uint32_t pc) {
  if ((asking & (NO_INSTRUCTION | NOT_ALIGNED)) == 0) {
    port_interrupt();
  } else { /* the instruction is over */
    uint32_t cause = asking & NO_INSTRUCTION ? CAUSE_NO_INSTRUCTION : CAUSE_NOT_ALIGNED;
    KeBugCheckEx(UNEXPECTED_KERNEL_MODE_TRAP, cause, pc - INSTRUCTION, 0, 0);
  }
}

__attribute__((naked)) unsigned board_core(void) {
  __asm__(
      "lui t0, 0x10000\n"
      "lw a0, 0(t0)\n"
      "ret");
}

/* No instruction tells without waiting. */
uint32_t core_pending(void) { return *soc_word(SOC_PENDING); }
bool core_is_interrupted(void) { return core_pending() != 0; }

void core_wait(void) { /* waitirq */
  __asm__ volatile(".insn r 0x0b, 4, 4, t0, zero, zero" ::: "t0", "memory");
}

/* maskirq. Faults are never masked: a core that meets one halts then. */

bool port_interrupts_off(void) {
  uint32_t before, all = ~(uint32_t)(NO_INSTRUCTION | NOT_ALIGNED);
  __asm__ volatile(".insn r 0x0b, 6, 3, %0, %1, zero" : "=r"(before) : "r"(all) : "memory");
  return before == 0;
}

void port_interrupts_restore(bool on) {
  if (on) __asm__ volatile(".insn r 0x0b, 6, 3, zero, zero, zero" ::: "memory");
}
