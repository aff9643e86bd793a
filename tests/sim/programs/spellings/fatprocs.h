/* SPDX-License-Identifier: Apache-2.0 */
/* What it includes is found beside it. */
#include "INC/FATDATA.H"
#define FAT_PROCS 1
