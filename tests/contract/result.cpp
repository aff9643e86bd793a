// SPDX-License-Identifier: Apache-2.0
#include "result.h"

#include <gtest/gtest.h>

#include "calls.h"

namespace lockarb::contract {
namespace {

// Both count what an actor is to do in the same way.
template <class A, class B>
constexpr bool same(A in_c, B here) {
  return static_cast<unsigned>(in_c) == static_cast<unsigned>(here);
}
static_assert(same(TRY_EXCLUSIVE, kTryExclusive) && same(EXCLUSIVE, kExclusive) &&
              same(SHARED, kShared) && same(STARVE_EXCLUSIVE, kStarveExclusive) &&
              same(SHARED_WAIT_FOR_EXCLUSIVE, kSharedWaitForExclusive));
static_assert(same(LIFETIME_DELETE, kDelete) && same(LIFETIME_REINITIALIZE, kReinitialize) &&
              same(LIFETIME_INITIALIZE, kInitialize));
static_assert(same(WAY_TRY, Way::kTry) && same(WAY_WAIT, Way::kWait) &&
              same(WAY_ENTER_REGION, Way::kEnterRegionAndWait));
static_assert(same(RELEASE_OWN, Release::kOwn) && same(RELEASE_FOR_THREAD, Release::kForThread) &&
              same(RELEASE_AND_LEAVE, Release::kAndLeaveRegion));

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

Result result_of_acquire(unsigned call) {
  if ((call & CALL_OK) == 0) return Result::kRefused;
  const bool recursed = (call & CALL_RECURSED) != 0;
  if ((call & CALL_EXCLUSIVE) != 0)
    return recursed ? Result::kRecursedExclusive : Result::kGrantedExclusive;
  return recursed ? Result::kRecursedShared : Result::kGrantedShared;
}

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
