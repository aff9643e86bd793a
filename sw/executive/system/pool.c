/* SPDX-License-Identifier: Apache-2.0 */
/* Pool: memory in blocks with a kind and a tag. */
#include <string.h>

#include "executive/system/system.h"
#include "executive/verify.h"
#include "executive/wait/push_lock.h"
#include "lockarb_lookaside.h"

enum {
  ALIGNMENT = 16,
  CACHE_LINE = 64,
  UNINITIALIZED = 0xCC, /* what fresh memory holds: the same in every run */
  REMEMBERED = 64,      /* blocks that were freed last */
  TAG_NONE = 0x656E6F4E /* 'None' */
};

/* BAD_POOL_CALLER, parameter 1 */
enum {
  POOL_FREED_TWICE = 0x7,
  POOL_ALLOCATED_AT_IRQL = 0x8,
  POOL_FREED_AT_IRQL = 0x9,
  POOL_WRONG_TAG = 0xA,
  POOL_NOT_ALLOCATED = 0x46,
  POOL_TAG_ZERO = 0x9B,
};

/* In memory it stands before the data. */
struct block {
  LIST_ENTRY link;
  void *memory; /* as port_allocate() gave it */
  size_t memory_size;
  size_t size;
  ULONG tag;
  unsigned number; /* in order of allocation, from 1 */
  bool paged;
};

static LIST_ENTRY blocks; /* allocated ones, newest first */
static unsigned blocks_made;
static struct {
  const void *data;
  unsigned number;
} freed[REMEMBERED];
static unsigned blocks_freed;

void set_up_pool(void) {
  InitializeListHead(&blocks);
  blocks_made = blocks_freed = 0;
  memset(freed, 0, sizeof(freed));
}

static void *data_of(struct block *block) { return block + 1; }

/* NULL: none has it. */
static struct block *block_around(ULONG_PTR address) {
  for (LIST_ENTRY *e = blocks.Flink; e != &blocks; e = e->Flink) {
    struct block *block = CONTAINING_RECORD(e, struct block, link);
    ULONG_PTR start = (ULONG_PTR)data_of(block);
    if (address >= start && address - start < block->size) return block;
  }
  return NULL;
}

unsigned pool_block(ULONG_PTR address, ULONG_PTR *offset) {
  const struct block *block = block_around(address);
  *offset = 0;
  if (block != NULL) {
    *offset = address - (ULONG_PTR)(block + 1);
    return block->number;
  }
  for (unsigned i = 0; i < REMEMBERED; i++) {
    if (address != 0 && (ULONG_PTR)freed[i].data == address) return freed[i].number;
  }
  return 0;
}

bool is_paged_pool(ULONG_PTR address) {
  bool on = lock_dispatcher();
  const struct block *block = block_around(address);
  unlock_dispatcher(on);
  return block != NULL && block->paged;
}

/* Allocate */

struct request {
  bool paged;
  bool cache_aligned;
  bool zeroed;
  bool raises;
};

static void *allocate(struct request request, SIZE_T size, ULONG tag, struct call call) {
  KIRQL irql = KeGetCurrentIrql();
  if (irql > (request.paged ? APC_LEVEL : DISPATCH_LEVEL)) {
    executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER, POOL_ALLOCATED_AT_IRQL, irql,
                   request.paged ? PagedPool : NonPagedPool, size);
  }
  if (tag == 0) {
    executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER, POOL_TAG_ZERO,
                   request.paged ? PagedPool : NonPagedPool, size, 0);
  }
  size_t alignment = request.cache_aligned ? CACHE_LINE : ALIGNMENT;
  size_t extra = sizeof(struct block) + alignment;
  if (size == 0) size = 1; /* a block of its own all the same */
  bool on = lock_dispatcher();
  char *memory = size > SIZE_MAX - extra ? NULL : port_allocate(size + extra);
  if (memory == NULL) {
    unlock_dispatcher(on);
    if (request.raises) executive_raise(call, STATUS_INSUFFICIENT_RESOURCES);
    return NULL;
  }
  char *data = memory + extra - (ULONG_PTR)(memory + extra) % alignment;
  struct block *block = (struct block *)(void *)data - 1;
  *block = (struct block){.memory = memory,
                          .memory_size = size + extra,
                          .size = size,
                          .tag = tag,
                          .number = ++blocks_made,
                          .paged = request.paged};
  InsertHeadList(&blocks, &block->link);
  unlock_dispatcher(on);
  if (!request.zeroed) memset(data, UNINITIALIZED, size);
  return data;
}

static struct request request_of(POOL_TYPE type) {
  return (struct request){.paged = type & PagedPool,
                          .cache_aligned = type & NonPagedPoolCacheAligned,
                          .zeroed = type & POOL_ZERO_ALLOCATION,
                          .raises = type & POOL_RAISE_IF_ALLOCATION_FAILURE};
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag) {
  const POOL_FLAGS kinds =
      Flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);
  if (kinds == 0 || (kinds & (kinds - 1)) != 0) { /* exactly one */
    if (Flags & POOL_FLAG_RAISE_ON_FAILURE) executive_raise(THIS_CALL, STATUS_INVALID_PARAMETER);
    return NULL;
  }
  return allocate((struct request){.paged = kinds == POOL_FLAG_PAGED,
                                   .cache_aligned = Flags & POOL_FLAG_CACHE_ALIGNED,
                                   .zeroed = !(Flags & POOL_FLAG_UNINITIALIZED),
                                   .raises = Flags & POOL_FLAG_RAISE_ON_FAILURE},
                  NumberOfBytes, Tag, THIS_CALL);
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  return allocate(request_of(PoolType), NumberOfBytes, Tag, THIS_CALL);
}

PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  struct request request = request_of(PoolType);
  request.zeroed = true;
  return allocate(request, NumberOfBytes, Tag, THIS_CALL);
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  struct request request = request_of(PoolType);
  request.raises = !(PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
  return allocate(request, NumberOfBytes, Tag, THIS_CALL);
}

PVOID ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  struct request request = request_of(PoolType);
  request.raises = !(PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
  request.zeroed = true;
  return allocate(request, NumberOfBytes, Tag, THIS_CALL);
}

PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes) {
  return allocate(request_of(PoolType), NumberOfBytes, TAG_NONE, THIS_CALL);
}

/* Free */

/* That begins there. Dispatcher locked. */
static struct block *block_of(PVOID data, struct call call) {
  struct block *block = block_around((ULONG_PTR)data);
  if (block != NULL && data_of(block) == data) return block;
  ULONG_PTR offset;
  bool known = block == NULL && pool_block((ULONG_PTR)data, &offset) != 0;
  executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER,
                 known ? POOL_FREED_TWICE : POOL_NOT_ALLOCATED, known ? 0 : (ULONG_PTR)data, 0,
                 known ? (ULONG_PTR)data : 0);
}

SIZE_T ExQueryPoolBlockSize(PVOID PoolBlock, PBOOLEAN QuotaCharged) {
  bool on = lock_dispatcher();
  SIZE_T size = block_of(PoolBlock, THIS_CALL)->size;
  unlock_dispatcher(on);
  *QuotaCharged = FALSE;
  return size;
}

/* Locks that push locks in it stand on are for others now. */
static void forget_push_locks(PVOID data, struct call call) {
  bool on = lock_dispatcher();
  size_t size = block_of(data, call)->size;
  unlock_dispatcher(on);
  push_lock_carrier->forget_memory(data, size);
}

/* tag 0: any */
static void release(PVOID data, ULONG tag, struct call call) {
  KIRQL irql = KeGetCurrentIrql();
  if (push_lock_carrier != NULL) forget_push_locks(data, call);
  bool on = lock_dispatcher();
  struct block *block = block_of(data, call);
  if (irql > (block->paged ? APC_LEVEL : DISPATCH_LEVEL)) {
    executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER, POOL_FREED_AT_IRQL, irql,
                   block->paged ? PagedPool : NonPagedPool, (ULONG_PTR)data);
  }
  if (tag != 0 && tag != block->tag) {
    executive_stop(call, EXECUTIVE_NO_LOCK, BAD_POOL_CALLER, POOL_WRONG_TAG, (ULONG_PTR)data,
                   block->tag, tag);
  }
  verify_free(call, data, block->size);
  RemoveEntryList(&block->link);
  freed[blocks_freed % REMEMBERED].data = data;
  freed[blocks_freed++ % REMEMBERED].number = block->number;
  port_free(block->memory, block->memory_size);
  unlock_dispatcher(on);
}

VOID ExFreePool(PVOID P) { release(P, 0, THIS_CALL); }

VOID ExFreePoolWithTag(PVOID P, ULONG Tag) { release(P, Tag, THIS_CALL); }
