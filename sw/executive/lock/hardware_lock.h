/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Acquire and release of a lock of the arbiter by the running thread: inline, since these two are
 * most of what programs do. What else there is to do with such a lock is in hardware_lock.c.
 */
#ifndef LOCKARB_EXECUTIVE_LOCK_HARDWARE_LOCK_H_
#define LOCKARB_EXECUTIVE_LOCK_HARDWARE_LOCK_H_

#include "executive/lock/lock_operations.h"

#pragma GCC visibility push(hidden)

/** To the arbiter all owner pointers are one owner: @return the answer with each of them counted.
 */
static inline struct lockarb_answer keep_counts(unsigned lock, struct lockarb_answer answer) {
  if (!is_refused(answer)) {
    struct account *account = &lock_at(lock)->account;
    unsigned pointers = account->pointer_owners;
    if (pointers != 0) answer.owners = (uint16_t)(answer.owners + pointers - 1);
    account->owners = answer.owners;
    account->shared_waiters = answer.shared_waiters;
    account->exclusive_waiters = answer.exclusive_waiters;
  }
  return answer;
}

/** The arbiter has counted the region of the running thread. */
static inline void follow_region(struct core *core, struct thread *self, int step) {
  count_region(self, REGION_CRITICAL, step, core->command);
  core->sent.apc_mask = self->tcb.CombinedApcDisable;
}

static inline struct lockarb_answer acquire_hardware(struct core *core, struct thread *self,
                                                     unsigned lock, enum lockarb_kind how,
                                                     unsigned flags, struct lock_wait *wait) {
  struct slot *slot = slot_at((unsigned)self->slot);
  struct owned *room = room_for_hold(slot);
  if (room == NULL) return refuse(LOCKARB_STATUS_ERR_OVERFLOW);
  struct lockarb_answer answer =
      keep_counts(lock, lockarb_acquire_in(&core->window, lock, how, flags));
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
    case LOCKARB_STATUS_GRANTED_SHARED:
      begin_hold(slot, room, lock, how == LOCKARB_EXCLUSIVE);
      break;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
    case LOCKARB_STATUS_RECURSED_SHARED:
      add_level(slot, room, lock);
      break;
    case LOCKARB_STATUS_WAITING:
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      slot->waits = true;
      begin_lock_wait(wait, lock, how == LOCKARB_EXCLUSIVE, (unsigned)self->slot);
      break;
    default:
      return answer;
  }
  if (flags & LOCKARB_ENTER) follow_region(core, self, -1);
  return answer;
}

static inline struct lockarb_answer release_hardware(struct core *core, struct thread *self,
                                                     unsigned lock, bool leave) {
  struct lockarb_answer answer = keep_counts(
      lock, lockarb_command_in(&core->window, lock,
                               leave ? LOCKARB_OP_RELEASE_AND_LEAVE : LOCKARB_OP_RELEASE));
  if (is_refused(answer)) return answer;
  struct slot *slot = slot_at((unsigned)self->slot);
  end_level(slot, owned_of(slot, lock));
  if (leave) follow_region(core, self, +1);
  return answer;
}

#pragma GCC visibility pop

#endif
