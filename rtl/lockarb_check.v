// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_check: may a command run at all? Pure function, no state.
//
// Policy
//   - Whatever is wrong with a command before the state of its lock is looked at is found here; of
//     several reasons the first in the order of the code below is told.
//   - A command that may run shows as exactly one of the outputs that name what it does; a refused one
//     as none, so that it can have no effect.
module lockarb_check (
    input  wire       command_i,      // there is a command, and the bus accepts it
    input  wire [4:0] op_i,
    input  wire       armed_i,        // an operation that has to be armed is

    input  wire       bad_row_i,      // wrong parity: of the row of the lock,
    input  wire       bad_word_i,     //   of the hold count or the state of the thread
    input  wire       bad_thread_i,   // no current thread, or an operand out of range
    input  wire       thread_busy_i,  // the thread waits, or its grant is not removed yet
    input  wire       irql_high_i,    // above APC_LEVEL
    input  wire       bad_lock_i,     // no such lock
    input  wire       live_i,         // the lock is initialized

    output reg  [4:0] refusal_o,      // a status of 19 or more, or 0
    output wire       acquire_o,
    output wire       release_o,
    output wire       convert_o,
    output wire       set_owner_o,
    output wire       hold_count_o,
    output wire       initialize_o,
    output wire       reinitialize_o,
    output wire       delete_o,
    output wire       cancel_o,
    output wire       drain_o
);

`include "lockarb_regs.vh"

  // Sets of operations, as the register description has them.
  localparam [31:0] AllOps = `LOCKARB_OPS_ALL;
  localparam [31:0] ForOperandOps = `LOCKARB_OPS_FOR_OPERAND;
  localparam [31:0] NeedsThreadOps = `LOCKARB_OPS_NEEDS_THREAD;
  localparam [31:0] ArmedOps = `LOCKARB_OPS_ARMED;
  localparam [31:0] LowIrqlOps = `LOCKARB_OPS_LOW_IRQL;

  wire acquire = !op_i[4];
  wire release_any = op_i == `LOCKARB_OP_RELEASE || op_i == `LOCKARB_OP_RELEASE_AND_LEAVE
      || op_i == `LOCKARB_OP_RELEASE_FOR;
  wire convert = op_i == `LOCKARB_OP_CONVERT;
  wire set_owner = op_i == `LOCKARB_OP_SET_OWNER;
  wire hold_count = op_i == `LOCKARB_OP_HOLD_COUNT;
  wire initialize = op_i == `LOCKARB_OP_INITIALIZE || op_i == `LOCKARB_OP_INITIALIZE_WRITER_FIRST
      || op_i == `LOCKARB_OP_INITIALIZE_USER || op_i == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
  wire reinitialize = op_i == `LOCKARB_OP_REINITIALIZE;
  wire delete = op_i == `LOCKARB_OP_DELETE;
  wire cancel = op_i == `LOCKARB_OP_CANCEL;
  wire drain = op_i == `LOCKARB_OP_DRAIN;

  wire known = AllOps[op_i];
  wire needs_arm = ArmedOps[op_i];  // contract part IV, I2
  wire needs_thread = NeedsThreadOps[op_i];
  wire needs_idle = needs_thread && !ForOperandOps[op_i];
  wire needs_low_irql = LowIrqlOps[op_i];  // contract part I, I.3

  always @* begin
    if (!command_i) refusal_o = 5'd0;
    else if (!known) refusal_o = `LOCKARB_STATUS_ERR_OPERATION;
    else if (bad_lock_i) refusal_o = `LOCKARB_STATUS_ERR_LOCK;
    else if (bad_row_i && !initialize) refusal_o = `LOCKARB_STATUS_ERR_PARITY;
    else if (!live_i && !initialize) refusal_o = `LOCKARB_STATUS_ERR_LOCK;
    else if (needs_arm && !armed_i) refusal_o = `LOCKARB_STATUS_ERR_NOT_ARMED;
    else if (needs_thread && bad_thread_i) refusal_o = `LOCKARB_STATUS_ERR_THREAD;
    else if (needs_thread && bad_word_i) refusal_o = `LOCKARB_STATUS_ERR_PARITY;
    else if (needs_idle && thread_busy_i) refusal_o = `LOCKARB_STATUS_ERR_THREAD;
    else if (needs_low_irql && irql_high_i) refusal_o = `LOCKARB_STATUS_ERR_IRQL;
    else if (initialize && live_i && !bad_row_i) refusal_o = `LOCKARB_STATUS_ERR_INITIALIZED;
    else refusal_o = 5'd0;
  end

  // As refusal_o == 0, with few levels of logic for what comes late: the words of the RAMs.
  wire row_known = live_i && !bad_row_i;
  wire may = command_i && known && !bad_lock_i && row_known != initialize && !(needs_arm && !armed_i)
      && !(needs_thread && (bad_thread_i || bad_word_i)) && !(needs_idle && thread_busy_i)
      && !(needs_low_irql && irql_high_i);
  assign acquire_o = may && acquire;
  assign release_o = may && release_any;
  assign convert_o = may && convert;
  assign set_owner_o = may && set_owner;
  assign hold_count_o = may && hold_count;
  assign initialize_o = may && initialize;
  assign reinitialize_o = may && reinitialize;
  assign delete_o = may && delete;
  assign cancel_o = may && cancel;
  assign drain_o = may && drain;

endmodule

`default_nettype wire
