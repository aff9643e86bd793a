#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each layer of sw/ includes only itself and the next one down, and the C library. So do the layers of
# the executive, where each may include all below it.
# usage: layers.sh SW_FOLDER
cd "$1" || exit 2
fail=0

# files or folder, then the patterns of what they may include in quotes
check() {
  layer=$1
  shift
  # shellcheck disable=SC2086 # several files
  found=$(grep -rnE '^ *# *include' $layer | grep -vE '<((stdbool|stddef|stdint|stdio|stdarg|string|inttypes|setjmp|assert|wchar)\.h|cwchar)>')
  for allowed in "$@"; do
    found=$(printf '%s\n' "$found" | grep -vE "[<\"]$allowed[>\"]")
  done
  if [ -n "$found" ]; then
    echo "$layer may not include:"
    printf '%s\n' "$found"
    fail=1
  fi
}

# A backend for programs on a host includes what the host's system has.
check hal 'hal/[a-z]+.h' 'errno.h' 'fcntl.h' 'poll.h' 'stdlib.h' 'sys/file.h' 'termios.h' 'time.h' 'unistd.h'
check driver 'driver/lockarb(_command)?.h' 'lockarb_regs.h' 'hal/mmio.h'
check executive/include 'lockarb_[a-z_]+.h' 'bugcodes.h' 'interlocked.h' \
  'ntdef.h' 'ntstatus.h' 'sdkddkver.h'

check baseline 'baseline/baseline.h'

# What all layers of the executive stand on: driver, port, the names that programs know, how to stop and
# what to say. Then the layers, from below; diagnosis, which looks into all of them, is no one's but of
# who starts and ends a run.
base='(driver/lockarb.h|lockarb_[a-z_]+.h|executive/(port|call|verify).h|executive/diagnose/report.h)'
check 'executive/port.h executive/call.h executive/verify.h executive/executive.h executive/diagnose/report.h' "$base"
check executive/thread "$base" 'executive/thread/[a-z_]+.h' 'pseh/pseh2.h'
check executive/apc "$base" 'executive/(thread|apc)/[a-z_]+.h'
check executive/wait "$base" 'executive/(thread|apc|wait)/[a-z_]+.h'
check executive/lock "$base" 'executive/(thread|apc|lock)/[a-z_]+.h' 'executive/executive.h'
check executive/rtl "$base" 'executive/rtl/[a-z_]+.h' 'executive/diagnose/format.h' 'ntstrsafe.h'
check executive/system "$base" 'executive/(thread|apc|wait|lock|system)/[a-z_]+.h' 'executive/executive.h' \
  'executive/diagnose/diagnose.h'
check executive/diagnose "$base" 'executive/(thread|apc|wait|lock|system|diagnose)/[a-z_]+.h' \
  'executive/executive.h'

check port/riscv 'executive/port.h' 'hal/mmio.h' 'lockarb_kernel.h' 'wdm.h' 'board.h' 'core.h' 'registers.h' '(soc/)?soc.h' 'stdlib.h' 'limits.h'
check wdm 'wdm.h' 'sal.h' 'concurrencysal.h' 'specstrings.h' 'driverspecs.h' 'ntddk.h' 'ntifs.h' \
  'executive/executive.h' 'lockarb_[a-z_]+.h'

# Every routine that a public header declares has an implementation that every_routine*.c or a
# test in C calls.
routines=$(cat executive/include/*.h wdm/include/*.h |
  grep -v '^ *\*' | grep -oE '\b(v?Dbg|Ex|Interlocked|Io|Ke|Kf|Ob|Obf|Ps|Rtl|Zw)[A-Z][A-Za-z0-9]+(##suffix)?\(' |
  sed 's/##suffix//' | sort -u | tr -d '(')
for routine in $routines; do
  case $routine in
    ObfReferenceObject | ObfDereferenceObject) continue ;; # through their macros
  esac
  if ! grep -q "\b$routine(" ../tests/sw/every_routine*.c ../tests/sw/executive/*_cases.c; then
    echo "tests/sw/every_routine*.c, executive/*_cases.c: none calls $routine"
    fail=1
  fi
done
exit $fail
