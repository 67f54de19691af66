#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - run the scenario: a summary for the job's page, JUnit and all results for the artifact, the verdict as output
#
# SATBED_SCENARIO, SATBED_CLOCK, SATBED_OUT; SATBED_EXPECT and SATBED_SET: one a line.
set -u

options=()
while IFS= read -r line; do
	[ -z "$line" ] || options+=(--expect "$line")
done <<<"${SATBED_EXPECT:-}"
while IFS= read -r line; do
	[ -z "$line" ] || options+=(--set "$line")
done <<<"${SATBED_SET:-}"

satbed run "$SATBED_SCENARIO" --clock "${SATBED_CLOCK:-virtual}" --plain --out "$SATBED_OUT" --summary "$GITHUB_STEP_SUMMARY" \
	--junit junit-satbed.xml "${options[@]}"
status=$?
if [ -e "$SATBED_OUT/run.json" ]; then
	mv junit-satbed.xml "$SATBED_OUT/junit.xml"
	echo "verdict=$(sed -n 's/^	"verdict":	"\([A-Z]*\)",$/\1/p' "$SATBED_OUT/run.json" | head -n 1)" >>"$GITHUB_OUTPUT"
fi
[ "$status" -eq 0 ] || echo "::error file=$SATBED_SCENARIO::satbed: exit status $status; the reasons are in the job's summary"
exit "$status"
