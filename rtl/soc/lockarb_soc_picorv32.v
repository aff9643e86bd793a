// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_picorv32: PicoRV32 of pythondata-cpu-picorv32 as a core of lockarb_soc: a small one, without a
// cache, which does one thing at a time.
//
// The core has no input for errors of a bus. A fetch that is refused gives 0, which is no instruction.
//
// What a program has to know of it
//   - RV32I, no CSR. No M and no A extension, and no mhartid: CORE says which core reads it.
//   - Interrupts have instructions of their own. The core goes to 0x8000_0010 for each: line 3 is software, 7
//     the timer, 11 external, as in mip, 1 no instruction or an ebreak, 2 an address that is not aligned.
//   - A data access that the bus refuses does not trap. The SoC keeps it in REFUSED, and interrupts.
module lockarb_soc_picorv32 (
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

  wire valid, is_fetch;
  wire [31:0] addr;
  wire [3:0] lanes;
  wire unused_error = data_error_i;

  assign fetch_o = valid && is_fetch;
  assign fetch_addr_o = addr[31:2];
  assign fetch_more_o = 1'b0;
  assign data_o = valid && !is_fetch;
  assign data_write_o = |lanes;
  assign data_addr_o = addr[31:2];
  assign data_lanes_o = lanes;

  wire [31:0] read_word = is_fetch ? (fetch_error_i ? 32'd0 : fetch_word_i) : data_word_i;
  wire [31:0] interrupts = {20'd0, |external_i, 3'd0, timer_i, 3'd0, software_i, 3'd0};

  wire trap, la_read, la_write, pcpi_valid, trace_valid;
  wire [31:0] la_addr, la_wdata, pcpi_insn, pcpi_rs1, pcpi_rs2, eoi;
  wire [3:0] la_wstrb;
  wire [35:0] trace_data;
  wire unused_core = trap || la_read || la_write || pcpi_valid || trace_valid || |la_addr || |la_wdata ||
      |la_wstrb || |pcpi_insn || |pcpi_rs1 || |pcpi_rs2 || |eoi || |trace_data || |addr[1:0];

  picorv32 #(
      .ENABLE_COUNTERS (0),
      .ENABLE_IRQ      (1),
      .ENABLE_IRQ_TIMER(0),
      .LATCHED_IRQ     (32'h00000006),  // its own; ours stay until they are seen to
      .PROGADDR_RESET  (32'h80000000),
      .PROGADDR_IRQ    (32'h80000010)
  ) u_core (
      .clk         (clk_i),
      .resetn      (rst_ni),
      .trap        (trap),
      .mem_valid   (valid),
      .mem_instr   (is_fetch),
      .mem_ready   (is_fetch ? fetch_ack_i : data_ack_i),
      .mem_addr    (addr),
      .mem_wdata   (data_wdata_o),
      .mem_wstrb   (lanes),
      .mem_rdata   (read_word),
      .mem_la_read (la_read),
      .mem_la_write(la_write),
      .mem_la_addr (la_addr),
      .mem_la_wdata(la_wdata),
      .mem_la_wstrb(la_wstrb),
      .pcpi_valid  (pcpi_valid),
      .pcpi_insn   (pcpi_insn),
      .pcpi_rs1    (pcpi_rs1),
      .pcpi_rs2    (pcpi_rs2),
      .pcpi_wr     (1'b0),
      .pcpi_rd     (32'd0),
      .pcpi_wait   (1'b0),
      .pcpi_ready  (1'b0),
      .irq         (interrupts),
      .eoi         (eoi),
      .trace_valid (trace_valid),
      .trace_data  (trace_data)
  );

endmodule

`default_nettype wire
