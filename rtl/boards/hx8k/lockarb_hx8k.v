// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_hx8k: lockarb on Lattice's iCE40-HX8K breakout board, at 60 MHz, UART at 115200 baud.
module lockarb_hx8k (
    input  wire       clk_i,      // 12 MHz
    input  wire       uart_rx_i,
    output wire       uart_tx_o,
    output wire [7:0] led_o
);

  // 12 MHz x (79 + 1) / 2^4
  wire clk, locked;
  SB_PLL40_CORE #(
      .FEEDBACK_PATH("SIMPLE"),
      .DIVR         (4'd0),
      .DIVF         (7'd79),
      .DIVQ         (3'd4),
      .FILTER_RANGE (3'd1)
  ) u_pll (
      .REFERENCECLK(clk_i),
      .PLLOUTGLOBAL(clk),
      .RESETB      (1'b1),
      .BYPASS      (1'b0),
      .LOCK        (locked)
  );

  lockarb_board #(
      .ClockHz   (60000000),
      .NumCores  (4),
      .NumThreads(64),
      .NumLocks  (256),
      .HoldWidth (4),
      .Parity    (0)   // block RAM is scarce
  ) u_board (
      .clk_i    (clk),
      .rst_ni   (locked),
      .uart_rx_i(uart_rx_i),
      .uart_tx_o(uart_tx_o),
      .led_o    (led_o)
  );

endmodule

`default_nettype wire
