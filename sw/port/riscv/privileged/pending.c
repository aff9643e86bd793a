/* SPDX-License-Identifier: Apache-2.0 */
/* Where no device stands between the board's interrupts and the core: it tells them itself. */
#include "core.h"

uint32_t core_pending(void) {
  uintptr_t pending, enabled;
  __asm__ volatile("csrr %0, mip" : "=r"(pending));
  __asm__ volatile("csrr %0, mie" : "=r"(enabled));
  return (uint32_t)(pending & enabled);
}
