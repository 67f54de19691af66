#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_user.sh - the virtual clock needs no right at all: no root, no user namespaces, no /dev/net/tun, and whose run it is
# makes no difference
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

program=$("$satbed" kernel list --json | jq -r --arg name "$kernel" 'map(select(.name | startswith($name)))[0].program')
if [ "$(id -u)" -ne 0 ]; then
	expect_status 0 virtual run "$leo" --duration 5s --out "$work/run"
	exit 0
fi
need setpriv unshare
# The build and root's kernels may lie where only root may look.
cp "$satbed" "$leo" "$work/"
mkdir -p "$work/home" "$work/data/satbed/kernels"
cp -r "${program%/*}" "$work/data/satbed/kernels/"
chmod 755 "$work"
chown -R 65534:65534 "$work/home" "$work/data" "$TMPDIR"

# Nobody, without capabilities, with an empty /dev/net.
nowhere() {
	# shellcheck disable=SC2016 # of the inner shell
	unshare -m sh -c '[ ! -d /dev/net ] || mount -t tmpfs -o mode=755 none /dev/net
		exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"' sh \
		env -C "$work/home" HOME="$work/home" XDG_DATA_HOME="$work/data" "$@"
}
nowhere sh -c '[ ! -c /dev/net/tun ]' || fail "there is a /dev/net/tun"
expect_status 0 nowhere "$work/satbed" run ../leo-lossy.ini --clock virtual --kernel "$kernel" --duration 5s --out run
expect_json "$work/home/run/run.json" '.verdict == "PASS" and .flows[0].bytes > 100000 and .manifest.clock.kind == "virtual"'
[ "$(stat -c %u "$work/home/run/client1.pcap")" -eq 65534 ] || fail "the capture is not the user's"
# It is root's run to the byte.
expect_status 0 virtual run "$leo" --duration 5s --out "$work/root"
same_runs "$work/root" "$work/home/run"
# Where user namespaces are forbidden: in one below which there may be none.
if nowhere unshare -Ur true 2>/dev/null; then
	# shellcheck disable=SC2016 # of the inner shell
	expect_status 0 nowhere unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && ! unshare -U true && exec "$@"' sh \
		"$work/satbed" run ../leo-lossy.ini --clock virtual --kernel "$kernel" --duration 5s --out none
	same_runs "$work/root" "$work/home/none"
fi
