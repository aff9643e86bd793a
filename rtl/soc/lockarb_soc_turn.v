// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_turn: whose turn it is at something that serves one core at a time.
//
// Policy
//   - Round robin: the first core after the last one that has something to ask for, so a core waits for
//     one access of each other core at most.
//   - A choice that was not taken stays, as a handshake that has begun has to.
module lockarb_soc_turn #(
    parameter NumCores = 4,
    parameter CoreWidth = 2
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,    // synchronous, active low

    input  wire [ NumCores-1:0] wanted_i,  // level: stays until the core is served
    input  wire                 take_i,    // in this clock core_o is served, if any_o
    output wire                 any_o,
    output wire [CoreWidth-1:0] core_o
);

  reg [CoreWidth-1:0] last_q;
  reg held_q;

  // The lowest of those that follow the last one, else the lowest of all.
  reg [CoreWidth-1:0] chosen;
  integer n;
  always @* begin
    chosen = last_q;
    for (n = NumCores - 1; n >= 0; n = n - 1) if (wanted_i[n]) chosen = n[CoreWidth-1:0];
    for (n = NumCores - 1; n >= 0; n = n - 1) begin
      if (wanted_i[n] && n[CoreWidth-1:0] > last_q) chosen = n[CoreWidth-1:0];
    end
    if (held_q) chosen = last_q;
  end

  assign any_o = |wanted_i;
  assign core_o = chosen;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      last_q <= {CoreWidth{1'b0}};
      held_q <= 1'b0;
    end else begin
      if (any_o) last_q <= chosen;
      held_q <= any_o && !take_i;
    end
  end

endmodule

`default_nettype wire
