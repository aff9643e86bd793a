/* SPDX-License-Identifier: Apache-2.0 */
/* Lookaside lists: blocks of one size that were freed, for the next who wants
 * one. */
#include "lockarb_lookaside.h"

#include "executive/executive.h"

enum { DEPTH = 256, BAD_IRQL_TO_ALLOCATE = 0x8, BAD_IRQL_TO_FREE = 0x9 };

/* As the pool would say it, though the list may have a block. */
static void check_irql(const GENERAL_LOOKASIDE *list, ULONG code, struct call call) {
  KIRQL irql = KeGetCurrentIrql();
  ULONG pool = list->Type & PagedPool;
  if (irql <= (pool ? APC_LEVEL : DISPATCH_LEVEL)) return;
  executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER, code, irql, pool, list->Size);
}

static void initialize(PGENERAL_LOOKASIDE list, POOL_TYPE type, SIZE_T size, ULONG tag) {
  *list =
      (GENERAL_LOOKASIDE){.Depth = DEPTH,
                          .MaximumDepth = DEPTH,
                          .Type = type,
                          .Tag = tag,
                          .Size = (ULONG)(size < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : size)};
  InitializeSListHead(&list->ListHead);
}

static PLOOKASIDE_LIST_EX extended(PGENERAL_LOOKASIDE list) {
  return CONTAINING_RECORD(list, LOOKASIDE_LIST_EX, L);
}

static PVOID make(PGENERAL_LOOKASIDE list) {
  if (list->AllocateEx != NULL) {
    return list->AllocateEx(list->Type, list->Size, list->Tag, extended(list));
  }
  if (list->Allocate != NULL) return list->Allocate(list->Type, list->Size, list->Tag);
  return ExAllocatePoolWithTag(list->Type, list->Size, list->Tag);
}

static void dispose(PGENERAL_LOOKASIDE list, PVOID block) {
  if (list->FreeEx != NULL) {
    list->FreeEx(block, extended(list));
  } else if (list->Free != NULL) {
    list->Free(block);
  } else {
    ExFreePoolWithTag(block, list->Tag);
  }
}

static PVOID allocate(PGENERAL_LOOKASIDE list, struct call call) {
  check_irql(list, BAD_IRQL_TO_ALLOCATE, call);
  InterlockedIncrement((PLONG)&list->TotalAllocates);
  PVOID block = InterlockedPopEntrySList(&list->ListHead);
  if (block != NULL) return block;
  InterlockedIncrement((PLONG)&list->AllocateMisses);
  return make(list);
}

static void release(PGENERAL_LOOKASIDE list, PVOID block, struct call call) {
  check_irql(list, BAD_IRQL_TO_FREE, call);
  InterlockedIncrement((PLONG)&list->TotalFrees);
  if (QueryDepthSList(&list->ListHead) < list->Depth) {
    InterlockedPushEntrySList(&list->ListHead, block);
    return;
  }
  InterlockedIncrement((PLONG)&list->FreeMisses);
  dispose(list, block);
}

static void flush(PGENERAL_LOOKASIDE list, struct call call) {
  check_irql(list, BAD_IRQL_TO_FREE, call);
  for (PSLIST_ENTRY block = InterlockedFlushSList(&list->ListHead); block != NULL;) {
    PSLIST_ENTRY next = block->Next;
    dispose(list, block);
    block = next;
  }
}

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth) {
  (void)Depth;
  initialize(&Lookaside->L, (POOL_TYPE)Flags, Size, Tag);
  Lookaside->L.Allocate = Allocate;
  Lookaside->L.Free = Free;
}

VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                    PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                    USHORT Depth) {
  (void)Depth;
  initialize(&Lookaside->L, (POOL_TYPE)(PagedPool | Flags), Size, Tag);
  Lookaside->L.Allocate = Allocate;
  Lookaside->L.Free = Free;
}

NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                                     PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags,
                                     SIZE_T Size, ULONG Tag, USHORT Depth) {
  bool known = PoolType == NonPagedPool || PoolType == NonPagedPoolNx || PoolType == PagedPool;
  if (!known) return STATUS_INVALID_PARAMETER_4;
  if (Flags > EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE) return STATUS_INVALID_PARAMETER_5;
  if (Depth != 0) return STATUS_INVALID_PARAMETER_8;
  bool raises = Flags == EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL;
  initialize(&Lookaside->L, (POOL_TYPE)(PoolType | (raises ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0)),
             Size, Tag);
  Lookaside->L.AllocateEx = Allocate;
  Lookaside->L.FreeEx = Free;
  return STATUS_SUCCESS;
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside) {
  return allocate(&Lookaside->L, THIS_CALL);
}

PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside) {
  return allocate(&Lookaside->L, THIS_CALL);
}

PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
  return allocate(&Lookaside->L, THIS_CALL);
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry) {
  release(&Lookaside->L, Entry, THIS_CALL);
}

VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry) {
  release(&Lookaside->L, Entry, THIS_CALL);
}

VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry) {
  release(&Lookaside->L, Entry, THIS_CALL);
}

VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) { flush(&Lookaside->L, THIS_CALL); }

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside) {
  flush(&Lookaside->L, THIS_CALL);
}

VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside) {
  flush(&Lookaside->L, THIS_CALL);
}

VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) { flush(&Lookaside->L, THIS_CALL); }
