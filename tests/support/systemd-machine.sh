#!/usr/bin/env bash
# A small machine of its own for one test: a real systemd as PID 1 in its own mount, pid, cgroup, uts and ipc namespaces.
# tests/support/systemd.ts starts it, talks to it with nsenter, and explains what is needed for it.
#
#   systemd-machine.sh CHECKOUT NODE      (as root)
#
# It lives as long as its stdin is open: when the test ends, however that happens, the machine does. On its stdout it says
#   up PID       systemd has booted; PID is its pid out here
#   off STATUS   it is gone: 129 after a reboot, which is followed by the next `up`; 130 after it was switched off
#
# The machine sees the files of this one, as they are, below an overlay: what it writes is kept in memory until the end, over
# reboots too. In it, CHECKOUT/dist is copied to /opt/tux and NODE is /usr/local/bin/node. It starts no unit of this machine
# but the journal. The network is shared, so that it reaches a Discord of the test's; it has no right to change it, nor the
# kernel's settings, modules or clock.
set -euo pipefail

room=/mnt # hidden below a tmpfs of ours, in our mount namespace only
root=$room/root
name=tux-machine-$$
control_groups=/sys/fs/cgroup

main() { # CHECKOUT NODE
  build_room "$1" "$2"
  trap '' PIPE # whoever listened is gone: our stdin says so, too
  exec 3<&0 4<>"$room/events" # of a pipe that is open at both ends neither we nor the machine wait for the other
  { read -r _ <&3 || pull_the_plug; } &
  watcher=$! status=129
  local machine up
  trap 'kill "$watcher" 2>/dev/null || true; pull_the_plug; remove_groups' EXIT
  while [ "$status" -eq 129 ]; do
    remove_groups
    make_groups
    rm -f "$room/pid"
    unshare --fork --pid --mount --uts --ipc --kill-child -- "$BASH" "$0" --boot "$name" "$1" "$2" <&- 3<&- 4<&- &
    machine=$! up=
    while [ -z "$up" ] && kill -0 "$machine" 2>/dev/null; do read -r -t 1 -u 4 up || true; done
    [ -z "$up" ] || echo "up $(cat "$room/pid")"
    status=0
    wait "$machine" || status=$?
    echo "off $status"
  done
}

# What is kept over reboots: the overlay, and what we put into it.
build_room() { # CHECKOUT NODE
  mount -t tmpfs -o mode=755 tmpfs "$room"
  mkdir "$room/upper" "$room/work" "$root"
  mkfifo "$room/events"
  mount -t overlay -o "lowerdir=/,upperdir=$room/upper,workdir=$room/work" overlay "$root"

  # Through the overlay these vanish in there only. Nothing is enabled, no generator enables anything, and a Tux that may be
  # installed out here is not.
  rm -rf "$root"/{opt,var/lib,var/log}/tux "$root/etc/tux.env"
  sed -i '/^tux:/d' "$root"/etc/{passwd,shadow,group,gshadow}
  rm -rf "$root"/etc/systemd/{system,journald.conf.d}/* "$root"/{usr/lib,lib}/systemd/system/*.wants/* \
    "$root"/{usr/lib,lib,etc}/systemd/system-generators/* "$root"/var/log/journal/* "$root"/etc/fstab
  mkdir -p "$root"/etc/systemd/{system,journald.conf.d} "$root"/var/log/journal
  ln -s /dev/null "$root/etc/systemd/system/systemd-journald-audit.socket"
  echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
  echo tux-machine >"$root/etc/hostname"
  cat >"$root/etc/systemd/journald.conf.d/machine.conf" <<'END'
[Journal]
Storage=persistent
ReadKMsg=no
Audit=no
ForwardToWall=no
RateLimitIntervalSec=0
SyncIntervalSec=0
END
  cat >"$root/etc/systemd/system/machine.target" <<'END'
[Unit]
Description=The machine is up
Requires=systemd-journald.service sysinit.target machine-up.service
Wants=systemd-journal-flush.service multi-user.target
After=systemd-journald.service systemd-journal-flush.service sysinit.target
AllowIsolate=yes
END
  cat >"$root/etc/systemd/system/machine-up.service" <<'END'
[Unit]
Description=Tell the test
After=systemd-journald.service systemd-journal-flush.service sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo up >/run/machine-events'
END

  mkdir -p "$root/opt/tux" "$root/usr/local/bin"
  cp -a "$1"/{package.json,assets,dist} "$root/opt/tux/"
  mkdir "$root/opt/tux/node_modules"
  [ -e "$root/usr/local/bin/node" ] || touch "$root/usr/local/bin/node"
  chown -R root:root "$root/opt/tux"
  chmod -R go=rX "$root/opt/tux"
}

# PID 1 of the new namespaces: furnishes them, then becomes systemd.
boot() { # NAME CHECKOUT NODE
  local out_here
  read -r out_here _ </proc/self/stat # /proc is still that of the outer machine
  enter_groups "$1"
  exec unshare --cgroup -- "$BASH" "$0" --furnish "$out_here" "$2" "$3"
}

furnish() { # PID CHECKOUT NODE
  echo "$1" >"$room/pid"
  mount --bind "$3" "$root/usr/local/bin/node"
  mount --bind "$(realpath "$2/node_modules")" "$root/opt/tux/node_modules"
  mount -o remount,bind,ro "$root/opt/tux/node_modules"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mkfifo -m 600 "$root/run/machine-events"
  mount --bind "$room/events" "$root/run/machine-events"
  mount -t proc proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  cat "$root/proc/sys/kernel/random/uuid" >"$root/run/machine-boot-id"
  mount --bind "$root/run/machine-boot-id" "$root/proc/sys/kernel/random/boot_id"
  [ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
  mount -t sysfs -o ro sysfs "$root/sys"
  furnish_groups
  furnish_devices
  hostname tux-machine
  cd "$root"
  pivot_root . .
  umount --lazy .
  exec env -i container=tux-machine PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set -net_admin,-sys_module,-sys_rawio,-sys_time,-syslog,-audit_control,-audit_read -- \
    /lib/systemd/systemd --system --unit=machine.target --log-target=journal --show-status=0
}

furnish_devices() {
  local device
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root"/dev/{pts,shm}
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"
  ln -s fd/1 "$root/dev/stdout"
  ln -s fd/2 "$root/dev/stderr"
}

# Every hierarchy of control groups by the folder where it is mounted: one with cgroup v2, more in hybrid and legacy setups.
hierarchies() {
  if is_unified; then
    echo "$control_groups"
  else
    awk -v top="$control_groups/" 'index($2, top) == 1 && $3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts
  fi
}

is_unified() { [ "$(stat -f -c %T "$control_groups")" = cgroup2fs ]; }

make_groups() {
  local folder
  hierarchies | while read -r folder; do
    mkdir -p "$folder/$name"
    # A group of cpuset takes no process before it has these.
    for file in cpuset.cpus cpuset.mems; do
      [ ! -w "$folder/$name/$file" ] || cat "$folder/$file" >"$folder/$name/$file" 2>/dev/null || true
    done
  done
}

enter_groups() { # NAME
  local folder
  hierarchies | while read -r folder; do echo $$ >"$folder/$1/cgroup.procs" || return; done
}

remove_groups() {
  local folder
  hierarchies | while read -r folder; do
    [ ! -d "$folder/$name" ] || find "$folder/$name" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}

# In the new namespace a hierarchy begins where PID 1 stands.
furnish_groups() {
  local folder
  if is_unified; then
    mount -t cgroup2 cgroup2 "$root$control_groups"
    return
  fi
  mount -t tmpfs -o mode=755 tmpfs "$root$control_groups"
  awk -v top="$control_groups/" 'index($2, top) == 1 && $3 ~ /^cgroup2?$/ { print $2, $3, $4 }' /proc/self/mounts |
    while read -r folder type options; do
      mkdir -p "$root$folder"
      options=$(tr , '\n' <<<"$options" | grep -vE '^(rw|ro|relatime|no.*)$' | paste -sd , || true)
      mount -t "$type" ${options:+-o "$options"} "$type" "$root$folder"
    done
}

pull_the_plug() {
  [ ! -s "$room/pid" ] || kill -KILL "$(cat "$room/pid")" 2>/dev/null || true
}

case ${1:-} in
  --main) main "${@:2}" ;;
  --boot) boot "${@:2}" ;;
  --furnish) furnish "${@:2}" ;;
  /*) exec unshare --mount --propagation private -- "$BASH" "$0" --main "$@" ;;
  *) sed -n 2,6p "$0" >&2 && exit 64 ;;
esac
