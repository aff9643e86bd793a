/* SPDX-License-Identifier: Apache-2.0 */
/* See Spellings.c. */
#ifndef FATDATA_H
#define FATDATA_H
#include "FatMore.H"
#define FAT_DATA 2
#endif
