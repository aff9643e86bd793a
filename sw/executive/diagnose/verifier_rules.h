/* SPDX-License-Identifier: Apache-2.0 */
/** What the verifier demands of the callers of each routine, and Windows' codes for it. */
#ifndef LOCKARB_EXECUTIVE_DIAGNOSE_VERIFIER_RULES_H_
#define LOCKARB_EXECUTIVE_DIAGNOSE_VERIFIER_RULES_H_

#include "executive/call.h"

#pragma GCC visibility push(hidden)

/* DRIVER_VERIFIER_DETECTED_VIOLATION, parameter 1; LOCKARB_MISUSE where Windows has no code */

enum {
  ACQUIRED_WITH_APCS = 0x37,
  RELEASED_WITH_APCS = 0x38,
  LOWERED_WITH_SPIN_LOCK = 0x31,
  SPIN_LOCK_RELEASED_AT_IRQL = 0x32,
  FAST_RELEASED_AT_IRQL = 0x34,
  QUEUED_RELEASED_AT_IRQL = 0x36,
  UNSAFE_ACQUIRED_WITH_APCS = 0x39,
  UNSAFE_RELEASED_WITH_APCS = 0x3A,
  BAD_ALIGNMENT = 0x3D,
  LEFT_TOO_OFTEN = 0x3E,
  SPIN_LOCK_ACQUIRED_BELOW_DISPATCH = 0x40,
  SPIN_LOCK_RELEASED_BELOW_DISPATCH = 0x41,
  SPIN_LOCK_ACQUIRED_ABOVE_DISPATCH = 0x42,
  DISPATCH_CHANGED_APCS = 0xC5,
  FAST_IO_CHANGED_APCS = 0xC6,
  ZW_AT_IRQL = 0xE6,
  COMPLETION_CHANGED_IRQL = 0xFA,
  COMPLETION_CHANGED_APCS = 0xFB,
  FREED_ACTIVE = 0xD2,
  ENTERED_AT_IRQL = 0x11A,
  LEFT_AT_IRQL = 0x11B,
  WAITS_ABOVE_DISPATCH = 0x120,
  WAITS_FOR_EVER_AT_DISPATCH = 0x121,
  WAITS_AT_DISPATCH = 0x122,
  WAITS_FOR_ITSELF = 0x1000,
  /* DDI compliance rules */
  IRQL_EX_APC_LTE1 = 0x20005,
  IRQL_EX_APC_LTE3 = 0x20007,
  IRQL_KE_APC_LTE1 = 0x2000F,
  IRQL_KE_APC_LTE2 = 0x20010,
  IRQL_KE_DISPATCH_LTE = 0x20011,
  IRQL_KE_SET_EVENT = 0x20016,
  IRQL_OB_PASSIVE = 0x2001B,
  IRQL_PS_PASSIVE = 0x2001C,
  IRQL_RETURN = 0x2001D,
  IRQL_ZW_PASSIVE = 0x2001F,
  CRITICAL_REGIONS = 0x40003,
  GUARDED_REGIONS = 0x4000E,
};

/* What a routine demands of its caller. */
enum {
  APC_LEVEL_AT_MOST = 1 << 0,
  APCS_OFF = 1 << 1,
  GOOD_MEMORY = 1 << 2,
  PASSIVE_LEVEL_ONLY = 1 << 3,
  DISPATCH_LEVEL_AT_MOST = 1 << 4,
  APC_LEVEL_ONLY = 1 << 5,
  SPECIAL_APCS_ON = 1 << 6,
  APC_LEVEL_IF_IT_WAITS = 1 << 7,
  WAIT_RULES = 1 << 8,
  ALL_APCS_OFF = 1 << 9, /* of any thread, but for a region */
  DISPATCH_LEVEL_AT_LEAST = 1 << 10,
  DISPATCH_LEVEL_ONLY = 1 << 11, /* or SYNCH_LEVEL */
  REGION_ENTERED = 1 << 12,      /* or APC_LEVEL, or a system thread; Windows has no code */
};

/** What a routine demands of its caller, and what is said when it does not hold. */
struct rule {
  const char *routine;
  unsigned demands;
  ULONG apcs_on;  /* the codes: APCS_OFF */
  ULONG bad_irql; /* the demands on the IRQL */
  ULONG underflow;
};

/** NULL: it demands nothing. */
const struct rule *rule_of(struct call call);

#pragma GCC visibility pop

#endif
