#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_podman_rootless.sh - runs in containers of podman, as an ordinary user
. tests/lib/engine_tests.sh
test_engine podman-rootless
