`default_nettype none

// lockarb_apc: the APC mask of every core (contract part II.E).
//
// Policy
//   - K (KernelApcDisable) and P (SpecialApcDisable) are signed counters; any value but 0 masks.
//     They count on without limit checks: flagging a leave without an enter is software's part.
//   - A fused command moves K in the clock in which the row of its lock is written.
//   - One access changes one core, so one data path serves all cores.
//
// Timing
//   - The registers and irq_o change together, in the clock after the pulse.
module lockarb_apc #(
    parameter CoreWidth = 2
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,        // synchronous, active low

    input  wire [     CoreWidth-1:0] read_core_i,   // whose registers the outputs show
    output wire [              31:0] mask_o,        // {P, K}: the WDK's CombinedApcDisable
    output wire [               4:0] irql_o,
    output wire [               4:0] pending_o,     // {alertable, in progress, user, normal, special}
    output wire [               2:0] deliverable_o, // {user, normal, special}

    input  wire [     CoreWidth-1:0] core_i,        // whose registers the pulses change
    input  wire                      mask_we_i,     // one-clock pulses: wdata_i goes to the register
    input  wire                      irql_we_i,
    input  wire                      pending_we_i,
    input  wire [              31:0] wdata_i,
    input  wire                      move_i,        // one-clock pulse: K+1 with
    input  wire                      up_i,          //   up_i, else K-1; early, move_i comes late

    output wire [(1<<CoreWidth)-1:0] irq_o          // level, one bit per core: an APC may run now
);

  localparam Cores = 1 << CoreWidth;

  reg [15:0] kernel_apc_disable_q[0:Cores-1];
  reg [15:0] special_apc_disable_q[0:Cores-1];
  reg [4:0] irql_q[0:Cores-1];
  reg [4:0] pending_q[0:Cores-1];
  reg [Cores-1:0] special_deliverable_q, normal_deliverable_q, user_deliverable_q;

  assign mask_o = {special_apc_disable_q[read_core_i], kernel_apc_disable_q[read_core_i]};
  assign irql_o = irql_q[read_core_i];
  assign pending_o = pending_q[read_core_i];
  assign deliverable_o = {
    user_deliverable_q[read_core_i],
    normal_deliverable_q[read_core_i],
    special_deliverable_q[read_core_i]
  };

  wire [15:0] kernel = kernel_apc_disable_q[core_i];
  wire [15:0] special = special_apc_disable_q[core_i];
  wire [15:0] kernel_sum = kernel + {{15{!up_i}}, 1'b1};
  wire [15:0] kernel_d = mask_we_i ? wdata_i[15:0] : move_i ? kernel_sum : kernel;
  wire [15:0] special_d = mask_we_i ? wdata_i[31:16] : special;
  wire [4:0] irql_d = irql_we_i ? wdata_i[4:0] : irql_q[core_i];
  wire [4:0] pending_d = pending_we_i ? {wdata_i[9:8], wdata_i[2:0]} : pending_q[core_i];

  // What kernel_d == 0 is, known without waiting for the sum.
  wire sum_zero = kernel == (up_i ? 16'hFFFF : 16'd1);
  wire kernel_zero_d = mask_we_i ? wdata_i[15:0] == 16'd0 : move_i ? sum_zero : kernel == 16'd0;
  // An IRQL of APC_LEVEL (1) or above masks all kinds.
  wire any_open_d = special_d == 16'd0 && irql_d == 5'd0;
  wire normal_open_d = any_open_d && kernel_zero_d;

  integer i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (i = 0; i < Cores; i = i + 1) begin
        kernel_apc_disable_q[i] <= 16'd0;
        special_apc_disable_q[i] <= 16'd0;
        irql_q[i] <= 5'd0;
        pending_q[i] <= 5'd0;
      end
      special_deliverable_q <= {Cores{1'b0}};
      normal_deliverable_q <= {Cores{1'b0}};
      user_deliverable_q <= {Cores{1'b0}};
    end else if (mask_we_i || irql_we_i || pending_we_i || move_i) begin
      kernel_apc_disable_q[core_i] <= kernel_d;
      special_apc_disable_q[core_i] <= special_d;
      irql_q[core_i] <= irql_d;
      pending_q[core_i] <= pending_d;
      special_deliverable_q[core_i] <= pending_d[0] && any_open_d;
      normal_deliverable_q[core_i] <= pending_d[1] && !pending_d[3] && normal_open_d;
      user_deliverable_q[core_i] <= pending_d[2] && pending_d[4] && normal_open_d;
    end
  end

  assign irq_o = special_deliverable_q | normal_deliverable_q | user_deliverable_q;

endmodule

`default_nettype wire
