// SPDX-License-Identifier: Apache-2.0
#include "sim/run/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

#include "lockarb_threads.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/model/units.h"
#include "sim/reference/access_text.h"
#include "sim/reference/reference_model.h"
#include "sim/run/plain_text.h"
#include "sim/run/scenario_mapping.h"
#include "sim/run/scenario_text.h"

namespace lockarb {
namespace {

constexpr std::size_t kLongestName = 31;  // lockarb_threads.h

constexpr uint64_t kMostPatience = LOCKARB_MAX_PATIENCE / kClockNanoseconds;
const std::vector<std::string> kScenarioKeys = {"name",    "seed",  "cores",   "locks",
                                                "lock",    "order", "arbiter", "patience_clocks",
                                                "threads", "faults"};
const std::vector<std::string> kThreadKeys = {
    "name",  "core",      "priority", "count",       "loop",         "do",          "lock",
    "locks", "recursion", "try",      "hold_clocks", "think_clocks", "rest_clocks", "apcs"};

void read_do(const Mapping &entry, workload_thread *thread) {
  const YAML::Node value = entry.get("do");
  if (value && value.IsMap()) {
    const Mapping weights(entry.file(), value, entry.full("do"), {"exclusive", "shared"});
    thread->exclusive = static_cast<unsigned>(weights.number("exclusive", 0, 0, 1000));
    thread->shared = static_cast<unsigned>(weights.number("shared", 0, 0, 1000));
    if (thread->exclusive + thread->shared == 0) {
      entry.fail_key("do", "both weights are 0; say do: nothing for a thread without locks");
    }
    return;
  }
  const std::string what = entry.text("do", "exclusive");
  const std::vector<std::string> words = {"exclusive", "shared", "nothing"};
  if (std::find(words.begin(), words.end(), what) == words.end()) {
    entry.fail_key("do", fmt::format("\"{}\" is not known{}, or weights such as "
                                     "{{exclusive: 1, shared: 9}}",
                                     what, did_you_mean(what, words)));
  }
  thread->exclusive = what == "exclusive";
  thread->shared = what == "shared";
}

std::vector<unsigned> read_locks(const Mapping &entry, unsigned locks) {
  if (entry.has("lock") && entry.has("locks")) {
    entry.fail_key("locks", "lock and locks are both given; keep one");
  }
  const std::string key = entry.has("locks") ? "locks" : "lock";
  const YAML::Node value = entry.get(key);
  if (!value) return {0};
  if (value.IsScalar() && value.Scalar() == "any") {
    std::vector<unsigned> all(locks);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  const std::string in_range = entry.full(key);
  std::vector<unsigned> list;
  if (value.IsSequence()) {
    for (const YAML::Node &item : value) {
      list.push_back(static_cast<unsigned>(entry.to_number(item, in_range, 0, locks - 1)));
    }
    if (list.empty()) entry.fail_key(key, "the list is empty; name a lock, or say do: nothing");
  } else {
    list.push_back(static_cast<unsigned>(entry.to_number(value, in_range, 0, locks - 1)));
  }
  return list;
}

struct PendingTarget {
  std::size_t thread;
  std::string name;
  std::string where;  // beginning of the message
};

void read_apcs(const Mapping &entry, workload_thread *thread, std::string *target) {
  const YAML::Node value = entry.get("apcs");
  if (!value) return;
  const Mapping apcs(entry.file(), value, entry.full("apcs"), {"kind", "period", "target"});
  const std::string kind = apcs.text("kind", "normal");
  const std::vector<std::string> kinds = {"special", "normal", "user"};
  const auto found = std::find(kinds.begin(), kinds.end(), kind);
  if (found == kinds.end()) {
    apcs.fail_key("kind", fmt::format("\"{}\" is not known{}", kind, did_you_mean(kind, kinds)));
  }
  thread->apc = static_cast<workload_apc>(WORKLOAD_SPECIAL_APC + (found - kinds.begin()));
  if (!apcs.has("period")) apcs.fail_key("period", "is missing; give the clocks between two APCs");
  thread->apc_period = apcs.number("period", 0, 1, kMostClocks);
  *target = apcs.text("target", "any");
}

workload_thread read_thread(const Mapping &entry, const Scenario &scenario) {
  workload_thread thread{};
  thread.core = entry.has("core")
                    ? static_cast<unsigned>(entry.number("core", 0, 0, scenario.cores - 1))
                    : WORKLOAD_ANY_CORE;
  thread.priority = static_cast<int>(entry.number("priority", 8, 1, 31));
  thread.loop = entry.number("loop", 1, 1, kMostClocks);
  thread.recursion = static_cast<unsigned>(entry.number("recursion", 1, 1, 100));
  thread.try_only = entry.truth("try");
  thread.hold = entry.range("hold_clocks");
  thread.think = entry.range("think_clocks");
  thread.rest = entry.range("rest_clocks");
  read_do(entry, &thread);
  return thread;
}

void read_threads(const Mapping &top, Scenario *scenario) {
  const YAML::Node list = top.get("threads");
  if (!list || !list.IsSequence() || list.size() == 0) {
    top.fail_key("threads",
                 "must be a list with at least one thread, such as "
                 "[{core: 0, loop: 100, do: exclusive, hold_clocks: 20}]");
  }
  std::vector<PendingTarget> targets;
  std::map<std::string, std::size_t> index_of;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Mapping entry(top.file(), list[i], fmt::format("threads[{}]", i), kThreadKeys);
    const std::string name = entry.text("name", fmt::format("thread{}", i));
    const uint64_t count = entry.number("count", 1, 1, kMostThreads);
    const std::size_t suffix = count == 1 ? 0 : 1 + std::to_string(count - 1).size();
    if (name.size() + suffix > kLongestName) {
      entry.fail_key("name", fmt::format("\"{}\" is longer than {} characters, replica numbers "
                                         "included",
                                         name, kLongestName));
    }
    if (!index_of.emplace(name, scenario->threads.size()).second) {
      entry.fail_key("name", fmt::format("\"{}\" is taken by another thread", name));
    }
    if (scenario->threads.size() + count > kMostThreads) {
      entry.fail_key("count", fmt::format("more than {} threads in all", kMostThreads));
    }
    workload_thread thread = read_thread(entry, *scenario);
    scenario->lock_lists.push_back(read_locks(entry, scenario->locks));
    thread.locks = scenario->lock_lists.back().data();
    thread.lock_count = static_cast<unsigned>(scenario->lock_lists.back().size());
    std::string target;
    read_apcs(entry, &thread, &target);
    for (uint64_t replica = 0; replica < count; ++replica) {
      scenario->names.push_back(count == 1 ? name : fmt::format("{}.{}", name, replica));
      thread.name = scenario->names.back().c_str();
      if (!target.empty()) {
        targets.push_back({scenario->threads.size(), target,
                           fmt::format("{}:{}: {}", top.file(), entry.get("apcs").Mark().line + 1,
                                       entry.full("apcs.target"))});
      }
      scenario->threads.push_back(thread);
      scenario->loops += thread.loop;
    }
  }
  for (const PendingTarget &target : targets) {
    int &index = scenario->threads[target.thread].apc_target;
    const auto found = index_of.find(target.name);
    if (target.name == "any") {
      index = WORKLOAD_TARGET_ANY;
    } else if (target.name == "self") {
      index = WORKLOAD_TARGET_SELF;
    } else if (found != index_of.end()) {
      index = static_cast<int>(found->second);
    } else {
      std::vector<std::string> words = {"any", "self"};
      for (const auto &[name, unused] : index_of) words.push_back(name);
      throw ScenarioError(fmt::format("{}: no thread has the name \"{}\"{}", target.where,
                                      target.name, did_you_mean(target.name, words)));
    }
  }
}

constexpr FaultKind kFaultKinds[] = {
    FaultKind::kBusError,      FaultKind::kBusStall,          FaultKind::kLateInterrupt,
    FaultKind::kLostInterrupt, FaultKind::kSpuriousInterrupt, FaultKind::kFlipBit,
    FaultKind::kHostile,       FaultKind::kKillThread,        FaultKind::kResetCore,
};

std::vector<std::string> keys_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kBusError:
      return {"core", "access", "carried_out"};
    case FaultKind::kBusStall:
      return {"core", "access", "clocks"};
    case FaultKind::kLateInterrupt:
      return {"core", "after", "clocks"};
    case FaultKind::kLostInterrupt:
    case FaultKind::kResetCore:
      return {"core", "after"};
    case FaultKind::kSpuriousInterrupt:
      return {"core", "at", "clocks"};
    case FaultKind::kFlipBit:
      return {"ram", "lock", "slot", "bit", "after"};
    case FaultKind::kHostile:
      return {"core", "accesses", "after", "rest_clocks", "privileged", "lock"};
    case FaultKind::kKillThread:
      return {"thread", "after"};
  }
  return {};
}

// The RAMs with parity, by their names.
Ram read_ram(const Mapping &entry) {
  std::vector<std::string> words;
  for (const Ram ram : {Ram::kRow, Ram::kHold, Ram::kThread, Ram::kNext, Ram::kWalkNext, Ram::kCore,
                        Ram::kWalkCore}) {
    words.emplace_back(ram_name(ram));
  }
  const std::string word = entry.text("ram", "");
  if (word.empty()) {
    entry.fail_key("ram", fmt::format("is missing; one of: {}", fmt::join(words, ", ")));
  }
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    entry.fail_key("ram", fmt::format("\"{}\" is not known{}", word, did_you_mean(word, words)));
  }
  return *ram_named(word);
}

Fault read_flip(const Mapping &entry, const Scenario &scenario) {
  const ModelSize &size = scenario.arbiter;
  Fault fault;
  fault.kind = FaultKind::kFlipBit;
  RamBit &at = fault.bit;
  at.ram = read_ram(entry);
  const bool of_lock = at.ram == Ram::kRow || at.ram == Ram::kHold;
  const bool of_slot = at.ram != Ram::kRow;
  std::string word;
  if (of_lock) {
    at.lock = static_cast<unsigned>(entry.needed("lock", 0, scenario.locks - 1));
    word = fmt::format(" of lock {}", at.lock);
  } else if (entry.has("lock")) {
    entry.fail_key("lock", "this RAM has a word for each thread slot; say slot");
  }
  if (of_slot) {
    at.thread = static_cast<unsigned>(entry.needed("slot", 0, size.threads - 1));
    word += fmt::format("{} slot {}", of_lock ? "," : " of", at.thread);
  } else if (entry.has("slot")) {
    entry.fail_key("slot", "this RAM has a word for each lock; take slot away");
  }
  const ReferenceModel reference(
      {size.cores, size.threads, size.locks, size.hold_width, size.statistics});
  at.bit = static_cast<unsigned>(entry.needed("bit", 0, reference.width(at.ram) - 1));
  fault.at = entry.needed("after", 0, kMostClocks);
  fault.text =
      fmt::format("flip_bit {} of {}{} after clock {}", at.bit, ram_name(at.ram), word, fault.at);
  return fault;
}

// Its own lock is one that no thread has, and it plays with the last thread slots there.
void read_hostile(const Mapping &entry, const Scenario &scenario, Fault *fault) {
  const ModelSize &size = scenario.arbiter;
  if (!size.check_user) {
    entry.fail_key("core",
                   "an arbiter with check_user: 0 cannot tell a hostile program's core from "
                   "others; take that away");
  }
  fault->hostile.accesses = entry.needed("accesses", 1, kMostClocks);
  fault->hostile.rest =
      entry.has("rest_clocks") ? entry.range("rest_clocks") : workload_range{0, 200};
  fault->hostile.privileged = entry.truth("privileged");
  fault->at = entry.number("after", 0, 0, kMostClocks);
  fault->text += fmt::format(" after clock {}", fault->at);
  if (!entry.has("lock")) return;
  if (!fault->hostile.privileged) {
    entry.fail_key("lock", "is for one that is privileged: true; others can have none");
  }
  if (scenario.locks == size.locks) {
    entry.fail_key("lock",
                   fmt::format("the threads have all {} locks; make do with fewer", size.locks));
  }
  fault->hostile.lock = static_cast<unsigned>(entry.needed("lock", scenario.locks, size.locks - 1));
  const std::size_t most =
      std::max(size.threads, kHostileSlots + 1) - kHostileSlots - 1;  // the main thread has one
  if (scenario.threads.size() > most) {
    entry.fail_key("lock",
                   fmt::format("there are more than {} threads, which need the thread slots "
                               "that go with it; take some of them away, or give the arbiter more",
                               most));
  }
}

std::string read_victim(const Mapping &entry, const Scenario &scenario) {
  if (!entry.has("thread")) entry.fail_key("thread", "is missing; give the name of a thread");
  std::string name = entry.text("thread", "");
  const std::vector<std::string> names(scenario.names.begin(), scenario.names.end());
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    entry.fail_key("thread",
                   fmt::format("no thread has the name \"{}\"{}", name, did_you_mean(name, names)));
  }
  return name;
}

Fault read_fault(const Mapping &entry, FaultKind kind, const Scenario &scenario) {
  if (kind == FaultKind::kFlipBit) return read_flip(entry, scenario);
  Fault fault;
  fault.kind = kind;
  if (kind == FaultKind::kKillThread) {
    fault.thread = read_victim(entry, scenario);
    fault.at = entry.needed("after", 0, kMostClocks);
    fault.text = fmt::format("{} {} after clock {}", fault_name(kind), fault.thread, fault.at);
    return fault;
  }
  fault.core = static_cast<unsigned>(entry.needed("core", 0, scenario.cores - 1));
  fault.text = fmt::format("{} of core {}", fault_name(kind), fault.core);
  switch (kind) {
    case FaultKind::kBusError:
    case FaultKind::kBusStall:
      fault.access = entry.needed("access", 1, kMostClocks);
      fault.carried_out = entry.truth("carried_out");
      fault.text += fmt::format(" at its access {}", fault.access);
      break;
    case FaultKind::kLateInterrupt:
    case FaultKind::kLostInterrupt:
    case FaultKind::kResetCore:
      fault.at = entry.needed("after", 0, kMostClocks);
      fault.text += fmt::format(" after clock {}", fault.at);
      break;
    case FaultKind::kSpuriousInterrupt:
      fault.at = entry.needed("at", 0, kMostClocks);
      fault.clocks = entry.number("clocks", 100, 1, kMostClocks);
      fault.text += fmt::format(" in clock {}", fault.at);
      return fault;
    case FaultKind::kHostile:
      read_hostile(entry, scenario, &fault);
      return fault;
    case FaultKind::kFlipBit:
    case FaultKind::kKillThread:
      break;
  }
  if (kind == FaultKind::kBusStall || kind == FaultKind::kLateInterrupt) {
    fault.clocks = entry.needed("clocks", 1, kMostClocks);
  }
  return fault;
}

void add_hostile(const Mapping &entry, const Fault &fault, unsigned number, Scenario *scenario) {
  for (const workload_hostile &other : scenario->hostiles) {
    if (other.core == fault.core) entry.fail_key("core", "has a hostile program already; keep one");
  }
  scenario->names.push_back(fmt::format("hostile.{}", fault.core));
  scenario->hostiles.push_back({number, scenario->names.back().c_str(), fault.core, fault.at});
}

void read_faults(const Mapping &top, Scenario *scenario) {
  const YAML::Node list = top.get("faults");
  if (!list) return;
  if (!list.IsSequence()) {
    top.fail_key("faults", "must be a list, such as [{bus_error: {core: 1, access: 17}}]");
  }
  std::vector<std::string> words;
  for (const FaultKind kind : kFaultKinds) words.push_back(fault_name(kind));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = fmt::format("faults[{}]", i);
    const Mapping item(top.file(), list[i], path, words);
    if (list[i].size() != 1) {
      item.fail(list[i], path, "must be one fault; begin each one with a dash of its own");
    }
    for (const FaultKind kind : kFaultKinds) {
      const std::string word = fault_name(kind);
      if (!item.has(word)) continue;
      const Mapping entry(top.file(), item.get(word), item.full(word), keys_of(kind));
      const Fault fault = read_fault(entry, kind, *scenario);
      if (kind == FaultKind::kHostile) {
        add_hostile(entry, fault, static_cast<unsigned>(i), scenario);
      }
      scenario->faults.push_back(fault);
    }
  }
}

}  // namespace

ScenarioError::ScenarioError(const std::string &message) : runtime_error(printable(message)) {}

void Scenario::set_seed(uint64_t value) {
  seed = value;
  for (std::size_t i = 0; i < threads.size(); ++i) threads[i].seed = value + i * 0x100000001B3u;
  for (std::size_t i = 0; i < faults.size(); ++i)
    faults[i].hostile.seed = value - (i + 1) * 0x100000001B3u;
}

namespace {

void read_arbiter(const Mapping &top, ModelSize *size) {
  if (!top.has("arbiter")) return;
  const Mapping sizes(top.file(), top.get("arbiter"), "arbiter", size_names());
  for (const SizeKey &key : size_keys()) {
    key.set(size,
            static_cast<unsigned>(sizes.number(key.name, key.get(*size), key.least, key.most)));
  }
}

}  // namespace

Scenario read_scenario(const std::string &path, const std::string &sizes) {
  YAML::Node root;
  try {
    root = YAML::Load(read_scenario_text(path));
  } catch (const YAML::Exception &error) {
    throw ScenarioError(
        fmt::format("{}:{}: not YAML: {}", path, std::max(error.mark.line, 0) + 1, error.msg));
  }
  const Mapping top(path, root, "", kScenarioKeys);
  Scenario scenario;
  ModelSize &size = scenario.arbiter;
  read_arbiter(top, &size);
  if (!sizes.empty()) change_sizes(sizes, &size);
  const std::string file_name = std::filesystem::path(path).stem().string();
  scenario.name = top.text("name", file_name);
  if (!top.has("name")) top.check_plain(root, "name", file_name);
  scenario.cores =
      static_cast<unsigned>(top.number("cores", std::min(4u, size.cores), 1, size.cores));
  scenario.locks = static_cast<unsigned>(top.number("locks", 1, 1, size.locks));
  if (top.is_second_word("lock", {"hardware", "software"})) {
    scenario.resource_flags |= LOCKARB_RESOURCE_SOFTWARE;
  }
  if (top.is_second_word("order", {"readers_first", "writer_first"})) {
    scenario.resource_flags |= LOCKARB_RESOURCE_WRITER_FIRST;
  }
  scenario.patience = top.number("patience_clocks", 0, 0, kMostPatience);
  read_threads(top, &scenario);
  read_faults(top, &scenario);
  scenario.set_seed(top.number("seed", 1, 0, UINT64_MAX));
  return scenario;
}

}  // namespace lockarb
