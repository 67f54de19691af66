#!/bin/sh
# SPDX-License-Identifier: MIT
# test_page.sh - the page of a run in a real browser; its pictures stay in $O/tests/page
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need chromium chromedriver gnuplot
need_kernel

mkdir -p "$O/tests/page"
"$O/tests/e2e/page_browser" "$O/tests/page" || fail "page_browser"

# A comparison: its arms over each other, and what is said of them.
expect_status 0 virtual compare scenarios/leo-lossy.ini --arm native:bridge --arm native:bridge,flow.bulk.cc=reno \
	--arm native:slirp:inside -n 2 --jobs 2 --duration 2s --expect 'goodput.bulk >= 1kbit' --plain --out "$work/compare"
expect_status 0 virtual sweep scenarios/leo-lossy.ini --vary flow.bulk.cc=cubic,bbr --vary 'link.down.loss=none|random 5%' --seeds 1..3 --duration 2s \
	--out "$work/sweep" --quiet
"$O/tests/e2e/page_sweep" "$work/sweep" "$O/tests/page" || fail "page_sweep"
"$O/tests/e2e/page_comparison" "$work/compare" "$O/tests/page" || fail "page_comparison"

expect_status 2 "$satbed" report
expect_text "$work/err" 'needs a run'
expect_status 2 "$satbed" report "$work"
expect_text "$work/err" 'run.json'

# Figures for papers: gnuplot makes PDFs of its scripts.
expect_status 0 virtual run scenarios/leo-lossy.ini --backend user --duration 2s --quiet --out "$work/run"
expect_status 0 "$satbed" report "$work/run" -o "$work/page.html" --svg "$work/svg" --gnuplot "$work/gnuplot"
[ -s "$work/page.html" ] || fail "no page"
for name in goodput delay cwnd sequence; do
	grep -q '</svg>' "$work/svg/$name.svg" || fail "no $name.svg"
	(cd "$work/gnuplot" && gnuplot "$name.gp") || fail "gnuplot $name.gp"
	head -c 4 "$work/gnuplot/$name.pdf" | grep -q '%PDF' || fail "no $name.pdf"
done
