// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb from its pins: nothing is assumed but a bus that keeps what it offers. All
// modules stand in their places, with their own properties.

  localparam [5:0] Cores = NumCores[5:0];
  localparam [9:0] Threads = NumThreads[9:0];
  localparam [12:0] Locks = NumLocks[12:0];
  localparam UserErrorWidth = 5 + CoreWidth + ThreadWidth + LockWidth;
  localparam [18:0] FOperandOffset = `LOCKARB_OPERAND_OFFSET;
  localparam [18:0] FGrantOffset = `LOCKARB_GRANT_OFFSET;
  localparam [18:0] FArmOffset = `LOCKARB_ARM_OFFSET;
  localparam [4:0] OperandWord = FOperandOffset[6:2];
  localparam [4:0] GrantWord = FGrantOffset[6:2];
  localparam [18:0] FTakeOffset = `LOCKARB_TAKE_OFFSET;
  localparam [4:0] TakeWord = FTakeOffset[6:2];
  localparam [1:0] ArmWord = FArmOffset[3:2];

  // Of the modules; tests/formal/prove.py connects each to the signal that its attribute names.
  (* keep, tap = "u_engine.u_walker.run" *) wire f_run;
  (* keep, tap = "u_engine.u_pipeline.s1_valid_q" *) wire f_s1_valid;
  (* keep, tap = "u_engine.u_pipeline.s1_alone_q" *) wire f_s1_alone;
  (* keep, tap = "u_engine.u_pipeline.s2_valid_q" *) wire f_s2_valid;
  (* keep, tap = "u_engine.u_pipeline.s2_write_q" *) wire f_s2_write;
  (* keep, tap = "u_engine.u_pipeline.s2_fault_q" *) wire f_s2_fault;
  (* keep, tap = "u_engine.u_pipeline.s2_issue_q" *) wire f_s2_issue;
  (* keep, tap = "u_engine.f_of_aperture" *) wire f_s2_aperture;
  (* keep, tap = "u_engine.f_is_command" *) wire f_s2_command;
  (* keep, tap = "u_engine.u_command.s2_set_owner_q" *) wire f_s2_set_owner;
  (* keep, tap = "u_engine.u_command.s2_op_q" *) wire [4:0] f_s2_op;
  (* keep, tap = "u_engine.u_pipeline.s2_reg_write_q" *) wire f_s2_register_write;
  (* keep, tap = "u_engine.u_command.s2_data_q" *) wire [31:0] f_s2_data;
  (* keep, tap = "u_engine.u_command.s2_data_valid_q" *) wire f_s2_data_valid;
  (* keep, tap = "u_engine.f_told" *) wire [(1<<ThreadWidth)-1:0] f_told;
  (* keep, tap = "u_engine.f_busy" *) wire [(1<<ThreadWidth)-1:0] f_busy;
  (* keep, tap = "u_regs.s1_own_grant_q" *) wire f_s1_own_grant;
  (* keep, tap = "u_regs.s1_current_q" *) wire f_s1_current;
  (* keep, tap = "u_regs.f_in_s1" *) wire f_regs_in_s1;
  (* keep, tap = "u_regs.f_addr" *) wire [24:0] f_regs_addr;
  (* keep, tap = "u_regs.f_thread" *) wire [8:0] f_regs_thread;
  (* keep, tap = "u_regs.f_head" *) wire [ThreadWidth-1:0] f_regs_head;
  (* keep, tap = "u_regs.f_granted" *) wire f_regs_granted;
  (* keep, tap = "u_regs.f_swept" *) wire f_regs_swept;
  (* keep, tap = "u_engine.u_store.u_row.we_i" *) wire f_row_written;
  (* keep, tap = "u_engine.u_store.u_hold.we_i" *) wire f_hold_written;
  (* keep, tap = "u_engine.u_store.u_thread.we_i" *) wire f_thread_written;
  (* keep, tap = "u_engine.u_store.u_core.we_i" *) wire f_core_written;
  (* keep, tap = "u_engine.u_store.u_next.we_i" *) wire f_next_written;
  (* keep, tap = "u_engine.g_lock[0].f_user" *) wire f_user_lock0;
  (* keep, tap = "u_regs.s1_armed" *) wire f_s1_armed;
  (* keep, tap = "u_axil.f_inside" *) wire [1:0] f_inside;
  (* keep, tap = "u_axil.f_kinds" *) wire [2:0] f_kinds;
  (* keep, tap = "u_axil.f_owed_reads" *) wire [3:0] f_owed_reads;
  (* keep, tap = "u_axil.f_owed_addresses" *) wire [1:0] f_owed_addresses;
  (* keep, tap = "u_apc.f_read" *) wire f_mask_read;
  (* keep, tap = "u_apc.f_kept" *) wire f_mask_kept;
  (* keep, tap = "u_apc.f_used" *) wire f_mask_used;
  (* keep, tap = "u_apc.f_read_core" *) wire [CoreWidth-1:0] f_mask_read_core;
  (* keep, tap = "u_apc.f_kept_core" *) wire [CoreWidth-1:0] f_mask_kept_core;
  (* keep, tap = "u_apc.f_cleared" *) wire [Windows-1:0] f_mask_cleared;
  (* keep, tap = "u_apc.f_registers" *) wire [Windows*42-1:0] f_masks;
  (* keep, tap = "u_apc.f_words_u_special" *) wire [4*Windows*16-1:0] f_words_high;
  (* keep, tap = "u_apc.f_words_u_pending" *) wire [4*Windows*16-1:0] f_words_low;
  (* keep, tap = "u_grant.f_read" *) wire f_link_read;
  (* keep, tap = "u_grant.f_kept" *) wire f_link_kept;
  (* keep, tap = "u_grant.f_read_core" *) wire [CoreWidth-1:0] f_link_read_core;
  (* keep, tap = "u_grant.f_kept_core" *) wire [CoreWidth-1:0] f_link_kept_core;
  (* keep, tap = "u_grant.f_queued" *) wire [(1<<ThreadWidth)-1:0] f_queued;
  (* keep, tap = "u_grant.f_counts" *) wire [Windows*(ThreadWidth+1)-1:0] f_counts;
  (* keep, tap = "u_engine.u_walker.state_q" *) wire [3:0] f_walk;
  (* keep, tap = "u_axil.ar_valid_q" *) wire f_ar_valid;
  (* keep, tap = "u_axil.ar_q" *) wire [30:0] f_ar;
  (* keep, tap = "u_axil.aw_valid_q" *) wire f_aw_valid;
  (* keep, tap = "u_axil.aw_q" *) wire [30:0] f_aw;
  (* keep, tap = "u_grant.f_lists" *) wire [Windows*(ThreadWidth<<ThreadWidth)-1:0] f_lists;

  // The access in SR, as lockarb_pipeline has it.
  localparam FStage = RamStage;
  (* keep, tap = "u_engine.u_pipeline.sr_valid" *) wire f_sr_valid;
  (* keep, tap = "u_engine.u_pipeline.to_s1" *) wire [44:0] f_to_s1;
  (* keep, tap = "u_apc.f_first" *) wire f_mask_first;
  (* keep, tap = "u_apc.f_first_core" *) wire [CoreWidth-1:0] f_mask_first_core;
  (* keep, tap = "u_grant.f_word" *) wire f_link_word;
  (* keep, tap = "u_grant.f_word_core" *) wire [CoreWidth-1:0] f_link_word_core;
  (* keep, tap = "u_apc.special_read" *) wire [15:0] f_special_read;
  (* keep, tap = "u_apc.pending_read" *) wire [15:0] f_pending_read;
  (* keep, tap = "u_engine.push_late" *) wire f_push_late;
  wire f_late = FStage != 0 && f_push_late;
  wire [ThreadWidth-1:0] f_late_thread = push_thread;
  wire sr = FStage != 0 && f_sr_valid;
  // The registers behind the RAMs, and what goes into them.
  localparam FRowWidth = 6 + 3 * ($clog2(NumThreads + 1) + 1) + 4 * (ThreadWidth + 1);
  (* keep, tap = "u_engine.u_store.u_row_stage.d_i" *) wire [FRowWidth-1:0] f_row_d;
  (* keep, tap = "u_engine.u_store.u_row_stage.q_o" *) wire [FRowWidth-1:0] f_row_q;
  (* keep, tap = "u_engine.u_store.u_hold_stage.d_i" *) wire [HoldWidth:0] f_hold_d;
  (* keep, tap = "u_engine.u_store.u_hold_stage.q_o" *) wire [HoldWidth:0] f_hold_q;
  (* keep, tap = "u_engine.u_store.u_thread_stage.d_i" *) wire [3+LockWidth:0] f_thread_d;
  (* keep, tap = "u_engine.u_store.u_thread_stage.q_o" *) wire [3+LockWidth:0] f_thread_q;
  (* keep, tap = "u_apc.u_stage.d_i" *) wire [52:0] f_apc_d;
  (* keep, tap = "u_apc.u_stage.q_o" *) wire [52:0] f_apc_q;
  (* keep, tap = "u_grant.u_link_stage.d_i" *) wire [ThreadWidth-1:0] f_link_d;
  (* keep, tap = "u_grant.u_link_stage.q_o" *) wire [ThreadWidth-1:0] f_link_q;
  (* keep, tap = "u_engine.u_store.forgetting_o" *) wire f_walk_reads;
  (* keep, tap = "u_engine.u_pipeline.s1_bad_lock_q" *) wire f_s1_bad_lock;
  wire sr_write, sr_issue, sr_privileged, sr_bad_thread, sr_bad_lock, sr_alone;
  wire [4:0] sr_user;
  wire [24:0] sr_addr;
  wire [8:0] sr_thread;
  assign {sr_write, sr_issue, sr_privileged, sr_user, sr_addr, sr_thread, sr_bad_thread, sr_bad_lock,
          sr_alone} = f_to_s1;
  wire sr_command = sr_addr[19];
  wire [CoreWidth-1:0] sr_core = sr_addr[20+:CoreWidth];
  wire [4:0] sr_op = sr_addr[18:14];
  wire sr_of_operand = sr_op == `LOCKARB_OP_RELEASE_FOR || sr_op == `LOCKARB_OP_CANCEL
      || sr_op == `LOCKARB_OP_DRAIN;

  // The access in S1 and in S2 as it came.
  reg [1:0] f_sr_word, f_after_sr_word, f_s2_word;
  wire [1:0] f_s1_word = FStage != 0 ? f_after_sr_word : f_sr_word;
  reg f_s2_privileged;
  reg [31:0] f_s2_shown;
  reg f_s2_register_read, f_s2_takes;
  always @(posedge clk_i) begin
    if (!rst_ni) f_s2_takes <= 1'b0;
    else if (s1_take)
      f_s2_takes <= !s1_command && !s1_write && f_allowed && s1_offset == `LOCKARB_TAKE_OFFSET
          && aperture_q[s1_core] && grant_valid[s1_core]
          && current_thread_q[s1_core] == {1'b1, s1_thread};
    if (s0_read) f_sr_word <= s0_word;
    if (f_run) f_after_sr_word <= f_sr_word;
    if (s1_take) begin
      f_s2_word <= f_s1_word;
      f_s2_privileged <= s1_privileged;
      f_s2_shown <= s1_data;
      f_s2_register_read <= !s1_command && !s1_write && !s1_fault;
    end
  end

  reg [31:0] f_s2_wdata;
  always @(posedge clk_i) if (s1_take) f_s2_wdata <= wdata;
  // Of the contract, by the names of the operations.
  function f_arms;
    input [4:0] op;
    f_arms = op == `LOCKARB_OP_RELEASE_FOR || op == `LOCKARB_OP_SET_OWNER || op == `LOCKARB_OP_INITIALIZE
        || op == `LOCKARB_OP_REINITIALIZE || op == `LOCKARB_OP_DELETE || op == `LOCKARB_OP_CANCEL
        || op == `LOCKARB_OP_DRAIN || op == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
        || op == `LOCKARB_OP_INITIALIZE_USER || op == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
  endfunction
  // The word of the RAMs of the mask that is read for it: 0, or 1 to 3 for ARM, ANSWER, USER_ANSWER.
  function [1:0] f_word;
    input command;
    input [4:0] op;
    input [11:0] place;
    f_word = command ? ArmWord & {2{f_arms(op)}} : place[1:0] & {2{place[4]}};
  endfunction
  // Whether the register that S2 writes can be written, and is CURRENT_THREAD.
  wire f_writable_kind = f_s2_op == 5'd0 && s2_lock[11:5] == 7'd0;
  wire f_of_current = {12'd0, s2_offset} == `LOCKARB_CURRENT_THREAD_OFFSET;
  // Another core than this runs the thread that a write names.
  function f_runs_elsewhere;
    input [CoreWidth-1:0] core;
    integer n;
    begin
      f_runs_elsewhere = 1'b0;
      for (n = 0; n < NumCores; n = n + 1)
        if (n != core && current_thread_q[n][9]
            && current_thread_q[n][ThreadWidth-1:0] == wdata[ThreadWidth-1:0]) f_runs_elsewhere = 1'b1;
    end
  endfunction

  // ------------------------------------------------------- reads and foreigners do no harm (I1, I3)
  // An access may do something when it is a write, or a read of the command aperture, or of TAKE, of a core
  // that has opened the aperture; where the sideband is checked, only one by the core of the window. From
  // when such a one is accepted until all is answered.
  reg f_harm;
  function f_harms;
    input write;
    input [4:0] user;
    input [24:0] address;
    f_harms = (write || (address[19] || address[18:0] == `LOCKARB_TAKE_OFFSET)
        && aperture_q[address[20+:CoreWidth]]) && {1'b0, address[24:20]} < Cores
        && (CheckUser == 0 || user == address[24:20]);
  endfunction
  wire f_ar_harms = s_axil_arvalid && s_axil_arready && f_harms(1'b0, s_axil_aruser, s_axil_araddr);
  wire f_aw_harms = s_axil_awvalid && s_axil_awready && f_harms(1'b1, s_axil_awuser, s_axil_awaddr);
  wire f_at_rest = f_owed_reads == 4'd0 && f_owed_addresses == 2'd0 && f_run && !reg_write;
  always @(posedge clk_i) begin
    if (!rst_ni) f_harm <= 1'b0;
    else if (f_ar_harms || f_aw_harms) f_harm <= 1'b1;
    else if (f_at_rest) f_harm <= 1'b0;
  end
  wire f_effect = (f_row_written || f_thread_written) && !sweeping || f_hold_written || f_core_written
      || f_next_written;
  // All that the cores and the registers can tell of: what stands in RAMs is written by an effect.
  wire [31+UserErrorWidth+2+22*Windows-1:0] f_state;
  genvar f_w;
  generate
    for (f_w = 0; f_w < Windows; f_w = f_w + 1) begin : g_state
      assign f_state[22*f_w+:22] = {current_thread_q[f_w], operand_q[f_w], aperture_q[f_w], armed_q[f_w]};
    end
  endgenerate
  assign f_state[22*Windows+:31+UserErrorWidth+2] = {error_valid_q, error_q, user_error_valid_q,
      user_error_q};
  reg [31+UserErrorWidth+2+22*Windows-1:0] f_state_was;
  reg [Windows-1:0] f_grants_were, f_apcs_were;
  reg f_harmless_was;
  always @(posedge clk_i) begin
    f_state_was <= f_state;
    f_grants_were <= grant_valid;
    f_apcs_were <= apc_irq;
    f_harmless_was <= rst_ni && !f_harm;
  end

  // ----------------------------------------------------------------- one core that is picked (I2, I6)
  (* anyconst *) wire [CoreWidth-1:0] f_one;
  always @* assume ({1'b0, f_one} < NumCores);
  wire f_mine = f_s2_core == f_one;
  reg f_arm;             // a write of ARM named a command, and none came since
  reg [16:0] f_arm_name;
  reg f_error, f_user_error;
  reg [30:0] f_error_is, f_user_error_is;  // {status, core, thread, lock}
  reg [4:0] f_s2_window;
  reg [8:0] f_s2_thread;
  reg [11:0] f_s2_lock;
  reg [ThreadWidth:0] f_grants;
  reg f_open;
  wire f_pops = write_grant && f_mine && f_grants != 0;
  always @(posedge clk_i) begin
    if (s1_take) begin
      f_s2_window <= s1_addr[24:20];
      f_s2_thread <= s1_thread;
      f_s2_lock <= s1_addr[13:2];
    end
    if (!rst_ni) begin
      f_arm <= 1'b0;
      f_error <= 1'b0;
      f_user_error <= 1'b0;
      f_grants <= 0;
      f_open <= 1'b0;
    end else begin
      if (s1_take && s1_command && !s1_fault && s1_core == f_one) f_arm <= 1'b0;
      if (reg_write && f_mine && {12'd0, s2_offset} == `LOCKARB_CURRENT_THREAD_OFFSET) f_arm <= 1'b0;
      if (reg_write && f_mine && {12'd0, s2_offset} == `LOCKARB_ARM_OFFSET) {f_arm, f_arm_name} <= {1'b1,
          wdata[18:2]};
      if (reg_write && {12'd0, s2_offset} == `LOCKARB_ERROR_OFFSET) f_error <= 1'b0;
      if (reg_write && {12'd0, s2_offset} == `LOCKARB_USER_ERROR_OFFSET) f_user_error <= 1'b0;
      if (s2_refused && f_s2_privileged && !f_error)
        {f_error, f_error_is} <= {1'b1, s2_status, f_s2_window, f_s2_thread, f_s2_lock};
      if (s2_refused && !f_s2_privileged && !f_user_error)
        {f_user_error, f_user_error_is} <= {1'b1, s2_status, f_s2_window, f_s2_thread, f_s2_lock};
      f_grants <= f_grants + (push && push_core == f_one) - f_pops;
      if (reg_write && f_mine && {12'd0, s2_offset} == `LOCKARB_CONTROL_OFFSET) f_open <= wdata[0];
    end
  end
  wire [15:0] f_special, f_kernel;
  wire [4:0] f_irql, f_pending;
  assign {f_special, f_kernel, f_irql, f_pending} = f_masks[f_one*42+:42];
  wire f_apc_opens = f_special == 16'd0 && f_irql == 5'd0
      && (f_pending[0] || f_kernel == 16'd0 && (f_pending[1] && !f_pending[3] || f_pending[2]
      && f_pending[4]));
  wire f_irq = f_grants != 0 || f_apc_opens || f_error && f_error_is[25:21] == f_one
      || f_user_error && f_user_error_is[25:21] == f_one;
  wire [ThreadWidth-1:0] f_oldest = f_lists[f_one*(ThreadWidth<<ThreadWidth)+:ThreadWidth];
  // What a read of TAKE of this core does, and what it tells where there is no grant.
  wire f_takes = f_open && f_grants != 0
      && current_thread_q[f_one] == {1'b1, {9 - ThreadWidth{1'b0}}, f_oldest};
  wire f_busy_one = f_busy[current_thread_q[f_one][ThreadWidth-1:0]] && current_thread_q[f_one][9];
  function f_of_grant;
    input [4:0] place;
    f_of_grant = place == GrantWord || place == TakeWord;
  endfunction
  // Whether the sweep ran when the access in S1 was accepted.
  reg f_s1_swept;
  always @(posedge clk_i) if (s0_valid && s0_ready) f_s1_swept <= sweeping;
  // A read of a register of this core that is carried out.
  wire f_shows = s1_take && !s1_command && !s1_write && !s1_fault && s1_core == f_one;
  wire f_of_operand = s1_op == `LOCKARB_OP_RELEASE_FOR || s1_op == `LOCKARB_OP_CANCEL
      || s1_op == `LOCKARB_OP_DRAIN;
  wire [31:0] f_arm_word = {f_words_high[{ArmWord, f_one}*16+:16], f_words_low[{ArmWord, f_one}*16+:16]};
  // Two cores, for I7.
  (* anyconst *) wire [CoreWidth-1:0] f_other_one;

  always @* begin
    if (!$initstate) begin
      // FV-80 reads of registers but TAKE, of TAKE and of the aperture while that is closed, change nothing
      // at all, nor does any access by another master than the core of the window where the sideband is
      // checked (contract IV, I1 and I3).
      assert (f_harm || !f_effect && !push && !s2_mask_move && !s2_refused && !reg_write && !s2_answer_write);
      assert (!f_harmless_was || f_state == f_state_was && grant_valid == f_grants_were
          && apc_irq == f_apcs_were);
      // FV-81 and those that may do nothing are s2_refused: a read of the aperture, a write.
      assert (f_harm || !(rsp_valid && (f_s2_aperture || f_s2_write)) || rsp_error);
      // FV-82 an operation that makes or deletes a lock or acts for another owner runs only when the last
      // write of ARM in the window of its core names it and its lock, and no command of that core came since
      // (I2).
      assert (!(s1_take && s1_command && !s1_fault && s1_core == f_one && f_arms(s1_op))
          || f_s1_armed == (f_arm && f_arm_name == s1_addr[18:2]));
      // FV-83 a command acts for the thread that its core runs, or for the one in OPERAND when it must be
      // armed (I4).
      assert (!(s1_take && s1_command && !s1_bad_thread && s1_core == f_one && !f_of_operand)
          || current_thread_q[f_one] == {1'b1, s1_thread});
      assert (!(s1_take && s1_command && !s1_bad_thread && s1_core == f_one && f_of_operand)
          || operand_q[f_one][8:0] == s1_thread);
      // FV-84 unprivileged code does nothing to a lock that is not of the class user, and cannot ask about it
      // (I5).
      assert (!(s1_take && s1_command && !s1_privileged && s1_addr[13:2] == 12'd0 && !f_user_lock0)
          || s1_fault);
      // FV-85 an error of unprivileged code is kept apart: each kind changes by its own kind and the write of
      // its own register only, and the first one stays (I6).
      assert (error_valid_q == f_error && (!f_error || error_q == f_error_is));
      assert (user_error_valid_q == f_user_error && (!f_user_error
          || {user_error_status, user_error_core_field[4:0], user_error_thread,
          user_error_lock_field[11:0]} == {f_user_error_is[30:21], f_user_error_is[12+:ThreadWidth],
          f_user_error_is[11:0]}));
      // FV-86 no thread is the current one of two cores (I7).
      assert (f_one == f_other_one || {1'b0, f_other_one} >= NumCores || !current_thread_q[f_one][9]
          || current_thread_q[f_one] != current_thread_q[f_other_one]);
      // FV-87 the line of a core is up exactly while a grant waits for it, an APC may run on it, or an error
      // of its commands was not cleared.
      assert (irq_o[f_one] == f_irq);
      // FV-88 STATUS, CONTROL, CURRENT_THREAD, OPERAND, GRANT, ERROR, USER_ERROR and ARM show what they stand
      // for, and a read of a register answers what it shows.
      assert (!(f_shows && s1_offset == `LOCKARB_STATUS_OFFSET)
          || s1_data == {26'd0, f_user_error, f_error, f_apc_opens, f_grants != 0, f_irq, sweeping});
      assert (!(f_shows && s1_offset == `LOCKARB_CONTROL_OFFSET) || s1_data == {31'd0, f_open});
      assert (!(f_shows && s1_offset == `LOCKARB_CURRENT_THREAD_OFFSET)
          || s1_data == {current_thread_q[f_one][9], 22'd0, current_thread_q[f_one][8:0]});
      assert (!(f_shows && s1_offset == `LOCKARB_OPERAND_OFFSET)
          || s1_data == {operand_q[f_one][9], 22'd0, operand_q[f_one][8:0]});
      assert (!(f_shows && s1_offset == `LOCKARB_GRANT_OFFSET) || (f_grants == 0 ? s1_data == 32'd0
          : s1_data[31:30] == 2'b10 && s1_data[24:16] == f_oldest && s1_data[11:0] == s1_thread_lock));
      assert (!(f_shows && s1_offset == `LOCKARB_TAKE_OFFSET && f_grants != 0)
          || {s1_data[31:30], s1_data[28:25], s1_data[15:12]} == {2'b10, f_error || f_user_error, 7'd0}
          && s1_data[24:16] == f_oldest && s1_data[11:0] == s1_thread_lock);
      assert (!(f_shows && s1_offset == `LOCKARB_TAKE_OFFSET && f_grants == 0)
          || s1_data == {3'd0, f_error || f_user_error, f_busy_one, 27'd0});
      assert (!(f_shows && s1_offset == `LOCKARB_ERROR_OFFSET) || s1_data == (f_error
          ? {1'b1, f_error_is} : 32'd0));
      assert (!(f_shows && s1_offset == `LOCKARB_USER_ERROR_OFFSET)
          || (f_user_error ? s1_data == {1'b1, user_error_status, user_error_core_field[4:0],
          user_error_thread_field[8:0], user_error_lock_field[11:0]} : s1_data == 32'd0));
      assert (!(f_shows && s1_offset == `LOCKARB_ARM_OFFSET) || s1_data[31] == f_arm
          && (!f_arm || s1_data[30:0] == {12'd0, f_arm_name, 2'd0}));
      assert (!(rsp_valid && f_s2_register_read) || rsp_data == f_s2_shown && !rsp_error);
      // FV-89 a read of TAKE says that it takes exactly when the oldest grant is one for the thread that its
      // core runs and its aperture is open; this grant is removed, and no other one. The thread was told of
      // it: it waits no more.
      assert (!(f_shows && s1_offset == `LOCKARB_TAKE_OFFSET) || s1_data[29] == f_takes);
      assert (!(f_s2_valid && f_s2_register_read && f_offset == `LOCKARB_TAKE_OFFSET && f_mine)
          || f_s2_shown[29] == f_s2_register_write);
      assert (!(reg_write && !f_s2_write && f_mine) || f_pops && f_offset == `LOCKARB_TAKE_OFFSET && f_open
          && current_thread_q[f_one] == {1'b1, {9 - ThreadWidth{1'b0}}, f_oldest} && s2_thread == f_oldest
          && f_told[f_oldest]);
      cover (f_irq && f_grants == 0 && !f_apc_opens && !f_error);
      cover (f_shows && s1_offset == `LOCKARB_GRANT_OFFSET && f_grants != 0);
      cover (!f_harm && f_s2_valid && f_s2_aperture && current_thread_q[f_one][9]);

      // And what makes that inductive: what the modules know of each other. The accesses that are inside,
      assert (f_inside == sr + f_s1_valid + f_s2_valid);
      assert (!f_s2_valid || f_kinds[0] == f_s2_write);
      assert (!f_s1_valid || f_kinds[f_s2_valid] == s1_write);
      assert (!reg_write || f_run && !sr && !f_s1_valid && !f_s2_valid);
      assert (!f_s1_valid || f_s1_word == f_word(s1_command, s1_op, s1_addr[13:2]));
      assert (!(f_s2_valid || reg_write) || f_s2_word == f_word(f_s2_aperture, f_s2_op, s2_lock));
      assert (!(f_s2_valid || reg_write) || s2_core == f_window && {f_s2_op, s2_lock} == f_offset[18:2]
          && f_s2_window == s2_core && f_s2_thread == s2_thread && f_s2_lock == s2_lock
          && f_s2_privileged == s2_privileged && (!f_register_write || f_offset[1:0] == 2'd0)
          && (!f_s2_write || wdata == f_s2_wdata));
      assert (!(f_s2_valid || reg_write) || f_s2_command == f_command);
      assert (!f_s2_valid || f_s2_register_write == (f_register_write || f_s2_takes)
          && (!f_register_write || f_s2_write) && (!f_s2_takes || !f_s2_write));
      assert (!s0_valid || !s0_issue || s0_write && s0_addr[19]);
      assert (!f_s1_valid || !s1_issue || s1_write && s1_command);
      assert (!f_s2_valid || !f_s2_issue || f_s2_write && f_s2_aperture);
      assert (!reg_write || (f_s2_write ? f_register_write : f_s2_takes) && !f_s2_aperture
          && {1'b0, s2_core} < Cores);
      assert (!(f_s2_valid && f_s2_command) || f_s2_privileged || {1'b0, s2_lock} < Locks);
      assert (!(f_s2_valid && (f_s2_command || f_register_write || f_s2_takes)) || {1'b0, s2_core} < Cores
          && !f_s2_fault);
      assert (!f_s2_valid || f_s2_fault || f_s2_command == f_s2_aperture);
      assert (!(f_s2_valid && f_s2_register_read) || !f_s2_aperture && !f_s2_write && !f_s2_fault
          && f_s2_data == f_s2_shown && f_s2_data_valid);
      assert (!(f_s2_valid && f_s2_register_write || reg_write) || f_writable_kind
          && (!f_of_current || !wdata[31] || {1'b0, wdata[8:0]} < Threads && !f_runs_elsewhere(f_s2_core)));
      assert (!(f_s1_valid && s1_write && !s1_command) || s1_elsewhere_q == f_runs_elsewhere(s1_core));
      assert (f_walk != 4'b1000 || f_pushed || FStage != 0 && push);
      //   whose thread is known,
      assert (!(f_s1_valid && !s1_command && f_of_grant(s1_addr[6:2]) && grant_valid[s1_core])
          || s1_thread == f_lists[s1_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]);
      assert (!((f_s2_valid || reg_write) && !f_s2_aperture && f_of_grant(s2_lock[4:0])
          && grant_valid[f_s2_core])
          || s2_thread == f_lists[f_s2_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]);
      assert (!(f_s1_valid && s1_command) || (f_of_operand ? s1_thread == operand_q[s1_core][8:0]
          && s1_bad_thread == ({1'b0, operand_q[s1_core][8:0]} >= Threads)
          : s1_thread == current_thread_q[s1_core][8:0] && s1_bad_thread == (!current_thread_q[s1_core][9]
          || s1_op == `LOCKARB_OP_SET_OWNER && {1'b0, operand_q[s1_core][8:0]} >= Threads)));
      assert (!(f_s1_valid && !s1_command && s1_addr[6:2] != GrantWord
          && !(s1_addr[6:2] == TakeWord && grant_valid[s1_core]))
          || {!s1_bad_thread, s1_thread} == (s1_addr[6:2] == OperandWord ? operand_q[s1_core]
          : current_thread_q[s1_core]));
      assert (!(f_s2_valid && f_s2_set_owner) || {1'b0, operand_q[f_s2_core][8:0]} < Threads);
      assert (!(f_s1_valid && !s1_command) || f_s1_own_grant == (grant_valid[s1_core]
          && current_thread_q[s1_core] == {1'b1, {9 - ThreadWidth{1'b0}},
          f_lists[s1_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]}));
      assert (!((f_s2_valid || reg_write) && f_s2_takes) || aperture_q[f_s2_core] && grant_valid[f_s2_core]
          && !f_s2_aperture && f_offset == `LOCKARB_TAKE_OFFSET
          && current_thread_q[f_s2_core] == {1'b1, s2_thread});
      assert (!(f_s1_valid && !s1_command) || f_s1_current == (current_thread_q[s1_core][9] && !f_s1_swept));
      assert (!(f_s1_valid && !s1_command && f_s1_swept) || f_busy == 0);
      assert (FStage != 0 || f_regs_in_s1 == f_s1_valid);
      assert (FStage == 0 || !(sr && sr_alone || f_s1_valid && f_s1_alone) || f_regs_in_s1);
      assert (!(f_s1_valid && (FStage == 0 || f_s1_alone)) || f_regs_addr == s1_addr && f_regs_thread == s1_thread
          && f_regs_swept == !f_s1_swept);
      assert (!(f_s1_valid && !s1_command) || f_regs_granted == grant_valid[s1_core]
          && (!f_regs_granted
          || f_regs_head == f_lists[s1_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]));
      assert (!(f_s1_valid && !s1_command && s1_addr[6:2] == TakeWord && f_s1_current
          && !grant_valid[s1_core]) || !s1_idle == f_busy[s1_thread]);
      //   what was read of the mask, of ARM and of the links,
      assert (!(f_s1_valid && f_s1_word == 2'd0) || f_mask_read && f_mask_read_core == s1_core);
      assert (!((f_s2_valid || reg_write) && f_s2_word == 2'd0) || f_mask_kept
          && f_mask_kept_core == f_s2_core);
      assert (clearing || (&f_mask_cleared));
      assert (!f_error || {1'b0, f_error_is[25:21]} < Cores);
      assert (!f_user_error || {1'b0, f_user_error_is[25:21]} < Cores);
      assert (!clearing || !f_arm && !sr && !f_s1_valid && !f_s2_valid && !reg_write && f_run && !f_mask_used);
      assert (!f_s1_valid || s1_word == {f_words_high[{f_s1_word, s1_core}*16+:16],
                                         f_words_low[{f_s1_word, s1_core}*16+:16]});
      assert (!(f_s1_valid && f_s1_alone) || f_link_read && f_link_read_core == s1_core);
      assert (!(f_s2_valid && !f_s2_aperture || reg_write) || f_link_kept && f_link_kept_core == f_s2_core);
      assert ((f_queued | {{(1 << ThreadWidth) - 1{1'b0}}, f_late} << f_late_thread) == f_told);
      assert (!f_late || !f_queued[f_late_thread]);
      //   what stands in SR,
      if (FStage != 0) begin
        assert (!sr || f_kinds[{1'b0, f_s1_valid} + {1'b0, f_s2_valid}] == sr_write);
        assert (!sr || f_sr_word == f_word(sr_command, sr_op, sr_addr[13:2]));
        assert (!sr || !sr_issue || sr_write && sr_command);
        assert (!(sr && sr_write && !sr_command) || s1_elsewhere_q == f_runs_elsewhere(sr_core));
        assert (!(sr && !sr_command && f_of_grant(sr_addr[6:2]) && grant_valid[sr_core])
            || sr_thread == f_lists[sr_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]);
        assert (!(sr && sr_command) || (sr_of_operand ? sr_thread == operand_q[sr_core][8:0]
            && sr_bad_thread == ({1'b0, operand_q[sr_core][8:0]} >= Threads)
            : sr_thread == current_thread_q[sr_core][8:0] && sr_bad_thread == (!current_thread_q[sr_core][9]
            || sr_op == `LOCKARB_OP_SET_OWNER && {1'b0, operand_q[sr_core][8:0]} >= Threads)));
        assert (!(sr && !sr_command && sr_addr[6:2] != GrantWord
            && !(sr_addr[6:2] == TakeWord && grant_valid[sr_core]))
            || {!sr_bad_thread, sr_thread} == (sr_addr[6:2] == OperandWord ? operand_q[sr_core]
            : current_thread_q[sr_core]));
        assert (!(sr && !sr_command) || f_s1_own_grant == (grant_valid[sr_core]
            && current_thread_q[sr_core] == {1'b1, {9 - ThreadWidth{1'b0}},
            f_lists[sr_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]}));
        assert (!(sr && !sr_command) || f_s1_current == (current_thread_q[sr_core][9] && !f_s1_swept));
        assert (!(sr && !sr_command && f_s1_swept) || f_busy == 0);
        assert (!(sr && sr_alone) || f_regs_addr == sr_addr && f_regs_thread == sr_thread
            && f_regs_swept == !f_s1_swept);
        assert (!(sr && !sr_command) || f_regs_granted == grant_valid[sr_core]
            && (!f_regs_granted || f_regs_head == f_lists[sr_core*(ThreadWidth<<ThreadWidth)+:ThreadWidth]));
        assert (!(sr && f_sr_word == 2'd0) || f_mask_first && f_mask_first_core == sr_core);
        assert (!(sr && sr_alone) || f_link_word && f_link_word_core == sr_core);
        assert (!(sr && sr_alone) || !f_late);
        assert (!(f_s1_valid && f_s1_alone || f_s2_valid && !f_s2_aperture || reg_write) || !f_late);
        assert (!sr || {f_special_read, f_pending_read} == {f_words_high[{f_sr_word, sr_core}*16+:16],
                                                            f_words_low[{f_sr_word, sr_core}*16+:16]});
        assert (f_harm || !(sr && f_harms(sr_write, sr_user, sr_addr)));
        assert (f_harm || !f_late);
        // Nothing is on its way into these registers.
        assert (sr || s0_valid || sweeping || f_to_s1 == {s1_write, s1_issue, s1_privileged, s1_user, s1_addr,
            s1_thread, s1_bad_thread, f_s1_bad_lock, f_s1_alone});
        assert (sr || s0_valid || sweeping || {f_row_d, f_apc_d, f_link_d} == {f_row_q, f_apc_q, f_link_q});
        assert (sr || s0_valid || sweeping || !f_run || f_walk_reads || {f_hold_d, f_thread_d} == {f_hold_q,
            f_thread_q});
        assert (!f_late || f_command_was || f_pushed);
        assert (!(f_regs_in_s1 && !f_regs_addr[19]) || sr && sr_alone || f_s1_valid && f_s1_alone);
      end
      //   the picked core,
      assert (f_open == aperture_q[f_one] && f_arm == armed_q[f_one]);
      assert (!f_arm || f_arm_word[18:2] == f_arm_name);
      assert (f_grants == f_counts[f_one*(ThreadWidth+1)+:ThreadWidth+1]);
      //   and no harm.
      assert (f_harm || !(s0_valid && f_harms(s0_write, s0_user, s0_addr)));
      assert (f_harm || !(f_ar_valid && f_harms(1'b0, f_ar[29:25], f_ar[24:0])));
      assert (f_harm || !(f_aw_valid && f_harms(1'b1, f_aw[29:25], f_aw[24:0])));
      assert (f_harm || !(f_s1_valid && f_harms(s1_write, s1_user, s1_addr)));
      assert (f_harm || f_run && !reg_write);
      assert (f_harm || !(f_s2_valid && (f_s2_aperture || f_s2_write)) || f_s2_fault);
      assert (f_harm || !(f_s2_valid && f_s2_takes));
      assert (!(f_s2_valid || reg_write) || !f_s2_takes || f_take);
    end
  end
  generate
    for (f_w = 0; f_w < Windows; f_w = f_w + 1) begin : g_window
      always @* begin
        if (!$initstate) begin
          assert (!current_thread_q[f_w][9] || {1'b0, current_thread_q[f_w][8:0]} < Threads);
          assert (f_w < NumCores || current_thread_q[f_w] == 10'd0 && operand_q[f_w] == 10'd0);
          assert (!(clearing && clear_at > f_w) || f_mask_cleared[f_w]);
        end
      end
    end
  endgenerate
