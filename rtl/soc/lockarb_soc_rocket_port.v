// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_rocket_port: the AXI4 port for devices of a Rocket cluster, as accesses of single cores.
//
// Policy
//   - One access at a time; reads and writes that both wait take turns, so no core that polls keeps a write
//     of another one out.
//   - The id of an access tells the core: 0 to 3 are fetches of core 3 to 0, 6 to 9 and 10 to 13 the loads and
//     stores of core 3 to 0. The cluster gives ids so (TLToAXI4 of the package's version that is named in
//     requirements.txt), whatever programs do.
//   - A fetch from Boot gets instructions that go on in memory, or that wait for ever on a core that does not
//     run. All other fetches are refused (SLVERR), which traps.
//   - An access that a device refuses is answered with OKAY and all ones, as on cores that cannot trap: the
//     SoC keeps it in REFUSED.
//
// Timing
//   - A read or write shows at the devices in the clock in which it shows here, and its answer in the clock
//     after theirs. The next access starts in that clock.
module lockarb_soc_rocket_port (
    input  wire        clk_i,
    input  wire        rst_ni,         // synchronous, active low
    input  wire [ 3:0] run_i,          // level: the cores that run

    input  wire [ 3:0] s_axi_awid,
    input  wire [30:0] s_axi_awaddr,
    input  wire [ 2:0] s_axi_awsize,
    input  wire        s_axi_awvalid,
    output wire        s_axi_awready,
    input  wire [63:0] s_axi_wdata,
    input  wire [ 7:0] s_axi_wstrb,
    input  wire        s_axi_wvalid,
    output wire        s_axi_wready,
    output wire [ 3:0] s_axi_bid,
    output wire        s_axi_bvalid,
    input  wire        s_axi_bready,
    input  wire [ 3:0] s_axi_arid,
    input  wire [30:0] s_axi_araddr,
    input  wire [ 7:0] s_axi_arlen,
    input  wire [ 2:0] s_axi_arsize,
    input  wire        s_axi_arvalid,
    output wire        s_axi_arready,
    output wire [ 3:0] s_axi_rid,
    output wire [63:0] s_axi_rdata,
    output wire [ 1:0] s_axi_rresp,
    output wire        s_axi_rlast,
    output wire        s_axi_rvalid,
    input  wire        s_axi_rready,

    output wire [ 3:0] data_o,         // one bit or none: the core's access is wanted, until its ack
    output wire        wide_o,         // level: it is of more than 32 bits
    output wire        write_o,
    output wire [30:0] addr_o,
    output wire [ 3:0] lanes_o,
    output wire [31:0] wdata_o,
    input  wire        ack_i,          // one-clock pulse
    input  wire [63:0] words_i         // of a read: the word, twice, or two words
);

  localparam [30:0] Boot = 31'h10000000;
  localparam [2:0] Word = 3'd2;  // the size of 32 bits
  localparam [1:0] Okay = 2'b00;
  localparam [1:0] Refused = 2'b10;
  // What a core begins with: li t0, 1; slli t0, t0, 31; jr t0, or wfi; j to it.
  localparam [63:0] Go = 64'h01f29293_00100293;
  localparam [63:0] OnAndOn = 64'h00000000_00028067;
  localparam [63:0] Stay = 64'hffdff06f_10500073;

  reg r_valid_q, b_valid_q;
  reg under_way_q, writes_q;  // an access that has begun, or what the last one was

  wire fetch = s_axi_arid < 4'd4;
  wire want_read = s_axi_arvalid && !r_valid_q && !fetch;
  wire want_write = s_axi_awvalid && s_axi_wvalid && !b_valid_q;
  wire write = under_way_q ? writes_q : want_write && !(want_read && writes_q);
  wire active = want_read || want_write;
  wire [3:0] id = write ? s_axi_awid : s_axi_arid;
  wire [3:0] core = (id < 4'd10 ? 4'd9 : 4'd13) - id;
  wire [30:0] addr = write ? s_axi_awaddr : s_axi_araddr;

  assign data_o = active ? 4'd1 << core : 4'd0;
  assign wide_o = (write ? s_axi_awsize : s_axi_arsize) > Word;
  assign write_o = write;
  assign addr_o = addr;
  assign lanes_o = addr[2] ? s_axi_wstrb[7:4] : s_axi_wstrb[3:0];
  assign wdata_o = addr[2] ? s_axi_wdata[63:32] : s_axi_wdata[31:0];

  wire done = active && ack_i;
  always @(posedge clk_i) begin
    if (!rst_ni) under_way_q <= 1'b0;
    else under_way_q <= active && !ack_i;
  end
  always @(posedge clk_i) begin
    if (!rst_ni) writes_q <= 1'b0;
    else if (active) writes_q <= write;
  end

  // ----------------------------------------------------------------------------------- writes
  reg [3:0] bid_q;
  assign s_axi_awready = done && write;
  assign s_axi_wready = done && write;
  assign s_axi_bvalid = b_valid_q;
  assign s_axi_bid = bid_q;
  always @(posedge clk_i) begin
    if (!rst_ni) b_valid_q <= 1'b0;
    else b_valid_q <= done && write || b_valid_q && !s_axi_bready;
  end
  always @(posedge clk_i) if (done && write) bid_q <= s_axi_awid;

  // ---------------------------------------------------------------------------- reads, fetches
  wire start_fetch = s_axi_arvalid && fetch && !r_valid_q;
  wire boots = s_axi_araddr[30:6] == Boot[30:6];
  wire runs = run_i[~s_axi_arid[1:0]];
  reg [3:0] rid_q;
  reg [1:0] rresp_q;
  reg [7:0] left_q;
  reg [63:0] rdata_q;
  reg more_q;  // the second word of Go is yet to come
  assign s_axi_arready = done && !write || start_fetch;
  assign s_axi_rvalid = r_valid_q;
  assign s_axi_rid = rid_q;
  assign s_axi_rdata = rdata_q;
  assign s_axi_rresp = rresp_q;
  assign s_axi_rlast = left_q == 8'd0;
  always @(posedge clk_i) begin
    if (!rst_ni) r_valid_q <= 1'b0;
    else r_valid_q <= done && !write || start_fetch || r_valid_q && !(s_axi_rready && s_axi_rlast);
  end
  always @(posedge clk_i) begin
    if (start_fetch) begin
      rid_q <= s_axi_arid;
      rresp_q <= boots ? Okay : Refused;
      left_q <= s_axi_arlen;
      rdata_q <= runs ? Go : Stay;
      more_q <= runs;
    end else if (done && !write) begin
      rid_q <= s_axi_arid;
      rresp_q <= Okay;
      left_q <= 8'd0;
      rdata_q <= words_i;
      more_q <= 1'b0;
    end else if (r_valid_q && s_axi_rready) begin
      left_q <= left_q - 8'd1;
      rdata_q <= more_q ? OnAndOn : 64'd0;
      more_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
