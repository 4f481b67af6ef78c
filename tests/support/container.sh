#!/bin/sh
# Runs a program as a container engine runs it from an image: a root file system of its own that cannot be written, user 1000
# without any rights, a hostname. The namespaces are there already, see container.ts, which calls this.
#
#   container.sh ROOT PLAN HOSTNAME WORKDIR PROGRAM [ARGUMENT...]
#
# Each line of PLAN is `ro FROM TO`, `rw FROM TO` or `link TARGET TO`; ROOT is an empty folder.
set -eu
root=$1 plan=$2 name=$3 workdir=$4
shift 4
hostname "$name"

mount -t tmpfs -o mode=0755 tmpfs "$root"
while read -r kind from to; do
  mkdir -p "$root${to%/*}"
  if [ "$kind" = link ]; then
    ln -s "$from" "$root$to"
    continue
  fi
  if [ -d "$from" ]; then mkdir -p "$root$to"; else : >"$root$to"; fi
  mount --rbind "$from" "$root$to"
  # More flags than asked for: in a user namespace those that are set must stay set.
  [ "$kind" = rw ] || mount -o remount,bind,ro,nosuid,nodev "$root$to"
done <"$plan"
mkdir -p "$root/proc" "$root/tmp" "$root/host"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"

cd "$root"
pivot_root . host
umount -l /host
rmdir /host
mount -o remount,bind,ro,nosuid,nodev /
cd "$workdir"
exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"
