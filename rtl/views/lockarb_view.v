// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_view: what happens inside lockarb as texts, to be looked at in a waveform.
//
// Policy
//   - Nothing here is synthesized or goes back into lockarb: it is there under LOCKARB_VIEW only, which
//     the models that record a waveform define.
//   - A text is shown in the clock in which it is true, and is empty in all others. So nothing that is not
//     an answer looks like one.
//   - A command that is refused before its lock and its thread are looked at shows neither counts nor a
//     thread: the zeros that the bus carries then are none.
//   - The names come from the register description (lockarb_names.vh), so none is missing.
//   - Where an access is of a register, its value is shown as it is; a thread and a lock that it names, too.
//
// Timing
//   - Each text is there for one clock.
//   - asked_*: the clock that begins with the edge that takes the address from AR or AW.
//   - answer_*: the clock in which R or B begins to show the answer when nothing waits there before it.
//   - granted_*: the clock behind the one in which a thread is granted. Several are granted one per clock.
//   - Texts cost time: they are made only while recording_q is set, which sim/ does as it opens a waveform.
module lockarb_view (
    input wire        clk_i,
    input wire        rst_ni,        // synchronous, active low

    input wire        read_i,        // pulse: an address is taken from AR,
    input wire [24:0] read_addr_i,
    input wire        write_i,       //   from AW
    input wire [24:0] write_addr_i,

    input wire        take_i,        // pulse: an access goes from S1 to S2,
    input wire        take_write_i,
    input wire        take_issue_i,
    input wire [24:0] take_addr_i,

    input wire        answer_i,      // pulse: it is answered,
    input wire        error_i,       //   with SLVERR
    input wire [31:0] data_i,
    input wire [31:0] wdata_i,
    input wire [ 8:0] thread_i,      // the thread that it was about

    input wire        push_i,        // pulse: a waiting thread is granted
    input wire [ 8:0] push_thread_i,
    input wire [ 4:0] push_core_i
);

`include "lockarb_regs.vh"
`include "lockarb_names.vh"

  // Without the zeros in front. With `if` a function costs only what its result needs. Automatic are those
  // with variables of their own: Verilator 5.032 calls a blocking assignment to a static one a mistake.
  function automatic [8*5-1:0] decimal(input [15:0] number);
    begin
      decimal = {32'd0, digit(number)};
      if (number >= 16'd10) begin
        decimal[8+:8] = digit(number / 16'd10);
        if (number >= 16'd100) begin
          decimal[16+:8] = digit(number / 16'd100);
          if (number >= 16'd1000) decimal[24+:8] = digit(number / 16'd1000);
          if (number >= 16'd10000) decimal[32+:8] = digit(number / 16'd10000);
        end
      end
    end
  endfunction
  function automatic [7:0] digit(input [15:0] number);
    reg [15:0] rest;
    begin
      rest = number % 16'd10;  // so its upper bits are 0; named, since lint wants all bits used
      digit = "0" | {4'd0, rest[3:0] & {4{rest[15:4] == 12'd0}}};
    end
  endfunction
  function automatic [8*10-1:0] hexadecimal(input [31:0] number);
    integer n;
    reg [3:0] nibble;
    begin
      hexadecimal = {"0x", 64'd0};
      for (n = 0; n < 8; n = n + 1) begin
        nibble = number[4*n+:4];
        // "W" and ten is "a".
        hexadecimal[8*n+:8] = (nibble < 4'd10 ? "0" : "W") + {4'd0, nibble};
      end
    end
  endfunction
  // A command that a write of ISSUE names comes with the place of that command.
  function [8*NameChars-1:0] name_of(input write, input issue, input [19:0] at);
    if (at[19]) begin
      if (issue) name_of = name_of_issue(at[18:14]);
      else if (write) name_of = "write to a command";
      else name_of = name_of_operation(at[18:14]);
    end else begin
      if (write) name_of = name_of_write(at[18:0]);
      else if (!at[18]) name_of = name_of_read(at[18:0]);
      else if (at[17]) name_of = "read no register";
      else name_of = name_of_statistic(at[4:0]);
    end
  endfunction
  // A read of a command or of the statistics of a lock.
  function [8*5-1:0] lock_of(input [19:2] at);
    if (at[19]) lock_of = decimal({4'd0, at[13:2]});
    else if (at[18:17] == 2'b10) lock_of = decimal({4'd0, at[16:5]});
    else lock_of = 40'd0;
  endfunction

  reg recording_q;
  initial recording_q = 1'b0;
  wire live = rst_ni && recording_q;

  // ------------------------------------------------------------------------- taken from the pins
  reg asked_read_shown_q, asked_write_shown_q;
  reg [8*NameChars-1:0] asked_read_q, asked_write_q;
  reg [8*5-1:0] asked_read_core_q, asked_read_lock_q, asked_write_core_q;
  always @(posedge clk_i) begin
    asked_read_shown_q <= live && read_i;
    if (live && read_i) begin
      asked_read_q <= name_of(1'b0, 1'b0, read_addr_i[19:0]);
      asked_read_core_q <= decimal({11'd0, read_addr_i[24:20]});
      asked_read_lock_q <= lock_of(read_addr_i[19:2]);
    end else if (!rst_ni || asked_read_shown_q) begin
      asked_read_q <= {8 * NameChars{1'b0}};
      asked_read_core_q <= 40'd0;
      asked_read_lock_q <= 40'd0;
    end
    asked_write_shown_q <= live && write_i;
    if (live && write_i) begin
      asked_write_q <= name_of(1'b1, 1'b0, write_addr_i[19:0]);
      asked_write_core_q <= decimal({11'd0, write_addr_i[24:20]});
    end else if (!rst_ni || asked_write_shown_q) begin
      asked_write_q <= {8 * NameChars{1'b0}};
      asked_write_core_q <= 40'd0;
    end
  end

  // ------------------------------------------------------------------------------------- answered
  reg s2_write_q, s2_issue_q;
  reg [24:0] s2_addr_q;
  always @(posedge clk_i) begin
    if (take_i) begin
      s2_write_q <= take_write_i;
      s2_issue_q <= take_issue_i;
      s2_addr_q <= take_addr_i;
    end
  end

  wire [18:0] place = s2_addr_q[18:0];
  wire [4:0] op = place[18:14];
  wire [31:0] value = s2_write_q ? wdata_i : data_i;
  // The command got as far as its lock and its thread. Of one that did not, zeros are no counts, and what
  // stands for the thread may be none.
  function judged(input [4:0] status);
    judged = status != `LOCKARB_STATUS_ERR_OPERATION && status != `LOCKARB_STATUS_ERR_LOCK
        && status != `LOCKARB_STATUS_ERR_NOT_ARMED && status != `LOCKARB_STATUS_ERR_THREAD
        && status != `LOCKARB_STATUS_ERR_PARITY;
  endfunction
  localparam [31:0] NeedsThreadOps = `LOCKARB_OPS_NEEDS_THREAD;

  reg answer_shown_q;
  reg [8*NameChars-1:0] answer_to_q;
  reg [8*StatusChars-1:0] answer_status_q;
  reg [8*5-1:0] answer_core_q, answer_thread_q, answer_lock_q;
  reg [8*5-1:0] answer_owners_q, answer_shared_waiters_q, answer_exclusive_waiters_q, answer_hold_count_q;
  reg [8*10-1:0] answer_value_q;
  always @(posedge clk_i) begin
    answer_shown_q <= live && answer_i;
    if (!rst_ni || live && answer_i || answer_shown_q) begin
      answer_to_q <= {8 * NameChars{1'b0}};
      answer_status_q <= {8 * StatusChars{1'b0}};
      answer_core_q <= 40'd0;
      answer_thread_q <= 40'd0;
      answer_lock_q <= 40'd0;
      answer_owners_q <= 40'd0;
      answer_shared_waiters_q <= 40'd0;
      answer_exclusive_waiters_q <= 40'd0;
      answer_hold_count_q <= 40'd0;
      answer_value_q <= 80'd0;
    end
    if (live && answer_i) begin
      answer_to_q <= name_of(s2_write_q, s2_issue_q, s2_addr_q[19:0]);
      answer_core_q <= decimal({11'd0, s2_addr_q[24:20]});
      answer_lock_q <= lock_of(s2_addr_q[19:2]);
      if (error_i) begin
        answer_status_q <= "SLVERR";
      end else if (s2_addr_q[19]) begin
        answer_status_q <= name_of_status(data_i[4:0]);
        if (judged(data_i[4:0])) begin
          if (NeedsThreadOps[op]) answer_thread_q <= decimal({7'd0, thread_i});
          if (op == `LOCKARB_OP_HOLD_COUNT) begin
            answer_hold_count_q <= decimal(data_i[20:5]);
          end else begin
            answer_owners_q <= decimal({7'd0, data_i[13:5]});
            answer_shared_waiters_q <= decimal({7'd0, data_i[22:14]});
            answer_exclusive_waiters_q <= decimal({7'd0, data_i[31:23]});
          end
        end
      end else begin
        answer_value_q <= hexadecimal(value);
        // Registers that name a thread.
        if ((place == `LOCKARB_GRANT_OFFSET || place == `LOCKARB_TAKE_OFFSET) && !s2_write_q && value[31])
        begin
          answer_thread_q <= decimal({7'd0, value[24:16]});
          answer_lock_q <= decimal({4'd0, value[11:0]});
        end
        if (place == `LOCKARB_OPERAND_OFFSET || place == `LOCKARB_CURRENT_THREAD_OFFSET && value[31])
          answer_thread_q <= decimal({7'd0, value[8:0]});
      end
    end
  end

  // -------------------------------------------------------------------------------------- granted
  reg granted_shown_q;
  reg [8*5-1:0] granted_thread_q, granted_core_q;
  always @(posedge clk_i) begin
    granted_shown_q <= live && push_i;
    if (live && push_i) begin
      granted_thread_q <= decimal({7'd0, push_thread_i});
      granted_core_q <= decimal({11'd0, push_core_i});
    end else if (!rst_ni || granted_shown_q) begin
      granted_thread_q <= 40'd0;
      granted_core_q <= 40'd0;
    end
  end

  wire unused_texts = &{1'b0, asked_read_q, asked_read_core_q, asked_read_lock_q, asked_write_q,
      asked_write_core_q, answer_to_q, answer_status_q, answer_core_q, answer_thread_q, answer_lock_q,
      answer_owners_q, answer_shared_waiters_q, answer_exclusive_waiters_q, answer_hold_count_q,
      answer_value_q, granted_thread_q, granted_core_q};

endmodule

`default_nettype wire
