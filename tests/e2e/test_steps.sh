#!/bin/sh
# SPDX-License-Identifier: MIT
# test_steps.sh - a timeline of 100 steps a second: each is played, and logged with its lateness
#
# How late is the machine's affair; that every step of the plan has its line is not.
. tests/e2e/lib.sh
need jq

# 100 Hz for two seconds in one direction, another value every time; jitter at 100 Hz in the other.
{
	echo time_ms,delay_ms,rate_mbit,loss_percent
	awk 'BEGIN { for (t = 0; t < 2000; t += 10) printf "%d,%.3f,%.3f,%.3f\n", t, 20 + t / 200, 10 + t / 500, t % 40 / 40 }'
} >"$work/trace.csv"
cat >"$work/steps.ini" <<'END'
[scenario]
name = steps
duration = 2s
seed = 3
[testbed]
backend = user
[link]
delay = 20ms
rate = 10mbit
[link.up]
jitter = 2ms
jitter_every = 10ms
[link.down]
trace = trace.csv
[event.cut]
at = 505ms
outage = 100ms
rate_step = 0.5
ramp = 200ms
for = 400ms
[flow.telemetry]
kind = stream
direction = both
rate = 200kbit
END
out=$work/steps
expect_status 0 "$satbed" run "$work/steps.ini" --engine native --out "$out"

jq -s 'map(select(has("cause")))' "$out/events.jsonl" >"$work/lines" || fail "events.jsonl is not JSON, line by line"
steps=$(jq '.steps | length' "$out/plan.json")
[ "$steps" -ge 398 ] || fail "a plan of $steps steps where two directions step 199 times at least"
[ "$(jq length "$work/lines")" -eq "$steps" ] || fail "$(jq length "$work/lines") lines of $steps steps"
# In the plan's order: its times, links, directions and causes, each with what it sets, and a lateness.
jq '.steps | map([.at_ns / 1e6, "client\(.link + 1)", .dir, .cause])' "$out/plan.json" >"$work/planned"
jq 'map([.t_ms, .client, .direction, .cause])' "$work/lines" >"$work/played"
cmp "$work/planned" "$work/played" || fail "other steps than the plan's"
expect_json "$work/lines" 'all(.late_us != null and .late_us >= 0)'
expect_json "$work/lines" 'map(.cause) | unique | contains(["event", "jitter", "outage_end", "ramp", "trace"])'
# 100 a second, no two of them further apart than that.
expect_json "$work/lines" '[.[] | select(.direction == "down") | .t_ms] | [.[1:], .[:-1]] | transpose | all(.[0] - .[1] <= 10)'
expect_json "$work/lines" '[.[] | select(.direction == "up" and .cause == "jitter")] | length >= 170'
# What a step sets is the trace's row: here the one at 1.5 s.
expect_json "$work/lines" '.[] | select(.direction == "down" and .t_ms == 1500) | .delay_ms == 27.5 and .rate_bps == 13000000 and (.loss * 1e6 | round) == 5000'
# The report counts them.
expect_json "$out/run.json" ".timeline | .steps == $steps and .lateness_ms.count == $steps"
