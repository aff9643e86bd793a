// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// icarus_bench: the workload of workload.h on the pins, for a simulator that reads plain Verilog.
// Prints "pairs P clocks C checksum X". Plusargs: pairs (how many), gap (idle clocks after a pair).
module icarus_bench;
  localparam NumCores = 16;
  localparam NumThreads = 64;
  localparam NumLocks = 256;
  localparam OpEnterAcquireExclusive = 12;
  localparam OpReleaseAndLeave = 17;
  localparam OpInitialize = 22;

  reg clk = 0;
  reg rst_n = 0;
  always #5 clk = !clk;

  reg  [24:0] awaddr = 0;
  reg  [31:0] wdata = 0;
  reg         awvalid = 0;
  reg         wvalid = 0;
  wire        awready;
  wire        wready;
  wire        bvalid;
  reg  [24:0] araddr = 0;
  reg         arvalid = 0;
  wire        arready;
  wire [31:0] rdata;
  wire        rvalid;
  wire        busy;

  lockarb #(
      .NumCores  (NumCores),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks)
  ) dut (
      .clk_i         (clk),
      .rst_ni        (rst_n),
      .time_i        (64'd0),
      .s_axil_awaddr (awaddr),
      .s_axil_awprot (3'b001),
      .s_axil_awuser (5'd0),
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_wdata  (wdata),
      .s_axil_wstrb  (4'hF),
      .s_axil_wvalid (wvalid),
      .s_axil_wready (wready),
      .s_axil_bresp  (),
      .s_axil_bvalid (bvalid),
      .s_axil_bready (1'b1),
      .s_axil_araddr (araddr),
      .s_axil_arprot (3'b001),
      .s_axil_aruser (5'd0),
      .s_axil_arvalid(arvalid),
      .s_axil_arready(arready),
      .s_axil_rdata  (rdata),
      .s_axil_rresp  (),
      .s_axil_rvalid (rvalid),
      .s_axil_rready (1'b1),
      .irq_o         (),
      .busy_o        (busy)
  );

  integer pairs, gap, i;
  reg [31:0] state, checksum;
  integer clocks = 0;
  always @(posedge clk) clocks = clocks + 1;

  // One bus read; leaves the answer in rdata's sample `word`.
  reg [31:0] word;
  reg taken;
  task read(input [24:0] address);
    begin
      araddr  = address;
      arvalid = 1;
      taken   = 0;
      while (!taken) begin
        @(posedge clk);
        taken = arready;
        #1;
      end
      arvalid = 0;
      while (!rvalid) @(posedge clk) #1;
      word = rdata;
      @(posedge clk) #1;
    end
  endtask

  task write(input [24:0] address, input [31:0] value);
    begin
      awaddr  = address;
      wdata   = value;
      awvalid = 1;
      wvalid  = 1;
      while (awvalid || wvalid) begin
        @(posedge clk);
        if (awready) awvalid <= 0;
        if (wready) wvalid <= 0;
        #1;
      end
      while (!bvalid) @(posedge clk) #1;
      @(posedge clk) #1;
    end
  endtask

  function [24:0] command(input [4:0] operation, input [31:0] lock);
    command = {5'd0, 1'b1, operation, 4'd0, lock[7:0], 2'd0};
  endfunction

  initial begin
    if (!$value$plusargs("pairs=%d", pairs)) pairs = 1000;
    if (!$value$plusargs("gap=%d", gap)) gap = 0;
    repeat (4) @(posedge clk);
    #1 rst_n = 1;
    @(posedge clk) #1;
    while (busy) @(posedge clk) #1;
    write(25'h18, 32'h1);  // CONTROL: the aperture is open
    write(25'h20, 32'h80000000);
    for (i = 0; i < NumLocks; i = i + 1) begin
      write(25'h44, {13'd0, command(OpInitialize, i)} & 32'h7ffff);  // ARM
      read(command(OpInitialize, i));
    end
    state = 1;
    checksum = 32'd2166136261;
    clocks = 0;
    for (i = 0; i < pairs; i = i + 1) begin
      state = state ^ (state << 13);
      state = state ^ (state >> 17);
      state = state ^ (state << 5);
      read(command(OpEnterAcquireExclusive + state[31], state % NumLocks));
      checksum = (checksum ^ word) * 32'd16777619;
      read(command(OpReleaseAndLeave, state % NumLocks));
      checksum = (checksum ^ word) * 32'd16777619;
      repeat (gap) @(posedge clk);
      if (gap != 0) #1;
    end
    $display("pairs %0d clocks %0d checksum %08x", pairs, clocks, checksum);
    $finish;
  end
endmodule

`default_nettype wire
