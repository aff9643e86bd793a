// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_grant: one queue of granted threads per core, oldest first.
//
// Policy
//   - The queues are linked lists through one link per thread, since a thread has at most one grant.
//     So no queue can overflow.
//   - push and pop never come in one clock: a pop is a register access, which runs alone.
//
// Timing
//   - valid_o and head_o follow push_i and pop_i in the next clock.
//   - A pop needs the link behind the head: read_core_i with re_i, next_i RamStage + 1 clocks later, then
//     pop_i.
module lockarb_grant #(
    parameter RamStage = 0,
    parameter CoreWidth = 2,
    parameter ThreadWidth = 6
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,        // synchronous, active low

    input  wire                      push_i,        // one-clock pulse
    input  wire [     CoreWidth-1:0] push_core_i,
    input  wire [   ThreadWidth-1:0] push_thread_i,

    input  wire                      re_i,          // read the link behind the head of
    input  wire [     CoreWidth-1:0] read_core_i,
    input  wire                      next_i,        // keep the link that was read
    input  wire                      pop_i,         // one-clock pulse; nothing when empty
    input  wire [     CoreWidth-1:0] pop_core_i,

    output wire [   ThreadWidth-1:0] head_o,        // of read_core_i, in the same clock
    output wire [(1<<CoreWidth)-1:0] valid_o        // level, one bit per core: there is a grant
);

  localparam Cores = 1 << CoreWidth;

  reg [ThreadWidth-1:0] head_q[0:Cores-1];
  reg [ThreadWidth-1:0] tail_q[0:Cores-1];
  reg [Cores-1:0] valid_q;
  reg [ThreadWidth-1:0] next_q;
  wire [ThreadWidth-1:0] link_read, link;

  // One bit per core, by a shift: for a bit that is written by a variable index Yosys makes one of 32 bits,
  // which is a carry chain on some families.
  wire pop_last = pop_i && head_q[pop_core_i] == tail_q[pop_core_i];
  wire [Cores-1:0] push_bit = {{(Cores - 1) {1'b0}}, 1'b1} << push_core_i;
  wire [Cores-1:0] pop_bit = {{(Cores - 1) {1'b0}}, 1'b1} << pop_core_i;

  reg [Cores-1:0] valid_d;
  always @* begin
    valid_d = valid_q;
    if (push_i) valid_d = valid_d | push_bit;
    if (pop_last) valid_d = valid_d & ~pop_bit;
  end

  integer i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (i = 0; i < Cores; i = i + 1) begin
        head_q[i] <= {ThreadWidth{1'b0}};
        tail_q[i] <= {ThreadWidth{1'b0}};
      end
      valid_q <= {Cores{1'b0}};
    end else begin
      valid_q <= valid_d;
      if (push_i) begin
        tail_q[push_core_i] <= push_thread_i;
        if (!valid_q[push_core_i]) head_q[push_core_i] <= push_thread_i;
      end
      if (pop_i) head_q[pop_core_i] <= next_q;
    end
  end
  always @(posedge clk_i) if (next_i) next_q <= link;

  assign head_o = head_q[read_core_i];
  assign valid_o = valid_q;

  lockarb_ram #(
      .Width(ThreadWidth),
      .AddrWidth(ThreadWidth)
  ) u_link (
      .clk_i  (clk_i),
      // Only behind a thread that is in the queue: another one's link is of use elsewhere.
      .we_i   (push_i && valid_q[push_core_i]),
      .waddr_i(tail_q[push_core_i]),
      .wdata_i(push_thread_i),
      .re_i   (re_i),
      .raddr_i(head_o),
      .rdata_o(link_read)
  );
  lockarb_stage #(
      .Stage(RamStage),
      .Width(ThreadWidth)
  ) u_link_stage (
      .clk_i(clk_i),
      .en_i (1'b1),
      .d_i  (link_read),
      .q_o  (link)
  );

`ifdef FORMAL
`include "lockarb_grant_props.vh"
`endif

endmodule

`default_nettype wire
