// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_soc: RISC-V cores, their memory, the arbiter, a CLINT and a UART.
//
// Policy
//   - README.md has the address map, and what a program has to know of it.
//   - This file connects: each core has two ports, and each access goes to memory, arbiter or devices, which
//     serve the cores side by side. The number of the port is beside each access to the arbiter, which
//     refuses the windows of other cores (CheckUser).
//   - With Host, a host has the serial line, and a port more to memory and arbiter.
//   - An access that is refused is kept in the core's REFUSED until the core writes that, for cores that do
//     not look at errors. Its answer is all ones.
//
// Timing
//   - Memory answers in the clock after the core was chosen, devices one later, the arbiter 5 clocks after
//     it.
module lockarb_soc #(
    parameter NumCores = 4,          // 1 to 8
    parameter Core = 0,              // the kind of all cores; 0: VexRiscv Lite, 1: PicoRV32
    parameter MemoryKiB = 256,       // 16 to 1024, a multiple of 16
    parameter NumThreads = 64,       // of the arbiter, as the four that follow
    parameter NumLocks = 64,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter ClockHz = 50000000,    // of which mtime counts each
    parameter Baud = 115200,
    parameter Host = 0,              // 1: the serial line is a host's (lockarb_soc_host.v)
    parameter Timeout = 16384,       // with Host: bit times of silence that end a frame
    parameter Simulation = 0,        // 1: programs find the simulator's port, and there can be faults
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

    output wire                busy_o,        // of the arbiter
    // With Host, levels. 0: bytes of the line are ignored; 1: the host had an access refused since reset;
    // 2: the program is over.
    output wire [         2:0] host_o
);

  generate
    if (NumCores < 1 || NumCores > 8) begin : g_bad_cores
      NumCores_must_be_1_to_8 stop_here ();
    end
    if (Core < 0 || Core > 1) begin : g_bad_core
      Core_must_be_0_or_1 stop_here ();
    end
    if (MemoryKiB < 16 || MemoryKiB > 1024 || MemoryKiB % 16 != 0) begin : g_bad_memory
      MemoryKiB_must_be_16_to_1024_and_a_multiple_of_16 stop_here ();
    end
    if (Host < 0 || Host > 1) begin : g_bad_host
      Host_must_be_0_or_1 stop_here ();
    end
    if (Simulation < 0 || Simulation > 1) begin : g_bad_simulation
      Simulation_must_be_0_or_1 stop_here ();
    end
  endgenerate

  localparam NumPorts = NumCores + Host;
  localparam [31:0] Words = MemoryKiB * 256;
  localparam AddrWidth = $clog2(MemoryKiB) + 8;  // of words

  // ------------------------------------------------------------------------------------ cores
  wire [NumCores-1:0] fetch, fetch_inside, fetch_more, fetch_ack;
  wire [NumCores*AddrWidth-1:0] fetch_addr;
  wire fetch_error;
  wire [31:0] fetch_word;

  // A host's are the last ones.
  wire [NumPorts-1:0] to_memory, to_arbiter, write, sets, in_range;
  wire [NumCores-1:0] to_devices;
  wire [NumCores*30-1:0] addr;
  wire [NumPorts*AddrWidth-1:0] memory_addr;
  wire [NumPorts*25-1:0] arbiter_addr;
  wire [NumPorts*4-1:0] lanes;
  wire [NumPorts*32-1:0] wdata;
  wire [NumPorts-1:0] memory_ack, arbiter_ack;
  wire [NumCores-1:0] devices_ack;
  wire [31:0] memory_word, arbiter_word, devices_word;
  wire memory_error, arbiter_error, devices_error;

  // Of all but memory and what a host has.
  wire rst_n;
  wire [NumCores-1:0] run;

  wire [NumCores-1:0] timer, software, irq, forget;
  wire [NumCores-1:0] data;  // a load or store of the core
  wire [NumCores-1:0] hold, fail, spoil, mute, raise;
  wire [NumCores*32-1:0] refused;
  wire [NumCores*3-1:0] pending;

  genvar n;
  generate
    for (n = 0; n < NumCores; n = n + 1) begin : g_core
      wire [29:0] my_fetch_addr, my_addr;
      wire wanted = data[n] && !hold[n];
      reg running_q;
      always @(posedge clk_i) running_q <= rst_n && run[n];
`ifdef LOCKARB_VIEW
      lockarb_soc_names u_names ();
`endif

      // The upper four bits tell memory (8), the same to be set (C) and the arbiter (4) from what is small.
      wire is_set = my_addr[29:26] == 4'hc && !write[n];
      wire is_memory = my_addr[29:26] == 4'h8 || is_set;
      wire is_arbiter = my_addr[29:23] == 7'b0100000;
      assign sets[n] = is_set;
      assign in_range[n] = {6'd0, my_addr[25:0]} < Words;
      assign to_memory[n] = wanted && is_memory;
      assign to_arbiter[n] = wanted && is_arbiter;
      assign to_devices[n] = wanted && !is_memory && !is_arbiter;
      assign addr[n*30+:30] = my_addr;
      assign memory_addr[n*AddrWidth+:AddrWidth] = my_addr[AddrWidth-1:0];
      assign arbiter_addr[n*25+:25] = {my_addr[22:0], 2'b00};
      assign fetch_inside[n] = my_fetch_addr[29:26] == 4'h8 && {6'd0, my_fetch_addr[25:0]} < Words;
      assign fetch_addr[n*AddrWidth+:AddrWidth] = my_fetch_addr[AddrWidth-1:0];

      wire ack = memory_ack[n] || arbiter_ack[n] || devices_ack[n] || fail[n];
      wire error = memory_ack[n] && memory_error || arbiter_ack[n] && arbiter_error ||
          devices_ack[n] && devices_error || ack && spoil[n] || fail[n];
      wire [31:0] word = memory_ack[n] ? memory_word : arbiter_ack[n] ? arbiter_word : devices_word;

      // {address, a write, there is one}: the first one that the core has not read yet
      reg [31:0] refused_q;
      assign refused[n*32+:32] = refused_q;
      always @(posedge clk_i) begin
        if (!rst_n || forget[n]) refused_q <= 32'd0;
        else if (error && !refused_q[0]) refused_q <= {my_addr, write[n], 1'b1};
      end

      wire [31:0] answer = error ? 32'hffffffff : word;
      wire line = irq[n] && !mute[n] || raise[n];
      wire [2:0] external = {interrupt_i[n], refused_q[0], line};
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
            .data_o       (data[n]),
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
            .data_o       (data[n]),
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

  generate
    if (Simulation != 0) begin : g_faults
      lockarb_soc_faults #(
          .NumCores(NumCores)
      ) u_faults (
          .hold_o (hold),
          .fail_o (fail),
          .spoil_o(spoil),
          .mute_o (mute),
          .raise_o(raise)
      );
    end else begin : g_no_faults
      assign hold = {NumCores{1'b0}};
      assign fail = {NumCores{1'b0}};
      assign spoil = {NumCores{1'b0}};
      assign mute = {NumCores{1'b0}};
      assign raise = {NumCores{1'b0}};
    end
  endgenerate

  // ------------------------------------------------------------------------ the serial line
  wire rx_valid, tx_valid, tx_ready;
  wire [7:0] rx_data, tx_data;

  generate
    if (Host == 0) begin : g_uart
      wire rx_error, silent;
      assign rst_n = rst_ni;
      assign run = run_i;
      assign host_o = 3'b000;
      lockarb_uart #(
          .ClockHz(ClockHz),
          .Baud   (Baud)
      ) u_uart (
          .clk_i     (clk_i),
          .rst_ni    (rst_n),
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
    end else begin : g_host
      wire [24:0] host_awaddr, host_araddr, host_addr;
      wire [31:0] host_wdata, host_rdata;
      wire [1:0] host_bresp, host_rresp;
      wire [3:0] host_wstrb;
      wire [2:0] host_awprot, host_arprot;
      wire [4:0] host_awuser, host_aruser;
      wire host_awvalid, host_awready, host_wvalid, host_wready, host_bvalid, host_bready;
      wire host_arvalid, host_arready, host_rvalid, host_rready;
      wire deaf, bus_error, ended, answer_tx, text_tx, machine_rst_n;
      wire [NumCores-1:0] host_run;
      reg refused_q;
      always @(posedge clk_i) refused_q <= rst_ni && (refused_q || bus_error);

      // Programs get nothing from the line: what comes there is the host's.
      assign rx_valid = 1'b0;
      assign rx_data = 8'd0;
      assign rst_n = rst_ni && machine_rst_n;
      assign run = run_i & host_run;
      assign host_o = {ended, refused_q, deaf};
      // One of them is silent: the console is the host's to read once it has asked for anything.
      assign uart_tx_o = answer_tx && text_tx;

      lockarb_uartbone #(
          .ClockHz(ClockHz),
          .Baud   (Baud),
          .Timeout(Timeout)
      ) u_uartbone (
          .clk_i         (clk_i),
          .rst_ni        (rst_ni),
          .uart_rx_i     (uart_rx_i),
          .uart_tx_o     (answer_tx),
          .deaf_o        (deaf),
          .bus_error_o   (bus_error),
          .m_axil_awaddr (host_awaddr),
          .m_axil_awprot (host_awprot),
          .m_axil_awuser (host_awuser),
          .m_axil_awvalid(host_awvalid),
          .m_axil_awready(host_awready),
          .m_axil_wdata  (host_wdata),
          .m_axil_wstrb  (host_wstrb),
          .m_axil_wvalid (host_wvalid),
          .m_axil_wready (host_wready),
          .m_axil_bresp  (host_bresp),
          .m_axil_bvalid (host_bvalid),
          .m_axil_bready (host_bready),
          .m_axil_araddr (host_araddr),
          .m_axil_arprot (host_arprot),
          .m_axil_aruser (host_aruser),
          .m_axil_arvalid(host_arvalid),
          .m_axil_arready(host_arready),
          .m_axil_rdata  (host_rdata),
          .m_axil_rresp  (host_rresp),
          .m_axil_rvalid (host_rvalid),
          .m_axil_rready (host_rready)
      );
      // All its accesses are of whole words and privileged; it takes each answer at once.
      wire unused_host = |host_awprot || |host_arprot || |host_awuser || |host_aruser || |host_wstrb ||
          host_bready || host_rready || |host_addr[24:23];

      lockarb_soc_host #(
          .NumCores (NumCores),
          .MemoryKiB(MemoryKiB),
          .ClockHz  (ClockHz),
          .Baud     (Baud)
      ) u_host (
          .clk_i          (clk_i),
          .rst_ni         (rst_ni),
          .s_axil_awaddr  (host_awaddr),
          .s_axil_awvalid (host_awvalid),
          .s_axil_awready (host_awready),
          .s_axil_wdata   (host_wdata),
          .s_axil_wvalid  (host_wvalid),
          .s_axil_wready  (host_wready),
          .s_axil_bresp   (host_bresp),
          .s_axil_bvalid  (host_bvalid),
          .s_axil_araddr  (host_araddr),
          .s_axil_arvalid (host_arvalid),
          .s_axil_arready (host_arready),
          .s_axil_rdata   (host_rdata),
          .s_axil_rresp   (host_rresp),
          .s_axil_rvalid  (host_rvalid),
          .to_memory_o    (to_memory[NumCores]),
          .to_arbiter_o   (to_arbiter[NumCores]),
          .write_o        (write[NumCores]),
          .addr_o         (host_addr),
          .wdata_o        (wdata[NumCores*32+:32]),
          .memory_ack_i   (memory_ack[NumCores]),
          .memory_error_i (memory_error),
          .memory_word_i  (memory_word),
          .arbiter_ack_i  (arbiter_ack[NumCores]),
          .arbiter_error_i(arbiter_error),
          .arbiter_word_i (arbiter_word),
          .machine_rst_no (machine_rst_n),
          .run_o          (host_run),
          .end_i          (note_valid_o && note_word_o == 6'd1),
          .exit_code_i    (note_data_o[7:0]),
          .ended_o        (ended),
          .tx_valid_i     (tx_valid),
          .tx_data_i      (tx_data),
          .tx_ready_o     (tx_ready),
          .uart_tx_o      (text_tx)
      );
      assign sets[NumCores] = 1'b0;
      assign in_range[NumCores] = {11'd0, host_addr[22:2]} < Words;
      assign memory_addr[NumCores*AddrWidth+:AddrWidth] = host_addr[AddrWidth+1:2];
      assign arbiter_addr[NumCores*25+:25] = host_addr;
      assign lanes[NumCores*4+:4] = 4'b1111;
    end
  endgenerate

  // ------------------------------------------------------------------- what they have access to
  lockarb_soc_memory #(
      .NumCores  (NumCores),
      .NumPorts  (NumPorts),
      .Words     (MemoryKiB * 256),
      .AddrWidth (AddrWidth),
      .MemoryFile(MemoryFile)
  ) u_memory (
      .clk_i         (clk_i),
      .rst_ni        (rst_n),
      .fetch_i       (fetch),
      .fetch_inside_i(fetch_inside),
      .fetch_addr_i  (fetch_addr),
      .fetch_more_i  (fetch_more),
      .fetch_ack_o   (fetch_ack),
      .fetch_error_o (fetch_error),
      .fetch_word_o  (fetch_word),
      .data_i        (to_memory),
      .data_inside_i (in_range),
      .data_write_i  (write),
      .data_set_i    (sets),
      .data_addr_i   (memory_addr),
      .data_lanes_i  (lanes),
      .data_wdata_i  (wdata),
      .data_ack_o    (memory_ack),
      .data_error_o  (memory_error),
      .data_word_o   (memory_word)
  );

  reg [3:0] running;
  integer counted;
  always @* begin
    running = 4'd0;
    for (counted = 0; counted < NumCores; counted = counted + 1) running = running + {3'd0, run[counted]};
  end

  wire [63:0] now;
  lockarb_soc_devices #(
      .NumCores  (NumCores),
      .ClockHz   (ClockHz),
      .Simulation(Simulation)
  ) u_devices (
      .clk_i       (clk_i),
      .rst_ni      (rst_n),
      .wanted_i    (to_devices),
      .write_i     (write[NumCores-1:0]),
      .addr_i      (addr),
      .lanes_i     (lanes[NumCores*4-1:0]),
      .wdata_i     (wdata[NumCores*32-1:0]),
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
      .NumPorts  (NumPorts),
      .NumThreads(NumThreads),
      .NumLocks  (NumLocks),
      .HoldWidth (HoldWidth),
      .Statistics(Statistics),
      .Parity    (Parity)
  ) u_arbiter (
      .clk_i   (clk_i),
      .rst_ni  (rst_n),
      .time_i  (now),
      .wanted_i(to_arbiter),
      .write_i (write),
      .addr_i  (arbiter_addr),
      .lanes_i (lanes),
      .wdata_i (wdata),
      .ack_o   (arbiter_ack),
      .error_o (arbiter_error),
      .word_o  (arbiter_word),
      .irq_o   (irq),
      .busy_o  (busy_o)
  );

endmodule

`default_nettype wire
