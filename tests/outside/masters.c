/* SPDX-License-Identifier: Apache-2.0 */
/* The software of machine.cpp: master 0 hands a lock to master 1, which sleeps until its interrupt.
 */
#include <driver/lockarb.h>
#include <stdio.h>

void wait_clocks(unsigned n);
void wait_for_interrupt(unsigned core);
void run_master(unsigned core);

enum { kLock = 3 };

int handed_over;

static void expect(unsigned core, const char *what, unsigned is, unsigned wanted) {
  printf("core %u: %s: %u\n", core, what, is);
  if (is != wanted) {
    printf("  but %u is right\n", wanted);
    handed_over = -100;
  }
}

static unsigned acquire(const struct lockarb *arbiter, unsigned core) {
  return lockarb_acquire(arbiter, core, kLock, LOCKARB_EXCLUSIVE, LOCKARB_WAIT).status;
}

void run_master(unsigned core) {
  struct lockarb arbiter;
  wait_clocks(1000 * core);
  expect(core, "probe", lockarb_probe(&arbiter, 0, core, LOCKARB_BY_READ), LOCKARB_OK);
  lockarb_set_current_thread(&arbiter, core, core);
  if (core == 0) {
    lockarb_initialize(&arbiter, core, kLock, LOCKARB_READERS_FIRST, LOCKARB_PRIVILEGED);
    expect(core, "acquire", acquire(&arbiter, core), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
    wait_clocks(5000);
    expect(core, "release", lockarb_release(&arbiter, core, kLock).status,
           LOCKARB_STATUS_HANDED_EXCLUSIVE);
  } else {
    struct lockarb_grant grant = {0};
    expect(core, "acquire", acquire(&arbiter, core), LOCKARB_STATUS_WAITING);
    wait_for_interrupt(core);
    expect(core, "grant", lockarb_take_grant(&arbiter, core, &grant), true);
    expect(core, "granted lock", grant.lock, kLock);
    expect(core, "release", lockarb_release(&arbiter, core, kLock).status, LOCKARB_STATUS_FREED);
    handed_over++;
  }
}
