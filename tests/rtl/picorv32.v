// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The pins of the core that lockarb_soc_picorv32.v takes from PyPI, so that lint.py reads rtl/soc without it.
module picorv32 #(
    parameter [31:0] ENABLE_COUNTERS = 1,
    parameter [31:0] ENABLE_IRQ = 0,
    parameter [31:0] ENABLE_IRQ_TIMER = 1,
    parameter [31:0] LATCHED_IRQ = 32'hffffffff,
    parameter [31:0] PROGADDR_RESET = 32'h00000000,
    parameter [31:0] PROGADDR_IRQ = 32'h00000010
) (
    input  wire        clk,
    input  wire        resetn,
    output wire        trap,
    output wire        mem_valid,
    output wire        mem_instr,
    input  wire        mem_ready,
    output wire [31:0] mem_addr,
    output wire [31:0] mem_wdata,
    output wire [ 3:0] mem_wstrb,
    input  wire [31:0] mem_rdata,
    output wire        mem_la_read,
    output wire        mem_la_write,
    output wire [31:0] mem_la_addr,
    output wire [31:0] mem_la_wdata,
    output wire [ 3:0] mem_la_wstrb,
    output wire        pcpi_valid,
    output wire [31:0] pcpi_insn,
    output wire [31:0] pcpi_rs1,
    output wire [31:0] pcpi_rs2,
    input  wire        pcpi_wr,
    input  wire [31:0] pcpi_rd,
    input  wire        pcpi_wait,
    input  wire        pcpi_ready,
    input  wire [31:0] irq,
    output wire [31:0] eoi,
    output wire        trace_valid,
    output wire [35:0] trace_data
);

  // Something that a tool cannot take for a constant.
  localparam [31:0] Wanted = PROGADDR_RESET + PROGADDR_IRQ + LATCHED_IRQ + ENABLE_COUNTERS + ENABLE_IRQ +
      ENABLE_IRQ_TIMER;
  reg q;
  always @(posedge clk) begin
    q <= resetn ^ mem_ready ^ pcpi_wr ^ pcpi_wait ^ pcpi_ready ^ (^mem_rdata) ^ (^pcpi_rd) ^ (^irq) ^ (^Wanted);
  end
  assign {trap, mem_valid, mem_instr, mem_addr, mem_wdata} = {67{q}};
  assign {mem_wstrb, mem_la_read, mem_la_write, mem_la_addr, mem_la_wdata} = {70{q}};
  assign {mem_la_wstrb, pcpi_valid, pcpi_insn, pcpi_rs1, pcpi_rs2} = {101{q}};
  assign {eoi, trace_valid, trace_data} = {69{q}};

endmodule

`default_nettype wire
