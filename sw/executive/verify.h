/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Driver Verifier's rules, as the routines that have to keep them ask for them: each question costs
 * one test when the verifier is off. The rules are in diagnose/verifier.c and
 * diagnose/lock_order.c, which only programs that call lockarb_set_verifier() need.
 */
#ifndef LOCKARB_EXECUTIVE_VERIFY_H_
#define LOCKARB_EXECUTIVE_VERIFY_H_

#include "executive/call.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the verifier is told of a wait. */
enum { WAITS_NOT, WAITS_A_TIME, WAITS_FOR_EVER };

/** What each of the functions below asks, when the verifier is on. */
struct verifier {
  void (*resource)(struct call call, const void *resource);
  void (*release_for)(struct call call, const void *resource, ULONG_PTR owner);
  void (*self_block)(struct call call, const void *resource);
  void (*underflow)(struct call call, const void *resource);
  void (*routine)(struct call call, const void *object, ULONG_PTR more);
  void (*region)(struct call call);
  void (*order)(struct call call, const void *object, unsigned kind, bool starves);
  void (*lower_irql)(struct call call, KIRQL irql);
  void (*forget_order)(const void *start, size_t size);
  void (*abandon)(struct call call, const void *mutant);
  void (*free)(struct call call, const char *data, size_t size);
};

extern const struct verifier *executive_verifier; /* NULL: it is off */

/* The ERESOURCE routines, which are in the layer above */

/** A routine of the ERESOURCE family was called; nothing has happened yet. */
static inline void verify_resource(struct call call, const void *resource) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->resource(call, resource);
}
/** The same, for a release in the name of that owner. */
static inline void verify_release_for(struct call call, const void *resource, ULONG_PTR owner) {
  if (EXECUTIVE_RARE(executive_verifier != NULL))
    executive_verifier->release_for(call, resource, owner);
}
/** A region was left more often than entered. */
static inline void verify_underflow(struct call call, const void *resource) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->underflow(call, resource);
}

/* The executive's own routines */

/** A routine whose only rule is about the IRQL, before it does anything. */
static inline void verify_routine(struct call call) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->routine(call, NULL, 0);
}
/** The same of a mutex or a wait; more: what the rule looks at besides. */
static inline void verify_object(struct call call, const void *object, ULONG_PTR more) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->routine(call, object, more);
}
/** A routine that enters or leaves a region, before it does. */
static inline void verify_region(struct call call) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->region(call);
}
/**
 * The running thread is about to wait for an object that it may come to own: an ERESOURCE, a
 * mutex, a spin lock, a push lock. kind: enum held_kind, of what is no ERESOURCE. starves: it would
 * pass those that are queued before it.
 */
static inline void verify_order(struct call call, const void *object, unsigned kind, bool starves) {
  if (EXECUTIVE_RARE(executive_verifier != NULL))
    executive_verifier->order(call, object, kind, starves);
}
/** The running thread lowers its IRQL to that. */
static inline void verify_lower_irql(struct call call, KIRQL irql) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->lower_irql(call, irql);
}
/** The thread is about to wait for its own shared hold. */
static inline void verify_self_block(struct call call, const void *resource) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->self_block(call, resource);
}
/** What lies there is no lock any more, or a new one. Dispatcher locked. */
static inline void forget_order(const void *start, size_t size) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->forget_order(start, size);
}
/** The running thread ends, and owns the mutant. Dispatcher locked. */
static inline void verify_abandon(struct call call, const void *mutant) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->abandon(call, mutant);
}
/** Memory of the pool, before it goes. Dispatcher locked. */
static inline void verify_free(struct call call, const void *data, size_t size) {
  if (EXECUTIVE_RARE(executive_verifier != NULL)) executive_verifier->free(call, data, size);
}

#ifdef __cplusplus
}
#endif

#endif
