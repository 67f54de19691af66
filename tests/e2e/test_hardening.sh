#!/bin/sh
# SPDX-License-Identifier: MIT
# test_hardening.sh - every program is built so that an overrun ends it: PIE, RELRO, stack protector, _FORTIFY_SOURCE
. tests/e2e/lib.sh
need readelf

if readelf -sW "$satbed" | grep -q __asan_init; then
	echo "built with a sanitizer: that has checks of its own"
	exit 0
fi

# every NAME FILE: what holds for each
every() {
	readelf -hW "$2" | grep -q 'Type: *DYN' || fail "$1 is not position-independent"
	readelf -lW "$2" | grep -q GNU_RELRO || fail "$1 has no RELRO segment"
	readelf -lW "$2" | grep GNU_STACK | grep -q ' RW ' || fail "$1 has an executable stack"
}
every satbed "$satbed"
every satbed-agent "$O/satbed-agent"
every satbed-emulator "$O/satbed-emulator"
every satbed-preload.so "$O/satbed-preload.so"
for program in satbed satbed-emulator satbed-preload.so; do
	readelf -dW "$O/$program" | grep -qE 'BIND_NOW|FLAGS.* NOW' || fail "$program binds symbols late: its GOT stays writable"
done
# What the compiler calls where a stack or a buffer was overrun.
for program in satbed satbed-emulator; do
	readelf --dyn-syms -W "$O/$program" | grep -q '__stack_chk_fail' || fail "$program has no stack protector"
	readelf --dyn-syms -W "$O/$program" | grep -qE '__(memcpy|snprintf|vsnprintf|read)_chk' || fail "$program has no _FORTIFY_SOURCE"
done
for name in __stack_chk_fail __snprintf_chk; do
	readelf -sW "$O/satbed-agent" | grep -q "$name" || fail "satbed-agent has no $name"
done
readelf -dW "$O/satbed-agent" | grep -q NEEDED && fail "satbed-agent is not static"
echo "PIE, RELRO, no executable stack, stack protector, _FORTIFY_SOURCE"
