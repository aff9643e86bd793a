/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every layer of the executive may say: messages, notes for the observer, and when to look for
 * deadlocks. It includes none of the layers, so that each may include it; what it declares looks
 * into all of them.
 */
#ifndef LOCKARB_EXECUTIVE_DIAGNOSE_REPORT_H_
#define LOCKARB_EXECUTIVE_DIAGNOSE_REPORT_H_

#include "executive/call.h"
#include "executive/port.h"

/* Programs have names of their own: sw/CMakeLists.txt makes these unknown outside of the executive,
 * in this header and in the others with this line. */
#pragma GCC visibility push(hidden)

struct lock_wait;
struct thread;

/* The formats are the WDK's: long has 32 bits, so what may have 64 is cast for ll. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** What does not fit is cut off. */
void format_text(char *bytes, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The source line of a call that returns there, with `before`; nothing if it is not known. */
void print_line(const char *before, const void *from);
/** A wait has lasted longer than lockarb_set_resource_timeout() allows. Dispatcher locked. */
void print_lock_timeout(const struct lock_wait *wait, const struct thread *t);

/** Whether the machine has an observer. */
static inline bool is_observed(void) { return EXECUTIVE_RARE(port_note != NULL); }
void note(const struct thread *t, struct port_note n); /**< With t's number, name, core. */
void note_thread_now(enum port_note_kind kind, const struct thread *t, uint64_t value);
static inline void note_thread(enum port_note_kind kind, const struct thread *t, uint64_t value) {
  if (is_observed()) note_thread_now(kind, t, value);
}
void note_object_now(enum port_note_kind kind, const volatile void *object, struct call call);
/** PORT_NOTE_OBJECT_...: of what is no lock of ours, but threads wait for it. */
static inline void note_object(enum port_note_kind kind, const volatile void *object,
                               struct call call) {
  if (is_observed()) note_object_now(kind, object, call);
}

/**
 * What there is to say of push locks and of rundown protection: a program that uses neither is
 * linked without it.
 */
struct push_lock_report {
  void (*print_wait)(const struct thread *t); /**< t waits for one of them. */
  /** The owner of that number of the push lock that t waits for. @return The lock; NULL: no more.
   */
  const void *(*owner)(const struct thread *t, unsigned number, struct thread **owner);
  /** Bug check 0x153 if t, which ends, owns one. */
  void (*check_end)(const struct thread *t, struct call call);
  const char *(*bug_check_name)(ULONG code); /**< NULL: it is another one. */
};
extern const struct push_lock_report *push_lock_report; /**< NULL: none was used so far. */
extern const struct push_lock_report report_of_push_locks;

/** The same of the dispatcher objects that not every program has. */
struct object_report {
  /** t waits for several objects, or for one of those. @return Whether that was printed. */
  bool (*print_wait)(const struct thread *t);
  /** The owner of that one, from 0, of the mutexes that t waits for all of. @return The mutex;
   * NULL: no more. */
  const void *(*owner)(const struct thread *t, unsigned number, struct thread **owner);
  /** NULL: it is another one. meaning: in words. */
  const char *(*bug_check_name)(ULONG code, const char **meaning);
};
extern const struct object_report *object_report; /**< NULL: none was used so far. */
extern const struct object_report report_of_objects;

/** What executive_stop() says of such an object; NULL: it concerns none. */
extern void (*print_shown_object)(void);
/**
 * The bug check that follows is about that object, which is no ERESOURCE: it is named with who owns
 * it and who waits for it. what: "spin lock".
 */
void show_object(const char *what, const volatile void *object);

/**
 * For lines of regions that are deeper than a thread itself keeps. region: enum region. NULL on a
 * machine that knows no source lines.
 */
void keep_deep_region(const struct thread *t, unsigned region, unsigned depth, const void *from)
    __attribute__((weak));

/** The bug check that follows lists the regions entered since the counts were that. */
void show_regions(ULONG apc_disable);
/** A routine returns with other counts of regions than it was called with. worker: of a work item.
 */
__attribute__((noreturn)) void stop_mismatch(struct call call, ULONG apc_disable, ULONG worker);

/** A thread may be unable to go on now: lockarb_watch_deadlocks() wants to know. */
void look_for_deadlock(void);

#pragma GCC visibility pop

#endif
