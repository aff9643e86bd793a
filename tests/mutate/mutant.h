/* SPDX-License-Identifier: Apache-2.0 */
/* Before every mutated C source: `LOCKARB_MUTANT(n)` is 1 while mutant n is alive. */
#ifndef LOCKARB_TESTS_MUTATE_MUTANT_H_
#define LOCKARB_TESTS_MUTATE_MUTANT_H_

extern int lockarb_mutant_alive;

#define LOCKARB_MUTANT(n) (lockarb_mutant_alive == (n))

#endif /* LOCKARB_TESTS_MUTATE_MUTANT_H_ */
