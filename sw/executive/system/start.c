/* SPDX-License-Identifier: Apache-2.0 */
/* Start, restart and interrupts of a core. */
#include "executive/apc/apc.h"
#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"
#include "executive/system/system.h"
#include "executive/thread/slot.h"
#include "executive/wait/wait.h"

static bool ready_to_start; /* core 0 has set up what the others share */

/* Threads whose wait for a lock is over, or broken by an APC, are ready. Dispatcher locked. */
static void look_after_stayers(struct core *core) {
  for (LIST_ENTRY *e = core->stayers.Flink, *next; e != &core->stayers; e = next) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, queue);
    next = e->Flink;
    if (is_granted(t->lock_waits)) {
      wake(t, STATUS_SUCCESS);
    } else {
      break_wait(t);
    }
  }
}

/* A read of TAKE that nobody made may have taken the grant of the thread that idles here: the next
 * one tells, as long as the window is that thread's. */
static bool stays_for_arbiter(const struct core *core) {
  const struct thread *t = core->loaded;
  return core->current == &core->idle && t->state == THREAD_STAYING &&
         !is_software(t->lock_waits->lock);
}

void serve_interrupt(struct core *core, unsigned causes) {
  lock_dispatcher();
  core->is_called = false;
  look_after_stayers(core);
  bool quantum_ended = false;
  if (causes & PORT_IRQ_TIMER) {
    if (object_waits != NULL) object_waits->expire(core);
    expire_lock_slices();
    quantum_ended = renew_timer(core);
  }
  if ((causes & PORT_IRQ_ARBITER) || core->look_again || stays_for_arbiter(core)) {
    core->look_again = false;
    take_grants(port_core());
  }
  if (core->has_killed) wake_killed(core);
  serve_slot_queue(core);
  bool in_place = core->current == &core->idle && core->loaded->state == THREAD_STAYING;
  if (in_place) core->reschedule = !keeps_core(core);
  end_interrupt_and_unlock(core, quantum_ended);
}

void executive_interrupt(unsigned causes) {
  port_charge(PORT_WORK_INTERRUPT);
  struct core *core = this_core();
  serve_interrupt(core, causes);
  sync_window(core);
  check_apcs(core->current);
}

/* Why it cannot be used is printed. */
static bool find_arbiter(void) {
  const char *reason = NULL;
  char text[120];
  struct lockarb_size bad;
  enum lockarb_way way = port_lockarb_by_write() ? LOCKARB_BY_WRITE : LOCKARB_BY_READ;
  switch (lockarb_probe(&arbiter, port_lockarb_base(), port_core(), way)) {
    case LOCKARB_OK:
      break;
    case LOCKARB_OTHER_VERSION:
      reason = "lockarb: the arbiter has another version than its driver\n";
      break;
    case LOCKARB_BAD_SIZES:
      reason = "lockarb: the arbiter's PARAMS and LIMITS are not the same each time\n";
      if (!lockarb_bad_size(port_lockarb_base(), port_core(), &bad)) break;
      format_text(
          text, sizeof(text),
          "lockarb: the arbiter's %s is %u, and it must be %u to %u; is the device broken?\n",
          bad.name, bad.value, bad.min, bad.max);
      reason = text;
      break;
    default:
      reason = "lockarb: there is no arbiter at the given address\n";
  }
  if (reason == NULL && arbiter.cores < port_core_count()) {
    reason = "lockarb: the arbiter has fewer windows than there are cores\n";
  }
  if (reason != NULL) port_print(reason);
  return reason == NULL;
}

static void set_up(PKSTART_ROUTINE first, void *arg) {
  set_up_dispatcher();
  set_up_thread_objects();
  set_up_pool();
  set_up_printing();
  set_up_stop();
  set_up_personality();
  set_up_lock_list();
  set_up_deadlocks();
  if (!find_arbiter()) port_halt(1);
  for (unsigned i = 0; i < port_core_count(); i++) {
    core_at(i)->window = lockarb_window_of(&arbiter, i);
  }
  set_up_slots();
  set_up_locks();
  if (!create_first_thread(first, arg)) port_halt(1);
}

void executive_start_core(void (*first)(void *arg), void *arg) {
  unsigned number = port_core();
  if (number == 0) {
    ready_to_start = false; /* a machine may have run before */
    set_up(first, arg);
    ready_to_start = true;
  }
  while (!ready_to_start) {
    port_wait_for_interrupt(NULL);
    if (!ready_to_start) port_spend(1); /* a line that is high for nothing is not taken yet */
  }
  if (number != 0) lockarb_start_core(&arbiter, number); /* the probe was core 0's start */
  note_thread(PORT_NOTE_THREAD_RUNNING, this_thread(), 0);
  idle(this_core());
}

void executive_restart_core(unsigned spin_locks, void (*first)(void *arg), void *arg) {
  if (!ready_to_start) executive_start_core(first, arg);
  struct core *core = this_core();
  /* A thread that is in the middle of something that a spin lock of its own guards. */
  spin_locks += core->current->spin_locks;
  if (spin_locks != 0) {
    executive_stop((struct call){"a reset of the core, which held a spin lock", NULL},
                   core->command.routine != NULL ? core->command_lock : EXECUTIVE_NO_LOCK,
                   MACHINE_CHECK_EXCEPTION, 0, 0, 0, spin_locks);
  }
  lock_dispatcher();
  take_lost_thread(core);
  lockarb_start_core(&arbiter, port_core());
  forget_window(core);
  sync_window(core);
  unlock_dispatcher(false);
  note_thread(PORT_NOTE_THREAD_RUNNING, this_thread(), 0);
  if (core->lost != NULL) {
    /* It may have been about to tell a core that a thread there owns a lock. */
    for (unsigned i = 0; i < port_core_count(); i++) {
      if (i != port_core()) call_core(i);
    }
    end_lost_thread(core->lost, core->lost_in);
  }
  after_switch();
  /* An interrupt that was being taken does not come again. */
  executive_interrupt(PORT_IRQ_ARBITER | PORT_IRQ_TIMER | PORT_IRQ_CORE);
  idle(core);
}
