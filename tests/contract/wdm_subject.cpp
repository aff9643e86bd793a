// SPDX-License-Identifier: Apache-2.0
// wdm.h on the whole platform: actors are threads of the executive, on four cores, that do what
// they are sent; the scene is set and looked at by the first thread, on a core of its own.
#include <gtest/gtest.h>
#include <lockarb_resource.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

#include "calls.h"
#include "result.h"
#include "sim/platform/platform.h"
#include "subject.h"

namespace lockarb::contract {
namespace {

// Far longer than any call takes; what has not come back by then waits. It costs nothing: the
// simulated clock jumps.
constexpr ULONG kQuietMicroseconds = 100;

struct Worker {
  HANDLE handle;
  PKTHREAD thread;
  ULONG number;
  KEVENT call;
  std::function<void()> body;  // what it is to do; none: return
  bool busy = false;
  bool was_waiting = false;
  bool alertable = false;
  Result result;
  Hold hold;
  std::jmp_buf refused;  // behind the call, for a bug check
  KAPC in_progress;
  KAPC apcs[3];
  bool ran[3];
};

class WdmSubject : public Subject {
 public:
  explicit WdmSubject(ULONG flags) : flags_(flags) {}

  void run(const std::function<void()> &body) override;
  void begin_scene(bool writer_first) override;
  void end_scene() override;
  Result acquire(Actor actor, AcquireRoutine routine, Way way) override;
  Result release(Actor actor, Release routine, Owner owner) override;
  Result convert(Actor actor) override;
  Result set_owner(Actor actor, SetOwner routine, unsigned low_bits) override;
  Result change_lifetime(LifetimeOperation operation) override;
  View look() override;
  std::set<Actor> take_granted() override;
  void move_region(Actor actor, Region region, int step) override;
  void set_irql(Actor actor, unsigned irql) override;
  ApcState apc_state(Actor actor) override;
  void set_in_normal_apc(Actor actor, bool in) override;
  void set_alertable(Actor actor, bool alertable) override;
  void queue_apc(Actor actor, ApcKind kind) override;
  bool apc_ran(Actor actor, ApcKind kind) override;
  void drop_apc(Actor actor, ApcKind kind) override;

 private:
  void observe(const struct port_note &note);
  static void work(Worker &self);
  Worker &worker(Actor actor);
  void wait_until_quiet();
  void send(Worker &to, const std::function<void()> &body);
  void have_done(Actor actor, const std::function<void()> &body);
  Result perform(Actor actor, const std::function<Result()> &body);
  std::string thread_text(Owner owner) const;
  PVOID owner_pointer(unsigned low_bits) { return reinterpret_cast<char *>(&pointed_) + low_bits; }

  const ULONG flags_;
  bool writer_first_ = false;
  std::unique_ptr<ERESOURCE> resource_;
  std::array<std::unique_ptr<Worker>, kActors> workers_;
  std::map<unsigned, unsigned> lock_awaited_;  // by number of thread
  std::string printed_;                        // in the current call
  bool stopped_ = false;
  Owner named_ = kMe;  // the owner that the current call is about
  uint64_t pointed_ = 0;
};

void WdmSubject::run(const std::function<void()> &body) {
  PlatformConfig config;
  config.cores = 5;
  config.first = [](void *body) { (*static_cast<const std::function<void()> *>(body))(); };
  config.argument = const_cast<std::function<void()> *>(&body);
  config.observer = [this](const struct port_note &note, uint64_t) { observe(note); };
  config.print = [this](const char *text) { printed_ += text; };
  Platform machine(config);
  // Threads of a scene that went wrong are left as they are.
  const lockarb::Outcome outcome = machine.run();
  if (!testing::Test::HasFailure()) {
    EXPECT_EQ(outcome, lockarb::Outcome::kEnded) << printed_;
  }
}

// A bug check stops the machine (BugChecks.*). Here the thread goes on behind the call that was
// refused, as a debugger could make it, so that all that the refusal left can be looked at.
void WdmSubject::observe(const struct port_note &note) {
  if (note.kind == PORT_NOTE_THREAD_WAITING) lock_awaited_[note.thread] = note.lock;
  if (note.kind == PORT_NOTE_THREAD_READY) lock_awaited_.erase(note.thread);
  if (note.kind != PORT_NOTE_BUG_CHECK) return;
  for (const auto &worker : workers_) {
    if (worker == nullptr || worker->number != note.thread) continue;
    stopped_ = true;
    std::longjmp(worker->refused, 1);
  }
}

void WdmSubject::work(Worker &self) {
  for (;;) {
    const NTSTATUS status = KeWaitForSingleObject(
        &self.call, Executive, self.alertable ? UserMode : KernelMode, self.alertable, nullptr);
    if (status == STATUS_USER_APC) continue;
    if (!self.body) return;
    if (setjmp(self.refused) == 0) {
      self.body();
    } else {
      port_interrupts_restore(true);  // a stop turns them off
    }
    self.busy = false;
  }
}

Worker &WdmSubject::worker(Actor actor) {
  std::unique_ptr<Worker> &worker = workers_[actor];
  if (worker != nullptr) return *worker;
  worker = std::make_unique<Worker>();
  KeInitializeEvent(&worker->call, SynchronizationEvent, FALSE);
  lockarb_thread_options options = {};
  options.name = name_of(actor);
  options.core = 1 + actor % 4;
  EXPECT_EQ(lockarb_create_thread(
                &worker->handle, [](PVOID worker) { work(*static_cast<Worker *>(worker)); },
                worker.get(), &options),
            STATUS_SUCCESS);
  PVOID thread;
  EXPECT_EQ(ObReferenceObjectByHandle(worker->handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                      &thread, nullptr),
            STATUS_SUCCESS);
  worker->thread = static_cast<PKTHREAD>(thread);
  worker->number = lockarb_thread_number(worker->thread);
  return *worker;
}

void WdmSubject::wait_until_quiet() { KeStallExecutionProcessor(kQuietMicroseconds); }

void WdmSubject::send(Worker &to, const std::function<void()> &body) {
  EXPECT_FALSE(to.busy) << "a thread that waits cannot do anything";
  to.body = body;
  to.busy = static_cast<bool>(body);
  KeSetEvent(&to.call, 0, FALSE);
}

// What does not wait for the lock.
void WdmSubject::have_done(Actor actor, const std::function<void()> &body) {
  send(worker(actor), body);
  wait_until_quiet();
  EXPECT_FALSE(worker(actor).busy) << name_of(actor) << " has not come back: " << printed_;
}

Result WdmSubject::perform(Actor actor, const std::function<Result()> &body) {
  printed_.clear();
  stopped_ = false;
  Worker &by = worker(actor);
  send(by, [&by, body] { by.result = body(); });
  wait_until_quiet();
  if (stopped_) {
    return result_of_bug_check(printed_, "lock " + std::to_string(resource_->lockarb_lock),
                               thread_text(actor), thread_text(named_));
  }
  if (!by.busy) return by.result;
  const auto awaited = lock_awaited_.find(by.number);
  EXPECT_TRUE(awaited != lock_awaited_.end() && awaited->second == resource_->lockarb_lock)
      << name_of(actor) << " has not come back and does not wait: " << printed_;
  by.was_waiting = true;
  return waits_for_itself(printed_) ? Result::kWaitsForItself : Result::kWaits;
}

std::string WdmSubject::thread_text(Owner owner) const {
  if (owner == kPointer) return "";
  const Worker *worker =
      workers_[owner].get();  // none: it has done nothing, so no call is about it
  return "thread " + std::to_string(worker != nullptr ? worker->number : 0);
}

void WdmSubject::begin_scene(bool writer_first) {
  // Those of a scene that went wrong are still in use.
  for (auto &worker : workers_) (void)worker.release();
  (void)resource_.release();
  resource_ = std::make_unique<ERESOURCE>();
  std::memset(static_cast<void *>(resource_.get()), 0xCC, sizeof(ERESOURCE));
  lock_awaited_.clear();
  writer_first_ = writer_first;
  EXPECT_EQ(change_lifetime(kInitialize), Result::kDone);
}

void WdmSubject::end_scene() {
  for (auto &worker : workers_) {
    if (worker == nullptr) continue;
    send(*worker, nullptr);
    EXPECT_EQ(ZwWaitForSingleObject(worker->handle, FALSE, nullptr), STATUS_SUCCESS);
    ObDereferenceObject(worker->thread);
    ZwClose(worker->handle);
    worker.reset();
  }
  resource_.reset();
}

Result WdmSubject::acquire(Actor actor, AcquireRoutine routine, Way way) {
  return perform(actor, [resource = resource_.get(), routine, way] {
    return result_of_acquire(call_acquire(resource, routine, static_cast<ULONG>(way)));
  });
}

Result WdmSubject::release(Actor actor, Release routine, Owner owner) {
  PERESOURCE resource = resource_.get();
  named_ = routine == Release::kForThread ? owner : actor;
  const auto value =
      owner == kPointer
          ? reinterpret_cast<ERESOURCE_THREAD>(owner_pointer(3))
          : reinterpret_cast<ERESOURCE_THREAD>(worker(static_cast<Actor>(owner)).thread);
  return perform(actor, [=] {
    call_release(resource, static_cast<ULONG>(routine), value);
    return Result::kDone;
  });
}

Result WdmSubject::convert(Actor actor) {
  return perform(actor, [resource = resource_.get()] {
    ExConvertExclusiveToSharedLite(resource);
    return Result::kDone;
  });
}

Result WdmSubject::set_owner(Actor actor, SetOwner routine, unsigned low_bits) {
  PERESOURCE resource = resource_.get();
  const PVOID pointer = owner_pointer(low_bits);
  named_ = actor;
  return perform(actor, [=] {
    call_set_owner(resource, routine == SetOwner::kEx, pointer);
    return Result::kDone;
  });
}

Result WdmSubject::change_lifetime(LifetimeOperation operation) {
  PERESOURCE resource = resource_.get();
  const ULONG flags = flags_ | (writer_first_ ? LOCKARB_RESOURCE_WRITER_FIRST : 0);
  const Result result = perform(kHelper, [=] {
    return call_lifetime(resource, operation, flags) == CALL_OK ? Result::kDone
                                                                : Result::kNotInTheContract;
  });
  return result == Result::kDone && was_owned(printed_) ? Result::kDoneThoughOwned : result;
}

View WdmSubject::look() {
  PERESOURCE resource = resource_.get();
  View view;
  for (auto &worker : workers_) {
    if (worker == nullptr || worker->busy) continue;
    send(*worker, [resource, hold = &worker->hold] {
      hold->count = ExIsResourceAcquiredSharedLite(resource);
      hold->exclusive = ExIsResourceAcquiredExclusiveLite(resource);
    });
  }
  wait_until_quiet();
  for (unsigned actor = 0; actor < kActors; ++actor) {
    const Worker *worker = workers_[actor].get();
    if (worker == nullptr) {
      view.holds[actor] = Hold();
      continue;
    }
    if (!worker->busy) view.holds[actor] = worker->hold;
    view.kernel_apc_disable[actor] = worker->thread->KernelApcDisable;
  }
  view.exclusive = (resource->Flag & ResourceOwnedExclusive) != 0;
  view.owners = resource->ActiveEntries;
  view.shared_waiters = ExGetSharedWaiterCount(resource);
  view.exclusive_waiters = ExGetExclusiveWaiterCount(resource);
  view.contentions = resource->ContentionCount;
  return view;
}

std::set<Actor> WdmSubject::take_granted() {
  std::set<Actor> granted;
  for (unsigned actor = 0; actor < kActors; ++actor) {
    Worker *worker = workers_[actor].get();
    if (worker == nullptr || !worker->was_waiting || worker->busy) continue;
    worker->was_waiting = false;
    granted.insert(static_cast<Actor>(actor));
  }
  return granted;
}

void WdmSubject::move_region(Actor actor, Region region, int step) {
  have_done(actor, [=] { call_region(region == Region::kGuarded, step < 0); });
}

void WdmSubject::set_irql(Actor actor, unsigned irql) {
  have_done(actor, [irql] { call_irql(static_cast<KIRQL>(irql)); });
}

ApcState WdmSubject::apc_state(Actor actor) {
  ApcState state;
  have_done(actor, [&] {
    state.kernel = KeGetCurrentThread()->KernelApcDisable;
    state.special = KeGetCurrentThread()->SpecialApcDisable;
    state.apcs_disabled = KeAreApcsDisabled();
    state.all_apcs_disabled = KeAreAllApcsDisabled();
  });
  return state;
}

// The kernel routines of normal and user APCs do nothing.
VOID kernel_routine(PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}

// The actor takes its calls inside of the APC's normal routine.
void WdmSubject::set_in_normal_apc(Actor actor, bool in) {
  Worker &who = worker(actor);
  if (in) {
    KeInitializeApc(
        &who.in_progress, who.thread, OriginalApcEnvironment, kernel_routine, nullptr,
        [](PVOID worker, PVOID, PVOID) { work(*static_cast<Worker *>(worker)); }, KernelMode, &who);
    EXPECT_TRUE(KeInsertQueueApc(&who.in_progress, nullptr, nullptr, 0));
  } else {
    send(who, nullptr);
  }
  wait_until_quiet();
}

void WdmSubject::set_alertable(Actor actor, bool alertable) {
  have_done(actor, [who = &worker(actor), alertable] { who->alertable = alertable; });
}

void WdmSubject::queue_apc(Actor actor, ApcKind kind) {
  Worker &who = worker(actor);
  who.ran[kind] = false;
  const PKKERNEL_ROUTINE note_special = [](PKAPC apc, PKNORMAL_ROUTINE *, PVOID *, PVOID *ran,
                                           PVOID *) {
    (void)apc;
    *static_cast<bool *>(*ran) = true;
  };
  const PKNORMAL_ROUTINE note = [](PVOID, PVOID ran, PVOID) { *static_cast<bool *>(ran) = true; };
  KeInitializeApc(&who.apcs[kind], who.thread, OriginalApcEnvironment,
                  kind == kSpecialApc ? note_special : kernel_routine, nullptr,
                  kind == kSpecialApc ? nullptr : note, kind == kUserApc ? UserMode : KernelMode,
                  nullptr);
  EXPECT_TRUE(KeInsertQueueApc(&who.apcs[kind], &who.ran[kind], nullptr, 0));
  wait_until_quiet();
}

bool WdmSubject::apc_ran(Actor actor, ApcKind kind) { return worker(actor).ran[kind]; }

void WdmSubject::drop_apc(Actor actor, ApcKind kind) {
  KeRemoveQueueApc(&worker(actor).apcs[kind]);
}

}  // namespace

std::unique_ptr<Subject> make_wdm_subject() { return std::make_unique<WdmSubject>(0); }
std::unique_ptr<Subject> make_software_wdm_subject() {
  return std::make_unique<WdmSubject>(LOCKARB_RESOURCE_SOFTWARE);
}

}  // namespace lockarb::contract
