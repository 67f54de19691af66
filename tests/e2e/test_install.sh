#!/bin/sh
# SPDX-License-Identifier: MIT
# test_install.sh - install, use, uninstall: the installed copy needs nothing of the source tree, none of it stays
. tests/e2e/lib.sh

root=$work/root
install_make() {
	make -s --no-print-directory O="$O" DESTDIR="$root" PREFIX=/usr "$@" >"$work/out" 2>&1 || fail "make $*: $(cat "$work/out")"
}

install_make install
for file in bin/satbed share/man/man1/satbed.1 share/man/man5/satbed-scenario.5 share/satbed/scenarios/leo-lossy.ini \
	share/bash-completion/completions/satbed; do
	[ -s "$root/usr/$file" ] || fail "not installed: $file"
done
(cd / && expect_done "$root/usr/bin/satbed" run "$root/usr/share/satbed/scenarios/leo-lossy.ini" --duration 1s \
	--out "$work/run") || exit 1
[ -s "$work/run/run.json" ] || fail "the installed program has not run"
install_make uninstall
left=$(find "$root" ! -type d)
[ -z "$left" ] || fail "left after uninstall: $left"
