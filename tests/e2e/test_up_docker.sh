#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_docker.sh - a standing testbed in containers of docker
. tests/lib/testbed_tests.sh
test_standing_testbed docker
