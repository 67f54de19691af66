#!/bin/sh
# SPDX-License-Identifier: MIT
# test_fault_containers.sh - some of the calls that a run on Docker makes and another does not, HTTP above all, made to fail
# once each; all of them, and allocations: make fault-test FAULT_ENGINES=docker
. tests/e2e/lib.sh

# A sanitizer has an allocator of its own.
! ldd "$satbed" | grep -q 'lib[a-z]*san' || skip "built with a sanitizer"
FAULT_ONLY=' \(connect\|send\|sendto\|sendmsg\|recv\|recvmsg\|read\|write\|socket\|socketpair\|setsockopt\|getsockname\|fork\|clone\|pipe2\|epoll_ctl\|pthread_create\)@' \
	tests/fault/containers.sh docker "${SATBED_FAULT_SECONDS:-40}" "${SATBED_FAULT_SEED:-1}" || fail "see above"
