// SPDX-License-Identifier: Apache-2.0
// Made from rtl/regs/lockarb.rdl by `make regs`: do not edit.
localparam NameChars = 45;
localparam StatusChars = 23;

function [8*45-1:0] name_of_operation(input [4:0] of);
  case (of)
    5'h00: name_of_operation = "TRY_EXCLUSIVE";
    5'h01: name_of_operation = "TRY_SHARED";
    5'h02: name_of_operation = "TRY_SHARED_STARVE_EXCLUSIVE";
    5'h03: name_of_operation = "TRY_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h04: name_of_operation = "ACQUIRE_EXCLUSIVE";
    5'h05: name_of_operation = "ACQUIRE_SHARED";
    5'h06: name_of_operation = "ACQUIRE_SHARED_STARVE_EXCLUSIVE";
    5'h07: name_of_operation = "ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h08: name_of_operation = "ENTER_TRY_EXCLUSIVE";
    5'h09: name_of_operation = "ENTER_TRY_SHARED";
    5'h0a: name_of_operation = "ENTER_TRY_SHARED_STARVE_EXCLUSIVE";
    5'h0b: name_of_operation = "ENTER_TRY_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h0c: name_of_operation = "ENTER_ACQUIRE_EXCLUSIVE";
    5'h0d: name_of_operation = "ENTER_ACQUIRE_SHARED";
    5'h0e: name_of_operation = "ENTER_ACQUIRE_SHARED_STARVE_EXCLUSIVE";
    5'h0f: name_of_operation = "ENTER_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h10: name_of_operation = "RELEASE";
    5'h11: name_of_operation = "RELEASE_AND_LEAVE";
    5'h12: name_of_operation = "RELEASE_FOR";
    5'h13: name_of_operation = "CONVERT";
    5'h14: name_of_operation = "SET_OWNER";
    5'h15: name_of_operation = "HOLD_COUNT";
    5'h16: name_of_operation = "INITIALIZE";
    5'h17: name_of_operation = "REINITIALIZE";
    5'h18: name_of_operation = "DELETE";
    5'h19: name_of_operation = "CANCEL";
    5'h1a: name_of_operation = "DRAIN";
    5'h1b: name_of_operation = "INITIALIZE_WRITER_FIRST";
    5'h1c: name_of_operation = "INITIALIZE_USER";
    5'h1d: name_of_operation = "INITIALIZE_USER_WRITER_FIRST";
    default: name_of_operation = "no operation";
  endcase
endfunction
function [8*45-1:0] name_of_issue(input [4:0] of);
  case (of)
    5'h00: name_of_issue = "issue TRY_EXCLUSIVE";
    5'h01: name_of_issue = "issue TRY_SHARED";
    5'h02: name_of_issue = "issue TRY_SHARED_STARVE_EXCLUSIVE";
    5'h03: name_of_issue = "issue TRY_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h04: name_of_issue = "issue ACQUIRE_EXCLUSIVE";
    5'h05: name_of_issue = "issue ACQUIRE_SHARED";
    5'h06: name_of_issue = "issue ACQUIRE_SHARED_STARVE_EXCLUSIVE";
    5'h07: name_of_issue = "issue ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h08: name_of_issue = "issue ENTER_TRY_EXCLUSIVE";
    5'h09: name_of_issue = "issue ENTER_TRY_SHARED";
    5'h0a: name_of_issue = "issue ENTER_TRY_SHARED_STARVE_EXCLUSIVE";
    5'h0b: name_of_issue = "issue ENTER_TRY_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h0c: name_of_issue = "issue ENTER_ACQUIRE_EXCLUSIVE";
    5'h0d: name_of_issue = "issue ENTER_ACQUIRE_SHARED";
    5'h0e: name_of_issue = "issue ENTER_ACQUIRE_SHARED_STARVE_EXCLUSIVE";
    5'h0f: name_of_issue = "issue ENTER_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE";
    5'h10: name_of_issue = "issue RELEASE";
    5'h11: name_of_issue = "issue RELEASE_AND_LEAVE";
    5'h12: name_of_issue = "issue RELEASE_FOR";
    5'h13: name_of_issue = "issue CONVERT";
    5'h14: name_of_issue = "issue SET_OWNER";
    5'h15: name_of_issue = "issue HOLD_COUNT";
    5'h16: name_of_issue = "issue INITIALIZE";
    5'h17: name_of_issue = "issue REINITIALIZE";
    5'h18: name_of_issue = "issue DELETE";
    5'h19: name_of_issue = "issue CANCEL";
    5'h1a: name_of_issue = "issue DRAIN";
    5'h1b: name_of_issue = "issue INITIALIZE_WRITER_FIRST";
    5'h1c: name_of_issue = "issue INITIALIZE_USER";
    5'h1d: name_of_issue = "issue INITIALIZE_USER_WRITER_FIRST";
    default: name_of_issue = "issue no operation";
  endcase
endfunction
function [8*45-1:0] name_of_read(input [18:0] of);
  case (of)
    19'h00000: name_of_read = "read ID";
    19'h00004: name_of_read = "read PARAMS";
    19'h00008: name_of_read = "read LIMITS";
    19'h0000c: name_of_read = "read STATUS";
    19'h00010: name_of_read = "read TIME_LO";
    19'h00014: name_of_read = "read TIME_HI";
    19'h00018: name_of_read = "read CONTROL";
    19'h00020: name_of_read = "read CURRENT_THREAD";
    19'h00024: name_of_read = "read OPERAND";
    19'h00028: name_of_read = "read GRANT";
    19'h0002c: name_of_read = "read ERROR";
    19'h00030: name_of_read = "read APC_MASK";
    19'h00034: name_of_read = "read IRQL";
    19'h00038: name_of_read = "read APC_PENDING";
    19'h0003c: name_of_read = "read APC_DELIVERABLE";
    19'h00040: name_of_read = "read USER_ERROR";
    19'h00044: name_of_read = "read ARM";
    19'h00048: name_of_read = "read ANSWER";
    19'h0004c: name_of_read = "read USER_ANSWER";
    19'h00050: name_of_read = "read ISSUE";
    19'h00054: name_of_read = "read TAKE";
    default: name_of_read = "read no register";
  endcase
endfunction
function [8*45-1:0] name_of_write(input [18:0] of);
  case (of)
    19'h00000: name_of_write = "write ID";
    19'h00004: name_of_write = "write PARAMS";
    19'h00008: name_of_write = "write LIMITS";
    19'h0000c: name_of_write = "write STATUS";
    19'h00010: name_of_write = "write TIME_LO";
    19'h00014: name_of_write = "write TIME_HI";
    19'h00018: name_of_write = "write CONTROL";
    19'h00020: name_of_write = "write CURRENT_THREAD";
    19'h00024: name_of_write = "write OPERAND";
    19'h00028: name_of_write = "write GRANT";
    19'h0002c: name_of_write = "write ERROR";
    19'h00030: name_of_write = "write APC_MASK";
    19'h00034: name_of_write = "write IRQL";
    19'h00038: name_of_write = "write APC_PENDING";
    19'h0003c: name_of_write = "write APC_DELIVERABLE";
    19'h00040: name_of_write = "write USER_ERROR";
    19'h00044: name_of_write = "write ARM";
    19'h00048: name_of_write = "write ANSWER";
    19'h0004c: name_of_write = "write USER_ANSWER";
    19'h00050: name_of_write = "write ISSUE";
    19'h00054: name_of_write = "write TAKE";
    default: name_of_write = "write no register";
  endcase
endfunction
function [8*45-1:0] name_of_statistic(input [4:0] of);
  case (of)
    5'h00: name_of_statistic = "read ACQUISITIONS";
    5'h04: name_of_statistic = "read CONTENTIONS";
    5'h08: name_of_statistic = "read LONGEST_WAIT";
    5'h0c: name_of_statistic = "read LONGEST_HOLD";
    5'h10: name_of_statistic = "read DEEPEST_QUEUE";
    default: name_of_statistic = "read no statistic";
  endcase
endfunction
function [8*23-1:0] name_of_status(input [4:0] of);
  case (of)
    5'h01: name_of_status = "GRANTED_EXCLUSIVE";
    5'h02: name_of_status = "GRANTED_SHARED";
    5'h03: name_of_status = "RECURSED_EXCLUSIVE";
    5'h04: name_of_status = "RECURSED_SHARED";
    5'h05: name_of_status = "NOT_GRANTED";
    5'h06: name_of_status = "WAITING";
    5'h07: name_of_status = "WAITING_SELF_BLOCK";
    5'h08: name_of_status = "HELD";
    5'h09: name_of_status = "LEFT";
    5'h0a: name_of_status = "FREED";
    5'h0b: name_of_status = "HANDED_EXCLUSIVE";
    5'h0c: name_of_status = "HANDED_SHARED";
    5'h0d: name_of_status = "CANCELLED";
    5'h0e: name_of_status = "ALREADY_GRANTED";
    5'h0f: name_of_status = "CONVERTED";
    5'h10: name_of_status = "DONE";
    5'h11: name_of_status = "DONE_HELD";
    5'h13: name_of_status = "ERR_NOT_ARMED";
    5'h14: name_of_status = "ERR_NOT_OWNED_SHARED";
    5'h15: name_of_status = "ERR_NOT_OWNED_EXCLUSIVE";
    5'h16: name_of_status = "ERR_OWNER_VALUE";
    5'h17: name_of_status = "ERR_CONVERT";
    5'h18: name_of_status = "ERR_IRQL";
    5'h19: name_of_status = "ERR_LOCK";
    5'h1a: name_of_status = "ERR_INITIALIZED";
    5'h1b: name_of_status = "ERR_WAITERS";
    5'h1c: name_of_status = "ERR_OVERFLOW";
    5'h1d: name_of_status = "ERR_THREAD";
    5'h1e: name_of_status = "ERR_OPERATION";
    5'h1f: name_of_status = "ERR_PARITY";
    default: name_of_status = "no status";
  endcase
endfunction
