// SPDX-License-Identifier: Apache-2.0
#include "sim/run/scenario_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <sstream>
#include <vector>

#include "sim/run/plain_text.h"
#include "sim/run/scenario.h"

namespace lockarb {
namespace {

std::string read_file(const std::string &path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat status {};
  int error = file < 0 || fstat(file, &status) != 0 ? errno : 0;
  if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  std::string text;
  while (error == 0 && text.size() <= kLongestScenario) {
    char bytes[65536];
    const ssize_t size = read(file, bytes, sizeof bytes);
    if (size == 0) break;
    if (size < 0) {
      error = errno;
    } else {
      text.append(bytes, static_cast<std::size_t>(size));
    }
  }
  if (file >= 0) close(file);
  if (error == EISDIR) {
    throw ScenarioError(path + ": is a folder; give the path of a scenario file");
  }
  if (error != 0) {
    throw ScenarioError(fmt::format("{}: cannot be read: {}; give the path of a scenario file",
                                    path, std::strerror(error)));
  }
  return text;
}

// Sees what the parser finds, in the order of the text.
class Limits final : public YAML::EventHandler {
 public:
  explicit Limits(const std::string &path) : path_(path) {}

  void OnDocumentStart(const YAML::Mark &mark) override {
    if (++documents_ == 1) return;
    fail(mark,
         "a second document begins; a scenario is one document, so take away the --- and "
         "what is not to be run");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override { leaf(mark, anchor, ""); }
  void OnScalar(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor,
                const std::string &value) override {
    leaf(mark, anchor, value);
  }
  void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    const auto found = size_of_.find(anchor);
    if (found == size_of_.end()) fail(mark, "an alias stands inside of what it stands for");
    child(mark, "");
    add(mark, found->second);
  }
  void OnSequenceStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, false);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, true);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Collection {
    bool is_map;
    YAML::anchor_t anchor;
    uint64_t values_before;
    uint64_t children = 0;
    std::string key;  // of the child to come, or of the one that has begun
  };

  [[noreturn]] void fail(const YAML::Mark &mark, const std::string &why) const {
    throw ScenarioError(fmt::format("{}:{}: {}", path_, std::max(mark.line, 0) + 1, why));
  }

  void add(const YAML::Mark &mark, uint64_t values) {
    values_ += values;
    if (values_ <= kMostValues) return;
    fail(mark, fmt::format("more than {} values in all, where an alias counts as what it stands "
                           "for; make do with fewer",
                           kMostValues));
  }

  // Something begins in the innermost collection.
  void child(const YAML::Mark &mark, const std::string &scalar) {
    if (open_.empty()) return;
    Collection &in = open_.back();
    if (in.is_map && in.children % 2 == 0) in.key = scalar;
    ++in.children;
    if (open_.size() != 2 || in.is_map || in.children <= kMostThreads) return;
    const std::string &list = open_.front().key;
    fail(mark, fmt::format("{}: more than {} entries in the list; give one that is to run often a "
                           "count",
                           list, kMostThreads));
  }

  void leaf(const YAML::Mark &mark, YAML::anchor_t anchor, const std::string &scalar) {
    child(mark, scalar);
    add(mark, 1);
    if (anchor != YAML::NullAnchor) size_of_[anchor] = 1;
  }

  void begin(const YAML::Mark &mark, YAML::anchor_t anchor, bool is_map) {
    child(mark, "");
    open_.push_back({is_map, anchor, values_, 0, ""});
    add(mark, 1);
  }

  void end() {
    const Collection &ended = open_.back();
    if (ended.anchor != YAML::NullAnchor) size_of_[ended.anchor] = values_ - ended.values_before;
    open_.pop_back();
  }

  const std::string &path_;
  unsigned documents_ = 0;
  uint64_t values_ = 0;
  std::vector<Collection> open_;
  std::map<YAML::anchor_t, uint64_t> size_of_;  // of complete ones
};

}  // namespace

std::string read_scenario_text(const std::string &path) {
  std::string text = read_file(path);
  const auto line_at = [&](std::size_t at) {
    return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  };
  if (text.size() > kLongestScenario) {
    throw ScenarioError(
        fmt::format("{}:{}: the file goes on behind {} MiB; a scenario is no longer", path,
                    line_at(kLongestScenario), kLongestScenario >> 20));
  }
  const std::size_t bad = find_no_utf8(text);
  if (bad != std::string::npos) {
    throw ScenarioError(fmt::format("{}:{}: byte {:#04x} is not UTF-8; save the file as UTF-8",
                                    path, line_at(bad), static_cast<uint8_t>(text[bad])));
  }
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Limits limits(path);
    while (parser.HandleNextDocument(limits)) {
    }
  } catch (const YAML::Exception &error) {
    throw ScenarioError(
        fmt::format("{}:{}: not YAML: {}", path, std::max(error.mark.line, 0) + 1, error.msg));
  }
  return text;
}

}  // namespace lockarb
