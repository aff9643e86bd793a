// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_stage: a register, or none: what a RAM gives, for a parameter to say whether it is used at once.
//
// Timing
//   - With Stage q_o is d_i of the last clock with en_i; without, it is d_i.
module lockarb_stage #(
    parameter Stage = 0,  // 0, 1
    parameter Width = 8
) (
    input  wire             clk_i,

    input  wire             en_i,
    input  wire [Width-1:0] d_i,
    output wire [Width-1:0] q_o
);

  generate
    if (Stage != 0) begin : g_register
      reg [Width-1:0] q;
      always @(posedge clk_i) if (en_i) q <= d_i;
      assign q_o = q;
    end else begin : g_wire
      assign q_o = d_i;
      wire unused_clock = &{1'b0, clk_i, en_i};
    end
  endgenerate

endmodule

`default_nettype wire
