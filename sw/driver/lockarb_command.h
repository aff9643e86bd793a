/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A command by one read, inline: the part of lockarb.h that runs at every acquire and release.
 * Whatever is not that, an argument out of range or another way, is lockarb_command_checked()'s.
 */
#ifndef LOCKARB_DRIVER_LOCKARB_COMMAND_H_
#define LOCKARB_DRIVER_LOCKARB_COMMAND_H_

#include "driver/lockarb.h"
#include "hal/mmio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Also where the compiler optimizes for size: the call, and to decode what nobody looks at of the
 * answer, take more. */
#define LOCKARB_INLINE __attribute__((always_inline)) static inline

/** Of what the arbiter answers but to HOLD_COUNT. */
LOCKARB_INLINE struct lockarb_answer lockarb_answer_in(uint32_t word) {
  struct lockarb_answer answer;
  answer.status = (uint8_t)(word & LOCKARB_RESULT_STATUS_MASK);
  answer.owners = (uint16_t)((word & LOCKARB_RESULT_OWNERS_MASK) >> LOCKARB_RESULT_OWNERS_SHIFT);
  answer.shared_waiters = (uint16_t)((word & LOCKARB_RESULT_SHARED_WAITERS_MASK) >>
                                     LOCKARB_RESULT_SHARED_WAITERS_SHIFT);
  answer.exclusive_waiters = (uint16_t)((word & LOCKARB_RESULT_EXCLUSIVE_WAITERS_MASK) >>
                                        LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT);
  return answer;
}

/** Whatever is asked for and however: any operation, with all checks. */
struct lockarb_answer lockarb_command_checked(const struct lockarb *device, unsigned core,
                                              unsigned lock, unsigned operation);

/** operation: one that needs no arming. */
LOCKARB_INLINE struct lockarb_answer lockarb_command_in(const struct lockarb_window *window,
                                                        unsigned lock, unsigned operation) {
  if (__builtin_expect(lock >= window->read_locks, 0)) {
    return lockarb_command_checked(window->device, window->core, lock, operation);
  }
  uintptr_t place = window->base + ((uintptr_t)lock << LOCKARB_LOCK_SHIFT);
  return lockarb_answer_in(
      mmio_read32(place + (LOCKARB_COMMAND_OFFSET | operation << LOCKARB_OP_SHIFT)));
}

LOCKARB_INLINE struct lockarb_window lockarb_window_of(const struct lockarb *device,
                                                       unsigned core) {
  bool is_core = device != NULL && core < device->cores;
  struct lockarb_window window;
  window.device = device;
  window.core = core;
  window.base = is_core ? device->base + ((uintptr_t)core << LOCKARB_WINDOW_SHIFT) : 0;
  window.read_locks = is_core ? device->read_locks : 0;
  return window;
}

LOCKARB_INLINE struct lockarb_answer lockarb_acquire_in(const struct lockarb_window *window,
                                                        unsigned lock, enum lockarb_kind kind,
                                                        unsigned flags) {
  bool is_kind = (unsigned)kind <= LOCKARB_SHARED_WAIT_FOR_EXCLUSIVE;
  if (!is_kind || (flags & ~(unsigned)(LOCKARB_WAIT | LOCKARB_ENTER)) != 0) {
    return lockarb_answer_in(LOCKARB_STATUS_BAD_ARG);
  }
  return lockarb_command_in(window, lock, (unsigned)kind | flags);
}

LOCKARB_INLINE struct lockarb_answer lockarb_release_in(const struct lockarb_window *window,
                                                        unsigned lock) {
  return lockarb_command_in(window, lock, LOCKARB_OP_RELEASE);
}

LOCKARB_INLINE struct lockarb_answer lockarb_release_and_leave_in(
    const struct lockarb_window *window, unsigned lock) {
  return lockarb_command_in(window, lock, LOCKARB_OP_RELEASE_AND_LEAVE);
}

LOCKARB_INLINE struct lockarb_answer lockarb_acquire(const struct lockarb *device, unsigned core,
                                                     unsigned lock, enum lockarb_kind kind,
                                                     unsigned flags) {
  struct lockarb_window window = lockarb_window_of(device, core);
  return lockarb_acquire_in(&window, lock, kind, flags);
}

LOCKARB_INLINE struct lockarb_answer lockarb_release(const struct lockarb *device, unsigned core,
                                                     unsigned lock) {
  struct lockarb_window window = lockarb_window_of(device, core);
  return lockarb_release_in(&window, lock);
}

LOCKARB_INLINE struct lockarb_answer lockarb_release_and_leave(const struct lockarb *device,
                                                               unsigned core, unsigned lock) {
  struct lockarb_window window = lockarb_window_of(device, core);
  return lockarb_release_and_leave_in(&window, lock);
}

/** What GRANT and TAKE show, in the same places. */
LOCKARB_INLINE struct lockarb_grant lockarb_grant_in(uint32_t word) {
  struct lockarb_grant grant;
  grant.thread = (word & LOCKARB_GRANT_THREAD_MASK) >> LOCKARB_GRANT_THREAD_SHIFT;
  grant.lock = (word & LOCKARB_GRANT_LOCK_MASK) >> LOCKARB_GRANT_LOCK_SHIFT;
  grant.bad = (word & LOCKARB_GRANT_BAD_MASK) != 0;
  return grant;
}

LOCKARB_INLINE struct lockarb_take lockarb_take_in(const struct lockarb_window *window) {
  struct lockarb_take take = {LOCKARB_STILL_WAITS, false, {0, 0, false}};
  if (window->device == NULL || window->core >= window->device->cores) return take;
  uint32_t word = mmio_read32(window->base + LOCKARB_TAKE_OFFSET);
  take.error = (word & LOCKARB_TAKE_ERROR_MASK) != 0;
  if ((word & LOCKARB_TAKE_VALID_MASK) != 0) {
    take.what = (word & LOCKARB_TAKE_TAKEN_MASK) != 0 ? LOCKARB_TAKEN : LOCKARB_SHOWN;
    take.grant = lockarb_grant_in(word);
  } else if ((word & LOCKARB_TAKE_WAITS_MASK) == 0) {
    take.what = LOCKARB_NO_GRANT;
  }
  return take;
}

#ifdef __cplusplus
}
#endif

#endif
