// SPDX-License-Identifier: Apache-2.0
// A thread that waits for a lock keeps its core as long as nobody else needs it (sw/README.md,
// "Waiting"). Whatever happens there, at each tick from before the wait to behind the hand-off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "driver/lockarb_regs.h"
#include "hal/mmio.h"
#include "wdm/resource_fixture.h"

namespace lockarb {
namespace {

class Stay : public Resource {
 protected:
  static constexpr uint64_t kBegins = 50000, kHandOff = kBegins + 300;
  static constexpr uint64_t kFirst = kBegins - 100, kLast = kHandOff + 150;
  static constexpr uint64_t kSoon = 250;  // an interrupt, a switch and an APC, at most

  static void stall_until(uint64_t time) {
    if (port_time() < time) port_spend(time - port_time());
  }

  // The waiter is on core 1, the owner that hands over on core 0, and `act` happens on core 2.
  void at_each_tick(const std::function<void(PKTHREAD waiter)> &act,
                    const std::function<void()> &check) {
    for (at_ = kFirst; at_ < kLast && !HasFailure(); at_++) {
      MachineConfig config;
      config.cores = 3;
      build(config);
      acted_ = acquired_ = ran_ = 0;
      runs_ = 0;
      KeInitializeEvent(&event_, NotificationEvent, FALSE);
      with_resource([&] {
        lockarb_set_patience(patience_);
        const HANDLE other = other_ ? spawn(other_, {"other", 1, priority_}) : nullptr;
        const HANDLE waiter = spawn([this] { wait_for_it(); }, {"waiter", 1});
        PKTHREAD thread = object(waiter);
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
        const HANDLE actor = spawn(
            [&] {
              stall_until(at_);
              acted_ = port_time();
              act(thread);
            },
            {"actor", 2});
        stall_until(kHandOff);
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        join(actor), join(waiter);
        if (other != nullptr) join(other);
        ObDereferenceObject(thread);
      });
      check();
      EXPECT_FALSE(HasFailure()) << "at tick " << at_;
    }
  }

  // One that runs says when.
  void runs() {
    ran_ = port_time();
    runs_++;
  }
  void queue(PKTHREAD thread, PKNORMAL_ROUTINE normal, KPROCESSOR_MODE mode) {
    KeInitializeApc(&apc_, thread, OriginalApcEnvironment, kernel_routine, nullptr, normal, mode,
                    this);
    self_ = this;
    EXPECT_TRUE(KeInsertQueueApc(&apc_, nullptr, nullptr, 0));
  }

  void expect_acquired() {
    EXPECT_GE(acquired_, kHandOff);
    EXPECT_LE(acquired_, kHandOff + 2 * kSoon);
  }
  void expect_run_soon() {
    EXPECT_EQ(runs_, 1u);
    EXPECT_LE(ran_, acted_ + kSoon);
  }
  bool acted_in_the_wait() const { return at_ > kBegins + 50 && at_ < kHandOff - 100; }

  static void normal_routine(PVOID, PVOID, PVOID) {
    EXPECT_FALSE(KeAreApcsDisabled());
    self_->runs();
  }

  uint64_t at_ = 0, acted_ = 0, acquired_ = 0, ran_ = 0;
  unsigned runs_ = 0;
  KEVENT event_;
  std::function<void()> other_;  // a thread on the waiter's core
  int priority_ = 0;             // ... with that one
  bool ends_alertably_ = false;
  ULONG patience_ = 0;  // nanoseconds

 private:
  void wait_for_it() {
    delay(10);  // the other one runs
    stall_until(kBegins);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    acquired_ = port_time();
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    if (!ends_alertably_) {
      stall_until(kLast + kSoon);
      return;
    }
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    EXPECT_EQ(KeWaitForSingleObject(&never, UserRequest, UserMode, TRUE, nullptr), STATUS_USER_APC);
  }
  static void kernel_routine(KAPC *, PKNORMAL_ROUTINE *normal, PVOID *, PVOID *, PVOID *) {
    if (*normal == nullptr) self_->runs();
  }

  static Stay *self_;
  KAPC apc_;
};

Stay *Stay::self_;

TEST_F(Stay, InterruptsLeaveTheWaitAlone) {
  at_each_tick([](PKTHREAD) { port_interrupt_core(1); }, [&] { expect_acquired(); });
}

TEST_F(Stay, TimersLeaveTheWaitAlone) {
  priority_ = 12;
  other_ = [this] {
    constexpr uint64_t kDelay = 5000;
    stall_until(at_ - kDelay);
    delay(static_cast<int64_t>(kDelay * 1000000 / port_time_frequency()));
    runs();
  };
  at_each_tick([](PKTHREAD) {}, [&] { expect_acquired(), expect_run_soon(); });
}

TEST_F(Stay, SpecialApcsRunAtOnce) {
  at_each_tick([&](PKTHREAD waiter) { queue(waiter, nullptr, KernelMode); },
               [&] { expect_acquired(), expect_run_soon(); });
}

TEST_F(Stay, NormalApcsRunWhenTheRegionIsLeft) {
  at_each_tick([&](PKTHREAD waiter) { queue(waiter, normal_routine, KernelMode); },
               [&] {
                 expect_acquired();
                 EXPECT_EQ(runs_, 1u);
                 if (acted_in_the_wait()) {
                   EXPECT_GT(ran_, acquired_);
                 }
               });
}

TEST_F(Stay, UserApcsRunInALaterAlertableWait) {
  ends_alertably_ = true;
  at_each_tick([&](PKTHREAD waiter) { queue(waiter, normal_routine, UserMode); },
               [&] {
                 expect_acquired();
                 EXPECT_EQ(runs_, 1u);
                 EXPECT_GT(ran_, acquired_);
               });
}

TEST_F(Stay, KilledWaiterEndsAtOnce) {
  unsigned waited = 0, owned = 0;
  at_each_tick(
      [](PKTHREAD waiter) {
        const unsigned core = executive_kill_thread(lockarb_thread_number(waiter));
        ASSERT_LT(core, port_core_count());
        port_interrupt_core(core);
      },
      [&] {
        EXPECT_THAT(machine().printed(), testing::HasSubstr("(waiter) was killed"));
        EXPECT_THAT(machine().printed(), Not(testing::HasSubstr("while owned")));
        waited += machine().printed().find("waits cancelled 1") != std::string::npos;
        owned += machine().printed().find("locks drained 1") != std::string::npos;
        if (acted_in_the_wait()) {
          EXPECT_EQ(acquired_, 0u);
        }
      });
  EXPECT_GT(waited, 200u);
  EXPECT_GT(owned, 5u);
}

TEST_F(Stay, BetterThreadGetsTheCoreAtOnce) {
  priority_ = 12;
  other_ = [this] { wait(event_), runs(); };
  at_each_tick([&](PKTHREAD) { KeSetEvent(&event_, 0, FALSE); },
               [&] { expect_acquired(), expect_run_soon(); });
}

TEST_F(Stay, AnyThreadGetsTheCoreWhileTheWaiterHasNothingToDo) {
  for (int priority : {4, 8}) {
    priority_ = priority;
    other_ = [this] { wait(event_), runs(); };
    at_each_tick([&](PKTHREAD) { KeSetEvent(&event_, 0, FALSE); },
                 [&] {
                   expect_acquired();
                   EXPECT_EQ(runs_, 1u);
                   if (acted_in_the_wait()) expect_run_soon();
                 });
  }
}

TEST_F(Stay, PatienceKeepsEqualsAndLowerOnesOffForAsLongAsItSays) {
  constexpr uint64_t kPatience = 100;  // ticks, from the beginning of the wait, which is soon
  patience_ = 1000;
  for (int priority : {4, 8, 12}) {
    priority_ = priority;
    other_ = [this] { wait(event_), runs(); };
    at_each_tick([&](PKTHREAD) { KeSetEvent(&event_, 0, FALSE); },
                 [&] {
                   expect_acquired();
                   EXPECT_EQ(runs_, 1u);
                   if (priority_ == 12) {
                     expect_run_soon();
                     return;
                   }
                   if (!acted_in_the_wait() || at_ > kBegins + kPatience) return;
                   EXPECT_GE(ran_, kBegins + kPatience);
                   EXPECT_LE(ran_, kBegins + kPatience + kSoon);
                 });
  }
}

// Locks of the arbiter only.
class HardwareStay : public Stay {
 protected:
  // Of the waiter's core. @return Whether it has taken a grant.
  static bool read_take() {
    const uintptr_t window = port_lockarb_base() + (uintptr_t{1} << LOCKARB_WINDOW_SHIFT);
    return (mmio_read32(window + LOCKARB_TAKE_OFFSET) & LOCKARB_TAKE_TAKEN_MASK) != 0;
  }
  // Where commands are issued by writes, a read changes nothing.
  static void expect_taken(unsigned taken) {
    if (Machine::commands_by_write()) {
      EXPECT_EQ(taken, 0u);
    } else {
      EXPECT_GT(taken, 2u);
    }
  }
};

// Somebody else's read of TAKE, a debugger's perhaps, takes the grant of the thread that waits
// there, whose line falls then. The next look finds that out.
TEST_F(HardwareStay, GrantThatAStrayReadTookIsFoundAtTheNextInterrupt) {
  constexpr uint64_t kLater = 60;
  unsigned taken = 0;
  at_each_tick(
      [&](PKTHREAD) {
        taken += read_take();
        stall_until(at_ + kLater);
        port_interrupt_core(1);
      },
      [&] {
        EXPECT_GE(acquired_, kHandOff);
        EXPECT_LE(acquired_, std::max(kHandOff, acted_ + kLater) + 2 * kSoon);
      });
  expect_taken(taken);
}

TEST_F(HardwareStay, GrantThatAStrayReadTookIsFoundWhenThePatienceEnds) {
  constexpr uint64_t kPatience = 600;  // ticks: the hand-off and all reads are before its end
  patience_ = 6000;
  unsigned taken = 0;
  for (int priority : {4, 8}) {
    priority_ = priority;
    other_ = [this] { wait(event_), runs(); };
    at_each_tick(
        [&](PKTHREAD) {
          KeSetEvent(&event_, 0, FALSE);
          stall_until(at_ + 40);
          taken += read_take();
        },
        [&] {
          EXPECT_GE(acquired_, kHandOff);
          EXPECT_LE(acquired_, kBegins + kPatience + 2 * kSoon);
        });
  }
  expect_taken(taken);
}

// The first waiter's grant comes while the second one has the core, or while nobody has.
TEST_F(Stay, SecondWaiterOfTheCoreIsServedInTurn) {
  other_ = [this] {
    wait(event_);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    runs();
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
  };
  at_each_tick([&](PKTHREAD) { KeSetEvent(&event_, 0, FALSE); },
               [&] {
                 expect_acquired();
                 EXPECT_EQ(runs_, 1u);
                 if (acted_in_the_wait()) {
                   EXPECT_GT(ran_, acquired_);
                   EXPECT_LE(ran_, acquired_ + 2 * kSoon);
                 }
               });
}

// The core goes on to idle in the context of the first waiter while a second one waits; both are
// killed, interrupted, or run an APC there as in any wait.
class TwoStay : public Stay {
 protected:
  TwoStay() {
    other_ = [this] {
      second_ = KeGetCurrentThread();
      delay(10);
      const uint64_t left = kBegins + kSecondLater - port_time();  // the core is the first one's
      delay(static_cast<int64_t>(left * 1000000 / port_time_frequency()));
      ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
      second_acquired_ = port_time();
      ExReleaseResourceAndLeaveCriticalRegion(&resource_);
      stall_until(kLast + 2 * kSoon);
    };
  }
  void expect_both_acquired() {
    expect_acquired();
    EXPECT_GT(second_acquired_, acquired_);
    EXPECT_LE(second_acquired_,
              kLast + 3 * kSoon);  // the first one has the core until kLast + kSoon
  }
  static void kill(PKTHREAD thread) {
    const unsigned core = executive_kill_thread(lockarb_thread_number(thread));
    ASSERT_LT(core, port_core_count());
    port_interrupt_core(core);
  }

  static constexpr uint64_t kSecondLater = 100;
  PKTHREAD second_ = nullptr;
  uint64_t second_acquired_ = 0;
};

TEST_F(TwoStay, InterruptsLeaveBothWaitsAlone) {
  at_each_tick([](PKTHREAD) { port_interrupt_core(1); }, [&] { expect_both_acquired(); });
}

TEST_F(TwoStay, SpecialApcOfTheFirstOneRunsAtOnce) {
  at_each_tick([&](PKTHREAD waiter) { queue(waiter, nullptr, KernelMode); },
               [&] { expect_both_acquired(), expect_run_soon(); });
}

TEST_F(TwoStay, SpecialApcOfTheSecondOneRunsAtOnce) {
  at_each_tick([&](PKTHREAD) { queue(second_, nullptr, KernelMode); },
               [&] {
                 expect_both_acquired();
                 EXPECT_EQ(runs_, 1u);
                 if (acted_in_the_wait()) expect_run_soon();  // then the first one has the core
               });
}

TEST_F(TwoStay, WhenTheFirstOneIsKilledTheSecondOneIsServed) {
  at_each_tick([](PKTHREAD waiter) { kill(waiter); },
               [&] {
                 EXPECT_THAT(machine().printed(), testing::HasSubstr("(waiter) was killed"));
                 EXPECT_GE(second_acquired_, kHandOff);
                 EXPECT_LE(second_acquired_, kHandOff + 4 * kSoon);
               });
}

TEST_F(TwoStay, WhenTheSecondOneIsKilledTheFirstOneIsServed) {
  at_each_tick([&](PKTHREAD) { kill(second_); },
               [&] {
                 EXPECT_THAT(machine().printed(), testing::HasSubstr("(other) was killed"));
                 expect_acquired();
               });
}

}  // namespace
}  // namespace lockarb
