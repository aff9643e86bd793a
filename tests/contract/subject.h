// SPDX-License-Identifier: Apache-2.0
// Subject: one thing that keeps the contract, RTL, reference model or wdm.h, on host threads or on
// RISC-V cores, told what to do and looked at in the words of the contract. The suite runs on all
// of them and knows none.
#pragma once

#include <array>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "sim/reference/contract_tables.h"

namespace lockarb::contract {

// Threads, by what they do in a scene.
enum Actor : unsigned {
  kMe,
  kOther,
  kOther2,
  kWriter,
  kWriter2,
  kReader,
  kReader2,
  kHelper,  // never waits
  kActors
};
const char *name_of(unsigned owner);
std::ostream &operator<<(std::ostream &out, Actor actor);

// Who can own: an actor, or the one owner pointer of a scene.
using Owner = unsigned;
constexpr Owner kPointer = kActors;
constexpr unsigned kOwners = kActors + 1;

enum class Way { kTry, kWait, kEnterRegionAndWait };
enum class Release { kOwn, kForThread, kAndLeaveRegion };
enum class SetOwner { kPlain, kEx };

enum class Result {
  kGrantedExclusive,
  kGrantedShared,
  kRecursedExclusive,
  kRecursedShared,
  kRefused,
  kWaits,
  kWaitsForItself,
  kDone,
  kDoneThoughOwned,  // with the warning
  kNotOwnedShared,   // 0xE3, P4=3
  kNotOwnedExclusive,
  kConvertedByStranger,
  kNoOwnerPointer,
  kHasWaiters,
  kInitializedTwice,
  kNotInitialized,
  kNotInTheContract,
};
std::ostream &operator<<(std::ostream &out, Result result);

struct Hold {
  unsigned count = 0;
  bool exclusive = false;
};

// All that can be seen of the lock and its threads.
struct View {
  bool exclusive = false;
  unsigned owners = 0;
  unsigned shared_waiters = 0;
  unsigned exclusive_waiters = 0;
  unsigned contentions = 0;
  // Nobody can ask for a thread that waits.
  std::array<std::optional<Hold>, kActors> holds;
  std::array<int, kActors> kernel_apc_disable = {};
};
bool operator==(const View &a, const View &b);
std::ostream &operator<<(std::ostream &out, const View &view);

enum class Region { kCritical, kGuarded };
enum ApcKind { kSpecialApc, kNormalApc, kUserApc };

struct ApcState {
  int kernel = 0;   // KernelApcDisable
  int special = 0;  // SpecialApcDisable
  // KeAreApcsDisabled(), KeAreAllApcsDisabled(); the arbiter has no such question.
  std::optional<bool> apcs_disabled, all_apcs_disabled;
};

class Subject {
 public:
  virtual ~Subject() = default;

  // All else happens in `body`, which runs once on the subject's machine.
  virtual void run(const std::function<void()> &body) { body(); }

  // A scene: a new lock and new threads. It is ended if it went as expected, its lock deleted.
  virtual void begin_scene(bool writer_first) = 0;
  virtual void end_scene() {}

  virtual Result acquire(Actor actor, AcquireRoutine routine, Way way) = 0;
  // kForThread: by the actor for the owner; else the owner is the actor.
  virtual Result release(Actor actor, Release routine, Owner owner) = 0;
  virtual Result convert(Actor actor) = 0;
  // To a pointer with those two low bits; with 3 it is kPointer.
  virtual Result set_owner(Actor actor, SetOwner routine, unsigned low_bits) = 0;
  virtual Result change_lifetime(LifetimeOperation operation) = 0;

  virtual View look() = 0;
  // Whose waits have ended since the last time.
  virtual std::set<Actor> take_granted() = 0;

  // E
  virtual void move_region(Actor actor, Region region, int step) = 0;
  virtual void set_irql(Actor actor, unsigned irql) = 0;
  virtual ApcState apc_state(Actor actor) = 0;
  // N: it runs in a normal APC from now on, or no longer.
  virtual void set_in_normal_apc(Actor actor, bool in) = 0;
  // Its waits are alertable, in UserMode.
  virtual void set_alertable(Actor actor, bool alertable) = 0;
  virtual void queue_apc(Actor actor, ApcKind kind) = 0;
  // Whether the one that was queued has run, or would now.
  virtual bool apc_ran(Actor actor, ApcKind kind) = 0;
  // Off the queue, if it is there.
  virtual void drop_apc(Actor actor, ApcKind kind) = 0;
};

struct NamedSubject {
  const char *name;
  std::unique_ptr<Subject> (*make)();
};
void PrintTo(const NamedSubject &subject, std::ostream *out);
// Those of this program: subjects.cpp, or soc_subject.cpp.
std::vector<NamedSubject> subjects();

std::unique_ptr<Subject> make_rtl_subject();
std::unique_ptr<Subject> make_reference_subject();
std::unique_ptr<Subject> make_wdm_subject();           // on locks of the arbiter
std::unique_ptr<Subject> make_software_wdm_subject();  // on locks in shared memory

}  // namespace lockarb::contract
