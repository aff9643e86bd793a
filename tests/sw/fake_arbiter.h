// A model of the arbiter's register map, just enough for the software above it: contract part II,
// one command at a time, in plain C++. The RTL is judged elsewhere.
#ifndef LOCKARB_TESTS_SW_FAKE_ARBITER_H_
#define LOCKARB_TESTS_SW_FAKE_ARBITER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace lockarb {

class FakeArbiter {
 public:
  FakeArbiter(unsigned cores, unsigned threads, unsigned locks);

  // Offsets from the arbiter's base. A bus error ends the process: the software never makes one.
  uint32_t read(uint32_t offset);
  void write(uint32_t offset, uint32_t value);
  bool interrupt(unsigned core) const;

  // For tests: what the core's window holds.
  uint32_t apc_mask(unsigned core) const { return windows_[core].apc_mask; }
  uint32_t current_thread(unsigned core) const { return windows_[core].current_thread; }
  uint32_t irql(unsigned core) const { return windows_[core].irql; }

 private:
  struct Grant {
    unsigned thread;
    unsigned lock;
  };
  struct Window {
    uint32_t current_thread = 0;
    uint32_t operand = 0;
    uint32_t apc_mask = 0;
    uint32_t irql = 0;
    uint32_t apc_pending = 0;
    std::deque<Grant> grants;
  };
  struct Waiter {
    unsigned thread;
    unsigned core;
  };
  struct Lock {
    bool live = false;
    bool exclusive = false;
    std::map<unsigned, unsigned> holds;  // thread slot -> count
    std::deque<Waiter> exclusive_waiters;
    std::deque<Waiter> shared_waiters;
  };

  uint32_t deliverable(unsigned core) const;
  uint32_t command(unsigned core, unsigned operation, unsigned lock);
  unsigned execute(unsigned core, unsigned operation, unsigned number);
  unsigned acquire(Window &window, unsigned core, unsigned operation, unsigned number);
  unsigned release(unsigned thread, unsigned number);
  void grant(Lock &lock, unsigned number, const Waiter &waiter);
  void grant_readers(Lock &lock, unsigned number);

  unsigned threads_;
  std::vector<Window> windows_;
  std::vector<Lock> locks_;
  std::vector<bool> busy_;  // thread slots that wait, or have a grant not yet removed
  uint32_t error_ = 0;
  unsigned error_core_ = 0;
};

}  // namespace lockarb

#endif
