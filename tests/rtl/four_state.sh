#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# four_state.sh OUTPUT CORES THREADS LOCKS HOLD_WIDTH CHECK_USER STATISTICS PARITY RAM_STAGE, in rtl/: no output of
# lockarb is ever X after reset (four_state.v).
set -eu
output=$1 cores=$2 threads=$3 locks=$4 hold=$5 check=$6 statistics=$7 parity=$8 stage=$9
bench=$(dirname "$0")/four_state.v
# Where a few threads meet, every status must come up but the one that needs a bit to flip.
statuses=0
if [ "$threads" -gt 2 ] && [ "$threads" -lt 9 ]; then
  codes=$(sed -n '/STATUS_ERR_PARITY/d; s/^`define LOCKARB_STATUS_[A-Z_]* 5.h\([0-9a-f]*\)$/\1/p' lockarb_regs.vh)
  for code in $codes; do statuses=$((statuses | 1 << 0x$code)); done
fi
mkdir -p "$output"
name=$output/$cores-$threads-$locks-$hold-$check-$statistics-$parity-$stage
iverilog -g2005 -Wall -Wno-timescale -s four_state -o "$name" -P four_state.NumCores="$cores" -P four_state.NumThreads="$threads" \
  -P four_state.NumLocks="$locks" -P four_state.HoldWidth="$hold" -P four_state.CheckUser="$check" \
  -P four_state.Statistics="$statistics" -P four_state.Parity="$parity" -P four_state.RamStage="$stage" $(cat lockarb.f) "$bench"
# One that goes far, and some that begin: what is X is soon written by chance.
run() {
  vvp -n "$name" "$@" >"$name.log"
  cat "$name.log"
  grep -qx PASS "$name.log"
}
run +seed=1 +steps=4000 +statuses=$(printf %x $statuses)
for seed in 2 3 4; do run +seed=$seed +steps=200; done
