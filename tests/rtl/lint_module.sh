#!/bin/sh
# lint_module.sh verilator|icarus|yosys MODULE [PARAMETER=VALUE...], in rtl/: fails on any warning. For what is
# built around lockarb: the UART, the boards, and what is measured; with DEFINE=LOCKARB_VIEW what a waveform shows.
set -eu
tool=$1 top=$2
shift 2
files="$(cat lockarb.f lockarb_board.f | tr '\n' ' ') synth/test_and_set.v synth/lockarb_pins.v"
define=
if [ -n "${DEFINE:-}" ]; then files="$files views/lockarb_view.v" define=$DEFINE; fi
cells=
# Only yosys knows the cells of the vendors.
case $top in
  lockarb_ulx3s) files="$files boards/ulx3s/$top.v" cells=+/ecp5/cells_bb.v ;;
  lockarb_hx8k | lockarb_icebreaker) files="$files boards/${top#lockarb_}/$top.v" cells=+/ice40/cells_sim.v ;;
esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
case $tool in
  verilator)
    verilator --lint-only -Wall ${define:++define+$define} -Iviews lockarb.vlt $files --top-module "$top" $(printf -- ' -G%s' "$@" | sed 's/ -G$//') ;;
  icarus)
    iverilog -g2005 -Wall ${define:+-D$define} -Iviews -s "$top" -o /dev/null $(printf " -P $top.%s" "$@" | sed "s/ -P $top.\$//") $files ;;
  yosys)
    yosys -q -p "${cells:+read_verilog -lib $cells;} read_verilog ${define:+-D$define} -Iviews $files
      hierarchy -check -top $top $(printf ' -chparam %s' "$@" | sed 's/ -chparam $//; s/=/ /g')
      proc
      check -assert" ;;
esac >"$log" 2>&1 || { cat "$log"; exit 1; }
# Newer versions of Verilator print a report, each line with a dash before it, also when nothing was found.
grep -v '^- ' "$log" || exit 0
exit 1
