#!/bin/sh
# SPDX-License-Identifier: MIT
# test_action.sh - the steps of .github/actions/run as a runner carries them out: they pass, they fail on [expect], and say why
# shellcheck disable=SC2034 # inputs are used by the steps that are read from action.yml
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/e2e/action_lib.sh
need_kernel
need jq bash
export GITHUB_ACTION_PATH="$PWD/$action"

eval "$(defaults)"
[ "${input_clock:?}" = virtual ] || fail "the clock of the action is not the virtual one"

# steps STATUS: build and run as a runner does, with PATH from one step to the next
steps() {
	rm -rf "$work/gh" "$input_out"
	mkdir "$work/gh"
	export GITHUB_PATH="$work/gh/path" GITHUB_OUTPUT="$work/gh/output" GITHUB_STEP_SUMMARY="$work/gh/summary"
	commands key >"$work/step"
	# shellcheck disable=SC1090,SC1091 # what was written now
	(. "$work/step") >"$work/out" 2>"$work/err" || fail "key: $(cat "$work/out" "$work/err")"
	grep -qE '^kernel=[0-9a-f]{16}$' "$GITHUB_OUTPUT" || fail "no key of the kernels' cache: $(cat "$GITHUB_OUTPUT")"
	commands build >"$work/step"
	grep -q SATBED_CLOCK "$work/step" || fail "the step \"build\" was not found in action.yml"
	# shellcheck disable=SC1090,SC1091 # what was written now
	(. "$work/step") >"$work/out" 2>"$work/err" || fail "build: $(cat "$work/out" "$work/err")"
	commands run >"$work/step"
	grep -q SATBED_SCENARIO "$work/step" || fail "the step \"run\" was not found in action.yml"
	status=0
	# shellcheck disable=SC1090,SC1091
	(cd "$work" && PATH=$(cat "$GITHUB_PATH"):/usr/bin:/bin && export PATH && . "$work/step") >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$1" ] || fail "status $status, not $1: $(cat "$work/out" "$work/err")"
}

input_satbed=$satbed
input_scenario=$PWD/scenarios/leo-lossy.ini
input_out=$work/results
input_set='scenario.duration=3s
flow.bulk.cc=reno'
input_expect='goodput.bulk >= 1kbit
retransmits.bulk <= 100000'
steps 0
expect_text "$GITHUB_OUTPUT" "verdict=PASS"
expect_text "$GITHUB_STEP_SUMMARY" "### leo-lossy: PASS"
expect_text "$GITHUB_STEP_SUMMARY" "| client1 down | 22.00 ms |"
expect_text "$GITHUB_STEP_SUMMARY" "met: retransmits.bulk"
grep -q '<testsuite' "$work/results/junit.xml" || fail "no JUnit among the results"
expect_json "$work/results/run.json" '.flows[0].cc == "reno" and .timings.planned_s == 3'

input_expect='goodput.bulk >= 1gbit'
steps 1
expect_text "$GITHUB_STEP_SUMMARY" "**FAILED:** goodput.bulk"
expect_text "$work/out" "::error file="

# Nothing of a scenario becomes markup.
cat >"$work/odd.ini" <<'END'
[scenario]
name = odd
about = <img src=x> | `code` [link](http://x)
duration = 1s
[link]
delay = 5ms
[flow.a]
kind = exec
ready = 0s
server_command = sleep 9
client_command = exit 7
END
input_scenario=$work/odd.ini input_expect='' input_set=''
steps 1
expect_text "$GITHUB_STEP_SUMMARY" "&#60;img src=x&#62; &#124; &#96;code&#96; &#91;link&#93;(http://x)"
expect_text "$GITHUB_STEP_SUMMARY" "client: exit status 7"

# Comparisons and suites have summaries, too.
expect_done virtual compare scenarios/leo-lossy.ini --arm native --arm native,flow.bulk.cc=reno -n 2 --duration 2s --quiet \
	--out "$work/compare" --summary "$work/md"
expect_text "$work/md" "### leo-lossy: comparison, 2 rounds"
expect_text "$work/md" "| goodput.bulk, bit/s |"
expect_done virtual suite quic-4-sat --only small --sizes 2MB --quiet --out "$work/suite" --summary "$work/md"
expect_text "$work/md" "### suite quic-4-sat: "
expect_text "$work/md" "| small | 2MB |"
exit 0
