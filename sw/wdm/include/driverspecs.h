/* SPDX-License-Identifier: Apache-2.0 */
/** Annotations of drivers' routines: no meaning here. */
#ifndef LOCKARB_DRIVERSPECS_H_
#define LOCKARB_DRIVERSPECS_H_

#include <concurrencysal.h>
#include <specstrings.h>

#define _IRQL_requires_same_
#define _IRQL_saves_
#define _IRQL_restores_
#define _IRQL_is_cancel_
#define _Kernel_entry_
#define _Kernel_float_saved_
#define _Kernel_float_restored_
#define _Kernel_float_used_

#define _IRQL_requires_(a)
#define _IRQL_requires_max_(a)
#define _IRQL_requires_min_(a)
#define _IRQL_raises_(a)
#define _IRQL_limited_to_(a)
#define _IRQL_always_function_max_(a)
#define _IRQL_always_function_min_(a)
#define _Function_class_(a)
#define _Dispatch_type_(a)
#define _Kernel_clear_do_init_(a)
#define _Kernel_requires_resource_held_(a)
#define _Kernel_requires_resource_not_held_(a)
#define _Kernel_acquires_resource_(a)
#define _Kernel_releases_resource_(a)

#define _IRQL_saves_global_(a, b)
#define _IRQL_restores_global_(a, b)

#define __drv_allocatesMem(kind)
#define __drv_freesMem(kind)
#define __drv_aliasesMem
#define __drv_maxIRQL(irql)
#define __drv_minIRQL(irql)
#define __drv_requiresIRQL(irql)
#define __drv_sameIRQL
#define __drv_raisesIRQL(irql)
#define __drv_savesIRQL
#define __drv_restoresIRQL
#define __drv_functionClass(name)
#define __drv_useCancelIRQL
#define __drv_strictTypeMatch(mode)
#define __drv_when(condition, annotations)
#define __drv_at(expression, annotations)
#define __drv_arg(expression, annotations)
#define __drv_preferredFunction(name, why)

#endif
