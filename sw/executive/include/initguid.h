/* SPDX-License-Identifier: Apache-2.0 */
/** From here on DEFINE_GUID() gives a GUID its value; in every file that does, it is the same one.
 */
#include <lockarb_types.h>

#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
  EXTERN_C const GUID name;                                          \
  const GUID DECLSPEC_SELECTANY name = {(ULONG)(l), w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
