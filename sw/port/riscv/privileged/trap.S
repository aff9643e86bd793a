/* SPDX-License-Identifier: Apache-2.0 */
/* Traps, in RV32I and Zicsr. Machine mode only. */

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
        addi    sp, sp, -80
        sw      ra, 0(sp)
        sw      t0, 4(sp)
        sw      t1, 8(sp)
        sw      t2, 12(sp)
        sw      t3, 16(sp)
        sw      t4, 20(sp)
        sw      t5, 24(sp)
        sw      t6, 28(sp)
        sw      a0, 32(sp)
        sw      a1, 36(sp)
        sw      a2, 40(sp)
        sw      a3, 44(sp)
        sw      a4, 48(sp)
        sw      a5, 52(sp)
        sw      a6, 56(sp)
        sw      a7, 60(sp)
        csrr    t0, mepc
        csrr    t1, mstatus
        sw      t0, 64(sp)
        sw      t1, 68(sp)
        csrr    a0, mcause
        mv      a1, t0
        csrr    a2, mtval
        call    port_trap
        lw      t0, 64(sp)
        lw      t1, 68(sp)
        csrw    mepc, t0
        csrw    mstatus, t1
        lw      ra, 0(sp)
        lw      t0, 4(sp)
        lw      t1, 8(sp)
        lw      t2, 12(sp)
        lw      t3, 16(sp)
        lw      t4, 20(sp)
        lw      t5, 24(sp)
        lw      t6, 28(sp)
        lw      a0, 32(sp)
        lw      a1, 36(sp)
        lw      a2, 40(sp)
        lw      a3, 44(sp)
        lw      a4, 48(sp)
        lw      a5, 52(sp)
        lw      a6, 56(sp)
        lw      a7, 60(sp)
        addi    sp, sp, 80
        mret
