#!/bin/sh
# SPDX-License-Identifier: MIT
# transcripts.sh - run every command shown in the documents again and put its output there: `make transcripts`
#
#   docs/transcripts.sh [--check] [FILE...]
#
# A transcript is a fenced block behind a comment with the command that makes it, as a shell runs it in the
# checkout with build/ in PATH:
#
#   <!-- transcript: satbed list scenarios | head -n 5 -->
#   ```console
#   $ satbed list
#   ...
#   ```
#
# The line that begins with "$ " is what the reader sees; everything below it up to the end of the block is
# replaced.  --check: run nothing, only say which blocks have no output (exit status 1).
set -u
cd "$(dirname "$0")/.." || exit 2
PATH=$PWD/${O:-build}:$PATH
export PATH
check=
[ "${1:-}" != --check ] || {
	check=1
	shift
}
[ $# -gt 0 ] || set -- README.md docs/guide.md docs/programs.md docs/quickstart.zh-CN.md
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export TRANSCRIPT_DIR="$work/files"
mkdir "$work/files"

status=0
for file; do
	number=0 wanted='' inside=''
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		case $line in
		'<!-- transcript: '*' -->')
			wanted=${line#<!-- transcript: }
			wanted=${wanted% -->}
			printf '%s\n' "$line"
			continue
			;;
		'```'*)
			if [ -n "$inside" ]; then
				inside=''
			elif [ -n "$wanted" ]; then
				inside=$wanted wanted=''
				printf '%s\n' "$line"
				IFS= read -r line && number=$((number + 1))
				printf '%s\n' "$line"
				if [ -z "$check" ]; then
					echo "$file:$number: $inside" >&2
					sh -c "$inside" >"$work/out" 2>&1 </dev/null ||
						echo "$file:$number: exit status $?" >&2
					# A document has no blanks at the ends of its lines.
					sed 's/[[:blank:]]*$//' "$work/out"
				else
					IFS= read -r line && number=$((number + 1))
					case $line in
					'```'*)
						echo "$file:$number: no output yet; run: make transcripts" >&2
						status=1
						inside=''
						;;
					esac
					printf '%s\n' "$line"
				fi
				continue
			fi
			;;
		esac
		[ -n "$inside" ] && [ -z "$check" ] || printf '%s\n' "$line"
	done <"$file" >"$work/new"
	[ -n "$check" ] || cat "$work/new" >"$file"
done
exit $status
