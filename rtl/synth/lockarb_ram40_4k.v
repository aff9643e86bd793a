// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ram40_4k: the block RAM of an iCE40 as lockarb may take it: with nothing that it does not promise.
//
// Takes the place of SB_RAM40_4K in a netlist that is simulated, and only there. Around Yosys' model of the
// cell it makes two things worse, so that a test fails when anybody relies on them:
//   - a word that is read in the clock in which it is written comes out with some bits wrong, others at
//     each time. `synth_ice40 -no-rw-check` lets the cells do that, and a netlist of them does;
//   - at power-up the words hold rubbish. Only the sweep after reset makes them zero.
module lockarb_ram40_4k #(
    parameter [1:0] WRITE_MODE = 0,
    parameter [1:0] READ_MODE = 0
) (
    output wire [15:0] RDATA,
    input  wire        RCLK,
    input  wire        RCLKE,
    input  wire        RE,
    input  wire [10:0] RADDR,
    input  wire        WCLK,
    input  wire        WCLKE,
    input  wire        WE,
    input  wire [10:0] WADDR,
    input  wire [15:0] MASK,
    input  wire [15:0] WDATA
);

  // 256 words of 16 bits. Each step of a mode halves what a port reaches of a word: bits that its upper address
  // picks, or MASK where it writes whole words. Bits that are not written are nobody's trouble.
  function [15:0] reached(input [1:0] mode, input [2:0] upper);
    case (mode)
      2'd0: reached = 16'hffff;
      2'd1: reached = {8{2'd1 << upper[0]}};
      2'd2: reached = {4{4'd1 << upper[1:0]}};
      default: reached = {2{8'd1 << upper}};
    endcase
  endfunction
  wire [15:0] written = WRITE_MODE == 2'd0 ? ~MASK : reached(WRITE_MODE, WADDR[10:8]);
  wire [15:0] both = written & reached(READ_MODE, RADDR[10:8]);
  localparam [255:0] Rubbish =
      256'h9b1d_42f7_e0a8_5c36_0f71_d8c2_3ea5_b964_7a13_c58e_21d0_f64b_8e97_105c_d3a2_6bf9;

  wire [15:0] word;
  wire reads = RE && RCLKE;
  wire collides = WE && WCLKE && RADDR[7:0] == WADDR[7:0] && both != 16'd0;

  // Never zero, so at least one bit of a whole word is wrong.
  reg [15:0] noise_q = 16'hace1;
  reg [15:0] wrong_q = 16'd0;
  always @(posedge RCLK) begin
    if (reads) wrong_q <= collides ? noise_q : 16'd0;
    if (reads && collides) noise_q <= {noise_q[14:0], ^(noise_q & 16'hb400)};
  end
  assign RDATA = word ^ wrong_q;

  SB_RAM40_4K #(
      .WRITE_MODE(WRITE_MODE),
      .READ_MODE(READ_MODE),
      .INIT_0(Rubbish), .INIT_1(Rubbish), .INIT_2(Rubbish), .INIT_3(Rubbish),
      .INIT_4(Rubbish), .INIT_5(Rubbish), .INIT_6(Rubbish), .INIT_7(Rubbish),
      .INIT_8(Rubbish), .INIT_9(Rubbish), .INIT_A(Rubbish), .INIT_B(Rubbish),
      .INIT_C(Rubbish), .INIT_D(Rubbish), .INIT_E(Rubbish), .INIT_F(Rubbish)
  ) u_ram (
      .RDATA(word),
      .RCLK (RCLK),
      .RCLKE(RCLKE),
      .RE   (RE),
      .RADDR(RADDR),
      .WCLK (WCLK),
      .WCLKE(WCLKE),
      .WE   (WE),
      .WADDR(WADDR),
      .MASK (MASK),
      .WDATA(WDATA)
  );

endmodule

`default_nettype wire
