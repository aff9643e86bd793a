// SPDX-License-Identifier: Apache-2.0
// Where in its source a piece of this program is, and what its addresses are called.
#pragma once

#include <cstdint>
#include <string>

namespace lockarb {

// "smallest.c:14 (count)" for the call that returns to that address; empty where the program has no
// line numbers (lockarb_add_program() compiles with them). Nothing else on the host is asked.
const std::string &source_line(const void *return_address);

// The variable or function that an address is in, "Tree" or "table + 0x10"; empty if there is none.
// Two variables of one name in two files have the same.
const std::string &symbol_name(const void *address);

// Whether the value is, or may have been, an address of this process: those differ from run to run.
bool is_host_address(uintptr_t value);

}  // namespace lockarb
