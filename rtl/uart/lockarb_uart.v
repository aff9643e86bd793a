// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_uart: receiver and transmitter of a serial line, 8 data bits, no parity, 1 stop bit.
//
// Policy
//   - The line counts as what two of its last three samples say, so a glitch of one clock is not seen.
//   - A start bit is looked at again in its middle: a shorter pulse is noise, not a byte.
//   - A byte whose stop bit is low (noise, another baud rate, a break) is not given out: rx_error_o
//     pulses instead, once, and the next byte begins after the line was high again.
//   - silent_o tells that the line has been quiet for so long that the other side has nothing more
//     to say. It is counted in bit times, so that a program that stops the clock stops it too.
//
// Timing
//   - rx_valid_o comes in the middle of the stop bit.
//   - Sender and receiver may differ by 3 % at 8 clocks per bit, by 4 % at 16 and more.
module lockarb_uart #(
    parameter ClockHz = 12000000,  // 8 times Baud at least
    parameter Baud = 115200,       // of which a whole number makes ClockHz, but for 1 %
    parameter Timeout = 16384      // 16 to 2^20: bit times of silence
) (
    input  wire       clk_i,
    input  wire       rst_ni,      // synchronous, active low

    input  wire       uart_rx_i,   // asynchronous
    output wire       uart_tx_o,

    output wire       rx_valid_o,  // one-clock pulse: rx_data_o is a byte
    output wire [7:0] rx_data_o,   // only in the clock of rx_valid_o
    output wire       rx_error_o,  // one-clock pulse: something came that was no byte
    output wire       silent_o,    // level: nothing came for Timeout bit times

    input  wire       tx_valid_i,  // level: tx_data_i waits until tx_ready_o
    input  wire [7:0] tx_data_i,
    output wire       tx_ready_o
);

  localparam Clocks = (ClockHz + Baud / 2) / Baud;
  localparam Off = Clocks * Baud > ClockHz ? Clocks * Baud - ClockHz : ClockHz - Clocks * Baud;

  generate
    if (Clocks < 8) begin : g_bad_baud
      Baud_must_be_at_most_an_eighth_of_ClockHz stop_here ();
    end
    if (Off > ClockHz / 100) begin : g_bad_ratio
      Baud_must_divide_ClockHz_within_1_percent stop_here ();
    end
    if (Timeout < 16 || Timeout > 1048576) begin : g_bad_timeout
      Timeout_must_be_16_to_1048576 stop_here ();
    end
  endgenerate

  localparam ClockWidth = $clog2(Clocks);
  localparam SilenceWidth = $clog2(Timeout + 1);
  // Sized copies, to count down from.
  localparam [31:0] LastClock = Clocks - 1;
  localparam [31:0] MiddleClock = Clocks / 2 - 1;
  localparam [31:0] Silent = Timeout;

  // -------------------------------------------------------------------------------- receiver
  localparam [2:0] Idle = 3'd0;
  localparam [2:0] Start = 3'd1;
  localparam [2:0] Data = 3'd2;
  localparam [2:0] Stop = 3'd3;
  localparam [2:0] Low = 3'd4;  // until the line is high again

  // The line, newest sample first. The first two only bring it into this clock.
  reg [4:0] line_q;
  wire high = line_q[2] && line_q[3] || line_q[3] && line_q[4] || line_q[2] && line_q[4];

  reg [2:0] rx_state_q, rx_state_d;
  reg [ClockWidth-1:0] rx_clock_q, rx_clock_d;
  reg [2:0] rx_bit_q, rx_bit_d;
  reg [7:0] rx_q, rx_d;
  reg [SilenceWidth-1:0] silence_q, silence_d;
  wire rx_due = rx_clock_q == {ClockWidth{1'b0}};
  wire silent = silence_q == Silent[SilenceWidth-1:0];

  always @* begin
    rx_state_d = rx_state_q;
    rx_clock_d = rx_due ? LastClock[ClockWidth-1:0] : rx_clock_q - 1'b1;
    rx_bit_d = rx_bit_q;
    rx_d = rx_q;
    silence_d = {SilenceWidth{1'b0}};
    case (rx_state_q)
      Idle: begin
        rx_bit_d = 3'd0;
        silence_d = silence_q;
        if (rx_due && !silent) silence_d = silence_q + 1'b1;
        if (!high) begin
          rx_state_d = Start;
          rx_clock_d = MiddleClock[ClockWidth-1:0];
        end
      end
      Start: if (rx_due) rx_state_d = high ? Idle : Data;
      Data:
      if (rx_due) begin
        rx_d = {high, rx_q[7:1]};
        rx_bit_d = rx_bit_q + 3'd1;
        if (rx_bit_q == 3'd7) rx_state_d = Stop;
      end
      Stop: if (rx_due) rx_state_d = high ? Idle : Low;
      default: if (high) rx_state_d = Idle;
    endcase
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      line_q <= 5'b11111;
      rx_state_q <= Idle;
      rx_clock_q <= {ClockWidth{1'b0}};
      silence_q <= {SilenceWidth{1'b0}};
    end else begin
      line_q <= {line_q[3:0], uart_rx_i};
      rx_state_q <= rx_state_d;
      rx_clock_q <= rx_clock_d;
      silence_q <= silence_d;
    end
  end

  always @(posedge clk_i) begin
    rx_bit_q <= rx_bit_d;
    rx_q <= rx_d;
  end

  assign rx_valid_o = rx_state_q == Stop && rx_due && high;
  assign rx_error_o = rx_state_q == Stop && rx_due && !high;
  assign rx_data_o = rx_q;
  assign silent_o = silent;

  // ----------------------------------------------------------------------------- transmitter
  reg [ClockWidth-1:0] tx_clock_q, tx_clock_d;
  reg [3:0] tx_left_q, tx_left_d;  // bits that are not over yet
  reg [8:0] tx_q, tx_d;  // the bit on the line first; the stop bit follows as what fills it up
  wire tx_due = tx_clock_q == {ClockWidth{1'b0}};
  wire tx_idle = tx_left_q == 4'd0;

  always @* begin
    tx_clock_d = tx_due ? LastClock[ClockWidth-1:0] : tx_clock_q - 1'b1;
    tx_left_d = tx_left_q;
    tx_d = tx_q;
    if (tx_idle) begin
      tx_clock_d = LastClock[ClockWidth-1:0];
      if (tx_valid_i) begin
        tx_left_d = 4'd10;
        tx_d = {tx_data_i, 1'b0};
      end
    end else if (tx_due) begin
      tx_left_d = tx_left_q - 4'd1;
      tx_d = {1'b1, tx_q[8:1]};
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      tx_clock_q <= {ClockWidth{1'b0}};
      tx_left_q <= 4'd0;
      tx_q <= 9'h1ff;
    end else begin
      tx_clock_q <= tx_clock_d;
      tx_left_q <= tx_left_d;
      tx_q <= tx_d;
    end
  end

  assign uart_tx_o = tx_q[0];
  assign tx_ready_o = tx_idle;

endmodule

`default_nettype wire
