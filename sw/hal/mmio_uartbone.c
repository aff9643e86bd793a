/* SPDX-License-Identifier: Apache-2.0 */
#include "hal/mmio.h"
#include "hal/uartbone.h"

uint32_t mmio_read32(uintptr_t address) {
  uint32_t word;
  uartbone_read(address, &word, 1);
  return word;
}

void mmio_write32(uintptr_t address, uint32_t value) { uartbone_write(address, value); }
