// What is proved of lockarb_engine: pipeline, walker and RAMs together are one flat lock, on which one
// command after the other is carried out. The lock is picked by the solver; all its threads are followed.

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

  // The words of the RAMs; tests/formal/prove.py connects them. Their fields are named here only.
  localparam FSlots = 1 << ThreadWidth;
  localparam FRowWidth = 4 + 3 * CountWidth + 4 * ThreadWidth;
  (* keep *) wire [(1<<LockWidth)*FRowWidth-1:0] f_words_u_row;
  (* keep *) wire [(FSlots<<LockWidth)*HoldWidth-1:0] f_words_u_hold;
  (* keep *) wire [FSlots*(3+LockWidth)-1:0] f_words_u_thread;
  (* keep *) wire [FSlots*ThreadWidth-1:0] f_words_u_next, f_words_u_walk_next;
  (* keep *) wire [FSlots*CoreWidth-1:0] f_words_u_core, f_words_u_walk_core;

  (* anyconst *) wire [LockWidth-1:0] f_lock;
  always @* assume ({{13 - LockWidth{1'b0}}, f_lock} < Locks);
  wire f_row_user, f_row_live, f_row_exclusive, f_row_writer_first;
  wire [CountWidth-1:0] f_row_owners, f_row_shared, f_row_exclusives;
  wire [ThreadWidth-1:0] f_row_shared_head, f_row_shared_tail, f_row_exclusive_head, f_row_exclusive_tail;
  assign {f_row_user, f_row_live, f_row_exclusive, f_row_writer_first, f_row_owners, f_row_shared, f_row_exclusives,
          f_row_shared_head, f_row_shared_tail, f_row_exclusive_head, f_row_exclusive_tail}
      = f_words_u_row[f_lock*FRowWidth+:FRowWidth];

  // ------------------------------------------------------------------ what stands before the engine
  // Accesses as lockarb makes them: kept until accepted, with a thread that exists or is called bad.
  wire f_stalled = acc_valid_i && !acc_ready_o;
  reg f_was_stalled;
  reg [32+9+1-1:0] f_was_access;
  wire [32+9+1-1:0] f_access = {acc_write_i, acc_issue_i, acc_privileged_i, acc_user_i, acc_addr_i, acc_thread_i,
                               acc_bad_thread_i};
  reg f_s2_was_valid;
  reg [ThreadWidth:0] f_was_operand;
  always @(posedge clk_i) begin
    f_was_stalled <= rst_ni && f_stalled;
    f_was_access <= f_access;
    f_s2_was_valid <= rst_ni && s2_valid_q;
    f_was_operand <= {cmd_pointer_i, cmd_operand_i};
  end
  always @* begin
    if (!$initstate) begin
      `ENGINE_INPUT(!f_was_stalled || acc_valid_i
          && f_access[41:10] == f_was_access[41:10]);
      `ENGINE_INPUT(!acc_addr_i[19] || acc_bad_thread_i || acc_thread_i < NumThreads);
      // OPERAND changes only by a register write, which runs alone. Behind a hand-off another core's may be next.
      `ENGINE_INPUT(!f_s2_was_valid || state_q == Run || state_q == Grant
          || {cmd_pointer_i, cmd_operand_i} == f_was_operand);
      `ENGINE_INPUT(!s2_set_owner_q || !s2_valid_q || cmd_operand_i < NumThreads);
      // A grant is removed by a register write, of a thread that has one: lockarb_grant, FV-21.
      `ENGINE_INPUT(!s2_grant_removed || f_granted[s2_thread]);
    end
  end

  // ------------------------------------------------------------------------------- the flat lock
  reg f_live, f_exclusive, f_writer_first;
  reg [CountWidth-1:0] f_shared, f_exclusives;  // who waits
  wire [FSlots-1:0] f_owns, f_waits, f_waits_x, f_granting, f_pending, f_lagging, f_granted;
  wire [FSlots*HoldWidth-1:0] f_holds;
  wire [FSlots*CountWidth-1:0] f_places;
  wire [FSlots*CoreWidth-1:0] f_cores;

  wire f_here = s2_lock_q == f_lock;
  wire f_effect = commit && f_here && !cmd_long;       // of a command of one clock
  wire f_cancelled = state_q == Unlink && f_here;
  wire f_given = state_q == HoldWrite && s2_set_owner_q && give && f_here;
  wire f_swept_lock = commit && sweep && f_here;
  wire f_head = f_effect && grant_head;
  wire f_batch = f_effect && grant_batch || f_cancelled && grant_batch;
  wire [CountWidth-1:0] f_gone = f_places[s2_thread*CountWidth+:CountWidth];

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_live <= 1'b0;
      f_exclusive <= 1'b0;
      f_writer_first <= 1'b0;
      f_shared <= {CountWidth{1'b0}};
      f_exclusives <= {CountWidth{1'b0}};
    end else begin
      if (f_effect && row_we || f_swept_lock) begin
        f_live <= live;
        f_exclusive <= exclusive;
        f_writer_first <= writer_first;
      end
      f_shared <= f_batch ? {CountWidth{1'b0}}
          : f_shared + (f_effect && queue && !queue_exclusive) - (f_cancelled && !s2_waits_exclusive_q);
      f_exclusives <= f_exclusives + (f_effect && queue && queue_exclusive) - f_head
          - (f_cancelled && s2_waits_exclusive_q);
    end
  end

  genvar f_t, f_u;
  generate
    for (f_t = 0; f_t < FSlots; f_t = f_t + 1) begin : g_thread
      reg [HoldWidth-1:0] hold;
      reg waits, waits_x, pending, lagging, granted;
      reg [CountWidth-1:0] place;
      reg [CoreWidth-1:0] core;
      wire mine = s2_thread == f_t;
      wire granting = f_head && waits && waits_x && place == 0 || f_batch && waits && !waits_x;
      wire pushed = push_o && push_thread_o == f_t;
      always @(posedge clk_i) begin
        if (!rst_ni) begin
          {waits, waits_x, pending, lagging, granted} <= 5'd0;
          hold <= {HoldWidth{1'b0}};
        end else begin
          if (f_swept_lock) hold <= {HoldWidth{1'b0}};
          else if (f_given) hold <= mine ? {HoldWidth{1'b0}} : cmd_operand_i == f_t ? hold + f_holds[s2_thread*HoldWidth+:HoldWidth] : hold;
          else hold <= (f_effect && hold_we && mine ? (s2_acquire_q ? hold + 1'b1
              : s2_drain_q ? {HoldWidth{1'b0}} : hold - 1'b1) : hold) + granting;
          if (f_effect && queue && mine) begin
            waits <= 1'b1;
            waits_x <= queue_exclusive;
            place <= queue_exclusive ? f_exclusives : f_shared;
            core <= s2_core_q[CoreWidth-1:0];
          end else if (granting || f_cancelled && mine) begin
            waits <= 1'b0;
          end else if (f_head && waits_x || f_cancelled && waits_x == s2_waits_exclusive_q && place > f_gone) begin
            place <= place - 1'b1;
          end
          pending <= (pending || granting) && !pushed;
          lagging <= (lagging || granting) && !(walking && walk_q == f_t);
          if (granting) granted <= 1'b1;
          else if (s2_grant_removed && mine) granted <= 1'b0;
        end
      end
      assign f_owns[f_t] = hold != 0;
      assign f_waits[f_t] = waits;
      assign f_waits_x[f_t] = waits_x;
      assign f_granting[f_t] = granting;
      assign f_pending[f_t] = pending;
      assign f_lagging[f_t] = lagging;
      assign f_granted[f_t] = granted;
      assign f_holds[f_t*HoldWidth+:HoldWidth] = hold;
      assign f_places[f_t*CountWidth+:CountWidth] = place;
      assign f_cores[f_t*CoreWidth+:CoreWidth] = core;
    end
  endgenerate

  function [CountWidth-1:0] f_number;
    input [FSlots-1:0] set;
    integer i;
    begin
      f_number = {CountWidth{1'b0}};
      for (i = 0; i < FSlots; i = i + 1) f_number = f_number + set[i];
    end
  endfunction
  wire [CountWidth-1:0] f_owners = f_number(f_owns);
  wire f_idle = run;  // no walker is under way
  wire [HoldWidth-1:0] f_hold = f_holds[s2_thread*HoldWidth+:HoldWidth];

  // What the last answer said, and what the command did.
  reg f_answered, f_cancel_won, f_cancel_lost;
  reg [26:0] f_counts;
  reg [ThreadWidth-1:0] f_thread;
  wire f_answer = rsp_valid_o && f_here && s2_counts_q && !refused;
  wire f_is_cancel = s2_cancel_q || s2_drain_q;
  always @(posedge clk_i) begin
    f_answered <= rst_ni && f_answer;
    f_counts <= rsp_data_o[31:5];
    f_thread <= s2_thread;
    f_cancel_won <= rst_ni && f_answer && s2_cancel_q && cmd_status != `LOCKARB_STATUS_ALREADY_GRANTED;
    f_cancel_lost <= rst_ni && f_answer && s2_cancel_q && cmd_status == `LOCKARB_STATUS_ALREADY_GRANTED;
  end

  // A thread that the solver picks, since it was queued: how often the lock changed hands.
  (* anyconst *) wire [ThreadWidth-1:0] f_me;
  reg [ThreadWidth+2:0] f_hand_offs;
  always @(posedge clk_i) begin
    if (!f_waits[f_me]) f_hand_offs <= 0;
    else f_hand_offs <= f_hand_offs + (f_head || f_batch);
  end
  wire [ThreadWidth+2:0] f_place = f_places[f_me*CountWidth+:CountWidth];

  wire f_decides = s2_valid_q && run && f_here && s2_refusal_q == 5'd0 && (s2_acquire_q || s2_release_q
      || s2_convert_q || s2_set_owner_q || s2_reinitialize_q || s2_delete_q || s2_cancel_q || s2_drain_q
      || s2_initialize_q);
  wire f_of_thread = f_decides && !(s2_reinitialize_q || s2_delete_q || s2_initialize_q);

  always @* begin
    if (!$initstate) begin
      // FV-50 a command decides upon the lock as the commands before it left it: mode, owners, waiters,
      // the thread's hold count and its wait.
      assert (!f_decides || s2_exclusive_q == f_exclusive && (s2_initialize_q || f_live));
      assert (!f_decides || s2_writer_first_q == f_writer_first || s2_initialize_q);
      assert (!f_decides || s2_owners_q == f_owners && s2_owners_zero_q == (f_owners == 0)
          && s2_owners_one_q == (f_owners == 1) || !f_live);
      assert (!f_decides || s2_shared_q == f_shared && s2_sw_q == (f_shared != 0));
      assert (!f_decides || s2_exclusive_count_q == f_exclusives && s2_ew_q == (f_exclusives != 0)
          && s2_ew_one_q == (f_exclusives == 1));
      assert (!f_of_thread || s2_hold_q == f_hold && s2_hold_zero_q == (f_hold == 0)
          && s2_hold_one_q == (f_hold == 1) && s2_hold_full_q == (&f_hold));
      assert (!f_of_thread || s2_waits_here_q == f_waits[s2_thread]);
      assert (!f_of_thread || !s2_waits_here_q || s2_waits_exclusive_q == f_waits_x[s2_thread]);
      // FV-51 mutual exclusion: an exclusive lock has one owner.
      assert (!(f_live && f_exclusive) || f_owners == 1);
      // FV-52 a free lock has no waiters, and shared waiters of a shared lock stand behind an exclusive
      // one, so nobody waits for nothing.
      assert (f_owners != 0 || !f_live || f_waits == 0);
      assert (!(f_live && !f_exclusive && f_shared != 0) || f_exclusives != 0);
      assert (f_live || f_waits == 0);
      // FV-53 no grant without a request, none doubled: an interrupt is for a thread that waited for
      // this lock, became its owner and was not told yet, and goes to the core that it waits on.
      assert (!(push_o && (run ? f_here : walk_lock_q == f_lock))
          || (f_pending[push_thread_o] || f_granting[push_thread_o])
          && push_core_o == f_cores[push_thread_o*CoreWidth+:CoreWidth]);
      // FV-54 no grant is lost: when the next command is decided, every new owner was told.
      assert (!run || f_pending == 0);
      // FV-55 exclusive waiters are served in the order in which they were queued: who is granted has
      // nobody before it.
      assert (!(f_head && push_o) || f_waits[push_thread_o] && f_waits_x[push_thread_o]
          && f_places[push_thread_o*CountWidth+:CountWidth] == 0);
      // FV-56 an exclusive waiter waits for at most 2 * NumThreads - 1 changes of hands, its own
      // included, and a shared one for 2 where writers are not first.
      assert (!(f_waits[f_me] && f_waits_x[f_me])
          || f_hand_offs + 2 * f_place + (f_exclusive ? 2 : 1) <= 2 * NumThreads - 1);
      assert (!(f_waits[f_me] && !f_waits_x[f_me] && !f_writer_first)
          || f_hand_offs + (f_exclusive ? 1 : 2) <= 2);
      // FV-57 owners and waiters are conserved: each answer tells how many threads hold and wait.
      assert (!f_answered || f_counts[8:0] == f_owners || !f_live);
      assert (!f_answered || f_counts[17:9] == f_shared && f_counts[26:18] == f_exclusives);
      // FV-58 a batch is complete: when the next command is decided, no shared waiter is left of it, and
      // every new owner has its hold count.
      assert (!(f_batch) || (f_granting & ~(f_waits & ~f_waits_x)) == 0
          && (f_waits & ~f_waits_x & ~f_granting) == 0);
      assert (!run || f_lagging == 0);
      // FV-59 a cancel answers one of two: cancelled, and no grant follows; or already granted, and the
      // thread owns the lock.
      assert (!f_cancel_won || !f_waits[f_thread] && !f_pending[f_thread]);
      assert (!f_cancel_lost || f_owns[f_thread] && !f_waits[f_thread]);
      cover (f_answered && f_exclusives == 2);
      cover (f_batch && f_effect && f_shared == 2);
      cover (f_head && f_exclusives == 2);
      cover (f_cancelled && grant_batch);
      cover (f_cancelled && s2_waits_exclusive_q && f_gone == 1);
      cover (f_cancel_lost);
      cover (f_given && f_owns[cmd_operand_i] && !f_exclusive);
    end
  end
  // FV-60 only an owner gives up: a hold count in the RAM falls only by the thread's own command or
  // that in its name, by set owner, or by an initialize, and is never below what was granted.
  generate
    for (f_t = 0; f_t < NumThreads; f_t = f_t + 1) begin : g_stored
      wire [HoldWidth-1:0] stored = f_words_u_hold[(f_lock*FSlots+f_t)*HoldWidth+:HoldWidth];
      reg [HoldWidth-1:0] before;
      reg may_fall;
      always @(posedge clk_i) begin
        before <= stored;
        may_fall <= !rst_ni || f_here && (commit && s2_thread == f_t && (s2_release_q || s2_drain_q)
            || state_q == Forget);
      end
      always @* begin
        if (!$initstate) begin
          assert (stored >= before || may_fall);
          assert (!(run && f_live) || stored == f_holds[f_t*HoldWidth+:HoldWidth]);
        end
      end
    end
  endgenerate
