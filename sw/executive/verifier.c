/*
 * The rules that Driver Verifier checks, off unless asked for. Elsewhere there is one line for
 * each: a verify_ function of executive.h or kernel.h, which tests a flag and calls in here.
 */
#include <string.h>

#include "executive/kernel.h"
#include "lockarb_threads.h"

bool executive_verifier_on;

void set_up_verifier(void) { executive_verifier_on = false; }

void lockarb_set_verifier(bool on) { executive_verifier_on = on; }

/* DRIVER_VERIFIER_DETECTED_VIOLATION, parameter 1; LOCKARB_MISUSE where Windows has no code */

enum {
  ACQUIRED_WITH_APCS = 0x37,
  RELEASED_WITH_APCS = 0x38,
  BAD_ALIGNMENT = 0x3D,
  LEFT_TOO_OFTEN = 0x3E,
  DISPATCH_CHANGED_APCS = 0xC5,
  FAST_IO_CHANGED_APCS = 0xC6,
  COMPLETION_CHANGED_APCS = 0xFB,
  FREED_ACTIVE = 0xD2,
  ENTERED_AT_IRQL = 0x11A,
  LEFT_AT_IRQL = 0x11B,
  WAITS_FOR_ITSELF = 0x1000,
  /* DDI compliance rules */
  IRQL_EX_APC_LTE3 = 0x20007,
  IRQL_KE_APC_LTE2 = 0x20010,
  CRITICAL_REGIONS = 0x40003,
  GUARDED_REGIONS = 0x4000E,
};

/* What a routine demands of its caller. */
enum {
  APC_LEVEL_AT_MOST = 1 << 0,
  APCS_OFF = 1 << 1,
  GOOD_MEMORY = 1 << 2,
};

static const struct rule {
  const char *routine;
  unsigned demands;
  ULONG apcs_on;  /* the codes: APCS_OFF */
  ULONG bad_irql; /* APC_LEVEL_AT_MOST */
  ULONG underflow;
} rules[] = {
    {"ExInitializeResourceLite", GOOD_MEMORY, 0, 0, 0},
    {"lockarb_initialize_resource", GOOD_MEMORY, 0, 0, 0},
    {"ExDeleteResourceLite", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExConvertExclusiveToSharedLite", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExAcquireResourceExclusiveLite", APC_LEVEL_AT_MOST | APCS_OFF, ACQUIRED_WITH_APCS,
     IRQL_EX_APC_LTE3, 0},
    {"ExAcquireResourceSharedLite", APC_LEVEL_AT_MOST | APCS_OFF, ACQUIRED_WITH_APCS,
     IRQL_EX_APC_LTE3, 0},
    {"ExTryToAcquireResourceExclusiveLite", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExAcquireSharedStarveExclusive", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExAcquireSharedWaitForExclusive", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExEnterCriticalRegionAndAcquireResourceExclusive", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExEnterCriticalRegionAndAcquireResourceShared", APC_LEVEL_AT_MOST, 0, IRQL_EX_APC_LTE3, 0},
    {"ExEnterCriticalRegionAndAcquireSharedWaitForExclusive", APC_LEVEL_AT_MOST, 0,
     IRQL_EX_APC_LTE3, 0},
    {"ExReleaseResourceLite", APCS_OFF, RELEASED_WITH_APCS, 0, 0},
    {"ExReleaseResourceForThreadLite", 0, RELEASED_WITH_APCS, 0, 0},
    {"ExReleaseResourceAndLeaveCriticalRegion", APC_LEVEL_AT_MOST | APCS_OFF, RELEASED_WITH_APCS,
     IRQL_EX_APC_LTE3, CRITICAL_REGIONS},
    {"KeEnterCriticalRegion", APC_LEVEL_AT_MOST, 0, ENTERED_AT_IRQL, 0},
    {"KeLeaveCriticalRegion", APC_LEVEL_AT_MOST, 0, LEFT_AT_IRQL, LEFT_TOO_OFTEN},
    {"KeEnterGuardedRegion", APC_LEVEL_AT_MOST, 0, IRQL_KE_APC_LTE2, 0},
    {"KeLeaveGuardedRegion", APC_LEVEL_AT_MOST, 0, IRQL_KE_APC_LTE2, GUARDED_REGIONS},
    {"KeAcquireGuardedMutex", APC_LEVEL_AT_MOST, 0, IRQL_KE_APC_LTE2, 0},
    {"KeTryToAcquireGuardedMutex", APC_LEVEL_AT_MOST, 0, IRQL_KE_APC_LTE2, 0},
    {"KeReleaseGuardedMutex", APC_LEVEL_AT_MOST, 0, IRQL_KE_APC_LTE2, GUARDED_REGIONS},
};

static const struct rule *rule_of(struct call call) {
  for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
    if (strcmp(rules[i].routine, call.routine) == 0) return &rules[i];
  }
  return NULL;
}

/* Parameters of the rules 0x2xxxx and 0x4xxxx are addresses inside the verifier: 0 here. */
__attribute__((noreturn)) static void stop(struct call call, const void *resource, ULONG code,
                                           ULONG_PTR parameter2, ULONG_PTR parameter3,
                                           ULONG_PTR parameter4, const char *text) {
  print("\nlockarb verifier: %s\n", text);
  unsigned lock =
      resource != NULL ? executive_find_lock(resource, EXECUTIVE_NO_LOCK) : EXECUTIVE_NO_LOCK;
  executive_stop(call, lock, DRIVER_VERIFIER_DETECTED_VIOLATION, code, parameter2, parameter3,
                 parameter4);
}

__attribute__((noreturn)) static void stop_misuse(struct call call, NTSTATUS status,
                                                  const char *text) {
  print("\nlockarb verifier: %s\n", text);
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)status, 0, 0, 0);
}

/* WithinCriticalRegion. A raised IRQL is as good as a region, and system threads need neither. */
static void check_apcs_off(struct call call, const struct rule *rule, const void *resource) {
  const struct thread *self = this_thread();
  if (!self->user || self->irql >= APC_LEVEL || self->tcb.CombinedApcDisable != 0) return;
  stop(call, resource, rule->apcs_on, self->irql, self->tcb.CombinedApcDisable, (ULONG_PTR)resource,
       "normal kernel APCs are on; call KeEnterCriticalRegion first");
}

static void check_irql(struct call call, const struct rule *rule, const void *resource) {
  KIRQL irql = this_thread()->irql;
  if (!(rule->demands & APC_LEVEL_AT_MOST) || irql <= APC_LEVEL) return;
  ULONG_PTR shown = rule->bad_irql < IRQL_EX_APC_LTE3 ? irql : 0;
  stop(call, resource, rule->bad_irql, shown, 0, 0, "called above APC_LEVEL");
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

void executive_verify_resource(struct call call, const void *resource) {
  const struct thread *self = this_thread();
  const struct callback *hw_stor = hw_stor_callback(self);
  if (hw_stor != NULL) { /* HwStorPortProhibitedDDIs */
    print("\nlockarb verifier: %s is a StorPort callback", hw_stor->name);
    stop_misuse(call, STATUS_INVALID_DEVICE_REQUEST,
                "such a callback may not call the ERESOURCE routines");
  }
  const struct rule *rule = rule_of(call);
  if (rule == NULL) return;
  check_irql(call, rule, resource);
  if (rule->demands & GOOD_MEMORY) check_memory(call, resource);
  if (rule->demands & APCS_OFF) check_apcs_off(call, rule, resource);
}

void executive_verify_release_for(struct call call, const void *resource, ULONG_PTR owner) {
  if ((owner & 3) != 0) return; /* an owner pointer may outlive the region */
  check_apcs_off(call, rule_of(call), resource);
}

void executive_verify_self_block(struct call call, const void *resource) {
  stop(call, resource, WAITS_FOR_ITSELF, (ULONG_PTR)resource, 0, 0,
       "the thread owns it shared and would wait for itself");
}

void verifier_check_region(struct call call) {
  const struct rule *rule = rule_of(call);
  if (rule != NULL) check_irql(call, rule, NULL);
}

void executive_verify_underflow(struct call call, const void *resource) {
  const struct rule *rule = rule_of(call);
  const struct thread *self = this_thread();
  if (rule == NULL || rule->underflow == 0) return;
  bool counts = rule->underflow == LEFT_TOO_OFTEN;
  stop(call, resource, rule->underflow, counts ? self->irql : 0,
       counts ? self->tcb.CombinedApcDisable : 0, 0, "left a region more often than entered");
}

void verifier_check_free(struct call call, const char *data, size_t size) {
  for (size_t at = 0; at + sizeof(void *) <= size; at += sizeof(void *)) {
    if (executive_find_lock(data + at, EXECUTIVE_NO_LOCK) == EXECUTIVE_NO_LOCK) continue;
    stop(call, data + at, FREED_ACTIVE, (ULONG_PTR)(data + at), 0, 0,
         "the memory holds an ERESOURCE that was not deleted");
  }
}

/* Marks of a driver's callbacks */

void lockarb_enter_callback(enum lockarb_callback kind, const char *name) {
  struct thread *self = this_thread();
  if (self->callback_depth == CALLBACK_DEPTH) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE,
                   (ULONG)STATUS_INSUFFICIENT_RESOURCES, self->callback_depth, 0, 0);
  }
  self->callbacks[self->callback_depth++] =
      (struct callback){.kind = kind, .name = name, .apc_disable = self->tcb.CombinedApcDisable};
}

void lockarb_leave_callback(void) {
  struct thread *self = this_thread();
  if (self->callback_depth == 0) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER, 0,
                   0, 0);
  }
  const struct callback *callback = &self->callbacks[--self->callback_depth];
  if (!executive_verifier_on || self->tcb.CombinedApcDisable == callback->apc_disable) return;
  static const ULONG codes[] = {[LOCKARB_DISPATCH] = DISPATCH_CHANGED_APCS,
                                [LOCKARB_FAST_IO] = FAST_IO_CHANGED_APCS,
                                [LOCKARB_COMPLETION] = COMPLETION_CHANGED_APCS,
                                [LOCKARB_HW_STOR] = DISPATCH_CHANGED_APCS};
  struct call call = {callback->name, __builtin_return_address(0)};
  stop(call, NULL, codes[callback->kind], 0, self->tcb.CombinedApcDisable, callback->apc_disable,
       "the routine returns with another APC disable count than it was called with");
}
