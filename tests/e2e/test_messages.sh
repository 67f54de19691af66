#!/bin/sh
# SPDX-License-Identifier: MIT
# test_messages.sh - what is wrong is named, with file and line where there is one, on standard error only
. tests/e2e/lib.sh

# wrong STATUS TEXT ARGUMENT...
wrong() {
	status_wanted=$1 text=$2
	shift 2
	expect_status "$status_wanted" "$satbed" "$@"
	expect_text "$work/err" "$text"
	[ ! -s "$work/out" ] || fail "on standard output, of $*: $(cat "$work/out")"
}

wrong 2 'usage: satbed'
wrong 2 'did you mean "run"' rnu
wrong 2 'did you mean "check"' chekc x.ini
wrong 2 'needs a scenario' run
wrong 2 '"b.ini"' run a.ini b.ini
wrong 2 '--sed' run --sed 3 "$leo"
wrong 2 'did you mean --backend' run --bakcend user "$leo"
wrong 2 '--seed' run "$leo" --seed
wrong 2 'no-such.ini' run no-such.ini
wrong 2 'no-such.ini' check no-such.ini
wrong 2 "$work" check "$work"
wrong 2 '--set' check "$leo" --set nonsense
wrong 2 'did you mean "netem"' run "$leo" --backend netm
wrong 2 'bare' run "$leo" --duration bare
wrong 2 'explain' explain link.nonsense
wrong 2 'unknown command "nonsense"' help nonsense

# All mistakes of a file at once, each with its line, also from standard input and in `run`.
cat >"$work/bad.ini" <<'END'
[scenario]
name = bad
duration = 10
[link.up]
dealy = 25ms
rate = 10mbps
[lnik.down]
delay = 1ms
[flow.bulk]
kind = bulk
END
for command in check run; do
	expect_status 2 "$satbed" $command "$work/bad.ini"
	for line in 3 5 6 7; do
		expect_text "$work/err" "$work/bad.ini:$line: "
	done
	expect_text "$work/err" 'did you mean'
	# Each begins with its place, where editors look for it.
	[ "$(grep -c "^$work/bad.ini:" "$work/err")" -eq "$(grep -c . "$work/err")" ] || fail "$(cat "$work/err")"
done
"$satbed" check - <"$work/bad.ini" >"$work/out" 2>"$work/err" && fail "accepted from standard input"
grep -q ':5: ' "$work/err" || fail "no line of standard input: $(cat "$work/err")"

# What a good command line prints goes to standard output only.
for arguments in --version --help help 'help run' 'run --help' 'check --help' explain 'explain link.loss' "check $leo"; do
	# shellcheck disable=SC2086 # words
	expect_status 0 "$satbed" $arguments
	[ -s "$work/out" ] || fail "nothing printed by $arguments"
	[ ! -s "$work/err" ] || fail "on standard error, of $arguments: $(cat "$work/err")"
done

# A full disk, or a reader that has gone, is not a success.
if [ -w /dev/full ]; then
	"$satbed" explain >/dev/full 2>"$work/err" && fail "wrote everything to a full disk"
	expect_text "$work/err" 'satbed: '
fi

# A directory that cannot be written is said before anything is started.
touch "$work/file"
wrong 3 "$work/file/x" run "$leo" --out "$work/file/x"
