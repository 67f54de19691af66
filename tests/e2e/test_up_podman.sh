#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_podman.sh - a standing testbed in containers of podman
. tests/lib/hands_tests.sh
test_hands podman
