// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_command: the command in S2: lockarb_decide, and the row and the hold count that it makes.
//
// Policy
//   - What decides is looked up in S1 and stands in flip-flops here; so do the fields of the row that the
//     command may change. A count is {bad, count} and a link {bad, thread}, as lockarb_store has them.
//   - A command that was refused in S1 has none of s1_may_i, and so no effect.
//
// Timing
//   - A command stays in S2 until it is done. All outputs follow the flip-flops here, and the walker, in
//     the same clock; what is decided takes effect with the clock in which the pipeline says so.
module lockarb_command #(
    parameter HoldWidth = 8,
    parameter ThreadWidth = 6,
    parameter CountWidth = 7,
    parameter RowWidth = 56  // as in lockarb_store
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,               // synchronous, active low

    input  wire                   run_i,                // level: the walker rests

    // S1: what goes on to S2 with s1_take_i.
    input  wire                   s1_take_i,
    input  wire [            4:0] s1_op_i,
    input  wire [            9:0] s1_may_i,             // {acquire, release, ..., drain}: what it does
    input  wire [            4:0] s1_refusal_i,         // why it does nothing
    input  wire                   s1_counts_i,          // its answer has the counts of the lock
    input  wire                   s1_no_counts_i,       //   which has none that are true
    input  wire                   s1_data_valid_i,      // it answers
    input  wire [           31:0] s1_data_i,            //   this instead
    input  wire [   RowWidth-1:0] s1_row_i,
    input  wire [  HoldWidth-1:0] s1_hold_i,
    input  wire                   s1_waits_here_i,      // the thread waits for this lock,
    input  wire                   s1_waits_exclusive_i, //   in the exclusive queue

    output wire [ThreadWidth-1:0] s1_head_o,            // who would be granted
    output wire                   s1_live_o,            // modes of the row
    output wire                   s1_user_o,

    // S2.
    input  wire                   commit_i,             // one-clock pulse: the command takes effect
    input  wire [ThreadWidth-1:0] s2_thread_i,

    // The walker.
    input  wire                   walk_hold_check_i,    // s1_hold_i is the count of its thread,
    input  wire                   walk_hold_write_i,    //   one clock later
    input  wire                   bad_found_i,          // it cannot go on
    input  wire                   owner_bad_i,          // set owner: as lockarb_decide has it
    input  wire                   owner_owns_i,
    input  wire                   walk_count_i,         // a reader that a cancel freed is counted
    input  wire                   walk_unlink_i,        // the thread of S2 leaves its queue:
    input  wire                   found_head_i,         //   it was the head
    input  wire [  ThreadWidth:0] walk_i,               //   or behind this one,
    input  wire [  ThreadWidth:0] link_i,               //   and before this one
    input  wire                   leave_bad_i,          // the row is nobody's

    // What the command does: one-clock pulses,
    output wire                   refused_o,
    output wire [            4:0] status_o,             //   for this reason
    output wire                   mask_move_o,          // K of the core moves
    output wire                   mask_up_o,            //   up, else down
    output wire                   row_write_o,
    output wire [   RowWidth-1:0] row_o,
    output wire                   head_leaves_o,        //   but for the head of the exclusive waiters: next_o
    output wire                   hold_write_o,
    output wire [  HoldWidth-1:0] hold_o,
    //   and levels.
    output wire                   long_o,               // it takes more than one clock
    output wire                   queue_o,              // the thread is queued,
    output wire                   queue_exclusive_o,
    output wire                   behind_o,             //   behind
    output wire [ThreadWidth-1:0] tail_o,
    output wire [           31:0] data_o,               // the answer

    // For the walker, levels: what the command does, and the lock before it.
    output wire                   grant_head_o,
    output wire                   grant_batch_o,
    output wire                   cancel_o,
    output wire                   set_owner_o,
    output wire                   give_o,
    output wire                   forget_o,
    output wire                   stopped_o,            // bad_found_i was up
    output wire                   waits_exclusive_o,
    output wire [ CountWidth-1:0] shared_o,             // how many shared waiters
    output wire [  ThreadWidth:0] head_o,               // who would be granted
    output wire [  ThreadWidth:0] shared_head_o,
    output wire [  ThreadWidth:0] exclusive_head_o,

    // For lockarb_statistics, as it has them.
    output wire                   event_o,
    output wire                   begin_o,
    output wire                   ended_o,
    output wire                   handed_o,
    output wire [ CountWidth-1:0] acquired_o,
    output wire [ThreadWidth-1:0] first_o,
    output wire [ CountWidth-1:0] waiters_o
);

`include "lockarb_regs.vh"

  localparam LinkWidth = ThreadWidth + 1;
  localparam [CountWidth-1:0] None = {CountWidth{1'b0}};
  localparam [CountWidth-1:0] One = {{(CountWidth - 1) {1'b0}}, 1'b1};

  reg [4:0] s2_op_q, s2_refusal_q;
  reg s2_acquire_q, s2_release_q, s2_convert_q, s2_set_owner_q, s2_hold_count_q;
  reg s2_initialize_q, s2_reinitialize_q, s2_delete_q, s2_cancel_q, s2_drain_q;
  reg s2_counts_q, s2_data_valid_q;
  reg [31:0] s2_data_q;
  reg s2_waits_here_q, s2_waits_exclusive_q;
  reg s2_exclusive_q, s2_writer_first_q, s2_user_q;
  reg s2_owners_zero_q, s2_owners_one_q, s2_sw_q, s2_ew_q, s2_ew_one_q;
  reg s2_hold_zero_q, s2_hold_one_q, s2_hold_full_q;
  reg [CountWidth:0] s2_owners_q, s2_shared_q, s2_exclusive_count_q;
  reg [LinkWidth-1:0] s2_shared_head_q, s2_shared_tail_q;
  reg [LinkWidth-1:0] s2_exclusive_head_q, s2_exclusive_tail_q;
  reg [LinkWidth-1:0] s2_head_q;
  reg [HoldWidth-1:0] s2_hold_q, s2_hold_step_q;

  wire [LinkWidth-1:0] s2_link = {1'b0, s2_thread_i};
  // The top bit says that there is no room for it.
  wire [HoldWidth:0] hold_sum = {1'b0, s2_hold_q} + {1'b0, s2_hold_step_q};

  wire [4:0] status;
  wire refused, row_we, live, exclusive, writer_first;
  wire owners_clear, owners_inc, owners_dec, shared_inc, shared_dec, exclusive_inc, exclusive_dec;
  wire hold_we, give, queue, queue_exclusive, grant_head, grant_batch, ended, cancel, forget, mask_move;

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
      .owner_bad_i            (owner_bad_i),
      .owner_owns_i           (owner_owns_i),
      .owner_full_i           (hold_sum[HoldWidth]),
      .status_o               (status),
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

  // ------------------------------------------------------------------------------------ the row
  // The counts after the command. The operation alone says which way a count can go, so the sums are
  // ready before the decision picks them. In a batch that a cancel freed, threads that waited for more
  // than they held are owners already.
  wire batch = grant_batch && !cancel;
  wire down = s2_release_q || s2_drain_q && run_i || s2_set_owner_q;
  wire owners_move = owners_inc || owners_dec || walk_count_i && s2_hold_zero_q;
  wire [CountWidth-1:0] owners_sum =
      (s2_convert_q ? s2_shared_q[CountWidth-1:0] : s2_owners_q[CountWidth-1:0])
      + {{(CountWidth - 1) {down}}, 1'b1};
  wire [CountWidth-1:0] shared_sum =
      s2_shared_q[CountWidth-1:0] + {{(CountWidth - 1) {!s2_acquire_q}}, 1'b1};
  wire [CountWidth-1:0] exclusive_sum =
      s2_exclusive_count_q[CountWidth-1:0] + {{(CountWidth - 1) {!s2_acquire_q}}, 1'b1};
  wire [CountWidth:0] owners_d = owners_clear ? {1'b0, None}
      : owners_move ? {1'b0, owners_sum}
      : batch ? s2_shared_q : s2_owners_q;
  wire [CountWidth:0] shared_d = grant_batch ? {1'b0, None}
      : shared_inc || shared_dec ? {1'b0, shared_sum} : s2_shared_q;
  wire [CountWidth:0] exclusive_count_d =
      exclusive_inc || exclusive_dec ? {1'b0, exclusive_sum} : s2_exclusive_count_q;

  reg [LinkWidth-1:0] shared_head_d, shared_tail_d, exclusive_head_d, exclusive_tail_d;
  always @* begin
    shared_head_d = s2_shared_head_q;
    shared_tail_d = s2_shared_tail_q;
    exclusive_head_d = s2_exclusive_head_q;
    exclusive_tail_d = s2_exclusive_tail_q;
    if (walk_unlink_i) begin
      if (s2_waits_exclusive_q) begin
        if (found_head_i) exclusive_head_d = link_i;
        if (s2_exclusive_tail_q == s2_link) exclusive_tail_d = walk_i;
      end else begin
        if (found_head_i) shared_head_d = link_i;
        if (s2_shared_tail_q == s2_link) shared_tail_d = walk_i;
      end
    end else if (queue) begin
      if (queue_exclusive) begin
        if (!s2_ew_q) exclusive_head_d = s2_link;
        exclusive_tail_d = s2_link;
      end else begin
        if (!s2_sw_q) shared_head_d = s2_link;
        shared_tail_d = s2_link;
      end
    end
  end

  // The class stays from initialize to delete. A row that is left bad is nobody's.
  wire user = s2_initialize_q ? s2_op_q == `LOCKARB_OP_INITIALIZE_USER
      || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST : s2_user_q && live && !leave_bad_i;
  assign row_o = {user, live, exclusive, writer_first, owners_d, shared_d, exclusive_count_d,
                  shared_head_d, shared_tail_d, exclusive_head_d, exclusive_tail_d};
  assign head_leaves_o = grant_head && !queue && !walk_unlink_i;
  assign behind_o = queue_exclusive ? s2_ew_q : s2_sw_q;
  assign tail_o =
      queue_exclusive ? s2_exclusive_tail_q[ThreadWidth-1:0] : s2_shared_tail_q[ThreadWidth-1:0];
  // A drained thread keeps nothing. Of two counts that set owner adds the thread's own one is forgotten
  // afterwards.
  assign hold_o = hold_sum[HoldWidth-1:0] & {HoldWidth{!(s2_drain_q && run_i)}};

  // --------------------------------------------------------------------------- from S1 into S2
  wire row_live, row_user, row_exclusive, row_writer_first;
  wire [CountWidth:0] row_owners, row_shared, row_exclusive_count;
  wire [LinkWidth-1:0] row_shared_head, row_shared_tail, row_exclusive_head, row_exclusive_tail;
  assign {row_user, row_live, row_exclusive, row_writer_first, row_owners, row_shared,
          row_exclusive_count, row_shared_head, row_shared_tail, row_exclusive_head,
          row_exclusive_tail} = s1_row_i;
  // Who would be granted, and its link. A convert grants shared waiters only.
  wire any_shared = row_shared[CountWidth-1:0] != None;
  wire any_exclusive = row_exclusive_count[CountWidth-1:0] != None;
  wire s1_writer_first = row_writer_first && any_exclusive && s1_op_i != `LOCKARB_OP_CONVERT;
  wire [LinkWidth-1:0] s1_head = row_exclusive && any_shared && !s1_writer_first
      ? row_shared_head : row_exclusive_head;
  assign s1_head_o = s1_head[ThreadWidth-1:0];
  assign s1_live_o = row_live;
  assign s1_user_o = row_user;

  always @(posedge clk_i) begin
    // Of readers that a cancel frees each may be an owner more.
    if (walk_hold_write_i && !s2_set_owner_q) s2_owners_q <= owners_d;
    if (s1_take_i) begin
      s2_op_q <= s1_op_i;
      {s2_acquire_q, s2_release_q, s2_convert_q, s2_set_owner_q, s2_hold_count_q, s2_initialize_q,
       s2_reinitialize_q, s2_delete_q, s2_cancel_q, s2_drain_q} <= s1_may_i;
      s2_refusal_q <= s1_refusal_i;
      s2_counts_q <= s1_counts_i;
      s2_data_valid_q <= s1_data_valid_i;
      s2_data_q <= s1_data_i;
      s2_waits_here_q <= s1_waits_here_i;
      s2_waits_exclusive_q <= s1_waits_exclusive_i;
      s2_exclusive_q <= row_exclusive;
      s2_writer_first_q <= row_writer_first;
      s2_user_q <= row_user;
      s2_owners_zero_q <= row_owners[CountWidth-1:0] == None;
      s2_owners_one_q <= row_owners[CountWidth-1:0] == One;
      s2_sw_q <= any_shared;
      s2_ew_q <= any_exclusive;
      s2_ew_one_q <= row_exclusive_count[CountWidth-1:0] == One;
      s2_owners_q <= s1_no_counts_i ? {1'b0, None} : row_owners;
      s2_shared_q <= s1_no_counts_i ? {1'b0, None} : row_shared;
      s2_exclusive_count_q <= s1_no_counts_i ? {1'b0, None} : row_exclusive_count;
      s2_shared_head_q <= row_shared_head;
      s2_shared_tail_q <= row_shared_tail;
      s2_exclusive_head_q <= row_exclusive_head;
      s2_exclusive_tail_q <= row_exclusive_tail;
      s2_head_q <= s1_head;
      s2_hold_one_q <= s1_hold_i == {{(HoldWidth - 1) {1'b0}}, 1'b1};
      s2_hold_full_q <= &s1_hold_i;
      // A release counts down; the rest up, and what is drained does not matter.
      s2_hold_step_q <= {{(HoldWidth - 1) {s1_op_i[4] && !s1_op_i[3]}}, 1'b1};
    end
    if (bad_found_i) begin
      s2_refusal_q <= `LOCKARB_STATUS_ERR_PARITY;
      s2_counts_q <= s2_set_owner_q;
    end
    if (s1_take_i || walk_hold_check_i) s2_hold_q <= s1_hold_i;
    if (s1_take_i || walk_hold_check_i && !s2_set_owner_q)
      s2_hold_zero_q <= s1_hold_i == {HoldWidth{1'b0}};
    if (walk_hold_check_i && s2_set_owner_q) s2_hold_step_q <= s2_hold_q;
    // The sweep writes some of it into the state of every thread, and the answer shows the rest, also
    // before the first access.
    if (!rst_ni) begin
      s2_op_q <= 5'd0;
      {s2_acquire_q, s2_release_q, s2_convert_q, s2_set_owner_q, s2_hold_count_q, s2_initialize_q,
       s2_reinitialize_q, s2_delete_q, s2_cancel_q, s2_drain_q} <= 10'd0;
      s2_refusal_q <= 5'd0;
      s2_counts_q <= 1'b0;
      s2_data_valid_q <= 1'b0;
    end
  end

  // --------------------------------------------------------------------------------- the answer
  wire [CountWidth+8:0] owners_field = {9'd0, owners_d[CountWidth-1:0]};
  wire [CountWidth+8:0] shared_field = {9'd0, shared_d[CountWidth-1:0]};
  wire [CountWidth+8:0] exclusive_field = {9'd0, exclusive_count_d[CountWidth-1:0]};
  wire [26:0] counts = {exclusive_field[8:0], shared_field[8:0], owners_field[8:0]};
  // No command has both data and counts, and what is no command has no status.
  assign data_o = (s2_data_q & {32{s2_data_valid_q}}) | {counts & {27{s2_counts_q}}, status};

  // --------------------------------------------------------------------------------- effects
  assign long_o = cancel || forget || s2_set_owner_q;
  assign status_o = status;
  // Set owner is decided when the slot in OPERAND is known.
  assign refused_o = refused && (commit_i && !s2_set_owner_q || walk_hold_write_i);
  assign mask_move_o = commit_i && mask_move;
  assign mask_up_o = s2_op_q[4];
  assign row_write_o = commit_i && row_we;
  assign hold_write_o = commit_i && hold_we;
  assign {queue_o, queue_exclusive_o} = {queue, queue_exclusive};
  assign {grant_head_o, grant_batch_o, cancel_o, give_o, forget_o} =
      {grant_head, grant_batch, cancel, give, forget};
  assign set_owner_o = s2_set_owner_q;
  assign stopped_o = s2_refusal_q[4];
  assign waits_exclusive_o = s2_waits_exclusive_q;
  assign shared_o = s2_shared_q[CountWidth-1:0];
  assign head_o = s2_head_q;
  assign shared_head_o = s2_shared_head_q;
  assign exclusive_head_o = s2_exclusive_head_q;

  wire granted = s2_acquire_q && hold_we;
  wire handed = grant_head || grant_batch;
  assign event_o = commit_i && (granted || queue || handed || ended || forget);
  assign begin_o = granted && s2_owners_zero_q || ended && handed;
  assign {ended_o, handed_o} = {ended, handed};
  assign acquired_o = grant_batch ? shared_o : {{(CountWidth - 1) {1'b0}}, granted || grant_head};
  assign first_o = queue ? s2_thread_i
      : cancel ? s2_shared_head_q[ThreadWidth-1:0] : s2_head_q[ThreadWidth-1:0];
  assign waiters_o = shared_o + s2_exclusive_count_q[CountWidth-1:0] + 1'b1;

endmodule

`default_nettype wire
