#!/bin/sh
# lint.sh verilator|icarus|yosys CORES THREADS LOCKS HOLD_WIDTH CHECK_USER STATISTICS, in rtl/: fails on any warning.
set -eu
tool=$1 cores=$2 threads=$3 locks=$4 hold=$5 check=$6 statistics=$7
files=$(tr '\n' ' ' <lockarb.f)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
case $tool in
  verilator)
    verilator --lint-only -Wall lockarb.vlt $files --top-module lockarb -GNumCores="$cores" \
      -GNumThreads="$threads" -GNumLocks="$locks" -GHoldWidth="$hold" -GCheckUser="$check" \
      -GStatistics="$statistics" ;;
  icarus)
    iverilog -g2005 -Wall -s lockarb -o /dev/null -P lockarb.NumCores="$cores" \
      -P lockarb.NumThreads="$threads" -P lockarb.NumLocks="$locks" \
      -P lockarb.HoldWidth="$hold" -P lockarb.CheckUser="$check" \
      -P lockarb.Statistics="$statistics" $files ;;
  yosys)
    yosys -q -p "read_verilog $files
      hierarchy -check -top lockarb -chparam NumCores $cores -chparam NumThreads $threads \
        -chparam NumLocks $locks -chparam HoldWidth $hold -chparam CheckUser $check \
        -chparam Statistics $statistics
      proc
      check -assert" ;;
esac >"$log" 2>&1 || { cat "$log"; exit 1; }
# Newer versions of Verilator print a report, each line with a dash before it, also when nothing was found.
grep -v '^- ' "$log" || exit 0
exit 1
