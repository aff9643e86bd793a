/* SPDX-License-Identifier: Apache-2.0 */
/* Traps, in RV32I or RV64I with Zicsr. Machine mode only. */
#include "registers.h"

        .section .text.core_prepare, "ax"
        .globl  core_prepare
core_prepare:
        csrw    mie, zero
        csrw    mip, zero
        la      t0, trap
        csrw    mtvec, t0
        li      t0, 0x888               /* software, timer and external interrupts */
        csrw    mie, t0
        ret

/*
 * An interrupt, or an access that the bus refused. Everything that a C function may change is kept
 * on the stack of the interrupted thread; so are mepc and mstatus, as port_trap() may take further
 * interrupts, and may return much later, when that thread goes on.
 */
        .section .text.trap, "ax"
        .globl  trap
        .balign 4
trap:
        addi    sp, sp, -20 * REG
        STORE   ra, 0 * REG(sp)
        STORE   t0, 1 * REG(sp)
        STORE   t1, 2 * REG(sp)
        STORE   t2, 3 * REG(sp)
        STORE   t3, 4 * REG(sp)
        STORE   t4, 5 * REG(sp)
        STORE   t5, 6 * REG(sp)
        STORE   t6, 7 * REG(sp)
        STORE   a0, 8 * REG(sp)
        STORE   a1, 9 * REG(sp)
        STORE   a2, 10 * REG(sp)
        STORE   a3, 11 * REG(sp)
        STORE   a4, 12 * REG(sp)
        STORE   a5, 13 * REG(sp)
        STORE   a6, 14 * REG(sp)
        STORE   a7, 15 * REG(sp)
        csrr    t0, mepc
        csrr    t1, mstatus
        STORE   t0, 16 * REG(sp)
        STORE   t1, 17 * REG(sp)
        csrr    a0, mcause
        mv      a1, t0
        csrr    a2, mtval
        call    port_trap
        LOAD    t0, 16 * REG(sp)
        LOAD    t1, 17 * REG(sp)
        csrw    mepc, t0
        csrw    mstatus, t1
        LOAD    ra, 0 * REG(sp)
        LOAD    t0, 1 * REG(sp)
        LOAD    t1, 2 * REG(sp)
        LOAD    t2, 3 * REG(sp)
        LOAD    t3, 4 * REG(sp)
        LOAD    t4, 5 * REG(sp)
        LOAD    t5, 6 * REG(sp)
        LOAD    t6, 7 * REG(sp)
        LOAD    a0, 8 * REG(sp)
        LOAD    a1, 9 * REG(sp)
        LOAD    a2, 10 * REG(sp)
        LOAD    a3, 11 * REG(sp)
        LOAD    a4, 12 * REG(sp)
        LOAD    a5, 13 * REG(sp)
        LOAD    a6, 14 * REG(sp)
        LOAD    a7, 15 * REG(sp)
        addi    sp, sp, 20 * REG
        mret
