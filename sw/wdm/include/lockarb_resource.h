/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What wdm.h does not have: a choice of what an ERESOURCE stands on.
 */
#ifndef LOCKARB_RESOURCE_H_
#define LOCKARB_RESOURCE_H_

#include <lockarb_threads.h>
#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ExInitializeResourceLite() with a choice.
 *
 * @param Flags LOCKARB_RESOURCE_... or'ed; 0: what an ERESOURCE is on Windows, on a lock of the
 *              arbiter while there is one.
 * @return STATUS_SUCCESS, STATUS_INSUFFICIENT_RESOURCES, or STATUS_INVALID_PARAMETER for an unknown
 *         flag; without success the resource is not initialized.
 * @pre The resource is not initialized. Broken: bug check 0xC4/0xD0.
 */
NTSTATUS lockarb_initialize_resource(PERESOURCE Resource, ULONG Flags);

#ifdef __cplusplus
}
#endif

#endif
