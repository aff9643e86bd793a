// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_vexriscv: VexRiscv, the variant Lite of pythondata-cpu-vexriscv, as a core of lockarb_soc.
//
// The core does not look at errors of a bus. A fetch that is refused gives 0, which is no instruction.
//
// What a program has to know of it
//   - RV32IM in machine mode, an instruction cache, no data cache. No A extension, and no mhartid: CORE says
//     which core reads it.
//   - A data access that the bus refuses does not trap. The SoC keeps it in REFUSED, and interrupts.
//   - The external interrupt is that of the lines below which CSR 0xBC0 lets through (0 after reset); CSR
//     0xFC0 shows them: 0 the arbiter's, 1 an access was refused, 2 the pin interrupt_i of the SoC.
module lockarb_soc_vexriscv (
    input  wire        clk_i,
    input  wire        rst_ni,        // synchronous, active low

    output wire        fetch_o,       // level: an instruction is wanted, until fetch_ack_i
    output wire [29:0] fetch_addr_o,  // of words
    output wire        fetch_more_o,  // level: the word after this one is wanted next
    input  wire        fetch_ack_i,   // one-clock pulse
    input  wire        fetch_error_i,
    input  wire [31:0] fetch_word_i,

    output wire        data_o,        // level: an access is wanted, until data_ack_i
    output wire        data_write_o,
    output wire [29:0] data_addr_o,   // of words
    output wire [ 3:0] data_lanes_o,
    output wire [31:0] data_wdata_o,
    input  wire        data_ack_i,    // one-clock pulse
    input  wire        data_error_i,
    input  wire [31:0] data_word_i,

    input  wire        timer_i,       // levels
    input  wire        software_i,
    input  wire [ 2:0] external_i
);

  localparam [31:0] Start = 32'h80000000;
  localparam [2:0] Incrementing = 3'b010;  // Wishbone's cycle type of a burst that goes on

  wire fetch_cyc, fetch_stb, data_cyc, data_stb;
  wire fetch_we;
  wire [31:0] fetch_mosi;
  wire [3:0] fetch_sel;
  wire [2:0] fetch_cti, data_cti;
  wire [1:0] fetch_bte, data_bte;
  wire unused_fetch = fetch_we || |fetch_mosi || |fetch_sel || |fetch_bte;
  wire unused_data = |data_cti || |data_bte;

  assign fetch_o = fetch_cyc && fetch_stb;
  assign fetch_more_o = fetch_cti == Incrementing;
  assign data_o = data_cyc && data_stb;

  VexRiscv u_core (
      .externalResetVector   (Start),
      .timerInterrupt        (timer_i),
      .softwareInterrupt     (software_i),
      .externalInterruptArray({29'd0, external_i}),
      .iBusWishbone_CYC      (fetch_cyc),
      .iBusWishbone_STB      (fetch_stb),
      .iBusWishbone_ACK      (fetch_ack_i),
      .iBusWishbone_WE       (fetch_we),
      .iBusWishbone_ADR      (fetch_addr_o),
      .iBusWishbone_DAT_MISO (fetch_error_i ? 32'd0 : fetch_word_i),
      .iBusWishbone_DAT_MOSI (fetch_mosi),
      .iBusWishbone_SEL      (fetch_sel),
      .iBusWishbone_ERR      (fetch_ack_i && fetch_error_i),
      .iBusWishbone_CTI      (fetch_cti),
      .iBusWishbone_BTE      (fetch_bte),
      .dBusWishbone_CYC      (data_cyc),
      .dBusWishbone_STB      (data_stb),
      .dBusWishbone_ACK      (data_ack_i),
      .dBusWishbone_WE       (data_write_o),
      .dBusWishbone_ADR      (data_addr_o),
      .dBusWishbone_DAT_MISO (data_word_i),
      .dBusWishbone_DAT_MOSI (data_wdata_o),
      .dBusWishbone_SEL      (data_lanes_o),
      .dBusWishbone_ERR      (data_ack_i && data_error_i),
      .dBusWishbone_CTI      (data_cti),
      .dBusWishbone_BTE      (data_bte),
      .clk                   (clk_i),
      .reset                 (!rst_ni)
  );

endmodule

`default_nettype wire
