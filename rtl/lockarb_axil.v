// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_axil: turns the AXI4-Lite channels into one stream of accesses, and results into R and B.
//
// Policy
//   - One access at a time goes down: a complete write first, else a read. Reads cannot starve,
//     because a write holds its address and data here until its result, so two writes never follow
//     each other without a gap.
//   - R and B do not wait for each other. An access goes down only when a place for its answer is
//     reserved in its own channel, so the engine never waits for a master: a read without a place
//     waits in its buffer, a write in its own.
//   - R has four places: the engine takes a read per clock before it is known whether the answer of
//     the first one is taken. One more write goes down when B is free.
//   - A write of ISSUE goes down as the access to the command aperture that it names.
//   - No path leads from an input to a ready or valid output within a clock: ready says that a
//     buffer is empty. Nor does one lead from RREADY and BREADY to the engine.
//
// Timing
//   - A read goes to acc_* in the clock after its address; one per clock when acc_ready_i stays up.
//   - A result shows on R or B in the clock after rsp_valid_i.
module lockarb_axil (
    input  wire        clk_i,
    input  wire        rst_ni,          // synchronous, active low

    input  wire [24:0] s_axil_awaddr,
    input  wire [ 2:0] s_axil_awprot,
    input  wire [ 4:0] s_axil_awuser,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [31:0] s_axil_wdata,
    input  wire [ 3:0] s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [ 1:0] s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [24:0] s_axil_araddr,
    input  wire [ 2:0] s_axil_arprot,
    input  wire [ 4:0] s_axil_aruser,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [ 1:0] s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,

    output wire        acc_valid_o,     // level: an access waits until acc_ready_i
    output wire        acc_write_o,
    output wire        acc_issue_o,     // the write issues the command that acc_addr_o names
    output wire        acc_privileged_o,
    output wire [ 4:0] acc_user_o,
    output wire [24:0] acc_addr_o,
    output wire [31:0] acc_wdata_o,     // stays until the result of the write
    output wire        acc_wfull_o,     // all byte lanes of the write are on
    input  wire        acc_ready_i,

    input  wire        rsp_valid_i,     // a result; there is always room for it
    input  wire        rsp_write_i,
    input  wire        rsp_error_i,
    input  wire [31:0] rsp_data_i,

    output wire        busy_o           // an access is inside
);

`include "lockarb_regs.vh"

  localparam [1:0] Okay = 2'b00;
  localparam [1:0] SlvErr = 2'b10;

  // An access: {write, issue, privileged, user, address}.
  reg acc_valid_q, acc_valid_d;
  reg [32:0] acc_q, acc_d;
  // A read whose address came while acc_q was taken.
  reg ar_valid_q, ar_valid_d;
  reg [30:0] ar_q, ar_d;
  reg aw_valid_q, aw_valid_d;
  reg [30:0] aw_q, aw_d;
  reg w_valid_q, w_valid_d;
  reg [32:0] w_q, w_d;
  reg write_issued_q, write_issued_d;
  // Reads whose places are reserved: they went down, and R has not given their answers away.
  reg [2:0] reserved_q, reserved_d;
  // Answers {error, data} of reads: the one that R shows, and those behind it.
  reg [3:0] r_valid_q, r_valid_d;
  reg [32:0] r0_q, r0_d, r1_q, r1_d, r2_q, r2_d, r3_q, r3_d;
  reg b_valid_q, b_valid_d;
  reg b_error_q, b_error_d;

  wire acc_free = !acc_valid_q || acc_ready_i;
  wire aw_issue = aw_q[19:0] == {1'b0, `LOCKARB_ISSUE_OFFSET};
  wire [19:0] aw_place = aw_issue ? {1'b1, w_q[18:2], 2'b00} : aw_q[19:0];
  wire write_waits = aw_valid_q && w_valid_q && !write_issued_q && !b_valid_q;
  wire ar_taken = s_axil_arvalid && !ar_valid_q;
  wire r_taken = r_valid_q[0] && s_axil_rready;
  wire r_full = reserved_q[2];
  wire [3:0] r_left = r_taken ? {1'b0, r_valid_q[3:1]} : r_valid_q;
  wire [32:0] result = {rsp_error_i, rsp_data_i};

  always @* begin
    acc_valid_d = acc_valid_q && !acc_ready_i;
    acc_d = acc_q;
    ar_valid_d = ar_valid_q;
    ar_d = ar_q;
    write_issued_d = write_issued_q;

    reserved_d = reserved_q - {2'd0, r_taken};

    if (ar_taken) ar_d = {s_axil_arprot[0], s_axil_aruser, s_axil_araddr};
    if (acc_free && write_waits) begin
      acc_valid_d = 1'b1;
      acc_d = {1'b1, aw_issue, aw_q[30:20], aw_place};
      write_issued_d = 1'b1;
      ar_valid_d = ar_valid_q || ar_taken;
    end else if (acc_free && (!r_full || r_taken)) begin
      acc_valid_d = ar_valid_q || ar_taken;
      acc_d = {2'b00, ar_d};
      ar_valid_d = 1'b0;
      reserved_d = reserved_q + {2'd0, acc_valid_d} - {2'd0, r_taken};
    end else begin
      ar_valid_d = ar_valid_q || ar_taken;
    end

    aw_valid_d = aw_valid_q || s_axil_awvalid;
    aw_d = aw_q;
    if (s_axil_awvalid && !aw_valid_q) aw_d = {s_axil_awprot[0], s_axil_awuser, s_axil_awaddr};
    w_valid_d = w_valid_q || s_axil_wvalid;
    w_d = w_q;
    if (s_axil_wvalid && !w_valid_q) w_d = {&s_axil_wstrb, s_axil_wdata};

    if (rsp_valid_i && rsp_write_i) begin
      aw_valid_d = 1'b0;
      w_valid_d = 1'b0;
      write_issued_d = 1'b0;
    end

    b_valid_d = b_valid_q && !s_axil_bready;
    b_error_d = b_error_q;
    if (rsp_valid_i && rsp_write_i) begin
      b_valid_d = 1'b1;
      b_error_d = rsp_error_i;
    end

    r_valid_d = r_left;
    if (rsp_valid_i && !rsp_write_i) r_valid_d = {r_left[2:0], 1'b1};
    r0_d = r0_q;
    r1_d = r1_q;
    r2_d = r2_q;
    r3_d = r3_q;
    if (r_taken || !r_valid_q[0]) r0_d = r_left[0] ? r1_q : result;
    if (r_taken || !r_valid_q[1]) r1_d = r_left[1] ? r2_q : result;
    if (r_taken || !r_valid_q[2]) r2_d = r_left[2] ? r3_q : result;
    if (r_taken || !r_valid_q[3]) r3_d = result;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      acc_valid_q <= 1'b0;
      ar_valid_q <= 1'b0;
      aw_valid_q <= 1'b0;
      w_valid_q <= 1'b0;
      write_issued_q <= 1'b0;
      reserved_q <= 3'd0;
      r_valid_q <= 4'd0;
      b_valid_q <= 1'b0;
      b_error_q <= 1'b0;
    end else begin
      acc_valid_q <= acc_valid_d;
      ar_valid_q <= ar_valid_d;
      aw_valid_q <= aw_valid_d;
      w_valid_q <= w_valid_d;
      write_issued_q <= write_issued_d;
      reserved_q <= reserved_d;
      r_valid_q <= r_valid_d;
      b_valid_q <= b_valid_d;
      b_error_q <= b_error_d;
    end
  end

  always @(posedge clk_i) begin
    acc_q <= acc_d;
    ar_q <= ar_d;
    aw_q <= aw_d;
    w_q <= w_d;
    r0_q <= r0_d;
    r1_q <= r1_d;
    r2_q <= r2_d;
    r3_q <= r3_d;
  end

  assign {acc_write_o, acc_issue_o, acc_privileged_o, acc_user_o, acc_addr_o} = acc_q;
  assign acc_valid_o = acc_valid_q;
  assign {acc_wfull_o, acc_wdata_o} = w_q;

  assign s_axil_arready = !ar_valid_q;
  assign s_axil_awready = !aw_valid_q;
  assign s_axil_wready = !w_valid_q;
  assign s_axil_rvalid = r_valid_q[0];
  assign s_axil_rdata = r0_q[31:0];
  assign s_axil_rresp = r0_q[32] ? SlvErr : Okay;
  assign s_axil_bvalid = b_valid_q;
  assign s_axil_bresp = b_error_q ? SlvErr : Okay;

  // What waits for a place waits for the bus.
  assign busy_o = acc_valid_q || ar_valid_q && !r_full || write_waits;

  // The instruction bit of AxPROT and its security bit do not matter here.
  wire unused_prot = &{1'b0, s_axil_arprot[2:1], s_axil_awprot[2:1]};

`ifdef FORMAL
`include "lockarb_axil_props.vh"
`endif

endmodule

`default_nettype wire
