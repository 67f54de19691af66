#!/bin/sh
# SPDX-License-Identifier: MIT
# test_fault_containers.sh - some of the places at which a run on Docker may fail and another not, its HTTP calls above all,
# made to fail once each; all of them: make fault-test FAULT_ENGINES=docker
. tests/e2e/lib.sh

# A sanitizer has an allocator of its own.
! ldd "$satbed" | grep -q 'lib[a-z]*san' || skip "built with a sanitizer"
tests/fault/containers.sh docker "${SATBED_FAULT_SECONDS:-40}" "${SATBED_FAULT_SEED:-1}" || fail "see above"
