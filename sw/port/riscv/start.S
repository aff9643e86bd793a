/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset and the switch between stacks, in RV32I. The image is in RAM already, initialized data too;
 * what is zero at first is not.
 */

/* No .text.something: a C function of that name would be there too. */
        .section .init, "ax"
        .globl  _start
_start:
        j       start
        .org    16                      /* where picorv32 goes; others are told where */
        j       trap
start:
        call    core_prepare
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        call    board_core
        mv      tp, a0                  /* port_core(): nothing else uses tp */
        la      sp, __boot_stacks_end   /* a boot stack each, downwards */
        la      t1, __boot_stack_size
        mv      t2, a0                  /* a core need not multiply */
1:      beqz    t2, 2f
        sub     sp, sp, t1
        addi    t2, t2, -1
        j       1b
2:
        bnez    a0, wait_for_core_0
        la      t0, __bss_start
        la      t1, __bss_end
1:      bgeu    t0, t1, 2f
        sw      zero, 0(t0)
        addi    t0, t0, 4
        j       1b
2:      la      t0, memory_is_ready
        li      t1, 1
        fence   rw, rw
        sw      t1, 0(t0)
        j       port_start
wait_for_core_0:
        la      t0, memory_is_ready
1:      lw      t1, 0(t0)
        beqz    t1, 1b
        fence   rw, rw
        j       port_start

        .section .data.memory_is_ready, "aw"
        .balign 4
memory_is_ready:
        .word   0

/*
 * void port_context_switch(struct port_context *save, struct port_context *load): the first word of
 * a context is the stack pointer, below which is what a C function keeps for its caller.
 */
        .section .text.port_context_switch, "ax"
        .globl  port_context_switch
port_context_switch:
        addi    sp, sp, -64
        sw      ra, 0(sp)
        sw      s0, 4(sp)
        sw      s1, 8(sp)
        sw      s2, 12(sp)
        sw      s3, 16(sp)
        sw      s4, 20(sp)
        sw      s5, 24(sp)
        sw      s6, 28(sp)
        sw      s7, 32(sp)
        sw      s8, 36(sp)
        sw      s9, 40(sp)
        sw      s10, 44(sp)
        sw      s11, 48(sp)
        sw      sp, 0(a0)
        lw      sp, 0(a1)
        lw      ra, 0(sp)
        lw      s0, 4(sp)
        lw      s1, 8(sp)
        lw      s2, 12(sp)
        lw      s3, 16(sp)
        lw      s4, 20(sp)
        lw      s5, 24(sp)
        lw      s6, 28(sp)
        lw      s7, 32(sp)
        lw      s8, 36(sp)
        lw      s9, 40(sp)
        lw      s10, 44(sp)
        lw      s11, 48(sp)
        addi    sp, sp, 64
        ret

/* Where the first switch to a context goes: port_context_create() has put s0 and s1 there. */
        .section .text.port_first_entry, "ax"
        .globl  port_first_entry
port_first_entry:
        mv      a0, s1
        jr      s0

        .section .text.setjmp, "ax"
        .globl  setjmp
setjmp:
        sw      ra, 0(a0)
        sw      sp, 4(a0)
        sw      s0, 8(a0)
        sw      s1, 12(a0)
        sw      s2, 16(a0)
        sw      s3, 20(a0)
        sw      s4, 24(a0)
        sw      s5, 28(a0)
        sw      s6, 32(a0)
        sw      s7, 36(a0)
        sw      s8, 40(a0)
        sw      s9, 44(a0)
        sw      s10, 48(a0)
        sw      s11, 52(a0)
        li      a0, 0
        ret

        .section .text.longjmp, "ax"
        .globl  longjmp
longjmp:
        lw      ra, 0(a0)
        lw      sp, 4(a0)
        lw      s0, 8(a0)
        lw      s1, 12(a0)
        lw      s2, 16(a0)
        lw      s3, 20(a0)
        lw      s4, 24(a0)
        lw      s5, 28(a0)
        lw      s6, 32(a0)
        lw      s7, 36(a0)
        lw      s8, 40(a0)
        lw      s9, 44(a0)
        lw      s10, 48(a0)
        lw      s11, 52(a0)
        seqz    a0, a1                  /* 0 is what setjmp() itself returns */
        add     a0, a0, a1
        ret
