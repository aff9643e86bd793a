// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_pipeline: which access is in which stage, and may it run?
//
// Every access, commands and registers, goes down one pipeline, so that no two channels race:
//   S0  the access is held by lockarb_axil; the RAMs see its addresses
//   SR  with RamStage: the words of the RAMs go into the registers behind them
//   S1  lockarb_check says whether a command may run; the RAMs' words become the predicates that
//       lockarb_decide asks for; the RAMs of the queues see the thread that a release would grant
//   S2  decide, write back, push the first grant, answer: lockarb_command
//
// Policy
//   - Nothing is forwarded from row to row or from mask to mask: a command waits in S0 while a stage
//     behind it holds one on the same lock or from the same core. Register accesses and the commands that
//     take many clocks run alone. What is forwarded is that a thread just queued, so that no thread ever
//     waits twice.
//   - A command that needs a bad word is refused.
//
// Timing
//   - One access per clock, in order; while the walker goes nothing moves.
module lockarb_pipeline #(
    parameter NumLocks = 256,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter RamStage = 0,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,               // synchronous, active low

    // S0, from lockarb_axil; the thread from lockarb_regs.
    input  wire                   s0_valid_i,
    input  wire                   s0_write_i,
    input  wire                   s0_issue_i,
    input  wire                   s0_privileged_i,
    input  wire [            4:0] s0_user_i,
    input  wire [           24:0] s0_addr_i,
    output wire                   s0_ready_o,
    input  wire [            8:0] s0_thread_i,
    input  wire                   s0_bad_thread_i,
    output wire                   s0_read_o,            // the RAMs read
    output wire                   s0_statistics_o,      //   a row of the statistics

    // What moves, levels.
    input  wire                   run_i,                // the walker rests
    input  wire                   long_done_i,          // one-clock pulse: it is done with the command in S2
    input  wire                   sweeping_i,           // rows and threads are cleared
    input  wire                   clearing_i,           // registers of cores are cleared
    input  wire                   forgetting_i,         // the last hold count is forgotten
    input  wire                   statistics_busy_i,
    input  wire                   push_late_i,          // with RamStage: a grant is on its way to its queue
    output wire                   busy_o,

    // S1: the access, for lockarb_regs,
    output wire                   s1_write_o,
    output wire                   s1_issue_o,
    output wire                   s1_privileged_o,
    output wire [            4:0] s1_user_o,
    output wire [           24:0] s1_addr_o,
    output wire [            8:0] s1_thread_o,
    output wire                   s1_bad_thread_o,
    output wire                   s1_user_lock_o,
    output wire                   s1_take_o,            // it goes on to S2
    //   which says of it:
    input  wire                   s1_fault_i,
    input  wire                   s1_armed_i,
    input  wire                   s1_irql_high_i,
    input  wire [           31:0] s1_reg_data_i,
    input  wire                   s1_removes_i,         // the read removes the grant that it shows
    //   the words of lockarb_store,
    input  wire                   row_live_i,
    input  wire                   row_user_i,           // the class of the lock is user
    input  wire                   bad_row_i,
    input  wire [  HoldWidth-1:0] hold_i,
    input  wire                   bad_hold_i,
    input  wire                   thread_idle_i,
    input  wire                   thread_waiting_i,
    input  wire [  LockWidth-1:0] thread_lock_i,
    input  wire                   bad_thread_i,
    //   and what lockarb_command takes.
    output wire [            4:0] s1_op_o,
    output wire [            9:0] s1_may_o,             // {acquire, release, ..., drain}: what runs
    output wire [            4:0] s1_refusal_o,
    output wire                   s1_counts_o,
    output wire                   s1_no_counts_o,
    output wire                   s1_data_valid_o,      // it answers
    output wire [           31:0] s1_data_o,            //   this
    output wire                   s1_waits_here_o,

    // S2: the access, and what lockarb_command says of it.
    output wire                   s2_valid_o,
    output wire                   commit_o,             // one-clock pulse: it is decided
    output wire [            4:0] s2_core_o,
    output wire [            8:0] s2_thread_o,
    output wire [           11:0] s2_lock_o,            // of a register access, its word in the window
    output wire                   s2_privileged_o,
    input  wire                   s2_long_i,            // it takes more than this clock
    input  wire                   s2_queue_i,           // its thread is queued

    // Its effects, one-clock pulses.
    output wire                   reg_write_o,
    output wire [            6:0] s2_offset_o,
    output wire                   s2_answer_write_o,
    output wire                   rsp_valid_o,
    output wire                   rsp_write_o,
    output wire                   rsp_error_o
);

`include "lockarb_regs.vh"

  // A constant with a width of its own, to compare with.
  localparam [12:0] Locks = NumLocks[12:0];
  // What takes many clocks: bit n is operation n.
  localparam [31:0] AloneOps = `LOCKARB_OPS_ALONE;

  reg s1_valid_q, s1_valid_d;
  reg s1_write_q, s1_issue_q, s1_privileged_q;
  reg [4:0] s1_user_q;
  reg [24:0] s1_addr_q;
  reg [8:0] s1_thread_q;
  reg s1_bad_thread_q, s1_bad_lock_q, s1_alone_q;

  // What S1 takes over: from S0, or from SR where there is one. {write, issue, privileged, user, address,
  // thread, there is no such thread, no such lock, it runs alone}
  localparam AccessWidth = 45;
  wire [AccessWidth-1:0] to_s1;
  wire to_s1_valid, to_s1_load;
  // SR holds an access that one in S0 has to wait for; it holds one at all.
  wire sr_holds_up, sr_valid;

  reg s2_valid_q, s2_valid_d;
  reg s2_reg_write_q, s2_fault_q, s2_write_q, s2_issue_q, s2_privileged_q, s2_alone_q;
  reg [4:0] s2_core_q;
  reg [11:0] s2_lock_q;
  reg [8:0] s2_thread_q;

  // A register write, or a read that removes a grant, takes effect in the clock after S2, while nothing
  // follows it.
  reg reg_write_q;

  // Whether the command before the one in S1 queued its thread, whose state in the RAM was read too early
  // then.
  reg last_queued_q;
  reg [ThreadWidth-1:0] last_thread_q;
  // The same of the one before that, with RamStage.
  wire before_queued, before_match;

  wire [LockWidth-1:0] s2_lock = s2_lock_q[LockWidth-1:0];
  wire [ThreadWidth-1:0] s2_thread = s2_thread_q[ThreadWidth-1:0];
  wire commit = s2_valid_q && run_i;

  // ---------------------------------------------------------------------------------------- S0
  wire s0_command = s0_addr_i[19];
  wire [CoreWidth-1:0] s0_core = s0_addr_i[20+:CoreWidth];
  wire [LockWidth-1:0] s0_lock = s0_addr_i[2+:LockWidth];
  wire s0_alone = !s0_command || s0_write_i || AloneOps[s0_addr_i[18:14]];
  // A statistic waits until nothing is on its way into it.
  wire s0_statistics = Statistics != 0 && !s0_command && s0_addr_i[18];
  wire s0_waits = sr_holds_up || s1_valid_q && (s0_alone || s1_alone_q || s0_lock == s1_addr_q[2+:LockWidth]
          || s0_core == s1_addr_q[20+:CoreWidth])
      || s2_valid_q && (s0_alone || s2_alone_q || s0_lock == s2_lock
          || s0_core == s2_core_q[CoreWidth-1:0])
      || reg_write_q || forgetting_i || s0_command && sweeping_i || clearing_i
      || s0_statistics && (sweeping_i || statistics_busy_i) || s0_alone && push_late_i;
  wire s0_go = run_i && !s0_waits;

  assign s0_ready_o = s0_go;
  assign s0_read_o = run_i && s0_valid_i;
  assign s0_statistics_o = s0_read_o && s0_statistics;

  wire [AccessWidth-1:0] s0_access = {s0_write_i, s0_issue_i, s0_privileged_i, s0_user_i, s0_addr_i,
                                      s0_thread_i, s0_bad_thread_i,
                                      {1'b0, s0_addr_i[13:2]} >= Locks, s0_alone};

  // ---------------------------------------------------------------------------------------- SR
  generate
    if (RamStage != 0) begin : g_stage
      reg sr_valid_q, before_queued_q;
      reg [AccessWidth-1:0] sr_q;
      reg [ThreadWidth-1:0] before_thread_q;
      wire [LockWidth-1:0] sr_lock = sr_q[14+:LockWidth];
      wire [CoreWidth-1:0] sr_core = sr_q[32+:CoreWidth];
      always @(posedge clk_i) begin
        if (!rst_ni) begin
          sr_valid_q <= 1'b0;
          before_queued_q <= 1'b0;
        end else if (run_i) begin
          sr_valid_q <= s0_valid_i && s0_go;
          before_queued_q <= last_queued_q;
        end
      end
      always @(posedge clk_i) begin
        if (s0_read_o) sr_q <= s0_access;
        if (run_i && last_queued_q) before_thread_q <= last_thread_q;
      end
      assign sr_valid = sr_valid_q;
      assign sr_holds_up = sr_valid_q && (s0_alone || sr_q[0] || s0_lock == sr_lock || s0_core == sr_core);
      assign to_s1 = sr_q;
      assign to_s1_valid = sr_valid_q;
      assign to_s1_load = run_i;
      assign before_queued = before_queued_q;
      assign before_match = before_queued_q && before_thread_q == s1_thread_q[ThreadWidth-1:0];
    end else begin : g_no_stage
      assign {sr_valid, sr_holds_up} = 2'b00;
      assign to_s1 = s0_access;
      assign to_s1_valid = s0_valid_i && s0_go;
      assign to_s1_load = s0_read_o;
      assign {before_queued, before_match} = 2'b00;
    end
  endgenerate

  // ---------------------------------------------------------------------------------------- S1
  wire s1_take = run_i && s1_valid_q;
  wire s1_command = s1_addr_q[19] && !s1_fault_i;
  wire [4:0] s1_op = s1_addr_q[18:14];
  wire s1_just_queued = s2_valid_q && s2_queue_i && s2_thread == s1_thread_q[ThreadWidth-1:0]
      || last_queued_q && last_thread_q == s1_thread_q[ThreadWidth-1:0] || before_match;
  // A thread that just queued was perhaps read while it was written.
  wire s1_bad_word = bad_hold_i || bad_thread_i && !s1_just_queued;
  wire [4:0] refusal;
  wire may_acquire, may_release, may_convert, may_set_owner, may_hold_count;
  wire may_initialize, may_reinitialize, may_delete, may_cancel, may_drain;

  lockarb_check u_check (
      .command_i    (s1_command),
      .op_i         (s1_op),
      .armed_i      (s1_armed_i),
      .bad_row_i    (bad_row_i),
      .bad_word_i   (s1_bad_word),
      .bad_thread_i (s1_bad_thread_q),
      .thread_busy_i(!thread_idle_i || s1_just_queued),
      .irql_high_i  (s1_irql_high_i),
      .bad_lock_i   (s1_bad_lock_q),
      .live_i       (row_live_i),
      .refusal_o    (refusal),
      .acquire_o    (may_acquire),
      .release_o    (may_release),
      .convert_o    (may_convert),
      .set_owner_o  (may_set_owner),
      .hold_count_o (may_hold_count),
      .initialize_o (may_initialize),
      .reinitialize_o(may_reinitialize),
      .delete_o     (may_delete),
      .cancel_o     (may_cancel),
      .drain_o      (may_drain)
  );

  wire [HoldWidth+26:0] hold_field = {27'd0, hold_i};
  assign s1_op_o = s1_op;
  assign s1_may_o = {may_acquire, may_release, may_convert, may_set_owner, may_hold_count,
                     may_initialize, may_reinitialize, may_delete, may_cancel, may_drain};
  assign s1_refusal_o = refusal;
  assign s1_counts_o = s1_command && s1_op != `LOCKARB_OP_HOLD_COUNT;
  // A number beyond the locks reads a row that is another lock's: it has no counts to show, and a bad
  // row has none that are true.
  assign s1_no_counts_o = s1_bad_lock_q || bad_row_i;
  assign s1_data_valid_o = may_hold_count || !s1_addr_q[19] && !s1_fault_i;
  assign s1_data_o = s1_addr_q[19] ? {hold_field[26:0], 5'd0} : s1_reg_data_i;
  assign s1_waits_here_o = thread_waiting_i && thread_lock_i == s1_addr_q[2+:LockWidth];

  assign s1_write_o = s1_write_q;
  assign s1_issue_o = s1_issue_q;
  assign s1_privileged_o = s1_privileged_q;
  assign s1_user_o = s1_user_q;
  assign s1_addr_o = s1_addr_q;
  assign s1_thread_o = s1_thread_q;
  assign s1_bad_thread_o = s1_bad_thread_q;
  assign s1_user_lock_o = row_user_i && !s1_bad_lock_q;
  assign s1_take_o = s1_take;

  // --------------------------------------------------------------------------------- next state
  always @* begin
    s1_valid_d = s1_valid_q;
    s2_valid_d = s2_valid_q;
    if (run_i) begin
      s1_valid_d = to_s1_valid;
      s2_valid_d = s1_valid_q || s2_valid_q && s2_long_i;
    end
    if (long_done_i) s2_valid_d = 1'b0;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      last_queued_q <= 1'b0;
      reg_write_q <= 1'b0;
    end else begin
      s1_valid_q <= s1_valid_d;
      s2_valid_q <= s2_valid_d;
      if (run_i) last_queued_q <= s2_valid_q && s2_queue_i;
      reg_write_q <= commit && s2_reg_write_q;
    end
  end

  always @(posedge clk_i) begin
    if (commit) last_thread_q <= s2_thread;
    if (to_s1_load) begin
      {s1_write_q, s1_issue_q, s1_privileged_q, s1_user_q, s1_addr_q, s1_thread_q,
       s1_bad_thread_q, s1_bad_lock_q, s1_alone_q} <= to_s1;
    end
    if (s1_take) begin
      s2_reg_write_q <= (s1_write_q || s1_removes_i) && !s1_addr_q[19] && !s1_fault_i;
      s2_fault_q <= s1_fault_i;
      s2_write_q <= s1_write_q;
      s2_issue_q <= s1_issue_q;
      s2_privileged_q <= s1_privileged_q;
      s2_alone_q <= s1_alone_q;
      s2_core_q <= s1_addr_q[24:20];
      s2_lock_q <= s1_addr_q[13:2];
      s2_thread_q <= s1_thread_q;
    end
    // The sweep writes the lock into the state of every thread, and the answer shows the rest, also before
    // the first access.
    if (!rst_ni) begin
      s2_fault_q <= 1'b0;
      s2_write_q <= 1'b0;
      s2_lock_q <= 12'd0;
    end
  end

  // ---------------------------------------------------------------------------------------- S2
  assign s2_valid_o = s2_valid_q;
  assign commit_o = commit;
  assign s2_core_o = s2_core_q;
  assign s2_thread_o = s2_thread_q;
  assign s2_lock_o = s2_lock_q;
  assign s2_privileged_o = s2_privileged_q;
  assign reg_write_o = reg_write_q;
  assign s2_offset_o = {s2_lock_q[4:0], 2'b00};
  assign rsp_valid_o = commit && !s2_long_i || long_done_i;
  assign rsp_write_o = s2_write_q;
  assign rsp_error_o = s2_fault_q;
  // In each clock of the command, not in its last one alone, which is known late: nobody reads meanwhile.
  assign s2_answer_write_o = s2_valid_q && s2_issue_q && !s2_fault_q;

  assign busy_o = sweeping_i || !run_i || sr_valid || s1_valid_q || s2_valid_q || reg_write_q || forgetting_i
      || last_queued_q || before_queued || statistics_busy_i
      || push_late_i;

endmodule

`default_nettype wire
