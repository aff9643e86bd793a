#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Area and clock on an iCE40: rtl/synth/ice40.sh OUTPUT_FOLDER [hx8k|up5k [CORES THREADS LOCKS HOLD_WIDTH STATISTICS PARITY]]
# Prints one line per place-and-route seed. The shift registers of lockarb_pins.v are part of the cells.
set -eu
out=$1 device=${2:-hx8k} cores=${3:-4} threads=${4:-64} locks=${5:-256} hold=${6:-4} statistics=${7:-0}
parity=${8:-0}
case $device in
  hx8k) package=ct256 ;;
  up5k) package=sg48 ;;
  *) echo "ice40.sh: $device: hx8k or up5k" >&2; exit 2 ;;
esac
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")/.."
name=$out/$device-${cores}x${threads}x${locks}x$hold-$statistics-$parity
yosys -q -l "$name.yosys.log" -p "
  read_verilog $(cat lockarb.f | tr '\n' ' ') synth/test_and_set.v synth/lockarb_pins.v
  chparam -set NumCores $cores -set NumThreads $threads -set NumLocks $locks -set HoldWidth $hold \
    -set Statistics $statistics -set Parity $parity lockarb_pins
  synth_ice40 -no-rw-check -top lockarb_pins -json $name.json
  tee -o $name.stat stat"
for seed in 1 2 3; do
  nextpnr-ice40 --"$device" --package $package --json "$name.json" --seed $seed --freq 100 \
    --pcf-allow-unconstrained --log "$name.$seed.log" -q || true
  lc=$(sed -n 's/.*ICESTORM_LC: *\([0-9]*\).*/\1/p' "$name.$seed.log" | head -1)
  ram=$(sed -n 's/.*ICESTORM_RAM: *\([0-9]*\).*/\1/p' "$name.$seed.log" | head -1)
  mhz=$(sed -n "s/.*Max frequency for clock.*: \([0-9.]*\) MHz.*/\1/p" "$name.$seed.log" | tail -1)
  echo "$device, $cores cores x $threads threads x $locks locks, hold width $hold, statistics $statistics, parity $parity, seed $seed: $lc LC, $ram RAM, $mhz MHz"
done
