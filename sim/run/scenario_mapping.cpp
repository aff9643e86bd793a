// SPDX-License-Identifier: Apache-2.0
#include "sim/run/scenario_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "sim/run/plain_text.h"
#include "sim/run/scenario.h"

namespace lockarb {
namespace {

constexpr std::size_t kLongestShown = 100;  // bytes of a value in a message

std::size_t distance(const std::string &a, const std::string &b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

std::string shortened(const std::string &text) {
  return text.size() <= kLongestShown ? text : text.substr(0, kLongestShown) + "...";
}

std::string shown(const YAML::Node &value) {
  return value.IsScalar() ? fmt::format("\"{}\"", shortened(value.Scalar()))
                          : std::string(value.IsSequence() ? "a list"
                                        : value.IsMap()    ? "a mapping"
                                                           : "nothing");
}

}  // namespace

std::string did_you_mean(const std::string &word, const std::vector<std::string> &words) {
  if (word.size() > kLongestShown) return "; a word is shorter";
  const auto best = std::min_element(words.begin(), words.end(), [&](const auto &a, const auto &b) {
    return distance(word, a) < distance(word, b);
  });
  if (best != words.end() && distance(word, *best) <= 1 + word.size() / 4) {
    return fmt::format("; did you mean \"{}\"?", *best);
  }
  return fmt::format("; one of: {}", fmt::join(words, ", "));
}

Mapping::Mapping(const std::string &file, const YAML::Node &node, std::string path,
                 const std::vector<std::string> &keys)
    : file_(file), node_(node), path_(std::move(path)) {
  if (!node.IsMap()) fail(node, path_, "must be a mapping of key: value");
  std::set<std::string> seen;
  for (const auto &pair : node) {
    const std::string key = pair.first.as<std::string>("");
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      fail(pair.first, full(shortened(key)), "no such key" + did_you_mean(key, keys));
    }
    if (!seen.insert(key).second) fail(pair.first, full(key), "is given twice; keep one");
  }
}

void Mapping::fail(const YAML::Node &at, const std::string &what, const std::string &why) const {
  // An empty file has no node, and a whole file no key.
  throw ScenarioError(fmt::format("{}:{}: {}{}{}", file_, std::max(at.Mark().line, 0) + 1, what,
                                  what.empty() ? "" : ": ", why));
}

void Mapping::fail_key(const std::string &key, const std::string &why) const {
  const YAML::Node at = node_[key];
  fail(at ? at : node_, full(key), why);
}

uint64_t Mapping::number(const std::string &key, uint64_t otherwise, uint64_t min,
                         uint64_t max) const {
  const YAML::Node value = node_[key];
  return value ? to_number(value, full(key), min, max) : otherwise;
}

uint64_t Mapping::needed(const std::string &key, uint64_t min, uint64_t max) const {
  if (!has(key)) fail_key(key, "is missing; give a number");
  return number(key, 0, min, max);
}

uint64_t Mapping::to_number(const YAML::Node &value, const std::string &what, uint64_t min,
                            uint64_t max) const {
  const std::string text = value.IsScalar() ? value.Scalar() : "";
  uint64_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos ||
      !YAML::convert<uint64_t>::decode(value, number) || number < min || number > max) {
    fail(value, what,
         fmt::format("{} is not a whole number from {} to {}", shown(value), min, max));
  }
  return number;
}

std::string Mapping::text(const std::string &key, const std::string &otherwise) const {
  const YAML::Node value = node_[key];
  if (!value) return otherwise;
  if (!value.IsScalar() || value.Scalar().empty()) {
    fail(value, full(key), fmt::format("{} is not a word", shown(value)));
  }
  const std::string &text = value.Scalar();
  check_plain(value, key, text);
  return text;
}

void Mapping::check_plain(const YAML::Node &at, const std::string &key,
                          const std::string &text) const {
  if (find_no_utf8(text) != std::string::npos) {
    fail(at, full(key), fmt::format("\"{}\" is not UTF-8; write it anew", shortened(text)));
  }
  if (has_control_character(text)) {
    fail(at, full(key),
         fmt::format("\"{}\" has a control character; leave it out", shortened(text)));
  }
}

bool Mapping::truth(const std::string &key) const {
  const YAML::Node value = node_[key];
  bool result = false;
  if (value && !(value.IsScalar() && YAML::convert<bool>::decode(value, result))) {
    fail(value, full(key), fmt::format("{} is neither true nor false", shown(value)));
  }
  return result;
}

bool Mapping::is_second_word(const std::string &key, const std::vector<std::string> &words) const {
  const std::string word = text(key, words[0]);
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    fail_key(key, fmt::format("\"{}\" is not known{}", word, did_you_mean(word, words)));
  }
  return word == words[1];
}

workload_range Mapping::range(const std::string &key) const {
  const YAML::Node value = node_[key];
  if (!value) return {0, 0};
  if (!value.IsMap()) {
    const uint64_t fixed = to_number(value, full(key), 0, kMostClocks);
    return {fixed, fixed};
  }
  const Mapping limits(file_, value, full(key), {"min", "max"});
  if (!limits.has("min") || !limits.has("max")) {
    fail(value, full(key), "needs both min and max, or one number");
  }
  const uint64_t min = limits.number("min", 0, 0, kMostClocks);
  const uint64_t max = limits.number("max", 0, 0, kMostClocks);
  if (min > max) {
    fail(value, full(key), fmt::format("min {} is above max {}; swap them", min, max));
  }
  return {min, max};
}

}  // namespace lockarb
