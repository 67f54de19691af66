#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pep_docker.sh - proxies as containers of Docker, as root
. tests/lib/pep_tests.sh
test_pep docker
