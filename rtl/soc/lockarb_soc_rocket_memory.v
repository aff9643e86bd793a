// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_rocket_memory: memory behind the AXI4 port that Rocket's caches are filled from.
//
// Policy
//   - Reads and writes go side by side, one burst of each at a time: the cluster never has both under way for
//     the same cache line.
//   - Bursts of any length, whose addresses count up, in beats of 64 bits.
//   - An address that is not in the memory is refused (SLVERR).
//
// Timing
//   - The first word of a read comes in the clock after its address, then one in each clock.
//   - A write is answered in the clock after its last word.
module lockarb_soc_rocket_memory #(
    parameter Words = 65536,   // of 32 bits
    parameter AddrWidth = 16   // of words
) (
    input  wire        clk_i,
    input  wire        rst_ni,         // synchronous, active low

    input  wire [ 3:0] s_axi_awid,
    input  wire [31:0] s_axi_awaddr,
    input  wire        s_axi_awvalid,
    output wire        s_axi_awready,
    input  wire [63:0] s_axi_wdata,
    input  wire [ 7:0] s_axi_wstrb,
    input  wire        s_axi_wlast,
    input  wire        s_axi_wvalid,
    output wire        s_axi_wready,
    output wire [ 3:0] s_axi_bid,
    output wire [ 1:0] s_axi_bresp,
    output wire        s_axi_bvalid,
    input  wire        s_axi_bready,
    input  wire [ 3:0] s_axi_arid,
    input  wire [31:0] s_axi_araddr,
    input  wire [ 7:0] s_axi_arlen,
    input  wire        s_axi_arvalid,
    output wire        s_axi_arready,
    output wire [ 3:0] s_axi_rid,
    output wire [63:0] s_axi_rdata,
    output wire [ 1:0] s_axi_rresp,
    output wire        s_axi_rlast,
    output wire        s_axi_rvalid,
    input  wire        s_axi_rready,

    output wire        refused_o,      // one-clock pulse: a read or write is refused,
    output wire [31:0] refused_addr_o,
    output wire        refused_write_o
);

  localparam [31:0] Size = 4 * Words;
  localparam [31:0] Base = 32'h80000000;
  localparam [1:0] Okay = 2'b00;
  localparam [1:0] Refused = 2'b10;

  reg [31:0] words[0:Words-1];

  // ------------------------------------------------------------------------------------ reads
  reg reading_q;
  reg [3:0] rid_q;
  reg [7:0] left_q;
  reg [AddrWidth-2:0] next_q;  // of 64 bits
  reg r_error_q;
  reg [63:0] rdata_q;
  wire [31:0] read_offset = s_axi_araddr - Base;
  wire read = s_axi_arvalid && s_axi_arready;
  wire more = reading_q && s_axi_rready && left_q != 8'd0;
  wire [AddrWidth-2:0] at = read ? read_offset[AddrWidth+1:3] : next_q;

  assign s_axi_arready = !reading_q;
  assign s_axi_rvalid = reading_q;
  assign s_axi_rid = rid_q;
  assign s_axi_rdata = rdata_q;
  assign s_axi_rresp = r_error_q ? Refused : Okay;
  assign s_axi_rlast = left_q == 8'd0;

  always @(posedge clk_i) begin
    if (!rst_ni) reading_q <= 1'b0;
    else reading_q <= read || reading_q && !(s_axi_rready && s_axi_rlast);
  end
  always @(posedge clk_i) begin
    if (read) begin
      rid_q <= s_axi_arid;
      left_q <= s_axi_arlen;
      r_error_q <= read_offset >= Size;
    end else if (more) left_q <= left_q - 8'd1;
    if (read || more) begin
      rdata_q <= {words[{at, 1'b1}], words[{at, 1'b0}]};
      next_q <= at + 1'b1;
    end
  end

  // ----------------------------------------------------------------------------------- writes
  reg writing_q;
  reg b_valid_q;
  reg [3:0] bid_q;
  reg b_error_q;
  reg [AddrWidth-2:0] write_at_q;
  wire [31:0] write_offset = s_axi_awaddr - Base;
  wire open = s_axi_awvalid && s_axi_awready;
  wire take = s_axi_wvalid && s_axi_wready;

  assign s_axi_awready = !writing_q && !b_valid_q;
  assign s_axi_wready = writing_q;
  assign s_axi_bvalid = b_valid_q;
  assign s_axi_bid = bid_q;
  assign s_axi_bresp = b_error_q ? Refused : Okay;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      writing_q <= 1'b0;
      b_valid_q <= 1'b0;
    end else begin
      writing_q <= open || writing_q && !(take && s_axi_wlast);
      b_valid_q <= take && s_axi_wlast || b_valid_q && !s_axi_bready;
    end
  end
  wire [AddrWidth-1:0] lower = {write_at_q, 1'b0};
  wire [AddrWidth-1:0] upper = {write_at_q, 1'b1};
  always @(posedge clk_i) begin
    if (open) begin
      bid_q <= s_axi_awid;
      b_error_q <= write_offset >= Size;
      write_at_q <= write_offset[AddrWidth+1:3];
    end else if (take) write_at_q <= write_at_q + 1'b1;
    if (take && !b_error_q) begin
      if (s_axi_wstrb[0]) words[lower][7:0] <= s_axi_wdata[7:0];
      if (s_axi_wstrb[1]) words[lower][15:8] <= s_axi_wdata[15:8];
      if (s_axi_wstrb[2]) words[lower][23:16] <= s_axi_wdata[23:16];
      if (s_axi_wstrb[3]) words[lower][31:24] <= s_axi_wdata[31:24];
      if (s_axi_wstrb[4]) words[upper][7:0] <= s_axi_wdata[39:32];
      if (s_axi_wstrb[5]) words[upper][15:8] <= s_axi_wdata[47:40];
      if (s_axi_wstrb[6]) words[upper][23:16] <= s_axi_wdata[55:48];
      if (s_axi_wstrb[7]) words[upper][31:24] <= s_axi_wdata[63:56];
    end
  end

  wire r_error = read && read_offset >= Size;
  wire w_error = open && write_offset >= Size;
  assign refused_o = r_error || w_error;
  assign refused_addr_o = r_error ? s_axi_araddr : s_axi_awaddr;
  assign refused_write_o = !r_error;

  wire unused_offset = |read_offset[2:0] || |write_offset[2:0];

endmodule

`default_nettype wire
