// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "sim/observe/stop_signals.h"

namespace lockarb {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

std::string folder_of(const std::string &path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string &path) { return path.substr(path.rfind('/') + 1); }

// A link there stands for an open descriptor: what it says is no path, and its file is open
// already.
bool is_of_proc(const std::string &folder) {
  struct statfs system {};
  return statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

[[noreturn]] void cannot_write(const std::string &path, int error) {
  throw std::runtime_error(write_error(path, error));
}

std::string link_target(const std::string &path) {
  std::string target(4096, '\0');
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) cannot_write(path, errno);
  target.resize(static_cast<std::size_t>(size));
  return target[0] == '/' ? target : folder_of(path) + '/' + target;
}

mode_t new_file_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// Carries out, and says of which option an error is.
template <class Action>
auto named(const NamedFile &file, const Action &action) {
  try {
    return action();
  } catch (const std::runtime_error &error) {
    throw std::runtime_error(file.what + ": " + error.what());
  }
}

bool same_file(const struct stat &a, const struct stat &b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

std::string write_error(const std::string &path, int error) {
  switch (error) {
    case ENOSPC:
      return fmt::format("no space left on {}; free some, or write to another disk", path);
    case EDQUOT:
      return fmt::format(
          "no space left on {}: the quota is used up; free some, or write to "
          "another disk",
          path);
    case EFBIG:
      return fmt::format(
          "no space left on {}: the limit on the size of a file is reached (ulimit "
          "-f)",
          path);
    case ENOENT:
    case ENOTDIR:
      return fmt::format("cannot write {}: {}; make its folder first, or give another name", path,
                         std::strerror(error));
    case EISDIR:
      return fmt::format("cannot write {}: it is a folder; give the name of a file", path);
    default:
      return fmt::format("cannot write {}: {}", path, std::strerror(error));
  }
}

namespace {

int first_standard_output_error = 0;

}  // namespace

void write_standard_output(const char *text) {
  errno = 0;
  if (std::fputs(text, stdout) != EOF && std::fflush(stdout) == 0) return;
  if (first_standard_output_error == 0) first_standard_output_error = errno == 0 ? EIO : errno;
}

int standard_output_error() { return first_standard_output_error; }

// Where a path leads.
struct OutputFile::Place {
  std::string path;  // behind all links
  bool exists = false;
  bool descriptor = false;  // an open one of this or another process
  struct stat status {};    // of what exists

  bool replaced() const { return !exists || (S_ISREG(status.st_mode) && !descriptor); }
};

OutputFile::Place OutputFile::place_of(const std::string &path) {
  Place place;
  place.path = path;
  for (int links = 0; links < kMostLinks; ++links) {
    if (lstat(place.path.c_str(), &place.status) != 0) {
      if (errno != ENOENT) cannot_write(path, errno);
      if (name_of(place.path).empty()) cannot_write(path, path.empty() ? ENOENT : EISDIR);
      return place;
    }
    place.exists = true;
    if (!S_ISLNK(place.status.st_mode)) return place;
    if (is_of_proc(folder_of(place.path))) {
      place.descriptor = true;
      if (stat(place.path.c_str(), &place.status) != 0) cannot_write(path, errno);
      return place;
    }
    place.path = link_target(place.path);
    place.exists = false;
  }
  cannot_write(path, ELOOP);
}

void refuse_one_file_twice(const std::vector<NamedFile> &files) {
  struct Used {
    NamedFile file;
    OutputFile::Place place;
    std::optional<struct stat> folder;  // of a file that does not exist yet
  };
  std::vector<Used> used;
  for (const NamedFile &file : files) {
    Used mine{file, named(file, [&] { return OutputFile::place_of(file.path); }), std::nullopt};
    struct stat status {};
    if (!mine.place.exists) {
      // A folder that is not there either is told when the file is opened.
      if (stat(folder_of(mine.place.path).c_str(), &status) == 0) mine.folder = status;
    } else if (mine.place.replaced() && fstat(STDOUT_FILENO, &status) == 0 &&
               same_file(status, mine.place.status)) {
      throw std::runtime_error(fmt::format(
          "{} {} is the file that the standard output goes to; give one of them another name, or "
          "write both to /dev/stdout",
          file.what, file.path));
    }
    for (const Used &other : used) {
      bool same = false;
      if (mine.folder && other.folder) {
        same = same_file(*mine.folder, *other.folder) &&
               name_of(mine.place.path) == name_of(other.place.path);
      } else if (mine.place.exists && other.place.exists) {
        // What a device gets twice is lost to nobody.
        same =
            same_file(mine.place.status, other.place.status) && !S_ISCHR(mine.place.status.st_mode);
      }
      if (!same) continue;
      throw std::runtime_error(
          fmt::format("{} {} and {} {} are one file; give one of them another "
                      "name",
                      other.file.what, other.file.path, file.what, file.path));
    }
    used.push_back(std::move(mine));
  }
}

OutputFile::OutputFile(const NamedFile &file) : path_(file.path) {
  const Place place = named(file, [&] { return place_of(path_); });
  named(file, [&] { place.replaced() ? open_temporary(place) : open_directly(place); });
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (memory_ >= 0) close(memory_);
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
    keep(at_death_);
  }
}

void OutputFile::open_temporary(const Place &place) {
  if (place.exists && access(place.path.c_str(), W_OK) != 0) cannot_write(path_, errno);
  final_ = place.path;
  // Short, since a file's own name may be as long as names can be.
  std::string name = folder_of(final_) + "/.lockarb.XXXXXX";
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);  // O_EXCL: no link is followed
  if (descriptor_ < 0) cannot_write(path_, errno);
  at_death_ = remove_at_death(name.c_str());
  temporary_ = std::move(name);
  // It has the rights that it would have without the temporary name.
  fchmod(descriptor_, place.exists ? place.status.st_mode & 07777 : new_file_mode());
}

void OutputFile::open_directly(const Place &place) {
  if (S_ISDIR(place.status.st_mode)) cannot_write(path_, EISDIR);
  if (place.descriptor) {
    // What is open already goes on where it stands; opened again it would begin anew.
    const int number = std::atoi(name_of(place.path).c_str());
    struct stat status {};
    if (fstat(number, &status) == 0 && same_file(status, place.status)) {
      descriptor_ = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      if (descriptor_ < 0) cannot_write(path_, errno);
      if ((fcntl(descriptor_, F_GETFL) & O_ACCMODE) == O_RDONLY) {
        close(std::exchange(descriptor_, -1));
        cannot_write(path_, EBADF);
      }
      return;
    }
  }
  descriptor_ = open(place.path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
  if (descriptor_ < 0) cannot_write(path_, errno);
}

void OutputFile::fail(int error) {
  if (error_ == 0) error_ = error == 0 ? EIO : error;
}

void OutputFile::write(const char *bytes, std::size_t size) {
  while (size != 0 && !failed()) {
    std::size_t part = size;
    if (temporary_.empty() && stop_signal() != 0) {
      // A reader that does not read must not keep the run from its end.
      constexpr int kPatience = 1000;  // milliseconds
      pollfd descriptor{descriptor_, POLLOUT, 0};
      if (poll(&descriptor, 1, kPatience) == 0) return fail(EINTR);
      part = std::min<std::size_t>(part, PIPE_BUF);  // what fits then
    }
    const ssize_t written = ::write(descriptor_, bytes, part);
    if (written > 0) {
      bytes += written;
      size -= static_cast<std::size_t>(written);
    } else if (written == 0 || errno != EINTR) {
      fail(written == 0 ? EIO : errno);
    }
  }
}

int OutputFile::seekable() {
  if (!temporary_.empty()) return descriptor_;
  if (memory_ < 0) memory_ = memfd_create("lockarb", MFD_CLOEXEC);
  if (memory_ < 0) cannot_write(path_, errno);
  return memory_;
}

void OutputFile::copy_memory() {
  char bytes[65536];
  off_t at = 0;
  for (ssize_t size; (size = pread(memory_, bytes, sizeof bytes, at)) != 0; at += size) {
    if (size < 0) return fail(errno);
    write(bytes, static_cast<std::size_t>(size));
  }
}

void OutputFile::close_descriptor() {
  // Some file systems say only here that there was no space.
  if (close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(errno);
}

void OutputFile::commit() {
  std::fflush(stdout);  // which may be where this goes, too
  if (memory_ >= 0) copy_memory();
  close_descriptor();
  if (failed()) cannot_write(path_, error_);
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), final_.c_str()) != 0) cannot_write(path_, errno);
  keep(at_death_);
  temporary_.clear();
}

}  // namespace lockarb
