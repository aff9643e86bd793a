// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/host_stack.h"

#ifdef LOCKARB_SANITIZED

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>

#include <map>

// Each sanitizer's runtime has its own; the other's are not there.
extern "C" {
#pragma weak __sanitizer_start_switch_fiber
#pragma weak __sanitizer_finish_switch_fiber
#pragma weak __asan_unpoison_memory_region
#pragma weak __lsan_register_root_region
#pragma weak __lsan_unregister_root_region
[[gnu::weak]] void *__tsan_get_current_fiber(void);
[[gnu::weak]] void *__tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void *fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void *fiber, unsigned flags);
}

namespace lockarb::host_stack {
namespace {

struct Stack {
  const void *bottom = nullptr;
  std::size_t size = 0;
  void *fake = nullptr;   // ASan's frames of it elsewhere
  void *fiber = nullptr;  // TSan's
};

// Suspended ones, and those created, by their bottom.
std::map<const void *, Stack> stacks;
std::map<const void *, Stack> memories;

Stack *left = nullptr;
Stack *entered = nullptr;
void *kernel_fiber = nullptr;

void asan_leave(void **fake, const void *bottom, std::size_t size) {
  if (__sanitizer_start_switch_fiber != nullptr) __sanitizer_start_switch_fiber(fake, bottom, size);
}
void asan_arrive(void *fake, const void **bottom, std::size_t *size) {
  if (__sanitizer_finish_switch_fiber != nullptr) {
    __sanitizer_finish_switch_fiber(fake, bottom, size);
  }
}
void *tsan_current() {
  return __tsan_get_current_fiber != nullptr ? __tsan_get_current_fiber() : nullptr;
}
void *tsan_create() { return __tsan_create_fiber != nullptr ? __tsan_create_fiber(0) : nullptr; }

}  // namespace

void created(const void *stack, const void *bottom, std::size_t size) {
  freed(bottom, size);
  memories[bottom] = stacks[stack] = {bottom, size, nullptr, tsan_create()};
  if (__lsan_register_root_region != nullptr) __lsan_register_root_region(bottom, size);
}

void freed(const void *bottom, std::size_t size) {
  // Whoever ended on it never left its frames, and their red zones are still closed.
  if (__asan_unpoison_memory_region != nullptr) __asan_unpoison_memory_region(bottom, size);
  const auto memory = memories.find(bottom);
  if (memory == memories.end()) return;
  const Stack &stack = memory->second;
  if (__lsan_unregister_root_region != nullptr) __lsan_unregister_root_region(bottom, stack.size);
  if (stack.fiber != nullptr) __tsan_destroy_fiber(stack.fiber);
  memories.erase(memory);
}

void leave(const void *from, const void *to) {
  left = &stacks[from];
  entered = &stacks[to];
  asan_leave(&left->fake, entered->bottom, entered->size);
  if (void *fiber = tsan_current(); fiber != nullptr) {
    left->fiber = fiber;
    __tsan_switch_to_fiber(entered->fiber, 0);
  }
}

void arrived() { asan_arrive(entered->fake, &left->bottom, &left->size); }

Process::Process() {
  if (tsan_current() == nullptr) return;
  if (kernel_fiber == nullptr) kernel_fiber = tsan_current();
  __tsan_switch_to_fiber(tsan_create(), 0);
}

Process::~Process() {
  // The kernel is on the stack of the host's thread.
  pthread_attr_t attributes;
  void *bottom = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
  }
  asan_leave(nullptr, bottom, size);
  asan_arrive(nullptr, nullptr, nullptr);
  if (kernel_fiber != nullptr) __tsan_switch_to_fiber(kernel_fiber, 0);
}

AwayInKernel::AwayInKernel() : fiber_(tsan_current()) {
  // What is told to finish is where one was.
  asan_leave(&fake_, nullptr, 0);
  asan_arrive(fake_, &bottom_, &size_);
  if (fiber_ != nullptr) __tsan_switch_to_fiber(kernel_fiber, 0);
}

AwayInKernel::~AwayInKernel() {
  asan_leave(&fake_, bottom_, size_);
  asan_arrive(fake_, nullptr, nullptr);
  if (fiber_ != nullptr) __tsan_switch_to_fiber(fiber_, 0);
}

}  // namespace lockarb::host_stack

#endif
