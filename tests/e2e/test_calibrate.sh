#!/bin/sh
# SPDX-License-Identifier: MIT
# test_calibrate.sh - links fitted to measured series are judged on tests that they were not fitted to
. tests/e2e/lib.sh

data=${SATBED_DATA:-../shared/data/starlink-drive-2024}
[ -f "$data/ping.csv" ] || skip "no measured series in $data"

O=${satbed%/*} TESTS=0 tests/calibrate/calibrate.sh "$data" "$work/out" >"$work/table" 2>"$work/err"
[ $? -le 1 ] || { cat "$work/err" >&2; fail "calibrate.sh broke"; }
# Round trips and capacity down: each third of the tests, by a fit to the others.
for kind in rtt capacity.down; do
	held=$(grep -c "^| KS, $kind |.* yes |\$" "$work/table")
	[ "$held" -eq 3 ] || { cat "$work/table" >&2; fail "$kind: $held of 3 thirds"; }
done
# Capacity up: six tests each, which differ from the other twelve by as much as from any fit to those.
awk -F '|' '/^\| KS, capacity.up/ { if ($4 - $3 > 0.05) bad = 1; rows++ } END { exit bad || rows != 3 }' "$work/table" ||
	{ cat "$work/table" >&2; fail "capacity.up is further from a fit than from the measurements behind it"; }
[ -s "$work/out/figures/rtt-distribution.svg" ] || fail "no figures"

# Without data it says so and judges nothing.
O=${satbed%/*} tests/calibrate/calibrate.sh "$work/none" "$work/none-out" >"$work/out.txt" 2>&1
[ $? -eq 77 ] || fail "without data: not 77"
