#!/bin/sh
# SPDX-License-Identifier: MIT
# test_cut_off.sh - kill -9 of satbed, its emulator or an agent during a run: what was measured until then is reported
. tests/e2e/lib.sh
need jq

cat >"$work/run.ini" <<'END'
[scenario]
name = cut
duration = 60s
[testbed]
backend = user
[link]
delay = 20ms
rate = 10mbit
queue = 100ms
[event.pass]
every = 200ms
delay_step = 5ms
[flow.bulk]
kind = bulk
direction = down
[flow.telemetry]
kind = stream
direction = up
rate = 100kbit
END

out=$work/out-dir
start() {
	rm -rf "$out"
	"$satbed" run "$work/run.ini" --engine native --quiet --out "$out" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
}

is_state_there() {
	[ -s "$out/run-state.json" ]
}

# Of satbed: before the start there is nothing to report, after it everything up to the last 200 ms.
for seconds in 0 0.02; do
	start
	sleep $seconds
	kill -KILL $pid || fail "it had ended by itself: $(cat "$work/err")"
	wait $pid 2>/dev/null
	[ ! -e "$out/plan.json" ] || [ -e "$out/run-state.json" ] || {
		expect_status 2 "$satbed" report "$out"
		expect_text "$work/err" "the run ended before its start"
	}
done
for seconds in 0.1 0.7 2.3; do
	start
	wait_for 10 is_state_there || fail "no start: $(cat "$work/err")"
	jq -e '.links | length == 1' "$out/plan.json" >/dev/null || fail "no plan.json before the run"
	sleep $seconds
	kill -KILL $pid || fail "it had ended by itself: $(cat "$work/err")"
	wait $pid 2>/dev/null
	cp -r "$out" "$work/kept.$seconds"
	expect_status 0 "$satbed" report "$out"
	expect_text "$work/out" "cut off after"
	expect_json "$out/run.json" ".cut_off.at_s <= $seconds + 2 and .cut_off.unix_s > 1.7e9 and .interrupted == false"
	expect_json "$out/run.json" '.verdict != "PASS" and any(.reasons[]; test("^the run was cut off: "))'
	for file in report.html series.json; do
		[ -s "$out/$file" ] || fail "no $file"
	done
	# A second time it is the page alone that is made.
	expect_status 0 "$satbed" report "$out"
done
# More than 200 ms are not lost; the busy machine gets its share.
expect_json "$out/run.json" '.cut_off.at_s > 1 and .flows[0].bytes > 200000 and .links[0].down.measured.arrived > 200'
expect_json "$out/run.json" '.captures[0].dropped == null and .links[0].up.shaper == null and .flows[0].retransmits.tcp_info == null'
# Nothing made up: losses of a link without any are none, whichever capture lacks its last packets.
expect_json "$out/run.json" '.links[0] | .up.measured.lost.link == 0 and .down.measured.lost.link == 0'
jq -es 'map(select(.cause == "event")) | length > 4' "$out/events.jsonl" >/dev/null || fail "no steps as they happened"
grep -q '^[0-9.]*,bulk,client1,down,server,' "$out/samples.csv" || fail "no samples as they came"

# Whatever is torn or missing: a report, or one line that says what is wrong.
kept=$work/kept.2.3
try() {
	"$satbed" report "$work/torn" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	case $status in
	0) [ -s "$work/torn/run.json" ] || fail "$1: status 0 and no run.json" ;;
	2) [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$1: $(cat "$work/err")" ;;
	*) fail "$1: status $status: $(cat "$work/err")" ;;
	esac
}
for file in plan.json run-state.json events.jsonl samples.csv client1.pcap server-client1.pcap; do
	size=$(stat -c %s "$kept/$file")
	for length in 0 1 23 $((size / 2)) $((size - 1)); do
		rm -rf "$work/torn"
		cp -r "$kept" "$work/torn"
		truncate -s "$length" "$work/torn/$file"
		try "$file cut to $length bytes"
		case $file-$length in
		plan.json-* | run-state.json-*) ;;
		*-0 | *-1 | *-23) ;;
		*) [ $status -eq 0 ] || fail "$file cut to $length bytes: $(cat "$work/err")" ;;
		esac
	done
	rm -rf "$work/torn"
	cp -r "$kept" "$work/torn"
	rm "$work/torn/$file"
	[ "$file" = plan.json ] || try "no $file"
	rm -rf "$work/torn"
	cp -r "$kept" "$work/torn"
	head -c 3000 /dev/urandom >"$work/torn/$file"
	try "noise in $file"
	# What cannot be read is not taken for what ends there: the system refuses to read this at its beginning.
	rm -rf "$work/torn"
	cp -r "$kept" "$work/torn"
	rm "$work/torn/$file"
	ln -s /proc/self/mem "$work/torn/$file"
	try "$file cannot be read"
	case $file in
	*.pcap) expect_text "$work/out" "INVALID" ;;
	*)
		[ $status -eq 2 ] || fail "$file cannot be read, and there is a report"
		expect_text "$work/err" "$file"
		;;
	esac
done

# Killed while captures are brought here from containers: what one of them has cannot be known, the others are read.
sed 's/duration = 60s/duration = 1s/' "$work/run.ini" >"$work/short.ini"
rm -rf "$out"
"$satbed" run "$work/short.ini" --engine native --quiet --out "$out" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 10 is_state_there || fail "no start: $(cat "$work/err")"
cp "$out/run-state.json" "$work/state"
wait $pid
grep -q '"phase":"collected"' "$out/events.jsonl" || fail "nothing says that the captures are whole"
cp "$work/state" "$out/run-state.json"
rm "$out/run.json"
sed -i '/"phase":"collected"/,$d' "$out/events.jsonl"
: >"$out/client1.pcap"
expect_status 0 "$satbed" report "$out"
expect_text "$work/out" "cut off after"
expect_json "$out/run.json" '.verdict == "INVALID" and .captures[1].written > 0 and .links[0].down.measured.lost.link == 0'

# What runs below satbed: a report of what there is, and the process and its signal by name.
child_of() {
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\([0-9]*\) (\(.*\)) /\1 \2 /; ' | awk -v parent="$1" '$4 == parent { print $1 }' | sort -n
}
for victim in emulator server client1; do
	start
	wait_for 10 is_state_there || fail "no start: $(cat "$work/err")"
	sleep 1
	emulator=$(child_of $pid)
	case $victim in
	emulator) kill -KILL "$emulator" ;;
	server) kill -KILL "$(child_of "$emulator" | sed -n 1p)" ;;
	client1) kill -KILL "$(child_of "$emulator" | sed -n 2p)" ;;
	esac || fail "no process of $victim"
	wait $pid
	status=$?
	[ $status -eq 4 ] || fail "$victim killed: status $status: $(cat "$work/err")"
	case $victim in
	emulator) said="the emulator process was killed by signal 9 (Killed)" ;;
	server) said="the agent of server was killed by signal 9 (Killed)" ;;
	client1) said="the agent of client1 was killed by signal 9 (Killed)" ;;
	esac
	expect_text "$work/err" "$said"
	expect_text "$work/out" "cut off after"
	expect_json "$out/run.json" ".cut_off.why == \"$said\" and .flows[0].bytes > 0 and .timings.measured_s < 30"
	[ -s "$out/report.html" ] || fail "no page"
	# The emulator lives on where an agent has died: captures are whole, and counters known.
	[ $victim = emulator ] || expect_json "$out/run.json" '.captures[0].written > 0 and .links[0].down.shaper.sent > 0'
done
