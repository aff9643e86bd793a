/* SPDX-License-Identifier: Apache-2.0 */
// The self-test of `lockarb probe`: takes and releases the locks of the device behind hal/mmio.h as
// several threads on all cores. Every answer must be that of the reference model.
//
// It uses locks that are not initialized, and deletes them afterwards; thread slots that neither
// wait nor have a grant; and cores whose grant queue is empty. The registers of these cores are put
// back. So locks that somebody else has made are not disturbed, as long as nobody issues commands
// meanwhile.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/tools/probe/probe_device.h"

namespace lockarb {

struct SelfTestResult {
  std::vector<std::string> left_out;  // what somebody else uses, "core 2: a grant waits there"
  unsigned locks = 0;                 // taken and released
  unsigned cores = 0;
  unsigned threads = 0;
  uint64_t accesses = 0;
  std::string failure;  // empty: every answer was right
  bool stopped = false;
};

// device: as probe_find() found it. *stop: set by a signal; the test ends behind the lock that it
// has in work, and leaves nothing.
SelfTestResult self_test(const probe_device &device, const std::vector<unsigned> &free_locks,
                         const volatile std::sig_atomic_t *stop);

}  // namespace lockarb
