# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# testbed_lib.sh - what tests of standing testbeds share; sourced after lib.sh
# shellcheck disable=SC2154 # work and satbed are lib.sh's

XDG_RUNTIME_DIR=$work/runtime
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"

# Whatever a test left standing goes with it.
testbed_cleanup() {
	"$satbed" down --all --quiet >/dev/null 2>&1
	cleanup
}
trap testbed_cleanup EXIT

# A link of 20 ms up and 30 ms down, wide enough that pings never wait.
write_scenario() {
	cat >"$1" <<-'END'
		[scenario]
		name = standing
		about = a link to work with by hand
		duration = 60s
		[testbed]
		engine = native
		[link]
		rate = 50mbit
		[link.up]
		delay = 20ms
		[link.down]
		delay = 30ms
	END
}

# rtt NODE ADDRESS: the least of some pings, in whole milliseconds; nothing where none came back
rtt() {
	"$satbed" exec "$1" -- ping -n -q -c 5 -i 0.1 -W 1 "$2" 2>&1 </dev/null |
		sed -n 's|^rtt [^=]*= \([0-9]*\)\..*|\1|p'
}

# expect_rtt FROM TO NODE ADDRESS
expect_rtt() {
	now=$(rtt "$3" "$4")
	if [ -z "$now" ] || [ "$now" -lt "$1" ] || [ "$now" -gt "$2" ]; then
		"$satbed" link all >&2
		fail "round trip of $3 to $4 is \"$now\" ms, not $1 to $2"
	fi
}
