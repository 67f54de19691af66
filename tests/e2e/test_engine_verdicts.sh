#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_verdicts.sh - leo-lossy comes to a PASS in containers of every daemon
. tests/lib/engine_tests.sh
daemons_need
need jq

busy() {
	awk -v cpus="$(nproc)" '{ exit !($1 > cpus) }' /proc/loadavg
}

# A verdict is of the machine, too: of one that has other things to do it is taken as it is, after some tries.
# a_run_passes PATH
a_run_passes() {
	path=$1
	tries=0
	while :; do
		new_out
		expect_done run_satbed run "$leo" --engine "$kind" --set testbed.path="$path" --duration 6s --out "$out"
		tries=$((tries + 1))
		verdict=$(jq -r .verdict "$out/run.json")
		[ "$verdict" != PASS ] || break
		# The relays of a split path want the processors that an emulator without rights cannot go before.
		[ "$path $verdict" != "slirp WARN" ] || break
		if [ $tries -ge 4 ]; then
			busy || {
				cat "$work/out" >&2
				fail "$kind:$path: no run of $tries passed"
			}
			echo "$test_name: this machine is busy: $(jq -rc '.verdict, .reasons[0]' "$out/run.json")"
			break
		fi
	done
	echo "$kind:$path: $verdict, try $tries"
	expect_json "$out/run.json" '.flows[0].bytes > 10000'
}

for kind in $daemon_kinds; do
	mkdir -p "$daemons/$kind"
	# What slirp4netns needs to be a path (test_engine_docker_rootless.sh).
	[ "$kind" != docker-rootless ] || echo 'DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1500' >"$daemons/$kind/env"
	daemon_start "$kind"
	daemon_image "$kind"
	a_run_passes bridge
	[ "$kind" != docker-rootless ] || a_run_passes slirp
	daemon_stop "$kind"
done
