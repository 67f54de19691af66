#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_batch.sh - a suite and a comparison that are cut off and gone on with, and who else may touch them
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need curl
need_kernel

# A suite that is killed goes on where it was, and comes to what it would have come to.
set -- shape --only 1-packet,10ms --cc cubic,bbr --loss 1% --duration 3s --set link.up.rate=5mbit
expect_status 0 virtual suite "$@" --jobs 2 --out "$work/whole" --quiet
cp "$work/out" "$work/table"
"$satbed" suite "$@" --clock virtual --kernel "$kernel" --out "$work/killed" --quiet >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 test -f "$work/killed/1-packet-cubic/run.json" || fail "no run: $(cat "$work/err")"
# Nobody else may work there meanwhile.
expect_status 2 "$satbed" suite --resume "$work/killed"
expect_text "$work/err" "another satbed suite works there"
kill -KILL $pid
wait $pid 2>/dev/null
[ ! -f "$work/killed/suite.json" ] || fail "it had ended before it was killed"
expect_status 2 virtual suite "$@" --out "$work/killed"
expect_text "$work/err" "satbed suite --resume $work/killed"
before=$(ls -l --time-style=full-iso "$work/killed/1-packet-cubic/run.json")
expect_status 0 "$satbed" suite --resume "$work/killed" --jobs 2 --quiet
[ "$(ls -l --time-style=full-iso "$work/killed/1-packet-cubic/run.json")" = "$before" ] || fail "a run was made again"
for dir in whole killed; do
	jq 'del(.runs[].directory)' "$work/$dir/suite.json" >"$work/$dir.json"
done
cmp "$work/whole.json" "$work/killed.json" || fail "it came to other results"
sed "s#$work/whole#DIR#" "$work/table" >"$work/wanted"
sed "s#$work/killed#DIR#" "$work/out" | cmp - "$work/wanted" || fail "the table is another one: $(cat "$work/out")"

# A run that breaks is said to have, and the others are made; with retries it is made after all.
"$satbed" suite shape --only 10ms,100ms --cc cubic --duration 100s --clock virtual --kernel "$kernel" --out "$work/broken" --quiet \
	>"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 test -s "$work/broken/10ms-cubic/events.jsonl" || fail "no run: $(cat "$work/err")"
guests $pid >"$work/guests"
while read -r guest _; do
	kill -KILL "$guest"
done <"$work/guests"
wait $pid
status=$?
[ $status -eq 1 ] || fail "status $status, not 1: $(cat "$work/out" "$work/err")"
expect_json "$work/broken/suite.json" '.runs | map(.result) == ["broken", "measured"]'
expect_text "$work/err" "10ms cubic: the guest "
[ "$(wc -l <"$work/err")" -lt 5 ] || fail "its console is shown: $(cat "$work/err")"
expect_status 0 "$satbed" suite --resume "$work/broken" --retries 1 --quiet
expect_json "$work/broken/suite.json" '.runs | map(.result) == ["measured", "measured"]'

# Of runs side by side there are metrics, too; a comparison is held by one process.
cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 60s
	[link]
	delay = 20ms
	rate = 20mbit
	[flow.bulk]
	kind = bulk
	direction = down
END
port() {
	port=$(sed -n 's/.*metrics on port \([0-9]*\).*/\1/p' "$work/err")
	[ -n "$port" ]
}
"$satbed" compare "$work/link.ini" --arm native --arm bbr=native,flow.bulk.cc=bbr -n 2 --clock virtual --kernel "$kernel" --jobs 2 --metrics 0 \
	--out "$work/arms" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 port || fail "no metrics: $(cat "$work/err")"
curl -sS "http://localhost:$port/metrics" >"$work/metrics" || fail "no answer"
expect_text "$work/metrics" 'satbed_batch_runs{state="open"}'
expect_text "$work/metrics" "satbed_batch_jobs 2"
expect_text "$work/metrics" "# EOF"
expect_status 2 "$satbed" compare --resume "$work/arms"
expect_text "$work/err" "another satbed compare works there"
kill -INT $pid
wait $pid
"$satbed" sweep "$work/link.ini" --clock virtual --kernel "$kernel" --seeds 1..4 --metrics 0 --out "$work/sweep" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 60 port || fail "no metrics: $(cat "$work/err")"
curl -sS "http://localhost:$port/metrics" >"$work/metrics" || fail "no answer"
[ "$(sed -n 's/^satbed_batch_runs.* //p' "$work/metrics" | awk '{ n += $1 } END { print n }')" -eq 4 ] || fail "metrics: $(cat "$work/metrics")"
kill -TERM $pid
wait $pid
exit 0
