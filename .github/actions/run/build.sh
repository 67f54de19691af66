#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh - a satbed for the steps to come, and a kernel for the virtual clock
#
# SATBED: one that is built already, or empty; SATBED_CLOCK: virtual or real.  GITHUB_PATH and GITHUB_ACTION_PATH are the runner's.
set -eu

satbed=${SATBED:-}
if [ -z "$satbed" ]; then
	make -C "$GITHUB_ACTION_PATH/../../.."
	satbed=$GITHUB_ACTION_PATH/../../../build/satbed
fi
satbed=$(readlink -f "$satbed")
"$satbed" --version
dirname "$satbed" >>"$GITHUB_PATH"
[ "${SATBED_CLOCK:-virtual}" != virtual ] || "$satbed" kernel build
