#!/bin/sh
# SPDX-License-Identifier: MIT
# equivalence.sh - the same scenarios on the real and on the virtual clock: are the results the same? (make equivalence)
#
#   REPEAT=10 SCENARIOS='geo-small ...' CCS='cubic bbr' CLOCKS='real virtual' BACKEND=user DURATION=15s JOBS=1 \
#   KERNEL=6.12 RESULTS=build/equivalence.csv tests/bench/equivalence.sh
#
# A seed draws a timeline and, on this backend, which packets are lost: each seed runs on both clocks, and the pairs'
# differences are tested (equivalence.awk).  Runs on the real clock take their time and need a machine that is not busy:
# one that ends INVALID is made again, at most RETRIES times, and counted.  Rows that RESULTS has already are not made
# again, so an interrupted campaign goes on where it was, and the clocks may be run one after the other.
# JOBS of them run side by side; whether the machine had time for so many the verdicts of those on the real clock tell.
# The virtual clock's runs have a low priority: they lose nothing by it.  JSON in the same place as RESULTS.
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-build}
satbed=$O/satbed
repeat=${REPEAT:-10}
scenarios=${SCENARIOS:-geo-small geo-burst geo-medium meo leo-lossy leo-random-loss}
ccs=${CCS:-cubic bbr}
clocks=${CLOCKS:-real virtual}
backend=${BACKEND:-user}
duration=${DURATION:-15s}
retries=${RETRIES:-2}
jobs=${JOBS:-1}
results=${RESULTS:-$O/equivalence.csv}
work=$(mktemp -d "${TMPDIR:-/tmp}/equivalence.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

[ -s "$results" ] ||
	echo scenario,cc,seed,clock,attempt,verdict,goodput_bps,rtt_p50_ms,retransmissions,load >"$results"

# run SCENARIO CC SEED CLOCK ATTEMPT: a row of the table; status 1 where it is of no use
run() {
	slow='' guest=''
	[ "$4" = real ] || slow="nice -n 10" guest=${KERNEL:+--kernel $KERNEL}
	# shellcheck disable=SC2086 # words
	$slow "$satbed" run "scenarios/$1.ini" --set "flow.bulk.cc=$2" --seed "$3" --clock "$4" --backend "$backend" \
		--engine native --duration "$duration" $guest --quiet --json --out "$work/run" \
		>"$work/json" 2>"$work/err" || [ $? -eq 1 ] || {
		cat "$work/err" >&2
		echo "equivalence.sh: failed: $*" >&2
		exit 255 # xargs starts no more
	}
	jq -r --arg row "$1,$2,$3,$4,$5" --arg load "$(cut -d' ' -f1 /proc/loadavg)" \
		'(.flows[] | select(.name == "bulk")) as $f |
		"\($row),\(.verdict),\($f.goodput_bps),\($f.rtt_ms.p50),\($f.retransmits.pcap),\($load)"' \
		"$work/run/run.json" >"$work/row" || exit 255
	cat "$work/row" >>"$results"
	rm -rf "$work/run"
	! grep -q ,INVALID, "$work/row"
}
is_made() {
	awk -F, -v s="$1" -v c="$2" -v n="$3" -v k="$4" '$1 == s && $2 == c && $3 == n && $4 == k && $6 != "INVALID" { found = 1 }
		END { exit !found }' "$results"
}

# equivalence.sh --one SCENARIO CC SEED CLOCK: what xargs below starts
if [ "${1:-}" = --one ]; then
	shift
	attempt=1
	until run "$@" $attempt || [ $attempt -gt "$retries" ]; do
		attempt=$((attempt + 1))
	done
	exit 0
fi

for seed in $(seq 1 "$repeat"); do
	for scenario in $scenarios; do
		for cc in $ccs; do
			for clock in $clocks; do
				is_made "$scenario" "$cc" "$seed" "$clock" || echo "$scenario $cc $seed $clock"
			done
		done
	done
done >"$work/missing"
xargs -r -L 1 -P "$jobs" tests/bench/equivalence.sh --one <"$work/missing" || exit 1
awk -v json="${results%.csv}.json" -f tests/bench/equivalence.awk "$results"
