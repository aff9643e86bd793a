// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_pick: the word of the chosen port. Combinational; ANDs and ORs over the ports, since synthesis
// makes a multiplier of an index into words whose width is no power of two.
module lockarb_soc_pick #(
    parameter NumPorts = 4,
    parameter Width = 32
) (
    input  wire [      NumPorts-1:0] chosen_i,  // one bit; none: the word is 0
    input  wire [NumPorts*Width-1:0] words_i,
    output wire [         Width-1:0] word_o
);

  reg [Width-1:0] word;
  integer n;
  always @* begin
    word = {Width{1'b0}};
    for (n = 0; n < NumPorts; n = n + 1) word = word | ({Width{chosen_i[n]}} & words_i[n*Width+:Width]);
  end
  assign word_o = word;

endmodule

`default_nettype wire
