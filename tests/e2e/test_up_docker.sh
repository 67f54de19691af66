#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_docker.sh - a standing testbed in containers of docker
. tests/lib/hands_tests.sh
test_hands docker
