#!/bin/sh
# SPDX-License-Identifier: MIT
# docker.sh - in the guest: the first scenario in containers of root's Docker; called by test_guest_docker.sh
#
#   tests/e2e/guest/docker.sh DIRECTORY
out=$1
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemon_start docker
daemon_image docker
# Without loss of its own: that kernel draws losses without our seed, and a connection request lost twice
# leaves nothing of a short run.
"$satbed" run "$leo" --duration 8s --engine "$(daemon_url docker)" --backend netem --set link.up.loss=none \
	--set link.down.loss='random 1%' --plain --out "$out/run" >"$out/stdout" 2>"$out/stderr"
status=$?
# Proxies: netem shapes ends of theirs, which are joined beside the daemon's bridges.
[ $status -gt 1 ] || "$satbed" run "$leo" --duration 6s --engine "$(daemon_url docker)" --backend netem --set link.up.loss=none \
	--set link.down.loss=none --set testbed.pep=terminal+gateway --plain --out "$out/pep" >>"$out/stdout" 2>>"$out/stderr"
[ $? -le 1 ] || status=$?
for list in 'containers/json?all=1' networks volumes; do
	daemon_api docker GET "/$list" | jq -c '[(.Volumes? // .)[]? | .Names? // .Name] | map(select(tostring | test("satbed")))'
done >"$out/left"
exit $status
