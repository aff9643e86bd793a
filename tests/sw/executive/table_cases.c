/* SPDX-License-Identifier: Apache-2.0 */
/* Splay trees, and tables on splay and AVL trees. */
#include "cases.h"

enum { KEYS = 97 };

static ULONG blocks;

static PVOID Allocate(ULONG ByteSize) {
  blocks++;
  return ExAllocatePoolWithTag(PagedPool, ByteSize, 'kcoL');
}
static VOID Free(PVOID Buffer) {
  blocks--;
  ExFreePoolWithTag(Buffer, 'kcoL');
}
static RTL_GENERIC_COMPARE_RESULTS Order(PVOID First, PVOID Second) {
  ULONG first = *(PULONG)First, second = *(PULONG)Second;
  return first < second ? GenericLessThan : first > second ? GenericGreaterThan : GenericEqual;
}

static RTL_GENERIC_COMPARE_RESULTS Compare(PRTL_GENERIC_TABLE Table, PVOID First, PVOID Second) {
  ASSERT(Table->TableContext == &blocks);
  return Order(First, Second);
}
static PVOID AllocateNode(PRTL_GENERIC_TABLE Table, ULONG ByteSize) {
  UNREFERENCED_PARAMETER(Table);
  return Allocate(ByteSize);
}
static VOID FreeNode(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
  UNREFERENCED_PARAMETER(Table);
  Free(Buffer);
}
static RTL_GENERIC_COMPARE_RESULTS CompareAvl(PRTL_AVL_TABLE Table, PVOID First, PVOID Second) {
  ASSERT(Table->TableContext == &blocks);
  return Order(First, Second);
}
static PVOID AllocateAvl(PRTL_AVL_TABLE Table, ULONG ByteSize) {
  return Table->NumberGenericTableElements < KEYS ? Allocate(ByteSize) : NULL;
}
static VOID FreeAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
  UNREFERENCED_PARAMETER(Table);
  Free(Buffer);
}

/* The numbers 0 to KEYS - 1 in another order. */
static ULONG Key(ULONG I) { return I * 41 % KEYS; }

CASE(GenericTables, KeepTheirElementsInOrder) {
  static RTL_GENERIC_TABLE table;
  BOOLEAN is_new;
  PVOID restart = NULL, at;
  TABLE_SEARCH_RESULT result;
  PULONG element;
  ULONG count = 0;
  blocks = 0;
  RtlInitializeGenericTable(&table, Compare, AllocateNode, FreeNode, &blocks);
  ASSERT(RtlIsGenericTableEmpty(&table) && RtlEnumerateGenericTable(&table, TRUE) == NULL);
  for (ULONG i = 0; i < KEYS; i++) {
    ULONG key = Key(i);
    element = RtlInsertElementGenericTable(&table, &key, sizeof(key), &is_new);
    ASSERT(is_new && *element == key && element != &key);
    ASSERT(RtlInsertElementGenericTable(&table, &key, sizeof(key), &is_new) == element && !is_new);
    ASSERT(RtlLookupElementGenericTable(&table, &key) == element);
  }
  ASSERT(RtlNumberGenericTableElements(&table) == KEYS && blocks == KEYS);
  for (element = RtlEnumerateGenericTable(&table, TRUE); element != NULL;
       element = RtlEnumerateGenericTable(&table, FALSE)) {
    ASSERT(*element == count++);
  }
  ASSERT(count == KEYS);
  for (count = 0; (element = RtlEnumerateGenericTableWithoutSplaying(&table, &restart)) != NULL;) {
    ASSERT(*element == count++);
  }
  ASSERT(count == KEYS && *(PULONG)RtlGetElementGenericTable(&table, 5) == Key(5));
  ASSERT(*(PULONG)RtlGetElementGenericTable(&table, 3) == Key(3));
  ASSERT(RtlGetElementGenericTable(&table, KEYS) == NULL);
  for (ULONG i = 0; i < KEYS; i += 2) {
    ULONG key = Key(KEYS - 1 - i);
    ASSERT(RtlDeleteElementGenericTable(&table, &key));
    ASSERT(!RtlDeleteElementGenericTable(&table, &key));
    ASSERT(RtlLookupElementGenericTableFull(&table, &key, &at, &result) == NULL);
  }
  ASSERT(RtlNumberGenericTableElements(&table) == KEYS / 2 && blocks == KEYS / 2);
  ASSERT(*(PULONG)RtlGetElementGenericTable(&table, 0) == Key(1));
  ULONG key = Key(0), before = 0;
  RtlLookupElementGenericTableFull(&table, &key, &at, &result);
  ASSERT(*(PULONG)RtlInsertElementGenericTableFull(&table, &key, 4, NULL, at, result) == key);
  restart = NULL;
  for (count = 0; (element = RtlEnumerateGenericTableWithoutSplaying(&table, &restart)) != NULL;) {
    ASSERT(count++ == 0 || *element > before);
    before = *element;
  }
  ASSERT(count == KEYS / 2 + 1);
}

static ULONG Walk(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS At) {
  if (At == NULL) return 0;
  ASSERT(At->LeftChild == NULL || At->LeftChild->Parent == At);
  ASSERT(At->RightChild == NULL || At->RightChild->Parent == At);
  ULONG left = Walk(Table, At->LeftChild), right = Walk(Table, At->RightChild);
  ASSERT(At->Balance == (LONG)(right - left) && At->Balance <= 1 && At->Balance >= -1);
  return max(left, right) + 1;
}

static VOID CheckAvl(PRTL_AVL_TABLE Table) {
  ASSERT(Walk(Table, Table->BalancedRoot.RightChild) == Table->DepthOfTree);
}

CASE(AvlTables, StayBalancedAndInOrder) {
  static RTL_AVL_TABLE table;
  BOOLEAN is_new;
  PVOID restart = NULL, at;
  TABLE_SEARCH_RESULT result;
  PULONG element;
  ULONG count = 0, more = KEYS;
  blocks = 0;
  RtlInitializeGenericTableAvl(&table, CompareAvl, AllocateAvl, FreeAvl, &blocks);
  ASSERT(RtlIsGenericTableEmptyAvl(&table) && RtlEnumerateGenericTableAvl(&table, TRUE) == NULL);
  for (ULONG i = 0; i < KEYS; i++) {
    ULONG key = Key(i);
    element = RtlInsertElementGenericTableAvl(&table, &key, sizeof(key), &is_new);
    ASSERT(is_new && *element == key);
    ASSERT(RtlInsertElementGenericTableAvl(&table, &key, 4, &is_new) == element && !is_new);
    ASSERT(RtlLookupElementGenericTableAvl(&table, &key) == element);
    CheckAvl(&table);
  }
  ASSERT(RtlInsertElementGenericTableAvl(&table, &more, 4, &is_new) == NULL && !is_new);
  ASSERT(RtlNumberGenericTableElementsAvl(&table) == KEYS && blocks == KEYS);
  for (element = RtlEnumerateGenericTableAvl(&table, TRUE); element != NULL;
       element = RtlEnumerateGenericTableAvl(&table, FALSE)) {
    ASSERT(*element == count++);
  }
  ASSERT(count == KEYS);
  for (count = 0;
       (element = RtlEnumerateGenericTableWithoutSplayingAvl(&table, &restart)) != NULL;) {
    ASSERT(*element == count++);
  }
  for (ULONG i = 0; i < KEYS; i++) ASSERT(*(PULONG)RtlGetElementGenericTableAvl(&table, i) == i);
  ASSERT(*(PULONG)RtlGetElementGenericTableAvl(&table, 7) == 7);
  ASSERT(RtlGetElementGenericTableAvl(&table, KEYS) == NULL);
  ULONG key = 50;
  ASSERT(*(PULONG)RtlLookupFirstMatchingElementGenericTableAvl(&table, &key, &restart) == 50);
  ASSERT(*(PULONG)RtlEnumerateGenericTableWithoutSplayingAvl(&table, &restart) == 51);
  for (ULONG i = 0; i < KEYS; i++) {
    key = Key(i * 3 % KEYS);
    if (key % 7 == 0) continue;
    ASSERT(RtlDeleteElementGenericTableAvl(&table, &key));
    ASSERT(!RtlDeleteElementGenericTableAvl(&table, &key));
    ASSERT(RtlLookupElementGenericTableFullAvl(&table, &key, &at, &result) == NULL);
    CheckAvl(&table);
  }
  ASSERT(RtlNumberGenericTableElementsAvl(&table) == 14 && blocks == 14);
  key = 8;
  RtlLookupElementGenericTableFullAvl(&table, &key, &at, &result);
  RtlInsertElementGenericTableFullAvl(&table, &key, 4, &is_new, at, result);
  ASSERT(is_new && *(PULONG)RtlGetElementGenericTableAvl(&table, 2) == 8);
  CheckAvl(&table);
}

static NTSTATUS MatchEven(PRTL_AVL_TABLE Table, PVOID UserData, PVOID MatchData) {
  UNREFERENCED_PARAMETER(Table);
  if (*(PULONG)UserData > *(PULONG)MatchData) return STATUS_NO_MORE_MATCHES;
  return *(PULONG)UserData % 2 == 0 ? STATUS_SUCCESS : STATUS_NO_MATCH;
}

CASE(AvlTables, StayBalancedInAnyOrder) {
  static RTL_AVL_TABLE table;
  ULONG seed = 5;
  blocks = 0;
  RtlInitializeGenericTableAvl(&table, CompareAvl, AllocateAvl, FreeAvl, &blocks);
  for (ULONG i = 0; i < 3000; i++) {
    ULONG key = RtlRandomEx(&seed) % KEYS;
    if (RtlRandomEx(&seed) % 2 == 0) {
      RtlInsertElementGenericTableAvl(&table, &key, sizeof(key), NULL);
    } else {
      RtlDeleteElementGenericTableAvl(&table, &key);
    }
    CheckAvl(&table);
  }
  ASSERT(blocks == RtlNumberGenericTableElementsAvl(&table));
}

CASE(AvlTables, AreReadLikeADirectoryWhileTheyChange) {
  static RTL_AVL_TABLE table;
  ULONG last = 10, count = 0, from = 3;
  PVOID key = NULL;
  PULONG element;
  RtlInitializeGenericTableAvl(&table, CompareAvl, AllocateAvl, FreeAvl, &blocks);
  for (ULONG i = 0; i < 20; i++) RtlInsertElementGenericTableAvl(&table, &i, 4, NULL);
  element =
      RtlEnumerateGenericTableLikeADirectory(&table, MatchEven, &last, FALSE, &key, &count, &from);
  ASSERT(*element == 4);
  from = 4;
  ASSERT(RtlDeleteElementGenericTableAvl(&table, &from)); /* the key is gone with it */
  element =
      RtlEnumerateGenericTableLikeADirectory(&table, MatchEven, &last, TRUE, &key, &count, &from);
  ASSERT(*element == 6 && count == table.DeleteCount);
  element = RtlEnumerateGenericTableLikeADirectory(&table, NULL, NULL, FALSE, &key, &count, &from);
  ASSERT(*element == 6);
  element = RtlEnumerateGenericTableLikeADirectory(&table, NULL, NULL, TRUE, &key, &count, &from);
  ASSERT(*element == 7);
  from = 11;
  key = NULL;
  ASSERT(RtlEnumerateGenericTableLikeADirectory(&table, MatchEven, &last, FALSE, &key, &count,
                                                &from) == NULL);
}

CASE(SplayTrees, AreLinkedByTheProgram) {
  RTL_SPLAY_LINKS nodes[3];
  PRTL_SPLAY_LINKS root = &nodes[1];
  for (ULONG i = 0; i < 3; i++) RtlInitializeSplayLinks(&nodes[i]);
  RtlInsertAsLeftChild(&nodes[1], &nodes[0]);
  RtlInsertAsRightChild(&nodes[1], &nodes[2]);
  ASSERT(RtlIsRoot(&nodes[1]) && RtlIsLeftChild(&nodes[0]) && RtlIsRightChild(&nodes[2]));
  ASSERT(RtlParent(&nodes[0]) == &nodes[1] && RtlLeftChild(&nodes[1]) == &nodes[0]);
  ASSERT(RtlRightChild(&nodes[1]) == &nodes[2] && RtlSubtreeSuccessor(&nodes[1]) == &nodes[2]);
  ASSERT(RtlSubtreePredecessor(&nodes[1]) == &nodes[0] && RtlSubtreeSuccessor(&nodes[0]) == NULL);
  ASSERT(RtlRealSuccessor(&nodes[0]) == &nodes[1] && RtlRealSuccessor(&nodes[2]) == NULL);
  ASSERT(RtlRealPredecessor(&nodes[2]) == &nodes[1] && RtlRealPredecessor(&nodes[0]) == NULL);
  ASSERT(RtlSplay(&nodes[2]) == &nodes[2] && RtlRealPredecessor(&nodes[2]) == &nodes[1]);
  RtlDeleteNoSplay(&nodes[1], &root);
  ASSERT(root == &nodes[2] && RtlLeftChild(root) == &nodes[0]);
  ASSERT(RtlDelete(&nodes[2]) == &nodes[0] && RtlDelete(&nodes[0]) == NULL);
}
