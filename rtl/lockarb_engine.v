// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_engine: carries out one access per clock, in order, on rows in block RAM.
//
// Policy
//   - This file connects: lockarb_pipeline decides which access moves and whether a command may run,
//     lockarb_command what it does, lockarb_walker goes on where that takes more than one clock, and
//     lockarb_store has the words of locks and threads. It is a module since the four are proved together.
//
// Timing
//   - One command per clock from different cores to different locks, one per three clocks on one lock
//     or from one core.
//   - What the walker does is added to that.
//   - The interrupt of the first granted thread rises in the clock after S2.
module lockarb_engine #(
    parameter NumThreads = 64,
    parameter NumLocks = 256,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter RamStage = 0,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,            // synchronous, active low

    input  wire [         31:0] time_i,            // for statistics

    // S0, from lockarb_axil; address, write flag and so on as a register access sees them.
    input  wire                 s0_valid_i,
    input  wire                 s0_write_i,
    input  wire                 s0_issue_i,       // the write issues the command that the address names
    input  wire                 s0_privileged_i,
    input  wire [          4:0] s0_user_i,
    input  wire [         24:0] s0_addr_i,
    output wire                 s0_ready_o,
    input  wire [          8:0] s0_thread_i,      // the thread that the access is about;
    input  wire                 s0_grant_i,       //   not this one,
    input  wire [ThreadWidth-1:0] s0_head_i,      //   but this one, whose grant is the oldest of the core
    input  wire                 s0_bad_thread_i,  // there is no such thread
    output wire                 s0_read_o,          // the RAMs read for the access in S0
    output wire                 stage_o,            // level: with RamStage, S1 takes over what was read

    // S1: the access, and what the RAMs say of it.
    output wire                 s1_write_o,
    output wire                 s1_issue_o,
    output wire                 s1_privileged_o,
    output wire [          4:0] s1_user_o,
    output wire [         24:0] s1_addr_o,
    output wire [          8:0] s1_thread_o,
    output wire                 s1_bad_thread_o,
    output wire                 s1_user_lock_o,    // the lock is of the class user
    output wire [LockWidth-1:0] s1_thread_lock_o,  // the lock that the thread waits for or was granted
    output wire                 s1_bad_word_o,     //   this has the wrong parity
    output wire                 s1_idle_o,         //   or it does neither
    output wire [         31:0] s1_statistics_o,   // the word of statistics that the address names
    output wire                 s1_take_o,         // the access goes on to S2
    input  wire                 s1_fault_i,        // refuse it with a bus error
    input  wire                 s1_armed_i,        // the core's ARM names this command
    input  wire                 s1_irql_high_i,    // the core is above APC_LEVEL
    input  wire [         31:0] s1_reg_data_i,     // the register, should this be its read
    input  wire                 s1_removes_i,      //   which removes the grant that it shows

    // S2: effects on what lockarb holds, one-clock pulses.
    output wire [          4:0] s2_core_o,        // the core of the access
    output wire                 reg_write_o,       // a register write or read of TAKE that does something,
                                                   //   one clock later
    output wire [          6:0] s2_offset_o,      // the register, while reg_write_o
    output wire                 s2_answer_write_o,    // a command that a write issued answers rsp_data_o
    output wire                 s2_mask_move_o,       // K of the core moves
    output wire                 s2_mask_up_o,         //   up, else down
    output wire                 s2_refused_o,         // a command was refused:
    output wire                 s2_privileged_o,
    output wire [          4:0] s2_status_o,
    output wire [          8:0] s2_thread_o,
    output wire [         11:0] s2_lock_o,
    input  wire                 s2_pointer_i,     // OPERAND of the core: its pointer bit,
    input  wire [ThreadWidth-1:0] s2_operand_i,   //   its thread

    // Grants.
    output wire                 push_o,
    output wire [CoreWidth-1:0] push_core_o,
    output wire [ThreadWidth-1:0] push_thread_o,
    input  wire                 grant_removed_i,   // with reg_write_o: the grant of the thread is taken

    // The answer, to lockarb_axil.
    output wire                 rsp_valid_o,
    output wire                 rsp_write_o,
    output wire                 rsp_error_o,
    output wire [         31:0] rsp_data_o,

    output wire                 clearing_o,        // the sweep after reset is at the registers of
    output wire [CoreWidth+1:0] clear_at_o,        //   this {word, core}
    output wire                 sweeping_o,        // the sweep after reset runs
    output wire                 busy_o
);

  // Counts of threads: owners and waiters of one lock can be all of them.
  localparam CountWidth = $clog2(NumThreads + 1);
  // A row of lockarb_store, which says what is where.
  localparam RowWidth = 4 + 3 * (CountWidth + 1) + 4 * (ThreadWidth + 1);

  // What stands in which stage.
  wire run, long_done, commit, s2_valid, forgetting, statistics_busy, s0_statistics;
  wire [LockWidth-1:0] sweep_lock;
  wire [LockWidth-1:0] s0_lock = s0_addr_i[2+:LockWidth];
  wire [ThreadWidth-1:0] s2_thread = s2_thread_o[ThreadWidth-1:0];
  wire [LockWidth-1:0] s2_lock = s2_lock_o[LockWidth-1:0];

  // Words that were read. A link is {bad, thread}.
  wire [RowWidth-1:0] s1_row;
  wire [HoldWidth-1:0] hold;
  wire bad_row, bad_hold, thread_idle, thread_waiting, thread_exclusive;
  wire [ThreadWidth:0] next, walk_next;

  assign s1_idle_o = thread_idle;
  assign stage_o = run;

  // From S1 into S2.
  wire [4:0] s1_op, s1_refusal;
  wire [9:0] s1_may;
  wire s1_counts, s1_no_counts, s1_waits_here, s1_live, s1_user;
  wire s1_data_valid;
  wire [31:0] s1_data;
  wire [ThreadWidth-1:0] s1_head;

  // What the command does.
  wire long, queue, queue_exclusive, behind, row_write, head_leaves, hold_write;
  wire [RowWidth-1:0] row;
  wire [HoldWidth-1:0] hold_d;
  wire [ThreadWidth-1:0] tail, first;
  wire grant_head, grant_batch, cancel, set_owner, give, forget, stopped, waits_exclusive;
  wire [CountWidth-1:0] shared, acquired, waiters;
  wire [ThreadWidth:0] head, shared_head, exclusive_head;
  wire counted, begins, ended, handed;

  // What the walker does.
  wire bad_found, owner_bad, owner_owns, found_head, walk_row_write, leave_bad;
  wire walk_hold_read, walk_hold_check, walk_hold_write, walk_read;
  wire walk_grant, walk_count, walk_give, walk_unlink, walk_forget;
  wire [ThreadWidth:0] walk, link;
  wire [LockWidth-1:0] walk_lock;
  wire [ThreadWidth-1:0] walk_raddr;

  // What is granted, and what of it is on its way.
  wire push;
  wire [ThreadWidth-1:0] push_thread;
  wire [CoreWidth-1:0] push_core;
  wire push_late;

  // Whose words are read. What goes to the RAMs has the longest way, so the walker's thread comes in with the
  // one that is known early, not behind both.
  wire [ThreadWidth-1:0] s0_early = run ? s0_head_i : walk[ThreadWidth-1:0];
  wire [ThreadWidth+8:0] s0_early_field = {9'd0, s0_early};
  wire [8:0] s0_thread = s0_grant_i || !run ? s0_early_field[8:0] : s0_thread_i;

  lockarb_pipeline #(
      .NumLocks(NumLocks), .HoldWidth(HoldWidth), .Statistics(Statistics), .RamStage(RamStage),
      .CoreWidth(CoreWidth), .ThreadWidth(ThreadWidth), .LockWidth(LockWidth)
  ) u_pipeline (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .s0_valid_i(s0_valid_i), .s0_write_i(s0_write_i), .s0_issue_i(s0_issue_i),
      .s0_privileged_i(s0_privileged_i), .s0_user_i(s0_user_i), .s0_addr_i(s0_addr_i),
      .s0_thread_i(s0_thread), .s0_bad_thread_i(s0_bad_thread_i),
      .s0_ready_o(s0_ready_o), .s0_read_o(s0_read_o), .s0_statistics_o(s0_statistics),
      .run_i(run), .long_done_i(long_done), .sweeping_i(sweeping_o), .clearing_i(clearing_o),
      .forgetting_i(forgetting), .statistics_busy_i(statistics_busy),
      .push_late_i(push_late), .busy_o(busy_o),
      .s1_write_o(s1_write_o), .s1_issue_o(s1_issue_o),
      .s1_privileged_o(s1_privileged_o), .s1_user_o(s1_user_o), .s1_addr_o(s1_addr_o),
      .s1_thread_o(s1_thread_o), .s1_bad_thread_o(s1_bad_thread_o),
      .s1_user_lock_o(s1_user_lock_o), .s1_take_o(s1_take_o),
      .s1_fault_i(s1_fault_i), .s1_armed_i(s1_armed_i),
      .s1_irql_high_i(s1_irql_high_i), .s1_reg_data_i(s1_reg_data_i), .s1_removes_i(s1_removes_i),
      .row_live_i(s1_live), .row_user_i(s1_user), .bad_row_i(bad_row),
      .hold_i(hold), .bad_hold_i(bad_hold),
      .thread_idle_i(thread_idle), .thread_waiting_i(thread_waiting),
      .thread_lock_i(s1_thread_lock_o), .bad_thread_i(s1_bad_word_o),
      .s1_op_o(s1_op), .s1_may_o(s1_may), .s1_refusal_o(s1_refusal), .s1_counts_o(s1_counts),
      .s1_no_counts_o(s1_no_counts), .s1_data_valid_o(s1_data_valid), .s1_data_o(s1_data),
      .s1_waits_here_o(s1_waits_here),
      .s2_valid_o(s2_valid), .commit_o(commit), .s2_core_o(s2_core_o),
      .s2_thread_o(s2_thread_o), .s2_lock_o(s2_lock_o), .s2_privileged_o(s2_privileged_o),
      .s2_long_i(long), .s2_queue_i(queue),
      .reg_write_o(reg_write_o), .s2_offset_o(s2_offset_o),
      .s2_answer_write_o(s2_answer_write_o),
      .rsp_valid_o(rsp_valid_o), .rsp_write_o(rsp_write_o), .rsp_error_o(rsp_error_o)
  );

  lockarb_command #(
      .HoldWidth(HoldWidth), .ThreadWidth(ThreadWidth), .CountWidth(CountWidth), .RowWidth(RowWidth)
  ) u_command (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .run_i(run), .s1_take_i(s1_take_o), .s1_op_i(s1_op), .s1_may_i(s1_may),
      .s1_refusal_i(s1_refusal), .s1_counts_i(s1_counts),
      .s1_no_counts_i(s1_no_counts), .s1_data_valid_i(s1_data_valid), .s1_data_i(s1_data),
      .s1_row_i(s1_row), .s1_hold_i(hold),
      .s1_waits_here_i(s1_waits_here), .s1_waits_exclusive_i(thread_exclusive),
      .s1_head_o(s1_head), .s1_live_o(s1_live), .s1_user_o(s1_user),
      .commit_i(commit), .s2_thread_i(s2_thread),
      .walk_hold_check_i(walk_hold_check), .walk_hold_write_i(walk_hold_write),
      .bad_found_i(bad_found), .owner_bad_i(owner_bad), .owner_owns_i(owner_owns),
      .walk_count_i(walk_count), .walk_unlink_i(walk_unlink), .found_head_i(found_head),
      .walk_i(walk), .link_i(link), .leave_bad_i(leave_bad),
      .refused_o(s2_refused_o), .status_o(s2_status_o),
      .mask_move_o(s2_mask_move_o), .mask_up_o(s2_mask_up_o),
      .row_write_o(row_write), .row_o(row), .head_leaves_o(head_leaves),
      .hold_write_o(hold_write), .hold_o(hold_d),
      .long_o(long), .queue_o(queue), .queue_exclusive_o(queue_exclusive),
      .behind_o(behind), .tail_o(tail), .data_o(rsp_data_o),
      .grant_head_o(grant_head), .grant_batch_o(grant_batch), .cancel_o(cancel),
      .set_owner_o(set_owner), .give_o(give), .forget_o(forget), .stopped_o(stopped),
      .waits_exclusive_o(waits_exclusive), .shared_o(shared), .head_o(head),
      .shared_head_o(shared_head), .exclusive_head_o(exclusive_head),
      .event_o(counted), .begin_o(begins), .ended_o(ended), .handed_o(handed),
      .acquired_o(acquired), .first_o(first), .waiters_o(waiters)
  );

  lockarb_walker #(
      .NumThreads(NumThreads), .RamStage(RamStage), .ThreadWidth(ThreadWidth), .LockWidth(LockWidth),
      .CountWidth(CountWidth)
  ) u_walker (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .s2_valid_i(s2_valid), .s2_thread_i(s2_thread), .s2_lock_i(s2_lock),
      .s2_waits_exclusive_i(waits_exclusive), .s2_shared_i(shared),
      .s2_head_i(head), .s2_shared_head_i(shared_head),
      .s2_exclusive_head_i(exclusive_head),
      .s2_pointer_i(s2_pointer_i), .s2_operand_i(s2_operand_i),
      .s2_stopped_i(stopped), .grant_head_i(grant_head), .grant_batch_i(grant_batch),
      .cancel_i(cancel), .set_owner_i(set_owner), .give_i(give), .forget_i(forget),
      .next_i(next), .walk_next_i(walk_next),
      .hold_zero_i(hold == {HoldWidth{1'b0}}), .bad_hold_i(bad_hold),
      .thread_idle_i(thread_idle), .bad_thread_i(s1_bad_word_o),
      .run_o(run), .long_done_o(long_done), .bad_found_o(bad_found),
      .owner_bad_o(owner_bad), .owner_owns_o(owner_owns),
      .walk_o(walk), .link_o(link), .walk_lock_o(walk_lock),
      .walk_hold_read_o(walk_hold_read), .walk_hold_check_o(walk_hold_check),
      .walk_hold_write_o(walk_hold_write), .walk_read_o(walk_read), .walk_raddr_o(walk_raddr),
      .walk_grant_o(walk_grant), .walk_count_o(walk_count), .walk_give_o(walk_give),
      .walk_unlink_o(walk_unlink), .found_head_o(found_head), .walk_forget_o(walk_forget),
      .row_write_o(walk_row_write), .leave_bad_o(leave_bad),
      .push_o(push), .push_thread_o(push_thread)
  );

  lockarb_store #(
      .HoldWidth(HoldWidth), .Parity(Parity), .RamStage(RamStage), .CoreWidth(CoreWidth),
      .ThreadWidth(ThreadWidth), .LockWidth(LockWidth), .CountWidth(CountWidth), .RowWidth(RowWidth)
  ) u_store (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .sweeping_o(sweeping_o), .sweep_lock_o(sweep_lock),
      .clearing_o(clearing_o), .clear_at_o(clear_at_o), .run_i(run),
      .s0_read_i(s0_read_o), .s0_lock_i(s0_lock), .s0_thread_i(s0_thread[ThreadWidth-1:0]),
      .row_o(s1_row), .bad_row_o(bad_row), .hold_o(hold), .bad_hold_o(bad_hold),
      .thread_idle_o(thread_idle), .thread_waiting_o(thread_waiting),
      .thread_exclusive_o(thread_exclusive), .thread_lock_o(s1_thread_lock_o),
      .bad_thread_o(s1_bad_word_o),
      .s1_take_i(s1_take_o), .s1_head_i(s1_head),
      .next_o(next),
      .commit_i(commit), .s2_lock_i(s2_lock), .s2_thread_i(s2_thread),
      .s2_core_i(s2_core_o[CoreWidth-1:0]),
      .row_write_i(row_write || walk_row_write), .row_i(row), .head_leaves_i(head_leaves),
      .leave_bad_i(leave_bad), .hold_write_i(hold_write), .hold_i(hold_d),
      .queue_i(queue), .queue_exclusive_i(queue_exclusive), .behind_i(behind), .tail_i(tail),
      .grant_removed_i(reg_write_o && grant_removed_i),
      .walk_thread_i(walk[ThreadWidth-1:0]), .walk_last_i(link[ThreadWidth-1:0]),
      .walk_lock_i(walk_lock), .walk_hold_read_i(walk_hold_read), .walk_read_i(walk_read),
      .walk_raddr_i(walk_raddr), .walk_next_o(walk_next),
      .walk_grant_i(walk_grant), .walk_count_i(walk_count), .walk_give_i(walk_give),
      .walk_unlink_i(walk_unlink), .walk_forget_i(walk_forget), .forgetting_o(forgetting),
      .push_core_o(push_core)
  );

  // With RamStage a grant goes to its queue one clock later: its core comes straight out of a RAM.
  generate
    if (RamStage != 0) begin : g_stage
      reg push_q;
      reg [ThreadWidth-1:0] push_thread_q;
      reg [CoreWidth-1:0] push_core_q;
      always @(posedge clk_i) begin
        if (!rst_ni) push_q <= 1'b0;
        else push_q <= push;
      end
      always @(posedge clk_i) begin
        if (push) begin
          push_thread_q <= push_thread;
          push_core_q <= push_core;
        end
      end
      assign push_late = push_q;
      assign {push_o, push_thread_o, push_core_o} = {push_q, push_thread_q, push_core_q};
    end else begin : g_no_stage
      assign push_late = 1'b0;
      assign {push_o, push_thread_o, push_core_o} = {push, push_thread, push_core};
    end
  endgenerate

  generate
    if (Statistics != 0) begin : g_statistics
      lockarb_statistics #(
          .RamStage(RamStage), .ThreadWidth(ThreadWidth), .LockWidth(LockWidth), .CountWidth(CountWidth)
      ) u_statistics (
          .clk_i       (clk_i),
          .rst_ni      (rst_ni),
          .time_i      (time_i),
          .sweep_i     (sweeping_o),
          .sweep_lock_i(sweep_lock),
          .event_i     (counted),
          .lock_i      (s2_lock),
          .clear_i     (forget),
          .acquired_i  (acquired),
          .begin_i     (begins),
          .end_i       (ended),
          .queued_i    (queue),
          .handed_i    (handed),
          .thread_i    (first),
          .waiters_i   (waiters),
          .read_i      (s0_statistics),
          .read_lock_i (s0_addr_i[5+:LockWidth]),
          .read_word_i (s1_addr_o[4:2]),
          .word_o      (s1_statistics_o),
          .busy_o      (statistics_busy)
      );
    end else begin : g_no_statistics
      assign s1_statistics_o = 32'd0;
      assign statistics_busy = 1'b0;
      wire unused_statistics = &{1'b0, time_i, sweep_lock, counted, acquired, begins, ended, handed, first,
                                 waiters, s0_statistics};
    end
  endgenerate

`ifdef FORMAL
`include "lockarb_engine_props.vh"
`endif

endmodule

`default_nettype wire
