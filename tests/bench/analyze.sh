#!/bin/sh
# SPDX-License-Identifier: MIT
# analyze.sh - satbed analyze beside others on one capture of PACKETS (10,000,000): make bench-analyze
#
# Beside them "report": the analysis of a run with PACKETS packets before its link, of both its captures.
# All is made in $TMPDIR and removed.  It is read from the page cache, by satbed and libpcap thrice in
# turn, of which the fastest counts, by the others once.  Processor time is of all threads, memory the largest resident size.
set -eu

O=${O:-build}
packets=${PACKETS:-10000000}
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-analyze.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
capture=$work/capture.pcap

echo "making a capture of $packets packets" >&2
"$O/tests/bench/capture" make "$capture" "$packets" >&2
cat "$capture" >/dev/null

# measure NAME COMMAND...: a line "wall cpu kB" to $work/NAME
measure() {
	name=$1
	shift
	/usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >/dev/null 2>"$work/err" || {
		cat "$work/err" >&2
		echo "analyze.sh: failed: $*" >&2
		exit 1
	}
	awk '{ print $1, $2 + $3, $4 }' "$work/time" >>"$work/$name"
	tail -n 1 "$work/$name" | sed "s/^/$name: /" >&2
}

for _ in 1 2 3; do
	measure pcap_next_ex "$O/tests/bench/capture" walk "$capture"
	measure satbed "$O/satbed" analyze --json "$capture"
done
# A run whose captures are to be matched: both ends of a link, PACKETS before it.
cat >"$work/long.ini" <<'END'
[scenario]
name = long
duration = 24h
[testbed]
backend = user
[link]
delay = 20ms
rate = 100mbit
queue = 100ms
loss = random 0.2%
[flow.bulk]
kind = bulk
direction = down
END
mkdir "$work/run"
"$O/satbed" plan "$work/long.ini" >"$work/run/plan.json"
echo "making a run of $packets packets at both ends" >&2
"$O/tests/bench/run_captures" "$work/run/plan.json" "$work/run" "$packets" >&2
measure report "$O/satbed" report "$work/run"
rm -rf "$work/run"
measure tcptrace tcptrace -l -n "$capture"
measure tshark tshark -n -q -z io,stat,0,tcp.analysis.retransmission -r "$capture"

# best NAME COLUMN: the least of its readings
best() {
	sort -g -k "$2,$2" "$work/$1" | awk -v c="$2" 'NR == 1 { print $c }'
}

printf '\n%-14s %9s %9s %9s %12s\n' program 'wall s' 'cpu s' 'MiB' 'x satbed'
for name in satbed pcap_next_ex tcptrace tshark report; do
	[ -f "$work/$name" ] || continue
	printf '%-14s %9.2f %9.2f %9.1f %12.2f\n' "$name" "$(best $name 1)" "$(best $name 2)" \
		"$(best $name 3 | awk '{ print $1 / 1024 }')" \
		"$(echo "$(best $name 1) $(best satbed 1)" | awk '{ print $1 / $2 }')"
done
printf '\n'

# goal NAME VALUE OPERATOR LIMIT
goal() {
	awk -v name="$1" -v v="$2" -v op="$3" -v limit="$4" 'BEGIN {
		held = op == "<=" ? v <= limit : v >= limit
		printf "%-34s %9.2f   goal %s %s   %s\n", name, v, op, limit, held ? "held" : "not held"
	}'
}
ratio() {
	echo "$1 $2" | awk '{ print $1 / $2 }'
}
goal analyze_time_vs_pcap_next_ex "$(ratio "$(best satbed 1)" "$(best pcap_next_ex 1)")" '<=' 1
goal analyze_cpu_vs_pcap_next_ex "$(ratio "$(best satbed 2)" "$(best pcap_next_ex 2)")" '<=' 1
goal tcptrace_time_vs_analyze "$(ratio "$(best tcptrace 1)" "$(best satbed 1)")" '>=' 5
goal tshark_time_vs_analyze "$(ratio "$(best tshark 1)" "$(best satbed 1)")" '>=' 100
goal run_memory_mib "$(best report 3 | awk '{ print $1 / 1024 }')" '<=' 256
goal analyze_memory_mib "$(best satbed 3 | awk '{ print $1 / 1024 }')" '<=' 64
