// SPDX-License-Identifier: Apache-2.0
#include "sim/run/python_tool.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace lockarb {

void become_python(const std::string &root, const std::string &tool,
                   const std::vector<std::string> &arguments) {
  const std::string script = root + "/sim/" + tool + "/" + tool + ".py";
  if (access(script.c_str(), R_OK) != 0) {
    throw std::runtime_error(script + ": " + std::strerror(errno) +
                             "; run it from a source tree, or install lockarb anew");
  }
  // Beside its sources nothing is left (-B).
  std::vector<std::string> command{"python3", "-B", script};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char *> words;
  for (std::string &word : command) words.push_back(word.data());
  words.push_back(nullptr);
  execvp(words[0], words.data());
  throw std::runtime_error(tool + " needs Python 3: " + std::strerror(errno) +
                           "; apt-get install python3 python3-yaml");
}

}  // namespace lockarb
