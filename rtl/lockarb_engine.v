// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_engine: carries out one access per clock, in order, on rows in block RAM.
//
// Every access, commands and registers, goes down one pipeline, so that no two channels race:
//   S0  the access is held by lockarb_axil; the RAMs see its addresses
//   S1  lockarb_check says whether a command may run; the RAMs' words become the predicates that
//       lockarb_decide asks for; the RAMs of the queues see the thread that a release would grant
//   S2  decide, write back, push the first grant, answer
//
// Policy
//   - Nothing is forwarded from row to row or from mask to mask: a command waits in S0 while S1 or S2
//     hold one on the same lock or from the same core. Register accesses and the commands that take
//     many clocks run alone. What is forwarded is that a thread just queued, so that no thread ever
//     waits twice.
//   - A hand-off writes the row in one clock. The walker then notes the hold count and the state
//     of each granted thread, one per clock; the pipeline stands still meanwhile, so nobody sees a
//     batch half done.
//   - Queues are linked lists: the row holds head and tail of each, `next` one link per thread.
//   - Every word of the RAMs has even parity, so that one bit that flips is noticed. A row has a parity
//     bit per field, which takes the way of its field: no sum over the row stands behind the decision. A
//     link is {parity, thread} wherever it goes: a bad one that is written elsewhere stays bad.
//   - A command that needs a bad word is refused. The walker does not follow a bad link: it stops, and
//     leaves the row bad, so that every later command on the lock is refused.
//
// Timing
//   - One command per clock from different cores to different locks, one per three clocks on one lock
//     or from one core.
//   - A hand-off to n threads adds n clocks; cancel adds 3 and one per thread before it in the queue
//     but the first, and 3 for each reader that it frees; set owner adds 4; initialize and reinitialize
//     add NumThreads. Drain is a cancel or a hand-off.
//   - The interrupt of the first granted thread rises in the clock after S2.
module lockarb_engine #(
    parameter NumThreads = 64,
    parameter NumLocks = 256,
    parameter HoldWidth = 8,
    parameter Statistics = 0,
    parameter Parity = 1,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,            // synchronous, active low

    input  wire [         31:0] time_i,            // for statistics

    // S0, from lockarb_axil; address, write flag and so on as a register access sees them.
    input  wire                 s0_valid_i,
    input  wire                 s0_write_i,
    input  wire                 s0_issue_i,       // the write issues the command that the address names
    input  wire                 s0_privileged_i,
    input  wire [          4:0] s0_user_i,
    input  wire [         24:0] s0_addr_i,
    output wire                 s0_ready_o,
    input  wire [          8:0] s0_thread_i,      // the thread that the access is about
    input  wire                 s0_bad_thread_i,  // there is no such thread
    output wire                 s0_read_o,          // the RAMs read for the access in S0

    // S1: what lockarb knows about the access.
    output wire                 s1_write_o,
    output wire                 s1_issue_o,
    output wire                 s1_privileged_o,
    output wire [          4:0] s1_user_o,
    output wire [         24:0] s1_addr_o,
    output wire [          8:0] s1_thread_o,
    output wire                 s1_bad_thread_o,
    output wire                 s1_user_lock_o,    // the lock is of the class user
    output wire [LockWidth-1:0] s1_thread_lock_o,  // the lock that the thread waits for or was granted
    output wire                 s1_bad_word_o,     //   this has the wrong parity
    output wire [         31:0] s1_statistics_o,   // the word of statistics that the address names
    output wire                 s1_take_o,         // the access goes on to S2
    input  wire                 s1_fault_i,        // refuse it with a bus error
    input  wire                 s1_armed_i,        // the core's ARM names this command
    input  wire                 s1_irql_high_i,    // the core is above APC_LEVEL
    input  wire [         31:0] s1_reg_data_i,     // the register, should this be its read

    // S2: effects on what lockarb holds, one-clock pulses.
    output wire [          4:0] s2_core_o,        // the core of the access
    output wire                 reg_write_o,       // a register write, not refused, one clock later
    output wire [          6:0] s2_offset_o,      // the register, while reg_write_o
    output wire                 s2_answer_write_o,    // a command that a write issued answers rsp_data_o
    output wire                 s2_mask_move_o,       // K of the core moves
    output wire                 s2_mask_up_o,         //   up, else down
    output wire                 s2_refused_o,         // a command was refused:
    output wire                 s2_privileged_o,
    output wire [          4:0] s2_status_o,
    output wire [          8:0] s2_thread_o,
    output wire [         11:0] s2_lock_o,
    input  wire                 s2_pointer_i,     // OPERAND of the core: its pointer bit,
    input  wire [ThreadWidth-1:0] s2_operand_i,   //   its thread

    // Grants.
    output wire                 push_o,
    output wire [CoreWidth-1:0] push_core_o,
    output wire [ThreadWidth-1:0] push_thread_o,
    input  wire                 grant_removed_i,   // with reg_write_o: the grant of the thread is taken

    // The answer, to lockarb_axil.
    output wire                 rsp_valid_o,
    output wire                 rsp_write_o,
    output wire                 rsp_error_o,
    output wire [         31:0] rsp_data_o,

    output wire                 clearing_o,        // the sweep after reset is at the registers of
    output wire [CoreWidth+1:0] clear_at_o,        //   this {word, core}
    output wire                 sweeping_o,        // the sweep after reset runs
    output wire                 busy_o
);

`include "lockarb_regs.vh"

  // Counts of threads: owners and waiters of one lock can be all of them.
  localparam CountWidth = $clog2(NumThreads + 1);
  // Without parity its bits are stored nowhere, and read as 0.
  localparam [0:0] HasParity = Parity != 0;
  // A thread, and the parity that belongs to it.
  localparam LinkWidth = ThreadWidth + 1;
  localparam [LinkWidth-1:0] LinkMask = {HasParity, {ThreadWidth{1'b1}}};
  // Four modes with two parity bits, since one of them is decided last; counts; ends of the queues.
  localparam RowWidth = 6 + 3 * (CountWidth + 1) + 4 * LinkWidth;
  localparam [RowWidth-1:0] RowMask = {
    {2{HasParity}}, 4'b1111, {3{HasParity, {CountWidth{1'b1}}}}, {4{LinkMask}}
  };
  localparam RowsWidth = LockWidth > ThreadWidth ? LockWidth : ThreadWidth;
  localparam WordsWidth = CoreWidth + 2;
  localparam SweepWidth = (RowsWidth > WordsWidth ? RowsWidth : WordsWidth) + 1;
  // Constants with a width of their own, to compare and count with.
  localparam [12:0] Locks = NumLocks[12:0];
  localparam [CountWidth-1:0] ThreadCount = NumThreads[CountWidth-1:0];
  // What takes many clocks: bit n is operation n.
  localparam [31:0] AloneOps = `LOCKARB_OPS_ALONE;

  localparam [1:0] ThreadIdle = 2'd0;
  localparam [1:0] ThreadWaiting = 2'd1;
  localparam [1:0] ThreadGranted = 2'd2;

  // Run is the only state without the top bit.
  localparam [3:0] Run = 4'b0000;         // the pipeline moves
  localparam [3:0] Grant = 4'b1000;       // the walker notes grants
  localparam [3:0] Forget = 4'b1001;      // all hold counts of one lock become 0
  localparam [3:0] FindRead = 4'b1010;    // cancel: start at the head of the queue,
  localparam [3:0] Find = 4'b1011;        //   go on to the thread,
  localparam [3:0] Unlink = 4'b1100;      //   take it out
  localparam [3:0] HoldRead = 4'b1101;    // a cancel frees shared waiters: read a hold count,
  localparam [3:0] HoldCheck = 4'b1110;   //   see whether it is a new owner,
  localparam [3:0] HoldWrite = 4'b1111;   //   count it; set owner: likewise of the slot in OPERAND

  // ------------------------------------------------------------------------------------- state
  reg [SweepWidth-1:0] sweep_q, sweep_d;  // its top bit ends the sweep
  reg [3:0] state_q, state_d;

  reg s1_valid_q, s1_valid_d;
  reg s1_write_q, s1_issue_q, s1_privileged_q;
  reg [4:0] s1_user_q;
  reg [24:0] s1_addr_q;
  reg [8:0] s1_thread_q;
  reg s1_bad_thread_q, s1_alone_q;

  reg s2_valid_q, s2_valid_d;
  reg s2_reg_write_q, s2_counts_q, s2_fault_q, s2_write_q, s2_issue_q, s2_privileged_q, s2_alone_q;
  reg [4:0] s2_core_q;
  reg [4:0] s2_op_q;
  reg [11:0] s2_lock_q;  // of a register access, its word in the window
  reg [8:0] s2_thread_q;
  reg [31:0] s2_data_q;
  reg [4:0] s2_refusal_q;
  reg s2_acquire_q, s2_release_q, s2_convert_q, s2_set_owner_q, s2_hold_count_q;
  reg s2_initialize_q, s2_reinitialize_q, s2_delete_q, s2_cancel_q, s2_drain_q;
  reg s2_waits_here_q, s2_waits_exclusive_q;
  reg s2_exclusive_q, s2_writer_first_q, s2_user_q;
  reg s2_owners_zero_q, s2_owners_one_q, s2_sw_q, s2_ew_q, s2_ew_one_q;
  reg s2_hold_zero_q, s2_hold_one_q, s2_hold_full_q;
  reg [CountWidth-1:0] s2_owners_q, s2_owners_d, s2_shared_q, s2_exclusive_count_q;
  reg s2_owners_parity_q, s2_owners_parity_d, s2_shared_parity_q, s2_exclusive_parity_q;
  reg [LinkWidth-1:0] s2_shared_head_q, s2_shared_tail_q;
  reg [LinkWidth-1:0] s2_exclusive_head_q, s2_exclusive_tail_q;
  reg [LinkWidth-1:0] s2_head_q;
  reg [HoldWidth-1:0] s2_hold_q, s2_hold_step_q;

  // The walker: the thread it is at, the one behind it, the lock, and how many follow.
  reg [LinkWidth-1:0] walk_q, walk_d;
  reg [LinkWidth-1:0] link_q, link_d;
  reg [LockWidth-1:0] walk_lock_q, walk_lock_d;
  reg [CountWidth-1:0] walk_left_q, walk_left_d;
  reg found_head_q, found_head_d;

  // The walker was at link_q in the clock before, to forget it.
  reg forgetting_q;

  // Set owner: what is known of the slot in OPERAND, besides its count in s2_hold_q.
  reg owner_bad_q, owner_owns_q;

  // A register write takes effect in the clock after S2, while nothing follows it.
  reg reg_write_q;

  // Whether the command before the one in S1 queued its thread, whose state in the RAM was read too early
  // then.
  reg last_queued_q;
  reg [ThreadWidth-1:0] last_thread_q;

  // ---------------------------------------------------------------------------------------- S0
  wire sweeping = !sweep_q[SweepWidth-1];
  wire run = !state_q[3];
  wire [LockWidth-1:0] s2_lock = s2_lock_q[LockWidth-1:0];
  wire [ThreadWidth-1:0] s2_thread = s2_thread_q[ThreadWidth-1:0];

  // The registers of cores come first in the sweep.
  assign clearing_o = sweep_q >> WordsWidth == {SweepWidth{1'b0}};
  assign clear_at_o = sweep_q[WordsWidth-1:0];

  wire s0_command = s0_addr_i[19];
  wire [CoreWidth-1:0] s0_core = s0_addr_i[20+:CoreWidth];
  wire [LockWidth-1:0] s0_lock = s0_addr_i[2+:LockWidth];
  wire [ThreadWidth-1:0] s0_thread = s0_thread_i[ThreadWidth-1:0];
  wire s0_alone = !s0_command || s0_write_i || AloneOps[s0_addr_i[18:14]];
  // A statistic waits until nothing is on its way into it.
  wire s0_statistics = Statistics != 0 && !s0_command && s0_addr_i[18];
  wire statistics_busy;
  wire s0_waits = s1_valid_q && (s0_alone || s1_alone_q || s0_lock == s1_addr_q[2+:LockWidth]
          || s0_core == s1_addr_q[20+:CoreWidth])
      || s2_valid_q && (s0_alone || s2_alone_q || s0_lock == s2_lock
          || s0_core == s2_core_q[CoreWidth-1:0])
      || reg_write_q || forgetting_q || s0_command && sweeping || clearing_o
      || s0_statistics && (sweeping || statistics_busy);
  wire s0_go = run && !s0_waits;

  assign s0_ready_o = s0_go;
  assign s0_read_o = run && s0_valid_i;

  // ---------------------------------------------------------------------------------------- S1
  wire [RowWidth-1:0] row_rdata;
  wire row_live, row_exclusive, row_writer_first, row_user;
  wire [CountWidth-1:0] row_owners, row_shared, row_exclusive_count;
  wire row_owners_parity, row_shared_parity, row_exclusive_parity;
  wire [LinkWidth-1:0] row_shared_head, row_shared_tail, row_exclusive_head, row_exclusive_tail;
  wire [5:0] row_modes;
  assign {row_modes, row_owners_parity, row_owners, row_shared_parity, row_shared,
          row_exclusive_parity, row_exclusive_count, row_shared_head, row_shared_tail,
          row_exclusive_head, row_exclusive_tail} = row_rdata;
  assign {row_user, row_live, row_exclusive, row_writer_first} = row_modes[3:0];

  wire hold_parity;
  wire [HoldWidth-1:0] hold_rdata;
  wire thread_parity;
  wire [1:0] thread_state;
  wire thread_exclusive;
  wire [LockWidth-1:0] thread_lock;
  wire [LinkWidth-1:0] next_rdata;
  wire [CoreWidth:0] core_rdata;
  wire [LinkWidth-1:0] walk_next_rdata;
  wire [CoreWidth:0] walk_core_rdata;
  wire [HoldWidth+26:0] hold_field = {27'd0, hold_rdata};
  wire bad_hold = HasParity && ^{hold_parity, hold_rdata};
  wire bad_thread_word =
      HasParity && ^{thread_parity, thread_state, thread_exclusive, thread_lock};

  wire s1_take = run && s1_valid_q;
  wire s1_command = s1_addr_q[19] && !s1_fault_i;
  wire [4:0] s1_op = s1_addr_q[18:14];
  wire s1_convert = s1_op == `LOCKARB_OP_CONVERT;
  wire s1_bad_lock = {1'b0, s1_addr_q[13:2]} >= Locks;
  // Who would be granted, and its link. A convert grants shared waiters only.
  wire s1_any_shared = row_shared != {CountWidth{1'b0}};
  wire s1_any_exclusive = row_exclusive_count != {CountWidth{1'b0}};
  wire s1_writer_first = row_writer_first && s1_any_exclusive && !s1_convert;
  wire [LinkWidth-1:0] s1_head = row_exclusive && s1_any_shared && !s1_writer_first
      ? row_shared_head : row_exclusive_head;

  wire queue;  // the command in S2 queues its thread
  wire s1_just_queued = s2_valid_q && queue && s2_thread == s1_thread_q[ThreadWidth-1:0]
      || last_queued_q && last_thread_q == s1_thread_q[ThreadWidth-1:0];
  // The ends of an empty queue are of no use to anybody.
  wire s1_bad_row = HasParity && (^{row_modes, row_owners_parity, row_owners, row_shared_parity,
                                    row_shared, row_exclusive_parity, row_exclusive_count}
      || s1_any_shared && ^{row_shared_head, row_shared_tail}
      || s1_any_exclusive && ^{row_exclusive_head, row_exclusive_tail});
  // A thread that just queued was perhaps read while it was written.
  wire s1_bad_word = bad_hold || bad_thread_word && !s1_just_queued;
  wire s1_no_counts = s1_bad_lock || s1_bad_row;
  wire [4:0] refusal;
  wire may_acquire, may_release, may_convert, may_set_owner, may_hold_count;
  wire may_initialize, may_reinitialize, may_delete, may_cancel, may_drain;

  lockarb_check u_check (
      .command_i    (s1_command),
      .op_i         (s1_op),
      .armed_i      (s1_armed_i),
      .bad_row_i    (s1_bad_row),
      .bad_word_i   (s1_bad_word),
      .bad_thread_i (s1_bad_thread_q),
      .thread_busy_i(thread_state != ThreadIdle || s1_just_queued),
      .irql_high_i  (s1_irql_high_i),
      .bad_lock_i   (s1_bad_lock),
      .live_i       (row_live),
      .refusal_o    (refusal),
      .acquire_o    (may_acquire),
      .release_o    (may_release),
      .convert_o    (may_convert),
      .set_owner_o  (may_set_owner),
      .hold_count_o (may_hold_count),
      .initialize_o (may_initialize),
      .reinitialize_o(may_reinitialize),
      .delete_o     (may_delete),
      .cancel_o     (may_cancel),
      .drain_o      (may_drain)
  );

  assign s1_write_o = s1_write_q;
  assign s1_issue_o = s1_issue_q;
  assign s1_privileged_o = s1_privileged_q;
  assign s1_user_o = s1_user_q;
  assign s1_addr_o = s1_addr_q;
  assign s1_thread_o = s1_thread_q;
  assign s1_bad_thread_o = s1_bad_thread_q;
  // A number beyond the locks reads a row that is another lock's.
  assign s1_user_lock_o = row_user && !s1_bad_lock;
  assign s1_thread_lock_o = thread_lock;
  assign s1_bad_word_o = bad_thread_word;
  assign s1_take_o = s1_take;

  // ---------------------------------------------------------------------------------------- S2
  wire [LinkWidth-1:0] s2_link = {^s2_thread, s2_thread} & LinkMask;
  // The top bit says that there is no room for it.
  wire [HoldWidth:0] hold_sum = {1'b0, s2_hold_q} + {1'b0, s2_hold_step_q};

  wire [4:0] cmd_status;
  wire refused, row_we, live, exclusive, writer_first;
  wire owners_clear, owners_inc, owners_dec, shared_inc, shared_dec;
  wire exclusive_inc, exclusive_dec, hold_we, give;
  wire queue_exclusive, grant_head, grant_batch, ended, cancel, forget, mask_move;

  lockarb_decide u_decide (
      .refusal_i              (s2_refusal_q),
      .acquire_i              (s2_acquire_q),
      .release_i              (s2_release_q),
      .convert_i              (s2_convert_q),
      .set_owner_i            (s2_set_owner_q),
      .hold_count_i           (s2_hold_count_q),
      .initialize_i           (s2_initialize_q),
      .reinitialize_i         (s2_reinitialize_q),
      .delete_i               (s2_delete_q),
      .cancel_i               (s2_cancel_q),
      .drain_i                (s2_drain_q),
      .kind_i                 (s2_op_q[1:0]),
      .wait_i                 (s2_op_q[2]),
      .region_i               (s2_op_q[4] ? s2_op_q[0] : s2_op_q[3]),
      .wants_writer_first_i   (s2_op_q == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
          || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST),
      .exclusive_i            (s2_exclusive_q),
      .writer_first_i         (s2_writer_first_q),
      .owners_zero_i          (s2_owners_zero_q),
      .owners_one_i           (s2_owners_one_q),
      .shared_waiters_i       (s2_sw_q),
      .exclusive_waiters_i    (s2_ew_q),
      .exclusive_waiters_one_i(s2_ew_one_q),
      .hold_zero_i            (s2_hold_zero_q),
      .hold_one_i             (s2_hold_one_q),
      .hold_full_i            (s2_hold_full_q),
      .waits_here_i           (s2_waits_here_q),
      .waits_exclusive_i      (s2_waits_exclusive_q),
      .owner_bad_i            (owner_bad_q),
      .owner_owns_i           (owner_owns_q),
      .owner_full_i           (hold_sum[HoldWidth]),
      .status_o               (cmd_status),
      .refused_o              (refused),
      .row_we_o               (row_we),
      .live_o                 (live),
      .exclusive_o            (exclusive),
      .writer_first_o         (writer_first),
      .owners_clear_o         (owners_clear),
      .owners_inc_o           (owners_inc),
      .owners_dec_o           (owners_dec),
      .shared_inc_o           (shared_inc),
      .shared_dec_o           (shared_dec),
      .exclusive_inc_o        (exclusive_inc),
      .exclusive_dec_o        (exclusive_dec),
      .hold_we_o              (hold_we),
      .give_o                 (give),
      .queue_o                (queue),
      .queue_exclusive_o      (queue_exclusive),
      .grant_head_o           (grant_head),
      .grant_batch_o          (grant_batch),
      .ended_o                (ended),
      .cancel_o               (cancel),
      .forget_o               (forget),
      .mask_move_o            (mask_move)
  );

  wire commit = s2_valid_q && run;
  wire cmd_long = cancel || forget || s2_set_owner_q;
  // A batch at once; one that a cancel frees is granted thread by thread.
  wire batch = grant_batch && !cancel;
  wire hand_off = grant_head || batch;

  // Cancel: the thread is found at the head, or behind the thread that the walker is at.
  // A bad link is that of no thread.
  wire found_head = walk_q == s2_link;
  wire found = found_head || walk_next_rdata == s2_link;
  wire walk_last = walk_left_q == {CountWidth{1'b0}};
  wire walk_bad = HasParity && ^walk_q;
  // A batch whose next thread is not known; a cancel that found a bad word on its way (ERR_PARITY). What
  // they did so far stays; the row they leave is bad.
  wire batch_stops = state_q == Grant && !walk_last && HasParity && ^link_q;
  wire cancel_stopped = state_q == HoldWrite && !s2_set_owner_q && s2_refusal_q[4];
  // A reader that a cancel freed is counted.
  wire batch_write = state_q == HoldWrite && !s2_set_owner_q && !s2_refusal_q[4];
  // The last clock of a command that takes many.
  wire long_done = state_q == Forget && walk_last
      || state_q == Unlink && !grant_batch
      || state_q == HoldWrite && (s2_set_owner_q ? !give : walk_last || s2_refusal_q[4]);

  // The counts after the command. The operation alone says which way a count can go, so the sums are
  // ready before the decision picks them. In a batch that a cancel freed, threads that waited for more
  // than they held are owners already.
  wire down = s2_release_q || s2_drain_q && run || s2_set_owner_q;
  wire owners_move = owners_inc || owners_dec || batch_write && s2_hold_zero_q;
  wire [CountWidth-1:0] owners_sum = (s2_convert_q ? s2_shared_q : s2_owners_q)
      + {{(CountWidth - 1) {down}}, 1'b1};
  wire [CountWidth-1:0] shared_sum = s2_shared_q + {{(CountWidth - 1) {!s2_acquire_q}}, 1'b1};
  wire [CountWidth-1:0] exclusive_sum =
      s2_exclusive_count_q + {{(CountWidth - 1) {!s2_acquire_q}}, 1'b1};
  wire [CountWidth-1:0] owners_d = owners_clear ? {CountWidth{1'b0}}
      : owners_move ? owners_sum
      : batch ? s2_shared_q : s2_owners_q;
  wire [CountWidth-1:0] shared_d = grant_batch ? {CountWidth{1'b0}}
      : shared_inc || shared_dec ? shared_sum : s2_shared_q;
  wire [CountWidth-1:0] exclusive_count_d =
      exclusive_inc || exclusive_dec ? exclusive_sum : s2_exclusive_count_q;
  wire owners_parity_d = owners_clear ? 1'b0
      : owners_move ? ^owners_sum
      : batch ? s2_shared_parity_q : s2_owners_parity_q;
  wire shared_parity_d = grant_batch ? 1'b0
      : shared_inc || shared_dec ? ^shared_sum : s2_shared_parity_q;
  wire exclusive_parity_d = exclusive_inc || exclusive_dec ? ^exclusive_sum : s2_exclusive_parity_q;

  reg [LinkWidth-1:0] shared_head_d, shared_tail_d, exclusive_head_d, exclusive_tail_d;
  always @* begin
    shared_head_d = s2_shared_head_q;
    shared_tail_d = s2_shared_tail_q;
    exclusive_head_d = s2_exclusive_head_q;
    exclusive_tail_d = s2_exclusive_tail_q;
    if (state_q == Unlink) begin
      if (s2_waits_exclusive_q) begin
        if (found_head_q) exclusive_head_d = link_q;
        if (s2_exclusive_tail_q == s2_link) exclusive_tail_d = walk_q;
      end else begin
        if (found_head_q) shared_head_d = link_q;
        if (s2_shared_tail_q == s2_link) shared_tail_d = walk_q;
      end
    end else if (queue) begin
      if (queue_exclusive) begin
        if (!s2_ew_q) exclusive_head_d = s2_link;
        exclusive_tail_d = s2_link;
      end else begin
        if (!s2_sw_q) shared_head_d = s2_link;
        shared_tail_d = s2_link;
      end
    end else if (grant_head) begin
      exclusive_head_d = next_rdata;
    end
  end

  // -------------------------------------------------------------------------- next state, walker
  always @* begin
    sweep_d = sweep_q;
    state_d = state_q;
    s1_valid_d = s1_valid_q;
    s2_valid_d = s2_valid_q;
    s2_owners_d = s2_owners_q;
    s2_owners_parity_d = s2_owners_parity_q;
    walk_d = walk_q;
    link_d = link_q;
    walk_lock_d = walk_lock_q;
    walk_left_d = walk_left_q;
    found_head_d = found_head_q;

    if (sweeping) sweep_d = sweep_q + 1'b1;
    if (run) begin
      s1_valid_d = s0_valid_i && s0_go;
      s2_valid_d = s1_valid_q || s2_valid_q && cmd_long;
    end
    if (long_done) s2_valid_d = 1'b0;

    case (state_q)
      Run: begin
        if (commit) begin
          walk_d = s2_head_q;
          link_d = next_rdata;
          walk_lock_d = s2_lock;
          walk_left_d = grant_batch ? s2_shared_q - 1'b1 : {CountWidth{1'b0}};
          if (cancel) begin
            walk_d = s2_waits_exclusive_q ? s2_exclusive_head_q : s2_shared_head_q;
            state_d = FindRead;
          end else if (s2_set_owner_q) begin
            walk_d = {^s2_operand_i, s2_operand_i} & LinkMask;
            state_d = HoldRead;
          end else if (forget) begin
            walk_d = {LinkWidth{1'b0}};
            walk_left_d = ThreadCount - 1'b1;
            state_d = Forget;
          end else if (hand_off) begin
            state_d = Grant;
          end
        end
      end
      Grant: begin
        walk_d = link_q;
        link_d = walk_next_rdata;
        walk_left_d = walk_left_q - 1'b1;
        if (walk_last || batch_stops) state_d = Run;
      end
      Forget: begin
        // Of one thread after the other nobody asks for the parity.
        walk_d = walk_q + 1'b1;
        link_d = walk_q;
        walk_left_d = walk_left_q - 1'b1;
        if (walk_last) state_d = Run;
      end
      FindRead: state_d = Find;
      Find: begin
        found_head_d = found_head;
        link_d = walk_next_rdata;
        if (walk_bad) state_d = HoldWrite;
        else if (found) state_d = Unlink;
        else walk_d = walk_next_rdata;
      end
      Unlink: begin
        walk_d = s2_shared_head_q;
        state_d = grant_batch ? HoldRead : Run;
      end
      HoldRead: state_d = HoldCheck;
      HoldCheck: state_d = HoldWrite;
      default: begin  // HoldWrite
        if (s2_set_owner_q) begin
          walk_d = s2_link;
          state_d = give ? Forget : Run;
        end else begin
          s2_owners_d = owners_d;
          s2_owners_parity_d = owners_parity_d;
          walk_d = walk_next_rdata;
          walk_left_d = walk_left_q - 1'b1;
          state_d = walk_last || cancel_stopped ? Run : HoldRead;
        end
      end
    endcase
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      sweep_q <= {SweepWidth{1'b0}};
      state_q <= Run;
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      last_queued_q <= 1'b0;
      reg_write_q <= 1'b0;
      forgetting_q <= 1'b0;
    end else begin
      sweep_q <= sweep_d;
      state_q <= state_d;
      s1_valid_q <= s1_valid_d;
      s2_valid_q <= s2_valid_d;
      if (run) last_queued_q <= s2_valid_q && queue;
      reg_write_q <= commit && s2_reg_write_q;
      forgetting_q <= HasParity && state_q == Forget;
    end
  end

  always @(posedge clk_i) begin
    walk_q <= walk_d;
    link_q <= link_d;
    walk_lock_q <= walk_lock_d;
    walk_left_q <= walk_left_d;
    found_head_q <= found_head_d;
    if (commit) last_thread_q <= s2_thread;
    if (s0_read_o) begin
      s1_write_q <= s0_write_i;
      s1_issue_q <= s0_issue_i;
      s1_privileged_q <= s0_privileged_i;
      s1_user_q <= s0_user_i;
      s1_addr_q <= s0_addr_i;
      s1_thread_q <= s0_thread_i;
      s1_bad_thread_q <= s0_bad_thread_i;
      s1_alone_q <= s0_alone;
    end
    s2_owners_q <= s2_owners_d;
    s2_owners_parity_q <= s2_owners_parity_d;
    if (s1_take) begin
      s2_reg_write_q <= s1_write_q && !s1_addr_q[19] && !s1_fault_i;
      s2_counts_q <= s1_command && s1_op != `LOCKARB_OP_HOLD_COUNT;
      s2_fault_q <= s1_fault_i;
      s2_write_q <= s1_write_q;
      s2_issue_q <= s1_issue_q;
      s2_privileged_q <= s1_privileged_q;
      s2_alone_q <= s1_alone_q;
      s2_core_q <= s1_addr_q[24:20];
      s2_op_q <= s1_op;
      s2_lock_q <= s1_addr_q[13:2];
      s2_thread_q <= s1_thread_q;
      s2_data_q <= may_hold_count ? {hold_field[26:0], 5'd0}
          : s1_addr_q[19] || s1_fault_i ? 32'd0 : s1_reg_data_i;
      s2_refusal_q <= refusal;
      s2_acquire_q <= may_acquire;
      s2_release_q <= may_release;
      s2_convert_q <= may_convert;
      s2_set_owner_q <= may_set_owner;
      s2_hold_count_q <= may_hold_count;
      s2_initialize_q <= may_initialize;
      s2_reinitialize_q <= may_reinitialize;
      s2_delete_q <= may_delete;
      s2_cancel_q <= may_cancel;
      s2_drain_q <= may_drain;
      s2_waits_here_q <= thread_state == ThreadWaiting && thread_lock == s1_addr_q[2+:LockWidth];
      s2_waits_exclusive_q <= thread_exclusive;
      s2_exclusive_q <= row_exclusive;
      s2_writer_first_q <= row_writer_first;
      s2_user_q <= row_user;
      s2_owners_zero_q <= row_owners == {CountWidth{1'b0}};
      s2_owners_one_q <= row_owners == {{(CountWidth - 1) {1'b0}}, 1'b1};
      s2_sw_q <= s1_any_shared;
      s2_ew_q <= s1_any_exclusive;
      s2_ew_one_q <= row_exclusive_count == {{(CountWidth - 1) {1'b0}}, 1'b1};
      s2_hold_one_q <= hold_rdata == {{(HoldWidth - 1) {1'b0}}, 1'b1};
      s2_hold_full_q <= &hold_rdata;
      s2_shared_head_q <= row_shared_head;
      s2_shared_tail_q <= row_shared_tail;
      s2_exclusive_head_q <= row_exclusive_head;
      s2_exclusive_tail_q <= row_exclusive_tail;
      s2_head_q <= s1_head;
      // A number beyond the locks reads a row that is another lock's: it has no counts to show, and a bad
      // row has none that are true.
      s2_owners_q <= s1_no_counts ? {CountWidth{1'b0}} : row_owners;
      s2_shared_q <= s1_no_counts ? {CountWidth{1'b0}} : row_shared;
      s2_exclusive_count_q <= s1_no_counts ? {CountWidth{1'b0}} : row_exclusive_count;
      s2_owners_parity_q <= !s1_no_counts && row_owners_parity;
      s2_shared_parity_q <= !s1_no_counts && row_shared_parity;
      s2_exclusive_parity_q <= !s1_no_counts && row_exclusive_parity;
    end
    // A cancel stops at a bad link, and at the hold count of a reader that it would free.
    if (state_q == Find && walk_bad || state_q == HoldCheck && (s2_set_owner_q
        ? bad_hold || bad_thread_word : bad_hold || walk_bad)) begin
      s2_refusal_q <= `LOCKARB_STATUS_ERR_PARITY;
      s2_counts_q <= s2_set_owner_q;
    end
    if (s1_take || state_q == HoldCheck) s2_hold_q <= hold_rdata;
    if (s1_take || state_q == HoldCheck && !s2_set_owner_q)
      s2_hold_zero_q <= hold_rdata == {HoldWidth{1'b0}};
    // A release counts down; the rest up, and what is drained does not matter.
    if (s1_take) s2_hold_step_q <= {{(HoldWidth - 1) {s1_op[4] && !s1_op[3]}}, 1'b1};
    if (state_q == HoldCheck && s2_set_owner_q) begin
      s2_hold_step_q <= s2_hold_q;
      owner_bad_q <= !s2_pointer_i || found_head || thread_state != ThreadIdle || bad_hold
          || bad_thread_word;
      owner_owns_q <= hold_rdata != {HoldWidth{1'b0}};
    end
    // The sweep writes some of it into the state of every thread, and the answer shows the rest, also
    // before the first access.
    if (!rst_ni) begin
      s2_counts_q <= 1'b0;
      s2_fault_q <= 1'b0;
      s2_write_q <= 1'b0;
      s2_op_q <= 5'd0;
      s2_lock_q <= 12'd0;
      s2_data_q <= 32'd0;
      s2_refusal_q <= 5'd0;
      s2_acquire_q <= 1'b0;
      s2_release_q <= 1'b0;
      s2_convert_q <= 1'b0;
      s2_set_owner_q <= 1'b0;
      s2_hold_count_q <= 1'b0;
      s2_initialize_q <= 1'b0;
      s2_reinitialize_q <= 1'b0;
      s2_delete_q <= 1'b0;
      s2_cancel_q <= 1'b0;
      s2_drain_q <= 1'b0;
      owner_bad_q <= 1'b0;
      owner_owns_q <= 1'b0;
    end
  end

  // -------------------------------------------------------------------------------------- effects
  wire [ThreadWidth-1:0] walk_thread = walk_q[ThreadWidth-1:0];
  wire walking = state_q == Grant || batch_write;
  wire unlink = state_q == Unlink;
  wire s2_grant_removed = reg_write_q && grant_removed_i;

  // Rows.
  wire row_write = commit && row_we || long_done || batch_stops;
  // While the walker is at a hand-off, the next command is in S2.
  wire [LockWidth-1:0] write_lock = run ? s2_lock : walk_lock_q;
  // The class stays from initialize to delete. A row that is left bad is nobody's.
  wire leaves_bad = batch_stops || cancel_stopped;
  wire user = s2_initialize_q ? s2_op_q == `LOCKARB_OP_INITIALIZE_USER
      || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST : s2_user_q && live && !leaves_bad;
  wire [5:0] modes_d = {exclusive, live ^ writer_first ^ user ^ leaves_bad, user, live, exclusive,
                        writer_first};
  lockarb_ram #(
      .Width(RowWidth),
      .AddrWidth(LockWidth),
      .Stored(RowMask)
  ) u_row (
      .clk_i(clk_i),
      .we_i(row_write || sweeping),
      .waddr_i(sweeping ? sweep_q[LockWidth-1:0] : write_lock),
      .wdata_i(sweeping ? {RowWidth{1'b0}} : {modes_d, owners_parity_d, owners_d, shared_parity_d,
          shared_d, exclusive_parity_d, exclusive_count_d, shared_head_d, shared_tail_d,
          exclusive_head_d, exclusive_tail_d}),
      .re_i(s0_read_o),
      .raddr_i(s0_lock),
      .rdata_o(row_rdata)
  );

  // Hold counts, one per {lock, thread}. A granted thread starts with 1; only in a batch that a cancel
  // freed it may hold the lock already. A drained one keeps nothing. Of two counts that set owner adds
  // the thread's own one is forgotten afterwards.
  reg [HoldWidth-1:0] hold_d;
  always @* begin
    case (state_q)
      Grant: hold_d = {{(HoldWidth - 1) {1'b0}}, 1'b1};
      Forget: hold_d = {HoldWidth{1'b0}};
      default: hold_d = hold_sum[HoldWidth-1:0] & {HoldWidth{!(s2_drain_q && run)}};
    endcase
  end
  lockarb_ram #(
      .Width(HoldWidth + 1),
      .AddrWidth(LockWidth + ThreadWidth),
      .Stored({HasParity, {HoldWidth{1'b1}}})
  ) u_hold (
      .clk_i(clk_i),
      .we_i(commit && hold_we || walking || state_q == Forget || state_q == HoldWrite && give),
      .waddr_i({write_lock, run ? s2_thread : walk_thread}),
      .wdata_i({^hold_d, hold_d}),
      .re_i(s0_read_o || state_q == HoldRead),
      .raddr_i(run ? {s0_lock, s0_thread} : {walk_lock_q, walk_thread}),
      .rdata_o({hold_parity, hold_rdata})
  );

  // Threads: what each is doing. {state, waits in the exclusive queue, lock} Where all hold counts of a
  // lock are forgotten, its waiters are too: it has some when its row was bad.
  wire forgotten = forgetting_q && !bad_thread_word && thread_state == ThreadWaiting
      && thread_lock == walk_lock_q;
  wire thread_we = sweeping || commit && queue || s2_grant_removed || walking || unlink || forgotten;
  wire [1:0] thread_state_d = walking ? ThreadGranted
      : run && queue && !sweeping ? ThreadWaiting : ThreadIdle;
  wire [LockWidth-1:0] thread_lock_d = walking ? walk_lock_q : s2_lock;
  lockarb_ram #(
      .Width(4 + LockWidth),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {(3 + LockWidth) {1'b1}}})
  ) u_thread (
      .clk_i(clk_i),
      .we_i(thread_we),
      .waddr_i(sweeping ? sweep_q[ThreadWidth-1:0]
          : forgetting_q ? link_q[ThreadWidth-1:0]
          : walking ? walk_thread : s2_thread),
      .wdata_i({^{thread_state_d, queue_exclusive, thread_lock_d}, thread_state_d, queue_exclusive,
                thread_lock_d}),
      .re_i(s0_read_o || state_q == HoldRead || state_q == Forget),
      .raddr_i(run ? s0_thread : walk_thread),
      .rdata_o({thread_parity, thread_state, thread_exclusive, thread_lock})
  );

  // Cores: from which one each thread was queued. Links: who is behind each thread in its queue, written
  // when someone queues behind it and when the one behind it cancels. Both twice: one copy tells S2
  // about the thread that would be granted, the other one serves the walker.
  wire walker_reads = s2_valid_q || !run;
  reg [ThreadWidth-1:0] walk_raddr;
  always @* begin
    case (state_q)
      Run: walk_raddr = next_rdata[ThreadWidth-1:0];
      Grant, Find: walk_raddr = walk_next_rdata[ThreadWidth-1:0];
      default: walk_raddr = walk_thread;
    endcase
  end
  lockarb_ram #(
      .Width(CoreWidth + 1),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {CoreWidth{1'b1}}})
  ) u_core (
      .clk_i(clk_i),
      .we_i(commit && queue),
      .waddr_i(s2_thread),
      .wdata_i({^s2_core_q[CoreWidth-1:0], s2_core_q[CoreWidth-1:0]}),
      .re_i(s1_take),
      .raddr_i(s1_head[ThreadWidth-1:0]),
      .rdata_o(core_rdata)
  );
  lockarb_ram #(
      .Width(CoreWidth + 1),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {CoreWidth{1'b1}}})
  ) u_walk_core (
      .clk_i(clk_i),
      .we_i(commit && queue),
      .waddr_i(s2_thread),
      .wdata_i({^s2_core_q[CoreWidth-1:0], s2_core_q[CoreWidth-1:0]}),
      .re_i(walker_reads),
      .raddr_i(walk_raddr),
      .rdata_o(walk_core_rdata)
  );

  wire behind_tail = queue_exclusive ? s2_ew_q : s2_sw_q;
  wire [ThreadWidth-1:0] tail =
      queue_exclusive ? s2_exclusive_tail_q[ThreadWidth-1:0] : s2_shared_tail_q[ThreadWidth-1:0];
  wire next_we = commit && queue && behind_tail || unlink;
  wire [ThreadWidth-1:0] next_waddr = unlink ? walk_thread : tail;
  // Of a thread that was the head nobody reads the link any more.
  wire [LinkWidth-1:0] next_wdata = unlink ? walk_next_rdata : s2_link;
  lockarb_ram #(
      .Width(LinkWidth),
      .AddrWidth(ThreadWidth),
      .Stored(LinkMask)
  ) u_next (
      .clk_i(clk_i),
      .we_i(next_we),
      .waddr_i(next_waddr),
      .wdata_i(next_wdata),
      .re_i(s1_take),
      .raddr_i(s1_head[ThreadWidth-1:0]),
      .rdata_o(next_rdata)
  );
  lockarb_ram #(
      .Width(LinkWidth),
      .AddrWidth(ThreadWidth),
      .Stored(LinkMask)
  ) u_walk_next (
      .clk_i(clk_i),
      .we_i(next_we),
      .waddr_i(next_waddr),
      .wdata_i(next_wdata),
      .re_i(walker_reads),
      .raddr_i(walk_raddr),
      .rdata_o(walk_next_rdata)
  );

  // The walker is at one thread while the grant of the thread behind it is pushed.
  assign push_o = commit && hand_off || state_q == Grant && !walk_last && !batch_stops || batch_write;
  // A core that is not known: the first one takes the grant, and its software wakes the thread.
  wire [CoreWidth:0] push_core = run ? core_rdata : walk_core_rdata;
  assign push_core_o = push_core[CoreWidth-1:0] & {CoreWidth{!(HasParity && ^push_core)}};
  assign push_thread_o = run ? s2_head_q[ThreadWidth-1:0]
      : state_q == Grant ? link_q[ThreadWidth-1:0] : walk_thread;

  // ----------------------------------------------------------------------------------- statistics
  generate
    if (Statistics != 0) begin : g_statistics
      wire granted = s2_acquire_q && hold_we;
      wire handed = grant_head || grant_batch;
      lockarb_statistics #(
          .ThreadWidth(ThreadWidth),
          .LockWidth  (LockWidth),
          .CountWidth (CountWidth)
      ) u_statistics (
          .clk_i       (clk_i),
          .rst_ni      (rst_ni),
          .time_i      (time_i),
          .sweep_i     (sweeping),
          .sweep_lock_i(sweep_q[LockWidth-1:0]),
          .event_i     (commit && (granted || queue || handed || ended || forget)),
          .lock_i      (s2_lock),
          .clear_i     (forget),
          .acquired_i  (grant_batch ? s2_shared_q
              : {{(CountWidth - 1) {1'b0}}, granted || grant_head}),
          .begin_i     (granted && s2_owners_zero_q || ended && handed),
          .end_i       (ended),
          .queued_i    (queue),
          .handed_i    (handed),
          .thread_i    (queue ? s2_thread
              : cancel ? s2_shared_head_q[ThreadWidth-1:0] : s2_head_q[ThreadWidth-1:0]),
          .waiters_i   (s2_shared_q + s2_exclusive_count_q + 1'b1),
          .read_i      (s0_read_o && s0_statistics),
          .read_lock_i (s0_addr_i[5+:LockWidth]),
          .read_word_i (s1_addr_q[4:2]),
          .word_o      (s1_statistics_o),
          .busy_o      (statistics_busy)
      );
    end else begin : g_no_statistics
      assign s1_statistics_o = 32'd0;
      assign statistics_busy = 1'b0;
      wire unused_statistics = &{1'b0, time_i, ended};
    end
  endgenerate

  assign reg_write_o = reg_write_q;
  assign s2_core_o = s2_core_q;
  assign s2_offset_o = {s2_lock_q[4:0], 2'b00};
  assign s2_answer_write_o = rsp_valid_o && s2_issue_q && !s2_fault_q;
  assign s2_mask_move_o = commit && mask_move;
  assign s2_mask_up_o = s2_op_q[4];
  // Set owner is decided when the slot in OPERAND is known.
  assign s2_refused_o = refused && (commit && !s2_set_owner_q || state_q == HoldWrite);
  assign s2_privileged_o = s2_privileged_q;
  assign s2_status_o = cmd_status;
  assign s2_thread_o = s2_thread_q;
  assign s2_lock_o = s2_lock_q;

  wire [CountWidth+8:0] owners_field = {9'd0, owners_d};
  wire [CountWidth+8:0] shared_field = {9'd0, shared_d};
  wire [CountWidth+8:0] exclusive_field = {9'd0, exclusive_count_d};
  wire [26:0] counts = {exclusive_field[8:0], shared_field[8:0], owners_field[8:0]};

  assign rsp_valid_o = commit && !cmd_long || long_done;
  assign rsp_write_o = s2_write_q;
  assign rsp_error_o = s2_fault_q;
  // No command has both data and counts, and what is no command has no status.
  assign rsp_data_o = s2_data_q | {counts & {27{s2_counts_q}}, cmd_status};

  assign sweeping_o = sweeping;
  assign busy_o = sweeping || !run || s1_valid_q || s2_valid_q || reg_write_q || forgetting_q
      || last_queued_q || statistics_busy;

`ifdef FORMAL
`include "lockarb_engine_props.vh"
`endif

endmodule

`default_nettype wire
