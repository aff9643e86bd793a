/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Annotations as they were before SAL 2: no meaning here. In C only, since C++'s standard library
 * has parameters with some of these names.
 */
#ifndef LOCKARB_SPECSTRINGS_H_
#define LOCKARB_SPECSTRINGS_H_

#ifndef __cplusplus

#define __in
#define __in_opt
#define __in_z
#define __in_z_opt
#define __out
#define __out_opt
#define __inout
#define __inout_opt
#define __inout_z
#define __deref_in
#define __deref_in_opt
#define __deref_out
#define __deref_out_opt
#define __deref_opt_out
#define __deref_opt_out_opt
#define __deref_inout
#define __deref_inout_opt
#define __checkReturn
#define __nullterminated
#define __format_string
#define __success(expression)
#define __callback
#define __field_ecount(size)
#define __field_bcount(size)
#define __field_ecount_opt(size)
#define __field_bcount_opt(size)
#define __in_ecount(size)
#define __in_bcount(size)
#define __in_ecount_opt(size)
#define __in_bcount_opt(size)
#define __in_ecount_z(size)
#define __in_range(low, high)
#define __out_ecount(size)
#define __out_bcount(size)
#define __out_ecount_opt(size)
#define __out_bcount_opt(size)
#define __out_ecount_z(size)
#define __out_ecount_part(size, length)
#define __out_bcount_part(size, length)
#define __out_ecount_part_opt(size, length)
#define __out_bcount_part_opt(size, length)
#define __out_ecount_full(size)
#define __out_bcount_full(size)
#define __inout_ecount(size)
#define __inout_bcount(size)
#define __inout_ecount_opt(size)
#define __inout_bcount_opt(size)
#define __inout_ecount_full(size)
#define __inout_bcount_full(size)
#define __inout_ecount_part(size, length)
#define __inout_bcount_part(size, length)
#define __deref_out_ecount(size)
#define __deref_out_bcount(size)
#define __deref_out_ecount_opt(size)
#define __deref_out_bcount_opt(size)
#define __deref_opt_out_bcount_full(size)
#define __deref_out_bcount_full(size)
#define __bcount(size)
#define __ecount(size)

#endif

#endif
