// A file that exists under its name only when it is complete.
#pragma once

#include <string>

namespace lockarb {

// Written as PATH.part; commit() gives it its name, otherwise it is removed.
class OutputFile {
 public:
  // Throws std::runtime_error with the reason when the file cannot be written.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  const std::string &temporary() const { return temporary_; }
  void commit();

 private:
  std::string path_;
  std::string temporary_;
  bool committed_ = false;
};

}  // namespace lockarb
