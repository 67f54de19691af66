#!/bin/sh
# SPDX-License-Identifier: MIT
# test_fuzz.sh - every input surface fuzzed for a little while: 60 s in all (make fuzz does it for longer)
. tests/e2e/lib.sh
need clang make
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' >"$work/try.c"
clang -fsanitize=fuzzer,address -o "$work/try" "$work/try.c" 2>"$work/err" ||
	skip "clang has no fuzzer here; on Debian: apt-get install libclang-rt-dev"

targets=$(find tests/fuzz -name "fuzz_*.c" | wc -l)
# New inputs and findings go to a directory of its own, so that a run does not depend on those before.
make --no-print-directory fuzz O="$O" FUZZ_TIME=$(((60 + targets - 1) / targets)) >"$work/out" 2>&1 || {
	tail -n 60 "$work/out"
	fail "a finding: see $O/fuzz"
}
[ "$(grep -c '^ok ' "$work/out")" -eq "$targets" ] || fail "not every target ran: $(grep -v '^  ' "$work/out")"
grep '^ok ' "$work/out"
