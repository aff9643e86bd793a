/* SPDX-License-Identifier: Apache-2.0 */
/**
 * S-lists: last in, first out, for any number of cores without a lock of the
 * program's; lookaside lists, which keep freed blocks for the next who wants
 * one; and more ways to allocate. Programs include <wdm.h>.
 */
#ifndef LOCKARB_LOOKASIDE_H_
#define LOCKARB_LOOKASIDE_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* S-lists */

#if UINTPTR_MAX > 0xFFFFFFFF
#define LOCKARB_SLIST_ALIGNMENT 16
#else
#define LOCKARB_SLIST_ALIGNMENT 8
#endif

typedef struct _SLIST_ENTRY {
  struct _SLIST_ENTRY *Next;
} DECLSPEC_ALIGN(LOCKARB_SLIST_ALIGNMENT) SLIST_ENTRY, *PSLIST_ENTRY;

/** Looked into by the routines below only. */
typedef struct _SLIST_HEADER {
  PSLIST_ENTRY Next; /**< Its lowest bit: somebody is changing the list. */
  USHORT Depth;
  USHORT Sequence;
} DECLSPEC_ALIGN(LOCKARB_SLIST_ALIGNMENT) SLIST_HEADER, *PSLIST_HEADER;

VOID InitializeSListHead(PSLIST_HEADER ListHead);
#define ExInitializeSListHead(ListHead) InitializeSListHead(ListHead)

/**
 * At any IRQL. The entry is aligned as SLIST_ENTRY is; else it raises
 * STATUS_DATATYPE_MISALIGNMENT.
 *
 * @return The first entry before; NULL: the list was empty.
 */
PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry);
/** @return The first entry, NULL from an empty list. */
PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER ListHead);
/** Take all. @return The first entry, with the others behind it. */
PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER ListHead);
/** @return The number of entries, modulo 65536. */
USHORT QueryDepthSList(PSLIST_HEADER ListHead);
/** @return The first entry, which stays. */
PSLIST_ENTRY RtlFirstEntrySList(const SLIST_HEADER *ListHead);
#define ExInterlockedPushEntrySList(ListHead, ListEntry, Lock) \
  ((void)(Lock), InterlockedPushEntrySList((ListHead), (ListEntry)))
#define ExInterlockedPopEntrySList(ListHead, Lock) \
  ((void)(Lock), InterlockedPopEntrySList(ListHead))
#define ExInterlockedFlushSList(ListHead) InterlockedFlushSList(ListHead)
#define ExQueryDepthSList(ListHead) QueryDepthSList(ListHead)

/* Lookaside lists: nonpaged, paged, and the extended one for both. */

struct _LOOKASIDE_LIST_EX;
typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID FREE_FUNCTION(PVOID Buffer);
typedef FREE_FUNCTION *PFREE_FUNCTION;
typedef PVOID ALLOCATE_FUNCTION_EX(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                   struct _LOOKASIDE_LIST_EX *Lookaside);
typedef ALLOCATE_FUNCTION_EX *PALLOCATE_FUNCTION_EX;
typedef VOID FREE_FUNCTION_EX(PVOID Buffer, struct _LOOKASIDE_LIST_EX *Lookaside);
typedef FREE_FUNCTION_EX *PFREE_FUNCTION_EX;

/** Programs may read the counts. */
typedef struct _GENERAL_LOOKASIDE {
  SLIST_HEADER ListHead;
  USHORT Depth; /**< How many blocks are kept at most: 256. */
  USHORT MaximumDepth;
  ULONG TotalAllocates;
  ULONG AllocateMisses; /**< Those that the list had no block for. */
  ULONG TotalFrees;
  ULONG FreeMisses; /**< Those that the list had no room for. */
  POOL_TYPE Type;
  ULONG Tag;
  ULONG Size;
  PALLOCATE_FUNCTION_EX AllocateEx; /**< NULL: Allocate. */
  PFREE_FUNCTION_EX FreeEx;
  PALLOCATE_FUNCTION Allocate; /**< NULL: the pool. */
  PFREE_FUNCTION Free;
} GENERAL_LOOKASIDE, *PGENERAL_LOOKASIDE;

typedef struct _NPAGED_LOOKASIDE_LIST {
  GENERAL_LOOKASIDE L;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;
typedef struct _PAGED_LOOKASIDE_LIST {
  GENERAL_LOOKASIDE L;
} PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;
typedef struct _LOOKASIDE_LIST_EX {
  GENERAL_LOOKASIDE L;
} LOOKASIDE_LIST_EX, *PLOOKASIDE_LIST_EX;

/**
 * Make a list of blocks of that size, which has none yet.
 *
 * @param Allocate, Free How to get a block when there is none, how to get rid
 * of one. NULL: the pool.
 * @param Flags POOL_RAISE_IF_ALLOCATION_FAILURE, or 0.
 * @param Size At least that of a pointer is taken.
 * @param Depth Not looked at.
 */
VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth);
VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                    PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                    USHORT Depth);
#define EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL 1
#define EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE 2
/**
 * @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER_4 (kind of pool), _5
 * (flags), _8 (Depth is not 0): nothing was initialized.
 */
NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                                     PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags,
                                     SIZE_T Size, ULONG Tag, USHORT Depth);

/**
 * A block of the list, or a new one. What a new one holds is as with the pool;
 * one of the list has what its last user left, but for its first pointer.
 *
 * @return NULL: no memory.
 * @pre IRQL as for the pool (broken: bug check 0xC2), whether the list has one
 * or not.
 */
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside);
PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);
VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);
VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);
VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry);
/** Free what the list has; it may be used on. */
VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);
/** The same, and it may not be. Blocks that are in use stay; the pool takes
 * them back. */
VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside);
VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);

/* Pool, as in lockarb_kernel.h. Quotas are of nobody; those routines raise when
 * there is no memory. */

#define POOL_QUOTA_FAIL_INSTEAD_OF_RAISE 8
#define POOL_ZERO_ALLOCATION 1024
typedef enum _EX_POOL_PRIORITY {
  LowPoolPriority = 0,
  LowPoolPrioritySpecialPoolOverrun = 8,
  LowPoolPrioritySpecialPoolUnderrun = 9,
  NormalPoolPriority = 16,
  NormalPoolPrioritySpecialPoolOverrun = 24,
  NormalPoolPrioritySpecialPoolUnderrun = 25,
  HighPoolPriority = 32,
  HighPoolPrioritySpecialPoolOverrun = 40,
  HighPoolPrioritySpecialPoolUnderrun = 41
} EX_POOL_PRIORITY;

#define ExAllocatePoolUninitialized(PoolType, NumberOfBytes, Tag) \
  ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag)
PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
#define ExAllocatePoolQuotaUninitialized(PoolType, NumberOfBytes, Tag) \
  ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, Tag)
#define ExAllocatePoolWithQuota(PoolType, NumberOfBytes) \
  ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, 'enoN')
#define ExAllocatePoolWithTagPriority(PoolType, NumberOfBytes, Tag, Priority) \
  ((void)(Priority), ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag))
#define ExAllocatePoolPriorityUninitialized(PoolType, NumberOfBytes, Tag, Priority) \
  ExAllocatePoolWithTagPriority(PoolType, NumberOfBytes, Tag, Priority)
#define ExAllocatePoolPriorityZero(PoolType, NumberOfBytes, Tag, Priority) \
  ((void)(Priority), ExAllocatePoolZero(PoolType, NumberOfBytes, Tag))
/** @param QuotaCharged Set to FALSE. @return The size of a block. Not
 * allocated: bug check 0xC2/0x46. */
SIZE_T ExQueryPoolBlockSize(PVOID PoolBlock, PBOOLEAN QuotaCharged);

#ifdef __cplusplus
}
#endif

#endif
