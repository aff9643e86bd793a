// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_names: which thread runs on a core and what it does with a lock, as texts, to be looked at in a
// waveform.
//
// Policy
//   - Hardware does not know it: the simulator writes the texts as the program tells (sim/soc/machine.cpp).
//   - Nothing here is synthesized: it is there under LOCKARB_VIEW only.
module lockarb_soc_names;
  reg [8*32-1:0] thread;  // its name; empty: the idle thread
  reg [8*48-1:0] lock;    // the last that it did: "waits for NAME", "owns NAME"; empty: it owns none
endmodule

`default_nettype wire
