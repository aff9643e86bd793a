// SPDX-License-Identifier: Apache-2.0
// Where a command writes: a file that exists under its name only when it is complete, or what is no
// regular file and gets its bytes directly.
//
//   - A new or regular file is written under an unpredictable name of its own in the same folder,
//   and
//     takes its name in commit(). Of two runs with one name the last to end wins, whole.
//   - A link is followed; what it points to is the file.
//   - A device, a pipe, a terminal and an open descriptor (/dev/stdout, /dev/fd/3) are written to
//   and
//     never replaced.
//   - Every write is checked. The first error is kept, and nothing is written after it.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <vector>

namespace lockarb {

// A file of the command line: what it is for ("--json", "the scenario"), and its path.
struct NamedFile {
  std::string what;
  std::string path;
};

// Throws std::runtime_error with both names when two of them are one file, whatever its spelling,
// links and hard links, or one is the file that the standard output goes to.
void refuse_one_file_twice(const std::vector<NamedFile> &files);

// Why the standard output or a file could not be written, with the cure where there is one.
std::string write_error(const std::string &path, int error);

// Writes at once. The first error of the standard output is kept, and nothing else tells of it.
void write_standard_output(const char *text);
int standard_output_error();  // errno; 0: none

// What is virtual is what a model that is loaded while the program runs (model_on_demand.h) calls:
// it finds it here, and not in the program's symbols.
class OutputFile {
 public:
  // Throws std::runtime_error with the reason when the file cannot be written. A pipe without a
  // reader waits for one.
  explicit OutputFile(const NamedFile &file);
  virtual ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  const std::string &path() const { return path_; }

  virtual void write(const char *bytes, std::size_t size);

  // For a writer that goes back and forth: bytes of what cannot are kept in memory until commit().
  // Whoever writes there reports errors by fail().
  virtual int seekable();
  virtual void fail(int error);  // errno
  bool failed() const { return error_ != 0; }

  // Throws std::runtime_error when anything was not written: then nothing of it stays.
  void commit();

 private:
  struct Place;
  static Place place_of(const std::string &path);
  friend void refuse_one_file_twice(const std::vector<NamedFile> &files);

  void open_temporary(const Place &place);
  void open_directly(const Place &place);
  void copy_memory();
  void close_descriptor();

  const std::string path_;
  std::string final_;      // what the links lead to; empty: written directly
  std::string temporary_;  // empty: written directly
  int at_death_ = -1;
  int descriptor_ = -1;
  int memory_ = -1;
  int error_ = 0;
};

}  // namespace lockarb
