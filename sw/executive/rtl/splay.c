/* SPDX-License-Identifier: Apache-2.0 */
/* Splay trees, and tables on them. */
#include "lockarb_table.h"

/* The parent of the root is the root. */

static void replace(PRTL_SPLAY_LINKS old, PRTL_SPLAY_LINKS by) {
  if (RtlIsRoot(old)) {
    by->Parent = by;
  } else if (RtlIsLeftChild(old)) {
    RtlInsertAsLeftChild(old->Parent, by);
  } else {
    RtlInsertAsRightChild(old->Parent, by);
  }
}

/* x and its parent change places; the order stays. */
static void rotate(PRTL_SPLAY_LINKS x) {
  PRTL_SPLAY_LINKS parent = x->Parent;
  bool is_left = RtlIsLeftChild(x);
  replace(parent, x);
  if (is_left) {
    parent->LeftChild = x->RightChild;
    if (x->RightChild != NULL) x->RightChild->Parent = parent;
    RtlInsertAsRightChild(x, parent);
  } else {
    parent->RightChild = x->LeftChild;
    if (x->LeftChild != NULL) x->LeftChild->Parent = parent;
    RtlInsertAsLeftChild(x, parent);
  }
}

PRTL_SPLAY_LINKS RtlSplay(PRTL_SPLAY_LINKS Links) {
  while (!RtlIsRoot(Links)) {
    PRTL_SPLAY_LINKS parent = Links->Parent;
    if (!RtlIsRoot(parent)) {
      bool straight = RtlIsLeftChild(Links) == RtlIsLeftChild(parent);
      rotate(straight ? parent : Links);
    }
    rotate(Links);
  }
  return Links;
}

static PRTL_SPLAY_LINKS root_of(PRTL_SPLAY_LINKS links) {
  while (!RtlIsRoot(links)) links = links->Parent;
  return links;
}

PRTL_SPLAY_LINKS RtlSubtreeSuccessor(PRTL_SPLAY_LINKS Links) {
  PRTL_SPLAY_LINKS next = Links->RightChild;
  while (next != NULL && next->LeftChild != NULL) next = next->LeftChild;
  return next;
}

PRTL_SPLAY_LINKS RtlSubtreePredecessor(PRTL_SPLAY_LINKS Links) {
  PRTL_SPLAY_LINKS before = Links->LeftChild;
  while (before != NULL && before->RightChild != NULL) before = before->RightChild;
  return before;
}

PRTL_SPLAY_LINKS RtlRealSuccessor(PRTL_SPLAY_LINKS Links) {
  PRTL_SPLAY_LINKS next = RtlSubtreeSuccessor(Links);
  if (next != NULL) return next;
  while (!RtlIsRoot(Links) && RtlIsRightChild(Links)) Links = Links->Parent;
  return RtlIsRoot(Links) ? NULL : Links->Parent;
}

PRTL_SPLAY_LINKS RtlRealPredecessor(PRTL_SPLAY_LINKS Links) {
  PRTL_SPLAY_LINKS before = RtlSubtreePredecessor(Links);
  if (before != NULL) return before;
  while (!RtlIsRoot(Links) && RtlIsLeftChild(Links)) Links = Links->Parent;
  return RtlIsRoot(Links) ? NULL : Links->Parent;
}

/* It has at most one child. @return Where its place was: its parent, or the new root; NULL. */
static PRTL_SPLAY_LINKS cut(PRTL_SPLAY_LINKS links) {
  PRTL_SPLAY_LINKS child = links->LeftChild != NULL ? links->LeftChild : links->RightChild;
  if (child != NULL) {
    replace(links, child);
    return child;
  }
  if (RtlIsRoot(links)) return NULL;
  if (RtlIsLeftChild(links)) {
    links->Parent->LeftChild = NULL;
  } else {
    links->Parent->RightChild = NULL;
  }
  return links->Parent;
}

/* @return Some node that is left, or NULL. */
static PRTL_SPLAY_LINKS take_out(PRTL_SPLAY_LINKS links) {
  if (links->LeftChild == NULL || links->RightChild == NULL) return cut(links);
  PRTL_SPLAY_LINKS before = RtlSubtreePredecessor(links); /* it takes the place of links */
  cut(before);
  replace(links, before);
  before->LeftChild = links->LeftChild;
  before->RightChild = links->RightChild;
  if (before->LeftChild != NULL) before->LeftChild->Parent = before;
  before->RightChild->Parent = before;
  return before;
}

VOID RtlDeleteNoSplay(PRTL_SPLAY_LINKS Links, PRTL_SPLAY_LINKS *Root) {
  PRTL_SPLAY_LINKS left = take_out(Links);
  *Root = left != NULL ? root_of(left) : NULL;
}

PRTL_SPLAY_LINKS RtlDelete(PRTL_SPLAY_LINKS Links) {
  PRTL_SPLAY_LINKS left = take_out(Links);
  return left != NULL ? RtlSplay(left) : NULL;
}

/* Tables: a node is the links, the list of all in order of insertion, and the element. */

struct node {
  RTL_SPLAY_LINKS links;
  LIST_ENTRY inserted;
  LONGLONG element[]; /* aligned for any type */
};

static struct node *node_of(PRTL_SPLAY_LINKS links) {
  return CONTAINING_RECORD(links, struct node, links);
}

static TABLE_SEARCH_RESULT search(PRTL_GENERIC_TABLE table, PVOID element, PRTL_SPLAY_LINKS *at) {
  *at = table->TableRoot;
  if (*at == NULL) return TableEmptyTree;
  for (;;) {
    RTL_GENERIC_COMPARE_RESULTS order =
        table->CompareRoutine(table, element, node_of(*at)->element);
    if (order == GenericEqual) return TableFoundNode;
    bool left = order == GenericLessThan;
    PRTL_SPLAY_LINKS child = left ? (*at)->LeftChild : (*at)->RightChild;
    if (child == NULL) return left ? TableInsertAsLeft : TableInsertAsRight;
    *at = child;
  }
}

VOID RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table,
                               PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                               PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                               PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext) {
  *Table = (RTL_GENERIC_TABLE){.CompareRoutine = CompareRoutine,
                               .AllocateRoutine = AllocateRoutine,
                               .FreeRoutine = FreeRoutine,
                               .TableContext = TableContext};
  InitializeListHead(&Table->InsertOrderList);
  Table->OrderedPointer = &Table->InsertOrderList;
}

PVOID RtlInsertElementGenericTableFull(PRTL_GENERIC_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                       PBOOLEAN NewElement, PVOID NodeOrParent,
                                       TABLE_SEARCH_RESULT SearchResult) {
  PRTL_SPLAY_LINKS at = NodeOrParent;
  bool is_new = SearchResult != TableFoundNode;
  if (NewElement != NULL) *NewElement = FALSE;
  if (is_new) {
    struct node *node = Table->AllocateRoutine(Table, (ULONG)sizeof(*node) + BufferSize);
    if (node == NULL) return NULL;
    RtlInitializeSplayLinks(&node->links);
    InsertTailList(&Table->InsertOrderList, &node->inserted);
    RtlCopyMemory(node->element, Buffer, BufferSize);
    Table->NumberGenericTableElements++;
    if (SearchResult == TableInsertAsLeft) RtlInsertAsLeftChild(at, &node->links);
    if (SearchResult == TableInsertAsRight) RtlInsertAsRightChild(at, &node->links);
    at = &node->links;
    if (NewElement != NULL) *NewElement = TRUE;
  }
  Table->TableRoot = RtlSplay(at);
  return node_of(at)->element;
}

PVOID RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                   PBOOLEAN NewElement) {
  PRTL_SPLAY_LINKS at;
  TABLE_SEARCH_RESULT result = search(Table, Buffer, &at);
  return RtlInsertElementGenericTableFull(Table, Buffer, BufferSize, NewElement, at, result);
}

BOOLEAN RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
  PRTL_SPLAY_LINKS at;
  if (search(Table, Buffer, &at) != TableFoundNode) return FALSE;
  Table->TableRoot = RtlDelete(at);
  RemoveEntryList(&node_of(at)->inserted);
  Table->NumberGenericTableElements--;
  Table->WhichOrderedElement = 0;
  Table->OrderedPointer = &Table->InsertOrderList;
  Table->FreeRoutine(Table, node_of(at));
  return TRUE;
}

PVOID RtlLookupElementGenericTableFull(PRTL_GENERIC_TABLE Table, PVOID Buffer, PVOID *NodeOrParent,
                                       TABLE_SEARCH_RESULT *SearchResult) {
  PRTL_SPLAY_LINKS at;
  *SearchResult = search(Table, Buffer, &at);
  *NodeOrParent = at;
  if (*SearchResult != TableFoundNode) return NULL;
  Table->TableRoot = RtlSplay(at);
  return node_of(at)->element;
}

PVOID RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
  PVOID at;
  TABLE_SEARCH_RESULT result;
  return RtlLookupElementGenericTableFull(Table, Buffer, &at, &result);
}

PVOID RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID *RestartKey) {
  PRTL_SPLAY_LINKS at = *RestartKey;
  if (Table->TableRoot == NULL) return NULL;
  if (at != NULL) {
    at = RtlRealSuccessor(at);
  } else {
    for (at = Table->TableRoot; at->LeftChild != NULL;) at = at->LeftChild;
  }
  if (at == NULL) return NULL;
  *RestartKey = at;
  return node_of(at)->element;
}

/* The root is the one that was returned last. */
PVOID RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart) {
  PVOID at = Restart ? NULL : Table->TableRoot;
  PVOID element = RtlEnumerateGenericTableWithoutSplaying(Table, &at);
  if (element != NULL) Table->TableRoot = RtlSplay(at);
  return element;
}

PVOID RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I) {
  if (I >= Table->NumberGenericTableElements) return NULL;
  if (Table->WhichOrderedElement == 0 || Table->WhichOrderedElement > I + 1) {
    Table->WhichOrderedElement = 1;
    Table->OrderedPointer = Table->InsertOrderList.Flink;
  }
  for (; Table->WhichOrderedElement < I + 1; Table->WhichOrderedElement++) {
    Table->OrderedPointer = Table->OrderedPointer->Flink;
  }
  return CONTAINING_RECORD(Table->OrderedPointer, struct node, inserted)->element;
}

ULONG RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table) {
  return Table->NumberGenericTableElements;
}

BOOLEAN RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table) { return Table->TableRoot == NULL; }
