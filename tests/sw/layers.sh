#!/bin/sh
# Each layer of sw/ includes only itself and the next one down, and the C library.
# usage: layers.sh SW_FOLDER
cd "$1" || exit 2
fail=0

# layer, then the patterns of what it may include in quotes
check() {
  layer=$1
  shift
  found=$(grep -rnE '^ *# *include' "$layer" | grep -vE '<((stdbool|stddef|stdint|stdio|stdarg|string|inttypes|setjmp|assert|wchar)\.h|cwchar)>')
  for allowed in "$@"; do
    found=$(printf '%s\n' "$found" | grep -vE "[<\"]$allowed[>\"]")
  done
  if [ -n "$found" ]; then
    echo "$layer/ may not include:"
    printf '%s\n' "$found"
    fail=1
  fi
}

# A backend for programs on a host includes what the host's system has.
check hal 'hal/[a-z]+.h' 'errno.h' 'fcntl.h' 'poll.h' 'stdlib.h' 'sys/file.h' 'termios.h' 'time.h' 'unistd.h'
check driver 'driver/lockarb.h' 'lockarb_regs.h' 'hal/mmio.h'
check executive 'executive/[a-z]+.h' 'lockarb_debugger.h' 'lockarb_kernel.h' 'lockarb_threads.h' 'pseh/pseh2.h' \
  'bugcodes.h' 'interlocked.h' 'lockarb_wchar.h' 'ntdef.h' 'ntstatus.h' 'sdkddkver.h' 'driver/lockarb.h'
check wdm 'wdm.h' 'sal.h' 'concurrencysal.h' 'driverspecs.h' 'ntddk.h' 'ntifs.h' 'lockarb_resource.h' \
  'executive/executive.h' 'lockarb_kernel.h' 'lockarb_threads.h'

# Every routine that a public header declares has an implementation that every_routine.c calls.
routines=$(cat executive/include/lockarb_kernel.h executive/include/interlocked.h wdm/include/wdm.h |
  grep -v '^ *\*' | grep -oE '\b(v?Dbg|Ex|Interlocked|Io|Ke|Kf|Ob|Obf|Ps|Rtl|Zw)[A-Z][A-Za-z0-9]+(##suffix)?\(' |
  sed 's/##suffix//' | sort -u | tr -d '(')
for routine in $routines; do
  case $routine in
    ObfReferenceObject | ObfDereferenceObject) continue ;; # through their macros
  esac
  if ! grep -q "\b$routine(" ../tests/sw/every_routine.c; then
    echo "tests/sw/every_routine.c does not call $routine"
    fail=1
  fi
done
exit $fail
