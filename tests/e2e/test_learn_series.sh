#!/bin/sh
# SPDX-License-Identifier: MIT
# test_learn_series.sh - series of measurements become a scenario, and are compared with one
. tests/e2e/lib.sh

# Ten tests of a minute: a round trip of 40 or 60 ms, each for 15 s; every 50th is lost.
awk 'BEGIN {
	srand(1)
	print "test,t_s,rtt_ms"
	for (test = 1; test <= 10; test++)
		for (i = 0; i < 300; i++) {
			if (i % 75 == 0)
				level = rand() < 0.5 ? 40 : 60
			if (i % 50 != 49)
				printf "%d,%.1f,%.3f\n", test, i / 5, level + rand()
		}
}' >"$work/rtt.csv"
awk 'BEGIN { print "t_s,throughput_mbps"; for (i = 0; i < 120; i++) print i / 2 "," 20 + i % 7 }' >"$work/up.csv"

expect_status 0 "$satbed" learn --series rtt="$work/rtt.csv" capacity.up="$work/up.csv" -o "$work/fit.ini" --name fit --figures "$work/figures"
expect_text "$work/fit.ini" "name = fit"
expect_text "$work/fit.ini" "; outages: 50 of 2990 probes 0.2 s apart were lost, in 50 runs"
expect_text "$work/fit.ini" "jitter_every = 200ms"
# Levels of 15 s hang together: in so few of them slot, run and a long hold are not told apart, independent draws are.
sed -n 's/^jitter_memory = \(.*\)/\1/p' "$work/fit.ini" | tr -d % |
	awk '{ for (i = 1; i < NF; i += 2) sum += $(i + 1) } END { exit !(sum >= 55) }' ||
	{ cat "$work/fit.ini" >&2; fail "levels are not seen"; }
expect_status 0 "$satbed" check "$work/fit.ini"
for figure in rtt-distribution rtt-autocorrelation capacity.up-distribution; do
	grep -q "</svg>" "$work/figures/$figure.svg" || fail "no figure $figure"
done

"$satbed" learn --series capacity.up="$work/up.csv" --against "$work/fit.ini" >"$work/table" || fail "--against"
distance=$(sed -n 's/^capacity.up: Kolmogorov-Smirnov distance //p' "$work/table")
awk -v d="$distance" 'BEGIN { exit !(d != "" && d < 0.2) }' || fail "the distance is \"$distance\""

expect_status 2 "$satbed" learn --series "$work/rtt.csv"
expect_status 2 "$satbed" learn --series
expect_status 2 "$satbed" learn --series up="$work/up.csv"
expect_status 2 "$satbed" learn --figures "$work/figures" "$work/rtt.csv"
expect_status 2 "$satbed" learn --series rtt="$work/none.csv"
expect_status 2 "$satbed" learn --series rtt="$work/rtt.csv" --against "$work/fit.ini" --out "$work/x.ini"
