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
    parameter Depth = 1 << AddrWidth
) (
    input  wire                 clk_i,

    input  wire                 we_i,
    input  wire [AddrWidth-1:0] waddr_i,
    input  wire [    Width-1:0] wdata_i,

    input  wire                 re_i,
    input  wire [AddrWidth-1:0] raddr_i,
    output reg  [    Width-1:0] rdata_o
);

  // Small ones too: cells are what is scarce.
  (* ram_style = "block" *) reg [Width-1:0] words[0:Depth-1];

  always @(posedge clk_i) if (we_i) words[waddr_i] <= wdata_i;
  always @(posedge clk_i) if (re_i) rdata_o <= words[raddr_i];

endmodule

`default_nettype wire
