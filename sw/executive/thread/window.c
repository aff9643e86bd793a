/* SPDX-License-Identifier: Apache-2.0 */
/* What a core's window at the arbiter is told of the thread that runs there. */
#include "executive/thread/thread.h"

struct lockarb arbiter;

extern inline void show_in_window(struct core *core, const struct thread *t);

uint32_t pending_apcs_of(const struct thread *t) {
  uint32_t pending = 0;
  if (!IsListEmpty(&t->kernel_apcs)) {
    if (is_special(first_apc(&t->kernel_apcs))) pending |= LOCKARB_APC_PENDING_SPECIAL_MASK;
    const KAPC *last = CONTAINING_RECORD(t->kernel_apcs.Blink, KAPC, ApcListEntry);
    if (!is_special(last)) pending |= LOCKARB_APC_PENDING_NORMAL_MASK;
  }
  if (!IsListEmpty(&t->user_apcs)) pending |= LOCKARB_APC_PENDING_USER_MASK;
  if (t->apc_in_progress) pending |= LOCKARB_APC_PENDING_IN_PROGRESS_MASK;
  if (t->user_apcs_open) pending |= LOCKARB_APC_PENDING_ALERTABLE_MASK;
  return pending;
}

void send_window(struct core *core, const struct thread *t, uint32_t pending) {
  unsigned number = core->number;
  if (core->sent.slot != t->slot) {
    if (t->slot == NO_SLOT) {
      lockarb_clear_current_thread(&arbiter, number);
    } else {
      lockarb_set_current_thread(&arbiter, number, (unsigned)t->slot);
    }
    core->sent.slot = t->slot; /* not before: until then no other core may have the old one */
  }
  if (core->sent.apc_mask != t->tcb.CombinedApcDisable) {
    core->sent.apc_mask = t->tcb.CombinedApcDisable;
    lockarb_set_apc_mask(&arbiter, number, core->sent.apc_mask);
  }
  if (core->sent.irql != t->irql) {
    core->sent.irql = t->irql;
    lockarb_set_irql(&arbiter, number, t->irql);
  }
  if (core->sent.apc_pending != pending) {
    core->sent.apc_pending = pending;
    lockarb_set_apc_pending(&arbiter, number, pending);
  }
}

void forget_window(struct core *core) {
  core->sent.slot = NO_SLOT - 1;
  core->sent.apc_mask = core->sent.apc_pending = UINT32_MAX;
  core->sent.irql = HIGH_LEVEL + 1;
}
