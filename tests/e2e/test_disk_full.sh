#!/bin/sh
# SPDX-License-Identifier: MIT
# test_disk_full.sh - a full disk ends a run early, with a report of what there is and the name of what is full
. tests/e2e/lib.sh
need jq unshare

cat >"$work/run.ini" <<'END'
[scenario]
name = full
duration = 60s
[testbed]
backend = user
[link]
delay = 5ms
rate = 50mbit
queue = 100ms
[flow.bulk]
kind = bulk
direction = down
END
mkdir "$work/disk"

# on_disk SIZE COMMAND: in a mount namespace with a file system of that size at $work/disk, $1 being the directory
on_disk() {
	size=$1
	shift
	# shellcheck disable=SC2046,SC2016 # words; for the inner shell
	unshare $([ "$(id -u)" -eq 0 ] || echo -r) -m sh -c 'mount -t tmpfs -o size="$1" none "$2" || exit 77; shift; eval "$2"
		status=$?; cp -r "$1/run" "$1/../kept" 2>/dev/null; exit $status' sh "$size" "$work/disk" "$1" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ $status -ne 77 ] || skip "no mount namespaces here"
}
run="$satbed run $work/run.ini --engine native --quiet --out \$1/run"

# What is left is kept for the report: it is whole.
begun=$(date +%s)
on_disk 8m "$run"
[ $status -eq 3 ] || fail "status $status: $(cat "$work/out" "$work/err")"
[ $(($(date +%s) - begun)) -lt 40 ] || fail "it went on to its end"
expect_text "$work/err" "captures may take"
expect_text "$work/err" "the disk is full: "
expect_text "$work/err" "are left in $work/disk/run, which the report needs"
expect_text "$work/out" "cut off after"
kept=$work/kept
expect_json "$kept/run.json" '.flows[0].bytes > 0 and .flows[0].retransmits.tcp_info >= 0 and .captures[0].written > 0'
expect_json "$kept/run.json" '.timings.measured_s < 30 and (.cut_off.why | test("^the disk is full"))'
[ -s "$kept/report.html" ] || fail "no page"
jq -es 'map(select(.phase == "cut off")) | length == 1' "$kept/events.jsonl" >/dev/null || fail "events: $(cat "$kept/events.jsonl")"
rm -rf "$kept"

# Somebody else takes all of it at once: no file can be written, and what was counted is said.
on_disk 12m "($run) & sleep 2.5; head -c 20M /dev/zero >\$1/hog 2>/dev/null; wait \$!"
[ $status -eq 3 ] || fail "status $status: $(cat "$work/out" "$work/err")"
grep -Eq "(cannot write $work/disk/run/|are left in $work/disk/run, )" "$work/err" || fail "what is full? $(cat "$work/err")"
expect_text "$work/out" "cut off after"
grep -q '^bulk client1 down *[1-9]' "$work/out" || fail "nothing of the flow: $(cat "$work/out")"

# No room even for the report: at once, and nothing is left behind.
on_disk 1m "$run; s=\$?; ls -A \$1; exit \$s"
[ $status -eq 3 ] || fail "status $status: $(cat "$work/out" "$work/err")"
expect_text "$work/err" "are free in $work/disk/run, and the report alone may take"
[ ! -s "$work/out" ] || fail "left: $(cat "$work/out")"

# The estimate is near what such a run takes.
expect_status 0 "$satbed" check "$work/run.ini" --set scenario.duration=5s
estimate=$(sed -n 's/^captures may take \([0-9.]*\)MB, .*/\1/p' "$work/out")
[ -n "$estimate" ] || fail "no estimate: $(cat "$work/out")"
expect_done "$satbed" run "$work/run.ini" --engine native --quiet --duration 5s --out "$work/whole"
taken=$(cat "$work/whole/"*.pcap | wc -c)
awk "BEGIN { e = $estimate * 1e6; exit !(e > $taken * 0.9 && e < $taken * 4) }" || fail "estimated $estimate MB, taken $taken bytes"
