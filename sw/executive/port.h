/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a machine offers the executive, and what the executive offers the machine.
 *
 * One file per machine implements the port_ functions, chosen at link time: sim/ has the simulated
 * platform's, tests/sw/ the host's.
 *
 * Rules
 *   - A core runs one thing at a time. A thread never leaves the core it was created on.
 *   - Interrupts start off on every core. They are levels: a cause that the executive has not
 *     removed comes again.
 *   - An interrupt is taken only while interrupts are on: at any point of the interrupted code, at
 *     the latest in port_interrupts_restore(true) and inside port_spend().
 */
#ifndef LOCKARB_EXECUTIVE_PORT_H_
#define LOCKARB_EXECUTIVE_PORT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define PORT_NORETURN [[noreturn]]
#else
#define PORT_NORETURN _Noreturn
#endif

/** A suspended stack. The machine's own; entry and arg are for the first switch to it. */
struct port_context {
  void *suspended;
  void (*entry)(void *arg);
  void *arg;
};

/** A spin lock between cores. The machine's own; all zero: free. */
typedef struct {
  uint32_t number;
} port_lock;

/* The machine calls the executive */

/** Causes of an interrupt. */
enum port_irq {
  PORT_IRQ_ARBITER = 1, /**< The core's line is high: a grant, a deliverable APC or an error. */
  PORT_IRQ_TIMER = 2,   /**< port_time() has reached this core's port_timer_set(). */
  PORT_IRQ_CORE = 4,    /**< A core called port_interrupt_core(); the machine has cleared it. */
};

/**
 * Take an interrupt: called on the stack of the interrupted thread, with interrupts off.
 *
 * It may switch to another thread, and it may turn interrupts on and take further ones (an APC's
 * routine runs in it), so it returns when the interrupted thread goes on, with interrupts off; the
 * machine turns them on again and resumes the thread.
 *
 * @param causes PORT_IRQ_ bits, at least one.
 */
void executive_interrupt(unsigned causes);

/**
 * Take the error that a device, or the bus, answered an access of the calling core with: called on
 * the stack of the access, whatever the core was doing. Bug check 0x9C, unless the access can be
 * done again without a difference.
 *
 * @param attempt How often it was done again already.
 *
 * Returns when the access is to be done again: its error means nothing, whether it was carried out
 * or not.
 */
void executive_bus_error(uintptr_t address, bool write, unsigned attempt);

/**
 * Start the executive on the calling core: called once per core, on its boot stack, which becomes
 * the idle thread's.
 *
 * Core 0 sets up the executive, so its call begins before those of the others. Does not return.
 *
 * @param first Core 0: runs as the first system thread ("main", thread 1). Other cores: not used.
 * @param arg   Passed to first.
 */
PORT_NORETURN void executive_start_core(void (*first)(void *arg), void *arg);

/**
 * Start the executive again on a core that was reset: called as executive_start_core() is, on a
 * fresh boot stack, with interrupts off. The thread that the core ran ends as a killed one does;
 * its other threads go on. A core that held a spin lock has left something half done: bug check
 * 0x9C.
 *
 * @param spin_locks How many it held. A lock whose swap was under way counts, if it was free.
 * @param first      As of executive_start_core(), for a core that was reset before that was done.
 */
PORT_NORETURN void executive_restart_core(unsigned spin_locks, void (*first)(void *arg), void *arg);

/**
 * Kill a thread. It ends on its core as soon as a special kernel APC could run in it and it owns no
 * mutex; its waits for locks are cancelled and its locks are drained. The machine calls this in no
 * thread's name, and gives the core PORT_IRQ_CORE. Touches neither bus nor interrupts.
 *
 * @return The thread's core; port_core_count(): no such thread, or it is ending already.
 */
unsigned executive_kill_thread(unsigned number);

/**
 * Print which thread waits for what, held by whom, and the deadlocks. The simulation calls it when
 * no core can ever run again. Touches neither bus nor interrupts.
 *
 * @return The number of threads that have not ended.
 */
unsigned executive_all_stuck_report(void);

/**
 * Print the deadlocks, and the locks if lockarb_list_locks_at_end() wants them. The simulation
 * calls it when it ends a run before its software does. Touches neither bus nor interrupts.
 */
void executive_cut_off_report(void);

/* The executive calls the machine */

unsigned port_core_count(void);
unsigned port_core(void);          /**< The calling core, from 0. */
uintptr_t port_lockarb_base(void); /**< Address of the arbiter's first register. */
/**
 * Whether commands are issued by writes (LOCKARB_BY_WRITE). Where something may read ahead in the
 * command aperture, a cache or a bridge, they have to be (rtl/README.md, "Memory types").
 */
bool port_lockarb_by_write(void);

/** Prepare c: the first switch to it calls entry(arg) on the stack. entry does not return. */
void port_context_create(struct port_context *c, void *stack_base, size_t size,
                         void (*entry)(void *), void *arg);
/** Save the running context, resume the other one; interrupts are off on the calling core. */
void port_context_switch(struct port_context *save, struct port_context *load);

bool port_interrupts_off(void);          /**< @return Whether they were on. */
void port_interrupts_restore(bool on);   /**< A pending interrupt is taken before it returns. */
void port_interrupt_core(unsigned core); /**< PORT_IRQ_CORE for it; it may be the calling one. */
/**
 * Idle: returns when an interrupt is pending, also while interrupts are off.
 *
 * @param here Where the waiting context is, if the core is reset meanwhile: a switch to it returns
 *             from this call. A machine whose cores cannot be reset alone need not save anything.
 *             NULL: nobody comes back.
 */
void port_wait_for_interrupt(struct port_context *here);
/**
 * What is pending now, for who has waited with interrupts off: the causes that
 * executive_interrupt() would get, PORT_IRQ_CORE cleared as for it. 0: nothing.
 */
unsigned port_take_interrupts(void);

void port_spin_lock(port_lock *lock); /**< With interrupts off. Not recursive. */
void port_spin_unlock(port_lock *lock);

/**
 * Memory that all cores share, in aligned words of 32 bits, zero at first: locks in software live
 * there. Reads and writes of a word are atomic and in program order on all cores.
 */
uintptr_t port_shared_base(void);
size_t port_shared_size(void); /**< In bytes; 0: there is none, and all locks are the arbiter's. */
uint32_t port_shared_read(uintptr_t address);
void port_shared_write(uintptr_t address, uint32_t value);
/** As a debugger reads it: takes no time. For reports only. */
uint32_t port_shared_peek(uintptr_t address);

uint64_t port_time(void);           /**< Ticks since the start. */
uint32_t port_time_frequency(void); /**< Ticks per second, at least 10 million. */
/** PORT_IRQ_TIMER of this core while port_time() >= deadline; UINT64_MAX: never. */
void port_timer_set(uint64_t deadline);
/** The core computes for that long; interrupts are taken if they are on. */
void port_spend(uint64_t ticks);

/** What the executive itself does on the calling core. */
enum port_work {
  PORT_WORK_INTERRUPT, /**< Entry to and return from an interrupt. */
  PORT_WORK_SWITCH,    /**< Switch to another thread. */
  PORT_WORK_WAIT,      /**< A wait for an object or for time, until it blocks or need not. */
  PORT_WORK_THREAD,    /**< A thread is made. */
};
/** The machine charges what it costs; nothing on a board. Interrupts are off and stay off. */
void port_charge(enum port_work work);

/* NULL: there is none left. */
void *port_allocate(size_t size); /**< Zeroed, aligned for any type. */
void port_free(void *memory, size_t size);
size_t port_stack_size(void); /**< What a thread gets. */
void *port_stack_allocate(size_t size);
void port_stack_free(void *stack, size_t size);

void port_print(const char *text); /**< DbgPrint and bug checks; text has its own line ends. */
/**
 * Name the source line of the call that returns there, "smallest.c:14 (count)", for bug checks and
 * warnings.
 *
 * @return Whether it is known: a board has no line numbers. Without, text is not touched.
 */
bool port_source_line(const void *return_address, char *text, size_t size);

/** What a machine knows of a value that may be an address. */
enum port_address {
  PORT_NO_ADDRESS, /**< None of this machine; or addresses are the same in each run. */
  PORT_UNNAMED,    /**< One that has no name and differs from run to run. */
  PORT_NAMED,      /**< In a variable or a function: text names it, "table + 0x10". */
};
/** Name what lies there, for messages, so that two runs print the same. Takes no time. */
enum port_address port_name_address(uintptr_t address, char *text, size_t size);

/** What port_object_line() tells. */
enum port_object_line {
  PORT_LINE_MADE,     /**< "tree.c:8" declares the variable; "initialized at pool.c:9 (make)". */
  PORT_LINE_RELEASED, /**< The last release: "tree.c:30 (drop) by thread 2". */
};
/**
 * Name a source line of a lock, or of what else threads wait for, by what the debug information and
 * the notes say. Takes no time.
 *
 * @return Whether it is known, as of port_source_line().
 */
bool port_object_line(enum port_object_line of, uintptr_t object, char *text, size_t size);

/** After a bug check was printed: close the traces, end the process. */
PORT_NORETURN void port_halt(int exit_code);
/** The last thread has ended, the first one included: the run is over. */
PORT_NORETURN void port_all_ended(void);

/* The observer */

/** What happened to a thread; in quotes the fields of port_note that say more. */
enum port_note_kind {
  PORT_NOTE_THREAD_CREATED, /**< `value`: priority. */
  PORT_NOTE_THREAD_READY,   /**< May run on `core` as soon as that is free. */
  PORT_NOTE_THREAD_RUNNING, /**< `core` switched to it; thread 0 is the idle thread. */
  PORT_NOTE_THREAD_WAITING, /**< `lock`: for that one; PORT_NO_LOCK: for something else. */
  /* None of its own code runs any more; ENDED follows. */
  PORT_NOTE_THREAD_KILLED, /**< `value`: 1 lost with its core, which was reset. */
  PORT_NOTE_THREAD_ENDED,
  /* The thread has entered or left a region. `value`: how many it is in now. */
  PORT_NOTE_CRITICAL_REGION,
  PORT_NOTE_GUARDED_REGION,
  /* `lock`, and `address` of its ERESOURCE: */
  PORT_NOTE_LOCK_INITIALIZED, /**< `from`. */
  PORT_NOTE_LOCK_DELETED,
  PORT_NOTE_LOCK_WANTED,    /**< Before the command: `exclusive`, `value`: 1 wait, 0 try. */
  PORT_NOTE_LOCK_QUEUED,    /**< The arbiter made it wait: `exclusive`. */
  PORT_NOTE_LOCK_ACQUIRED,  /**< `exclusive`, `waited`, `value`: 1 first level, 0 recursion. */
  PORT_NOTE_LOCK_REFUSED,   /**< A try was not granted: `exclusive`. */
  PORT_NOTE_LOCK_RELEASED,  /**< `value`: 1 last level, 0 still owned; `from`. */
  PORT_NOTE_LOCK_CONVERTED, /**< Exclusive to shared. */
  PORT_NOTE_LOCK_GIVEN,     /**< An owner pointer owns what the thread owned; `value`: 1. */
  PORT_NOTE_LOCK_DRAINED,   /**< Of a killed owner: `exclusive`, `value`: its levels. */
  PORT_NOTE_LOCK_CANCELLED, /**< Of a killed waiter: `exclusive`. */
  /* `apc`, `address` of the KAPC; the thread is its target: */
  PORT_NOTE_APC_QUEUED,
  PORT_NOTE_APC_HELD_BACK, /**< It was queued and may not run now. */
  PORT_NOTE_APC_DELIVERED, /**< Its first routine is about to run. */
  /* Something else that threads wait for: `address`, `from`. */
  PORT_NOTE_OBJECT_INITIALIZED, /**< By nobody in particular: `thread` is 0. */
  PORT_NOTE_OBJECT_RELEASED,
  PORT_NOTE_GRANT_IGNORED, /**< No thread waits in that way: `lock`, `value`: thread slot. */
  PORT_NOTE_DEADLOCK,      /**< Found just now: the thread is in it. */
  PORT_NOTE_BUG_CHECK,     /**< `value`: code. */
};

enum port_note_apc { PORT_APC_SPECIAL, PORT_APC_NORMAL, PORT_APC_USER };

#define PORT_NO_LOCK (~0u)

/** Something happens now, on port_core(). What the kind does not name is 0, `lock` PORT_NO_LOCK. */
struct port_note {
  enum port_note_kind kind;
  unsigned thread;  /**< Its number, in order of creation from 1; 0: the idle thread. */
  const char *name; /**< Its name, for as long as it lives. */
  unsigned core;    /**< The core it belongs to. */
  unsigned lock;    /**< Lock number; those behind the arbiter's are in shared memory. */
  uintptr_t address;
  uintptr_t from; /**< The return address of the call, in the program; 0: not known. */
  enum port_note_apc apc;
  bool exclusive;
  bool waited;
  uint64_t value;
};

/**
 * For observers only: it takes no time and calls nothing of the executive. A machine without an
 * observer, a board, leaves it out.
 */
void port_note(const struct port_note *note) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
