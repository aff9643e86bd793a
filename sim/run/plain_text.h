// SPDX-License-Identifier: Apache-2.0
// Text that a terminal, a table and JSON show as what it is: UTF-8 without control characters.
#pragma once

#include <cstddef>
#include <string>

namespace lockarb {

// The first byte that is not UTF-8 (overlong forms and surrogates are not); npos: all is.
std::size_t find_no_utf8(const std::string &text);

// Whether it has a character that a terminal obeys or that shows its neighbours in another order or
// line: C0, DEL, C1, U+2028, U+2029, and the bidirectional controls.
bool has_control_character(const std::string &utf8);

// The same with a question mark for each of these, and for each byte that is not UTF-8.
std::string printable(const std::string &text);

// As a shell reads it as one word.
std::string shell_word(const std::string &word);

}  // namespace lockarb
