/* SPDX-License-Identifier: Apache-2.0 */
/** For files in assembler: loads and stores of a register, and the bytes that it takes. */
#if __riscv_xlen == 64
#define LOAD ld
#define STORE sd
#define REG 8
#else
#define LOAD lw
#define STORE sw
#define REG 4
#endif
