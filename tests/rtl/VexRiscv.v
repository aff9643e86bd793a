// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The pins of the core that lockarb_soc_vexriscv.v takes from PyPI, so that lint.py reads rtl/soc without it.
module VexRiscv (
    input  wire [31:0] externalResetVector,
    input  wire        timerInterrupt,
    input  wire        softwareInterrupt,
    input  wire [31:0] externalInterruptArray,
    output wire        iBusWishbone_CYC,
    output wire        iBusWishbone_STB,
    input  wire        iBusWishbone_ACK,
    output wire        iBusWishbone_WE,
    output wire [29:0] iBusWishbone_ADR,
    input  wire [31:0] iBusWishbone_DAT_MISO,
    output wire [31:0] iBusWishbone_DAT_MOSI,
    output wire [ 3:0] iBusWishbone_SEL,
    input  wire        iBusWishbone_ERR,
    output wire [ 2:0] iBusWishbone_CTI,
    output wire [ 1:0] iBusWishbone_BTE,
    output wire        dBusWishbone_CYC,
    output wire        dBusWishbone_STB,
    input  wire        dBusWishbone_ACK,
    output wire        dBusWishbone_WE,
    output wire [29:0] dBusWishbone_ADR,
    input  wire [31:0] dBusWishbone_DAT_MISO,
    output wire [31:0] dBusWishbone_DAT_MOSI,
    output wire [ 3:0] dBusWishbone_SEL,
    input  wire        dBusWishbone_ERR,
    output wire [ 2:0] dBusWishbone_CTI,
    output wire [ 1:0] dBusWishbone_BTE,
    input  wire        clk,
    input  wire        reset
);

  // Something that a tool cannot take for a constant.
  reg q;
  always @(posedge clk) begin
    q <= reset ^ timerInterrupt ^ softwareInterrupt ^ iBusWishbone_ACK ^ iBusWishbone_ERR ^ dBusWishbone_ACK ^
        dBusWishbone_ERR ^ (^externalResetVector) ^ (^externalInterruptArray) ^ (^iBusWishbone_DAT_MISO) ^
        (^dBusWishbone_DAT_MISO);
  end
  assign {iBusWishbone_CYC, iBusWishbone_STB, iBusWishbone_WE} = {3{q}};
  assign {iBusWishbone_ADR, iBusWishbone_DAT_MOSI, iBusWishbone_SEL} = {66{q}};
  assign {iBusWishbone_CTI, iBusWishbone_BTE, dBusWishbone_CTI, dBusWishbone_BTE} = {10{q}};
  assign {dBusWishbone_CYC, dBusWishbone_STB, dBusWishbone_WE} = {3{q}};
  assign {dBusWishbone_ADR, dBusWishbone_DAT_MOSI, dBusWishbone_SEL} = {66{q}};

endmodule

`default_nettype wire
