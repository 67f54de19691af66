#!/bin/sh
# SPDX-License-Identifier: MIT
# daemon_sandbox.sh - process 1 of a test's daemon: everything that a container daemon takes for the machine's is private here
#
#   unshare --net --mount --pid --fork --kill-child tests/lib/daemon_sandbox.sh KIND DIR
#
# KIND is docker, docker-rootless, podman or podman-rootless; or native: no daemon, but the same place for
# what satbed does without one.  Seen from outside are only DIR, what is
# listened on there, and a control group called by what DIR/cgroup says; when this process ends the kernel
# takes all others away, and the mounts with them.  Started by daemon_supervisor.sh; daemons.sh says what is in DIR.
#
# When the daemon has ended what it ran goes on, as on any machine; it is started again when DIR/again appears.
set -eu
kind=$1
dir=$2
user=satbed-test
uid=$(cat "$dir/uid")
group=$(cat "$dir/cgroup")

# hierarchies: "MOUNT-POINT TYPE OPTIONS" of those of control groups, one for each line
hierarchies() {
	awk '$3 ~ /^cgroup2?$/ { print $2, $3, $4 }' /proc/self/mounts
}

# join GROUP: a new one, with process 1
join() {
	mkdir "$1" || return
	# In version 1 a new group may use neither processors nor memory.
	if [ -e "$1/tasks" ] && [ -e "$1/cpuset.cpus" ]; then
		cat "${1%/*}/cpuset.cpus" >"$1/cpuset.cpus"
		cat "${1%/*}/cpuset.mems" >"$1/cpuset.mems"
	fi
	echo 1 >"$1/cgroup.procs"
}

# In groups of its own everywhere, and with those as the roots of all that it sees.
if [ "${3:-}" != grouped ]; then
	# As seen from outside, for /proc is not yet that of the new namespace.
	read -r outside _ </proc/self/stat
	echo "$outside" >"$dir/cage"
	mount --make-rprivate /
	mount -t proc proc /proc
	hierarchies | while read -r at _; do
		join "$at$group"
		# To the scheduler a group is one process, and this one is dozens.
		[ ! -e "$at$group/cpu.shares" ] || echo 4096 >"$at$group/cpu.shares"
		[ ! -e "$at$group/cpu.weight" ] || echo 400 >"$at$group/cpu.weight"
	done
	exec unshare --cgroup "$0" "$kind" "$dir" grouped
fi
hierarchies >"$dir/hierarchies"
umount -R /sys/fs/cgroup
# /sys shows the interfaces of the namespace that mounted it.
mount -t sysfs sysfs /sys

# Root's daemons take whatever layout of control groups there is; the others want the unified one.
case $kind in
*-rootless | native)
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	;;
*)
	while read -r at type options; do
		[ "$at" = /sys/fs/cgroup ] || mountpoint -q /sys/fs/cgroup || mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
		mkdir -p "$at"
		case $type in
		cgroup2) mount -t cgroup2 cgroup2 "$at" ;;
		*) mount -t cgroup -o "$(echo "$options" | tr , '\n' | grep -vE '^(rw|ro|relatime|nosuid|nodev|noexec|release_agent=.*|clone_children|xattr)$' |
			sed 's/^name=/none,&/' | paste -sd ,)" cgroup "$at" ;;
		esac
	done <"$dir/hierarchies"
	;;
esac
# Groups with processes of their own cannot pass controllers on to groups below them.
hierarchies | while read -r at _; do
	join "$at/daemon"
done
case $kind in
*-rootless) chown -R "$uid:$uid" /sys/fs/cgroup/daemon ;;
esac

# private DIRECTORY MODE: an empty one
private() {
	mount -t tmpfs -o "mode=$2" tmpfs "$1"
}
# Run-time state, locks and the tables of users are this daemon's alone,
private /run 755
private /dev/shm 1777
mkdir -p /run/lock /run/podman
ln -s "$dir/run/docker.sock" /run/docker.sock
ln -s "$dir/run/podman/podman.sock" /run/podman/podman.sock
cp /etc/passwd "$dir/etc-passwd"
echo "$user:x:$uid:$uid::$dir/home:/bin/sh" >>"$dir/etc-passwd"
cp /etc/group "$dir/etc-group"
echo "$user:x:$uid:" >>"$dir/etc-group"
# Without what this machine's users have: the first of them usually has 100000 to 165535, which are also among these.
echo "$user:$((uid + 1000)):65536" | tee "$dir/etc-subuid" >"$dir/etc-subgid"
for file in passwd group subuid subgid; do
	mount --bind "$dir/etc-$file" /etc/$file
done
# and so is where daemons leave things whatever they are told.
private /var/tmp 1777
private /opt 755
if [ -d /var/lib/containers ]; then
	private /var/lib/containers 755
else
	private /var/lib 755
fi
if [ -d /etc/docker ]; then
	private /etc/docker 755
	cp "$dir/daemon.json" /etc/docker/
fi

# A tun device for everyone, as most machines have it.
if [ -c /dev/net/tun ]; then
	mknod -m 666 "$dir/tun" c 10 200
	mount --bind "$dir/tun" /dev/net/tun
fi

# A way out for slirp4netns: an address and a default route that lead nowhere else.
ip link set lo up
ip link add out0 type veth peer name out1
ip addr add 10.99.0.1/24 dev out0
ip link set out0 up
ip link set out1 up
ip route add default via 10.99.0.2 dev out0

# as_root COMMAND..., as_user COMMAND...: with what somebody has who has just logged in
as_root() {
	env -i HOME="$dir/home" TMPDIR="$dir/tmp" PATH="$PATH" "$@"
}
as_user() {
	setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all \
		env -i HOME="$dir/home" TMPDIR="$dir/tmp" USER=$user XDG_RUNTIME_DIR="$dir/run" PATH="$PATH" "$@"
}

start() {
	case $kind in
	docker)
		as_root dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" \
			--host "unix://$dir/run/docker.sock"
		;;
	docker-rootless)
		script=$(command -v dockerd-rootless.sh || echo /usr/share/docker.io/contrib/dockerd-rootless.sh)
		# shellcheck disable=SC2046 # words
		as_user $(cat "$dir/env") sh "$script" --data-root "$dir/data" --host "unix://$dir/run/docker.sock"
		;;
	podman)
		as_root podman --root "$dir/data" --runroot "$dir/exec" --tmpdir "$dir/exec/tmp" --runtime runc --cgroup-manager cgroupfs \
			--network-config-dir "$dir/networks" system service -t 0 "unix://$dir/run/podman/podman.sock"
		;;
	podman-rootless)
		as_user podman --root "$dir/data" --cgroup-manager cgroupfs system service -t 0 "unix://$dir/run/podman/podman.sock"
		;;
	native)
		: >"$dir/run/there"
		as_user sleep infinity
		;;
	esac
}

cd /
exec </dev/null >"$dir/log" 2>&1
while :; do
	start || :
	: >"$dir/ended"
	until [ -e "$dir/again" ]; do
		sleep 0.1
	done
	rm -f "$dir/again" "$dir/ended" "$dir/run/docker.sock" "$dir/run/podman/podman.sock"
done
