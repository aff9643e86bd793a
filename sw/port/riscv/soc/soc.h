/* SPDX-License-Identifier: Apache-2.0 */
/** The words of rtl/soc that are about the machine (rtl/soc/README.md, "Address map"). */
#ifndef LOCKARB_PORT_RISCV_SOC_H_
#define LOCKARB_PORT_RISCV_SOC_H_

#include <stdint.h>

enum soc_word {
  SOC_CORE = 0x00,
  SOC_CORES = 0x04,
  SOC_REFUSED = 0x08, /* address, SOC_REFUSED_WRITE, 1; 0: nothing */
  SOC_CLOCK = 0x0c,   /* clocks per second */
  SOC_UART_DATA = 0x10,
  SOC_UART_STATUS = 0x14,
  SOC_SIMULATED = 0x18,
  SOC_PENDING = 0x1c, /* of the core that reads it, as in mip */
  /* The port of the simulator: a store each, which costs what a store to a device costs. */
  SOC_NOTE_CONSOLE = 0x80,  /* a character */
  SOC_NOTE_END = 0x84,      /* the run is over: its exit code */
  SOC_NOTE_MARK = 0x88,     /* a number: clock and instructions are written down beside it */
  SOC_NOTE_OBSERVED = 0x8c, /* where a struct port_note is */
};
enum { SOC_REFUSED_WRITE = 2, SOC_UART_CAN_TAKE = 1 };
#define SOC_REFUSED_VALUE UINT32_MAX /* of a read */

/** Accesses to memory and devices that come before it are done before those that come after it. */
void soc_order(void);

static inline volatile uint32_t *soc_word(enum soc_word place) {
  return (volatile uint32_t *)((uintptr_t)0x10000000u + place);
}

#endif
