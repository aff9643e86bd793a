/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of wdm.h that actors make, on host threads and on RISC-V cores. */
#ifndef LOCKARB_TESTS_CONTRACT_CALLS_H_
#define LOCKARB_TESTS_CONTRACT_CALLS_H_

#include <lockarb_resource.h>
#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In the order of subject.h and of sim/reference/contract_tables.h (result.cpp). */
enum { WAY_TRY, WAY_WAIT, WAY_ENTER_REGION };
enum { RELEASE_OWN, RELEASE_FOR_THREAD, RELEASE_AND_LEAVE };
enum { TRY_EXCLUSIVE, EXCLUSIVE, SHARED, STARVE_EXCLUSIVE, SHARED_WAIT_FOR_EXCLUSIVE };
enum { LIFETIME_DELETE, LIFETIME_REINITIALIZE, LIFETIME_INITIALIZE };

/* What a call came to: bits. 0: refused. */
enum { CALL_OK = 1, CALL_EXCLUSIVE = 2, CALL_RECURSED = 4 };

ULONG call_acquire(PERESOURCE Resource, ULONG Routine, ULONG Way);
VOID call_release(PERESOURCE Resource, ULONG How, ERESOURCE_THREAD Owner);
VOID call_set_owner(PERESOURCE Resource, BOOLEAN Ex, PVOID Pointer);
ULONG call_lifetime(PERESOURCE Resource, ULONG Operation, ULONG Flags);
VOID call_region(BOOLEAN Guarded, BOOLEAN Enters);
VOID call_irql(KIRQL Irql);

#ifdef __cplusplus
}
#endif

#endif
