/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the port has to know of a kind of core: its traps and interrupts. A folder of the core's has
 * these functions, port_interrupts_off() and port_interrupts_restore(), and the trap handler
 * "trap", which keeps what a C function may change on the stack of the interrupted thread.
 */
#ifndef LOCKARB_PORT_RISCV_CORE_H_
#define LOCKARB_PORT_RISCV_CORE_H_

#include <stdbool.h>
#include <stdint.h>

/** Of core_pending(), as in mip. */
enum {
  CORE_SOFTWARE = 1 << 3,
  CORE_TIMER = 1 << 7,
  CORE_EXTERNAL = 1 << 11,
};

/** After reset: interrupts are off, traps go to the handler. No stack yet: it may change ra and t0
 * to t6 only. */
void core_prepare(void);
/** Whether an interrupt asks now, whether interrupts are on or off. */
bool core_is_interrupted(void);
/** Which ones. Each may be told once, as long as its cause makes it ask again. */
uint32_t core_pending(void);
/** Until core_is_interrupted() may be true, without an access to data. */
void core_wait(void);

/** port.c: called by the trap handler for interrupts; may return much later, on another occasion.
 */
void port_interrupt(void);

#endif
