// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb_regs: which read of TAKE takes, and what it tells. REGS_INPUT is `assume` where
// its pins are free, and `assert` where the module stands in another one.

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

  localparam FHeadZeros = 9 - ThreadWidth;

  // The access in S1, as it was accepted in S0.
  reg f_in_s1, f_swept, f_granted;
  reg [24:0] f_addr;
  reg [8:0] f_thread;
  reg [ThreadWidth-1:0] f_head;
  wire [CoreWidth-1:0] f_core = f_addr[20+:CoreWidth];
  wire f_register = f_in_s1 && !f_addr[19];
  always @(posedge clk_i) begin
    if (!rst_ni) f_in_s1 <= 1'b0;
    else if (s0_accepted_i) f_in_s1 <= 1'b1;
    else if (s1_take_i) f_in_s1 <= 1'b0;
    if (s0_accepted_i) begin
      f_addr <= s0_addr_i;
      f_thread <= s0_grant_o ? {{FHeadZeros{1'b0}}, grant_head_i} : s0_thread_o;
      f_head <= grant_head_i;
      f_granted <= grant_valid_i[s0_core];
      f_swept <= !sweeping_i;
    end
  end

  always @* begin
    if (!$initstate) begin
      // A register access goes alone: what it was accepted with holds until it is in S2.
      `REGS_INPUT(!(s1_take_i && !s1_command) || f_register && s1_addr_i == f_addr
          && s1_thread_i == f_thread);
      `REGS_INPUT(!f_register || grant_valid_i[f_core] == f_granted);
      `REGS_INPUT(!(f_register || s0_accepted_i) || !reg_write_i);
    end
  end

  wire f_take = s1_take_i && !s1_command && !s1_write_i && !s1_fault_o
      && s1_offset == `LOCKARB_TAKE_OFFSET;
  wire f_errors = error_valid_q || user_error_valid_q;
  wire [9:0] f_current = current_thread_q[f_core];
  wire f_own = grant_valid_i[f_core] && f_current[9] && f_current[ThreadWidth-1:0] == f_head;
  always @* begin
    if (!$initstate) begin
      // FV-90 a read removes a grant exactly when it is one of TAKE that is not refused, while the aperture
      // of its core is open and the oldest grant is one for the thread that this core runs.
      assert (!(s1_take_i && !s1_command && !s1_fault_o)
          || s1_removes_o == (f_take && f_own && aperture_q[f_core]));
      // FV-91 TAKE shows the oldest grant, whether it takes it, and whether an error waits; without a grant,
      // whether the thread that its core runs can command.
      assert (!(f_take && grant_valid_i[f_core]) || s1_data_o == {1'b1, s1_bad_word_i, s1_removes_o,
          f_errors, 3'd0, {FHeadZeros{1'b0}}, f_head, 4'd0, s1_lock_field[11:0]});
      assert (!(f_take && !grant_valid_i[f_core]) || s1_thread_i == f_current[8:0]
          && s1_data_o == {3'd0, f_errors,
          f_current[9] && f_swept && (!s1_idle_i || s1_bad_word_i), 27'd0});
      // FV-92 what GRANT's write and TAKE remove is the oldest grant of the core of the access.
      assert (write_grant_o == (reg_write_i && ({12'd0, s2_offset_i} == `LOCKARB_GRANT_OFFSET
          || {12'd0, s2_offset_i} == `LOCKARB_TAKE_OFFSET)));
      assert (grant_removed_o == (write_grant_o && grant_valid_i[s2_core_i[CoreWidth-1:0]]));
      cover (f_take && s1_removes_o);
      cover (f_take && s1_data_o[27]);
      // And what makes them inductive.
      assert (!f_register || s1_own_grant_q == f_own);
      assert (!f_register || s1_current_q == (f_current[9] && f_swept));
      assert (!(f_register && f_addr[6:2] == TakeWord) || f_thread == (f_granted
          ? {{FHeadZeros{1'b0}}, f_head} : f_current[8:0]));
    end
  end
