#!/bin/sh
# SPDX-License-Identifier: MIT
# uml-init.sh - the first process of the guest that uml.sh boots; never run it on a real machine
#
# What is on the host's file system is only read, except for uml.sh's own directory.

if [ $$ -ne 1 ]; then
	echo "uml-init.sh: only as the first process of a guest, see uml.sh" >&2
	exit 2
fi
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

stop() {
	sync
	halt -f 2>/dev/null || poweroff -f 2>/dev/null || echo o >/proc/sysrq-trigger
	# Should nothing of that exist: the end of the first process ends the guest as well.
	exit 0
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
dir=$(sed 's/.*satbed_dir=\([^ ]*\).*/\1/' /proc/cmdline)

# A fresh /tmp, with what of the host's the command needs.
mkdir /run/tmp
mount -t tmpfs -o mode=1777 tmpfs /run/tmp
while read -r keep; do
	there=/run/tmp/${keep#/tmp/}
	if [ -d "$keep" ]; then mkdir "$there"; else : >"$there"; fi
	mount --bind "$keep" "$there" || stop
done <"$dir/keep"
mount --rbind /run/tmp /tmp || stop

# The kernel cannot load modules on demand here: modprobe would look in /lib/modules, which is the host's.
version=$(uname -r)
mkdir -p /run/kernel/lib/modules
ln -s "/usr/lib/uml/modules/$version" "/run/kernel/lib/modules/$version"
for module in af_packet ipv6 veth bridge tun ifb sch_netem sch_htb sch_ingress cls_bpf cls_u32 act_mirred \
	tcp_bbr tcp_cubic; do
	modprobe -d /run/kernel "$module" || echo "uml-init.sh: no module $module"
done
hostname satbed-guest
ip link set lo up

# Lines that pass every byte on as it is.
for line in /dev/ttyS0 /dev/ttyS1; do
	stty -F "$line" raw -echo || stop
done
mkfifo /run/stdout /run/stderr
cat /run/stdout >/dev/ttyS0 &
out=$!
cat /run/stderr >/dev/ttyS1 &
err=$!

(
	exec >/run/stdout 2>/run/stderr </dev/null
	. "$dir/env"
	unset TMPDIR XDG_RUNTIME_DIR
	eval "set -- $(cat "$dir/args")"
	uid=$(cat "$dir/uid")
	cd "$(cat "$dir/cwd")" || exit 125
	[ "$uid" -eq 0 ] || set -- setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
	exec "$@"
)
status=$?
# A process that the command left behind may hold its output open: it is not waited for for ever.
(
	sleep 10
	kill "$out" "$err"
) &
wait "$out" "$err"
for line in /dev/ttyS0 /dev/ttyS1; do
	stty -F "$line" raw # returns when the line has drained
done
echo "$status" >"$dir/status"
stop
