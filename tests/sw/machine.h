// SPDX-License-Identifier: Apache-2.0
// A machine on the host that the executive runs on: several cores, stepped in one host thread in
// the order of their clocks, with the reference model as the arbiter on its bus, or a board that is
// compared with it (board.h). Every run of it is the same.
#ifndef LOCKARB_TESTS_SW_MACHINE_H_
#define LOCKARB_TESTS_SW_MACHINE_H_

#include <ucontext.h>

#include <climits>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "board.h"
#include "executive/port.h"
#include "sim/reference/reference_model.h"

namespace lockarb {

struct MachineConfig {
  unsigned cores = 2;
  unsigned threads = 64;  // slots
  unsigned locks = 16;
  size_t shared_bytes = 64 * 1024;
  unsigned windows = 0;  // of the arbiter; 0: one for each core
  bool statistics = true;
  std::optional<uint32_t> id = {};  // what its ID register shows instead
};

class Machine {
 public:
  enum class End { kAllEnded, kStopped, kStuck };

  explicit Machine(const MachineConfig &config = {});
  ~Machine();

  // Run main as the first thread until the machine ends.
  End run(const std::function<void()> &main);

  ReferenceModel &arbiter() { return arbiter_; }
  // In a board no bit can be flipped.
  bool is_on_board() const { return board_ != nullptr; }
  unsigned arbiter_locks() const { return locks_; }
  const std::string &printed() const { return printed_; }
  const std::vector<struct port_note> &notes() const { return notes_; }
  int exit_code() const { return exit_code_; }

  // Accesses to the arbiter so far, in words: "R b0000", "W 30 ffff". A command that is issued by a
  // write stands there as the read that issues the same one.
  std::vector<std::string> bus_log;

  // How the driver issues commands, of all machines: the environment says it
  // (tests/sw/CMakeLists.txt).
  static bool commands_by_write();

  // What it says of every caller; empty: it does not know.
  std::string source_line;

  // What it calls addresses; it knows no other name.
  std::map<uintptr_t, std::string> names;
  std::map<std::pair<int, uintptr_t>, std::string> object_lines;

  // How often memory can still be allocated.
  unsigned allocations_left = UINT_MAX;
  size_t pieces() const { return memory_.size(); }
  // A core whose next command is carried out, but it is reset before it gets the answer.
  unsigned reset_in_command = UINT32_MAX;
  uint64_t reset_ticks = 0;  // until it comes up again

  // The rest is for the port functions.

  struct Core {
    ucontext_t context;  // where to go on
    std::vector<char> boot_stack;
    uint64_t time = 0;
    uint64_t until = 0;          // sleeps until then
    bool interruptible = false;  // ... or until an interrupt is pending
    uint64_t timer = UINT64_MAX;
    bool interrupts_on = false;
    bool called = false;              // by another core
    unsigned spin_locks_taken = 0;    // so far
    uint32_t issued = 0;              // the command whose answer is in ANSWER
    uint64_t line_seen = UINT64_MAX;  // when the arbiter's line, now high, gets to the core
  };

  static Machine &running();
  void main() { main_(); }
  unsigned core_count() const { return static_cast<unsigned>(cores_.size()); }
  unsigned current() const { return current_; }
  Core &core() { return cores_[current_]; }
  Core &core(unsigned number) { return cores_[number]; }
  void sleep(uint64_t until, bool interruptible);
  void spend(uint64_t ticks, bool interruptible);
  void take_interrupts();
  unsigned take_pending();  // causes, as executive_interrupt() gets them
  void update_lines();
  uint32_t read_arbiter(uintptr_t address);
  void write_arbiter(uintptr_t address, uint32_t value);
  void *allocate(std::size_t size);
  void release(void *memory);
  ucontext_t *new_context();
  std::vector<uint32_t> shared;  // words of the memory for locks in software
  void print(const char *text) { printed_ += text; }
  void add_note(const struct port_note &note) { notes_.push_back(note); }
  [[noreturn]] void end(End how, int exit_code);

 private:
  void reset();
  unsigned pending(unsigned core) const;
  uint64_t next_time(unsigned core) const;

  Board *const board_ = Board::attached();
  ReferenceModel arbiter_;
  const unsigned locks_;
  const std::optional<uint32_t> id_;
  std::vector<Core> cores_;
  unsigned current_ = 0;
  uint64_t now_ = 0;
  ucontext_t scheduler_;
  bool ended_ = false;
  End how_ = End::kStuck;
  int exit_code_ = 0;
  std::function<void()> main_;
  std::string printed_;
  std::vector<struct port_note> notes_;
  std::vector<std::unique_ptr<ucontext_t>> contexts_;
  std::vector<std::vector<char>> further_boot_stacks_;
  std::set<void *> memory_;
};

}  // namespace lockarb

#endif
