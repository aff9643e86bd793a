/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which locks are taken: 0xC4/0x1001 as soon as two orders have been seen that can
 * stop threads for ever, whether they do this time or not.
 *
 * A graph: a lock points to each lock that some thread waited for, or might have, while it owned
 * the first one. A lock is an ERESOURCE, a mutex, a spin lock or a push lock, known by its address
 * until it is deleted, freed or initialized again.
 */
#include "executive/diagnose/diagnose.h"
#include "executive/executive.h"
#include "executive/verify.h"

enum { BUCKETS = 256, DEADLOCK = 0x1001, TAKEN_AGAIN = 0x1000 };

struct edge {
  struct edge *next;
  struct node *to;
  bool exclusive; /* how the first lock was owned */
  bool starves;   /* the second one was wanted past those who wait for it */
  const void *first_from, *second_from;
  unsigned thread;
};

/* A search came to a lock by an edge that starves, or by one that does not. */
struct visit {
  unsigned search; /* the last one that did, */
  const struct edge *taken;
  struct node *node;
  struct visit *from; /* where the edge begins; NULL: the search began here */
  struct visit *next; /* to go on from; later, on the way that was found */
};

struct node {
  struct node *next;
  const void *object;
  enum held_kind kind;
  struct edge *edges;
  struct visit visits[2];
};

static struct node *buckets[BUCKETS];
static unsigned searches;

static struct node **bucket_of(const void *object) {
  return &buckets[((ULONG_PTR)object >> 4) % BUCKETS];
}

/* make: NULL then only if there is no memory. */
static struct node *node_of(const void *object, bool make) {
  struct node **bucket = bucket_of(object);
  struct node *node = *bucket;
  while (node != NULL && node->object != object) node = node->next;
  if (node != NULL || !make) return node;
  node = port_allocate(sizeof(*node));
  if (node == NULL) return NULL;
  *node = (struct node){.next = *bucket, .object = object};
  *bucket = node;
  return node;
}

static void free_edges(struct node *node, const struct node *to) {
  for (struct edge **at = &node->edges; *at != NULL;) {
    struct edge *edge = *at;
    if (to != NULL && edge->to != to) {
      at = &edge->next;
      continue;
    }
    *at = edge->next;
    port_free(edge, sizeof(*edge));
  }
}

static void free_node(struct node **at) {
  struct node *node = *at;
  *at = node->next;
  for (unsigned i = 0; i < BUCKETS; i++) {
    for (struct node *other = buckets[i]; other != NULL; other = other->next) {
      free_edges(other, node);
    }
  }
  free_edges(node, NULL);
  port_free(node, sizeof(*node));
}

/* What a run before had is gone with its memory. */
void set_up_lock_order(void) {
  for (unsigned i = 0; i < BUCKETS; i++) buckets[i] = NULL;
}

void forget_lock_order(const void *start, size_t size) {
  for (unsigned i = 0; i < BUCKETS; i++) {
    for (struct node **at = &buckets[i]; *at != NULL;) {
      if ((ULONG_PTR)(*at)->object - (ULONG_PTR)start < size) {
        free_node(at);
      } else {
        at = &(*at)->next;
      }
    }
  }
}

/* Whether one who waits at the end of `before` can wait for one who owns what `after` begins with:
 * a reader that passes waiters waits for a writer only. */
static bool can_block(bool starves, const struct edge *after) {
  return !starves || after->exclusive;
}

static struct visit *visit(struct node *node, bool starves, const struct edge *taken,
                           struct visit *from) {
  struct visit *v = &node->visits[starves];
  if (v->search == searches) return NULL;
  *v = (struct visit){.search = searches, .taken = taken, .node = node, .from = from};
  return v;
}

/* The shortest way from one lock to another that may follow it; its end, or NULL. */
static struct visit *find_way(struct node *from, bool starves, const struct node *to,
                              bool to_exclusive) {
  searches++;
  struct visit *last = visit(from, starves, NULL, NULL);
  for (struct visit *v = last; v != NULL; v = v->next) {
    bool passes = v->taken != NULL ? v->taken->starves : starves;
    for (const struct edge *edge = v->node->edges; edge != NULL; edge = edge->next) {
      if (!can_block(passes, edge)) continue;
      struct visit *reached = visit(edge->to, edge->starves, edge, v);
      if (reached == NULL) continue;
      if (edge->to == to && (!edge->starves || to_exclusive)) return reached;
      last->next = reached;
      last = reached;
    }
  }
  return NULL;
}

static void print_lock(const void *object, enum held_kind kind) {
  unsigned lock = executive_find_lock(object);
  if (lock != EXECUTIVE_NO_LOCK) {
    print("lock %u", lock);
    print_name(object);
  } else {
    print("%s", held_kind_name(kind));
    print_object(object);
  }
}

static void print_step(const void *first, enum held_kind first_kind, const void *first_from,
                       const void *second, enum held_kind second_kind, const void *second_from,
                       unsigned thread) {
  print("    thread %u took ", thread);
  print_lock(first, first_kind);
  print_line(" at ", first_from);
  print(", then ");
  print_lock(second, second_kind);
  print_line(" at ", second_from);
  print("\n");
}

static void print_way(struct visit *end) {
  struct visit *start = NULL;
  for (struct visit *v = end; v->from != NULL; v = v->from) {
    v->next = start;
    start = v;
  }
  for (const struct visit *v = start; v != NULL; v = v->next) {
    const struct node *first = v->from->node;
    print_step(first->object, first->kind, v->taken->first_from, v->node->object, v->node->kind,
               v->taken->second_from, v->taken->thread);
  }
}

__attribute__((noreturn)) static void stop(struct call call, const void *object, unsigned kind,
                                           ULONG code) {
  unsigned lock = executive_find_lock(object);
  if (lock == EXECUTIVE_NO_LOCK) show_object(held_kind_name(kind), object);
  executive_stop(call, lock, DRIVER_VERIFIER_DETECTED_VIOLATION, code, (ULONG_PTR)object, 0, 0);
}

static void add_edge(struct node *first, struct node *second, struct edge edge) {
  for (struct edge *e = first->edges; e != NULL; e = e->next) {
    if (e->to != second || e->exclusive != edge.exclusive || e->starves != edge.starves) continue;
    return;
  }
  struct edge *added = port_allocate(sizeof(*added));
  if (added == NULL) return;
  *added = edge;
  added->next = first->edges;
  added->to = second;
  first->edges = added;
}

/* The running thread owns the first one and is about to wait for the second one. */
static void check_pair(struct call call, const struct held *held, struct node *second,
                       bool starves) {
  const struct thread *self = this_thread();
  struct node *first = node_of(held->object, true);
  if (first == NULL) return;
  first->kind = held->kind;
  struct visit *way = find_way(second, starves, first, held->exclusive);
  if (way != NULL) {
    print("\nlockarb verifier: locks are taken in an order that can stop their threads for ever\n");
    print_way(way);
    print_step(first->object, first->kind, held->from, second->object, second->kind, call.from,
               self->number);
    stop(call, second->object, second->kind, DEADLOCK);
  }
  add_edge(first, second,
           (struct edge){.exclusive = held->exclusive,
                         .starves = starves,
                         .first_from = held->from,
                         .second_from = call.from,
                         .thread = self->number});
}

void check_lock_order(struct call call, const void *object, unsigned kind, bool starves) {
  struct thread *self = this_thread();
  bool on = lock_dispatcher();
  const struct held *again = find_held(self->held, object);
  if (again != NULL) {
    if (kind != HELD_MUTEX && (again->exclusive || kind != HELD_PUSH_LOCK)) {
      print(
          "\nlockarb verifier: the thread owns the %s and would wait for "
          "itself\n",
          held_kind_name(kind));
      stop(call, object, kind, TAKEN_AGAIN);
    }
  } else {
    struct node *second = node_of(object, true);
    if (second != NULL) second->kind = kind;
    for (const struct held *held = self->held; held != NULL && second != NULL; held = held->next) {
      if (held->used) check_pair(call, held, second, starves);
    }
  }
  unlock_dispatcher(on);
}
