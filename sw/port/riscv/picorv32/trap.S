/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts and traps of picorv32, by its own instructions (README.md of its package): q0 is where to go
 * back to, q1 what asks. The handler goes on as if it were no handler, with interrupts masked, since
 * it may switch to a thread that has never been interrupted.
 */

        .macro  getq to, from
        .insn r 0x0b, 4, 0, \to, \from, zero
        .endm
        .macro  setq to, from
        .insn r 0x0b, 2, 1, \to, \from, zero
        .endm
        .macro  retirq
        .insn r 0x0b, 0, 2, zero, zero, zero
        .endm
        .macro  maskirq old, new
        .insn r 0x0b, 6, 3, \old, \new, zero
        .endm
/* Registers q0 to q3 have the numbers of these. */
#define q0 x0
#define q1 x1
#define q2 x2
#define q3 x3

#define FAULTS 6                        /* no instruction or ebreak, not aligned: never masked */

        .section .text.core_prepare, "ax"
        .globl  core_prepare
core_prepare:
        li      t0, ~FAULTS
        maskirq zero, t0
        ret

        .section .text.trap, "ax"
        .globl  trap
trap:
        setq    q2, t0
        setq    q3, t1
        getq    t0, q1
        andi    t0, t0, 2
        beqz    t0, 1f
        getq    t0, q0
        la      t1, after_ebreak
        beq     t0, t1, restore
1:      getq    t0, q2
        getq    t1, q3
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
        getq    a1, q0
        getq    a0, q1
        sw      a1, 64(sp)
        li      t0, ~FAULTS
        maskirq zero, t0
        la      t0, 2f
        setq    q0, t0
        retirq
2:      call    port_trap
        ebreak                          /* unmasking and going back are one: in the handler */
after_ebreak:
restore:
        lw      t0, 64(sp)
        setq    q0, t0
        maskirq zero, zero
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
        retirq
