/* SPDX-License-Identifier: Apache-2.0 */
/** See string.h; lockarb_wchar.h has the functions for programs whose characters have 16 bits. */
#ifndef LOCKARB_PORT_RISCV_WCHAR_H_
#define LOCKARB_PORT_RISCV_WCHAR_H_

#include <stddef.h>

#endif
