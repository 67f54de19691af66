#!/bin/sh
# SPDX-License-Identifier: MIT
# test_kill_containers.sh - kill -9 of satbed at any moment, on every engine: `satbed clean` leaves nothing,
# and touches nothing that is not satbed's or still goes on
#
#   SATBED_KILLS=N	instants per engine, from before the first container to after the last
#   SATBED_KILL_SEED=N	of those instants
#   SATBED_KILLS_AT_ONCE=N	victims side by side, each killed at an instant of its own; then one `satbed clean`
#   DAEMON_KINDS	engines
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/left_behind.sh
daemons_need
need jq tc pasta
kills=${SATBED_KILLS:-8}
seed=${SATBED_KILL_SEED:-20}
at_once=${SATBED_KILLS_AT_ONCE:-4}

# Runs side by side on a busy machine: a daemon may need minutes for one answer, and is waited for.
export SATBED_DAEMON_PATIENCE_MS=600000

# clean KIND: with success
clean() {
	daemon_do "$1" "$program" clean >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ $status -eq 0 ] || fail "$1: satbed clean: status $status: $(cat "$work/out" "$work/err")"
}

# how KIND SLOT NUMBER: what the victim in that place does.  Rootless Docker has one tap for all, so one at a time.
how() {
	case $1 in
	docker-rootless) set -- "$2" "$3" slirp run two up ;;
	native) set -- "$3" "$3" slirp run pasta up two ;;
	*) set -- "$3" "$3" run two up ;;
	esac
	shift $(($1 % ($# - 2) + 2))
	echo "$1"
}

# Instants spread evenly over the time that a run takes, each at a random place of its part, in thousandths of
# that time; one line for a round, with some of early and late.
instants() {
	awk -v n="$kills" -v seed="$seed$1" -v at_once="$at_once" 'BEGIN {
		for (i = 1; i <= length(seed); i++)
			number = (number * 31 + index("0123456789abcdefghijklmnopqrstuvwxyz-", substr(seed, i, 1))) % 1000003
		srand(number)
		rounds = int((n + at_once - 1) / at_once)
		for (i = 0; i < n; i++)
			line[i % rounds] = line[i % rounds] " " int((i + rand()) / n * 1000)
		for (i = 0; i < rounds; i++)
			print line[i]
	}'
}

# kill_round KIND THOUSANDTHS...
kill_round() {
	round_kind=$1 slot=0 started='' round='' first=$number
	shift
	for part; do
		at=$((takes * part / 1000))
		doing=$(how "$round_kind" $slot $number)
		round="$round $doing:$at"
		target_start "$round_kind" "victim-$number" "$doing" "$(awk -v ms=$at 'BEGIN { print ms / 1000 }')" 2s
		started="$started $running"
		slot=$((slot + 1)) number=$((number + 1))
	done
	for one in $started; do
		wait "$one"
		status=$?
		case $status in
		0) killed=$((killed + 1)) ;;
		5)
			# A machine's other work comes and goes: what a run takes now counts.
			ended=$((ended + 1)) takes=$(target_took "victim-$first")
			;;
		*) fail "$round_kind: of$round ms one ended with $status: $(target_words "victim-$first")" ;;
		esac
		first=$((first + 1))
	done
	made_runs "$round_kind" | grep -vxFf "$work/live-runs" >"$work/left-runs"
	found=$(($(made "$round_kind") - live))
	left=$((left + $(wc -l <"$work/left-runs")))
	things=$((things + found))
	clean "$round_kind"
	is_as "$round_kind" "$work/before" "killed at$round ms"
}

# whole_round KIND: runs side by side to their ends; how long they take
whole_round() {
	begun=$(date +%s%3N)
	started='' slot=0
	while [ $slot -lt "$at_once" ]; do
		doing=$(how "$1" $slot $slot)
		[ "$doing" != up ] || doing=run
		target_start "$1" whole-$slot "$doing" never 2s
		started="$started $running"
		slot=$((slot + 1))
	done
	slot=0
	for one in $started; do
		wait "$one"
		status=$?
		[ $status -le 1 ] || fail "$1: a whole run ended with $status: $(target_words whole-$slot)"
		slot=$((slot + 1))
	done
	takes=$(($(date +%s%3N) - begun + 200))
}

# A run that goes on beside all that.
start_live() {
	target_start "$1" live run never 24h --set flow.bulk.kind=stream --set flow.bulk.rate=100kbit
	live_pid=$running
	wait_for 40 test -s "$work/targets/live/run/samples.csv" || fail "$1: the run beside did not begin: $(target_words live)"
	live=$(made "$1")
	made_runs "$1" >"$work/live-runs"
}

end_live() {
	kill -0 "$live_pid" 2>/dev/null || fail "$1: the run beside has ended: $(target_words live)"
	target_signal "$1" live INT
	wait "$live_pid"
	status=$?
	[ $status -eq 130 ] || fail "$1: the run beside ended with $status: $(target_words live)"
	expect_json "$work/targets/live/run/run.json" '.interrupted and .flows[0].bytes > 0'
}

try_engine() {
	kind=$1
	mkdir -p "$daemons/$kind"
	# What slirp4netns needs to be a path (test_engine_docker_rootless.sh).
	[ "$kind" != docker-rootless ] || echo 'DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1500' >"$daemons/$kind/env"
	daemon_start "$kind"
	[ "$kind" = native ] || daemon_image "$kind"
	make_foreign "$kind"
	killed=0 ended=0 left=0 things=0 number=0

	# To the end first: what a daemon makes for all times when it runs for the first time is there then.
	whole_round "$kind"
	save_state "$kind" "$work/pristine"
	clean "$kind"
	expect_text "$work/out" "nothing to clean up"
	is_as "$kind" "$work/pristine" "nothing had been cut off"

	start_live "$kind"
	save_state "$kind" "$work/before"
	instants "$kind" >"$work/instants"
	while read -r line <&3; do
		# shellcheck disable=SC2086 # words
		kill_round "$kind" $line
	done 3<"$work/instants"
	end_live "$kind"
	is_as "$kind" "$work/pristine" "the run beside has ended"
	foreign_is_there "$kind"
	daemon_stop "$kind"
	echo "$kind: $number instants, of a run of $takes ms in the end: $killed killed, $ended had ended;" \
		"$left left $things things in the daemon, nothing after satbed clean"
	[ "$number" -eq "$kills" ] || fail "$kind: $number instants, not $kills"
	# Else nothing was tried.  On a machine whose other work comes and goes a run's length is a guess.
	[ $((killed * 4)) -ge "$kills" ] || fail "$kind: most had ended before they were killed"
	[ "$kind" = native ] || [ "$left" -gt 0 ] || fail "$kind: nothing was ever left to clean up"
}

# Two at a time: they mostly wait.
failed=0
base=$work
# shellcheck disable=SC2086 # words
set -- ${DAEMON_KINDS:-docker podman-rootless docker-rootless podman native}
while [ $# -gt 0 ]; do
	tried=
	for engine in "$1" ${2:+"$2"}; do
		(
			work=$base/$engine
			mkdir "$work"
			chmod 711 "$work"
			trap 'daemon_stop "$engine"' EXIT
			. tests/lib/kill_targets.sh
			try_engine "$engine"
		) &
		tried="$tried $!"
		shift
	done
	for one in $tried; do
		wait "$one" || failed=1
	done
done
exit $failed
