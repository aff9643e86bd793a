/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that Driver Verifier checks, off unless asked for. Elsewhere there is one line for
 * each: a function of verify.h, which tests a flag and calls in here.
 */
#include <string.h>

#include "executive/diagnose/diagnose.h"
#include "executive/diagnose/verifier_rules.h"
#include "executive/executive.h"
#include "executive/system/system.h"
#include "executive/verify.h"
#include "lockarb_spin_lock.h"
#include "lockarb_work.h"

static bool is_about(const char *routine, const char *word) {
  size_t length = strlen(word);
  while (*routine != '\0' && strncmp(routine, word, length) != 0) routine++;
  return *routine != '\0';
}

/* What a routine is about that is no ERESOURCE. */
static void show_object_of(struct call call, const void *object) {
  static const char *const kinds[][2] = {
      {"SpinLock", "spin lock"},   {"PushLock", "push lock"},
      {"FastMutex", "fast mutex"}, {"GuardedMutex", "guarded mutex"},
      {"Mutex", "mutex"},          {"Rundown", "rundown protection"}};
  const char *what = "object";
  for (size_t i = sizeof(kinds) / sizeof(kinds[0]); i-- > 0;) {
    if (is_about(call.routine, kinds[i][0])) what = kinds[i][1];
  }
  if (object != NULL) show_object(what, object);
}

/* Parameters of the rules 0x2xxxx and 0x4xxxx are addresses inside the verifier: 0 here. */
__attribute__((noreturn)) static void stop(struct call call, const void *resource, ULONG code,
                                           ULONG_PTR parameter2, ULONG_PTR parameter3,
                                           ULONG_PTR parameter4, const char *text) {
  print("\nlockarb verifier: %s\n", text);
  unsigned lock = resource != NULL ? executive_find_lock(resource) : EXECUTIVE_NO_LOCK;
  if (lock == EXECUTIVE_NO_LOCK) show_object_of(call, resource);
  executive_stop(call, lock, DRIVER_VERIFIER_DETECTED_VIOLATION, code, parameter2, parameter3,
                 parameter4);
}

__attribute__((noreturn)) static void stop_misuse(struct call call, NTSTATUS status,
                                                  const char *text) {
  print("\nlockarb verifier: %s\n", text);
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)status, 0, 0, 0);
}

static bool has_apcs_off(const struct thread *t) {
  return !t->user || t->irql >= APC_LEVEL || t->tcb.CombinedApcDisable != 0;
}

/* WithinCriticalRegion. A raised IRQL is as good as a region, and system threads need neither. */
static void check_apcs_off(struct call call, const struct rule *rule, const void *resource) {
  const struct thread *self = this_thread();
  if (has_apcs_off(self)) return;
  stop(call, resource, rule->apcs_on, self->irql, self->tcb.CombinedApcDisable, (ULONG_PTR)resource,
       "normal kernel APCs are on; call KeEnterCriticalRegion first");
}

static const char *bad_irql(const struct rule *rule, KIRQL irql, ULONG_PTR more) {
  if (rule->demands & PASSIVE_LEVEL_ONLY && irql != PASSIVE_LEVEL) {
    return "called above PASSIVE_LEVEL";
  }
  if (rule->demands & APC_LEVEL_ONLY && irql != APC_LEVEL)
    return "called at another IRQL than APC_LEVEL";
  if (rule->demands & APC_LEVEL_AT_MOST && irql > APC_LEVEL) return "called above APC_LEVEL";
  if (rule->demands & DISPATCH_LEVEL_AT_MOST && irql > DISPATCH_LEVEL) {
    return "called above DISPATCH_LEVEL";
  }
  if (rule->demands & DISPATCH_LEVEL_AT_LEAST && irql < DISPATCH_LEVEL) {
    return "called below DISPATCH_LEVEL";
  }
  if (rule->demands & DISPATCH_LEVEL_ONLY && irql != DISPATCH_LEVEL && irql != SYNCH_LEVEL) {
    return "called at another IRQL than DISPATCH_LEVEL";
  }
  if (rule->demands & APC_LEVEL_IF_IT_WAITS && more != 0 && irql > APC_LEVEL) {
    return "called above APC_LEVEL with Wait TRUE";
  }
  return NULL;
}

/* As parameter 3. */
static bool names_object(ULONG code) {
  switch (code) {
    case SPIN_LOCK_RELEASED_AT_IRQL:
    case FAST_RELEASED_AT_IRQL:
    case QUEUED_RELEASED_AT_IRQL:
    case SPIN_LOCK_ACQUIRED_BELOW_DISPATCH:
    case SPIN_LOCK_RELEASED_BELOW_DISPATCH:
    case SPIN_LOCK_ACQUIRED_ABOVE_DISPATCH:
      return true;
    default:
      return false;
  }
}

/* Where Windows' classic checks show the IRQL; parameter 2 of the others is a
 * text. */
static void check_irql(struct call call, const struct rule *rule, const void *object,
                       ULONG_PTR more) {
  KIRQL irql = this_thread()->irql;
  const char *text = bad_irql(rule, irql, more);
  if (text == NULL) return;
  if (rule->bad_irql == 0) stop_misuse(call, STATUS_INVALID_DEVICE_REQUEST, text);
  bool in_order = rule->bad_irql == ZW_AT_IRQL; /* (0, IRQL, special APC disable count) */
  bool classic = !in_order && rule->bad_irql < IRQL_EX_APC_LTE1;
  bool has_number = rule->bad_irql == QUEUED_RELEASED_AT_IRQL; /* more: the IRQL before */
  ULONG_PTR third = in_order ? irql : names_object(rule->bad_irql) ? (ULONG_PTR)object : 0;
  ULONG_PTR fourth = in_order     ? (USHORT)this_thread()->tcb.SpecialApcDisable
                     : has_number ? more
                                  : 0;
  stop(call, has_number ? NULL : object, rule->bad_irql, classic ? irql : 0, third, fourth, text);
}

static void check_special_apcs(struct call call, const struct rule *rule) {
  const struct thread *self = this_thread();
  if (!(rule->demands & SPECIAL_APCS_ON) || self->tcb.SpecialApcDisable == 0) return;
  stop(call, NULL, ZW_AT_IRQL, 0, self->irql, (USHORT)self->tcb.SpecialApcDisable,
       "called in a guarded region, where special kernel APCs are held back");
}

/* What an unsafe fast mutex needs is any kind of region. */
static void check_unsafe(struct call call, const struct rule *rule, const void *mutex) {
  const struct thread *self = this_thread();
  if (!(rule->demands & ALL_APCS_OFF)) return;
  if (self->irql >= APC_LEVEL || self->tcb.CombinedApcDisable != 0) return;
  stop(call, mutex, rule->apcs_on, self->irql, self->tcb.CombinedApcDisable, (ULONG_PTR)mutex,
       "normal kernel APCs are on; enter a region or raise the IRQL to APC_LEVEL first");
}

/* Parameters 2 and 4 are addresses of what is on the stack of the call. */
static void check_wait(struct call call, const struct rule *rule, const void *object,
                       ULONG_PTR waits) {
  KIRQL irql = this_thread()->irql;
  if (!(rule->demands & WAIT_RULES) || irql < DISPATCH_LEVEL) return;
  ULONG_PTR at = (ULONG_PTR)object;
  if (irql > DISPATCH_LEVEL) {
    stop(call, object, WAITS_ABOVE_DISPATCH, 0, at, 0, "called above DISPATCH_LEVEL");
  }
  if (waits == WAITS_FOR_EVER) {
    stop(call, object, WAITS_FOR_EVER_AT_DISPATCH, 0, at, 0,
         "waits without a limit at DISPATCH_LEVEL");
  }
  if (waits == WAITS_A_TIME) {
    stop(call, object, WAITS_AT_DISPATCH, 0, at, 0, "waits at DISPATCH_LEVEL");
  }
}

static void check_region_entered(const struct rule *rule, const void *object, struct call call) {
  if (!(rule->demands & REGION_ENTERED) || has_apcs_off(this_thread())) return;
  print(
      "\nlockarb verifier: normal kernel APCs are on; call "
      "KeEnterCriticalRegion first\n");
  show_object_of(call, object);
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE, 0, 0,
                 0);
}

static void check_routine(struct call call, const void *object, ULONG_PTR more) {
  const struct rule *rule = rule_of(call);
  if (rule == NULL) return;
  check_irql(call, rule, object, more);
  check_special_apcs(call, rule);
  check_unsafe(call, rule, object);
  check_wait(call, rule, object, more);
  check_region_entered(rule, object, call);
}

static void check_memory(struct call call, const void *resource) {
  ULONG_PTR address = (ULONG_PTR)resource;
  if (address % sizeof(void *) != 0) {
    stop(call, NULL, BAD_ALIGNMENT, 0, 0, address, "the ERESOURCE is not aligned to a pointer");
  }
  if (is_paged_pool(address)) {
    stop_misuse(call, STATUS_INVALID_ADDRESS,
                "the ERESOURCE lies in paged pool; it must be in nonpaged pool or static");
  }
  if (address > (ULONG_PTR)__builtin_frame_address(0) &&
      address < (ULONG_PTR)this_thread()->stack_top) {
    stop_misuse(call, STATUS_INVALID_ADDRESS,
                "the ERESOURCE lies on a stack; it must be in nonpaged pool or static");
  }
}

static const struct callback *hw_stor_callback(const struct thread *t) {
  for (unsigned i = 0; i < t->callback_depth; i++) {
    if (t->callbacks[i].kind == LOCKARB_HW_STOR) return &t->callbacks[i];
  }
  return NULL;
}

static void check_resource(struct call call, const void *resource) {
  const struct thread *self = this_thread();
  const struct callback *hw_stor = hw_stor_callback(self);
  if (hw_stor != NULL) { /* HwStorPortProhibitedDDIs */
    print("\nlockarb verifier: %s is a StorPort callback", hw_stor->name);
    stop_misuse(call, STATUS_INVALID_DEVICE_REQUEST,
                "such a callback may not call the ERESOURCE routines");
  }
  const struct rule *rule = rule_of(call);
  if (rule == NULL) return;
  check_irql(call, rule, resource, 0);
  if (rule->demands & GOOD_MEMORY) check_memory(call, resource);
  if (rule->demands & APCS_OFF) check_apcs_off(call, rule, resource);
}

static void check_release_for(struct call call, const void *resource, ULONG_PTR owner) {
  if ((owner & 3) != 0) return; /* an owner pointer may outlive the region */
  check_apcs_off(call, rule_of(call), resource);
}

static void check_self_block(struct call call, const void *resource) {
  stop(call, resource, WAITS_FOR_ITSELF, (ULONG_PTR)resource, 0, 0,
       "the thread owns it shared and would wait for itself");
}

static void check_region(struct call call) {
  const struct rule *rule = rule_of(call);
  if (rule != NULL) check_irql(call, rule, NULL, 0);
}

static void check_underflow(struct call call, const void *resource) {
  const struct rule *rule = rule_of(call);
  const struct thread *self = this_thread();
  if (rule == NULL || rule->underflow == 0) return;
  bool counts = rule->underflow == LEFT_TOO_OFTEN;
  stop(call, resource, rule->underflow, counts ? self->irql : 0,
       counts ? self->tcb.CombinedApcDisable : 0, 0, "left a region more often than entered");
}

/* A wait would leave the lock to nobody. */
static void check_lower_irql(struct call call, KIRQL irql) {
  const struct thread *self = this_thread();
  if (irql >= DISPATCH_LEVEL || self->spin_locks == 0) return;
  print(
      "\nlockarb verifier: the IRQL drops below DISPATCH_LEVEL while the "
      "thread owns a spin lock\n");
  executive_stop(call, EXECUTIVE_NO_LOCK, DRIVER_VERIFIER_DETECTED_VIOLATION,
                 LOWERED_WITH_SPIN_LOCK, self->irql, irql, 0);
}

static void check_abandon(struct call call, const void *mutant) {
  print("\nlockarb verifier: the thread ends while it owns mutant");
  print_name(mutant);
  print_held_line(" since ", find_held(this_thread()->held, mutant));
  print("\n");
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_ABANDONED,
                 (ULONG_PTR)mutant, 0, 0);
}

/* (0 a timer or 1 a DPC, its address, the memory, its end) */
static void check_free_of(struct call call, ULONG_PTR kind, const void *object, const char *data,
                          size_t size) {
  if (object == NULL) return;
  print("\nlockarb verifier: a %s that is queued would be lost\n", kind == 0 ? "timer" : "DPC");
  executive_stop(call, EXECUTIVE_NO_LOCK, TIMER_OR_DPC_INVALID, kind, (ULONG_PTR)object,
                 (ULONG_PTR)data, (ULONG_PTR)data + size);
}

static const KTIMER *find_started_timer(const struct core *core, ULONG_PTR start, size_t size) {
  for (const LIST_ENTRY *e = core->timers.Flink; e != &core->timers; e = e->Flink) {
    const KTIMER *timer = CONTAINING_RECORD(e, KTIMER, TimerListEntry);
    if ((ULONG_PTR)timer - start < size) return timer;
  }
  return NULL;
}

/* (0, the work item, the memory, its end) */
static void check_free_of_work(struct call call, const char *data, size_t size) {
  const WORK_QUEUE_ITEM *item = find_queued_work((ULONG_PTR)data, size);
  if (item == NULL) return;
  print("\nlockarb verifier: a work item that is queued would be lost\n");
  executive_stop(call, EXECUTIVE_NO_LOCK, WORKER_INVALID, 0, (ULONG_PTR)item, (ULONG_PTR)data,
                 (ULONG_PTR)data + size);
}

static void check_free_of_queued(struct call call, const char *data, size_t size) {
  for (unsigned i = 0; i < port_core_count(); i++) {
    check_free_of(call, 0, find_started_timer(core_at(i), (ULONG_PTR)data, size), data, size);
    check_free_of(call, 1, find_queued_dpc(core_at(i), (ULONG_PTR)data, size), data, size);
  }
}

static void check_free(struct call call, const char *data, size_t size) {
  check_free_of_queued(call, data, size);
  check_free_of_work(call, data, size);
  forget_lock_order(data, size);
  for (size_t at = 0; at + sizeof(void *) <= size; at += sizeof(void *)) {
    if (executive_find_lock(data + at) == EXECUTIVE_NO_LOCK) continue;
    stop(call, data + at, FREED_ACTIVE, (ULONG_PTR)(data + at), 0, 0,
         "the memory holds an ERESOURCE that was not deleted");
  }
}

void lockarb_set_verifier(bool on) {
  static const struct verifier verifier = {.resource = check_resource,
                                           .release_for = check_release_for,
                                           .self_block = check_self_block,
                                           .underflow = check_underflow,
                                           .routine = check_routine,
                                           .region = check_region,
                                           .order = check_lock_order,
                                           .lower_irql = check_lower_irql,
                                           .forget_order = forget_lock_order,
                                           .abandon = check_abandon,
                                           .free = check_free};
  if (on && !verifier_was_on) set_up_lock_order();
  verifier_was_on |= on;
  executive_verifier = on ? &verifier : NULL;
}

/* Marks of a driver's callbacks */

void lockarb_enter_callback(enum lockarb_callback kind, const char *name) {
  struct thread *self = this_thread();
  if (self->callbacks == NULL) {
    self->callbacks = port_allocate(CALLBACK_DEPTH * sizeof(*self->callbacks));
  }
  if (self->callbacks == NULL || self->callback_depth == CALLBACK_DEPTH) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE,
                   (ULONG)STATUS_INSUFFICIENT_RESOURCES, self->callback_depth, 0, 0);
  }
  self->callbacks[self->callback_depth++] = (struct callback){
      .kind = kind, .name = name, .apc_disable = self->tcb.CombinedApcDisable, .irql = self->irql};
}

static void check_irql_of_return(struct call call, const struct callback *callback) {
  KIRQL irql = this_thread()->irql;
  if (irql == callback->irql) return;
  bool completes = callback->kind == LOCKARB_COMPLETION;
  stop(call, NULL, completes ? COMPLETION_CHANGED_IRQL : IRQL_RETURN, 0,
       completes ? callback->irql : 0, completes ? irql : 0,
       "the routine returns at another IRQL than it was called at");
}

void lockarb_leave_callback(void) {
  struct thread *self = this_thread();
  if (self->callback_depth == 0) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER, 0,
                   0, 0);
  }
  const struct callback *callback = &self->callbacks[--self->callback_depth];
  bool same_apcs = self->tcb.CombinedApcDisable == callback->apc_disable;
  if (callback->kind == LOCKARB_WORKER && !same_apcs) {
    stop_mismatch((struct call){callback->name, NULL}, callback->apc_disable, 1);
  }
  if (executive_verifier == NULL) return;
  struct call call = {callback->name, __builtin_return_address(0)};
  if (same_apcs) {
    check_irql_of_return(call, callback);
    return;
  }
  static const ULONG codes[] = {[LOCKARB_DISPATCH] = DISPATCH_CHANGED_APCS,
                                [LOCKARB_FAST_IO] = FAST_IO_CHANGED_APCS,
                                [LOCKARB_COMPLETION] = COMPLETION_CHANGED_APCS,
                                [LOCKARB_HW_STOR] = DISPATCH_CHANGED_APCS,
                                [LOCKARB_WORKER] = 0}; /* was looked at above */
  show_regions(callback->apc_disable);
  stop(call, NULL, codes[callback->kind], 0, self->tcb.CombinedApcDisable, callback->apc_disable,
       "the routine returns with another APC disable count than it was called with");
}
