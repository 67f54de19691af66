#!/bin/sh
# SPDX-License-Identifier: MIT
# test_expect.sh - expectations on the command line, their exit status, and JUnit XML
. tests/e2e/lib.sh
need jq

calm=$work/calm.ini
cat >"$calm" <<-END
	[scenario]
	name = calm
	duration = 1s
	[link]
	delay = 20ms
	rate = 5mbit
	[flow.bulk]
	kind = bulk
END

# What holds holds in run.json and in the file for CI; whether the machine was calm is another matter.
expect_status 0 "$satbed" run "$calm" --quiet --out "$work/held" --junit "$work/held.xml" \
	--expect 'goodput.bulk >= 10kbit' -x 'goodput.bulk<=20mbit' --expect '/flows/bulk/rtt_ms/p50 >= 39.5' \
	--expect '/links/client1/down/measured/delay_ms/p50>= 19' --expect '/interrupted = 0'
json=$work/held/run.json
# Of one value the last limit counts.
expect_json "$json" '.expects | map([.what, .text, .met]) | sort == [
	["/flows/bulk/rtt_ms/p50", ">= 39.5", true], ["/interrupted", "= 0", true],
	["/links/client1/down/measured/delay_ms/p50", ">= 19", true], ["goodput.bulk", "<=20mbit", true]]'
expect_json "$json" '.expects_met and [.flows[0].rtt_ms.p50] == [.expects[] | select(.what | startswith("/flows")) | .value]'
[ "$(grep -c '<testcase' "$work/held.xml")" -eq 8 ] || fail "JUnit: $(cat "$work/held.xml")"
expect_text "$work/held.xml" 'name="expected goodput.bulk &lt;=20mbit"'
expect_text "$work/held.xml" '<testsuite name="calm" tests="8"'

# What does not hold, or is not there, is exit status 1, whatever the machine did.
expect_status 1 "$satbed" run "$calm" --quiet --out "$work/failed" --junit "$work/failed.xml" \
	--expect 'goodput.bulk >= 50mbit' --expect '/flows/bulk/nothing < 1'
expect_text "$work/out" "expected goodput.bulk >= 50mbit: "
expect_text "$work/out" "expected /flows/bulk/nothing < 1: not measured, FAILED"
expect_json "$work/failed/run.json" '.expects_met | not'
[ "$(grep -c '<failure' "$work/failed.xml")" -ge 2 ] || fail "JUnit: $(cat "$work/failed.xml")"
expect_text "$work/failed.xml" '<failure message="not measured"'

# Mistakes are told before anything runs.
for wrong in 'goodput.bluk >= 1mbit' 'goodput.bulk 1mbit' 'goodput.bulk >= 5' 'goodput.bulk' '/timings/up_ms <= 5ms' \
	'fidelity = perfect'; do
	expect_status 2 "$satbed" run "$calm" --out "$work/no" --expect "$wrong"
	[ ! -e "$work/no" ] || fail "ran in spite of: $wrong"
done

# A comparison holds them against the median of each arm.
expect_status 1 "$satbed" compare "$calm" --arm native --arm native,link.queue=20packets -n 1 --retries 0 --plain \
	--out "$work/compared" --junit "$work/compared.xml" --expect 'goodput.bulk >= 50mbit'
expect_text "$work/compared.xml" '<testsuite name="calm native" tests="2"'
expect_text "$work/compared.xml" '<testsuite name="calm native,link.queue=20packets" tests="2"'
expect_json "$work/compared/compare.json" '.expects | map([.arm, .met]) == [["native", false], ["native,link.queue=20packets", false]]'
