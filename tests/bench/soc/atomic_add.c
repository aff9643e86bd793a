/* SPDX-License-Identifier: Apache-2.0 */
/* What the locks of sw/baseline need, of a core that has the A extension. */
#include <stdbool.h>

#include "baseline/baseline.h"

static uint32_t *word(uintptr_t address) { return (uint32_t *)address; }

uint32_t baseline_load(uintptr_t address) {
  return __atomic_load_n(word(address), __ATOMIC_ACQUIRE);
}
void baseline_store(uintptr_t address, uint32_t value) {
  __atomic_store_n(word(address), value, __ATOMIC_RELEASE);
}
uint32_t baseline_add(uintptr_t address, uint32_t value) {
  return __atomic_fetch_add(word(address), value, __ATOMIC_ACQ_REL);
}
uint32_t baseline_swap(uintptr_t address, uint32_t value) {
  return __atomic_exchange_n(word(address), value, __ATOMIC_ACQ_REL);
}
uint32_t baseline_compare_swap(uintptr_t address, uint32_t expected, uint32_t value) {
  __atomic_compare_exchange_n(word(address), &expected, value, false, __ATOMIC_ACQ_REL,
                              __ATOMIC_ACQUIRE);
  return expected;
}
void baseline_pause(void) {}
