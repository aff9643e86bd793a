// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb_apc: it is a set of registers per core, and what they open.

`include "contract_words.vh"

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

  // The words of the RAMs; tests/formal/prove.py connects them.
  (* keep *) wire [Cores*16-1:0] f_words_u_kernel;
  (* keep *) wire [4*Cores*16-1:0] f_words_u_special, f_words_u_pending;  // {word, core}: word 0 is meant
  (* keep *) wire [Cores*5-1:0] f_words_u_irql;

  // A pulse is for the core that was read, shown, then taken, with nothing written to it since it was read.
  // What is read is shown at once, or with RamStage when the register behind the RAM took it over.
  reg f_first, f_late, f_kept;
  reg [CoreWidth-1:0] f_first_core, f_late_core, f_kept_core;
  wire f_read = RamStage != 0 ? f_late : f_first;
  wire [CoreWidth-1:0] f_read_core = RamStage != 0 ? f_late_core : f_first_core;
  reg [Cores-1:0] f_cleared;
  wire f_pulse = mask_we_i || irql_we_i || pending_we_i || move_i;
  wire f_clear = clear_i && clear_at_i[CoreWidth+1:CoreWidth] == 2'd0;
  wire [CoreWidth-1:0] f_clear_core = clear_at_i[CoreWidth-1:0];
  // The word that ARM, ANSWER or USER_ANSWER is, of a core that the solver picks.
  (* anyconst *) wire [CoreWidth+1:0] f_word;
  reg f_used;
  always @(posedge clk_i) f_used <= rst_ni && (f_used || f_pulse || word_we_i);
  wire f_word_is_cleared = clear_i && clear_at_i == f_word;
  wire f_word_is_written = word_we_i && {word_i, core_i} == f_word;
  reg [31:0] f_word_value;
  reg f_word_known, f_word_first, f_word_late;
  wire f_word_read = RamStage != 0 ? f_word_late : f_word_first;
  always @(posedge clk_i) begin
    if (!rst_ni) f_word_known <= 1'b0;
    else if (f_word_is_cleared || f_word_is_written) f_word_known <= 1'b1;
    if (f_word_is_cleared || f_word_is_written) f_word_value <= f_word_is_written ? word_wdata_i : 32'd0;
    f_word_first <= rst_ni && !f_word_is_cleared && !f_word_is_written
        && (re_i ? {read_word_i, read_core_i} == f_word && f_word_known : f_word_first);
    f_word_late <= rst_ni && !f_word_is_cleared && !f_word_is_written
        && (stage_i ? f_word_first : f_word_late);
  end
  wire f_writes = f_pulse || clear_i;
  wire f_spoilt = f_writes && write_core == f_read_core;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_first <= 1'b0;
      f_late <= 1'b0;
      f_kept <= 1'b0;
      f_cleared <= {Cores{1'b0}};
    end else begin
      f_first <= re_i ? f_cleared[read_core_i] && read_word_i == 2'd0
          && !(f_writes && write_core == read_core_i) : f_first && !(f_writes && write_core == f_first_core);
      f_late <= stage_i ? f_first && !(f_writes && write_core == f_first_core)
          : f_late && !(f_writes && write_core == f_late_core);
      f_kept <= take_i ? f_read && !f_spoilt : f_kept && !f_pulse;
      if (f_clear) f_cleared[f_clear_core] <= 1'b1;
    end
    if (re_i) f_first_core <= read_core_i;
    if (stage_i) f_late_core <= f_first_core;
    if (take_i) f_kept_core <= f_read_core;
  end

  always @* begin
    if (!$initstate) begin
      `APC_INPUT(mask_we_i + irql_we_i + pending_we_i + move_i + clear_i <= 3'd1);
      // An answer may be written in the clock in which K moves, and at no other pulse.
      `APC_INPUT(!word_we_i || word_i != 2'd0 && !(mask_we_i || irql_we_i || pending_we_i || clear_i));
      `APC_INPUT(word_wdata_i == wdata_i || word_we_i);
      // The sweep comes before everything else: it clears all words of a core, one after the other.
      `APC_INPUT(!clear_i || !f_used && !f_pulse && !word_we_i);
      `APC_INPUT(!f_pulse || f_kept && core_i == f_kept_core);
    end
  end

  // The registers of each core, as the pulses write them.
  wire [Cores*42-1:0] f_registers;
  genvar f_c;
  generate
    for (f_c = 0; f_c < Cores; f_c = f_c + 1) begin : g_formal
      reg [15:0] kernel, special;
      reg [4:0] irql, pending;
      reg left;  // a fused command left a region in the clock before
      wire here = core_i == f_c;
      always @(posedge clk_i) left <= move_i && up_i && here;
      always @(posedge clk_i) begin
        if (!rst_ni) {kernel, special, irql, pending} <= 42'd0;
        else if (here) begin
          if (mask_we_i) {special, kernel} <= wdata_i;
          if (move_i) kernel <= up_i ? kernel + 16'd1 : kernel - 16'd1;
          if (irql_we_i) irql <= wdata_i[4:0];
          if (pending_we_i) pending <= {wdata_i[9:8], wdata_i[2:0]};
        end
      end
      assign f_registers[f_c*42+:42] = {special, kernel, irql, pending};

      wire [5:0] words = apc_words(kernel != 16'd0, special != 16'd0, irql >= 5'd1);
      wire special_open = words[1:0] == ApcYes;
      wire normal_open = words[3:2] == ApcIfNoneInProgress && !pending[3];
      wire user_open = words[5:4] == ApcIfAlertable && pending[4];
      always @* begin
        if (!$initstate) begin
          // FV-30 what is deliverable is exactly what table II.E says of K, P, IRQL and what is pending.
          assert ({user_deliverable_q[f_c], normal_deliverable_q[f_c],
              special_deliverable_q[f_c]} == (pending[2:0] & {user_open, normal_open, special_open}));
          // FV-31 the interrupt of a core is up exactly while something is deliverable.
          assert (irq_o[f_c] == |(pending[2:0] & {user_open, normal_open, special_open}));
          // And what makes that inductive: the RAMs hold the registers once they are cleared.
          assert (!f_cleared[f_c] || f_words_u_kernel[f_c*16+:16] == kernel);
          assert (!f_cleared[f_c] || f_words_u_special[f_c*16+:16] == special);
          assert (!f_cleared[f_c] || f_words_u_irql[f_c*5+:5] == irql);
          assert (!f_cleared[f_c]
              || {f_words_u_pending[f_c*16+8+:2], f_words_u_pending[f_c*16+:3]} == pending);
          assert (f_cleared[f_c] && f_used || {kernel, special, irql, pending} == 42'd0);
          cover (left && user_deliverable_q[f_c] && normal_deliverable_q[f_c]);
        end
      end
    end
  endgenerate

  wire [41:0] f_shown = f_registers[f_read_core*42+:42];
  wire [41:0] f_first_shown = f_registers[f_first_core*42+:42];
  wire [41:0] f_taken = f_registers[f_kept_core*42+:42];
  always @* begin
    if (!$initstate) begin
      // FV-32 a read shows what was written, and K as the fused commands moved it: one step each,
      // nothing else, and no other core's.
      assert (!f_read || {mask_o, irql_o, pending_o} == f_shown);
      // FV-33 so does a read of ARM, ANSWER or USER_ANSWER: what was written there last, whatever else was.
      assert (!f_word_read || f_word < (1 << CoreWidth) || word_o == f_word_value);
      assert (!f_word_known || f_word < (1 << CoreWidth)
          || {f_words_u_special[f_word*16+:16], f_words_u_pending[f_word*16+:16]} == f_word_value);
      cover (f_word_read && f_word >= 3 << CoreWidth && word_o == 32'hdead_beef);
      // And what a pulse has to know is of the core that it is for.
      assert (!f_kept || {kernel_q, pending_q} == {f_taken[25:10], f_taken[4:0]});
      assert (!f_kept || special_zero_q == (f_taken[41:26] == 16'd0));
      assert (!f_kept || irql_zero_q == (f_taken[9:5] == 5'd0));
      assert (!f_kept || f_cleared[f_kept_core]);
      assert (!f_read || f_cleared[f_read_core]);
      // Before the register behind the RAM; without one Yosys would take these for the same as those above.
      if (RamStage != 0) begin
        assert (!f_first || f_cleared[f_first_core] && {special_read, kernel_read, irql_read, pending_read[9:8],
            pending_read[2:0]} == f_first_shown);
        assert (!f_word_first || f_word < (1 << CoreWidth) || {special_read, pending_read} == f_word_value);
      end
    end
  end
