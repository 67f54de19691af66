#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_dies.sh - the daemon of a run is killed: satbed says so and ends, and when the daemon is back
# `satbed clean` leaves nothing of the run, in it or beside it
#
#   SATBED_DAEMON_KILLS=N	instants in set-up, on each engine, from when the first container is made
#   SATBED_KILL_SEED=N	of those instants
#   DAEMON_KINDS	engines
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/left_behind.sh
daemons_need
need jq tc
kills=${SATBED_DAEMON_KILLS:-2}
seed=${SATBED_KILL_SEED:-20}

# A daemon that has been started again has everything anew: what is counted is kinds of things, not numbers and names.
counted() {
	state "$1" | sed 's/^[0-9]* \(interface\|qdisc\|filter\)/\1/; s/^\(qdisc [a-z_]*\) [0-9a-f]*:/\1/; s/veth[0-9a-f]*/veth/
		s/^\(network bridge\) .*/\1/
		s/\(mounted namespace\) .*/\1/; s/ \(created\|exited\|running\|configured\|stopped\|initialized\)$//' | sort | uniq -c
}

is_as_it_was() {
	counted "$1" >"$work/now"
	cmp -s "$work/before" "$work/now"
}

# What has been started may have helpers that end again.
has_settled() {
	counted "$1" >"$work/before"
	sleep 0.3
	is_as_it_was "$1"
}

transfers() {
	[ -s "$work/targets/$1/run/samples.csv" ]
}

# containers_made KIND: from here on it plugs in and starts, or will in a moment
containers_made() {
	grep -qs '"id"' "$daemons/$1/home/.local/state/satbed/journal/"*
}

# What could be another's `satbed clean` only names, with what to type: that must work.
do_as_told() {
	sed -n 's/^not removed: .*, run: //p' "$work/out" >"$work/advice"
	while read -r advice <&3; do
		# Podman goes by it, and it may be another user's.
		daemon_do "$1" env -u XDG_DATA_HOME sh -c "$advice" >"$work/advised" 2>&1 </dev/null || fail "$1: told to type $advice: $(cat "$work/advised")"
	done 3<"$work/advice"
}

# dies KIND NAME WHEN: in set-up (so many milliseconds after the first container was made), or in the midst of the transfer
dies() {
	target_start "$1" "$2" run never 600s
	case $3 in
	transfer) wait_for 60 transfers "$2" || fail "$1: no transfer: $(target_words "$2")" ;;
	*)
		wait_for 60 containers_made "$1" || fail "$1: no container is made: $(target_words "$2")"
		sleep "$(awk -v ms="$3" 'BEGIN { print ms / 1000 }')"
		;;
	esac
	daemon_break "$1"
	wait "$running"
	died=$?
	case $3/$died in
	transfer/4 | [0-9]*/[34]) ;;
	*) fail "$1: its daemon died ($3), status $died: $(target_words "$2")" ;;
	esac
	# It may be found at the place that its socket has where it lives.
	expect_text "$work/targets/$2/err" "/$(basename "$(daemon_url "$1")")"
	[ "$3" != transfer ] || expect_text "$work/targets/$2/err" "ended or hangs (when it is back, remove leftovers with: satbed clean)"
	daemon_start "$1"
	# Podman may have been killed while it made an image: then that has to go first.
	daemon_do "$1" "$program" clean >"$work/out" 2>"$work/err" </dev/null
	cleaned=$?
	do_as_told "$1"
	[ $cleaned -eq 0 ] || {
		grep -q '^not removed: image ' "$work/out" || fail "$1: status $cleaned of satbed clean: $(cat "$work/out" "$work/err")"
		expect_status 0 daemon_do "$1" "$program" clean
	}
	wait_for 30 is_as_it_was "$1" || fail "$1: its daemon died ($3): $(diff "$work/before" "$work/now")
	satbed clean said: $(cat "$work/out" "$work/err")"
	echo "$1: died ($3): status $died, $(tail -n 1 "$work/targets/$2/err"); forgotten and removed" \
		"$(grep -c '^removed \(process\|interface\|namespace\) ' "$work/out"), named $(wc -l <"$work/advice")"
}

# Each at a random place of its part of the second in which containers are plugged in and started.
instants() {
	awk -v n="$kills" -v seed="$seed${#1}" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			print int((i + rand()) / n * 1000)
	}'
}

try_engine() {
	daemon_start "$1"
	daemon_image "$1"
	# The first run makes what stays for all times; then the daemon ends once with nothing to do.
	target_start "$1" whole run never 1s
	wait "$running"
	status=$?
	[ $status -le 1 ] || fail "$1: a whole run ended with $status: $(target_words whole)"
	daemon_break "$1"
	daemon_start "$1"
	wait_for 30 has_settled "$1" || fail "$1: started again it does not come to rest: $(diff "$work/before" "$work/now")"
	dies "$1" in-transfer transfer
	for when in $(instants "$1"); do
		dies "$1" in-set-up "$when"
	done
	daemon_stop "$1"
}

# Two at a time: they mostly wait.
image_tar
failed=0
base=$work
# shellcheck disable=SC2086 # words
set -- ${DAEMON_KINDS:-$daemon_kinds}
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
