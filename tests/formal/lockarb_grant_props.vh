// SPDX-License-Identifier: Apache-2.0
// What is proved of lockarb_grant: its queues are lists, one per core. GRANT_INPUT is `assume` where its
// pins are free, and `assert` where the module stands in another one.

  localparam FThreads = 1 << ThreadWidth;

  // One reset, from any state: what holds after it holds after every reset.
  always @* assume (rst_ni == !$initstate);

  // The words of u_link; tests/formal/prove.py connects them.
  (* keep *) wire [FThreads*ThreadWidth-1:0] f_words_u_link;

  // Who is in a list, and whether the link that a pop needs was read, then stands in the register behind the
  // RAM, or is there at once, then kept; and nothing was pushed since it was read.
  reg [FThreads-1:0] f_queued;
  reg f_word, f_read, f_kept;
  reg [CoreWidth-1:0] f_word_core, f_read_core, f_kept_core;
  wire f_pop = pop_i && valid_q[pop_core_i];

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_queued <= {FThreads{1'b0}};
      f_word <= 1'b0;
      f_read <= 1'b0;
      f_kept <= 1'b0;
    end else begin
      if (push_i) f_queued[push_thread_i] <= 1'b1;
      if (f_pop) f_queued[head_q[pop_core_i]] <= 1'b0;
      f_word <= !push_i && !pop_i && (re_i || f_word);
      f_read <= !push_i && !pop_i && (RamStage != 0 ? f_word : re_i || f_read && !next_i);
      f_kept <= !push_i && !pop_i && (next_i ? f_read : f_kept);
    end
    if (re_i) f_word_core <= read_core_i;
    if (RamStage != 0) f_read_core <= f_word_core;
    else if (re_i) f_read_core <= read_core_i;
    if (next_i) f_kept_core <= f_read_core;
  end

  always @* begin
    if (!$initstate) begin
      `GRANT_INPUT(!(push_i && pop_i));
      `GRANT_INPUT(!push_i || !f_queued[push_thread_i]);
      `GRANT_INPUT(!pop_i || f_kept && pop_core_i == f_kept_core);
    end
  end

  // The list of each core, oldest first.
  wire [Cores*FThreads*ThreadWidth-1:0] f_lists;
  wire [Cores*FThreads-1:0] f_used;
  wire [Cores*(ThreadWidth+1)-1:0] f_counts;
  genvar f_c, f_i, f_j;
  generate
    for (f_c = 0; f_c < Cores; f_c = f_c + 1) begin : g_formal
      reg [FThreads*ThreadWidth-1:0] list;
      reg [ThreadWidth:0] count;
      wire [FThreads-1:0] used = ~({FThreads{1'b1}} << count);
      wire push = push_i && push_core_i == f_c;
      wire pop = pop_i && pop_core_i == f_c && count != 0;
      always @(posedge clk_i) begin
        if (!rst_ni) count <= 0;
        else count <= count + push - pop;
        if (push) list[count[ThreadWidth-1:0]*ThreadWidth+:ThreadWidth] <= push_thread_i;
        else if (pop) list <= list >> ThreadWidth;
      end
      assign f_lists[f_c*FThreads*ThreadWidth+:FThreads*ThreadWidth] = list;
      assign f_used[f_c*FThreads+:FThreads] = used;
      assign f_counts[f_c*(ThreadWidth+1)+:ThreadWidth+1] = count;

      always @* begin
        if (!$initstate) begin
          // FV-20 a grant waits exactly while the list of its core is not empty.
          assert (valid_q[f_c] == (count != 0));
          // FV-21 the oldest grant shows: none is lost, doubled or passed, whatever other cores do.
          assert (count == 0 || head_q[f_c] == list[0+:ThreadWidth]);
          // FV-22 no queue overflows.
          assert (count <= FThreads);
          cover (count == FThreads);
          // And what makes them inductive: the links are those of the lists.
          assert (!(count > 1 && f_word && f_word_core == f_c) || link_read == list[ThreadWidth+:ThreadWidth]);
          assert (!(count > 1 && f_read && f_read_core == f_c) || link == list[ThreadWidth+:ThreadWidth]);
          assert (!(count > 1 && f_kept && f_kept_core == f_c) || next_q == list[ThreadWidth+:ThreadWidth]);
        end
      end
      for (f_i = 0; f_i < FThreads; f_i = f_i + 1) begin : g_place
        wire [ThreadWidth-1:0] here = list[f_i*ThreadWidth+:ThreadWidth];
        always @* begin
          if (!$initstate) begin
            assert (!used[f_i] || f_queued[here]);
            assert (f_i + 1 != count || tail_q[f_c] == here);
          end
        end
        if (f_i + 1 < FThreads) begin : g_link
          always @* if (!$initstate)
            assert (!used[f_i+1] || f_words_u_link[here*ThreadWidth+:ThreadWidth]
                == list[(f_i+1)*ThreadWidth+:ThreadWidth]);
        end
        for (f_j = f_c * FThreads + f_i + 1; f_j < Cores * FThreads; f_j = f_j + 1) begin : g_other
          always @* if (!$initstate)
            assert (!(used[f_i] && f_used[f_j]) || here != f_lists[f_j*ThreadWidth+:ThreadWidth]);
        end
      end
    end
  endgenerate
