// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_memory: memory that all cores share, in block RAM: one port for instructions, one for data.
//
// Policy
//   - Each port serves one core per clock, in turn; a core that fetches a line of its cache keeps its turn
//     until the line's last word.
//   - A read with data_set_i tests and sets: it gives the word, and all ones are written in the next clock,
//     in which the data port serves nobody. So of two cores only one sees that a word was 0.
//   - An instruction that is written in the clock in which it is fetched gives no defined value.
//
// Timing
//   - ack and the word come in the clock after the core was chosen; an access that meets nobody takes one.
module lockarb_soc_memory #(
    parameter NumCores = 4,
    parameter CoreWidth = 2,
    parameter AddrWidth = 16,   // of words
    parameter MemoryFile = ""   // for $readmemh: what is there at first
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,        // synchronous, active low

    // Instructions, of each core. inside: the address is one of this memory, else the answer is an error.
    input  wire [          NumCores-1:0] fetch_i,       // level, until its ack
    input  wire [          NumCores-1:0] fetch_inside_i,
    input  wire [NumCores*AddrWidth-1:0] fetch_addr_i,
    input  wire [          NumCores-1:0] fetch_more_i,  // level: the next word follows
    output wire [          NumCores-1:0] fetch_ack_o,   // one-clock pulse
    output wire                          fetch_error_o,
    output wire [                  31:0] fetch_word_o,

    input  wire [          NumCores-1:0] data_i,        // level, until its ack
    input  wire [          NumCores-1:0] data_write_i,
    input  wire [          NumCores-1:0] data_set_i,
    input  wire [NumCores*AddrWidth-1:0] data_addr_i,
    input  wire [        NumCores*4-1:0] data_lanes_i,
    input  wire [       NumCores*32-1:0] data_wdata_i,
    output wire [          NumCores-1:0] data_ack_o,    // one-clock pulse
    output wire [                  31:0] data_word_o
);

  localparam [NumCores-1:0] One = 1;
  localparam [31:0] AddrStep = AddrWidth;

  reg [31:0] words[0:(1<<AddrWidth)-1];
  generate
    if (MemoryFile != "") begin : g_image
      initial $readmemh(MemoryFile, words);
    end
  endgenerate

  // ---------------------------------------------------------------------------- instructions
  reg [NumCores-1:0] fetch_ack_q;
  reg fetch_error_q;
  reg [31:0] fetch_word_q;
  reg [CoreWidth-1:0] fetch_core_q;
  wire fetch_any;
  wire [CoreWidth-1:0] fetch_turn;
  // The core shows the address of the word that it gets in this clock.
  wire follow = |(fetch_ack_q & fetch_more_i);
  wire [CoreWidth-1:0] fetch_core = follow ? fetch_core_q : fetch_turn;
  wire [AddrWidth-1:0] next = {{AddrWidth - 1{1'b0}}, follow};
  wire [31:0] fetch_index;
  assign fetch_index = {{32 - CoreWidth{1'b0}}, fetch_core};
  wire [AddrWidth-1:0] fetch_addr = fetch_addr_i[fetch_index*AddrStep+:AddrWidth] + next;

  lockarb_soc_turn #(
      .NumCores (NumCores),
      .CoreWidth(CoreWidth)
  ) u_fetch_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(fetch_i & ~fetch_ack_q),
      .take_i  (!follow),
      .any_o   (fetch_any),
      .core_o  (fetch_turn)
  );

  always @(posedge clk_i) begin
    if (!rst_ni) fetch_ack_q <= {NumCores{1'b0}};
    else fetch_ack_q <= follow || fetch_any ? One << fetch_core : {NumCores{1'b0}};
  end
  always @(posedge clk_i) begin
    fetch_error_q <= !fetch_inside_i[fetch_core];
    fetch_core_q <= fetch_core;
    if (follow || fetch_any) fetch_word_q <= words[fetch_addr];
  end
  assign fetch_ack_o = fetch_ack_q;
  assign fetch_error_o = fetch_error_q;
  assign fetch_word_o = fetch_word_q;

  // ------------------------------------------------------------------------------------ data
  reg [NumCores-1:0] data_ack_q;
  reg [31:0] data_word_q;
  reg setting_q;
  reg [AddrWidth-1:0] set_addr_q;
  wire data_any;
  wire [CoreWidth-1:0] data_core;
  wire [31:0] index;
  assign index = {{32 - CoreWidth{1'b0}}, data_core};
  wire serve = data_any && !setting_q;
  wire write = serve && data_write_i[data_core];
  wire read = serve && !data_write_i[data_core];

  lockarb_soc_turn #(
      .NumCores (NumCores),
      .CoreWidth(CoreWidth)
  ) u_data_turn (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .wanted_i(data_i & ~data_ack_q),
      .take_i  (!setting_q),
      .any_o   (data_any),
      .core_o  (data_core)
  );

  wire [AddrWidth-1:0] addr = setting_q ? set_addr_q : data_addr_i[index*AddrStep+:AddrWidth];
  wire [3:0] lanes = setting_q ? 4'b1111 : write ? data_lanes_i[index*32'd4+:4] : 4'b0000;
  wire [31:0] wdata = setting_q ? 32'hffffffff : data_wdata_i[index*32'd32+:32];

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      data_ack_q <= {NumCores{1'b0}};
      setting_q <= 1'b0;
    end else begin
      data_ack_q <= serve ? One << data_core : {NumCores{1'b0}};
      setting_q <= read && data_set_i[data_core];
    end
  end
  always @(posedge clk_i) begin
    set_addr_q <= addr;
    if (lanes[0]) words[addr][7:0] <= wdata[7:0];
    if (lanes[1]) words[addr][15:8] <= wdata[15:8];
    if (lanes[2]) words[addr][23:16] <= wdata[23:16];
    if (lanes[3]) words[addr][31:24] <= wdata[31:24];
    if (read) data_word_q <= words[addr];
  end
  assign data_ack_o = data_ack_q;
  assign data_word_o = data_word_q;

endmodule

`default_nettype wire
