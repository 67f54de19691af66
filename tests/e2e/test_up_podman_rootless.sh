#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_podman_rootless.sh - a standing testbed in containers of podman-rootless
. tests/lib/testbed_tests.sh
test_standing_testbed podman-rootless
