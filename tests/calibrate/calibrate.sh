#!/bin/sh
# SPDX-License-Identifier: MIT
# calibrate.sh - fit a link to two thirds of measured tests, judge it on the other third
#
# calibrate.sh DATA OUT: DATA has ping.csv, udp_downlink.csv, udp_uplink.csv, tcp_downlink.csv and tcp_uplink.csv, each
# with a column "test". OUT gets the fitted scenario, the figures, the runs and table.md. Nothing is fitted to TCP: its
# files are only judged against. Environment:
#	O	where satbed was built (build)
#	TESTS	runs of TCP in each direction (8); 0: distributions only
#	SECONDS_EACH	of each run (120)
#	CLOCK	virtual or real (virtual)
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-build} data=${1:?DATA} out=${2:?OUT}
satbed=$O/satbed judge=$O/tests/calibrate/judge_tcp
tests=${TESTS:-8} seconds=${SECONDS_EACH:-120} clock=${CLOCK:-virtual}
if [ ! -f "$data/ping.csv" ]; then
	echo "calibrate: no data in $data; nothing was judged" >&2
	exit 77
fi
mkdir -p "$out" || exit 2
# Runs over an earlier fit say nothing of this one.
rm -rf "$out"/down-[0-9]* "$out"/up-[0-9]*

# What these series do not show comes from publications, as scenarios/leo-starlink-drive.ini says.
published='link.up.loss=bursts 0.27% burst 1.33ms'

# The FOLD-th of every three tests is judged.
split() {
	for name in ping udp_downlink udp_uplink tcp_downlink tcp_uplink; do
		awk -F, -v fold="$1" -v fit="$out/$name.fit.csv" -v judge="$out/$name.judge.csv" '
			NR == 1 { print > fit; print > judge; next }
			!($1 in number) { number[$1] = count++ }
			{ print > (number[$1] % 3 == fold ? judge : fit) }' "$data/$name.csv" || exit 2
	done
}

# distance FILE COLUMN: between the tests that were fitted to and those that are judged: what no model can be below
distance() {
	awk -F, -v column="$2" 'FNR > 1 && $column != "" { print $column, FILENAME ~ /judge/ }' "$out/$1.fit.csv" "$out/$1.judge.csv" |
		sort -g | awk '
			{ value[NR] = $1; part[NR] = $2; total[$2]++ }
			END {
				for (i = 1; i <= NR; i++) {
					seen[part[i]]++
					d = seen[0] / total[0] - seen[1] / total[1]
					if (d < 0)
						d = -d
					if (value[i] != value[i + 1] && d > most)
						most = d
				}
				printf "%.3f\n", most
			}'
}

# table KIND FILE GOAL-DISTANCE: compares held-out tests with the fit
table() {
	"$satbed" learn --series "$1=$out/$2.judge.csv" --against "$out/fit.ini" --figures "$out/figures" >"$out/$1.txt" || exit 2
	awk -v kind="$1" -v goal="$3" -v itself="$(distance "$2" 3)" '
		function held(ok) { if (!ok) bad = 1; return ok ? "yes" : "**no**" }
		/distance/ {
			printf "| KS, %s | %s between the two parts | %s | ≤ %s | %s |\n", kind, itself, $NF, goal, held($NF + 0 <= goal + 0)
		}
		/nothing, %/ {
			a = $(NF - 1); b = $NF
			# A share that fewer than ten samples make says nothing of a factor.
			few = a * samples / 100 < 10
			printf "| nothing, %s | %s %% | %s %% | factor 1.5 | %s |\n", kind, a, b,
				few ? "too few" : held(a <= 1.5 * b && b <= 1.5 * a)
		}
		/lost, %/ { printf "| lost, %s | %s %% | %s %% | | |\n", kind, $(NF - 1), $NF }
		$1 == "samples" { samples = $2 }
		/autocorrelation/ { printf "| autocorrelation over %s s, %s | %s | %s | | |\n", $2, kind, $(NF - 1), $NF }
		END { exit bad }' "$out/$1.txt"
}

status=0
{
	for fold in 2 0 1; do
		split $fold
		"$satbed" learn --series "rtt=$out/ping.fit.csv" "capacity.up=$out/udp_uplink.fit.csv" \
			"capacity.down=$out/udp_downlink.fit.csv" --name fitted -o "$out/fit.ini" || exit 2
		printf '\nFit to two thirds of the tests, judged on the other third (%s of 3):\n\n' $((fold == 2 ? 1 : fold + 2))
		printf '| what | measured | generated | goal | held |\n|---|---|---|---|---|\n'
		table rtt ping 0.10 || status=1
		table capacity.down udp_downlink 0.10 || status=1
		table capacity.up udp_uplink 0.10 || status=1
		[ $fold = 2 ] || continue
		cp "$out/fit.ini" "$out/judged.ini"
		for direction in down up; do
			runs=
			for seed in $(seq "$tests"); do
				run=$out/$direction-$seed
				"$satbed" run "$out/judged.ini" --clock "$clock" --out "$run" \
					--set "scenario.seed=$seed" --set "scenario.duration=${seconds}s" --set "$published" \
					--set flow.bulk.direction=$direction --set flow.bulk.cc=cubic \
					--set testbed.sample=500ms >"$run.txt" 2>&1
				# A run whose link was not what it should be says nothing of that link.
				case $(sed -n 's/^verdict //p' "$run.txt") in
				PASS | WARN) runs="$runs $run" ;;
				*) echo "calibrate: left out, see $run.txt: $direction, seed $seed" >&2 ;;
				esac
			done
			[ -n "$runs" ] || continue
			# shellcheck disable=SC2086 # a list of directories without blanks
			"$judge" $direction "$out/tcp_${direction}link.judge.csv" "$out/udp_${direction}link.judge.csv" $runs || status=1
		done
	done
} >"$out/table.md" || exit 2
cat "$out/table.md"
[ $status -eq 0 ] || echo "calibrate: some goals are not held" >&2
exit $status
