#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The census of names finds what is missing and nothing else, says what is wrong with its input, and finds none
# in the shipped programs.
# usage: wdk_names.sh SOURCE_FOLDER
census=$1/tests/sw/wdk_names.py
folder=$(mktemp -d) || exit 2
trap 'rm -r "$folder"' EXIT
fail=0

# the exit status and the output that are wanted, then the arguments
check() {
  wanted=$1 text=$2
  shift 2
  output=$("$census" "$@" 2>&1)
  status=$?
  case $output in
    *"$text"*) [ $status = "$wanted" ] && return ;;
  esac
  echo "wdk_names.py $*: exit status $status, not $wanted with \"$text\":"
  printf '%s\n' "$output"
  fail=1
}

check 0 ' 0 names are missing' "$1"/sim/programs/*.c "$1"/tests/sw/every_routine*.c "$1"/tests/sw/executive/*_cases.c

cat > "$folder/uses.c" <<'END'
#define ExMine(x) x /* ExInAComment() */
static void KeMine(void) { KeNoSuchRoutine("KeInAString()"); ExMine(1); }
typedef struct { PKNOSUCH *p; } KTIMER_OF_MINE;
void f(void) { KeMine(); RtlULongToUShort(1, 0); ExNoSuchRoutine(); ASSERT(1); // RtlInAComment()
}
END
cp "$folder/uses.c" "$folder/again.c"
echo 'void g(void) { KeNoSuchRoutine(); }' > "$folder/once_more.c"
check 1 '    3 KeNoSuchRoutine
    2 ExNoSuchRoutine
wdk_names.py: 3 files, 2 names are missing' "$folder/uses.c" "$folder/again.c" "$folder/once_more.c"
check 0 'ExAcquireResourceExclusiveLite' --known
check 2 'no file; give the C files to look into'
check 2 "$folder/none.c: No such file or directory; give C files that exist" "$folder/none.c"
head -c 10 /dev/zero > "$folder/zeros.c"
check 2 "$folder/zeros.c: it has zero bytes, so it is no C file" "$folder/zeros.c"
check 2 "--sw $folder: its headers do not compile; give the folder" --sw "$folder" "$folder/uses.c"
exit $fail
