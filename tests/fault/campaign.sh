#!/bin/sh
# SPDX-License-Identifier: MIT
# campaign.sh - everything that a run allocates, opens, writes, forks and asks the kernel for, made to fail once each
#
#	O=build tests/fault/campaign.sh [SECONDS [SEED]]	all places (make fault-test), or so many as fit into the time
#	FAULT_ONLY=@satbed-agent	of these, "FUNCTION@PROGRAM", only what this regular expression matches
#
# After each: an exit status of satbed's own, one line that says what is wrong where it is not 0 or 1, no process and no file
# in TMPDIR left, and what was written can be read: JSON files, captures, and by `satbed report` the run itself.
set -u

cd "$(dirname "$0")/../.." || exit 2
O=${O:-build}
case $O in
/*) ;;
*) O=$PWD/$O ;;
esac
export O
. tests/fault/judge.sh

# run_one SITE FUNCTION DIR: "ok" or what is wrong, in DIR/result
run_one() {
	site=$1 function=$2 dir=$3
	mkdir "$dir" "$dir/tmp" || exit 2
	truncate -s 1048576 "$dir/file"
	TMPDIR=$dir/tmp FAULT_FILE=$dir/file FAULT_SITE=$site LD_PRELOAD=$O/tests/fault/fault.so timeout -s KILL 30 \
		"$O/tests/fault/satbed" run "$work/run.ini" --engine native --quiet --out "$dir/run" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	wrong=$(judge)
	if [ -n "$wrong" ]; then
		printf '%s %s: %s\n' "$site" "$function" "$wrong" >"$dir/result"
		sed 's/^/    | /' "$dir/err" | head -n 5 >>"$dir/result"
	elif "$O/tests/fault/sites" "$dir/file" hit; then
		echo "ok $status" >"$dir/result"
	else
		echo "unmet" >"$dir/result"
	fi
	[ -z "$wrong" ] && rm -rf "$dir/run" "$dir/tmp" "$dir/file"
}

if [ "${1:-}" = --one ]; then
	[ "$deadline" -eq 0 ] || [ "$(date +%s)" -lt "$deadline" ] || exit 0
	run_one "$2" "$3" "$work/$2"
	cat "$work/$2/result" >>"$work/results"
	[ -t 2 ] || exit 0
	head -n 1 "$work/$2/result" >&2
	exit 0
fi

seconds=${1:-0} seed=${2:-1}
work=$(mktemp -d "${TMPDIR:-/tmp}/fault.XXXXXX") || exit 2
export work
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
write_scenario "$work/run.ini"

truncate -s 1048576 "$work/file"
FAULT_FILE=$work/file LD_PRELOAD=$O/tests/fault/fault.so "$O/tests/fault/satbed" run "$work/run.ini" --engine native --quiet \
	--out "$work/run" >"$work/out" 2>"$work/err" </dev/null || {
	cat "$work/out" "$work/err" >&2
	[ -e "$work/run/run.json" ] || exit 1
}
"$O/tests/fault/sites" "$work/file" | sort >"$work/all"
# need_places PROGRAM COUNT: or it is run without the library
need_places() {
	count=$(grep -c "@$1\$" "$work/all")
	[ "$count" -ge "$2" ] || {
		echo "only $count places in $1: is it run with fault.so?" >&2
		exit 1
	}
}
need_places satbed 500
need_places satbed-agent 50
grep -e "${FAULT_ONLY:-.}" "$work/all" >"$work/sites"
total=$(wc -l <"$work/sites")
: >"$work/results"
# Shuffled by the seed, so that a part is of all kinds.
awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' "$work/sites" | sort -n | cut -d ' ' -f 2- >"$work/order"
deadline=0
[ "$seconds" -eq 0 ] || deadline=$(($(date +%s) + seconds))
export deadline
xargs -r -L 1 -P "${JOBS:-2}" "$0" --one <"$work/order"
done=$(grep -c '^ok\|^unmet\|^[0-9a-f]\{16\} ' "$work/results")
unmet=$(grep -c '^unmet' "$work/results")
failed=$(grep -c '^[0-9a-f]\{16\} ' "$work/results")
grep -v '^ok\|^unmet' "$work/results"
echo "$done of $total places: $failed wrong, $unmet not reached again (seed $seed)"
[ "$failed" -eq 0 ] && [ "$done" -gt 0 ] && [ "$unmet" -le $((done / 4 + 1)) ]
