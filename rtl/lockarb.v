// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb: reader/writer locks in hardware for several cores, behind AXI4-Lite.
//
// Policy
//   - rtl/README.md is the datasheet, rtl/regs/lockarb.md the register map.
//   - This file is the register map: it decides what is refused, and holds the registers of each
//     core. lockarb_engine carries out the commands.
//   - A read of the aperture is a command only while the core has opened it, and one that makes or
//     deletes locks or acts for another owner only when ARM names it; a write of ISSUE is one always.
//
// Timing
//   - ARVALID to RVALID is 4 clocks when nothing is under way.
//   - From the acceptance of a release to the interrupt of the next owner's core: 4 clocks.
module lockarb #(
    parameter NumCores = 4,     // 1 to 32
    parameter NumThreads = 64,  // 2 to 511: thread slots
    parameter NumLocks = 256,   // 1 to 4096
    parameter HoldWidth = 8,    // 2 to 16: bits of a hold count
    parameter CheckUser = 0,    // 1: s_axil_aruser and awuser must name the core of the window
    parameter Statistics = 0,   // 1: count what is shown at LOCKARB_STATISTICS_OFFSET
    parameter Parity = 1        // 1: a bit that flips in a RAM is noticed (ERR_PARITY)
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

`include "lockarb_regs.vh"

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
  endgenerate

  // Widths of numbers, at least one bit.
  localparam CoreWidth = NumCores > 1 ? $clog2(NumCores) : 1;
  localparam ThreadWidth = NumThreads > 2 ? $clog2(NumThreads) : 1;
  localparam LockWidth = NumLocks > 1 ? $clog2(NumLocks) : 1;
  // Vectors are filled up to a power of two, so that no index is out of range.
  localparam Windows = 1 << CoreWidth;
  // Sized copies, to compare with and to show.
  localparam [5:0] Cores = NumCores[5:0];
  localparam [9:0] Threads = NumThreads[9:0];
  localparam [12:0] Locks = NumLocks[12:0];
  localparam [4:0] HoldBits = HoldWidth[4:0];
  localparam UserErrorWidth = 5 + CoreWidth + ThreadWidth + LockWidth;
  // The words of registers that show a thread, below their window's first 128 bytes.
  localparam [18:0] OperandOffset = `LOCKARB_OPERAND_OFFSET;
  localparam [18:0] GrantOffset = `LOCKARB_GRANT_OFFSET;
  localparam [4:0] OperandWord = OperandOffset[6:2];
  localparam [4:0] GrantWord = GrantOffset[6:2];
  // The words of a core beside its APC registers, in the same RAMs: ARM, ANSWER and USER_ANSWER, by bits
  // 3:2 of their places. Of what lies from 0x40 to 0x7F no register but these looks at them.
  localparam [18:0] ArmOffset = `LOCKARB_ARM_OFFSET;
  localparam [18:0] AnswerOffset = `LOCKARB_ANSWER_OFFSET;
  localparam [18:0] UserAnswerOffset = `LOCKARB_USER_ANSWER_OFFSET;
  localparam [1:0] ArmWord = ArmOffset[3:2];
  localparam [1:0] AnswerWord = AnswerOffset[3:2];
  localparam [1:0] UserAnswerWord = UserAnswerOffset[3:2];

  // Sets of operations: bit n is operation n.
  localparam [31:0] AllOps = `LOCKARB_OPS_ALL;
  localparam [31:0] ArmedOps = `LOCKARB_OPS_ARMED;
  localparam [31:0] ForOperandOps = `LOCKARB_OPS_FOR_OPERAND;
  localparam [31:0] PrivilegedOps = `LOCKARB_OPS_PRIVILEGED;

  // ------------------------------------------------------------------------------------ access
  wire acc_valid, acc_write, acc_issue, acc_privileged, acc_wfull, acc_ready;
  wire [4:0] acc_user;
  wire [24:0] acc_addr;
  wire [31:0] wdata;
  wire rsp_valid, rsp_write, rsp_error;
  wire [31:0] rsp_data;
  wire axil_busy, engine_busy, sweeping, clearing;

  lockarb_axil u_axil (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .s_axil_awaddr   (s_axil_awaddr),
      .s_axil_awprot   (s_axil_awprot),
      .s_axil_awuser   (s_axil_awuser),
      .s_axil_awvalid  (s_axil_awvalid),
      .s_axil_awready  (s_axil_awready),
      .s_axil_wdata    (s_axil_wdata),
      .s_axil_wstrb    (s_axil_wstrb),
      .s_axil_wvalid   (s_axil_wvalid),
      .s_axil_wready   (s_axil_wready),
      .s_axil_bresp    (s_axil_bresp),
      .s_axil_bvalid   (s_axil_bvalid),
      .s_axil_bready   (s_axil_bready),
      .s_axil_araddr   (s_axil_araddr),
      .s_axil_arprot   (s_axil_arprot),
      .s_axil_aruser   (s_axil_aruser),
      .s_axil_arvalid  (s_axil_arvalid),
      .s_axil_arready  (s_axil_arready),
      .s_axil_rdata    (s_axil_rdata),
      .s_axil_rresp    (s_axil_rresp),
      .s_axil_rvalid   (s_axil_rvalid),
      .s_axil_rready   (s_axil_rready),
      .acc_valid_o     (acc_valid),
      .acc_write_o     (acc_write),
      .acc_issue_o     (acc_issue),
      .acc_privileged_o(acc_privileged),
      .acc_user_o      (acc_user),
      .acc_addr_o      (acc_addr),
      .acc_wdata_o     (wdata),
      .acc_wfull_o     (acc_wfull),
      .acc_ready_i     (acc_ready),
      .rsp_valid_i     (rsp_valid),
      .rsp_write_i     (rsp_write),
      .rsp_error_i     (rsp_error),
      .rsp_data_i      (rsp_data),
      .busy_o          (axil_busy)
  );

  // ------------------------------------------------------------------------ registers per core
  wire reg_write, answer_write, mask_move, mask_up, refused, cmd_privileged;
  wire [4:0] cmd_core, cmd_status;
  wire [6:0] cmd_offset;
  wire [8:0] cmd_thread;
  wire [11:0] cmd_lock;
  wire s1_take, s1_fault;
  wire [24:0] s1_addr;
  wire s1_command = s1_addr[19];
  wire [CoreWidth-1:0] s1_core = s1_addr[20+:CoreWidth];

  reg [9:0] current_thread_q[0:Windows-1];  // {valid, thread}
  reg [9:0] operand_q[0:Windows-1];  // {pointer, thread}
  wire [Windows-1:0] grant_valid;
  wire [Windows-1:0] apc_irq;
  reg [Windows-1:0] aperture_q;  // CONTROL.aperture
  reg [Windows-1:0] armed_q;  // ARM.valid
  reg error_valid_q, error_valid_d;
  reg [30:0] error_q, error_d;  // {status, core, thread, lock}
  // The same of unprivileged code, whose lock exists.
  reg user_error_valid_q, user_error_valid_d;
  reg [UserErrorWidth-1:0] user_error_q, user_error_d;

  wire write_control = reg_write && {12'd0, cmd_offset} == `LOCKARB_CONTROL_OFFSET;
  wire write_current = reg_write && {12'd0, cmd_offset} == `LOCKARB_CURRENT_THREAD_OFFSET;
  wire write_operand = reg_write && {12'd0, cmd_offset} == `LOCKARB_OPERAND_OFFSET;
  wire write_grant = reg_write && {12'd0, cmd_offset} == `LOCKARB_GRANT_OFFSET;
  wire write_error = reg_write && {12'd0, cmd_offset} == `LOCKARB_ERROR_OFFSET;
  wire write_mask = reg_write && {12'd0, cmd_offset} == `LOCKARB_APC_MASK_OFFSET;
  wire write_irql = reg_write && {12'd0, cmd_offset} == `LOCKARB_IRQL_OFFSET;
  wire write_pending = reg_write && {12'd0, cmd_offset} == `LOCKARB_APC_PENDING_OFFSET;
  wire write_user_error = reg_write && {12'd0, cmd_offset} == `LOCKARB_USER_ERROR_OFFSET;
  wire write_arm = reg_write && {12'd0, cmd_offset} == `LOCKARB_ARM_OFFSET;
  wire write_answer = reg_write && ({12'd0, cmd_offset} == `LOCKARB_ANSWER_OFFSET
      || {12'd0, cmd_offset} == `LOCKARB_USER_ANSWER_OFFSET);

  wire [CoreWidth-1:0] s2_core = cmd_core[CoreWidth-1:0];
  wire cmd_pointer = operand_q[s2_core][9];
  wire [ThreadWidth-1:0] cmd_operand = operand_q[s2_core][ThreadWidth-1:0];

  integer i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (i = 0; i < Windows; i = i + 1) begin
        current_thread_q[i] <= 10'd0;
        operand_q[i] <= 10'd0;
      end
      aperture_q <= {Windows{1'b0}};
      armed_q <= {Windows{1'b0}};
    end else begin
      if (write_control) aperture_q[s2_core] <= wdata[0];
      if (write_arm || write_current) armed_q[s2_core] <= write_arm;
      // Commands of one core keep their distance, so the next one sees it used up.
      if (s1_take && s1_command && !s1_fault) armed_q[s1_core] <= 1'b0;
      if (write_current) current_thread_q[s2_core] <= {wdata[31], wdata[8:0]};
      if (write_operand) operand_q[s2_core] <= {wdata[31], wdata[8:0]};
    end
  end

  always @* begin
    error_valid_d = error_valid_q;
    error_d = error_q;
    user_error_valid_d = user_error_valid_q;
    user_error_d = user_error_q;
    if (write_error) error_valid_d = 1'b0;
    if (refused && cmd_privileged && !error_valid_q) begin
      error_valid_d = 1'b1;
      error_d = {cmd_status, cmd_core, cmd_thread, cmd_lock};
    end
    if (write_user_error) user_error_valid_d = 1'b0;
    if (refused && !cmd_privileged && !user_error_valid_q) begin
      user_error_valid_d = 1'b1;
      user_error_d = {cmd_status, s2_core, cmd_thread[ThreadWidth-1:0], cmd_lock[LockWidth-1:0]};
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      error_valid_q <= 1'b0;
      error_q <= 31'd0;
      user_error_valid_q <= 1'b0;
      user_error_q <= {UserErrorWidth{1'b0}};
    end else begin
      error_valid_q <= error_valid_d;
      error_q <= error_d;
      user_error_valid_q <= user_error_valid_d;
      user_error_q <= user_error_d;
    end
  end

  // Only a core that exists makes errors: an access to another window is no command.
  wire [Windows-1:0] error_irq = {{(Windows - 1) {1'b0}}, error_valid_q}
      << error_q[21+:CoreWidth];
  wire [4:0] user_error_status;
  wire [CoreWidth-1:0] user_error_core;
  wire [ThreadWidth-1:0] user_error_thread;
  wire [LockWidth-1:0] user_error_lock;
  assign {user_error_status, user_error_core, user_error_thread, user_error_lock} = user_error_q;
  wire [Windows-1:0] user_error_irq = {{(Windows - 1) {1'b0}}, user_error_valid_q} << user_error_core;
  wire [CoreWidth+4:0] user_error_core_field = {5'd0, user_error_core};
  wire [ThreadWidth+8:0] user_error_thread_field = {9'd0, user_error_thread};
  wire [LockWidth+11:0] user_error_lock_field = {12'd0, user_error_lock};
  wire [Windows-1:0] irq = grant_valid | apc_irq | error_irq | user_error_irq;
  assign irq_o = irq[NumCores-1:0];

  // ------------------------------------------------------------- the access in S1 of the engine
  wire s1_write, s1_issue, s1_privileged, s1_user_lock;
  wire [4:0] s1_user;
  wire [CoreWidth-1:0] acc_core = acc_addr[20+:CoreWidth];
  wire [4:0] s1_op = s1_addr[18:14];
  wire [18:0] s1_offset = s1_addr[18:0];

  wire push;
  wire [CoreWidth-1:0] push_core;
  wire [ThreadWidth-1:0] push_thread, grant_head;
  wire [CoreWidth+1:0] clear_at;
  wire acc_re, s1_bad_thread, s1_bad_word;
  wire [8:0] s1_thread;
  wire [LockWidth-1:0] s1_thread_lock;
  wire [LockWidth+11:0] s1_lock_field = {12'd0, s1_thread_lock};

  wire s1_grant_valid = grant_valid[s1_core];
  wire [31:0] s1_mask;
  wire [31:0] s1_word;  // ARM, ANSWER or USER_ANSWER, as acc_word has chosen
  wire [4:0] s1_irql, s1_pending;
  wire [2:0] s1_deliverable;

  // Sampled when an access enters S1, so that nothing else follows time_i.
  reg [31:0] s1_time_q;
  always @(posedge clk_i) begin
    if (acc_valid && acc_ready) s1_time_q <= acc_addr[2] ? time_i[63:32] : time_i[31:0];
  end

  // Contract part IV, I7: a thread runs on one core. A register access goes alone, so what the other cores
  // run does not change behind this sample.
  wire [Windows-1:0] acc_elsewhere;
  genvar w;
  generate
    for (w = 0; w < Windows; w = w + 1) begin : g_elsewhere
      assign acc_elsewhere[w] = w != acc_core && current_thread_q[w][9]
          && current_thread_q[w][ThreadWidth-1:0] == wdata[ThreadWidth-1:0];
    end
  endgenerate
  reg s1_elsewhere_q;
  always @(posedge clk_i) begin
    if (acc_valid && acc_ready) s1_elsewhere_q <= acc_elsewhere != {Windows{1'b0}};
  end

  // A command that has to be armed moves no mask.
  wire [1:0] acc_word = acc_addr[19] ? ArmWord & {2{ArmedOps[acc_addr[18:14]]}}
      : acc_addr[3:2] & {2{acc_addr[6]}};
  // What ARM holds names a command as the aperture does.
  wire s1_armed = armed_q[s1_core] && s1_word[18:2] == s1_addr[18:2];

  lockarb_apc #(
      .CoreWidth(CoreWidth)
  ) u_apc (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .clear_i      (clearing),
      .clear_at_i   (clear_at),
      .re_i         (acc_re),
      .read_core_i  (acc_core),
      .read_word_i  (acc_word),
      .mask_o       (s1_mask),
      .irql_o       (s1_irql),
      .pending_o    (s1_pending),
      .word_o       (s1_word),
      .take_i       (s1_take),
      .show_core_i  (s1_core),
      .deliverable_o(s1_deliverable),
      .core_i       (s2_core),
      .mask_we_i    (write_mask),
      .irql_we_i    (write_irql),
      .pending_we_i (write_pending),
      .word_we_i    (write_arm || write_answer || answer_write),
      .word_i       (answer_write ? (cmd_privileged ? AnswerWord : UserAnswerWord) : cmd_offset[3:2]),
      .word_wdata_i (answer_write ? rsp_data : wdata),
      .wdata_i      (wdata),
      .move_i       (mask_move),
      .up_i         (mask_up),
      .irq_o        (apc_irq)
  );

  // A word of the statistics of a lock: five words each, 32 bytes apart.
  wire [31:0] s1_statistics;
  wire s1_of_statistics = Statistics != 0 && s1_offset[18];
  wire statistics_refused = s1_write || !s1_privileged || s1_offset[17]
      || {1'b0, s1_offset[16:5]} >= Locks || s1_offset[4:0] > `LOCKARB_DEEPEST_QUEUE_OFFSET
      || s1_offset[1:0] != 2'd0;

  // The read values, and which accesses a register allows.
  reg [31:0] reg_data;
  reg readable, writable, unprivileged;
  always @* begin
    reg_data = 32'd0;
    readable = 1'b1;
    writable = 1'b0;
    unprivileged = 1'b0;
    case ({12'd0, s1_offset[6:0]})
      `LOCKARB_ID_OFFSET: begin
        reg_data = {`LOCKARB_ID_MAGIC_RESET, `LOCKARB_ID_MAJOR_RESET, `LOCKARB_ID_MINOR_RESET};
        unprivileged = 1'b1;
      end
      `LOCKARB_PARAMS_OFFSET: begin
        reg_data = {3'd0, Locks, Threads, Cores};
        unprivileged = 1'b1;
      end
      `LOCKARB_LIMITS_OFFSET: begin
        reg_data = {23'd0, Statistics != 0, 3'd0, HoldBits};
        unprivileged = 1'b1;
      end
      `LOCKARB_STATUS_OFFSET: begin
        reg_data = {26'd0, user_error_valid_q, error_valid_q, s1_deliverable != 3'd0, s1_grant_valid,
                    irq[s1_core], sweeping};
        unprivileged = 1'b1;
      end
      `LOCKARB_TIME_LO_OFFSET, `LOCKARB_TIME_HI_OFFSET: begin
        reg_data = s1_time_q;
        unprivileged = 1'b1;
      end
      `LOCKARB_CONTROL_OFFSET: begin
        reg_data = {31'd0, aperture_q[s1_core]};
        writable = 1'b1;
      end
      `LOCKARB_CURRENT_THREAD_OFFSET: begin
        reg_data = {!s1_bad_thread, 22'd0, s1_thread};
        writable = !wdata[31] || {1'b0, wdata[8:0]} < Threads && !s1_elsewhere_q;
      end
      `LOCKARB_OPERAND_OFFSET: begin
        reg_data = {!s1_bad_thread, 22'd0, s1_thread};
        writable = 1'b1;
      end
      `LOCKARB_GRANT_OFFSET: begin
        if (s1_grant_valid)
          reg_data = {1'b1, s1_bad_word, 5'd0, s1_thread, 4'd0, s1_lock_field[11:0]};
        writable = 1'b1;
      end
      `LOCKARB_ERROR_OFFSET: begin
        if (error_valid_q) reg_data = {1'b1, error_q};
        writable = 1'b1;
      end
      `LOCKARB_APC_MASK_OFFSET: begin
        reg_data = s1_mask;
        writable = 1'b1;
      end
      `LOCKARB_IRQL_OFFSET: begin
        reg_data = {27'd0, s1_irql};
        writable = 1'b1;
      end
      `LOCKARB_APC_PENDING_OFFSET: begin
        reg_data = {22'd0, s1_pending[4:3], 5'd0, s1_pending[2:0]};
        writable = 1'b1;
      end
      `LOCKARB_APC_DELIVERABLE_OFFSET: reg_data = {29'd0, s1_deliverable};
      `LOCKARB_USER_ERROR_OFFSET: begin
        if (user_error_valid_q)
          reg_data = {1'b1, user_error_status, user_error_core_field[4:0], user_error_thread_field[8:0],
                      user_error_lock_field[11:0]};
        writable = 1'b1;
      end
      `LOCKARB_ARM_OFFSET: begin
        reg_data = {armed_q[s1_core], 12'd0, s1_word[18:2], 2'd0};
        writable = 1'b1;
      end
      `LOCKARB_ANSWER_OFFSET: begin
        reg_data = s1_word;
        writable = 1'b1;
      end
      `LOCKARB_USER_ANSWER_OFFSET: begin
        reg_data = s1_word;
        writable = 1'b1;
        unprivileged = 1'b1;
      end
      default: readable = 1'b0;
    endcase
    if (s1_of_statistics) reg_data = s1_statistics;
  end

  wire s1_own = AllOps[s1_op] && !PrivilegedOps[s1_op];  // what a thread may do to its own locks
  wire register_refused = s1_offset[18:7] != 12'd0 || (s1_write
      ? !writable || !s1_privileged || !acc_wfull
      : !readable || !(s1_privileged || unprivileged));
  wire command_refused = (s1_write ? !s1_issue || !acc_wfull : !aperture_q[s1_core])
      || s1_addr[1:0] != 2'd0 || !(s1_privileged || s1_own && s1_user_lock);
  assign s1_fault = {1'b0, s1_addr[24:20]} >= Cores
      || CheckUser != 0 && s1_user != s1_addr[24:20]
      || (s1_command ? command_refused
          : s1_of_statistics ? statistics_refused : register_refused);

  // ------------------------------------------------------------- the access in S0 of the engine
  // The thread that it is about: for a register that names one, that one.
  wire [9:0] acc_current = current_thread_q[acc_core];
  wire [9:0] acc_operand = operand_q[acc_core];
  wire [ThreadWidth+8:0] acc_head_field = {9'd0, grant_head};
  wire acc_of_operand = acc_addr[19] ? ForOperandOps[acc_addr[18:14]]
      : acc_addr[6:2] == OperandWord;
  wire acc_of_grant = !acc_addr[19] && acc_addr[6:2] == GrantWord;
  wire [8:0] acc_thread = acc_of_grant ? acc_head_field[8:0]
      : acc_of_operand ? acc_operand[8:0] : acc_current[8:0];
  // A register shows the top bit, whatever it means.
  wire acc_bad_operand = {1'b0, acc_operand[8:0]} >= Threads;
  wire acc_bad_thread = !acc_addr[19] ? !(acc_of_operand ? acc_operand[9] : acc_current[9])
      : acc_of_operand ? acc_bad_operand
      : !acc_current[9] || acc_addr[18:14] == `LOCKARB_OP_SET_OWNER && acc_bad_operand;

  // ------------------------------------------------------------------------------------ engine
  lockarb_engine #(
      .NumThreads (NumThreads),
      .NumLocks   (NumLocks),
      .HoldWidth  (HoldWidth),
      .Statistics (Statistics),
      .Parity     (Parity),
      .CoreWidth  (CoreWidth),
      .ThreadWidth(ThreadWidth),
      .LockWidth  (LockWidth)
  ) u_engine (
      .clk_i            (clk_i),
      .rst_ni           (rst_ni),
      .time_i           (time_i[31:0]),
      .acc_valid_i      (acc_valid),
      .acc_write_i      (acc_write),
      .acc_issue_i      (acc_issue),
      .acc_privileged_i (acc_privileged),
      .acc_user_i       (acc_user),
      .acc_addr_i       (acc_addr),
      .acc_ready_o      (acc_ready),
      .acc_thread_i     (acc_thread),
      .acc_bad_thread_i (acc_bad_thread),
      .acc_re_o         (acc_re),
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
      .s1_statistics_o  (s1_statistics),
      .s1_take_o        (s1_take),
      .s1_fault_i       (s1_fault),
      .s1_armed_i       (s1_issue || s1_armed),
      .s1_irql_high_i   (s1_irql > 5'd1),
      .s1_reg_data_i    (reg_data),
      .reg_write_o      (reg_write),
      .cmd_core_o       (cmd_core),
      .cmd_offset_o     (cmd_offset),
      .answer_write_o   (answer_write),
      .mask_move_o      (mask_move),
      .mask_up_o        (mask_up),
      .refused_o        (refused),
      .cmd_privileged_o (cmd_privileged),
      .cmd_status_o     (cmd_status),
      .cmd_thread_o     (cmd_thread),
      .cmd_lock_o       (cmd_lock),
      .cmd_pointer_i    (cmd_pointer),
      .cmd_operand_i    (cmd_operand),
      .push_o           (push),
      .push_core_o      (push_core),
      .push_thread_o    (push_thread),
      .grant_removed_i  (write_grant && grant_valid[s2_core]),
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
      .CoreWidth  (CoreWidth),
      .ThreadWidth(ThreadWidth)
  ) u_grant (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .push_i       (push),
      .push_core_i  (push_core),
      .push_thread_i(push_thread),
      .re_i         (acc_re),
      .read_core_i  (acc_core),
      .next_i       (s1_take),
      .pop_i        (write_grant),
      .pop_core_i   (s2_core),
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
