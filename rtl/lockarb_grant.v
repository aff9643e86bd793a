`default_nettype none

// lockarb_grant: one queue of grants per core, {thread, lock}, oldest first.
//
// Policy
//   - A queue cannot overflow: it has a place for every thread, and a thread whose grant is not
//     removed yet cannot wait for a lock again.
//   - push and pop never come in one clock: a pop is a register access, which runs alone.
//
// Timing
//   - valid_o rises in the clock after push_i; the oldest grant of read_core_i is on
//     {thread_o, lock_o} one clock after a clock with re_i.
module lockarb_grant #(
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6,
    parameter LockWidth = 8
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,       // synchronous, active low

    input  wire                      push_i,       // one-clock pulse
    input  wire [     CoreWidth-1:0] push_core_i,
    input  wire [   ThreadWidth-1:0] push_thread_i,
    input  wire [     LockWidth-1:0] push_lock_i,

    input  wire                      pop_i,        // one-clock pulse; nothing when empty
    input  wire [     CoreWidth-1:0] pop_core_i,

    input  wire                      re_i,
    input  wire [     CoreWidth-1:0] read_core_i,
    output wire [   ThreadWidth-1:0] thread_o,
    output wire [     LockWidth-1:0] lock_o,

    output wire [(1<<CoreWidth)-1:0] valid_o       // level, one bit per core: there is a grant
);

  localparam Cores = 1 << CoreWidth;

  reg [ThreadWidth-1:0] head_q[0:Cores-1];
  reg [ThreadWidth-1:0] tail_q[0:Cores-1];
  reg [Cores-1:0] valid_q;  // tells a full ring from an empty one

  wire pop = pop_i && valid_q[pop_core_i];
  wire [ThreadWidth-1:0] head_d = head_q[pop_core_i] + 1'b1;

  integer i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (i = 0; i < Cores; i = i + 1) begin
        head_q[i] <= {ThreadWidth{1'b0}};
        tail_q[i] <= {ThreadWidth{1'b0}};
      end
      valid_q <= {Cores{1'b0}};
    end else begin
      if (push_i) begin
        tail_q[push_core_i]  <= tail_q[push_core_i] + 1'b1;
        valid_q[push_core_i] <= 1'b1;
      end
      if (pop) begin
        head_q[pop_core_i]  <= head_d;
        valid_q[pop_core_i] <= head_d != tail_q[pop_core_i];
      end
    end
  end

  assign valid_o = valid_q;

  lockarb_ram #(
      .Width(ThreadWidth + LockWidth),
      .AddrWidth(CoreWidth + ThreadWidth)
  ) u_ring (
      .clk_i  (clk_i),
      .we_i   (push_i),
      .waddr_i({push_core_i, tail_q[push_core_i]}),
      .wdata_i({push_thread_i, push_lock_i}),
      .re_i   (re_i),
      .raddr_i({read_core_i, head_q[read_core_i]}),
      .rdata_o({thread_o, lock_o})
  );

endmodule

`default_nettype wire
