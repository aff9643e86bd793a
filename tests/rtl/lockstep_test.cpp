// Random accesses from all cores into the RTL and the reference: every answer, grant, register and
// interrupt must agree. LOCKARB_SEED=n repeats one run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <vector>

#include "Vlockarb.h"
#include "Vlockarb_large.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_tiny.h"
#include "tests/rtl/arbiter_pins.h"
#include "tests/rtl/reference.h"

namespace lockarb {
namespace {

struct Sizes {
  unsigned cores, threads, locks, hold_width;
  unsigned used_threads, used_locks;  // fewer than there are make them meet more often
};

template <class Model>
class Lockstep {
 public:
  Lockstep(const Sizes &sizes, unsigned seed)
      : sizes_(sizes),
        random_(seed),
        reference_(sizes.cores, sizes.threads, sizes.locks, sizes.hold_width) {
    // Threads and locks are spread over the whole range, its ends included.
    for (unsigned i = 0; i < sizes.used_threads; ++i)
      threads_.push_back(i * (sizes.threads - 1) / std::max(1u, sizes.used_threads - 1));
    for (unsigned i = 0; i < sizes.used_locks; ++i)
      locks_.push_back(i * (sizes.locks - 1) / std::max(1u, sizes.used_locks - 1));
    for (unsigned lock : locks_) command(0, LOCKARB_OP_INITIALIZE, lock);
  }

  void run(unsigned steps) {
    for (unsigned i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      step();
      bus_.settle();
      for (unsigned core = 0; core < sizes_.cores; ++core)
        EXPECT_EQ(bus_.irq(core), reference_.irq(core))
            << "interrupt of core " << core << history();
    }
  }

 private:
  unsigned below(unsigned limit) { return random_() % limit; }
  unsigned any_core() { return below(sizes_.cores); }
  unsigned any_thread() { return threads_[below(threads_.size())]; }
  unsigned any_lock() { return locks_[below(locks_.size())]; }

  // Mostly acquires and releases, so that queues form and move.
  unsigned any_op() {
    const unsigned dice = below(100);
    if (dice < 45) return below(16) | (below(3) != 0 ? 4 : 0);
    if (dice < 60) return LOCKARB_OP_RELEASE;
    if (dice < 75) return LOCKARB_OP_RELEASE_AND_LEAVE;
    if (dice < 80) return LOCKARB_OP_RELEASE_FOR;
    if (dice < 85) return LOCKARB_OP_CONVERT;
    if (dice < 88) return LOCKARB_OP_HOLD_COUNT;
    if (dice < 98) return LOCKARB_OP_CANCEL;
    return below(32);
  }

  void step() {
    const unsigned core = any_core();
    switch (below(16)) {
      case 0:
        set_irql(core, below(4) == 0 ? 2 : below(2));
        break;
      case 1: {
        const uint32_t mask = below(4) == 0 ? random_() : below(3) - 1u;
        note("mask", core, mask);
        bus_.write_register(core, LOCKARB_APC_MASK_OFFSET, mask);
        reference_.set_mask(core, mask);
        break;
      }
      case 2: {
        const uint32_t pending = below(2) == 0 ? 0 : random_();
        note("pending", core, pending);
        bus_.write_register(core, LOCKARB_APC_PENDING_OFFSET, pending);
        reference_.set_pending(core, pending);
        break;
      }
      case 3:
        compare_registers(core);
        break;
      case 4:
      case 5:
        note("remove grant", core, 0);
        compare(core, LOCKARB_GRANT_OFFSET, reference_.grant(core));
        bus_.remove_grant(core);
        reference_.remove_grant(core);
        break;
      case 6:
        note("clear error", core, 0);
        bus_.write_register(core, LOCKARB_ERROR_OFFSET, 0);
        reference_.clear_error();
        break;
      case 7:
        burst();
        break;
      default: {
        set_irql(core, 0);
        const bool valid = below(50) != 0;
        const unsigned thread = any_thread();
        note(valid ? "thread" : "no thread", core, thread);
        bus_.write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, (valid ? 1u << 31 : 0) | thread);
        reference_.set_thread(core, valid, thread);
        const unsigned operand = below(30) == 0 ? below(512) : any_thread();
        note("operand", core, operand);
        bus_.write_register(core, LOCKARB_OPERAND_OFFSET, operand);
        reference_.set_operand(core, operand);
        command(core, any_op(), below(40) == 0 ? below(4096) : any_lock());
        break;
      }
    }
  }

  void command(unsigned core, unsigned op, unsigned lock) {
    note("command", core, op << 12 | lock);
    const uint32_t expected = reference_.command(core, op, lock);
    EXPECT_EQ(bus_.command(core, op, lock).word, expected) << describe(op, lock) << history();
  }

  // Commands without a gap, the answers taken with gaps: all must come in order.
  void burst() {
    struct Sent {
      unsigned op, lock;
      uint32_t expected;
    };
    std::vector<Sent> sent;
    Model &pins = bus_.pins();
    const unsigned count = 2 + below(12);
    const unsigned patience = below(3);
    unsigned issued = 0, answered = 0, core = any_core(), op = any_op(), lock = any_lock();
    for (unsigned clock = 0; answered < count; ++clock) {
      ASSERT_LT(clock, 100000u) << "no answer" << history();
      pins.s_axil_arvalid = issued < count;
      pins.s_axil_araddr = ArbiterPins<Model>::command_address(core, op, lock);
      pins.s_axil_aruser = core;
      pins.s_axil_rready = below(patience + 1) == 0;
      pins.eval();
      if (pins.s_axil_arvalid && pins.s_axil_arready) {
        note("burst", core, op << 12 | lock);
        sent.push_back({op, lock, reference_.command(core, op, lock)});
        ++issued;
        core = any_core();
        op = any_op();
        lock = any_lock();
      }
      if (pins.s_axil_rvalid && pins.s_axil_rready) {
        ASSERT_LT(answered, sent.size());
        EXPECT_EQ(pins.s_axil_rdata, sent[answered].expected)
            << describe(sent[answered].op, sent[answered].lock) << " in a burst" << history();
        ++answered;
      }
      bus_.tick();
    }
    pins.s_axil_arvalid = 0;
    pins.s_axil_rready = 1;
  }

  void set_irql(unsigned core, unsigned irql) {
    note("irql", core, irql);
    bus_.write_register(core, LOCKARB_IRQL_OFFSET, irql);
    reference_.set_irql(core, irql);
  }

  void compare(unsigned core, uint32_t offset, uint32_t expected) {
    EXPECT_EQ(bus_.read_register(core, offset), expected)
        << "register 0x" << std::hex << offset << std::dec << " of core " << core << history();
  }
  void compare_registers(unsigned core) {
    compare(core, LOCKARB_GRANT_OFFSET, reference_.grant(core));
    compare(core, LOCKARB_ERROR_OFFSET, reference_.error());
    compare(core, LOCKARB_APC_MASK_OFFSET, reference_.mask(core));
    compare(core, LOCKARB_APC_DELIVERABLE_OFFSET, reference_.deliverable(core));
    compare(core, LOCKARB_STATUS_OFFSET,
            (reference_.error() != 0) << 4 | (reference_.deliverable(core) != 0) << 3 |
                (reference_.grant(core) != 0) << 2 | reference_.irq(core) << 1);
  }

  static std::string describe(unsigned op, unsigned lock) {
    return "operation " + std::to_string(op) + " on lock " + std::to_string(lock);
  }
  void note(const char *what, unsigned core, uint32_t value) {
    notes_.push_back({what, core, value});
  }
  std::string history() const {
    std::ostringstream text;
    text << "\nlast accesses, the oldest first (core, value; of a command operation and lock):";
    for (size_t i = notes_.size() > 30 ? notes_.size() - 30 : 0; i < notes_.size(); ++i) {
      text << "\n  " << notes_[i].what << ' ' << notes_[i].core << ' ';
      if (std::string(notes_[i].what) == "command" || std::string(notes_[i].what) == "burst")
        text << (notes_[i].value >> 12) << ' ' << (notes_[i].value & 0xfff);
      else
        text << notes_[i].value;
    }
    return text.str();
  }

  struct Note {
    const char *what;
    unsigned core;
    uint32_t value;
  };
  Sizes sizes_;
  std::mt19937 random_;
  Reference reference_;
  ArbiterPins<Model> bus_;
  std::vector<unsigned> threads_, locks_;
  std::vector<Note> notes_;
};

template <class Model>
void run_seeds(const Sizes &sizes, unsigned seeds, unsigned steps) {
  const char *chosen = std::getenv("LOCKARB_SEED");
  const unsigned first = chosen ? std::strtoul(chosen, nullptr, 0) : 1;
  for (unsigned seed = first; seed < first + (chosen ? 1 : seeds); ++seed) {
    Lockstep<Model>(sizes, seed).run(steps);
    if (::testing::Test::HasFailure()) {
      const auto *test = ::testing::UnitTest::GetInstance()->current_test_info();
      FAIL() << "replay: LOCKARB_SEED=" << seed
             << " lockstep_test --gtest_filter=" << test->test_suite_name() << '.' << test->name();
    }
  }
}

TEST(LockstepWithReference, AgreesWithFewThreadsOnFewLocks) {
  run_seeds<Vlockarb>({4, 64, 256, 4, 5, 2}, 40, 2000);
}
TEST(LockstepWithReference, AgreesWithManyThreadsOnFewLocks) {
  run_seeds<Vlockarb>({4, 64, 256, 4, 40, 3}, 20, 4000);
}
TEST(LockstepWithReference, AgreesWithManyLocks) {
  run_seeds<Vlockarb>({4, 64, 256, 4, 64, 256}, 4, 4000);
}
TEST(LockstepWithReference, AgreesOnTheSmallestSizes) {
  run_seeds<Vlockarb_tiny>({1, 2, 1, 2, 2, 1}, 20, 2000);
}
TEST(LockstepWithReference, AgreesOnSizesThatAreNoPowersOfTwo) {
  run_seeds<Vlockarb_odd>({3, 5, 7, 3, 5, 7}, 20, 2000);
}
TEST(LockstepWithReference, AgreesOnLargeSizes) {
  run_seeds<Vlockarb_large>({8, 300, 1024, 8, 100, 5}, 5, 4000);
}

}  // namespace
}  // namespace lockarb
