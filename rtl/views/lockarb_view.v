`default_nettype none

// lockarb_view: what happens inside lockarb as texts, to be looked at in a waveform.
//
// Policy
//   - Nothing here is synthesized or goes back into lockarb: it is there under LOCKARB_VIEW only, which
//     the models that record a waveform define.
//   - A text is shown in the clock in which it is true, and is empty in all others. So nothing that is not
//     an answer looks like one.
//   - The names come from the register description (lockarb_names.vh), so none is missing.
//
// Timing
//   - asked_*: while the access is offered on the pins. answer_*: for one clock, that in which R or B begins
//     to show the answer when nothing waits there before it. granted_*: in the clock of the grant.
module lockarb_view (
    input wire        clk_i,
    input wire        rst_ni,        // synchronous, active low

    input wire        read_i,        // level: an address on AR,
    input wire [24:0] read_addr_i,
    input wire        write_i,       //   on AW
    input wire [24:0] write_addr_i,

    input wire        take_i,        // an access goes from S1 to S2:
    input wire        take_write_i,
    input wire        take_issue_i,
    input wire [24:0] take_addr_i,

    input wire        answer_i,      // it is answered,
    input wire        error_i,       //   with SLVERR
    input wire [31:0] data_i,
    input wire [31:0] wdata_i,
    input wire [ 8:0] thread_i,      // the thread that it was about

    input wire        push_i,        // a waiting thread is granted:
    input wire [ 8:0] push_thread_i,
    input wire [ 4:0] push_core_i
);

`include "lockarb_regs.vh"
`include "lockarb_names.vh"

  // Without the zeros in front; what is no number is empty.
  function [8*4-1:0] decimal(input on, input [11:0] number);
    decimal = !on ? 32'd0 : {
      number < 12'd1000 ? 8'd0 : digit(number / 12'd1000),
      number < 12'd100 ? 8'd0 : digit(number / 12'd100),
      number < 12'd10 ? 8'd0 : digit(number / 12'd10),
      digit(number)
    };
  endfunction
  function [7:0] digit(input [11:0] number);
    reg [11:0] rest;
    begin
      rest = number % 12'd10;
      digit = "0" | {4'd0, rest[3:0] & {4{rest[11:4] == 8'd0}}};
    end
  endfunction
  function [8*10-1:0] hexadecimal(input on, input [31:0] number);
    integer n;
    reg [3:0] nibble;
    begin
      hexadecimal = on ? {"0x", 64'd0} : 80'd0;
      for (n = 0; n < 8; n = n + 1) begin
        nibble = number[4*n+:4];
        if (on) hexadecimal[8*n+:8] = (nibble < 4'd10 ? "0" : "W") + {4'd0, nibble};
      end
    end
  endfunction
  function [8*NameChars-1:0] name_of(input write, input issue, input [19:0] place);
    name_of = place[19] && (!write || issue) ? name_of_operation(place[18:14])
        : write ? name_of_write(place[18:0])
        : place[18:0] >= `LOCKARB_STATISTICS_OFFSET ? name_of_statistic(place[4:0])
        : name_of_read(place[18:0]);
  endfunction

  // -------------------------------------------------------------------------- on the pins, offered
  wire [8*NameChars-1:0] asked_read = read_i ? name_of(1'b0, 1'b0, read_addr_i[19:0])
      : {8 * NameChars{1'b0}};
  wire [8*4-1:0] asked_read_core = decimal(read_i, {7'd0, read_addr_i[24:20]});
  wire [8*4-1:0] asked_read_lock = decimal(read_i && read_addr_i[19], read_addr_i[13:2]);
  wire [8*NameChars-1:0] asked_write = write_i ? name_of(1'b1, 1'b0, write_addr_i[19:0])
      : {8 * NameChars{1'b0}};
  wire [8*4-1:0] asked_write_core = decimal(write_i, {7'd0, write_addr_i[24:20]});

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

  reg [8*NameChars-1:0] answer_to_q, answer_status_q;
  reg [8*4-1:0] answer_core_q, answer_thread_q, answer_lock_q;
  reg [8*4-1:0] answer_owners_q, answer_shared_waiters_q, answer_exclusive_waiters_q, answer_hold_count_q;
  reg [8*10-1:0] answer_value_q;
  wire command = answer_i && s2_addr_q[19] && (!s2_write_q || s2_issue_q);
  wire result = command && !error_i;
  wire hold = s2_addr_q[18:14] == `LOCKARB_OP_HOLD_COUNT;
  always @(posedge clk_i) begin
    if (!rst_ni || !answer_i) begin
      answer_to_q <= {8 * NameChars{1'b0}};
      answer_status_q <= {8 * NameChars{1'b0}};
    end else begin
      answer_to_q <= name_of(s2_write_q, s2_issue_q, s2_addr_q[19:0]);
      answer_status_q <= error_i ? "SLVERR" : command ? name_of_status(data_i[4:0]) : "";
    end
    answer_core_q <= decimal(rst_ni && answer_i, {7'd0, s2_addr_q[24:20]});
    answer_thread_q <= decimal(rst_ni && result, {3'd0, thread_i});
    answer_lock_q <= decimal(rst_ni && command, s2_addr_q[13:2]);
    answer_owners_q <= decimal(rst_ni && result && !hold, {3'd0, data_i[13:5]});
    answer_shared_waiters_q <= decimal(rst_ni && result && !hold, {3'd0, data_i[22:14]});
    answer_exclusive_waiters_q <= decimal(rst_ni && result && !hold, {3'd0, data_i[31:23]});
    answer_hold_count_q <= decimal(rst_ni && result && hold, data_i[16:5]);
    answer_value_q <= hexadecimal(rst_ni && answer_i && !command && !error_i,
                                  s2_write_q ? wdata_i : data_i);
  end

  // -------------------------------------------------------------------------------------- granted
  wire [8*4-1:0] granted_thread = decimal(push_i, {3'd0, push_thread_i});
  wire [8*4-1:0] granted_core = decimal(push_i, {7'd0, push_core_i});

  wire unused_texts = &{1'b0, asked_read, asked_read_core, asked_read_lock, asked_write, asked_write_core,
      answer_to_q, answer_status_q, answer_core_q, answer_thread_q, answer_lock_q, answer_owners_q,
      answer_shared_waiters_q, answer_exclusive_waiters_q, answer_hold_count_q, answer_value_q,
      granted_thread, granted_core};

endmodule

`default_nettype wire
