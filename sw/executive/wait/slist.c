/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S-lists. Whoever changes one has the lowest bit of its first pointer, and
 * interrupts off, for a few instructions: so they need no compare and exchange
 * of two words, which not every core has.
 */
#include "executive/call.h"
#include "executive/port.h"
#include "lockarb_lookaside.h"

enum { IS_CHANGING = 1 };

static ULONG_PTR first_of(const SLIST_HEADER *head) {
  return __atomic_load_n((const ULONG_PTR *)&head->Next, __ATOMIC_ACQUIRE);
}

/* Interrupts off. @return The first entry. */
static PSLIST_ENTRY begin(PSLIST_HEADER head) {
  for (;;) {
    ULONG_PTR first = first_of(head) & ~(ULONG_PTR)IS_CHANGING;
    if (__atomic_compare_exchange_n((ULONG_PTR *)&head->Next, &first, first | IS_CHANGING, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      return (PSLIST_ENTRY)first;
    }
    port_spend(1);
  }
}

static void end(PSLIST_HEADER head, PSLIST_ENTRY first) {
  __atomic_store_n((ULONG_PTR *)&head->Next, (ULONG_PTR)first, __ATOMIC_RELEASE);
}

VOID InitializeSListHead(PSLIST_HEADER ListHead) {
  ListHead->Next = NULL;
  ListHead->Depth = ListHead->Sequence = 0;
}

PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry) {
  if ((ULONG_PTR)ListEntry % LOCKARB_SLIST_ALIGNMENT != 0) {
    executive_raise(THIS_CALL, STATUS_DATATYPE_MISALIGNMENT);
  }
  bool on = port_interrupts_off();
  PSLIST_ENTRY first = begin(ListHead);
  ListEntry->Next = first;
  ListHead->Depth++;
  ListHead->Sequence++;
  end(ListHead, ListEntry);
  port_interrupts_restore(on);
  return first;
}

PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER ListHead) {
  bool on = port_interrupts_off();
  PSLIST_ENTRY first = begin(ListHead);
  if (first != NULL) ListHead->Depth--;
  end(ListHead, first != NULL ? first->Next : NULL);
  port_interrupts_restore(on);
  return first;
}

PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER ListHead) {
  bool on = port_interrupts_off();
  PSLIST_ENTRY first = begin(ListHead);
  ListHead->Depth = 0;
  end(ListHead, NULL);
  port_interrupts_restore(on);
  return first;
}

USHORT QueryDepthSList(PSLIST_HEADER ListHead) {
  return __atomic_load_n(&ListHead->Depth, __ATOMIC_RELAXED);
}

PSLIST_ENTRY RtlFirstEntrySList(const SLIST_HEADER *ListHead) {
  return (PSLIST_ENTRY)(first_of(ListHead) & ~(ULONG_PTR)IS_CHANGING);
}
