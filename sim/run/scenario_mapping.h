// SPDX-License-Identifier: Apache-2.0
// Reads values out of a scenario's YAML. What is not as it must be becomes a ScenarioError
// (scenario.h) with file, line, key, value and cure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/run/workload.h"

namespace lockarb {

constexpr uint64_t kMostClocks = 1000000000000;

// The end of a message about a word that is none of `words`.
std::string did_you_mean(const std::string &word, const std::vector<std::string> &words);

// A mapping in the file, with the name under which messages speak of it.
class Mapping {
 public:
  // No key is unknown or given twice.
  Mapping(const std::string &file, const YAML::Node &node, std::string path,
          const std::vector<std::string> &keys);

  [[noreturn]] void fail(const YAML::Node &at, const std::string &what,
                         const std::string &why) const;
  [[noreturn]] void fail_key(const std::string &key, const std::string &why) const;

  YAML::Node get(const std::string &key) const { return node_[key]; }
  bool has(const std::string &key) const { return node_[key].IsDefined(); }
  std::string full(const std::string &key) const { return path_.empty() ? key : path_ + "." + key; }
  const std::string &file() const { return file_; }

  uint64_t number(const std::string &key, uint64_t otherwise, uint64_t min, uint64_t max) const;
  // The number of a key that has no default.
  uint64_t needed(const std::string &key, uint64_t min, uint64_t max) const;
  uint64_t to_number(const YAML::Node &value, const std::string &what, uint64_t min,
                     uint64_t max) const;
  std::string text(const std::string &key, const std::string &otherwise) const;
  // C would cut it at a NUL, a terminal obey the other controls, and JSON refuse what is not UTF-8.
  void check_plain(const YAML::Node &at, const std::string &key, const std::string &text) const;
  bool truth(const std::string &key) const;
  // One of two words; the first one is the default.
  bool is_second_word(const std::string &key, const std::vector<std::string> &words) const;
  // A number of clocks, or {min, max}.
  workload_range range(const std::string &key) const;

 private:
  const std::string file_;
  const YAML::Node node_;
  const std::string path_;
};

}  // namespace lockarb
