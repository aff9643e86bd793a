/* SPDX-License-Identifier: Apache-2.0 */
#include "sw/tools/probe/probe_device.h"

#include "sw/driver/lockarb.h"
#include "sw/hal/mmio.h"

static struct lockarb found;

enum probe_result probe_find(struct probe_device *device) {
  switch (lockarb_probe(&found, 0, 0, LOCKARB_BY_READ)) {
    case LOCKARB_OK:
      break;
    case LOCKARB_OTHER_VERSION:
      return PROBE_OTHER_VERSION;
    case LOCKARB_BAD_SIZES:
      return PROBE_BAD_SIZES;
    default:
      return PROBE_NO_DEVICE;
  }
  *device = (struct probe_device){
      .cores = found.cores,
      .threads = found.threads,
      .locks = found.locks,
      .max_hold = found.max_hold,
      .has_statistics = found.has_statistics,
      .aperture_was_open = found.aperture_was_open,
  };
  while (found.max_hold >> device->hold_width != 0) device->hold_width++;
  return PROBE_FOUND;
}

bool probe_bad_size(const char **name, unsigned *value, unsigned *min, unsigned *max) {
  struct lockarb_size bad;
  if (!lockarb_bad_size(0, 0, &bad)) return false;
  *name = bad.name;
  *value = bad.value;
  *min = bad.min;
  *max = bad.max;
  return true;
}

bool probe_statistics(unsigned lock, struct probe_statistics *statistics) {
  struct lockarb_statistics read;
  if (lockarb_read_statistics(&found, 0, lock, &read) != LOCKARB_OK) return false;
  *statistics = (struct probe_statistics){read.acquisitions, read.contentions, read.longest_wait,
                                          read.longest_hold, read.deepest_queue};
  return true;
}

bool probe_thread_is_idle(unsigned core, unsigned lock, unsigned thread) {
  unsigned count;
  lockarb_set_current_thread(&found, core, thread);
  /* A line without bus errors does not say that the slot runs on another core. */
  uintptr_t current = ((uintptr_t)core << LOCKARB_WINDOW_SHIFT) + LOCKARB_CURRENT_THREAD_OFFSET;
  if (mmio_read32(current) != (LOCKARB_CURRENT_THREAD_VALID_MASK | thread)) return false;
  return lockarb_hold_count(&found, core, lock, &count).status == LOCKARB_STATUS_DONE;
}

void probe_drain(unsigned core, unsigned lock, unsigned thread) {
  /* One step ends a wait, one the ownership; a device that has more to do then is broken. */
  for (int step = 0; step < 3; step++) {
    if (lockarb_drain(&found, core, lock, thread).status == LOCKARB_STATUS_DONE) return;
  }
}

bool probe_take_grant(unsigned core) {
  struct lockarb_grant grant;
  return lockarb_take_grant(&found, core, &grant);
}

void probe_delete(unsigned core, unsigned lock) { lockarb_delete(&found, core, lock); }
