#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - make lint: layers, headers alone, format, static analysis, shell scripts, manuals
#
# Every check runs; the exit status is 1 when one complained.  A tool that is missing is named, and with
# SATBED_STRICT=1 it is a complaint too.
# shellcheck disable=SC2317 # checks are called by name
set -u
cd "$(dirname "$0")/../.." || exit 2
status=0

check() {
	name=$1
	shift
	if "$@"; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		status=1
	fi
}

# with TOOL NAME COMMAND...: the check, where the tool is there
with() {
	if command -v "$1" >/dev/null; then
		shift
		check "$@"
	else
		echo "no $1   $2 is not checked; on Debian or Ubuntu: .ci/packages lint"
		[ "${SATBED_STRICT:-0}" != 1 ] || status=1
	fi
}

c_files() {
	find src include tests \( -name '*.c' -o -name '*.h' \) | sort
}

shell_files() {
	find .ci tests docs/completion -type f | sort | while read -r file; do
		case $(head -n 1 "$file") in
		'#!/bin/sh'* | '# shellcheck shell='*) echo "$file" ;;
		esac
	done
}

# Of all libraries that the Makefile names
library_flags() {
	# shellcheck disable=SC2046 # words
	pkg-config --cflags $(sed -n 's/^\(AGENT_\)\{0,1\}PKGS := //p' Makefile)
}

headers_alone() {
	# shellcheck disable=SC2046 # words
	set -- $(library_flags)
	bad=0
	for header in $(find include src -name '*.h' | sort); do
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc "$@" -Wall -Wextra -Werror \
			-fsyntax-only -x c "$header" || bad=1
	done
	return "$bad"
}

formatted() {
	c_files | xargs clang-format --dry-run -Werror
}

# internalAstError is cppcheck failing to parse (a cast in a for loop); comparePointers takes the two symbols
# around a carried program for arrays of their own; zerodivcond does not see that units.c tests rest first.
cppchecked() {
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=internalAstError \
		--suppress=comparePointers:src/engine/native/native.c --suppress=comparePointers:src/engine/container/payload.c --suppress=comparePointers:src/kernel/recipe.c --suppress=comparePointers:src/guest/boot.c --suppress=zerodivcond:src/base/units.c \
		-Iinclude -Isrc -D_GNU_SOURCE src
}

# Checks and the reasons for those left out: .clang-tidy.  Some minutes on two processors.
tidied() {
	flags=$(library_flags)
	# shellcheck disable=SC2016 # for the inner shell
	find src -name '*.c' | sort | xargs -P "$(nproc)" -n 8 sh -c 'flags=$1; shift
		clang-tidy --quiet "$@" -- -std=gnu11 -D_GNU_SOURCE -DSB_VERSION=\"lint\" -Iinclude -Isrc $flags 2>/dev/null' tidied "$flags"
}

shellchecked() {
	# 1091: what a script sources is looked up beside it, or made while it runs; 2317: called from a trap.
	shell_files | xargs shellcheck -x -P SCRIPTDIR -e SC1091,SC2317
}

manuals() {
	# The generated table has several sentences in a line.
	! mandoc -T lint -W warning docs/man/*.[15] | grep -v 'new sentence, new line'
}

# What belongs to no commit: unfinished marks, blanks at line ends, addresses of the machine of whoever wrote it.
clean_text() {
	! git grep -nE '[[:blank:]]$|\b(TODO|FIXME|XXX)\b' -- '*.c' '*.h' '*.sh' '*.md' '*.ini' '*.[15]' .ci Makefile \
		':!tests/lint/run.sh' ':!tests/golden' ':!tests/fuzz/corpus'
}

# A file is read in one sitting.  queue.c is the hot path of one algorithm, schema.c one table.
short_files() {
	! find src -name '*.c' ! -path src/link/queue/queue.c ! -path src/scenario/schema.c -exec wc -l {} + |
		awk '$2 != "total" && $1 > 450 { print $2 ": " $1 " lines; split it along its subjects" }' | grep .
}

# Sentences that are English word by word only, and private words: what a user reads has neither.
plain_texts() {
	! tests/lint/strings.sh | grep -nE '\b(is|are) no [a-z]|there (is|are) no (such )?[a-z]+ "|\bof none\b|that no satbed|stands before|(is|was) had again|\b(sky|keeper|hush|ruling|minder|remnant)s?\b'
}

check "layers" tests/lint/layers.sh
check "texts in plain English" plain_texts
check "headers compile alone" headers_alone
check "no source above 450 lines" short_files
check "no unfinished marks, no trailing blanks" clean_text
with clang-format "format" formatted
with cppcheck "cppcheck" cppchecked
with clang-tidy "clang-tidy" tidied
with shellcheck "shellcheck" shellchecked
with mandoc "manuals" manuals
exit $status
