// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/fst_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace lockarb {
namespace {

OutputFile *output = nullptr;

std::FILE *in_memory() {
  const int descriptor = memfd_create("lockarb.fst", MFD_CLOEXEC);
  std::FILE *const file = descriptor < 0 ? nullptr : fdopen(descriptor, "w+b");
  if (file == nullptr && output != nullptr) output->fail(errno);
  return file;
}

template <class Result>
Result checked(Result result, bool good) {
  if (!good && output != nullptr) output->fail(errno);
  return result;
}

}  // namespace

FstFiles::FstFiles(OutputFile *file) : file_(*file) { output = file; }

FstFiles::~FstFiles() { output = nullptr; }

void FstFiles::erase_date() {
  // Offset and size are those of the format's header block.
  constexpr off_t kDateOffset = 202;
  constexpr std::size_t kDateSize = 119;
  const std::string blank(kDateSize, '\0');
  if (file_.failed()) return;
  if (pwrite(file_.seekable(), blank.data(), blank.size(), kDateOffset) !=
      static_cast<ssize_t>(blank.size())) {
    file_.fail(errno);
  }
}

namespace fst {

std::FILE *open(const char *name, const char *mode) {
  const std::string path = name;
  if (output == nullptr || path.rfind(FstFiles::kFstName, 0) != 0) return std::fopen(name, mode);
  if (path != FstFiles::kFstName) return in_memory();  // NAME.hier
  const int descriptor = fcntl(output->seekable(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  std::FILE *const file = descriptor < 0 ? nullptr : fdopen(descriptor, "w+b");
  return checked(file, file != nullptr);
}

std::FILE *temporary() { return in_memory(); }

// The writer removes what is in its way, and its helper files; it has neither.
int remove(const char *) { return 0; }

std::size_t write(const void *bytes, std::size_t size, std::size_t count, std::FILE *file) {
  const std::size_t written = std::fwrite(bytes, size, count, file);
  return checked(written, written == count || size == 0);
}

int put(int byte, std::FILE *file) {
  const int result = std::fputc(byte, file);
  return checked(result, result != EOF);
}

int flush(std::FILE *file) {
  const int result = std::fflush(file);
  return checked(result, result == 0);
}

int seek(std::FILE *file, off_t offset, int whence) {
  // The writer only complains, on the standard error, and goes on.
  checked(0, fseeko(file, offset, whence) == 0);
  return 0;
}

int close(std::FILE *file) {
  const int result = std::fclose(file);
  return checked(result, result == 0);
}

int truncate(int descriptor, off_t size) {
  const int result = ftruncate(descriptor, size);
  return checked(result, result == 0);
}

void *map(void *at, std::size_t size, int protection, int flags, int descriptor, off_t offset) {
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && status.st_size >= offset + static_cast<off_t>(size)) {
    return mmap(at, size, protection, flags, descriptor, offset);
  }
  // It is not as long as the writer believes, since a write failed (the limit on the size of a file
  // goes for memory, too). Behind its end the kernel has nothing but SIGBUS.
  return mmap(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int gz_write(gzFile file, const void *bytes, unsigned size) {
  const int written = gzwrite(file, bytes, size);
  return checked(written, written > 0 || size == 0);
}

int gz_close(gzFile file) {
  const int result = gzclose(file);
  return checked(result, result == Z_OK);
}

}  // namespace fst
}  // namespace lockarb
