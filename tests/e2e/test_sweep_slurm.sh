#!/bin/sh
# SPDX-License-Identifier: MIT
# test_sweep_slurm.sh - a sweep done by a real Slurm of two nodes, one of which is killed, and so is who submitted it
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/lib/slurm.sh
slurm_need
need sqlite3 pgrep
need_kernel

slurm=/run/satbed-slurm-$$
mkdir -m 755 "$slurm" || fail "no $slurm"
cleanup() {
	slurm_stop "$slurm"
	rm -rf "$slurm" "$work"
}
slurm_start "$slurm"

cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 20s
	[link]
	delay = 20ms
	rate = 20mbit
	[flow.bulk]
	kind = bulk
	direction = down
END
there() {
	[ "$(find "$1/runs" -maxdepth 1 -type d ! -name '.*' 2>/dev/null | tail -n +2 | wc -l)" -ge "$2" ]
}

# Refused before anything is submitted.
expect_status 2 "$satbed" sweep "$work/link.ini" --seeds 1..2 --clock real --slurm --out "$work/no"
expect_text "$work/err" "use --clock virtual"
expect_status 3 virtual sweep "$work/link.ini" --seeds 1..2 --slurm --slurm-option=--partition=nowhere --out "$work/no"
expect_text "$work/err" "sbatch ended with status"

# A node goes in mid-sweep, with all that it does.
"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --vary flow.bulk.cc=cubic,bbr --seeds 1..5 --slurm \
	--out "$work/sweep" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 there "$work/sweep" 2 || fail "no runs: $(cat "$work/err" "$work"/sweep/slurm/round-1/*.log)"
slurm_node_kill "$slurm" n2 "$work/sweep"
wait $pid
status=$?
[ $status -eq 0 ] || fail "status $status, not 0: $(cat "$work/out" "$work/err")"
expect_text "$work/err" "10 runs in 8 tasks"
expect_text "$work/out" "10 of 10 runs"
[ "$(sqlite3 "$work/sweep/results.sqlite" 'SELECT count(*) FROM runs WHERE verdict="PASS"')" -eq 10 ] || fail "not ten runs"
# The same that this machine makes of it.
hash=$(sqlite3 "$work/sweep/results.sqlite" 'SELECT hash FROM wide WHERE seed=4 AND "flow.bulk.cc"="bbr"')
expect_status 0 virtual run "$work/link.ini" --set flow.bulk.cc=bbr --seed 4 --quiet --out "$work/alone"
cmp "$work/alone/samples.csv" "$work/sweep/runs/$hash/samples.csv" || fail "a node came to another result"

# Who submitted is killed; who comes next waits for the tasks that there are.
slurm_node_again "$slurm" n2
rounds=$(find "$work/sweep/slurm" -name 'round-*' | wc -l)
"$satbed" sweep --resume "$work/sweep" --seeds 6..9 --slurm >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 test -d "$work/sweep/slurm/round-$((rounds + 1))" || fail "nothing was submitted"
wait_for 60 there "$work/sweep" 11 || fail "no more runs: $(cat "$work/err")"
kill -KILL $pid
wait $pid 2>/dev/null
expect_status 0 "$satbed" sweep --resume "$work/sweep" --slurm
expect_text "$work/err" "still works on this sweep"
expect_text "$work/out" "18 of 18 runs"
[ "$(find "$work/sweep/slurm" -name 'round-*' | wc -l)" -eq $((rounds + 1)) ] || fail "it was submitted again"
exit 0
