#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up.sh - a testbed stands until it is taken down: pings show its links, and what an override changes of them
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh
need jq ping

interfaces >"$work/before"
write_scenario "$work/standing.ini"

expect_status 2 "$satbed" down
expect_text "$work/err" "no testbed is up"
expect_status 0 "$satbed" ps
expect_text "$work/out" "no testbed is up"
expect_status 2 "$satbed" up "$work/standing.ini" --set link.delay=3
[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "a scenario that is wrong left something"

# A pipe ends with `up`, though the testbed stands: nothing of the caller's is held.
"$satbed" up "$work/standing.ini" --capture "$work/pcaps" 2>"$work/err" | cat >"$work/out"
expect_text "$work/out" "satbed exec client1 -- ping -c 3 198.18.1.1"
expect_text "$work/out" "satbed down standing"
expect_status 2 "$satbed" up "$work/standing.ini"
expect_text "$work/err" "a testbed called standing is already up"

expect_status 0 "$satbed" ps --json
cp "$work/out" "$work/ps.json"
expect_json "$work/ps.json" 'length == 1 and .[0].name == "standing" and .[0].engine == "native"'
expect_json "$work/ps.json" '.[0].nodes[1] | .name == "client1" and .addresses[0] == "198.18.1.2"'
expect_json "$work/ps.json" '.[0].links[0].down.state.delay_ns == 30000000'
supervisor=$(jq '.[0].pid' "$work/ps.json")
node=$(jq '.[0].nodes[1].pid' "$work/ps.json")
[ "$(readlink "/proc/$node/ns/net")" != "$(readlink /proc/self/ns/net)" ] || fail "pid $node is no node's"
tree_of "$supervisor" >"$work/tree"
net_namespaces <"$work/tree" >"$work/netns"
[ "$(wc -l <"$work/tree")" -ge 4 ] || fail "supervisor, emulator and two nodes are not all there"

expect_rtt 50 58 client1 198.18.1.1
expect_rtt 50 58 server 198.18.1.2
expect_rtt 50 58 client1 fd5a:7bed:1::1

# One direction changes; a ping that runs meanwhile sees the step.
"$satbed" exec client1 -- ping -n -c 60 -i 0.05 198.18.1.1 >"$work/step" 2>&1 </dev/null &
pid=$!
sleep 1
expect_status 0 "$satbed" link client1.down delay=130ms
expect_text "$work/out" "delay=130ms rate=50mbit loss=none  (by hand)"
wait $pid || fail "the ping across the step: $(cat "$work/step")"
# A busy machine is late with some; none is early.
sed -n 's/.*icmp_seq=\([0-9]*\) .*time=\([0-9]*\).*/\1 \2/p' "$work/step" | awk '
	$1 <= 5 { before++; timely += $2 <= 70 }
	$1 >= 40 { after++; slow += $2 <= 170 }
	$2 < 50 || $1 >= 40 && $2 < 150 { bad = 1; print "too early: " $0 }
	END { exit bad || NR < 50 || timely < before / 2 || slow < after / 2 }' >&2 || fail "the step is not seen: $(cat "$work/step")"
expect_rtt 150 158 client1 198.18.1.1
# Ping waits twice as long for the last answer as it has seen any to take: all are lost here.
expect_status 0 "$satbed" link client1.up loss=100%
[ -z "$(rtt client1 198.18.1.1)" ] || fail "pings come back over a link that loses everything"
expect_status 0 "$satbed" link client1
expect_text "$work/out" "5 lost"
expect_status 0 "$satbed" link client1.up loss=none outage=on
[ -z "$(rtt client1 198.18.1.1)" ] || fail "pings come back during an outage"
expect_status 0 "$satbed" link client1 reset
expect_rtt 50 58 client1 198.18.1.1
expect_status 0 "$satbed" link client1 --json
expect_json "$work/out" '.[0] | .up.by_hand == false and .up.state.loss.kind == "none" and .up.counters.lost == 5
	and .up.counters.outage == 5'
expect_status 2 "$satbed" link client1.down delay=40
expect_text "$work/err" 'did you mean "40ms"'
expect_status 2 "$satbed" link client1.down queue=1s
expect_status 2 "$satbed" link client2 delay=40ms
expect_status 2 "$satbed" link client1.sideways

# A second one beside it, with the same addresses in namespaces of its own.
expect_status 0 "$satbed" up "$work/standing.ini" --name second --set link.up.delay=70ms --set testbed.clients=2 --quiet
expect_status 2 "$satbed" exec client1 -- true
expect_text "$work/err" "several testbeds are up (second, standing)"
expect_rtt 100 108 second:client2 198.18.2.1
expect_rtt 50 58 standing:client1 198.18.1.1
expect_status 2 "$satbed" exec second:client3 -- true
expect_status 0 "$satbed" down second
expect_rtt 50 58 client1 198.18.1.1

expect_status 0 "$satbed" down
expect_text "$work/out" "standing is down"
wait_for 1 all_gone "$work/tree" "$work/netns" || fail "down has returned, and one lives of: $(cat "$work/tree")"
[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "left: $(ls -AR "$XDG_RUNTIME_DIR")"
interfaces | diff "$work/before" - || fail "interfaces have changed"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"
expect_status 2 "$satbed" down
for file in client1 server-client1; do
	[ "$(od -A n -t x4 -N 4 "$work/pcaps/$file.pcap" | tr -d ' ')" = a1b23c4d ] || fail "$file.pcap is no pcap file"
	[ "$(stat -c %s "$work/pcaps/$file.pcap")" -gt 5000 ] || fail "$file.pcap has no packets"
done

# Hands win over the timeline: steps that go on do not reach a direction that was set.
cp "$work/standing.ini" "$work/steps.ini"
cat >>"$work/steps.ini" <<-END
	[event.step]
	every = 100ms
	phase = 100ms
	delay_step = uniform 50ms 60ms
END
expect_status 0 "$satbed" up "$work/steps.ini" --quiet
sleep 0.3
expect_rtt 150 175 client1 198.18.1.1
expect_status 0 "$satbed" link client1 delay=10ms
sleep 0.2
expect_status 0 "$satbed" exec client1 -- ping -n -q -c 20 -i 0.05 198.18.1.1
# The mean: a step would stay until the next one, a busy machine is late with a packet or two.
mean=$(sed -n 's|^rtt [^=]*= [^/]*/\([0-9]*\)\..*|\1|p' "$work/out")
[ "$mean" -le 40 ] || fail "steps of the timeline reach a link that was set by hand: $(cat "$work/out")"
expect_status 0 "$satbed" link client1 reset
sleep 0.2
expect_rtt 150 175 client1 198.18.1.1
expect_status 0 "$satbed" down
expect_status 0 "$satbed" up "$work/steps.ini" --no-events --quiet
expect_rtt 50 58 client1 198.18.1.1
expect_status 0 "$satbed" down

# Killed outright, the supervisor takes everything along; the next `ps` says so and tidies up.
expect_status 0 "$satbed" up "$leo" --engine native --quiet
expect_status 0 "$satbed" ps --json
supervisor=$(jq '.[0].pid' "$work/out")
tree_of "$supervisor" >"$work/tree"
net_namespaces <"$work/tree" >"$work/netns"
[ "$(wc -l <"$work/tree")" -ge 4 ] || fail "supervisor, emulator and two nodes are not all there"
kill -KILL "$supervisor"
wait_for 3 all_gone "$work/tree" "$work/netns" || fail "3 s after kill -9 one lives of: $(cat "$work/tree")"
interfaces | diff "$work/before" - || fail "interfaces have changed"
expect_status 2 "$satbed" exec client1 -- true
expect_status 0 "$satbed" ps
expect_text "$work/err" "the supervisor of testbed leo-lossy ended"
[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "left: $(ls -AR "$XDG_RUNTIME_DIR")"

# Interrupted while it comes up, at any moment: nothing stays, or a testbed that can be taken down.
began=$(date +%s%N)
expect_status 0 "$satbed" up "$work/standing.ini" --quiet
took_ns=$(($(date +%s%N) - began))
expect_status 0 "$satbed" down
for part in $(seq 0 22); do
	seconds=$(awk -v ns=$took_ns -v part="$part" 'BEGIN { printf "%.4f", ns * part / 20 / 1e9 }')
	env --default-signal=INT "$satbed" up "$work/standing.ini" --quiet >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep "$seconds"
	kill -INT $pid 2>/dev/null
	wait $pid
	status=$?
	if [ $status -eq 0 ]; then
		expect_status 0 "$satbed" down
	elif [ $status -ne 130 ]; then
		fail "interrupted after $seconds s: status $status"
	fi
	[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "interrupted after $seconds s, left: $(ls -AR "$XDG_RUNTIME_DIR")"
	interfaces | diff "$work/before" - || fail "interrupted after $seconds s, interfaces have changed"
done

# A node that is killed ends its testbed, which says so.
expect_status 0 "$satbed" up "$work/standing.ini" --quiet
expect_status 0 "$satbed" ps --json
cp "$work/out" "$work/ps.json"
tree_of "$(jq '.[0].pid' "$work/ps.json")" >"$work/tree"
: >"$work/netns"
kill -KILL "$(jq '.[0].nodes[1].pid' "$work/ps.json")"
wait_for 5 all_gone "$work/tree" "$work/netns" || fail "a node was killed, and the testbed stands"
expect_status 0 "$satbed" ps
expect_text "$work/err" "client1: the peer closed the connection; the testbed is taken down"
[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "left: $(ls -AR "$XDG_RUNTIME_DIR")"

# The rate of a beam is set on its first client, and is then the others', too.
expect_status 0 "$satbed" up scenarios/leo-shared.ini --engine native --quiet
expect_status 2 "$satbed" link client2.down rate=5mbit
expect_text "$work/err" "client2 shares its down direction's rate with client1; change it there: client1.down rate=RATE"
expect_status 0 "$satbed" link client2.down delay=99ms
expect_status 0 "$satbed" link client1.down rate=5mbit
expect_status 0 "$satbed" link client2.down
expect_text "$work/out" "client2.down  delay=99ms rate=5mbit"
expect_status 0 "$satbed" link client1.down reset
expect_status 0 "$satbed" link client2.down
expect_text "$work/out" "client2.down  delay=99ms rate=40mbit"
expect_status 0 "$satbed" down
