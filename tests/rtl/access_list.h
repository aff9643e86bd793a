// SPDX-License-Identifier: Apache-2.0
// Lists of accesses to lockarb: drawn from a seed, written down, read back.
#ifndef LOCKARB_TESTS_RTL_ACCESS_LIST_H_
#define LOCKARB_TESTS_RTL_ACCESS_LIST_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sim/reference/reference_model.h"

namespace lockarb {

struct Access {
  uint64_t time = 0;  // time_i from now on
  uint32_t address = 0;
  uint32_t data = 0;  // of a write
  bool write = false;
  bool privileged = true;
  bool joined = false;  // to the read before it: no gap between them at the pins
  bool settle = false;  // wait afterwards until nothing moves, and compare the interrupts
  uint8_t user = 0;
  uint8_t lanes = 15;
  uint8_t gap = 0;  // the answer is taken in one of so many clocks, and one
  // No access at all: this bit of a RAM changes.
  std::optional<RamBit> flip;

  ReferenceModel::Sideband sideband() const { return {privileged, user, lanes}; }
};
using AccessList = std::vector<Access>;

// One line each, with what it means behind a #.
void print(std::ostream &out, const AccessList &list);
// Stops with std::runtime_error at a line that it does not understand.
AccessList parse(std::istream &in);

// Draws accesses from all cores, misuse included. It follows them in a model of its own, so that
// most of what it draws is possible: a thread that is no waiter acquires, an owner releases.
class AccessGenerator {
 public:
  // Few of the threads and locks make them meet more often; they are spread over the whole range.
  AccessGenerator(const ReferenceModel::Sizes &sizes, unsigned used_threads, unsigned used_locks,
                  unsigned seed);

  // From now on bits of RAMs change, once in so many steps. Never two in a word.
  void flip_bits(unsigned steps) { steps_per_flip_ = steps; }

  // A list with at least so many commands.
  AccessList draw(unsigned commands);

  // How often each status was the model's answer, so far.
  const std::vector<uint64_t> &statuses() const { return statuses_; }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool one_in(unsigned n) { return below(n) == 0; }
  unsigned any_core() { return below(sizes_.cores); }
  unsigned any_thread() { return threads_[below(static_cast<unsigned>(threads_.size()))]; }
  unsigned any_lock() { return locks_[below(static_cast<unsigned>(locks_.size()))]; }
  unsigned idle_thread();
  unsigned owner_of(unsigned lock);
  unsigned core_that_may();
  void change_mood();
  unsigned any_operation();

  void step();
  void command_of_some_thread(unsigned core);
  void take_grant(unsigned core);
  void unblock(unsigned core);
  void burst();
  void odd_access(unsigned core);
  void flip();
  void read_every_register();
  void add(Access access);
  void initialize(unsigned core, unsigned lock);
  void issue(unsigned core, unsigned operation, unsigned lock);
  void set_current(unsigned core, uint32_t current);
  void read(unsigned core, uint32_t offset);
  void write(unsigned core, uint32_t offset, uint32_t data);

  const ReferenceModel::Sizes sizes_;
  std::mt19937 random_;
  ReferenceModel model_;
  std::vector<unsigned> threads_, locks_;
  std::vector<uint64_t> statuses_;
  // For a while: how often owners release, which acquires there are, whether threads stay.
  struct {
    unsigned releases = 2;
    unsigned kinds = 4;
    bool stays = false;
  } mood_;
  AccessList list_;
  unsigned commands_ = 0;
  unsigned steps_per_flip_ = 0;
  uint64_t time_ = 0;
};

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_ACCESS_LIST_H_
