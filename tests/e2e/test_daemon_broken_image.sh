#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_broken_image.sh - Podman was killed while it made an image, and lists none since: `satbed clean` removes what it
# can, names the image and what to type, and after that finishes
. tests/lib/engine_tests.sh
. tests/lib/left_behind.sh
kind=podman
daemons_need
need jq
daemon_start "$kind"
daemon_image "$kind"

# Two killed runs leave an image each, with the same layers; one of them has lost its manifest, as if Podman had been killed.
for _ in 1 2; do
	start_long
	kill -KILL "$satbed_pid"
	wait "$long" 2>/dev/null
	wait_for 15 none_runs || fail "containers outlive a killed satbed: $(things)"
done
id=$(daemon_api "$kind" GET /images/json | jq -r '[.[] | select(.RepoTags[0] | test("satbed-.*-emulator")) | .Id][-1] | sub("^sha256:"; "")')
rm "$daemons/$kind/data/overlay-images/$id/manifest" "$daemons/$kind/data/overlay-images/$id"/=* || fail "the image's files are not there"
daemon_api "$kind" GET /images/json >"$work/list"
expect_json "$work/list" '.response == 500'

networks() {
	daemon_api "$kind" GET /networks | jq -r '.[] | select(.Name | startswith("satbed-")) | .Name'
}
[ -n "$(networks)" ] || fail "no network is left: this shows nothing"
expect_status 4 run_satbed clean
[ -z "$(networks)" ] || fail "networks are left because of an image: $(networks); $(cat "$work/out" "$work/err")"
expect_text "$work/out" "not removed: image $id"
[ "$(journals | wc -l)" -eq 2 ] || fail "a journal has gone before all was removed"
advice=$(sed -n 's/^not removed: .*, run: //p' "$work/out")
daemon_do "$kind" sh -c "$advice" >"$work/advised" 2>&1 </dev/null || fail "told to type $advice: $(cat "$work/advised")"
expect_status 0 run_satbed clean
[ -z "$(journals)" ] || fail "a journal is left"
daemon_api "$kind" GET /images/json | jq -r '.[].RepoTags[]' >"$work/images"
! grep satbed "$work/images" || fail "a run's image is left"
