/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A serial line to the bus of a board: the uartbone protocol of LiteX, to a serial port or a
 * pseudo-terminal. mmio_uartbone.c is hal/mmio.h on it.
 *
 * A frame is {command, number of words, word address} and the words, the highest byte first. A read
 * is answered by its words, a write by nothing, and no frame has a checksum. So a lost byte is
 * noticed by the silence that follows, a byte too many by the next access, and a wrong one not at
 * all.
 *
 * One line per process. An access that fails does not return: the reason goes to stderr with
 * device, address and cure, and the process ends with UARTBONE_EXIT_CODE. Tests:
 * tests/sw/hal/uartbone_test.cpp.
 */
#ifndef LOCKARB_HAL_UARTBONE_H_
#define LOCKARB_HAL_UARTBONE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  UARTBONE_EXIT_CODE = 2,
  UARTBONE_LONGEST_BURST = 255, /**< Words. */
};

struct uartbone_config {
  const char *device; /**< Must stay valid while the line is open. */
  unsigned baud;
  /** Whether a read there changes nothing, so that it may be sent again. NULL: nowhere. */
  bool (*repeatable)(uintptr_t address);
};

/**
 * Open the line, and wait until it is silent and the board has forgotten what it heard before.
 *
 * @param[out] why What is wrong and what to do, if it returns false.
 * @return Whether the line is open. Nothing has been sent.
 */
bool uartbone_open(const struct uartbone_config *config, char *why, size_t size);

/** Read `count` words, 1 to UARTBONE_LONGEST_BURST, at rising addresses: one frame. */
void uartbone_read(uintptr_t address, uint32_t *words, unsigned count);

/** Write a word; nobody says whether it arrives. */
void uartbone_write(uintptr_t address, uint32_t word);

/** Write `count` words, 1 to UARTBONE_LONGEST_BURST, at rising addresses: one frame. How many a
 * board takes without a pause after them: rtl/uart/lockarb_uartbone.v. */
void uartbone_write_words(uintptr_t address, const uint32_t *words, unsigned count);

/** Send what is left, and close the line. */
void uartbone_close(void);

#ifdef __cplusplus
}
#endif

#endif
