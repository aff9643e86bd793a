#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Are RTL and netlist the same function? tests/gate/equivalence.sh OUTPUT_FOLDER
# Prints a table; fails when a comparison does not end as it should.
#
# Both sides become one circuit in which each pin, flip-flop and input of a block RAM is a point that must be
# equal; Yosys proves each from the others, the clock before (equiv_simple, equiv_induct). The RTL side is
# not mapped to cells but for its block RAMs, which are mapped as in the netlist and then cut out: that
# the cells SB_RAM40_4K hold what lockarb_ram holds is for simulation to show (`make gate`).
set -eu
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../../rtl"
files=$(tr '\n' ' ' <lockarb.f)

# The cells that the netlist consists of: Yosys' file has others, which take it long to read.
cells=$(dirname "$(command -v yosys)")/../share/yosys/ice40/cells_sim.v
awk 'BEGIN{ours = 1} /^module /{ours = $2 ~ /^SB_(LUT4|CARRY|DFFE?(S[SR])?)$/} ours {print} /^endmodule/{ours = 0}' \
  "$cells" >"$out/cells.v"

# compare NAME equal|different MODULE RTL_OF_NETLIST PARAMETERS...
compare() {
  name=$1 expected=$2 module=$3 netlist_files=$4
  shift 4
  log=$out/$(echo "$name" | tr ' ' '_').log
  chparam=${1:+chparam $* $module}
  # Warnings about cells that the netlist has none of, and about the RAMs that are cut out.
  yosys -q -l "$log" -w 'limited support for tri-state' -w 'No SAT model available for cell.*SB_RAM40_4K' -p "
    read_verilog $files
    $chparam
    read_verilog -lib +/ice40/cells_sim.v
    hierarchy -check -top $module
    proc
    flatten
    opt -nodffe -nosdff
    opt -mux_undef
    memory_dff -no-rw-check
    memory -nomap -no-rw-check
    opt_clean
    memory_libmap -lib +/ice40/brams.txt -no-auto-huge
    techmap -map +/ice40/brams_map.v
    ice40_braminit
    memory_map
    simplemap t:\$mux t:\$*dff*
    opt_clean
    select -set points t:\$_*DFF* %co1:+[Q] w:* %i t:SB_RAM40_4K %co1:+[RDATA] w:* %i %u o:* %u i:* %u
    rename -hide w:* @points %d
    rename $module gold
    design -stash gold

    read_verilog $netlist_files
    $chparam
    synth_ice40 -no-rw-check -top $module
    techmap -autoproc -map $out/cells.v t:SB_LUT4 t:SB_CARRY t:SB_DFF*
    select -assert-none t:SB_* t:SB_RAM40_4K %d
    opt_clean
    rename $module gate
    design -stash gate

    design -copy-from gold -as gold gold
    design -copy-from gate -as gate gate
    read_verilog -lib +/ice40/cells_sim.v
    equiv_make gold gate equiv
    hierarchy -top equiv
    opt_clean
    select -assert-min 1 t:\$equiv
    equiv_simple
    equiv_induct -seq 2
    equiv_status" >"$log.errors" 2>&1 || { cat "$log.errors"; exit 1; }
  said=$(sed -n 's/.*Of those cells \([0-9]*\) are proven and \([0-9]*\) are unproven.*/\1 \2/p' "$log")
  proven=${said% *} unproven=${said#* }
  result=different
  test "$unproven" = 0 && result=equal
  printf '%-58s %7s %9s  %s\n' "$name" "$proven" "$unproven" "$result"
  if test "$result" != "$expected"; then
    echo "equivalence.sh: $name: expected $expected; see $log" >&2
    exit 1
  fi
}

printf '%-58s %7s %9s  %s\n' module proven unproven ""
compare 'lockarb_check' equal lockarb_check "$files"
compare 'lockarb_decide' equal lockarb_decide "$files"

# That a difference is found: a netlist of a decision that ignores writers first.
sed 's/ && !(writer_first_i && ew);/;/' lockarb_decide.v >"$out/lockarb_decide.v"
! cmp -s lockarb_decide.v "$out/lockarb_decide.v"
compare 'lockarb_decide, netlist of a faulty one' different lockarb_decide "$out/lockarb_decide.v"

size() { echo "-set NumCores $1 -set NumThreads $2 -set NumLocks $3 -set HoldWidth $4 -set Statistics $5"; }
compare 'lockarb, 2 cores x 4 threads x 4 locks' equal lockarb "$files" $(size 2 4 4 2 0)
compare 'lockarb, the same with statistics' equal lockarb "$files" $(size 2 4 4 2 1)
