#!/bin/sh
# SPDX-License-Identifier: MIT
# test_fault_campaign.sh - some of the places at which a run may fail, made to fail once each; all of them: make fault-test
. tests/e2e/lib.sh
need jq

# A sanitizer has an allocator of its own.
! ldd "$satbed" | grep -q 'lib[a-z]*san' || skip "built with a sanitizer"
JOBS=2 tests/fault/campaign.sh "${SATBED_FAULT_SECONDS:-60}" "${SATBED_FAULT_SEED:-1}" || fail "see above"
