#!/bin/sh
# SPDX-License-Identifier: MIT
# sweep_slurm.sh - a sweep on two nodes of a Slurm against the same on one: a row of make bench-sweep
#
#   O=build RUNS=100 tests/bench/sweep_slurm.sh
#
# A real Slurm on this machine, two nodes of one processor each.  Without one, or where this is not root, the
# row says so.
. tests/e2e/lib.sh
. tests/lib/slurm.sh
slurm_need
[ "$(nproc)" -ge 2 ] || skip "two nodes on one processor are no more than one"
runs=${RUNS:-100}
slurm=/run/satbed-bench-$$
mkdir -m 755 "$slurm" || fail "no $slurm"
cleanup() {
	slurm_stop "$slurm"
	rm -rf "$slurm" "$work"
}
slurm_start "$slurm"

# took NAME OPTION...: seconds from the command to the table of all runs
took() {
	name=$1
	shift
	began=$(date +%s%3N)
	"$satbed" sweep scenarios/leo-lossy.ini --clock virtual --seeds "1..$runs" --slurm "$@" --out "$work/$name" --quiet \
		>"$work/out" 2>"$work/err" </dev/null || fail "$name: $(cat "$work/out" "$work/err")"
	echo $(($(date +%s%3N) - began)) >"$work/$name.ms"
}
took one --slurm-option=--nodelist=n1
took two
awk -v one="$(cat "$work/one.ms")" -v two="$(cat "$work/two.ms")" -v runs="$runs" 'BEGIN {
	printf "%d runs of leo-lossy by Slurm: %.1f s on one node, %.1f s on two: %.2f times as fast\n", runs, one / 1e3, two / 1e3, one / two
}'
