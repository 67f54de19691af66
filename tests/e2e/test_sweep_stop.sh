#!/bin/sh
# SPDX-License-Identifier: MIT
# test_sweep_stop.sh - sweeps that are stopped, cut off or refused: nothing is lost, nothing is made twice
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need sqlite3 unshare
need_kernel

cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 2s
	[link]
	delay = 20ms
	rate = 20mbit
	[flow.bulk]
	kind = bulk
	direction = down
END
sweep() {
	"$satbed" sweep "$@"
}
# names DIR PATTERN: what is in its runs
names() {
	find "$1/runs" -mindepth 1 -maxdepth 1 -name "$2" 2>/dev/null | sed 's#.*/##; s/^\.part-//' | sort
}
finished() {
	names "$1" '[!.]*' | grep -cv failed
}
has_finished() {
	[ "$(finished "$1")" -ge "$2" ]
}
has_parts() {
	[ "$(names "$1" '.part-*' | wc -l)" -ge "$2" ]
}
start() {
	"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --quiet "$@" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
}
# ended WANTED
ended() {
	wait $pid
	status=$?
	[ $status -eq "$1" ] || fail "status $status, not $1: $(cat "$work/out" "$work/err")"
}

# Ctrl-C once: those that run come to their end, no other is begun; the sweep can be gone on with.
start --seeds 1..30 --jobs 2 --out "$work/once"
wait_for 60 has_finished "$work/once" 1 || fail "no run: $(cat "$work/err")"
wait_for 60 has_parts "$work/once" 1
names "$work/once" '.part-*' >"$work/running"
kill -INT $pid
ended 130
expect_text "$work/err" "no new runs, running ones end"
expect_text "$work/err" "continue with: satbed sweep --resume $work/once"
[ "$(finished "$work/once")" -lt 30 ] || fail "it went on"
while read -r hash; do
	[ -f "$work/once/runs/$hash/run.json" ] || fail "run $hash was cut off: $(ls -a "$work/once/runs")"
done <"$work/running"
[ -z "$(names "$work/once" '.part-*')" ] || fail "parts of runs are left"
[ "$(sqlite3 "$work/once/results.sqlite" 'SELECT count(*) FROM runs')" -eq "$(finished "$work/once")" ] || fail "the table lacks runs"
expect_status 0 sweep --resume "$work/once" --quiet
expect_text "$work/out" "30 of 30 runs"

# Twice: they end at once, as if they had not been begun.
start --seeds 1..2 --jobs 2 --duration 900s --out "$work/twice"
wait_for 60 has_parts "$work/twice" 2 || fail "no runs: $(cat "$work/err")"
kill -INT $pid
wait_for 20 grep -q 'no new runs' "$work/err" || fail "nothing is said"
kill -INT $pid
ended 130
[ -z "$(names "$work/twice" '*')" ] || fail "something is left: $(ls -a "$work/twice/runs")"
# Others than Ctrl-C do not wait for anything.
"$satbed" sweep --resume "$work/twice" --quiet >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 has_parts "$work/twice" 2 || fail "no runs: $(cat "$work/err")"
kill -TERM $pid
ended 130
[ -z "$(names "$work/twice" '*')" ] || fail "something is left: $(ls -a "$work/twice/runs")"

# Killed before sweep.json it is begun anew, killed after it it is gone on with.
mkdir "$work/early"
touch "$work/early/.lock" "$work/early/sweep.json.Ab12Cd"
expect_status 0 virtual sweep "$work/link.ini" --seeds 1..2 --quiet --out "$work/early"
rm -r "$work/early/runs" "$work/early/results.sqlite"
expect_status 0 sweep --resume "$work/early" --quiet
expect_text "$work/out" "2 of 2 runs"

# What --resume is given holds from then on.
expect_status 0 sweep --resume "$work/early" --quiet --seeds 3 --captures
expect_status 0 sweep --resume "$work/early" --quiet --seeds 4
[ "$(find "$work/early/runs" -name '*.pcap' -printf '%h\n' | sort -u | wc -l)" -eq 2 ] || fail "captures: $(ls "$work"/early/runs/*)"
start --seeds 1..2 --duration 120s --jobs 1 --retries 0 --out "$work/broken"
wait_for 60 has_parts "$work/broken" 1
wait_for 60 eval "guests $pid >$work/guests; [ -s $work/guests ]" || fail "no guest"
sleep 0.5
while read -r guest _; do
	kill -KILL "$guest"
done <"$work/guests"
ended 1
expect_text "$work/out" "1 of 2 runs"
expect_status 0 sweep --resume "$work/broken" --retries 1 --quiet
expect_text "$work/out" "2 of 2 runs"
expect_json "$work/broken/sweep.json" '.retries == 1'

# A million seeds are counted, not planned, before they are refused.
expect_status 2 timeout 20 "$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --seeds 1..1000000 --out "$work/no"
expect_text "$work/err" "1000000 runs are to be made"
# The same run twice is found among any number of combinations.
rates=$(seq -s, -f "%gkbit" 1001 1401)
expect_status 2 virtual sweep "$work/link.ini" --vary link.delay=20ms,0.02s,40ms --vary "link.up.rate=$rates" --dry-run
expect_text "$work/err" 'link.delay: "20ms" and "0.02s" are the same run'
# A disk that is too small is seen before anything runs.
mkdir "$work/small"
# shellcheck disable=SC2016 # of the inner shell
expect_status 3 unshare -rm sh -c 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"' - "$work/small" \
	"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --seeds 1..50 --out "$work/small/results"
expect_text "$work/err" "50 runs may take"
expect_text "$work/err" "are free for $work/small/results; choose another directory with --out DIR"
exit 0
