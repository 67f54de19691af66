#!/bin/sh
# SPDX-License-Identifier: MIT
# test_imports.sh - files of other emulators are played as they say: LeoReplayer, TheaterQ, ERRANT, netem's tables
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# scenario LINES: a stream down that the link has room for, and what LINES say of the link
scenario() {
	cat <<-END
		[scenario]
		name = imported
		duration = 6s
		[link]
		$1
		[flow.stream]
		kind = stream
		direction = down
		rate = 400kbit
		packet = 500B
	END
}

# check NAME EXPRESSION...: the run passed, and the expressions hold of its run.json
check() {
	name=$1
	shift
	virtual run "$work/$name.ini" --out "$work/$name" --quiet >"$work/out" 2>"$work/err" </dev/null ||
		fail "$name: status $?: $(cat "$work/out" "$work/err")"
	expect_json "$work/$name/run.json" '.verdict == "PASS"'
	for expression in "$@"; do
		expect_json "$work/$name/run.json" "$expression"
	done
}

down='.links[0].down.measured'
up='.links[0].up.measured'

# LeoReplayer: 20 ms for a second and 40 ms for two, over and over, both ways; 12 Mbit/s of payload and headers down.
seq 1 1000 >"$work/bw_1.txt"
awk 'BEGIN { for (i = 0; i < 300; i++) print i < 100 ? 20 : 40 }' >"$work/delay_1.txt"
scenario "delay_trace = delay_1.txt
[link.down]
trace = bw_1.txt" >"$work/leo.ini"
check leo "$down.delay_ms | .p50 > 39.9 and .p50 < 40.1 and .mean > 32 and .mean < 35 and .max < 40.5" \
	"$up.packets > 0"
jq -e '.links[0].down | .initial.rate_bps == 12112000 and .delay_trace == "delay_1.txt"' "$work/leo/plan.json" >"$work/out" ||
	fail "plan of the pair: $(cat "$work/out")"

# TheaterQ: two lines of 3 s; half of the packets of the second are lost.
printf '3000000,25000000,10000000,0,100\n3000000,45000000,2000000,2147483648,100\n' >"$work/t.raw"
scenario "[link.down]
trace = t.raw" >"$work/theaterq.ini"
check theaterq "$down.delay_ms | .p50 > 24.9 and .p50 < 25.1 and .max > 44.9 and .max < 45.5" \
	"$down.lost.link / $down.packets | . > 0.2 and . < 0.3"
expect_text "$work/err" "taken for a table of TheaterQ, simple"

# netem's table: 8192 is a standard deviation, and there are three values.
echo "-8192 0 16384" >"$work/three.dist"
scenario "delay = 50ms
jitter = table three.dist 1ms
jitter_every = 50ms" >"$work/dist.ini"
for backend in user netem; do
	cp "$work/dist.ini" "$work/dist-$backend.ini"
	printf '[testbed]\nbackend = %s\n' $backend >>"$work/dist-$backend.ini"
	check dist-$backend "$down.delay_ms | .mean > 49.8 and .mean < 50.8 and .max > 51.9 and .max < 52.5"
done
jq -e '[.steps[] | .delay_ns // empty] | unique == [49000000, 50000000, 52000000]' "$work/dist-user/plan.json" >"$work/out" ||
	fail "steps of the table: $(cat "$work/out")"

# ERRANT: means of a profile, and what its log played.
cat >"$work/profiles.csv" <<-END
	operator,country,rat,signal_quality,download_kbps,upload_kbps,latency_ms_avg,latency_ms_stdev
	north,landia,4G,good,8000,2000,80,0
	north,landia,3G,bad,3000,900,145.5,90.8
END
expect_status 2 "$satbed" learn "$work/profiles.csv"
expect_text "$work/err" "  north,landia,3G,bad"
expect_status 0 "$satbed" learn "$work/profiles.csv" --profile north,landia,4g -o "$work/errant.ini" --name errant
sed -i 's/^duration = .*/duration = 6s/' "$work/errant.ini"
check errant "$up.delay_ms | .p50 > 79.9 and .p50 < 80.1" '.flows[0].goodput_bps | . > 6000000 and . < 8000000'
cat >"$work/log.csv" <<-END
	time,operator,country,technology,quality,download,upload,rtt
	1601642003,north,landia,4g,good,8000,2000,60
	1601642006,north,landia,4g,good,4000,1000,90
END
expect_status 2 "$satbed" learn "$work/log.csv"
expect_status 0 "$satbed" learn "$work/log.csv" -o "$work/log.ini"
sed -i 's/^duration = .*/duration = 6s/' "$work/log.ini"
check log "$up.delay_ms | .mean > 62 and .mean < 88 and .max > 89.9 and .max < 90.5" '.flows[0].goodput_bps | . > 4000000 and . < 6500000'

# Given to the wrong command each is named, with what to type.
"$satbed" learn "$work/bw_1.txt" 2>"$work/err" && fail "a trace was learned"
expect_text "$work/err" "write in a scenario: trace = $work/bw_1.txt"
"$satbed" learn "$work/delay_1.txt" 2>"$work/err" && fail "delays were learned"
expect_text "$work/err" "write in a scenario: delay_trace = $work/delay_1.txt"
"$satbed" learn "$work/t.raw" 2>"$work/err" && fail "a table was learned"
expect_text "$work/err" "is a table of TheaterQ"
"$satbed" learn "$work/three.dist" 2>"$work/err" && fail "a .dist table was learned"
expect_text "$work/err" "jitter = table $work/three.dist 3ms"
printf '\200\004x' >"$work/models.pickle"
"$satbed" learn "$work/models.pickle" 2>"$work/err" && fail "a pickle was learned"
expect_text "$work/err" "is a Python pickle"
