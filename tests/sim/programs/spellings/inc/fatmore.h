/* SPDX-License-Identifier: Apache-2.0 */
/* See Spellings.c. */
#ifndef FATMORE_H
#define FATMORE_H
#define FAT_MORE 3
#endif
