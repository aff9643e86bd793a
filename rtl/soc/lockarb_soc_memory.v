// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_memory: memory that all cores share, in block RAM: one side for instructions, one for data.
//
// Policy
//   - Each side serves one port per clock, in turn; a core that fetches a line of its cache keeps its turn
//     until the line's last word.
//   - A read with data_set_i tests and sets: it gives the word, and all ones are written in the next clock,
//     in which the side for data serves nobody. So of two cores only one sees that a word was 0.
//   - An instruction that is written in the clock in which it is fetched gives no defined value.
//
// Timing
//   - ack and the word come in the clock after the port was chosen; an access that meets nobody takes one.
module lockarb_soc_memory #(
    parameter NumCores = 4,     // ports for instructions
    parameter NumPorts = 4,     // ports for data
    parameter Words = 65536,
    parameter AddrWidth = 16,   // of words
    parameter MemoryFile = ""   // for $readmemh: what is there at first
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,        // synchronous, active low

    // inside: the address is one of this memory, else the answer is an error.
    input  wire [          NumCores-1:0] fetch_i,       // level, until its ack
    input  wire [          NumCores-1:0] fetch_inside_i,
    input  wire [NumCores*AddrWidth-1:0] fetch_addr_i,
    input  wire [          NumCores-1:0] fetch_more_i,  // level: the next word follows
    output wire [          NumCores-1:0] fetch_ack_o,   // one-clock pulse
    output wire                          fetch_error_o,
    output wire [                  31:0] fetch_word_o,

    input  wire [          NumPorts-1:0] data_i,        // level, until its ack
    input  wire [          NumPorts-1:0] data_inside_i,
    input  wire [          NumPorts-1:0] data_write_i,
    input  wire [          NumPorts-1:0] data_set_i,
    input  wire [NumPorts*AddrWidth-1:0] data_addr_i,
    input  wire [        NumPorts*4-1:0] data_lanes_i,
    input  wire [       NumPorts*32-1:0] data_wdata_i,
    output wire [          NumPorts-1:0] data_ack_o,    // one-clock pulse
    output wire                          data_error_o,
    output wire [                  31:0] data_word_o
);

  reg [31:0] words[0:Words-1];
  generate
    if (MemoryFile != "") begin : g_image
      initial $readmemh(MemoryFile, words);
    end
  endgenerate

  // ---------------------------------------------------------------------------- instructions
  reg [NumCores-1:0] fetch_ack_q;
  reg fetch_error_q;
  reg [31:0] fetch_word_q;
  wire fetch_any;
  wire [NumCores-1:0] fetch_turn;
  wire follow = |(fetch_ack_q & fetch_more_i);
  wire [NumCores-1:0] fetch_chosen = follow ? fetch_ack_q : fetch_turn;
  // The word that follows is counted from a register, beside the choice: the way through all of it to the
  // block RAMs, which are far apart, is the longest one on an FPGA.
  localparam [AddrWidth-1:0] One = 1;
  reg [AddrWidth-1:0] fetch_addr_q;
  wire [AddrWidth-1:0] fetch_turn_addr;
  wire [AddrWidth-1:0] fetch_addr = follow ? fetch_addr_q + One : fetch_turn_addr;

  lockarb_soc_turn #(
      .NumPorts(NumCores)
  ) u_fetch_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(fetch_i & ~fetch_ack_q),
      .take_i  (!follow),
      .any_o   (fetch_any),
      .chosen_o(fetch_turn)
  );

  lockarb_soc_pick #(
      .NumPorts(NumCores),
      .Width   (AddrWidth)
  ) u_fetch_addr (
      .chosen_i(fetch_turn),
      .words_i (fetch_addr_i),
      .word_o  (fetch_turn_addr)
  );

  always @(posedge clk_i) begin
    if (!rst_ni) fetch_ack_q <= {NumCores{1'b0}};
    else fetch_ack_q <= fetch_chosen;
  end
  always @(posedge clk_i) begin
    fetch_error_q <= |(fetch_chosen & ~fetch_inside_i);
    fetch_addr_q <= fetch_addr;
    if (follow || fetch_any) fetch_word_q <= words[fetch_addr];
  end
  assign fetch_ack_o = fetch_ack_q;
  assign fetch_error_o = fetch_error_q;
  assign fetch_word_o = fetch_word_q;

  // ------------------------------------------------------------------------------------ data
  reg [NumPorts-1:0] data_ack_q;
  reg data_error_q;
  reg [31:0] data_word_q;
  reg setting_q;
  reg [AddrWidth-1:0] set_addr_q;
  wire data_any;
  wire [NumPorts-1:0] data_turn;
  wire [NumPorts-1:0] data_chosen = setting_q ? {NumPorts{1'b0}} : data_turn;
  wire write = |(data_chosen & data_inside_i & data_write_i);
  wire read = |(data_chosen & data_inside_i & ~data_write_i);

  lockarb_soc_turn #(
      .NumPorts(NumPorts)
  ) u_data_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(data_i & ~data_ack_q),
      .take_i  (!setting_q),
      .any_o   (data_any),
      .chosen_o(data_turn)
  );
  wire unused_any = data_any;

  wire [AddrWidth-1:0] data_addr;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (AddrWidth)
  ) u_data_addr (
      .chosen_i(data_turn),
      .words_i (data_addr_i),
      .word_o  (data_addr)
  );
  wire [3:0] data_lanes;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (4)
  ) u_data_lanes (
      .chosen_i(data_turn),
      .words_i (data_lanes_i),
      .word_o  (data_lanes)
  );
  wire [31:0] data_wdata;
  lockarb_soc_pick #(
      .NumPorts(NumPorts),
      .Width   (32)
  ) u_data_wdata (
      .chosen_i(data_turn),
      .words_i (data_wdata_i),
      .word_o  (data_wdata)
  );

  wire [AddrWidth-1:0] addr = setting_q ? set_addr_q : data_addr;
  wire [3:0] lanes = {4{setting_q}} | ({4{write}} & data_lanes);
  wire [31:0] wdata = {32{setting_q}} | data_wdata;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      data_ack_q <= {NumPorts{1'b0}};
      setting_q <= 1'b0;
    end else begin
      data_ack_q <= data_chosen;
      setting_q <= read && |(data_chosen & data_set_i);
    end
  end
  always @(posedge clk_i) begin
    data_error_q <= |(data_chosen & ~data_inside_i);
    set_addr_q <= addr;
    if (lanes[0]) words[addr][7:0] <= wdata[7:0];
    if (lanes[1]) words[addr][15:8] <= wdata[15:8];
    if (lanes[2]) words[addr][23:16] <= wdata[23:16];
    if (lanes[3]) words[addr][31:24] <= wdata[31:24];
    if (read) data_word_q <= words[addr];
  end
  assign data_ack_o = data_ack_q;
  assign data_error_o = data_error_q;
  assign data_word_o = data_word_q;

endmodule

`default_nettype wire
