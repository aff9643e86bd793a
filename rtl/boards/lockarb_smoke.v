// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_smoke: a bench for any Verilog simulator: over the UART of a board it reads the ID, takes a lock and
// gives it back. Prints PASS, or stops with what went wrong.
module lockarb_smoke;

  localparam ClocksPerBit = 8;
  localparam Control = 32'h00000018;
  localparam CurrentThread = 32'h00000020;
  localparam Answer = 32'h00000048;
  localparam Issue = 32'h00000050;
  localparam Command = 32'h00080000;  // of core 0; operation from bit 14, lock from bit 2

  reg clk = 1'b0;
  reg rst_n = 1'b0;
  reg rx = 1'b1;
  wire tx;
  wire [7:0] led;

  lockarb_board #(
      .ClockHz   (ClocksPerBit),
      .Baud      (1),
      .Timeout   (16),
      .NumThreads(8),
      .NumLocks  (8)
  ) u_board (
      .clk_i    (clk),
      .rst_ni   (rst_n),
      .uart_rx_i(rx),
      .uart_tx_o(tx),
      .led_o    (led)
  );

  always #5 clk = !clk;

  task bits(input level, input integer count);
    begin
      rx = level;
      repeat (count * ClocksPerBit) @(posedge clk);
    end
  endtask

  integer i;
  task send(input [7:0] value);
    begin
      bits(1'b0, 1);
      for (i = 0; i < 8; i = i + 1) bits(value[i], 1);
      bits(1'b1, 1);
    end
  endtask

  task send_word(input [31:0] value);
    begin
      send(value[31:24]);
      send(value[23:16]);
      send(value[15:8]);
      send(value[7:0]);
    end
  endtask

  task write(input [31:0] address, input [31:0] value);
    begin
      send(8'd1);
      send(8'd1);
      send_word(address / 4);
      send_word(value);
    end
  endtask

  // The answers, as they come.
  reg [31:0] answer;
  integer answered = 0;
  integer j;
  always @(negedge tx) begin
    repeat (ClocksPerBit + ClocksPerBit / 2) @(posedge clk);
    for (j = 0; j < 8; j = j + 1) begin
      answer = {answer[31:8], tx, answer[7:1]};
      repeat (ClocksPerBit) @(posedge clk);
    end
    answered = answered + 1;
    if (answered % 4 != 0) answer = {answer[23:0], 8'd0};
  end

  task expect_read(input [31:0] address, input [31:0] mask, input [31:0] expected);
    integer old;
    begin
      old = answered;
      send(8'd2);
      send(8'd1);
      send_word(address / 4);
      repeat (60 * ClocksPerBit) @(posedge clk);
      if (answered != old + 4 || (answer & mask) != expected) begin
        $display("FAIL: %h answers %h in %0d bytes, expected %h", address, answer, answered - old, expected);
        $finish;
      end
    end
  endtask

  initial begin
    repeat (4) @(posedge clk);
    rst_n = 1'b1;
    bits(1'b1, 20);
    expect_read(32'h0, 32'hffff0000, 32'h4c4b0000);
    write(CurrentThread, 32'h80000003);
    // By a write, the answer from a register; then by reads.
    write(Issue, 22 << 14 | 5 << 2);  // initialize
    expect_read(Answer, 32'h1f, 32'd16);  // done
    write(Control, 32'd1);
    expect_read(Command | 4 << 14 | 5 << 2, 32'h1f, 32'd1);  // acquire exclusive: granted
    expect_read(Command | 16 << 14 | 5 << 2, 32'h1f, 32'd10);  // release: freed
    $display("PASS");
    $finish;
  end

endmodule

`default_nettype wire
