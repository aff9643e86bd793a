// SPDX-License-Identifier: Apache-2.0
// What a call of wdm.h came to, in the words of the contract.
#pragma once

#include <string>

#include "subject.h"

namespace lockarb::contract {

// Of call_acquire().
Result result_of_acquire(unsigned call);
// Of a refusal, by what it prints. lock, by and owner: how the text names the lock, the thread that
// called and the owner that the call was about; owner empty: a pointer. The expectations of a bug
// check that names another one fail.
Result result_of_bug_check(const std::string &printed, const std::string &lock,
                           const std::string &by, const std::string &owner);
// Warnings that it printed.
bool was_owned(const std::string &printed);
bool waits_for_itself(const std::string &printed);

}  // namespace lockarb::contract
