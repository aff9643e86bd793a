#include "sim/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace lockarb {

OutputFile::OutputFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".part") {
  std::FILE *file = std::fopen(temporary_.c_str(), "wb");
  if (file == nullptr) {
    throw std::runtime_error("cannot write " + path_ + ": " + std::strerror(errno));
  }
  std::fclose(file);
}

OutputFile::~OutputFile() {
  if (!committed_) std::remove(temporary_.c_str());
}

void OutputFile::commit() {
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw std::runtime_error("cannot write " + path_ + ": " + std::strerror(errno));
  }
  committed_ = true;
}

}  // namespace lockarb
