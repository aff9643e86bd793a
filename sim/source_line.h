// Where in its source a piece of this program is.
#pragma once

#include <string>

namespace lockarb {

// "smallest.c:14 (count)" for the call that returns to that address; empty where the program has no
// line numbers (lockarb_add_program() compiles with them). Nothing else on the host is asked.
const std::string &source_line(const void *return_address);

}  // namespace lockarb
