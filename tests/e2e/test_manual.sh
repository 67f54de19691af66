#!/bin/sh
# SPDX-License-Identifier: MIT
# test_manual.sh - manual and completion say what the program does; --rewrite puts the table into the manual
. tests/e2e/lib.sh

page=docs/man/satbed-scenario.5
"$satbed" explain --mdoc >"$work/table" || fail "explain --mdoc"
[ -s "$work/table" ] || fail "explain --mdoc printed nothing"
sed -e '/^\.\\" BEGIN TABLE/,/^\.\\" END TABLE/{/TABLE$/!d;}' -e "/^\\.\\\\\" BEGIN TABLE/r $work/table" $page >"$work/page"
if [ "${1:-}" = --rewrite ]; then
	cat "$work/page" >$page
	exit 0
fi
diff -u $page "$work/page" || fail "$page: its table is not that of the program; tests/e2e/test_manual.sh --rewrite"

# Each option of the program is in its manual and in the completion, and has an example of use.
for command in run suite compare analyze replay learn check plan report up exec shell link ps down explain image kernel doctor; do
	"$satbed" help $command >"$work/help" || fail "help $command"
	options=$(sed -n 's/^.*\(--[a-z][a-z-]*\).*/\1/p' "$work/help" | sort -u)
	[ -n "$options" ] || fail "help $command names no option"
	for option in $options; do
		[ "$option" != --help ] || continue
		grep -q -- "Fl -${option#--}" docs/man/satbed.1 || fail "satbed.1 does not know $option of $command"
		grep -q -- "$option" docs/completion/satbed.bash || fail "the completion does not know $option of $command"
	done
	grep -q "^\.It Cm $command" docs/man/satbed.1 || fail "satbed.1 does not know $command"
done

# The example of the manual is a scenario.
sed -n '/^\[scenario\]/,/^\.Ed/{/^\.Ed/!p;}' $page >"$work/example.ini"
expect_status 0 "$satbed" check "$work/example.ini"

command -v bash >/dev/null || exit 0
# complete WORD...: what bash would offer for the last word
complete_words() {
	# shellcheck disable=SC2016 # bash's own
	bash -c '. docs/completion/satbed.bash
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_satbed
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
[ "$(complete_words "$satbed" ch)" = check ] || fail "completion of a command"
[ "$(complete_words "$satbed" run --bac)" = --backend ] || fail "completion of an option"
[ "$(complete_words "$satbed" run --backend u)" = user ] || fail "completion of a value"
[ "$(complete_words "$satbed" run scenarios/leo-los)" = scenarios/leo-lossy.ini ] || fail "completion of a scenario"
complete_words "$satbed" explain link. | grep -qx link.delay || fail "completion of a key"
