#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_docker_rootless.sh - runs in containers of rootless Docker: on a bridge, and through its slirp4netns
. tests/lib/engine_tests.sh
test_engine docker-rootless

# With the MTU that slirp4netns has by default, what it sends would be fragmented: that is told, not measured.
new_out
expect_status 3 run_satbed run "$leo" --engine docker-rootless --set testbed.path=slirp --duration 4s --out "$out"
expect_text "$work/err" "DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1500"
nothing_left "an MTU that does not fit"
expect_status 2 run_satbed run "$leo" --engine docker-rootless --set testbed.path=slirp --set testbed.clients=2 \
	--duration 4s --out "$out"
expect_text "$work/err" "clients = 1"
nothing_left "two clients on one tap"

daemon_stop docker-rootless
mkdir -p "$daemons/docker-rootless"
echo 'DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1500' >"$daemons/docker-rootless/env"
daemon_start docker-rootless
daemon_image docker-rootless

# tap_of: what is steered or shaped on the tap, as a container of the daemon's own network namespace sees it
tap_state() {
	id=$(daemon_api "$kind" POST /containers/create -H 'Content-Type: application/json' \
		-d '{"Image":"ubuntu:22.04","Cmd":["tc","qdisc","show","dev","tap0"],"HostConfig":{"NetworkMode":"host","CapAdd":["NET_ADMIN"]}}' |
		jq -r .Id)
	daemon_api "$kind" POST "/containers/$id/start" >/dev/null
	daemon_api "$kind" POST "/containers/$id/wait" >/dev/null
	daemon_api "$kind" GET "/containers/$id/logs?stdout=1&stderr=1" | tr -cd ' -~\n'
	daemon_api "$kind" DELETE "/containers/$id?force=1" >/dev/null
}
tap_state >"$work/tap-before"
a_run slirp
# What the two captures before and after the tap saw went through it: its own counters say so.
expect_json "$out/run.json" '.manifest.path_proof | length == 1 and .[0].tap == "tap0"'
expect_json "$out/run.json" '.manifest.path_proof[0].rx_bytes > .flows[0].bytes and .manifest.path_proof[0].tx_bytes > 10000'
# slirp4netns answers a SYN with an MSS and nothing else; the server, with all that Linux has.
expect_json "$out/run.json" '.flows[0] | .syn.window_scale >= 0 and .syn_ack.window_scale == null and (.syn_ack.sack | not)'
expect_json "$out/run.json" '.captures | length == 3'
tap_state >"$work/tap-after"
cmp "$work/tap-before" "$work/tap-after" || fail "the tap of the daemon is not as it was"

# Both paths of one daemon side by side: what RootlessKit and its slirp4netns cost is known on this machine.
new_out
expect_done run_satbed compare "$leo" --arm docker-rootless:bridge --arm docker-rootless:slirp -n 1 --retries 0 \
	--duration 2s --plain --out "$out"
nothing_left "a comparison"
json=$out/compare.json
expect_json "$json" '.complete and (.arms | map(.runs | length) == [1, 1])'
expect_json "$json" '.arms[1].facts == null or .arms[1].facts.split.tcp_terminated_by == "slirp4netns"'
jq -es 'all(.cpu | .nodes.seconds > 0 and .emulator.seconds > 0 and .rootlesskit.seconds >= 0 and .relay.seconds >= 0)' \
	"$out"/runs/*/run.json >/dev/null || fail "processor time: $(jq -c .cpu "$out"/runs/*/run.json)"
jq -es 'map(select(.path == "slirp")) | length == 1 and .[0].cpu.relay.seconds > 0' "$out"/runs/*/run.json >/dev/null ||
	fail "slirp4netns cost nothing: $(jq -c .cpu "$out"/runs/*/run.json)"
