// SPDX-License-Identifier: Apache-2.0
#include "sim/model/arbiter_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace lockarb {
namespace {

template <auto Member>
unsigned get(const ModelSize &size) {
  return size.*Member;
}

template <auto Member>
void set(ModelSize *size, unsigned value) {
  size->*Member = value;
}

template <auto Member>
SizeKey key(const char *name, unsigned least, unsigned most) {
  return {name, least, most, get<Member>, set<Member>};
}

// What has a range is a number of at most as many digits as an unsigned has.
bool number_from(const std::string &text, unsigned *number) {
  const char *const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  return !text.empty() && stop == end && error == std::errc();
}

}  // namespace

const std::vector<SizeKey> &size_keys() {
  // Ranges: rtl/lockarb.v, by sim/CMakeLists.txt.
  static const std::vector<SizeKey> keys = {
      key<&ModelSize::cores>("cores", LOCKARB_LEAST_CORES, LOCKARB_MOST_CORES),
      key<&ModelSize::threads>("threads", LOCKARB_LEAST_THREADS, LOCKARB_MOST_THREADS),
      key<&ModelSize::locks>("locks", LOCKARB_LEAST_LOCKS, LOCKARB_MOST_LOCKS),
      key<&ModelSize::hold_width>("hold_width", LOCKARB_LEAST_HOLD_WIDTH, LOCKARB_MOST_HOLD_WIDTH),
      key<&ModelSize::statistics>("statistics", LOCKARB_LEAST_STATISTICS, LOCKARB_MOST_STATISTICS),
      key<&ModelSize::check_user>("check_user", LOCKARB_LEAST_CHECK_USER, LOCKARB_MOST_CHECK_USER),
  };
  return keys;
}

std::vector<std::string> size_names() {
  std::vector<std::string> names;
  for (const SizeKey &key : size_keys()) names.emplace_back(key.name);
  return names;
}

std::string text_of(const ModelSize &size) {
  std::string text;
  for (const SizeKey &key : size_keys()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key.name, key.get(size));
  }
  return text;
}

std::string change_sizes(const std::string &text, ModelSize *size) {
  std::set<std::string> seen;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string name = part.substr(0, equals);
    const auto key = std::find_if(size_keys().begin(), size_keys().end(),
                                  [&](const SizeKey &one) { return name == one.name; });
    if (key == size_keys().end()) {
      return fmt::format("\"{}\" is no size of the arbiter; give some of: {}, such as cores=8",
                         part, fmt::join(size_names(), ", "));
    }
    if (!seen.insert(name).second) return fmt::format("{} is given twice; keep one", name);
    const std::string value = part.substr(std::min(equals + 1, part.size()));
    unsigned number = 0;
    if (!number_from(value, &number) || number < key->least || number > key->most) {
      return fmt::format("{}: \"{}\" is not a whole number from {} to {}", name, value, key->least,
                         key->most);
    }
    key->set(size, number);
  }
  return {};
}

}  // namespace lockarb
