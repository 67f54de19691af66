#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - all benchmarks in one run: a line per metric for people, build/bench.json for machines
#
# Each metric is a JSON object {metric, value, unit, goal, detail}; values are medians, and ratios are
# between peers measured in turn in this same run.
set -eu

O=${O:-build}
results=$O/bench.jsonl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$results"

# median_of FILE - the median of numbers, a line each
median_of() {
	sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# Testbed up: server and two clients, shaped, captures open, nodes prepared; down: captures drained
# and closed, everything gone.
bench_testbed() {
	i=0
	while [ $i -lt 9 ]; do
		i=$((i + 1))
		# The kernel removes the namespaces of the run before for a while yet, holding its locks.
		sleep 1
		"$O/satbed" run tests/bench/testbed.ini --quiet --json --out "$work/run$i" >"$work/out.json" ||
			[ $? -eq 1 ] # what so short a run measured is not the question
		jq .timings.up_ms "$work/out.json" >>"$work/up"
		jq .timings.down_ms "$work/out.json" >>"$work/down"
	done
	for what in up down; do
		jq -nc --argjson v "$(median_of "$work/$what")" --slurpfile all "$work/$what" --arg m "testbed_${what}_ms" \
			'{metric: $m, value: $v, unit: "ms", goal: "<= 50", detail: {runs: $all}}' |
			tee -a "$results" | jq -r '"\(.metric): \(.value) ms (goal \(.goal))"' >&2
	done
}

bench_testbed
for program in "$O"/tests/bench/bench_*; do
	[ -x "$program" ] || continue
	"$program" >>"$results"
done
tests/bench/replay.sh >>"$results"
# Where there are no daemons to start this has nothing to say.
if tests/bench/docker.sh >"$work/docker"; then
	cat "$work/docker" >>"$results"
else
	cat "$work/docker" >&2
fi
jq -s '{metrics: .}' "$results" >"$O/bench.json"
rm -f "$results"
printf '\n'
jq -r '.metrics[] | "\(.metric)\t\(.value * 1000 | round / 1000)\t\(.unit)\tgoal \(.goal)"' "$O/bench.json" | expand -t 44,58,72
