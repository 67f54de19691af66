# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# virtual_lib.sh - what tests of the virtual clock share; sourced after lib.sh
# shellcheck disable=SC2154 # from lib.sh

# need_kernel: one is built, once: it is kept in the user's data directory.  SATBED_TEST_KERNEL names another one.
need_kernel() {
	need jq
	[ "${SATBED_GUEST:-1}" != 0 ] || skip "no guest is wanted (SATBED_GUEST=0)"
	kernel=${SATBED_TEST_KERNEL:-}
	[ -z "$kernel" ] || return 0
	"$satbed" kernel build --json >"$work/kernel.json" 2>"$work/err"
	case $? in
	0) kernel=$(jq -r .name "$work/kernel.json") ;;
	3) skip "no kernel can be built here: $(tail -n 1 "$work/err")" ;;
	*) fail "no kernel was built: $(cat "$work/err")" ;;
	esac
}

# virtual COMMAND ARGUMENTS...: satbed on the virtual clock
virtual() {
	command=$1
	shift
	"$satbed" "$command" "$@" --clock virtual --kernel "$kernel"
}

# guests PID: processes of guests that satbed with that number has started, "PID START" a line
guests() {
	tree_of "$1" | while read -r pid start; do
		! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q '^linux time-travel' || echo "$pid $start"
	done
}

# same_runs DIR DIR: to the byte, but for what run.json says may differ, and for the page, which has run.json in it
same_runs() {
	for file in "$1"/*; do
		name=${file##*/}
		case $name in
		run.json | report.html) ;;
		*) cmp "$file" "$2/$name" || fail "$name is not the same" ;;
		esac
	done
	for dir in "$1" "$2"; do
		jq 'delpaths([.manifest.clock.may_differ[] | ltrimstr("/") | split("/")])' "$dir/run.json"
	done >"$work/both"
	[ "$(jq -sc 'unique | length' "$work/both")" -eq 1 ] || {
		jq -sc . "$work/both" >/dev/null
		diff "$1/run.json" "$2/run.json" >&2
		fail "run.json is not the same"
	}
}
