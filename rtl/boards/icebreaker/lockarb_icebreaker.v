// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_icebreaker: lockarb on the iCEBreaker (iCE40 UP5K), at 24 MHz, UART at 115200 baud.
module lockarb_icebreaker (
    input  wire clk_i,          // 12 MHz
    input  wire uart_rx_i,
    output wire uart_tx_o,
    output wire led_red_no,     // on: the bus refused an access, or bytes are ignored
    output wire led_green_no    // blinks: the clock runs
);

  // 12 MHz x (63 + 1) / 2^5
  wire clk, locked;
  SB_PLL40_PAD #(
      .FEEDBACK_PATH("SIMPLE"),
      .DIVR         (4'd0),
      .DIVF         (7'd63),
      .DIVQ         (3'd5),
      .FILTER_RANGE (3'd1)
  ) u_pll (
      .PACKAGEPIN  (clk_i),
      .PLLOUTGLOBAL(clk),
      .RESETB      (1'b1),
      .BYPASS      (1'b0),
      .LOCK        (locked)
  );

  wire [7:0] led;
  assign led_red_no = !(led[2] || led[1]);
  assign led_green_no = !led[0];

  // 30 block RAMs do not hold 64 threads x 256 locks beside the words of the bridge.
  lockarb_board #(
      .ClockHz   (24000000),
      .NumCores  (4),
      .NumThreads(64),
      .NumLocks  (128),
      .HoldWidth (4),
      .Parity    (0)   // block RAM is scarce
  ) u_board (
      .clk_i    (clk),
      .rst_ni   (locked),
      .uart_rx_i(uart_rx_i),
      .uart_tx_o(uart_tx_o),
      .led_o    (led)
  );

endmodule

`default_nettype wire
