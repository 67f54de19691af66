# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# pep_tests.sh - proxies on every engine of containers; sourced by tests/e2e/test_pep_KIND.sh
#
#   test_pep KIND	runs all of it, on a daemon of that kind that it starts
#   test_pep KIND some	what differs from daemon to daemon: wires, captures, what is left when a run is cut off
#
# Other tests run beside these, so how long things take is compared and not judged: test_pep.sh does that, on the virtual clock.
. tests/lib/engine_tests.sh
. tests/lib/pep_lib.sh

write_scenarios() {
	write_geo "$work/geo.ini"
	cat >"$work/many.ini" <<-'END'
		[scenario]
		name = many
		duration = 4s
		[testbed]
		clients = 2
		ip = 6
		pep = terminal+gateway
		[link]
		delay = 100ms
		rate = 10mbit
		queue = 200ms
		[flow.bulk]
		kind = bulk
		direction = both
		streams = 6
		[flow.ask]
		kind = rr
		transport = tcp
		every = 200ms
	END
	chmod 644 "$work/geo.ini" "$work/many.ini"
}

# run_pep FILE OPTION...
run_pep() {
	new_out
	expect_done run_satbed run "$@" --engine "$kind" --out "$out"
	json=$out/run.json
	expect_json "$json" ".engine.kind == \"$kind\" and (.flows | all(.error == null))"
}
run_geo() {
	run_pep "$work/geo.ini" "$@"
	expect_json "$json" '.flows | map(select(.kind == "file")) | length == 2 and all(.file.complete and .file.damaged_at == null and .file.attempts == 1)'
}
both='--set testbed.pep=terminal+gateway --set link.pep_rate=9.5mbit --set link.pep_cc=bbr'

# A bridge speaks when it pleases: while $work/speak is there, all of the daemon's do, each millisecond, so that what is heard
# of them on a link is heard in this test.
bridges_speak() {
	: >"$work/speak"
	install -m 644 tests/lib/bridges_speak.py "$work"
	daemon_do "$kind" /usr/bin/python3 "$work/bridges_speak.py" "$work/speak" &
	speaker=$!
}
bridges_are_silent() {
	rm "$work/speak"
	wait "$speaker" || fail "no bridge spoke"
}

with_and_without() {
	run_geo
	expect_json "$json" '.split == null and (.captures | length) == 2'
	without=$(seconds)
	less 4.2 "$without" "file without proxies"
	bridges_speak
	# shellcheck disable=SC2086 # words
	run_geo $both
	bridges_are_silent
	less "$(seconds)" "$without" "file with proxies"
	# What they said has never come to the links.
	expect_json "$json" '[.links[] | .up.shaper, .down.shaper] | all(.arrived > 0 and .failed == 0)'
	expect_json "$json" '.path == "bridge" and .split == {tcp_terminated_by: "the proxies", pep: "terminal+gateway"}'
	expect_json "$json" '.manifest.path_proof[0] | .ended == null and .cpu_s > 0 and
		([.terminal, .gateway] | all(.connections == 2 and .failed == 0 and .turned_away == 0 and .down_bytes > 2000000 and .up_bytes > 500000))'
	expect_json "$json" '.cpu.relay.seconds > 0'
	expect_json "$json" '[.flows[] | select(.name == "ask")] | length == 1 and all(.rr.timeouts == 0 and .rr.answered >= 10 and .rr.latency_ms.p50 >= 600)'
	nothing_left "a run with proxies"
}

# What the daemon's kernel has not is said, and nothing stays.
refusals() {
	new_out
	expect_status 3 run_satbed run "$work/geo.ini" --engine "$kind" --set testbed.pep=terminal --set link.pep_cc=nosuch --out "$out"
	expect_text "$work/err" 'no congestion control "nosuch"'
	nothing_left "a congestion control that is not there"
	expect_status 2 run_satbed run "$work/geo.ini" --engine "$kind" --set testbed.pep=terminal --set testbed.path=slirp --out "$out"
	expect_text "$work/err" "pep: proxies stand on path = bridge only"
}

# One connection has the same addresses and ports on every leg, the server's own; only over the satellite it takes time.
all_legs() {
	expect_json "$json" '[.captures[].file] == ["client1.pcap", "server-client1.pcap", "other-leg-client1.pcap", "server-leg-client1.pcap"]'
	expect_json "$json" '.captures | all(.dropped == 0 and .written > 0)'
	legs client1 >"$work/legs"
	[ "$(wc -l <"$work/legs")" -eq 2 ] || fail "not two connections: $(cat "$work/legs")"
	jq -r '.links[0] | [.client.addr4, .server.addr4] | join(" ")' "$out/plan.json" >"$work/ends"
	[ "$(awk '{ print $1, $3 }' "$work/legs" | sort -u)" = "$(cat "$work/ends")" ] ||
		fail "not from client to server ($(cat "$work/ends")): $(cat "$work/legs")"
	for leg in server-client1 other-leg-client1 server-leg-client1; do
		legs $leg | cmp - "$work/legs" || fail "$leg: other connections than over the satellite"
	done
	less "$(handshake other-leg-client1)" 0.1 "handshake beside the client"
	less 0.59 "$(handshake client1)" "handshake over the satellite"
	# Nothing that the daemon's bridges say is on the satellite leg, whose ends have the nodes' addresses.
	jq -r '.links[0] | .client.mac, .server.mac' "$out/plan.json" | sort >"$work/macs"
	for file in client1.pcap server-client1.pcap; do
		tshark -n -r "$out/$file" -T fields -e eth.src 2>/dev/null | sort -u | cmp - "$work/macs" ||
			fail "$file: others than client and server sent over the satellite"
	done
}

one_proxy_alone() {
	for one in terminal gateway; do
		run_geo --set testbed.pep=$one
		expect_json "$json" ".split.pep == \"$one\" and (.manifest.path_proof[0] | has(\"$one\") and .ended == null) and
			[.manifest.path_proof[0] | has(\"terminal\"), has(\"gateway\")] != [true, true]"
	done
	nothing_left "runs with one proxy"
}

two_clients() {
	run_pep "$work/many.ini"
	expect_json "$json" '.manifest.path_proof | length == 2 and all(.ended == null and ([.terminal, .gateway] | all(.connections == 13 and .failed == 0)))'
	expect_json "$json" '[.flows[] | select(.kind == "rr") | .rr] | length == 2 and all(.timeouts == 0 and .latency_ms.p50 >= 200)'
	expect_json "$json" '.captures | length == 8 and all(.written > 0)'
	nothing_left "two clients with proxies"
}

five_run() {
	[ "$(daemon_api "$kind" GET /containers/json | jq length)" -eq 5 ]
}

# start_proxied: as start_long, with proxies; $work/ids has what runs
start_proxied() {
	# shellcheck disable=SC2086 # words
	start_long five_run $both
	daemon_api "$kind" GET /containers/json | jq -r '.[] | "\(.Names[0] | sub("^/"; "")) \(.Id)"' >"$work/ids"
}

# process_of PART: process 1 of that container, as the daemon sees it
process_of() {
	daemon_api "$kind" GET "/containers/$(awk -v part="-$1\$" '$1 ~ part { print $2 }' "$work/ids")/json" >"$work/inspect"
	jq .State.Pid "$work/inspect"
}

# child_of PID: the one child that it has, both as the daemon sees them
child_of() {
	# shellcheck disable=SC2016 # awk's own
	daemon_do "$kind" awk '{ print $1 }' "/proc/$1/task/$1/children"
}

what_proxies_may() {
	for part in terminal1 gateway1; do
		pid=$(process_of $part)
		expect_json "$work/inspect" '.HostConfig | .ReadonlyRootfs and (.Privileged | not) and ((.Mounts // []) | length == 0)'
		child=$(child_of "$pid")
		daemon_do "$kind" cat "/proc/$pid/status" >"$work/station" || fail "no status of $part"
		# Who made the routes has no right any more; the proxy may use addresses that are others'.
		grep -q '^CapEff:.0*$' "$work/station" || fail "$part has capabilities: $(cat "$work/station")"
		[ -n "$child" ] || fail "$part has no proxy"
		daemon_do "$kind" cat "/proc/$child/status" >"$work/proxy"
		grep -q '^Name:.satbed-proxy$' "$work/proxy" || fail "$part runs something else: $(cat "$work/proxy")"
		grep -q '^CapEff:.0*2000$' "$work/proxy" || fail "the proxy of $part has other capabilities: $(cat "$work/proxy")"
		for status in "$work/station" "$work/proxy"; do
			grep -q '^NoNewPrivs:.1$' "$status" || fail "$part may gain privileges"
			[ "$(sed -n 's/^Seccomp_filters:.//p' "$status")" -ge 2 ] || fail "$part has no filter of satbed's"
		done
	done
}

# A proxy that is killed, then Ctrl-C: the run says which one ended, and nothing stays.
proxy_killed() {
	start_proxied
	what_proxies_may
	child=$(child_of "$(process_of gateway1)")
	daemon_do "$kind" kill "$child" || fail "the proxy cannot be killed"
	sleep 1
	kill -INT "$satbed_pid"
	wait $long
	status=$?
	[ $status -eq 130 ] || fail "status $status after Ctrl-C, not 130: $(cat "$work/err")"
	expect_json "$out/run.json" '.interrupted and .verdict == "INVALID" and (.reason_codes | index("relay_ended") != null)'
	expect_json "$out/run.json" '.manifest.path_proof[0].ended == "the gateway'"'"'s proxy: killed by signal 15"'
	nothing_left "Ctrl-C with proxies"
}

# A whole terminal that ends takes the links with it: the run ends at once, says so, and has what was measured until then.
container_killed() {
	start_proxied
	daemon_api "$kind" POST "/containers/$(awk '$1 ~ /-terminal1$/ { print $2 }' "$work/ids")/kill"
	wait $long
	status=$?
	[ $status -eq 4 ] || fail "status $status after a terminal's end, not 4: $(cat "$work/err")"
	expect_text "$work/err" "the container of client1's terminal ended"
	expect_json "$out/run.json" '.verdict == "INVALID" and .manifest.duration_s < 50 and (.captures | length == 4 and all(.written > 0))'
	expect_json "$out/run.json" '.flows[0].bytes > 100000'
	[ "$(legs client1 | wc -l)" -ge 1 ] || fail "the capture over the satellite is empty"
	nothing_left "a terminal's end"
}

# Killed outright: containers end by themselves, the journal names the rest, and satbed clean removes it.
satbed_killed() {
	start_proxied
	kill -KILL "$satbed_pid"
	wait $long 2>/dev/null
	wait_for 15 none_runs || fail "containers outlive a killed satbed: $(things)"
	things | tr -d / >"$work/left"
	[ "$(grep -c -- '-[0-9]*$' "$work/left")" -ge 2 ] || fail "the networks are not left: this shows nothing: $(cat "$work/left")"
	while read -r name; do
		grep -qF "\"$name\"" "$(journals)" || fail "$name is left, and not in the journal"
	done <"$work/left"
	expect_status 0 run_satbed clean
	nothing_left "a kill with proxies, after satbed clean"
	! daemon_do "$kind" ip -o link | grep -E ': (veth|sb)' || fail "interfaces are left"
}

# The arms of a comparison, as people write them.
arms() {
	new_out
	{ cat "$work/geo.ini"; printf '[testbed]\nengine = %s\n' "$kind"; } >"$work/arms.ini"
	chmod 644 "$work/arms.ini"
	expect_done run_satbed compare "$work/arms.ini" --arm pep=none --arm pep=terminal+gateway -n 1 --retries 0 --out "$out"
	expect_json "$out/compare.json" '[.arms[].name] == ["pep=none", "pep=terminal+gateway"] and (.arms | map(.runs | length) == [1, 1])'
	for run in "$out"/runs/*/run.json; do
		expect_fair "$run"
	done
	nothing_left "a comparison"
}

test_pep() {
	kind=$1
	daemons_need
	need jq tshark
	daemon_start "$kind"
	daemon_image "$kind"
	write_scenarios
	with_and_without
	all_legs
	proxy_killed
	[ "${2:-}" != some ] || return 0
	refusals
	one_proxy_alone
	two_clients
	container_killed
	satbed_killed
	arms
}
