// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_pins: lockarb between two shift registers, so that it fits the pins of any package.
//
// With TestAndSet = 1 it is test_and_set instead, for comparison.
// Only for measuring: all paths start and end in flip-flops, as they would inside a system.
module lockarb_pins #(
    parameter NumCores = 4,
    parameter NumThreads = 64,
    parameter NumLocks = 256,
    parameter HoldWidth = 4,
    parameter Statistics = 0,
    parameter Parity = 0,
    parameter RamStage = 0,
    parameter TestAndSet = 0
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire data_i,
    input  wire load_i,
    output wire data_o
);

  localparam Inputs = 64 + 25 + 1 + 5 + 1 + 32 + 4 + 1 + 1 + 25 + 1 + 5 + 1 + 1;
  localparam Outputs = 1 + 1 + 2 + 1 + 1 + 32 + 2 + 1 + NumCores + 1;

  reg rst_nq;
  reg [Inputs-1:0] in_q;
  reg [Outputs-1:0] out_q;
  wire [Outputs-1:0] outputs;
  wire [63:0] timer;
  wire [24:0] awaddr, araddr;
  wire [4:0] awuser, aruser;
  wire [31:0] wdata;
  wire [3:0] wstrb;
  wire awprot, awvalid, wvalid, bready, arprot, arvalid, rready;

  always @(posedge clk_i) begin
    rst_nq <= rst_ni;
    in_q   <= {in_q[Inputs-2:0], data_i};
    out_q  <= load_i ? outputs : {out_q[Outputs-2:0], 1'b0};
  end
  assign {timer, awaddr, awprot, awuser, awvalid, wdata, wstrb, wvalid, bready, araddr, arprot,
          aruser, arvalid, rready} = in_q;
  assign data_o = out_q[Outputs-1];

  generate
    if (TestAndSet != 0) begin : g_test_and_set
      test_and_set #(
          .NumCores(NumCores),
          .NumLocks(NumLocks)
      ) u_test_and_set (
          .clk_i         (clk_i),
          .rst_ni        (rst_nq),
          .s_axil_awaddr (awaddr),
          .s_axil_awvalid(awvalid),
          .s_axil_awready(outputs[0]),
          .s_axil_wvalid (wvalid),
          .s_axil_wready (outputs[1]),
          .s_axil_bresp  (outputs[3:2]),
          .s_axil_bvalid (outputs[4]),
          .s_axil_bready (bready),
          .s_axil_araddr (araddr),
          .s_axil_arvalid(arvalid),
          .s_axil_arready(outputs[5]),
          .s_axil_rdata  (outputs[37:6]),
          .s_axil_rresp  (outputs[39:38]),
          .s_axil_rvalid (outputs[40]),
          .s_axil_rready (rready)
      );
      assign outputs[41+:NumCores+1] = {(NumCores + 1) {1'b0}};
      wire unused = &{1'b0, timer, awprot, awuser, wdata, wstrb, arprot, aruser};
    end else begin : g_lockarb
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
          .rst_ni        (rst_nq),
          .time_i        (timer),
          .s_axil_awaddr (awaddr),
          .s_axil_awprot ({2'b00, awprot}),
          .s_axil_awuser (awuser),
          .s_axil_awvalid(awvalid),
          .s_axil_awready(outputs[0]),
          .s_axil_wdata  (wdata),
          .s_axil_wstrb  (wstrb),
          .s_axil_wvalid (wvalid),
          .s_axil_wready (outputs[1]),
          .s_axil_bresp  (outputs[3:2]),
          .s_axil_bvalid (outputs[4]),
          .s_axil_bready (bready),
          .s_axil_araddr (araddr),
          .s_axil_arprot ({2'b00, arprot}),
          .s_axil_aruser (aruser),
          .s_axil_arvalid(arvalid),
          .s_axil_arready(outputs[5]),
          .s_axil_rdata  (outputs[37:6]),
          .s_axil_rresp  (outputs[39:38]),
          .s_axil_rvalid (outputs[40]),
          .s_axil_rready (rready),
          .irq_o         (outputs[41+:NumCores]),
          .busy_o        (outputs[41+NumCores])
      );
    end
  endgenerate

endmodule

`default_nettype wire
