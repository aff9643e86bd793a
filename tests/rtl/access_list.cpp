// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/access_list.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

uint32_t address_of(unsigned core, uint32_t offset) {
  return core << LOCKARB_WINDOW_SHIFT | offset;
}
uint32_t command_offset(unsigned operation, unsigned lock) {
  return LOCKARB_COMMAND_OFFSET | place_of(operation, lock);
}

constexpr uint32_t kRegisters[] = {LOCKARB_ID_OFFSET,
                                   LOCKARB_PARAMS_OFFSET,
                                   LOCKARB_LIMITS_OFFSET,
                                   LOCKARB_STATUS_OFFSET,
                                   LOCKARB_TIME_LO_OFFSET,
                                   LOCKARB_TIME_HI_OFFSET,
                                   LOCKARB_CONTROL_OFFSET,
                                   LOCKARB_CURRENT_THREAD_OFFSET,
                                   LOCKARB_OPERAND_OFFSET,
                                   LOCKARB_GRANT_OFFSET,
                                   LOCKARB_ERROR_OFFSET,
                                   LOCKARB_APC_MASK_OFFSET,
                                   LOCKARB_IRQL_OFFSET,
                                   LOCKARB_APC_PENDING_OFFSET,
                                   LOCKARB_APC_DELIVERABLE_OFFSET,
                                   LOCKARB_USER_ERROR_OFFSET,
                                   LOCKARB_ARM_OFFSET,
                                   LOCKARB_ANSWER_OFFSET,
                                   LOCKARB_USER_ANSWER_OFFSET,
                                   LOCKARB_ISSUE_OFFSET,
                                   LOCKARB_TAKE_OFFSET};
constexpr uint32_t kStatistics[] = {LOCKARB_ACQUISITIONS_OFFSET, LOCKARB_CONTENTIONS_OFFSET,
                                    LOCKARB_LONGEST_WAIT_OFFSET, LOCKARB_LONGEST_HOLD_OFFSET,
                                    LOCKARB_DEEPEST_QUEUE_OFFSET};
constexpr uint32_t kStatisticsStride = 1u << LOCKARB_STATISTICS_LOCK_SHIFT;

// The i-th of `used` numbers, spread over 0 to all-1, both ends included.
unsigned spread(unsigned i, unsigned used, unsigned all) {
  return i * (all - 1) / std::max(1u, used - 1);
}

}  // namespace

void print(std::ostream &out, const AccessList &list) {
  for (const Access &access : list) {
    if (access.flip) {
      out << access.time << " F " << ram_name(access.flip->ram) << ' ' << access.flip->lock << ' '
          << access.flip->thread << ' ' << access.flip->bit << '\n';
      continue;
    }
    std::ostringstream line;
    line << std::dec << access.time << (access.write ? " W " : " R ") << std::hex << access.address;
    if (access.write) line << ' ' << access.data;
    if (!access.privileged) line << " unprivileged";
    if (access.user != access.address >> LOCKARB_WINDOW_SHIFT) line << " user=" << +access.user;
    if (access.lanes != 15) line << " lanes=" << +access.lanes;
    if (access.gap != 0) line << " gap=" << +access.gap;
    if (access.joined) line << " joined";
    if (access.settle) line << " settle";
    out << line.str() << "  # " << access_text(access.address, access.write, access.data) << '\n';
  }
}

AccessList parse(std::istream &in) {
  AccessList list;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    Access access;
    std::string kind;
    if (!(words >> access.time)) {
      if (words.eof()) continue;
      throw std::runtime_error("no time: " + line);
    }
    words >> kind;
    if (kind == "F") {
      std::string name;
      RamBit at{};
      words >> name >> at.lock >> at.thread >> at.bit;
      const std::optional<Ram> ram = ram_named(name);
      if (!words || !ram) throw std::runtime_error("no bit of a RAM: " + line);
      at.ram = *ram;
      access.flip = at;
      list.push_back(access);
      continue;
    }
    words >> std::hex >> access.address;
    access.write = kind == "W";
    if (access.write) words >> access.data;
    if (!words || (kind != "R" && kind != "W")) throw std::runtime_error("no access: " + line);
    access.user = static_cast<uint8_t>(access.address >> LOCKARB_WINDOW_SHIFT);
    for (std::string word; words >> word;) {
      const std::string name = word.substr(0, word.find('='));
      const unsigned value =
          name == word
              ? 0
              : static_cast<unsigned>(std::stoul(word.substr(name.size() + 1), nullptr, 16));
      if (name == "unprivileged") {
        access.privileged = false;
      } else if (name == "user") {
        access.user = static_cast<uint8_t>(value);
      } else if (name == "lanes") {
        access.lanes = static_cast<uint8_t>(value);
      } else if (name == "gap") {
        access.gap = static_cast<uint8_t>(value);
      } else if (name == "joined") {
        access.joined = true;
      } else if (name == "settle") {
        access.settle = true;
      } else {
        throw std::runtime_error("unknown word " + word + ": " + line);
      }
    }
    list.push_back(access);
  }
  return list;
}

AccessGenerator::AccessGenerator(const ReferenceModel::Sizes &sizes, unsigned used_threads,
                                 unsigned used_locks, unsigned seed)
    : sizes_(sizes), random_(seed), model_(sizes), statuses_(32) {
  for (unsigned i = 0; i < used_threads; ++i) {
    threads_.push_back(spread(i, used_threads, sizes.threads));
  }
  for (unsigned i = 0; i < used_locks; ++i) {
    locks_.push_back(spread(i, used_locks, sizes.locks));
  }
}

AccessList AccessGenerator::draw(unsigned commands) {
  if (commands_ == 0) {
    for (unsigned core = 0; core < sizes_.cores; ++core) {
      if (!one_in(8)) write(core, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    }
    for (const unsigned lock : locks_) initialize(0, lock);
  }
  commands_ = 0;
  while (commands_ < commands) step();
  read_every_register();
  list_.back().settle = true;
  AccessList drawn;
  drawn.swap(list_);
  return drawn;
}

void AccessGenerator::add(Access access) {
  access.time = time_;
  model_.set_time(time_);
  if (access.write) {
    const bool done = model_.write(access.address, access.data, access.sideband());
    const unsigned core = access.address >> LOCKARB_WINDOW_SHIFT;
    if (done && access.address == address_of(core, LOCKARB_ISSUE_OFFSET)) {
      ++commands_;
      const uint32_t place = LOCKARB_ANSWER_OFFSET;
      const auto answer = access.privileged
                              ? model_.read(address_of(core, place), access.sideband())
                              : std::nullopt;
      if (answer) ++statuses_[*answer & LOCKARB_RESULT_STATUS_MASK];
    }
  } else {
    const std::optional<uint32_t> answer = model_.read(access.address, access.sideband());
    if (is_command(access.address)) {
      ++commands_;
      if (answer) ++statuses_[*answer & LOCKARB_RESULT_STATUS_MASK];
    }
  }
  list_.push_back(access);
}

// Of each class and order; most often it may be used by everybody, since all must be able to wait
// for it.
void AccessGenerator::initialize(unsigned core, unsigned lock) {
  static constexpr unsigned kOperations[] = {
      LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_WRITER_FIRST, LOCKARB_OP_INITIALIZE_USER,
      LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST};
  issue(core, kOperations[below(std::size(kOperations))], lock);
}

// A command in one of the two ways; now and then not armed, armed for another one, in two steps
// with something between them, or unprivileged.
void AccessGenerator::issue(unsigned core, unsigned operation, unsigned lock) {
  Access access;
  access.user = static_cast<uint8_t>(core);
  access.privileged = !one_in(8);
  access.settle = one_in(3);
  if (one_in(4) || !model_.aperture(core)) {
    access.write = true;
    access.address = address_of(core, LOCKARB_ISSUE_OFFSET);
    access.data = place_of(operation, lock) | (one_in(8) ? random_() & 0xfff80003 : 0);
    add(access);
    read(core, access.privileged ? LOCKARB_ANSWER_OFFSET : LOCKARB_USER_ANSWER_OFFSET);
    if (!model_.aperture(core) && one_in(8)) {
      write(core, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    }
    return;
  }
  if (needs_arm(operation) ? !one_in(16) : one_in(64)) {
    const bool other = one_in(32);
    write(core, LOCKARB_ARM_OFFSET,
          place_of(other ? any_operation() : operation, other && one_in(2) ? any_lock() : lock));
    if (one_in(32)) write(core, LOCKARB_CURRENT_THREAD_OFFSET, model_.current_thread(core));
    if (one_in(32)) read(core, command_offset(LOCKARB_OP_HOLD_COUNT, lock));
  }
  access.address = address_of(core, command_offset(operation, lock));
  access.gap = one_in(8) ? static_cast<uint8_t>(below(4)) : 0;
  add(access);
}

// Another core that has the slot gives it up first, most of the time.
void AccessGenerator::set_current(unsigned core, uint32_t current) {
  for (unsigned other = 0; other < sizes_.cores; ++other) {
    if (other != core && model_.current_thread(other) == current && !one_in(8)) {
      write(other, LOCKARB_CURRENT_THREAD_OFFSET,
            one_in(2) ? 0 : current & LOCKARB_OPERAND_THREAD_MASK);
    }
  }
  write(core, LOCKARB_CURRENT_THREAD_OFFSET, current);
}

void AccessGenerator::read(unsigned core, uint32_t offset) {
  Access access;
  access.address = address_of(core, offset);
  access.user = static_cast<uint8_t>(core);
  access.settle = one_in(3);
  access.gap = one_in(8) ? static_cast<uint8_t>(below(4)) : 0;
  add(access);
}

void AccessGenerator::write(unsigned core, uint32_t offset, uint32_t data) {
  Access access;
  access.address = address_of(core, offset);
  access.user = static_cast<uint8_t>(core);
  access.settle = one_in(3);
  access.write = true;
  access.data = data;
  add(access);
}

void AccessGenerator::change_mood() {
  mood_.releases = below(4);
  mood_.kinds = one_in(3) ? below(4) : 4;
  mood_.stays = one_in(4);
}

void AccessGenerator::flip() {
  static constexpr Ram kRams[] = {Ram::kRow,      Ram::kHold, Ram::kThread,  Ram::kNext,
                                  Ram::kWalkNext, Ram::kCore, Ram::kWalkCore};
  Access access;
  access.time = time_;
  const Ram ram = kRams[below(std::size(kRams))];
  // A thread that is idle would never command again.
  const unsigned thread = any_thread();
  if (ram == Ram::kThread && model_.idle(thread) && !one_in(20)) return;
  access.flip = {ram, any_lock(), thread, below(model_.width(ram))};
  if (model_.flip(*access.flip)) list_.push_back(access);
}

void AccessGenerator::step() {
  if (steps_per_flip_ != 0 && one_in(steps_per_flip_)) flip();
  if (one_in(64)) change_mood();
  if (one_in(4)) time_ += below(200);
  if (one_in(500)) time_ += uint64_t{random_()} << below(20);
  const unsigned core = mood_.stays ? core_that_may() : any_core();
  switch (below(32)) {
    case 0:
      write(core, LOCKARB_APC_MASK_OFFSET, one_in(4) ? random_() : below(3) - 1u);
      break;
    case 1:
      write(core, LOCKARB_APC_PENDING_OFFSET, one_in(2) ? 0 : random_());
      break;
    case 2:
      write(core, LOCKARB_IRQL_OFFSET, one_in(4) ? random_() : below(2));
      break;
    case 3:
      read(core, kRegisters[below(std::size(kRegisters))]);
      break;
    case 4:
      read(core, LOCKARB_STATISTICS_OFFSET + any_lock() * kStatisticsStride +
                     kStatistics[below(std::size(kStatistics))]);
      break;
    case 5:
      if (one_in(4)) odd_access(core);
      break;
    case 6:
      write(core, one_in(2) ? LOCKARB_ERROR_OFFSET : LOCKARB_USER_ERROR_OFFSET, random_());
      if (one_in(8)) {
        write(core, one_in(2) ? LOCKARB_ANSWER_OFFSET : LOCKARB_USER_ANSWER_OFFSET, random_());
      }
      break;
    case 7:
    case 8:
      burst();
      break;
    case 9:
      if (one_in(16)) read_every_register();
      break;
    default:
      if (model_.has_grant(core) && !one_in(3)) take_grant(core);
      command_of_some_thread(core);
      break;
  }
}

void AccessGenerator::take_grant(unsigned core) {
  if (one_in(4)) read(core, LOCKARB_GRANT_OFFSET);
  if (one_in(3)) {
    // Its thread takes it, most often: in a closed aperture, or where it runs elsewhere, nobody
    // does.
    const uint32_t grant = *model_.read(core << LOCKARB_WINDOW_SHIFT | LOCKARB_GRANT_OFFSET);
    const uint32_t thread = (grant & LOCKARB_GRANT_THREAD_MASK) >> LOCKARB_GRANT_THREAD_SHIFT;
    if (!one_in(4)) {
      write(core, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | thread);
    }
    read(core, LOCKARB_TAKE_OFFSET);
    return;
  }
  write(core, LOCKARB_GRANT_OFFSET, random_());
}

unsigned AccessGenerator::idle_thread() {
  unsigned thread = any_thread();
  for (unsigned i = 0; i < 4 && !model_.idle(thread); ++i) thread = any_thread();
  return thread;
}

unsigned AccessGenerator::owner_of(unsigned lock) {
  const unsigned start = below(static_cast<unsigned>(threads_.size()));
  for (unsigned i = 0; i < threads_.size(); ++i) {
    const unsigned thread = threads_[(start + i) % threads_.size()];
    if (model_.hold_count(lock, thread) != 0) return thread;
  }
  return threads_[start];
}

// A core whose current thread can command, most of the time.
unsigned AccessGenerator::core_that_may() {
  unsigned core = any_core();
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t current = model_.current_thread(core);
    if ((current & LOCKARB_CURRENT_THREAD_VALID_MASK) != 0 &&
        model_.idle(current & LOCKARB_CURRENT_THREAD_THREAD_MASK)) {
      break;
    }
    core = any_core();
  }
  return core;
}

// Mostly acquires and releases, so that queues form and move.
unsigned AccessGenerator::any_operation() {
  const unsigned dice = below(75 + 20 * mood_.releases);
  if (dice < 45) {
    const unsigned kind = mood_.kinds < 4 && !one_in(4) ? mood_.kinds : below(4);
    return below(2) << 3 | (one_in(3) ? 0 : 4) | kind;
  }
  if (dice < 49) return LOCKARB_OP_CONVERT;
  if (dice < 53) return LOCKARB_OP_SET_OWNER;
  if (dice < 55) return LOCKARB_OP_HOLD_COUNT;
  if (dice < 61) return LOCKARB_OP_CANCEL;
  if (dice < 64) return LOCKARB_OP_DRAIN;
  if (dice < 67) return LOCKARB_OP_RELEASE_FOR;
  if (dice < 69) return LOCKARB_OP_REINITIALIZE + below(2);
  if (dice < 71) return below(32);
  return below(2) != 0 ? LOCKARB_OP_RELEASE : LOCKARB_OP_RELEASE_AND_LEAVE;
}

void AccessGenerator::command_of_some_thread(unsigned core) {
  const unsigned lock = any_lock();
  if ((!model_.live(lock) || model_.bad(lock)) && one_in(2)) {
    initialize(core, lock);
    return;
  }
  if (!model_.idle(idle_thread()) && !one_in(4)) {
    unblock(core);
    return;
  }
  const unsigned operation = any_operation();
  if (model_.irql(core) > 1 && !one_in(3)) write(core, LOCKARB_IRQL_OFFSET, below(2));
  const bool needs_owner = operation >= LOCKARB_OP_RELEASE && operation != LOCKARB_OP_CANCEL;
  if (mood_.stays ? one_in(16) : !one_in(4)) {
    const unsigned thread = needs_owner && !one_in(4) ? owner_of(lock) : idle_thread();
    set_current(core, (one_in(50) ? 0 : LOCKARB_CURRENT_THREAD_VALID_MASK) | thread);
  }
  switch (operation) {
    case LOCKARB_OP_RELEASE_FOR:
    case LOCKARB_OP_DRAIN:
    case LOCKARB_OP_CANCEL:
    case LOCKARB_OP_SET_OWNER: {
      uint32_t operand = any_thread();
      if (operation == LOCKARB_OP_RELEASE_FOR && !one_in(4)) operand = owner_of(lock);
      if (one_in(30)) operand = random_();
      if (!one_in(8)) operand |= LOCKARB_OPERAND_POINTER_MASK;
      write(core, LOCKARB_OPERAND_OFFSET, operand);
      break;
    }
    default:
      break;
  }
  issue(core, operation, one_in(60) ? below(4096) : lock);
}

// So many threads wait that one which does not is hard to find: a deadlock, most often.
void AccessGenerator::unblock(unsigned core) {
  const unsigned granted = any_core();
  if (model_.has_grant(granted)) {
    take_grant(granted);
    return;
  }
  static constexpr unsigned kOperations[] = {LOCKARB_OP_RELEASE_FOR, LOCKARB_OP_RELEASE_FOR,
                                             LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN};
  const unsigned operation = kOperations[below(std::size(kOperations))];
  const unsigned lock = any_lock();
  write(core, LOCKARB_OPERAND_OFFSET,
        operation == LOCKARB_OP_CANCEL ? any_thread() : owner_of(lock));
  issue(core, operation, lock);
}

// Commands of all cores without a gap between them.
void AccessGenerator::burst() {
  const unsigned count = 2 + below(12);
  const uint8_t gap = static_cast<uint8_t>(below(3));
  // A hand-off repairs what its thread does; the command behind it has looked that up before.
  const bool joined = std::none_of(threads_.begin(), threads_.end(),
                                   [this](unsigned thread) { return model_.bad_thread(thread); });
  for (unsigned i = 0; i < count; ++i) {
    Access access;
    const unsigned core = one_in(8) ? any_core() : core_that_may();
    access.address = address_of(core, one_in(12) ? kRegisters[below(std::size(kRegisters))]
                                                 : command_offset(any_operation(), any_lock()));
    access.user = static_cast<uint8_t>(core);
    access.privileged = !one_in(8);
    access.joined = joined && i != 0;
    access.gap = gap;
    access.settle = i + 1 == count && one_in(2);
    add(access);
  }
}

// What the bus refuses, or nearly: a command of a register that exists, with one thing wrong.
void AccessGenerator::odd_access(unsigned core) {
  Access access;
  access.address = address_of(core, command_offset(any_operation(), any_lock()));
  if (one_in(2)) access.address = address_of(core, kRegisters[below(std::size(kRegisters))]);
  access.user = static_cast<uint8_t>(core);
  access.write = one_in(2);
  access.data = one_in(2) ? random_() : place_of(any_operation(), any_lock());
  access.settle = one_in(2);
  switch (below(7)) {
    case 0:
      access.privileged = false;
      break;
    case 1:
      access.user = static_cast<uint8_t>(below(32));
      break;
    case 2:
      access.lanes = static_cast<uint8_t>(below(16));
      break;
    case 3:
      access.address = random_() & 0x1ffffff;
      break;
    case 4:
      access.address += below(4);
      break;
    case 5:
      access.address = address_of(core, below(1u << LOCKARB_STATISTICS_LOCK_SHIFT) * 4);
      break;
    default:
      access.address =
          address_of(core, LOCKARB_STATISTICS_OFFSET + below(sizes_.locks + 2) * kStatisticsStride +
                               below(8) * 4);
      break;
  }
  if (access.address >> LOCKARB_WINDOW_SHIFT != core && !one_in(4)) {
    access.user = static_cast<uint8_t>(access.address >> LOCKARB_WINDOW_SHIFT);
  }
  add(access);
}

void AccessGenerator::read_every_register() {
  for (unsigned core = 0; core < sizes_.cores; ++core) {
    for (const uint32_t offset : kRegisters) read(core, offset);
  }
  const unsigned lock = any_lock();
  for (const uint32_t offset : kStatistics) {
    read(any_core(), LOCKARB_STATISTICS_OFFSET + lock * kStatisticsStride + offset);
  }
}

}  // namespace lockarb
