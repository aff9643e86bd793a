// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_faults: faults of the machine on the wires of each core. Only simulated machines have them.
//
// Policy
//   - The simulator writes next_* and raises `load` between two clocks (sim/soc/core_faults.h); nothing else
//     does. `load` is there so that runs without faults lose no time: nothing hangs on what can change.
//   - While the registers are zeros, the wires are what drives them.
module lockarb_soc_faults #(
    parameter NumCores = 4
) (
    // Levels, a bit for each core.
    output wire [NumCores-1:0] hold_o,    // the bus does not see its load or store
    output wire [NumCores-1:0] fail_o,    // which is held, and is answered with an error
    output wire [NumCores-1:0] spoil_o,   // the bus' answer becomes an error
    output wire [NumCores-1:0] mute_o,    // it sees the arbiter's line low
    output wire [NumCores-1:0] raise_o    // it sees it high
);

  reg load;
  reg [NumCores-1:0] next_hold, next_fail, next_spoil, next_mute, next_raise;
  reg [NumCores-1:0] hold, fail, spoil, mute, raise;
  initial begin
    load = 1'b0;
    next_hold = {NumCores{1'b0}};
    hold = {NumCores{1'b0}};
    next_fail = {NumCores{1'b0}};
    fail = {NumCores{1'b0}};
    next_spoil = {NumCores{1'b0}};
    spoil = {NumCores{1'b0}};
    next_mute = {NumCores{1'b0}};
    mute = {NumCores{1'b0}};
    next_raise = {NumCores{1'b0}};
    raise = {NumCores{1'b0}};
  end
  always @(posedge load) begin
    hold <= next_hold;
    fail <= next_fail;
    spoil <= next_spoil;
    mute <= next_mute;
    raise <= next_raise;
  end
  assign hold_o = hold;
  assign fail_o = fail;
  assign spoil_o = spoil;
  assign mute_o = mute;
  assign raise_o = raise;

endmodule

`default_nettype wire
