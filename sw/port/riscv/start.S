/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset and the switch between stacks, in RV32I or RV64I. The image is in RAM already, initialized
 * data too; what is zero at first is not.
 */
#include "registers.h"

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
        addi    sp, sp, -16 * REG
        STORE   ra, 0 * REG(sp)
        STORE   s0, 1 * REG(sp)
        STORE   s1, 2 * REG(sp)
        STORE   s2, 3 * REG(sp)
        STORE   s3, 4 * REG(sp)
        STORE   s4, 5 * REG(sp)
        STORE   s5, 6 * REG(sp)
        STORE   s6, 7 * REG(sp)
        STORE   s7, 8 * REG(sp)
        STORE   s8, 9 * REG(sp)
        STORE   s9, 10 * REG(sp)
        STORE   s10, 11 * REG(sp)
        STORE   s11, 12 * REG(sp)
        STORE   sp, 0 * REG(a0)
        LOAD    sp, 0 * REG(a1)
        LOAD    ra, 0 * REG(sp)
        LOAD    s0, 1 * REG(sp)
        LOAD    s1, 2 * REG(sp)
        LOAD    s2, 3 * REG(sp)
        LOAD    s3, 4 * REG(sp)
        LOAD    s4, 5 * REG(sp)
        LOAD    s5, 6 * REG(sp)
        LOAD    s6, 7 * REG(sp)
        LOAD    s7, 8 * REG(sp)
        LOAD    s8, 9 * REG(sp)
        LOAD    s9, 10 * REG(sp)
        LOAD    s10, 11 * REG(sp)
        LOAD    s11, 12 * REG(sp)
        addi    sp, sp, 16 * REG
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
        STORE   ra, 0 * REG(a0)
        STORE   sp, 1 * REG(a0)
        STORE   s0, 2 * REG(a0)
        STORE   s1, 3 * REG(a0)
        STORE   s2, 4 * REG(a0)
        STORE   s3, 5 * REG(a0)
        STORE   s4, 6 * REG(a0)
        STORE   s5, 7 * REG(a0)
        STORE   s6, 8 * REG(a0)
        STORE   s7, 9 * REG(a0)
        STORE   s8, 10 * REG(a0)
        STORE   s9, 11 * REG(a0)
        STORE   s10, 12 * REG(a0)
        STORE   s11, 13 * REG(a0)
        li      a0, 0
        ret

        .section .text.longjmp, "ax"
        .globl  longjmp
longjmp:
        LOAD    ra, 0 * REG(a0)
        LOAD    sp, 1 * REG(a0)
        LOAD    s0, 2 * REG(a0)
        LOAD    s1, 3 * REG(a0)
        LOAD    s2, 4 * REG(a0)
        LOAD    s3, 5 * REG(a0)
        LOAD    s4, 6 * REG(a0)
        LOAD    s5, 7 * REG(a0)
        LOAD    s6, 8 * REG(a0)
        LOAD    s7, 9 * REG(a0)
        LOAD    s8, 10 * REG(a0)
        LOAD    s9, 11 * REG(a0)
        LOAD    s10, 12 * REG(a0)
        LOAD    s11, 13 * REG(a0)
        seqz    a0, a1                  /* 0 is what setjmp() itself returns */
        add     a0, a0, a1
        ret
