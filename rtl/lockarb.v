// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb: reader/writer locks in hardware for several cores, behind AXI4-Lite.
//
// Policy
//   - rtl/README.md is the datasheet, rtl/regs/lockarb.md the register map.
//   - This file connects: lockarb_axil makes one stream of accesses, lockarb_regs refuses what must not be
//     and holds the registers, lockarb_engine carries out, lockarb_apc holds the masks of the cores and
//     lockarb_grant who was granted what.
//
// Timing
//   - ARVALID to RVALID is 4 clocks when nothing is under way, 5 with RamStage.
//   - From the acceptance of a release to the interrupt of the next owner's core: 4 clocks, 6 with RamStage.
module lockarb #(
    parameter NumCores = 4,     // 1 to 32
    parameter NumThreads = 64,  // 2 to 511: thread slots
    parameter NumLocks = 256,   // 1 to 4096
    parameter HoldWidth = 8,    // 2 to 16: bits of a hold count
    parameter CheckUser = 0,    // 1: s_axil_aruser and awuser must name the core of the window
    parameter Statistics = 0,   // 1: count what is shown at LOCKARB_STATISTICS_OFFSET
    parameter Parity = 1,       // 1: a bit that flips in a RAM is noticed (ERR_PARITY)
    parameter RamStage = 0      // 1: registers behind the RAMs: a higher clock, an answer one clock later
) (
    input  wire                clk_i,
    input  wire                rst_ni,          // synchronous, active low

    input  wire [        63:0] time_i,          // what TIME_LO and TIME_HI show, for statistics

    input  wire [        24:0] s_axil_awaddr,
    input  wire [         2:0] s_axil_awprot,
    input  wire [         4:0] s_axil_awuser,
    input  wire                s_axil_awvalid,
    output wire                s_axil_awready,
    input  wire [        31:0] s_axil_wdata,
    input  wire [         3:0] s_axil_wstrb,
    input  wire                s_axil_wvalid,
    output wire                s_axil_wready,
    output wire [         1:0] s_axil_bresp,
    output wire                s_axil_bvalid,
    input  wire                s_axil_bready,
    input  wire [        24:0] s_axil_araddr,
    input  wire [         2:0] s_axil_arprot,
    input  wire [         4:0] s_axil_aruser,
    input  wire                s_axil_arvalid,
    output wire                s_axil_arready,
    output wire [        31:0] s_axil_rdata,
    output wire [         1:0] s_axil_rresp,
    output wire                s_axil_rvalid,
    input  wire                s_axil_rready,

    output wire [NumCores-1:0] irq_o,           // level: grant, deliverable APC or error
    output wire                busy_o           // level: state will change with no bus activity
);

  generate
    if (NumCores < 1 || NumCores > 32) begin : g_bad_cores
      NumCores_must_be_1_to_32 stop_here ();
    end
    if (NumThreads < 2 || NumThreads > 511) begin : g_bad_threads
      NumThreads_must_be_2_to_511 stop_here ();
    end
    if (NumLocks < 1 || NumLocks > 4096) begin : g_bad_locks
      NumLocks_must_be_1_to_4096 stop_here ();
    end
    if (HoldWidth < 2 || HoldWidth > 16) begin : g_bad_hold
      HoldWidth_must_be_2_to_16 stop_here ();
    end
    if (CheckUser < 0 || CheckUser > 1) begin : g_bad_check
      CheckUser_must_be_0_or_1 stop_here ();
    end
    if (Statistics < 0 || Statistics > 1) begin : g_bad_statistics
      Statistics_must_be_0_or_1 stop_here ();
    end
    if (Parity < 0 || Parity > 1) begin : g_bad_parity
      Parity_must_be_0_or_1 stop_here ();
    end
    if (RamStage < 0 || RamStage > 1) begin : g_bad_stage
      RamStage_must_be_0_or_1 stop_here ();
    end
  endgenerate

  // Widths of numbers, at least one bit.
  localparam CoreWidth = NumCores > 1 ? $clog2(NumCores) : 1;
  localparam ThreadWidth = NumThreads > 2 ? $clog2(NumThreads) : 1;
  localparam LockWidth = NumLocks > 1 ? $clog2(NumLocks) : 1;
  // Vectors are filled up to a power of two, so that no index is out of range.
  localparam Windows = 1 << CoreWidth;

  // ------------------------------------------------------------------------------------ access
  // S0 to S2 are the stages of lockarb_engine.
  wire s0_valid, s0_write, s0_issue, s0_privileged, s0_ready;
  wire [4:0] s0_user;
  wire [24:0] s0_addr;
  wire [31:0] wdata;
  wire wfull;
  wire rsp_valid, rsp_write, rsp_error;
  wire [31:0] rsp_data;
  wire axil_busy, engine_busy, sweeping, clearing;

  lockarb_axil u_axil (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .s_axil_awaddr(s_axil_awaddr), .s_axil_awprot(s_axil_awprot),
      .s_axil_awuser(s_axil_awuser), .s_axil_awvalid(s_axil_awvalid), .s_axil_awready(s_axil_awready),
      .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb),
      .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready),
      .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
      .s_axil_araddr(s_axil_araddr), .s_axil_arprot(s_axil_arprot),
      .s_axil_aruser(s_axil_aruser), .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready),
      .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp),
      .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready),
      .acc_valid_o     (s0_valid),
      .acc_write_o     (s0_write),
      .acc_issue_o     (s0_issue),
      .acc_privileged_o(s0_privileged),
      .acc_user_o      (s0_user),
      .acc_addr_o      (s0_addr),
      .acc_wdata_o     (wdata),
      .acc_wfull_o     (wfull),
      .acc_ready_i     (s0_ready),
      .rsp_valid_i     (rsp_valid),
      .rsp_write_i     (rsp_write),
      .rsp_error_i     (rsp_error),
      .rsp_data_i      (rsp_data),
      .busy_o          (axil_busy)
  );

  // --------------------------------------------------------------------------------- registers
  wire s0_read, stage;
  wire [1:0] s0_word;
  wire [8:0] s0_thread;
  wire s0_grant, s0_bad_thread;

  wire s1_take, s1_write, s1_issue, s1_privileged, s1_bad_thread, s1_user_lock, s1_bad_word, s1_idle;
  wire [4:0] s1_user;
  wire [24:0] s1_addr;
  wire [8:0] s1_thread;
  wire [LockWidth-1:0] s1_thread_lock;
  wire [31:0] s1_statistics, s1_mask, s1_word, s1_data;
  wire [4:0] s1_irql, s1_pending;
  wire [2:0] s1_deliverable;
  wire s1_fault, s1_armed, s1_irql_high, s1_removes;

  wire reg_write, s2_answer_write, s2_mask_move, s2_mask_up, s2_refused, s2_privileged, s2_pointer;
  wire [4:0] s2_core, s2_status;
  wire [6:0] s2_offset;
  wire [8:0] s2_thread;
  wire [11:0] s2_lock;
  wire [ThreadWidth-1:0] s2_operand;
  wire write_grant, grant_removed, write_mask, write_irql, write_pending, write_word;
  wire [1:0] word;
  wire [31:0] word_wdata;

  wire [Windows-1:0] grant_valid, apc_irq;
  wire [ThreadWidth-1:0] grant_head, push_thread;
  wire push;
  wire [CoreWidth-1:0] push_core;
  wire [CoreWidth+1:0] clear_at;

  lockarb_regs #(
      .NumCores   (NumCores),
      .NumThreads (NumThreads),
      .NumLocks   (NumLocks),
      .HoldWidth  (HoldWidth),
      .CheckUser  (CheckUser),
      .Statistics (Statistics),
      .CoreWidth  (CoreWidth),
      .ThreadWidth(ThreadWidth),
      .LockWidth  (LockWidth)
  ) u_regs (
      .clk_i            (clk_i),
      .rst_ni           (rst_ni),
      .time_i           (time_i),
      .wdata_i          (wdata),
      .wfull_i          (wfull),
      .s0_accepted_i    (s0_valid && s0_ready),
      .s0_addr_i        (s0_addr),
      .s0_thread_o      (s0_thread),
      .s0_grant_o       (s0_grant),
      .s0_bad_thread_o  (s0_bad_thread),
      .s0_word_o        (s0_word),
      .s1_take_i        (s1_take),
      .s1_write_i       (s1_write),
      .s1_issue_i       (s1_issue),
      .s1_privileged_i  (s1_privileged),
      .s1_user_i        (s1_user),
      .s1_addr_i        (s1_addr),
      .s1_thread_i      (s1_thread),
      .s1_bad_thread_i  (s1_bad_thread),
      .s1_user_lock_i   (s1_user_lock),
      .s1_thread_lock_i (s1_thread_lock),
      .s1_bad_word_i    (s1_bad_word),
      .s1_idle_i        (s1_idle),
      .s1_statistics_i  (s1_statistics),
      .s1_mask_i        (s1_mask),
      .s1_irql_i        (s1_irql),
      .s1_pending_i     (s1_pending),
      .s1_deliverable_i (s1_deliverable),
      .s1_word_i        (s1_word),
      .s1_fault_o       (s1_fault),
      .s1_armed_o       (s1_armed),
      .s1_irql_high_o   (s1_irql_high),
      .s1_data_o        (s1_data),
      .s1_removes_o     (s1_removes),
      .s2_core_i        (s2_core),
      .reg_write_i      (reg_write),
      .s2_offset_i      (s2_offset),
      .s2_answer_write_i(s2_answer_write),
      .rsp_data_i       (rsp_data),
      .s2_refused_i     (s2_refused),
      .s2_privileged_i  (s2_privileged),
      .s2_status_i      (s2_status),
      .s2_thread_i      (s2_thread),
      .s2_lock_i        (s2_lock),
      .s2_pointer_o     (s2_pointer),
      .s2_operand_o     (s2_operand),
      .write_grant_o    (write_grant),
      .grant_removed_o  (grant_removed),
      .write_mask_o     (write_mask),
      .write_irql_o     (write_irql),
      .write_pending_o  (write_pending),
      .write_word_o     (write_word),
      .word_o           (word),
      .word_wdata_o     (word_wdata),
      .grant_valid_i    (grant_valid),
      .grant_head_i     (grant_head),
      .apc_irq_i        (apc_irq),
      .sweeping_i       (sweeping),
      .irq_o            (irq_o)
  );

  lockarb_apc #(
      .RamStage(RamStage),
      .CoreWidth(CoreWidth)
  ) u_apc (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .clear_i      (clearing),
      .clear_at_i   (clear_at),
      .re_i         (s0_read),
      .read_core_i  (s0_addr[20+:CoreWidth]),
      .read_word_i  (s0_word),
      .stage_i      (stage),
      .mask_o       (s1_mask),
      .irql_o       (s1_irql),
      .pending_o    (s1_pending),
      .word_o       (s1_word),
      .take_i       (s1_take),
      .show_core_i  (s1_addr[20+:CoreWidth]),
      .deliverable_o(s1_deliverable),
      .core_i       (s2_core[CoreWidth-1:0]),
      .mask_we_i    (write_mask),
      .irql_we_i    (write_irql),
      .pending_we_i (write_pending),
      .word_we_i    (write_word),
      .word_i       (word),
      .word_wdata_i (word_wdata),
      .wdata_i      (wdata),
      .move_i       (s2_mask_move),
      .up_i         (s2_mask_up),
      .irq_o        (apc_irq)
  );

  // ------------------------------------------------------------------------------------ engine
  lockarb_engine #(
      .NumThreads (NumThreads),
      .NumLocks   (NumLocks),
      .HoldWidth  (HoldWidth),
      .Statistics (Statistics),
      .Parity     (Parity),
      .RamStage   (RamStage),
      .CoreWidth  (CoreWidth),
      .ThreadWidth(ThreadWidth),
      .LockWidth  (LockWidth)
  ) u_engine (
      .clk_i            (clk_i),
      .rst_ni           (rst_ni),
      .time_i           (time_i[31:0]),
      .s0_valid_i       (s0_valid),
      .s0_write_i       (s0_write),
      .s0_issue_i       (s0_issue),
      .s0_privileged_i  (s0_privileged),
      .s0_user_i        (s0_user),
      .s0_addr_i        (s0_addr),
      .s0_ready_o       (s0_ready),
      .s0_thread_i      (s0_thread),
      .s0_grant_i       (s0_grant),
      .s0_head_i        (grant_head),
      .s0_bad_thread_i  (s0_bad_thread),
      .s0_read_o        (s0_read),
      .stage_o          (stage),
      .s1_write_o       (s1_write),
      .s1_issue_o       (s1_issue),
      .s1_privileged_o  (s1_privileged),
      .s1_user_o        (s1_user),
      .s1_addr_o        (s1_addr),
      .s1_thread_o      (s1_thread),
      .s1_bad_thread_o  (s1_bad_thread),
      .s1_user_lock_o   (s1_user_lock),
      .s1_thread_lock_o (s1_thread_lock),
      .s1_bad_word_o    (s1_bad_word),
      .s1_idle_o        (s1_idle),
      .s1_statistics_o  (s1_statistics),
      .s1_take_o        (s1_take),
      .s1_fault_i       (s1_fault),
      .s1_armed_i       (s1_armed),
      .s1_irql_high_i   (s1_irql_high),
      .s1_reg_data_i    (s1_data),
      .s1_removes_i     (s1_removes),
      .s2_core_o        (s2_core),
      .reg_write_o      (reg_write),
      .s2_offset_o      (s2_offset),
      .s2_answer_write_o(s2_answer_write),
      .s2_mask_move_o   (s2_mask_move),
      .s2_mask_up_o     (s2_mask_up),
      .s2_refused_o     (s2_refused),
      .s2_privileged_o  (s2_privileged),
      .s2_status_o      (s2_status),
      .s2_thread_o      (s2_thread),
      .s2_lock_o        (s2_lock),
      .s2_pointer_i     (s2_pointer),
      .s2_operand_i     (s2_operand),
      .push_o           (push),
      .push_core_o      (push_core),
      .push_thread_o    (push_thread),
      .grant_removed_i  (grant_removed),
      .rsp_valid_o      (rsp_valid),
      .rsp_write_o      (rsp_write),
      .rsp_error_o      (rsp_error),
      .rsp_data_o       (rsp_data),
      .clearing_o       (clearing),
      .clear_at_o       (clear_at),
      .sweeping_o       (sweeping),
      .busy_o           (engine_busy)
  );

  lockarb_grant #(
      .RamStage   (RamStage),
      .CoreWidth  (CoreWidth),
      .ThreadWidth(ThreadWidth)
  ) u_grant (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .push_i       (push),
      .push_core_i  (push_core),
      .push_thread_i(push_thread),
      .re_i         (s0_read),
      .read_core_i  (s0_addr[20+:CoreWidth]),
      .next_i       (s1_take),
      .pop_i        (write_grant),
      .pop_core_i   (s2_core[CoreWidth-1:0]),
      .head_o       (grant_head),
      .valid_o      (grant_valid)
  );

  assign busy_o = axil_busy || engine_busy;

`ifdef LOCKARB_VIEW
`include "lockarb_view.vh"
`endif

`ifdef FORMAL
`include "lockarb_props.vh"
`include "lockarb_pins_props.vh"
`endif

endmodule

`default_nettype wire
