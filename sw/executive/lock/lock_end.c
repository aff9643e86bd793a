/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that are gone: what they wait for is cancelled, and what they own is drained. */
#include "executive/diagnose/report.h"
#include "executive/lock/lock_operations.h"

void follow_end(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) {
    executive_stop(this_core()->command, lock,
                   answer.status == LOCKARB_STATUS_ERR_PARITY ? DATA_BUS_ERROR : LOCKARB_MISUSE,
                   (ULONG_PTR)lock_object(lock), (ULONG_PTR)t, answer.status, 0);
  }
  lock_at(lock)->mirror->follow(lock_at(lock)->object, answer, (ULONG_PTR)t);
}

unsigned cancel_lock_waits(struct thread *t, unsigned unsure) {
  unsigned cancelled = 0;
  for (struct lock_wait *wait; (wait = t->lock_waits) != NULL;) {
    this_core()->command_lock = wait->lock;
    struct lockarb_answer answer = {.status = LOCKARB_STATUS_ALREADY_GRANTED};
    if (!wait->granted) answer = operations_of(wait->lock)->cancel(t, wait);
    if (answer.status != LOCKARB_STATUS_ALREADY_GRANTED) {
      cancelled++;
      note_lock(PORT_NOTE_LOCK_CANCELLED, t, wait->lock,
                (struct port_note){.exclusive = wait->exclusive});
    } else if (wait->bad) {
      follow_end(t, wait->lock, refuse(LOCKARB_STATUS_ERR_PARITY));
    }
    t->lock_waits = wait->outer;
    operations_of(wait->lock)->end_wait(t, wait);
  }
  if (unsure != EXECUTIVE_NO_LOCK) cancelled += operations_of(unsure)->cancel_unsure(t, unsure);
  return cancelled;
}

void note_drained(const struct thread *t, unsigned lock, struct hold hold) {
  note_lock(PORT_NOTE_LOCK_DRAINED, t, lock,
            (struct port_note){.exclusive = hold.exclusive, .value = hold.count});
}

unsigned drain_locks(struct thread *t, unsigned unsure, bool again) {
  unsigned drained = 0;
  for (unsigned lock = 0; (lock = next_used_lock(lock)) != EXECUTIVE_NO_LOCK; lock++) {
    this_core()->command_lock = lock;
    drained += operations_of(lock)->drain(t, lock, lock == unsure, again);
  }
  return drained;
}
