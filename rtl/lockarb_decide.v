`default_nettype none

// lockarb_decide: what a command does to the row of its lock. Pure function, no state.
//
// This is parts II.A to II.D of the contract, to be read beside its tables: the inputs are the
// columns that describe the state, the outputs are the words of the cells. Everything else in the
// engine only carries these words out.
//
// Policy
//   - Refusals come first and change nothing; of several, the first in the order of the code below
//     is told.
//   - An exclusive owner hands on to all shared waiters together, else to the first exclusive
//     waiter (contested point C1); the last shared owner hands on to the first exclusive waiter.
//   - Shared waiters never stay on a shared lock without an exclusive waiter: a cancel that would
//     leave them so grants them.
module lockarb_decide (
    input  wire [4:0] op_i,

    // The request.
    input  wire       bad_thread_i,        // no current thread, or an operand out of range
    input  wire       thread_busy_i,       // the thread waits, or its grant is not removed yet
    input  wire       irql_high_i,         // above APC_LEVEL
    input  wire       bad_lock_i,          // no such lock

    // The row. Counts come as what the tables ask of them.
    input  wire       live_i,              // initialized
    input  wire       exclusive_i,         // mode X; else S, or free
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

    output reg  [4:0] status_o,
    output wire       refused_o,           // status 20 and above
    output reg        row_we_o,
    output reg        live_o,
    output reg        exclusive_o,
    output reg        owners_clear_o,      // the counts after the command
    output reg        owners_inc_o,
    output reg        owners_dec_o,
    output reg        shared_inc_o,
    output reg        shared_dec_o,
    output reg        exclusive_inc_o,
    output reg        exclusive_dec_o,
    output reg        hold_we_o,
    output reg        hold_inc_o,          // else it falls by one
    output reg        queue_o,             // the thread waits: push it
    output reg        queue_exclusive_o,   // in the exclusive queue, else in the shared one
    output reg        grant_head_o,        // the first exclusive waiter owns it, alone
    output reg        grant_batch_o,       // all shared waiters own it; their count goes to owners
    output reg        cancel_o,            // take the thread out of its queue
    output reg        sweep_o,             // forget all hold counts of this lock
    output reg        enter_o,             // K-1 in the same clock
    output reg        leave_o              // K+1 in the same clock
);

`include "lockarb_regs.vh"

  localparam [1:0] KindExclusive = 2'd0;
  localparam [1:0] KindShared = 2'd1;
  localparam [1:0] KindStarveExclusive = 2'd2;

  wire acquire = !op_i[4];
  wire [1:0] kind = op_i[1:0];
  wire wait_allowed = op_i[2];
  wire enter = op_i[3];
  wire wants_exclusive = kind == KindExclusive;

  wire release_op = op_i == `LOCKARB_OP_RELEASE || op_i == `LOCKARB_OP_RELEASE_AND_LEAVE
      || op_i == `LOCKARB_OP_RELEASE_FOR;
  wire convert = op_i == `LOCKARB_OP_CONVERT;
  wire hold_count = op_i == `LOCKARB_OP_HOLD_COUNT;
  wire initialize = op_i == `LOCKARB_OP_INITIALIZE;
  wire reinitialize = op_i == `LOCKARB_OP_REINITIALIZE;
  wire delete = op_i == `LOCKARB_OP_DELETE;
  wire cancel = op_i == `LOCKARB_OP_CANCEL;

  wire known = acquire || release_op || convert || hold_count || initialize || reinitialize || delete
      || cancel;
  wire needs_thread = !(initialize || reinitialize || delete);
  wire needs_idle = needs_thread && !cancel && op_i != `LOCKARB_OP_RELEASE_FOR;
  wire needs_low_irql = acquire || convert || delete || op_i == `LOCKARB_OP_RELEASE_AND_LEAVE;

  // The compressed logic of contract II.A.
  wire free = owners_zero_i;
  wire ew = exclusive_waiters_i;
  wire sw = shared_waiters_i;
  wire mine = !hold_zero_i;
  wire x_me = exclusive_i && mine;
  wire shared = !exclusive_i && !free;
  reg admitted;
  always @* begin
    case (kind)
      KindExclusive: admitted = free || x_me;
      KindShared: admitted = free || x_me || (shared && (!ew || mine));
      KindStarveExclusive: admitted = free || x_me || shared;
      default: admitted = free || x_me || (shared && !ew);
    endcase
  end

  // A thread that waits for more than it holds needs room for the count its grant will add.
  wire overflow = hold_full_i && (admitted || (wait_allowed && !wants_exclusive));

  // Without shared waiters left behind, or with an exclusive one before them, nothing follows.
  wire cancel_frees_batch = waits_exclusive_i && exclusive_waiters_one_i && shared && sw;

  always @* begin
    status_o = `LOCKARB_STATUS_ERR_OPERATION;
    row_we_o = 1'b0;
    live_o = 1'b1;
    exclusive_o = exclusive_i;
    owners_clear_o = 1'b0;
    owners_inc_o = 1'b0;
    owners_dec_o = 1'b0;
    shared_inc_o = 1'b0;
    shared_dec_o = 1'b0;
    exclusive_inc_o = 1'b0;
    exclusive_dec_o = 1'b0;
    hold_we_o = 1'b0;
    hold_inc_o = 1'b0;
    queue_o = 1'b0;
    queue_exclusive_o = wants_exclusive;
    grant_head_o = 1'b0;
    grant_batch_o = 1'b0;
    cancel_o = 1'b0;
    sweep_o = 1'b0;
    enter_o = 1'b0;
    leave_o = 1'b0;

    if (!known) begin
      status_o = `LOCKARB_STATUS_ERR_OPERATION;
    end else if (bad_lock_i || (!live_i && !initialize)) begin
      status_o = `LOCKARB_STATUS_ERR_LOCK;
    end else if ((needs_thread && bad_thread_i) || (needs_idle && thread_busy_i)) begin
      status_o = `LOCKARB_STATUS_ERR_THREAD;
    end else if (needs_low_irql && irql_high_i) begin
      status_o = `LOCKARB_STATUS_ERR_IRQL;
    end else if (acquire) begin
      if (overflow) begin
        status_o = `LOCKARB_STATUS_ERR_OVERFLOW;
      end else if (admitted) begin
        row_we_o = 1'b1;
        hold_we_o = 1'b1;
        hold_inc_o = 1'b1;
        owners_inc_o = !mine;
        exclusive_o = free ? wants_exclusive : exclusive_i;
        enter_o = enter;
        if (mine)
          status_o = exclusive_i ? `LOCKARB_STATUS_RECURSED_EXCLUSIVE
              : `LOCKARB_STATUS_RECURSED_SHARED;
        else
          status_o = wants_exclusive ? `LOCKARB_STATUS_GRANTED_EXCLUSIVE
              : `LOCKARB_STATUS_GRANTED_SHARED;
      end else if (wait_allowed) begin
        row_we_o = 1'b1;
        queue_o = 1'b1;
        exclusive_inc_o = wants_exclusive;
        shared_inc_o = !wants_exclusive;
        enter_o = enter;
        status_o = mine ? `LOCKARB_STATUS_WAITING_SELF_BLOCK : `LOCKARB_STATUS_WAITING;
      end else begin
        status_o = `LOCKARB_STATUS_NOT_GRANTED;
      end
    end else if (release_op) begin
      if (!mine) begin
        status_o = exclusive_i ? `LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
            : `LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
      end else begin
        row_we_o = 1'b1;
        hold_we_o = 1'b1;
        leave_o = op_i == `LOCKARB_OP_RELEASE_AND_LEAVE;
        if (!hold_one_i) begin
          status_o = `LOCKARB_STATUS_HELD;
        end else if (!owners_one_i) begin
          owners_dec_o = 1'b1;
          status_o = `LOCKARB_STATUS_LEFT;
        end else if (exclusive_i && sw) begin
          grant_batch_o = 1'b1;
          exclusive_o = 1'b0;
          status_o = `LOCKARB_STATUS_HANDED_SHARED;
        end else if (ew) begin
          // One owner goes, one comes.
          grant_head_o = 1'b1;
          exclusive_dec_o = 1'b1;
          exclusive_o = 1'b1;
          status_o = `LOCKARB_STATUS_HANDED_EXCLUSIVE;
        end else begin
          owners_dec_o = 1'b1;
          exclusive_o = 1'b0;
          status_o = `LOCKARB_STATUS_FREED;
        end
      end
    end else if (convert) begin
      if (!x_me) begin
        status_o = `LOCKARB_STATUS_ERR_CONVERT;
      end else begin
        row_we_o = 1'b1;
        exclusive_o = 1'b0;
        grant_batch_o = sw;
        owners_inc_o = sw;  // the batch, and the thread itself
        status_o = sw ? `LOCKARB_STATUS_HANDED_SHARED : `LOCKARB_STATUS_CONVERTED;
      end
    end else if (hold_count) begin
      status_o = `LOCKARB_STATUS_DONE;
    end else if (initialize) begin
      if (live_i) begin
        status_o = `LOCKARB_STATUS_ERR_INITIALIZED;
      end else begin
        sweep_o = 1'b1;
        exclusive_o = 1'b0;
        owners_clear_o = 1'b1;
        status_o = `LOCKARB_STATUS_DONE;
      end
    end else if (reinitialize || delete) begin
      if (ew || sw) begin
        status_o = `LOCKARB_STATUS_ERR_WAITERS;
      end else begin
        row_we_o = delete;
        live_o = !delete;
        sweep_o = reinitialize;
        exclusive_o = 1'b0;
        owners_clear_o = 1'b1;
        status_o = free ? `LOCKARB_STATUS_DONE : `LOCKARB_STATUS_DONE_HELD;
      end
    end else begin  // cancel
      if (waits_here_i) begin
        cancel_o = 1'b1;
        exclusive_dec_o = waits_exclusive_i;
        shared_dec_o = !waits_exclusive_i;
        grant_batch_o = cancel_frees_batch;
        status_o = cancel_frees_batch ? `LOCKARB_STATUS_HANDED_SHARED : `LOCKARB_STATUS_CANCELLED;
      end else begin
        status_o = mine ? `LOCKARB_STATUS_ALREADY_GRANTED : `LOCKARB_STATUS_ERR_THREAD;
      end
    end
  end

  assign refused_o = status_o >= `LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;

endmodule

`default_nettype wire
