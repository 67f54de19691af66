# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# fault_injection.sh - do to a running native testbed what goes wrong with links; sourced after lib.sh
#
#   start_run SCENARIO [OPTION...]	in the background, with its results in $work/run; returns when a transfer runs
#   in_node COMM NUMBER COMMAND...	in the namespaces of the NUMBERth process called COMM of that run
#   hold_capture INTERFACE PACKETS	nobody reads what is captured there until so many packets have passed
#   end_run SECONDS			end it after so long; $json is its run.json
#   expect_reason REGEX			it does not pass, for such a reason among others
# shellcheck disable=SC2154 # from lib.sh

start_run() {
	# The words of the run before are gone when one looks for those of this one.
	rm -rf "$work/run"
	: >"$work/err"
	"$satbed" run "$@" --engine native --plain --out "$work/run" >"$work/out" 2>"$work/err" </dev/null &
	run_pid=$!
	json=$work/run/run.json
	until grep -q 'Mbit/s' "$work/err"; do
		kill -0 "$run_pid" 2>/dev/null || fail "no transfer: $(cat "$work/err")"
		sleep 0.5
	done
	processes=$(tree_of "$run_pid" | sort -n | while read -r pid _; do
		# Without a process of its own: in the guest each takes a tenth of a second.
		comm=
		read -r comm 2>/dev/null <"/proc/$pid/comm"
		echo "$pid $comm"
	done)
}

# find_process COMM NUMBER: its id in $process
find_process() {
	process=$(echo "$processes" | sed -n "s/ $1\$//p" | sed -n "${2}p")
	[ -n "$process" ] || fail "no process $1"
}

in_node() {
	find_process "$1" "$2"
	shift 2
	# Where it has a user namespace of its own; the guest's kernel knows none.
	# shellcheck disable=SC2046 # words
	nsenter --target "$process" $([ ! -e /proc/self/ns/user ] || echo --user --preserve-credentials) --net -- "$@"
}

# has_passed INTERFACE PACKETS: as the emulator's namespace has counted them
has_passed() {
	awk -v name="$1:" -v packets="$2" '$1 == name { n = $3 + $11 } END { exit !(n >= packets) }' "/proc/$process/net/dev"
}

hold_capture() {
	find_process satbed-emulator 1
	before=$(awk -v name="$1:" '$1 == name { print $3 + $11 }' "/proc/$process/net/dev")
	wait_for 200 has_passed "$1" $((before + $2)) | "$O/tests/e2e/hold_thread" "$process" "cap-$1" ||
		fail "the capture on $1 cannot be held"
}

# However long it took to plant something, that it is there is measured for SECONDS.
end_run() {
	sleep "$1"
	kill -INT "$run_pid"
	wait "$run_pid"
	status=$?
	[ $status -eq 130 ] || fail "status $status: $(cat "$work/out" "$work/err")"
}

expect_reason() {
	jq -e --arg r "$1" '.verdict != "PASS" and any(.reasons[]; test($r))' "$json" >/dev/null ||
		fail "no \"$1\": $(jq -c '[.verdict, .reasons]' "$json")"
}
