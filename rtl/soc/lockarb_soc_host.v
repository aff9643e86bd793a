// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_host: what a host at the other end of a serial line does with the SoC: it looks at the arbiter,
// loads programs, starts them, and takes what they print. The map is in README.md.
//
// Policy
//   - One access at a time, of a master that takes each answer at once (lockarb_uartbone). Accesses to arbiter
//     and memory are further ports beside those of the cores.
//   - A write of RUN resets cores, arbiter and devices; what is in memory stays. Then the cores run that it
//     names.
//   - Until the host's first access the console goes to the line as plain text; from then on the host reads
//     it.
//
// Timing
//   - An answer comes 2 clocks after that of arbiter or memory.
module lockarb_soc_host #(
    parameter NumCores = 4,
    parameter MemoryKiB = 256,
    parameter ClockHz = 50000000,
    parameter Baud = 115200
) (
    input  wire                clk_i,
    input  wire                rst_ni,          // synchronous, active low

    input  wire [        24:0] s_axil_awaddr,
    input  wire                s_axil_awvalid,
    output wire                s_axil_awready,
    input  wire [        31:0] s_axil_wdata,
    input  wire                s_axil_wvalid,
    output wire                s_axil_wready,
    output wire [         1:0] s_axil_bresp,
    output wire                s_axil_bvalid,
    input  wire [        24:0] s_axil_araddr,
    input  wire                s_axil_arvalid,
    output wire                s_axil_arready,
    output wire [        31:0] s_axil_rdata,
    output wire [         1:0] s_axil_rresp,
    output wire                s_axil_rvalid,

    output wire                to_memory_o,     // level, until its ack
    output wire                to_arbiter_o,    // level, until its ack
    output wire                write_o,
    output wire [        24:0] addr_o,          // of bytes, in this map
    output wire [        31:0] wdata_o,
    input  wire                memory_ack_i,    // one-clock pulse
    input  wire                memory_error_i,
    input  wire [        31:0] memory_word_i,
    input  wire                arbiter_ack_i,   // one-clock pulse
    input  wire                arbiter_error_i,
    input  wire [        31:0] arbiter_word_i,

    output wire                machine_rst_no,  // active low: of all but memory and line
    output wire [NumCores-1:0] run_o,           // level
    input  wire                end_i,           // one-clock pulse: the program is over
    input  wire [         7:0] exit_code_i,
    output wire                ended_o,         // level: nothing runs any more

    input  wire                tx_valid_i,      // level: a byte of the console waits until tx_ready_o
    input  wire [         7:0] tx_data_i,
    output wire                tx_ready_o,
    output wire                uart_tx_o        // the console as plain text
);

  localparam [31:0] Id = 32'h4c4b5343;  // "LKSC"
  localparam [31:0] Cores = NumCores;
  localparam [31:0] Memory = MemoryKiB;
  // Bits 24 and 23 of an address: what it is in. Of registers, bit 12 tells the console.
  localparam [1:0] InArbiter = 2'b00;
  localparam [1:0] InMemory = 2'b10;
  localparam [1:0] InRegisters = 2'b11;

  reg busy_q;
  reg write_q;
  reg [24:0] addr_q;
  reg [31:0] wdata_q;
  reg bvalid_q, rvalid_q, error_q;
  reg [31:0] word_q;

  wire start_write = !busy_q && s_axil_awvalid && s_axil_wvalid && !bvalid_q;
  wire start_read = !busy_q && !start_write && s_axil_arvalid && !rvalid_q;
  assign s_axil_awready = start_write;
  assign s_axil_wready = start_write;
  assign s_axil_arready = start_read;

  wire [1:0] where = addr_q[24:23];
  wire is_console = where == InRegisters && addr_q[12];
  wire is_register = where == InRegisters && !addr_q[12];
  wire here = busy_q && where != InArbiter && where != InMemory;
  wire done = here || memory_ack_i || arbiter_ack_i;

  // ------------------------------------------------------------------------------- registers
  reg [NumCores-1:0] run_q;
  reg [3:0] reset_q;  // clocks that the reset still takes
  reg ended_q;
  reg [7:0] exit_code_q;
  reg heard_q;
  wire in_reset = reset_q != 4'd0;
  wire start_machine = here && is_register && write_q && addr_q[3:2] == 2'd2;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= {NumCores{1'b1}};
      reset_q <= 4'd15;
      ended_q <= 1'b0;
      heard_q <= 1'b0;
    end else begin
      if (in_reset) reset_q <= reset_q - 4'd1;
      if (end_i) ended_q <= 1'b1;
      if (start_read || start_write) heard_q <= 1'b1;
      if (start_machine) begin
        run_q <= wdata_q[NumCores-1:0];
        reset_q <= 4'd15;
        ended_q <= 1'b0;
      end
    end
  end
  always @(posedge clk_i) if (end_i && !ended_q) exit_code_q <= exit_code_i;
  assign machine_rst_no = !in_reset;
  assign run_o = run_q;
  assign ended_o = ended_q || run_q == {NumCores{1'b0}};

  reg [31:0] register;
  always @* begin
    register = 32'd0;
    case (addr_q[3:2])
      2'd0: register = Id;
      2'd1: register = {Memory[15:0], Cores[15:0]};
      2'd2: register[NumCores-1:0] = run_q;
      default: register = {ended_q, 23'd0, exit_code_q};
    endcase
    if (addr_q[12]) register = {23'd0, tx_valid_i, tx_data_i};
  end

  // --------------------------------------------------------------------------------- console
  wire line_ready;
  wire rx_valid, rx_error, silent;
  wire [7:0] rx_data;
  wire unused_rx = rx_valid || rx_error || silent || |rx_data;
  lockarb_uart #(
      .ClockHz(ClockHz),
      .Baud   (Baud)
  ) u_uart (
      .clk_i     (clk_i),
      .rst_ni    (rst_ni),
      .uart_rx_i (1'b1),
      .uart_tx_o (uart_tx_o),
      .rx_valid_o(rx_valid),
      .rx_data_o (rx_data),
      .rx_error_o(rx_error),
      .silent_o  (silent),
      .tx_valid_i(tx_valid_i && !heard_q),
      .tx_data_i (tx_data_i),
      .tx_ready_o(line_ready)
  );
  assign tx_ready_o = heard_q ? here && is_console && !write_q : line_ready;

  // --------------------------------------------------------------------------------- accesses
  assign to_memory_o = busy_q && where == InMemory;
  assign to_arbiter_o = busy_q && where == InArbiter;
  assign write_o = write_q;
  assign addr_o = addr_q;
  assign wdata_o = wdata_q;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      bvalid_q <= 1'b0;
      rvalid_q <= 1'b0;
    end else begin
      busy_q <= start_write || start_read || busy_q && !done;
      bvalid_q <= done && write_q;
      rvalid_q <= done && !write_q;
    end
  end
  always @(posedge clk_i) begin
    if (start_write || start_read) begin
      write_q <= start_write;
      addr_q <= start_write ? s_axil_awaddr : s_axil_araddr;
    end
    if (start_write) wdata_q <= s_axil_wdata;
    word_q <= memory_ack_i ? memory_word_i : arbiter_ack_i ? arbiter_word_i : register;
    error_q <= memory_ack_i ? memory_error_i : arbiter_ack_i ? arbiter_error_i : where != InRegisters;
  end

  assign s_axil_bvalid = bvalid_q;
  assign s_axil_rvalid = rvalid_q;
  assign s_axil_bresp = {error_q, 1'b0};
  assign s_axil_rresp = {error_q, 1'b0};
  assign s_axil_rdata = word_q;

endmodule

`default_nettype wire
