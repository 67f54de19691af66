#!/bin/sh
# SPDX-License-Identifier: MIT
# docker.sh - a testbed on Docker, against starting as many containers by hand with `docker run`
#
# Prints one JSON object as run.sh wants it.  Both in turn, on the same daemon; medians.
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq docker
rounds=${ROUNDS:-7}

daemon_start docker
daemon_image docker
url=$(daemon_url docker)
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	# Server, two clients and what shapes their links.
	start=$(date +%s%N)
	for name in server client1 client2 emulator; do
		docker -H "$url" run -d --rm --name by-hand-$name ubuntu:22.04 sleep 1000 >/dev/null || fail "docker run"
	done
	echo $((($(date +%s%N) - start) / 1000)) >>"$work/by-hand"
	docker -H "$url" rm -f by-hand-server by-hand-client1 by-hand-client2 by-hand-emulator >/dev/null
	"$satbed" run tests/bench/testbed.ini --engine "$url" --quiet --json --out "$work/run$i" >"$work/out.json" ||
		[ $? -eq 1 ] || fail "satbed run" # what so short a run measured is not the question
	jq '.timings.up_ms * 1000' "$work/out.json" >>"$work/up"
done
median() {
	sort -g "$1" | sed -n "$(((rounds + 1) / 2))p"
}
jq -nc --argjson up "$(median "$work/up")" --argjson hand "$(median "$work/by-hand")" \
	'{metric: "testbed_up_docker_ratio", value: ($up / $hand), unit: "x docker run", goal: "<= 1.5",
	  detail: {containers: 4, up_ms: ($up / 1000), docker_run_ms: ($hand / 1000)}}'
