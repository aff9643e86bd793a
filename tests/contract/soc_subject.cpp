// SPDX-License-Identifier: Apache-2.0
// wdm.h on RISC-V cores: the actors are threads of actors.c on the SoC of rtl/soc, in Verilator.
// What they are to do, and what came of it, goes through words of its memory.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors.h"
#include "calls.h"
#include "result.h"
#include "sim/soc/image.h"
#include "sim/soc/machine.h"
#include "subject.h"

namespace lockarb::contract {
namespace {

// Of one request; a bug check takes 60 000, most of them for what it prints.
constexpr std::uint64_t kMostClocks = 2'000'000;
constexpr unsigned kCores = 4;

static_assert(ACTORS == int{kActors} && ACTOR_HELPER == int{kHelper} &&
              ACTOR_POINTER == int{kPointer});

class SocSubject : public Subject {
 public:
  void run(const std::function<void()> &body) override {
    start();
    body();
  }

  void begin_scene(bool writer_first) override {
    if (testing::Test::HasFailure()) start();  // threads of a scene that went wrong are in use
    flags_ = writer_first ? LOCKARB_RESOURCE_WRITER_FIRST : 0;
    was_waiting_.clear();
    ask(ACTORS_BEGIN, kHelper, flags_);
    EXPECT_EQ(actors_.actors[kHelper].result, CALL_OK) << printed_;
  }
  void end_scene() override { ask(ACTORS_END, kHelper); }

  Result acquire(Actor actor, AcquireRoutine routine, Way way) override {
    return call(ACTORS_ACQUIRE, actor, actor, routine, static_cast<std::uint32_t>(way),
                [this, actor] { return result_of_acquire(actors_.actors[actor].result); });
  }
  Result release(Actor actor, Release routine, Owner owner) override {
    const Owner named = routine == Release::kForThread ? owner : actor;
    return call(ACTORS_RELEASE, actor, named, static_cast<std::uint32_t>(routine), owner, done);
  }
  Result convert(Actor actor) override { return call(ACTORS_CONVERT, actor, actor, 0, 0, done); }
  Result set_owner(Actor actor, SetOwner routine, unsigned low_bits) override {
    return call(ACTORS_SET_OWNER, actor, actor, routine == SetOwner::kEx, low_bits, done);
  }
  Result change_lifetime(LifetimeOperation operation) override {
    return call(ACTORS_LIFETIME, kHelper, kHelper, operation, flags_, [this] {
      if (actors_.actors[kHelper].result != CALL_OK) return Result::kNotInTheContract;
      return was_owned(printed_) ? Result::kDoneThoughOwned : Result::kDone;
    });
  }

  View look() override {
    ask(ACTORS_LOOK, kHelper);
    View view;
    for (unsigned actor = 0; actor < kActors; ++actor) {
      const actor_view &seen = actors_.actors[actor];
      if (seen.number == 0) {
        view.holds[actor] = Hold();
      } else if (!seen.busy) {
        view.holds[actor] = Hold{seen.hold_count, seen.hold_exclusive != 0};
      }
      view.kernel_apc_disable[actor] = seen.kernel_apc_disable;
    }
    view.exclusive = actors_.exclusive != 0;
    view.owners = actors_.owners;
    view.shared_waiters = actors_.shared_waiters;
    view.exclusive_waiters = actors_.exclusive_waiters;
    view.contentions = actors_.contentions;
    return view;
  }
  std::set<Actor> take_granted() override {
    std::set<Actor> granted;
    for (const Actor actor : was_waiting_) {
      if (!actors_.actors[actor].busy) granted.insert(actor);
    }
    for (const Actor actor : granted) was_waiting_.erase(actor);
    return granted;
  }

  void move_region(Actor actor, Region region, int step) override {
    have_done(ACTORS_REGION, actor, region == Region::kGuarded, step < 0);
  }
  void set_irql(Actor actor, unsigned irql) override { have_done(ACTORS_IRQL, actor, irql); }
  ApcState apc_state(Actor actor) override {
    have_done(ACTORS_APC_STATE, actor);
    ApcState state;
    state.kernel = actors_.kernel_apc_disable;
    state.special = actors_.special_apc_disable;
    state.apcs_disabled = actors_.apcs_disabled != 0;
    state.all_apcs_disabled = actors_.all_apcs_disabled != 0;
    return state;
  }
  void set_in_normal_apc(Actor actor, bool in) override { ask(ACTORS_IN_APC, actor, in); }
  void set_alertable(Actor actor, bool alertable) override {
    have_done(ACTORS_ALERTABLE, actor, alertable);
  }
  void queue_apc(Actor actor, ApcKind kind) override { ask(ACTORS_QUEUE_APC, actor, kind); }
  bool apc_ran(Actor actor, ApcKind kind) override {
    read_actors();
    return actors_.actors[actor].ran[kind] != 0;
  }
  void drop_apc(Actor actor, ApcKind kind) override { ask(ACTORS_DROP_APC, actor, kind); }

 private:
  static Result done() { return Result::kDone; }

  void start() {
    machine_ = soc::make_machine();
    for (const soc::Segment &part :
         soc::read_image(CONTRACT_ACTORS, soc::kMemoryBase, SOC_MEMORY_KIB * 1024, "")) {
      machine_->load(part.address, part.bytes);
    }
    place_ = soc::find_symbol(CONTRACT_ACTORS, "lockarb_actors").value();
    actors_ = {};
    machine_->start(kCores);
  }

  // What the cores have written, and not what this side writes.
  void read_actors() {
    std::uint32_t words[sizeof(actors) / 4];
    for (std::size_t i = 0; i < std::size(words); ++i)
      words[i] = machine_->read(place_ + 4 * static_cast<std::uint32_t>(i));
    std::memcpy(&actors_, words, sizeof words);
  }
  void write(std::size_t offset, std::uint32_t word) {
    std::vector<std::uint8_t> bytes(4);
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
    machine_->load(place_ + static_cast<std::uint32_t>(offset), bytes);
  }

  void ask(actor_request request, Actor actor, std::uint32_t first = 0, std::uint32_t second = 0) {
    write(offsetof(actors, request), request);
    write(offsetof(actors, actor), actor);
    write(offsetof(actors, arguments), first);
    write(offsetof(actors, arguments) + 4, second);
    const std::uint32_t asked = actors_.asked + 1;
    write(offsetof(actors, asked), asked);
    const std::uint32_t done_at = place_ + offsetof(actors, done);
    const std::uint64_t limit = machine_->clocks() + kMostClocks;
    while (machine_->read(done_at) != asked) {
      if (machine_->ended() || machine_->clocks() >= limit) {
        throw std::runtime_error("the cores have not done request " + std::to_string(request) +
                                 " for " + name_of(actor) + ": " + machine_->take_console());
      }
      machine_->clock();
    }
    printed_ = machine_->take_console();
    read_actors();
  }

  // What does not wait for the lock.
  void have_done(actor_request request, Actor actor, std::uint32_t first = 0,
                 std::uint32_t second = 0) {
    ask(request, actor, first, second);
    EXPECT_FALSE(actors_.actors[actor].busy)
        << name_of(actor) << " has not come back: " << printed_;
  }

  // named: the owner that the call is about. came_back: what it came to if it did.
  template <class CameBack>
  Result call(actor_request request, Actor actor, Owner named, std::uint32_t first,
              std::uint32_t second, CameBack came_back) {
    ask(request, actor, first, second);
    const actor_view &by = actors_.actors[actor];
    if (actors_.bug_check != 0) {
      const auto thread = [this](Owner owner) {
        return owner == kPointer ? "" : "thread " + std::to_string(actors_.actors[owner].number);
      };
      return result_of_bug_check(printed_, "lock " + std::to_string(actors_.lock), thread(actor),
                                 thread(named));
    }
    if (!by.busy) return came_back();
    EXPECT_TRUE(by.waits) << name_of(actor) << " has not come back and does not wait: " << printed_;
    was_waiting_.insert(actor);
    return waits_for_itself(printed_) ? Result::kWaitsForItself : Result::kWaits;
  }

  std::unique_ptr<soc::Machine> machine_;
  std::uint32_t place_ = 0;
  actors actors_{};
  std::string printed_;  // since the last request
  std::uint32_t flags_ = 0;
  std::set<Actor> was_waiting_;
};

std::unique_ptr<Subject> make_soc_subject() { return std::make_unique<SocSubject>(); }

}  // namespace

std::vector<NamedSubject> subjects() { return {{"OnCores", make_soc_subject}}; }

}  // namespace lockarb::contract
