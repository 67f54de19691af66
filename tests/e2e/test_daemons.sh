#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemons.sh - the daemons that other tests start: each answers, runs a container, starts again, and leaves nothing
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq pgrep

state() {
	grep -F "$work/" /proc/mounts
	interfaces
	groups_of $$
	cat /etc/passwd /etc/subuid /etc/subgid
	ls -d /tmp/rootlesskit* /tmp/podman* /var/tmp/* /opt/* /etc/docker/* /var/lib/containers/* 2>/dev/null
}
# groups_of PID: the control groups of the daemons of that test
groups_of() {
	find /sys/fs/cgroup -type d -name "satbed-test-$1-*" 2>/dev/null
}
state >"$work/before"

# runs_a_container KIND: its own output, through the log
runs_a_container() {
	id=$(daemon_api "$1" POST /containers/create -H 'Content-Type: application/json' \
		-d '{"Image":"ubuntu:22.04","Cmd":["sh","-c","echo inside; ip -o addr show dev eth0"]}' | jq -r .Id)
	daemon_api "$1" POST "/containers/$id/start" >"$work/start" || fail "no start"
	[ ! -s "$work/start" ] || fail "$1: $(cat "$work/start")"
	said_all() {
		daemon_api "$1" GET "/containers/$id/logs?stdout=1" -o "$work/logs"
		grep -aq 'inside' "$work/logs" && grep -aq 'inet' "$work/logs"
	}
	wait_for 10 said_all "$1" || fail "$1: the container did not say that it is there and has a network"
	daemon_api "$1" DELETE "/containers/$id?force=1" >/dev/null
}

# keeps_a_container KIND: over the daemon's sudden end
keeps_a_container() {
	id=$(daemon_api "$1" POST /containers/create -H 'Content-Type: application/json' \
		-d '{"Image":"ubuntu:22.04","Cmd":["sleep","1000"],"StopSignal":"KILL"}' | jq -r .Id)
	daemon_api "$1" POST "/containers/$id/start"
	daemon_break "$1"
	! daemon_answers "$1" || fail "$1: answers, though it was killed"
	daemon_start "$1"
	[ "$(daemon_api "$1" GET "/containers/$id/json" | jq -r .Id)" = "$id" ] || fail "$1: has forgotten its container"
}

for kind in ${DAEMON_KINDS:-$daemon_kinds}; do
	daemon_start "$kind"
	daemon_image "$kind"
	runs_a_container "$kind"
	[ "$(daemon_do "$kind" id -u)" -eq "$(case $kind in *-rootless) echo $daemon_uid ;; *) echo 0 ;; esac)" ] || fail "$kind: not its owner"
	keeps_a_container "$kind"
	daemon_stop "$kind"
	echo "$kind: ok"
done

# A test killed by SIGKILL cleans nothing up itself.
# shellcheck disable=SC2016 # it is the other one's shell that expands
env -u TMPDIR sh -c '. tests/e2e/lib.sh; . tests/lib/daemons.sh; daemon_start docker; daemon_start docker-rootless; daemon_start podman-rootless
	echo "$daemons" >"$0"; sleep 100' "$work/ready" &
killed=$!
wait_for 60 test -s "$work/ready" || fail "the other test did not get ready"
[ -n "$(groups_of $killed)" ] || fail "no control groups of the other test"
other=$(cat "$work/ready")
pgrep -f "$other/" >"$work/pids" || fail "no processes of the other test"
kill -KILL $killed
wait $killed 2>/dev/null
nothing_of_it() {
	[ -z "$(groups_of $killed)" ] && ! pgrep -f "$other/" >/dev/null && [ "$(ls "$other")" = "" ]
}
wait_for 15 nothing_of_it || fail "left by a test that was killed: $(groups_of $killed; pgrep -af "$other/"; ls "$other")"
rm -rf "${other%/daemons}"
state >"$work/after"
cmp -s "$work/before" "$work/after" || fail "left behind: $(diff "$work/before" "$work/after")"
