#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_exec.sh - a command in a node is as if it ran here: bytes, statuses, signals, terminals
# shellcheck disable=SC2016 # what stands in single quotes is for shells in nodes
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh
need sha256sum

write_scenario "$work/standing.ini"
expect_status 0 "$satbed" up "$work/standing.ini" --quiet

# Statuses.
expect_status 0 "$satbed" exec client1 -- true
expect_status 1 "$satbed" exec client1 -- false
expect_status 77 "$satbed" exec server sh -c 'exit 77'
expect_status 137 "$satbed" exec client1 -- sh -c 'kill -KILL $$'
expect_status 127 "$satbed" exec client1 -- "$work/no-such-command"
expect_text "$work/err" "command not found in this node"
expect_status 2 "$satbed" exec client1
expect_status 2 "$satbed" exec clientele -- true
expect_status 2 "$satbed" exec client1 -- printf "$(printf '\377')"
expect_status 0 "$satbed" exec client1 -- printf '%s|' 'two words' '' '--help' 'ä'
[ "$(cat "$work/out")" = 'two words||--help|ä|' ] || fail "words arrive as $(cat "$work/out")"

# Output and error apart, in full.
expect_status 3 "$satbed" exec client1 -- sh -c 'echo out; echo err >&2; exit 3'
[ "$(cat "$work/out")" = out ] || fail "standard output is $(cat "$work/out")"
[ "$(cat "$work/err")" = err ] || fail "standard error is $(cat "$work/err")"

# Where it starts, and what it finds.
expect_status 0 "$satbed" exec client1 -- sh -c 'echo "$SATBED_NODE $SATBED_SERVER $FOO $(pwd)"' --env FOO=no
expect_text "$work/out" "client1 198.18.1.1  $PWD"
expect_status 0 "$satbed" exec --env FOO=bar --cwd "$work/tmp" client1 -- sh -c 'echo "$FOO $(pwd)"'
expect_text "$work/out" "bar $work/tmp"

# Bytes of all kinds, both ways, through pipes and files.
head -c 50000000 /dev/urandom >"$work/big"
sum=$(sha256sum <"$work/big")
[ "$("$satbed" exec client1 -- sha256sum <"$work/big")" = "$sum" ] || fail "input is not what was sent"
[ "$("$satbed" exec client1 -- cat "$work/big" </dev/null | sha256sum)" = "$sum" ] || fail "output is not what was written"
"$satbed" exec client1 -- cat <"$work/big" >"$work/copy" || fail "cat"
[ "$(sha256sum <"$work/copy")" = "$sum" ] || fail "a copy through both is none"
rm "$work/copy"

# A reader that has enough ends the writer, and a command need not read its input.
start=$(date +%s)
"$satbed" exec client1 -- yes </dev/null | head -n 3 >"$work/out"
[ "$(wc -l <"$work/out")" -eq 3 ] || fail "head got $(wc -l <"$work/out") lines"
expect_status 0 "$satbed" exec client1 -- head -c 10 "$work/big"
"$satbed" exec client1 -- true <"$work/big" || fail "a command that reads nothing"
yes | "$satbed" exec client1 -- head -n 2 >"$work/out" || fail "a command that reads little"
[ $(($(date +%s) - start)) -le 10 ] || fail "ends of pipes are noticed late"

# Twenty at once, each with its own answer.
for i in $(seq 20); do
	echo "$i" | "$satbed" exec client1 -- sh -c 'read -r n; sleep 0.2; echo "got $n"; exit "$n"' >"$work/many.$i" &
	eval "pid$i=$!"
done
for i in $(seq 20); do
	eval "wait \$pid$i"
	[ $? -eq "$i" ] || fail "the status of command $i is another"
	[ "$(cat "$work/many.$i")" = "got $i" ] || fail "command $i says $(cat "$work/many.$i")"
done

# Signals are the command's.  (Shells start background commands with SIGINT ignored, which env undoes.)
for signal in INT TERM USR1; do
	: >"$work/out"
	env --default-signal=INT "$satbed" exec client1 -- sh -c 'trap "echo got it; exit 9" '$signal'
		echo ready; while :; do sleep 0.05; done' >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	wait_for 5 grep -q ready "$work/out" || fail "the command did not start"
	kill -$signal $pid
	wait $pid
	status=$?
	[ $status -eq 9 ] || fail "status $status after SIG$signal: $(cat "$work/err")"
	expect_text "$work/out" "got it"
done
env --default-signal=INT "$satbed" exec client1 -- sleep 30 </dev/null &
pid=$!
sleep 0.3
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "a command ended by SIGINT has another status"

# down ends commands, and says so to whoever waits for them.
"$satbed" exec client1 -- sleep 30 2>"$work/err" </dev/null &
pid=$!
sleep 0.3
expect_status 0 "$satbed" down
wait $pid
status=$?
[ $status -eq 4 ] || fail "status $status of a command whose testbed went"
expect_text "$work/err" "taken down"

# A terminal of its own.
command -v script >/dev/null || exit 0
expect_status 0 "$satbed" up "$work/standing.ini" --quiet
# on_terminal COMMANDS: a shell on a pseudo terminal runs them
on_terminal() {
	SHELL=/bin/sh timeout 30 script -qec "$1" /dev/null </dev/null >"$work/out" 2>&1
}
cat >"$work/size" <<-END
	stty rows 33 cols 111
	stty -g >"$work/stty.before"
	"$satbed" exec -t client1 -- sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size && hostname && exit 6'
	echo "status \$?"
	stty -g >"$work/stty.after"
END
on_terminal "sh $work/size"
expect_text "$work/out" "33 111"
expect_text "$work/out" "client1"
expect_text "$work/out" "status 6"
cmp -s "$work/stty.before" "$work/stty.after" || fail "the terminal is not as it was"
# The size follows, and the terminal is restored when a signal ends the command.
cat >"$work/follow" <<-END
	stty rows 33 cols 111
	stty -g >"$work/stty.before"
	terminal=\$(tty)
	(sleep 1; stty rows 20 cols 50 <"\$terminal") &
	"$satbed" exec -t client1 -- sh -c 'stty size; sleep 2; stty size'
	"$satbed" exec -t client1 -- sh -c 'kill -TERM \$\$'
	echo "status \$?"
	(sleep 1; kill -TERM \$(cat "$work/pid")) &
	sh -c 'echo \$\$ >"$work/pid"; exec "$satbed" exec -t client1 -- sleep 30'
	echo "second status \$?"
	stty -g >"$work/stty.after"
END
on_terminal "sh $work/follow"
expect_text "$work/out" "33 111"
expect_text "$work/out" "20 50"
grep -q "^status 143" "$work/out" || fail "no status 143 in $(cat "$work/out")"
expect_text "$work/out" "second status 143"
cmp -s "$work/stty.before" "$work/stty.after" || fail "the terminal is not as it was after a signal"
# A shell, keys and all: ^C ends what runs in it and not the shell, ^D the shell.
{
	sleep 0.5
	printf 'sleep 60\r'
	sleep 0.5
	printf '\003'
	sleep 0.3
	printf 'echo still $((40 + 2))\r'
	sleep 0.3
	printf '\004'
	sleep 0.5
} | SHELL=/bin/sh timeout 30 script -qec "$satbed shell client1; echo status \$?" /dev/null >"$work/out" 2>&1
expect_text "$work/out" "still 42"
grep -q "status 0" "$work/out" || fail "the shell did not end: $(cat "$work/out")"
# Without a terminal it is a plain one.
echo 'echo plain; exit 4' | "$satbed" shell server >"$work/out" 2>&1
[ $? -eq 4 ] || fail "the status of a shell without a terminal"
expect_text "$work/out" plain
expect_status 0 "$satbed" down
