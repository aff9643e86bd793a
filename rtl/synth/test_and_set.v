// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// test_and_set: a bank of plain mutexes behind AXI4-Lite, what lockarb's area is compared with.
//
// Reading the word of a mutex takes it if it is free: bit 31 of the answer says so, the low
// bits who owns it now. Writing the word frees it, if the writer owns it. There are no queues, no shared
// owners, no recursion and no interrupts: who does not get it asks again.
module test_and_set #(
    parameter NumCores = 4,   // windows of 1 MiB
    parameter NumLocks = 256
) (
    input  wire        clk_i,
    input  wire        rst_ni,          // synchronous, active low

    input  wire [24:0] s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [ 1:0] s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [24:0] s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [ 1:0] s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready
);

  localparam CoreWidth = NumCores > 1 ? $clog2(NumCores) : 1;
  localparam LockWidth = NumLocks > 1 ? $clog2(NumLocks) : 1;

  reg [NumLocks-1:0] taken_q;
  reg [CoreWidth-1:0] owner_q[0:NumLocks-1];

  reg rvalid_q, bvalid_q;
  reg [CoreWidth:0] answer_q;  // {got it, owner}
  wire read = s_axil_arvalid && !rvalid_q;
  wire write = s_axil_awvalid && s_axil_wvalid && !bvalid_q && !read;
  wire [24:0] address = read ? s_axil_araddr : s_axil_awaddr;
  wire [CoreWidth-1:0] core = address[20+:CoreWidth];
  wire [LockWidth-1:0] lock = address[2+:LockWidth];
  wire taken = taken_q[lock];
  wire [CoreWidth-1:0] owner = owner_q[lock];

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      rvalid_q <= 1'b0;
      bvalid_q <= 1'b0;
      taken_q <= {NumLocks{1'b0}};
    end else begin
      rvalid_q <= read || rvalid_q && !s_axil_rready;
      bvalid_q <= write || bvalid_q && !s_axil_bready;
      if (read) taken_q[lock] <= 1'b1;
      if (write && owner == core) taken_q[lock] <= 1'b0;
    end
  end
  always @(posedge clk_i) begin
    if (read && !taken) owner_q[lock] <= core;
    if (read) answer_q <= {!taken, taken ? owner : core};
  end

  assign s_axil_arready = read;
  assign s_axil_rvalid = rvalid_q;
  assign s_axil_rdata = {answer_q[CoreWidth], {(31 - CoreWidth) {1'b0}}, answer_q[CoreWidth-1:0]};
  assign s_axil_rresp = 2'b00;
  assign s_axil_awready = write;
  assign s_axil_wready = write;
  assign s_axil_bvalid = bvalid_q;
  assign s_axil_bresp = 2'b00;

  // There is nothing between the mutexes of a window.
  wire unused_address = &{1'b0, address};

endmodule

`default_nettype wire
