/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only way to a device: one aligned 32-bit word, read or written, in program order.
 *
 * The backend is chosen at link time: a TLM bus, a fake bus in a test, a volatile access on a
 * board. A bus error does not return: the backend stops and says which core and which address.
 * Under the executive that is executive_bus_error() (executive/port.h), after which an access that
 * may be done again is.
 */
#ifndef LOCKARB_HAL_MMIO_H_
#define LOCKARB_HAL_MMIO_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t mmio_read32(uintptr_t address);
void mmio_write32(uintptr_t address, uint32_t value);

#ifdef __cplusplus
}
#endif

#endif
