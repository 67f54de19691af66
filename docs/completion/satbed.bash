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

# Nodes of the testbeds that are up, as the program prints them; with $2 links, in both directions and each.
_satbed_places() {
	local places
	places=$("${COMP_WORDS[0]}" ps --nodes 2>/dev/null)
	[ -z "$2" ] || places="all $(printf '%s\n' "$places" | sed -n 's/^\(.*client[0-9]*\)$/\1 \1.up \1.down/p')"
	_satbed_words "$places" "$1"
}

_satbed() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_satbed_words 'run suite compare replay learn analyze check list plan report up exec shell link ps down explain image kernel doctor clean help --version --help' "$cur"
		return
	fi
	case $prev in
	--set | -s)
		compopt -o nospace
		_satbed_words "$(_satbed_keys | sed 's/$/=/')" "$cur"
		return
		;;
	--engine | -e)
		if [ "$command" = doctor ]; then
			_satbed_words 'native docker docker-rootless podman podman-rootless' "$cur"
		elif [ "$command" = image ]; then
			_satbed_words 'auto docker docker-rootless podman podman-rootless' "$cur"
		elif [ "$command" != exec ] && [ "$command" != shell ]; then
			_satbed_words 'auto native docker docker-rootless podman podman-rootless' "$cur"
		fi
		return
		;;
	--backend | -b)
		_satbed_words 'auto netem user' "$cur"
		return
		;;
	--clock)
		_satbed_words 'real virtual' "$cur"
		return
		;;
	--arm | -a)
		if [ "$command" = compare ]; then
			compopt -o nospace
			_satbed_words 'native:bridge native:slirp:inside native:slirp:outside native:pasta:inside native:pasta:outside
				docker:bridge docker-rootless:bridge docker-rootless:slirp podman:bridge podman-rootless:bridge' "$cur"
			return
		fi
		;;
	--out | -o | --capture | --cwd | -C | --resume | --junit | --svg | --gnuplot)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--source | --patch | --module-source)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--packets | -p | --link | -l | --csv)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--only | --sizes | --cc | --loss | --kernel | --server | --files | --client | --speed | --seed | --duration | -d | --image | --name | -n | --env | --rounds | --retries | --metrics | --expect | -x | --jobs) return ;;
	esac
	case $command in
	run)
		case $cur in
		-*)
			_satbed_words '--set --engine --backend --image --clock --kernel --seed --duration --out --expect --junit --json --plain --metrics
				--quiet --verbose --help' "$cur"
			;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	suite)
		case $cur in
		-*)
			_satbed_words '--only --sizes --cc --loss --duration --server --client --files --set --clock --kernel --jobs --out --json
				--quiet --help' "$cur"
			;;
		*) _satbed_words 'quic-4-sat shape' "$cur" ;;
		esac
		;;
	compare)
		case $cur in
		-*)
			_satbed_words '--arm --rounds --retries --unshaped --set --image --seed --duration --clock --kernel --jobs --resume --out --expect --junit --json
				--plain --metrics --quiet --verbose --help' "$cur"
			;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	replay)
		case $cur in
		-*)
			_satbed_words '--packets --application --link --client --cc --limit --speed --topspeed --set --engine --backend --image --clock --kernel --seed --out --json
				--plain --quiet --verbose --help' "$cur"
			;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	analyze)
		case $cur in
		-*) _satbed_words '--json --csv --all --help' "$cur" ;;
		*)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		esac
		;;
	learn)
		case $cur in
		-*) _satbed_words '--out --name --series --against --figures --help' "$cur" ;;
		*)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		esac
		;;
	up)
		case $cur in
		-*)
			_satbed_words '--name --set --engine --backend --image --seed --capture --no-events --json --quiet --verbose
				--help' "$cur"
			;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	exec | shell)
		case $cur in
		-*) _satbed_words "$([ "$command" = shell ] || echo --tty) --env --cwd --user --help" "$cur" ;;
		*) [ "$COMP_CWORD" -gt 2 ] || _satbed_places "$cur" '' ;;
		esac
		;;
	link)
		case $cur in
		-*) _satbed_words '--json --help' "$cur" ;;
		*)
			if [ "$COMP_CWORD" -eq 2 ]; then
				_satbed_places "$cur" links
			else
				compopt -o nospace
				_satbed_words 'reset delay= rate= loss= duplicate= reorder= corrupt= outage=' "$cur"
			fi
			;;
		esac
		;;
	report)
		case $cur in
		-*) _satbed_words '--output --svg --gnuplot --help' "$cur" ;;
		*)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			;;
		esac
		;;
	ps) _satbed_words '--json --names --nodes --help' "$cur" ;;
	down)
		case $cur in
		-*) _satbed_words '--all --quiet --help' "$cur" ;;
		*) _satbed_words "$("${COMP_WORDS[0]}" ps --names 2>/dev/null)" "$cur" ;;
		esac
		;;
	check)
		case $cur in
		-*) _satbed_words '--set --json --help' "$cur" ;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	plan)
		case $cur in
		-*) _satbed_words '--plot --set --seed --duration --help' "$cur" ;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	list)
		case $cur in
		-*) _satbed_words '--json --help' "$cur" ;;
		*) _satbed_files "$cur" ;;
		esac
		;;
	explain)
		case $cur in
		-*) _satbed_words '--mdoc --help' "$cur" ;;
		*) _satbed_words "$(_satbed_keys)" "$cur" ;;
		esac
		;;
	image)
		case $cur in
		-*) _satbed_words '--name --engine --help' "$cur" ;;
		*)
			if [ "$COMP_CWORD" -eq 2 ]; then
				_satbed_words 'import' "$cur"
			else
				compopt -o filenames
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			fi
			;;
		esac
		;;
	kernel)
		case $cur in
		-*) _satbed_words '--source --patch --module-source --jobs --json --quiet --help' "$cur" ;;
		*)
			if [ "$COMP_CWORD" -eq 2 ]; then
				_satbed_words 'build list remove' "$cur"
			elif [ "${COMP_WORDS[2]}" = remove ]; then
				_satbed_words "$("${COMP_WORDS[0]}" kernel list 2>/dev/null | sed -n 's/^\([0-9][^ ]*\) .*/\1/p')" "$cur"
			fi
			;;
		esac
		;;
	doctor) _satbed_words '--engine --image --deep --json --help' "$cur" ;;
	clean) _satbed_words '--dry-run --all-users --json --help' "$cur" ;;
	help) _satbed_words 'run suite compare replay learn analyze check list plan report up exec shell link ps down explain image kernel doctor clean' "$cur" ;;
	esac
}

complete -F _satbed satbed
