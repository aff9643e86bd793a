// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_regs: the register map: what the bus refuses, and the registers of each core.
//
// Policy
//   - rtl/regs/lockarb.md is the map. Every access is looked at here in S1, commands too: window, sideband,
//     privilege, alignment, byte lanes. A refused one gets a bus error and does nothing.
//   - A read of the aperture is a command only while the core has opened it, and one that makes or
//     deletes locks or acts for another owner only when ARM names it; a write of ISSUE is one always.
//   - The words of each core that lockarb_apc holds in RAMs, APC_MASK to USER_ANSWER, are shown here and
//     changed there.
//
// Timing
//   - S0 to S2 are the stages of lockarb_engine. An access in S0 is told its thread in the same clock.
//   - A write takes effect in the clock after S2, with reg_write_i, while nothing follows it; a refused
//     command is noted in the clock in which S2 refuses it.
module lockarb_regs #(
    parameter NumCores = 4,
    parameter NumThreads = 64,
    parameter NumLocks = 256,
    parameter HoldWidth = 8,
    parameter CheckUser = 0,
    parameter Statistics = 0,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,              // synchronous, active low

    input  wire [              63:0] time_i,              // what TIME_LO and TIME_HI show

    // The data of the write that is under way, level until it is answered.
    input  wire [              31:0] wdata_i,
    input  wire                      wfull_i,             // all byte lanes are on

    // S0: whose thread is the access about?
    input  wire                      s0_accepted_i,       // it goes on to S1
    input  wire [              24:0] s0_addr_i,
    output wire [               8:0] s0_thread_o,
    output wire                      s0_grant_o,          //   but it is about the oldest grant's
    output wire                      s0_bad_thread_o,     // there is no such thread
    output wire [               1:0] s0_word_o,           // the word of its core that lockarb_apc reads

    // S1: the access, and what the RAMs say.
    input  wire                      s1_take_i,           // it goes on to S2
    input  wire                      s1_write_i,
    input  wire                      s1_issue_i,          // the write issues the command it is at
    input  wire                      s1_privileged_i,
    input  wire [               4:0] s1_user_i,
    input  wire [              24:0] s1_addr_i,
    input  wire [               8:0] s1_thread_i,
    input  wire                      s1_bad_thread_i,
    input  wire                      s1_user_lock_i,      // the lock is of the class user
    input  wire [     LockWidth-1:0] s1_thread_lock_i,    // the lock that the thread waits for or was granted
    input  wire                      s1_bad_word_i,       //   this has the wrong parity
    input  wire                      s1_idle_i,           //   or it does neither
    input  wire [              31:0] s1_statistics_i,     // the word of statistics that the address names
    input  wire [              31:0] s1_mask_i,           // of the core, from lockarb_apc:
    input  wire [               4:0] s1_irql_i,
    input  wire [               4:0] s1_pending_i,
    input  wire [               2:0] s1_deliverable_i,
    input  wire [              31:0] s1_word_i,           //   ARM, ANSWER or USER_ANSWER, as s0_word_o chose
    output wire                      s1_fault_o,          // refuse it with a bus error
    output wire                      s1_armed_o,          // ARM names the command, or a write issues it
    output wire                      s1_irql_high_o,      // the core is above APC_LEVEL
    output reg  [              31:0] s1_data_o,           // the register, should this be its read
    output wire                      s1_removes_o,        //   which removes the grant that it shows

    // S2: effects, one-clock pulses.
    input  wire [               4:0] s2_core_i,           // the core of the access
    input  wire                      reg_write_i,         // a register write or read of TAKE that does
                                                          //   something, one clock later
    input  wire [               6:0] s2_offset_i,         // the register, while reg_write_i
    input  wire                      s2_answer_write_i,   // a command that a write issued answers rsp_data_i
    input  wire [              31:0] rsp_data_i,
    input  wire                      s2_refused_i,        // a command was refused:
    input  wire                      s2_privileged_i,
    input  wire [               4:0] s2_status_i,
    input  wire [               8:0] s2_thread_i,
    input  wire [              11:0] s2_lock_i,
    output wire                      s2_pointer_o,        // OPERAND of the core: its pointer bit,
    output wire [   ThreadWidth-1:0] s2_operand_o,        //   its thread
    output wire                      write_grant_o,       // to lockarb_grant: GRANT of the core is written,
                                                          //   or TAKE takes,
    output wire                      grant_removed_o,     //   and there was a grant
    output wire                      write_mask_o,        // to lockarb_apc, as its registers are:
    output wire                      write_irql_o,
    output wire                      write_pending_o,
    output wire                      write_word_o,        //   ARM, ANSWER or USER_ANSWER:
    output wire [               1:0] word_o,
    output wire [              31:0] word_wdata_o,

    // Levels, one bit per core.
    input  wire [(1<<CoreWidth)-1:0] grant_valid_i,       // a grant waits
    input  wire [   ThreadWidth-1:0] grant_head_i,        //   the oldest of the core of S0
    input  wire [(1<<CoreWidth)-1:0] apc_irq_i,           // an APC can be delivered
    input  wire                      sweeping_i,          // the sweep after reset runs
    output wire [      NumCores-1:0] irq_o                // the interrupts
);

`include "lockarb_regs.vh"

  // Vectors are filled up to a power of two, so that no index is out of range.
  localparam Windows = 1 << CoreWidth;
  // Sized copies, to compare with and to show.
  localparam [5:0] Cores = NumCores[5:0];
  localparam [9:0] Threads = NumThreads[9:0];
  localparam [12:0] Locks = NumLocks[12:0];
  localparam [4:0] HoldBits = HoldWidth[4:0];
  localparam UserErrorWidth = 5 + CoreWidth + ThreadWidth + LockWidth;
  // The words of registers that show a thread, below their window's first 128 bytes.
  localparam [18:0] OperandOffset = `LOCKARB_OPERAND_OFFSET;
  localparam [18:0] GrantOffset = `LOCKARB_GRANT_OFFSET;
  localparam [18:0] TakeOffset = `LOCKARB_TAKE_OFFSET;
  localparam [4:0] OperandWord = OperandOffset[6:2];
  localparam [4:0] GrantWord = GrantOffset[6:2];
  localparam [4:0] TakeWord = TakeOffset[6:2];
  // The words of a core beside its APC registers, in the same RAMs: ARM, ANSWER and USER_ANSWER, by bits
  // 3:2 of their places. Of what lies from 0x40 to 0x7F no register but these looks at them.
  localparam [18:0] ArmOffset = `LOCKARB_ARM_OFFSET;
  localparam [18:0] AnswerOffset = `LOCKARB_ANSWER_OFFSET;
  localparam [18:0] UserAnswerOffset = `LOCKARB_USER_ANSWER_OFFSET;
  localparam [1:0] ArmWord = ArmOffset[3:2];
  localparam [1:0] AnswerWord = AnswerOffset[3:2];
  localparam [1:0] UserAnswerWord = UserAnswerOffset[3:2];

  // Sets of operations: bit n is operation n.
  localparam [31:0] AllOps = `LOCKARB_OPS_ALL;
  localparam [31:0] ArmedOps = `LOCKARB_OPS_ARMED;
  localparam [31:0] ForOperandOps = `LOCKARB_OPS_FOR_OPERAND;
  localparam [31:0] PrivilegedOps = `LOCKARB_OPS_PRIVILEGED;

  // ---------------------------------------------------------------------------- what is written
  wire [CoreWidth-1:0] s2_core = s2_core_i[CoreWidth-1:0];
  wire write_control = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_CONTROL_OFFSET;
  wire write_current = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_CURRENT_THREAD_OFFSET;
  wire write_operand = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_OPERAND_OFFSET;
  wire write_error = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_ERROR_OFFSET;
  wire write_user_error = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_USER_ERROR_OFFSET;
  wire write_arm = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_ARM_OFFSET;
  wire write_answer = reg_write_i && ({12'd0, s2_offset_i} == `LOCKARB_ANSWER_OFFSET
      || {12'd0, s2_offset_i} == `LOCKARB_USER_ANSWER_OFFSET);
  assign write_grant_o = reg_write_i && ({12'd0, s2_offset_i} == `LOCKARB_GRANT_OFFSET
      || {12'd0, s2_offset_i} == `LOCKARB_TAKE_OFFSET);
  assign write_mask_o = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_APC_MASK_OFFSET;
  assign write_irql_o = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_IRQL_OFFSET;
  assign write_pending_o = reg_write_i && {12'd0, s2_offset_i} == `LOCKARB_APC_PENDING_OFFSET;
  assign grant_removed_o = write_grant_o && grant_valid_i[s2_core];
  assign write_word_o = write_arm || write_answer || s2_answer_write_i;
  assign word_o = s2_answer_write_i ? (s2_privileged_i ? AnswerWord : UserAnswerWord) : s2_offset_i[3:2];
  assign word_wdata_o = s2_answer_write_i ? rsp_data_i : wdata_i;

  reg [9:0] current_thread_q[0:Windows-1];  // {valid, thread}
  reg [9:0] operand_q[0:Windows-1];  // {pointer, thread}
  reg [Windows-1:0] aperture_q;  // CONTROL.aperture
  reg [Windows-1:0] armed_q;  // ARM.valid
  reg error_valid_q, error_valid_d;
  reg [30:0] error_q, error_d;  // {status, core, thread, lock}
  // The same of unprivileged code, whose lock exists.
  reg user_error_valid_q, user_error_valid_d;
  reg [UserErrorWidth-1:0] user_error_q, user_error_d;

  wire s1_command = s1_addr_i[19];
  wire [CoreWidth-1:0] s1_core = s1_addr_i[20+:CoreWidth];

  // Which core's bit changes, by a shift, as in lockarb_grant.
  wire [Windows-1:0] s1_bit = {{(Windows - 1) {1'b0}}, 1'b1} << s1_core;
  wire [Windows-1:0] s2_bit = {{(Windows - 1) {1'b0}}, 1'b1} << s2_core;

  reg [Windows-1:0] armed_d;
  always @* begin
    armed_d = armed_q;
    if (write_arm) armed_d = armed_d | s2_bit;
    if (write_current) armed_d = armed_d & ~s2_bit;
    // Commands of one core keep their distance, so the next one sees it used up.
    if (s1_take_i && s1_command && !s1_fault_o) armed_d = armed_d & ~s1_bit;
  end

  integer i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (i = 0; i < Windows; i = i + 1) begin
        current_thread_q[i] <= 10'd0;
        operand_q[i] <= 10'd0;
      end
      aperture_q <= {Windows{1'b0}};
      armed_q <= {Windows{1'b0}};
    end else begin
      if (write_control) aperture_q <= (aperture_q & ~s2_bit) | ({Windows{wdata_i[0]}} & s2_bit);
      armed_q <= armed_d;
      if (write_current) current_thread_q[s2_core] <= {wdata_i[31], wdata_i[8:0]};
      if (write_operand) operand_q[s2_core] <= {wdata_i[31], wdata_i[8:0]};
    end
  end
  assign s2_pointer_o = operand_q[s2_core][9];
  assign s2_operand_o = operand_q[s2_core][ThreadWidth-1:0];

  always @* begin
    error_valid_d = error_valid_q;
    error_d = error_q;
    user_error_valid_d = user_error_valid_q;
    user_error_d = user_error_q;
    if (write_error) error_valid_d = 1'b0;
    if (s2_refused_i && s2_privileged_i && !error_valid_q) begin
      error_valid_d = 1'b1;
      error_d = {s2_status_i, s2_core_i, s2_thread_i, s2_lock_i};
    end
    if (write_user_error) user_error_valid_d = 1'b0;
    if (s2_refused_i && !s2_privileged_i && !user_error_valid_q) begin
      user_error_valid_d = 1'b1;
      user_error_d = {s2_status_i, s2_core, s2_thread_i[ThreadWidth-1:0], s2_lock_i[LockWidth-1:0]};
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      error_valid_q <= 1'b0;
      error_q <= 31'd0;
      user_error_valid_q <= 1'b0;
      user_error_q <= {UserErrorWidth{1'b0}};
    end else begin
      error_valid_q <= error_valid_d;
      error_q <= error_d;
      user_error_valid_q <= user_error_valid_d;
      user_error_q <= user_error_d;
    end
  end

  // -------------------------------------------------------------------------------- interrupts
  // Only a core that exists makes errors: an access to another window is no command.
  wire [Windows-1:0] error_irq = {{(Windows - 1) {1'b0}}, error_valid_q}
      << error_q[21+:CoreWidth];
  wire [4:0] user_error_status;
  wire [CoreWidth-1:0] user_error_core;
  wire [ThreadWidth-1:0] user_error_thread;
  wire [LockWidth-1:0] user_error_lock;
  assign {user_error_status, user_error_core, user_error_thread, user_error_lock} = user_error_q;
  wire [Windows-1:0] user_error_irq = {{(Windows - 1) {1'b0}}, user_error_valid_q} << user_error_core;
  wire [Windows-1:0] irq = grant_valid_i | apc_irq_i | error_irq | user_error_irq;
  assign irq_o = irq[NumCores-1:0];

  // ------------------------------------------------------------------- S0: the thread, the word
  // For a register that names a thread, that one.
  wire [CoreWidth-1:0] s0_core = s0_addr_i[20+:CoreWidth];
  wire [9:0] s0_current = current_thread_q[s0_core];
  wire [9:0] s0_operand = operand_q[s0_core];
  wire s0_of_operand = s0_addr_i[19] ? ForOperandOps[s0_addr_i[18:14]]
      : s0_addr_i[6:2] == OperandWord;
  // TAKE names the current thread where it has no grant to show.
  assign s0_grant_o = !s0_addr_i[19] && (s0_addr_i[6:2] == GrantWord
      || s0_addr_i[6:2] == TakeWord && grant_valid_i[s0_core]);
  assign s0_thread_o = s0_of_operand ? s0_operand[8:0] : s0_current[8:0];
  // A register shows the top bit, whatever it means.
  wire s0_bad_operand = {1'b0, s0_operand[8:0]} >= Threads;
  assign s0_bad_thread_o = !s0_addr_i[19] ? !(s0_of_operand ? s0_operand[9] : s0_current[9])
      : s0_of_operand ? s0_bad_operand
      : !s0_current[9] || s0_addr_i[18:14] == `LOCKARB_OP_SET_OWNER && s0_bad_operand;
  // A command that has to be armed moves no mask.
  assign s0_word_o = s0_addr_i[19] ? ArmWord & {2{ArmedOps[s0_addr_i[18:14]]}}
      : s0_addr_i[3:2] & {2{s0_addr_i[6]}};

  // Whether the oldest grant is one for the current thread, and whether there is such a thread whose word was
  // swept. A register access goes alone, so neither changes behind this sample.
  reg s1_own_grant_q, s1_current_q;
  always @(posedge clk_i) begin
    if (s0_accepted_i) begin
      s1_own_grant_q <= grant_valid_i[s0_core] && s0_current[9]
          && grant_head_i == s0_current[ThreadWidth-1:0];
      s1_current_q <= s0_current[9] && !sweeping_i;
    end
  end

  // Sampled when an access enters S1, so that nothing else follows time_i.
  reg [31:0] s1_time_q;
  always @(posedge clk_i) begin
    if (s0_accepted_i) s1_time_q <= s0_addr_i[2] ? time_i[63:32] : time_i[31:0];
  end

  // Contract part IV, I7: a thread runs on one core. A register access goes alone, so what the other cores
  // run does not change behind this sample.
  wire [Windows-1:0] s0_elsewhere;
  genvar w;
  generate
    for (w = 0; w < Windows; w = w + 1) begin : g_elsewhere
      assign s0_elsewhere[w] = w != s0_core && current_thread_q[w][9]
          && current_thread_q[w][ThreadWidth-1:0] == wdata_i[ThreadWidth-1:0];
    end
  endgenerate
  reg s1_elsewhere_q;
  always @(posedge clk_i) begin
    if (s0_accepted_i) s1_elsewhere_q <= s0_elsewhere != {Windows{1'b0}};
  end

  // ----------------------------------------------------------------------- S1: what it may read
  wire [4:0] s1_op = s1_addr_i[18:14];
  wire [18:0] s1_offset = s1_addr_i[18:0];
  wire s1_grant_valid = grant_valid_i[s1_core];
  // Contract part IV, I3: no read changes anything while the aperture is closed.
  wire s1_taken = s1_own_grant_q && aperture_q[s1_core];
  wire any_error = error_valid_q || user_error_valid_q;
  wire s1_waits = s1_current_q && (!s1_idle_i || s1_bad_word_i);
  assign s1_removes_o = s1_taken && !s1_write_i && {12'd0, s1_offset[6:0]} == `LOCKARB_TAKE_OFFSET;
  wire [LockWidth+11:0] s1_lock_field = {12'd0, s1_thread_lock_i};
  wire [CoreWidth+4:0] user_error_core_field = {5'd0, user_error_core};
  wire [ThreadWidth+8:0] user_error_thread_field = {9'd0, user_error_thread};
  wire [LockWidth+11:0] user_error_lock_field = {12'd0, user_error_lock};

  // What ARM holds names a command as the aperture does.
  wire s1_armed = armed_q[s1_core] && s1_word_i[18:2] == s1_addr_i[18:2];
  assign s1_armed_o = s1_issue_i || s1_armed;
  assign s1_irql_high_o = s1_irql_i > 5'd1;

  // A word of the statistics of a lock: five words each, 32 bytes apart.
  wire s1_of_statistics = Statistics != 0 && s1_offset[18];
  wire statistics_refused = s1_write_i || !s1_privileged_i || s1_offset[17]
      || {1'b0, s1_offset[16:5]} >= Locks || s1_offset[4:0] > `LOCKARB_DEEPEST_QUEUE_OFFSET
      || s1_offset[1:0] != 2'd0;

  // The read values.
  reg there;
  always @* begin
    s1_data_o = 32'd0;
    there = 1'b1;
    case ({12'd0, s1_offset[6:0]})
      `LOCKARB_ID_OFFSET:
        s1_data_o = {`LOCKARB_ID_MAGIC_RESET, `LOCKARB_ID_MAJOR_RESET, `LOCKARB_ID_MINOR_RESET};
      `LOCKARB_PARAMS_OFFSET: s1_data_o = {3'd0, Locks, Threads, Cores};
      `LOCKARB_LIMITS_OFFSET: s1_data_o = {23'd0, Statistics != 0, 3'd0, HoldBits};
      `LOCKARB_STATUS_OFFSET:
        s1_data_o = {26'd0, user_error_valid_q, error_valid_q, s1_deliverable_i != 3'd0, s1_grant_valid,
                     irq[s1_core], sweeping_i};
      `LOCKARB_TIME_LO_OFFSET, `LOCKARB_TIME_HI_OFFSET: s1_data_o = s1_time_q;
      `LOCKARB_CONTROL_OFFSET: s1_data_o = {31'd0, aperture_q[s1_core]};
      `LOCKARB_CURRENT_THREAD_OFFSET, `LOCKARB_OPERAND_OFFSET:
        s1_data_o = {!s1_bad_thread_i, 22'd0, s1_thread_i};
      `LOCKARB_GRANT_OFFSET:
        if (s1_grant_valid)
          s1_data_o = {1'b1, s1_bad_word_i, 5'd0, s1_thread_i, 4'd0, s1_lock_field[11:0]};
      `LOCKARB_TAKE_OFFSET:
        if (s1_grant_valid)
          s1_data_o = {1'b1, s1_bad_word_i, s1_taken, any_error, 3'd0, s1_thread_i, 4'd0,
                       s1_lock_field[11:0]};
        else s1_data_o = {3'd0, any_error, s1_waits, 27'd0};
      `LOCKARB_ERROR_OFFSET: if (error_valid_q) s1_data_o = {1'b1, error_q};
      `LOCKARB_APC_MASK_OFFSET: s1_data_o = s1_mask_i;
      `LOCKARB_IRQL_OFFSET: s1_data_o = {27'd0, s1_irql_i};
      `LOCKARB_APC_PENDING_OFFSET: s1_data_o = {22'd0, s1_pending_i[4:3], 5'd0, s1_pending_i[2:0]};
      `LOCKARB_APC_DELIVERABLE_OFFSET: s1_data_o = {29'd0, s1_deliverable_i};
      `LOCKARB_USER_ERROR_OFFSET:
        if (user_error_valid_q)
          s1_data_o = {1'b1, user_error_status, user_error_core_field[4:0], user_error_thread_field[8:0],
                       user_error_lock_field[11:0]};
      `LOCKARB_ARM_OFFSET: s1_data_o = {armed_q[s1_core], 12'd0, s1_word_i[18:2], 2'd0};
      `LOCKARB_ANSWER_OFFSET, `LOCKARB_USER_ANSWER_OFFSET: s1_data_o = s1_word_i;
      default: there = 1'b0;
    endcase
    if (s1_of_statistics) s1_data_o = s1_statistics_i;
  end

  // What may be written, and what unprivileged code may read.
  reg writable, unprivileged;
  always @* begin
    writable = 1'b0;
    unprivileged = 1'b0;
    case ({12'd0, s1_offset[6:0]})
      `LOCKARB_ID_OFFSET, `LOCKARB_PARAMS_OFFSET, `LOCKARB_LIMITS_OFFSET, `LOCKARB_STATUS_OFFSET,
      `LOCKARB_TIME_LO_OFFSET, `LOCKARB_TIME_HI_OFFSET: unprivileged = 1'b1;
      `LOCKARB_CURRENT_THREAD_OFFSET:
        writable = !wdata_i[31] || {1'b0, wdata_i[8:0]} < Threads && !s1_elsewhere_q;
      `LOCKARB_CONTROL_OFFSET, `LOCKARB_OPERAND_OFFSET, `LOCKARB_GRANT_OFFSET, `LOCKARB_ERROR_OFFSET,
      `LOCKARB_APC_MASK_OFFSET, `LOCKARB_IRQL_OFFSET, `LOCKARB_APC_PENDING_OFFSET,
      `LOCKARB_USER_ERROR_OFFSET, `LOCKARB_ARM_OFFSET, `LOCKARB_ANSWER_OFFSET: writable = 1'b1;
      `LOCKARB_USER_ANSWER_OFFSET: begin
        writable = 1'b1;
        unprivileged = 1'b1;
      end
      default: ;
    endcase
  end

  wire s1_own = AllOps[s1_op] && !PrivilegedOps[s1_op];  // what a thread may do to its own locks
  wire register_refused = s1_offset[18:7] != 12'd0 || (s1_write_i
      ? !writable || !s1_privileged_i || !wfull_i
      : !there || !(s1_privileged_i || unprivileged));
  wire command_refused = (s1_write_i ? !s1_issue_i || !wfull_i : !aperture_q[s1_core])
      || s1_addr_i[1:0] != 2'd0 || !(s1_privileged_i || s1_own && s1_user_lock_i);
  assign s1_fault_o = {1'b0, s1_addr_i[24:20]} >= Cores
      || CheckUser != 0 && s1_user_i != s1_addr_i[24:20]
      || (s1_command ? command_refused
          : s1_of_statistics ? statistics_refused : register_refused);

`ifdef FORMAL
`include "lockarb_regs_props.vh"
`endif

endmodule

`default_nettype wire
