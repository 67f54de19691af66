#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_dies.sh - the daemon of a run is killed: satbed says so and ends, and when the daemon is back
# `satbed clean` leaves nothing of the run, in it or beside it
#
#   DAEMON_KINDS	engines
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/left_behind.sh
. tests/lib/victims.sh
daemons_need
need jq tc

# What a daemon was doing when it was killed it may forget.  Docker between telling containerd to start a container and
# writing that down leaves its shim, without the container's process, which ends with satbed; Podman that was plugging a
# container in leaves the bridge, the veth, the namespace and its slirp4netns; RootlessKit leaves all its interfaces in a
# namespace that no daemon knows any more.  No API reaches these.  What satbed brought must be gone all the same.
# satbeds KIND WHEN: "transfer", or after so many milliseconds of set-up
satbeds() {
	case $1/$2 in
	docker/transfer | podman*/transfer) cat ;;
	*) grep -E '^(container |network |volume |image |process (satbed|ld\.so|conmon))' ;;
	esac
}

# A daemon that has been started again has everything anew: what is counted is kinds of things, not numbers and names.
# counted KIND WHEN
counted() {
	state "$1" | satbeds "$1" "$2" | sed 's/^[0-9]* \(interface\|qdisc\|filter\)/\1/; s/^\(qdisc [a-z_]*\) [0-9a-f]*:/\1/; s/veth[0-9a-f]*/veth/
		s/^\(network bridge\) .*/\1/
		s/\(mounted namespace\) .*/\1/; s/ \(created\|exited\|running\|configured\|stopped\|initialized\)$//' | sort | uniq -c
}

is_as_it_was() {
	counted "$1" "$2" >"$work/now"
	cmp -s "$work/$1-$2" "$work/now"
}

again() {
	daemon_break "$1"
	daemon_start "$1"
}

transfers() {
	[ -s "$work/victims/$1/run/samples.csv" ]
}

# dies KIND NAME WHEN: during set-up (after so many milliseconds), or in the midst of the transfer
dies() {
	victim_start "$1" "$2" run never 600s
	case $3 in
	transfer) wait_for 60 transfers "$2" || fail "$1: no transfer: $(victim_words "$2")" ;;
	*) sleep "$(awk -v ms="$3" 'BEGIN { print ms / 1000 }')" ;;
	esac
	daemon_break "$1"
	wait "$running"
	died=$?
	case $3/$died in
	transfer/4 | [0-9]*/[34]) ;;
	*) fail "$1: its daemon died ($3), status $died: $(victim_words "$2")" ;;
	esac
	# It may be found at the place that its socket has where it lives.
	expect_text "$work/victims/$2/err" "/$(basename "$(daemon_url "$1")")"
	[ "$3" != transfer ] || expect_text "$work/victims/$2/err" "has ended or hangs (when it is back, \`satbed clean\`"
	daemon_start "$1"
	expect_status 0 daemon_do "$1" "$program" clean
	wait_for 30 is_as_it_was "$1" "$3" || fail "$1: its daemon died ($3): $(diff "$work/$1-$3" "$work/now")
	satbed clean said: $(cat "$work/out" "$work/err")"
	echo "$1: died ($3): status $died, $(tail -n 1 "$work/victims/$2/err")"
}

for kind in ${DAEMON_KINDS:-$daemon_kinds}; do
	daemon_start "$kind"
	daemon_image "$kind"
	# The first run makes what stays for all times; then the daemon ends once with nothing to do.
	victim_start "$kind" whole run never 1s
	wait "$running"
	status=$?
	[ $status -le 1 ] || fail "$kind: a whole run ended with $status: $(victim_words whole)"
	again "$kind"
	for when in transfer 600; do
		counted "$kind" $when >"$work/$kind-$when"
	done
	dies "$kind" in-transfer transfer
	dies "$kind" in-set-up 600
	daemon_stop "$kind"
done
