// SPDX-License-Identifier: Apache-2.0
// Tests of the executive and of wdm.h: each builds a machine and runs lambdas as threads on it.
#ifndef LOCKARB_TESTS_SW_WDM_FIXTURE_H_
#define LOCKARB_TESTS_SW_WDM_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lockarb_threads.h"
#include "machine.h"
#include "wdm.h"

namespace lockarb {

// Where a thread runs and as what.
struct As {
  const char *name = nullptr;
  unsigned core = LOCKARB_ANY_CORE;
  int priority = 0;
  bool user = false;
};

class WdmTest : public testing::Test {
 protected:
  void build(const MachineConfig &config) { machine_ = std::make_unique<Machine>(config); }

  Machine &machine() {
    if (machine_ == nullptr) build({});
    return *machine_;
  }

  // LOCKARB_TEST_LOCKS=software: all resources are locks in shared memory.
  Machine::End run(const std::function<void()> &main) {
    return machine().run([&] {
      if (on_software_locks()) lockarb_set_resource_flags(LOCKARB_RESOURCE_SOFTWARE);
      main();
    });
  }
  static bool on_software_locks() {
    const char *locks = std::getenv("LOCKARB_TEST_LOCKS");
    return locks != nullptr && std::string(locks) == "software";
  }
  // Number of the first resource's lock, and a text about the first two as it is printed.
  unsigned first_lock() { return on_software_locks() ? machine().arbiter_locks() : 0; }
  std::string lock(unsigned number) { return "lock " + std::to_string(first_lock() + number); }
  std::string as_printed(std::string text) {
    for (unsigned lock : {1u, 0u}) {  // "lock 0" becomes "lock 16", which begins as "lock 1"
      const std::string number = "lock " + std::to_string(lock);
      const std::string printed = "lock " + std::to_string(first_lock() + lock);
      for (size_t at = 0; (at = text.find(number, at)) != std::string::npos; at += printed.size()) {
        text.replace(at, number.size(), printed);
      }
    }
    const std::string column = "lock     0";
    const size_t at = text.find(column);
    if (at != std::string::npos) {
      text.replace(at, column.size(), "lock     " + std::to_string(first_lock()));
    }
    return text;
  }

  // On the machine: start a thread; the handle stays open.
  HANDLE spawn(const std::function<void()> &body, const As &as = {}) {
    bodies_.push_back(std::make_unique<std::function<void()>>(body));
    lockarb_thread_options options = {as.name, as.core, as.priority, as.user, false};
    HANDLE handle = nullptr;
    EXPECT_EQ(lockarb_create_thread(&handle, &WdmTest::enter, bodies_.back().get(), &options),
              STATUS_SUCCESS);
    return handle;
  }

  static void join(HANDLE thread) {
    EXPECT_EQ(ZwWaitForSingleObject(thread, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(thread), STATUS_SUCCESS);
  }

  static PKTHREAD object(HANDLE thread) {
    PVOID object = nullptr;
    EXPECT_EQ(ObReferenceObjectByHandle(thread, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                        &object, nullptr),
              STATUS_SUCCESS);
    return static_cast<PKTHREAD>(object);
  }

  static LARGE_INTEGER microseconds(int64_t n) {
    LARGE_INTEGER interval;
    interval.QuadPart = -10 * n;
    return interval;
  }

  static void delay(int64_t n) {
    LARGE_INTEGER interval = microseconds(n);
    EXPECT_EQ(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
  }

  static void wait(KEVENT &event) {
    EXPECT_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr), STATUS_SUCCESS);
  }

  static uint64_t now_us() { return port_time() * 1000000 / port_time_frequency(); }

  void log(const std::string &text) { log_.push_back(text); }

  std::vector<std::string> log_;

 private:
  static void enter(PVOID context) { (*static_cast<std::function<void()> *>(context))(); }

  std::unique_ptr<Machine> machine_;
  std::vector<std::unique_ptr<std::function<void()>>> bodies_;
};

}  // namespace lockarb

#endif
