/* SPDX-License-Identifier: Apache-2.0 */
/* S-lists, lookaside lists, and the remaining ways to allocate. */
#include <pseh/pseh2.h>

#include "cases.h"

static SLIST_HEADER head;
static ULONG made, disposed;

static VOID PushAndPop(PVOID Context) {
  PSLIST_ENTRY entry = Context;
  for (ULONG i = 0; i < 100; i++) {
    InterlockedPushEntrySList(&head, entry);
    KeStallExecutionProcessor(1);
    entry = InterlockedPopEntrySList(&head);
    ASSERT(entry != NULL);
  }
  InterlockedPushEntrySList(&head, entry);
}

CASE(SLists, LoseNothingBetweenCores) {
  static SLIST_ENTRY entries[8];
  HANDLE threads[8];
  ULONG found = 0;
  ExInitializeSListHead(&head);
  for (ULONG i = 0; i < 8; i++) threads[i] = Start(PushAndPop, &entries[i], i % 4);
  for (ULONG i = 0; i < 8; i++) Join(threads[i]);
  ASSERT(ExQueryDepthSList(&head) == 8);
  for (PSLIST_ENTRY e = ExInterlockedFlushSList(&head); e != NULL; e = e->Next) found++;
  ASSERT(InterlockedFlushSList(&head) == NULL);
  ASSERT(found == 8 && QueryDepthSList(&head) == 0 && RtlFirstEntrySList(&head) == NULL);
}

CASE(SLists, AreLastInFirstOutAtAnyIrql) {
  SLIST_ENTRY entries[2];
  KIRQL irql = KfRaiseIrql(HIGH_LEVEL);
  InitializeSListHead(&head);
  ASSERT(InterlockedPopEntrySList(&head) == NULL);
  ASSERT(ExInterlockedPushEntrySList(&head, &entries[0], NULL) == NULL);
  ASSERT(InterlockedPushEntrySList(&head, &entries[1]) == &entries[0]);
  ASSERT(RtlFirstEntrySList(&head) == &entries[1]);
  ASSERT(ExInterlockedPopEntrySList(&head, NULL) == &entries[1]);
  ASSERT(InterlockedPopEntrySList(&head) == &entries[0] && QueryDepthSList(&head) == 0);
  KeLowerIrql(irql);
}

CASE(SLists, RaiseForAnEntryThatIsNotAligned) {
  volatile NTSTATUS raised = STATUS_SUCCESS;
  InitializeSListHead(&head);
  _SEH2_TRY { InterlockedPushEntrySList(&head, (PVOID)((PUCHAR)&head + 4)); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { raised = _SEH2_GetExceptionCode(); }
  _SEH2_END;
  ASSERT(raised == STATUS_DATATYPE_MISALIGNMENT && QueryDepthSList(&head) == 0);
}

static PVOID MakeBlock(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  made++;
  return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}
static VOID DisposeOfBlock(PVOID Buffer) {
  disposed++;
  ExFreePool(Buffer);
}
static PVOID MakeBlockEx(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         PLOOKASIDE_LIST_EX Lookaside) {
  ASSERT(Lookaside->L.Tag == Tag);
  return MakeBlock(PoolType, NumberOfBytes, Tag);
}
static VOID DisposeOfBlockEx(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside) {
  ASSERT(Lookaside->L.Size == 40);
  DisposeOfBlock(Buffer);
}

CASE(LookasideLists, GiveTheLastBlockThatWasFreed) {
  static NPAGED_LOOKASIDE_LIST list;
  KIRQL irql;
  ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 100, 'kcoL', 0);
  KeRaiseIrql(DISPATCH_LEVEL, &irql);
  PVOID first = ExAllocateFromNPagedLookasideList(&list);
  PVOID second = ExAllocateFromNPagedLookasideList(&list);
  ASSERT(first != NULL && second != NULL && first != second);
  ExFreeToNPagedLookasideList(&list, first);
  ExFreeToNPagedLookasideList(&list, second);
  ASSERT(ExAllocateFromNPagedLookasideList(&list) == second && list.L.AllocateMisses == 2);
  ASSERT(list.L.TotalAllocates == 3 && list.L.TotalFrees == 2 && list.L.FreeMisses == 0);
  ExFreeToNPagedLookasideList(&list, second);
  KeLowerIrql(irql);
  ExDeleteNPagedLookasideList(&list);
}

CASE(LookasideLists, KeepNoMoreThanTheirDepth) {
  static PAGED_LOOKASIDE_LIST list;
  PVOID blocks[260];
  made = disposed = 0;
  ExInitializePagedLookasideList(&list, MakeBlock, DisposeOfBlock, 0, 8, 'kcoL', 0);
  for (ULONG i = 0; i < 260; i++) blocks[i] = ExAllocateFromPagedLookasideList(&list);
  for (ULONG i = 0; i < 260; i++) ExFreeToPagedLookasideList(&list, blocks[i]);
  ASSERT(made == 260 && disposed == 4 && list.L.FreeMisses == 4);
  ExDeletePagedLookasideList(&list);
  ASSERT(disposed == 260);
}

CASE(LookasideLists, OfTheThirdKindKnowThemselves) {
  static LOOKASIDE_LIST_EX list;
  made = disposed = 0;
  ASSERT(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 3, 1, 'kcoL', 0) ==
         STATUS_INVALID_PARAMETER_5);
  ASSERT(ExInitializeLookasideListEx(&list, NULL, NULL, (POOL_TYPE)99, 0, 1, 'kcoL', 0) ==
         STATUS_INVALID_PARAMETER_4);
  ASSERT(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0, 1, 'kcoL', 1) ==
         STATUS_INVALID_PARAMETER_8);
  ASSERT(ExInitializeLookasideListEx(&list, MakeBlockEx, DisposeOfBlockEx, NonPagedPoolNx,
                                     EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, 40, 'kcoL',
                                     0) == STATUS_SUCCESS);
  PVOID block = ExAllocateFromLookasideListEx(&list);
  ExFreeToLookasideListEx(&list, block);
  ExFlushLookasideListEx(&list);
  ASSERT(made == 1 && disposed == 1);
  ExFreeToLookasideListEx(&list, ExAllocateFromLookasideListEx(&list));
  ExDeleteLookasideListEx(&list);
  ASSERT(made == 2 && disposed == 2);
}

STOP_CASE(LookasideLists, OfPagedPoolAtDispatchLevelStop, "BAD_POOL_CALLER (0x8, 0x2, 0x1, 0x10)") {
  static PAGED_LOOKASIDE_LIST list;
  ExInitializePagedLookasideList(&list, NULL, NULL, 0, 1, 'kcoL', 0);
  ExFreeToPagedLookasideList(&list, ExAllocateFromPagedLookasideList(&list));
  KeRaiseIrqlToDpcLevel();
  ExAllocateFromPagedLookasideList(&list);
}

CASE(MorePool, HasSizesAndKinds) {
  BOOLEAN charged = TRUE;
  PUCHAR block = ExAllocatePoolUninitialized(NonPagedPool, 30, 'kcoL');
  ASSERT(ExQueryPoolBlockSize(block, &charged) == 30 && !charged && block[0] == 0xCC);
  ExFreePool(block);
  block = ExAllocatePoolWithQuotaTag(PagedPool, 5, 'kcoL');
  ExFreePoolWithTag(block, 'kcoL');
  block = ExAllocatePoolQuotaZero(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, 5, 'kcoL');
  ASSERT(block[4] == 0);
  ExFreePool(block);
  ExFreePool(ExAllocatePoolQuotaUninitialized(PagedPool, 5, 'kcoL'));
  ExFreePool(ExAllocatePoolWithQuota(PagedPool, 5));
  ExFreePool(ExAllocatePoolWithTagPriority(PagedPool, 5, 'kcoL', NormalPoolPriority));
  ExFreePool(ExAllocatePoolPriorityUninitialized(PagedPool, 5, 'kcoL', LowPoolPriority));
  block = ExAllocatePoolPriorityZero(NonPagedPoolNx, 5, 'kcoL', HighPoolPriority);
  ASSERT(block[4] == 0);
  ExFreePool(block);
  block = ExAllocatePoolWithTag((POOL_TYPE)(PagedPool | POOL_ZERO_ALLOCATION), 5, 'kcoL');
  ASSERT(block[4] == 0);
  ExFreePool(block);
}

STOP_CASE(MorePool, SizeOfWhatIsNoBlockStops, "BAD_POOL_CALLER (0x46, ") {
  BOOLEAN charged;
  ExQueryPoolBlockSize(&head, &charged);
}
