#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_podman.sh - runs in containers of podman, as root
. tests/lib/engine_tests.sh
test_engine podman
