#!/bin/sh
# SPDX-License-Identifier: MIT
# campaign.sh - everything that a run allocates, opens, writes, forks and asks the kernel for, made to fail once each
#
#	O=build tests/fault/campaign.sh [SECONDS [SEED]]	all places (make fault-test), or so many as fit into the time
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

# run_one SITE FUNCTION DIR: "ok" or what is wrong, in DIR/result
run_one() {
	site=$1 function=$2 dir=$3
	mkdir "$dir" "$dir/tmp" || exit 2
	truncate -s 1048576 "$dir/file"
	TMPDIR=$dir/tmp FAULT_FILE=$dir/file FAULT_SITE=$site LD_PRELOAD=$O/tests/fault/fault.so timeout -s KILL 30 \
		"$O/satbed" run "$work/run.ini" --engine native --quiet --out "$dir/run" >"$dir/out" 2>"$dir/err" </dev/null
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

# What the fault has orphaned is found by its environment.
left_over() {
	grep -lzxF "FAULT_FILE=$dir/file" /proc/[0-9]*/environ 2>/dev/null
}

judge() {
	case $status in
	0 | 1) ;;
	2 | 3 | 4) grep -q '^satbed: .' "$dir/err" || echo "status $status, and no word of why" ;;
	137) echo "it hangs" ;;
	*) echo "status $status" ;;
	esac
	tries=0
	while [ -n "$(left_over)" ] && [ $tries -lt 40 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 40 ] || echo "left: $(left_over)"
	[ -z "$(ls -A "$dir/tmp")" ] || echo "left in TMPDIR: $(ls -A "$dir/tmp")"
	[ -d "$dir/run" ] || return
	for file in "$dir/run"/*; do
		case $file in
		*.json) jq -e 'type == "object"' "$file" >/dev/null 2>&1 || echo "${file##*/} is no JSON object" ;;
		*.pcap) [ ! -s "$file" ] || "$O/satbed" analyze "$file" >/dev/null 2>"$dir/why" || echo "${file##*/}: $(cat "$dir/why")" ;;
		*.jsonl | *.csv | *.html | *.log) ;;
		'*' | "$dir/run/*") ;;
		*) echo "left: ${file##*/}" ;;
		esac
	done
	if [ -e "$dir/run/run.json" ]; then
		jq -e 'has("verdict") and has("flows") and (.links | length == 1) and has("cut_off") and has("manifest")' \
			"$dir/run/run.json" >/dev/null 2>&1 || echo "run.json is not whole"
	elif [ -e "$dir/run/run-state.json" ]; then
		"$O/satbed" report "$dir/run" >/dev/null 2>"$dir/why" || echo "report: $(cat "$dir/why")"
	elif [ "$status" -le 1 ]; then
		echo "status $status, and no run.json"
	fi
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
cat >"$work/run.ini" <<'END'
[scenario]
name = fault
duration = 1s
[testbed]
backend = user
[link]
delay = 5ms
rate = 10mbit
queue = 100ms
[event.step]
every = 250ms
delay_step = 2ms
[flow.bulk]
kind = bulk
direction = down
[flow.talk]
kind = rr
[expect]
goodput.bulk = >= 1kbit
END

truncate -s 1048576 "$work/file"
FAULT_FILE=$work/file LD_PRELOAD=$O/tests/fault/fault.so "$O/satbed" run "$work/run.ini" --engine native --quiet \
	--out "$work/run" >"$work/out" 2>"$work/err" </dev/null || {
	cat "$work/out" "$work/err" >&2
	[ -e "$work/run/run.json" ] || exit 1
}
"$O/tests/fault/sites" "$work/file" | sort >"$work/sites"
total=$(wc -l <"$work/sites")
[ "$total" -ge 500 ] || {
	echo "only $total places: is satbed run with fault.so?" >&2
	exit 1
}
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
