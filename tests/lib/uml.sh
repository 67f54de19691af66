#!/bin/sh
# SPDX-License-Identifier: MIT
# uml.sh - run a command under a kernel that has sch_netem: Debian's User-Mode Linux on the host's own files
#
#   tests/lib/uml.sh [-k KERNEL] [-m MEM] [-t SECONDS] [-u UID] -- COMMAND...
#
# COMMAND runs in the current directory as the guest's root (-u: as that user and group), with this
# environment.  $O (build) holds satbed-preload.so, without which no guest starts on a processor with AMX.  Its standard output, standard error and exit status become this script's.  /tmp, /run
# and /dev are the guest's own; what of /tmp holds the current directory, $O or an absolute path among
# COMMAND's words stays visible.  Works as root and as an ordinary user.
#
# -k: KERNEL is a program that "satbed kernel build" made, and the guest's clock is the virtual one: it
# moves only when nothing is left to compute, so no load of this machine makes anything late.
#
# Exit status: COMMAND's; 77 where User-Mode Linux is not installed; 124 out of time; 125 where the
# guest did not get as far as running COMMAND to its end (the console is then shown on stderr).
set -u

mem=1024M
limit=300
uid=0
kernel=
while getopts k:m:t:u: opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	m) mem=$OPTARG ;;
	t) limit=$OPTARG ;;
	u) uid=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
if [ $# -eq 0 ]; then
	echo "usage: $0 [-k KERNEL] [-m MEM] [-t SECONDS] [-u UID] -- COMMAND..." >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd -P) || exit 2
preload=${O:-build}/satbed-preload.so
case $preload in
/*) ;;
*) preload=$here/../../$preload ;;
esac
if [ ! -r "$preload" ]; then
	echo "uml.sh: no $preload; make tests builds it" >&2
	exit 2
fi
clock=
if [ -n "$kernel" ]; then
	clock="time-travel=inf-cpu time-travel-start=1767225600000000000 norandmaps"
	export SATBED_GUEST_SEED=1
elif kernel=linux.uml && ! command -v linux.uml >/dev/null; then
	echo "uml.sh: no linux.uml here; on Debian: apt-get install user-mode-linux kmod" >&2
	exit 77
fi

dir=$(mktemp -d) || exit 2
pid=
watch=
# The guest makes a session of its own; the processes that it consists of all belong to that group.
kill_guest() {
	kill -s KILL "$pid"
	kill -s KILL -- "-$pid"
} 2>/dev/null
finish() {
	[ -z "$watch" ] || kill "$watch" 2>/dev/null
	[ -z "$pid" ] || kill_guest
	rm -rf "$dir"
}
watch_time() {
	trap 'kill "$nap"; exit' TERM
	sleep "$limit" &
	nap=$!
	wait "$nap"
	: >"$dir/late"
	kill_guest
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

quote() {
	printf "'%s' " "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"
}
keep_one() {
	case $1 in
	/tmp/*)
		top=${1#/tmp/}
		top=/tmp/${top%%/*}
		[ ! -e "$top" ] || printf '%s\n' "$top"
		;;
	esac
}
pwd -P >"$dir/cwd"
echo "$uid" >"$dir/uid"
export -p >"$dir/env"
for word in "$@"; do
	quote "$word"
done >"$dir/args"
for word in "$dir" "$(pwd -P)" "$here" "${O:-}" "$@"; do
	keep_one "$word"
done | sort -u >"$dir/keep"

# The guest's serial lines 0 and 1 are the command's output and errors; its console is kept apart.
# Pipes, because the guest polls its lines and files and /dev/null cannot be polled.
mkfifo "$dir/stdout" "$dir/stderr" || exit 2
cat "$dir/stdout" &
out=$!
cat "$dir/stderr" >&2 &
err=$!
exec 3>"$dir/stdout" 4>"$dir/stderr"
# The preloaded library as a descriptor: LD_PRELOAD takes no path with a space or colon.
# A kernel that is kept waiting is late with everything: root's guest goes before the rest of the machine.
# shellcheck disable=SC2016,SC2086 # of the inner shell; words
setsid sh -c 'echo -10 >/proc/self/autogroup; renice -n -10 $$; LD_PRELOAD=/proc/self/fd/5 exec "$0" "$@"' "$kernel" $clock "mem=$mem" rootfstype=hostfs rootflags=/ rw \
	"init=$here/uml-init.sh" "satbed_dir=$dir" "uml_dir=$dir" umid=guest con=null con0=null,fd:1 \
	ssl=null ssl0=null,fd:3 ssl1=null,fd:4 </dev/null >"$dir/console" 2>&1 5<"$preload" &
pid=$!
exec 3>&- 4>&-
watch_time >/dev/null 2>&1 &
watch=$!
wait "$pid"
rc=$?
kill_guest
pid=
kill "$watch" 2>/dev/null
watch=
wait "$out" "$err"
if [ -s "$dir/status" ]; then
	exit "$(cat "$dir/status")"
fi
tail -n 60 "$dir/console" | sed 's/^/console: /' >&2
if [ -e "$dir/late" ]; then
	echo "uml.sh: the guest was stopped after $limit s" >&2
	exit 124
fi
echo "uml.sh: the guest ended (status $rc) before the command did" >&2
exit 125
