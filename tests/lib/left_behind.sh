# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# left_behind.sh - all there is where a daemon lives, counted; sourced after daemons.sh
#
#   save_state KIND FILE	containers, networks, volumes, images with their tags; of every network namespace
#				the interfaces (veths, taps, ifbs), qdiscs and filters; processes; files of satbed's
#   is_as KIND FILE WHAT	that is what there is again
#   make_foreign KIND	what is not satbed's, some of it called as if it were
#   foreign_is_there KIND
# shellcheck disable=SC2154 # from lib.sh and daemons.sh

# is_unknown KIND "ID dead": Docker that died while it removed a container may list it ever after, and know it no more.
is_unknown() {
	daemon_api "$1" GET "/containers/${2% dead}/json" | jq -e '.message | test("No such container")' >/dev/null
}

# things KIND: what the daemon knows
things() {
	[ "$1" != native ] || return 0
	daemon_api "$1" GET '/containers/json?all=1' | jq -r '.[] | "container \(.Names[0]) \(.Id) \(.State)"' |
		while read -r line; do
			case $line in
			"container null "*" dead") ! is_unknown "$1" "${line#container null }" || continue ;;
			esac
			printf '%s\n' "$line"
		done
	daemon_api "$1" GET /networks | jq -r '.[] | "network \(.Name) \(.Id)"'
	daemon_api "$1" GET /volumes | jq -r '.Volumes[]? | "volume \(.Name)"'
	daemon_api "$1" GET '/images/json?all=1' | jq -r '.[] | "image \(.Id) \(.RepoTags)"'
}

# made KIND: how many of those are satbed's; made_runs KIND: of which runs
made() {
	things "$1" | grep -c 'satbed-[0-9a-f]\{8\}'
}

made_runs() {
	things "$1" | sed -n 's/.*\(satbed-[0-9a-f]\{8\}\).*/\1/p' | sort -u
}

# networks_and_processes KIND: what is in each network namespace, and the namespaces that a mount keeps; then processes by
# name.  One look, from inside, for such looks are taken again and again; the process that looks is always there.
networks_and_processes() {
	# shellcheck disable=SC2016 # of the inner shells
	nsenter --target "$(daemon_pid "$1")" --net --mount --pid -- sh -c '
		look="ip -o link | sed \"s/^[0-9]*: \([^:@]*\).*/interface \1/\"
			tc qdisc show | sed \"s/ root .*//; s/ parent .*//\"
			for device in \$(tc qdisc show | sed -n \"s/^qdisc \(clsact\|ingress\) .* dev \([^ ]*\) .*/\2/p\"); do
				tc filter show dev \$device egress
				tc filter show dev \$device ingress
			done 2>/dev/null"
		stat -Lc "%i %n" /proc/[0-9]*/ns/net 2>/dev/null | sort -s -u -k 1,1 | while read -r ns path; do
			nsenter --net="$path" sh -c "$look" 2>/dev/null | sed "s/^/$ns /"
		done
		cat /proc/[0-9]*/mountinfo 2>/dev/null | sed -n "s/.* net:\(\[[0-9]*\]\) .*/mounted namespace \1/p" | sort -u
		exec cat /proc/[0-9]*/stat' 2>/dev/null | sed 's/^[0-9]* (\(.*\)) .*/process \1/'
}

state() {
	things "$1"
	networks_and_processes "$1"
	find "$daemons/$1/home/.local/state" "$daemons/$1/run/satbed" -type f 2>/dev/null
	find "$daemons/$1/tmp" -name '*satbed*' 2>/dev/null
}

save_state() {
	state "$1" | sort >"$2"
}

same_state() {
	save_state "$1" "$work/now"
	cmp -s "$2" "$work/now"
}

# What has been removed may take a moment to go.
is_as() {
	wait_for 20 same_state "$1" "$2" || fail "$1: $3: $(diff "$2" "$work/now")
	satbed clean said: $(cat "$work/out" "$work/err")"
}

# Without a label, and with satbed's name; a queue with the handle that satbed's shapers have.
make_foreign() {
	nsenter --target "$(daemon_pid "$1")" --net tc qdisc add dev out0 root handle 5a7b: pfifo limit 99 || fail "$1: no qdisc"
	[ "$1" != native ] || return 0
	for name in postgres satbed-xyz; do
		daemon_api "$1" POST "/containers/create?name=$name" -H 'Content-Type: application/json' \
			-d '{"Image":"ubuntu:22.04","Cmd":["sleep","10000"]}' | jq -e .Id >/dev/null || fail "$1: no container $name"
		daemon_api "$1" POST /networks/create -H 'Content-Type: application/json' -d "{\"Name\":\"$name\"}" | jq -e .Id >/dev/null ||
			fail "$1: no network $name"
		daemon_api "$1" POST /volumes/create -H 'Content-Type: application/json' -d "{\"Name\":\"$name\"}" | jq -e .Name >/dev/null ||
			fail "$1: no volume $name"
	done
	daemon_api "$1" POST /containers/postgres/start
}

foreign_is_there() {
	nsenter --target "$(daemon_pid "$1")" --net tc qdisc show dev out0 | grep -q 'pfifo 5a7b: .* limit 99p' || fail "$1: a foreign qdisc has gone"
	[ "$1" != native ] || return 0
	for name in postgres satbed-xyz; do
		[ "$(things "$1" | grep -c "[ /]$name\( \|\$\)")" -eq 3 ] || fail "$1: of $name is left: $(things "$1" | grep "$name")"
	done
}
