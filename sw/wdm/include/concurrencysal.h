/* SPDX-License-Identifier: Apache-2.0 */
/** Annotations of locks: no meaning here. */
#ifndef LOCKARB_CONCURRENCYSAL_H_
#define LOCKARB_CONCURRENCYSAL_H_

#include <sal.h>

#define _Interlocked_
#define _Interlocked_operand_
#define _No_competing_thread_
#define _No_competing_thread_begin_
#define _No_competing_thread_end_
#define _Benign_race_begin_
#define _Benign_race_end_
#define _Requires_no_locks_held_

#define _Acquires_lock_(a)
#define _Acquires_exclusive_lock_(a)
#define _Acquires_shared_lock_(a)
#define _Acquires_nonreentrant_lock_(a)
#define _Releases_lock_(a)
#define _Releases_exclusive_lock_(a)
#define _Releases_shared_lock_(a)
#define _Releases_nonreentrant_lock_(a)
#define _Requires_lock_held_(a)
#define _Requires_lock_not_held_(a)
#define _Requires_exclusive_lock_held_(a)
#define _Requires_shared_lock_held_(a)
#define _Guarded_by_(a)
#define _Write_guarded_by_(a)
#define _Has_lock_kind_(a)
#define _Has_lock_level_(a)
#define _Create_lock_level_(a)
#define _Analysis_assume_lock_acquired_(a)
#define _Analysis_assume_lock_released_(a)
#define _Analysis_assume_lock_held_(a)
#define _Analysis_assume_lock_not_held_(a)
#define _Analysis_suppress_lock_checking_(a)
#define _Function_ignore_lock_checking_(a)
#define _Lock_initialized_(a)

#define _Post_same_lock_(a, b)
#define _Analysis_assume_same_lock_(a, b)
#define _Lock_level_order_(a, b)

#endif
