// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_statistics: what has happened to each lock, counted modulo 2^32.
//
// Policy
//   - Fed by one event per command, from S2 of the engine; nothing goes back, so no command waits.
//   - Queues are FIFO: of the threads that a hand-off grants the first one waited longest, so only its
//     wait is looked at.
//
// Timing
//   - Three clocks per event: read the row, subtract, compare and write; with RamStage one more behind the
//     read. Commands on one lock are as far apart, so a row is never read before it is written.
//   - word_o is there RamStage + 1 clocks after read_i, which must not come while busy_o is up.
module lockarb_statistics #(
    parameter RamStage = 0,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8,
    parameter CountWidth = 7
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,         // synchronous, active low

    input  wire [           31:0] time_i,         // only looked at with event_i

    input  wire                   sweep_i,        // level: clear the row of
    input  wire [  LockWidth-1:0] sweep_lock_i,

    input  wire                   event_i,        // one-clock pulse: a command changes its lock:
    input  wire [  LockWidth-1:0] lock_i,
    input  wire                   clear_i,        //   it is initialized
    input  wire [ CountWidth-1:0] acquired_i,     //   so many threads got it
    input  wire                   begin_i,        //   it changes hands, or was free before
    input  wire                   end_i,          //   its last owner left
    input  wire                   queued_i,       //   a thread is queued
    input  wire                   handed_i,       //   waiters got it
    input  wire [ThreadWidth-1:0] thread_i,       //   who is queued, or is the first of those
    input  wire [ CountWidth-1:0] waiters_i,      //   how many wait once this one is queued

    input  wire                   read_i,         // one-clock pulse: read the row of
    input  wire [  LockWidth-1:0] read_lock_i,
    input  wire [            2:0] read_word_i,    // which word of it, while word_o shows it
    output reg  [           31:0] word_o,

    output wire                   busy_o          // an event is under way
);

`include "lockarb_regs.vh"

  localparam RowWidth = 5 * 32 + CountWidth;

  wire [31:0] acquisitions, contentions, longest_wait, longest_hold, owned_since, queued_at;
  wire [CountWidth-1:0] deepest_queue;
  wire [RowWidth-1:0] row_read;
  wire [31:0] queued_at_read;

  // The event: as it came; when its words are there; and one clock later with what was subtracted.
  localparam EventWidth = LockWidth + 32 + 2 * CountWidth + 5;
  reg n_valid_q, w_valid_q;
  reg [EventWidth-1:0] n_q;
  wire e_valid, e_busy;
  wire [EventWidth-1:0] e;
  wire [LockWidth-1:0] e_lock;
  wire [31:0] e_now;
  wire [CountWidth-1:0] e_acquired, e_waiters;
  wire e_clear, e_begin, e_end, e_queued, e_handed;
  assign {e_lock, e_now, e_acquired, e_waiters, e_clear, e_begin, e_end, e_queued, e_handed} = e;
  reg [LockWidth-1:0] w_lock_q;
  reg [CountWidth-1:0] w_waiters_q;
  reg w_clear_q, w_end_q, w_queued_q, w_handed_q;
  reg [31:0] w_acquisitions_q, w_contentions_q, w_wait_q, w_longest_wait_q;
  reg [31:0] w_hold_q, w_longest_hold_q, w_owned_since_q;
  reg [CountWidth-1:0] w_deepest_queue_q;

  wire [CountWidth+31:0] acquired_field = {32'd0, e_acquired};

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      n_valid_q <= 1'b0;
      w_valid_q <= 1'b0;
    end else begin
      n_valid_q <= event_i;
      w_valid_q <= e_valid;
    end
  end

  generate
    if (RamStage != 0) begin : g_stage
      reg s_valid_q;
      reg [EventWidth-1:0] s_q;
      always @(posedge clk_i) begin
        if (!rst_ni) s_valid_q <= 1'b0;
        else s_valid_q <= n_valid_q;
      end
      always @(posedge clk_i) if (n_valid_q) s_q <= n_q;
      assign {e_valid, e} = {s_valid_q, s_q};
      assign e_busy = n_valid_q || s_valid_q;
    end else begin : g_no_stage
      assign {e_valid, e} = {n_valid_q, n_q};
      assign e_busy = n_valid_q;
    end
  endgenerate

  always @(posedge clk_i) begin
    if (event_i)
      n_q <= {lock_i, time_i, acquired_i, waiters_i, clear_i, begin_i, end_i, queued_i, handed_i};
    if (e_valid) begin
      w_lock_q <= e_lock;
      w_clear_q <= e_clear;
      w_end_q <= e_end;
      w_queued_q <= e_queued;
      w_handed_q <= e_handed;
      w_acquisitions_q <= acquisitions + acquired_field[31:0];
      w_contentions_q <= contentions + {31'd0, e_queued};
      w_wait_q <= e_now - queued_at;
      w_longest_wait_q <= longest_wait;
      w_hold_q <= e_now - owned_since;
      w_longest_hold_q <= longest_hold;
      w_waiters_q <= e_waiters;
      w_deepest_queue_q <= deepest_queue;
      w_owned_since_q <= e_begin ? e_now : owned_since;
    end
  end

  wire wait_is_longest = w_handed_q && w_wait_q > w_longest_wait_q;
  wire hold_is_longest = w_end_q && w_hold_q > w_longest_hold_q;
  wire queue_is_deepest = w_queued_q && w_waiters_q > w_deepest_queue_q;
  wire [RowWidth-1:0] row_d = {
    w_acquisitions_q,
    w_contentions_q,
    wait_is_longest ? w_wait_q : w_longest_wait_q,
    hold_is_longest ? w_hold_q : w_longest_hold_q,
    w_owned_since_q,
    queue_is_deepest ? w_waiters_q : w_deepest_queue_q
  };
  lockarb_ram #(
      .Width(RowWidth),
      .AddrWidth(LockWidth)
  ) u_row (
      .clk_i  (clk_i),
      .we_i   (w_valid_q || sweep_i),
      .waddr_i(sweep_i ? sweep_lock_i : w_lock_q),
      .wdata_i(sweep_i || w_clear_q ? {RowWidth{1'b0}} : row_d),
      .re_i   (event_i || read_i),
      .raddr_i(event_i ? lock_i : read_lock_i),
      .rdata_o(row_read)
  );
  lockarb_stage #(
      .Stage(RamStage),
      .Width(RowWidth)
  ) u_row_stage (
      .clk_i(clk_i),
      .en_i (1'b1),
      .d_i  (row_read),
      .q_o  ({acquisitions, contentions, longest_wait, longest_hold, owned_since, deepest_queue})
  );

  // Since when each thread waits.
  lockarb_ram #(
      .Width(32),
      .AddrWidth(ThreadWidth)
  ) u_queued_at (
      .clk_i  (clk_i),
      .we_i   (event_i && queued_i),
      .waddr_i(thread_i),
      .wdata_i(time_i),
      .re_i   (event_i && handed_i),
      .raddr_i(thread_i),
      .rdata_o(queued_at_read)
  );
  lockarb_stage #(
      .Stage(RamStage),
      .Width(32)
  ) u_queued_at_stage (
      .clk_i(clk_i),
      .en_i (1'b1),
      .d_i  (queued_at_read),
      .q_o  (queued_at)
  );

  wire [CountWidth+31:0] deepest_field = {32'd0, deepest_queue};
  always @* begin
    case ({read_word_i, 2'b00})
      `LOCKARB_ACQUISITIONS_OFFSET: word_o = acquisitions;
      `LOCKARB_CONTENTIONS_OFFSET: word_o = contentions;
      `LOCKARB_LONGEST_WAIT_OFFSET: word_o = longest_wait;
      `LOCKARB_LONGEST_HOLD_OFFSET: word_o = longest_hold;
      default: word_o = deepest_field[31:0];
    endcase
  end

  assign busy_o = e_busy || w_valid_q;

endmodule

`default_nettype wire
