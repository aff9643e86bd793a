/**
 * The executive's own data and the functions its files share.
 *
 * One dispatcher lock guards threads, queues, timers, slots and locks' registry. It is taken with
 * interrupts off. A thread never leaves its core, so what only its core touches needs interrupts
 * off alone: the core's window and the thread's APC counters and IRQL.
 */
#ifndef LOCKARB_EXECUTIVE_KERNEL_H_
#define LOCKARB_EXECUTIVE_KERNEL_H_

#include "driver/lockarb.h"
#include "executive/executive.h"
#include "executive/port.h"
#include "lockarb_kernel.h"
#include "lockarb_threads.h"

/* Programs have names of their own: sw/CMakeLists.txt makes these unknown outside of the executive.
 */
#pragma GCC visibility push(hidden)

enum {
  MAX_CORES = 32,
  PRIORITIES = 32,
  DEFAULT_PRIORITY = 8,
  BOOSTED_PRIORITY = 14, /* of who is in the way of a waiter (contract I.5) */
  NAME_SIZE = 32,
  STACK_SIZE = 256 * 1024,
  NO_SLOT = -1,
  CALLBACK_DEPTH = 8,
  REGIONS_KEPT = 8, /* of each counter: the outermost ones, for reports */
};

enum object_type {
  OBJECT_EVENT_NOTIFICATION,
  OBJECT_EVENT_SYNCHRONIZATION,
  OBJECT_MUTEX,
  OBJECT_THREAD = 6,
  OBJECT_GATE, /* a fast mutex waits at it */
};

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_ENDED };

enum wait_for { WAIT_FOR_OBJECT, WAIT_FOR_TIME, WAIT_FOR_LOCK, WAIT_FOR_SLOT };

/** A driver's routine that is being called: lockarb_enter_callback(). */
struct callback {
  enum lockarb_callback kind;
  const char *name;
  ULONG apc_disable; /* CombinedApcDisable when it was called, */
  KIRQL irql;        /*   and the IRQL */
};

/**
 * Something that a thread or an owner pointer owns, and where it got it: for reports and for the
 * verifier. One that is not used any more stays in its list and is used again: whoever releases for
 * another thread must not unlink what that one may be looking at.
 */
struct held {
  struct held *next;
  bool used;
  bool exclusive;
  bool fast;          /* a FAST_MUTEX, else a KMUTEX */
  unsigned lock;      /* EXECUTIVE_NO_LOCK: a mutex */
  const void *object; /* the ERESOURCE or the mutex */
  const void *from;   /* the return address of the call, */
  unsigned by;        /*   and the number of the thread that made it */
  unsigned levels;    /* of an owner pointer, in a lock of the arbiter */
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
  LIST_ENTRY queue; /* in a ready queue, in an object's wait list or in the slot queue */
  LIST_ENTRY all;
  unsigned references;
  bool handle_open;

  /* Wait: valid while THREAD_WAITING, but for the outcome. */
  enum wait_for wait_for;
  DISPATCHER_HEADER *awaited;
  const FAST_MUTEX *awaited_mutex; /* that `awaited` belongs to; NULL: to none */
  struct call wait_call;           /* the call that waits; a lock's is in lock_waits */
  bool alertable;
  bool timed;
  uint64_t deadline;
  LIST_ENTRY timer;
  NTSTATUS outcome;
  bool alerted;

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
  PVOID entry_value;                         /* of the combined enter-and-acquire routines */
  struct callback callbacks[CALLBACK_DEPTH]; /* outermost first */
  unsigned callback_depth;

  struct lockarb_try *tries; /* that an exception would get to, innermost first */

  /* Locks */
  int slot;                          /* the one it acts through; NO_SLOT: it has none now */
  bool borrows_for_pointers;         /* WAIT_FOR_SLOT: the owner pointers get it, not itself */
  struct owner_pointer *gives_to;    /* it is one of its takers */
  struct executive_wait *lock_waits; /* innermost first: an APC may wait inside a wait */
  unsigned software_locks_owned;
  unsigned wait_cell; /* of shared memory, for its next wait; 0: none yet */
  unsigned boost;     /* levels of priority, until its quantum ends */

  /* A search for deadlocks (debugger.c) */
  bool stuck;                 /* cannot go on before another stuck thread does */
  bool named;                 /* in a deadlock that has been printed */
  unsigned search;            /* the last one that came here, */
  struct obstacle reached_by; /*   from a thread that waits for this one, */
  struct thread *reached_from;
  struct thread *search_next; /*   and where it went on */
};

struct core {
  struct thread idle;
  struct thread *current;
  LIST_ENTRY ready[PRIORITIES];
  uint32_t ready_priorities; /* bit n: ready[n] has a thread */
  bool reschedule;           /* a ready thread should run in place of the current one */
  LIST_ENTRY timers;         /* earliest first */
  uint64_t timer;            /* as port_timer_set() has it */
  uint64_t quantum_end;
  struct thread *leaving; /* its context is not saved yet */
  struct thread *ended;   /* its stack can go once the core has left it */
  struct thread *lost;    /* by a reset, and still to be ended; */
  unsigned lost_in;       /*   the lock of the command that it was in, or EXECUTIVE_NO_LOCK */
  bool look_again;        /* for grants: an interrupt of the arbiter did not come */
  bool has_killed;        /* a thread that may wait */
  struct call command;    /* that is going on: between executive_begin_command() and its end */
  unsigned command_lock;
  struct { /* as the core's window has it */
    int slot;
    uint32_t apc_mask;
    uint32_t apc_pending;
    KIRQL irql;
  } sent;
};

/* thread.c: threads and the dispatcher */

extern struct core cores[MAX_CORES];
extern struct lockarb arbiter;
extern LIST_ENTRY all_threads; /* that exist, in order of number; ended ones may be referenced */

static inline struct core *this_core(void) { return &cores[port_core()]; }
static inline struct thread *this_thread(void) { return this_core()->current; }
static inline struct thread *thread_of(PKTHREAD thread) { return (struct thread *)thread; }

/** NULL: no thread has that address. Dispatcher locked, or the machine is about to stop. */
struct thread *find_thread(ULONG_PTR address);
/** With the last reference the thread is gone. Dispatcher locked. */
void dereference_locked(struct thread *t);

bool lock_dispatcher(void);          /**< @return For unlock_dispatcher(). */
void unlock_dispatcher(bool on);     /**< A better thread gets the core first. */
void restore_interrupts(bool on);    /**< The same, when only interrupts were off. */
void ready_thread(struct thread *t); /**< Dispatcher locked. */
/** A waiter of that priority lifts t, until t's quantum ends. Dispatcher locked. */
void boost_thread(struct thread *t, KPRIORITY waiter);
/** The running thread stops; returns when it runs again, interrupts off, dispatcher unlocked. */
void block_and_unlock(struct core *core, enum wait_for wait_for, bool alertable);
/** End t's wait. Dispatcher locked. */
void wake(struct thread *t, NTSTATUS outcome);
/** t ends: APCs that are queued for it will not run. Dispatcher locked. */
void run_down(LIST_ENTRY *apcs);
/** t has ended: nothing of it runs any more. Dispatcher locked. */
void retire_thread(struct thread *t);
/** The running thread has. Dispatcher locked. */
_Noreturn void end_thread(struct thread *t);
/** The core's window gets what the thread has, where it differs. Interrupts off. */
void sync_window(struct core *core);

/* wait.c */

void expire_timers(struct core *core);
void signal_object(DISPATCHER_HEADER *object);
/** KeWaitForSingleObject(); object NULL: only for time to pass. */
NTSTATUS wait_on(DISPATCHER_HEADER *object, KPROCESSOR_MODE mode, bool alertable,
                 const LARGE_INTEGER *timeout, struct call call);

/* apc.c */

KIRQL raise_irql(KIRQL NewIrql, struct call call);
/* Of the running thread. */
void enter_region(enum region region, struct call call);
void leave_region(enum region region, struct call call);
/**
 * Count a region of t in memory; the window is not told. step: negative to enter. A count that
 * wraps is said.
 */
void count_region(struct thread *t, enum region region, int step, struct call call);
uint32_t pending_apcs(const struct thread *t);
bool may_run_kernel_apc(const struct thread *t);
/** A waiting thread is woken for an APC that it may run, or to end. Dispatcher locked. */
void break_wait(struct thread *t);
/** If it waits alertably in user mode. */
bool may_run_user_apc(const struct thread *t);
/** Run what the arbiter lets through. Dispatcher not locked. */
void deliver_apcs(void);
/** The same, if anything is queued at all: costs nothing otherwise. */
void check_apcs(void);

/* kill.c */

/** It is killed, and may end where it is. */
static inline bool must_end(const struct thread *t) { return t->killed && t->mutexes == 0; }
/** The running thread does. Interrupts off. */
_Noreturn void end_killed_thread(struct thread *self);
/** The core that ran t was reset. Interrupts off. unsure: see cancel_lock_waits(). */
void end_lost_thread(struct thread *t, unsigned unsure);
/** Whoever was killed on this core may have to stop waiting. Dispatcher locked. */
void wake_killed(struct core *core);

/* debugger.c */

void set_up_debugger(void);
/* Dispatcher locked, or the machine has stopped. */
/** Print the cycles that there are now. @return Their number. */
unsigned print_deadlocks(void);
/** A thread may be unable to go on now: lockarb_watch_deadlocks() wants to know. */
void look_for_deadlock(void);
void list_locks_at_end(bool has_stopped); /**< If lockarb_list_locks_at_end() asks for it. */
void list_locks_at_stop(void);

/* slot.c: thread slots of the arbiter, and who owns what through them */

/**
 * An owner pointer (ExSetResourceOwnerPointer) that owns something.
 *
 * All of them own their locks of the arbiter through one slot, however many they are: they never
 * ask for a lock, so to the arbiter they may be one owner. Which of them owns how many levels of
 * what is kept in `held`.
 */
struct owner_pointer {
  ULONG_PTR value;       /* both low bits are 1; 0: unused */
  struct thread *thread; /* that a waiter may boost, referenced; NULL: it stands for none */
  struct held *held;
  unsigned locks_owned; /* of the arbiter */
  unsigned software_locks_owned;
  unsigned takers; /* threads that are about to give it what they own */
};

/** A thread slot: lent to a thread, or standing for all owner pointers. */
struct slot {
  struct thread *thread; /* NULL and not of the pointers: free */
  bool of_pointers;
  unsigned locks_owned;
  bool waits; /* queued for a lock, or granted and its thread has not gone on yet */
};

bool set_up_slots(void);
void lend_slot(struct thread *t);  /**< t, about to run, gets a slot if one is free. */
void offer_slot(struct thread *t); /**< Somebody waits for a slot, and t needs none: hand it on. */
/** This core serves those who wait for a slot: what its window names and what its thread has. */
void serve_slot_queue(struct core *core);
void return_slot(struct thread *t);
/** Those of a thread that is gone: APCs may have taken further ones. */
void return_slots(struct thread *t);
/** The running thread gets a slot for itself, or for the pointers; it may wait. Interrupts off. */
void borrow_slot(struct thread *self, bool for_pointers, struct call call);
/**
 * APCs are about to run: a slot that stands in the queue of a lock cannot act meanwhile, so the
 * thread goes on without, and borrows another one if an APC uses locks.
 *
 * @return For unpark_slot().
 */
int park_slot(struct thread *self);
void unpark_slot(struct thread *self, int parked);
/** offer_slot() with the dispatcher not locked; nothing if nobody waits for one. */
void offer_slot_now(struct thread *t);
struct slot *slot_at(unsigned number);

/** What a slot owns of a lock: count 0, nothing. */
struct hold {
  bool exclusive;
  unsigned count;
};
struct hold hold_of(unsigned slot, unsigned lock);
void set_hold(unsigned slot, unsigned lock, struct hold hold);

/** Pointers; dispatcher locked. NULL: it owns nothing; with make: there is no room for one more. */
struct owner_pointer *find_pointer(ULONG_PTR value, bool make);
void stand_for_thread(struct owner_pointer *pointer); /**< Its value is a thread's address | 3. */
/** A thread will give it what it owns: it is kept until then, as is the slot of the pointers. */
void begin_taking(struct owner_pointer *pointer);
void end_taking(struct owner_pointer *pointer);     /**< forget_pointer() follows. */
void forget_pointer(struct owner_pointer *pointer); /**< Unless it still owns something. */
unsigned pointer_number(const struct owner_pointer *pointer);
struct owner_pointer *pointer_at(unsigned number); /**< NULL: there is none from there on. */
/** The slot through which the pointers own; NO_SLOT: they own no lock of the arbiter. */
int pointers_slot(void);

/* lock.c */

bool set_up_locks(void);
void take_grants(unsigned core);
unsigned locks_owned(const struct thread *t);
/** A wait for a lock begins; executive_wait_for_grant() ends it. */
void begin_lock_wait(struct thread *t, struct executive_wait *wait, unsigned lock, bool exclusive,
                     unsigned place);
/** t owns the lock at last. Dispatcher locked. */
void grant_lock_wait(struct thread *t, unsigned lock, unsigned place);
/* Of a thread that is gone, on its core. Interrupts off, dispatcher not locked. unsure: the lock of
 * a command whose answer got lost, or EXECUTIVE_NO_LOCK. */
/** @return How many waits it had that were not granted. */
unsigned cancel_lock_waits(struct thread *t, unsigned unsure);
/** again: the core was reset while it did this. @return How many locks it owned. */
unsigned drain_locks(struct thread *t, unsigned unsure, bool again);
/** A wait leaves its queue in the middle: is_queued() of the others stays true. Dispatcher locked.
 */
void leave_queue(const struct executive_wait *wait);
/** One owner of a lock: a thread, or an owner pointer. */
struct lock_owner {
  struct thread *thread;
  struct owner_pointer *pointer;
  struct hold hold;
};
/** Where an owner got the lock; NULL: not known. As next_owner(). */
const struct held *origin_of(unsigned lock, const struct lock_owner *owner);
/** A wait, and whose it is. */
struct lock_waiter {
  struct thread *thread;
  const struct executive_wait *wait;
};
/**
 * The exclusive waiters that get the lock before a wait that is still queued, one by one; *turn is
 * 0 at first. An exclusive wait: those that came before it; a shared one: the writer for which it
 * was queued, or all of them if writers are first. As next_owner().
 */
bool next_ahead(const struct executive_wait *wait, unsigned *turn, struct lock_waiter *ahead);
/** Whether the owners of the lock, too, must give it up before the wait ends. As next_owner(). */
bool waits_for_owners(const struct executive_wait *wait);
/** The ERESOURCE that the lock belongs to. */
const void *lock_object(unsigned lock);
/**
 * The owners of a lock, one by one; *cursor is 0 at first. For reports and boosts, so it touches no
 * bus. Dispatcher locked, or the machine has stopped.
 */
bool next_owner(unsigned lock, unsigned *cursor, struct lock_owner *owner);
/** Of a lock. */
struct lock_counts {
  unsigned owners;
  unsigned shared_waiters;
  unsigned exclusive_waiters;
  unsigned contentions; /* that have waited since it was initialized */
};
/** As true as the last command on it, and no bus is touched. As next_owner(). */
struct lock_counts lock_counts(unsigned lock);
/** Not granted; a grant that is still on its way to the thread counts. As next_owner(). */
bool is_queued(const struct executive_wait *wait);
/* The arbiter has handed it the lock, and its core does not know: the interrupt did not come. */
bool is_overdue(const struct executive_wait *wait);
/** The first lock from that number on that is in use, or EXECUTIVE_NO_LOCK. As next_owner(). */
unsigned next_used_lock(unsigned lock);
static inline bool is_software(unsigned lock) { return lock >= arbiter.locks; }
/* held.c: what is owned, and where it was taken. Of the running thread with interrupts off, of a
 * pointer with the dispatcher locked. */

/** @return NULL: there is no memory for it. */
struct held *remember(struct held **list, struct held what);
/** NULL: it is not owned, or nobody knows. object: of the lock, or the mutex. */
struct held *find_held(struct held *list, const void *object);
/** Nothing if it is not owned. */
void forget(struct held *list, const void *object);
/** The list is not needed any more. */
void free_held(struct held **list);
/** Of a call, for remember(): who made it and where. */
struct held held_lock(unsigned lock, bool exclusive, const void *from);
struct held held_mutex(const void *mutex, bool fast, const void *from);

/** The account of a lock that loses its owners. Dispatcher locked. */
void forget_owners(unsigned lock);
/** owner owns one software lock less, and nobody has got it yet. */
void forget_software_lock(uint32_t owner);
/** The running thread owns one less; merged: the pointer owned it already. */
void give_software_lock(uint32_t pointer, bool merged);
/** Time has passed: whoever waits too long lifts the owners. Dispatcher locked. */
void expire_lock_slices(void);

/* software_lock.c: locks in shared memory, with the answers of the arbiter. Interrupts off. */

enum { MAX_SOFTWARE_LOCKS = 4096 };

struct lockarb_answer software_initialize(unsigned number, enum lockarb_order order);
struct lockarb_answer software_acquire(unsigned number, struct thread *self, enum lockarb_kind kind,
                                       bool waits, struct executive_wait *wait);
struct lockarb_answer software_release(unsigned number, uint32_t owner);
/** Of a thread that is gone: CANCELLED, HANDED_SHARED, or ALREADY_GRANTED. */
struct lockarb_answer software_cancel(unsigned number, const struct executive_wait *wait);
/** What the lock is like: HANDED_EXCLUSIVE, HANDED_SHARED, or FREED. */
struct lockarb_answer software_state(unsigned number);
/** All levels of an owner that is gone, as a release; DONE: it owns nothing. */
struct lockarb_answer software_drain(unsigned number, uint32_t owner, struct hold *hold);
struct lockarb_answer software_convert(unsigned number, uint32_t owner);
struct lockarb_answer software_set_owner(unsigned number, uint32_t owner, uint32_t pointer);
struct lockarb_answer software_clear(unsigned number, bool delete);
struct hold software_hold(unsigned number, uint32_t owner);
void end_software_wait(struct thread *self, unsigned cell);
void return_wait_cell(struct thread *t); /**< It ends. */
void set_up_software_locks(void);

/** How a software lock names its owners. */
uint32_t owner_of_thread(const struct thread *t);
uint32_t owner_of_pointer(const struct owner_pointer *pointer);
/** @return The thread, or NULL with *pointer set. */
struct thread *thread_of_owner(uint32_t owner, struct owner_pointer **pointer);
/** The owners, one by one, as next_owner() has them. */
bool next_software_owner(unsigned number, unsigned *cursor, uint32_t *owner, struct hold *hold);
/** As lock_counts(), without contentions. */
struct lock_counts software_counts(unsigned number);

/* pool.c */

void set_up_pool(void);
/** @return The number of the block at or around the address, 0: none. Dispatcher locked. */
unsigned pool_block(ULONG_PTR address, ULONG_PTR *offset);
bool is_paged_pool(ULONG_PTR address);

/* personality.c */

void set_up_personality(void);

/* verifier.c */

/* What verify_object() is told of a wait. */
enum { WAITS_NOT, WAITS_A_TIME, WAITS_FOR_EVER };

void set_up_verifier(void);
void set_up_lock_order(void);
void verifier_check_routine(struct call call, const void *object, ULONG_PTR more);
void verifier_check_order(struct call call, const void *object, bool fast, bool starves);
void verifier_forget_order(const void *start, size_t size);
/** A routine whose only rule is about the IRQL, before it does anything. */
static inline void verify_routine(struct call call) {
  if (executive_verifier_on) verifier_check_routine(call, NULL, 0);
}
/** The same of a mutex or a wait; more: what the rule looks at besides. */
static inline void verify_object(struct call call, const void *object, ULONG_PTR more) {
  if (executive_verifier_on) verifier_check_routine(call, object, more);
}
/**
 * The running thread is about to wait for an object that it may come to own: an ERESOURCE or a
 * mutex. starves: it would pass those that are queued before it.
 */
static inline void verify_order(struct call call, const void *object, bool fast, bool starves) {
  if (executive_verifier_on) verifier_check_order(call, object, fast, starves);
}
/** What lies there is no lock any more, or a new one. Dispatcher locked. */
static inline void forget_order(const void *start, size_t size) {
  if (executive_verifier_on) verifier_forget_order(start, size);
}
void verifier_check_region(struct call call);
void verifier_check_free(struct call call, const char *data, size_t size);
/** A routine that enters or leaves a region, before it does. */
static inline void verify_region(struct call call) {
  if (executive_verifier_on) verifier_check_region(call);
}
/** Memory of the pool, before it goes. Dispatcher locked. */
static inline void verify_free(struct call call, const void *data, size_t size) {
  if (executive_verifier_on) verifier_check_free(call, data, size);
}

/* stop.c */

void set_up_printing(void);
void print_time(void);
/** The bug check that follows lists the regions entered since the counts were that. */
void show_regions(ULONG apc_disable);
/** A routine returns with other counts of regions than it was called with. worker: of a work item.
 */
__attribute__((noreturn)) void stop_mismatch(struct call call, ULONG apc_disable, ULONG worker);
/* Only the first of these prints something in any case. Dispatcher locked, or stopped. */
/** An address by a name that is the same in each run, anything else in hexadecimal. */
void print_value(ULONG_PTR value);
/** " (Tree)": the variable, or the block of the pool, that is there. */
void print_name(const void *object);
/** The source line of a call that returns there, with `before`. */
void print_line(const char *before, const void *from);
void print_held_line(const char *before, const struct held *held);
/** A wait has lasted longer than lockarb_set_resource_timeout() allows: say so. */
void print_lock_timeout(const struct executive_wait *wait, const struct thread *t);

/** Of a value that is no number of ours and has no name: the same one is the same number. */
unsigned unnamed_number(ULONG_PTR value);

void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

void note(const struct thread *t, struct port_note n); /**< With t's number, name, core. */
void note_thread(enum port_note_kind kind, const struct thread *t, uint64_t value);

#pragma GCC visibility pop

#endif
