// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ulx3s_soc: cores, memory and the arbiter on the ULX3S (ECP5), at 40 MHz, UART at 115200 baud. The
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

  // 25 MHz x 8 / 5; the oscillator at 600 MHz.
  wire clk, locked;
  (* FREQUENCY_PIN_CLKI = "25", FREQUENCY_PIN_CLKOP = "40", ICP_CURRENT = "12", LPF_RESISTOR = "8",
     MFG_ENABLE_FILTEROPAMP = "1", MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
      .CLKI_DIV    (5),
      .CLKFB_DIV   (8),
      .CLKOP_DIV   (15),
      .CLKOP_CPHASE(7),
      .CLKOP_FPHASE(0),
      .FEEDBK_PATH ("CLKOP"),
      .CLKOP_ENABLE("ENABLED")
  ) u_pll (
      .CLKI        (clk_i),
      .CLKFB       (clk),
      .CLKOP       (clk),
      .LOCK        (locked),
      .RST         (1'b0),
      .STDBY       (1'b0),
      .PHASESEL0   (1'b0),
      .PHASESEL1   (1'b0),
      .PHASEDIR    (1'b0),
      .PHASESTEP   (1'b0),
      .PHASELOADREG(1'b0),
      .PLLWAKESYNC (1'b0),
      .ENCLKOP     (1'b0),
      .ENCLKOS     (1'b0),
      .ENCLKOS2    (1'b0),
      .ENCLKOS3    (1'b0)
  );

  lockarb_soc_board #(
      .ClockHz   (40000000),
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
