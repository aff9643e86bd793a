/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's types of executive/port.h on the simulated platform. */
#ifndef LOCKARB_SIM_PORT_CONTEXT_H_
#define LOCKARB_SIM_PORT_CONTEXT_H_

#include <stdint.h>

/** A suspended stack of boost.context; entry and arg are used by the first switch to it. */
struct port_context {
  void *suspended;
  void (*entry)(void *);
  void *arg;
};

/** Names a word in the simulated memory, which is given to the lock by its first use. */
typedef struct {
  uint32_t number;
} port_lock;

#endif
