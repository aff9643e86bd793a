/* See Spellings.c. */
#ifndef FATMORE_H
#define FATMORE_H
#define FAT_MORE 3
#endif
