/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The driver: one function per operation of the arbiter, no policy and no state beyond the sizes.
 *
 * Every function acts in the window of the core it is given, for the thread that is current there.
 * Arguments are checked first: LOCKARB_BAD_ARG means that the bus was not touched.
 *
 * A function is more than one access where it arms a command, sets OPERAND or issues by a write.
 * The caller keeps other commands of the same core from coming between: with interrupts off, most
 * often.
 *
 * "Bus" in a comment is the whole cost of LOCKARB_BY_READ. With LOCKARB_BY_WRITE a command is 1
 * write and 1 read, and no command needs the write that arms it. Tests:
 * tests/sw/driver/driver_test.cpp.
 */
#ifndef LOCKARB_DRIVER_LOCKARB_H_
#define LOCKARB_DRIVER_LOCKARB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lockarb_regs.h"

#ifdef __cplusplus
extern "C" {
#endif

enum lockarb_result {
  LOCKARB_OK,
  LOCKARB_BAD_ARG,       /**< An argument is out of range; nothing was read or written. */
  LOCKARB_NO_DEVICE,     /**< ID is not an arbiter's; nothing but ID was read. */
  LOCKARB_OTHER_VERSION, /**< An arbiter with another major version; nothing but ID was read. */
  LOCKARB_NO_STATISTICS, /**< An arbiter that counts none; nothing was read or written. */
  LOCKARB_BAD_SIZES,     /**< PARAMS or LIMITS say what no arbiter has; nothing was written. */
};

/** How commands are issued. Both ways give the same answers. */
enum lockarb_way {
  LOCKARB_BY_READ,  /**< A read of the command aperture, which lockarb_start_core() opens. */
  LOCKARB_BY_WRITE, /**< A write of ISSUE, then a read of ANSWER; the aperture stays closed, so that
                         no stray read is a command. */
};

/** An arbiter, as lockarb_probe() found it. */
struct lockarb {
  uintptr_t base;
  enum lockarb_way way;
  unsigned cores;
  unsigned threads; /**< Thread slots. */
  unsigned locks;
  unsigned max_hold; /**< How often one thread can hold one lock. */
  bool has_statistics;
  bool aperture_was_open; /**< Of the core that probed, for who leaves the device as it was. */
  unsigned read_locks;    /**< Whose commands are one read: all with LOCKARB_BY_READ, else none. */
};

/** What a core needs for the short way to its commands: lockarb_window_of(). */
struct lockarb_window {
  const struct lockarb *device;
  unsigned core;
  uintptr_t base;      /**< Address of the core's window. */
  unsigned read_locks; /**< Of the device; 0 if that or the core is out of range. */
};

/** The answer to a command: what it did, and the lock's counts after it. */
struct lockarb_answer {
  uint8_t status; /**< LOCKARB_STATUS_..., or LOCKARB_STATUS_BAD_ARG. From
                       LOCKARB_STATUS_FIRST_ERROR on nothing changed. */
  uint16_t owners;
  uint16_t shared_waiters;
  uint16_t exclusive_waiters;
};

#define LOCKARB_STATUS_BAD_ARG 0u /**< Never the arbiter's: nothing was read or written. */
#define LOCKARB_STATUS_FIRST_ERROR LOCKARB_STATUS_ERR_NOT_ARMED

/* What a status says, in one compare: as a number, BAD_ARG is before all that the arbiter answers.
 */

/** GRANTED_... or RECURSED_...: the thread owns the lock. */
static inline bool lockarb_is_owned(unsigned status) {
  return status - LOCKARB_STATUS_GRANTED_EXCLUSIVE <=
         LOCKARB_STATUS_RECURSED_SHARED - LOCKARB_STATUS_GRANTED_EXCLUSIVE;
}

/** An error or BAD_ARG: nothing changed. */
static inline bool lockarb_is_refused(unsigned status) {
  return status - (LOCKARB_STATUS_BAD_ARG + 1) >=
         LOCKARB_STATUS_FIRST_ERROR - (LOCKARB_STATUS_BAD_ARG + 1);
}

enum lockarb_kind {
  LOCKARB_EXCLUSIVE = LOCKARB_OP_TRY_EXCLUSIVE,
  LOCKARB_SHARED = LOCKARB_OP_TRY_SHARED,
  LOCKARB_SHARED_STARVE_EXCLUSIVE = LOCKARB_OP_TRY_SHARED_STARVE_EXCLUSIVE,
  LOCKARB_SHARED_WAIT_FOR_EXCLUSIVE = LOCKARB_OP_TRY_SHARED_WAIT_FOR_EXCLUSIVE,
};

enum lockarb_acquire_flags {
  LOCKARB_TRY = 0,                                /**< Never queue. */
  LOCKARB_WAIT = LOCKARB_OP_ACQUIRE_EXCLUSIVE,    /**< Queue if access is not free. */
  LOCKARB_ENTER = LOCKARB_OP_ENTER_TRY_EXCLUSIVE, /**< Enter a critical region in the same clock. */
};

/**
 * Look for an arbiter at base, learn its sizes, and start the calling core.
 *
 * @param core The calling core, in whose window the driver looks.
 * @param way  How this driver issues commands from now on.
 * @return LOCKARB_OK, LOCKARB_NO_DEVICE, LOCKARB_OTHER_VERSION, LOCKARB_BAD_SIZES; *device is set
 *         only on LOCKARB_OK.
 *         LOCKARB_BAD_ARG: also when the arbiter has no window for this core.
 * Bus: 1 read, or 3 on LOCKARB_BAD_SIZES, or 4 and 1 write on LOCKARB_OK.
 */
enum lockarb_result lockarb_probe(struct lockarb *device, uintptr_t base, unsigned core,
                                  enum lockarb_way way);

/**
 * Open the command aperture of the core, or close it, as the way of the device needs it. Each core
 * calls this before its first command; lockarb_probe() has done it for the one that called it.
 *
 * Bus: 1 write.
 */
enum lockarb_result lockarb_start_core(const struct lockarb *device, unsigned core);

/** A field of PARAMS or LIMITS, and what an arbiter can have there. */
struct lockarb_size {
  const char *name;
  unsigned value;
  unsigned min;
  unsigned max;
};

/**
 * Look for the first field that made lockarb_probe() say LOCKARB_BAD_SIZES.
 *
 * @param core The calling core, in whose window the driver looks.
 * @param[out] bad Set on true.
 * @return Whether there is one. Bus: 2 reads.
 */
bool lockarb_bad_size(uintptr_t base, unsigned core, struct lockarb_size *bad);

/**
 * Acquire the lock for the current thread.
 *
 * @param flags LOCKARB_TRY, or LOCKARB_WAIT and LOCKARB_ENTER or'ed.
 * @return GRANTED_..., RECURSED_...: the thread owns the lock. NOT_GRANTED: nothing changed.
 *         WAITING, WAITING_SELF_BLOCK: queued; the grant will come to this core. An error.
 * Bus: 1 read.
 */
static inline struct lockarb_answer lockarb_acquire(const struct lockarb *device, unsigned core,
                                                    unsigned lock, enum lockarb_kind kind,
                                                    unsigned flags);

/** Give back one level. HELD, LEFT, FREED, HANDED_..., or an error. Bus: 1 read. */
static inline struct lockarb_answer lockarb_release(const struct lockarb *device, unsigned core,
                                                    unsigned lock);

/** The same, and leave a critical region in the same clock. Bus: 1 read. */
static inline struct lockarb_answer lockarb_release_and_leave(const struct lockarb *device,
                                                              unsigned core, unsigned lock);

/*
 * The same for who keeps the window of a core: the checks of device and core are made once. It is
 * valid while the device is; one of an argument that is out of range answers BAD_ARG.
 */
static inline struct lockarb_window lockarb_window_of(const struct lockarb *device, unsigned core);
static inline struct lockarb_answer lockarb_acquire_in(const struct lockarb_window *window,
                                                       unsigned lock, enum lockarb_kind kind,
                                                       unsigned flags);
static inline struct lockarb_answer lockarb_release_in(const struct lockarb_window *window,
                                                       unsigned lock);
static inline struct lockarb_answer lockarb_release_and_leave_in(
    const struct lockarb_window *window, unsigned lock);

/** Give back a level of another thread or an owner pointer. Bus: 2 writes, 1 read. */
struct lockarb_answer lockarb_release_for(const struct lockarb *device, unsigned core,
                                          unsigned lock, unsigned thread);

/** Exclusive to shared. CONVERTED, HANDED_SHARED (readers own it too), or an error. Bus: 1 read. */
struct lockarb_answer lockarb_convert(const struct lockarb *device, unsigned core, unsigned lock);

/**
 * Give all levels of the current thread to an owner pointer.
 *
 * @param pointer The thread slot that stands for the pointer.
 * @return DONE; if the pointer was a shared owner already, there is one owner fewer now. An error.
 * Bus: 2 writes, 1 read.
 */
struct lockarb_answer lockarb_set_owner(const struct lockarb *device, unsigned core, unsigned lock,
                                        unsigned pointer);

/**
 * Ask how often the current thread holds the lock.
 *
 * @param[out] count Set on DONE.
 * @return DONE or an error; the counts in the answer are 0. Bus: 1 read.
 */
struct lockarb_answer lockarb_hold_count(const struct lockarb *device, unsigned core, unsigned lock,
                                         unsigned *count);

/** Who follows an exclusive owner when both kinds of waiters are there (contested point C1). */
enum lockarb_order {
  LOCKARB_READERS_FIRST,
  LOCKARB_WRITER_FIRST,
};

/** Who may use a lock (contract part IV, I5). */
enum lockarb_class {
  LOCKARB_PRIVILEGED, /**< Privileged accesses only. */
  LOCKARB_USER,       /**< Unprivileged ones too. */
};

/** Make the lock usable. DONE, ERR_INITIALIZED. Bus: 1 write, 1 read. */
struct lockarb_answer lockarb_initialize(const struct lockarb *device, unsigned core, unsigned lock,
                                         enum lockarb_order order,
                                         enum lockarb_class class_of_lock);

/** Make the lock as new. DONE, DONE_HELD (it was owned), or an error. Bus: 1 write, 1 read. */
struct lockarb_answer lockarb_reinitialize(const struct lockarb *device, unsigned core,
                                           unsigned lock);

/** Make the lock unusable. DONE, DONE_HELD (it was owned), or an error. Bus: 1 write, 1 read. */
struct lockarb_answer lockarb_delete(const struct lockarb *device, unsigned core, unsigned lock);

/**
 * End the wait of a thread.
 *
 * @return CANCELLED; HANDED_SHARED (cancelled, and readers behind it own the lock now);
 *         ALREADY_GRANTED: too late, the thread owns the lock; or an error.
 * Bus: 2 writes, 1 read.
 */
struct lockarb_answer lockarb_cancel(const struct lockarb *device, unsigned core, unsigned lock,
                                     unsigned thread);

/**
 * One step of taking a thread that will never run again off the lock: its wait ends (CANCELLED,
 * HANDED_SHARED), else all its levels are released (LEFT, FREED, HANDED_...), else DONE.
 *
 * Repeat until DONE, for each lock. Bus: 2 writes, 1 read.
 */
struct lockarb_answer lockarb_drain(const struct lockarb *device, unsigned core, unsigned lock,
                                    unsigned thread);

/** What has happened to a lock since it was initialized; times in ticks of the time input. */
struct lockarb_statistics {
  uint32_t acquisitions;
  uint32_t contentions;
  uint32_t longest_wait;
  uint32_t longest_hold;
  uint32_t deepest_queue; /**< Waiters of both kinds. */
};

/**
 * Read the statistics of the lock.
 *
 * @return LOCKARB_OK; else LOCKARB_BAD_ARG or LOCKARB_NO_STATISTICS, and *statistics is not set.
 * Bus: 5 reads.
 */
enum lockarb_result lockarb_read_statistics(const struct lockarb *device, unsigned core,
                                            unsigned lock, struct lockarb_statistics *statistics);

/**
 * Commands of this core act for that thread slot from now on. The slot must not be the current one
 * of another core: the arbiter answers with a bus error.
 *
 * Bus: 1 write.
 */
enum lockarb_result lockarb_set_current_thread(const struct lockarb *device, unsigned core,
                                               unsigned thread);

/** Commands of this core act for nobody from now on. Bus: 1 write. */
enum lockarb_result lockarb_clear_current_thread(const struct lockarb *device, unsigned core);

/**
 * May an access to the arbiter that was answered with an error be done again, when nobody knows
 * whether it was carried out? Reads outside of the command aperture change nothing, but that of
 * TAKE, which tells the second time what the first one did; and a register that is written with the
 * same value is the same. But a command is carried out once for each read of the aperture or write
 * of ISSUE, and a write to GRANT, ERROR or USER_ERROR removes what is the first one then.
 *
 * An error from the arbiter itself says that nothing was carried out (rtl/regs/lockarb.md).
 */
bool lockarb_is_repeatable(uintptr_t offset, bool write);

/** The operation and the lock of an access to the command aperture; false: it is to a register. */
bool lockarb_is_command(uintptr_t offset, unsigned *operation, unsigned *lock);

struct lockarb_grant {
  unsigned thread;
  unsigned lock;
  bool bad; /**< A bit of what the thread does has flipped: the lock may be another one. */
};

/**
 * Look at the oldest grant of the core.
 *
 * @return Whether there is one; *grant is set then. Bus: 1 read.
 */
bool lockarb_first_grant(const struct lockarb *device, unsigned core, struct lockarb_grant *grant);

/** Remove it: the next one is the oldest. Bus: 1 write. */
enum lockarb_result lockarb_remove_grant(const struct lockarb *device, unsigned core);

enum lockarb_taken {
  LOCKARB_NO_GRANT, /**< None, and the current thread waits for nothing: it owns what it queued for.
                     */
  LOCKARB_STILL_WAITS, /**< None, and the current thread waits. Also for a bad argument. */
  LOCKARB_SHOWN,       /**< One that is still there: lockarb_remove_grant() removes it. */
  LOCKARB_TAKEN,       /**< One of the current thread, and it is removed. */
};

struct lockarb_take {
  enum lockarb_taken what;
  bool error;                 /**< lockarb_take_error() has something to take. */
  struct lockarb_grant grant; /**< Where there is one. */
};

/**
 * Look at the oldest grant of the core, and remove it if it is one for the current thread of the
 * core and commands are issued by reads.
 *
 * A thread that waits does this until it is not told LOCKARB_STILL_WAITS or of another thread's
 * grant. So it loses nothing to a read that nobody made, or whose answer got lost: the next one
 * says LOCKARB_NO_GRANT.
 *
 * Bus: 1 read.
 */
struct lockarb_take lockarb_take_own_grant(const struct lockarb *device, unsigned core);
/** The same for who keeps the window of the core. */
static inline struct lockarb_take lockarb_take_in(const struct lockarb_window *window);

/**
 * Take the oldest grant of the core, whose ever it is.
 *
 * @return Whether there was one; *grant is set then. Bus: 1 read, and 1 write if there was one that
 * is not the current thread's.
 */
bool lockarb_take_grant(const struct lockarb *device, unsigned core, struct lockarb_grant *grant);

struct lockarb_error {
  bool user; /**< Of unprivileged code. */
  unsigned status;
  unsigned core;
  unsigned thread;
  unsigned lock;
};

/**
 * Take the first error since the last call: of privileged code, or else of unprivileged code.
 *
 * @return Whether there was one; *error is set then. Bus: 1 read; 1 read and 1 write more if there
 * was one.
 */
bool lockarb_take_error(const struct lockarb *device, unsigned core, struct lockarb_error *error);

/** Set both APC disable counters, laid out as CombinedApcDisable. Bus: 1 write. */
enum lockarb_result lockarb_set_apc_mask(const struct lockarb *device, unsigned core,
                                         uint32_t combined_apc_disable);

/** Set the core's IRQL, 0 to 31. Bus: 1 write. */
enum lockarb_result lockarb_set_irql(const struct lockarb *device, unsigned core, unsigned irql);

/** Say which APCs the running thread has: LOCKARB_APC_PENDING_..._MASK bits. Bus: 1 write. */
enum lockarb_result lockarb_set_apc_pending(const struct lockarb *device, unsigned core,
                                            uint32_t pending);

/** @return LOCKARB_APC_DELIVERABLE_..._MASK bits; 0 for a bad argument. Bus: 1 read. */
uint32_t lockarb_apc_deliverable(const struct lockarb *device, unsigned core);

#ifdef __cplusplus
}
#endif

#include "driver/lockarb_command.h"

#endif
