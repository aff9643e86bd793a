/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of exceptions do in C, where the macros are at home; steps go to exception_log. */
#ifndef LOCKARB_TESTS_SW_EXCEPTIONS_H_
#define LOCKARB_TESTS_SW_EXCEPTIONS_H_

#ifdef __cplusplus
extern "C" {
#endif

extern char exception_log[512];

void handle_null_resource(void);
/* What a wait without a limit, or one that does not block, raises; 0: nothing. */
int raised_by_wait(void *object, int blocks);
void handle_by_the_innermost_filter_that_takes_it(void);
void raise_through_finally_blocks(void);
void leave_bodies(void);
int return_out_of_body(int how); /* 0: body, 1: handler, 2: not at all */
void return_out_of_a_body_with_finally(void);
void raise_in_a_handler(void);
void raise_in_a_finally_block(void);
void continue_execution(void);
void raise_with_finally_blocks_only(void);
void raise_in_two_threads(void);
void raise_at_apc_level_in_a_region(void);
void handle_outside_of_an_apc(void);
void handle_inside_of_an_apc(void);

#ifdef __cplusplus
}
#endif

#endif
