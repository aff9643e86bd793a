/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Exceptions in plain C, by the macros that portable driver code writes in place of __try:
 *
 *     _SEH2_TRY {
 *       ExAcquireResourceExclusiveLite(Resource, TRUE);
 *     }
 *     _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) {
 *       status = _SEH2_GetExceptionCode();
 *     }
 *     _SEH2_END;
 *
 * What ExRaiseStatus() and the routines of wdm.h raise gets to the innermost _SEH2_EXCEPT of the
 * thread whose filter takes it, through the _SEH2_FINALLY blocks on the way. IRQL and regions are
 * those at the raise. Nobody takes it: bug check 0x7E. An APC's routine has its own handlers only.
 *
 * Where it differs from __try
 *   - A local variable that the body changes and the handler reads must be volatile, as for
 *     setjmp().
 *   - The finally blocks inside run before a filter outside is asked.
 *   - A body with _SEH2_FINALLY may not be left by return, break or goto: bug check 0x20004C4B.
 *     Use _SEH2_LEAVE. With _SEH2_EXCEPT it may.
 */
#ifndef LOCKARB_PSEH2_H_
#define LOCKARB_PSEH2_H_

#include <lockarb_kernel.h>
#include <setjmp.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
/** No exception here can be continued: raises STATUS_NONCONTINUABLE_EXCEPTION further out. */
#define EXCEPTION_CONTINUE_EXECUTION (-1)

/* What the macros are made of. */

struct lockarb_try {
  jmp_buf context;
  struct lockarb_try *outer;
  bool has_finally;
  bool listed; /**< One of the thread's: the body runs. */
  bool raised; /**< An exception came here that nobody has handled yet. */
  NTSTATUS code;
  const char *routine; /**< What raised, */
  const void *from;    /**< and for whom. */
};

void lockarb_begin_try(struct lockarb_try *self);
void lockarb_leave_try(struct lockarb_try *self); /**< The body has ended. */
/** @return TRUE: run the handler; else the search goes on outside, and this does not return. */
bool lockarb_filter(struct lockarb_try *self, LONG verdict);
void lockarb_end_finally(struct lockarb_try *self); /**< An exception goes on. */
void lockarb_end_try(struct lockarb_try *self);     /**< The scope is left, in whatever way. */

/* The kind of the block is written after its body and must be known before: the jump asks for it.
 */

#define _SEH2_TRY                                                             \
  {                                                                           \
    __label__ lockarb_kind, lockarb_body, lockarb_leave;                      \
    __attribute__((cleanup(lockarb_end_try))) struct lockarb_try lockarb_try; \
    goto lockarb_kind;                                                        \
  lockarb_body:                                                               \
    lockarb_begin_try(&lockarb_try);                                          \
    if (setjmp(lockarb_try.context) == 0) {                                   \
      {
#define _SEH2_EXCEPT(filter)         \
  }                                  \
  lockarb_leave:                     \
  __attribute__((unused));           \
  lockarb_leave_try(&lockarb_try);   \
  }                                  \
  else if (0) {                      \
  lockarb_kind:                      \
    lockarb_try.has_finally = false; \
    goto lockarb_body;               \
  }                                  \
  else if (lockarb_filter(&lockarb_try, (filter))) {
#define _SEH2_FINALLY               \
  }                                 \
  lockarb_leave:                    \
  __attribute__((unused));          \
  lockarb_leave_try(&lockarb_try);  \
  }                                 \
  else if (0) {                     \
  lockarb_kind:                     \
    lockarb_try.has_finally = true; \
    goto lockarb_body;              \
  }                                 \
  {
#define _SEH2_END                    \
  }                                  \
  lockarb_end_finally(&lockarb_try); \
  }                                  \
  ((void)0)

/** End the body. */
#define _SEH2_LEAVE goto lockarb_leave
/** Leave body or handler by return, break, continue or goto. */
#define _SEH2_YIELD(statement) statement
/** In the filter and the handler, outside of blocks nested there. */
#define _SEH2_GetExceptionCode() (lockarb_try.code)
/** In the finally block: an exception is on its way. */
#define _SEH2_AbnormalTermination() (lockarb_try.raised)

#ifdef __cplusplus
}
#endif

#endif
