#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_docker_rootless.sh - a standing testbed in containers of docker-rootless
. tests/lib/hands_tests.sh
test_hands docker-rootless
