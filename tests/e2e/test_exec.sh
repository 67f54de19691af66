#!/bin/sh
# SPDX-License-Identifier: MIT
# test_exec.sh - the user's own commands: run where and when they should, their endings and output kept, all
# of them gone afterwards
. tests/e2e/lib.sh
need jq perl

# scenario SERVER CLIENT [LINE...]: in $work/exec.ini
scenario() {
	{
		printf '[scenario]\nname = exec\nduration = 3s\n[link]\ndelay = 10ms\n'
		printf '[flow.x]\nkind = exec\nserver_command = %s\nclient_command = %s\n' "$1" "$2"
		shift 2
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$work/exec.ini"
}

json=$work/run/run.json
# run_exec STATUS: of satbed; the verdict on the links is not the subject here
run_exec() {
	rm -rf "$work/run"
	if [ "$1" -eq 0 ]; then
		expect_status 0 "$satbed" run "$work/exec.ini" --engine native --backend user --out "$work/run"
		[ "$status" -eq 0 ] || expect_json "$json" '.verdict == "INVALID"'
		expect_json "$json" '.flows[0].error == null'
	else
		expect_status "$1" "$satbed" run "$work/exec.ini" --engine native --backend user --out "$work/run"
	fi
}

# Real programs, the shipped ones.
rm -rf "$work/run"
expect_status 0 "$satbed" run scenarios/leo-exec.ini --engine native --backend user --out "$work/run" --set flow.fetch.size=500kB
expect_json "$json" '.flows[0].exec.client | .status == 0 and .signal == null and (.stopped | not) and .error == null'
expect_json "$json" '.flows[0].exec.server | .stopped and .signal == 15'
expect_json "$json" '.flows[0] | .error == null and .bytes >= 500000 and .goodput_bps > 100000 and .retransmits.pcap >= 0'
expect_json "$json" '.flows[0] | (.exec.client.seconds - .seconds | fabs) < 0.7'
expect_text "$work/run/exec-fetch-client1.log" "500000 of 500000 bytes"

# What the commands see.
echo hello >"$work/note"
# shellcheck disable=SC2016 # theirs
scenario 'exec perl -MIO::Socket::INET -e "IO::Socket::INET->new(LocalPort=>{port}, Listen=>1)->accept"' \
	'sh show.sh {server} {port} {bytes} {client} {{x}' 'files = note show.sh' 'size = 3kB'
cat >"$work/show.sh" <<'END'
echo "args $*; node $SATBED_NODE, server $SATBED_SERVER; $(cat note)"
echo "caps $(grep CapEff /proc/self/status)"
echo oops >&2
perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr=>$ARGV[0], PeerPort=>$ARGV[1]) or exit 9' "$1" "$2"
END
run_exec 0
log=$work/run/exec-x-client1.log
expect_text "$log" "args 198.18.1.1 5201 3000 198.18.1.2 {x}; node client1, server 198.18.1.1; hello"
expect_text "$log" "CapEff:	0000000000000000"
expect_text "$log" "oops"
[ "$(ls "$work")" = "$(printf '%s\n' err exec.ini note out run show.sh tmp)" ] || fail "left behind: $(ls "$work")"

# A client that fails is a run that failed.
scenario 'exec sleep 60' 'echo no luck; exit 3' 'ready = 0s'
run_exec 1
expect_json "$json" '.flows[0].exec.client.status == 3'
expect_json "$json" '.flows[0].error == "client: exit status 3; see exec-x-client1.log"'
expect_text "$work/run/exec-x-client1.log" "no luck"
expect_text "$work/out" "client exit status 3"

# So is a server that goes before its client came; that one is not started.
scenario 'exit 5' 'echo never'
run_exec 1
expect_json "$json" '.flows[0].exec | .server.status == 5 and .client.status == null and .client.log == null'
expect_json "$json" '.flows[0].error | startswith("server: exit status 5")'

# One that ends at once, and well, is waited for only as long as it says.
scenario 'true' 'true' 'ready = 200ms'
run_exec 0
expect_text "$work/err" "nothing listens on the server's port 5201"

# A flood of output: the run ends in time, and its log has an end, too.
scenario 'exec sleep 60' 'exec yes 0123456789012345678901234567890123456789' 'ready = 0s'
run_exec 0
expect_json "$json" '.flows[0].exec.client | .stopped and .seconds < 5'
[ "$(stat -c %s "$work/run/exec-x-client1.log")" -le $((17 << 20)) ] || fail "a log without end"

# Deaf to every signal, forked and in sessions of their own: all gone.
# shellcheck disable=SC2016 # theirs
scenario 'sh deaf.sh' 'exec sh deaf.sh' 'ready = 0s' 'files = deaf.sh'
cat >"$work/deaf.sh" <<'END'
trap '' TERM INT HUP
setsid sleep 981301 &
(setsid sh -c 'trap "" TERM; while :; do sleep 981301; done' &)
while :; do sleep 981301; done
END
run_exec 0
expect_json "$json" '.flows[0].exec | .client.stopped and .server.stopped and .client.signal == 9 and .server.signal == 15'
if cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -q 'sleep 9813[0]1'; then fail "something lives on"; fi

# Another user, as the node's files name him.  Nodes of somebody who is not root have one user only.
# shellcheck disable=SC2016 # theirs
scenario 'exec sleep 60' 'echo "uid $(id -u) $(grep CapEff /proc/self/status)"; grep CapBnd /proc/self/status' 'ready = 0s' 'user = nobody'
if [ "$(id -u)" -eq 0 ]; then
	run_exec 0
	expect_text "$log" "uid 65534 CapEff:	0000000000000000"
	expect_text "$log" "CapBnd:	0000000000000000"
else
	run_exec 1
	expect_json "$json" '.flows[0].error | test("one user only")'
fi
scenario 'exec sleep 60' 'true' 'ready = 0s' 'user = nobody-of-that-name'
run_exec 1
expect_json "$json" '.flows[0].error | startswith("server: ")'

# A run whose flows have all ended is over, unless it is to go on; until then the links say what passes them.
scenario 'exec sleep 60' 'true' 'ready = 0s'
run_exec 0
expect_json "$json" '.timings | .planned_s == 3 and .measured_s < 2.5'
sed -i 's/^duration = 3s/&\nuntil = duration/' "$work/exec.ini"
run_exec 0
expect_json "$json" '.timings.measured_s == 3'
expect_text "$work/err" "link up 0.0"
if grep -q 'RTT 0 ms' "$work/err"; then fail "an RTT that nobody measured"; fi
awk -F, '$5 == "link" && $2 == "" { n[$4]++; if ($7 < last[$4]) exit 1; last[$4] = $7 }
	END { exit !(n["up"] > 20 && n["down"] > 20 && last["up"] > 0 && last["down"] > 0) }' "$work/run/samples.csv" ||
	fail "no bytes of the link in samples.csv"

# What programs write to QLOGDIR is kept, from either end and whoever they run as; nothing else is, under no name.
# shellcheck disable=SC2016 # theirs
scenario 'echo hello >"$QLOGDIR/one.sqlog"; exec sleep 60' 'cd "$QLOGDIR" && sh ../odd.sh' 'ready = 0s' 'files = odd.sh'
cat >"$work/odd.sh" <<'END'
head -c 10000 /dev/zero >two.sqlog
ln -s /etc/passwd link
mkfifo pipe
echo x >.hidden
echo x >"a b"
mkdir dir
END
[ "$(id -u)" -ne 0 ] || echo 'user = nobody' >>"$work/exec.ini"
run_exec 0
[ "$(cat "$work/run/qlog/server-one.sqlog")" = hello ] || fail "no qlog of the server"
[ "$(stat -c %s "$work/run/qlog/client1-two.sqlog")" -eq 10000 ] || fail "no qlog of the client, or not all of it"
[ "$(find "$work/run/qlog" -type f | wc -l)" -eq 2 ] || fail "more than was written there: $(ls -la "$work/run/qlog")"
expect_text "$work/err" "qlog: 5 files"

# What sets a node up has rights over its network, is done when flows begin, and ends the run where it fails.
# shellcheck disable=SC2016 # theirs
scenario 'exec sleep 60' 'grep dummy: /proc/net/dev; grep CapEff /proc/self/status' 'ready = 0s' \
	'setup = echo $SATBED_NODE {server} && ip link add dummy address 02:00:00:00:00:77 type veth'
run_exec 0
expect_text "$log" "dummy:"
expect_text "$log" "CapEff:	0000000000000000"
expect_text "$work/run/exec-x-client1-setup.log" "client1 198.18.1.1"
expect_text "$work/run/exec-x-client1-server-setup.log" "server 198.18.1.1"
scenario 'exec sleep 60' 'true' 'ready = 0s' 'setup = echo first; echo no such tunnel >&2; exit 4'
rm -rf "$work/run"
expect_status 3 "$satbed" run "$work/exec.ini" --engine native --backend user --out "$work/run"
expect_text "$work/err" "[flow.x] setup on the server: exit status 4: no such tunnel"
[ ! -e "$work/run/run.json" ] || fail "a result of a run that was not set up"

# Files that are not there are missed before anything starts.
scenario 'true' 'true' 'files = not-there.py'
run_exec 2
expect_text "$work/err" "[flow.x] files"
expect_text "$work/err" "not-there.py"
[ ! -e "$work/run" ] || fail "a directory of a run that never was"
exit 0
