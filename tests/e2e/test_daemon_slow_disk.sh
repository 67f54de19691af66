#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_slow_disk.sh - a daemon whose disk has gigabytes to write does not answer for minutes, and works all the time: a
# run waits for it and says why
#
# overlayfs writes out all that is unwritten on the file system below when a container's is unmounted.  Here that is a file system
# of the daemon's own on a loop device that is slowed down; nobody else's disk is.
throttle=/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device
# What is mounted goes with the namespace, and a loop device with what is mounted.
[ "${1:-}" = alone ] || [ ! -w "$throttle" ] || exec unshare --mount --propagation private "$0" alone
. tests/lib/engine_tests.sh
kind=docker
daemons_need
need jq mkfs.ext4 losetup
[ -w "$throttle" ] || skip "no control group of version 1 that slows a disk down"

rate_bps=3000000
# For longer than a call may take.
backlog=240000000
truncate -s 2G "$work/disk"
mkfs.ext4 -q "$work/disk" || fail "no file system"
mkdir -p "$daemons/$kind/data"
trap 'umount -l "$daemons/$kind/data"; daemons_cleanup' EXIT
mount -o loop "$work/disk" "$daemons/$kind/data" || skip "no loop device can be mounted here"
device=$(mountpoint -d "$daemons/$kind/data")
daemon_start "$kind"
daemon_image "$kind"
sync -f "$daemons/$kind/data"
slow_down() {
	echo "$device $1" >"$throttle"
}
# As any other process that has much to write.
head -c $backlog /dev/zero >"$daemons/$kind/data/of-somebody" || fail "no backlog"
slow_down $rate_bps

new_out
begun=$(date +%s)
run_satbed run "$leo" --engine "$kind" --duration 2s --out "$out" >"$work/out" 2>"$work/err" </dev/null
status=$?
took=$(($(date +%s) - begun))
slow_down 0
[ $status -le 1 ] || fail "status $status after $took s: $(cat "$work/err")"
[ $took -gt 65 ] || fail "the run took $took s: no call was as slow as it has to be, this shows nothing"
expect_text "$work/err" "waiting for unix://"
expect_text "$work/err" "its disk is busy: "
expect_json "$out/run.json" '.flows[0].bytes > 10000'
nothing_left "a run on a slow disk"
