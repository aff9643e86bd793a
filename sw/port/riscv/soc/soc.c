/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board: rtl/soc, simulated or in an FPGA. Its cores do not trap when the bus refuses an access.
 */
#include "soc.h"

#include <limits.h>
#include <stdbool.h>

#include "board.h"
#include "executive/port.h"
#include "hal/mmio.h"

unsigned board_core_count(void) { return *soc_word(SOC_CORES); }
/* A test may take its microseconds for longer than they are. */
#ifndef SOC_TIMES_FASTER
#define SOC_TIMES_FASTER 1
#endif
uint32_t board_frequency(void) { return *soc_word(SOC_CLOCK) * SOC_TIMES_FASTER; }

/* Whether an access of this core was refused; its last store is done when REFUSED is read. */
static bool take_refusal(uint32_t *refused) {
  *refused = *soc_word(SOC_REFUSED);
  if (*refused == 0) return false;
  *soc_word(SOC_REFUSED) = 0;
  return true;
}

static void report(uint32_t refused, unsigned attempt) {
  executive_bus_error(refused & ~(uintptr_t)3, (refused & SOC_REFUSED_WRITE) != 0, attempt);
}

/* By an access that went past mmio_read32(): it cannot be done again any more. */
void board_check_bus(void) {
  uint32_t refused;
  if (take_refusal(&refused)) report(refused, UINT_MAX);
}

uint32_t mmio_read32(uintptr_t address) {
  for (unsigned attempt = 0;; attempt++) {
    soc_order();
    uint32_t refused, value = *(volatile uint32_t *)address;
    soc_order();
    if (value != SOC_REFUSED_VALUE || !take_refusal(&refused)) return value;
    report(refused, attempt);
  }
}

void mmio_write32(uintptr_t address, uint32_t value) {
  for (unsigned attempt = 0;; attempt++) {
    uint32_t refused;
    soc_order();
    *(volatile uint32_t *)address = value;
    soc_order();
    if (!take_refusal(&refused)) return;
    report(refused, attempt);
  }
}

void board_put(char c) {
  if (*soc_word(SOC_SIMULATED) != 0) {
    *soc_word(SOC_NOTE_CONSOLE) = (uint8_t)c;
    return;
  }
  while ((*soc_word(SOC_UART_STATUS) & SOC_UART_CAN_TAKE) == 0) continue;
  *soc_word(SOC_UART_DATA) = (uint8_t)c;
}

void board_halt(int exit_code) {
  *soc_word(SOC_NOTE_END) = (uint32_t)exit_code; /* a host at the serial line sees it, too */
  for (;;) continue;
}
