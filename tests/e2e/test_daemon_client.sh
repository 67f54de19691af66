#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_client.sh - satbed's client of the Engine API against real daemons of all four kinds
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq

client=$O/tests/e2e/daemon_client
[ -x "$client" ] || fail "no $client; make tests first"

containers() {
	daemon_api "$1" GET '/containers/json?all=1' | jq length
}

# as_other COMMAND...: somebody who owns no daemon
as_other() {
	setpriv --reuid 64199 --regid 64199 --clear-groups --inh-caps=-all "$@"
}

imports() {
	image_tar
	expect_status 0 "$satbed" image import "$daemons/image.tar" --name test:1 --engine "$(daemon_url "$1")"
	id=$(sed -n 's/^test:1 is \(sha256:[0-9a-f]\{64\}\) in .*/\1/p' "$work/out")
	[ -n "$id" ] || fail "$1: no digest in: $(cat "$work/out")"
	[ "$(daemon_api "$1" GET /images/test:1/json | jq -r .Id)" = "$id" ] || fail "$1: another image"
	gzip -c "$daemons/image.tar" >"$work/image.tar.gz"
	"$satbed" image import - --name other:1 --engine "$(daemon_url "$1")" <"$work/image.tar.gz" >"$work/out" 2>&1 ||
		fail "$1: compressed, from a pipe: $(cat "$work/out")"
	# What is no root file system does not get there.
	tar -C docs -cf "$work/docs.tar" man
	expect_status 2 "$satbed" image import "$work/docs.tar" --name wrong:1 --engine "$(daemon_url "$1")"
	expect_text "$work/err" 'does not hold a root file system'
	[ "$(daemon_api "$1" GET /images/wrong:1/json | jq -r '.Id != null')" = false ] || fail "$1: wrong:1 is there"
}

# A daemon that dies ends the streams of its containers.
dies() {
	: >"$work/watch"
	"$client" "$(daemon_url "$1")" watch test:1 >"$work/watch" 2>&1 &
	watcher=$!
	wait_for 20 grep -q attached "$work/watch" || fail "$1: not attached: $(cat "$work/watch")"
	daemon_stop "$1"
	wait_for 10 grep -q ended "$work/watch" || fail "$1: died, and nobody noticed"
	wait $watcher || fail "$1: $(cat "$work/watch")"
}

for kind in ${DAEMON_KINDS:-$daemon_kinds}; do
	url=$(daemon_url "$kind")
	daemon_start "$kind"
	imports "$kind"
	"$client" "$url" check test:1 || fail "$kind"
	[ "$(containers "$kind")" -eq 0 ] || fail "$kind: a container is left"
	# In the cage the sockets are in their usual places, and what the daemon says decides.
	daemon_do "$kind" "$satbed" image import "$daemons/image.tar" --name test:2 --engine "$kind" >"$work/out" 2>&1 ||
		fail "$kind by name: $(cat "$work/out")"
	case $kind in
	*-rootless) namesake=${kind%-rootless} ;;
	*) namesake=$kind-rootless ;;
	esac
	! daemon_do "$kind" env DOCKER_HOST="$url" CONTAINER_HOST="$url" \
		"$satbed" image import "$daemons/image.tar" --engine "$namesake" >"$work/out" 2>&1 || fail "$kind taken for $namesake"
	expect_text "$work/out" "not $namesake; for that one: --engine $kind"
	if [ "$kind" = docker ]; then
		chmod 711 "$daemons" "$daemons/docker" "$daemons/docker/run"
		expect_status 3 as_other "$satbed" image import tests/run.sh --engine "$url"
		expect_text "$work/err" 'permission denied'
		expect_text "$work/err" 'sudo usermod -aG docker'
	fi
	dies "$kind"
	expect_status 3 "$satbed" image import "$daemons/image.tar" --engine "$url"
	expect_text "$work/err" 'the socket does not exist'
	echo "$kind: ok"
done
