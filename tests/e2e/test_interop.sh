#!/bin/sh
# SPDX-License-Identifier: MIT
# test_interop.sh - images that follow the contract of the QUIC Interop Runner, run over a link by `kind = interop`
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/interop_image.sh
daemons_need
need jq openssl ldd

cat >"$work/interop.ini" <<'END'
[scenario]
name = interop
duration = 40s

[testbed]
backend = user

[link]
delay = 50ms
rate = 20mbit
queue = 1.0bdp

[flow.q]
kind = interop
server_image = localhost/quic
testcase = http3
sizes = 1MB 300kB 1B
END

json=$work/run/run.json
# run_interop STATUS ARGUMENT...
run_interop() {
	wanted=$1
	shift
	rm -rf "$work/run"
	expect_status "$wanted" "$satbed" run "$work/interop.ini" --engine "$(daemon_url "$kind")" --out "$work/run" "$@"
}

an_interop_run() {
	# The verdict is not the subject, and a busy machine may earn a worse one.
	rm -rf "$work/run"
	expect_done "$satbed" run "$work/interop.ini" --engine "$(daemon_url "$kind")" --out "$work/run"
	expect_json "$json" '.flows[0].interop | .result == "succeeded" and .testcase == "http3" and
		(.files | map(.bytes) == [1000000, 300000, 1] and all(.intact)) and .completion_s > 0.2 and .goodput_bps > 10000'
	expect_json "$json" '.flows[0] | .error == null and .quic.connections == 1 and .handshake_ms >= 100 and .bytes >= 1300001'
	expect_json "$json" '.flows[0].exec.client.status == 0 and .flows[0].exec.server.stopped'
	expect_json "$json" '.manifest.engine | .image.name == "localhost/quic" and .client_image.id == .image.id'
	expect_text "$work/run/exec-q-client1.log" "requests: https://server4:443/file1.bin https://server4:443/file2.bin https://server4:443/file3.bin"
	expect_text "$work/out" "interop, test case http3: succeeded, 3 files of 1.30 MB in"
	ls "$work"/run/qlog/client1-*.sqlog >/dev/null || fail "no qlog: $(ls "$work/run/qlog")"
	! grep -rl "PRIVATE KEY" "$work/run" || fail "the run's directory has the key"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"
	[ -z "$(daemon_api "$kind" GET '/containers/json?all=1' | jq -r '.[].Names[]')" ] || fail "containers are left"
}

for kind in docker podman; do
	daemon_start "$kind"
	interop_image "$kind" quic
	an_interop_run
	[ "$kind" = docker ] || {
		daemon_stop "$kind"
		continue
	}
	# A test case that the images do not know, a client that fails, and one that only says that it succeeded.
	run_interop 1 --set flow.q.testcase=chacha20
	expect_json "$json" '.flows[0] | .interop.result == "unsupported" and (.error | contains("does not support test case chacha20"))'
	interop_image "$kind" crash crash
	run_interop 1 --set flow.q.client_image=localhost/crash
	expect_json "$json" '.flows[0] | .interop.result == "failed" and (.interop.files | all(.intact)) and .exec.client.status == 1'
	interop_image "$kind" truncate truncate
	run_interop 1 --set flow.q.client_image=localhost/truncate
	expect_json "$json" '.flows[0] | .interop.result == "failed" and (.interop.files | map(.intact) == [false, false, true]) and
		(.error | contains("file1.bin is not the server'"'"'s: 1000 of 1000000 bytes are right"))'
	# Every server with every client: the table, and a row of JSON for each.
	DOCKER_HOST=$(daemon_url docker)
	export DOCKER_HOST
	expect_done "$satbed" suite quic-4-sat --interop localhost/quic,localhost/crash --testcase http3 --only small --sizes 2MB \
		--engine docker --set testbed.backend=user --quiet --out "$work/suite"
	unset DOCKER_HOST
	expect_json "$work/suite/suite.json" '.runs | map("\(.server) \(.client)") == ["quic quic", "quic crash", "crash quic", "crash crash"]'
	expect_json "$work/suite/suite.json" '.runs | all(if .client == "quic" then .completion_s > 1.3 else .completion_s == null and
		(.result == "incomplete" or .result == "INVALID") end)'
	expect_text "$work/out" "small 2MB: seconds by server (rows) and client (columns)"
	grep -Eq '^quic  +[0-9.]+[0-9a-z() ]* failed$' "$work/out" || grep -q INVALID "$work/out" || fail "no table: $(cat "$work/out")"
	daemon_stop "$kind"
done

# What cannot be is said before anything is made.
expect_status 2 "$satbed" run "$work/interop.ini" --engine native
expect_text "$work/err" "an interop flow runs images"
expect_status 2 "$satbed" check "$work/interop.ini" --set testbed.clients=2
expect_text "$work/err" "there can be one"
expect_status 2 "$satbed" suite shape --interop a
expect_status 2 "$satbed" suite quic-4-sat --interop a,,b
expect_status 2 "$satbed" suite quic-4-sat --interop a --cc bbr
