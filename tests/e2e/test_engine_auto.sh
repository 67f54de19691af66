#!/bin/sh
# SPDX-License-Identifier: MIT
# test_engine_auto.sh - engine auto: the first on which this testbed comes up, and it says which and why
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq

auto() {
	expect_done daemon_do docker "$satbed" run "$leo" --duration 2s --engine auto --plain --out "$daemons/docker/home/$1"
	engine=$(jq -r .manifest.engine.kind "$daemons/docker/home/$1/run.json")
}

daemon_start docker
# A daemon without the image, and nowhere to pull it from, is of no use: said, with what the daemon said.
auto without
[ "$engine" = native ] || fail "engine $engine without an image"
expect_text "$work/err" 'engine auto takes docker'
expect_text "$work/err" 'not on engine docker'
expect_text "$work/err" 'engine auto takes native'

daemon_image docker
auto with
[ "$engine" = docker ] || fail "engine $engine with the image"
expect_text "$work/err" 'engine auto takes docker, the first that works of docker-rootless'
