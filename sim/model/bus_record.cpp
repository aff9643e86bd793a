// SPDX-License-Identifier: Apache-2.0
#include "sim/model/bus_record.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lockarb {
namespace {

[[noreturn]] void cannot(const char *what) {
  throw std::runtime_error(std::string("the record of the bus, a file in /tmp, cannot be ") + what +
                           ": " + std::strerror(errno) + "; free space there");
}

}  // namespace

BusRecord::BusRecord() : file_(std::tmpfile(), std::fclose) {
  if (!file_) cannot("made");
}

void BusRecord::add(const Entry &entry) {
  if (entry.transfer.start < stop_) std::fwrite(&entry, sizeof entry, 1, file_.get());
}

void BusRecord::transfer(const Transfer &transfer) {
  last_ = transfer.start;
  add({transfer, {}, false});
}

void BusRecord::flip(uint64_t cycle, const RamBit &at) {
  Transfer when{};
  when.start = cycle;
  add({when, at, true});
}

void BusRecord::draw(OutputFile *file, TraceKind kind, uint64_t from, uint64_t to) const {
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) cannot("written");
  std::rewind(file_.get());
  const auto model = ArbiterModel::create({false, kind});
  model->open_trace(file, from, to);
  for (Entry entry; std::fread(&entry, sizeof entry, 1, file_.get()) == 1;) {
    if (entry.transfer.start >= to) break;
    if (entry.is_flip) {
      model->advance(entry.transfer.start);
      model->flip(entry.flipped);
    } else {
      model->transfer(entry.transfer);
    }
  }
  if (std::ferror(file_.get()) != 0) cannot("read");
  model->advance(to);
  model->close_trace();
}

}  // namespace lockarb
