#!/bin/sh
# SPDX-License-Identifier: MIT
# strings.sh - every text that satbed may show a user, with its place: `make strings`
#
#   tests/lint/strings.sh [FILE...]
#
# One line a text: FILE:LINE<TAB>text, pieces of one literal joined.  Texts are string literals with a space in
# them or in a call that reports something; keys, options and file names are not texts.
set -u
cd "$(dirname "$0")/../.." || exit 2
[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # file names without blanks
	set -- $(git ls-files 'src/*.c' 'src/*.h' | sort)
}
awk '
# Adds to text what is between quotes; a literal goes on over lines while nothing but blanks is between.
function flush_text() {
	if (text ~ /[a-zA-Z%][^ ]* +[^ ]/ || (text ~ / / && text ~ /[a-z]/))
		print place "\t" text
	text = ""
	open_text = 0
}
FNR == 1 { flush_text(); comment = 0 }
/^[ \t]*#[ \t]*include/ { next }
{
	line = $0
	i = 1
	n = length(line)
	while (i <= n) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (comment) {
			if (two == "*/") { comment = 0; i += 2 } else i++
			continue
		}
		if (two == "/*") { comment = 1; i += 2; continue }
		if (two == "//") break
		if (c == "\047") {
			i += (substr(line, i + 1, 1) == "\\") ? 4 : 3
			continue
		}
		if (c == "\"") {
			if (!open_text) { place = FILENAME ":" FNR; open_text = 1 }
			i++
			while (i <= n) {
				c = substr(line, i, 1)
				if (c == "\\") { text = text substr(line, i, 2); i += 2; continue }
				if (c == "\"") break
				text = text c
				i++
			}
			i++
			continue
		}
		if (c !~ /[ \t]/ && open_text && substr(line, i) !~ /^(PRI[a-zA-Z0-9]+)/)
			flush_text()
		i++
	}
}
END { flush_text() }' "$@"
