# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# satbed.bash - completion of satbed's commands, options and files in bash

_satbed_files() {
	local name
	compopt -o filenames
	while IFS= read -r name; do
		COMPREPLY+=("$name")
	done < <(compgen -f -X '!*.ini' -- "$1"; compgen -d -- "$1")
}

_satbed_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Keys as `satbed explain` shows them; those with NAME or FLOW in them are for the user to finish.
_satbed_keys() {
	"${COMP_WORDS[0]}" explain 2>/dev/null | sed -n 's/^\([a-z][a-z_A-Z.]*\) = .*/\1/p'
}

_satbed() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_satbed_words 'run check explain help --version --help' "$cur"
		return
	fi
	case $prev in
	--set | -s)
		compopt -o nospace
		_satbed_words "$(_satbed_keys | sed 's/$/=/')" "$cur"
		return
		;;
	--engine | -e)
		_satbed_words 'auto native' "$cur"
		return
		;;
	--backend | -b)
		_satbed_words 'auto netem user' "$cur"
		return
		;;
	--out | -o)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--seed | --duration | -d) return ;;
	esac
	case $command in
	run)
		case $cur in
		-*)
			_satbed_words '--set --engine --backend --seed --duration --out --json --plain --quiet --verbose
				--help' "$cur"
			;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	check)
		case $cur in
		-*) _satbed_words '--set --json --help' "$cur" ;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	explain)
		case $cur in
		-*) _satbed_words '--mdoc --help' "$cur" ;;
		*) _satbed_words "$(_satbed_keys)" "$cur" ;;
		esac
		;;
	help) _satbed_words 'run check explain' "$cur" ;;
	esac
}

complete -F _satbed satbed
