#!/bin/sh
# SPDX-License-Identifier: MIT
# containers.sh - what a run on a container engine asks more than one without, its HTTP calls above all, made to fail
# once each
#
#	O=build tests/fault/containers.sh KIND [SECONDS [SEED]]	all places, or so many as fit into the time, on a daemon
#								of that kind which it starts
#	FAULT_ONLY=' connect@'	of these only what this regular expression matches
#	FAULT_PART=1/3		of these only every third, the first of them, so that three can go side by side
#
# After each holds what campaign.sh asks, and what is left in the daemon `satbed clean` removes.
. tests/lib/engine_tests.sh
. tests/fault/judge.sh
kind=${1:-docker} seconds=${2:-0} seed=${3:-1}
daemons_need
need jq

# run_faulty DIR SETTING...: with the preloaded library, in the daemon's place; its status in $status
run_faulty() {
	dir=$1
	shift
	mkdir "$dir" "$dir/tmp" || fail "no $dir"
	truncate -s 1048576 "$dir/file"
	daemon_do "$kind" env -u DOCKER_HOST -u CONTAINER_HOST XDG_STATE_HOME="$daemons/$kind/home/state" TMPDIR="$dir/tmp" \
		timeout -s KILL 60 env FAULT_FILE="$dir/file" LD_PRELOAD="$O/tests/fault/fault.so" "$@" \
		"$O/tests/fault/satbed" run "$work/run.ini" --engine "$engine" --quiet --out "$dir/run" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
}

# places ENGINE: where its run may fail
places() {
	engine=$1
	run_faulty "$work/$1"
	[ -e "$work/$1/run/run.json" ] || fail "no run to begin with: $(cat "$work/$1/err")"
	"$O/tests/fault/sites" "$work/$1/file" | grep '@satbed$' | sort
}

nothing_is_left() {
	[ -z "$(things)" ] && [ -z "$(journals)" ]
}

judge_daemon() {
	# Not wait_for: that something is left is no fault, and a busy disk no reason to wait for it.
	for _ in $(seq 30); do
		! nothing_is_left || return 0
		sleep 0.1
	done
	run_satbed clean >"$dir/clean" 2>&1 || echo "satbed clean: status $?: $(cat "$dir/clean")"
	wait_for 10 nothing_is_left || echo "left after satbed clean: $(things) $(journals)"
}

daemon_start "$kind"
daemon_image "$kind"
write_scenario "$work/run.ini"
chmod 755 "$work"
chmod 644 "$work/run.ini"
places native >"$work/of-native"
places "$kind" >"$work/of-kind"
comm -13 "$work/of-native" "$work/of-kind" | grep -e "${FAULT_ONLY:-.}" |
	awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort -n | cut -d ' ' -f 2- >"$work/all"
total=$(wc -l <"$work/all")
[ -n "${FAULT_ONLY:-}" ] || [ "$total" -ge 500 ] || fail "only $total places: is satbed run with fault.so?"
awk -v part="${FAULT_PART:-1/1}" 'BEGIN { split(part, p, "/") } NR % p[2] == p[1] % p[2]' "$work/all" >"$work/order"
total=$(wc -l <"$work/order")
deadline=$(($(date +%s) + seconds)) done=0 wrong=0 unmet=0
engine=$kind
while read -r site place <&3; do
	[ "$seconds" -eq 0 ] || [ "$(date +%s)" -lt $deadline ] || break
	run_faulty "$work/$site" FAULT_SITE="$site"
	said=$(
		judge
		judge_daemon
	)
	done=$((done + 1))
	if [ -n "$said" ]; then
		wrong=$((wrong + 1))
		echo "$site $place: $said"
		sed 's/^/    | /' "$dir/err" | head -n 5
	elif ! "$O/tests/fault/sites" "$dir/file" hit; then
		unmet=$((unmet + 1))
	fi
	rm -rf "$dir"
done 3<"$work/order"
echo "$done of $total places of $kind: $wrong wrong, $unmet not reached again (seed $seed)"
[ $wrong -eq 0 ] && [ $done -gt 0 ] && [ $unmet -le $((done / 4 + 1)) ]
