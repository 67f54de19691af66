#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_unnamed_image.sh - a daemon was killed after it had made a run's image and before it named it: `satbed clean` removes it,
# and no image that somebody committed from a node, which has the same labels and no name either
. tests/lib/engine_tests.sh
. tests/lib/left_behind.sh
daemons_need
need jq

unnamed() {
	daemon_api "$kind" GET "/images/json?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D" | jq -r '.[].Id'
}

try() {
	kind=$1
	daemon_start "$kind"
	daemon_image "$kind"
	start_long
	# Of a node that runs, as `docker commit` does it.
	daemon_api "$kind" POST "/commit?container=$(daemon_api "$kind" GET /containers/json |
		jq -r '.[].Names[0] | ltrimstr("/") | select(endswith("-client1"))')" \
		-H 'Content-Type: application/json' -d '{}' >"$work/committed" || fail "$kind: no commit"
	kill -KILL "$satbed_pid"
	wait "$long" 2>/dev/null
	wait_for 15 none_runs || fail "$kind: containers outlive a killed satbed: $(things)"
	committed=$(unnamed)
	[ "$(echo "$committed" | wc -w)" -eq 1 ] || fail "$kind: nothing was committed: $(cat "$work/committed")"
	name=$(daemon_api "$kind" GET /images/json | jq -r '[.[].RepoTags // [] | .[] | select(test("satbed-.*-emulator"))][0]')
	# Without its containers, as the daemon was killed before it made them, and without its name.
	daemon_api "$kind" GET "/containers/json?all=1" | jq -r '.[].Id' | while read -r id; do
		daemon_api "$kind" DELETE "/containers/$id?force=1" >/dev/null
	done
	case $kind in
	podman*) curl -sS --unix-socket "$(daemon_url "$kind" | sed 's,^unix://,,')" -X POST "http://daemon/v4.0.0/libpod/images/$name/untag" >"$work/untag" ;;
	*)
		# Docker takes an image's last name away only with the image, or gives the name to another.
		daemon_api "$kind" POST "/images/ubuntu:22.04/tag?repo=${name%:*}&tag=${name##*:}" >"$work/untag"
		;;
	esac
	[ "$(unnamed | wc -l)" -eq 2 ] || fail "$kind: the run's image has its name yet: $(daemon_api "$kind" GET /images/json) $(cat "$work/untag")"
	expect_status 0 run_satbed clean
	expect_text "$work/out" "-unnamed"
	[ "$(unnamed)" = "$committed" ] || fail "$kind: left: $(unnamed), committed was $committed: $(cat "$work/out")"
	daemon_stop "$kind"
}

for each in docker podman-rootless; do
	try $each
done
