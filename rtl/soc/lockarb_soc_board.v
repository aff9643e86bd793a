// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_board: lockarb_soc behind a serial line. All that boards share, without vendors' cells: a
// board's own top adds its clock and its pins, and a simulator takes this one as it is.
module lockarb_soc_board #(
    parameter ClockHz = 50000000,
    parameter Baud = 115200,
    parameter Timeout = 16384,     // bit times of silence that end a frame
    parameter NumCores = 4,
    parameter Core = 0,
    parameter MemoryKiB = 256,
    parameter NumThreads = 64,
    parameter NumLocks = 64,
    parameter MemoryFile = ""      // for $readmemh: the program
) (
    input  wire       clk_i,
    input  wire       rst_ni,     // asynchronous, active low; it ends on a clock

    input  wire       uart_rx_i,  // asynchronous
    output wire       uart_tx_o,

    // 0: blinks about once a second, the clock runs; 1: bytes are ignored until the line is silent;
    // 2: the bus refused the host an access since reset; 3: the arbiter is busy; 4: the program is over.
    output wire [7:0] led_o
);

  reg [1:0] running_q;
  wire rst_n = running_q[1];
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) running_q <= 2'b00;
    else running_q <= {running_q[0], 1'b1};
  end

  localparam BlinkWidth = $clog2(ClockHz);
  localparam [BlinkWidth-1:0] One = 1;
  reg [BlinkWidth-1:0] blink_q;
  always @(posedge clk_i) begin
    if (!rst_n) blink_q <= {BlinkWidth{1'b0}};
    else blink_q <= blink_q + One;
  end

  wire busy, note_valid;
  wire [2:0] host, note_core;
  wire [5:0] note_word;
  wire [31:0] note_data;
  wire unused_note = note_valid || |note_core || |note_word || |note_data;
  assign led_o = {3'd0, host[2], busy, host[1:0], blink_q[BlinkWidth-1]};

  lockarb_soc #(
      .NumCores  (NumCores),
      .Core      (Core),
      .MemoryKiB (MemoryKiB),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .ClockHz   (ClockHz),
      .Baud      (Baud),
      .Host      (1),
      .Timeout   (Timeout),
      .MemoryFile(MemoryFile)
  ) u_soc (
      .clk_i       (clk_i),
      .rst_ni      (rst_n),
      .run_i       ({NumCores{1'b1}}),
      .uart_rx_i   (uart_rx_i),
      .uart_tx_o   (uart_tx_o),
      .interrupt_i ({NumCores{1'b0}}),
      .note_valid_o(note_valid),
      .note_core_o (note_core),
      .note_word_o (note_word),
      .note_data_o (note_data),
      .busy_o      (busy),
      .host_o      (host)
  );

endmodule

`default_nettype wire
