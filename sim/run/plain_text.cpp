// SPDX-License-Identifier: Apache-2.0
#include "sim/run/plain_text.h"

#include <cstdint>

namespace lockarb {
namespace {

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

// The character at `at`, which moves behind it; kNoCharacter, and one byte on, where there is none.
char32_t next_character(const std::string &text, std::size_t *at) {
  const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte((*at)++);
  if (first < 0x80) return first;
  const unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() - *at < more) return kNoCharacter;
  char32_t character = first & (0x3F >> more);
  for (unsigned i = 0; i < more; ++i) {
    if ((byte(*at + i) & 0xC0) != 0x80) return kNoCharacter;
    character = character << 6 | (byte(*at + i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  if (character < kSmallest[more] || character > 0x10FFFF ||
      (character >= 0xD800 && character <= 0xDFFF)) {
    return kNoCharacter;
  }
  *at += more;
  return character;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::size_t find_no_utf8(const std::string &text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_character(text, &at) == kNoCharacter) return begin;
  }
  return std::string::npos;
}

bool has_control_character(const std::string &utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    if (is_control(next_character(utf8, &at))) return true;
  }
  return false;
}

std::string printable(const std::string &text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t character = next_character(text, &at);
    if (character == kNoCharacter || is_control(character)) {
      shown += '?';
    } else {
      shown.append(text, begin, at - begin);
    }
  }
  return shown;
}

std::string shell_word(const std::string &word) {
  constexpr const char *kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=,+:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace lockarb
