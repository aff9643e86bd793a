#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lockarb as iCE40 cells, for a simulator: rtl/synth/netlist.sh OUTPUT.v CORES THREADS LOCKS HOLD_WIDTH CHECK_USER STATISTICS
# The cells are those of Yosys (ice40/cells_sim.v), but for the block RAMs: lockarb_ram40_4k.v.
set -eu
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
cd "$(dirname "$0")/.."
# Contents of the RAMs that nobody gave are lockarb_ram40_4k.v's to choose.
inits=$(for i in 0 1 2 3 4 5 6 7 8 9 A B C D E F; do printf ' -unset INIT_%s' $i; done)
# Bit by bit, since bits of one vector that follow from each other look like a loop to a simulator.
# The temporary file: a netlist is complete, or not there.
yosys -q -e . -p "
  read_verilog $(tr '\n' ' ' < lockarb.f)
  chparam -set NumCores $2 -set NumThreads $3 -set NumLocks $4 -set HoldWidth $5 -set CheckUser $6 \
    -set Statistics $7 lockarb
  synth_ice40 -no-rw-check -top lockarb
  setparam$inits t:SB_RAM40_4K
  chtype -set lockarb_ram40_4k t:SB_RAM40_4K
  splitnets
  write_verilog -noattr $out.part"
mv "$out.part" "$out"
