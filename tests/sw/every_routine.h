/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of every_routine.c in other files. What goes wrong there is a broken assertion. */
#ifndef LOCKARB_TESTS_SW_EVERY_ROUTINE_H_
#define LOCKARB_TESTS_SW_EVERY_ROUTINE_H_

#include <ntifs.h>

/* every_routine_base.c */
VOID UseWidths(VOID);
VOID UseProcessors(VOID);
VOID UseMoreMemory(VOID);
VOID UseIdentity(VOID);

#endif
