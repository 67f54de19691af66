# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# testbed_tests.sh - a standing testbed in containers; sourced by tests/e2e/test_up_KIND.sh
#
#   test_standing_testbed KIND	on a daemon of that kind that it starts
# shellcheck disable=SC2016 # what stands in single quotes is for shells in nodes
. tests/lib/engine_tests.sh
. tests/e2e/testbed_lib.sh
trap daemons_cleanup EXIT # testbeds go with their daemons

least_rtt() {
	expect_status 0 run_satbed exec client1 -- ping -q -c 2 "$1"
	sed -n 's|^r[^=]*= \([0-9]*\)\..*|\1|p' "$work/out"
}

expect_rtt_there() {
	now=$(least_rtt "$3")
	if [ -z "$now" ] || [ "$now" -lt "$1" ] || [ "$now" -gt "$2" ]; then
		fail "$kind: round trip to $3 is \"$now\" ms, not $1 to $2: $(cat "$work/out")"
	fi
}

test_standing_testbed() {
	kind=$1
	daemons_need
	need jq sha256sum
	daemon_start "$kind"
	daemon_image "$kind"
	write_scenario "$work/standing.ini"
	chmod 644 "$work/standing.ini"

	expect_status 0 run_satbed up "$work/standing.ini" --engine "$kind" --capture "$daemons/$kind/home/pcaps"
	expect_text "$work/out" "engine $kind"
	expect_status 0 run_satbed ps --json
	cp "$work/out" "$work/ps.json"
	expect_json "$work/ps.json" 'length == 1 and .[0].engine == "'"$kind"'"'
	server=$(jq -r '.[0].nodes[0].addresses[0]' "$work/ps.json")
	expect_text "$work/ps.json" "$server"

	# The link is what was asked for, changes as told, and is given back.
	expect_rtt_there 50 62 "$server"
	expect_status 0 run_satbed link client1.down delay=130ms
	expect_rtt_there 150 162 "$server"
	expect_status 0 run_satbed link client1.up loss=100%
	expect_status 1 run_satbed exec client1 -- ping -q -c 2 -W 1 "$server"
	expect_status 0 run_satbed link all reset
	expect_rtt_there 50 62 "$server"

	# Commands are the image's, not this machine's, with its bytes, statuses and signals.
	expect_status 0 run_satbed exec client1 -- sh -c 'echo "$SATBED_NODE $SATBED_SERVER"'
	expect_text "$work/out" "client1 $server"
	expect_status 0 run_satbed exec --user 1000:1001 client1 -- sh -c 'echo "$(id -u):$(id -g)"; grep ^CapEff /proc/self/status'
	expect_text "$work/out" "1000:1001"
	expect_text "$work/out" "CapEff:	0000000000000000"
	expect_status 77 run_satbed exec server -- sh -c 'exit 77'
	expect_status 137 run_satbed exec server -- sh -c 'kill -9 $$'
	expect_status 127 run_satbed exec client1 -- "$satbed"
	head -c 5000000 /dev/urandom >"$work/big"
	sum=$(sha256sum <"$work/big")
	run_satbed exec client1 -- cat <"$work/big" >"$work/copy" || fail "$kind: cat"
	[ "$(sha256sum <"$work/copy")" = "$sum" ] || fail "$kind: bytes are not what they were"
	run_satbed exec client1 -- yes </dev/null | head -n 3 >"$work/out"
	[ "$(wc -l <"$work/out")" -eq 3 ] || fail "$kind: head got $(wc -l <"$work/out") lines"
	echo 'echo plain; exit 4' | run_satbed shell server >"$work/out" 2>&1
	[ $? -eq 4 ] || fail "$kind: the status of a shell: $(cat "$work/out")"
	expect_text "$work/out" plain

	# A terminal, in containers too.
	if command -v script >/dev/null; then
		{
			sleep 1
			printf 'tty; echo still $((40 + 2)); stty size; exit 5\r'
			sleep 1
		} | daemon_do "$kind" env SHELL=/bin/sh script -qec "stty rows 33 cols 111; $satbed shell client1; echo status \$?" \
			/dev/null >"$work/out" 2>&1
		expect_text "$work/out" "still 42"
		expect_text "$work/out" "33 111"
		expect_text "$work/out" "status 5"
	fi

	# What lives is nothing to clean.
	expect_status 0 run_satbed clean
	expect_status 0 run_satbed exec client1 -- true
	expect_status 0 run_satbed down
	nothing_left "$kind: a testbed taken down"
	[ "$(stat -c %s "$daemons/$kind/home/pcaps/client1.pcap")" -gt 1000 ] || fail "$kind: no packets captured"
	expect_status 2 run_satbed down

	# A supervisor that is killed leaves what `satbed clean` takes away.
	expect_status 0 run_satbed up "$work/standing.ini" --engine "$kind" --quiet
	expect_status 0 run_satbed ps --json
	daemon_do "$kind" kill -KILL "$(jq '.[0].pid' "$work/out")"
	sleep 1
	expect_status 0 run_satbed ps
	expect_text "$work/err" "satbed clean"
	expect_status 0 run_satbed clean
	nothing_left "$kind: a killed supervisor, cleaned"
	daemon_stop "$kind"
}
