// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_bridge: the cores' accesses to the arbiter, as AXI4-Lite with the core's number beside each.
//
// Policy
//   - One access at a time, the ports in turn.
//   - The number beside an access is that of the port it came in by, so no program can lie about it. A port
//     more than there are cores is a host's: the number is that of the window that it accesses.
//
// Timing
//   - A read shows on AR in the clock in which the port asks, and the port has the answer in the clock in
//     which R has it. The next access goes out in that clock.
module lockarb_soc_bridge #(
    parameter NumCores = 4,
    parameter NumPorts = 4   // NumCores, or one more
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,         // synchronous, active low

    input  wire [   NumPorts-1:0] wanted_i,       // level, until its ack
    input  wire [   NumPorts-1:0] write_i,
    input  wire [NumPorts*25-1:0] addr_i,
    input  wire [ NumPorts*4-1:0] lanes_i,
    input  wire [NumPorts*32-1:0] wdata_i,
    output wire [   NumPorts-1:0] ack_o,          // one-clock pulse
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

  localparam [2:0] Privileged = 3'b001;  // these cores have machine mode only

  reg under_way_q, under_way_d;
  reg [NumPorts-1:0] port_q;
  reg aw_done_q, aw_done_d, w_done_q, w_done_d;

  wire answered = m_axil_rvalid || m_axil_bvalid;
  wire [NumPorts-1:0] owner = under_way_q ? port_q : {NumPorts{1'b0}};
  wire may_start = !under_way_q || answered;
  wire any;
  wire [NumPorts-1:0] chosen;
  wire start = any && may_start;
  wire write = |(chosen & write_i);
  wire aw_done = aw_done_q || m_axil_awready;
  wire w_done = w_done_q || m_axil_wready;
  wire accepted = start && (write ? aw_done && w_done : m_axil_arready);

  lockarb_soc_turn #(
      .NumPorts(NumPorts)
  ) u_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(wanted_i & ~owner),
      .take_i  (accepted),
      .any_o   (any),
      .chosen_o(chosen)
  );

  wire [24:0] addr;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (25)
  ) u_addr (
      .chosen_i(chosen),
      .words_i (addr_i),
      .word_o  (addr)
  );
  wire [31:0] wdata;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (32)
  ) u_wdata (
      .chosen_i(chosen),
      .words_i (wdata_i),
      .word_o  (wdata)
  );
  wire [3:0] lanes;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (4)
  ) u_lanes (
      .chosen_i(chosen),
      .words_i (lanes_i),
      .word_o  (lanes)
  );

  // The core of the access.
  reg [4:0] user;
  integer n;
  always @* begin
    user = 5'd0;
    for (n = 0; n < NumPorts; n = n + 1) if (chosen[n]) user = n < NumCores ? n[4:0] : addr[24:20];
  end

  assign m_axil_araddr = addr;
  assign m_axil_arprot = Privileged;
  assign m_axil_aruser = user;
  assign m_axil_arvalid = start && !write;
  assign m_axil_awaddr = addr;
  assign m_axil_awprot = Privileged;
  assign m_axil_awuser = user;
  assign m_axil_awvalid = start && write && !aw_done_q;
  assign m_axil_wdata = wdata;
  assign m_axil_wstrb = lanes;
  assign m_axil_wvalid = start && write && !w_done_q;
  assign m_axil_rready = 1'b1;
  assign m_axil_bready = 1'b1;

  assign ack_o = answered ? owner : {NumPorts{1'b0}};
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
  always @(posedge clk_i) if (accepted) port_q <= chosen;

  wire unused_resp = m_axil_bresp[0] || m_axil_rresp[0];  // OKAY or SLVERR

endmodule

`default_nettype wire
