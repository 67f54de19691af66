#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pep_podman_rootless.sh - proxies as containers of rootless Podman
. tests/lib/pep_tests.sh
test_pep podman-rootless some
