// SPDX-License-Identifier: Apache-2.0
// An access to lockarb and its answer in the words of the register description, for messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/reference/ram.h"

namespace lockarb {

const char *operation_name(unsigned operation);  // "ACQUIRE_SHARED"
const char *status_name(unsigned status);        // "WAITING"

const char *ram_name(Ram ram);  // "walk_next"
std::optional<Ram> ram_named(const std::string &name);

bool is_command(uint32_t address);
unsigned operation_of(uint32_t address);
unsigned lock_of(uint32_t address);
// What ARM and ISSUE name a command by, and the aperture too; and which commands have to be armed.
uint32_t place_of(unsigned operation, unsigned lock);
bool needs_arm(unsigned operation);

// Without what it carries: "ACQUIRE_SHARED of lock 3", "write of CURRENT_THREAD".
std::string place_text(uint32_t address, bool write);
// "core 1: ACQUIRE_SHARED of lock 3", "core 0: CURRENT_THREAD = 0x80000003".
std::string access_text(uint32_t address, bool write, uint32_t data);
// "GRANTED_SHARED (owners 2, shared waiters 0, exclusive waiters 1)"; no value is a bus error.
std::string answer_text(uint32_t address, const std::optional<uint32_t> &answer);

}  // namespace lockarb
