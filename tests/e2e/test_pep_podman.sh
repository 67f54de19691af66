#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pep_podman.sh - proxies as containers of Podman, as root
. tests/lib/pep_tests.sh
test_pep podman some
