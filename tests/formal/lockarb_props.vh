// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb through its pins: what an access may do, and for whom.

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

`include "lockarb_regs.vh"

  // What it sees of the registers; tests/formal/prove.py connects it. Signals have their names there.
  (* keep, tap = "u_regs." *) wire s1_command, s1_elsewhere_q, error_valid_q, user_error_valid_q;
  (* keep, tap = "u_regs." *) wire write_current, write_error, write_arm, write_answer;
  (* keep, tap = "u_regs." *) wire [4:0] s1_op, user_error_status;
  (* keep, tap = "u_regs." *) wire [18:0] s1_offset;
  (* keep, tap = "u_regs." *) wire [CoreWidth-1:0] s1_core;
  (* keep, tap = "u_regs." *) wire [Windows-1:0] aperture_q, armed_q;
  (* keep, tap = "u_regs." *) wire [30:0] error_q;
  (* keep, tap = "u_regs." *) wire [5+CoreWidth+ThreadWidth+LockWidth-1:0] user_error_q;
  (* keep, tap = "u_regs." *) wire [CoreWidth+4:0] user_error_core_field;
  (* keep, tap = "u_regs." *) wire [ThreadWidth-1:0] user_error_thread;
  (* keep, tap = "u_regs." *) wire [ThreadWidth+8:0] user_error_thread_field;
  (* keep, tap = "u_regs." *) wire [LockWidth+11:0] user_error_lock_field;
  (* keep *) wire [Windows*10-1:0] f_current_thread, f_operand;
  (* mem2reg *) reg [9:0] current_thread_q[0:Windows-1], operand_q[0:Windows-1];
  integer f_n;
  always @* begin
    for (f_n = 0; f_n < Windows; f_n = f_n + 1) begin
      current_thread_q[f_n] = f_current_thread[f_n*10+:10];
      operand_q[f_n] = f_operand[f_n*10+:10];
    end
  end
  (* keep, tap = "u_apc.core_i" *) wire [CoreWidth-1:0] f_s2_core;

  // ---------------------------------------------------------------- the access in S2, as it came
  // Kept from S1, beside the engine: what the map in regs/lockarb.md allows it.
  reg f_command, f_write, f_fault, f_register_write, f_take;
  reg [4:0] f_window;
  reg [18:0] f_offset;
  wire f_thread_command = s1_op <= `LOCKARB_OP_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE
      || s1_op == `LOCKARB_OP_RELEASE || s1_op == `LOCKARB_OP_CONVERT || s1_op == `LOCKARB_OP_HOLD_COUNT;
  wire f_readable = s1_offset <= `LOCKARB_CONTROL_OFFSET
      || s1_offset >= `LOCKARB_CURRENT_THREAD_OFFSET && s1_offset <= `LOCKARB_USER_ANSWER_OFFSET
      || s1_offset == `LOCKARB_TAKE_OFFSET || f_statistic;
  wire f_public = s1_offset <= `LOCKARB_TIME_HI_OFFSET || s1_offset == `LOCKARB_USER_ANSWER_OFFSET;
  // Five words for each lock, 32 bytes apart.
  wire [18:0] f_in_statistics = s1_offset - `LOCKARB_STATISTICS_OFFSET;
  wire f_statistic = Statistics != 0 && s1_offset >= `LOCKARB_STATISTICS_OFFSET
      && f_in_statistics < NumLocks * 32 && f_in_statistics % 32 <= `LOCKARB_DEEPEST_QUEUE_OFFSET;
  // CURRENT_THREAD: a slot that exists, and that runs on no other core.
  reg f_elsewhere;
  integer f_i;
  always @* begin
    f_elsewhere = 1'b0;
    for (f_i = 0; f_i < NumCores; f_i = f_i + 1)
      if (f_i != s1_addr[24:20] && current_thread_q[f_i] == {1'b1, wdata[8:0]}) f_elsewhere = 1'b1;
  end
  wire f_writable = s1_offset == `LOCKARB_CONTROL_OFFSET
      || s1_offset >= `LOCKARB_CURRENT_THREAD_OFFSET && s1_offset <= `LOCKARB_APC_PENDING_OFFSET
      && !(s1_offset == `LOCKARB_CURRENT_THREAD_OFFSET && wdata[31] && (wdata[8:0] >= NumThreads
      || f_elsewhere))
      || s1_offset >= `LOCKARB_USER_ERROR_OFFSET && s1_offset <= `LOCKARB_USER_ANSWER_OFFSET;
  wire f_window_bad = s1_addr[24:20] >= NumCores || CheckUser != 0 && s1_user != s1_addr[24:20];
  wire f_allowed = !f_window_bad && s1_addr[1:0] == 2'd0 && (s1_command
      ? (s1_write ? s1_issue && wfull : aperture_q[s1_core])
          && (s1_privileged || f_thread_command && s1_user_lock)
      : s1_write ? f_writable && s1_privileged && wfull : f_readable && (s1_privileged || f_public));
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_command <= 1'b0;
      f_register_write <= 1'b0;
      f_take <= 1'b0;
    end else if (s1_take) begin
      f_command <= s1_command && f_allowed;
      f_register_write <= !s1_command && s1_write && f_allowed;
      // A read of TAKE may take while the aperture is open; when it does is FV-90, and FV-89 of the pins.
      f_take <= !s1_command && !s1_write && f_allowed && s1_offset == `LOCKARB_TAKE_OFFSET
          && aperture_q[s1_core];
    end
    if (s1_take) begin
      f_window <= s1_addr[24:20];
      f_offset <= s1_offset;
    end
  end

  // ------------------------------------------------------------------- one core that is picked
  (* anyconst *) wire [CoreWidth-1:0] f_core;
  wire f_other = f_window != {{5 - CoreWidth{1'b0}}, f_core};
  reg [9:0] f_current_was, f_operand_was;
  reg f_grant_was, f_by_other, f_error_was;
  reg [30:0] f_error_value_was;
  reg f_cleared_error;
  reg f_pushed;  // the walker goes on with the batch of a command
  reg f_command_was;  // with RamStage a grant comes one clock later
  always @(posedge clk_i) begin
    f_current_was <= current_thread_q[f_core];
    f_operand_was <= operand_q[f_core];
    f_grant_was <= grant_valid[f_core];
    f_by_other <= rst_ni && f_other;
    f_error_was <= rst_ni && error_valid_q;
    f_error_value_was <= error_q;
    f_cleared_error <= write_error;
    f_pushed <= rst_ni && (push || RamStage != 0 && f_pushed && !stage);
    f_command_was <= rst_ni && f_command;
  end

  always @* begin
    if (!$initstate) begin
      // FV-70 an access is s2_refused exactly when the map says so: window, sideband, privilege,
      // alignment, byte lanes, and whether the register is there.
      assert (!s1_take || s1_fault == !f_allowed);
      // FV-71 only a command, a read of the open command aperture or a write of ISSUE that is not s2_refused,
      // makes a result, moves a mask or sets ERROR; no other read but that of TAKE changes anything.
      assert (!(s2_mask_move || s2_refused) || f_command);
      assert (!push || (RamStage != 0 ? f_command_was : f_command) || f_pushed);
      // FV-72 only a register write that is not s2_refused writes a register, and the one that it names; or a
      // read of TAKE while the aperture of its core is open.
      assert (!reg_write || (f_register_write || f_take) && {13'd0, s2_offset} == f_offset);
      // FV-73 what an access does, it does for the core of its window.
      assert (!(reg_write || s2_mask_move || s2_refused) || s2_core == f_window);
      // FV-74 no access through another window changes CURRENT_THREAD or OPERAND of a core, or takes a
      // grant from it.
      assert (!f_by_other || current_thread_q[f_core] == f_current_was && operand_q[f_core] == f_operand_was);
      assert (!f_by_other || grant_valid[f_core] || !f_grant_was);
      // FV-75 nor moves its mask: what goes to the APC registers of a core comes through its window.
      assert (!(s2_mask_move || write_mask || write_irql || write_pending || write_arm || write_answer
          || s2_answer_write) || f_s2_core != f_core || !f_other);
      // FV-77 the first error stays until ERROR is written.
      assert (!f_error_was || error_valid_q && error_q == f_error_value_was || f_cleared_error);
      cover (s2_mask_move && f_window == NumCores - 1);
      cover (s1_take && s1_fault && s1_command && !s1_write && !s1_privileged);
      cover (reg_write && write_current && f_window == NumCores - 1);
      cover (s2_refused && s2_status == `LOCKARB_STATUS_ERR_LOCK);
    end
  end

  // No access on the bus, and not busy.
  (* keep *) wire f_idle = rst_ni && !busy_o && !s_axil_arvalid && !s_axil_awvalid && !s_axil_wvalid
      && !(s_axil_rvalid && s_axil_rready) && !(s_axil_bvalid && s_axil_bready);
