// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_store: the RAMs of locks and threads, and their parity.
//
// Policy
//   - Words come out checked and go in with their parity; nobody else knows that there is any. Every word
//     has even parity, so that one bit that flips is noticed. What a word says of itself is a bit above
//     it: a link is {bad, thread}, a count of a row {bad, count}. A bad one that is written elsewhere
//     stays bad, so whoever moves it need not look at it.
//   - A row has a parity bit per field, and two for its modes, since one of them is decided last.
//   - Queues are linked lists: the row holds head and tail of each, `next` one link per thread, which is
//     written when someone queues behind it and when the one behind it cancels. Links, and the cores that
//     threads were queued from, are there twice: one copy tells S2 about the thread that would be granted,
//     the other one serves the walker.
//   - While run_i, S0 has the read ports and S2 the write ports; else the walker has them.
//
// Timing
//   - What S0 or the walker asks for is there in the next clock, and stays until the next read. A word
//     that is written in the clock in which it is read comes out undefined.
//   - With RamStage rows, hold counts and threads come one clock later, out of registers, which change only
//     while the pipeline moves or the walker reads.
//   - After reset every row and thread is cleared, one per clock: sweeping_o. The registers of cores come
//     first: clearing_o.
module lockarb_store #(
    parameter HoldWidth = 8,
    parameter Parity = 1,
    parameter RamStage = 0,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8,
    parameter CountWidth = 7,
    // {user, live, exclusive, writer first, owners, shared waiters, exclusive waiters, head and tail of
    // the shared waiters, of the exclusive ones}
    parameter RowWidth = 4 + 3 * (CountWidth + 1) + 4 * (ThreadWidth + 1)
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,               // synchronous, active low

    output wire                   sweeping_o,           // level
    output wire [  LockWidth-1:0] sweep_lock_o,         // the row that is cleared
    output wire                   clearing_o,           // level: the registers of cores are at
    output wire [  CoreWidth+1:0] clear_at_o,           //   this {word, core}

    input  wire                   run_i,                // level: the pipeline moves

    // S0: read for an access.
    input  wire                   s0_read_i,
    input  wire [  LockWidth-1:0] s0_lock_i,
    input  wire [ThreadWidth-1:0] s0_thread_i,          // or walk_thread_i

    // S1, and the walker when it has read: what the words say.
    output wire [   RowWidth-1:0] row_o,
    output wire                   bad_row_o,            // of an empty queue the ends do not matter
    output wire [  HoldWidth-1:0] hold_o,
    output wire                   bad_hold_o,
    output wire                   thread_idle_o,        // what the thread is doing:
    output wire                   thread_waiting_o,
    output wire                   thread_exclusive_o,   //   in the exclusive queue,
    output wire [  LockWidth-1:0] thread_lock_o,        //   of this lock
    output wire                   bad_thread_o,

    // S1: look up link and core of the thread that would be granted, for S2.
    input  wire                   s1_take_i,
    input  wire [ThreadWidth-1:0] s1_head_i,
    output wire [  ThreadWidth:0] next_o,               // {bad, the thread behind it}

    // S2: write.
    input  wire                   commit_i,             // one-clock pulse: S2 decides
    input  wire [  LockWidth-1:0] s2_lock_i,
    input  wire [ThreadWidth-1:0] s2_thread_i,
    input  wire [  CoreWidth-1:0] s2_core_i,
    input  wire                   row_write_i,
    input  wire [   RowWidth-1:0] row_i,
    input  wire                   head_leaves_i,        //   but for the head of the exclusive waiters: next_o
    input  wire                   leave_bad_i,          //   with the wrong parity
    input  wire                   hold_write_i,
    input  wire [  HoldWidth-1:0] hold_i,
    input  wire                   queue_i,              // with commit_i: the thread is queued,
    input  wire                   queue_exclusive_i,
    input  wire                   behind_i,             //   behind
    input  wire [ThreadWidth-1:0] tail_i,
    input  wire                   grant_removed_i,      // the thread is idle again

    // The walker.
    input  wire [ThreadWidth-1:0] walk_thread_i,        // the thread that it is at,
    input  wire [ThreadWidth-1:0] walk_last_i,          //   and was at in the clock before, to forget
    input  wire [  LockWidth-1:0] walk_lock_i,
    input  wire                   walk_hold_read_i,     // read the hold count and the state of the thread
    input  wire                   walk_read_i,          // read link and core of
    input  wire [ThreadWidth-1:0] walk_raddr_i,
    output wire [  ThreadWidth:0] walk_next_o,
    input  wire                   walk_grant_i,         // the thread was granted the lock: it owns it once;
    input  wire                   walk_count_i,         //   hold_i times,
    input  wire                   walk_give_i,          //   hold_i times, as an owner pointer
    input  wire                   walk_unlink_i,        // s2_thread_i, behind the thread, leaves its queue
    input  wire                   walk_forget_i,        // the thread forgets the lock
    output wire                   forgetting_o,         //   and is not ready yet, or its word is on its way

    // The core of the thread that is granted: of S2 while run_i, else of the walker. Where it is not known
    // the first core takes the grant, and its software wakes the thread.
    output wire [  CoreWidth-1:0] push_core_o
);

  // Without parity its bits are stored nowhere, and read as 0.
  localparam [0:0] HasParity = Parity != 0;
  localparam LinkWidth = ThreadWidth + 1;
  localparam [LinkWidth-1:0] LinkMask = {HasParity, {ThreadWidth{1'b1}}};
  localparam [RowWidth+1:0] RowMask = {
    {2{HasParity}}, 4'b1111, {3{HasParity, {CountWidth{1'b1}}}}, {4{LinkMask}}
  };
  localparam RowsWidth = LockWidth > ThreadWidth ? LockWidth : ThreadWidth;
  localparam WordsWidth = CoreWidth + 2;
  localparam SweepWidth = (RowsWidth > WordsWidth ? RowsWidth : WordsWidth) + 1;

  localparam [1:0] ThreadIdle = 2'd0;
  localparam [1:0] ThreadWaiting = 2'd1;
  localparam [1:0] ThreadGranted = 2'd2;

  // From {bad, value} to {parity, value}, and back.
  function [LinkWidth-1:0] coded_link(input [LinkWidth-1:0] link);
    coded_link = {HasParity && ^link, link[ThreadWidth-1:0]};
  endfunction
  function [CountWidth:0] coded_count(input [CountWidth:0] count);
    coded_count = {HasParity && ^count, count[CountWidth-1:0]};
  endfunction

  // --------------------------------------------------------------------------- after reset
  reg [SweepWidth-1:0] sweep_q, sweep_d;  // its top bit ends the sweep
  wire sweeping = !sweep_q[SweepWidth-1];
  always @* begin
    sweep_d = sweep_q;
    if (sweeping) sweep_d = sweep_q + 1'b1;
  end
  always @(posedge clk_i) begin
    if (!rst_ni) sweep_q <= {SweepWidth{1'b0}};
    else sweep_q <= sweep_d;
  end
  assign sweeping_o = sweeping;
  assign sweep_lock_o = sweep_q[LockWidth-1:0];
  assign clearing_o = sweep_q >> WordsWidth == {SweepWidth{1'b0}};
  assign clear_at_o = sweep_q[WordsWidth-1:0];

  // When the registers behind the RAMs take over what was read: for S1, or for the walker.
  reg walk_reads_q;
  always @(posedge clk_i) begin
    if (!rst_ni) walk_reads_q <= 1'b0;
    else walk_reads_q <= RamStage != 0 && (walk_hold_read_i || walk_forget_i);
  end
  wire stage = run_i || walk_reads_q;

  // ----------------------------------------------------------------------------------- rows
  wire [RowWidth+1:0] row_read;
  wire [LinkWidth-1:0] next_word, walk_next_word;
  wire [CountWidth:0] owners_word, shared_word, exclusive_word;
  wire [LinkWidth-1:0] shared_head_word, shared_tail_word, exclusive_head_word, exclusive_tail_word;
  wire [5:0] modes_word;
  wire bad_shared_ends = shared_word[CountWidth-1:0] != {CountWidth{1'b0}}
      && ^{shared_head_word, shared_tail_word};
  wire bad_exclusive_ends = exclusive_word[CountWidth-1:0] != {CountWidth{1'b0}}
      && ^{exclusive_head_word, exclusive_tail_word};
  assign bad_row_o = HasParity && (^{modes_word, owners_word, shared_word, exclusive_word}
      || bad_shared_ends || bad_exclusive_ends);
  assign row_o = {
    modes_word[3:0], coded_count(owners_word), coded_count(shared_word), coded_count(exclusive_word),
    coded_link(shared_head_word), coded_link(shared_tail_word),
    coded_link(exclusive_head_word), coded_link(exclusive_tail_word)
  };
  lockarb_stage #(
      .Stage(RamStage),
      .Width(RowWidth + 2)
  ) u_row_stage (
      .clk_i(clk_i),
      .en_i (run_i),
      .d_i  (row_read),
      .q_o  ({modes_word, owners_word, shared_word, exclusive_word, shared_head_word,
              shared_tail_word, exclusive_head_word, exclusive_tail_word})
  );

  wire user, live, exclusive, writer_first;
  wire [CountWidth:0] owners, shared, exclusives;
  wire [LinkWidth-1:0] shared_head, shared_tail, exclusive_head, exclusive_tail;
  assign {user, live, exclusive, writer_first, owners, shared, exclusives, shared_head, shared_tail,
          exclusive_head, exclusive_tail} = row_i;
  // The link goes into the row as it was read: it has its parity.
  wire [LinkWidth-1:0] exclusive_head_wdata = head_leaves_i ? next_word : coded_link(exclusive_head);
  wire [LockWidth-1:0] write_lock = run_i ? s2_lock_i : walk_lock_i;
  lockarb_ram #(
      .Width(RowWidth + 2),
      .AddrWidth(LockWidth),
      .Stored(RowMask)
  ) u_row (
      .clk_i(clk_i),
      .we_i(row_write_i || sweeping),
      .waddr_i(sweeping ? sweep_q[LockWidth-1:0] : write_lock),
      .wdata_i(sweeping ? {(RowWidth + 2) {1'b0}} : {
        exclusive, live ^ writer_first ^ user ^ leave_bad_i, user, live, exclusive, writer_first,
        coded_count(owners), coded_count(shared), coded_count(exclusives),
        coded_link(shared_head), coded_link(shared_tail),
        exclusive_head_wdata, coded_link(exclusive_tail)}),
      .re_i(s0_read_i),
      .raddr_i(s0_lock_i),
      .rdata_o(row_read)
  );

  // ---------------------------------------------------------------------------- hold counts
  // One per {lock, thread}.
  wire hold_parity;
  wire [HoldWidth:0] hold_read;
  assign bad_hold_o = HasParity && ^{hold_parity, hold_o};
  wire [HoldWidth-1:0] hold = walk_grant_i ? {{(HoldWidth - 1) {1'b0}}, 1'b1}
      : walk_forget_i ? {HoldWidth{1'b0}} : hold_i;
  lockarb_ram #(
      .Width(HoldWidth + 1),
      .AddrWidth(LockWidth + ThreadWidth),
      .Stored({HasParity, {HoldWidth{1'b1}}})
  ) u_hold (
      .clk_i(clk_i),
      .we_i(hold_write_i || walk_grant_i || walk_count_i || walk_forget_i || walk_give_i),
      .waddr_i({write_lock, run_i ? s2_thread_i : walk_thread_i}),
      .wdata_i({^hold, hold}),
      .re_i(s0_read_i || walk_hold_read_i),
      .raddr_i({run_i ? s0_lock_i : walk_lock_i, s0_thread_i}),
      .rdata_o(hold_read)
  );
  lockarb_stage #(
      .Stage(RamStage),
      .Width(HoldWidth + 1)
  ) u_hold_stage (
      .clk_i(clk_i),
      .en_i (stage),
      .d_i  (hold_read),
      .q_o  ({hold_parity, hold_o})
  );

  // -------------------------------------------------------------------------------- threads
  // What each is doing: {state, waits in the exclusive queue, lock}.
  wire thread_parity;
  wire [3+LockWidth:0] thread_read;
  wire [1:0] thread_state;
  assign thread_idle_o = thread_state == ThreadIdle;
  assign thread_waiting_o = thread_state == ThreadWaiting;
  assign bad_thread_o =
      HasParity && ^{thread_parity, thread_state, thread_exclusive_o, thread_lock_o};

  // Where all hold counts of a lock are forgotten, its waiters are too: it has some when its row was bad.
  reg forgetting_q;  // the walker was at walk_last_i in the clock before
  always @(posedge clk_i) begin
    if (!rst_ni) forgetting_q <= 1'b0;
    else forgetting_q <= HasParity && walk_forget_i;
  end
  // The thread whose word is there.
  wire forgetting;
  wire [ThreadWidth-1:0] forget_thread;
  generate
    if (RamStage != 0) begin : g_stage
      reg forgetting_late_q;
      reg [ThreadWidth-1:0] walk_last_q;
      always @(posedge clk_i) begin
        if (!rst_ni) forgetting_late_q <= 1'b0;
        else forgetting_late_q <= forgetting_q;
      end
      always @(posedge clk_i) if (forgetting_q) walk_last_q <= walk_last_i;
      assign forgetting = forgetting_late_q;
      assign forget_thread = walk_last_q;
    end else begin : g_no_stage
      assign forgetting = forgetting_q;
      assign forget_thread = walk_last_i;
    end
  endgenerate
  assign forgetting_o = forgetting_q || forgetting || walk_reads_q;
  wire forgotten = forgetting && !bad_thread_o && thread_waiting_o && thread_lock_o == walk_lock_i;

  wire granted = walk_grant_i || walk_count_i;
  wire thread_write = sweeping || commit_i && queue_i || grant_removed_i || granted || walk_unlink_i
      || forgotten;
  wire [1:0] state = granted ? ThreadGranted
      : run_i && queue_i && !sweeping ? ThreadWaiting : ThreadIdle;
  wire [LockWidth-1:0] lock = granted ? walk_lock_i : s2_lock_i;
  lockarb_ram #(
      .Width(4 + LockWidth),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {(3 + LockWidth) {1'b1}}})
  ) u_thread (
      .clk_i(clk_i),
      .we_i(thread_write),
      .waddr_i(sweeping ? sweep_q[ThreadWidth-1:0]
          : forgetting ? forget_thread : granted ? walk_thread_i : s2_thread_i),
      .wdata_i({^{state, queue_exclusive_i, lock}, state, queue_exclusive_i, lock}),
      .re_i(s0_read_i || walk_hold_read_i || walk_forget_i),
      .raddr_i(s0_thread_i),
      .rdata_o(thread_read)
  );
  lockarb_stage #(
      .Stage(RamStage),
      .Width(4 + LockWidth)
  ) u_thread_stage (
      .clk_i(clk_i),
      .en_i (stage),
      .d_i  (thread_read),
      .q_o  ({thread_parity, thread_state, thread_exclusive_o, thread_lock_o})
  );

  // ------------------------------------------------------------------------- cores and links
  wire [CoreWidth:0] core_word, walk_core_word;
  wire [CoreWidth:0] push_core = run_i ? core_word : walk_core_word;
  assign push_core_o = push_core[CoreWidth-1:0] & {CoreWidth{!(HasParity && ^push_core)}};
  lockarb_ram #(
      .Width(CoreWidth + 1),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {CoreWidth{1'b1}}})
  ) u_core (
      .clk_i(clk_i),
      .we_i(commit_i && queue_i),
      .waddr_i(s2_thread_i),
      .wdata_i({^s2_core_i, s2_core_i}),
      .re_i(s1_take_i),
      .raddr_i(s1_head_i),
      .rdata_o(core_word)
  );
  lockarb_ram #(
      .Width(CoreWidth + 1),
      .AddrWidth(ThreadWidth),
      .Stored({HasParity, {CoreWidth{1'b1}}})
  ) u_walk_core (
      .clk_i(clk_i),
      .we_i(commit_i && queue_i),
      .waddr_i(s2_thread_i),
      .wdata_i({^s2_core_i, s2_core_i}),
      .re_i(walk_read_i),
      .raddr_i(walk_raddr_i),
      .rdata_o(walk_core_word)
  );

  assign next_o = coded_link(next_word);
  assign walk_next_o = coded_link(walk_next_word);
  wire next_write = commit_i && queue_i && behind_i || walk_unlink_i;
  wire [ThreadWidth-1:0] next_waddr = walk_unlink_i ? walk_thread_i : tail_i;
  // Of a thread that was the head nobody reads the link any more.
  wire [LinkWidth-1:0] next_wdata = walk_unlink_i ? walk_next_word : coded_link({1'b0, s2_thread_i});
  lockarb_ram #(
      .Width(LinkWidth),
      .AddrWidth(ThreadWidth),
      .Stored(LinkMask)
  ) u_next (
      .clk_i(clk_i),
      .we_i(next_write),
      .waddr_i(next_waddr),
      .wdata_i(next_wdata),
      .re_i(s1_take_i),
      .raddr_i(s1_head_i),
      .rdata_o(next_word)
  );
  lockarb_ram #(
      .Width(LinkWidth),
      .AddrWidth(ThreadWidth),
      .Stored(LinkMask)
  ) u_walk_next (
      .clk_i(clk_i),
      .we_i(next_write),
      .waddr_i(next_waddr),
      .wdata_i(next_wdata),
      .re_i(walk_read_i),
      .raddr_i(walk_raddr_i),
      .rdata_o(walk_next_word)
  );

endmodule

`default_nettype wire
