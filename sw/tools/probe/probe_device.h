/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What `lockarb probe` asks of the driver, for C++ that calls its namespace as the driver calls its
 * device.
 */
#ifndef LOCKARB_SIM_PROBE_DEVICE_H_
#define LOCKARB_SIM_PROBE_DEVICE_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum probe_result { PROBE_FOUND, PROBE_NO_DEVICE, PROBE_OTHER_VERSION, PROBE_BAD_SIZES };

struct probe_device {
  unsigned cores;
  unsigned threads;
  unsigned locks;
  unsigned hold_width;
  unsigned max_hold;
  bool has_statistics;
  bool aperture_was_open;
};

/** Looks for the arbiter at address 0: it has the bus of a board to itself. */
enum probe_result probe_find(struct probe_device *device);

/** Of PROBE_BAD_SIZES: the field that no arbiter has so, and its range. False: it is right now. */
bool probe_bad_size(const char **name, unsigned *value, unsigned *min, unsigned *max);

struct probe_statistics {
  uint32_t acquisitions;
  uint32_t contentions;
  uint32_t longest_wait;
  uint32_t longest_hold;
  uint32_t deepest_queue;
};

/** Returns false, and reads nothing, when the device counts none. */
bool probe_statistics(unsigned lock, struct probe_statistics *statistics);

/** Whether the thread slot can issue commands: it neither waits nor has a grant. Sets
 * CURRENT_THREAD. */
bool probe_thread_is_idle(unsigned core, unsigned lock, unsigned thread);

/** Takes the thread off the lock, as far as the device lets it. */
void probe_drain(unsigned core, unsigned lock, unsigned thread);

/** Returns whether there was a grant to take. */
bool probe_take_grant(unsigned core);

void probe_delete(unsigned core, unsigned lock);

#ifdef __cplusplus
}
#endif

#endif
