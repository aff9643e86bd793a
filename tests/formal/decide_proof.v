// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_check and lockarb_decide, one behind the other without the pipeline, beside the contract's
// tables. Every state that a lock can have, every operation, every reason to refuse.
module decide_proof (
    input wire       command_i,
    input wire [4:0] op_i,
    input wire       armed_i,
    input wire       bad_row_i,
    input wire       bad_word_i,
    input wire       bad_thread_i,
    input wire       thread_busy_i,
    input wire       irql_high_i,
    input wire       bad_lock_i,
    input wire       live_i,

    input wire       exclusive_i,
    input wire       writer_first_i,
    input wire       owners_zero_i,
    input wire       owners_one_i,
    input wire       sw_i,
    input wire       ew_i,
    input wire       ew_one_i,
    input wire       hold_zero_i,
    input wire       hold_one_i,
    input wire       hold_full_i,
    input wire       waits_here_i,
    input wire       waits_exclusive_i,
    input wire       owner_bad_i,
    input wire       owner_owns_i,
    input wire       owner_full_i
);

`include "lockarb_regs.vh"
`include "contract_words.vh"

  wire [4:0] refusal, status;
  wire acquire, release_any, convert, set_owner, hold_count, initialize, reinitialize, delete, cancel_op, drain;
  lockarb_check u_check (
      .command_i(command_i), .op_i(op_i), .armed_i(armed_i), .bad_row_i(bad_row_i), .bad_word_i(bad_word_i),
      .bad_thread_i(bad_thread_i), .thread_busy_i(thread_busy_i),
      .irql_high_i(irql_high_i), .bad_lock_i(bad_lock_i), .live_i(live_i), .refusal_o(refusal),
      .acquire_o(acquire), .release_o(release_any), .convert_o(convert), .set_owner_o(set_owner),
      .hold_count_o(hold_count), .initialize_o(initialize), .reinitialize_o(reinitialize),
      .delete_o(delete), .cancel_o(cancel_op), .drain_o(drain)
  );
  wire refused, row_we, live, exclusive, writer_first, owners_clear, owners_inc, owners_dec;
  wire shared_inc, shared_dec, exclusive_inc, exclusive_dec, hold_we, give, queue, queue_exclusive;
  wire grant_head, grant_batch, ended, cancel, forget, mask_move;
  lockarb_decide u_decide (
      .refusal_i(refusal), .acquire_i(acquire), .release_i(release_any), .convert_i(convert),
      .set_owner_i(set_owner), .hold_count_i(hold_count), .initialize_i(initialize),
      .reinitialize_i(reinitialize), .delete_i(delete), .cancel_i(cancel_op), .drain_i(drain),
      .kind_i(op_i[1:0]), .wait_i(op_i[2]), .region_i(op_i[4] ? op_i[0] : op_i[3]),
      .wants_writer_first_i(op_i == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
          || op_i == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST),
      .exclusive_i(exclusive_i), .writer_first_i(writer_first_i), .owners_zero_i(owners_zero_i),
      .owners_one_i(owners_one_i), .shared_waiters_i(sw_i), .exclusive_waiters_i(ew_i),
      .exclusive_waiters_one_i(ew_one_i), .hold_zero_i(hold_zero_i), .hold_one_i(hold_one_i),
      .hold_full_i(hold_full_i), .waits_here_i(waits_here_i), .waits_exclusive_i(waits_exclusive_i),
      .owner_bad_i(owner_bad_i), .owner_owns_i(owner_owns_i), .owner_full_i(owner_full_i),
      .status_o(status), .refused_o(refused), .row_we_o(row_we), .live_o(live),
      .exclusive_o(exclusive), .writer_first_o(writer_first), .owners_clear_o(owners_clear),
      .owners_inc_o(owners_inc), .owners_dec_o(owners_dec), .shared_inc_o(shared_inc),
      .shared_dec_o(shared_dec), .exclusive_inc_o(exclusive_inc), .exclusive_dec_o(exclusive_dec),
      .hold_we_o(hold_we), .give_o(give), .queue_o(queue), .queue_exclusive_o(queue_exclusive),
      .grant_head_o(grant_head), .grant_batch_o(grant_batch), .ended_o(ended), .cancel_o(cancel),
      .forget_o(forget), .mask_move_o(mask_move)
  );

  // The 18 states, with what a thread can be in them. A lock that is not live has no owners and no
  // waiters, whatever its hold counts are.
  wire mine = !hold_zero_i;
  wire alone = owners_one_i;
  always @* begin
    assume (!(owners_zero_i && owners_one_i));
    assume (!owners_zero_i || !exclusive_i && !ew_i && !sw_i);
    assume (!exclusive_i || owners_one_i);
    assume (exclusive_i || !sw_i || ew_i);
    assume (live_i || owners_zero_i && !exclusive_i && !ew_i && !sw_i);
    assume (!(live_i && owners_zero_i) || !mine);
    assume (hold_zero_i + hold_one_i + hold_full_i <= 1);
    assume (!ew_one_i || ew_i);
    assume (!waits_here_i || thread_busy_i && (waits_exclusive_i ? ew_i : sw_i) && !(exclusive_i && mine));
    assume (!owner_owns_i || !owners_zero_i && !(mine && alone));
    assume (!owner_full_i || owner_owns_i && mine);
  end

  wire [2:0] standing = owners_zero_i ? Standing_FREE
      : exclusive_i ? (mine ? Standing_X_ME : Standing_X_OTHER)
      : !mine ? Standing_S_OTHERS : alone ? Standing_S_ME : Standing_S_BOTH;
  wire [1:0] count = hold_zero_i ? 2'd0 : hold_one_i ? 2'd1 : 2'd2;

  // What may not run at all, contract I.3 and rtl/README.md, "Which refusal is told".
  wire is_acquire = op_i <= `LOCKARB_OP_ENTER_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE;
  wire is_initialize = op_i == `LOCKARB_OP_INITIALIZE || op_i >= `LOCKARB_OP_INITIALIZE_WRITER_FIRST
      && op_i <= `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
  wire is_lifetime = is_initialize || op_i == `LOCKARB_OP_REINITIALIZE || op_i == `LOCKARB_OP_DELETE;
  wire of_operand = op_i == `LOCKARB_OP_RELEASE_FOR || op_i == `LOCKARB_OP_CANCEL || op_i == `LOCKARB_OP_DRAIN;
  // Contract part IV, I2.
  wire arms = is_lifetime || of_operand || op_i == `LOCKARB_OP_SET_OWNER;
  wire low_irql = is_acquire || op_i == `LOCKARB_OP_CONVERT || op_i == `LOCKARB_OP_DELETE
      || op_i == `LOCKARB_OP_RELEASE_AND_LEAVE;
  wire [4:0] e_refusal = op_i > `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST ? `LOCKARB_STATUS_ERR_OPERATION
      : bad_lock_i ? `LOCKARB_STATUS_ERR_LOCK
      : bad_row_i && !is_initialize ? `LOCKARB_STATUS_ERR_PARITY
      : !live_i && !is_initialize ? `LOCKARB_STATUS_ERR_LOCK
      : arms && !armed_i ? `LOCKARB_STATUS_ERR_NOT_ARMED
      : !is_lifetime && bad_thread_i ? `LOCKARB_STATUS_ERR_THREAD
      : !is_lifetime && bad_word_i ? `LOCKARB_STATUS_ERR_PARITY
      : !is_lifetime && thread_busy_i && !of_operand ? `LOCKARB_STATUS_ERR_THREAD
      : low_irql && irql_high_i ? `LOCKARB_STATUS_ERR_IRQL : 5'd0;

  // The words of the cells.
  wire [2:0] routine = op_i[1:0] == 2'd0 && !op_i[2] ? 3'd0 : {1'b0, op_i[1:0]} + 3'd1;
  wire [3:0] a_word = acquire_word(standing, ew_i, sw_i, routine, op_i[2]);
  // A drain of an owner is a release of its last level.
  wire [3:0] r_word = release_word(standing, ew_i, sw_i, writer_first_i,
      op_i == `LOCKARB_OP_DRAIN && mine ? 2'd1 : op_i == `LOCKARB_OP_SET_OWNER ? 2'd0 : count);
  wire [3:0] c_word = convert_word(standing, ew_i, sw_i);
  wire [3:0] o_word = owner_word(owner_bad_i, !mine ? 2'd3 : exclusive_i ? 2'd0 : owner_owns_i ? 2'd2 : 2'd1);
  wire [3:0] l_word = lifetime_word(op_i == `LOCKARB_OP_DELETE ? 2'd0
      : op_i == `LOCKARB_OP_REINITIALIZE ? 2'd1 : 2'd2,
      !live_i || bad_row_i ? 2'd0 : ew_i || sw_i ? 2'd3 : owners_zero_i ? 2'd1 : 2'd2);
  // The last exclusive waiter before a shared lock leaves: invariant II.F.3 frees the readers.
  wire frees = standing != Standing_FREE && !exclusive_i && sw_i && waits_exclusive_i && ew_one_i;

  // What the words do.
  reg [4:0] e_status;
  reg e_row, e_live, e_exclusive, e_writer_first, e_clear, e_owners_inc, e_owners_dec;
  reg e_shared_inc, e_shared_dec, e_exclusive_inc, e_exclusive_dec, e_hold, e_give, e_queue;
  reg e_head, e_batch, e_ended, e_cancel, e_forget, e_mask;
  reg is_release, is_cancel;
  always @* begin
    e_status = 5'd0;
    {e_row, e_clear, e_owners_inc, e_owners_dec, e_shared_inc, e_shared_dec} = 6'd0;
    {e_exclusive_inc, e_exclusive_dec, e_hold, e_give, e_queue, e_head, e_batch} = 7'd0;
    {e_ended, e_cancel, e_forget, e_mask} = 4'd0;
    e_live = 1'b1;
    e_exclusive = exclusive_i;
    e_writer_first = writer_first_i;
    is_release = op_i == `LOCKARB_OP_RELEASE || op_i == `LOCKARB_OP_RELEASE_AND_LEAVE
        || op_i == `LOCKARB_OP_RELEASE_FOR || op_i == `LOCKARB_OP_DRAIN && !waits_here_i && mine;
    is_cancel = (op_i == `LOCKARB_OP_CANCEL || op_i == `LOCKARB_OP_DRAIN) && waits_here_i;
    if (!command_i) e_status = 5'd0;
    else if (e_refusal != 5'd0) e_status = e_refusal;
    else if (is_acquire) begin
      // The grant of a shared waiter may add to what it holds.
      if (hold_full_i && (a_word == RecX || a_word == RecS || a_word == WaitS || a_word == WaitSSelfBlock))
        e_status = `LOCKARB_STATUS_ERR_OVERFLOW;
      else begin
        case (a_word)
          GrantX: e_status = `LOCKARB_STATUS_GRANTED_EXCLUSIVE;
          GrantS: e_status = `LOCKARB_STATUS_GRANTED_SHARED;
          RecX: e_status = `LOCKARB_STATUS_RECURSED_EXCLUSIVE;
          RecS: e_status = `LOCKARB_STATUS_RECURSED_SHARED;
          False: e_status = `LOCKARB_STATUS_NOT_GRANTED;
          WaitE, WaitS: e_status = `LOCKARB_STATUS_WAITING;
          default: e_status = `LOCKARB_STATUS_WAITING_SELF_BLOCK;
        endcase
        e_owners_inc = a_word == GrantX || a_word == GrantS;
        e_hold = e_owners_inc || a_word == RecX || a_word == RecS;
        e_exclusive_inc = a_word == WaitE || a_word == WaitESelfBlock;
        e_shared_inc = a_word == WaitS || a_word == WaitSSelfBlock;
        e_queue = e_exclusive_inc || e_shared_inc;
        e_row = e_hold || e_queue;
        if (e_owners_inc) e_exclusive = a_word == GrantX || exclusive_i;
        e_mask = op_i[3] && a_word != False;
      end
    end else if (is_release) begin
      e_hold = r_word != NotOwnedShared && r_word != NotOwnedExclusive;
      e_row = e_hold;
      e_mask = e_hold && op_i == `LOCKARB_OP_RELEASE_AND_LEAVE;
      e_owners_dec = r_word == Free || r_word == EntryRemoved;
      e_batch = r_word == AllShared;
      e_head = r_word == HeadOfExclusive;
      e_exclusive_dec = e_head;
      e_ended = r_word == Free || e_batch || e_head;
      e_exclusive = e_head || exclusive_i && !e_ended;
      case (r_word)
        Count: e_status = `LOCKARB_STATUS_HELD;
        Free: e_status = `LOCKARB_STATUS_FREED;
        AllShared: e_status = `LOCKARB_STATUS_HANDED_SHARED;
        HeadOfExclusive: e_status = `LOCKARB_STATUS_HANDED_EXCLUSIVE;
        EntryRemoved: e_status = `LOCKARB_STATUS_LEFT;
        NotOwnedShared: e_status = `LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
        default: e_status = `LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE;
      endcase
    end else if (is_cancel) begin
      e_status = frees ? `LOCKARB_STATUS_HANDED_SHARED : `LOCKARB_STATUS_CANCELLED;
      e_cancel = 1'b1;
      e_batch = frees;
      e_shared_dec = !waits_exclusive_i;
      e_exclusive_dec = waits_exclusive_i;
    end else if (op_i == `LOCKARB_OP_CANCEL) begin
      e_status = mine ? `LOCKARB_STATUS_ALREADY_GRANTED : `LOCKARB_STATUS_ERR_THREAD;
    end else if (op_i == `LOCKARB_OP_CONVERT) begin
      e_row = c_word != 4'd0;
      e_batch = c_word == ConvertMineAndAllShared;
      e_owners_inc = e_batch;  // it stays an owner beside those of the batch
      e_exclusive = exclusive_i && !e_row;
      e_status = c_word == ConvertMine ? `LOCKARB_STATUS_CONVERTED
          : e_batch ? `LOCKARB_STATUS_HANDED_SHARED : `LOCKARB_STATUS_ERR_CONVERT;
    end else if (op_i == `LOCKARB_OP_SET_OWNER) begin
      if (o_word == NotOwned)
        e_status = exclusive_i ? `LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE : `LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
      else if (o_word != Renamed && o_word != Added) e_status = `LOCKARB_STATUS_ERR_OWNER_VALUE;
      else if (owner_full_i) e_status = `LOCKARB_STATUS_ERR_OVERFLOW;
      else begin
        e_status = `LOCKARB_STATUS_DONE;
        e_give = 1'b1;
        e_owners_dec = o_word == Added;
      end
    end else if (is_lifetime) begin
      if (l_word == LifetimeSecond) e_status = `LOCKARB_STATUS_ERR_INITIALIZED;
      else if (l_word == LifetimeWaiters) e_status = `LOCKARB_STATUS_ERR_WAITERS;
      else begin
        e_status = l_word == LifetimeFreedHeld || l_word == LifetimeZeroHeld
            ? `LOCKARB_STATUS_DONE_HELD : `LOCKARB_STATUS_DONE;
        e_exclusive = 1'b0;
        e_clear = 1'b1;
        e_row = l_word == LifetimeFreed || l_word == LifetimeFreedHeld;
        e_live = !e_row;
        e_forget = !e_row;
        // Who waits goes first is what the initialize says; a reinitialize keeps it.
        if (is_initialize) e_writer_first = op_i == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
            || op_i == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
      end
    end else e_status = `LOCKARB_STATUS_DONE;  // hold count; drain of one who has nothing
  end

  wire right = status == e_status && refused == (e_status >= `LOCKARB_STATUS_ERR_NOT_ARMED) && row_we == e_row
      && (live == e_live || !row_we && !forget) && exclusive == e_exclusive && writer_first == e_writer_first
      && owners_clear == e_clear && owners_inc == e_owners_inc && owners_dec == e_owners_dec
      && shared_inc == e_shared_inc && shared_dec == e_shared_dec && exclusive_inc == e_exclusive_inc
      && exclusive_dec == e_exclusive_dec && hold_we == e_hold && give == e_give && queue == e_queue
      && (!queue || queue_exclusive == e_exclusive_inc) && grant_head == e_head && grant_batch == e_batch
      && ended == e_ended && cancel == e_cancel && forget == e_forget && mask_move == e_mask;
  wire may = command_i && e_refusal == 5'd0;
  wire plain_drain = op_i == `LOCKARB_OP_DRAIN && !is_release && !is_cancel;
  // ABC wants at least one flip-flop, so one clock passes first.
  always @* if (!$initstate) begin
    // FV-01 every acquire does what table II.A says: status, row, hold count, queue, mask.
    assert (!(may && is_acquire) || right);
    // FV-02 every release, and a drain of an owner, does what table II.B says.
    assert (!(may && is_release) || right);
    // FV-03 convert does what table II.C says.
    assert (!(may && op_i == `LOCKARB_OP_CONVERT) || right);
    // FV-04 set owner does what table II.D says.
    assert (!(may && op_i == `LOCKARB_OP_SET_OWNER) || right);
    // FV-05 initialize, reinitialize and delete do what table II.D says.
    assert (!(may && is_lifetime) || right);
    // FV-06 cancel and drain of a waiter take it out, and free readers that would wait for nothing.
    assert (!(may && (is_cancel || op_i == `LOCKARB_OP_CANCEL)) || right);
    // FV-07 hold count, and a drain of a thread that has nothing, change nothing.
    assert (!(may && (op_i == `LOCKARB_OP_HOLD_COUNT || plain_drain)) || right);
    // FV-08 what may not run tells its first reason and changes nothing.
    assert (may || right);
    cover (may && is_acquire && a_word == WaitSSelfBlock && e_status == `LOCKARB_STATUS_WAITING_SELF_BLOCK);
    cover (may && is_acquire && e_status == `LOCKARB_STATUS_ERR_OVERFLOW);
    cover (may && r_word == HeadOfExclusive && writer_first_i && sw_i && e_head);
    cover (may && op_i == `LOCKARB_OP_DRAIN && e_batch && e_ended && !hold_one_i);
    cover (may && op_i == `LOCKARB_OP_CANCEL && frees && waits_here_i);
    cover (may && op_i == `LOCKARB_OP_SET_OWNER && e_owners_dec);
    cover (may && l_word == LifetimeZeroHeld && e_forget);
  end

endmodule

`default_nettype wire
