#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_docker.sh - runs in containers of docker, as root
. tests/lib/engine_tests.sh
test_engine docker
