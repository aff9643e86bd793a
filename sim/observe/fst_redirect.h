// SPDX-License-Identifier: Apache-2.0
// Included before Verilator's FST writer, and before nothing else (sim/model/models.cmake).
#pragma once

// What declares these names comes first.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "sim/observe/fst_files.h"

#define fopen(name, mode) lockarb::fst::open(name, mode)
#define tmpfile() lockarb::fst::temporary()
#define unlink(name) lockarb::fst::remove(name)
#define fwrite(bytes, size, count, file) lockarb::fst::write(bytes, size, count, file)
#define fputc(byte, file) lockarb::fst::put(byte, file)
#define fflush(file) lockarb::fst::flush(file)
#define fseeko(file, offset, whence) lockarb::fst::seek(file, offset, whence)
#define fclose(file) lockarb::fst::close(file)
#define ftruncate(descriptor, size) lockarb::fst::truncate(descriptor, size)
#define mmap(at, size, protection, flags, descriptor, offset) \
  lockarb::fst::map(at, size, protection, flags, descriptor, offset)
#define gzwrite(file, bytes, size) lockarb::fst::gz_write(file, bytes, size)
#define gzclose(file) lockarb::fst::gz_close(file)
