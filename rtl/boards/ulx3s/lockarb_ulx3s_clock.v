// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ulx3s_clock: the clock of a top for the ULX3S (ECP5), from its oscillator.
module lockarb_ulx3s_clock #(
    parameter ClockHz = 40000000  // 40 or 50 million: what divides 600 MHz, in steps of 5 MHz
) (
    input  wire clk_i,            // 25 MHz
    output wire clk_o,
    output wire locked_o
);

  // The PLL's oscillator is at 600 MHz.
  localparam Divide = 600000000 / ClockHz;
  (* FREQUENCY_PIN_CLKI = "25", ICP_CURRENT = "12", LPF_RESISTOR = "8", MFG_ENABLE_FILTEROPAMP = "1",
     MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
      .CLKI_DIV    (5),
      .CLKFB_DIV   (ClockHz / 5000000),
      .CLKOP_DIV   (Divide),
      .CLKOP_CPHASE((Divide - 1) / 2),
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
