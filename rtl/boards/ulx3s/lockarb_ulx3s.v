// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ulx3s: lockarb on the ULX3S (ECP5), at 40 MHz, UART at 115200 baud.
module lockarb_ulx3s (
    input  wire       clk_i,         // 25 MHz
    input  wire       uart_rx_i,
    output wire       uart_tx_o,
    output wire       wifi_gpio0_o,  // high: the ESP32 leaves the FPGA alone
    output wire [7:0] led_o
);

  assign wifi_gpio0_o = 1'b1;

  wire clk, locked;
  lockarb_ulx3s_clock u_clock (
      .clk_i   (clk_i),
      .clk_o   (clk),
      .locked_o(locked)
  );

  lockarb_board #(
      .ClockHz   (40000000),
      .NumCores  (8),
      .NumThreads(64),
      .NumLocks  (512),
      .HoldWidth (4),
      .Statistics(1)
  ) u_board (
      .clk_i    (clk),
      .rst_ni   (locked),
      .uart_rx_i(uart_rx_i),
      .uart_tx_o(uart_tx_o),
      .led_o    (led_o)
  );

endmodule

`default_nettype wire
