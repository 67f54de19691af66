#!/bin/sh
# SPDX-License-Identifier: MIT
# test_live.sh - a run on a terminal: its screen, metrics, and the terminal given back however it ends
. tests/e2e/lib.sh

expect_status 2 "$satbed" run scenarios/leo-clean.ini --metrics 0.0.0.0:9464
expect_text "$work/err" 'not a loopback address'
"$O/tests/e2e/live_terminal" || fail "live_terminal"
