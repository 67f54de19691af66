#!/bin/sh
# SPDX-License-Identifier: MIT
# test_up_user.sh - an ordinary user works by hand in a testbed; other users have no part in it
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh
need jq ping setpriv

write_scenario "$work/standing.ini"
[ "$(id -u)" -eq 0 ] || skip "needs root, to be several users"
# The build may lie where only root may look.
cp "$satbed" "$work/"
mkdir -m 700 "$work/home" "$work/theirs"
chmod 755 "$work"
chown -R 65534:65534 "$work/home" "$work/theirs" "$TMPDIR"
# as UID COMMAND...
as() {
	uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
		env HOME="$work/home" XDG_RUNTIME_DIR="$work/theirs" "$@"
}
as 65534 unshare -Urn true 2>/dev/null || skip "this kernel does not allow user namespaces to ordinary users"
# udev gives everybody access to /dev/net/tun; the user-space link has another way where it does not.
expect_status 0 as 65534 "$work/satbed" up "$work/standing.ini"
for step in 'ping -n -q -c 3 -i 0.2 198.18.1.1' 'ping -n -q -c 3 -i 0.2 fd5a:7bed:1::1'; do
	# shellcheck disable=SC2086 # words
	expect_status 0 as 65534 "$work/satbed" exec client1 -- $step
	least=$(sed -n 's|^rtt [^=]*= \([0-9]*\)\..*|\1|p' "$work/out")
	if [ "$least" -lt 50 ] || [ "$least" -gt 60 ]; then fail "round trip of $least ms, not 50: $(cat "$work/out")"; fi
done
# Rights over the node's network only, and none of them over this machine.
expect_status 0 as 65534 "$work/satbed" exec client1 -- sh -c 'cat /proc/self/status'
expect_text "$work/out" "CapEff:	0000000000003000"
expect_status 1 as 65534 "$work/satbed" exec client1 -- touch /etc/satbed-was-here
expect_status 0 as 65534 "$work/satbed" link client1.down delay=80ms
expect_status 0 as 65534 "$work/satbed" exec client1 -- ping -n -q -c 3 -i 0.2 198.18.1.1
least=$(sed -n 's|^rtt [^=]*= \([0-9]*\)\..*|\1|p' "$work/out")
if [ "$least" -lt 100 ] || [ "$least" -gt 110 ]; then fail "round trip of $least ms, not 100: $(cat "$work/out")"; fi
# Neither root nor somebody else sees it as a testbed of theirs.
expect_status 0 "$satbed" ps
expect_text "$work/out" "no testbed is up"
expect_status 2 as 65533 "$work/satbed" exec client1 -- true
expect_status 0 as 65534 "$work/satbed" down
[ -z "$(ls -A "$work/theirs")" ] || fail "left: $(ls -AR "$work/theirs")"
# A directory that others may enter is none for sockets.
mkdir -m 755 "$work/theirs/satbed"
chown 65534:65534 "$work/theirs/satbed"
expect_status 3 as 65534 "$work/satbed" up "$work/standing.ini"
expect_text "$work/err" "so satbed does not; run: chmod 700"
