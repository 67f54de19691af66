#!/bin/sh
# SPDX-License-Identifier: MIT
# determinism.sh - the same run again and again on the virtual clock, while the machine does other things
#
#   N=20 KERNELS='6.1 6.12' SCENARIOS='leo-lossy ...' BACKENDS='netem user' DURATION=10s tests/bench/determinism.sh
#
# Every N-th run has another load beside it: none, two busy loops, one that writes to the disk.  All must be the same
# to the byte but for what run.json says may differ.  Exit status 1 where one is not; its directory is then named.
set -u
cd "$(dirname "$0")/../.." || exit 2
satbed=$(realpath "${O:-build}")/satbed
n=${N:-20}
duration=${DURATION:-10s}
kernels=${KERNELS:-$("$satbed" kernel list --json | jq -r '.[].name')}
scenarios=${SCENARIOS:-leo-lossy geo-small leo-rr leo-file leo-shared}
backends=${BACKENDS:-netem user}
[ -n "$kernels" ] || {
	echo "determinism.sh: no kernel; satbed kernel build" >&2
	exit 2
}
work=$(mktemp -d) || exit 2
loads=
stop_loads() {
	# shellcheck disable=SC2086 # words
	[ -z "$loads" ] || kill $loads 2>/dev/null
	loads=
}
trap 'stop_loads; [ -n "${keep:-}" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

start_load() {
	case $(($1 % 3)) in
	1) for _ in 1 2; do
		sh -c 'while :; do :; done' &
		loads="$loads $!"
	done ;;
	2)
		# shellcheck disable=SC2016 # of the inner shell
		sh -c 'while :; do dd if=/dev/zero of="$1" bs=1M count=64 conv=fsync 2>/dev/null; done' sh "$work/disk" &
		loads=$!
		;;
	esac
}

# digest DIR: of all that must be the same
digest() {
	(
		cd "$1" || exit 1
		for file in *; do
			case $file in
			report.html) ;;
			run.json) jq 'delpaths([.manifest.clock.may_differ[] | ltrimstr("/") | split("/")])' "$file" ;;
			*) cat "$file" ;;
			esac
		done
	) | sha256sum | cut -d' ' -f1
}

bad=0
for kernel in $kernels; do
	for scenario in $scenarios; do
		for backend in $backends; do
			first=
			same=0
			for i in $(seq 0 $((n - 1))); do
				dir=$work/$kernel-$scenario-$backend-$i
				start_load "$i"
				"$satbed" run "scenarios/$scenario.ini" --clock virtual --kernel "$kernel" --backend "$backend" \
					--duration "$duration" --out "$dir" -q >"$work/out" 2>&1
				status=$?
				stop_loads
				[ $status -ne 2 ] || [ -n "$first" ] || {
					echo "$kernel $scenario $backend: refused: $(tail -n 1 "$work/out")"
					break
				}
				[ $status -le 1 ] || {
					cat "$work/out" >&2
					echo "determinism.sh: status $status of $scenario, $backend, kernel $kernel" >&2
					exit 1
				}
				now=$(digest "$dir")
				[ -n "$first" ] || first=$now
				if [ "$now" = "$first" ]; then
					same=$((same + 1))
					[ "$i" -eq 0 ] || rm -rf "$dir"
				else
					keep=yes bad=1
					echo "differs: $dir"
				fi
			done
			[ -z "$first" ] || echo "$kernel $scenario $backend: $same of $n the same"
		done
	done
done
exit $bad
