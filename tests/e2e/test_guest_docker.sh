#!/bin/sh
# SPDX-License-Identifier: MIT
# test_guest_docker.sh - root's Docker under a kernel with netem: satbed shapes the containers' own veths with it, and those of proxies
. tests/e2e/lib.sh
[ "${SATBED_GUEST:-1}" = 1 ] || skip "the guest is not to be used"
need jq linux.uml dockerd busybox curl

# Only files of the host outlive the guest.
mkdir "$work/guest"
tests/lib/uml.sh -m 2048M -t 420 -- tests/e2e/guest/docker.sh "$work/guest" >"$work/out" 2>"$work/err"
status=$?
[ $status -le 1 ] || fail "status $status: $(cat "$work/out" "$work/err" "$work/guest/stderr")"
json=$work/guest/run/run.json
expect_json "$json" '.link_backend == "netem"'
expect_fair "$json"
expect_json "$json" '.manifest.engine.kind == "docker"'
expect_json "$json" '.flows[] | select(.name == "bulk") | .bytes > 10000 and .error == null'
expect_json "$json" '.flows[] | select(.name == "bulk") | .retransmits.pcap == .retransmits.tcp_info'
expect_json "$json" '.links[0] | [.up, .down] | all(.measured.delay_ms.p50 - .configured.delay_ms.p50 | fabs < 2)'
expect_json "$json" '.links[0] | .up.shaper.sent > 0 and .down.shaper.sent > 0'
json=$work/guest/pep/run.json
expect_json "$json" '.link_backend == "netem" and .split.pep == "terminal+gateway" and (.captures | length) == 4'
expect_json "$json" '.flows[] | select(.name == "bulk") | .bytes > 10000 and .error == null'
expect_json "$json" '.manifest.path_proof[0] | .ended == null and ([.terminal, .gateway] | all(.connections == 1 and .failed == 0 and .down_bytes > 10000))'
expect_json "$json" '.links[0] | [.up, .down] | all(.measured.delay_ms.p50 - .configured.delay_ms.p50 | fabs < 2)'
expect_json "$json" '.links[0] | .up.shaper.sent > 0 and .down.shaper.sent > 0'
[ "$(sort -u "$work/guest/left")" = '[]' ] || fail "left in the daemon: $(cat "$work/guest/left")"
