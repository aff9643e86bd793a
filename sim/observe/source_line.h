// SPDX-License-Identifier: Apache-2.0
// Where in its source a piece of a program is, and what its addresses are called. It is this
// program, or the one that describe_program() names.
#pragma once

#include <cstdint>
#include <string>

namespace lockarb {

// Addresses are those of that ELF file from now on, which runs on another machine. Call it before
// anything else here. A file that is none makes all of them unknown.
void describe_program(const std::string &file);

// "smallest.c:14 (count)" for the call that returns to that address; empty where the program has no
// line numbers (lockarb_add_program() compiles with them). Nothing else on the host is asked.
const std::string &source_line(const void *return_address);

// The variable or function that an address is in, "Tree", "Queues[2].Lock" or "text + 0x10"; empty
// if there is none. The first member of a structure is called as the structure, unless it is a
// lock. Members are named where the program was compiled with -g. Two variables of one name in two
// files have the same.
const std::string &symbol_name(const void *address);

// "filesystem.c:31": the line that declares that variable; empty if it is not known.
const std::string &declaration_line(const void *address);

// Whether the value is, or may have been, an address of this process: those differ from run to run.
bool is_host_address(uintptr_t value);

}  // namespace lockarb
