#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_dashboard.sh - the live page of runs on the virtual clock, whose values come out of the guest
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need chromium chromedriver
need_kernel

mkdir -p "$O/tests/page" "$work/runs"
"$O/tests/e2e/dashboard_browser" "$O/tests/page" "$work/runs" "$kernel" || fail "dashboard_browser"
