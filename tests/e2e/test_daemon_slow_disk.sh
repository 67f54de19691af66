#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_slow_disk.sh - a daemon whose disk has gigabytes to write does not answer for minutes, and works all the time: a
# run waits for it and says why, and so does one that tidies up after Ctrl-C
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
mount -o loop "$work/disk" "$daemons/$kind/data" || skip "no loop device can be mounted here"
device=$(mountpoint -d "$daemons/$kind/data")
slow_down() {
	echo "$device $1" >"$throttle"
}
computes=
# A device that was slow would stay so.
trap '[ -z "$computes" ] || kill $computes; slow_down 0; umount -l "$daemons/$kind/data"; daemons_cleanup' EXIT
daemon_start "$kind"
daemon_image "$kind"
sync -f "$daemons/$kind/data"
# As any other process that has much to write.  A new file: one that is written anew ext4 writes out when it is closed.
somebody_writes() {
	rm -f "$daemons/$kind/data/of-somebody"
	head -c $backlog /dev/zero >"$daemons/$kind/data/of-somebody" || fail "no backlog"
	slow_down $rate_bps
}
somebody_writes

# On each processor something that computes: what the kernel says of waiting for a disk is a mean over the processors.
for _ in $(seq "$(nproc)"); do
	nice -n 19 sh -c 'while :; do :; done' &
	computes="$computes $!"
done

new_out
begun=$(date +%s)
run_satbed run "$leo" --engine "$kind" --duration 2s --out "$out" >"$work/out" 2>"$work/err" </dev/null
status=$?
took=$(($(date +%s) - begun))
slow_down 0
# shellcheck disable=SC2086 # pids
kill $computes
computes=
[ $status -le 1 ] || fail "status $status after $took s: $(cat "$work/err")"
[ $took -gt 65 ] || fail "the run took $took s: no call was as slow as it has to be, this shows nothing"
expect_text "$work/err" "waiting for unix://"
expect_text "$work/err" "its disk is busy: "
expect_json "$out/run.json" '.flows[0].bytes > 10000'
nothing_left "a run on a slow disk"

# Ctrl-C while a container is being made: it has to be there before it can be removed, which takes as long.
somebody_writes
new_out
run_satbed run "$leo" --engine "$kind" --duration 2s --plain --out "$out" >"$work/out" 2>"$work/err" </dev/null &
long=$!
begun=$(date +%s)
wait_for 30 grep -q 'waiting for unix://' "$work/err" || fail "it does not wait: $(cat "$work/err")"
kill -INT "$(satbed_below "$long")"
wait "$long"
status=$?
took=$(($(date +%s) - begun))
slow_down 0
[ $status -eq 130 ] || fail "status $status after $took s and Ctrl-C: $(cat "$work/err")"
[ $took -gt 65 ] || fail "it took $took s: no call was as slow as it has to be, this shows nothing"
nothing_left "Ctrl-C on a slow disk"
daemon_api "$kind" GET /images/json | jq -r '.[].RepoTags // [] | .[]' >"$work/images"
! grep satbed "$work/images" || fail "an image is left after Ctrl-C on a slow disk"
