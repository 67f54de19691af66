# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# action_lib.sh - the steps of .github/actions/run, read from its action.yml; sourced after lib.sh
# shellcheck disable=SC2154 # from lib.sh

action=.github/actions/run

# commands STEP: the environment that a step gets of the inputs below, and its command, as a script
commands() {
	awk -v step="$1" '
		/^    - / { inside = 0 }
		$0 == "    - id: " step { inside = 1 }
		inside && match($0, /\$\{\{ inputs\.[a-z]+ \}\}/) {
			name = $1
			sub(":", "", name)
			input = substr($0, RSTART + 11, RLENGTH - 14)
			print "export " name "=\"$input_" input "\""
		}
		inside && /^      run: / {
			sub("^      run: .", "")
			print substr($0, 1, length($0) - 1)
		}' "$action/action.yml"
}

# input NAME VALUE, and every other as the action has it
defaults() {
	awk '/^outputs:/ { exit }
		/^  [a-z]+:$/ { name = substr($1, 1, length($1) - 1) }
		/^    default: / { sub("^    default: ", ""); gsub("\"", ""); print "input_" name "=\"" $0 "\"" }' "$action/action.yml"
}
