// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_decide: what a command does to the row of its lock. Pure function, no state.
//
// This is parts II.A to II.D of the contract, to be read beside its tables: the inputs are the
// columns that describe the state, the outputs are the words of the cells. Everything else in the
// engine only carries these words out.
//
// Policy
//   - lockarb_check has refused what may not run: at most one of the operations is on.
//   - An exclusive owner hands on to all shared waiters together, else to the first exclusive
//     waiter; on a lock with writers first, the other way round (contested point C1). The last
//     shared owner hands on to the first exclusive waiter.
//   - Shared waiters never stay on a shared lock without an exclusive waiter: a cancel that would
//     leave them so grants them.
module lockarb_decide (
    // The command, from lockarb_check.
    input  wire [4:0] refusal_i,           // why it does nothing, or 0
    input  wire       acquire_i,
    input  wire       release_i,
    input  wire       convert_i,
    input  wire       set_owner_i,
    input  wire       hold_count_i,
    input  wire       initialize_i,
    input  wire       reinitialize_i,
    input  wire       delete_i,
    input  wire       cancel_i,
    input  wire       drain_i,
    input  wire [1:0] kind_i,              // of an acquire
    input  wire       wait_i,              // an acquire may queue
    input  wire       region_i,            // an acquire enters a critical region, a release leaves it
    input  wire       wants_writer_first_i, // of an initialize

    // The row. Counts come as what the tables ask of them.
    input  wire       exclusive_i,         // mode X; else S, or free
    input  wire       writer_first_i,      // mode bit WRITER_FIRST
    input  wire       owners_zero_i,
    input  wire       owners_one_i,
    input  wire       shared_waiters_i,    // Sw
    input  wire       exclusive_waiters_i, // Ew
    input  wire       exclusive_waiters_one_i,

    // The hold count of the thread on this lock, and its wait for it.
    input  wire       hold_zero_i,
    input  wire       hold_one_i,
    input  wire       hold_full_i,
    input  wire       waits_here_i,
    input  wire       waits_exclusive_i,

    // Of a set owner: the slot that OPERAND names.
    input  wire       owner_bad_i,         // no owner pointer, or not to be one now
    input  wire       owner_owns_i,        // it has a hold count on this lock
    input  wire       owner_full_i,        //   that has no room for the thread's

    output wire [4:0] status_o,
    output wire       refused_o,           // status 19 and above
    output wire       row_we_o,
    output wire       live_o,              // the row after the command
    output wire       exclusive_o,
    output wire       writer_first_o,
    output wire       owners_clear_o,      // its counts
    output wire       owners_inc_o,
    output wire       owners_dec_o,
    output wire       shared_inc_o,
    output wire       shared_dec_o,
    output wire       exclusive_inc_o,
    output wire       exclusive_dec_o,
    output wire       hold_we_o,           // an acquire adds one, a release takes one, a drain all
    output wire       give_o,              // all that the thread holds goes to the slot in OPERAND
    output wire       queue_o,             // the thread waits: push it,
    output wire       queue_exclusive_o,   //   in the exclusive queue, else in the shared one
    output wire       grant_head_o,        // the first exclusive waiter owns it, alone
    output wire       grant_batch_o,       // all shared waiters own it; their count goes to owners
    output wire       ended_o,             // the last owner left: the lock is free or changes hands
    output wire       cancel_o,            // take the thread out of its queue
    output wire       forget_o,            // forget all hold counts of this lock
    output wire       mask_move_o          // K moves in the same clock
);

`include "lockarb_regs.vh"

  localparam [1:0] KindExclusive = 2'd0;
  localparam [1:0] KindShared = 2'd1;
  localparam [1:0] KindStarveExclusive = 2'd2;

  wire free = owners_zero_i;
  wire ew = exclusive_waiters_i;
  wire sw = shared_waiters_i;
  wire mine = !hold_zero_i;
  wire x_me = exclusive_i && mine;
  wire shared = !exclusive_i && !free;
  wire wants_exclusive = kind_i == KindExclusive;

  // II.A, the compressed logic.
  reg ok;
  always @* begin
    case (kind_i)
      KindExclusive: ok = free || x_me;
      KindShared: ok = free || x_me || (shared && (!ew || mine));
      KindStarveExclusive: ok = free || x_me || shared;
      default: ok = free || x_me || (shared && !ew);
    endcase
  end
  // A shared waiter's grant may add to what it holds already (see cancel_frees).
  wire overflow = acquire_i && hold_full_i && (ok || (wait_i && !wants_exclusive));
  wire granted = acquire_i && ok && !hold_full_i;
  wire queued = acquire_i && !ok && wait_i && !overflow;
  wire denied = acquire_i && !ok && !wait_i;

  // Of a wait: a drain of a thread that waits here is a cancel.
  wire cancelled = (cancel_i || drain_i) && waits_here_i;
  wire cancel_frees = waits_exclusive_i && exclusive_waiters_one_i && shared && sw;

  // II.B. A drain releases all levels as if they were the last one.
  wire drained = drain_i && !waits_here_i && mine;
  wire released = release_i && mine || drained;
  wire left = (release_i && hold_one_i || drain_i && !waits_here_i) && mine;
  wire released_last = left && owners_one_i;
  wire to_batch = exclusive_i && sw && !(writer_first_i && ew);
  wire not_owned = (release_i || set_owner_i && !owner_bad_i) && !mine;

  // II.C.
  wire converted = convert_i && x_me;

  // II.D.
  wire may_give = set_owner_i && !owner_bad_i && mine;
  wire given = may_give && !owner_full_i;
  wire clear = (reinitialize_i || delete_i) && !ew && !sw;

  assign row_we_o = granted || queued || released || converted || (clear && delete_i);
  assign live_o = !delete_i;
  assign exclusive_o = granted ? (free ? wants_exclusive : exclusive_i)
      : grant_head_o ? 1'b1
      : exclusive_i && !(released_last || converted || initialize_i || clear);
  assign writer_first_o = initialize_i ? wants_writer_first_i : writer_first_i;
  assign owners_clear_o = initialize_i || clear;
  assign owners_inc_o = (granted && !mine) || (converted && sw);  // the batch, and the thread itself
  // Where the first exclusive waiter follows, one owner goes and one comes.
  assign owners_dec_o = left && (!owners_one_i || !(to_batch || ew)) || given && owner_owns_i;
  assign shared_inc_o = queued && !wants_exclusive;
  assign shared_dec_o = cancelled && !waits_exclusive_i;
  assign exclusive_inc_o = queued && wants_exclusive;
  assign exclusive_dec_o = grant_head_o || (cancelled && waits_exclusive_i);
  assign hold_we_o = granted || released;
  assign give_o = given;
  assign queue_o = queued;
  assign queue_exclusive_o = wants_exclusive;
  assign grant_head_o = released_last && !to_batch && ew;
  assign grant_batch_o = (released_last && to_batch) || (converted && sw)
      || (cancelled && cancel_frees);
  assign ended_o = released_last;
  assign cancel_o = cancelled;
  assign forget_o = initialize_i || (clear && reinitialize_i);
  // As granted, queued or released, said with fewer levels of logic.
  assign mask_move_o = region_i && ((acquire_i && (ok || wait_i) && !overflow) || released);

  // At most one of these is on.
  function [4:0] said;
    input on;
    input [4:0] status;
    said = on ? status : 5'd0;
  endfunction
  assign status_o = refusal_i
      | said(granted && !mine && wants_exclusive, `LOCKARB_STATUS_GRANTED_EXCLUSIVE)
      | said(granted && !mine && !wants_exclusive, `LOCKARB_STATUS_GRANTED_SHARED)
      | said(granted && mine && exclusive_i, `LOCKARB_STATUS_RECURSED_EXCLUSIVE)
      | said(granted && mine && !exclusive_i, `LOCKARB_STATUS_RECURSED_SHARED)
      | said(denied, `LOCKARB_STATUS_NOT_GRANTED)
      | said(queued && !mine, `LOCKARB_STATUS_WAITING)
      | said(queued && mine, `LOCKARB_STATUS_WAITING_SELF_BLOCK)
      | said(overflow || may_give && owner_full_i, `LOCKARB_STATUS_ERR_OVERFLOW)
      | said(released && !left, `LOCKARB_STATUS_HELD)
      | said(left && !owners_one_i, `LOCKARB_STATUS_LEFT)
      | said(released_last && to_batch, `LOCKARB_STATUS_HANDED_SHARED)
      | said(grant_head_o, `LOCKARB_STATUS_HANDED_EXCLUSIVE)
      | said(released_last && !to_batch && !ew, `LOCKARB_STATUS_FREED)
      | said(not_owned && exclusive_i, `LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE)
      | said(not_owned && !exclusive_i, `LOCKARB_STATUS_ERR_NOT_OWNED_SHARED)
      | said(converted && sw, `LOCKARB_STATUS_HANDED_SHARED)
      | said(converted && !sw, `LOCKARB_STATUS_CONVERTED)
      | said(convert_i && !x_me, `LOCKARB_STATUS_ERR_CONVERT)
      | said(set_owner_i && owner_bad_i, `LOCKARB_STATUS_ERR_OWNER_VALUE)
      | said(given || hold_count_i || initialize_i || (clear && free), `LOCKARB_STATUS_DONE)
      | said(clear && !free, `LOCKARB_STATUS_DONE_HELD)
      | said((reinitialize_i || delete_i) && !clear, `LOCKARB_STATUS_ERR_WAITERS)
      | said(drain_i && !waits_here_i && !mine, `LOCKARB_STATUS_DONE)
      | said(cancelled && cancel_frees, `LOCKARB_STATUS_HANDED_SHARED)
      | said(cancelled && !cancel_frees, `LOCKARB_STATUS_CANCELLED)
      | said(cancel_i && !waits_here_i && mine, `LOCKARB_STATUS_ALREADY_GRANTED)
      | said(cancel_i && !waits_here_i && !mine, `LOCKARB_STATUS_ERR_THREAD);

  assign refused_o = refusal_i != 5'd0 || overflow || not_owned || (convert_i && !x_me)
      || (set_owner_i && (owner_bad_i || owner_full_i))
      || ((reinitialize_i || delete_i) && !clear) || (cancel_i && !waits_here_i && !mine);

endmodule

`default_nettype wire
