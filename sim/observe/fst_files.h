// SPDX-License-Identifier: Apache-2.0
// The files of Verilator's FST writer (GTKWave's fstapi.c, which looks at no result of a write and
// maps its helper files, so that a full disk is a SIGBUS): the waveform goes to an OutputFile with
// every write checked, the helper files stay in memory. sim/observe/fst_redirect.h puts these
// functions in the place of those of the C library.
#pragma once

#include <sys/types.h>
#include <zlib.h>

#include <cstddef>
#include <cstdio>

#include "sim/observe/output_file.h"

namespace lockarb {

// While it lives, a writer that opens kFstName writes to the file. One at a time.
class FstFiles {
 public:
  static constexpr const char *kFstName = "lockarb.fst";

  explicit FstFiles(OutputFile *file);
  ~FstFiles();
  FstFiles(const FstFiles &) = delete;
  FstFiles &operator=(const FstFiles &) = delete;

  // The writer puts the host's date into the header; two runs shall give the same bytes. Call it
  // when the writer has closed its file.
  void erase_date();

 private:
  OutputFile &file_;
};

namespace fst {

std::FILE *open(const char *name, const char *mode);
std::FILE *temporary();
int remove(const char *name);
std::size_t write(const void *bytes, std::size_t size, std::size_t count, std::FILE *file);
int put(int byte, std::FILE *file);
int flush(std::FILE *file);
int seek(std::FILE *file, off_t offset, int whence);
int close(std::FILE *file);
int truncate(int descriptor, off_t size);
void *map(void *at, std::size_t size, int protection, int flags, int descriptor, off_t offset);
int gz_write(gzFile file, const void *bytes, unsigned size);
int gz_close(gzFile file);

}  // namespace fst
}  // namespace lockarb
