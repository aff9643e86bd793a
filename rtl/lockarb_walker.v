// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_walker: what takes more than one clock: it goes from thread to thread.
//
// Policy
//   - A hand-off has written the row in one clock. The walker then notes the hold count and the state of
//     each granted thread, one per clock, and pushes its grant; the pipeline stands still meanwhile, so
//     nobody sees a batch half done.
//   - Cancel looks for the thread in its queue and takes it out. Readers that nobody is in front of then
//     are granted: they may own the lock already, so the hold count of each is read before it is written.
//   - Set owner borrows the states in which those counts are read, for the slot in OPERAND.
//   - A bad link is not followed: the walker stops, and leaves the row bad, so that every later command on
//     the lock is refused.
//
// Timing
//   - A hand-off to n threads takes n clocks; cancel 3, and one per thread before it in the queue but the
//     first, and 3 for each reader that it frees; set owner 4; initialize and reinitialize NumThreads.
//     Drain is a cancel or a hand-off. With RamStage what is looked at takes a clock more: each thread of the
//     queue, each reader that a cancel frees, the slot of set owner; a hand-off to several threads as a whole.
//   - The grant of the first thread is pushed in S2, each other one while the walker is at the thread
//     before it.
module lockarb_walker #(
    parameter NumThreads = 64,
    parameter RamStage = 0,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8,
    parameter CountWidth = 7
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,               // synchronous, active low

    // The command in S2, level until it is done; a link is {bad, thread}.
    input  wire                   s2_valid_i,           // there is one; it is decided while run_o
    input  wire [ThreadWidth-1:0] s2_thread_i,
    input  wire [  LockWidth-1:0] s2_lock_i,
    input  wire                   s2_waits_exclusive_i, // the thread waits in the exclusive queue
    input  wire [ CountWidth-1:0] s2_shared_i,          // how many shared waiters there are
    input  wire [  ThreadWidth:0] s2_head_i,            // who would be granted
    input  wire [  ThreadWidth:0] s2_shared_head_i,
    input  wire [  ThreadWidth:0] s2_exclusive_head_i,
    input  wire                   s2_pointer_i,         // OPERAND of the core: its pointer bit,
    input  wire [ThreadWidth-1:0] s2_operand_i,         //   its thread
    input  wire                   s2_stopped_i,         // bad_found_o was up

    // What lockarb_decide says, level with the command.
    input  wire                   grant_head_i,
    input  wire                   grant_batch_i,
    input  wire                   cancel_i,
    input  wire                   set_owner_i,
    input  wire                   give_i,               // set owner: it has found nothing against it
    input  wire                   forget_i,

    // The words of lockarb_store.
    input  wire [  ThreadWidth:0] next_i,               // behind s2_head_i
    input  wire [  ThreadWidth:0] walk_next_i,          // behind walk_raddr_o of the clock before
    input  wire                   hold_zero_i,
    input  wire                   bad_hold_i,
    input  wire                   thread_idle_i,
    input  wire                   bad_thread_i,

    output wire                   run_o,                // level: the pipeline moves
    output wire                   long_done_o,          // one-clock pulse: the command in S2 is done
    output wire                   bad_found_o,          // one-clock pulse: refuse it, with ERR_PARITY
    output wire                   owner_bad_o,          // set owner: the slot in OPERAND cannot be owner,
    output wire                   owner_owns_o,         //   owns the lock already

    // Where it is, levels.
    output wire [  ThreadWidth:0] walk_o,
    output wire [  ThreadWidth:0] link_o,               // behind it, or before it to forget
    output wire [  LockWidth-1:0] walk_lock_o,
    output wire                   walk_hold_read_o,     // read its hold count and state, RamStage + 1 clocks,
    output wire                   walk_hold_check_o,    //   they are there,
    output wire                   walk_hold_write_o,    //   they are known: set owner is decided now
    output wire                   walk_read_o,          // read link and core of
    output wire [ThreadWidth-1:0] walk_raddr_o,
    output wire                   walk_grant_o,         // the thread owns the lock now
    output wire                   walk_count_o,         //   once more, perhaps
    output wire                   walk_give_o,          //   as set owner says
    output wire                   walk_unlink_o,        // the thread of S2, behind it, leaves its queue;
    output wire                   found_head_o,         //   or was the head
    output wire                   walk_forget_o,        // the thread forgets the lock
    output wire                   row_write_o,          // one-clock pulse: write the row
    output wire                   leave_bad_o,          //   with the wrong parity

    // Grants, one-clock pulses, to lockarb_grant.
    output wire                   push_o,
    output wire [ThreadWidth-1:0] push_thread_o
);

  localparam LinkWidth = ThreadWidth + 1;
  localparam [CountWidth-1:0] ThreadCount = NumThreads[CountWidth-1:0];
  localparam [CountWidth:0] Two = {{(CountWidth - 1) {1'b0}}, 2'd2};

  // Run is the only state without the top bit.
  localparam [3:0] Run = 4'b0000;         // the pipeline moves
  localparam [3:0] Grant = 4'b1000;       // grants are noted
  localparam [3:0] Forget = 4'b1001;      // all hold counts of one lock become 0
  localparam [3:0] FindRead = 4'b1010;    // cancel: start at the head of the queue,
  localparam [3:0] Find = 4'b1011;        //   go on to the thread,
  localparam [3:0] Unlink = 4'b1100;      //   take it out
  localparam [3:0] HoldRead = 4'b1101;    // a cancel frees shared waiters: read a hold count,
  localparam [3:0] HoldCheck = 4'b1110;   //   see whether it is a new owner,
  localparam [3:0] HoldWrite = 4'b1111;   //   count it; set owner: likewise of the slot in OPERAND

  reg [3:0] state_q, state_d;
  // The thread it is at, the one behind it, the lock, and how many follow less one: the sign says that it is
  // the last one.
  reg [LinkWidth-1:0] walk_q, walk_d;
  reg [LinkWidth-1:0] link_q, link_d;
  reg [LockWidth-1:0] walk_lock_q, walk_lock_d;
  reg [CountWidth:0] walk_left_q, walk_left_d;
  reg found_head_q, found_head_d;
  // With RamStage what is read is looked at one clock later: HoldRead and each look of Find take two clocks,
  // and so does the first look of Grant at who is behind. This is the second one.
  reg second_q;
  // Set owner: what is known of the slot in OPERAND, besides its count.
  reg owner_bad_q, owner_owns_q;

  wire run = !state_q[3];
  wire commit = s2_valid_i && run;
  // A batch at once; one that a cancel frees is granted thread by thread.
  wire hand_off = grant_head_i || grant_batch_i && !cancel_i;
  wire walk_last = walk_left_q[CountWidth];
  wire walk_bad = walk_q[ThreadWidth];
  wire looks = RamStage == 0 || second_q || state_q == Grant && walk_last;
  // Cancel: the thread is found at the head, or behind the thread that the walker is at.
  // A bad link is that of no thread.
  wire found_head = walk_q == {1'b0, s2_thread_i};
  wire [ThreadWidth:0] behind = RamStage != 0 ? link_q : walk_next_i;
  wire found = found_head || behind == {1'b0, s2_thread_i};
  // A batch whose next thread is not known; a cancel that found a bad word on its way. What they did so
  // far stays; the row they leave is bad.
  wire batch_stops = state_q == Grant && looks && !walk_last && link_q[ThreadWidth];
  wire cancel_stopped = state_q == HoldWrite && !set_owner_i && s2_stopped_i;
  // A reader that a cancel freed is counted.
  wire batch_write = state_q == HoldWrite && !set_owner_i && !s2_stopped_i;
  // The last clock of a command that takes many.
  wire long_done = state_q == Forget && walk_last
      || state_q == Unlink && !grant_batch_i
      || state_q == HoldWrite && (set_owner_i ? !give_i : walk_last || s2_stopped_i);

  // --------------------------------------------------------------------------------- next state
  always @* begin
    state_d = state_q;
    walk_d = walk_q;
    link_d = link_q;
    walk_lock_d = walk_lock_q;
    walk_left_d = walk_left_q;
    found_head_d = found_head_q;

    case (state_q)
      Run: begin
        if (commit) begin
          walk_d = s2_head_i;
          link_d = next_i;
          walk_lock_d = s2_lock_i;
          walk_left_d = grant_batch_i ? {1'b0, s2_shared_i} - Two : {(CountWidth + 1) {1'b1}};
          if (cancel_i) begin
            walk_d = s2_waits_exclusive_i ? s2_exclusive_head_i : s2_shared_head_i;
            state_d = FindRead;
          end else if (set_owner_i) begin
            walk_d = {1'b0, s2_operand_i};
            state_d = HoldRead;
          end else if (forget_i) begin
            walk_d = {LinkWidth{1'b0}};
            walk_left_d = {1'b0, ThreadCount} - Two;
            state_d = Forget;
          end else if (hand_off) begin
            state_d = Grant;
          end
        end
      end
      Grant: begin
        if (looks) begin
          walk_d = link_q;
          link_d = walk_next_i;
          walk_left_d = walk_left_q - 1'b1;
          if (walk_last || batch_stops) state_d = Run;
        end
      end
      Forget: begin
        walk_d = {1'b0, walk_q[ThreadWidth-1:0] + 1'b1};
        link_d = walk_q;
        walk_left_d = walk_left_q - 1'b1;
        if (walk_last) state_d = Run;
      end
      FindRead: state_d = Find;
      Find: begin
        found_head_d = found_head;
        if (RamStage == 0 || !second_q) link_d = walk_next_i;
        if (looks) begin
          if (walk_bad) state_d = HoldWrite;
          else if (found) state_d = Unlink;
          else walk_d = behind;
        end
      end
      Unlink: begin
        walk_d = s2_shared_head_i;
        state_d = grant_batch_i ? HoldRead : Run;
      end
      HoldRead: if (looks) state_d = HoldCheck;
      HoldCheck: state_d = HoldWrite;
      default: begin  // HoldWrite
        if (set_owner_i) begin
          walk_d = {1'b0, s2_thread_i};
          state_d = give_i ? Forget : Run;
        end else begin
          walk_d = walk_next_i;
          walk_left_d = walk_left_q - 1'b1;
          state_d = walk_last || cancel_stopped ? Run : HoldRead;
        end
      end
    endcase
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Run;
      second_q <= 1'b0;
    end else begin
      state_q <= state_d;
      second_q <= RamStage != 0
          && (state_q == Grant || (state_q == HoldRead || state_q == Find) && !second_q);
    end
  end

  always @(posedge clk_i) begin
    walk_q <= walk_d;
    link_q <= link_d;
    walk_lock_q <= walk_lock_d;
    walk_left_q <= walk_left_d;
    found_head_q <= found_head_d;
    if (state_q == HoldCheck && set_owner_i) begin
      owner_bad_q <= !s2_pointer_i || found_head || !thread_idle_i || bad_hold_i || bad_thread_i;
      owner_owns_q <= !hold_zero_i;
    end
    // The answer shows it, also before the first access.
    if (!rst_ni) begin
      owner_bad_q <= 1'b0;
      owner_owns_q <= 1'b0;
    end
  end

  assign run_o = run;
  assign long_done_o = long_done;
  // A cancel stops at a bad link, and at the hold count of a reader that it would free.
  assign bad_found_o = state_q == Find && looks && walk_bad || state_q == HoldCheck
      && (bad_hold_i || (set_owner_i ? bad_thread_i : walk_bad));
  assign owner_bad_o = owner_bad_q;
  assign owner_owns_o = owner_owns_q;

  assign walk_o = walk_q;
  assign link_o = link_q;
  assign walk_lock_o = walk_lock_q;
  assign walk_hold_read_o = state_q == HoldRead;
  assign walk_hold_check_o = state_q == HoldCheck;
  assign walk_hold_write_o = state_q == HoldWrite;
  assign walk_grant_o = state_q == Grant && looks;
  assign walk_count_o = batch_write;
  assign walk_give_o = state_q == HoldWrite && give_i;
  assign walk_unlink_o = state_q == Unlink;
  assign found_head_o = found_head_q;
  assign walk_forget_o = state_q == Forget;
  assign row_write_o = long_done || batch_stops;
  assign leave_bad_o = batch_stops || cancel_stopped;

  assign walk_read_o = s2_valid_i || !run;
  reg [ThreadWidth-1:0] walk_raddr;
  always @* begin
    case (state_q)
      Run: walk_raddr = RamStage != 0 ? link_q[ThreadWidth-1:0] : next_i[ThreadWidth-1:0];
      Grant: walk_raddr = looks ? walk_next_i[ThreadWidth-1:0] : link_q[ThreadWidth-1:0];
      Find: walk_raddr = behind[ThreadWidth-1:0];
      default: walk_raddr = walk_q[ThreadWidth-1:0];
    endcase
  end
  assign walk_raddr_o = walk_raddr;

  // The walker is at one thread while the grant of the thread behind it is pushed.
  assign push_o = commit && hand_off || state_q == Grant && looks && !walk_last && !batch_stops
      || batch_write;
  assign push_thread_o = run ? s2_head_i[ThreadWidth-1:0]
      : state_q == Grant ? link_q[ThreadWidth-1:0] : walk_q[ThreadWidth-1:0];

endmodule

`default_nettype wire
