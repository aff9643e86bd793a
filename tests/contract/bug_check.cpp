// SPDX-License-Identifier: Apache-2.0
#include "bug_check.h"

#include <gtest/gtest.h>

namespace lockarb::contract {
namespace {

constexpr unsigned kMisuse = 0x20004C4B;  // LOCKARB_MISUSE, with the status of the arbiter

// The parameters are as printed: threads and locks by number.
struct BugCheck {
  unsigned code = 0;
  std::string parameters[4];
};

BugCheck parse_bug_check(const std::string &printed) {
  BugCheck stop;
  const size_t at = printed.find("*** STOP ");
  if (at == std::string::npos) return stop;
  stop.code = static_cast<unsigned>(std::stoul(printed.substr(at + 9), nullptr, 16));
  size_t from = printed.find('(', at) + 1;
  for (std::string &parameter : stop.parameters) {
    const size_t to = printed.find_first_of(",)", from);
    parameter = printed.substr(from, to - from);
    from = to + 2;
  }
  return stop;
}

}  // namespace

// sw/README.md has the list. Whoever is named wrongly is not in it.
Result result_of_bug_check(const std::string &printed, const std::string &lock,
                           const std::string &by, const std::string &owner) {
  const BugCheck stop = parse_bug_check(printed);
  const std::string *p = stop.parameters;
  switch (stop.code) {
    case 0xE3:
      if (p[0] != lock) break;
      if (!owner.empty() && p[1] != owner) break;
      return p[3] == "0x3"   ? Result::kNotOwnedShared
             : p[3] == "0x1" ? Result::kNotOwnedExclusive
                             : Result::kNotInTheContract;
    case 0x1C6:
      if (p[0] != "0x16" || p[1] != lock || p[2] != by) break;
      return Result::kConvertedByStranger;
    case kMisuse:
      return p[0] == "0x16" ? Result::kNoOwnerPointer : Result::kNotInTheContract;
    case 0xC4:
      if (p[0] == "0xD1" || p[0] == "0x1002") return Result::kNotInitialized;
      if (p[1] != lock) break;
      if (p[0] == "0xD0") return Result::kInitializedTwice;
      if (p[0] == "0xD2") return Result::kHasWaiters;
      break;
  }
  ADD_FAILURE() << "another bug check: " << printed;
  return Result::kNotInTheContract;
}

bool was_owned(const std::string &printed) {
  return printed.find("while owned") != std::string::npos;
}

bool waits_for_itself(const std::string &printed) {
  return printed.find("waits for its own shared hold") != std::string::npos;
}

}  // namespace lockarb::contract
