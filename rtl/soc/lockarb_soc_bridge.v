// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_bridge: the cores' accesses to the arbiter, as AXI4-Lite with the core's number beside each.
//
// Policy
//   - One access at a time, the cores in turn.
//   - The number beside an access is that of the port it came in by, so no program can lie about it.
//
// Timing
//   - A read shows on AR in the clock in which the core asks, and the core has the answer in the clock in
//     which R has it. The next core's access goes out in that clock.
module lockarb_soc_bridge #(
    parameter NumCores = 4,
    parameter CoreWidth = 2
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,         // synchronous, active low

    input  wire [   NumCores-1:0] wanted_i,       // level, until its ack
    input  wire [   NumCores-1:0] write_i,
    input  wire [NumCores*25-1:0] addr_i,
    input  wire [ NumCores*4-1:0] lanes_i,
    input  wire [NumCores*32-1:0] wdata_i,
    output wire [   NumCores-1:0] ack_o,          // one-clock pulse
    output wire                   error_o,
    output wire [           31:0] word_o,

    output wire [           24:0] m_axil_awaddr,
    output wire [            2:0] m_axil_awprot,
    output wire [            4:0] m_axil_awuser,
    output wire                   m_axil_awvalid,
    input  wire                   m_axil_awready,
    output wire [           31:0] m_axil_wdata,
    output wire [            3:0] m_axil_wstrb,
    output wire                   m_axil_wvalid,
    input  wire                   m_axil_wready,
    input  wire [            1:0] m_axil_bresp,
    input  wire                   m_axil_bvalid,
    output wire                   m_axil_bready,
    output wire [           24:0] m_axil_araddr,
    output wire [            2:0] m_axil_arprot,
    output wire [            4:0] m_axil_aruser,
    output wire                   m_axil_arvalid,
    input  wire                   m_axil_arready,
    input  wire [           31:0] m_axil_rdata,
    input  wire [            1:0] m_axil_rresp,
    input  wire                   m_axil_rvalid,
    output wire                   m_axil_rready
);

  localparam [NumCores-1:0] One = 1;
  localparam [2:0] Privileged = 3'b001;  // these cores have machine mode only

  reg under_way_q, under_way_d;
  reg [CoreWidth-1:0] core_q;
  reg aw_done_q, aw_done_d, w_done_q, w_done_d;

  wire answered = m_axil_rvalid || m_axil_bvalid;
  wire [NumCores-1:0] owner = under_way_q ? One << core_q : {NumCores{1'b0}};
  wire may_start = !under_way_q || answered;
  wire any;
  wire [CoreWidth-1:0] core;
  wire start = any && may_start;
  wire write = write_i[core];
  wire aw_done = aw_done_q || m_axil_awready;
  wire w_done = w_done_q || m_axil_wready;
  wire accepted = start && (write ? aw_done && w_done : m_axil_arready);

  lockarb_soc_turn #(
      .NumCores (NumCores),
      .CoreWidth(CoreWidth)
  ) u_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(wanted_i & ~owner),
      .take_i  (accepted),
      .any_o   (any),
      .core_o  (core)
  );

  wire [31:0] index;
  assign index = {{32 - CoreWidth{1'b0}}, core};
  assign m_axil_araddr = addr_i[index*32'd25+:25];
  assign m_axil_arprot = Privileged;
  assign m_axil_aruser = index[4:0];
  assign m_axil_arvalid = start && !write;
  assign m_axil_awaddr = addr_i[index*32'd25+:25];
  assign m_axil_awprot = Privileged;
  assign m_axil_awuser = index[4:0];
  assign m_axil_awvalid = start && write && !aw_done_q;
  assign m_axil_wdata = wdata_i[index*32'd32+:32];
  assign m_axil_wstrb = lanes_i[index*32'd4+:4];
  assign m_axil_wvalid = start && write && !w_done_q;
  assign m_axil_rready = 1'b1;
  assign m_axil_bready = 1'b1;

  assign ack_o = answered ? owner : {NumCores{1'b0}};
  assign error_o = m_axil_rvalid ? m_axil_rresp[1] : m_axil_bresp[1];
  assign word_o = m_axil_rdata;

  always @* begin
    under_way_d = accepted || under_way_q && !answered;
    aw_done_d = start && write && aw_done && !accepted;
    w_done_d = start && write && w_done && !accepted;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      under_way_q <= 1'b0;
      aw_done_q <= 1'b0;
      w_done_q <= 1'b0;
    end else begin
      under_way_q <= under_way_d;
      aw_done_q <= aw_done_d;
      w_done_q <= w_done_d;
    end
  end
  always @(posedge clk_i) if (accepted) core_q <= core;

  wire unused_resp = m_axil_bresp[0] || m_axil_rresp[0];  // OKAY or SLVERR

endmodule

`default_nettype wire
