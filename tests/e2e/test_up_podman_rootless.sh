#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_podman_rootless.sh - a standing testbed in containers of podman-rootless
. tests/lib/hands_tests.sh
test_hands podman-rootless
