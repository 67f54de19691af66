#!/bin/sh
# SPDX-License-Identifier: MIT
# test_confinement.sh - what satbed's own processes may do while a testbed is up and while a run goes on, and what
# becomes of one that is stopped by its filter; commands of the user's, and other users for them
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh
need jq setpriv
[ "$(id -u)" -eq 0 ] || skip "needs root, to be several users"

# below PID NAME: processes of that name among the descendants
below() {
	tree_of "$1" | while read -r pid _; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$2" ] || echo "$pid"
	done
}

# expect_confined NAME CAPABILITIES...: each process of that name below $emulator
expect_confined() {
	name=$1
	shift
	below "$top" "$name" >"$work/pids"
	[ -s "$work/pids" ] || fail "no process is called $name"
	while read -r pid; do
		cat "/proc/$pid/status" >"$work/status" || fail "$name has ended"
		effective=$(sed -n 's/^CapEff:.0*//p' "$work/status")
		case " $* " in
		*" ${effective:-0} "*) ;;
		*) fail "$name has the capabilities ${effective:-0}" ;;
		esac
		grep -q '^NoNewPrivs:.1$' "$work/status" || fail "$name may gain privileges"
		[ "$name" = satbed-launcher ] || grep -q '^Seccomp:.2$' "$work/status" || fail "$name has no filter for system calls"
	done <"$work/pids"
}

grep -q '^Seccomp:' /proc/self/status || skip "this kernel has no filters for system calls"
write_scenario "$work/standing.ini"
expect_status 0 "$satbed" up "$work/standing.ini" --quiet
top=$("$satbed" ps --json | jq '.[0].pid')
# NET_ADMIN and NET_RAW; the agent also binds low ports; the launcher may change users.
expect_confined satbed-emulator 3000
expect_confined satbed-agent 3400
expect_confined satbed-launcher 31c0

# What Docker's default profile forbids is forbidden here, and only that.
# shellcheck disable=SC2016 # of the inner shell
expect_status 0 "$satbed" exec client1 -- sh -c '! unshare -U true 2>/dev/null && grep "^Seccomp:.2$" /proc/self/status'
expect_status 0 "$satbed" exec client1 -- sh -c 'grep ^Cap /proc/self/status'
expect_text "$work/out" "CapEff:	0000000000003000"
expect_text "$work/out" "CapBnd:	0000000000003000"

# Root over this machine's files, unless told otherwise.
chmod 711 "$work"
echo secret >"$work/secret"
chmod 600 "$work/secret"
expect_status 0 "$satbed" exec client1 -- cat "$work/secret"
expect_status 1 "$satbed" exec --user 64201 client1 -- cat "$work/secret"
# shellcheck disable=SC2016 # of the inner shells
expect_status 0 "$satbed" exec --user nobody client1 -- sh -c 'id; echo "$USER"; grep ^Cap /proc/self/status; cd /; sleep 30054 & kill $!'
expect_text "$work/out" "uid=65534(nobody)"
expect_text "$work/out" "groups=65534(nogroup)"
expect_text "$work/out" "CapEff:	0000000000000000"
# shellcheck disable=SC2016 # of the inner shells
expect_status 0 "$satbed" exec -u 64201:64202 client1 -- sh -c 'echo "$(id -u):$(id -g):$(id -G)"'
expect_text "$work/out" "64201:64202:64202"
expect_status 127 "$satbed" exec --user no-such-user client1 -- true
expect_text "$work/err" "this node has no such user"
expect_status 2 "$satbed" exec --user "" client1 -- true
# A command of another user ends when nobody waits for it any more.
timeout -s KILL 2 "$satbed" exec --user 64201 client1 -- sleep 30055 >/dev/null 2>&1 </dev/null
none_sleeps() {
	! pgrep -f 'sleep 30055' >/dev/null
}
wait_for 10 none_sleeps || fail "a command of another user outlives its exec"
expect_status 0 "$satbed" down

# In a run, from "prepare" on, the agent has no capability; nor have commands.
out=$work/run
"$satbed" run "$leo" --engine native --backend user --duration 60s --quiet --out "$out" >"$work/out" 2>"$work/err" </dev/null &
run=$!
flows() {
	[ -e "$out/client1.pcap" ] && [ "$(wc -c <"$out/client1.pcap")" -gt 100000 ]
}
wait_for 30 flows || fail "no traffic: $(cat "$work/err")"
top=$run
expect_confined satbed-emulator 3000
expect_confined satbed-agent 0
expect_confined satbed-launcher 0
# The signal that a filter ends a process with: it says so, and the run ends.
kill -SYS "$(below "$run" satbed-emulator | head -n 1)"
wait $run
status=$?
[ $status -ge 3 ] || fail "status $status after the emulator ended"
expect_text "$work/err" "satbed-emulator ended by signal SIGSYS"

# What holds is in the manifest.
expect_done "$satbed" run "$leo" --engine native --backend user --duration 1s --quiet --out "$work/short"
expect_json "$work/short/run.json" '.manifest | .link.confinement.seccomp and .nodes.server.seccomp and .nodes.client1.seccomp'
if [ "$(uname -r | cut -d. -f1)" -ge 6 ] && grep -q landlock /sys/kernel/security/lsm 2>/dev/null; then
	expect_json "$work/short/run.json" '.manifest | .link.confinement.landlock > 0 and .nodes.server.landlock > 0'
fi
