// SPDX-License-Identifier: Apache-2.0
#include "sw/tools/probe/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include "sim/reference/access_text.h"
#include "sim/reference/lock_monitor.h"
#include "sw/driver/lockarb_regs.h"
#include "sw/hal/mmio.h"

namespace lockarb {
namespace {

// Who acts in the scripts below. With fewer thread slots or cores than that, some are the same one;
// the answers are others then, and the reference model knows them.
enum Role { kA, kB, kC, kD, kPointer, kRoles, kNobody = kRoles };

struct Step {
  Role role;
  unsigned operation;
  Role upon = kNobody;  // the thread that the operation acts upon
};
using Script = std::initializer_list<Step>;

// Of every lock: a writer, behind it a writer and two readers, and each has it in the end.
const Script kContend = {
    {kA, LOCKARB_OP_INITIALIZE},        {kA, LOCKARB_OP_ACQUIRE_EXCLUSIVE},
    {kB, LOCKARB_OP_ACQUIRE_EXCLUSIVE}, {kC, LOCKARB_OP_ACQUIRE_SHARED},
    {kD, LOCKARB_OP_ACQUIRE_SHARED},    {kA, LOCKARB_OP_RELEASE},
    {kC, LOCKARB_OP_RELEASE},           {kD, LOCKARB_OP_RELEASE},
    {kB, LOCKARB_OP_RELEASE},
};

// Of one lock, as often as there are cores, with the roles moved on by one core each time: every
// operation.
const Script kEverything = {
    // Each way to acquire that the rest has no need of.
    {kA, LOCKARB_OP_INITIALIZE_WRITER_FIRST},
    {kD, LOCKARB_OP_TRY_SHARED},
    {kD, LOCKARB_OP_TRY_SHARED_STARVE_EXCLUSIVE},
    {kD, LOCKARB_OP_ENTER_TRY_SHARED_WAIT_FOR_EXCLUSIVE},
    {kC, LOCKARB_OP_TRY_SHARED_WAIT_FOR_EXCLUSIVE},
    {kC, LOCKARB_OP_ENTER_TRY_SHARED_STARVE_EXCLUSIVE},
    {kC, LOCKARB_OP_TRY_EXCLUSIVE},
    {kB, LOCKARB_OP_ENTER_ACQUIRE_SHARED},
    {kB, LOCKARB_OP_ENTER_ACQUIRE_SHARED_STARVE_EXCLUSIVE},
    {kA, LOCKARB_OP_ENTER_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE},
    {kD, LOCKARB_OP_REINITIALIZE},
    // An exclusive owner, waiters of both kinds, and what becomes of them.
    {kA, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE},
    {kA, LOCKARB_OP_ACQUIRE_SHARED},
    {kA, LOCKARB_OP_HOLD_COUNT},
    {kB, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE},
    {kC, LOCKARB_OP_ACQUIRE_SHARED},
    {kD, LOCKARB_OP_TRY_SHARED},
    {kD, LOCKARB_OP_ENTER_TRY_EXCLUSIVE},
    {kD, LOCKARB_OP_RELEASE},
    {kA, LOCKARB_OP_RELEASE},
    {kA, LOCKARB_OP_RELEASE_AND_LEAVE},
    {kB, LOCKARB_OP_CONVERT},
    {kD, LOCKARB_OP_ENTER_TRY_SHARED},
    {kA, LOCKARB_OP_ACQUIRE_EXCLUSIVE},
    {kD, LOCKARB_OP_ACQUIRE_SHARED},
    {kD, LOCKARB_OP_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE},
    {kB, LOCKARB_OP_CANCEL, kD},
    {kD, LOCKARB_OP_ACQUIRE_SHARED_STARVE_EXCLUSIVE},
    {kD, LOCKARB_OP_SET_OWNER, kPointer},
    {kB, LOCKARB_OP_RELEASE_FOR, kPointer},
    {kB, LOCKARB_OP_RELEASE_AND_LEAVE},
    {kD, LOCKARB_OP_ACQUIRE_SHARED},
    {kC, LOCKARB_OP_CANCEL, kA},
    {kC, LOCKARB_OP_CONVERT},
    {kA, LOCKARB_OP_INITIALIZE},
    {kC, LOCKARB_OP_REINITIALIZE},
    // Threads that will never run again.
    {kA, LOCKARB_OP_ACQUIRE_SHARED},
    {kB, LOCKARB_OP_ACQUIRE_EXCLUSIVE},
    {kC, LOCKARB_OP_ACQUIRE_SHARED},
    {kD, LOCKARB_OP_DELETE},
    {kD, LOCKARB_OP_DRAIN, kB},
    {kD, LOCKARB_OP_DRAIN, kA},
    {kC, LOCKARB_OP_RELEASE},
    {kD, LOCKARB_OP_DRAIN, kC},
    // The other class.
    {kB, LOCKARB_OP_DELETE},
    {kA, LOCKARB_OP_INITIALIZE_USER},
    {kB, LOCKARB_OP_TRY_EXCLUSIVE},
    {kB, LOCKARB_OP_RELEASE},
    {kC, LOCKARB_OP_DELETE},
    {kD, LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST},
};

constexpr uint32_t kSaved[] = {LOCKARB_CONTROL_OFFSET, LOCKARB_CURRENT_THREAD_OFFSET,
                               LOCKARB_OPERAND_OFFSET, LOCKARB_APC_MASK_OFFSET,
                               LOCKARB_IRQL_OFFSET,    LOCKARB_APC_PENDING_OFFSET};
// Of CURRENT_THREAD: not valid, so no step sets it.
constexpr uint32_t kUnknown = 0;

uint32_t window(unsigned core) { return core << LOCKARB_WINDOW_SHIFT; }

class SelfTest {
 public:
  SelfTest(const probe_device &device, const volatile std::sig_atomic_t *stop,
           SelfTestResult *result)
      : device_(device),
        stop_(*stop),
        result_(*result),
        monitor_({device.cores, device.threads, device.locks, device.hold_width,
                  device.has_statistics}) {}

  void run(const std::vector<unsigned> &free_locks) {
    if (free_locks.empty()) {
      result_.failure =
          "no lock is free, so nothing can be tested; delete one, or reset the device";
      return;
    }
    old_error_ = mmio_read32(LOCKARB_ERROR_OFFSET);
    choose_cores();
    if (cores_.empty()) {
      result_.failure = "no core is free, so nothing can be tested; reset the device";
      return;
    }
    try {
      prepare_cores();
      choose_threads(free_locks[0]);
      test(free_locks);
    } catch (const std::runtime_error &error) {
      result_.failure = error.what();
      clean_up();
    }
    restore_cores();
  }

 private:
  uint32_t read(uint32_t address) {
    const uint32_t value = mmio_read32(address);
    ++result_.accesses;
    monitor_.transfer({0, address, 0, false, core_at(address)}, {0, 0, value, Response::kOkay});
    return value;
  }

  void write(uint32_t address, uint32_t value) {
    mmio_write32(address, value);
    ++result_.accesses;
    monitor_.transfer({0, address, value, true, core_at(address)}, {0, 0, 0, Response::kOkay});
  }

  static uint8_t core_at(uint32_t address) {
    return static_cast<uint8_t>(address >> LOCKARB_WINDOW_SHIFT);
  }

  void choose_cores() {
    for (unsigned core = 0; core < device_.cores; ++core) {
      const uint32_t grant = mmio_read32(window(core) + LOCKARB_GRANT_OFFSET);
      if ((grant & LOCKARB_GRANT_VALID_MASK) == 0) {
        cores_.push_back(core);
      } else {
        result_.left_out.push_back(fmt::format("core {}: a grant waits there", core));
      }
    }
    result_.cores = static_cast<unsigned>(cores_.size());
  }

  // The registers as after reset, in the device as in the model.
  void prepare_cores() {
    for (const unsigned core : cores_) {
      for (const uint32_t offset : kSaved) {
        saved_.push_back({window(core) | offset, mmio_read32(window(core) + offset)});
        write(window(core) | offset, 0);
      }
      write(window(core) | LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    }
    current_.assign(device_.cores, kUnknown);
  }

  void restore_cores() {
    // A slot is never the current one of two cores.
    for (const unsigned core : cores_)
      mmio_write32(window(core) | LOCKARB_CURRENT_THREAD_OFFSET, 0);
    for (const Saved &saved : saved_) mmio_write32(saved.address, saved.value);
    if (old_error_ == 0) mmio_write32(LOCKARB_ERROR_OFFSET, 0);
    mmio_read32(LOCKARB_ID_OFFSET);  // all has arrived when it is answered
  }

  // Slots that may issue commands now: HOLD_COUNT says so, and changes nothing.
  void choose_threads(unsigned lock) {
    const unsigned core = cores_[0];
    lock_ = lock;
    command(core, LOCKARB_OP_INITIALIZE, lock);
    unsigned waiting = 0;
    for (unsigned thread = 0; thread < device_.threads && threads_.size() < kRoles; ++thread) {
      if (probe_thread_is_idle(core, lock, thread)) {
        threads_.push_back(thread);
      } else {
        ++waiting;
      }
    }
    if (waiting != 0) {
      result_.left_out.push_back(fmt::format("thread slots that wait for a lock: {}", waiting));
    }
    if (threads_.empty()) throw std::runtime_error("no thread slot is free; reset the device");
    result_.threads = static_cast<unsigned>(threads_.size());
    // The refusals above are not the model's.
    if (old_error_ == 0) mmio_write32(LOCKARB_ERROR_OFFSET, 0);
    mmio_write32(window(core) | LOCKARB_CURRENT_THREAD_OFFSET, kUnknown);
    command(core, LOCKARB_OP_DELETE, lock);
  }

  void test(const std::vector<unsigned> &locks) {
    for (unsigned i = 0; i < cores_.size() && stop_ == 0; ++i) {
      rotation_ = i;
      for (const unsigned core : cores_) {
        write(window(core) | LOCKARB_APC_PENDING_OFFSET, LOCKARB_APC_PENDING_NORMAL_MASK);
      }
      play(kEverything, locks[i % locks.size()], true);
      for (const unsigned core : cores_) write(window(core) | LOCKARB_APC_PENDING_OFFSET, 0);
    }
    for (const unsigned lock : locks) {
      if (stop_ != 0) break;
      rotation_ = result_.locks;
      play(kContend, lock, false);
      ++result_.locks;
    }
    result_.stopped = stop_ != 0;
  }

  void play(Script script, unsigned lock, bool look_at_registers) {
    lock_ = lock;
    for (const Step &step : script) {
      const unsigned core = core_of(step.role);
      issue(step, lock);
      if (look_at_registers) {
        read(window(core) | LOCKARB_APC_MASK_OFFSET);
        read(window(core) | LOCKARB_APC_DELIVERABLE_OFFSET);
        if (old_error_ == 0) {
          read(window(core) | LOCKARB_STATUS_OFFSET);
          if (read(window(core) | LOCKARB_ERROR_OFFSET) != 0) {
            write(window(core) | LOCKARB_ERROR_OFFSET, 0);
          }
        }
      }
      take_grants();
    }
    finish(lock);
  }

  unsigned core_of(Role role) const { return cores_[(role + rotation_) % cores_.size()]; }
  unsigned thread_of(Role role) const { return threads_[role % threads_.size()]; }

  void issue(const Step &step, unsigned lock) {
    const unsigned core = core_of(step.role);
    const uint32_t current = LOCKARB_CURRENT_THREAD_VALID_MASK | thread_of(step.role);
    if (current_[core] != current) {
      for (const unsigned other : cores_) {
        if (current_[other] != current) continue;
        write(window(other) | LOCKARB_CURRENT_THREAD_OFFSET, kUnknown);
        current_[other] = kUnknown;
      }
      write(window(core) | LOCKARB_CURRENT_THREAD_OFFSET, current);
      current_[core] = current;
    }
    if (step.upon != kNobody) {
      const bool pointer = step.operation == LOCKARB_OP_SET_OWNER;
      write(window(core) | LOCKARB_OPERAND_OFFSET,
            thread_of(step.upon) | (pointer ? LOCKARB_OPERAND_POINTER_MASK : 0));
    }
    command(core, step.operation, lock);
  }

  // In both ways in turn: as a read, armed if need be, and as a write.
  void command(unsigned core, unsigned operation, unsigned lock) {
    const uint32_t place = place_of(operation, lock);
    if (commands_++ % 2 != 0) {
      write(window(core) | LOCKARB_ISSUE_OFFSET, place);
      read(window(core) | LOCKARB_ANSWER_OFFSET);
      return;
    }
    if (needs_arm(operation)) write(window(core) | LOCKARB_ARM_OFFSET, place);
    read(window(core) | LOCKARB_COMMAND_OFFSET | place);
  }

  void take_grants() {
    for (const unsigned core : cores_) {
      while (monitor_.reference().has_grant(core)) {
        if (old_error_ == 0) read(window(core) | LOCKARB_TAKE_OFFSET);
        read(window(core) | LOCKARB_GRANT_OFFSET);
        write(window(core) | LOCKARB_GRANT_OFFSET, 0);
      }
    }
  }

  // Whatever the script has left of the lock.
  void finish(unsigned lock) {
    for (unsigned role = 0; role < threads_.size(); ++role) {
      const auto thread = static_cast<Role>(role);
      while (monitor_.reference().hold_count(lock, thread_of(thread)) != 0 ||
             !monitor_.reference().idle(thread_of(thread))) {
        issue({kA, LOCKARB_OP_DRAIN, thread}, lock);
        take_grants();
      }
    }
    if (device_.has_statistics) {
      const uint32_t row =
          window(cores_[0]) | LOCKARB_STATISTICS_OFFSET | lock << LOCKARB_STATISTICS_LOCK_SHIFT;
      read(row + LOCKARB_ACQUISITIONS_OFFSET);
      read(row + LOCKARB_CONTENTIONS_OFFSET);
      read(row + LOCKARB_DEEPEST_QUEUE_OFFSET);
    }
    issue({kA, LOCKARB_OP_DELETE}, lock);
  }

  // After a wrong answer nobody knows what the device has, so this asks the device alone.
  void clean_up() {
    const unsigned core = cores_[0];
    for (const unsigned thread : threads_) probe_drain(core, lock_, thread);
    probe_delete(core, lock_);
    for (const unsigned c : cores_) {
      for (unsigned i = 0; i < kRoles && probe_take_grant(c); ++i) {
      }
    }
  }

  struct Saved {
    uint32_t address;
    uint32_t value;
  };

  const probe_device &device_;
  const volatile std::sig_atomic_t &stop_;
  SelfTestResult &result_;
  LockMonitor monitor_;
  uint32_t old_error_ = 0;
  std::vector<unsigned> cores_;
  std::vector<unsigned> threads_;
  std::vector<Saved> saved_;
  std::vector<uint32_t> current_;  // CURRENT_THREAD of each core
  unsigned rotation_ = 0;          // how far the roles have moved on
  unsigned lock_ = 0;              // in work
  unsigned commands_ = 0;
};

}  // namespace

SelfTestResult self_test(const probe_device &device, const std::vector<unsigned> &free_locks,
                         const volatile std::sig_atomic_t *stop) {
  SelfTestResult result;
  SelfTest(device, stop, &result).run(free_locks);
  return result;
}

}  // namespace lockarb
