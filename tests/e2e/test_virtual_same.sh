#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_same.sh - two runs on the virtual clock are the same to the byte, whatever else the machine does
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

hogs=
stop_hogs() {
	# shellcheck disable=SC2086 # words
	[ -z "$hogs" ] || kill $hogs
	hogs=
}
trap 'stop_hogs; cleanup' EXIT

# What a user types to be sure.
expect_status 0 virtual run "$leo" --duration 3s --verify --out "$work/verified"
expect_text "$work/err" "verified: a second run is the same to the byte"
[ ! -e "$work/verified-again" ] || fail "the second run is left"
expect_status 2 "$satbed" run "$leo" --verify --out "$work/none"

# What a program makes of something that changes on the host is another result, and that is said.
cat >"$work/changing.ini" <<SCENARIO
[scenario]
name = changing
duration = 2s
[link]
delay = 10ms
rate = 10mbit
[flow.x]
kind = exec
server_command = sleep 60
client_command = cat $work/changing
ready = 100ms
SCENARIO
echo start >"$work/changing"
# shellcheck disable=SC2016 # of the inner shell
sh -c 'while :; do date +%s%N >"$1.new" && mv "$1.new" "$1"; sleep 0.05; done' sh "$work/changing" &
hogs=$!
expect_status 1 virtual run "$work/changing.ini" --verify --out "$work/changed"
stop_hogs
expect_text "$work/err" "exec-x-client1.log differs from byte"
[ -d "$work/changed-again" ] || fail "what differs is not kept"

for backend in netem user; do
	seconds=20
	[ $backend = netem ] || seconds=4
	expect_status 0 virtual run "$leo" --backend $backend --duration ${seconds}s --out "$work/$backend-1"
	for _ in 1 2; do
		sh -c 'while :; do :; done' &
		hogs="$hogs $!"
	done
	# With another environment, and from another directory, even one whose parts the guest has to mount below /tmp.
	mkdir -p "$work/$backend/further/down"
	program=$(realpath "$satbed")
	(cd "$work/$backend/further/down" && expect_status 0 env TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$program" run "$leo" \
		--clock virtual --kernel "$kernel" --backend $backend --duration ${seconds}s --out "$work/$backend-2") || exit 1
	stop_hogs
	same_runs "$work/$backend-1" "$work/$backend-2"
done
# It is no constant: another seed, another result.
expect_status 0 virtual run "$leo" --seed 8 --duration 20s --out "$work/other"
! cmp -s "$work/netem-1/client1.pcap" "$work/other/client1.pcap" || fail "another seed made no difference"
