#!/bin/sh
# SPDX-License-Identifier: MIT
# test_sweep.sh - sweeps on the virtual clock: their table, what is added, what is cut off, what is refused
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need sqlite3 /usr/bin/python3
need_kernel

cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 2s
	[link]
	delay = 20ms
	rate = 20mbit
	[flow.bulk]
	kind = bulk
	direction = down
END
sweep() {
	"$satbed" sweep "$@"
}
sql() {
	sqlite3 "$work/loss/results.sqlite" "$1"
}

# Nothing is left of a dry run.
expect_status 0 virtual sweep "$work/link.ini" --vary flow.bulk.cc=cubic,bbr --seeds 1..3 --out "$work/loss" --dry-run
expect_text "$work/out" "6 runs: 2 combinations of 1 factors, 3 seeds; 6 to be made"
expect_text "$work/out" "estimates: "
[ ! -e "$work/loss" ] || fail "a dry run made a directory"

expect_status 0 virtual sweep "$work/link.ini" --vary flow.bulk.cc=cubic,bbr --seeds 1..2 --out "$work/loss" --jobs 2
expect_text "$work/out" "4 of 4 runs, in $work/loss/results.sqlite"
[ "$(sql 'SELECT count(*) FROM runs WHERE verdict="PASS"')" -eq 4 ] || fail "runs: $(sql 'SELECT * FROM runs')"
[ "$(sql 'SELECT count(*) FROM flows')" -eq 4 ] || fail "flows: $(sql 'SELECT * FROM flows')"
[ "$(sql 'SELECT count(*) FROM links WHERE measured_delay_p50_ms >= 20')" -eq 8 ] || fail "links: $(sql 'SELECT * FROM links')"
[ "$(sql 'SELECT count(*) FROM wide WHERE "goodput.bulk" > 1e6 AND "flow.bulk.cc" IN ("cubic","bbr")')" -eq 4 ] ||
	fail "wide: $(sql 'SELECT * FROM wide')"
# Each run is what satbed run makes of the same words.
hash=$(sql 'SELECT hash FROM wide WHERE seed=2 AND "flow.bulk.cc"="bbr"')
expect_status 0 virtual run "$work/link.ini" --set flow.bulk.cc=bbr --seed 2 --quiet --out "$work/alone"
cmp "$work/alone/samples.csv" "$work/loss/runs/$hash/samples.csv" || fail "a run of the sweep is another one"
expect_json "$work/loss/runs/$hash/run.json" ".directory == \"$work/loss/runs/$hash\""
[ -z "$(find "$work/loss" -name '*.pcap' -o -name '.part-*')" ] || fail "captures or parts are left"

# What is there is not run again, also when levels and seeds are added.
before=$(ls -l --time-style=full-iso "$work/loss/runs/$hash/run.json")
expect_status 0 sweep --resume "$work/loss" --seeds 3 --vary flow.bulk.cc=reno --csv "$work/all.csv" --jsonl "$work/all.jsonl"
expect_text "$work/out" "9 of 9 runs"
[ "$(ls -l --time-style=full-iso "$work/loss/runs/$hash/run.json")" = "$before" ] || fail "a run was made again"
[ "$(wc -l <"$work/all.csv")" -eq 10 ] || fail "CSV: $(cat "$work/all.csv")"
[ "$(jq -s 'map(select(.["goodput.bulk"] > 0 and .verdict == "PASS")) | length' "$work/all.jsonl")" -eq 9 ] ||
	fail "JSON lines: $(cat "$work/all.jsonl")"

# The lines of docs/guide.md, as pandas runs them.
# shellcheck disable=SC2016 # Markdown's
sed -n '/^```python/,/^```$/p' docs/guide.md | sed '/^```/d; s#geo/results#'"$work"'/loss/results#; s/\["flow.bulk.cc", "link.down.loss"\]/["flow.bulk.cc"]/' \
	>"$work/guide.py"
/usr/bin/python3 "$work/guide.py" >"$work/out" 2>"$work/err" || fail "pandas: $(cat "$work/err")"
[ "$(grep -cE '^(cubic|bbr|reno) +[0-9.]+$' "$work/out")" -eq 3 ] || fail "pandas: $(cat "$work/out")"

expect_status 0 sweep show "$work/loss" --by flow.bulk.cc --value goodput.bulk --json
expect_json "$work/out" '.unit == "bit/s" and (.rows | map(.levels["flow.bulk.cc"])) == ["cubic", "bbr", "reno"]'
expect_json "$work/out" '.rows | all(.own.count == 3 and .own.median > 1e6)'
expect_json "$work/out" '.rows[1].ratio | .count == 3 and .median > 0.5 and .low == null'

# Killed in the middle and taken up again, it is the sweep that it would have been.
"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --vary flow.bulk.cc=cubic,bbr,reno --seeds 1..3 --out "$work/killed" --quiet >"$work/out" 2>&1 &
pid=$!
for _ in $(seq 200); do
	[ "$(find "$work/killed/runs" -maxdepth 1 -type d ! -name '.*' 2>/dev/null | wc -l)" -lt 3 ] || break
	sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
there=$(find "$work/killed/runs" -maxdepth 1 -type d ! -name '.*' | wc -l)
[ "$there" -lt 10 ] || fail "it had ended before it was killed"
expect_status 0 sweep --resume "$work/killed" --quiet
[ -z "$(find "$work/killed" -name '.part-*')" ] || fail "parts of runs are left"
for dir in loss killed; do
	expect_status 0 sweep show "$work/$dir" --json
	cp "$work/out" "$work/$dir.json"
done
cmp "$work/loss.json" "$work/killed.json" || fail "it came to other results"
# The table is made anew from the runs alone.
rm "$work/killed/results.sqlite"
expect_status 0 sweep --resume "$work/killed" --quiet
expect_status 0 sweep show "$work/killed" --json
cmp "$work/loss.json" "$work/out" || fail "the table made anew is another one"

# What comes to nothing is listed with its reason, and does not vanish.
"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --vary flow.bulk.cc=cubic,bbr --duration 120s --jobs 1 --retries 0 --quiet --out "$work/broken" \
	>"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 200); do
	guests $pid >"$work/guests" 2>/dev/null
	[ ! -s "$work/guests" ] || break
	sleep 0.05
done
sleep 0.5
while read -r guest _; do
	kill -KILL "$guest"
done <"$work/guests"
wait $pid
status=$?
[ $status -eq 1 ] || fail "status $status, not 1: $(cat "$work/out" "$work/err")"
expect_text "$work/out" "came to nothing: flow.bulk.cc="
expect_text "$work/out" "1 of 2 runs"
[ "$(sqlite3 "$work/broken/results.sqlite" 'SELECT count(*) FROM runs WHERE directory IS NULL AND failed=1 AND why LIKE "%killed%"')" -eq 1 ] ||
	fail "the failed run is not in the table: $(sqlite3 "$work/broken/results.sqlite" 'SELECT * FROM runs')"

# A program that is replaced while it runs goes on with what it was: guests carry their own.
cp "$satbed" "$work/satbed"
"$work/satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --seeds 1..40 --out "$work/upgraded" --quiet \
	>"$work/out" 2>"$work/err" &
pid=$!
wait_for 20 test -d "$work/upgraded/runs"
sleep 1
rm "$work/satbed"
wait $pid
status=$?
[ $status -eq 0 ] || fail "status $status, not 0: $(cat "$work/out" "$work/err")"
expect_text "$work/out" "40 of 40 runs"
[ -z "$(find "$work/upgraded/runs" -name '*.failed-*')" ] || fail "runs count as failed"

# What is varied may stand in the scenario; satbed run does not mind it, and the command line adds to it.
cp "$work/link.ini" "$work/written.ini"
cat >>"$work/written.ini" <<-END
	[sweep]
	vary.flow.bulk.cc = cubic, bbr
	seeds = 1..2
END
expect_status 0 virtual run "$work/written.ini" --seed 2 --set flow.bulk.cc=bbr --quiet --out "$work/written"
cmp "$work/alone/samples.csv" "$work/written/samples.csv" || fail "[sweep] changes a run"
expect_status 0 virtual sweep "$work/written.ini" --seeds 3 --dry-run
expect_text "$work/out" "6 runs: 2 combinations of 1 factors, 3 seeds"
echo "levels = 3" >>"$work/written.ini"
expect_status 2 "$satbed" check "$work/written.ini"
expect_text "$work/err" 'unknown key "levels" in [sweep], expected seeds, zip, scenario, case.NAME, set.SECTION.KEY or vary.SECTION.KEY'

# Or in a file of its own, beside the scenario; cases and levels are called what they are called there.
mkdir "$work/beside"
cat >"$work/beside/links.ini" <<-END
	[sweep]
	scenario = ../link.ini
	set.scenario.duration = 1s
	case.geo = link.delay=60ms, link.rate=10mbit
	case.leo = link.delay=20ms, link.rate=40mbit
	vary.flow.bulk.cc = cubic, newer=bbr
	zip = case, flow.bulk.cc
	seeds = 1..2
END
expect_status 0 virtual sweep "$work/beside/links.ini" --out "$work/named" --jsonl - --quiet
[ "$(jq -rs 'map([.case, .["flow.bulk.cc"], .seed] | join(" ")) | sort | join(",")' "$work/out" 2>/dev/null | head -n 1)" = \
	"geo cubic 1,geo cubic 2,leo newer 1,leo newer 2" ] || fail "names: $(cat "$work/out")"
expect_status 0 sweep show "$work/named" --by case --json
expect_json "$work/out" '.rows | map(.levels.case) == ["geo", "leo"]'
expect_json "$work/out" '.rows[1].ratio | .count == 2 and .median > 1'
[ "$(sqlite3 "$work/named/results.sqlite" "SELECT DISTINCT sets FROM factors WHERE value='newer'")" = flow.bulk.cc=bbr ] ||
	fail "what a name stands for is not in the table"
expect_status 0 sweep show "$work/named" --by case
expect_text "$work/out" "too few runs for an interval, it takes 6"
for command in run check; do
	expect_status 2 "$satbed" $command "$work/beside/links.ini"
	expect_text "$work/err" "run it with: satbed sweep $work/beside/links.ini"
done

# Said before anything runs.
refused() {
	words=$1
	shift
	expect_status 2 virtual sweep "$@" --out "$work/no"
	expect_text "$work/err" "$words"
	[ ! -e "$work/no" ] || fail "a refused sweep made a directory"
}
refused "nothing varies" "$work/link.ini"
refused "has one level" "$work/link.ini" --vary flow.bulk.cc=cubic
refused "go backwards" "$work/link.ini" --seeds 3..1
refused "unknown key" "$work/link.ini" --vary flow.bulk.c=cubic,bbr
refused "are the same run" "$work/link.ini" --vary link.delay=20ms,0.02s
refused "is not varied" "$work/link.ini" --vary link.delay=20ms,30ms --zip link.delay,link.rate
refused "link.delay has 2 levels and link.rate has 3" "$work/link.ini" --vary link.delay=20ms,30ms --vary link.rate=1mbit,2mbit,3mbit --zip link.delay,link.rate
refused "unknown key" "$work/link.ini" --case a=link.dela=20ms --case b=link.delay=30ms
refused "begin with --yes" "$work/link.ini" --seeds 1..2000
expect_status 2 "$satbed" sweep "$work/link.ini" --seeds 1..2 --jobs 2 --clock real --out "$work/no"
expect_text "$work/err" "runs side by side disturb each other"
expect_status 2 virtual sweep "$work/link.ini" --seeds 1..2 --out "$work/loss"
expect_text "$work/err" "satbed sweep --resume $work/loss"
echo "; changed" >>"$work/link.ini"
expect_status 2 sweep --resume "$work/loss"
expect_text "$work/err" "has changed since this sweep was begun"
expect_status 2 sweep show "$work/nowhere"
expect_text "$work/err" "it has no results.sqlite"

# Where a page of the table is damaged nobody gets a part of it for the whole.
show_all() {
	"$satbed" sweep show "$work/loss" --json >"$1.json" 2>"$1.err" && "$satbed" sweep show "$work/loss" --csv - >"$1.csv" 2>"$1.err"
}
show_all "$work/whole" || fail "no table: $(cat "$work/whole.err")"
cp "$work/loss/results.sqlite" "$work/table"
pages=$(($(stat -c %s "$work/table") / 4096)) page=0 found=0
[ "$pages" -ge 10 ] || fail "a table of $pages pages"
while [ $page -lt $pages ]; do
	cp "$work/table" "$work/loss/results.sqlite"
	head -c 4096 /dev/zero | tr '\0' '\377' | dd of="$work/loss/results.sqlite" bs=4096 seek=$page conv=notrunc status=none
	if show_all "$work/part"; then
		for kind in json csv; do
			cmp "$work/whole.$kind" "$work/part.$kind" || fail "page $page is damaged, and the table is another one"
		done
	else
		found=$((found + 1))
		expect_text "$work/part.err" "remove it, and satbed sweep --resume makes it anew"
	fi
	page=$((page + 1))
done
[ $found -ge 4 ] || fail "of $pages damaged pages $found were seen"
cp "$work/table" "$work/loss/results.sqlite"
exit 0
