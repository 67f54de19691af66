#!/bin/sh
# SPDX-License-Identifier: MIT
# test_compare.sh - arms side by side: every round has each of them, Ctrl-C and --resume, what is refused
. tests/e2e/lib.sh
need jq slirp4netns

geo=$work/geo.ini
cat >"$geo" <<-END
	[scenario]
	name = geo
	duration = 2s
	seed = 3
	[link]
	delay = 100ms
	rate = 20mbit
	queue = 1.0bdp
	[flow.bulk]
	kind = bulk
	direction = up
END

runs_with_result() {
	find "$1/runs" -name run.json | wc -l
}

# Two rounds of both paths, shaped and not.  A busy machine may earn INVALID runs, which are kept apart.
out=$work/both
expect_done "$satbed" compare "$geo" --arm native:bridge --arm native:slirp:inside -n 2 --retries 0 --unshaped \
	--plain --out "$out" --expect 'goodput.bulk >= 1kbit'
json=$out/compare.json
cp "$work/out" "$work/table"
expect_json "$json" '.kind == "comparison" and .complete and (.interrupted | not) and .rounds == 2'
expect_json "$json" '.baseline == "native:bridge" and (.arms | map(.name)) == ["native:bridge", "native:slirp:inside"]'
for arm in 0 1; do
	expect_json "$json" ".arms[$arm].runs | map([.round, .pass]) | sort == [[1, \"shaped\"], [1, \"unshaped\"], [2, \"shaped\"], [2, \"unshaped\"]]"
done
[ "$(runs_with_result "$out")" -eq 8 ] || fail "not eight runs: $(ls "$out/runs")"
# One timeline, each run a run of its own.
[ "$(jq -s 'map(select(.link_backend != "none") | .timeline.hash) | unique | length' "$out"/runs/*/run.json)" -eq 1 ] ||
	fail "arms played different timelines"
[ "$(jq -s 'map(select(.link_backend == "none")) | length' "$out"/runs/*/run.json)" -eq 4 ] || fail "not four runs without a link"
# A line for every attempt, and every line has as many fields as the head (no name here has a comma).
[ "$(wc -l <"$out/compare.csv")" -eq 9 ] || fail "compare.csv: $(cat "$out/compare.csv")"
[ "$(awk -F, '{ print NF }' "$out/compare.csv" | sort -u | wc -l)" -eq 1 ] || fail "compare.csv: lines of different length"
# What two rounds allow is nothing.
expect_json "$json" '.values | length > 4 and all(.arms[1].against_baseline.found == null)'
expect_json "$json" '.verdicts | length == 2 and all(.text | test("too few|nothing to compare"))'
# The relay shows: whoever answers on the satellite leg has no window scale, which caps the flow; nothing else does.
if [ "$(jq '.arms[1].facts != null and .arms[0].facts != null' "$json")" = true ]; then
	expect_json "$json" '.arms[1].facts | .split.tcp_terminated_by == "slirp4netns" and .flows[0].legs[0].syn_ack.window_scale == null'
	expect_json "$json" '(.arms[1].facts.flows[0].window_cap_bps / 2621400 - 1 | fabs) < 0.02 and .arms[0].facts.flows[0].window_cap_bps == null'
	expect_json "$json" '.arms[0].facts | .split == null and .flows[0].legs[0].syn_ack.window_scale >= 0 and .mtu == 1500'
	expect_text "$work/table" "no window scale on the satellite leg"
	expect_json "$json" '.values | map(select(.name == "cpu.relay" and .pass == "shaped")) | .[0].arms[1].median > 0 and .[0].arms[0].median == null'
	expect_json "$json" '.values | map(select(.name == "cpu.emulator" and .pass == "shaped")) | .[0].arms | all(.median > 0)'
	expect_json "$json" '.values | map(select(.name == "goodput.bulk" and .pass == "unshaped")) | .[0].arms | all(.median == null or .median > 20e6)'
fi
expect_text "$work/table" "native:slirp:inside"
expect_text "$work/table" "VALUE WITHOUT A LINK"
expect_json "$json" '.expects | length == 2 and all(.what == "goodput.bulk")'

# A comparison that is complete is only told again.
before=$(find "$out/runs" | sort | cksum)
expect_done "$satbed" compare --resume "$out" --json --quiet
[ "$(find "$out/runs" | sort | cksum)" = "$before" ] || fail "--resume ran what was finished"
[ "$(jq -S .values "$work/out")" = "$(jq -S .values "$json")" ] || fail "--json is not compare.json"

# Ctrl-C in the middle; then --resume does what is missing, and nothing again.
out=$work/cut
env --default-signal=INT "$satbed" compare "$geo" --arm native:bridge --arm 'native:bridge,flow.bulk.cc=reno' -n 3 \
	--duration 1s --retries 0 --plain --out "$out" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
two_are_done() {
	[ -d "$out/runs" ] && [ "$(runs_with_result "$out")" -ge 2 ]
}
wait_for 60 two_are_done || fail "no two runs after 60 s: $(cat "$work/err")"
kill -INT $pid
wait $pid
status=$?
[ $status -eq 130 ] || fail "status $status after Ctrl-C: $(cat "$work/out" "$work/err")"
json=$out/compare.json
expect_json "$json" '.interrupted and (.complete | not) and .missing_runs > 0'
expect_text "$work/out" "continue with: satbed compare --resume $out"
jq -r '.arms[].runs[] | select(.verdict != "interrupted") | .directory' "$json" | sort >"$work/finished"
[ -s "$work/finished" ] || fail "nothing was finished"
while read -r dir; do
	stat -c '%n %Y %s' "$out/$dir/run.json"
done <"$work/finished" >"$work/before"
expect_done "$satbed" compare --resume "$out" --quiet
while read -r dir; do
	stat -c '%n %Y %s' "$out/$dir/run.json"
done <"$work/finished" | cmp -s - "$work/before" || fail "finished runs were run again"
expect_json "$json" '.complete and (.interrupted | not)'
expect_json "$json" '.arms | all((.runs | map(select(.verdict != "interrupted") | .round) | sort) == [1, 2, 3])'
expect_json "$json" '.arms[1].sets | index("flow.bulk.cc=reno") != null'

# Without --arm: every path that can run here; what cannot is named with the reason.
out=$work/every
DOCKER_HOST=unix:///nowhere/docker.sock CONTAINER_HOST=unix:///nowhere/podman.sock XDG_RUNTIME_DIR="$work" \
	expect_done "$satbed" compare "$geo" -n 1 --duration 1s --retries 0 --quiet --out "$out"
json=$out/compare.json
expect_json "$json" '.arms | map(.name) | index("native:bridge") == 0 and index("native:slirp:inside") > 0 and index("native:slirp:outside") > 0'
expect_json "$json" '.arms | all(.runs | length == 1)'
expect_json "$json" '.left_out | length >= 4 and all(.why | length > 20) and (map(.arm) | index("docker:bridge") != null)'
expect_text "$work/out" "left out docker:bridge: "

# What cannot be compared is refused before anything runs, and leaves nothing.
expect_status 2 "$satbed" compare "$geo" --arm native:bridge --arm native:bridge,link.delay=20ms --out "$work/no"
expect_text "$work/err" "which all arms must share"
expect_status 2 "$satbed" compare "$geo" --arm native:brigde --out "$work/no"
expect_text "$work/err" 'did you mean "bridge"?'
expect_status 2 "$satbed" compare "$geo" --arm native -n 0 --out "$work/no"
expect_text "$work/err" "expected a number from 1"
expect_status 2 "$satbed" compare --resume "$work/nothing"
expect_text "$work/err" "is not a comparison that can be resumed"
expect_status 2 "$satbed" compare --resume "$out" "$geo"
expect_status 2 "$satbed" compare "$geo" --arm native --out "$out"
expect_text "$work/err" "--resume $out"
[ ! -e "$work/no" ] || fail "a comparison that never was has left a directory"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"

# Figures are of one run.
expect_status 2 "$satbed" report "$(dirname "$json")" -o "$work/page.html" --svg "$work/figures"
expect_text "$work/err" "is a comparison, but figures and qlog show one run"
[ ! -e "$work/page.html" ] || fail "a page was written before the mistake was seen"
