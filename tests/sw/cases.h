/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of routines of wdm.h, written in C as programs are: wdm_test.cpp makes
 * each a GoogleTest. What goes wrong is a broken assertion.
 */
#ifndef LOCKARB_TESTS_SW_CASES_H_
#define LOCKARB_TESTS_SW_CASES_H_

#include <lockarb_threads.h>
#include <ntifs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lockarb_case {
  const char *suite, *name;
  void (*run)(void); /* as the first thread, on core 0 */
  const char *stop;  /* the machine stops or is stuck, and prints that; NULL: it
                        ends, and prints nothing */
  int verified;      /* the verifier is on */
  struct lockarb_case *next;
};
extern struct lockarb_case *lockarb_cases;

#define CASE_(suite, name, stop, verified)                                                 \
  static void suite##name(void);                                                           \
  __attribute__((constructor(101))) static void Add##suite##name(void) {                   \
    static struct lockarb_case added = {#suite, #name, suite##name, stop, verified, NULL}; \
    added.next = lockarb_cases;                                                            \
    lockarb_cases = &added;                                                                \
  }                                                                                        \
  static void suite##name(void)
/** A test that ends. */
#define CASE(suite, name) CASE_(suite, name, NULL, 0)
#define VERIFIED_CASE(suite, name) CASE_(suite, name, NULL, 1)
/** One that stops the machine with that text. */
#define STOP_CASE(suite, name, text) CASE_(suite, name, text, 0)
#define VERIFIED_STOP_CASE(suite, name, text) CASE_(suite, name, text, 1)

/* Start a thread on a core, and wait for its end. */
static inline HANDLE Start(PKSTART_ROUTINE Routine, PVOID Context, ULONG Core) {
  struct lockarb_thread_options options = {NULL, Core, 0, false, false};
  HANDLE thread;
  NTSTATUS status = lockarb_create_thread(&thread, Routine, Context, &options);
  ASSERT(status == STATUS_SUCCESS);
  return thread;
}
static inline VOID Join(HANDLE Thread) {
  NTSTATUS status = ZwWaitForSingleObject(Thread, FALSE, NULL);
  ASSERT(status == STATUS_SUCCESS);
  ZwClose(Thread);
}
static inline VOID Delay(LONG Microseconds) {
  LARGE_INTEGER interval;
  interval.QuadPart = -10 * Microseconds;
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

#ifdef __cplusplus
}
#endif

#endif
