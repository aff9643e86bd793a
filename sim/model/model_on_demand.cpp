// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_on_demand.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "sim/model/arbiter_sizes.h"

extern char **environ;

namespace lockarb {
namespace {

namespace fs = std::filesystem;

struct Tools {
  std::string cmake;
  std::string ninja;  // empty: CMake's own choice
  std::string compiler;
  std::string compiler_version;
  std::string verilator;  // the folder of its CMake package
  std::string verilator_version;
};

const char *kind_of(TraceKind trace) {
  switch (trace) {
    case TraceKind::kFst:
      return "FST";
    case TraceKind::kVcd:
      return "VCD";
    case TraceKind::kNone:
      break;
  }
  return "NONE";
}

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_program(const fs::path &path) {
  return fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0;
}

// As a shell finds it; empty: nowhere.
std::string find_program(const std::string &name) {
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path path = fs::path(folder) / name;
    if (is_program(path)) return path;
  }
  return "";
}

// Runs a program with its outputs in a file; what it ended with, 127 if it cannot be started.
int run(std::vector<std::string> words, const std::string &output, int inherited) {
  std::vector<char *> arguments;
  for (std::string &word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0666);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // Onto itself: it stays open in the program.
  if (inherited >= 0) posix_spawn_file_actions_adddup2(&actions, inherited, inherited);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return 127;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string first_line_of(const std::string &program) {
  std::FILE *pipe = popen(("'" + program + "' --version 2>&1").c_str(), "r");
  char line[256] = "";
  if (pipe != nullptr) {
    if (std::fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
    char rest[256];
    while (std::fgets(rest, sizeof rest, pipe) != nullptr) {
    }
    pclose(pipe);
  }
  return line;
}

std::string contents_of(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

[[noreturn]] void missing(const ModelSize &size, const std::string &what,
                          const std::string &package) {
  throw std::runtime_error(
      fmt::format("an arbiter of {} has to be built, and there is no {}: apt-get install {}, or "
                  "take the built-in sizes",
                  text_of(size), what, package));
}

Tools find_tools(const ModelSize &size) {
  Tools tools;
  tools.cmake = find_program("cmake");
  if (tools.cmake.empty()) missing(size, "cmake in PATH", "cmake");
  tools.ninja = find_program("ninja");
  if (tools.ninja.empty() && find_program("make").empty()) {
    missing(size, "ninja in PATH", "ninja-build");
  }
  // The compiler that this program was made with, where it is.
  tools.compiler = is_program(LOCKARB_COMPILER) ? LOCKARB_COMPILER : find_program("c++");
  if (tools.compiler.empty()) missing(size, "compiler " LOCKARB_COMPILER, "g++");
  tools.compiler_version = first_line_of(tools.compiler);
  std::vector<std::string> folders = {LOCKARB_VERILATOR, "/usr/share/verilator",
                                      "/usr/local/share/verilator"};
  // As Verilator's own scripts have it.
  const std::string root = environment("VERILATOR_ROOT");
  if (!root.empty()) folders = {root};
  for (const std::string &folder : folders) {
    tools.verilator_version = contents_of(fs::path(folder) / "verilator-config-version.cmake");
    if (tools.verilator_version.empty()) continue;
    tools.verilator = folder;
    return tools;
  }
  missing(size, "Verilator in " + fmt::format("{}", fmt::join(folders, ", ")),
          root.empty() ? "verilator" : "verilator and unset VERILATOR_ROOT");
}

// FNV-1a: nobody is to be kept from making two that are the same.
std::string hash_of(const std::vector<std::string> &texts) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string &text : texts) {
    for (const char c : text + '\0') hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

std::string name_of(const ModelSize &size, TraceKind trace, const Tools &tools) {
  std::string name;
  for (const SizeKey &key : size_keys()) name += fmt::format("{}{}-", key.name, key.get(size));
  return name + kind_of(trace) + '-' +
         hash_of({LOCKARB_MODEL_SOURCES, tools.compiler, tools.compiler_version, tools.verilator,
                  tools.verilator_version});
}

fs::path cache_of(const ModelSource &source) {
  if (!source.cache.empty()) return source.cache;
  // The XDG Base Directory Specification: what is not an absolute path does not count.
  const fs::path cache = environment("XDG_CACHE_HOME");
  if (cache.is_absolute()) return cache / "lockarb";
  const fs::path home = environment("HOME");
  if (home.is_absolute()) return home / ".cache/lockarb";
  throw std::runtime_error("no folder for the arbiters that are built: set HOME or XDG_CACHE_HOME");
}

[[noreturn]] void cannot_write(const fs::path &path, int error) {
  throw std::runtime_error(
      fmt::format("cannot write {}: {}; an arbiter of these sizes has to be built there, so make "
                  "that folder writable",
                  path.string(), std::strerror(error)));
}

// Held by one process, and by what it has started, until all of them have ended.
class BuildLock {
 public:
  explicit BuildLock(const fs::path &path)
      : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) {
      cannot_write(path, errno);
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    fmt::print(stderr, "lockarb: waiting for another process that builds this arbiter ({})\n",
               path.string());
    while (flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~BuildLock() { close(descriptor_); }
  BuildLock(const BuildLock &) = delete;
  BuildLock &operator=(const BuildLock &) = delete;

  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

void build(const ModelSize &size, const ModelSource &source, TraceKind trace, const Tools &tools,
           const fs::path &library) {
  std::error_code error;
  fs::create_directories(library.parent_path(), error);
  if (error) cannot_write(library.parent_path(), error.value());
  const auto beside = [&](const char *end) { return fs::path(library).replace_extension(end); };
  const BuildLock lock(beside(".lock"));
  if (fs::exists(library)) return;  // another process was quicker
  const fs::path folder = beside(".building");
  const fs::path log = beside(".log");
  fs::remove_all(folder);  // of one that did not end
  fs::remove(log);
  fmt::print(stderr,
             "lockarb: building an arbiter of {} in {}; this takes about a minute, and is done "
             "once\n",
             text_of(size), library.string());
  std::vector<std::string> configure = {
      tools.cmake,
      "-S",
      source.root + "/sim/model/on_demand",
      "-B",
      folder,
      "-DCMAKE_BUILD_TYPE=Release",
      "-DCMAKE_CXX_COMPILER=" + tools.compiler,
      "-Dverilator_DIR=" + tools.verilator,
      "-DLOCKARB_MODEL_SOURCES=" LOCKARB_MODEL_SOURCES,
      fmt::format("-DLOCKARB_TRACE={}", kind_of(trace)),
  };
  if (!tools.ninja.empty()) configure.insert(configure.end(), {"-G", "Ninja"});
  for (const SizeKey &key : size_keys()) {
    std::string name = key.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    configure.push_back(fmt::format("-DLOCKARB_{}={}", name, key.get(size)));
  }
  const std::vector<std::string> make = {
      tools.cmake, "--build", folder, "--parallel",
      std::to_string(std::max(1u, std::thread::hardware_concurrency()))};
  if (run(configure, log, lock.descriptor()) != 0 || run(make, log, lock.descriptor()) != 0) {
    fs::remove_all(folder);
    throw std::runtime_error(fmt::format("the arbiter of {} could not be built; {} says why",
                                         text_of(size), log.string()));
  }
  fs::rename(folder / "arbiter.so", library);
  fs::remove_all(folder);
  fs::remove(log);
}

}  // namespace

std::unique_ptr<ArbiterModel> model_on_demand(const ModelSize &size, const ModelSource &source,
                                              TraceKind trace, bool every_clock) {
  const Tools tools = find_tools(size);
  const fs::path library = cache_of(source) / (name_of(size, trace, tools) + ".so");
  if (!fs::exists(library)) build(size, source, trace, tools, library);
  // For ever: its code may run as long as a model lives.
  void *const loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  using New = ArbiterModel *(bool every_clock);
  New *const make =
      loaded == nullptr ? nullptr : reinterpret_cast<New *>(dlsym(loaded, "lockarb_new_arbiter"));
  if (make == nullptr) {
    throw std::runtime_error(
        fmt::format("{} is no arbiter ({}); delete it", library.string(), dlerror()));
  }
  return std::unique_ptr<ArbiterModel>(make(every_clock));
}

}  // namespace lockarb
