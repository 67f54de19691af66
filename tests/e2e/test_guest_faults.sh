#!/bin/sh
# SPDX-License-Identifier: MIT
# test_guest_faults.sh - netem set up as it often is, on real packets, is found by the verdict of the run
#
# Started again in the guest, with "inside", where it changes satbed's own qdiscs while they run.
. tests/e2e/lib.sh
. tests/lib/fault_injection.sh
need jq nsenter tc
if [ "${1:-}" != inside ]; then
	[ "${SATBED_GUEST:-1}" = 1 ] || skip "the guest is not to be used"
	need linux.uml
	tests/lib/uml.sh -- "$0" inside || fail "in the guest"
	exit 0
fi

# scenario DELAY: a stream down, 178 packets a second: a guest is slow
scenario() {
	cat >"$work/link.ini" <<-END
		[scenario]
		name = link
		duration = 5min
		[testbed]
		backend = netem
		[link]
		delay = $1
		rate = 12mbit
		queue = 100ms
		[flow.s]
		kind = stream
		direction = down
		rate = 2mbit
		packet = 1400B
	END
}

# With the handle that satbed reads its counters by.
netem_of() {
	node=$1 number=$2 device=$3
	shift 3
	# shellcheck disable=SC2016 # of the inner shell
	in_node "$node" "$number" sh -c 'device=$1; shift; tc qdisc del dev $device root 2>/dev/null
		exec tc qdisc add dev $device root handle 5a7c: netem "$@"' sh "$device" "$@" || fail "no netem $*: $(cat "$work/err")"
}

# Room for less than the 58 packets that are under way, as netem's usual 1000 are on a faster link.
scenario 325ms
start_run "$work/link.ini"
netem_of satbed-emulator 1 sbc1 delay 325ms limit 20
end_run 5
expect_reason "the shaper failed to take or send [0-9]+ packets"

# Delayed before it is captured: by 100 ms too little in between.
scenario 100ms
start_run "$work/link.ini"
netem_of satbed-emulator 1 sbc1 limit 10000
netem_of satbed-agent 1 eth0 delay 100ms limit 10000
end_run 5
expect_reason 'delays differ from the prediction by .* and (9[0-9]|10[0-9])\.[0-9]* ms \(p99\)'

# A delay drawn for each packet, and nothing that keeps their order.
scenario 40ms
start_run "$work/link.ini"
netem_of satbed-emulator 1 sbc1 delay 40ms 5ms distribution normal limit 10000
end_run 5
expect_reason "reordered, which is not configured"
