#!/bin/sh
# SPDX-License-Identifier: MIT
# transcripts.sh - run every command shown in the documents again and put its output there: `make transcripts`
#
#   docs/transcripts.sh [--check] [--only WORD] [FILE...]
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
# replaced.  Where a command ends with status 77 it cannot run on this machine: its last line says why, and the block
# stays as it is.  --check: run nothing, only say which blocks have no output (exit status 1).  --only: only the blocks
# whose command has WORD in it.
set -u
cd "$(dirname "$0")/.." || exit 2
PATH=$PWD/${O:-build}:$PATH
export PATH
check='' only=''
while :; do
	case ${1:-} in
	--check) check=1 ;;
	--only)
		only=${2:?--only takes a word}
		shift
		;;
	*) break ;;
	esac
	shift
done
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
					case $inside in
					*"$only"*) ;;
					*)
						inside=''
						continue
						;;
					esac
					echo "$file:$number: $inside" >&2
					sh -c "$inside" >"$work/out" 2>&1 </dev/null
					ended=$?
					if [ $ended -eq 77 ]; then
						echo "$file:$number: left as it is: $(tail -n 1 "$work/out")" >&2
						inside=''
						continue
					fi
					[ $ended -eq 0 ] || echo "$file:$number: exit status $ended" >&2
					# A document has no blanks at the ends of its lines, nor the carriage returns of ssh.
					sed 's/[[:space:]]*$//' "$work/out"
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
