/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions. A thread has a chain of the blocks it tries, innermost first. A raise takes the first
 * one off and jumps into it; that one handles the exception, or runs its finally block and sends it
 * on to the next.
 */
#include "pseh/pseh2.h"

#include "executive/diagnose/report.h"
#include "executive/thread/thread.h"

static void take_off(struct lockarb_try *block) {
  this_thread()->tries = block->outer;
  block->listed = false;
}

/* The address sanitizer cannot know that the frames below the block are gone: to it, the stacks of
 * threads are ordinary memory. */
#ifdef __SANITIZE_ADDRESS__
void __asan_unpoison_memory_region(const volatile void *start, size_t size);
__attribute__((noinline)) static void forget_frames(const struct lockarb_try *block) {
  const char *here = __builtin_frame_address(0);
  __asan_unpoison_memory_region(here, (size_t)((const char *)block - here));
}
#else
static void forget_frames(const struct lockarb_try *block) { (void)block; }
#endif

static bool may_be_handled(const struct thread *t) {
  for (const struct lockarb_try *block = t->tries; block != NULL; block = block->outer) {
    if (!block->has_finally) return true;
  }
  return false;
}

void executive_raise(struct call call, NTSTATUS code) {
  struct thread *self = this_thread();
  if (!may_be_handled(self)) {
    executive_stop(call, EXECUTIVE_NO_LOCK, SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, (ULONG)code, 0, 0,
                   0);
  }
  struct lockarb_try *block = self->tries;
  take_off(block);
  block->raised = true;
  block->code = code;
  block->routine = call.routine;
  block->from = call.from;
  forget_frames(block);
  longjmp(block->context, 1);
}

void lockarb_begin_try(struct lockarb_try *self) {
  struct thread *t = this_thread();
  self->outer = t->tries;
  self->listed = true;
  self->raised = false;
  t->tries = self;
}

void lockarb_leave_try(struct lockarb_try *self) { take_off(self); }

__attribute__((noreturn)) static void raise_further(const struct lockarb_try *block) {
  executive_raise((struct call){block->routine, block->from}, block->code);
}

bool lockarb_filter(struct lockarb_try *self, LONG verdict) {
  if (verdict < 0) self->code = STATUS_NONCONTINUABLE_EXCEPTION;
  if (verdict <= 0) raise_further(self);
  self->raised = false;
  return true;
}

void lockarb_end_finally(struct lockarb_try *self) {
  if (self->raised) raise_further(self);
}

void lockarb_end_try(struct lockarb_try *self) {
  if (!self->listed) return;
  take_off(self);
  if (self->has_finally) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE,
                   (ULONG)STATUS_INVALID_UNWIND_TARGET, 0, 0, 0);
  }
}

VOID ExRaiseStatus(NTSTATUS Status) { executive_raise(THIS_CALL, Status); }

VOID ExRaiseAccessViolation(VOID) { executive_raise(THIS_CALL, STATUS_ACCESS_VIOLATION); }

VOID ExRaiseDatatypeMisalignment(VOID) { executive_raise(THIS_CALL, STATUS_DATATYPE_MISALIGNMENT); }

/* Assertions */

static void print_assertion(const char *message, const char *assertion, const char *file,
                            ULONG line) {
  print("\n*** Assertion failed: ");
  if (message != NULL) print("%s", message);
  print("%s\n***   Source File: ", assertion);
  print("%s, line %u\n\n", file, (unsigned)line);
}

VOID RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
               PSTR MutableMessage) {
  print_assertion(MutableMessage, VoidFailedAssertion, VoidFileName, LineNumber);
  executive_raise(THIS_CALL, STATUS_BREAKPOINT);
}

VOID lockarb_nt_assert(PCSTR assertion, PCSTR file, ULONG line) {
  print_assertion(NULL, assertion, file, line);
  executive_raise(THIS_CALL, STATUS_ASSERTION_FAILURE);
}
