// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc: RISC-V cores, their memory, the arbiter, a CLINT and a UART.
//
// Policy
//   - README.md has the address map, and what a program has to know of it.
//   - This file connects: each core has two ports, and each access goes to memory, arbiter or devices, which
//     serve the cores side by side. The number of the port is beside each access to the arbiter, which
//     refuses the windows of other cores (CheckUser).
//   - An access that is refused is kept in the core's REFUSED until the core writes that, for cores that do
//     not look at errors. Its answer is all ones.
//
// Timing
//   - Memory and devices answer in the clock after the core was chosen, the arbiter 4 clocks after it.
module lockarb_soc #(
    parameter NumCores = 4,          // 1 to 8
    parameter Core = 0,              // the kind of all cores; 0: VexRiscv Lite, 1: PicoRV32
    parameter MemoryKiB = 256,       // 16 to 1024, a power of two
    parameter NumThreads = 64,       // of the arbiter, as the four that follow
    parameter NumLocks = 64,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter ClockHz = 50000000,    // of which mtime counts each
    parameter Baud = 115200,
    parameter Simulation = 0,        // 1: programs find the simulator's port
    parameter MemoryFile = ""        // for $readmemh: the program
) (
    input  wire                clk_i,
    input  wire                rst_ni,        // synchronous, active low
    input  wire [NumCores-1:0] run_i,         // level: core 0 and some that follow; the others stay in reset

    input  wire                uart_rx_i,     // asynchronous
    output wire                uart_tx_o,

    input  wire [NumCores-1:0] interrupt_i,   // level: line 2 of each core's external interrupts

    output wire                note_valid_o,  // one-clock pulse: a store into the simulator's port
    output wire [         2:0] note_core_o,
    output wire [         5:0] note_word_o,
    output wire [        31:0] note_data_o,

    output wire                busy_o         // of the arbiter
);

  generate
    if (NumCores < 1 || NumCores > 8) begin : g_bad_cores
      NumCores_must_be_1_to_8 stop_here ();
    end
    if (Core < 0 || Core > 1) begin : g_bad_core
      Core_must_be_0_or_1 stop_here ();
    end
    if (MemoryKiB < 16 || MemoryKiB > 1024 || (MemoryKiB & (MemoryKiB - 1)) != 0) begin : g_bad_memory
      MemoryKiB_must_be_16_to_1024_and_a_power_of_two stop_here ();
    end
    if (Simulation < 0 || Simulation > 1) begin : g_bad_simulation
      Simulation_must_be_0_or_1 stop_here ();
    end
  endgenerate

  localparam CoreWidth = NumCores > 1 ? $clog2(NumCores) : 1;
  localparam AddrWidth = $clog2(MemoryKiB) + 8;  // of words
  localparam [25:AddrWidth] Inside = 0;  // above the last word of memory

  // ------------------------------------------------------------------------------------ cores
  wire [NumCores-1:0] fetch, fetch_inside, fetch_more, fetch_ack;
  wire [NumCores*AddrWidth-1:0] fetch_addr;
  wire fetch_error;
  wire [31:0] fetch_word;

  wire [NumCores-1:0] to_memory, to_arbiter, to_devices, write, set;
  wire [NumCores*30-1:0] addr;
  wire [NumCores*AddrWidth-1:0] memory_addr;
  wire [NumCores*25-1:0] arbiter_addr;
  wire [NumCores*4-1:0] lanes;
  wire [NumCores*32-1:0] wdata;
  wire [NumCores-1:0] memory_ack, arbiter_ack, devices_ack;
  wire [31:0] memory_word, arbiter_word, devices_word;
  wire arbiter_error, devices_error;

  wire [NumCores-1:0] timer, software, irq, forget;
  wire [NumCores*32-1:0] refused;
  wire [NumCores*3-1:0] pending;

  genvar n;
  generate
    for (n = 0; n < NumCores; n = n + 1) begin : g_core
      wire [29:0] my_fetch_addr, my_addr;
      wire data;
      reg running_q;
      always @(posedge clk_i) running_q <= rst_ni && run_i[n];

      // The upper four bits tell memory (8), the same to be set (C) and the arbiter (4) from what is small.
      wire is_set = my_addr[29:26] == 4'hc && !write[n];
      wire is_memory = (my_addr[29:26] == 4'h8 || is_set) && my_addr[25:AddrWidth] == Inside;
      wire is_arbiter = my_addr[29:23] == 7'b0100000;
      assign set[n] = is_set;
      assign to_memory[n] = data && is_memory;
      assign to_arbiter[n] = data && is_arbiter;
      assign to_devices[n] = data && !is_memory && !is_arbiter;
      assign addr[n*30+:30] = my_addr;
      assign memory_addr[n*AddrWidth+:AddrWidth] = my_addr[AddrWidth-1:0];
      assign arbiter_addr[n*25+:25] = {my_addr[22:0], 2'b00};
      assign fetch_inside[n] = my_fetch_addr[29:26] == 4'h8 && my_fetch_addr[25:AddrWidth] == Inside;
      assign fetch_addr[n*AddrWidth+:AddrWidth] = my_fetch_addr[AddrWidth-1:0];

      wire ack = memory_ack[n] || arbiter_ack[n] || devices_ack[n];
      wire error = arbiter_ack[n] && arbiter_error || devices_ack[n] && devices_error;
      wire [31:0] word = memory_ack[n] ? memory_word : arbiter_ack[n] ? arbiter_word : devices_word;

      // {address, a write, there is one}: the first one that the core has not read yet
      reg [31:0] refused_q;
      assign refused[n*32+:32] = refused_q;
      always @(posedge clk_i) begin
        if (!rst_ni || forget[n]) refused_q <= 32'd0;
        else if (error && !refused_q[0]) refused_q <= {my_addr, write[n], 1'b1};
      end

      wire [31:0] answer = error ? 32'hffffffff : word;
      wire [2:0] external = {interrupt_i[n], refused_q[0], irq[n]};
      assign pending[n*3+:3] = {|external, timer[n], software[n]};
      if (Core == 0) begin : g_vexriscv
        lockarb_soc_vexriscv u_core (
            .clk_i        (clk_i),
            .rst_ni       (running_q),
            .fetch_o      (fetch[n]),
            .fetch_addr_o (my_fetch_addr),
            .fetch_more_o (fetch_more[n]),
            .fetch_ack_i  (fetch_ack[n]),
            .fetch_error_i(fetch_error),
            .fetch_word_i (fetch_word),
            .data_o       (data),
            .data_write_o (write[n]),
            .data_addr_o  (my_addr),
            .data_lanes_o (lanes[n*4+:4]),
            .data_wdata_o (wdata[n*32+:32]),
            .data_ack_i   (ack),
            .data_error_i (error),
            .data_word_i  (answer),
            .timer_i      (timer[n]),
            .software_i   (software[n]),
            .external_i   (external)
        );
      end else begin : g_picorv32
        lockarb_soc_picorv32 u_core (
            .clk_i        (clk_i),
            .rst_ni       (running_q),
            .fetch_o      (fetch[n]),
            .fetch_addr_o (my_fetch_addr),
            .fetch_more_o (fetch_more[n]),
            .fetch_ack_i  (fetch_ack[n]),
            .fetch_error_i(fetch_error),
            .fetch_word_i (fetch_word),
            .data_o       (data),
            .data_write_o (write[n]),
            .data_addr_o  (my_addr),
            .data_lanes_o (lanes[n*4+:4]),
            .data_wdata_o (wdata[n*32+:32]),
            .data_ack_i   (ack),
            .data_error_i (error),
            .data_word_i  (answer),
            .timer_i      (timer[n]),
            .software_i   (software[n]),
            .external_i   (external)
        );
      end
    end
  endgenerate

  // ------------------------------------------------------------------- what they have access to
  lockarb_soc_memory #(
      .NumCores  (NumCores),
      .CoreWidth (CoreWidth),
      .AddrWidth (AddrWidth),
      .MemoryFile(MemoryFile)
  ) u_memory (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .fetch_i       (fetch),
      .fetch_inside_i(fetch_inside),
      .fetch_addr_i  (fetch_addr),
      .fetch_more_i  (fetch_more),
      .fetch_ack_o   (fetch_ack),
      .fetch_error_o (fetch_error),
      .fetch_word_o  (fetch_word),
      .data_i        (to_memory),
      .data_write_i  (write),
      .data_set_i    (set),
      .data_addr_i   (memory_addr),
      .data_lanes_i  (lanes),
      .data_wdata_i  (wdata),
      .data_ack_o    (memory_ack),
      .data_word_o   (memory_word)
  );

  reg [3:0] running;
  integer counted;
  always @* begin
    running = 4'd0;
    for (counted = 0; counted < NumCores; counted = counted + 1) running = running + {3'd0, run_i[counted]};
  end

  wire [63:0] now;
  lockarb_soc_devices #(
      .NumCores  (NumCores),
      .CoreWidth (CoreWidth),
      .ClockHz   (ClockHz),
      .Baud      (Baud),
      .Simulation(Simulation)
  ) u_devices (
      .clk_i       (clk_i),
      .rst_ni      (rst_ni),
      .wanted_i    (to_devices),
      .write_i     (write),
      .addr_i      (addr),
      .lanes_i     (lanes),
      .wdata_i     (wdata),
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
      .uart_rx_i   (uart_rx_i),
      .uart_tx_o   (uart_tx_o),
      .note_valid_o(note_valid_o),
      .note_core_o (note_core_o),
      .note_word_o (note_word_o),
      .note_data_o (note_data_o)
  );

  wire [24:0] awaddr, araddr;
  wire [2:0] awprot, arprot;
  wire [4:0] awuser, aruser;
  wire [31:0] axil_wdata, rdata;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;

  lockarb_soc_bridge #(
      .NumCores (NumCores),
      .CoreWidth(CoreWidth)
  ) u_bridge (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .wanted_i      (to_arbiter),
      .write_i       (write),
      .addr_i        (arbiter_addr),
      .lanes_i       (lanes),
      .wdata_i       (wdata),
      .ack_o         (arbiter_ack),
      .error_o       (arbiter_error),
      .word_o        (arbiter_word),
      .m_axil_awaddr (awaddr),
      .m_axil_awprot (awprot),
      .m_axil_awuser (awuser),
      .m_axil_awvalid(awvalid),
      .m_axil_awready(awready),
      .m_axil_wdata  (axil_wdata),
      .m_axil_wstrb  (wstrb),
      .m_axil_wvalid (wvalid),
      .m_axil_wready (wready),
      .m_axil_bresp  (bresp),
      .m_axil_bvalid (bvalid),
      .m_axil_bready (bready),
      .m_axil_araddr (araddr),
      .m_axil_arprot (arprot),
      .m_axil_aruser (aruser),
      .m_axil_arvalid(arvalid),
      .m_axil_arready(arready),
      .m_axil_rdata  (rdata),
      .m_axil_rresp  (rresp),
      .m_axil_rvalid (rvalid),
      .m_axil_rready (rready)
  );

  lockarb #(
      .NumCores  (NumCores),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .HoldWidth (HoldWidth),
      .CheckUser (1),
      .Statistics(Statistics),
      .Parity    (Parity)
  ) u_lockarb (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .time_i        (now),
      .s_axil_awaddr (awaddr),
      .s_axil_awprot (awprot),
      .s_axil_awuser (awuser),
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_wdata  (axil_wdata),
      .s_axil_wstrb  (wstrb),
      .s_axil_wvalid (wvalid),
      .s_axil_wready (wready),
      .s_axil_bresp  (bresp),
      .s_axil_bvalid (bvalid),
      .s_axil_bready (bready),
      .s_axil_araddr (araddr),
      .s_axil_arprot (arprot),
      .s_axil_aruser (aruser),
      .s_axil_arvalid(arvalid),
      .s_axil_arready(arready),
      .s_axil_rdata  (rdata),
      .s_axil_rresp  (rresp),
      .s_axil_rvalid (rvalid),
      .s_axil_rready (rready),
      .irq_o         (irq),
      .busy_o        (busy_o)
  );

endmodule

`default_nettype wire
