// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ulx3s_soc: cores, memory and the arbiter on the ULX3S (ECP5), at 50 MHz, UART at 115200 baud. The
// sizes are those of the 85F; make synth gives smaller ones for a smaller FPGA.
module lockarb_ulx3s_soc #(
    parameter NumCores = 4,
    parameter MemoryKiB = 256,
    parameter NumThreads = 64,
    parameter NumLocks = 64,
    parameter MemoryFile = ""     // for $readmemh: the program
) (
    input  wire       clk_i,         // 25 MHz
    input  wire       uart_rx_i,
    output wire       uart_tx_o,
    output wire       wifi_gpio0_o,  // high: the ESP32 leaves the FPGA alone
    output wire [7:0] led_o
);

  assign wifi_gpio0_o = 1'b1;

  localparam ClockHz = 50000000;
  wire clk, locked;
  lockarb_ulx3s_clock #(
      .ClockHz(ClockHz)
  ) u_clock (
      .clk_i   (clk_i),
      .clk_o   (clk),
      .locked_o(locked)
  );

  lockarb_soc_board #(
      .ClockHz   (ClockHz),
      .NumCores  (NumCores),
      .MemoryKiB (MemoryKiB),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .MemoryFile(MemoryFile)
  ) u_board (
      .clk_i    (clk),
      .rst_ni   (locked),
      .uart_rx_i(uart_rx_i),
      .uart_tx_o(uart_tx_o),
      .led_o    (led_o)
  );

endmodule

`default_nettype wire
