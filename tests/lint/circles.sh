#!/bin/sh
# SPDX-License-Identifier: MIT
# circles.sh - groups of objects that need each other, by the symbols that they define and use: `make circles`
#
#   O=build tests/lint/circles.sh
#
# One line for each group of two and more: how many objects, and their sources; then the exit status is 1.  Two programs that each
# have a function of one name are looked at apart: the agent's objects, and all others.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}

# "d FILE SYMBOL" for what a file defines, "u FILE SYMBOL" for what it uses
list_symbols() {
	nm -A -g "$@" | awk -v front="$O/obj/src/" '
		{
			file = substr($1, length(front) + 1)
			sub(/\.o:.*/, "", file)
		}
		$(NF - 1) == "U" { print "u", file, $NF }
		NF == 3 && $2 ~ /^[TDBRVWGSC]$/ { print "d", file, $3 }'
}

# Tarjan's algorithm, with a stack of its own where it would call itself
list_circles() {
	awk '
	$1 == "d" { home[$3] = $2 }
	$1 == "u" { uses[++use_count] = $2; used[use_count] = $3 }
	END {
		for (i = 1; i <= use_count; i++) {
			from = uses[i]
			to = home[used[i]]
			if (to == "" || to == from || (from, to) in seen)
				continue
			seen[from, to] = 1
			edge[from, ++edges[from]] = to
			node[from] = node[to] = 1
		}
		for (start in node)
			if (!(start in order))
				visit(start)
	}
	function visit(start, depth, at, to, size, names) {
		call[depth = 1] = start
		enter(start)
		while (depth) {
			at = call[depth]
			if (next_edge[at] < edges[at]) {
				to = edge[at, ++next_edge[at]]
				if (!(to in order)) {
					enter(to)
					call[++depth] = to
				} else if (on_stack[to] && order[to] < low[at])
					low[at] = order[to]
				continue
			}
			depth--
			if (depth && low[at] < low[call[depth]])
				low[call[depth]] = low[at]
			if (low[at] != order[at])
				continue
			size = 0
			names = ""
			do {
				to = stack[top--]
				on_stack[to] = 0
				names = names " " to
				size++
			} while (to != at)
			if (size > 1)
				print size ":" names
		}
	}
	function enter(at) {
		order[at] = low[at] = ++count
		stack[++top] = at
		on_stack[at] = 1
		next_edge[at] = 0
	}' | while read -r size names; do
		# shellcheck disable=SC2086 # words
		echo "$size $(printf '%s\n' $names | sort | tr '\n' ' ')"
	done | sort -rn | sed 's/ $//'
}

# objects SOURCE...: of those that were built: a build directory may hold older ones
objects() {
	for source; do
		object=$O/obj/${source%.c}.o
		[ ! -f "$object" ] || echo "$object"
	done
}

[ -n "$(objects src/base/err.c)" ] || {
	echo "nothing is built in $O; run: make"
	exit 1
}
# shellcheck disable=SC2046 # words
circles=$(
	list_symbols $(objects $(find src -name '*.c' ! -path 'src/agent/*' ! -path 'src/guest/preload/*')) | list_circles
	list_symbols $(objects $(find src/agent src/base -name '*.c')) | list_circles | grep agent/ || true
)
[ -z "$circles" ] || {
	echo "$circles"
	exit 1
}
