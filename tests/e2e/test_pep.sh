#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pep.sh - proxies at terminal and gateway: TCP ends there, and client and server do not notice
. tests/e2e/lib.sh
. tests/lib/pep_lib.sh
need jq tshark

write_geo "$work/geo.ini"
geo=$work/geo.ini

# run_geo DIR OPTION...
run_geo() {
	out=$work/$1
	json=$out/run.json
	shift
	expect_status 0 "$satbed" run "$geo" --engine native --out "$out" "$@"
	expect_json "$json" '.verdict == "PASS" and (.flows | map(select(.kind == "file")) | length == 2 and all(.file.complete and .file.damaged_at == null and .file.attempts == 1 and .error == null))'
}

run_geo none
expect_json "$json" '.split == null and (.captures | length) == 2'
none=$(seconds)
for backend in netem user; do
	run_geo both-$backend --backend $backend --set testbed.pep=terminal+gateway --set link.pep_rate=9.5mbit --set link.pep_cc=bbr
	both=$(seconds)
	# 2 MB take 1.75 s at 9.5 Mbit/s with headers; before that the handshake's round trip, and one in which no
	# more than 64 kB can go: 2.95 s.  A slow start from 10 segments of 1,448 bytes takes 7 round trips, 4.2 s.
	less "$both" 3.3 "file with proxies, $backend"
	less 4.2 "$none" "file without"
done
expect_json "$json" '.path == "bridge" and .split == {tcp_terminated_by: "the proxies", pep: "terminal+gateway"}'
expect_text "$work/out" "TCP is terminated by the proxies: three connections"
expect_json "$json" '.manifest.path_proof[0] | .ended == null and
	([.terminal, .gateway] | all(.connections == 2 and .failed == 0 and .turned_away == 0 and .down_bytes > 2000000 and .up_bytes > 500000))'
# What no proxy may touch takes two times 300 ms, with and without.
for dir in none both-user; do
	expect_json "$work/$dir/run.json" '.flows[] | select(.name == "ask") | .rr.timeouts == 0 and .rr.answered >= 14 and .rr.latency_ms.p50 >= 600 and .rr.latency_ms.p50 < 602'
done

# One connection has the same addresses and ports on every leg; only over the satellite it takes time.
expect_json "$json" '[.captures[].file] == ["client1.pcap", "server-client1.pcap", "other-leg-client1.pcap", "server-leg-client1.pcap"]'
legs client1 >"$work/legs"
[ "$(wc -l <"$work/legs")" -eq 2 ] || fail "not two connections: $(cat "$work/legs")"
for leg in server-client1 other-leg-client1 server-leg-client1; do
	legs $leg | cmp - "$work/legs" || fail "$leg: other connections than over the satellite"
done
less "$(handshake other-leg-client1)" 0.01 "handshake beside the client"
less 0.59 "$(handshake client1)" "handshake over the satellite"

# By IPv6; many connections; two clients, each with proxies of its own.
run_geo six --set testbed.ip=6 --set testbed.pep=terminal+gateway
expect_json "$json" '.manifest.path_proof[0].terminal.connections == 2'
cat >"$work/many.ini" <<'END'
[scenario]
name = many
duration = 6s
[testbed]
clients = 2
pep = terminal+gateway
[link]
delay = 100ms
rate = 20mbit
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
expect_done "$satbed" run "$work/many.ini" --out "$work/many"
json=$work/many/run.json
expect_json "$json" '.flows | all(.error == null)'
expect_json "$json" '.manifest.path_proof | length == 2 and all([.terminal, .gateway] | all(.connections == 13 and .failed == 0))'
expect_json "$json" '[.flows[] | select(.kind == "bulk") | .goodput_bps] | length == 4 and all(. > 5e6)'
expect_json "$json" '[.flows[] | select(.kind == "rr") | .rr] | all(.timeouts == 0 and .latency_ms.p50 >= 200)'

# One proxy: the other end of the satellite leg is the node itself.
for one in terminal gateway; do
	run_geo $one --set testbed.pep=$one
	expect_json "$json" ".split.pep == \"$one\" and (.manifest.path_proof[0] | has(\"$one\")) and
		[.manifest.path_proof[0] | has(\"terminal\"), has(\"gateway\")] != [true, true]"
	expect_text "$work/out" "TCP is terminated by the $one's proxy: two connections"
done
# The gateway's sends down; what goes up is the client's own, whose TCP_INFO counts.
expect_json "$json" '.flows | map(select(.kind == "file")) | map({key: .direction, value: (.retransmits.tcp_info != null)}) | from_entries == {down: false, up: true}'

# A proxy that is killed: the run says which, and does not pass.
"$satbed" run "$geo" --out "$work/killed" --set testbed.pep=terminal+gateway >"$work/out" 2>"$work/err" &
run=$!
wait_for 10 pgrep -x satbed-proxy >"$work/pids" || fail "no proxy runs"
sleep 1
kill "$(pgrep -x satbed-proxy | tail -n 1)"
wait $run
status=$?
[ $status -eq 1 ] || fail "status $status after a proxy was killed"
expect_json "$work/killed/run.json" '.verdict == "INVALID" and (.reason_codes | index("relay_ended") != null)'
expect_text "$work/out" "proxy: killed by signal 15"
! pgrep -x satbed-proxy || fail "a proxy outlived its run"

# What proxies do not go with is said before anything runs.
refused() {
	text=$1
	shift
	expect_status 2 "$satbed" check "$geo" --set testbed.pep=terminal "$@"
	expect_text "$work/err" "$text"
}
refused "pep: proxies stand on path = bridge only: slirp4netns ends TCP connections itself" --set testbed.path=slirp
expect_status 3 "$satbed" run "$geo" --set testbed.pep=terminal --set link.pep_cc=nosuch --out "$work/nosuch"
expect_text "$work/err" 'this kernel has no congestion control "nosuch"'

# The arms of a comparison, as people write them.
expect_done "$satbed" compare "$geo" --arm pep=none --arm pep=terminal+gateway -n 1 --out "$work/arms"
expect_json "$work/arms/compare.json" '[.arms[].name] == ["pep=none", "pep=terminal+gateway"]'
