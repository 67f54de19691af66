#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_verdicts.sh - leo-lossy on every daemon is the link that is configured, as far as a real clock can tell
#
# The median is what the link does; the tail of delays is what this machine does beside it, and is not judged here.
. tests/lib/engine_tests.sh
daemons_need
need jq

# a_run_is_as_configured PATH
a_run_is_as_configured() {
	new_out
	expect_done run_satbed run "$leo" --engine "$kind" --set testbed.path="$1" --duration 6s --out "$out"
	echo "$kind:$1: $(jq -r .verdict "$out/run.json")"
	expect_json "$out/run.json" '.flows[0].bytes > 10000 and .flows[0].error == null'
	for dir in up down; do
		# The link never delivers earlier; half a millisecond is for the way through the daemon's own network.
		expect_json "$out/run.json" ".links[0].$dir | (.measured.delay_ms.p50 - .configured.delay_ms.p50) | . > -0.1 and . < 2.5"
		# Losses beyond 5 sigma are the reason "loss is ..."; order and copies are never the machine's doing.
		expect_json "$out/run.json" ".links[0].$dir.reason_codes | all(. != \"loss\" and . != \"duplicated\" and . != \"unseen\")"
		expect_json "$out/run.json" ".links[0].$dir.measured | .packets == .arrived + (.lost | .link + .queue + .outage)"
	done
}

for kind in $daemon_kinds; do
	mkdir -p "$daemons/$kind"
	# What slirp4netns needs to be a path (test_engine_docker_rootless.sh).
	[ "$kind" != docker-rootless ] || echo 'DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1500' >"$daemons/$kind/env"
	daemon_start "$kind"
	daemon_image "$kind"
	a_run_is_as_configured bridge
	[ "$kind" != docker-rootless ] || a_run_is_as_configured slirp
	daemon_stop "$kind"
done
