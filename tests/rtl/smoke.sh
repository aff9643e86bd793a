#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# smoke.sh OUTPUT [FUSESOC]: the Verilog bench of rtl/boards says PASS, built from the file lists, or by FuseSoC from
# rtl/lockarb.core. Run in rtl/. Exit status 77 when FuseSoC is not installed.
set -eu
output=$1
mkdir -p "$output"
if [ $# = 1 ]; then
  iverilog -g2005 -Wall -s lockarb_smoke -o "$output/smoke" $(cat lockarb.f lockarb_board.f) boards/lockarb_smoke.v
  "$output/smoke" >"$output/log"
else
  test -x "$2" || exit 77
  "$2" --cores-root . run --build-root "$output" --target sim lockarb:ip:lockarb >"$output/log" 2>&1 || {
    cat "$output/log"
    exit 1
  }
fi
cat "$output/log"
grep -qx PASS "$output/log"
