#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_podman.sh - a standing testbed in containers of podman
. tests/lib/testbed_tests.sh
test_standing_testbed podman
