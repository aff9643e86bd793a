// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_arbiter: the arbiter, behind the bridge that brings the cores' accesses to it one after the
// other. Policy and timing are those of lockarb_soc_bridge and lockarb.
module lockarb_soc_arbiter #(
    parameter NumCores = 4,
    parameter NumPorts = 4,  // NumCores, or one more
    parameter NumThreads = 64,
    parameter NumLocks = 64,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,    // synchronous, active low
    input  wire [           63:0] time_i,    // clocks

    input  wire [   NumPorts-1:0] wanted_i,  // level, until its ack
    input  wire [   NumPorts-1:0] write_i,
    input  wire [NumPorts*25-1:0] addr_i,
    input  wire [ NumPorts*4-1:0] lanes_i,
    input  wire [NumPorts*32-1:0] wdata_i,
    output wire [   NumPorts-1:0] ack_o,     // one-clock pulse
    output wire                   error_o,
    output wire [           31:0] word_o,

    output wire [   NumCores-1:0] irq_o,     // level
    output wire                   busy_o
);

  wire [24:0] awaddr, araddr;
  wire [2:0] awprot, arprot;
  wire [4:0] awuser, aruser;
  wire [31:0] wdata, rdata;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;

  lockarb_soc_bridge #(
      .NumCores(NumCores),
      .NumPorts(NumPorts)
  ) u_bridge (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .wanted_i      (wanted_i),
      .write_i       (write_i),
      .addr_i        (addr_i),
      .lanes_i       (lanes_i),
      .wdata_i       (wdata_i),
      .ack_o         (ack_o),
      .error_o       (error_o),
      .word_o        (word_o),
      .m_axil_awaddr (awaddr),
      .m_axil_awprot (awprot),
      .m_axil_awuser (awuser),
      .m_axil_awvalid(awvalid),
      .m_axil_awready(awready),
      .m_axil_wdata  (wdata),
      .m_axil_wstrb  (wstrb),
      .m_axil_wvalid (wvalid),
      .m_axil_wready (wready),
      .m_axil_bresp  (bresp),
      .m_axil_bvalid (bvalid),
      .m_axil_bready (bready),
      .m_axil_araddr (araddr),
      .m_axil_arprot (arprot),
      .m_axil_aruser (aruser),
      .m_axil_arvalid(arvalid),
      .m_axil_arready(arready),
      .m_axil_rdata  (rdata),
      .m_axil_rresp  (rresp),
      .m_axil_rvalid (rvalid),
      .m_axil_rready (rready)
  );

  lockarb #(
      .NumCores  (NumCores),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .HoldWidth (HoldWidth),
      .CheckUser (1),
      .Statistics(Statistics),
      .Parity    (Parity),
      .RamStage  (1)         // without, its RAMs are the longest paths of a SoC on an FPGA
  ) u_lockarb (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .time_i        (time_i),
      .s_axil_awaddr (awaddr),
      .s_axil_awprot (awprot),
      .s_axil_awuser (awuser),
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_wdata  (wdata),
      .s_axil_wstrb  (wstrb),
      .s_axil_wvalid (wvalid),
      .s_axil_wready (wready),
      .s_axil_bresp  (bresp),
      .s_axil_bvalid (bvalid),
      .s_axil_bready (bready),
      .s_axil_araddr (araddr),
      .s_axil_arprot (arprot),
      .s_axil_aruser (aruser),
      .s_axil_arvalid(arvalid),
      .s_axil_arready(arready),
      .s_axil_rdata  (rdata),
      .s_axil_rresp  (rresp),
      .s_axil_rvalid (rvalid),
      .s_axil_rready (rready),
      .irq_o         (irq_o),
      .busy_o        (busy_o)
  );

endmodule

`default_nettype wire
