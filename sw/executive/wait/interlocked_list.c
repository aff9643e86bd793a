/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on a list or a number under a program's spin lock, at any IRQL:
 * interrupts are off. */
#include "executive/wait/spin_lock.h"
#include "lockarb_spin_lock.h"

static bool begin(PKSPIN_LOCK lock, struct call call) {
  bool on = port_interrupts_off();
  acquire_spin_lock(lock, call);
  return on;
}

static void end(PKSPIN_LOCK lock, bool on, struct call call) {
  release_spin_lock(lock, call);
  port_interrupts_restore(on);
}

static PLIST_ENTRY entry_or_null(const LIST_ENTRY *head, PLIST_ENTRY entry) {
  return entry != head ? entry : NULL;
}

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  PLIST_ENTRY first = entry_or_null(ListHead, ListHead->Flink);
  InsertHeadList(ListHead, ListEntry);
  end(Lock, on, THIS_CALL);
  return first;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  PLIST_ENTRY last = entry_or_null(ListHead, ListHead->Blink);
  InsertTailList(ListHead, ListEntry);
  end(Lock, on, THIS_CALL);
  return last;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  PLIST_ENTRY first = entry_or_null(ListHead, ListHead->Flink);
  if (first != NULL) RemoveEntryList(first);
  end(Lock, on, THIS_CALL);
  return first;
}

PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                              PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  PSINGLE_LIST_ENTRY first = ListHead->Next;
  PushEntryList(ListHead, ListEntry);
  end(Lock, on, THIS_CALL);
  return first;
}

PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  PSINGLE_LIST_ENTRY first = PopEntryList(ListHead);
  end(Lock, on, THIS_CALL);
  return first;
}

ULONG ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  ULONG old = *Addend;
  *Addend += Increment;
  end(Lock, on, THIS_CALL);
  return old;
}

LARGE_INTEGER ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                           PKSPIN_LOCK Lock) {
  bool on = begin(Lock, THIS_CALL);
  LARGE_INTEGER old = *Addend;
  Addend->QuadPart = (LONGLONG)((ULONGLONG)Addend->QuadPart + (ULONGLONG)Increment.QuadPart);
  end(Lock, on, THIS_CALL);
  return old;
}
