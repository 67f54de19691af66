#!/bin/sh
# SPDX-License-Identifier: MIT
# test_manual.sh - manual and completion say what the program does; --rewrite puts the tables there
. tests/e2e/lib.sh

# in_step FILE BEGIN COMMAND...: what is between lines "BEGIN TABLE..." and "END TABLE" is what the command prints;
# with an empty BEGIN the whole file is
rewrite=${1:-}
in_step() {
	file=$1 begin=$2
	shift 2
	"$@" >"$work/table" || fail "$*"
	[ -s "$work/table" ] || fail "$* printed nothing"
	if [ -n "$begin" ]; then
		grep -q "$begin" "$file" || fail "$file has no line $begin"
		sed -e "/$begin/,/END TABLE/{/TABLE/!d;}" -e "/$begin/r $work/table" "$file" >"$work/page"
	else
		cp "$work/table" "$work/page"
	fi
	if [ "$rewrite" = --rewrite ]; then
		cat "$work/page" >"$file"
	else
		diff -u "$file" "$work/page" || fail "$file is not what $* prints; tests/e2e/test_manual.sh --rewrite"
	fi
}
page=docs/man/satbed-scenario.5
in_step $page 'BEGIN TABLE' "$satbed" explain --mdoc
in_step docs/man/satbed.1 'BEGIN TABLE.*synopsis$' "$satbed" help --table synopsis
in_step docs/man/satbed.1 'BEGIN TABLE.*options$' "$satbed" help --table options
in_step docs/completion/satbed.bash 'BEGIN TABLE' "$satbed" help --table bash
in_step docs/completion/_satbed '' "$satbed" help --table zsh
in_step docs/completion/satbed.fish '' "$satbed" help --table fish
[ "$rewrite" != --rewrite ] || exit 0

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

# Other shells can read theirs.
if command -v zsh >/dev/null; then
	zsh -n docs/completion/_satbed || fail "zsh cannot read its completion"
fi
if command -v fish >/dev/null; then
	[ "$(fish --no-config -c '. docs/completion/satbed.fish; complete -C "satbed run --backe"' | cut -f1)" = --backend ] ||
		fail "completion of an option in fish"
	fish --no-config -c '. docs/completion/satbed.fish; complete -C "satbed che"' | grep -q '^check' || fail "completion of a command in fish"
fi
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
[ "$(complete_words "$satbed" down --al)" = --all ] || fail "completion of an option of down"
complete_words "$satbed" explain link. | grep -qx link.delay || fail "completion of a key"
