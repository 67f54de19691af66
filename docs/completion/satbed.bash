# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# satbed.bash - completion of satbed's commands, options and files in bash

# BEGIN TABLE: satbed help --table bash
_satbed_commands='run suite compare check plan list explain doctor up exec report shell ps link down clean image replay learn analyze kernel sweep help'

_satbed_options() {
	case $1 in
	run) echo '--set --engine --backend --image --seed --clock --kernel --verify --duration --out --expect --junit --summary --json --plain --metrics --serve --serve-token --quiet --verbose --help' ;;
	suite) echo '--only --sizes --cc --loss --duration --server --client --files --interop --testcase --engine --set --clock --kernel --jobs --retries --resume --out --summary --json --quiet --help' ;;
	compare) echo '--arm --rounds --retries --unshaped --set --image --seed --duration --clock --kernel --jobs --resume --out --expect --junit --summary --json --plain --metrics --serve --serve-token --quiet --verbose --help' ;;
	check) echo '--json --set --help' ;;
	plan) echo '--plot --set --seed --duration --help' ;;
	list) echo '--json --help' ;;
	explain) echo '--mdoc --help' ;;
	doctor) echo '--engine --image --deep --fix --yes --json --help' ;;
	up) echo '--name --set --engine --backend --image --seed --capture --no-events --json --serve --serve-token --quiet --verbose --help' ;;
	exec) echo '--tty --env --cwd --user --help' ;;
	report) echo '--output --svg --gnuplot --qlog --help' ;;
	shell) echo '--env --cwd --user --help' ;;
	ps) echo '--json --names --nodes --help' ;;
	link) echo '--json --help' ;;
	down) echo '--all --quiet --help' ;;
	clean) echo '--dry-run --all-users --json --help' ;;
	image) echo '--name --engine --help' ;;
	replay) echo '--packets --application --link --client --cc --limit --speed --topspeed --set --engine --backend --image --seed --clock --kernel --out --json --plain --quiet --verbose --help' ;;
	learn) echo '--out --name --series --against --profile --period --figures --help' ;;
	analyze) echo '--json --csv --all --help' ;;
	kernel) echo '--source --patch --module-source --jobs --json --quiet --help' ;;
	sweep) echo '--vary --case --zip --seeds --out --resume --jobs --retries --captures --dry-run --yes --slurm --slurm-option --max-tasks --by --value --csv --jsonl --json --set --duration --clock --kernel --plain --metrics --serve --serve-token --quiet --verbose --help' ;;
	esac
}
# END TABLE

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
		_satbed_words "$_satbed_commands --version --help" "$cur"
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
	if [[ $cur == -* ]]; then
		_satbed_words "$(_satbed_options "$command")" "$cur"
		return
	fi
	case $command in
	run)
		_satbed_files "$cur"
		;;
	suite)
		_satbed_words 'quic-4-sat shape' "$cur"
		;;
	compare)
		_satbed_files "$cur"
		;;
	replay)
		_satbed_files "$cur"
		;;
	analyze)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	learn)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	up)
		_satbed_files "$cur"
		;;
	exec | shell)
		[ "$COMP_CWORD" -gt 2 ] || _satbed_places "$cur" ''
		;;
	link)
		if [ "$COMP_CWORD" -eq 2 ]; then
			_satbed_places "$cur" links
		else
			compopt -o nospace
			_satbed_words 'reset delay= rate= loss= duplicate= reorder= corrupt= outage=' "$cur"
		fi
		;;
	report)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	down)
		_satbed_words "$("${COMP_WORDS[0]}" ps --names 2>/dev/null)" "$cur"
		;;
	check)
		_satbed_files "$cur"
		;;
	plan)
		_satbed_files "$cur"
		;;
	list)
		_satbed_files "$cur"
		;;
	explain)
		_satbed_words "$(_satbed_keys)" "$cur"
		;;
	image)
		if [ "$COMP_CWORD" -eq 2 ]; then
			_satbed_words 'import' "$cur"
		else
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		;;
	kernel)
		if [ "$COMP_CWORD" -eq 2 ]; then
			_satbed_words 'build list remove' "$cur"
		elif [ "${COMP_WORDS[2]}" = remove ]; then
			_satbed_words "$("${COMP_WORDS[0]}" kernel list 2>/dev/null | sed -n 's/^\([0-9][^ ]*\) .*/\1/p')" "$cur"
		fi
		;;
	help) _satbed_words "$_satbed_commands" "$cur" ;;
	esac
}

complete -F _satbed satbed
