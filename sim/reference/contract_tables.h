// SPDX-License-Identifier: Apache-2.0
// The tables of the contract, part II, in its own words.
//
// This is the one place where it is decided what a lock does. ReferenceModel carries out the words
// that it finds here; the tests hold RTL and software against them.
#pragma once

#include <array>

namespace lockarb::contract {

// How a thread stands to a lock. Owner pointers are other threads to every thread.
enum class Standing {
  kFree,
  kExclusiveMine,
  kExclusiveOther,
  kSharedMine,
  kSharedOthers,
  kSharedMineAndOthers,
};

// A state of the tables: "X(me), Ew+Sw". In table B, t reads as me and u as other.
struct LockState {
  Standing standing = Standing::kFree;
  bool exclusive_waiters = false;  // Ew
  bool shared_waiters = false;     // Sw
  bool writer_first = false;       // the mode bit, where a row names it
};
LockState parse_state(const char *words);

// A. Acquires: "FALSE / WAIT-x" is the result for Wait=FALSE / Wait=TRUE, one word is both.
enum AcquireRoutine {
  kTryExclusive,
  kExclusive,
  kShared,
  kStarveExclusive,
  kSharedWaitForExclusive,
  kAcquireRoutines,
};
struct AcquireRow {
  const char *state;
  const char *routine[kAcquireRoutines];
};
extern const std::array<AcquireRow, 18> kAcquireTable;

enum class AcquireWord {
  kUnreachable,  // of a state that no row has
  kGrantX,
  kGrantS,
  kRecX,
  kRecS,
  kFalse,
  kWaitE,
  kWaitS,
  kWaitESelfBlock,
  kWaitSSelfBlock,
};
AcquireWord parse_acquire(const char *cell, bool wait);

// B. Release by owner t. "any" is written out.
struct ReleaseRow {
  const char *state;
  const char *more_than_one;  // t's count > 1
  const char *one;            // t's count = 1
  const char *no_owner;       // t not an owner
};
extern const std::array<ReleaseRow, 16> kReleaseTable;

enum class ReleaseWord {
  kUnreachable,
  kCount,            // count-1
  kFree,             // -> FREE
  kAllShared,        // -> S(all shared waiters)
  kHeadOfExclusive,  // -> X(head of exclusive queue)
  kEntryRemoved,     // entry(t) removed, nobody woken
  kNotOwnedShared,   // ERR_NOT_OWNED (0xE3, P4=3)
  kNotOwnedExclusive,
};
ReleaseWord parse_release(const char *cell);

// C. Convert. The last row is for all states that no other row has.
struct ConvertRow {
  const char *state;
  const char *outcome;
};
extern const std::array<ConvertRow, 5> kConvertTable;

enum class ConvertWord { kError, kMine, kMineAndAllShared };
ConvertWord parse_convert(const char *cell);

// D. SetOwnerPointer(p).
enum OwnerColumn { kOwnsExclusive, kOwnsShared, kOwnsSharedAsPointerDoes, kOwnsNot, kOwnerColumns };
struct OwnerRow {
  const char *pointer;
  const char *column[kOwnerColumns];
};
extern const std::array<OwnerRow, 2> kOwnerTable;

enum class OwnerWord { kRenamed, kAdded, kNotOwned, kError };
OwnerWord parse_owner(const char *cell);

// D. Lifetime. The contract's states are those of a lock that is initialized.
enum LifetimeColumn { kNotInitialized, kNotOwned, kOwned, kWaiters, kLifetimeColumns };
struct LifetimeRow {
  const char *operation;
  const char *column[kLifetimeColumns];
};
enum LifetimeOperation { kDelete, kReinitialize, kInitialize, kLifetimeOperations };
extern const std::array<LifetimeRow, kLifetimeOperations> kLifetimeTable;

enum class LifetimeWord { kNoLock, kFreed, kFreedHeld, kZero, kZeroHeld, kWaiters, kSecond };
LifetimeWord parse_lifetime(const char *cell);

// E. What may run, by K = KernelApcDisable, P = SpecialApcDisable and IRQL.
struct ApcRow {
  bool kernel;                            // K != 0
  bool special;                           // P != 0
  bool apc_level;                         // IRQL >= APC_LEVEL
  bool apcs_disabled, all_apcs_disabled;  // KeAreApcsDisabled(), KeAreAllApcsDisabled()
  const char *special_apc, *normal_apc, *user_apc;
};
extern const std::array<ApcRow, 8> kApcTable;

enum class ApcWord { kNo, kYes, kIfNoneInProgress, kIfAlertable };
ApcWord parse_apc(const char *cell);

}  // namespace lockarb::contract
