#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the README's two commands on a Debian that has nothing but git, make and ca-certificates.
# usage: distro.sh bookworm|trixie
#
# build/distro/NAME.base is made once by debootstrap; each run works in a fresh copy of it, build/distro/NAME,
# with a clone of what is committed here. Mounts are in a namespace of their own: they end with the script,
# however it ends. Logs: build/distro/NAME-run.log, NAME-test.log. MIRROR=URL: another mirror of Debian.
set -euo pipefail
say() { echo "distro: $*"; }
fail() { echo "distro: $*" >&2; exit 1; }

name=${1:-}
case $name in
  bookworm | trixie) ;;
  *) fail "no distribution \"$name\": it is bookworm or trixie (make distro DISTRO=bookworm)" ;;
esac
[ "$(id -u)" = 0 ] || fail "only root can make a tree: sudo make distro DISTRO=$name"
for tool in debootstrap unshare pivot_root git; do
  command -v $tool >/dev/null || fail "$tool is not installed: apt-get install debootstrap util-linux git"
done

source=$(cd "$(dirname "$0")/.." && pwd)
git() { command git -c safe.directory='*' "$@"; }
commit=$(git -C "$source" rev-parse HEAD)
if [ -n "$(git -C "$source" status --porcelain)" ]; then
  say "the work tree has changes that are not committed: they are NOT part of this run"
fi
folder=$source/build/distro
tree=$folder/$name base=$folder/$name.base
mkdir -p "$folder"
exec 9>"$folder/$name.lock"
flock -n 9 || fail "another run works in $tree: wait for its end"

if [ ! -e "$base.complete" ]; then
  say "making $base with debootstrap (log: $base.log)"
  rm -rf --one-file-system "$base"
  debootstrap --variant=minbase --include=git,make,ca-certificates "$name" "$base" \
    "${MIRROR:-http://deb.debian.org/debian}" >"$base.log" 2>&1 9>&- ||
    { tail -5 "$base.log" >&2; fail "debootstrap did not make $base: see $base.log"; }
  touch "$base.complete"
fi
rm -rf --one-file-system "$tree"
cp -a --reflink=auto "$base" "$tree"

# How this machine reaches its registries: apt's own settings (no hooks: their programs are not there), pip's,
# certificates, names.
for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
  if [ -f "$file" ] && grep -q '^ *Acquire' "$file" && ! grep -qi 'invoke' "$file"; then
    cp "$file" "$tree/etc/apt/apt.conf.d/"
  fi
done
for file in /etc/pip.conf /etc/hosts /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
  if [ -f "$file" ]; then cp -L --remove-destination "$file" "$tree$file"; fi
done
if [ -d /usr/local/share/ca-certificates ]; then
  cp -rL /usr/local/share/ca-certificates "$tree/usr/local/share/"
fi
# Nobody needs this tree after a power cut: dpkg need not wait for the disk.
echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/unsafe-io"
environment=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE \
  REQUESTS_CA_BUNDLE PIP_CERT PIP_INDEX_URL PIP_DEFAULT_TIMEOUT; do
  if [ -n "${!variable:-}" ]; then environment+=("$variable=${!variable}"); fi
done

git clone --quiet --no-hardlinks --no-checkout "$source" "$tree/root/lockarb"
git -C "$tree/root/lockarb" checkout --quiet --detach "$commit"
say "$name, commit $commit"

# In the tree: tests of the serial line open pseudo-terminals, so it has its own. Its root is one by pivot_root:
# a process in a chroot may not have the user namespace in which a test mounts a full disk.
inside() {
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    set -e
    tree=$1; shift
    mount --bind "$tree" "$tree"
    mount -t proc proc "$tree/proc"
    mount -t tmpfs -o mode=755 tmpfs "$tree/dev"
    for device in null zero full random urandom tty; do
      touch "$tree/dev/$device"
      mount --bind "/dev/$device" "$tree/dev/$device"
    done
    mkdir "$tree/dev/pts" "$tree/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$tree/dev/pts"
    mount -t tmpfs tmpfs "$tree/dev/shm"
    ln -s pts/ptmx "$tree/dev/ptmx"
    ln -s /proc/self/fd "$tree/dev/fd"
    ln -s fd/0 "$tree/dev/stdin"
    ln -s fd/1 "$tree/dev/stdout"
    ln -s fd/2 "$tree/dev/stderr"
    cd "$tree"
    pivot_root . .
    umount -l .
    exec /usr/bin/env -i "$@"' inside "$tree" "${environment[@]}" "$@" 9>&-
}

for target in run test; do
  say "make $target (log: $folder/$name-$target.log)"
  inside make -C /root/lockarb $target 2>&1 | tee "$folder/$name-$target.log" ||
    fail "make $target failed on $name: see $folder/$name-$target.log"
done

# The clocks are a promise of the README, on each distribution.
table() { sed -n '/^handoff: /,/^simulated /p' "$1"; }
table "$source/README.md" >"$folder/$name-readme.txt"
table "$folder/$name-run.log" >"$folder/$name-clocks.txt"
[ -s "$folder/$name-clocks.txt" ] || fail "make run printed no table"
diff -u "$folder/$name-readme.txt" "$folder/$name-clocks.txt" ||
  fail "the table of make run on $name is not that of README.md"
say "$name: make run and make test pass, the clocks are those of README.md"
