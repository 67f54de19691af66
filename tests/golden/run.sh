#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - the plan of every shipped scenario, byte for byte as expected; --rewrite accepts what is
#
# A long plan is kept as its first lines and a checksum of the whole.
set -u
cd "$(dirname "$0")/../.." || exit 1
satbed="${O:-build}/satbed"
head_lines=160
passed=0 failed=0 skipped=0
plan=$(mktemp) || exit 1
short=$(mktemp) || exit 1
trap 'rm -f "$plan" "$short"' EXIT

if [ ! -x "$satbed" ]; then
	echo "FAIL $satbed has not been built"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
for scenario in scenarios/*.ini; do
	golden="tests/golden/$(basename "$scenario" .ini).json"
	if ! "$satbed" check --json "$scenario" >"$plan"; then
		echo "FAIL $scenario: no plan"
		failed=$((failed + 1))
		continue
	fi
	lines=$(wc -l <"$plan")
	if [ "$lines" -gt "$head_lines" ]; then
		head -n "$head_lines" "$plan" >"$short"
		sum=$(sha256sum <"$plan")
		echo "... $lines lines, sha256 ${sum%% *}" >>"$short"
	else
		cp "$plan" "$short"
	fi
	if [ "${1:-}" = --rewrite ]; then
		cat "$short" >"$golden"
		echo "wrote $golden"
	elif diff -u "$golden" "$short"; then
		passed=$((passed + 1))
	else
		echo "FAIL $scenario: its plan is not as in $golden (make golden accepts it)"
		failed=$((failed + 1))
	fi
done
# An expectation without its scenario would never be compared.
for golden in tests/golden/*.json; do
	if [ ! -e "scenarios/$(basename "$golden" .json).ini" ]; then
		echo "FAIL $golden has no scenario"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
