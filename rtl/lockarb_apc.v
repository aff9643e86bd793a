// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_apc: the APC mask of every core (contract part II.E), and the words that share its RAM.
//
// Policy
//   - K (KernelApcDisable) and P (SpecialApcDisable) are signed counters; any value but 0 masks.
//     They count on without limit checks: flagging a leave without an enter is software's part.
//   - A fused command moves K in the clock in which the row of its lock is written.
//   - One access changes one core, so one data path serves all cores, and their registers lie in block
//     RAM: they cost no cells per core but for what is deliverable. The RAMs of P and of pending APCs,
//     which no command writes, have room for more: three other words of each core, the upper half in
//     the one, the lower half in the other. They mean nothing here.
//
// Timing
//   - The registers and irq_o change together, in the clock after the pulse.
//   - With RamStage what is read comes one clock later, and stays without stage_i.
//   - A pulse is for the core that was read last before take_i: between two for one core there is a
//     new read, after the first one.
module lockarb_apc #(
    parameter RamStage = 0,
    parameter CoreWidth = 2
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,        // synchronous, active low

    input  wire                      clear_i,       // level: after reset, clear the registers of
    input  wire [     CoreWidth+1:0] clear_at_i,    //   {word, core}

    input  wire                      re_i,          // read the registers of
    input  wire [     CoreWidth-1:0] read_core_i,
    input  wire [               1:0] read_word_i,   //   1 to 3: that word in place of P and pending
    input  wire                      stage_i,       //   with RamStage: take over what was read
    output wire [              31:0] mask_o,        // {P, K}, RamStage + 1 clocks after re_i
    output wire [               4:0] irql_o,
    output wire [               4:0] pending_o,     // {alertable, in progress, user, normal, special}
    output wire [              31:0] word_o,        // instead: the word
    input  wire                      take_i,        // a pulse below comes for what was read
    input  wire [     CoreWidth-1:0] show_core_i,
    output wire [               2:0] deliverable_o, // of show_core_i: {user, normal, special}

    input  wire [     CoreWidth-1:0] core_i,        // whose registers the pulses change
    input  wire                      mask_we_i,     // one-clock pulses: wdata_i goes to the register
    input  wire                      irql_we_i,
    input  wire                      pending_we_i,
    input  wire [              31:0] wdata_i,
    input  wire                      word_we_i,     // one-clock pulse: word_wdata_i goes to
    input  wire [               1:0] word_i,        //   this word, 1 to 3
    input  wire [              31:0] word_wdata_i,  //   of any other pulse, wdata_i
    input  wire                      move_i,        // one-clock pulse: K+1 with
    input  wire                      up_i,          //   up_i, else K-1; early, move_i comes late

    output wire [(1<<CoreWidth)-1:0] irq_o          // level, one bit per core: an APC may run now
);

  localparam Cores = 1 << CoreWidth;

  reg [Cores-1:0] special_deliverable_q, normal_deliverable_q, user_deliverable_q;
  assign deliverable_o = {
    user_deliverable_q[show_core_i],
    normal_deliverable_q[show_core_i],
    special_deliverable_q[show_core_i]
  };

  // What a pulse has to know of the registers that it does not write.
  reg [15:0] kernel_q;
  reg special_zero_q, irql_zero_q;
  reg [4:0] pending_q;
  always @(posedge clk_i) begin
    if (take_i) begin
      kernel_q <= mask_o[15:0];
      special_zero_q <= mask_o[31:16] == 16'd0;
      irql_zero_q <= irql_o == 5'd0;
      pending_q <= pending_o;
    end
  end

  wire [15:0] kernel_sum = kernel_q + {{15{!up_i}}, 1'b1};
  wire [4:0] pending_d = pending_we_i ? {wdata_i[9:8], wdata_i[2:0]} : pending_q;
  wire special_zero_d = mask_we_i ? wdata_i[31:16] == 16'd0 : special_zero_q;
  wire irql_zero_d = irql_we_i ? wdata_i[4:0] == 5'd0 : irql_zero_q;
  // What K == 0 will be, known without waiting for the sum.
  wire sum_zero = kernel_q == (up_i ? 16'hFFFF : 16'd1);
  wire kernel_zero_d = mask_we_i ? wdata_i[15:0] == 16'd0 : move_i ? sum_zero : kernel_q == 16'd0;
  // An IRQL of APC_LEVEL (1) or above masks all kinds.
  wire any_open_d = special_zero_d && irql_zero_d;
  wire normal_open_d = any_open_d && kernel_zero_d;

  // By a shift, as in lockarb_grant.
  wire change = mask_we_i || irql_we_i || pending_we_i || move_i;
  wire [Cores-1:0] core_bit = {{(Cores - 1) {1'b0}}, 1'b1} << core_i;
  wire special_d = pending_d[0] && any_open_d;
  wire normal_d = pending_d[1] && !pending_d[3] && normal_open_d;
  wire user_d = pending_d[2] && pending_d[4] && normal_open_d;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      special_deliverable_q <= {Cores{1'b0}};
      normal_deliverable_q <= {Cores{1'b0}};
      user_deliverable_q <= {Cores{1'b0}};
    end else if (change) begin
      special_deliverable_q <= (special_deliverable_q & ~core_bit) | ({Cores{special_d}} & core_bit);
      normal_deliverable_q <= (normal_deliverable_q & ~core_bit) | ({Cores{normal_d}} & core_bit);
      user_deliverable_q <= (user_deliverable_q & ~core_bit) | ({Cores{user_d}} & core_bit);
    end
  end

  wire [15:0] kernel_read, special_read, pending_read;
  wire [4:0] irql_read;
  lockarb_stage #(
      .Stage(RamStage),
      .Width(53)
  ) u_stage (
      .clk_i(clk_i),
      .en_i (stage_i),
      .d_i  ({special_read, kernel_read, irql_read, pending_read}),
      .q_o  ({mask_o, irql_o, word_o[15:0]})
  );

  wire [CoreWidth-1:0] write_core = clear_i ? clear_at_i[CoreWidth-1:0] : core_i;
  wire [CoreWidth+1:0] write_at = clear_i ? clear_at_i : {word_i & {2{word_we_i}}, core_i};
  lockarb_ram #(
      .Width(16),
      .AddrWidth(CoreWidth)
  ) u_kernel (
      .clk_i  (clk_i),
      .we_i   (mask_we_i || move_i || clear_i),
      .waddr_i(write_core),
      .wdata_i(clear_i ? 16'd0 : mask_we_i ? wdata_i[15:0] : kernel_sum),
      .re_i   (re_i),
      .raddr_i(read_core_i),
      .rdata_o(kernel_read)
  );
  lockarb_ram #(
      .Width(16),
      .AddrWidth(CoreWidth + 2)
  ) u_special (
      .clk_i  (clk_i),
      .we_i   (mask_we_i || word_we_i || clear_i),
      .waddr_i(write_at),
      .wdata_i(clear_i ? 16'd0 : word_wdata_i[31:16]),
      .re_i   (re_i),
      .raddr_i({read_word_i, read_core_i}),
      .rdata_o(special_read)
  );
  lockarb_ram #(
      .Width(5),
      .AddrWidth(CoreWidth)
  ) u_irql (
      .clk_i  (clk_i),
      .we_i   (irql_we_i || clear_i),
      .waddr_i(write_core),
      .wdata_i(clear_i ? 5'd0 : wdata_i[4:0]),
      .re_i   (re_i),
      .raddr_i(read_core_i),
      .rdata_o(irql_read)
  );
  lockarb_ram #(
      .Width(16),
      .AddrWidth(CoreWidth + 2)
  ) u_pending (
      .clk_i  (clk_i),
      .we_i   (pending_we_i || word_we_i || clear_i),
      .waddr_i(write_at),
      .wdata_i(clear_i ? 16'd0 : word_wdata_i[15:0]),
      .re_i   (re_i),
      .raddr_i({read_word_i, read_core_i}),
      .rdata_o(pending_read)
  );
  assign word_o[31:16] = mask_o[31:16];
  // As APC_PENDING has them.
  assign pending_o = {word_o[9:8], word_o[2:0]};

  assign irq_o = special_deliverable_q | normal_deliverable_q | user_deliverable_q;

`ifdef FORMAL
`include "lockarb_apc_props.vh"
`endif

endmodule

`default_nettype wire
