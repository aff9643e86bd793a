// SPDX-License-Identifier: Apache-2.0
// ReferenceModel: what lockarb must answer, register by register: contract_tables.h and
// rtl/regs/lockarb.md without clocks.
//
// It classifies the state of {lock, thread} into a row of a table and applies the word of its cell;
// nothing else decides. It runs beside the RTL in the lockstep test and in every simulation, and in
// its place under the software's tests, so it depends on neither SystemC nor Verilator and is
// quick.
//
// An access is carried out at once and as a whole. What only clocks can show is not modelled: the
// sweep after reset (STATUS.busy), and which clock a time was taken in.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/reference/contract_tables.h"
#include "sim/reference/ram.h"

namespace lockarb {

class ReferenceModel {
 public:
  // The parameters of rtl/lockarb.v.
  struct Sizes {
    unsigned cores;
    unsigned threads;
    unsigned locks;
    unsigned hold_width = 8;
    bool statistics = true;
    bool check_user = false;
  };

  // What comes beside an address.
  struct Sideband {
    bool privileged = true;
    unsigned user = 0;    // the trusted core number, looked at with check_user only
    unsigned lanes = 15;  // of a write
  };

  explicit ReferenceModel(const Sizes &sizes);

  // One access; addresses as on the bus, windows of all cores. No value, or false, is a bus error.
  std::optional<uint32_t> read(uint32_t address, const Sideband &sideband);
  bool write(uint32_t address, uint32_t value, const Sideband &sideband);
  std::optional<uint32_t> read(uint32_t address) { return read(address, Sideband()); }
  bool write(uint32_t address, uint32_t value) { return write(address, value, Sideband()); }

  // Bits of a word, parity included.
  unsigned width(Ram ram) const;
  // A bit of a RAM has changed in the arbiter: from now on the word is bad, if it is in use. False,
  // and nothing happens, when it is bad already: two such bits in a word are not what parity finds.
  bool flip(const RamBit &at);

  // time_i, from now on.
  void set_time(uint64_t now) { now_ = now; }

  // The interrupt outputs, one bit per core.
  uint32_t interrupts() const;
  bool interrupt(unsigned core) const { return (interrupts() >> core & 1) != 0; }

  // For tests and messages: what the window of a core holds.
  uint32_t current_thread(unsigned core) const { return cores_[core].current_thread; }
  uint32_t operand(unsigned core) const { return cores_[core].operand; }
  // The place of the command that privileged code of the core issued last by a write.
  uint32_t issued(unsigned core) const { return cores_[core].issued; }
  bool aperture(unsigned core) const { return cores_[core].aperture; }
  // The place of the command that ARM of the core names; no value: it names none.
  std::optional<uint32_t> armed(unsigned core) const {
    if (!cores_[core].armed) return std::nullopt;
    return cores_[core].arm;
  }
  bool has_grant(unsigned core) const { return !cores_[core].grants.empty(); }
  uint32_t apc_mask(unsigned core) const { return cores_[core].apc_mask; }
  uint32_t irql(unsigned core) const { return cores_[core].irql; }
  // ... and what nobody can read at once.
  bool idle(unsigned thread) const { return threads_[thread].state == Thread::kIdle; }
  // The lock for which a thread waits.
  std::optional<unsigned> waits_for(unsigned thread) const {
    if (threads_[thread].state != Thread::kWaiting) return std::nullopt;
    return threads_[thread].lock;
  }
  // It does, with another one behind it in its queue.
  bool is_followed(unsigned thread) const;
  bool live(unsigned lock) const { return locks_[lock].live; }
  bool user(unsigned lock) const { return locks_[lock].user; }
  bool bad(unsigned lock) const { return locks_[lock].bad; }
  bool bad_thread(unsigned thread) const { return threads_[thread].bad; }
  bool bad_hold(unsigned lock, unsigned thread) const {
    return bad_holds_[std::size_t{lock} * sizes_.threads + thread];
  }
  unsigned hold_count(unsigned lock, unsigned thread) const {
    return holds_[std::size_t{lock} * sizes_.threads + thread];
  }

 private:
  struct Core {
    bool aperture = false;
    bool armed = false;
    uint32_t arm = 0;
    uint32_t issued = 0;
    uint32_t answer[2] = {};  // of commands that were issued by writes: unprivileged, privileged
    uint32_t current_thread = 0;
    uint32_t operand = 0;
    uint32_t apc_mask = 0;
    uint32_t irql = 0;
    uint32_t apc_pending = 0;
    uint32_t deliverable = 0;
    std::deque<uint16_t> grants;  // threads
  };
  // Links and cores are there twice.
  enum Copy { kOfCommand, kOfWalker, kCopies };
  struct Thread {
    enum { kIdle, kWaiting, kGranted } state = kIdle;
    unsigned lock = 0;  // while it waits or has a grant
    unsigned core = 0;
    uint32_t queued_at = 0;
    bool bad = false;         // all this, for the arbiter
    unsigned lock_shown = 0;  // in GRANT, other bits than in `lock`
    bool bad_link[kCopies] = {};
    bool bad_core[kCopies] = {};
  };
  struct Statistics {
    uint32_t acquisitions = 0;
    uint32_t contentions = 0;
    uint32_t longest_wait = 0;
    uint32_t longest_hold = 0;
    uint32_t deepest_queue = 0;
  };
  struct Lock {
    bool live = false;
    bool bad = false;
    bool user = false;  // its class; as the arbiter sees it, so a flip may change it
    bool writer_first = false;
    bool exclusive = false;  // X; else S or FREE
    unsigned owners = 0;
    std::vector<uint16_t> shared_queue;  // threads, the oldest first
    std::vector<uint16_t> exclusive_queue;
    Statistics statistics;
    uint32_t owned_since = 0;
  };

  uint16_t &hold(unsigned lock, unsigned thread) {
    return holds_[std::size_t{lock} * sizes_.threads + thread];
  }
  std::vector<bool>::reference bad_hold_bit(unsigned lock, unsigned thread) {
    return bad_holds_[std::size_t{lock} * sizes_.threads + thread];
  }
  bool is_bad(unsigned lock, unsigned thread) const {
    return threads_[thread].bad || bad_hold(lock, thread);
  }
  contract::LockState state(unsigned lock, unsigned thread);

  bool reaches(uint32_t address, const Sideband &sideband) const;
  std::optional<uint32_t> read_register(unsigned core, uint32_t offset, bool privileged);
  uint32_t oldest_grant(const Core &core) const;
  void remove_grant(unsigned core);
  uint32_t take(unsigned core);
  std::optional<uint32_t> read_statistics(uint32_t offset) const;
  bool may_issue(unsigned operation, unsigned lock, bool privileged) const;
  uint32_t command(unsigned core, uint32_t place, bool by_write, bool privileged);
  unsigned refusal(unsigned core, unsigned operation, unsigned lock, bool armed) const;
  unsigned execute(unsigned core, unsigned operation, unsigned lock);

  unsigned acquire(unsigned core, unsigned operation, unsigned lock, unsigned thread);
  unsigned release(unsigned lock, unsigned thread);
  unsigned convert(unsigned lock, unsigned thread);
  unsigned set_owner(unsigned core, unsigned lock, unsigned thread);
  unsigned lifetime(unsigned operation, unsigned lock);
  unsigned cancel(unsigned lock, unsigned thread);
  unsigned drain(unsigned lock, unsigned thread);

  void enqueue(unsigned core, unsigned lock, unsigned thread, bool exclusive);
  bool leave_queue(unsigned lock, unsigned thread);
  void leave_bad(unsigned lock);
  void forget_waiters(unsigned lock);
  void change_hands(unsigned lock);
  void count_grants(unsigned lock, const std::vector<uint16_t> &queue, std::size_t count);
  void grant(unsigned lock, unsigned thread, Copy copy);
  void grant_head_of_exclusive(unsigned lock);
  void grant_all_shared(unsigned lock);
  bool grant_freed(unsigned lock);

  void count_region(unsigned core, int step);
  void update_deliverable(unsigned core);

  static constexpr uint32_t kIrqlApc = 1;

  Sizes sizes_;
  unsigned hold_limit_;
  std::vector<Core> cores_;
  std::vector<Thread> threads_;
  std::vector<Lock> locks_;
  std::vector<uint16_t> holds_;  // per {lock, thread}
  std::vector<bool> bad_holds_;
  uint32_t errors_[2] = {};  // of unprivileged code, of privileged code
  uint64_t now_ = 0;
  uint32_t grant_lines_ = 0;
  uint32_t apc_lines_ = 0;
};

}  // namespace lockarb
