#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - all tests: `make check`; or those whose name holds one of the arguments
#
#   O=build tests/run.sh [PART-OF-A-NAME...]
#
# A test is a program or script; exit status 77 says that this machine cannot run it (last line: why).
# Integration tests run on this kernel and once more in a User-Mode Linux guest, whose kernel has netem:
# what one of the two skipped and the other passed counts as passed.  What judges times, rates and verdicts
# runs in a guest on the virtual clock, where no load of this machine makes anything late.  SATBED_STRICT=1
# makes any other skip a failure.  Nothing is tried twice.  Environment: JOBS (2) tests side by side, TEST_LIMIT (seconds
# for each test), SATBED_GUEST=0 (no guest), SATBED_GUEST=own (none but those that satbed starts itself, for the virtual clock: a
# sanitizer cannot map its shadow memory in a guest, so that no test program can run there, and satbed's guest has a plain program).
# Logs stay in $O/tests/log.
set -u

cd "$(dirname "$0")/.." || exit 2
O=${O:-build}
export O
log=$O/tests/log
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

now_ms() {
	date +%s%3N
}

# command_of KIND NAME: how to start a test, as words
command_of() {
	case $1 in
	unit | integration) echo "$O/tests/$1/$2" ;;
	guest) echo "tests/lib/uml.sh -t 600 -- $O/tests/integration/$2" ;;
	virtual)
		case $2 in
		test_link_*) echo "tests/lib/virtual.sh $O/tests/integration/$2" ;;
		*) echo "tests/lib/virtual.sh tests/e2e/$2.sh" ;;
		esac
		;;
	fuzz) echo "$O/tests/fuzz/replay_$2 tests/fuzz/corpus/$2" ;;
	golden) echo "tests/golden/run.sh" ;;
	lint) echo "tests/lint/$2.sh" ;;
	e2e) echo "tests/e2e/$2.sh" ;;
	esac
}

# limit_of KIND NAME: seconds; a kernel is built once, by two busy processors
limit_of() {
	case $1/$2 in
	e2e/test_kernel_virtual) echo "${TEST_LIMIT:-1800}" ;;
	unit/* | lint/*) echo "${TEST_LIMIT:-120}" ;;
	e2e/* | guest/*) echo "${TEST_LIMIT:-900}" ;;
	*) echo "${TEST_LIMIT:-300}" ;;
	esac
}

# read_cases LOG: "OK name", "FAILED name", "SKIPPED name" for each case of a cmocka program
read_cases() {
	sed -n 's/^\[ *\(OK\|FAILED\|SKIPPED\) *\] \([^ ]*\)$/\1 \2/p' "$1" | sort -u
}

count() {
	grep -c "^$1 " "$2"
}

# run_one KIND NAME: run a test, say in one line how it went, leave LOG and RESULT behind
run_one() {
	kind=$1 name=$2
	out=$log/$kind.$name.log result=$log/$kind.$name.result
	start=$(now_ms)
	# shellcheck disable=SC2046 # words
	timeout -k 10 "$(limit_of "$kind" "$name")" $(command_of "$kind" "$name") >"$out" 2>&1 </dev/null &
	pid=$!
	# timeout leads a process group of its own and passes the signal on to it.
	trap 'kill -TERM $pid 2>/dev/null; wait $pid; exit 130' INT TERM HUP
	wait $pid
	rc=$?
	took=$(($(now_ms) - start))
	took=$((took / 1000)).$((took % 1000 / 100))
	read_cases "$out" >"$result"
	[ -s "$result" ] || case $rc in
	0) echo "OK -" ;;
	77) echo "SKIPPED -" ;;
	esac >"$result"
	case $rc in
	0 | 77) ;;
	*) grep -q '^FAILED' "$result" || echo "FAILED -" >>"$result" ;;
	esac
	# In one piece: another test may end at the same time.
	printf '%s\n' "$(say_result)"
}

say_result() {
	ok=$(count OK "$result") failed=$(count FAILED "$result") skipped=$(count SKIPPED "$result")
	if [ "$failed" -gt 0 ]; then
		why="status $rc"
		[ $rc -ne 124 ] || why="out of time"
		printf 'FAILED   %-44s %7s s  %s; the end of %s:\n' "$kind/$name" "$took" "$why" "$out"
		tail -n 80 "$out" | sed 's/^/    | /'
	elif [ "$ok" -eq 0 ]; then
		printf 'skipped  %-44s %7s s  %s\n' "$kind/$name" "$took" "$(tail -n 1 "$out")"
	elif [ "$skipped" -gt 0 ]; then
		printf 'ok       %-44s %7s s  %s passed, %s skipped\n' "$kind/$name" "$took" "$ok" "$skipped"
	else
		printf 'ok       %-44s %7s s  %s passed\n' "$kind/$name" "$took" "$ok"
	fi
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit 0
fi

# names GLOB...: the names of files, without directory and .sh; nothing where the glob matches nothing
names() {
	for file; do
		[ -f "$file" ] || continue
		file=${file##*/}
		echo "${file%.sh}"
	done
}

# programs KIND: of those programs the ones that have a source: a build directory may hold older ones
programs() {
	for name in $(names tests/"$1"/test_*.c); do
		echo "${name%.c}"
	done
}

list() {
	for name in $(programs unit); do
		echo "unit $name"
	done
	for name in $(names tests/fuzz/fuzz_*.c); do
		name=${name%.c}
		echo "fuzz ${name#fuzz_}"
	done
	for name in $(names tests/lint/layers.sh tests/lint/circles.sh); do
		echo "lint $name"
	done
	[ ! -f tests/golden/run.sh ] || echo "golden run"
}

# is_beside NAME: end-to-end tests that mostly wait for daemons, and judge nothing by how long packets take
is_beside() {
	case $1 in
	test_engine_verdicts) return 1 ;;
	test_daemon* | test_doctor_daemons | test_image | test_engine_* | test_kill_containers | test_two_dockers) ;;
	test_pep_* | test_up_docker* | test_up_podman* | test_fault_containers | test_install | test_messages | test_manual) ;;
	test_options | test_analyze | test_fuzz | test_learn_series | test_confinement | test_process) ;;
	*) return 1 ;;
	esac
}

# is_inside NAME: runs whole in a guest on the virtual clock, satbed and all
is_inside() {
	case $1 in
	test_clients | test_exec | test_pep | test_expect | test_file | test_learn | test_replay | test_replay_application) ;;
	test_rr | test_same_seed | test_steps | test_suite | test_user) ;;
	*) return 1 ;;
	esac
}

# is_kernel NAME: builds the kernel that tests on the virtual clock run in, or looks at it
is_kernel() {
	case $1 in
	test_kernel*) ;;
	*) return 1 ;;
	esac
}

# is_exact NAME: runs on the virtual clock, which nothing beside it can disturb; after the kernel was built
is_exact() {
	case $1 in
	test_virtual_same) return 1 ;; # brings its own load
	test_virtual_* | test_sweep | test_sweep_* | test_imports | test_page | test_profiles | test_calibrate | test_programs | test_recipes | test_terminals | test_action | test_action_* | test_packages) ;;
	*) return 1 ;;
	esac
}

list_exact() {
	[ "${SATBED_GUEST:-1}" != 0 ] || return 0
	if [ "${SATBED_GUEST:-1}" = 1 ]; then
		for name in test_link_conformance test_link_netem; do
			echo "virtual $name"
		done
		for name in $(names tests/e2e/test_*.sh); do
			! is_inside "$name" || echo "virtual $name"
		done
	fi
	for name in $(names tests/e2e/test_*.sh); do
		! is_exact "$name" || echo "e2e $name"
	done
}

list_kernel() {
	for name in $(names tests/e2e/test_*.sh); do
		! is_kernel "$name" || echo "e2e $name"
	done
}

list_beside() {
	for name in $(names tests/e2e/test_*.sh); do
		! is_beside "$name" || echo "e2e $name"
	done
}

# Tests that send packets in real time.
list_timed() {
	for name in $(programs integration); do
		echo "integration $name"
	done
	# The guest is for what this kernel may not have: netem, and what is built on it.
	[ "${SATBED_GUEST:-1}" != 1 ] || for name in $(programs integration); do
		case $name in
		test_link_* | test_agent_*) ;;
		*) echo "guest $name" ;;
		esac
	done
	for name in $(names tests/e2e/test_*.sh); do
		is_kernel "$name" || is_beside "$name" || is_exact "$name" || is_inside "$name" || echo "e2e $name"
	done
}

# choose PART...: of the listed tests those whose name holds a part
choose() {
	[ $# -gt 0 ] || set -- ''
	while read -r kind name; do
		for part; do
			case $kind/$name in
			*"$part"*)
				echo "$kind $name"
				break
				;;
			esac
		done
	done
}

have() {
	if "$@" >/dev/null 2>&1; then
		echo yes
	else
		echo no
	fi
}

features() {
	echo "kernel $(uname -r), $(uname -m), uid $(id -u), $(getconf _NPROCESSORS_ONLN) processors"
	echo "user namespaces: $(have unshare -Urn true)," \
		"netem in this kernel: $(have unshare -rn tc qdisc add dev lo root netem delay 1ms)," \
		"tun: $(have test -c /dev/net/tun)," \
		"User-Mode Linux: $(have command -v linux.uml), tshark: $(have command -v tshark), jq: $(have command -v jq)"
}

# Adds the results up.  A case is PROGRAM and NAME; "integration", "guest" and "virtual" are places of one case.
# A program that was skipped as a whole is excused when it passed anything in the other place.
add_up() {
	for file in "$log"/*.result; do
		[ -f "$file" ] || continue
		test=${file##*/}
		sed "s/^/${test%.result} /" "$file"
	done | awk -v strict="${SATBED_STRICT:-0}" '
	{
		at = index($1, ".")
		place = substr($1, 1, at - 1)
		program = substr($1, at + 1)
		if (place == "guest" || place == "virtual")
			place = "integration"
		id = place "/" program
		if ($2 == "OK") {
			passed++
			ok[id " " $3] = ok[id " -"] = 1
		} else if ($2 == "FAILED") {
			failed++
		} else {
			skip[++skips] = id " " $3
		}
	}
	END {
		for (i = 1; i <= skips; i++)
			if (!(skip[i] in ok) && !(skip[i] in seen)) {
				seen[skip[i]] = 1
				skipped++
				print (strict == 1 ? "skipped, which is an error here: " : "skipped: ") skip[i]
			}
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0 || (strict == 1 && skipped > 0)
	}'
}

# run_list LIST PART...: those tests of it, JOBS side by side
run_list() {
	list=$1
	shift
	"$list" | choose "$@" | xargs -r -L 1 -P "${JOBS:-2}" "$0" --one
}

if [ "${1:-}" = --list ]; then
	shift
	run_list "$@"
	exit 0
fi

rm -rf "$log"
mkdir -p "$log" || exit 2
features
run_list list "$@"
# What mostly waits, beside what mostly computes; a process group of its own, for what runs there to be ended with this.
setsid "$0" --list list_beside "$@" &
beside=$!
trap 'kill -TERM -- -$beside; exit 130' INT TERM HUP
run_list list_kernel "$@"
run_list list_exact "$@"
wait $beside
trap 'exit 130' INT TERM HUP
run_list list_timed "$@"
add_up
