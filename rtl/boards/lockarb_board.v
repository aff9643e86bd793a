// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_board: lockarb behind a serial line. All that the boards share, without vendors' cells: a
// board's own top adds its clock and its pins, and a simulator takes this one as it is.
module lockarb_board #(
    parameter ClockHz = 12000000,
    parameter Baud = 115200,
    parameter Timeout = 16384,  // bit times of silence that end a frame
    parameter NumCores = 4,
    parameter NumThreads = 64,
    parameter NumLocks = 256,
    parameter HoldWidth = 4,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter RamStage = 0
) (
    input  wire       clk_i,
    input  wire       rst_ni,     // asynchronous, active low; it ends on a clock

    input  wire       uart_rx_i,  // asynchronous
    output wire       uart_tx_o,

    // 0: blinks about once a second, the clock runs; 1: bytes are ignored until the line is silent;
    // 2: the bus refused an access since reset; 3: busy; 7 to 4: interrupts of cores 3 to 0.
    output wire [7:0] led_o
);

  wire [24:0] awaddr, araddr;
  wire [2:0] awprot, arprot;
  wire [4:0] awuser, aruser;
  wire [31:0] wdata, rdata;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  wire deaf, bus_error, busy;
  wire [NumCores-1:0] irq;
  wire [NumCores+3:0] irq_field = {4'd0, irq};

  reg [1:0] running_q;
  wire rst_n = running_q[1];
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) running_q <= 2'b00;
    else running_q <= {running_q[0], 1'b1};
  end

  // What TIME shows: clocks since reset.
  reg [63:0] time_q;
  reg bus_error_q;
  always @(posedge clk_i) begin
    if (!rst_n) begin
      time_q <= 64'd0;
      bus_error_q <= 1'b0;
    end else begin
      time_q <= time_q + 64'd1;
      bus_error_q <= bus_error_q || bus_error;
    end
  end

  localparam BlinkBit = $clog2(ClockHz) - 1;
  assign led_o = {irq_field[3:0], busy, bus_error_q, deaf, time_q[BlinkBit]};

  lockarb_uartbone #(
      .ClockHz(ClockHz),
      .Baud   (Baud),
      .Timeout(Timeout)
  ) u_uartbone (
      .clk_i         (clk_i),
      .rst_ni        (rst_n),
      .uart_rx_i     (uart_rx_i),
      .uart_tx_o     (uart_tx_o),
      .deaf_o        (deaf),
      .bus_error_o   (bus_error),
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
      .Statistics(Statistics),
      .Parity    (Parity),
      .RamStage  (RamStage)
  ) u_lockarb (
      .clk_i         (clk_i),
      .rst_ni        (rst_n),
      .time_i        (time_q),
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
      .irq_o         (irq),
      .busy_o        (busy)
  );

endmodule

`default_nettype wire
