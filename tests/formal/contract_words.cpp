// SPDX-License-Identifier: Apache-2.0
// Prints the tables of sim/reference/contract_tables.cpp as Verilog functions: state and request to
// word.
#include <cstdio>

#include "sim/reference/contract_tables.h"

namespace {

using namespace lockarb::contract;

unsigned number(Standing standing) { return static_cast<unsigned>(standing); }

// {standing, Ew, Sw} of a row, as a case item.
void print_state(const LockState &state) {
  std::printf("{3'd%u, 1'b%d, 1'b%d}", number(state.standing), state.exclusive_waiters,
              state.shared_waiters);
}

void begin(const char *name, const char *inputs) {
  std::printf(
      "function [3:0] %s;\n  input [2:0] standing;\n  input ew, sw;\n%s  begin\n"
      "    %s = 4'd0;\n",
      name, inputs, name);
}
void end() { std::printf("  end\nendfunction\n\n"); }

void print_acquires() {
  begin("acquire_word", "  input [2:0] routine;\n  input waits;\n");
  for (const AcquireRow &row : kAcquireTable) {
    for (unsigned routine = 0; routine < kAcquireRoutines; ++routine) {
      for (const bool wait : {false, true}) {
        std::printf("    if ({standing, ew, sw, routine, waits} == {");
        print_state(parse_state(row.state));
        std::printf(", 3'd%u, 1'b%d}) acquire_word = 4'd%u;\n", routine, wait,
                    static_cast<unsigned>(parse_acquire(row.routine[routine], wait)));
      }
    }
  }
  end();
}

void print_releases() {
  // Of a stranger the tables only say S(t), not an owner: it is the state S(others) to it.
  begin("release_word", "  input writer_first;\n  input [1:0] count;\n");
  for (const ReleaseRow &row : kReleaseTable) {
    const LockState state = parse_state(row.state);
    for (const unsigned count : {0u, 1u, 2u}) {
      const ReleaseWord word = parse_release(count == 0   ? row.no_owner
                                             : count == 1 ? row.one
                                                          : row.more_than_one);
      if (word == ReleaseWord::kUnreachable) continue;
      LockState seen = state;
      const bool shared = state.standing == Standing::kSharedMine ||
                          state.standing == Standing::kSharedMineAndOthers;
      if (count == 0 && shared) seen.standing = Standing::kSharedOthers;
      // A later row that names the mode bit goes before.
      std::printf("    if ({standing, ew, sw, count} == {");
      print_state(seen);
      std::printf(", 2'd%u}%s) release_word = 4'd%u;\n", count,
                  state.writer_first ? " && writer_first" : "", static_cast<unsigned>(word));
    }
  }
  end();
}

void print_converts() {
  begin("convert_word", "");
  for (const ConvertRow &row : kConvertTable) {
    const unsigned word = static_cast<unsigned>(parse_convert(row.outcome));
    if (parse_convert(row.outcome) == ConvertWord::kError) continue;  // anything else
    std::printf("    if ({standing, ew, sw} == ");
    print_state(parse_state(row.state));
    std::printf(") convert_word = 4'd%u;\n", word);
  }
  end();
}

void print_owners() {
  std::printf(
      "function [3:0] owner_word;\n  input bad;\n  input [1:0] column;\n"
      "  case ({bad, column})\n");
  for (unsigned row = 0; row < kOwnerTable.size(); ++row) {
    for (unsigned column = 0; column < kOwnerColumns; ++column) {
      std::printf("    {1'b%u, 2'd%u}: owner_word = 4'd%u;\n", row, column,
                  static_cast<unsigned>(parse_owner(kOwnerTable[row].column[column])));
    }
  }
  std::printf("  endcase\nendfunction\n\n");
}

void print_lifetimes() {
  std::printf(
      "function [3:0] lifetime_word;\n  input [1:0] operation;\n  input [1:0] column;\n"
      "  case ({operation, column})\n");
  for (unsigned row = 0; row < kLifetimeOperations; ++row) {
    for (unsigned column = 0; column < kLifetimeColumns; ++column) {
      std::printf("    {2'd%u, 2'd%u}: lifetime_word = 4'd%u;\n", row, column,
                  static_cast<unsigned>(parse_lifetime(kLifetimeTable[row].column[column])));
    }
  }
  std::printf("    default: lifetime_word = 4'd15;\n  endcase\nendfunction\n\n");
}

void print_apcs() {
  // {user, normal, special}: two bits each.
  std::printf(
      "function [5:0] apc_words;\n  input kernel, special, apc_level;\n"
      "  case ({kernel, special, apc_level})\n");
  for (const ApcRow &row : kApcTable) {
    std::printf("    3'b%d%d%d: apc_words = {2'd%u, 2'd%u, 2'd%u};\n", row.kernel, row.special,
                row.apc_level, static_cast<unsigned>(parse_apc(row.user_apc)),
                static_cast<unsigned>(parse_apc(row.normal_apc)),
                static_cast<unsigned>(parse_apc(row.special_apc)));
  }
  std::printf("  endcase\nendfunction\n\n");
}

template <class Word>
void name(const char *text, Word value) {
  std::printf("localparam [3:0] %s = 4'd%u;\n", text, static_cast<unsigned>(value));
}

}  // namespace

int main() {
  std::printf(
      "// Made from sim/reference/contract_tables.cpp by tests/formal/contract_words.cpp.\n\n");
  print_acquires();
  print_releases();
  print_converts();
  print_owners();
  print_lifetimes();
  print_apcs();
  name("GrantX", AcquireWord::kGrantX);
  name("GrantS", AcquireWord::kGrantS);
  name("RecX", AcquireWord::kRecX);
  name("RecS", AcquireWord::kRecS);
  name("False", AcquireWord::kFalse);
  name("WaitE", AcquireWord::kWaitE);
  name("WaitS", AcquireWord::kWaitS);
  name("WaitESelfBlock", AcquireWord::kWaitESelfBlock);
  name("WaitSSelfBlock", AcquireWord::kWaitSSelfBlock);
  name("Count", ReleaseWord::kCount);
  name("Free", ReleaseWord::kFree);
  name("AllShared", ReleaseWord::kAllShared);
  name("HeadOfExclusive", ReleaseWord::kHeadOfExclusive);
  name("EntryRemoved", ReleaseWord::kEntryRemoved);
  name("NotOwnedShared", ReleaseWord::kNotOwnedShared);
  name("NotOwnedExclusive", ReleaseWord::kNotOwnedExclusive);
  name("ConvertMine", ConvertWord::kMine);
  name("ConvertMineAndAllShared", ConvertWord::kMineAndAllShared);
  name("Renamed", OwnerWord::kRenamed);
  name("Added", OwnerWord::kAdded);
  name("NotOwned", OwnerWord::kNotOwned);
  name("LifetimeNoLock", LifetimeWord::kNoLock);
  name("LifetimeFreed", LifetimeWord::kFreed);
  name("LifetimeFreedHeld", LifetimeWord::kFreedHeld);
  name("LifetimeZero", LifetimeWord::kZero);
  name("LifetimeZeroHeld", LifetimeWord::kZeroHeld);
  name("LifetimeWaiters", LifetimeWord::kWaiters);
  name("LifetimeSecond", LifetimeWord::kSecond);
  name("ApcYes", ApcWord::kYes);
  name("ApcIfNoneInProgress", ApcWord::kIfNoneInProgress);
  name("ApcIfAlertable", ApcWord::kIfAlertable);
  for (unsigned i = 0; i < 6; ++i) {
    static constexpr const char *kNames[] = {"FREE", "X_ME",     "X_OTHER",
                                             "S_ME", "S_OTHERS", "S_BOTH"};
    std::printf("localparam [2:0] Standing_%s = 3'd%u;\n", kNames[i], i);
  }
  return 0;
}
