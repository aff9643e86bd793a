// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb_axil: the rules of AXI4-Lite, and that nothing is lost, doubled or changed
// on its way down or up.

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

  wire f_ar = s_axil_arvalid && s_axil_arready;
  wire f_aw = s_axil_awvalid && s_axil_awready;
  wire f_w = s_axil_wvalid && s_axil_wready;
  wire f_r = s_axil_rvalid && s_axil_rready;
  wire f_b = s_axil_bvalid && s_axil_bready;
  wire f_down = acc_valid_o && acc_ready_i;

  // Addresses of reads that were accepted and have not gone down, oldest first.
  reg [30:0] f_read0, f_read1;
  reg [1:0] f_reads;
  wire [30:0] f_new = {s_axil_arprot[0], s_axil_aruser, s_axil_araddr};
  wire f_read_down = f_down && !acc_write_o;
  // The write that was accepted, until its result, and whether it went down.
  reg [30:0] f_write;
  reg [32:0] f_data;
  reg f_write_valid, f_data_valid, f_write_down;
  // What went down and has no result yet, oldest first: is it a write?
  reg [2:0] f_kinds;
  reg [1:0] f_inside;
  wire [2:0] f_reads_inside = (f_inside > 0 && !f_kinds[0]) + (f_inside > 1 && !f_kinds[1])
      + (f_inside > 2 && !f_kinds[2]);
  // Answers to reads that R has not given away yet, oldest first, as {error, data}; and the one of B.
  reg [4*33-1:0] f_answers;
  reg [3:0] f_answered;
  reg f_b_owed, f_b_error;
  wire f_result_r = rsp_valid_i && !rsp_write_i;
  wire [3:0] f_answers_left = f_answered - f_r;
  // Accepted minus answered, of each channel, and the writes that passed a waiting read.
  reg [3:0] f_owed_reads;
  reg [1:0] f_owed_addresses, f_owed_data;
  reg [1:0] f_passed;
  wire f_full = f_answered + f_reads_inside + (acc_valid_o && !acc_write_o) == 4'd4;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_reads <= 2'd0;
      f_write_valid <= 1'b0;
      f_data_valid <= 1'b0;
      f_write_down <= 1'b0;
      f_inside <= 2'd0;
      f_answered <= 4'd0;
      f_b_owed <= 1'b0;
      f_owed_reads <= 4'd0;
      f_owed_addresses <= 2'd0;
      f_owed_data <= 2'd0;
      f_passed <= 2'd0;
    end else begin
      f_reads <= f_reads + f_ar - f_read_down;
      if (f_read_down) f_read0 <= f_reads == 2'd1 ? f_new : f_read1;
      else if (f_ar && f_reads == 2'd0) f_read0 <= f_new;
      if (f_ar) f_read1 <= f_new;

      if (f_aw) {f_write_valid, f_write} <= {1'b1, s_axil_awprot[0], s_axil_awuser, s_axil_awaddr};
      if (f_w) {f_data_valid, f_data} <= {1'b1, &s_axil_wstrb, s_axil_wdata};
      if (f_down && acc_write_o) f_write_down <= 1'b1;
      if (rsp_valid_i && rsp_write_i) {f_write_valid, f_data_valid, f_write_down} <= 3'b000;

      f_inside <= f_inside + f_down - rsp_valid_i;
      case (f_inside - rsp_valid_i)
        2'd0: f_kinds <= {2'b00, acc_write_o};
        2'd1: f_kinds <= {1'b0, acc_write_o, rsp_valid_i ? f_kinds[1] : f_kinds[0]};
        2'd2: f_kinds <= {acc_write_o, rsp_valid_i ? f_kinds[2:1] : f_kinds[1:0]};
        default: ;  // three are inside, so nothing goes down
      endcase

      f_answered <= f_answers_left + f_result_r;
      f_answers <= f_r ? f_answers >> 33 : f_answers;
      if (f_result_r) f_answers[f_answers_left*33+:33] <= {rsp_error_i, rsp_data_i};
      if (rsp_valid_i && rsp_write_i) {f_b_owed, f_b_error} <= {1'b1, rsp_error_i};
      else if (f_b) f_b_owed <= 1'b0;

      f_owed_reads <= f_owed_reads + f_ar - f_r;
      f_owed_addresses <= f_owed_addresses + f_aw - f_b;
      f_owed_data <= f_owed_data + f_w - f_b;
      if (f_reads == 2'd0 || f_read_down || f_full) f_passed <= 2'd0;
      else if (f_down && acc_write_o) f_passed <= f_passed + 2'd1;
    end
  end

  // An access that the solver picks when it is accepted: the answers before its own, and the clocks that it
  // waits. Not those in which its own answer, or one before it, stands untaken, nor those in which the engine
  // has something to do and stands still (FV-62).
  (* anyseq *) reg f_pick_read, f_pick_write;
  reg f_read_picked, f_write_picked;
  reg [3:0] f_before;
  reg [5:0] f_read_clocks, f_write_clocks;
  wire f_still = (acc_valid_o || f_inside != 2'd0) && !f_down && !rsp_valid_i;
  wire f_read_ends = f_r && f_before == 4'd0;
  // A write is accepted when both of its halves are.
  wire f_whole = (f_write_valid || f_aw) && (f_data_valid || f_w) && !(f_write_valid && f_data_valid);
  reg f_write_older;  // an answer of a write before it is owed
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_read_picked <= 1'b0;
      f_write_picked <= 1'b0;
    end else begin
      if (!f_read_picked) begin
        f_read_picked <= f_ar && f_pick_read;
        f_before <= f_owed_reads - f_r;
        f_read_clocks <= 6'd0;
      end else begin
        if (f_r) f_before <= f_before - 4'd1;
        if (f_read_ends) f_read_picked <= 1'b0;
        if (!f_still && !(s_axil_rvalid && !s_axil_rready)) f_read_clocks <= f_read_clocks + 6'd1;
      end
      if (!f_write_picked) begin
        f_write_picked <= f_whole && f_pick_write;
        f_write_older <= f_b_owed && !f_b;
        f_write_clocks <= 6'd0;
      end else begin
        if (f_b) f_write_older <= 1'b0;
        if (f_b && !f_write_older) f_write_picked <= 1'b0;
        if (!f_still && !(s_axil_bvalid && !s_axil_bready)) f_write_clocks <= f_write_clocks + 6'd1;
      end
    end
  end

  // One result for each access, in order; at most three are inside.
  always @* begin
    if (!$initstate) begin
      `AXIL_INPUT(!rsp_valid_i || f_inside != 2'd0 && rsp_write_i == f_kinds[0]);
      `AXIL_INPUT(!acc_ready_i || f_inside - rsp_valid_i <= 2'd2);
    end
  end
  // The bus keeps what it offers until it is accepted.
  wire [32:0] f_ar_offer = {s_axil_araddr, s_axil_arprot, s_axil_aruser};
  wire [32:0] f_aw_offer = {s_axil_awaddr, s_axil_awprot, s_axil_awuser};
  wire [35:0] f_w_offer = {s_axil_wdata, s_axil_wstrb};
  reg f_ar_held, f_aw_held, f_w_held;
  reg [32:0] f_ar_old, f_aw_old;
  reg [35:0] f_w_old;
  always @(posedge clk_i) begin
    f_ar_held <= rst_ni && s_axil_arvalid && !s_axil_arready;
    f_aw_held <= rst_ni && s_axil_awvalid && !s_axil_awready;
    f_w_held <= rst_ni && s_axil_wvalid && !s_axil_wready;
    f_ar_old <= f_ar_offer;
    f_aw_old <= f_aw_offer;
    f_w_old <= f_w_offer;
  end
  always @* begin
    if (!$initstate) begin
      `BUS_INPUT(!f_ar_held || s_axil_arvalid && f_ar_offer == f_ar_old);
      `BUS_INPUT(!f_aw_held || s_axil_awvalid && f_aw_offer == f_aw_old);
      `BUS_INPUT(!f_w_held || s_axil_wvalid && f_w_offer == f_w_old);
    end
  end

  wire [30:0] f_acc = {acc_privileged_o, acc_user_o, acc_addr_o};
  // A write of ISSUE is the access to the aperture that its data name.
  wire f_issue = f_write[19:0] == `LOCKARB_ISSUE_OFFSET;
  reg f_r_waits, f_b_waits, f_acc_waits;
  reg [33:0] f_r_old;
  reg [1:0] f_b_old;
  reg [32:0] f_acc_old;
  always @(posedge clk_i) begin
    f_r_waits <= rst_ni && s_axil_rvalid && !s_axil_rready;
    f_b_waits <= rst_ni && s_axil_bvalid && !s_axil_bready;
    f_acc_waits <= rst_ni && acc_valid_o && !acc_ready_i;
    f_r_old <= {s_axil_rresp, s_axil_rdata};
    f_b_old <= s_axil_bresp;
    f_acc_old <= acc_q;
  end

  always @* begin
    if (!$initstate) begin
      // FV-40 an offered answer stays as it is until it is accepted.
      assert (!f_r_waits || s_axil_rvalid && {s_axil_rresp, s_axil_rdata} == f_r_old);
      assert (!f_b_waits || s_axil_bvalid && s_axil_bresp == f_b_old);
      // FV-41 every accepted read has one answer and every accepted write has one, and nothing else
      // is answered: what is owed is on its way, what shows is owed.
      assert (f_owed_reads == f_reads + f_reads_inside + f_answered);
      assert (f_owed_addresses == f_write_valid + f_b_owed && f_owed_data == f_data_valid + f_b_owed);
      assert (!s_axil_rvalid || f_owed_reads != 4'd0);
      assert (!s_axil_bvalid || f_owed_addresses != 2'd0 && f_owed_data != 2'd0);
      // FV-42 what goes down is what was accepted: reads in their order, a write with its own data,
      // once.
      assert (!acc_valid_o || acc_write_o || f_reads != 2'd0 && f_acc == f_read0 && !acc_issue_o);
      assert (!acc_valid_o || !acc_write_o || f_write_valid && f_data_valid && !f_write_down
          && f_acc == (f_issue ? {f_write[30:20], 1'b1, f_data[18:2], 2'b00} : f_write)
          && acc_issue_o == f_issue);
      assert (!f_data_valid || {acc_wfull_o, acc_wdata_o} == f_data);
      assert (!f_acc_waits || acc_valid_o && acc_q == f_acc_old);
      // FV-43 results come out unchanged and in their order, a read's on R and a write's on B, and an
      // error is SLVERR.
      assert (s_axil_rvalid == (f_answered != 4'd0));
      assert (!s_axil_rvalid || {s_axil_rresp[1], s_axil_rdata} == f_answers[32:0] && !s_axil_rresp[0]);
      assert (s_axil_bvalid == f_b_owed);
      assert (!s_axil_bvalid || s_axil_bresp == {f_b_error, 1'b0});
      // FV-44 at most one write passes a read that waits and has a place for its answer.
      assert (f_passed <= 2'd1);
      // FV-46 R and B do not wait for each other: an accepted read is answered within 24 clocks and an
      // accepted write within 16, whatever is taken of the other channel. Clocks in which an answer of its
      // own channel is not taken, or in which the engine stands still, are not counted.
      assert (!f_read_picked || f_read_clocks <= 6'd24);
      assert (!f_write_picked || f_write_clocks <= 6'd16);
      // And what makes that inductive.
      assert (f_reads == (acc_valid_q && !acc_write_o) + ar_valid_q);
      assert (!ar_valid_q || ar_q == (f_reads == 2'd2 ? f_read1 : f_read0));
      assert (aw_valid_q == f_write_valid && w_valid_q == f_data_valid);
      assert (!f_write_valid || aw_q == f_write);
      assert (write_issued_q == (f_write_down || acc_valid_q && acc_write_o));
      assert (!(f_write_down && acc_valid_q && acc_write_o));
      assert (!write_issued_q || f_write_valid && f_data_valid);
      assert (reserved_q == (acc_valid_q && !acc_write_o) + f_reads_inside + f_answered);
      assert (f_answered <= 4'd4 && reserved_q <= 3'd4 && r_valid_q == ~(4'b1111 << f_answered));
      assert (!r_valid_q[0] || r0_q == f_answers[32:0]);
      assert (!r_valid_q[1] || r1_q == f_answers[65:33]);
      assert (!r_valid_q[2] || r2_q == f_answers[98:66]);
      assert (!r_valid_q[3] || r3_q == f_answers[131:99]);
      assert (b_valid_q == f_b_owed && (!b_valid_q || b_error_q == f_b_error));
      assert (!write_issued_q || !b_valid_q);
      assert ({1'b0, f_write_down} == ((f_inside > 0 && f_kinds[0]) + (f_inside > 1 && f_kinds[1])
          + (f_inside > 2 && f_kinds[2])));
      assert (f_passed == 2'd0 || acc_valid_q && !acc_write_o);
      cover (f_passed == 2'd1 && f_reads == 2'd2);
      cover (f_owed_reads == 4'd5 && f_answered == 4'd4 && f_b);
      cover (f_b_owed && aw_valid_q && w_valid_q && f_r);
    end
  end
