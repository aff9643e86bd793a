// SPDX-License-Identifier: Apache-2.0
#include "arbiter_subject.h"

#include <gtest/gtest.h>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb::contract {
namespace {

constexpr unsigned kLock = 5;
constexpr unsigned kStranger = kOwners;  // a slot that never owns

unsigned status_of(uint32_t answer) { return answer & LOCKARB_RESULT_STATUS_MASK; }

Result result_of(unsigned status) {
  switch (status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
      return Result::kGrantedExclusive;
    case LOCKARB_STATUS_GRANTED_SHARED:
      return Result::kGrantedShared;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
      return Result::kRecursedExclusive;
    case LOCKARB_STATUS_RECURSED_SHARED:
      return Result::kRecursedShared;
    case LOCKARB_STATUS_NOT_GRANTED:
      return Result::kRefused;
    case LOCKARB_STATUS_WAITING:
      return Result::kWaits;
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      return Result::kWaitsForItself;
    case LOCKARB_STATUS_HELD:
    case LOCKARB_STATUS_LEFT:
    case LOCKARB_STATUS_FREED:
    case LOCKARB_STATUS_HANDED_EXCLUSIVE:
    case LOCKARB_STATUS_HANDED_SHARED:
    case LOCKARB_STATUS_CONVERTED:
    case LOCKARB_STATUS_DONE:
      return Result::kDone;
    case LOCKARB_STATUS_DONE_HELD:
      return Result::kDoneThoughOwned;
    case LOCKARB_STATUS_ERR_NOT_OWNED_SHARED:
      return Result::kNotOwnedShared;
    case LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE:
      return Result::kNotOwnedExclusive;
    case LOCKARB_STATUS_ERR_OWNER_VALUE:
      return Result::kNoOwnerPointer;
    case LOCKARB_STATUS_ERR_CONVERT:
      return Result::kConvertedByStranger;
    case LOCKARB_STATUS_ERR_LOCK:
      return Result::kNotInitialized;
    case LOCKARB_STATUS_ERR_INITIALIZED:
      return Result::kInitializedTwice;
    case LOCKARB_STATUS_ERR_WAITERS:
      return Result::kHasWaiters;
    default:
      return Result::kNotInTheContract;
  }
}

}  // namespace

uint32_t ArbiterSubject::read_register(unsigned core, uint32_t offset) {
  return read(core << LOCKARB_WINDOW_SHIFT | offset);
}
void ArbiterSubject::write_register(unsigned core, uint32_t offset, uint32_t value) {
  write(core << LOCKARB_WINDOW_SHIFT | offset, value);
}
// In both ways in turn: as a read, armed if need be, and as a write.
uint32_t ArbiterSubject::command(unsigned core, unsigned operation) {
  const uint32_t place = place_of(operation, kLock);
  if (commands_++ % 2 != 0) {
    write_register(core, LOCKARB_ISSUE_OFFSET, place);
    return read_register(core, LOCKARB_ANSWER_OFFSET);
  }
  if (needs_arm(operation)) write_register(core, LOCKARB_ARM_OFFSET, place);
  return read_register(core, LOCKARB_COMMAND_OFFSET | place);
}

// The slot is the current one of one core: the core that had it gives it up.
void ArbiterSubject::set_current(unsigned core, unsigned slot) {
  for (unsigned other = 0; other < kCores; ++other) {
    if (other != core && current_[other] == slot) {
      write_register(other, LOCKARB_CURRENT_THREAD_OFFSET, 0);
      current_[other] = kNobody;
    }
  }
  write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | slot);
  current_[core] = slot;
}

// The actor becomes the running thread of its core.
void ArbiterSubject::load(Actor actor) {
  const unsigned core = core_of(actor);
  const Thread &thread = threads_[actor];
  set_current(core, actor);
  write_register(core, LOCKARB_APC_MASK_OFFSET, thread.apc_mask);
  write_register(core, LOCKARB_IRQL_OFFSET, thread.irql);
  write_register(core, LOCKARB_APC_PENDING_OFFSET, thread.apc_pending);
}

Result ArbiterSubject::perform(Actor actor, unsigned operation) {
  const unsigned core = core_of(actor);
  load(actor);
  const unsigned status = status_of(command(core, operation));
  threads_[actor].apc_mask = read_register(core, LOCKARB_APC_MASK_OFFSET);
  threads_[actor].waits =
      status == LOCKARB_STATUS_WAITING || status == LOCKARB_STATUS_WAITING_SELF_BLOCK;
  if (status >= LOCKARB_STATUS_ERR_NOT_ARMED) write_register(core, LOCKARB_ERROR_OFFSET, 0);
  return result_of(status);
}

void ArbiterSubject::begin_scene(bool writer_first) {
  reset();
  threads_ = {};
  current_.fill(kNobody);
  for (unsigned core = 0; core < kCores; ++core) {
    write_register(core, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  }
  writer_first_ = writer_first;
  EXPECT_EQ(change_lifetime(kInitialize), Result::kDone);
}

Result ArbiterSubject::acquire(Actor actor, AcquireRoutine routine, Way way) {
  const unsigned kind = routine == kTryExclusive ? 0 : routine - kExclusive;
  const unsigned waits = way != Way::kTry, enters = way == Way::kEnterRegionAndWait;
  return perform(actor, kind | waits << 2 | enters << 3);
}

Result ArbiterSubject::release(Actor actor, Release routine, Owner owner) {
  if (routine != Release::kForThread) {
    return perform(actor,
                   routine == Release::kOwn ? LOCKARB_OP_RELEASE : LOCKARB_OP_RELEASE_AND_LEAVE);
  }
  write_register(core_of(actor), LOCKARB_OPERAND_OFFSET, owner);
  return perform(actor, LOCKARB_OP_RELEASE_FOR);
}

Result ArbiterSubject::convert(Actor actor) { return perform(actor, LOCKARB_OP_CONVERT); }

Result ArbiterSubject::set_owner(Actor actor, SetOwner, unsigned low_bits) {
  // A driver sends no value, only whether the slot is a pointer's.
  write_register(core_of(actor), LOCKARB_OPERAND_OFFSET,
                 kPointer | (low_bits == 3 ? LOCKARB_OPERAND_POINTER_MASK : 0));
  return perform(actor, LOCKARB_OP_SET_OWNER);
}

Result ArbiterSubject::change_lifetime(LifetimeOperation operation) {
  switch (operation) {
    case kDelete:
      return perform(kHelper, LOCKARB_OP_DELETE);
    case kReinitialize:
      return perform(kHelper, LOCKARB_OP_REINITIALIZE);
    default:
      return perform(kHelper,
                     writer_first_ ? LOCKARB_OP_INITIALIZE_WRITER_FIRST : LOCKARB_OP_INITIALIZE);
  }
}

View ArbiterSubject::look() {
  View view;
  const auto look_as = [&](unsigned slot) { set_current(0, slot); };
  // A refusal names the mode and the counts, and changes nothing but ERROR.
  look_as(kStranger);
  const uint32_t answer = command(0, LOCKARB_OP_RELEASE);
  write_register(0, LOCKARB_ERROR_OFFSET, 0);
  view.exclusive = status_of(answer) == LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE;
  view.owners = (answer & LOCKARB_RESULT_OWNERS_MASK) >> LOCKARB_RESULT_OWNERS_SHIFT;
  view.shared_waiters =
      (answer & LOCKARB_RESULT_SHARED_WAITERS_MASK) >> LOCKARB_RESULT_SHARED_WAITERS_SHIFT;
  view.exclusive_waiters = answer >> LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT;
  view.contentions =
      read_register(0, LOCKARB_STATISTICS_OFFSET + (kLock << LOCKARB_STATISTICS_LOCK_SHIFT) +
                           LOCKARB_CONTENTIONS_OFFSET);
  for (unsigned actor = 0; actor < kActors; ++actor) {
    view.kernel_apc_disable[actor] =
        static_cast<int16_t>(threads_[actor].apc_mask & LOCKARB_APC_MASK_KERNEL_MASK);
    if (threads_[actor].waits) continue;
    look_as(actor);
    const unsigned count =
        command(0, LOCKARB_OP_HOLD_COUNT) >> LOCKARB_HOLD_COUNT_RESULT_COUNT_SHIFT;
    view.holds[actor] = {count, view.exclusive && count != 0};
  }
  return view;
}

std::set<Actor> ArbiterSubject::take_granted() {
  std::set<Actor> granted;
  for (unsigned core = 0; core < kCores; ++core) {
    for (;;) {
      const uint32_t grant = read_register(core, LOCKARB_GRANT_OFFSET);
      if ((grant & LOCKARB_GRANT_VALID_MASK) == 0) break;
      EXPECT_TRUE(interrupt(core)) << "a grant without an interrupt";
      EXPECT_EQ(grant & LOCKARB_GRANT_LOCK_MASK, kLock << LOCKARB_GRANT_LOCK_SHIFT);
      const auto actor =
          static_cast<Actor>((grant & LOCKARB_GRANT_THREAD_MASK) >> LOCKARB_GRANT_THREAD_SHIFT);
      EXPECT_EQ(core, core_of(actor)) << "a grant on another core";
      EXPECT_TRUE(granted.insert(actor).second) << "two grants to " << name_of(actor);
      threads_[actor].waits = false;
      write_register(core, LOCKARB_GRANT_OFFSET, 0);
    }
  }
  return granted;
}

void ArbiterSubject::move_region(Actor actor, Region region, int step) {
  uint32_t &mask = threads_[actor].apc_mask;
  const uint32_t half =
      region == Region::kCritical ? LOCKARB_APC_MASK_KERNEL_MASK : LOCKARB_APC_MASK_SPECIAL_MASK;
  const uint32_t one = half & ~(half << 1);
  mask = (mask & ~half) | ((mask + one * static_cast<uint32_t>(step)) & half);
  load(actor);
}

void ArbiterSubject::set_irql(Actor actor, unsigned irql) {
  threads_[actor].irql = irql;
  load(actor);
}

ApcState ArbiterSubject::apc_state(Actor actor) {
  const uint32_t mask = read_register(core_of(actor), LOCKARB_APC_MASK_OFFSET);
  return {static_cast<int16_t>(mask), static_cast<int16_t>(mask >> 16), {}, {}};
}

void ArbiterSubject::set_pending(Actor actor, uint32_t mask, bool on) {
  uint32_t &pending = threads_[actor].apc_pending;
  pending = on ? pending | mask : pending & ~mask;
  load(actor);
}

void ArbiterSubject::set_in_normal_apc(Actor actor, bool in) {
  set_pending(actor, LOCKARB_APC_PENDING_IN_PROGRESS_MASK, in);
}
void ArbiterSubject::set_alertable(Actor actor, bool alertable) {
  set_pending(actor, LOCKARB_APC_PENDING_ALERTABLE_MASK, alertable);
}
void ArbiterSubject::queue_apc(Actor actor, ApcKind kind) { set_pending(actor, 1u << kind, true); }
void ArbiterSubject::drop_apc(Actor actor, ApcKind kind) { set_pending(actor, 1u << kind, false); }

bool ArbiterSubject::apc_ran(Actor actor, ApcKind kind) {
  const unsigned core = core_of(actor);
  const uint32_t deliverable = read_register(core, LOCKARB_APC_DELIVERABLE_OFFSET);
  EXPECT_EQ(interrupt(core), deliverable != 0);
  return (deliverable >> kind & 1) != 0;
}

}  // namespace lockarb::contract
