#!/bin/sh
# SPDX-License-Identifier: MIT
# virtual.sh - what runs on the virtual clock cost: make bench-virtual
#
#   O=build KERNEL=6.12 ROUNDS=3 tests/bench/virtual.sh
#
# Processor seconds are those of the whole guest: everything that `satbed run --clock virtual` waited for.
# Of ROUNDS runs in turn the least counts: other work on the machine only ever adds.  JSON in build/bench-virtual.json.
set -eu

O=${O:-build}
rounds=${ROUNDS:-3}
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-virtual.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# scenario NAME SECONDS DELAY UP DOWN: one bulk flow down
scenario() {
	cat >"$work/$1.ini" <<-END
		[scenario]
		name = $1
		duration = $2s
		seed = 7
		[link]
		delay = $3
		queue = 1.0bdp
		[link.up]
		rate = $4
		[link.down]
		rate = $5
		[flow.bulk]
		kind = bulk
		direction = down
		cc = cubic
	END
}
scenario geo 60 325ms 10mbit 100mbit
scenario leo 20 20ms 30mbit 178mbit
cat >"$work/short.ini" <<-END
	[scenario]
	name = short
	duration = 1s
	[link]
	delay = 1ms
	rate = 1mbit
	[flow.ping]
	kind = stream
	direction = up
	rate = 10kbit
	[testbed]
	probes = off
END

# measure NAME SCENARIO BACKEND: lines "cpu_s wall_s bytes" to $work/NAME
measure() {
	/usr/bin/time -f '%e %U %S' -o "$work/time" "$O/satbed" run "$2" --clock virtual ${KERNEL:+--kernel "$KERNEL"} \
		--backend "$3" --quiet --json --out "$work/out" >"$work/json" 2>"$work/err" || [ $? -eq 1 ] || {
		cat "$work/err" >&2
		echo "virtual.sh: failed: $1" >&2
		exit 1
	}
	bytes=$(jq '[.flows[] | select(.name == "bulk") | .bytes] | add // 0' "$work/out/run.json")
	awk -v bytes="$bytes" 'END { print $2 + $3, $1, bytes }' "$work/time" >>"$work/$1"
	tail -n 1 "$work/$1" | sed "s/^/$1: /" >&2
	rm -rf "$work/out"
}
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	measure short "$work/short.ini" netem
	measure lossy scenarios/leo-lossy.ini netem
	measure geo "$work/geo.ini" netem
	measure leo "$work/leo.ini" netem
	measure lossy_user scenarios/leo-lossy.ini user
	measure leo_user "$work/leo.ini" user
done

# least NAME cpu|wall|cpu_per_gb: over the rounds
least() {
	awk -v what="$2" '{ v = what == "wall" ? $2 : what == "cpu" ? $1 : $1 * 1e9 / $3; if (NR == 1 || v < m) m = v }
		END { printf "%.3f", m }' "$work/$1"
}
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}
row() {
	jq -nc --arg m "$1" --argjson v "$2" --arg u "$3" --arg g "$4" '{metric: $m, value: $v, unit: $u, goal: ("<= " + $g),
		met: ($v <= ($g | tonumber))}'
}
{
	row virtual_shortest_run_wall "$(least short wall)" s 0.3
	row virtual_leo_lossy_30s_cpu "$(least lossy cpu)" s 1.2
	row virtual_geo_100mbit_cpu_per_gb "$(least geo cpu_per_gb)" s/GB 10
	row virtual_leo_170mbit_cpu_per_gb "$(least leo cpu_per_gb)" s/GB 15
	row virtual_leo_lossy_user_vs_netem "$(ratio "$(least lossy_user cpu)" "$(least lossy cpu)")" x 1.3
	row virtual_leo_170mbit_user_vs_netem "$(ratio "$(least leo_user cpu_per_gb)" "$(least leo cpu_per_gb)")" x 1.3
} >"$work/rows"
jq -s '{metrics: .}' "$work/rows" >"$O/bench-virtual.json"
jq -r '"\(.metric)\t\(.value)\t\(.unit)\tgoal \(.goal)\t\(if .met then "met" else "failed" end)"' "$work/rows" |
	expand -t 40,52,60,76
