/* SPDX-License-Identifier: Apache-2.0 */
/* What a free acquire and release cost, in instructions: cost.py has the budget. */
#include <wdm.h>

#include "driver/lockarb.h"
#include "port/riscv/board.h"

enum { LOCKS = 16 };

static ERESOURCE locks[LOCKS];
static struct lockarb device;

static inline ULONG retired(void) {
  ULONG count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count)::"memory");
  return count;
}

/* What the commands themselves take: the reads, of a lock in a window that only the caller knows,
 * and a look at the status. */
__attribute__((noinline)) static int reads_alone(uintptr_t window, ULONG lock) {
  uintptr_t command = window + LOCKARB_COMMAND_OFFSET + ((uintptr_t)lock << LOCKARB_LOCK_SHIFT);
  const uintptr_t acquire = (LOCKARB_WAIT | LOCKARB_ENTER | LOCKARB_EXCLUSIVE) << LOCKARB_OP_SHIFT;
  const uintptr_t release = LOCKARB_OP_RELEASE_AND_LEAVE << LOCKARB_OP_SHIFT;
  ULONG status = mmio_read32(command + acquire) & LOCKARB_RESULT_STATUS_MASK;
  if (status != LOCKARB_STATUS_GRANTED_EXCLUSIVE) return 1;
  status = mmio_read32(command + release) & LOCKARB_RESULT_STATUS_MASK;
  return status != LOCKARB_STATUS_FREED;
}

__attribute__((noinline)) static int driver_pair(const struct lockarb *arbiter, unsigned core,
                                                 unsigned lock) {
  struct lockarb_answer answer =
      lockarb_acquire(arbiter, core, lock, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER);
  if (answer.status != LOCKARB_STATUS_GRANTED_EXCLUSIVE) return 1;
  answer = lockarb_release_and_leave(arbiter, core, lock);
  return answer.status != LOCKARB_STATUS_FREED;
}

__attribute__((noinline)) static int window_pair(const struct lockarb_window *window, ULONG lock) {
  struct lockarb_answer answer =
      lockarb_acquire_in(window, lock, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER);
  if (answer.status != LOCKARB_STATUS_GRANTED_EXCLUSIVE) return 1;
  answer = lockarb_release_and_leave_in(window, lock);
  return answer.status != LOCKARB_STATUS_FREED;
}

__attribute__((noinline)) static int routine_pair(PERESOURCE resource) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
  ExReleaseResourceAndLeaveCriticalRegion(resource);
  return 0;
}

/* In their region, as they have to be. */
__attribute__((noinline)) static int push_lock_pair(PEX_PUSH_LOCK lock) {
  ExAcquirePushLockExclusive(lock);
  ExReleasePushLockExclusive(lock);
  return 0;
}

__attribute__((noinline)) static int no_pair(void) {
  __asm__ volatile("");
  return 0;
}

#define COUNT(pair)                                                      \
  ({                                                                     \
    int wrong = pair; /* what only the first one does is over */         \
    ULONG before = retired();                                            \
    wrong |= pair;                                                       \
    ULONG after = retired();                                             \
    if (wrong) KeBugCheckEx(LOCKARB_MISUSE, (ULONG_PTR) #pair, 0, 0, 0); \
    after - before;                                                      \
  })

static void say(const char *name, ULONG count, ULONG nothing) {
  DbgPrint("%s: %u instructions\n", name, count - nothing);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  lockarb_probe(&device, board.lockarb, 0, LOCKARB_BY_READ);
  struct lockarb_window window = lockarb_window_of(&device, 0);
  for (ULONG i = 0; i < LOCKS; i++) ExInitializeResourceLite(&locks[i]);
  EX_PUSH_LOCK in_memory, carried;
  ExInitializePushLock(&in_memory);
  lockarb_carry_push_locks(TRUE);
  ExInitializePushLock(&carried);
  ULONG nothing = COUNT(no_pair()), reads = COUNT(reads_alone(board.lockarb, LOCKS - 1)),
        in_window = COUNT(window_pair(&window, LOCKS - 1)),
        driver = COUNT(driver_pair(&device, 0, LOCKS - 1)),
        memory_pair = COUNT(push_lock_pair(&in_memory)),
        carried_pair = COUNT(push_lock_pair(&carried)),
        routines = COUNT(routine_pair(&locks[LOCKS - 1]));
  say("push lock in memory", memory_pair, nothing);
  say("push lock on the arbiter", carried_pair, nothing);
  say("reads alone", reads, nothing);
  say("driver in a window", in_window, nothing);
  say("driver", driver, nothing);
  say("routines", routines, nothing);
  for (ULONG i = 0; i < LOCKS; i++) ExDeleteResourceLite(&locks[i]);
  return STATUS_SUCCESS;
}
