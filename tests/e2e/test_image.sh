#!/bin/sh
# SPDX-License-Identifier: MIT
# test_image.sh - the image of `make image` in a real daemon: a run on the virtual clock, without rights, without a network
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/lib/daemons.sh
need_kernel
daemons_need
need jq docker

mkdir "$work/o"
ln -s "$satbed" "$work/o/satbed"
O=$work/o packaging/image.sh >"$work/out" 2>"$work/err" || fail "image.sh: $(cat "$work/err")"
daemon_start docker
docker() {
	command docker -H "$(daemon_url docker)" "$@"
}
docker load -i "$work/o/image/satbed.tar" >"$work/out" 2>&1 || fail "docker load: $(cat "$work/out")"

# Not root, nothing but /tmp can be written, no network, no capability: all that a run needs is in the image.
docker run --rm --network none --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges localhost/satbed:latest \
	run /usr/share/satbed/scenarios/leo-lossy.ini --clock virtual --duration 3s --quiet --out /tmp/run --json >"$work/run.json" 2>"$work/err" ||
	fail "docker run: $(cat "$work/err")"
expect_json "$work/run.json" '.verdict == "PASS" and .manifest.clock.kind == "virtual"'
docker run --rm localhost/satbed:latest check /usr/share/satbed/scenarios/recipes/http3.ini >"$work/out" 2>&1 || fail "check: $(cat "$work/out")"
exit 0
