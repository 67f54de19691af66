# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# lib.sh - what end-to-end tests share; sourced, with the repository as current directory

set -u
O=${O:-build}
case $O in
/*) ;;
*) O=$PWD/$O ;;
esac
satbed=$O/satbed
# shellcheck disable=SC2034 # for the tests
leo=$PWD/scenarios/leo-lossy.ini
test_name=${0##*/}

fail() {
	echo "$test_name: FAILED: $*" >&2
	exit 1
}

# skip WHY: this machine cannot run the test; the reason is the last line
skip() {
	echo "$test_name: $*"
	exit 77
}

need() {
	for tool; do
		command -v "$tool" >/dev/null || skip "no $tool here"
	done
}

[ -x "$satbed" ] || fail "no $satbed; make first"
work=$(mktemp -d) || fail "no temporary directory"
# Everything that satbed might leave in the usual places is left here, where it is seen.
mkdir "$work/tmp"
TMPDIR=$work/tmp
export TMPDIR
cleanup() {
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# expect_status WANTED COMMAND...: its output goes to $work/out and $work/err
expect_status() {
	wanted=$1
	shift
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ "$status" -eq "$wanted" ] && return
	cat "$work/out" "$work/err" >&2
	fail "status $status, not $wanted, of: $*"
}

# A machine that has other things to do may earn a run a WARN or worse: what is asserted of every run is
# that it was carried out and reported.  Verdicts are asserted by the tests whose subject they are.
expect_done() {
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ "$status" -le 1 ] && return
	cat "$work/out" "$work/err" >&2
	fail "status $status, neither 0 nor 1, of: $*"
}

# expect_json FILE FILTER: the filter must give true
expect_json() {
	[ "$(jq "$2" "$1")" = true ] && return
	jq . "$1" >&2
	fail "does not hold of ${1##*/}: $2"
}

expect_text() {
	grep -qF -- "$2" "$1" && return
	cat "$1" >&2
	fail "no \"$2\" in ${1##*/}"
}

# expect_fair JSON: not INVALID, or only for what a busy machine does to packets on the real clock.  A step of netem's that comes
# late also changes their order: those behind it no longer wait for those before.
expect_fair() {
	expect_json "$1" '.verdict != "INVALID" or ((.reason_codes - ["steps_late", "late", "delay", "rate", "slow_machine"]) |
		. == [] or . == ["reordered"]) and ((.reason_codes | index("reordered")) == null or (.reason_codes | index("steps_late")) != null)'
}

# What a machine does whose disk is busy says nothing about satbed; as src/base/writeback.c has it.
disk_is_busy() {
	percent=$(sed -n 's/^some avg10=\([0-9]*\).*/\1/p' /proc/pressure/io 2>/dev/null)
	[ "${percent:-0}" -ge 50 ] || awk '($1 == "Writeback:" && $2 >= 8192) || ($1 == "procs_blocked" && $2 > 0) { busy = 1 }
		END { exit !busy }' /proc/meminfo /proc/stat
}

# wait_for SECONDS COMMAND...: until it succeeds; on a busy disk for up to two minutes longer
wait_for() {
	deadline=$(($(date +%s%3N) + $1 * 1000))
	shift
	until "$@"; do
		late_ms=$(($(date +%s%3N) - deadline))
		if [ $late_ms -ge 0 ]; then
			{ [ $late_ms -lt 120000 ] && disk_is_busy; } || return 1
		fi
		sleep 0.02
	done
}

# "PID START" of every process below PID, itself included; the start time tells a reused pid from the old one
tree_of() {
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\([0-9]*\) (.*) /\1 x /' | awk -v root="$1" '
	{
		parent[$1] = $4
		start[$1] = $22
	}
	END {
		for (pid in parent) {
			for (at = pid; at in parent && at != root && at > 1; at = parent[at])
				;
			if (at == root)
				print pid, start[pid]
		}
	}'
}

# net_namespaces PID START...: of those processes, but not this script's own
net_namespaces() {
	own=$(readlink /proc/$$/ns/net)
	while read -r pid _; do
		readlink "/proc/$pid/ns/net" 2>/dev/null
	done | sort -u | grep -vxF "$own"
}

# Of the processes in file $1 none lives, of the namespaces in file $2 no process is a member.
all_gone() {
	while read -r pid start; do
		now=$(sed 's/^[0-9]* (.*) / x x /' "/proc/$pid/stat" 2>/dev/null | awk '{ print $1 == "" ? "" : $22 }')
		[ "$now" != "$start" ] || return 1
	done <"$1"
	[ -s "$2" ] || return 0
	! readlink /proc/[0-9]*/ns/net 2>/dev/null | grep -qxFf "$2"
}

interfaces() {
	sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/net/dev | sort
}
