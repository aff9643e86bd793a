// SPDX-License-Identifier: Apache-2.0
// What the sanitizers must be told when the host goes on on another stack. Nothing without them.
//
// A stack is known by the address of whatever its owner keeps of it while it is suspended. One that
// was not created here is the one that was running; it gets known when it is left.
#pragma once

#include <cstddef>

namespace lockarb::host_stack {

#ifdef LOCKARB_SANITIZED

// A stack that nothing has run on yet. What its frames own is in use until it is freed.
void created(const void *stack, const void *bottom, std::size_t size);
// Its memory is going to be used for something else.
void freed(const void *bottom, std::size_t size);

// Right before the switch from the running one, and first thing on the other one.
void leave(const void *from, const void *to);
void arrived();

// SystemC switches to its kernel and comes back within a scope: it tells of its own stacks, but the
// process may be on one that SystemC does not know.
class AwayInKernel {
 public:
  AwayInKernel();
  ~AwayInKernel();
  AwayInKernel(const AwayInKernel &) = delete;
  AwayInKernel &operator=(const AwayInKernel &) = delete;

 private:
  const void *bottom_ = nullptr;
  std::size_t size_ = 0;
  void *fake_ = nullptr;
  void *fiber_ = nullptr;
};
// Lives as long as a process of SystemC's, which is silent about how it goes on after the process.
class Process {
 public:
  Process();
  ~Process();
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;
};

#else

inline void created(const void *, const void *, std::size_t) {}
inline void freed(const void *, std::size_t) {}
inline void leave(const void *, const void *) {}
inline void arrived() {}
struct AwayInKernel {
  AwayInKernel() {}
};
struct Process {
  Process() {}
};

#endif

}  // namespace lockarb::host_stack
