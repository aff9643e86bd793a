/* SPDX-License-Identifier: Apache-2.0 */
/* Tables on an AVL tree. The head's right child is the root, so that each node has a parent. */
#include "lockarb_table.h"

typedef PRTL_BALANCED_LINKS links;

struct node {
  RTL_BALANCED_LINKS links;
  LONGLONG element[]; /* aligned for any type */
};

static PVOID element_of(links at) { return CONTAINING_RECORD(at, struct node, links)->element; }

static links head_of(PRTL_AVL_TABLE table) { return &table->BalancedRoot; }

static links *child_of(links parent, bool right) {
  return right ? &parent->RightChild : &parent->LeftChild;
}

static bool is_right(links at) { return at->Parent->RightChild == at; }

static void link(links parent, bool right, links child) {
  *child_of(parent, right) = child;
  if (child != NULL) child->Parent = parent;
}

/* The child on that side comes up in the place of its parent. */
static links rotate(links top, bool right) {
  links child = *child_of(top, right), parent = top->Parent;
  bool top_is_right = is_right(top);
  link(top, right, *child_of(child, !right));
  link(child, !right, top);
  link(parent, top_is_right, child);
  return child;
}

/* One side of it is two deeper. @return Who stands there now. */
static links balance(links top) {
  bool right = top->Balance > 0;
  SCHAR side = right ? 1 : -1;
  links child = *child_of(top, right);
  if (child->Balance != -side) {
    bool was_even = child->Balance == 0; /* after a deletion only: the depth stays */
    links new_top = rotate(top, right);
    top->Balance = (SCHAR)(was_even ? side : 0);
    new_top->Balance = (SCHAR)(was_even ? -side : 0);
    return new_top;
  }
  rotate(child, !right);
  links new_top = rotate(top, right);
  top->Balance = (SCHAR)(new_top->Balance == side ? -side : 0);
  child->Balance = (SCHAR)(new_top->Balance == -side ? side : 0);
  new_top->Balance = 0;
  return new_top;
}

/* at has got deeper. */
static void grow(PRTL_AVL_TABLE table, links at) {
  for (; at->Parent != head_of(table); at = at->Parent) {
    links parent = at->Parent;
    parent->Balance = (SCHAR)(parent->Balance + (is_right(at) ? 1 : -1));
    if (parent->Balance == 0) return;
    if (parent->Balance == 2 || parent->Balance == -2) {
      balance(parent);
      return;
    }
  }
  table->DepthOfTree++;
}

/* The side of parent has got less deep. */
static void shrink(PRTL_AVL_TABLE table, links parent, bool right) {
  while (parent != head_of(table)) {
    parent->Balance = (SCHAR)(parent->Balance + (right ? -1 : 1));
    if (parent->Balance == 1 || parent->Balance == -1) return;
    if (parent->Balance != 0) {
      parent = balance(parent);
      if (parent->Balance != 0) return;
    }
    right = is_right(parent);
    parent = parent->Parent;
  }
  table->DepthOfTree--;
}

static links first_of(links at) {
  while (at != NULL && at->LeftChild != NULL) at = at->LeftChild;
  return at;
}

/* NULL: it is the last one. */
static links next_of(PRTL_AVL_TABLE table, links at) {
  if (at->RightChild != NULL) return first_of(at->RightChild);
  while (at->Parent != head_of(table) && is_right(at)) at = at->Parent;
  return at->Parent != head_of(table) ? at->Parent : NULL;
}

/* It takes the place of the other in the tree. */
static void take_place(links by, links old) {
  by->Balance = old->Balance;
  link(by, false, old->LeftChild);
  link(by, true, old->RightChild);
  link(old->Parent, is_right(old), by);
}

static void take_out(PRTL_AVL_TABLE table, links at) {
  links moved = NULL, out = at;
  if (at->LeftChild != NULL && at->RightChild != NULL) out = moved = first_of(at->RightChild);
  links parent = out->Parent;
  bool right = is_right(out);
  link(parent, right, out->LeftChild != NULL ? out->LeftChild : out->RightChild);
  if (moved != NULL) {
    take_place(moved, at);
    if (parent == at) parent = moved;
  }
  shrink(table, parent, right);
}

static TABLE_SEARCH_RESULT search(PRTL_AVL_TABLE table, PVOID element, links *at) {
  *at = head_of(table)->RightChild;
  if (*at == NULL) return TableEmptyTree;
  for (;;) {
    RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, element, element_of(*at));
    if (order == GenericEqual) return TableFoundNode;
    bool right = order == GenericGreaterThan;
    if (*child_of(*at, right) == NULL) return right ? TableInsertAsRight : TableInsertAsLeft;
    *at = *child_of(*at, right);
  }
}

VOID RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                  PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                  PRTL_AVL_FREE_ROUTINE FreeRoutine, PVOID TableContext) {
  *Table = (RTL_AVL_TABLE){.CompareRoutine = CompareRoutine,
                           .AllocateRoutine = AllocateRoutine,
                           .FreeRoutine = FreeRoutine,
                           .TableContext = TableContext};
  Table->BalancedRoot.Parent = &Table->BalancedRoot;
}

PVOID RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                          PBOOLEAN NewElement, PVOID NodeOrParent,
                                          TABLE_SEARCH_RESULT SearchResult) {
  if (NewElement != NULL) *NewElement = FALSE;
  if (SearchResult == TableFoundNode) return element_of(NodeOrParent);
  struct node *node = Table->AllocateRoutine(Table, (ULONG)sizeof(*node) + BufferSize);
  if (node == NULL) return NULL;
  node->links = (RTL_BALANCED_LINKS){.Balance = 0};
  RtlCopyMemory(node->element, Buffer, BufferSize);
  links parent = SearchResult == TableEmptyTree ? head_of(Table) : NodeOrParent;
  link(parent, SearchResult != TableInsertAsLeft, &node->links);
  grow(Table, &node->links);
  Table->NumberGenericTableElements++;
  Table->WhichOrderedElement = 0;
  if (NewElement != NULL) *NewElement = TRUE;
  return node->element;
}

PVOID RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                      PBOOLEAN NewElement) {
  links at;
  TABLE_SEARCH_RESULT result = search(Table, Buffer, &at);
  return RtlInsertElementGenericTableFullAvl(Table, Buffer, BufferSize, NewElement, at, result);
}

BOOLEAN RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
  links at;
  if (search(Table, Buffer, &at) != TableFoundNode) return FALSE;
  take_out(Table, at);
  Table->NumberGenericTableElements--;
  Table->DeleteCount++;
  Table->WhichOrderedElement = 0;
  if (Table->RestartKey == at) Table->RestartKey = NULL;
  Table->FreeRoutine(Table, CONTAINING_RECORD(at, struct node, links));
  return TRUE;
}

PVOID RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer, PVOID *NodeOrParent,
                                          TABLE_SEARCH_RESULT *SearchResult) {
  links at;
  *SearchResult = search(Table, Buffer, &at);
  *NodeOrParent = at;
  return *SearchResult == TableFoundNode ? element_of(at) : NULL;
}

PVOID RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
  links at;
  return search(Table, Buffer, &at) == TableFoundNode ? element_of(at) : NULL;
}

/* The program's order may call several elements equal to what it looks for. */
PVOID RtlLookupFirstMatchingElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                   PVOID *RestartKey) {
  links found = NULL;
  for (links at = head_of(Table)->RightChild; at != NULL;) {
    RTL_GENERIC_COMPARE_RESULTS order = Table->CompareRoutine(Table, Buffer, element_of(at));
    if (order == GenericEqual) found = at;
    at = *child_of(at, order == GenericGreaterThan);
  }
  *RestartKey = found;
  return found != NULL ? element_of(found) : NULL;
}

PVOID RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID *RestartKey) {
  links at = *RestartKey;
  at = at == NULL ? first_of(head_of(Table)->RightChild) : next_of(Table, at);
  if (at == NULL) return NULL;
  *RestartKey = at;
  return element_of(at);
}

PVOID RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart) {
  PVOID at = Restart ? NULL : Table->RestartKey;
  PVOID element = RtlEnumerateGenericTableWithoutSplayingAvl(Table, &at);
  if (element != NULL) Table->RestartKey = at;
  return element;
}

/* The element that is equal, or the first one behind where it would be. */
static links first_from(PRTL_AVL_TABLE table, PVOID element, ULONG skips_equal) {
  links at;
  switch (search(table, element, &at)) {
    case TableEmptyTree:
      return NULL;
    case TableFoundNode:
      return skips_equal ? next_of(table, at) : at;
    case TableInsertAsRight:
      return next_of(table, at);
    default:
      return at;
  }
}

PVOID RtlEnumerateGenericTableLikeADirectory(PRTL_AVL_TABLE Table,
                                             PRTL_AVL_MATCH_FUNCTION MatchFunction, PVOID MatchData,
                                             ULONG NextFlag, PVOID *RestartKey, PULONG DeleteCount,
                                             PVOID Buffer) {
  links at = *RestartKey;
  if (at == NULL || *DeleteCount != Table->DeleteCount) {
    at = first_from(Table, Buffer, NextFlag);
  } else if (NextFlag) {
    at = next_of(Table, at);
  }
  *DeleteCount = Table->DeleteCount;
  for (; at != NULL; at = next_of(Table, at)) {
    NTSTATUS match =
        MatchFunction == NULL ? STATUS_SUCCESS : MatchFunction(Table, element_of(at), MatchData);
    if (match == STATUS_NO_MORE_MATCHES) return NULL;
    if (match != STATUS_SUCCESS) continue;
    *RestartKey = at;
    return element_of(at);
  }
  return NULL;
}

PVOID RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG I) {
  if (I >= Table->NumberGenericTableElements) return NULL;
  if (Table->WhichOrderedElement == 0 || Table->WhichOrderedElement > I + 1) {
    Table->WhichOrderedElement = 1;
    Table->OrderedPointer = first_of(head_of(Table)->RightChild);
  }
  for (; Table->WhichOrderedElement < I + 1; Table->WhichOrderedElement++) {
    Table->OrderedPointer = next_of(Table, Table->OrderedPointer);
  }
  return element_of(Table->OrderedPointer);
}

ULONG RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table) {
  return Table->NumberGenericTableElements;
}

BOOLEAN RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table) {
  return Table->NumberGenericTableElements == 0;
}
