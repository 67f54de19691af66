#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_docker_rootless.sh - a standing testbed in containers of docker-rootless
. tests/lib/testbed_tests.sh
test_standing_testbed docker-rootless
