// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb_engine: pipeline, command, walker and store together are flat locks, on which one
// command after the other is carried out. All locks and all threads are followed.

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

`include "lockarb_regs.vh"

  // What is seen of the modules inside; tests/formal/prove.py connects each to the signal of its name there.
  localparam FRowsWidth = LockWidth > ThreadWidth ? LockWidth : ThreadWidth;
  localparam FSweepWidth = (FRowsWidth > CoreWidth + 2 ? FRowsWidth : CoreWidth + 2) + 1;
  (* keep, tap = "u_pipeline." *) wire s1_valid_q, s1_write_q, s1_bad_thread_q, s1_bad_lock_q, s1_alone_q;
  (* keep, tap = "u_pipeline." *) wire s1_take, s1_just_queued, sr_valid, last_queued_q;
  (* keep, tap = "u_pipeline." *) wire [ThreadWidth-1:0] last_thread_q;
  (* keep, tap = "u_pipeline." *) wire [44:0] to_s1;
  (* keep, tap = "u_pipeline." *) wire s2_valid_q, s2_write_q, s2_alone_q, s2_reg_write_q, reg_write_q;
  (* keep, tap = "u_pipeline." *) wire [24:0] s1_addr_q;
  (* keep, tap = "u_pipeline." *) wire [8:0] s1_thread_q, s2_thread_q;
  (* keep, tap = "u_pipeline." *) wire [4:0] s2_core_q;
  (* keep, tap = "u_pipeline." *) wire [11:0] s2_lock_q;
  (* keep, tap = "u_command." *) wire s2_acquire_q, s2_release_q, s2_convert_q;
  (* keep, tap = "u_command." *) wire s2_set_owner_q, s2_hold_count_q;
  (* keep, tap = "u_command." *) wire s2_initialize_q, s2_reinitialize_q, s2_delete_q;
  (* keep, tap = "u_command." *) wire s2_cancel_q, s2_drain_q;
  (* keep, tap = "u_command." *) wire s2_counts_q, s2_waits_here_q, s2_waits_exclusive_q;
  (* keep, tap = "u_command." *) wire s2_user_q, s2_exclusive_q;
  (* keep, tap = "u_command." *) wire s2_writer_first_q, s2_owners_zero_q, s2_owners_one_q, s2_sw_q, s2_ew_q;
  (* keep, tap = "u_command." *) wire s2_ew_one_q, s2_hold_zero_q, s2_hold_one_q, s2_hold_full_q;
  (* keep, tap = "u_command." *) wire refused, row_we, hold_we, owners_clear;
  (* keep, tap = "u_command." *) wire user, live, exclusive, writer_first;
  (* keep, tap = "u_command." *) wire row_user, row_live, row_exclusive, row_writer_first;
  (* keep, tap = "u_command." *) wire [31:0] s2_data_q;
  (* keep, tap = "u_command." *) wire s2_data_valid_q;
  (* keep, tap = "u_command." *) wire [4:0] s2_op_q, s2_refusal_q;
  (* keep, tap = "u_command." *) wire [CountWidth:0] s2_owners_q, s2_shared_q, s2_exclusive_count_q;
  (* keep, tap = "u_command." *) wire [CountWidth:0] owners_d, shared_d, exclusive_count_d;
  (* keep, tap = "u_command." *) wire [CountWidth:0] row_owners, row_shared, row_exclusive_count;
  (* keep, tap = "u_command." *) wire [ThreadWidth:0] s2_head_q, s2_shared_head_q, s2_shared_tail_q;
  (* keep, tap = "u_command." *) wire [ThreadWidth:0] s2_exclusive_head_q, s2_exclusive_tail_q;
  (* keep, tap = "u_command." *) wire [ThreadWidth:0] row_shared_head, row_shared_tail;
  (* keep, tap = "u_command." *) wire [ThreadWidth:0] row_exclusive_head, row_exclusive_tail;
  (* keep, tap = "u_command." *) wire [HoldWidth-1:0] s2_hold_q, s2_hold_step_q;
  (* keep, tap = "u_walker." *) wire found_head_q, owner_bad_q, owner_owns_q, looks;
  (* keep, tap = "u_walker." *) wire [3:0] state_q;
  (* keep, tap = "u_walker." *) wire [ThreadWidth:0] walk_q, link_q;
  (* keep, tap = "u_walker." *) wire [LockWidth-1:0] walk_lock_q;
  (* keep, tap = "u_walker.walk_left_q" *) wire [CountWidth:0] f_walk_left;
  wire [CountWidth-1:0] walk_left_q = f_walk_left[CountWidth-1:0] + 1'b1;
  (* keep, tap = "u_store." *) wire sweeping;
  (* keep, tap = "u_store." *) wire [FSweepWidth-1:0] sweep_q;
  (* keep, tap = "u_store." *) wire [1:0] thread_state;
  (* keep, tap = "u_store." *) wire [RowWidth+1:0] row_read;
  (* keep, tap = "u_store." *) wire [HoldWidth:0] hold_read;
  (* keep, tap = "u_store." *) wire [3+LockWidth:0] thread_read;
  (* keep, tap = "u_store." *) wire [CoreWidth:0] core_word, walk_core_word;
  wire [LockWidth-1:0] thread_lock = s1_thread_lock_o;
  wire s2_grant_removed = reg_write_q && grant_removed_i;
  wire walking = walk_grant || walk_count;
  localparam [12:0] Locks = NumLocks[12:0];
  localparam [1:0] ThreadIdle = 2'd0;
  localparam [1:0] ThreadWaiting = 2'd1;
  localparam [1:0] ThreadGranted = 2'd2;
  localparam [3:0] Run = 4'b0000;
  localparam [3:0] Grant = 4'b1000;
  localparam [3:0] Forget = 4'b1001;
  localparam [3:0] FindRead = 4'b1010;
  localparam [3:0] Find = 4'b1011;
  localparam [3:0] Unlink = 4'b1100;
  localparam [3:0] HoldRead = 4'b1101;
  localparam [3:0] HoldCheck = 4'b1110;
  localparam [3:0] HoldWrite = 4'b1111;

  // The words of the RAMs; tests/formal/prove.py connects them. Their fields are named here only.
  localparam FSlots = 1 << ThreadWidth;
  localparam FRowWidth = 4 + 3 * CountWidth + 4 * ThreadWidth;
  (* keep *) wire [(1<<LockWidth)*FRowWidth-1:0] f_words_u_row;
  (* keep *) wire [(FSlots<<LockWidth)*HoldWidth-1:0] f_words_u_hold;
  (* keep *) wire [FSlots*(3+LockWidth)-1:0] f_words_u_thread;
  (* keep *) wire [FSlots*ThreadWidth-1:0] f_words_u_next, f_words_u_walk_next;
  (* keep *) wire [FSlots*CoreWidth-1:0] f_words_u_core, f_words_u_walk_core;

  // ------------------------------------------------------------------ what stands before the engine
  // Accesses as lockarb makes them: kept until accepted, with a thread that exists or is called bad.
  wire f_stalled = s0_valid_i && !s0_ready_o;
  reg f_was_stalled;
  reg [32+9+1-1:0] f_was_access;
  wire [32+9+1-1:0] f_access = {s0_write_i, s0_issue_i, s0_privileged_i, s0_user_i, s0_addr_i,
      s0_thread_i, s0_bad_thread_i};
  reg f_s2_was_valid;
  reg [ThreadWidth:0] f_was_operand;
  always @(posedge clk_i) begin
    f_was_stalled <= rst_ni && f_stalled;
    f_was_access <= f_access;
    f_s2_was_valid <= rst_ni && s2_valid_q;
    f_was_operand <= {s2_pointer_i, s2_operand_i};
  end
  always @* begin
    if (!$initstate) begin
      `ENGINE_INPUT(!f_was_stalled || s0_valid_i
          && f_access[41:10] == f_was_access[41:10]);
      `ENGINE_INPUT(!s0_addr_i[19] || !s0_grant_i && (s0_bad_thread_i || s0_thread_i < NumThreads));
      // OPERAND changes only by a register write, which runs alone. Behind a hand-off another core's may be
      // next.
      `ENGINE_INPUT(!f_s2_was_valid || state_q == Run || state_q == Grant
          || {s2_pointer_i, s2_operand_i} == f_was_operand);
      `ENGINE_INPUT(!s2_set_owner_q || !s2_valid_q || s2_operand_i < NumThreads);
      // A grant is removed by a register write, of a thread that was told of one: lockarb_grant, FV-21.
      `ENGINE_INPUT(!s2_grant_removed || f_told[s2_thread]);
    end
  end

  // Its counters have room for more than there can be, whatever width the engine gives to its own.
  localparam FCountWidth = CountWidth + 1;
  localparam FHoldWidth = HoldWidth + 1;
  localparam [FHoldWidth-1:0] FHoldMost = (1 << HoldWidth) - 1;

  // Of each thread: at any lock, from when it is queued until it gives up or its grant is removed; and
  // whether its core was told of a grant that is not removed.
  reg [FSlots-1:0] f_busy, f_told;
  genvar f_l, f_t, f_u;
  generate
    for (f_t = 0; f_t < FSlots; f_t = f_t + 1) begin : g_slot
      wire mine = s2_thread == f_t;
      always @(posedge clk_i) begin
        if (!rst_ni) begin
          f_busy[f_t] <= 1'b0;
          f_told[f_t] <= 1'b0;
        end else begin
          if (commit && queue && mine) f_busy[f_t] <= 1'b1;
          else if ((walk_unlink || s2_grant_removed) && mine) f_busy[f_t] <= 1'b0;
          if (push && push_thread == f_t) f_told[f_t] <= 1'b1;
          else if (s2_grant_removed && mine) f_told[f_t] <= 1'b0;
        end
      end
    end
  endgenerate

  function [FCountWidth-1:0] f_number;
    input [FSlots-1:0] set;
    integer i;
    begin
      f_number = {FCountWidth{1'b0}};
      for (i = 0; i < FSlots; i = i + 1) f_number = f_number + set[i];
    end
  endfunction

  // The command in S2 as it came: what the engine was told of it in S1.
  reg f_of_aperture, f_is_command, f_armed, f_bad_thread, f_irql_high, f_reg_effect;
  always @(posedge clk_i) begin
    if (s1_take) begin
      f_of_aperture <= s1_addr_q[19];
      f_is_command <= s1_addr_q[19] && !s1_fault_i;
      f_reg_effect <= !s1_addr_q[19] && !s1_fault_i && (s1_write_q || s1_removes_i);
      f_armed <= s1_armed_i;
      f_bad_thread <= s1_bad_thread_q;
      f_irql_high <= s1_irql_high_i;
    end
  end
  // The one reason to refuse it before the tables are asked, or none. Of the contract, by the names of the
  // operations.
  wire f_initializes = s2_op_q == `LOCKARB_OP_INITIALIZE || s2_op_q == `LOCKARB_OP_INITIALIZE_USER
      || s2_op_q == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
      || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
  wire f_ends = s2_op_q == `LOCKARB_OP_REINITIALIZE || s2_op_q == `LOCKARB_OP_DELETE;
  wire f_for_operand = s2_op_q == `LOCKARB_OP_RELEASE_FOR || s2_op_q == `LOCKARB_OP_CANCEL
      || s2_op_q == `LOCKARB_OP_DRAIN;
  wire f_acquires = s2_op_q < 5'd16;
  wire f_for_itself = f_acquires || s2_op_q == `LOCKARB_OP_RELEASE
      || s2_op_q == `LOCKARB_OP_RELEASE_AND_LEAVE || s2_op_q == `LOCKARB_OP_CONVERT
      || s2_op_q == `LOCKARB_OP_SET_OWNER || s2_op_q == `LOCKARB_OP_HOLD_COUNT;
  wire f_arms = f_initializes || f_ends || f_for_operand || s2_op_q == `LOCKARB_OP_SET_OWNER;
  wire f_at_low_irql = f_acquires || s2_op_q == `LOCKARB_OP_RELEASE_AND_LEAVE
      || s2_op_q == `LOCKARB_OP_CONVERT || s2_op_q == `LOCKARB_OP_DELETE;

  // The access in SR, as lockarb_pipeline has it; its words have not gone into the registers behind the RAMs.
  localparam FStage = RamStage;
  wire sr = FStage != 0 && sr_valid;
  wire sr_write, sr_bad_thread, sr_bad_lock, sr_alone;
  wire [6:0] sr_rest;
  wire [24:0] sr_addr;
  wire [8:0] sr_thread;
  assign {sr_write, sr_rest, sr_addr, sr_thread, sr_bad_thread, sr_bad_lock, sr_alone} = to_s1;
  wire [ThreadWidth-1:0] f_sr_thread = sr_thread[ThreadWidth-1:0];
  wire [2+LockWidth:0] f_sr_word = f_words_u_thread[f_sr_thread*(3+LockWidth)+:3+LockWidth];
  // The walker sees what it read, in a clock more for it.
  wire f_second = FStage != 0 && looks;

  (* anyconst *) wire [ThreadWidth-1:0] f_me;
  localparam FStill = (3 + FStage) * NumThreads + 3 + 3 * FStage;
  wire f_work = s0_valid_i || sr || s1_valid_q || s2_valid_q;
  wire f_find = state_q == FindRead || state_q == Find || state_q == Unlink;
  wire f_one_by_one = state_q == HoldRead || state_q == HoldCheck || state_q == HoldWrite;
  wire f_long = !run && state_q != Grant;
  wire f_readers = f_one_by_one && !s2_set_owner_q;  // that a cancel freed
  wire [ThreadWidth-1:0] f_s1_thread = s1_thread_q[ThreadWidth-1:0];
  wire [2+LockWidth:0] f_s1_word = f_words_u_thread[f_s1_thread*(3+LockWidth)+:3+LockWidth];
  wire [1:0] f_s1_state = f_s1_word[LockWidth+1+:2];

  // What was pushed in the clock before.
  reg f_pushed;
  reg [ThreadWidth+CoreWidth-1:0] f_pushed_to;
  always @(posedge clk_i) begin
    f_pushed <= rst_ni && push;
    f_pushed_to <= {push_thread, push_core};
  end

  // What S2 may do, once it was not refused.
  wire [9:0] f_may = {s2_acquire_q, s2_release_q, s2_convert_q, s2_set_owner_q, s2_hold_count_q,
      s2_initialize_q, s2_reinitialize_q, s2_delete_q, s2_cancel_q, s2_drain_q};

  // Of the contract, by the names of the operations.
  function f_takes_long;
    input [4:0] op;
    f_takes_long = op > `LOCKARB_OP_CONVERT && op != `LOCKARB_OP_HOLD_COUNT
        && op <= `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
  endfunction

  // How the pipeline goes, whatever the lock.
  always @* begin
    if (!$initstate) begin
      assert (!(s1_valid_q && s2_valid_q) || !s1_alone_q && !s2_alone_q
          && s1_addr_q[2+:LockWidth] != s2_lock && s1_addr_q[20+:CoreWidth] != s2_core_q[CoreWidth-1:0]);
      assert (!s1_valid_q || s1_alone_q == (!s1_addr_q[19] || s1_write_q || f_takes_long(s1_op)));
      if (FStage != 0) begin
        assert (!(sr && s1_valid_q) || !sr_alone && !s1_alone_q && sr_addr[2+:LockWidth] != s1_addr_q[2+:LockWidth]
            && sr_addr[20+:CoreWidth] != s1_addr_q[20+:CoreWidth]);
        assert (!(sr && s2_valid_q) || !sr_alone && !s2_alone_q && sr_addr[2+:LockWidth] != s2_lock
            && sr_addr[20+:CoreWidth] != s2_core_q[CoreWidth-1:0]);
        assert (!sr || sr_alone == (!sr_addr[19] || sr_write || f_takes_long(sr_addr[18:14])));
        assert (!(sr && (f_long || reg_write_q)));
        assert (!(sr && state_q == Grant) || !sr_alone && !(sr_addr[2+:LockWidth] == walk_lock_q && sr_addr[19]));
        assert (!(sr && sr_addr[19]) || sr_bad_thread || sr_thread < NumThreads);
        assert (!sr || sr_bad_lock == ({1'b0, sr_addr[13:2]} >= Locks));
        assert (!(sr && sr_addr[19] && sweeping));
      end
      assert (run == (state_q == Run));
      assert (!s2_valid_q || s2_alone_q == (!f_of_aperture || s2_write_q || f_takes_long(s2_op_q)));
      assert (!s2_valid_q || f_of_aperture || !f_is_command);
      assert (run || {1'b0, walk_lock_q} < Locks);
      assert (!f_long || !s1_valid_q && s2_valid_q && s2_alone_q && s2_refusal_q == 5'd0 && f_is_command
          && walk_lock_q == s2_lock && !reg_write_q);
      assert (!reg_write_q || run && !s1_valid_q && !s2_valid_q && f_may == 10'd0);
      assert (!(s2_valid_q && s2_reg_write_q) || s2_alone_q && !f_is_command && run);
      assert (state_q != Grant || !(s1_valid_q && s1_addr_q[2+:LockWidth] == walk_lock_q && s1_addr_q[19])
          && !(s2_valid_q && f_is_command && s2_lock == walk_lock_q));
      assert (!(s1_valid_q && s1_addr_q[19]) || s1_bad_thread_q || s1_thread_q < NumThreads);
      assert (!s1_valid_q || s1_bad_lock_q == ({1'b0, s1_addr_q[13:2]} >= Locks));
      assert (!(s2_valid_q && f_of_aperture) || f_bad_thread || s2_thread_q < NumThreads);
      assert (!(s2_valid_q && f_bad_thread) || !(s2_acquire_q || s2_release_q || s2_convert_q
          || s2_set_owner_q
          || s2_hold_count_q || s2_cancel_q || s2_drain_q));
      assert (state_q != Grant || !(s1_valid_q && s1_alone_q) && !(s2_valid_q && s2_alone_q));
      assert (!f_find || (s2_cancel_q || s2_drain_q) && s2_waits_here_q);
      assert (!f_one_by_one || s2_set_owner_q || (s2_cancel_q || s2_drain_q) && s2_waits_here_q);
      assert (state_q != Forget || s2_set_owner_q || s2_initialize_q || s2_reinitialize_q);
      assert (!sweeping || f_busy == 0 && f_told == 0);
      assert (!sweeping || run && !(s1_valid_q && s1_addr_q[19]) && !(s2_valid_q && f_is_command));
      // The command that S2 holds is the one that S1 had.
      assert (!s2_valid_q || f_may == ({10{f_is_command
          && s2_refusal_q == 5'd0}} & {f_acquires, s2_op_q == `LOCKARB_OP_RELEASE
          || s2_op_q == `LOCKARB_OP_RELEASE_AND_LEAVE
          || s2_op_q == `LOCKARB_OP_RELEASE_FOR, s2_op_q == `LOCKARB_OP_CONVERT,
          s2_op_q == `LOCKARB_OP_SET_OWNER, s2_op_q == `LOCKARB_OP_HOLD_COUNT, f_initializes,
          s2_op_q == `LOCKARB_OP_REINITIALIZE, s2_op_q == `LOCKARB_OP_DELETE, s2_op_q == `LOCKARB_OP_CANCEL,
          s2_op_q == `LOCKARB_OP_DRAIN}));
      assert (!s2_valid_q || f_is_command || s2_refusal_q == 5'd0);
      assert (!s2_valid_q || !f_is_command || s2_refusal_q != 5'd0 || {1'b0, s2_lock_q} < Locks
          && (f_initializes || f_ends || f_for_operand || f_for_itself));
      assert (!s2_valid_q || s2_counts_q == (f_is_command && s2_op_q != `LOCKARB_OP_HOLD_COUNT));
      assert (!(s2_valid_q && s2_counts_q) || !s2_data_valid_q);
      // There is no parity.
      assert (!s2_valid_q || !(s2_shared_head_q[ThreadWidth] || s2_shared_tail_q[ThreadWidth]
          || s2_exclusive_head_q[ThreadWidth] || s2_exclusive_tail_q[ThreadWidth] || s2_head_q[ThreadWidth]));
      assert (run || !walk_q[ThreadWidth] && (state_q != Unlink && !(state_q == Find && f_second)
          || !link_q[ThreadWidth]));
      assert (state_q != Grant || !link_q[ThreadWidth]);
      // FV-65 enter and acquire are one step: the mask moves in the clock in which the command decides.
      assert (!s2_mask_move_o || rsp_valid_o);
      // FV-66 a register access that is not refused has an effect exactly when it is a write, or a read that
      // removes a grant.
      assert (!s2_valid_q || s2_reg_write_q == f_reg_effect);
    end
  end

  // ------------------------------------------------------------------------------- the flat locks
  generate
    for (f_l = 0; f_l < NumLocks; f_l = f_l + 1) begin : g_lock
      localparam [LockWidth-1:0] f_lock = f_l;
      wire f_row_user, f_row_live, f_row_exclusive, f_row_writer_first;
      wire [CountWidth-1:0] f_row_owners, f_row_shared, f_row_exclusives;
      wire [ThreadWidth-1:0] f_row_shared_head, f_row_shared_tail, f_row_exclusive_head, f_row_exclusive_tail;
      assign {f_row_user, f_row_live, f_row_exclusive, f_row_writer_first, f_row_owners, f_row_shared,
          f_row_exclusives, f_row_shared_head, f_row_shared_tail, f_row_exclusive_head,
          f_row_exclusive_tail} = f_words_u_row[f_lock*FRowWidth+:FRowWidth];
      reg f_user, f_live, f_exclusive, f_writer_first;
      reg [FCountWidth-1:0] f_shared, f_exclusives;  // who waits
      wire [FSlots-1:0] f_owns, f_waits, f_waits_x, f_granting, f_pending, f_lagging, f_granted;
      wire [FSlots*FHoldWidth-1:0] f_holds;
      wire [FSlots*FCountWidth-1:0] f_places;
      wire [FSlots*CoreWidth-1:0] f_cores;

      wire f_here = s2_lock_q == f_lock;
      wire f_effect = commit && f_here && !long;       // of a command of one clock
      wire f_cancelled = state_q == Unlink && f_here;
      wire f_given = state_q == HoldWrite && s2_set_owner_q && give && f_here;
      wire f_swept_lock = commit && forget && f_here;
      wire f_head = f_effect && grant_head;
      wire f_batch = f_effect && grant_batch || f_cancelled && grant_batch;
      wire [FCountWidth-1:0] f_gone = f_places[s2_thread*FCountWidth+:FCountWidth];

      always @(posedge clk_i) begin
        if (!rst_ni) begin
          f_user <= 1'b0;
          f_live <= 1'b0;
          f_exclusive <= 1'b0;
          f_writer_first <= 1'b0;
          f_shared <= {FCountWidth{1'b0}};
          f_exclusives <= {FCountWidth{1'b0}};
        end else begin
          if (f_swept_lock && f_initializes) f_user <= s2_op_q == `LOCKARB_OP_INITIALIZE_USER
              || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
          else if (f_effect && row_we && !live) f_user <= 1'b0;
          if (f_effect && row_we || f_swept_lock) begin
            f_live <= live;
            f_exclusive <= exclusive;
            f_writer_first <= writer_first;
          end
          f_shared <= f_batch ? {FCountWidth{1'b0}}
              : f_shared + (f_effect && queue && !queue_exclusive) - (f_cancelled && !s2_waits_exclusive_q);
          f_exclusives <= f_exclusives + (f_effect && queue && queue_exclusive) - f_head
              - (f_cancelled && s2_waits_exclusive_q);
        end
      end

        for (f_t = 0; f_t < FSlots; f_t = f_t + 1) begin : g_thread
          reg [FHoldWidth-1:0] hold;
          reg waits, waits_x, pending, lagging, granted;
          reg [FCountWidth-1:0] place;
          reg [CoreWidth-1:0] core;
          wire mine = s2_thread == f_t;
          wire granting = f_head && waits && waits_x && place == 0 || f_batch && waits && !waits_x;
          wire pushed = push && push_thread == f_t;
          always @(posedge clk_i) begin
            if (!rst_ni) begin
              {waits, waits_x, pending, lagging, granted} <= 5'd0;
              hold <= {FHoldWidth{1'b0}};
            end else begin
              if (f_swept_lock) hold <= {FHoldWidth{1'b0}};
              else if (f_given) hold <= mine ? {FHoldWidth{1'b0}} : s2_operand_i == f_t ? hold
                  + f_holds[s2_thread*FHoldWidth+:FHoldWidth] : hold;
              else hold <= (f_effect && hold_we && mine ? (s2_acquire_q ? hold + 1'b1
                  : s2_drain_q ? {FHoldWidth{1'b0}} : hold - 1'b1) : hold) + granting;
              if (f_effect && queue && mine) begin
                waits <= 1'b1;
                waits_x <= queue_exclusive;
                place <= queue_exclusive ? f_exclusives : f_shared;
                core <= s2_core_q[CoreWidth-1:0];
              end else if (granting || f_cancelled && mine) begin
                waits <= 1'b0;
              end else if (f_head && waits_x || f_cancelled && waits_x == s2_waits_exclusive_q
              && place > f_gone) begin
                place <= place - 1'b1;
              end
              pending <= (pending || granting) && !pushed;
              lagging <= (lagging || granting) && !(walking && walk_q[ThreadWidth-1:0] == f_t);
              if (granting) granted <= 1'b1;
              else if (s2_grant_removed && mine) granted <= 1'b0;
            end
          end
          assign f_owns[f_t] = hold != 0;
          assign f_waits[f_t] = waits;
          assign f_waits_x[f_t] = waits_x;
          assign f_granting[f_t] = granting;
          assign f_pending[f_t] = pending;
          assign f_lagging[f_t] = lagging;
          assign f_granted[f_t] = granted;
          assign f_holds[f_t*FHoldWidth+:FHoldWidth] = hold;
          assign f_places[f_t*FCountWidth+:FCountWidth] = place;
          assign f_cores[f_t*CoreWidth+:CoreWidth] = core;
        end

      wire [FCountWidth-1:0] f_owners = f_number(f_owns);
      wire [FHoldWidth-1:0] f_hold = f_holds[s2_thread*FHoldWidth+:FHoldWidth];

      // What the last answer said, and what the command did.
      reg f_answered, f_cancel_won, f_cancel_lost;
      reg [26:0] f_counts;
      reg [ThreadWidth-1:0] f_thread;
      wire f_answer = rsp_valid_o && f_here && s2_counts_q && !refused;
      wire f_is_cancel = s2_cancel_q || s2_drain_q;
      always @(posedge clk_i) begin
        f_answered <= rst_ni && f_answer;
        f_counts <= rsp_data_o[31:5];
        f_thread <= s2_thread;
        f_cancel_won <= rst_ni && f_answer && s2_cancel_q && s2_status_o != `LOCKARB_STATUS_ALREADY_GRANTED;
        f_cancel_lost <= rst_ni && f_answer && s2_cancel_q && s2_status_o == `LOCKARB_STATUS_ALREADY_GRANTED;
      end

      // A thread that the solver picks, since it was queued: how often the lock changed hands.
      reg [ThreadWidth+2:0] f_hand_offs;
      always @(posedge clk_i) begin
        if (!f_waits[f_me]) f_hand_offs <= 0;
        else f_hand_offs <= f_hand_offs + (f_head || f_batch);
      end
      wire [ThreadWidth+2:0] f_place = f_places[f_me*FCountWidth+:FCountWidth];

      wire f_decides = s2_valid_q && run && f_here && s2_refusal_q == 5'd0 && (s2_acquire_q || s2_release_q
          || s2_convert_q || s2_set_owner_q || s2_reinitialize_q || s2_delete_q || s2_cancel_q || s2_drain_q
          || s2_initialize_q);

      reg [4:0] f_reason;
      always @* begin
        f_reason = 5'd0;
        if (f_initializes && f_live) f_reason = `LOCKARB_STATUS_ERR_INITIALIZED;
        if (f_at_low_irql && f_irql_high) f_reason = `LOCKARB_STATUS_ERR_IRQL;
        if (f_for_itself && f_busy[s2_thread]) f_reason = `LOCKARB_STATUS_ERR_THREAD;
        if ((f_for_itself || f_for_operand) && f_bad_thread) f_reason = `LOCKARB_STATUS_ERR_THREAD;
        if (f_arms && !f_armed) f_reason = `LOCKARB_STATUS_ERR_NOT_ARMED;
        if (!f_initializes && !f_live) f_reason = `LOCKARB_STATUS_ERR_LOCK;
        if (!(f_initializes || f_ends || f_for_operand
        || f_for_itself)) f_reason = `LOCKARB_STATUS_ERR_OPERATION;
      end

      // How long nothing was accepted or answered, while there was something to do. The sweep after reset is
      // not counted.
      reg [9:0] f_still;
      always @(posedge clk_i) begin
        if (!rst_ni || sweeping || !f_work || s0_valid_i && s0_ready_o || rsp_valid_o || !run
        && walk_lock_q != f_lock)
          f_still <= 10'd0;
        else f_still <= f_still + 10'd1;
      end
      wire f_of_thread = f_decides && !(s2_reinitialize_q || s2_delete_q || s2_initialize_q);

      always @* begin
        if (!$initstate) begin
          // FV-50 a command decides upon the lock as the commands before it left it: mode, owners, waiters,
          // the thread's hold count and its wait.
          assert (!f_decides || s2_exclusive_q == f_exclusive && (s2_initialize_q || f_live));
          assert (!f_decides || s2_writer_first_q == f_writer_first || s2_initialize_q);
          assert (!f_decides || s2_owners_q == f_owners && s2_owners_zero_q == (f_owners == 0)
              && s2_owners_one_q == (f_owners == 1) || !f_live);
          assert (!f_decides || s2_shared_q == f_shared && s2_sw_q == (f_shared != 0));
          assert (!f_decides || s2_exclusive_count_q == f_exclusives && s2_ew_q == (f_exclusives != 0)
              && s2_ew_one_q == (f_exclusives == 1));
          assert (!f_of_thread || s2_hold_q == f_hold && s2_hold_zero_q == (f_hold == 0)
              && s2_hold_one_q == (f_hold == 1) && s2_hold_full_q == (f_hold == FHoldMost));
          assert (!f_of_thread || s2_waits_here_q == f_waits[s2_thread]);
          assert (!f_of_thread || !s2_waits_here_q || s2_waits_exclusive_q == f_waits_x[s2_thread]);
          // FV-51 mutual exclusion: an exclusive lock has one owner.
          assert (!(f_live && f_exclusive) || f_owners == 1);
          // FV-52 a free lock has no waiters, and shared waiters of a shared lock stand behind an exclusive
          // one, so nobody waits for nothing.
          assert (f_owners != 0 || !f_live || f_waits == 0);
          assert (!(f_live && !f_exclusive && f_shared != 0) || f_exclusives != 0);
          assert (f_live || f_waits == 0);
          // FV-53 no grant without a request, none doubled: an interrupt is for a thread that waited for
          // this lock, became its owner and was not told yet, and goes to the core that it waits on.
          assert (!(push && (run ? f_here : walk_lock_q == f_lock))
              || (f_pending[push_thread] || f_granting[push_thread])
              && push_core == f_cores[push_thread*CoreWidth+:CoreWidth]);
          assert (FStage != 0 ? push_o == f_pushed && (!push_o || {push_thread_o, push_core_o} == f_pushed_to)
              : {push_o, push_thread_o, push_core_o} == {push, push_thread, push_core});
          // FV-54 no grant is lost: when the next command is decided, every new owner was told.
          assert (!run || f_pending == 0);
          // FV-55 exclusive waiters are served in the order in which they were queued: who is granted has
          // nobody before it.
          assert (!(f_head && push) || f_waits[push_thread] && f_waits_x[push_thread]
              && f_places[push_thread*FCountWidth+:FCountWidth] == 0);
          // FV-56 an exclusive waiter waits for at most 2 * NumThreads - 1 changes of hands, its own
          // included, and a shared one for 2 where writers are not first.
          assert (!(f_waits[f_me] && f_waits_x[f_me])
              || f_hand_offs + 2 * f_place + (f_exclusive ? 2 : 1) <= 2 * NumThreads - 1);
          assert (!(f_waits[f_me] && !f_waits_x[f_me] && !f_writer_first)
              || f_hand_offs + (f_exclusive ? 1 : 2) <= 2);
          // FV-57 owners and waiters are conserved: each answer tells how many threads hold and wait.
          assert (!f_answered || f_counts[8:0] == f_owners || !f_live);
          assert (!f_answered || f_counts[17:9] == f_shared && f_counts[26:18] == f_exclusives);
          // FV-58 a batch is complete: when the next command is decided, no shared waiter is left of it, and
          // every new owner has its hold count.
          assert (!(f_batch) || (f_granting & ~(f_waits & ~f_waits_x)) == 0
              && (f_waits & ~f_waits_x & ~f_granting) == 0);
          assert (!run || f_lagging == 0);
          // FV-59 a cancel answers one of two: cancelled, and no grant follows; or already granted, and the
          // thread owns the lock.
          assert (!f_cancel_won || !f_waits[f_thread] && !f_pending[f_thread]);
          assert (!f_cancel_lost || f_owns[f_thread] && !f_waits[f_thread]);
          // FV-61 a command is refused before the tables are asked for its reason and for no other: one that
          // may run is not refused, by what the thread does at other locks either.
          assert (!(s2_valid_q && run && f_is_command && f_here) || s2_refusal_q == f_reason);
          assert (!(s2_valid_q && run && f_here && f_is_command && f_reason == 5'd0 && f_acquires)
              || s2_acquire_q);
          // FV-62 the engine goes on: while it has something to do, it accepts or answers within 3 *
          // NumThreads + 3 clocks, once the sweep after reset is over.
          assert (f_still <= FStill);
          // FV-63 the class of a lock is what its initialize said, until it is deleted.
          assert (!f_s1_here || s1_addr_q[13:2] != f_lock || s1_user_lock_o == f_user);
          // FV-64 a thread that was granted the lock is shown with it until its grant is removed.
          assert (!(s1_valid_q && !s1_addr_q[19] && f_granted[f_s1_thread]) || s1_thread_lock_o == f_lock);
          cover (f_answered && f_exclusives == 2);
          cover (f_batch && f_effect && f_shared == 2);
          cover (f_head && f_exclusives == 2);
          cover (f_cancelled && grant_batch);
          cover (f_cancelled && s2_waits_exclusive_q && f_gone == 1);
          cover (f_cancel_lost);
          cover (f_given && f_owns[s2_operand_i] && !f_exclusive);
        end
      end
      // FV-60 only an owner gives up: a hold count in the RAM falls only by the thread's own command or
      // that in its name, by set owner, or by an initialize, and is never below what was granted.
        for (f_t = 0; f_t < NumThreads; f_t = f_t + 1) begin : g_stored
          wire [HoldWidth-1:0] stored = f_words_u_hold[(f_lock*FSlots+f_t)*HoldWidth+:HoldWidth];
          reg [HoldWidth-1:0] before;
          reg may_fall;
          always @(posedge clk_i) begin
            before <= stored;
            may_fall <= !rst_ni || f_here && (commit && s2_thread == f_t && (s2_release_q || s2_drain_q)
                || state_q == Forget);
          end
          always @* begin
            if (!$initstate) begin
              assert (stored >= before || may_fall);
              assert (!(run && f_live) || stored == f_holds[f_t*FHoldWidth+:FHoldWidth]);
            end
          end
        end

      // ---------------------------------------------------------------- And what makes that inductive
      // Pipeline: what follows what.
      wire f_s1_here = s1_valid_q && s1_addr_q[19] && s1_addr_q[2+:LockWidth] == f_lock;
      wire f_sr_here = sr && sr_addr[19] && sr_addr[2+:LockWidth] == f_lock;
      wire f_walk_here = walk_lock_q == f_lock;
      wire [FSlots-1:0] f_in_queue = f_waits & ~(f_waits_x ^ {FSlots{s2_waits_exclusive_q}});
      wire [FCountWidth-1:0] f_place_of_walk = f_places[walk_q[ThreadWidth-1:0]*FCountWidth+:FCountWidth];
      wire [HoldWidth-1:0] f_stored_of_walk
          = f_words_u_hold[(f_lock*FSlots+walk_q[ThreadWidth-1:0])*HoldWidth+:HoldWidth];
      wire [FSlots-1:0] f_stored;
      wire [FCountWidth-1:0] f_stored_owners = f_number(f_stored);
      // A command on the lock stands in S2, and has not changed it yet.
      wire f_stands = s2_valid_q && f_here && f_is_command && s2_refusal_q == 5'd0 && (run
          || state_q == Grant || f_find || s2_set_owner_q && (state_q == HoldRead || state_q == HoldCheck));
      always @* begin
        if (!$initstate) begin
          assert (!sweeping || !f_user && !f_live && !f_exclusive && !f_writer_first && f_granted == 0
              && f_waits == 0 && f_lagging == 0);
          // The row of the lock, and what S1 read of it.
          assert (sweep_q <= f_lock || (state_q == Forget && !s2_set_owner_q || f_readers) && f_walk_here
              || {f_row_user, f_row_live, f_row_exclusive, f_row_writer_first} == {f_user, f_live,
              f_exclusive, f_writer_first} && f_row_shared == f_shared && f_row_exclusives == f_exclusives
              && (f_row_owners == f_owners + (state_q == Forget && f_walk_here && owner_owns_q) || !f_live));
          assert (!f_s1_here || {row_user, row_live, row_exclusive, row_writer_first,
              row_owners[CountWidth-1:0], row_shared[CountWidth-1:0], row_exclusive_count[CountWidth-1:0],
              row_shared_head[ThreadWidth-1:0], row_shared_tail[ThreadWidth-1:0],
              row_exclusive_head[ThreadWidth-1:0],
              row_exclusive_tail[ThreadWidth-1:0]} == f_words_u_row[f_lock*FRowWidth+:FRowWidth]);
          assert (!f_s1_here || hold
              == f_words_u_hold[(f_lock*FSlots+f_s1_thread)*HoldWidth+:HoldWidth]);
          assert (!f_s1_here || (thread_state == ThreadWaiting
              && thread_lock == f_lock) == (f_s1_state == ThreadWaiting
              && f_s1_word[LockWidth-1:0] == f_lock) && (thread_exclusive == f_s1_word[LockWidth]
              || thread_state != ThreadWaiting || thread_lock != f_lock));
          // What was read of it for SR.
          if (FStage != 0) begin
            assert (!f_sr_here || {row_read[RowWidth-1-:4],
                row_read[4*(ThreadWidth+1)+2*(CountWidth+1)+:CountWidth],
                row_read[4*(ThreadWidth+1)+CountWidth+1+:CountWidth], row_read[4*(ThreadWidth+1)+:CountWidth],
                row_read[3*(ThreadWidth+1)+:ThreadWidth], row_read[2*(ThreadWidth+1)+:ThreadWidth],
                row_read[ThreadWidth+1+:ThreadWidth],
                row_read[0+:ThreadWidth]} == f_words_u_row[f_lock*FRowWidth+:FRowWidth]);
            assert (!f_sr_here || hold_read[HoldWidth-1:0]
                == f_words_u_hold[(f_lock*FSlots+f_sr_thread)*HoldWidth+:HoldWidth]);
            assert (!f_sr_here || (thread_read[LockWidth+1+:2] == ThreadWaiting
                && thread_read[LockWidth-1:0] == f_lock) == (f_sr_word[LockWidth+1+:2] == ThreadWaiting
                && f_sr_word[LockWidth-1:0] == f_lock) && (thread_read[LockWidth] == f_sr_word[LockWidth]
                || thread_read[LockWidth+1+:2] != ThreadWaiting || thread_read[LockWidth-1:0] != f_lock));
            assert (!(sr && sr_addr[19]) || (thread_read[LockWidth+1+:2] != ThreadIdle
                || last_queued_q && last_thread_q == f_sr_thread) == f_busy[f_sr_thread]);
            assert (!(sr && sr_alone) || thread_read[2+LockWidth:0] == f_sr_word);
          end
          // What S2 holds of it, until a command of many clocks has changed it.
          assert (!f_stands || s2_user_q == f_user && s2_exclusive_q == f_exclusive
              && s2_writer_first_q == f_writer_first);
          assert (!f_stands || f_live != s2_initialize_q);
          assert (!f_stands || !f_live || s2_owners_q == f_owners && s2_owners_zero_q == (f_owners == 0)
              && s2_owners_one_q == (f_owners == 1));
          assert (!(s2_valid_q && f_here && f_is_command && s2_refusal_q == 5'd0) || f_readers
              || s2_shared_q == f_shared && s2_sw_q == (f_shared != 0)
              && s2_exclusive_count_q == f_exclusives && s2_ew_q == (f_exclusives != 0)
              && s2_ew_one_q == (f_exclusives == 1));
          assert (!(s2_valid_q && f_here && f_is_command && s2_refusal_q == 5'd0) || f_readers
              || {s2_shared_head_q[ThreadWidth-1:0], s2_shared_tail_q[ThreadWidth-1:0],
              s2_exclusive_head_q[ThreadWidth-1:0],
              s2_exclusive_tail_q[ThreadWidth-1:0]} == {f_row_shared_head, f_row_shared_tail,
              f_row_exclusive_head, f_row_exclusive_tail});
          assert (!f_stands || s2_initialize_q || s2_reinitialize_q || s2_delete_q
              || s2_hold_q == f_hold && s2_hold_zero_q == (f_hold == 0) && s2_hold_one_q == (f_hold == 1)
              && s2_hold_full_q == (f_hold == FHoldMost));
          assert (!f_stands || s2_set_owner_q && state_q != Run
              || s2_hold_step_q == {{(HoldWidth - 1) {s2_op_q[4] && !s2_op_q[3]}}, 1'b1});
          assert (!(s2_valid_q && (run || state_q == Grant || s2_set_owner_q) && f_for_itself)
              || !f_busy[s2_thread] || s2_refusal_q != 5'd0 || !f_is_command);
          assert (!(s2_valid_q && (run || state_q == Grant) && f_is_command && f_here)
              || s2_refusal_q == f_reason);
          assert (!f_stands || s2_initialize_q || s2_reinitialize_q || s2_delete_q
              || s2_waits_here_q == f_waits[s2_thread] && (!s2_waits_here_q
              || s2_waits_exclusive_q == f_waits_x[s2_thread]));
          assert (!(s2_valid_q && f_here && (run || state_q == Grant) && f_is_command)
              || s2_head_q[ThreadWidth-1:0] == (s2_exclusive_q && s2_sw_q && !(s2_writer_first_q && s2_ew_q
              && s2_op_q != `LOCKARB_OP_CONVERT) ? s2_shared_head_q[ThreadWidth-1:0]
              : s2_exclusive_head_q[ThreadWidth-1:0]) || s2_refusal_q != 5'd0);
          // The thread in S1 is known to be busy.
          assert (!(s1_valid_q && s1_addr_q[19]) || (thread_state != ThreadIdle
              || s1_just_queued) == (f_busy[f_s1_thread] || s2_valid_q && queue && s2_thread == f_s1_thread));
          assert (!(s1_valid_q && s1_alone_q)
              || {thread_state, thread_exclusive,
              thread_lock} == f_words_u_thread[f_s1_thread*(3+LockWidth)+:3+LockWidth]);
          // What the walker is at: cancel,
          assert (!(f_find && f_walk_here) || f_in_queue[walk_q[ThreadWidth-1:0]]
              && f_place_of_walk <= f_gone && f_waits[s2_thread]
              && f_waits_x[s2_thread] == s2_waits_exclusive_q);
          assert (!(f_walk_here && state_q == FindRead) || f_place_of_walk == 0);
          assert (!(f_walk_here && state_q == Find) || f_place_of_walk < f_gone || f_gone == 0);
          assert (!(f_walk_here && state_q == Unlink) || (found_head_q ? walk_q[ThreadWidth-1:0] == s2_thread
              && f_gone == 0 : f_place_of_walk + 1 == f_gone && link_q[ThreadWidth-1:0] == s2_thread));
          assert (!(f_find && f_walk_here && grant_batch) || walk_left_q + 1 == s2_shared_q);
          //   readers that it freed,
          assert (!(f_readers && f_walk_here)
              || {user, live, exclusive, writer_first} == {f_user, f_live, f_exclusive, f_writer_first}
              && shared_d == f_shared && exclusive_count_d == f_exclusives && grant_batch);
          assert (!(f_readers && f_walk_here) || f_lagging == f_pending && f_waits == 0
              && f_lagging[walk_q[ThreadWidth-1:0]] && !f_exclusive && f_live && s2_sw_q
              && !f_busy[s2_thread]);
          assert (!(f_readers && f_walk_here) || s2_owners_q == f_stored_owners);
          assert (!(f_readers && f_walk_here) || f_place_of_walk + walk_left_q + 1 == s2_shared_q);
          assert (!f_readers || s2_hold_step_q == 1);
          assert (!(f_readers && f_walk_here && state_q == HoldWrite) || s2_hold_q == f_stored_of_walk
              && s2_hold_zero_q == (f_stored_of_walk == 0));
          //   a hand-off,
          assert (!(state_q == Grant && f_walk_here) || f_lagging[walk_q[ThreadWidth-1:0]]
              && f_pending == (f_lagging & ~(1 << walk_q[ThreadWidth-1:0])));
          assert (f_walk_here && (state_q == Grant || f_readers) || f_lagging == 0);
          // How long it may still take.
          assert (!reg_write_q || f_still == 0);
          assert (!(f_readers && f_walk_here) || s2_shared_q + 1 <= NumThreads);
          assert (!run || f_still <= (sr && sr_alone ? 0 : s1_valid_q && s1_alone_q ? FStage
              : s2_valid_q && s2_alone_q ? 1 + FStage
              : NumThreads + FStage + (s2_valid_q ? 1 + FStage : s1_valid_q ? FStage : 0)));
          assert (run || f_walk_left[CountWidth] == (walk_left_q == 0));
          assert (state_q != Grant || f_still + walk_left_q + 1 <= NumThreads + f_second);
          assert (state_q != FindRead || f_still <= 2 + FStage);
          assert (!(state_q == Find && f_walk_here)
              || f_still <= 3 + FStage + f_second + (1 + FStage) * f_place_of_walk);
          assert (!(state_q == Unlink && f_walk_here)
              || f_still <= 4 + 2 * FStage + (f_gone == 0 ? 0 : (1 + FStage) * (f_gone - 1)));
          assert (!(f_readers && f_walk_here) || f_still + (3 + FStage) * walk_left_q <= 4 + 2 * FStage
              + (3 + FStage) * (s2_shared_q - 1)
              + (state_q == HoldRead ? 1 + f_second : state_q == HoldCheck ? 2 + FStage : 3 + FStage));
          assert (!(f_one_by_one && s2_set_owner_q) || f_still <= (state_q == HoldRead ? 2 + FStage + f_second
              : state_q == HoldCheck ? 3 + 2 * FStage : 4 + 2 * FStage));
          assert (!(state_q == Forget)
              || f_still <= (s2_set_owner_q ? 5 + 2 * FStage : 2 + FStage + walk_q[ThreadWidth-1:0]));
          assert (f_lagging == 0 || f_number(f_lagging) == walk_left_q + 1);
          assert (!(state_q == Grant && f_walk_here && walk_left_q != 0) || f_lagging[link_q[ThreadWidth-1:0]]
              && f_places[link_q[ThreadWidth-1:0]*FCountWidth+:FCountWidth] == f_place_of_walk + 1);
          assert (!(state_q == Grant && f_walk_here && walk_left_q != 0) || !looks
              || walk_core_word[CoreWidth-1:0] == f_cores[link_q[ThreadWidth-1:0]*CoreWidth+:CoreWidth]);
          assert (!(state_q == Grant && f_walk_here && walk_left_q > 1) || !looks
              || f_lagging[walk_next[ThreadWidth-1:0]]
              && f_places[walk_next[ThreadWidth-1:0]*FCountWidth+:FCountWidth] == f_place_of_walk + 2);
          //   set owner,
          assert (!(f_one_by_one && s2_set_owner_q) || walk_q[ThreadWidth-1:0] == s2_operand_i
              && walk_left_q == 0);
          assert (!(state_q == HoldWrite && s2_set_owner_q && f_walk_here) || f_live
              && s2_owners_q == f_owners && s2_user_q == f_user && s2_exclusive_q == f_exclusive
              && s2_writer_first_q == f_writer_first && s2_hold_zero_q == (f_hold == 0)
              && s2_owners_one_q == (f_owners == 1) && s2_owners_zero_q == (f_owners == 0)
              && !f_busy[s2_thread]);
          assert (!(state_q == HoldWrite && s2_set_owner_q && f_walk_here) || s2_hold_step_q == f_hold
              && s2_hold_q == f_stored_of_walk && owner_owns_q == (f_stored_of_walk != 0)
              && (owner_bad_q || s2_operand_i != s2_thread && !f_busy[s2_operand_i]));
          assert (!(state_q == Forget && s2_set_owner_q) || walk_q[ThreadWidth-1:0] == s2_thread
              && walk_left_q == 0);
          assert (!(state_q == Forget && s2_set_owner_q && f_walk_here) || f_live
              && s2_owners_q == f_owners + owner_owns_q);
          //   and where all is forgotten.
          assert (!(state_q == Forget && !s2_set_owner_q && f_walk_here)
              || {user, live, exclusive, writer_first} == {f_user, f_live, f_exclusive, f_writer_first}
              && owners_clear && f_waits == 0
              && shared_d == 0 && exclusive_count_d == 0);
          assert (!(state_q == Forget && s2_set_owner_q && f_walk_here)
              || {user, live, exclusive, writer_first} == {f_user, f_live, f_exclusive, f_writer_first}
              && owners_d == f_owners
              && shared_d == f_shared && exclusive_count_d == f_exclusives);
          assert (!(state_q == Forget && !s2_set_owner_q)
              || walk_q[ThreadWidth-1:0] + walk_left_q == NumThreads - 1);
          assert (!(state_q == Forget && !s2_set_owner_q && f_walk_here) || f_owns == 0 && f_live);
          assert (f_number(f_waits & f_waits_x) == f_exclusives
              && f_number(f_waits & ~f_waits_x) == f_shared);
          assert (!(f_lagging != 0) || f_live);
        end
      end
        for (f_t = 0; f_t < FSlots; f_t = f_t + 1) begin : g_inductive
          wire [1:0] state = f_words_u_thread[f_t*(3+LockWidth)+LockWidth+1+:2];
          wire exclusive_word = f_words_u_thread[f_t*(3+LockWidth)+LockWidth];
          wire at_lock = f_words_u_thread[f_t*(3+LockWidth)+:LockWidth] == f_lock;
          wire [HoldWidth-1:0] stored = f_words_u_hold[(f_lock*FSlots+f_t)*HoldWidth+:HoldWidth];
          wire [FCountWidth-1:0] place = f_places[f_t*FCountWidth+:FCountWidth];
          wire in_x = f_waits[f_t] && f_waits_x[f_t];
          wire in_s = f_waits[f_t] && !f_waits_x[f_t];
          wire walked = walk_q[ThreadWidth-1:0] == f_t;
          wire swept = sweep_q > f_t;
          assign f_stored[f_t] = f_t < NumThreads && stored != 0;
          always @* begin
            if (!$initstate) begin
              assert (f_t < NumThreads || !f_busy[f_t] && !f_waits[f_t] && !f_owns[f_t] && !f_lagging[f_t]);
              // Its state, as the RAM has it.
              assert (!swept || f_busy[f_t] == (state != ThreadIdle) && state != 2'd3);
              assert (!swept || state == ThreadIdle
                  || f_words_u_thread[f_t*(3+LockWidth)+:LockWidth] < Locks);
              assert (!swept || (state == ThreadWaiting && at_lock) == (f_waits[f_t] || f_lagging[f_t]));
              assert (!swept || (state == ThreadGranted && at_lock) == (f_granted[f_t] && !f_lagging[f_t]));
              assert (!swept || !(f_waits[f_t] || f_lagging[f_t]) || exclusive_word == f_waits_x[f_t]);
              assert (swept || !f_busy[f_t] && !f_waits[f_t] && !f_lagging[f_t] && !f_told[f_t]
                  && !f_granted[f_t]);
              assert (!f_lagging[f_t] || f_granted[f_t] && !f_waits[f_t]);
              assert (!(f_granted[f_t] && !f_pending[f_t]) || f_told[f_t]);
              assert (!f_told[f_t] || f_busy[f_t] && !f_waits[f_t] && !f_pending[f_t]);
              assert (!(f_told[f_t] && run) || state == ThreadGranted);
              assert (!f_granted[f_t] || f_busy[f_t] && !f_waits[f_t]);
              assert (!f_pending[f_t] || f_lagging[f_t]);
              // Its hold count.
              assert (f_t >= NumThreads || !f_live || state_q == Forget && f_walk_here
                  || stored + f_lagging[f_t] == f_holds[f_t*FHoldWidth+:FHoldWidth]);
              assert (!(state_q == Grant && f_lagging[f_t]) || stored == 0);
              assert (!(f_exclusive && f_live && f_owns[f_t]) || !f_waits[f_t]);
              assert (f_t >= NumThreads || !(f_live && state_q == Forget && f_walk_here && s2_set_owner_q)
                  || (s2_thread == f_t ? f_holds[f_t*FHoldWidth+:FHoldWidth] == 0
                  : stored == f_holds[f_t*FHoldWidth+:FHoldWidth]));
              assert (!(state_q == Forget && f_walk_here && !s2_set_owner_q)
                  || walk_q[ThreadWidth-1:0] <= f_t || stored == 0
                  || f_t >= NumThreads);
              assert (f_holds[f_t*FHoldWidth+:FHoldWidth] + in_s <= FHoldMost || !f_live);
              // Its place in its queue.
              assert (!in_x || place < f_exclusives);
              assert (!in_s || place < f_shared);
              assert (!f_lagging[f_t] || f_waits_x[f_t] || place >= f_place_of_walk
                  && place <= f_place_of_walk + walk_left_q);
              assert (!(f_lagging[f_t] && f_waits_x[f_t]) || walked && walk_left_q == 0);
              assert (!(f_lagging[f_t] && !walked) || !f_waits_x[walk_q[ThreadWidth-1:0]]);
              assert (!(in_x && place == 0) || f_row_exclusive_head == f_t);
              assert (!(in_x && place + 1 == f_exclusives) || f_row_exclusive_tail == f_t);
              assert (!(in_s && place == 0) || f_row_shared_head == f_t);
              assert (!(in_s && place + 1 == f_shared) || f_row_shared_tail == f_t);
              assert (!(f_waits[f_t] || f_pending[f_t])
                  || f_words_u_core[f_t*CoreWidth+:CoreWidth] == f_cores[f_t*CoreWidth+:CoreWidth]
                  && f_words_u_walk_core[f_t*CoreWidth+:CoreWidth] == f_cores[f_t*CoreWidth+:CoreWidth]);
              // What was read of it for S2 and for the walker.
              assert (!(f_waits[f_t] && s2_valid_q && f_here && f_is_command && (run || state_q == Grant)
                  && s2_head_q[ThreadWidth-1:0] == f_t)
                  || core_word[CoreWidth-1:0] == f_cores[f_t*CoreWidth+:CoreWidth]
                  && next[ThreadWidth-1:0] == f_words_u_next[f_t*ThreadWidth+:ThreadWidth]);
              assert (!(f_walk_here && (state_q == Find && !f_second || f_readers && state_q != HoldRead) && walked)
                  || walk_next[ThreadWidth-1:0] == f_words_u_walk_next[f_t*ThreadWidth+:ThreadWidth]);
              assert (!(f_walk_here && state_q == Find && f_second && walked)
                  || link_q[ThreadWidth-1:0] == f_words_u_walk_next[f_t*ThreadWidth+:ThreadWidth]);
              assert (!(f_walk_here && state_q == HoldRead && f_second && walked)
                  || hold_read[HoldWidth-1:0] == stored && thread_read[LockWidth+:3]
                  == f_words_u_thread[f_t*(3+LockWidth)+LockWidth+:3]);
              assert (!(f_walk_here && state_q == Unlink && !found_head_q && s2_thread == f_t)
                  || walk_next[ThreadWidth-1:0] == f_words_u_walk_next[f_t*ThreadWidth+:ThreadWidth]);
              assert (!(f_walk_here && state_q == Unlink && found_head_q && s2_thread == f_t)
                  || link_q[ThreadWidth-1:0] == f_words_u_walk_next[f_t*ThreadWidth+:ThreadWidth]);
              assert (!(f_walk_here && f_readers && state_q != HoldRead && walked)
                  || walk_core_word[CoreWidth-1:0] == f_cores[f_t*CoreWidth+:CoreWidth]);
              assert (!(f_walk_here && state_q == HoldCheck && walked) || hold == stored
                  && {thread_state, thread_exclusive} == f_words_u_thread[f_t*(3+LockWidth)+LockWidth+:3]);
            end
          end
          for (f_u = 0; f_u < FSlots; f_u = f_u + 1) begin : g_behind
            if (f_u != f_t) begin : g_other
              wire [FCountWidth-1:0] other = f_places[f_u*FCountWidth+:FCountWidth];
              wire listed_s = !f_waits_x[f_t] && !f_waits_x[f_u] && (f_waits[f_t] && f_waits[f_u]
                  || f_lagging[f_t] && f_lagging[f_u]);
              wire listed = in_x && f_waits[f_u] && f_waits_x[f_u] || listed_s;
              always @* begin
                if (!$initstate) begin
                  assert (!listed || place != other);
                  assert (!(listed && place + 1 == other)
                      || f_words_u_next[f_t*ThreadWidth+:ThreadWidth] == f_u
                      && f_words_u_walk_next[f_t*ThreadWidth+:ThreadWidth] == f_u);
                end
              end
            end
          end
        end
    end
  endgenerate
