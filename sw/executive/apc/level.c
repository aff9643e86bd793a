/* SPDX-License-Identifier: Apache-2.0 */
/* IRQL, and the regions that hold APCs back. */
#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "lockarb_spin_lock.h"

/* IRQL */

void set_irql(struct thread *self, KIRQL irql) {
  self->irql = irql;
  sync_window(this_core());
}

KIRQL KeGetCurrentIrql(VOID) { return this_thread()->irql; }

KIRQL raise_irql(KIRQL NewIrql, struct call call) {
  struct thread *self = this_thread();
  KIRQL old = self->irql;
  if (NewIrql < old || NewIrql > HIGH_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_GREATER_OR_EQUAL, 0, old, NewIrql, 0);
  }
  bool on = port_interrupts_off();
  set_irql(self, NewIrql);
  if (NewIrql != old) self->irql_raised = call.from;
  port_interrupts_restore(on);
  return old;
}

KIRQL KfRaiseIrql(KIRQL NewIrql) { return raise_irql(NewIrql, THIS_CALL); }

KIRQL KeRaiseIrqlToDpcLevel(VOID) {
  verify_routine(THIS_CALL);
  return raise_irql(DISPATCH_LEVEL, THIS_CALL);
}

KIRQL KeRaiseIrqlToSynchLevel(VOID) { return raise_irql(SYNCH_LEVEL, THIS_CALL); }

void lower_irql(KIRQL NewIrql, struct call call) {
  struct thread *self = this_thread();
  if (NewIrql > self->irql) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_LESS_OR_EQUAL, 0, self->irql, NewIrql, 0);
  }
  verify_lower_irql(call, NewIrql);
  bool on = port_interrupts_off();
  set_irql(self, NewIrql);
  restore_interrupts(on);
  check_apcs(self);
}

VOID KeLowerIrql(KIRQL NewIrql) { lower_irql(NewIrql, THIS_CALL); }

/* Regions */

void note_region(const struct thread *t, enum region region, struct call call) {
  int count = region == REGION_CRITICAL ? t->tcb.KernelApcDisable : t->tcb.SpecialApcDisable;
  note(t, (struct port_note){.kind = region == REGION_CRITICAL ? PORT_NOTE_CRITICAL_REGION
                                                               : PORT_NOTE_GUARDED_REGION,
                             .lock = PORT_NO_LOCK,
                             .from = (uintptr_t)call.from,
                             .value = count < 0 ? (uint64_t)-count : 0});
}

void say_that_regions_wrap(const struct thread *t, int from, int to, struct call call) {
  print("lockarb: %s by thread %u (%s): the count of regions wraps from %d to %d", call.routine,
        t->number, t->name, from, to);
  print_line(", at ", call.from);
  print("\n");
}

static void move_region(struct thread *self, enum region region, int step, struct call call) {
  bool on = port_interrupts_off();
  count_region(self, region, step, call);
  sync_window(this_core());
  port_interrupts_restore(on);
}

void enter_region(enum region region, struct call call) {
  verify_region(call);
  move_region(this_thread(), region, -1, call);
}

void leave_region(enum region region, struct call call) {
  struct thread *self = this_thread();
  verify_region(call);
  move_region(self, region, +1, call);
  if (*counter_of(self, region) > 0) {
    verify_underflow(call, NULL);
    executive_warn(call, EXECUTIVE_NO_LOCK, "left more often than entered");
  }
  check_apcs(self);
}

VOID KeEnterCriticalRegion(VOID) { enter_region(REGION_CRITICAL, THIS_CALL); }

VOID KeLeaveCriticalRegion(VOID) { leave_region(REGION_CRITICAL, THIS_CALL); }

VOID KeEnterGuardedRegion(VOID) { enter_region(REGION_GUARDED, THIS_CALL); }

VOID KeLeaveGuardedRegion(VOID) { leave_region(REGION_GUARDED, THIS_CALL); }

BOOLEAN KeAreApcsDisabled(VOID) {
  verify_routine(THIS_CALL);
  return this_thread()->tcb.CombinedApcDisable != 0;
}

BOOLEAN KeAreAllApcsDisabled(VOID) {
  struct thread *self = this_thread();
  verify_routine(THIS_CALL);
  return self->tcb.SpecialApcDisable != 0 || self->irql >= APC_LEVEL;
}
