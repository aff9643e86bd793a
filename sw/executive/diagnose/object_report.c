/* SPDX-License-Identifier: Apache-2.0 */
/* What reports and bug checks say of mutants, semaphores, timers, queues and several objects. */
#include "executive/diagnose/diagnose.h"

static const KMUTANT *mutant_of(const KWAIT_BLOCK *block) {
  const DISPATCHER_HEADER *object = block->Object;
  if (object->Type != OBJECT_MUTEX) return NULL;
  return CONTAINING_RECORD(block->Object, KMUTANT, Header);
}

static const void *owner(const struct thread *t, unsigned number, struct thread **found) {
  if (t->timed || t->alertable || t->wait_blocks->WaitType != WaitAll) return NULL;
  for (const KWAIT_BLOCK *block = t->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    const KMUTANT *mutant = mutant_of(block);
    if (mutant == NULL || mutant->OwnerThread == NULL || mutant->OwnerThread == &t->tcb) continue;
    if (number-- != 0) continue;
    *found = thread_of(mutant->OwnerThread);
    return mutant;
  }
  return NULL;
}

static const char *name_of(const DISPATCHER_HEADER *object) {
  switch (object->Type) {
    case OBJECT_MUTEX:
      return "a mutex";
    case OBJECT_SEMAPHORE:
      return "a semaphore";
    case OBJECT_THREAD:
      return "the end of a thread";
    case OBJECT_TIMER_NOTIFICATION:
    case OBJECT_TIMER_SYNCHRONIZATION:
      return "a timer";
    case OBJECT_QUEUE:
      return "an entry of a queue";
    default:
      return "an event";
  }
}

static void print_owner(const KMUTANT *mutant) {
  if (mutant == NULL || mutant->OwnerThread == NULL) return;
  const struct thread *t = thread_of(mutant->OwnerThread);
  print(", owned by thread %u (%s)", t->number, t->name);
  print_held_line(" since ", find_held(t->held, mutant));
}

static bool print_wait(const struct thread *t) {
  if (t->awaited != NULL) {
    bool is_known = t->awaited->Type == OBJECT_SEMAPHORE || t->awaited->Type == OBJECT_QUEUE ||
                    t->awaited->Type == OBJECT_TIMER_NOTIFICATION ||
                    t->awaited->Type == OBJECT_TIMER_SYNCHRONIZATION;
    if (!is_known) return false;
    print("%s", name_of(t->awaited));
    print_name(t->awaited);
    print_line(" at ", t->wait_call.from);
    return true;
  }
  print("%s", t->wait_blocks->WaitType == WaitAll ? "all" : "any");
  print_line(" at ", t->wait_call.from);
  const char *before = " of ";
  for (const KWAIT_BLOCK *block = t->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    const DISPATCHER_HEADER *object = block->Object;
    if (object->Type == OBJECT_TIMEOUT) continue;
    print("%s%s", before, name_of(object));
    print_name(object);
    print_owner(mutant_of(block));
    before = "; ";
  }
  return true;
}

#define NAMED(code, words) \
  { code, #code, words }

static const char *bug_check_name(ULONG code, const char **meaning) {
  static const struct {
    ULONG code;
    const char *name;
    const char *meaning;
  } names[] = {
      NAMED(MAXIMUM_WAIT_OBJECTS_EXCEEDED, "too many objects to wait for, or none"),
      NAMED(THREAD_TERMINATE_HELD_MUTEX, "the thread ends while it owns a mutex"),
      NAMED(INVALID_WORK_QUEUE_ITEM, "the entry of the queue was queued twice, or overwritten"),
      NAMED(WORKER_INVALID, "a work item is queued twice, or freed while it is queued"),
      NAMED(WORKER_THREAD_RETURNED_AT_BAD_IRQL, "the work item returns at a raised IRQL"),
      NAMED(ACTIVE_EX_WORKER_THREAD_TERMINATION,
            "a work item or a DPC ends the thread that it is in"),
      NAMED(IRQL_UNEXPECTED_VALUE, "the routine returns at another IRQL than it was called at"),
      NAMED(TIMER_OR_DPC_INVALID,
            "memory of a timer or a DPC that is queued is freed, or used again"),
  };
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (names[i].code != code) continue;
    *meaning = names[i].meaning;
    return names[i].name;
  }
  return NULL;
}

const struct object_report report_of_objects = {
    .print_wait = print_wait, .owner = owner, .bug_check_name = bug_check_name};
