#!/bin/sh
# SPDX-License-Identifier: MIT
# test_slirp_segments.sh - why the MTU of rootless Docker's tap must be the scenario's: slirp4netns sends segments as
# long as its own MTU allows, whatever the client's interface, route and SYN say (docs/decisions/0008)
#
# When this fails, libslirp has learned to read a SYN's options, and satbed need not refuse such a tap any more.
. tests/e2e/lib.sh
need bash slirp4netns busybox unshare nsenter ip
[ -w /dev/net/tun ] || skip "this user may not open /dev/net/tun"

# A way out that leads nowhere, a server on the "host's" loopback, and slirp4netns between that and a client.
cat >"$work/inside.sh" <<'END'
mtu=$1 work=$2
ip link set lo up
busybox httpd -f -p 127.0.0.1:8080 -h "$work/www" &
unshare -n sleep 600 &
client=$!
until [ "$(readlink /proc/$client/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
slirp4netns -c --mtu="$mtu" $client tap0 >"$work/slirp.log" 2>&1 &
in_client() { nsenter --target $client --net "$@"; }
until in_client ip -4 addr show dev tap0 2>/dev/null | grep -q inet; do sleep 0.05; done
in_client ip link set tap0 mtu 1500
in_client ip route replace 10.0.2.2 dev tap0 advmss 1000
in_client busybox wget -q -O "$work/got" http://10.0.2.2:8080/file
in_client sed -n 's/^ *tap0: *//p' /proc/net/dev | awk '{ print int($1 / $2) }' >"$work/mean"
kill $(jobs -p) 2>/dev/null
END
mkdir "$work/www"
head -c 3000000 /dev/zero >"$work/www/file"

# mean_frame MTU: bytes of a frame that reaches the client, on average
mean_frame() {
	timeout 100 unshare -rn --pid --fork --kill-child --mount-proc bash "$work/inside.sh" "$1" "$work" >"$work/out" 2>"$work/err" ||
		fail "MTU $1: $(cat "$work/out" "$work/err" "$work/slirp.log")"
	cmp -s "$work/www/file" "$work/got" || fail "MTU $1: not the file that was served"
	cat "$work/mean"
}

frame=$(mean_frame 65520)
[ "$frame" -gt 3000 ] || fail "slirp4netns --mtu=65520 kept to the client's MSS: $frame bytes a frame"
frame=$(mean_frame 1500)
[ "$frame" -le 1514 ] || fail "slirp4netns --mtu=1500: $frame bytes a frame"
