# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# engine_tests.sh - what every engine of containers must do; sourced by tests/e2e/test_engine_KIND.sh
#
#   test_engine KIND	runs all of it, on a daemon of that kind that it starts
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/hostile_image.sh

# satbed as whoever owns the daemon, where it lives; its journals are seen from here
run_satbed() {
	daemon_do "$kind" env -u DOCKER_HOST -u CONTAINER_HOST XDG_STATE_HOME="$daemons/$kind/home/state" TMPDIR=/tmp \
		"$satbed" "$@"
}

new_out() {
	out=$daemons/$kind/home/out
	rm -rf "$out"
}

# Everything of satbed's that the daemon knows: names of containers, networks, volumes and images
things() {
	filter='filters=%7B%22label%22%3A%5B%22satbed.run%22%5D%7D'
	daemon_api "$kind" GET "/containers/json?all=1&$filter" | jq -r '.[].Names[0]'
	daemon_api "$kind" GET "/networks?$filter" | jq -r '.[].Name'
	daemon_api "$kind" GET "/volumes?$filter" | jq -r '.Volumes // [] | .[].Name'
	daemon_api "$kind" GET /images/json | jq -r '.[].RepoTags[]? | select(test("satbed-[0-9a-f]{8}")) |
		sub("^localhost/"; "") | sub(":latest$"; "")'
}

journals() {
	find "$daemons/$kind/home/state" -type f 2>/dev/null
}

nothing_left() {
	[ -z "$(things)" ] || fail "$1: left in the daemon: $(things)"
	[ -z "$(journals)" ] || fail "$1: left behind: $(journals)"
}

# a_run PATH: everything that must hold of a run but its verdict, which is test_engine_verdicts.sh's subject
a_run() {
	path=$1
	new_out
	expect_done run_satbed run "$leo" --engine "$kind" --set testbed.path="$path" --duration 4s --out "$out"
	json=$out/run.json
	expect_json "$json" ".engine.kind == \"$kind\" and .path == \"$path\""
	expect_json "$json" '.flows[0].bytes > 10000'
	# On a split path the socket that sends on the satellite leg is no node's.
	[ "$path" != bridge ] ||
		expect_json "$json" '.flows[0] | .error == null and .retransmits.pcap == .retransmits.tcp_info'
	expect_json "$json" '.captures | length >= 2 and all(.dropped == 0 and .written > 0)'
	expect_json "$json" '.manifest.engine | .rootless == ("'"$kind"'" | endswith("rootless")) and (.version | length > 0)'
	expect_json "$json" '.manifest.engine.image | .name == "ubuntu:22.04" and (.id | length > 10)'
	# It is busybox, and says so.
	expect_json "$json" '.manifest.engine.image.os_release | contains("ID=busybox")'
	expect_json "$json" '.manifest.engine.warnings | any(contains("is not Ubuntu 22.04"))'
	expect_text "$work/err" "is not Ubuntu 22.04"
	nothing_left "a run"
	[ "$path" = bridge ] || return 0
	# Between two containers without the link, whose round trip takes 47 ms.
	expect_json "$json" '.host_baseline.links[0].rtt_ms | .count > 0 and .p50 > 0 and .p50 < 30'
	# The plan of the run is what was built, with the names that the daemon gave.
	expect_json "$out/plan.json" '.links[0] | .client.host_ifname != "sbc1" and .client.mac != "02:5a:7b:00:01:02"'
	for file in client1.pcap server-client1.pcap; do
		written=$(jq --arg f $file '.captures[] | select(.file == $f) | .written' "$json")
		seen=$(tshark -n -r "$out/$file" -T fields -e frame.number 2>/dev/null | wc -l)
		[ "$seen" -eq "$written" ] || fail "$file: $seen packets for tshark, $written written"
		frame=$(tshark -n -r "$out/$file" -T fields -e frame.len 2>/dev/null | sort -n | tail -n 1)
		[ "$frame" -le 1514 ] || fail "$file: a frame of $frame bytes at an MTU of 1500"
	done
}

# Two clients over IPv6 with an MTU of their own, and two such runs at once: networks do not collide.
runs_side_by_side() {
	cat >"$work/two.ini" <<-'EOF'
		[scenario]
		name = two
		duration = 2s
		[testbed]
		clients = 2
		ip = 6
		mtu = 1400B
		[link]
		delay = 20ms
		rate = 10mbit
		queue = 100ms
		[flow.bulk]
		kind = bulk
		direction = up
	EOF
	chmod 644 "$work/two.ini"
	out=$daemons/$kind/home/out
	rm -rf "$out-a" "$out-b"
	run_satbed run "$work/two.ini" --engine "$kind" --quiet --out "$out-a" >"$work/a" 2>&1 </dev/null &
	first=$!
	run_satbed run "$work/two.ini" --engine "$kind" --quiet --out "$out-b" >"$work/b" 2>&1 </dev/null
	[ $? -le 1 ] || fail "the second of two runs: $(cat "$work/b")"
	wait $first
	[ $? -le 1 ] || fail "the first of two runs: $(cat "$work/a")"
	for run in a b; do
		expect_json "$out-$run/run.json" '.flows | length == 2 and all(.bytes > 10000 and .error == null)'
		expect_json "$out-$run/run.json" '.captures | length == 4'
		longest=$(tshark -n -r "$out-$run/client2.pcap" -T fields -e frame.len 2>/dev/null | sort -n | tail -n 1)
		[ "$longest" -eq 1414 ] || fail "frames of $longest bytes at an MTU of 1400"
	done
	jq -r '.links[].client.addr6' "$out-a/plan.json" "$out-b/plan.json" | sort | uniq -d >"$work/same"
	[ ! -s "$work/same" ] || fail "both runs have $(cat "$work/same")"
	nothing_left "two runs"
}

# Files, requests, and programs of the image's own, with a file brought along.
flows_of_every_kind() {
	mkdir -p "$work/kinds/tools"
	cat >"$work/kinds/kinds.ini" <<-'EOF'
		[scenario]
		name = kinds
		duration = 4s
		[link]
		delay = 10ms
		[flow.file]
		kind = file
		size = 2MB
		[flow.rr]
		kind = rr
		every = 50ms
		[flow.own]
		kind = exec
		size = 300kB
		files = tools/fetch.sh
		server_command = nc -l -p {port} -e head -c {bytes} /dev/zero
		client_command = tools/fetch.sh {server} {port} {bytes}
	EOF
	cat >"$work/kinds/tools/fetch.sh" <<-'EOF'
		#!/bin/sh
		echo "I am $SATBED_NODE in $PWD"
		[ "$(nc "$1" "$2" </dev/null | wc -c)" -eq "$3" ]
	EOF
	# Not of the journals, which satbed does not use where others could.
	chmod -R a+rX,u+x "$work/kinds"
	chmod 755 "$work/kinds/tools/fetch.sh"
	new_out
	expect_done run_satbed run "$work/kinds/kinds.ini" --engine "$kind" --out "$out"
	json=$out/run.json
	expect_json "$json" '.flows | all(.error == null)'
	expect_json "$json" '.flows[0].file | .complete and .arrived_bytes == 2000000'
	expect_json "$json" '.flows[1].rr | .timeouts == 0 and .latency_ms.p50 >= 20'
	expect_json "$json" '.flows[2] | .exec.client.status == 0 and .bytes >= 300000'
	expect_text "$out/exec-own-client1.log" "I am client1 in /tmp"
	nothing_left "flows of every kind"
}

# What the applications of that run did, had again: every byte, each way.
a_session_again() {
	cp "$out/client1.pcap" "$work/kinds/session.pcap"
	chmod a+r "$work/kinds/session.pcap"
	new_out
	expect_done run_satbed replay --application "$work/kinds/session.pcap" "$work/kinds/kinds.ini" \
		--engine "$kind" --out "$out"
	expect_json "$out/run.json" '[.session.flows[] | select(.transport == "tcp")] | length == 3 and
		all(.complete and .error == null and .up.replayed_bytes == .up.captured_bytes and
			.down.replayed_bytes == .down.captured_bytes) and (map(.down.replayed_bytes) | add) >= 2300000'
	nothing_left "a session that was had again"
}

# What runs of a hostile image is confined to its nodes: the emulator, which has rights on the daemon's network, owes it nothing.
a_hostile_image() {
	hostile_image "$kind" hostile
	cat >"$work/hostile.ini" <<-'EOS'
		[scenario]
		name = hostile
		duration = 6s
		[testbed]
		image = localhost/hostile
		[link]
		delay = 10ms
		rate = 10mbit
		queue = 100ms
		[flow.own]
		kind = exec
		server_command = /bin/probe
		client_command = /bin/probe
		[flow.bulk]
		kind = bulk
	EOS
	chmod 644 "$work/hostile.ini"
	new_out
	run_satbed run "$work/hostile.ini" --engine "$kind" --plain --out "$out" >"$work/out" 2>"$work/err" </dev/null &
	long=$!
	wait_for 60 three_run || fail "no testbed of a hostile image: $(cat "$work/err")"
	daemon_api "$kind" GET /containers/json | jq -r '.[] | "\(.Names[0]) \(.Id)"' >"$work/ids"
	while read -r name id; do
		daemon_api "$kind" GET "/containers/$id/json" >"$work/inspect"
		pid=$(jq .State.Pid "$work/inspect")
		jq -e '(.State.Health // .State.Healthcheck).Status | . == null or . == "" or . == "none"' "$work/inspect" >"$work/health" ||
			fail "the image's health check runs in $name: $(jq -c .State "$work/inspect")"
		daemon_do "$kind" cat "/proc/$pid/maps" >"$work/maps" || fail "no process of $name: $(cat "$work/err")"
		! grep hostile "$work/maps" || fail "the image's library is loaded in $name"
		case $name in
		*-emulator) daemon_do "$kind" ls "/proc/$pid/root/" >"$work/root"
			! grep data "$work/root" || fail "the emulator runs in the image's root file system"
			! daemon_do "$kind" grep -az '^LD_' "/proc/$pid/environ" || fail "the emulator has the image's environment" ;;
		esac
		! daemon_do "$kind" nsenter -t "$pid" -n ip link show sbhostile0 2>/dev/null || fail "the image made a bridge in $name"
	done <"$work/ids"
	wait $long
	status=$?
	[ $status -le 1 ] || fail "status $status with a hostile image: $(cat "$work/err")"
	! daemon_do "$kind" ip link show sbhostile0 2>/dev/null || fail "the image made a bridge in the daemon's network"
	# Its own programs have its library, as without satbed.
	expect_text "$out/exec-own-client1.log" "the library is loaded"
	expect_json "$out/run.json" '.flows | length == 2 and all(.error == null)'
	nothing_left "a hostile image"
}

three_run() {
	[ "$(daemon_api "$kind" GET /containers/json | jq length)" -eq 3 ]
}

# satbed_below PID: what enters the daemon's pid namespace stays outside and waits for its child
satbed_below() {
	tree_of "$1" | while read -r pid _; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != satbed ] || echo "$pid"
	done
}

# start_long [RUNNING OPTION...]: a run that goes on, its testbed up, which RUNNING tells (three_run); $satbed_pid is satbed,
# $long a process that ends as it does
# shellcheck disable=SC2120 # pep_tests.sh passes some
start_long() {
	running=${1:-three_run}
	[ $# -eq 0 ] || shift
	new_out
	run_satbed run "$leo" "$@" --engine "$kind" --duration 60s --plain --out "$out" >"$work/out" 2>"$work/err" </dev/null &
	long=$!
	wait_for 60 "$running" || fail "no testbed: $(cat "$work/err")"
	# Every other second it tells how the transfer goes.
	wait_for 30 grep -q 'Mbit/s' "$work/err" || fail "no transfer: $(cat "$work/err")"
	satbed_pid=$(satbed_below "$long")
}

what_containers_may() {
	start_long
	daemon_api "$kind" GET "/containers/json?all=1" | jq -r '.[].Id' >"$work/ids"
	[ "$(wc -l <"$work/ids")" -eq 3 ] || fail "not emulator, server and client1: $(things)"
	while read -r id; do
		daemon_api "$kind" GET "/containers/$id/json" >"$work/inspect"
		expect_json "$work/inspect" '.HostConfig | .ReadonlyRootfs and (.Privileged | not)'
		daemon_do "$kind" cat "/proc/$(jq .State.Pid "$work/inspect")/status" >"$work/status" || fail "no status of $id"
		grep -q '^NoNewPrivs:.1$' "$work/status" || fail "$id may gain privileges"
		grep -q '^Seccomp:.2$' "$work/status" || fail "$id has no seccomp filter"
		# The daemon's filter, and on top of it satbed's own.
		[ "$(sed -n 's/^Seccomp_filters:.//p' "$work/status")" -ge 2 ] || fail "$id has no filter of satbed's"
		# NET_ADMIN and NET_RAW; the emulator also SYS_NICE, nodes SETUID and SETGID.  Those have given up all of them
		# but in the bounding set, which takes another one to make smaller; it gives nothing to whoever may gain none.
		case $(sed -n 's/^CapEff:.0*//p' "$work/status") in
		3000 | '') ;;
		*) fail "$id has more capabilities: $(cat "$work/status")" ;;
		esac
		case $(sed -n 's/^CapBnd:.0*//p' "$work/status") in
		3000 | 30c0 | 803000 | '') ;;
		*) fail "$id may have more capabilities: $(cat "$work/status")" ;;
		esac
		expect_json "$work/inspect" '.Config.Labels | has("satbed.run") and has("satbed.boot") and has("satbed.pid") and has("satbed.uid")'
	done <"$work/ids"
	kill -INT "$satbed_pid"
	wait $long
	status=$?
	[ $status -eq 130 ] || fail "status $status after Ctrl-C, not 130: $(cat "$work/err")"
	# What was measured until then is told.
	expect_json "$out/run.json" '.interrupted'
	nothing_left "Ctrl-C"
}

none_runs() {
	[ "$(daemon_api "$kind" GET /containers/json | jq length)" -eq 0 ]
}

# Killed outright: containers end by themselves, the journal names the rest, and satbed clean removes it.
after_a_kill() {
	start_long
	kill -KILL "$satbed_pid"
	wait $long 2>/dev/null
	wait_for 15 none_runs || fail "containers outlive a killed satbed: $(things)"
	[ "$(journals | wc -l)" -eq 1 ] || fail "no journal, or several: $(journals)"
	things | tr -d / >"$work/left"
	[ -s "$work/left" ] || fail "nothing is left of a killed run: this shows nothing"
	while read -r name; do
		grep -qF "\"$name\"" "$(journals)" || fail "$name is left, and not in the journal"
	done <"$work/left"
	expect_status 0 run_satbed clean
	nothing_left "a kill, after satbed clean"
}

without_the_image() {
	new_out
	run_satbed run "$leo" --engine "$kind" --set testbed.image=registry.invalid/none:1 --duration 2s --out "$out" \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
	case $status in
	3 | 4) ;;
	*) fail "status $status without an image" ;;
	esac
	expect_text "$work/err" "registry.invalid/none:1"
	expect_text "$work/err" "--engine native"
	nothing_left "a failed pull"
}

test_engine() {
	kind=$1
	daemons_need
	need jq tshark
	daemon_start "$kind"
	daemon_image "$kind"
	a_run bridge
	runs_side_by_side
	flows_of_every_kind
	a_session_again
	what_containers_may
	after_a_kill
	without_the_image
	a_hostile_image
}
