#!/bin/sh
# SPDX-License-Identifier: MIT
# test_user.sh - an ordinary user without any right runs a scenario; so does root
. tests/e2e/lib.sh
need jq setpriv

if [ "$(id -u)" -ne 0 ]; then
	expect_status 0 "$satbed" run "$leo" --duration 2s --out "$work/run"
	exit 0
fi
# The build may lie where only root may look.
cp "$satbed" "$leo" "$work/"
mkdir "$work/home"
chmod 755 "$work"
chown -R 65534:65534 "$work/home" "$TMPDIR"
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
		env HOME="$work/home" "$@"
}
as_nobody unshare -Urn true 2>/dev/null || skip "this kernel does not allow user namespaces to ordinary users"

# udev gives everybody access to /dev/net/tun; where there is no udev, this test's mount namespace does the same.
if ! as_nobody sh -c ': <>/dev/net/tun' 2>/dev/null && [ "${SATBED_TEST_TUN:-}" != made ]; then
	[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
	cleanup
	unset TMPDIR
	# shellcheck disable=SC2016 # of the inner shell
	exec unshare -m sh -c 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 &&
		SATBED_TEST_TUN=made exec "$0"' "$0"
fi
(cd "$work/home" && expect_status 0 as_nobody "$work/satbed" run ../leo-lossy.ini --duration 2s --out run) || exit 1
expect_json "$work/home/run/run.json" '.flows[0].bytes > 10000 and .flows[0].error == null'
expect_json "$work/home/run/run.json" '.captures | all(.dropped == 0 and .written > 0)'
[ "$(stat -c %u "$work/home/run/run.json")" -eq 65534 ] || fail "run.json is not the user's"
expect_status 0 "$satbed" run "$leo" --duration 2s --out "$work/root"
expect_json "$work/root/run.json" '.flows[0].bytes > 10000'
# Where user namespaces are forbidden root does without: root of one that may have none below it shows it.
# shellcheck disable=SC2016 # of the inner shell
expect_status 0 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
	"$satbed" run "$leo" --duration 2s --out "$work/plain"
expect_json "$work/plain/run.json" '.manifest.engine.user_namespaces == false and .flows[0].bytes > 10000'
