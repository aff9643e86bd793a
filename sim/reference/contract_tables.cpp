// SPDX-License-Identifier: Apache-2.0
#include "sim/reference/contract_tables.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace lockarb::contract {

const std::array<AcquireRow, 18> kAcquireTable = {{
    // clang-format off
    {"FREE", {"GRANT-X", "GRANT-X", "GRANT-S", "GRANT-S", "GRANT-S"}},
    {"X(me)", {"REC-X", "REC-X", "REC-X", "REC-X", "REC-X"}},
    {"X(me), Sw", {"REC-X", "REC-X", "REC-X", "REC-X", "REC-X"}},
    {"X(me), Ew", {"REC-X", "REC-X", "REC-X", "REC-X", "REC-X"}},
    {"X(me), Ew+Sw", {"REC-X", "REC-X", "REC-X", "REC-X", "REC-X"}},
    {"X(other)", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "FALSE / WAIT-S", "FALSE / WAIT-S"}},
    {"X(other), Sw", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "FALSE / WAIT-S", "FALSE / WAIT-S"}},
    {"X(other), Ew", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "FALSE / WAIT-S", "FALSE / WAIT-S"}},
    {"X(other), Ew+Sw", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "FALSE / WAIT-S", "FALSE / WAIT-S"}},
    {"S(me)", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "REC-S"}},
    {"S(me), Ew", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "FALSE / WAIT-S (self-block)"}},
    {"S(me), Ew+Sw", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "FALSE / WAIT-S (self-block)"}},
    {"S(others)", {"FALSE", "FALSE / WAIT-E", "GRANT-S", "GRANT-S", "GRANT-S"}},
    {"S(others), Ew", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "GRANT-S", "FALSE / WAIT-S"}},
    {"S(others), Ew+Sw", {"FALSE", "FALSE / WAIT-E", "FALSE / WAIT-S", "GRANT-S", "FALSE / WAIT-S"}},
    {"S(me+others)", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "REC-S"}},
    {"S(me+others), Ew", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "FALSE / WAIT-S (self-block)"}},
    {"S(me+others), Ew+Sw", {"FALSE", "FALSE / WAIT-E (self-block)", "REC-S", "REC-S", "FALSE / WAIT-S (self-block)"}},
    // clang-format on
}};

const std::array<ReleaseRow, 16> kReleaseTable = {{
    // clang-format off
    {"FREE", "-", "-", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"X(t)", "count-1", "-> FREE", "-"},
    {"X(t), Sw", "count-1", "-> S(all shared waiters)", "-"},
    {"X(t), Ew", "count-1", "-> X(head of exclusive queue)", "-"},
    {"X(t), Ew+Sw", "count-1", "-> S(all shared waiters)", "-"},
    {"X(t), Ew+Sw, WRITER_FIRST", "count-1", "-> X(head of exclusive queue)", "-"},
    {"X(u)", "-", "-", "ERR_NOT_OWNED (0xE3, P4=1)"},
    {"X(u), Sw", "-", "-", "ERR_NOT_OWNED (0xE3, P4=1)"},
    {"X(u), Ew", "-", "-", "ERR_NOT_OWNED (0xE3, P4=1)"},
    {"X(u), Ew+Sw", "-", "-", "ERR_NOT_OWNED (0xE3, P4=1)"},
    {"S(t)", "count-1", "-> FREE", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"S(t), Ew", "count-1", "-> X(head of exclusive queue)", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"S(t), Ew+Sw", "count-1", "-> X(head of exclusive queue)", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"S(t+others)", "count-1", "entry(t) removed", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"S(t+others), Ew", "count-1", "entry(t) removed", "ERR_NOT_OWNED (0xE3, P4=3)"},
    {"S(t+others), Ew+Sw", "count-1", "entry(t) removed", "ERR_NOT_OWNED (0xE3, P4=3)"},
    // clang-format on
}};

const std::array<ConvertRow, 5> kConvertTable = {{
    {"X(me)", "S(me n)"},
    {"X(me), Sw", "S(me n + every shared waiter 1)"},
    {"X(me), Ew", "S(me n)"},
    {"X(me), Ew+Sw", "S(me n + every shared waiter 1)"},
    {"anything else", "ERR_CONVERT"},
}};

const std::array<OwnerRow, 2> kOwnerTable = {{
    {"p&3==3", {"X(p), same count", "S(p), same count", "counts added into p", "ERR_NOT_OWNED"}},
    {"p&3!=3", {"error", "error", "error", "error"}},
}};

const std::array<LifetimeRow, kLifetimeOperations> kLifetimeTable = {{
    {"Delete", {"no lock", "slot freed", "slot freed (+warning flag)", "error, no change"}},
    {"Reinitialize", {"no lock", "all zero", "all zero (+warning flag)", "error, no change"}},
    {"Initialize",
     {"all zero", "a second Initialize", "a second Initialize", "a second Initialize"}},
}};

const std::array<ApcRow, 8> kApcTable = {{
    {false, false, false, false, false, "yes", "yes (if N=0)", "alertable UserMode wait"},
    {true, false, false, true, false, "yes", "no", "no"},
    {false, true, false, true, true, "no", "no", "no"},
    {true, true, false, true, true, "no", "no", "no"},
    {false, false, true, false, true, "no", "no", "no"},
    {true, false, true, true, true, "no", "no", "no"},
    {false, true, true, true, true, "no", "no", "no"},
    {true, true, true, true, true, "no", "no", "no"},
}};

namespace {

// A word that is not in the list is a mistake in a table.
template <class Word, std::size_t N>
Word meaning_of(const std::string &text, const std::pair<const char *, Word> (&words)[N]) {
  for (const auto &[name, word] : words) {
    if (text == name) return word;
  }
  throw std::logic_error("contract: no meaning of \"" + text + '"');
}

}  // namespace

LockState parse_state(const char *words) {
  const std::string text = words;
  const std::string owners = text.substr(0, text.find(','));
  const std::string rest = text.substr(owners.size());
  LockState state;
  state.standing = meaning_of<Standing>(owners, {{"FREE", Standing::kFree},
                                                 {"X(me)", Standing::kExclusiveMine},
                                                 {"X(t)", Standing::kExclusiveMine},
                                                 {"X(other)", Standing::kExclusiveOther},
                                                 {"X(u)", Standing::kExclusiveOther},
                                                 {"S(me)", Standing::kSharedMine},
                                                 {"S(t)", Standing::kSharedMine},
                                                 {"S(others)", Standing::kSharedOthers},
                                                 {"S(me+others)", Standing::kSharedMineAndOthers},
                                                 {"S(t+others)", Standing::kSharedMineAndOthers}});
  state.exclusive_waiters = rest.find("Ew") != std::string::npos;
  state.shared_waiters = rest.find("Sw") != std::string::npos;
  state.writer_first = rest.find("WRITER_FIRST") != std::string::npos;
  return state;
}

AcquireWord parse_acquire(const char *cell, bool wait) {
  std::string text = cell;
  const std::size_t slash = text.find(" / ");
  if (slash != std::string::npos) text = wait ? text.substr(slash + 3) : text.substr(0, slash);
  return meaning_of<AcquireWord>(text, {{"GRANT-X", AcquireWord::kGrantX},
                                        {"GRANT-S", AcquireWord::kGrantS},
                                        {"REC-X", AcquireWord::kRecX},
                                        {"REC-S", AcquireWord::kRecS},
                                        {"FALSE", AcquireWord::kFalse},
                                        {"WAIT-E", AcquireWord::kWaitE},
                                        {"WAIT-S", AcquireWord::kWaitS},
                                        {"WAIT-E (self-block)", AcquireWord::kWaitESelfBlock},
                                        {"WAIT-S (self-block)", AcquireWord::kWaitSSelfBlock}});
}

ReleaseWord parse_release(const char *cell) {
  return meaning_of<ReleaseWord>(cell,
                                 {{"-", ReleaseWord::kUnreachable},
                                  {"count-1", ReleaseWord::kCount},
                                  {"-> FREE", ReleaseWord::kFree},
                                  {"-> S(all shared waiters)", ReleaseWord::kAllShared},
                                  {"-> X(head of exclusive queue)", ReleaseWord::kHeadOfExclusive},
                                  {"entry(t) removed", ReleaseWord::kEntryRemoved},
                                  {"ERR_NOT_OWNED (0xE3, P4=3)", ReleaseWord::kNotOwnedShared},
                                  {"ERR_NOT_OWNED (0xE3, P4=1)", ReleaseWord::kNotOwnedExclusive}});
}

ConvertWord parse_convert(const char *cell) {
  return meaning_of<ConvertWord>(
      cell, {{"S(me n)", ConvertWord::kMine},
             {"S(me n + every shared waiter 1)", ConvertWord::kMineAndAllShared},
             {"ERR_CONVERT", ConvertWord::kError}});
}

OwnerWord parse_owner(const char *cell) {
  return meaning_of<OwnerWord>(cell, {{"X(p), same count", OwnerWord::kRenamed},
                                      {"S(p), same count", OwnerWord::kRenamed},
                                      {"counts added into p", OwnerWord::kAdded},
                                      {"ERR_NOT_OWNED", OwnerWord::kNotOwned},
                                      {"error", OwnerWord::kError}});
}

LifetimeWord parse_lifetime(const char *cell) {
  return meaning_of<LifetimeWord>(cell, {{"no lock", LifetimeWord::kNoLock},
                                         {"slot freed", LifetimeWord::kFreed},
                                         {"slot freed (+warning flag)", LifetimeWord::kFreedHeld},
                                         {"all zero", LifetimeWord::kZero},
                                         {"all zero (+warning flag)", LifetimeWord::kZeroHeld},
                                         {"error, no change", LifetimeWord::kWaiters},
                                         {"a second Initialize", LifetimeWord::kSecond}});
}

ApcWord parse_apc(const char *cell) {
  return meaning_of<ApcWord>(cell, {{"no", ApcWord::kNo},
                                    {"yes", ApcWord::kYes},
                                    {"yes (if N=0)", ApcWord::kIfNoneInProgress},
                                    {"alertable UserMode wait", ApcWord::kIfAlertable}});
}

}  // namespace lockarb::contract
