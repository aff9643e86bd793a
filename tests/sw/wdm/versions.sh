#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A routine is declared for programs that ask for its version of Windows or a newer one, no other.
# Also: the structures of a 32-bit host, which nothing else here compiles for.
# usage: versions.sh SW_FOLDER
cd "$1" || exit 2
fail=0

# $source, with the options given
compile() {
  printf '%s\n' "$source" | gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iexecutive/include \
    -Iwdm/include "$@" -x c - 2>/dev/null
}

# the first version that declares it, the last one that does not, an expression that uses it
check() {
  first=$1
  last=$2
  use=$3
  source="#include <ntifs.h>
  void use(PERESOURCE r, PVOID p) { (void)r, (void)p, $use; }"
  compile || { echo "without a version, not declared: $use"; fail=1; }
  compile "-DNTDDI_VERSION=$first" || { echo "version $first, not declared: $use"; fail=1; }
  if [ "$last" != none ] && compile "-DNTDDI_VERSION=$last"; then
    echo "version $last, but declared: $use"
    fail=1
  fi
}

check 0x05000000 none '(void)ExAcquireResourceExclusiveLite(r, TRUE)'
check 0x05000000 none '(void)KeCancelTimer((PKTIMER)p)'
check 0x06000000 0x05020000 'IoUninitializeWorkItem((PIO_WORKITEM)p)'
check 0x06010000 0x06000000 '(void)KeSetTargetProcessorDpcEx((PKDPC)p, (PPROCESSOR_NUMBER)p)'
check 0x06030000 0x06020000 '(void)ExCancelTimer((PEX_TIMER)p, p)'
check 0x05000000 none '(void)ExTryToAcquireResourceExclusiveLite(r)'
check 0x05010000 0x05000000 '(void)KeAreApcsDisabled()'
for routine in KeEnterGuardedRegion KeLeaveGuardedRegion KeAreAllApcsDisabled; do
  check 0x05020000 0x05010300 "(void)$routine()"
done
check 0x05020000 0x05010300 'KeInitializeGuardedMutex((PKGUARDED_MUTEX)p)'
for routine in ExEnterCriticalRegionAndAcquireResourceExclusive \
  ExEnterCriticalRegionAndAcquireResourceShared \
  ExEnterCriticalRegionAndAcquireSharedWaitForExclusive ExReleaseResourceAndLeaveCriticalRegion; do
  check 0x05020100 0x05020000 "(void)$routine(r)"
  check 0x06000000 0x05010300 "(void)$routine(r)"
done
check 0x06000000 0x05020200 '(void)KeQueryActiveProcessorCount(NULL)'
check 0x06010000 0x06000100 'ExSetResourceOwnerPointerEx(r, p, 0)'
for routine in ExEnterPriorityRegionAndAcquireResourceExclusive \
  ExEnterPriorityRegionAndAcquireResourceShared ExReleaseResourceAndLeavePriorityRegion; do
  check 0x06010000 0x06000100 "(void)$routine(r)"
done
check 0x0A000008 0x0A000007 '(void)ExAllocatePool2(POOL_FLAG_PAGED, 1, 1)'

# The older name for the wish, and two wishes.
source='#include <wdm.h>
void use(PERESOURCE r) { ExReleaseResourceAndLeaveCriticalRegion(r); }'
compile -D_WIN32_WINNT=0x0600 || { echo "_WIN32_WINNT 0x0600 is not Vista"; fail=1; }
compile -D_WIN32_WINNT=0x0501 && { echo "_WIN32_WINNT 0x0501 is not XP"; fail=1; }
compile -D_WIN32_WINNT=0x0501 -DNTDDI_VERSION=0x06000000 && { echo "XP and Vista at once"; fail=1; }
compile -D_WIN32_WINNT=0x0600 -DNTDDI_VERSION=0x06010000 && { echo "Vista and 7 at once"; fail=1; }
compile -D_WIN32_WINNT=0x0601 -DNTDDI_VERSION=0x06020000 || { echo "7 and 8 at once are refused"; fail=1; }
compile -D_WIN32_WINNT=0x0A00 -DNTDDI_VERSION=0x05020000 && { echo "not by NTDDI_VERSION"; fail=1; }

clang --target=i386-unknown-none -std=c11 -ffreestanding -Wall -Wextra -Werror -fsyntax-only \
  -Iexecutive/include -Iwdm/include wdm/layout.c || fail=1
exit $fail
