// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_ram: memory with one write and one read port, both on clk_i.
//
// This is the only file that a vendor's RAM macro would replace. The pattern below maps to the
// block RAM of the iCE40, ECP5 and 7-series families.
//
// Timing
//   - rdata_o is the word at raddr_i one clock after a clock with re_i, and keeps it without.
//   - Reading the word that is written in the same clock gives no defined value: no user of this
//     module looks at such a word.
module lockarb_ram #(
    parameter Width = 8,
    parameter AddrWidth = 4,
    parameter Depth = 1 << AddrWidth,
    parameter [Width-1:0] Stored = {Width{1'b1}}  // bits that are there; the rest reads as 0
) (
    input  wire                 clk_i,

    input  wire                 we_i,
    input  wire [AddrWidth-1:0] waddr_i,
    input  wire [    Width-1:0] wdata_i,

    input  wire                 re_i,
    input  wire [AddrWidth-1:0] raddr_i,
    output wire [    Width-1:0] rdata_o
);

  // How many of the bits below one are there.
  function integer below(input integer bit_number);
    integer i;
    begin
      below = 0;
      for (i = 0; i < bit_number; i = i + 1) if (Stored[i]) below = below + 1;
    end
  endfunction
  localparam StoredWidth = below(Width);

  // Small ones too: cells are what is scarce.
  (* ram_style = "block" *) reg [StoredWidth-1:0] words[0:Depth-1];

  reg [StoredWidth-1:0] word_q;
  wire [StoredWidth-1:0] word;
  always @(posedge clk_i) if (we_i) words[waddr_i] <= word;
  always @(posedge clk_i) if (re_i) word_q <= words[raddr_i];

  genvar n;
  generate
    if (&Stored) begin : g_all
      assign word = wdata_i;
      assign rdata_o = word_q;
    end else begin : g_some
      for (n = 0; n < Width; n = n + 1) begin : g_bit
        if (Stored[n]) begin : g_stored
          // By name: a simulator would call the function again at each evaluation.
          localparam Place = below(n);
          assign word[Place] = wdata_i[n];
          assign rdata_o[n] = word_q[Place];
        end else begin : g_absent
          assign rdata_o[n] = 1'b0;
          wire unused_bit = wdata_i[n];
        end
      end
    end
  endgenerate

endmodule

`default_nettype wire
