// SPDX-License-Identifier: Apache-2.0
// What a refusal by the routines of wdm.h means, by what they print.
#pragma once

#include <string>

#include "subject.h"

namespace lockarb::contract {

// lock, by and owner: how the text names the lock, the thread that called and the owner that the
// call was about; owner empty: a pointer. The expectations of a bug check that names another one
// fail.
Result result_of_bug_check(const std::string &printed, const std::string &lock,
                           const std::string &by, const std::string &owner);
// Warnings.
bool was_owned(const std::string &printed);
bool waits_for_itself(const std::string &printed);

}  // namespace lockarb::contract
