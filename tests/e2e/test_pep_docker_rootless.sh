#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pep_docker_rootless.sh - proxies as containers of rootless Docker
. tests/lib/pep_tests.sh
test_pep docker-rootless some
