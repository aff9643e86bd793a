`default_nettype none

// lockarb_apc: the APC mask of one core (contract part II.E).
//
// Policy
//   - K (KernelApcDisable) and P (SpecialApcDisable) are signed counters; any value but 0 masks.
//     They count on without limit checks: flagging a leave without an enter is software's part.
//   - A fused command moves K in the clock in which the row of its lock is written.
//
// Timing
//   - deliverable_o follows the registers in the same clock.
module lockarb_apc (
    input  wire        clk_i,
    input  wire        rst_ni,         // synchronous, active low

    input  wire        mask_we_i,      // one-clock pulses: wdata_i goes to the register
    input  wire        irql_we_i,
    input  wire        pending_we_i,
    input  wire [31:0] wdata_i,

    input  wire        enter_i,        // one-clock pulse: K-1
    input  wire        leave_i,        // one-clock pulse: K+1

    output wire [31:0] mask_o,         // {P, K}: the WDK's CombinedApcDisable
    output wire [ 4:0] irql_o,
    output wire [ 4:0] pending_o,      // {alertable, in progress, user, normal, special}
    output wire [ 2:0] deliverable_o   // {user, normal, special}
);

  reg [15:0] kernel_apc_disable_q, kernel_apc_disable_d;
  reg [15:0] special_apc_disable_q, special_apc_disable_d;
  reg [4:0] irql_q, irql_d;
  reg [4:0] pending_q, pending_d;

  always @* begin
    kernel_apc_disable_d = kernel_apc_disable_q;
    special_apc_disable_d = special_apc_disable_q;
    irql_d = irql_q;
    pending_d = pending_q;
    if (enter_i || leave_i) kernel_apc_disable_d = kernel_apc_disable_q + {{15{enter_i}}, 1'b1};
    if (mask_we_i) {special_apc_disable_d, kernel_apc_disable_d} = wdata_i;
    if (irql_we_i) irql_d = wdata_i[4:0];
    if (pending_we_i) pending_d = {wdata_i[9:8], wdata_i[2:0]};
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      kernel_apc_disable_q <= 16'd0;
      special_apc_disable_q <= 16'd0;
      irql_q <= 5'd0;
      pending_q <= 5'd0;
    end else begin
      kernel_apc_disable_q <= kernel_apc_disable_d;
      special_apc_disable_q <= special_apc_disable_d;
      irql_q <= irql_d;
      pending_q <= pending_d;
    end
  end

  // An IRQL of APC_LEVEL (1) or above masks all kinds.
  wire any_open = special_apc_disable_q == 16'd0 && irql_q == 5'd0;
  wire normal_open = any_open && kernel_apc_disable_q == 16'd0;

  assign deliverable_o = {
    pending_q[2] && pending_q[4] && normal_open,
    pending_q[1] && !pending_q[3] && normal_open,
    pending_q[0] && any_open
  };
  assign mask_o = {special_apc_disable_q, kernel_apc_disable_q};
  assign irql_o = irql_q;
  assign pending_o = pending_q;

endmodule

`default_nettype wire
