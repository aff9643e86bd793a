// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_devices: what is small: RISC-V's CLINT, words that say where a program runs, the console, and
// the port of the simulator. The map is in README.md.
//
// Policy
//   - One access at a time, the cores in turn. What is not in the map is refused, and so are parts of a word.
//   - Reads have no side effects, but for UART_DATA, which takes the byte.
//   - A word that is about the core says so of the core that reads it.
//
// Timing
//   - ack comes 2 clocks after the core was chosen: its access is kept in the first, and looked at in the
//     second. A write takes effect in the clock of its ack.
//   - mtime counts clocks.
module lockarb_soc_devices #(
    parameter NumCores = 4,
    parameter ClockHz = 50000000,
    parameter Simulation = 0       // 1: SIMULATED says so
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,        // synchronous, active low

    input  wire [   NumCores-1:0] wanted_i,      // level, until its ack
    input  wire [   NumCores-1:0] write_i,
    input  wire [NumCores*30-1:0] addr_i,        // of words, all of the address
    input  wire [ NumCores*4-1:0] lanes_i,
    input  wire [NumCores*32-1:0] wdata_i,
    output wire [   NumCores-1:0] ack_o,         // one-clock pulse
    output wire                   error_o,
    output wire [           31:0] word_o,

    input  wire [            3:0] running_i,     // how many cores run
    input  wire [NumCores*32-1:0] refused_i,     // REFUSED of each core
    input  wire [ NumCores*3-1:0] pending_i,     // PENDING of each core: external, timer, software
    output wire [   NumCores-1:0] forget_o,      // one-clock pulse: the core writes REFUSED

    output wire [           63:0] time_o,
    output wire [   NumCores-1:0] timer_o,       // level
    output wire [   NumCores-1:0] software_o,    // level

    input  wire                   rx_valid_i,    // one-clock pulse: a byte for the program
    input  wire [            7:0] rx_data_i,
    output wire                   tx_valid_o,    // level: a byte of the program waits until tx_ready_i
    output wire [            7:0] tx_data_o,
    input  wire                   tx_ready_i,

    output wire                   note_valid_o,  // one-clock pulse: a store into the port of the simulator
    output wire [            2:0] note_core_o,
    output wire [            5:0] note_word_o,   // which of its words
    output wire [           31:0] note_data_o
);

  localparam [31:0] Frequency = ClockHz;
  localparam [31:0] Simulated = Simulation;

  // Which of the two parts, and the place in it.
  localparam [15:0] Clint = 16'h0200;
  localparam [15:0] System = 16'h1000;
  // Words of System.
  localparam [5:0] Core = 6'd0;
  localparam [5:0] Cores = 6'd1;
  localparam [5:0] Refused = 6'd2;
  localparam [5:0] ClockRate = 6'd3;
  localparam [5:0] UartData = 6'd4;
  localparam [5:0] UartStatus = 6'd5;
  localparam [5:0] SimulatedWord = 6'd6;
  localparam [5:0] Pending = 6'd7;
  localparam [5:0] FirstNote = 6'd32;

  // ------------------------------------------------------------------------------- whose turn
  reg [NumCores-1:0] ack_q;
  reg [NumCores-1:0] from_q;  // whose access is looked at in this clock
  wire any;
  wire [NumCores-1:0] chosen;
  lockarb_soc_turn #(
      .NumPorts(NumCores)
  ) u_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(wanted_i & ~from_q & ~ack_q),
      .take_i  (1'b1),
      .any_o   (any),
      .chosen_o(chosen)
  );
  wire unused_any = any;

  wire [29:0] chosen_addr;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (30)
  ) u_addr (
      .chosen_i(chosen),
      .words_i (addr_i),
      .word_o  (chosen_addr)
  );
  wire [31:0] chosen_wdata;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (32)
  ) u_wdata (
      .chosen_i(chosen),
      .words_i (wdata_i),
      .word_o  (chosen_wdata)
  );
  wire [3:0] chosen_lanes;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (4)
  ) u_lanes (
      .chosen_i(chosen),
      .words_i (lanes_i),
      .word_o  (chosen_lanes)
  );

  reg [29:0] addr_q;
  reg [31:0] wdata_q;
  reg writes_q;
  reg all_lanes_q;
  always @(posedge clk_i) begin
    if (!rst_ni) from_q <= {NumCores{1'b0}};
    else from_q <= chosen;
  end
  always @(posedge clk_i) begin
    addr_q <= chosen_addr;
    wdata_q <= chosen_wdata;
    writes_q <= |(chosen & write_i);
    all_lanes_q <= chosen_lanes == 4'b1111;
  end

  reg [2:0] core_number;
  integer numbered;
  always @* begin
    core_number = 3'd0;
    for (numbered = 0; numbered < NumCores; numbered = numbered + 1) begin
      if (from_q[numbered]) core_number = numbered[2:0];
    end
  end

  wire busy = |from_q;
  wire [29:0] addr = addr_q;
  wire [31:0] wdata = wdata_q;
  wire write = busy && writes_q && all_lanes_q;
  wire is_part = writes_q && !all_lanes_q;
  wire is_clint = addr[29:14] == Clint;
  wire is_system = addr[29:14] == System && addr[13:6] == 8'd0;
  wire [5:0] place = addr[5:0];
  // Of the CLINT: msip from 0, mtimecmp from 4000, mtime at BFF8.
  wire [2:0] whose_msip = addr[2:0];
  wire [2:0] whose_compare = addr[3:1];
  reg [NumCores-1:0] at_msip, at_compare;  // one bit
  integer placed;
  always @* begin
    for (placed = 0; placed < NumCores; placed = placed + 1) begin
      at_msip[placed] = whose_msip == placed[2:0];
      at_compare[placed] = whose_compare == placed[2:0];
    end
  end
  wire is_msip = is_clint && addr[13:3] == 11'd0 && |at_msip;
  wire is_compare = is_clint && addr[13:4] == 10'b0100000000 && |at_compare;
  wire is_time = is_clint && addr[13:1] == 13'h17ff;

  // ------------------------------------------------------------------------------------ CLINT
  reg [63:0] time_q;
  reg [NumCores-1:0] software_q, timer_q;
  wire [NumCores*64-1:0] compares;
  wire [63:0] compare;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (64)
  ) u_compare (
      .chosen_i(at_compare),
      .words_i (compares),
      .word_o  (compare)
  );

  genvar n;
  generate
    for (n = 0; n < NumCores; n = n + 1) begin : g_core
      reg [63:0] compare_q;
      assign compares[n*64+:64] = compare_q;
      always @(posedge clk_i) begin
        if (!rst_ni) begin
          compare_q <= {64{1'b1}};
          timer_q[n] <= 1'b0;
          software_q[n] <= 1'b0;
        end else begin
          timer_q[n] <= time_q >= compare_q;
          if (write && is_compare && at_compare[n]) begin
            if (addr[0]) compare_q[63:32] <= wdata;
            else compare_q[31:0] <= wdata;
            timer_q[n] <= 1'b0;  // until the new one is looked at
          end
          if (write && is_msip && at_msip[n]) software_q[n] <= wdata[0];
        end
      end
    end
  endgenerate

  always @(posedge clk_i) begin
    if (!rst_ni) time_q <= 64'd0;
    else time_q <= time_q + 64'd1;
  end

  assign time_o = time_q;
  assign timer_o = timer_q;
  assign software_o = software_q;

  // ---------------------------------------------------------------------------------- console
  reg rx_full_q, tx_full_q;
  reg [7:0] rx_q, tx_q;
  wire is_uart_data = is_system && place == UartData;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      rx_full_q <= 1'b0;
      tx_full_q <= 1'b0;
    end else begin
      if (busy && !writes_q && is_uart_data) rx_full_q <= 1'b0;
      if (rx_valid_i) rx_full_q <= 1'b1;
      if (tx_ready_i) tx_full_q <= 1'b0;
      if (write && is_uart_data) tx_full_q <= 1'b1;
    end
  end
  always @(posedge clk_i) begin
    if (rx_valid_i) rx_q <= rx_data_i;
    if (write && is_uart_data) tx_q <= wdata[7:0];
  end
  assign tx_valid_o = tx_full_q;
  assign tx_data_o = tx_q;

  // ---------------------------------------------------------------------------------- answers
  wire [31:0] refused;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (32)
  ) u_refused (
      .chosen_i(from_q),
      .words_i (refused_i),
      .word_o  (refused)
  );
  wire [2:0] pending;
  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (3)
  ) u_pending (
      .chosen_i(from_q),
      .words_i (pending_i),
      .word_o  (pending)
  );

  reg [31:0] word;
  reg known;
  always @* begin
    known = !is_part;
    word = 32'd0;
    if (is_msip) word[0] = |(software_q & at_msip);
    else if (is_compare) word = addr[0] ? compare[63:32] : compare[31:0];
    else if (is_time) word = addr[0] ? time_q[63:32] : time_q[31:0];
    else if (is_system) begin
      case (place)
        Core: word = {29'd0, core_number};
        Cores: word = {28'd0, running_i};
        Refused: word = refused;
        ClockRate: word = Frequency;
        UartData: word = {24'd0, rx_q};
        UartStatus: word = {30'd0, rx_full_q, !tx_full_q};
        SimulatedWord: word = Simulated;
        Pending: {word[11], word[7], word[3]} = pending;  // as in mip
        default: known = place >= FirstNote && writes_q && !is_part;
      endcase
    end else known = 1'b0;
  end

  reg error_q;
  reg [31:0] word_q;
  always @(posedge clk_i) begin
    if (!rst_ni) ack_q <= {NumCores{1'b0}};
    else ack_q <= from_q;
  end
  always @(posedge clk_i) begin
    error_q <= !known;
    word_q <= word;
  end
  assign ack_o = ack_q;
  assign error_o = error_q;
  assign word_o = word_q;
  assign forget_o = write && is_system && place == Refused ? from_q : {NumCores{1'b0}};

  assign note_valid_o = write && is_system && place >= FirstNote;
  assign note_core_o = core_number;
  assign note_word_o = place - FirstNote;
  assign note_data_o = wdata;

endmodule

`default_nettype wire
