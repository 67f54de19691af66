#!/bin/sh
# SPDX-License-Identifier: MIT
# test_doctor.sh - `satbed doctor`: what it says of this machine is so, and nothing of its trials is left
. tests/e2e/lib.sh
need jq

# doctor WANTED ARGUMENT...: its exit status is one of the WANTED ("0 1"), its JSON is in $work/json
doctor() {
	wanted=$1
	shift
	"$satbed" doctor --json "$@" >"$work/json" 2>"$work/err" </dev/null
	status=$?
	case " $wanted " in
	*" $status "*) ;;
	*)
		cat "$work/json" "$work/err" >&2
		fail "status $status, not $wanted, of doctor $*"
		;;
	esac
	expect_json "$work/json" ".status == $status"
}

# level_of ID: the worst level of the findings of that name
level_of() {
	jq -r --arg id "$1" '[.findings[] | select(.id == $id) | .level] |
		(if index("fail") then "fail" elif index("warn") then "warn" elif index("info") then "info"
		elif index("ok") then "ok" else "none" end)' "$work/json"
}

before=$(interfaces)
started=$(date +%s%3N)
doctor "0 1"
took=$(($(date +%s%3N) - started))
[ $took -lt 30000 ] || fail "it took $took ms"
[ "$(interfaces)" = "$before" ] || fail "interfaces have changed: $(interfaces)"
[ -z "$(ls "$TMPDIR")" ] || fail "left in TMPDIR: $(ls "$TMPDIR")"
[ ! -s "$work/err" ] || fail "standard error without a terminal: $(cat "$work/err")"

# Every finding is complete, every level one of four.
expect_json "$work/json" '.findings | length > 10 and all((.id | test("^[a-z_]+[.][a-z0-9_]+$")) and
	(.level | IN("ok", "info", "warn", "fail")) and (.text | length > 0) and has("subject") and has("fix"))'
expect_json "$work/json" '.engines | map(.name) == ["docker-rootless", "docker", "podman-rootless", "podman", "native"]'
expect_json "$work/json" '.engines | all(.why | length > 0)'
expect_json "$work/json" '.engines | map(select(.name == "native")) | .[0].can_run'
expect_json "$work/json" '.auto == ([.engines[] | select(.can_run)][0].name)'

# Netem works exactly where a qdisc of it can be added.
if unshare -rn tc qdisc add dev lo root netem delay 1ms 2>/dev/null; then
	[ "$(level_of links.netem)" = ok ] || fail "netem works, but: $(level_of links.netem)"
elif command -v tc >/dev/null; then
	[ "$(level_of links.netem)" = warn ] || fail "no netem, but: $(level_of links.netem)"
	expect_json "$work/json" '.findings[] | select(.id == "links.netem") | .text | test("sch_netem")'
fi
[ "$(level_of links.user)" = ok ] || fail "satbed's own link: $(level_of links.user)"
[ "$(level_of links.capture)" = ok ] || fail "capture: $(level_of links.capture)"
[ "$(level_of links.offloads)" = ok ] || fail "offloads: $(level_of links.offloads)"

# For people: a line per finding, no colour into a file, the verdict at the end.
"$satbed" doctor >"$work/text" 2>/dev/null </dev/null
[ "$(grep -c '^  \(ok\|info\|warn\|fail\) ' "$work/text")" -eq "$(jq '.findings | length' "$work/json")" ] ||
	fail "not a line per finding: $(cat "$work/text")"
! grep -q "$(printf '\033')" "$work/text" || fail "escapes in a file"
tail -n 1 "$work/text" | grep -q '^can run here: .*native' || fail "verdict: $(tail -n 1 "$work/text")"

# One engine: its findings, its verdict.
doctor 0 --engine native
expect_json "$work/json" '.engines | length == 1 and .[0].name == "native" and .[0].can_run'
expect_json "$work/json" '.findings | all(.id | startswith("rootless.") or startswith("daemon.") | not)'
doctor 3 --engine "unix://$work/nobody.sock"
expect_json "$work/json" '.engines | length == 1 and (.[0].can_run | not)'
expect_status 2 "$satbed" doctor --engine dokcer
expect_text "$work/err" 'unknown engine "dokcer"'
expect_status 2 "$satbed" doctor scenarios/leo-lossy.ini

# A fix is shown and asked for, carried out, and the finding is gone; what needs root is never typed for anybody.
if command -v docker >/dev/null && command -v script >/dev/null; then
	mkdir -p "$work/home/.docker"
	echo '{"currentContext":"far"}' >"$work/home/.docker/config.json"
	fix() { HOME=$work/home "$satbed" doctor --fix "$@" >"$work/out" 2>"$work/err"; }
	expect_status 2 env HOME="$work/home" "$satbed" doctor --fix access.context
	expect_text "$work/err" 'add --yes'
	echo n | HOME=$work/home script -qec "$satbed doctor --fix access.context" /dev/null >"$work/out"
	expect_text "$work/out" 'docker context use default'
	grep -q far "$work/home/.docker/config.json" || fail "done though the answer was no: $(cat "$work/out")"
	fix access.context --yes || fail "status $? of a fix: $(cat "$work/out" "$work/err")"
	expect_text "$work/out" 'fixed: access.context is not found any more'
	! grep -q far "$work/home/.docker/config.json" || fail "said to be fixed: $(cat "$work/home/.docker/config.json")"
	expect_status 2 env HOME="$work/home" "$satbed" doctor --fix access.context --yes
	expect_text "$work/err" 'nothing was found here that is called "access.context"'
fi
expect_status 2 "$satbed" doctor --yes

# Where nothing can run: an ordinary user, no user namespaces, no daemon.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && [ -w /proc/sys/user/max_user_namespaces ]; then
	cp "$satbed" "$work/satbed"
	chmod 755 "$work"
	# Forbidden below a user namespace of the test's own, so the machine's setting stays.
	# shellcheck disable=SC2016 # of the inner shell
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all \
		--securebits=+noroot,+noroot_locked env -u DOCKER_HOST -u CONTAINER_HOST -u XDG_RUNTIME_DIR "$@"' sh \
		"$work/satbed" doctor --json >"$work/json" 2>"$work/err" </dev/null
	status=$?
	[ $status -eq 3 ] || fail "status $status where nothing can run: $(cat "$work/json" "$work/err")"
	expect_json "$work/json" '.auto == null and (.engines | any(.can_run) | not)'
	[ "$(level_of native.namespaces)" = fail ] || fail "no namespaces, but: $(level_of native.namespaces)"
	expect_json "$work/json" '.findings[] | select(.id == "native.namespaces") | .text | test("max_user_namespaces")'
fi
