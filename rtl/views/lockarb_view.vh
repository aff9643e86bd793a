// SPDX-License-Identifier: Apache-2.0
// lockarb_view in lockarb: what it looks at. Included in lockarb.v under LOCKARB_VIEW.
  wire [ThreadWidth+8:0] push_thread_field = {9'd0, push_thread};
  wire [CoreWidth+4:0] push_core_field = {5'd0, push_core};
  lockarb_view u_view (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .read_i       (s_axil_arvalid && s_axil_arready),
      .read_addr_i  (s_axil_araddr),
      .write_i      (s_axil_awvalid && s_axil_awready),
      .write_addr_i (s_axil_awaddr),
      .take_i       (s1_take),
      .take_write_i (s1_write),
      .take_issue_i (s1_issue),
      .take_addr_i  (s1_addr),
      .answer_i     (rsp_valid),
      .error_i      (rsp_error),
      .data_i       (rsp_data),
      .wdata_i      (wdata),
      .thread_i     (s2_thread),
      .push_i       (push),
      .push_thread_i(push_thread_field[8:0]),
      .push_core_i  (push_core_field[4:0])
  );
