/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of memory through which a host tells the actors on RISC-V cores what to do, and sees
 * what came of it: soc_subject.cpp and actors.c.
 */
#ifndef LOCKARB_TESTS_CONTRACT_ACTORS_H_
#define LOCKARB_TESTS_CONTRACT_ACTORS_H_

#include <stdint.h>

enum { ACTORS = 8, ACTOR_HELPER = 7, ACTOR_POINTER = 8, APC_KINDS = 3 };

/* What an actor is to do. arguments: */
enum actor_request {
  ACTORS_BEGIN,   /* a scene: flags of the ERESOURCE */
  ACTORS_END,     /* all threads end */
  ACTORS_ACQUIRE, /* routine, way */
  ACTORS_RELEASE, /* how, owner */
  ACTORS_CONVERT,
  ACTORS_SET_OWNER, /* 1: the ...Ex routine, low bits of the pointer */
  ACTORS_LIFETIME,  /* operation, flags */
  ACTORS_LOOK,
  ACTORS_REGION, /* 1: guarded, 1: enter */
  ACTORS_IRQL,   /* IRQL */
  ACTORS_APC_STATE,
  ACTORS_IN_APC,    /* 1: in a normal APC from now on */
  ACTORS_ALERTABLE, /* 1: alertable from now on */
  ACTORS_QUEUE_APC, /* kind */
  ACTORS_DROP_APC,  /* kind */
};

struct actor_view {
  uint32_t number;                     /* of its thread; 0: it has none */
  uint32_t busy;                       /* it has not come back */
  uint32_t waits;                      /* for a lock */
  uint32_t result;                     /* of its last call, as in calls.h */
  uint32_t hold_count, hold_exclusive; /* of the last ACTORS_LOOK */
  int32_t kernel_apc_disable;
  uint32_t ran[APC_KINDS];
};

struct actors {
  uint32_t asked; /* counted up by the host when all that is below is there, */
  uint32_t done;  /*   and followed when nothing moves any more */
  uint32_t request, actor, arguments[2];

  uint32_t bug_check; /* of this request */
  uint32_t lock;      /* the number of the ERESOURCE's */
  struct actor_view actors[ACTORS];
  uint32_t exclusive, owners, shared_waiters, exclusive_waiters, contentions; /* of ACTORS_LOOK */
  int32_t kernel_apc_disable, special_apc_disable; /* of ACTORS_APC_STATE */
  uint32_t apcs_disabled, all_apcs_disabled;
};

#endif
