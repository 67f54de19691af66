#!/bin/sh
# SPDX-License-Identifier: MIT
# test_same_seed.sh - same scenario and seed, same plan and timeline, whatever else differs
. tests/e2e/lib.sh
need jq

plan() {
	"$satbed" check "$leo" --json "$@"
}

plan >"$work/a" || fail "no plan"
(cd / && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$satbed" check "$leo" --json) >"$work/b" || fail "no plan"
cmp "$work/a" "$work/b" || fail "another directory, locale and time zone, another plan"
plan --set scenario.seed=8 >"$work/c" || fail "no plan"
! cmp -s "$work/a" "$work/c" || fail "another seed, the same plan"
plan --set scenario.seed=7 >"$work/d" || fail "no plan"
cmp "$work/a" "$work/d" || fail "the seed as an override gives another plan"

# What a run has played is what check has printed.
expect_status 0 "$satbed" run "$leo" --duration 1s --out "$work/run1"
expect_status 0 "$satbed" run "$leo" --duration 1s --out "$work/run2"
plan --set scenario.duration=1s >"$work/e" || fail "no plan"
[ "$(jq -S . "$work/e")" = "$(jq -S . "$work/run1/plan.json")" ] || fail "plan.json is not what check prints"
cmp "$work/run1/plan.json" "$work/run2/plan.json" || fail "two runs, two plans"
hash=$(jq -r .timeline.hash "$work/run1/run.json")
[ ${#hash} -eq 16 ] || fail "no hash of the timeline: $hash"
[ "$hash" = "$(jq -r .timeline.hash "$work/run2/run.json")" ] || fail "two runs, two timelines"
