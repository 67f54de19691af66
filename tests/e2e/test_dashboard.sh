#!/bin/sh
# SPDX-License-Identifier: MIT
# test_dashboard.sh - the live page of --serve in a real browser; its pictures stay in $O/tests/page
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh

# Where no other machine should look, none can; beyond that only with a token of one's own.
expect_status 2 "$satbed" run scenarios/leo-clean.ini --serve 0.0.0.0:8080
expect_text "$work/err" 'not a loopback address'
expect_text "$work/err" '--serve-token FILE'
expect_status 2 "$satbed" run scenarios/leo-clean.ini --serve nowhere.example:8080
expect_text "$work/err" 'expected for example 127.0.0.1:8080'
echo short >"$work/token"
expect_status 2 "$satbed" run scenarios/leo-clean.ini --serve 127.0.0.1:0 --serve-token "$work/token"
expect_text "$work/err" 'token of 16 to 128 characters'
expect_status 2 "$satbed" up scenarios/leo-clean.ini --serve 0.0.0.0:8080
expect_text "$work/err" 'not a loopback address'
expect_text "$work/err" '--serve-token FILE'
[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "an address that is wrong left something of a testbed"

need chromium chromedriver
mkdir -p "$O/tests/page" "$work/runs"
"$O/tests/e2e/dashboard_browser" "$O/tests/page" "$work/runs" || fail "dashboard_browser"
