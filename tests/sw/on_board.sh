#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command while a simulated board runs; LOCKARB_TEST_BOARD names its serial line.
# usage: on_board.sh BOARD_SIM COMMAND...
board_sim=$1
shift
folder=$(mktemp -d)
: >"$folder/said"
"$board_sim" --link "$folder/board.pty" >"$folder/said" 2>&1 &
board=$!
trap 'kill -TERM $board; wait $board; rm -r "$folder"' EXIT
until grep -q 'UART is' "$folder/said"; do
  kill -0 $board || exit 1
  sleep 0.1
done
LOCKARB_TEST_BOARD=$folder/board.pty "$@"
