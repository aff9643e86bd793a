// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ulx3s_clock: the 40 MHz of the tops for the ULX3S (ECP5), from its oscillator.
module lockarb_ulx3s_clock (
    input  wire clk_i,    // 25 MHz
    output wire clk_o,    // 40 MHz
    output wire locked_o
);

  // 25 MHz x 8 / 5; the oscillator at 600 MHz.
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
      .CLKFB       (clk_o),
      .CLKOP       (clk_o),
      .LOCK        (locked_o),
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

endmodule

`default_nettype wire
