/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Threads, cores and the dispatcher, which decides who runs.
 *
 * One dispatcher lock guards threads, queues, timers, slots and locks' registry. It is taken with
 * interrupts off. A thread never leaves its core, so what only its core touches needs interrupts
 * off alone: the core's window and the thread's APC counters and IRQL.
 */
#ifndef LOCKARB_EXECUTIVE_THREAD_THREAD_H_
#define LOCKARB_EXECUTIVE_THREAD_THREAD_H_

#include "driver/lockarb.h"
#include "executive/call.h"
#include "executive/port.h"
#include "lockarb_kernel.h"
#include "lockarb_objects.h"
#include "lockarb_threads.h"

#pragma GCC visibility push(hidden)

enum {
  PRIORITIES = 32, /* of threads: from 1 */
  DPC_PRIORITY = 32,
  DEFAULT_PRIORITY = 8,
  BOOSTED_PRIORITY = 14, /* of who is in the way of a waiter (contract I.5) */
  NAME_SIZE = 32,
  NO_SLOT = -1,
  CALLBACK_DEPTH = 8,
  REGIONS_KEPT = 8, /* of each counter: the outermost ones, for reports */
};

/* As enum _KOBJECTS, and more. */
enum object_type {
  OBJECT_EVENT_NOTIFICATION,
  OBJECT_EVENT_SYNCHRONIZATION,
  OBJECT_MUTEX,
  OBJECT_PROCESS,
  OBJECT_QUEUE,
  OBJECT_SEMAPHORE,
  OBJECT_THREAD,
  OBJECT_GATE, /* a fast mutex waits at it */
  OBJECT_TIMER_NOTIFICATION,
  OBJECT_TIMER_SYNCHRONIZATION,
  /* of a struct push_wait, rundown_wait */
  OBJECT_PUSH_LOCK = 64,
  OBJECT_RUNDOWN,
  OBJECT_TIMEOUT, /* of a wait: a timer on the stack of who waits */
};

enum thread_state {
  THREAD_READY,
  THREAD_RUNNING,
  THREAD_WAITING,
  THREAD_STAYING, /* waits for a lock: only its own core ends that */
  THREAD_ENDED
};

enum wait_for { WAIT_FOR_OBJECT, WAIT_FOR_TIME, WAIT_FOR_LOCK, WAIT_FOR_SLOT, WAIT_FOR_DPC };

/** A driver's routine that is being called: lockarb_enter_callback(). */
struct callback {
  enum lockarb_callback kind;
  const char *name;
  ULONG apc_disable; /* CombinedApcDisable when it was called, */
  KIRQL irql;        /*   and the IRQL */
};

/** Which counter of a thread a region is counted in. */
enum region { REGION_CRITICAL, REGION_GUARDED, REGION_KINDS };

/** Why a thread cannot go on: somebody must give something up first. */
struct obstacle {
  enum wait_for what;
  unsigned lock;         /* WAIT_FOR_LOCK */
  bool queued;           /* the holder does not own it: it waits before the thread */
  struct thread *holder; /* NULL: nobody knows who */
  bool by_pointer;       /* the holder stands behind an owner pointer */
  const void *mutex;     /* WAIT_FOR_OBJECT: the holder owns it; NULL: the object is the holder */
};

struct thread {
  KTHREAD tcb; /* first: a PKTHREAD is a pointer to a thread */
  struct port_context context;
  void *stack;
  PKSTART_ROUTINE start;
  PVOID start_context;
  char name[NAME_SIZE];
  unsigned number;
  unsigned core;
  KPRIORITY priority;
  enum thread_state state;
  LIST_ENTRY queue; /* a ready queue, the slot queue or a core's stayers */
  LIST_ENTRY all;
  unsigned references;
  bool handle_open;
  bool serves; /* the executive's: the run may end before it does, */
  bool rests;  /*   and nobody misses it while it waits for work */

  /* Wait: valid while THREAD_WAITING, but for the outcome. */
  enum wait_for wait_for;
  KWAIT_BLOCK *wait_blocks;        /* the objects, and the timeout */
  DISPATCHER_HEADER *awaited;      /* WAIT_FOR_OBJECT; NULL: several */
  const FAST_MUTEX *awaited_mutex; /* that `awaited` belongs to; NULL: to none */
  NTSTATUS outcome;
  struct call wait_call; /* the call that waits; a lock's is in lock_waits */
  bool alertable;
  bool timed;
  bool alerted;
  bool counts;       /* in its KQUEUE's CurrentCount; */
  bool counts_again; /*   not while it waits, and then again */

  /* APCs */
  KIRQL irql;
  LIST_ENTRY kernel_apcs; /* special ones before normal ones */
  LIST_ENTRY user_apcs;
  bool apc_in_progress; /* a normal kernel one */
  bool user_apcs_open;  /* in an alertable user-mode wait, or leaving it with STATUS_USER_APC */
  bool apcs_refused;    /* ending */
  const char *apc_kind; /* of the innermost one whose routine runs; NULL: none does */

  /* For reports: return addresses */
  struct held *held;
  const void *regions[REGION_KINDS][REGIONS_KEPT]; /* of the calls that entered them */
  const void *irql_raised;                         /* of the last KfRaiseIrql() */

  /* Killed */
  bool killed;         /* it has to end where it can, */
  bool is_gone;        /*   and does: none of its own code runs any more */
  unsigned mutexes;    /* that it owns, or counts as a waiter of: it cannot end before */
  unsigned spin_locks; /* of the program, that it owns */

  /* What programs see of it, and the verifier */
  bool user;    /* of a user process */
  bool no_slot; /* lent one only when it asks */
  const void *stack_top;
  PVOID entry_value;          /* of the combined enter-and-acquire routines */
  struct callback *callbacks; /* CALLBACK_DEPTH from the first call on, outermost first */
  unsigned callback_depth;

  struct lockarb_try *tries; /* that an exception would get to, innermost first */

  /* Locks */
  int slot;                       /* the one it acts through; NO_SLOT: it has none now */
  bool borrows_for_pointers;      /* WAIT_FOR_SLOT: the owner pointers get it, not itself */
  struct owner_pointer *gives_to; /* it is one of its takers */
  struct lock_wait *lock_waits;   /* innermost first: an APC may wait inside a wait */
  unsigned software_locks_owned;
  unsigned wait_cell; /* of shared memory, for its next wait; 0: none yet */
  unsigned boost;     /* levels of priority, until its quantum ends */

  /* A search for deadlocks (diagnose/deadlock.c) */
  bool stuck;                 /* cannot go on before another stuck thread does */
  bool named;                 /* in a deadlock that has been printed */
  unsigned search;            /* the last one that came here, */
  struct obstacle reached_by; /*   from a thread that waits for this one, */
  struct thread *reached_from;
  struct thread *search_next; /*   and where it went on */
};

struct core {
  unsigned number;
  struct lockarb_window window; /* of the arbiter */
  struct thread idle;
  struct thread *current;
  struct thread *loaded; /* whose context the core has: the current one's, but while it idles */
  bool is_parked;        /* it idles, and that context can be switched to, come a reset */
  LIST_ENTRY ready[PRIORITIES]; /* [n]: of priority n + 1 */
  uint32_t ready_priorities;    /* bit n: ready[n] has a thread */
  bool reschedule;              /* a ready thread should run in place of the current one */
  LIST_ENTRY stayers;           /* its threads that wait for locks; for its own eyes only */
  LIST_ENTRY timers;            /* KTIMERs, earliest first; DueTime is in ticks */
  uint64_t timer;               /* as port_timer_set() has it */
  uint64_t quantum_end;
  uint64_t patience_end;  /* of the thread that stays */
  struct thread *leaving; /* its context is not saved yet */
  struct thread *ended;   /* its stack can go once the core has left it */
  struct thread *lost;    /* by a reset, and still to be ended; */
  unsigned lost_in;       /*   the lock of the command that it was in, or EXECUTIVE_NO_LOCK */
  bool look_again;        /* for grants: an interrupt of the arbiter did not come */
  bool has_killed;        /* a thread that may wait */
  bool is_called;         /* by call_core(), and has not looked yet */
  struct dpcs *dpcs;      /* NULL: none was queued so far */
  struct call command;    /* that is going on: between executive_begin_command() and its end */
  unsigned command_lock;
  struct { /* as the core's window has it */
    int slot;
    uint32_t apc_mask;
    uint32_t apc_pending;
    KIRQL irql;
  } sent;
};

extern struct core **core_table; /* port_core_count() of them */
extern struct lockarb arbiter;
extern LIST_ENTRY all_threads; /* that exist, in order of number; ended ones may be referenced */

/** Without a multiplication, which takes small cores as long as ten other instructions. */
static inline struct core *core_at(unsigned number) { return core_table[number]; }
static inline struct core *this_core(void) { return core_at(port_core()); }
static inline struct thread *this_thread(void) { return this_core()->current; }
static inline struct thread *thread_of(PKTHREAD thread) { return (struct thread *)thread; }
/** It is killed, and may end where it is. */
static inline bool must_end(const struct thread *t) { return t->killed && t->mutexes == 0; }

/** NULL: no thread has that address. Dispatcher locked, or the machine is about to stop. */
struct thread *find_thread(ULONG_PTR address);
/** With the last reference the thread is gone. Dispatcher locked. */
void dereference_locked(struct thread *t);
void dereference(struct thread *t); /**< The same, dispatcher not locked. */

/**
 * A table of so many at the start of a run, all zero; its size is known as soon as the machine is.
 * Where there is no memory for it, the run ends with a message.
 */
void *allocate_table(const char *of_what, unsigned count, size_t size);

/* dispatcher.c */

void set_up_dispatcher(void);
void set_up_thread(struct thread *t, unsigned core, KPRIORITY priority);
bool lock_dispatcher(void); /**< @return For unlock_dispatcher(). */
/**
 * What the running thread has taken out of their sight may be under the eyes of other cores until
 * they unlock the dispatcher. Costs nothing while it is not locked. Interrupts off.
 */
void await_lookers(void);
/** Interrupt a core, for something that serve_interrupt() sees to there. */
void call_core(unsigned core);
void unlock_dispatcher(bool on);  /**< A better thread gets the core first. */
void restore_interrupts(bool on); /**< The same, when only interrupts were off. */
/** The same, of the running core. */
static inline void restore_interrupts_of(const struct core *core, bool on) {
  if (EXECUTIVE_RARE(core->reschedule)) {
    restore_interrupts(on);
  } else {
    port_interrupts_restore(on);
  }
}
void ready_thread(struct thread *t); /**< Dispatcher locked. */
/** Of a thread in any state: the ready queues and the cores follow. Dispatcher locked. */
void set_priority(struct thread *t, KPRIORITY priority);
/** A waiter of that priority lifts t, until t's quantum ends. Dispatcher locked. */
void boost_thread(struct thread *t, KPRIORITY waiter);
/** The running thread stops; returns when it runs again, interrupts off, dispatcher unlocked. */
void block_and_unlock(struct core *core, enum wait_for wait_for, bool alertable);
/**
 * Waits for objects: who never waits for one, and starts no timer, is linked without. Dispatcher
 * locked.
 */
struct waits {
  /** What t waits for becomes its own, if it can. @return The status of its wait; STATUS_PENDING:
   * it goes on. */
  NTSTATUS (*take)(struct thread *t);
  void (*leave)(struct thread *t);   /**< t waits for none of them any more. */
  void (*expire)(struct core *core); /**< Timers whose time has come go off. */
};
extern const struct waits *object_waits; /**< NULL: there are none so far. */
/** t, a thread of a KQUEUE, does not count as running before its wait is over (wait/queue.c).
 * Dispatcher locked. NULL: there are none. */
extern void (*stop_counting)(struct thread *t);
extern void (*count_again)(struct thread *t);
/** End t's wait. Dispatcher locked. */
void wake(struct thread *t, NTSTATUS outcome);

/*
 * Waits for locks. What ends them is looked at by the thread's own core alone; other cores
 * interrupt that. So they need not lock the dispatcher while the core has nobody else to run.
 * Interrupts off.
 */

/** The running thread waits from now on, and its core idles; false: others are to run. */
bool begin_stay(struct core *core);
/** It waits from now on, and others run. Dispatcher locked; returns as block_and_unlock() does, or
 * when the core idles. */
void begin_stay_and_unlock(struct core *core);
/** Whether the thread that waits in place goes on to have the core. */
bool keeps_core(const struct core *core);
/** The core idles, and goes on to do so in the context and window of t, which waits too. Returns
 * when the core has the context again that it was called in. */
void idle_in(struct core *core, struct thread *t);
/** The core idles, and t has what it waited for: t runs. Dispatcher not locked. Returns when the
 * thread whose context it was called in runs. */
void end_stay(struct core *core, struct thread *t);
/** Wait for an interrupt. @return PORT_IRQ_ bits; 0: look again what is there. */
unsigned park(struct core *core);
/** The running thread has ended: its core goes on without it. Dispatcher locked. */
_Noreturn void leave_thread(struct thread *t);
/** The first thing on a stack that the core has switched to. Interrupts off. */
void after_switch(void);
/** The core's timer goes off for the first of its timers, at the latest. Dispatcher locked. */
void set_timer(struct core *core);
/** The core's timer has gone off. @return Whether the running thread's quantum is over. */
bool renew_timer(struct core *core);
/** Unlock at the end of an interrupt. */
void end_interrupt_and_unlock(struct core *core, bool quantum_ended);
/** The idle thread of the core. */
_Noreturn void idle(struct core *core);
/**
 * What an interrupt of the core is about, for who had interrupts off; APCs of the running thread
 * are not looked at. It belongs to the layers above (system/start.c).
 */
void serve_interrupt(struct core *core, unsigned causes);
/** The core was reset and is its idle thread's; core->lost: who had its context in it. Dispatcher
 * locked. */
void take_lost_thread(struct core *core);

/* window.c. What is inline here is not static, so that there is one of it where it is not inlined.
 */

/** LOCKARB_APC_PENDING_..._MASK bits. */
uint32_t pending_apcs_of(const struct thread *t);
void send_window(struct core *core, const struct thread *t, uint32_t pending);
/** The core's window gets what the thread has, where it differs. Interrupts off. */
inline void show_in_window(struct core *core, const struct thread *t) {
  bool has_none = t->kernel_apcs.Flink == &t->kernel_apcs && t->user_apcs.Flink == &t->user_apcs;
  uint32_t pending =
      EXECUTIVE_RARE(!has_none || t->apc_in_progress || t->user_apcs_open) ? pending_apcs_of(t) : 0;
  bool shows = core->sent.slot == t->slot && core->sent.apc_mask == t->tcb.CombinedApcDisable &&
               core->sent.irql == t->irql && core->sent.apc_pending == pending;
  if (EXECUTIVE_RARE(!shows)) send_window(core, t, pending);
}
static inline void sync_window(struct core *core) { show_in_window(core, core->current); }
void forget_window(struct core *core); /**< It gets all of it next time. */
static inline bool is_special(const KAPC *apc) { return apc->NormalRoutine == NULL; }
static inline KAPC *first_apc(const LIST_ENTRY *queue) {
  return IsListEmpty(queue) ? NULL : CONTAINING_RECORD(queue->Flink, KAPC, ApcListEntry);
}

#pragma GCC visibility pop

#endif
