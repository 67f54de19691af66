#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - fuzz every tests/fuzz/fuzz_*.c for FUZZ_TIME seconds: `make fuzz`
#
#   O=build/fuzz FUZZ_TIME=60 PKGS="..." tests/fuzz/run.sh [TARGET...]
#
# Starts from tests/fuzz/corpus/TARGET; new inputs go to $O/corpus/TARGET, findings to $O/crash-TARGET-*.
# To keep a finding as a test, copy it to tests/fuzz/corpus/TARGET.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build/fuzz}
FUZZ_TIME=${FUZZ_TIME:-60}
PKGS=${PKGS:-$(sed -n 's/^PKGS := //p' Makefile)}
AGENT_PKGS=${AGENT_PKGS:-$(sed -n 's/^AGENT_PKGS := //p' Makefile)}
CLANG=${CLANG:-clang}
PKG_CONFIG=${PKG_CONFIG:-pkg-config}

if ! command -v "$CLANG" >/dev/null; then
	echo "fuzzing needs clang" >&2
	exit 77
fi
# The library with coverage for the fuzzer; the targets add its main().  What this compiler warns of is no finding.
"${MAKE:-make}" --no-print-directory CC="$CLANG" O="$O" WERROR= SAN=fuzzer-no-link,address,undefined \
	CFLAGS='-O1 -gline-tables-only' "$O/libsatbed.a" "$O/libagent.a" || exit 1
passed=0 failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	case " ${*:-$name} " in
	*" $name "*) ;;
	*) continue ;;
	esac
	mkdir -p "$O/corpus/$name"
	# shellcheck disable=SC2046,SC2086 # lists of words
	"$CLANG" -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc -O1 -gline-tables-only -ffp-contract=off \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		$("$PKG_CONFIG" --cflags $PKGS) -o "$O/fuzz_$name" "$source" "$O/libagent.a" "$O/libsatbed.a" \
		$("$PKG_CONFIG" --libs $PKGS $AGENT_PKGS) -lm -pthread || exit 1
	options=
	[ ! -f "tests/fuzz/$name.dict" ] || options="-dict=tests/fuzz/$name.dict"
	# shellcheck disable=SC2086 # no option at all, or one
	if "$O/fuzz_$name" -max_total_time="$FUZZ_TIME" -timeout=10 -max_len=65536 \
		-print_final_stats=1 -artifact_prefix="$O/crash-$name-" $options \
		"$O/corpus/$name" "tests/fuzz/corpus/$name" 2>"$O/fuzz_$name.log"; then
		passed=$((passed + 1))
		echo "ok   $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$O/fuzz_$name.log") inputs"
	else
		failed=$((failed + 1))
		tail -n 40 "$O/fuzz_$name.log"
		echo "FAIL $name: see $O/fuzz_$name.log"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
