#!/bin/sh
# Every tool must stop on a parameter out of its range, and name the reason. Run in rtl/.
set -u
lint=$(dirname "$0")/lint.sh
lint_module=$(dirname "$0")/lint_module.sh
status=0
while read -r sizes reason; do
  for tool in verilator icarus yosys; do
    if log=$("$lint" $tool $(echo "$sizes" | tr x ' ') 2>&1) || ! printf '%s' "$log" | grep -q "$reason"; then
      echo "$tool accepts $sizes, or does not say $reason"
      status=1
    fi
  done
done <<LIST
33x64x256x8x0x0 NumCores_must_be_1_to_32
4x1x256x8x0x0 NumThreads_must_be_2_to_511
4x512x256x8x0x0 NumThreads_must_be_2_to_511
4x64x4097x8x0x0 NumLocks_must_be_1_to_4096
4x64x256x1x0x0 HoldWidth_must_be_2_to_16
4x64x256x17x0x0 HoldWidth_must_be_2_to_16
4x64x256x8x2x0 CheckUser_must_be_0_or_1
4x64x256x8x0x2 Statistics_must_be_0_or_1
LIST
while read -r parameter reason; do
  for tool in verilator icarus yosys; do
    if log=$("$lint_module" $tool lockarb_board "$parameter" 2>&1) || ! printf '%s' "$log" | grep -q "$reason"; then
      echo "$tool accepts $parameter, or does not say $reason"
      status=1
    fi
  done
done <<LIST
Baud=2000000 Baud_must_be_at_most_an_eighth_of_ClockHz
Baud=1400000 Baud_must_divide_ClockHz_within_1_percent
Parity=2 Parity_must_be_0_or_1
Timeout=15 Timeout_must_be_16_to_1048576
Timeout=1048577 Timeout_must_be_16_to_1048576
LIST
exit $status
