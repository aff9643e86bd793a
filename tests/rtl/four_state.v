// SPDX-License-Identifier: Apache-2.0
`default_nettype none
`timescale 1ns / 1ps

// four_state: everything that software can do, at random, in a simulator with four states, in which RAMs and
// registers are X until somebody writes them. From the first clock after the sweep no output may be X
// again, through another reset too: what can be read was written before. Says FAIL at the first X, else PASS.
//
// Where nobody wrote first, two-state simulators and FPGAs have a 0 or a 1, so that no other test sees it.
module four_state;

  parameter NumCores = 4;
  parameter NumThreads = 6;
  parameter NumLocks = 3;
  parameter HoldWidth = 2;
  parameter CheckUser = 0;
  parameter Statistics = 1;
  parameter Parity = 1;
  parameter RamStage = 0;

`include "lockarb_regs.vh"

  // Longer than any command, and than the sweep after reset.
  localparam Patience = 2000;

  // +seed=, +steps=, and +statuses=, a bit for each status that some command has to answer, or the run was
  // too tame.
  integer seed = 1, first_seed = 1, steps = 1000;
  reg [31:0] needed = 32'd0;

  // From 0 to n - 1.
  function integer below(input integer n);
    below = $unsigned($random(seed)) % n;
  endfunction
  function one_in(input integer n);
    one_in = below(n) == 0;
  endfunction

  reg clk = 1'b0;
  always #5 clk = !clk;
  reg rst_n = 1'b0;
  reg [63:0] now = 64'd0;
  always @(posedge clk) now <= now + 1'b1;

  reg [24:0] awaddr = 25'd0, araddr = 25'd0;
  reg [2:0] awprot = 3'd0, arprot = 3'd0;
  reg [4:0] awuser = 5'd0, aruser = 5'd0;
  reg [31:0] wdata = 32'd0;
  reg [3:0] wstrb = 4'd0;
  reg awvalid = 1'b0, wvalid = 1'b0, arvalid = 1'b0, bready = 1'b0, rready = 1'b0;
  wire awready, wready, arready, bvalid, rvalid, busy;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata;
  wire [NumCores-1:0] irq;

  lockarb #(
      .NumCores(NumCores),
      .NumThreads(NumThreads),
      .NumLocks(NumLocks),
      .HoldWidth(HoldWidth),
      .CheckUser(CheckUser),
      .Statistics(Statistics),
      .Parity(Parity),
      .RamStage(RamStage)
  ) u_lockarb (
      .clk_i(clk),
      .rst_ni(rst_n),
      .time_i(now),
      .s_axil_awaddr(awaddr),
      .s_axil_awprot(awprot),
      .s_axil_awuser(awuser),
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_wdata(wdata),
      .s_axil_wstrb(wstrb),
      .s_axil_wvalid(wvalid),
      .s_axil_wready(wready),
      .s_axil_bresp(bresp),
      .s_axil_bvalid(bvalid),
      .s_axil_bready(bready),
      .s_axil_araddr(araddr),
      .s_axil_arprot(arprot),
      .s_axil_aruser(aruser),
      .s_axil_arvalid(arvalid),
      .s_axil_arready(arready),
      .s_axil_rdata(rdata),
      .s_axil_rresp(rresp),
      .s_axil_rvalid(rvalid),
      .s_axil_rready(rready),
      .irq_o(irq),
      .busy_o(busy)
  );

  // ------------------------------------------------------------------------------- what is judged
  integer reads_due = 0, writes_due = 0, silence = 0, answers = 0;
  reg [31:0] statuses = 32'd0;
  // Whether each read that waits for its answer is a command, the oldest one in bit 0.
  reg [15:0] commands = 16'd0;
  reg write_refused = 1'b0;

  task fail(input [12*8-1:0] output_name);
    begin
      $display("%0t: %0s is X. Last read %h prot %b, last write %h prot %b data %h", $time,
               output_name, araddr, arprot, awaddr, awprot, wdata);
      $display("FAIL with seed %0d", first_seed);
      $finish;
    end
  endtask

  // In the middle of a clock, when everything has come to rest.
  reg swept = 1'b0;
  always @(negedge clk) if (swept && rst_n) begin
    if (^{arready, awready, wready} === 1'bx) fail("a ready");
    else if (^{rvalid, bvalid} === 1'bx) fail("a valid");
    else if (^rdata === 1'bx) fail("rdata");
    else if (^{rresp, bresp} === 1'bx) fail("a response");
    else if (^irq === 1'bx) fail("irq_o");
    else if (busy === 1'bx) fail("busy_o");
  end

  always @(posedge clk) begin
    rready <= !one_in(4);
    bready <= !one_in(4);
    silence <= reads_due + writes_due == 0 || rvalid || bvalid ? 0 : silence + 1;
    if (rst_n && rvalid && rready) begin
      answers = answers + 1;
      reads_due = reads_due - 1;
      if (commands[0] && rresp == 2'b00) statuses[rdata[4:0]] = 1'b1;
      commands = commands >> 1;
    end
    if (rst_n && bvalid && bready) begin
      answers = answers + 1;
      writes_due = writes_due - 1;
      write_refused = bresp != 2'b00;
    end
    if (silence > Patience) begin
      $display("FAIL: no answer to read %h or write %h for %0d clocks, seed %0d", araddr, awaddr,
               Patience, first_seed);
      $finish;
    end
  end

  // ---------------------------------------------------------------------------------- what is done
  task read(input [4:0] core, input [19:0] place, input privileged);
    begin
      araddr <= {core, place};
      arprot <= {2'b00, privileged};
      aruser <= CheckUser != 0 && one_in(64) ? below(32) : core;
      arvalid <= 1'b1;
      commands[reads_due] = place[19];
      reads_due = reads_due + 1;
      @(posedge clk);
      while (!arready) @(posedge clk);
      arvalid <= 1'b0;
    end
  endtask

  // Address and data come in any order.
  task write(input [4:0] core, input [19:0] place, input [31:0] data, input privileged);
    reg data_first;
    begin
      data_first = one_in(4);
      awaddr <= {core, place};
      awprot <= {2'b00, privileged};
      awuser <= CheckUser != 0 && one_in(64) ? below(32) : core;
      wdata <= data;
      wstrb <= one_in(64) ? below(16) : 4'hf;
      awvalid <= !data_first;
      wvalid <= 1'b1;
      writes_due = writes_due + 1;
      @(posedge clk);
      while (!wready) @(posedge clk);
      wvalid <= 1'b0;
      if (data_first) begin
        awvalid <= 1'b1;
        @(posedge clk);
      end
      while (!awready) @(posedge clk);
      awvalid <= 1'b0;
    end
  endtask

  task settle;
    begin
      @(posedge clk);
      while (reads_due + writes_due != 0) @(posedge clk);
    end
  endtask

  // Few locks, so that they are wanted; now and then one that there is not.
  function [11:0] any_lock(input unused);
    any_lock = one_in(32) ? below(4096) : below(NumLocks < 3 ? NumLocks : 3);
  endfunction

  function [4:0] any_operation(input unused);
    case (below(8))
      0, 1: any_operation = below(32);
      2, 3, 4: any_operation = `LOCKARB_OP_RELEASE + below(4);
      default: any_operation = below(16);
    endcase
  endfunction

  function [31:0] any_data(input unused);
    case (below(3))
      0: any_data = $random(seed);
      1: any_data = {one_in(2), 22'd0, 9'd0} | below(NumThreads);
      default: any_data = below(4);
    endcase
  endfunction

  // The place of a command in a window, which the aperture, ARM and ISSUE share.
  function [19:0] place_of(input [4:0] operation, input [11:0] lock);
    place_of = {1'b1, operation, lock, 2'b00};
  endfunction

  task command(input [4:0] core, input [4:0] operation, input [11:0] lock);
    reg [19:0] place;
    reg privileged;
    begin
      place = place_of(operation, lock);
      privileged = !one_in(8);
      if (one_in(3)) begin
        write(core, `LOCKARB_ISSUE_OFFSET, place, privileged);
        settle;
        read(core, privileged ? `LOCKARB_ANSWER_OFFSET : `LOCKARB_USER_ANSWER_OFFSET, privileged);
        commands[reads_due-1] = !write_refused;
      end else begin
        if (!one_in(4)) begin
          write(core, `LOCKARB_ARM_OFFSET, place, 1'b1);
          settle;
        end
        read(core, place, privileged);
      end
    end
  endtask

  task step;
    reg [4:0] core, operation;
    reg [11:0] lock;
    integer n;
    begin
      core = below(NumCores);
      lock = any_lock(0);
      if (irq[core] && one_in(2)) write(core, `LOCKARB_GRANT_OFFSET, 32'd0, 1'b1);
      else if (irq[core] && one_in(2)) read(core, `LOCKARB_TAKE_OFFSET, 1'b1);
      case (below(16))
        0, 1, 2: write(core, `LOCKARB_CURRENT_THREAD_OFFSET, {!one_in(8), 31'd0} | below(NumThreads), 1'b1);
        3: begin
          write(core, `LOCKARB_OPERAND_OFFSET, {!one_in(3), 31'd0} | below(NumThreads), 1'b1);
          settle;
          case (below(4))
            0: command(core, `LOCKARB_OP_RELEASE_FOR, any_lock(0));
            1: command(core, `LOCKARB_OP_SET_OWNER, any_lock(0));
            2: command(core, `LOCKARB_OP_CANCEL, any_lock(0));
            default: command(core, `LOCKARB_OP_DRAIN, any_lock(0));
          endcase
        end
        4: write(core, `LOCKARB_IRQL_OFFSET, one_in(4) ? below(3) : 0, 1'b1);
        5: write(core, 4 * below(32), any_data(0), !one_in(8));
        6, 7: read(core, 4 * below(32), !one_in(8));
        8: read(core, `LOCKARB_STATISTICS_OFFSET | 32 * any_lock(0) | 4 * below(6), !one_in(8));
        9: case (below(3))
          0: read($random(seed), $random(seed), !one_in(8));
          1: write($random(seed), $random(seed), $random(seed), !one_in(8));
          default: write(core, `LOCKARB_ERROR_OFFSET, 32'd0, 1'b1);
        endcase
        10: for (n = below(8); n > 0; n = n - 1)
          read(below(NumCores), place_of(any_operation(0), any_lock(0)), !one_in(8));
        // One core stays at one lock, now and then a new one: as often as a hold count can count, and what an
        // owner can do.
        11: begin
          if (one_in(3)) begin
            command(core, `LOCKARB_OP_DELETE, lock);
            settle;
            command(core, `LOCKARB_OP_INITIALIZE, lock);
          end
          operation = one_in(3) ? `LOCKARB_OP_TRY_EXCLUSIVE : below(16);
          if (one_in(2)) write(core, `LOCKARB_CURRENT_THREAD_OFFSET, {1'b1, 31'd0} | below(NumThreads), 1'b1);
          settle;
          for (n = below(1 << HoldWidth) + 2; n > 0; n = n - 1) command(core, operation, lock);
          if (one_in(2)) command(core, `LOCKARB_OP_CONVERT, lock);
          else command(core, any_operation(0), lock);
        end
        default: command(core, any_operation(0), any_lock(0));
      endcase
      // What follows comes while this is under way, or after a pause.
      if (reads_due > 8 || !one_in(3)) settle;
      if (one_in(4)) repeat (below(8)) @(posedge clk);
    end
  endtask

  task reset;
    begin
      rst_n <= 1'b0;
      arvalid <= 1'b0;
      awvalid <= 1'b0;
      wvalid <= 1'b0;
      repeat (1 + below(4)) @(posedge clk);
      reads_due = 0;
      writes_due = 0;
      rst_n <= 1'b1;
      @(posedge clk);
    end
  endtask

  // Locks of all kinds, and a thread for each core.
  task prepare;
    integer n;
    begin
      for (n = 0; n < NumCores; n = n + 1) begin
        write(n, `LOCKARB_CONTROL_OFFSET, 32'd1, 1'b1);
        write(n, `LOCKARB_CURRENT_THREAD_OFFSET, {1'b1, 31'd0} | n % NumThreads, 1'b1);
        settle;
      end
      for (n = 0; n < NumLocks && n < 3; n = n + 1)
        command(0, n == 0 ? `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST : `LOCKARB_OP_INITIALIZE, n);
      settle;
    end
  endtask

  // After the first reset nothing comes until the sweep is over, after the second one at once.
  initial begin
    if ($value$plusargs("seed=%d", first_seed)) seed = first_seed;
    if ($value$plusargs("steps=%d", steps)) steps = steps;
    if ($value$plusargs("statuses=%h", needed)) needed = needed;
    reset;
    while (busy) @(posedge clk);
    swept = 1'b1;
    prepare;
    repeat (steps / 2) step;
    reset;
    prepare;
    repeat (steps / 2) step;
    settle;
    if (needed & ~statuses) begin
      $display("FAIL: no command answered one of the statuses %b", needed & ~statuses);
    end else begin
      $display("%0d answers, statuses %b", answers, statuses);
      $display("PASS");
    end
    $finish;
  end

endmodule

`default_nettype wire
