// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_turn: whose turn it is at something that serves one port at a time.
//
// Policy
//   - Round robin: the first port after the last one that has something to ask for, so a port waits for
//     one access of each other port at most.
//   - A choice that was not taken stays, as a handshake that has begun has to.
module lockarb_soc_turn #(
    parameter NumPorts = 4
) (
    input  wire                clk_i,
    input  wire                rst_ni,    // synchronous, active low

    input  wire [NumPorts-1:0] wanted_i,  // level: stays until the port is served
    input  wire                take_i,    // in this clock the chosen port is served, if any_o
    output wire                any_o,
    output wire [NumPorts-1:0] chosen_o   // one bit, none without any_o
);

  localparam [NumPorts-1:0] First = 1;

  reg [NumPorts-1:0] last_q;  // one bit
  reg held_q;

  // The lowest of those that follow the last one, else the lowest of all.
  reg [NumPorts-1:0] follower, lowest;
  reg passed, any_follower, any_lower;
  integer n;
  always @* begin
    passed = 1'b0;
    any_follower = 1'b0;
    any_lower = 1'b0;
    for (n = 0; n < NumPorts; n = n + 1) begin
      follower[n] = wanted_i[n] && passed && !any_follower;
      lowest[n] = wanted_i[n] && !any_lower;
      any_follower = any_follower || wanted_i[n] && passed;
      any_lower = any_lower || wanted_i[n];
      passed = passed || last_q[n];
    end
  end

  assign any_o = |wanted_i;
  assign chosen_o = held_q ? last_q : any_follower ? follower : lowest;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      last_q <= First;
      held_q <= 1'b0;
    end else begin
      if (any_o) last_q <= chosen_o;
      held_q <= any_o && !take_i;
    end
  end

endmodule

`default_nettype wire
