// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc_rocket: RV64 cores with coherent caches (Rocket), their memory, the arbiter, a UART. For
// simulation only: it is where locks in software are at their best.
//
// Policy
//   - The address map is that of lockarb_soc (README.md), with differences: the cluster's own CLINT and PLIC
//     stand at 0x0200_0000 and 0x0c00_0000, and what counts clocks at 0x1200_0000.
//   - The arbiter's window and the devices are outside of the caches. The number of the core is beside each
//     access to the arbiter, which refuses the windows of other cores (CheckUser).
//   - Memory that is not there: the caches do not tell whose access it was, so it is kept in the REFUSED of all
//     cores that run; a store is a read, by which its line comes.
//   - Of 64 bits at once only mtime can be read: the rest is refused.
//   - The PLIC's source 1 + n is core n's line of the arbiter or a refused access, 5 + n its timer: the
//     cluster's own CLINT counts only each 100th clock, so timers and time are lockarb_soc_devices'.
//   - The cluster has 4 cores. Those that do not run wait in their first instruction for ever.
module lockarb_soc_rocket #(
    parameter NumCores = 4,          // 1 to 4
    parameter MemoryKiB = 1024,      // 16 to 1024, a multiple of 16
    parameter NumThreads = 64,       // of the arbiter, as the four that follow
    parameter NumLocks = 64,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter ClockHz = 50000000,    // of which mtime counts each
    parameter Baud = 115200,
    parameter Simulation = 0         // 1: programs find the simulator's port
) (
    input  wire                clk_i,
    input  wire                rst_ni,        // synchronous, active low
    input  wire [NumCores-1:0] run_i,         // level: core 0 and some that follow, from reset on

    input  wire                uart_rx_i,     // asynchronous
    output wire                uart_tx_o,

    input  wire [NumCores-1:0] interrupt_i,   // level: a further external interrupt of each core

    output wire                note_valid_o,  // one-clock pulse: a store into the simulator's port
    output wire [         2:0] note_core_o,
    output wire [         5:0] note_word_o,
    output wire [        31:0] note_data_o,

    output wire                busy_o         // of the arbiter
);

  generate
    if (NumCores < 1 || NumCores > 4) begin : g_bad_cores
      NumCores_must_be_1_to_4 stop_here ();
    end
    if (MemoryKiB < 16 || MemoryKiB > 1024 || MemoryKiB % 16 != 0) begin : g_bad_memory
      MemoryKiB_must_be_16_to_1024_and_a_multiple_of_16 stop_here ();
    end
    if (Simulation < 0 || Simulation > 1) begin : g_bad_simulation
      Simulation_must_be_0_or_1 stop_here ();
    end
  endgenerate

  localparam AddrWidth = $clog2(MemoryKiB) + 8;  // of words

  // ------------------------------------------------------------------------------ the cluster
  wire mem_awready, mem_awvalid, mem_awlock, mem_wready, mem_wvalid, mem_wlast, mem_bready, mem_bvalid;
  wire mem_arready, mem_arvalid, mem_arlock, mem_rready, mem_rvalid, mem_rlast;
  wire [3:0] mem_awid, mem_awcache, mem_awqos, mem_bid, mem_arid, mem_arcache, mem_arqos, mem_rid;
  wire [31:0] mem_awaddr, mem_araddr;
  wire [7:0] mem_awlen, mem_arlen, mem_wstrb;
  wire [2:0] mem_awsize, mem_awprot, mem_arsize, mem_arprot;
  wire [1:0] mem_awburst, mem_bresp, mem_arburst, mem_rresp;
  wire [63:0] mem_wdata, mem_rdata;

  wire io_awready, io_awvalid, io_awlock, io_wready, io_wvalid, io_wlast, io_bready, io_bvalid;
  wire io_arready, io_arvalid, io_arlock, io_rready, io_rvalid, io_rlast;
  wire [3:0] io_awid, io_awcache, io_awqos, io_bid, io_arid, io_arcache, io_arqos, io_rid;
  wire [30:0] io_awaddr, io_araddr;
  wire [7:0] io_awlen, io_arlen, io_wstrb;
  wire [2:0] io_awsize, io_awprot, io_arsize, io_arprot;
  wire [1:0] io_awburst, io_arburst, io_rresp;
  wire [63:0] io_wdata, io_rdata;
  wire [1:0] io_bresp = 2'b00;

  // Nobody else has the caches' port, or debugs.
  wire fb_awready, fb_wready, fb_bvalid, fb_arready, fb_rvalid, fb_rlast;
  wire [7:0] fb_bid, fb_rid;
  wire [1:0] fb_bresp, fb_rresp;
  wire [63:0] fb_rdata;
  wire dmi_ready, dmi_valid, debug_ndreset, debug_active;
  wire [31:0] dmi_data;
  wire [1:0] dmi_resp;

  wire [7:0] interrupts;

  ExampleRocketSystem u_cluster (
      .clock                               (clk_i),
      .reset                               (!rst_ni),
      .mem_axi4_0_aw_ready                 (mem_awready),
      .mem_axi4_0_aw_valid                 (mem_awvalid),
      .mem_axi4_0_aw_bits_id               (mem_awid),
      .mem_axi4_0_aw_bits_addr             (mem_awaddr),
      .mem_axi4_0_aw_bits_len              (mem_awlen),
      .mem_axi4_0_aw_bits_size             (mem_awsize),
      .mem_axi4_0_aw_bits_burst            (mem_awburst),
      .mem_axi4_0_aw_bits_lock             (mem_awlock),
      .mem_axi4_0_aw_bits_cache            (mem_awcache),
      .mem_axi4_0_aw_bits_prot             (mem_awprot),
      .mem_axi4_0_aw_bits_qos              (mem_awqos),
      .mem_axi4_0_w_ready                  (mem_wready),
      .mem_axi4_0_w_valid                  (mem_wvalid),
      .mem_axi4_0_w_bits_data              (mem_wdata),
      .mem_axi4_0_w_bits_strb              (mem_wstrb),
      .mem_axi4_0_w_bits_last              (mem_wlast),
      .mem_axi4_0_b_ready                  (mem_bready),
      .mem_axi4_0_b_valid                  (mem_bvalid),
      .mem_axi4_0_b_bits_id                (mem_bid),
      .mem_axi4_0_b_bits_resp              (mem_bresp),
      .mem_axi4_0_ar_ready                 (mem_arready),
      .mem_axi4_0_ar_valid                 (mem_arvalid),
      .mem_axi4_0_ar_bits_id               (mem_arid),
      .mem_axi4_0_ar_bits_addr             (mem_araddr),
      .mem_axi4_0_ar_bits_len              (mem_arlen),
      .mem_axi4_0_ar_bits_size             (mem_arsize),
      .mem_axi4_0_ar_bits_burst            (mem_arburst),
      .mem_axi4_0_ar_bits_lock             (mem_arlock),
      .mem_axi4_0_ar_bits_cache            (mem_arcache),
      .mem_axi4_0_ar_bits_prot             (mem_arprot),
      .mem_axi4_0_ar_bits_qos              (mem_arqos),
      .mem_axi4_0_r_ready                  (mem_rready),
      .mem_axi4_0_r_valid                  (mem_rvalid),
      .mem_axi4_0_r_bits_id                (mem_rid),
      .mem_axi4_0_r_bits_data              (mem_rdata),
      .mem_axi4_0_r_bits_resp              (mem_rresp),
      .mem_axi4_0_r_bits_last              (mem_rlast),
      .mmio_axi4_0_aw_ready                (io_awready),
      .mmio_axi4_0_aw_valid                (io_awvalid),
      .mmio_axi4_0_aw_bits_id              (io_awid),
      .mmio_axi4_0_aw_bits_addr            (io_awaddr),
      .mmio_axi4_0_aw_bits_len             (io_awlen),
      .mmio_axi4_0_aw_bits_size            (io_awsize),
      .mmio_axi4_0_aw_bits_burst           (io_awburst),
      .mmio_axi4_0_aw_bits_lock            (io_awlock),
      .mmio_axi4_0_aw_bits_cache           (io_awcache),
      .mmio_axi4_0_aw_bits_prot            (io_awprot),
      .mmio_axi4_0_aw_bits_qos             (io_awqos),
      .mmio_axi4_0_w_ready                 (io_wready),
      .mmio_axi4_0_w_valid                 (io_wvalid),
      .mmio_axi4_0_w_bits_data             (io_wdata),
      .mmio_axi4_0_w_bits_strb             (io_wstrb),
      .mmio_axi4_0_w_bits_last             (io_wlast),
      .mmio_axi4_0_b_ready                 (io_bready),
      .mmio_axi4_0_b_valid                 (io_bvalid),
      .mmio_axi4_0_b_bits_id               (io_bid),
      .mmio_axi4_0_b_bits_resp             (io_bresp),
      .mmio_axi4_0_ar_ready                (io_arready),
      .mmio_axi4_0_ar_valid                (io_arvalid),
      .mmio_axi4_0_ar_bits_id              (io_arid),
      .mmio_axi4_0_ar_bits_addr            (io_araddr),
      .mmio_axi4_0_ar_bits_len             (io_arlen),
      .mmio_axi4_0_ar_bits_size            (io_arsize),
      .mmio_axi4_0_ar_bits_burst           (io_arburst),
      .mmio_axi4_0_ar_bits_lock            (io_arlock),
      .mmio_axi4_0_ar_bits_cache           (io_arcache),
      .mmio_axi4_0_ar_bits_prot            (io_arprot),
      .mmio_axi4_0_ar_bits_qos             (io_arqos),
      .mmio_axi4_0_r_ready                 (io_rready),
      .mmio_axi4_0_r_valid                 (io_rvalid),
      .mmio_axi4_0_r_bits_id               (io_rid),
      .mmio_axi4_0_r_bits_data             (io_rdata),
      .mmio_axi4_0_r_bits_resp             (io_rresp),
      .mmio_axi4_0_r_bits_last             (io_rlast),
      .l2_frontend_bus_axi4_0_aw_ready     (fb_awready),
      .l2_frontend_bus_axi4_0_aw_valid     (1'b0),
      .l2_frontend_bus_axi4_0_aw_bits_id   (8'd0),
      .l2_frontend_bus_axi4_0_aw_bits_addr (32'd0),
      .l2_frontend_bus_axi4_0_aw_bits_len  (8'd0),
      .l2_frontend_bus_axi4_0_aw_bits_size (3'd0),
      .l2_frontend_bus_axi4_0_aw_bits_burst(2'd0),
      .l2_frontend_bus_axi4_0_aw_bits_lock (1'b0),
      .l2_frontend_bus_axi4_0_aw_bits_cache(4'd0),
      .l2_frontend_bus_axi4_0_aw_bits_prot (3'd0),
      .l2_frontend_bus_axi4_0_aw_bits_qos  (4'd0),
      .l2_frontend_bus_axi4_0_w_ready      (fb_wready),
      .l2_frontend_bus_axi4_0_w_valid      (1'b0),
      .l2_frontend_bus_axi4_0_w_bits_data  (64'd0),
      .l2_frontend_bus_axi4_0_w_bits_strb  (8'd0),
      .l2_frontend_bus_axi4_0_w_bits_last  (1'b0),
      .l2_frontend_bus_axi4_0_b_ready      (1'b1),
      .l2_frontend_bus_axi4_0_b_valid      (fb_bvalid),
      .l2_frontend_bus_axi4_0_b_bits_id    (fb_bid),
      .l2_frontend_bus_axi4_0_b_bits_resp  (fb_bresp),
      .l2_frontend_bus_axi4_0_ar_ready     (fb_arready),
      .l2_frontend_bus_axi4_0_ar_valid     (1'b0),
      .l2_frontend_bus_axi4_0_ar_bits_id   (8'd0),
      .l2_frontend_bus_axi4_0_ar_bits_addr (32'd0),
      .l2_frontend_bus_axi4_0_ar_bits_len  (8'd0),
      .l2_frontend_bus_axi4_0_ar_bits_size (3'd0),
      .l2_frontend_bus_axi4_0_ar_bits_burst(2'd0),
      .l2_frontend_bus_axi4_0_ar_bits_lock (1'b0),
      .l2_frontend_bus_axi4_0_ar_bits_cache(4'd0),
      .l2_frontend_bus_axi4_0_ar_bits_prot (3'd0),
      .l2_frontend_bus_axi4_0_ar_bits_qos  (4'd0),
      .l2_frontend_bus_axi4_0_r_ready      (1'b1),
      .l2_frontend_bus_axi4_0_r_valid      (fb_rvalid),
      .l2_frontend_bus_axi4_0_r_bits_id    (fb_rid),
      .l2_frontend_bus_axi4_0_r_bits_data  (fb_rdata),
      .l2_frontend_bus_axi4_0_r_bits_resp  (fb_rresp),
      .l2_frontend_bus_axi4_0_r_bits_last  (fb_rlast),
      .resetctrl_hartIsInReset_0           (!rst_ni),
      .resetctrl_hartIsInReset_1           (!rst_ni),
      .resetctrl_hartIsInReset_2           (!rst_ni),
      .resetctrl_hartIsInReset_3           (!rst_ni),
      .debug_clock                         (clk_i),
      .debug_reset                         (!rst_ni),
      .debug_clockeddmi_dmi_req_ready      (dmi_ready),
      .debug_clockeddmi_dmi_req_valid      (1'b0),
      .debug_clockeddmi_dmi_req_bits_addr  (7'd0),
      .debug_clockeddmi_dmi_req_bits_data  (32'd0),
      .debug_clockeddmi_dmi_req_bits_op    (2'd0),
      .debug_clockeddmi_dmi_resp_ready     (1'b1),
      .debug_clockeddmi_dmi_resp_valid     (dmi_valid),
      .debug_clockeddmi_dmi_resp_bits_data (dmi_data),
      .debug_clockeddmi_dmi_resp_bits_resp (dmi_resp),
      .debug_clockeddmi_dmiClock           (clk_i),
      .debug_clockeddmi_dmiReset           (!rst_ni),
      .debug_ndreset                       (debug_ndreset),
      .debug_dmactive                      (debug_active),
      .debug_dmactiveAck                   (debug_active),
      .interrupts                          (interrupts)
  );
  // It bursts with addresses that count up, of as many bits as the port has.
  wire unused_mem = mem_awlock || |mem_awcache || |mem_awqos || |mem_awlen || |mem_awsize || |mem_awprot ||
      |mem_awburst || mem_arlock || |mem_arcache || |mem_arqos || |mem_arsize || |mem_arprot || |mem_arburst;
  wire unused_io = io_awlock || |io_awcache || |io_awqos || |io_awlen || |io_awprot || |io_awburst ||
      io_arlock || |io_arcache || |io_arqos || |io_arprot || |io_arburst || io_wlast;
  wire unused_rest = fb_awready || fb_wready || fb_bvalid || fb_arready || fb_rvalid || fb_rlast || |fb_bid ||
      |fb_rid || |fb_bresp || |fb_rresp || |fb_rdata || dmi_ready || dmi_valid || debug_ndreset ||
      |dmi_data || |dmi_resp;

  wire memory_refused, memory_write;
  wire [31:0] memory_addr;
  lockarb_soc_rocket_memory #(
      .Words    (MemoryKiB * 256),
      .AddrWidth(AddrWidth)
  ) u_memory (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .s_axi_awid     (mem_awid),
      .s_axi_awaddr   (mem_awaddr),
      .s_axi_awvalid  (mem_awvalid),
      .s_axi_awready  (mem_awready),
      .s_axi_wdata    (mem_wdata),
      .s_axi_wstrb    (mem_wstrb),
      .s_axi_wlast    (mem_wlast),
      .s_axi_wvalid   (mem_wvalid),
      .s_axi_wready   (mem_wready),
      .s_axi_bid      (mem_bid),
      .s_axi_bresp    (mem_bresp),
      .s_axi_bvalid   (mem_bvalid),
      .s_axi_bready   (mem_bready),
      .s_axi_arid     (mem_arid),
      .s_axi_araddr   (mem_araddr),
      .s_axi_arlen    (mem_arlen),
      .s_axi_arvalid  (mem_arvalid),
      .s_axi_arready  (mem_arready),
      .s_axi_rid      (mem_rid),
      .s_axi_rdata    (mem_rdata),
      .s_axi_rresp    (mem_rresp),
      .s_axi_rlast    (mem_rlast),
      .s_axi_rvalid   (mem_rvalid),
      .s_axi_rready   (mem_rready),
      .refused_o      (memory_refused),
      .refused_addr_o (memory_addr),
      .refused_write_o(memory_write)
  );

  // --------------------------------------------------------------------- accesses to devices
  reg [3:0] running_cores;
  reg [3:0] running;
  integer counted;
  always @* begin
    running_cores = 4'd0;
    running = 4'd0;
    for (counted = 0; counted < NumCores; counted = counted + 1) begin
      running_cores[counted] = run_i[counted];
      running = running + {3'd0, run_i[counted]};
    end
  end

  wire [3:0] data;
  wire wide, data_write, ack;
  wire [30:0] data_addr;
  wire [3:0] data_lanes;
  wire [31:0] data_wdata;
  wire [63:0] answer;
  lockarb_soc_rocket_port u_port (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .run_i        (running_cores),
      .s_axi_awid   (io_awid),
      .s_axi_awaddr (io_awaddr),
      .s_axi_awsize (io_awsize),
      .s_axi_awvalid(io_awvalid),
      .s_axi_awready(io_awready),
      .s_axi_wdata  (io_wdata),
      .s_axi_wstrb  (io_wstrb),
      .s_axi_wvalid (io_wvalid),
      .s_axi_wready (io_wready),
      .s_axi_bid    (io_bid),
      .s_axi_bvalid (io_bvalid),
      .s_axi_bready (io_bready),
      .s_axi_arid   (io_arid),
      .s_axi_araddr (io_araddr),
      .s_axi_arlen  (io_arlen),
      .s_axi_arsize (io_arsize),
      .s_axi_arvalid(io_arvalid),
      .s_axi_arready(io_arready),
      .s_axi_rid    (io_rid),
      .s_axi_rdata  (io_rdata),
      .s_axi_rresp  (io_rresp),
      .s_axi_rlast  (io_rlast),
      .s_axi_rvalid (io_rvalid),
      .s_axi_rready (io_rready),
      .data_o       (data),
      .wide_o       (wide),
      .write_o      (data_write),
      .addr_o       (data_addr),
      .lanes_o      (data_lanes),
      .wdata_o      (data_wdata),
      .ack_i        (ack),
      .words_i      (answer)
  );
  wire unused_bits = |data || |memory_addr[1:0];  // only cores that run have accesses

  // The cluster keeps 0x0200_0000 to itself: the CLINT of lockarb_soc_devices is 0x1000_0000 above that.
  wire is_arbiter = data_addr[30:25] == 6'b100000;
  wire is_clint = data_addr[30:24] == 7'h12;
  wire [29:0] device_addr = {1'b0, data_addr[30:29], data_addr[28] && !is_clint, data_addr[27:2]};
  wire [NumCores-1:0] to_arbiter = is_arbiter && !wide ? data[NumCores-1:0] : {NumCores{1'b0}};
  wire [NumCores-1:0] to_devices = is_arbiter || wide ? {NumCores{1'b0}} : data[NumCores-1:0];
  wire [NumCores-1:0] arbiter_ack, devices_ack;
  wire arbiter_error, devices_error;
  wire [63:0] now;
  wire [31:0] arbiter_word, devices_word;
  wire from_arbiter = |arbiter_ack;
  wire from_devices = |devices_ack;
  wire time_read = wide && !data_write && is_clint && data_addr[23:3] == 21'h17ff;
  wire error = wide && !time_read || from_arbiter && arbiter_error || from_devices && devices_error;
  assign ack = |data && wide || from_arbiter || from_devices;
  assign answer = error ? {64{1'b1}} : wide ? now :
      from_arbiter ? {arbiter_word, arbiter_word} : {devices_word, devices_word};

  wire [NumCores-1:0] timer, irq, forget;
  wire [NumCores*32-1:0] refused;
  wire [NumCores*3-1:0] pending;
  // The PLIC keeps what has asked until a core claims it. A level that the core has not removed by then would
  // ask once more for nothing. So the PLIC sees it when it rises, and again each 1024 clocks while it stays: a
  // core whose cache is cold removes it in less.
  wire [7:0] line;
  genvar n;
  generate
    for (n = 0; n < 4; n = n + 1) begin : g_core
      if (n < NumCores) begin : g_runs
        // {address, a write, there is one}: the first one that the core has not read yet
        reg [31:0] refused_q;
        assign refused[n*32+:32] = refused_q;
        always @(posedge clk_i) begin
          if (!rst_ni || forget[n]) refused_q <= 32'd0;
          else if (data[n] && ack && error && !refused_q[0]) begin
            refused_q <= {1'b0, data_addr[30:2], data_write, 1'b1};
          end else if (memory_refused && run_i[n] && !refused_q[0]) begin
            refused_q <= {memory_addr[31:2], memory_write, 1'b1};
          end
        end
        wire external = irq[n] || refused_q[0] || interrupt_i[n];
        reg [9:0] external_q, timer_q;  // clocks since the PLIC has seen it
        always @(posedge clk_i) begin
          if (!rst_ni || !external) external_q <= 10'd0;
          else external_q <= external_q + 10'd1;
          if (!rst_ni || !timer[n]) timer_q <= 10'd0;
          else timer_q <= timer_q + 10'd1;
        end
        assign line[n] = external && external_q == 10'd0;
        assign line[4+n] = timer[n] && timer_q == 10'd0;
        assign pending[n*3+:3] = {external, timer[n], 1'b0};
      end else begin : g_rests
        assign line[n] = 1'b0;
        assign line[4+n] = 1'b0;
      end
    end
  endgenerate
  assign interrupts = line;

  // ------------------------------------------------------------------- what they have access to
  wire rx_valid, rx_error, silent, tx_valid, tx_ready;
  wire [7:0] rx_data, tx_data;
  lockarb_uart #(
      .ClockHz(ClockHz),
      .Baud   (Baud)
  ) u_uart (
      .clk_i     (clk_i),
      .rst_ni    (rst_ni),
      .uart_rx_i (uart_rx_i),
      .uart_tx_o (uart_tx_o),
      .rx_valid_o(rx_valid),
      .rx_data_o (rx_data),
      .rx_error_o(rx_error),
      .silent_o  (silent),
      .tx_valid_i(tx_valid),
      .tx_data_i (tx_data),
      .tx_ready_o(tx_ready)
  );
  wire unused_line = rx_error || silent;

  wire [NumCores-1:0] software;
  wire unused_software = |software;  // the cluster's own CLINT has these
  lockarb_soc_devices #(
      .NumCores  (NumCores),
      .ClockHz   (ClockHz),
      .Simulation(Simulation)
  ) u_devices (
      .clk_i       (clk_i),
      .rst_ni      (rst_ni),
      .wanted_i    (to_devices),
      .write_i     ({NumCores{data_write}}),
      .addr_i      ({NumCores{device_addr}}),
      .lanes_i     ({NumCores{data_lanes}}),
      .wdata_i     ({NumCores{data_wdata}}),
      .ack_o       (devices_ack),
      .error_o     (devices_error),
      .word_o      (devices_word),
      .running_i   (running),
      .refused_i   (refused),
      .pending_i   (pending),
      .forget_o    (forget),
      .time_o      (now),
      .timer_o     (timer),
      .software_o  (software),
      .rx_valid_i  (rx_valid),
      .rx_data_i   (rx_data),
      .tx_valid_o  (tx_valid),
      .tx_data_o   (tx_data),
      .tx_ready_i  (tx_ready),
      .note_valid_o(note_valid_o),
      .note_core_o (note_core_o),
      .note_word_o (note_word_o),
      .note_data_o (note_data_o)
  );

  lockarb_soc_arbiter #(
      .NumCores  (NumCores),
      .NumPorts  (NumCores),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .HoldWidth (HoldWidth),
      .Statistics(Statistics),
      .Parity    (Parity)
  ) u_arbiter (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .time_i  (now),
      .wanted_i(to_arbiter),
      .write_i ({NumCores{data_write}}),
      .addr_i  ({NumCores{data_addr[24:0]}}),
      .lanes_i ({NumCores{data_lanes}}),
      .wdata_i ({NumCores{data_wdata}}),
      .ack_o   (arbiter_ack),
      .error_o (arbiter_error),
      .word_o  (arbiter_word),
      .irq_o   (irq),
      .busy_o  (busy_o)
  );

endmodule

`default_nettype wire
