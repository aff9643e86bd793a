#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Area in other families, by synthesis alone: rtl/synth/families.sh [CORES THREADS LOCKS HOLD_WIDTH]
# Prints the cells that yosys maps lockarb, without parity, to, one family a paragraph.
set -eu
cores=${1:-4} threads=${2:-64} locks=${3:-256} hold=${4:-4}
cd "$(dirname "$0")/.."
for command in "synth_ice40 -no-rw-check" "synth_ecp5 -no-rw-check" "synth_xilinx -family xc7 -flatten -noiopad" \
  "synth_intel_alm -family cyclonev -noiopad"; do
  echo "$command"
  yosys -p "read_verilog $(tr '\n' ' ' <lockarb.f)
    chparam -set NumCores $cores -set NumThreads $threads -set NumLocks $locks -set HoldWidth $hold -set Parity 0 lockarb
    $command -top lockarb
    tee -o /dev/stderr stat" 2>&1 >/dev/null | grep -E '^ +[A-Z][A-Za-z0-9_]+ +[0-9]+$' || true
done
