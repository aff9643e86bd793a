// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The pins of the cluster that lockarb_soc_rocket.v takes from PyPI, so that lint.py reads rtl/soc without
// it.
module ExampleRocketSystem (
    input wire           clock,
    input wire           reset,
    input wire           mem_axi4_0_aw_ready,
    output wire          mem_axi4_0_aw_valid,
    output wire [3:0]    mem_axi4_0_aw_bits_id,
    output wire [31:0]   mem_axi4_0_aw_bits_addr,
    output wire [7:0]    mem_axi4_0_aw_bits_len,
    output wire [2:0]    mem_axi4_0_aw_bits_size,
    output wire [1:0]    mem_axi4_0_aw_bits_burst,
    output wire          mem_axi4_0_aw_bits_lock,
    output wire [3:0]    mem_axi4_0_aw_bits_cache,
    output wire [2:0]    mem_axi4_0_aw_bits_prot,
    output wire [3:0]    mem_axi4_0_aw_bits_qos,
    input wire           mem_axi4_0_w_ready,
    output wire          mem_axi4_0_w_valid,
    output wire [63:0]   mem_axi4_0_w_bits_data,
    output wire [7:0]    mem_axi4_0_w_bits_strb,
    output wire          mem_axi4_0_w_bits_last,
    output wire          mem_axi4_0_b_ready,
    input wire           mem_axi4_0_b_valid,
    input wire  [3:0]    mem_axi4_0_b_bits_id,
    input wire  [1:0]    mem_axi4_0_b_bits_resp,
    input wire           mem_axi4_0_ar_ready,
    output wire          mem_axi4_0_ar_valid,
    output wire [3:0]    mem_axi4_0_ar_bits_id,
    output wire [31:0]   mem_axi4_0_ar_bits_addr,
    output wire [7:0]    mem_axi4_0_ar_bits_len,
    output wire [2:0]    mem_axi4_0_ar_bits_size,
    output wire [1:0]    mem_axi4_0_ar_bits_burst,
    output wire          mem_axi4_0_ar_bits_lock,
    output wire [3:0]    mem_axi4_0_ar_bits_cache,
    output wire [2:0]    mem_axi4_0_ar_bits_prot,
    output wire [3:0]    mem_axi4_0_ar_bits_qos,
    output wire          mem_axi4_0_r_ready,
    input wire           mem_axi4_0_r_valid,
    input wire  [3:0]    mem_axi4_0_r_bits_id,
    input wire  [63:0]   mem_axi4_0_r_bits_data,
    input wire  [1:0]    mem_axi4_0_r_bits_resp,
    input wire           mem_axi4_0_r_bits_last,
    input wire           mmio_axi4_0_aw_ready,
    output wire          mmio_axi4_0_aw_valid,
    output wire [3:0]    mmio_axi4_0_aw_bits_id,
    output wire [30:0]   mmio_axi4_0_aw_bits_addr,
    output wire [7:0]    mmio_axi4_0_aw_bits_len,
    output wire [2:0]    mmio_axi4_0_aw_bits_size,
    output wire [1:0]    mmio_axi4_0_aw_bits_burst,
    output wire          mmio_axi4_0_aw_bits_lock,
    output wire [3:0]    mmio_axi4_0_aw_bits_cache,
    output wire [2:0]    mmio_axi4_0_aw_bits_prot,
    output wire [3:0]    mmio_axi4_0_aw_bits_qos,
    input wire           mmio_axi4_0_w_ready,
    output wire          mmio_axi4_0_w_valid,
    output wire [63:0]   mmio_axi4_0_w_bits_data,
    output wire [7:0]    mmio_axi4_0_w_bits_strb,
    output wire          mmio_axi4_0_w_bits_last,
    output wire          mmio_axi4_0_b_ready,
    input wire           mmio_axi4_0_b_valid,
    input wire  [3:0]    mmio_axi4_0_b_bits_id,
    input wire  [1:0]    mmio_axi4_0_b_bits_resp,
    input wire           mmio_axi4_0_ar_ready,
    output wire          mmio_axi4_0_ar_valid,
    output wire [3:0]    mmio_axi4_0_ar_bits_id,
    output wire [30:0]   mmio_axi4_0_ar_bits_addr,
    output wire [7:0]    mmio_axi4_0_ar_bits_len,
    output wire [2:0]    mmio_axi4_0_ar_bits_size,
    output wire [1:0]    mmio_axi4_0_ar_bits_burst,
    output wire          mmio_axi4_0_ar_bits_lock,
    output wire [3:0]    mmio_axi4_0_ar_bits_cache,
    output wire [2:0]    mmio_axi4_0_ar_bits_prot,
    output wire [3:0]    mmio_axi4_0_ar_bits_qos,
    output wire          mmio_axi4_0_r_ready,
    input wire           mmio_axi4_0_r_valid,
    input wire  [3:0]    mmio_axi4_0_r_bits_id,
    input wire  [63:0]   mmio_axi4_0_r_bits_data,
    input wire  [1:0]    mmio_axi4_0_r_bits_resp,
    input wire           mmio_axi4_0_r_bits_last,
    output wire          l2_frontend_bus_axi4_0_aw_ready,
    input wire           l2_frontend_bus_axi4_0_aw_valid,
    input wire  [7:0]    l2_frontend_bus_axi4_0_aw_bits_id,
    input wire  [31:0]   l2_frontend_bus_axi4_0_aw_bits_addr,
    input wire  [7:0]    l2_frontend_bus_axi4_0_aw_bits_len,
    input wire  [2:0]    l2_frontend_bus_axi4_0_aw_bits_size,
    input wire  [1:0]    l2_frontend_bus_axi4_0_aw_bits_burst,
    input wire           l2_frontend_bus_axi4_0_aw_bits_lock,
    input wire  [3:0]    l2_frontend_bus_axi4_0_aw_bits_cache,
    input wire  [2:0]    l2_frontend_bus_axi4_0_aw_bits_prot,
    input wire  [3:0]    l2_frontend_bus_axi4_0_aw_bits_qos,
    output wire          l2_frontend_bus_axi4_0_w_ready,
    input wire           l2_frontend_bus_axi4_0_w_valid,
    input wire  [63:0]   l2_frontend_bus_axi4_0_w_bits_data,
    input wire  [7:0]    l2_frontend_bus_axi4_0_w_bits_strb,
    input wire           l2_frontend_bus_axi4_0_w_bits_last,
    input wire           l2_frontend_bus_axi4_0_b_ready,
    output wire          l2_frontend_bus_axi4_0_b_valid,
    output wire [7:0]    l2_frontend_bus_axi4_0_b_bits_id,
    output wire [1:0]    l2_frontend_bus_axi4_0_b_bits_resp,
    output wire          l2_frontend_bus_axi4_0_ar_ready,
    input wire           l2_frontend_bus_axi4_0_ar_valid,
    input wire  [7:0]    l2_frontend_bus_axi4_0_ar_bits_id,
    input wire  [31:0]   l2_frontend_bus_axi4_0_ar_bits_addr,
    input wire  [7:0]    l2_frontend_bus_axi4_0_ar_bits_len,
    input wire  [2:0]    l2_frontend_bus_axi4_0_ar_bits_size,
    input wire  [1:0]    l2_frontend_bus_axi4_0_ar_bits_burst,
    input wire           l2_frontend_bus_axi4_0_ar_bits_lock,
    input wire  [3:0]    l2_frontend_bus_axi4_0_ar_bits_cache,
    input wire  [2:0]    l2_frontend_bus_axi4_0_ar_bits_prot,
    input wire  [3:0]    l2_frontend_bus_axi4_0_ar_bits_qos,
    input wire           l2_frontend_bus_axi4_0_r_ready,
    output wire          l2_frontend_bus_axi4_0_r_valid,
    output wire [7:0]    l2_frontend_bus_axi4_0_r_bits_id,
    output wire [63:0]   l2_frontend_bus_axi4_0_r_bits_data,
    output wire [1:0]    l2_frontend_bus_axi4_0_r_bits_resp,
    output wire          l2_frontend_bus_axi4_0_r_bits_last,
    input wire           resetctrl_hartIsInReset_0,
    input wire           resetctrl_hartIsInReset_1,
    input wire           resetctrl_hartIsInReset_2,
    input wire           resetctrl_hartIsInReset_3,
    input wire           debug_clock,
    input wire           debug_reset,
    output wire          debug_clockeddmi_dmi_req_ready,
    input wire           debug_clockeddmi_dmi_req_valid,
    input wire  [6:0]    debug_clockeddmi_dmi_req_bits_addr,
    input wire  [31:0]   debug_clockeddmi_dmi_req_bits_data,
    input wire  [1:0]    debug_clockeddmi_dmi_req_bits_op,
    input wire           debug_clockeddmi_dmi_resp_ready,
    output wire          debug_clockeddmi_dmi_resp_valid,
    output wire [31:0]   debug_clockeddmi_dmi_resp_bits_data,
    output wire [1:0]    debug_clockeddmi_dmi_resp_bits_resp,
    input wire           debug_clockeddmi_dmiClock,
    input wire           debug_clockeddmi_dmiReset,
    output wire          debug_ndreset,
    output wire          debug_dmactive,
    input wire           debug_dmactiveAck,
    input wire  [7:0]    interrupts
);

  // Something that a tool cannot take for a constant.
  reg q;
  always @(posedge clock) begin
    q <= reset ^ mem_axi4_0_aw_ready ^ mem_axi4_0_w_ready ^ mem_axi4_0_b_valid ^ (^mem_axi4_0_b_bits_id) ^
        (^mem_axi4_0_b_bits_resp) ^ mem_axi4_0_ar_ready ^ mem_axi4_0_r_valid ^ (^mem_axi4_0_r_bits_id) ^
        (^mem_axi4_0_r_bits_data) ^ (^mem_axi4_0_r_bits_resp) ^ mem_axi4_0_r_bits_last ^
        mmio_axi4_0_aw_ready ^ mmio_axi4_0_w_ready ^ mmio_axi4_0_b_valid ^ (^mmio_axi4_0_b_bits_id) ^
        (^mmio_axi4_0_b_bits_resp) ^ mmio_axi4_0_ar_ready ^ mmio_axi4_0_r_valid ^
        (^mmio_axi4_0_r_bits_id) ^ (^mmio_axi4_0_r_bits_data) ^ (^mmio_axi4_0_r_bits_resp) ^
        mmio_axi4_0_r_bits_last ^ l2_frontend_bus_axi4_0_aw_valid ^ (^l2_frontend_bus_axi4_0_aw_bits_id) ^
        (^l2_frontend_bus_axi4_0_aw_bits_addr) ^ (^l2_frontend_bus_axi4_0_aw_bits_len) ^
        (^l2_frontend_bus_axi4_0_aw_bits_size) ^ (^l2_frontend_bus_axi4_0_aw_bits_burst) ^
        l2_frontend_bus_axi4_0_aw_bits_lock ^ (^l2_frontend_bus_axi4_0_aw_bits_cache) ^
        (^l2_frontend_bus_axi4_0_aw_bits_prot) ^ (^l2_frontend_bus_axi4_0_aw_bits_qos) ^
        l2_frontend_bus_axi4_0_w_valid ^ (^l2_frontend_bus_axi4_0_w_bits_data) ^
        (^l2_frontend_bus_axi4_0_w_bits_strb) ^ l2_frontend_bus_axi4_0_w_bits_last ^
        l2_frontend_bus_axi4_0_b_ready ^ l2_frontend_bus_axi4_0_ar_valid ^
        (^l2_frontend_bus_axi4_0_ar_bits_id) ^ (^l2_frontend_bus_axi4_0_ar_bits_addr) ^
        (^l2_frontend_bus_axi4_0_ar_bits_len) ^ (^l2_frontend_bus_axi4_0_ar_bits_size) ^
        (^l2_frontend_bus_axi4_0_ar_bits_burst) ^ l2_frontend_bus_axi4_0_ar_bits_lock ^
        (^l2_frontend_bus_axi4_0_ar_bits_cache) ^ (^l2_frontend_bus_axi4_0_ar_bits_prot) ^
        (^l2_frontend_bus_axi4_0_ar_bits_qos) ^ l2_frontend_bus_axi4_0_r_ready ^
        resetctrl_hartIsInReset_0 ^ resetctrl_hartIsInReset_1 ^ resetctrl_hartIsInReset_2 ^
        resetctrl_hartIsInReset_3 ^ debug_clock ^ debug_reset ^ debug_clockeddmi_dmi_req_valid ^
        (^debug_clockeddmi_dmi_req_bits_addr) ^ (^debug_clockeddmi_dmi_req_bits_data) ^
        (^debug_clockeddmi_dmi_req_bits_op) ^ debug_clockeddmi_dmi_resp_ready ^
        debug_clockeddmi_dmiClock ^ debug_clockeddmi_dmiReset ^ debug_dmactiveAck ^ (^interrupts);
  end
  assign mem_axi4_0_aw_valid = q;
  assign mem_axi4_0_aw_bits_id = {4{q}};
  assign mem_axi4_0_aw_bits_addr = {32{q}};
  assign mem_axi4_0_aw_bits_len = {8{q}};
  assign mem_axi4_0_aw_bits_size = {3{q}};
  assign mem_axi4_0_aw_bits_burst = {2{q}};
  assign mem_axi4_0_aw_bits_lock = q;
  assign mem_axi4_0_aw_bits_cache = {4{q}};
  assign mem_axi4_0_aw_bits_prot = {3{q}};
  assign mem_axi4_0_aw_bits_qos = {4{q}};
  assign mem_axi4_0_w_valid = q;
  assign mem_axi4_0_w_bits_data = {64{q}};
  assign mem_axi4_0_w_bits_strb = {8{q}};
  assign mem_axi4_0_w_bits_last = q;
  assign mem_axi4_0_b_ready = q;
  assign mem_axi4_0_ar_valid = q;
  assign mem_axi4_0_ar_bits_id = {4{q}};
  assign mem_axi4_0_ar_bits_addr = {32{q}};
  assign mem_axi4_0_ar_bits_len = {8{q}};
  assign mem_axi4_0_ar_bits_size = {3{q}};
  assign mem_axi4_0_ar_bits_burst = {2{q}};
  assign mem_axi4_0_ar_bits_lock = q;
  assign mem_axi4_0_ar_bits_cache = {4{q}};
  assign mem_axi4_0_ar_bits_prot = {3{q}};
  assign mem_axi4_0_ar_bits_qos = {4{q}};
  assign mem_axi4_0_r_ready = q;
  assign mmio_axi4_0_aw_valid = q;
  assign mmio_axi4_0_aw_bits_id = {4{q}};
  assign mmio_axi4_0_aw_bits_addr = {31{q}};
  assign mmio_axi4_0_aw_bits_len = {8{q}};
  assign mmio_axi4_0_aw_bits_size = {3{q}};
  assign mmio_axi4_0_aw_bits_burst = {2{q}};
  assign mmio_axi4_0_aw_bits_lock = q;
  assign mmio_axi4_0_aw_bits_cache = {4{q}};
  assign mmio_axi4_0_aw_bits_prot = {3{q}};
  assign mmio_axi4_0_aw_bits_qos = {4{q}};
  assign mmio_axi4_0_w_valid = q;
  assign mmio_axi4_0_w_bits_data = {64{q}};
  assign mmio_axi4_0_w_bits_strb = {8{q}};
  assign mmio_axi4_0_w_bits_last = q;
  assign mmio_axi4_0_b_ready = q;
  assign mmio_axi4_0_ar_valid = q;
  assign mmio_axi4_0_ar_bits_id = {4{q}};
  assign mmio_axi4_0_ar_bits_addr = {31{q}};
  assign mmio_axi4_0_ar_bits_len = {8{q}};
  assign mmio_axi4_0_ar_bits_size = {3{q}};
  assign mmio_axi4_0_ar_bits_burst = {2{q}};
  assign mmio_axi4_0_ar_bits_lock = q;
  assign mmio_axi4_0_ar_bits_cache = {4{q}};
  assign mmio_axi4_0_ar_bits_prot = {3{q}};
  assign mmio_axi4_0_ar_bits_qos = {4{q}};
  assign mmio_axi4_0_r_ready = q;
  assign l2_frontend_bus_axi4_0_aw_ready = q;
  assign l2_frontend_bus_axi4_0_w_ready = q;
  assign l2_frontend_bus_axi4_0_b_valid = q;
  assign l2_frontend_bus_axi4_0_b_bits_id = {8{q}};
  assign l2_frontend_bus_axi4_0_b_bits_resp = {2{q}};
  assign l2_frontend_bus_axi4_0_ar_ready = q;
  assign l2_frontend_bus_axi4_0_r_valid = q;
  assign l2_frontend_bus_axi4_0_r_bits_id = {8{q}};
  assign l2_frontend_bus_axi4_0_r_bits_data = {64{q}};
  assign l2_frontend_bus_axi4_0_r_bits_resp = {2{q}};
  assign l2_frontend_bus_axi4_0_r_bits_last = q;
  assign debug_clockeddmi_dmi_req_ready = q;
  assign debug_clockeddmi_dmi_resp_valid = q;
  assign debug_clockeddmi_dmi_resp_bits_data = {32{q}};
  assign debug_clockeddmi_dmi_resp_bits_resp = {2{q}};
  assign debug_ndreset = q;
  assign debug_dmactive = q;

endmodule

`default_nettype wire
