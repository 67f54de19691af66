#!/bin/sh
# SPDX-License-Identifier: MIT
# virtual.sh - run a command in a guest whose clock is the virtual one: what it measures is exact
#
#   tests/lib/virtual.sh COMMAND...
#
# As uml.sh does, with the kernel that satbed builds (once: it is kept in the user's data directory;
# SATBED_TEST_KERNEL names another one).  What never waits never ends there: a link without a rate, a loop
# that looks at the clock.  Exit status: COMMAND's; 77 where no kernel can be built.
set -u

O=${O:-build}
kernel=${SATBED_TEST_KERNEL:-}
if [ -z "$kernel" ]; then
	built=$("$O/satbed" kernel build --json) || {
		echo "virtual.sh: no kernel can be built here"
		exit 77
	}
	kernel=$(printf '%s\n' "$built" | jq -r .program)
fi
exec "${0%/*}/uml.sh" -k "$kernel" -t 600 -- "$@"
