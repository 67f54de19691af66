#!/bin/sh
# SPDX-License-Identifier: MIT
# test_slirp.sh - the path through slirp4netns: two TCP connections, and the cap that goes with one of them
. tests/e2e/lib.sh
path=slirp relay=slirp4netns
. tests/e2e/split_lib.sh

# libslirp's TCP is on the satellite leg: it answers with MSS and nothing else.
run_split inside
for dir in up down; do
	expect_json "$json" "$(leg $dir satellite) | .syn | .window_scale >= 0 and .sack and .timestamps"
	expect_json "$json" "$(leg $dir satellite) | .syn_ack == {mss: 1360, window_scale: null, sack: false, timestamps: false, ecn: false}"
done
expect_kernel_options other
# A relay would answer for the server.
expect_json "$json" '.host_baseline.links[0] | .rtt_ms == null and (.rtt_unknown | test("split"))'
other=$(tshark -n -r "$out/client1.pcap" -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 1 && (tcp.options.wscale ||
	tcp.options.sack_perm || tcp.options.timestamp.tsval)' 2>/dev/null | wc -l)
[ "$other" -eq 0 ] || fail "tshark sees other options in $other SYN-ACKs"
# So there is no more than 65535 bytes a round trip, and without loss not much less once slow start is over.
bulk "(.window_cap_bps / $cap - 1 | fabs) < 0.01"
bulk ".goodput_bps <= 1.02 * $cap and .goodput_bps >= 0.4 * $cap"
expect_text "$work/out" "no window scale on the satellite leg: 65535 B a round trip allow 2.18 Mbit/s, measured"
# The sender on that leg is the client's socket one way, slirp4netns's the other.
up '.tcp_info_on_satellite_leg and .retransmits.tcp_info == .retransmits.pcap'
down '(.tcp_info_on_satellite_leg | not) and .retransmits.tcp_info == null'
expect_text "$work/out" "slirp4netns sends on the satellite leg: no TCP_INFO on this leg"

# Outside, the kernel's TCP is on it, and no cap.
run_split outside --set link.rate=10mbit --set link.queue=2.0bdp
expect_kernel_options satellite
expect_json "$json" "$(leg up other) | .syn_ack.window_scale == null and (.syn_ack.sack | not)"
bulk '.window_cap_bps == null'
bulk ".goodput_bps > 1.5 * $cap"
up '.retransmits.tcp_info == null'
down '.retransmits | .tcp_info >= 0 and .tcp_info == .pcap'

expect_pings
expect_nothing_left_after_kill

# The kernel's netem on the tap, in a guest that has it.
if [ "${SATBED_GUEST:-1}" = 1 ] && command -v linux.uml >/dev/null; then
	tests/lib/uml.sh -- "$satbed" run "$split" --duration 5s --backend netem --plain --out "$work/guest" \
		>"$work/out" 2>"$work/err"
	status=$?
	[ $status -le 1 ] || fail "status $status in the guest: $(cat "$work/out" "$work/err")"
	json=$work/guest/run.json
	expect_json "$json" '.link_backend == "netem" and .path == "slirp"'
	expect_json "$json" '.links[0] | [.up, .down] | all(.measured.delay_ms.p50 - 120 | fabs < 10)'
	expect_json "$json" '.links[0] | [.up, .down] | all(.measured.lost.link == 0 and .shaper.sent > 50)'
	expect_json "$json" "$(leg up satellite) | .syn_ack.window_scale == null and .syn_ack.mss == 1360"
	bulk ".bytes > 10000 and .goodput_bps <= 1.02 * $cap"
fi

# What is missing is named: the device, to somebody who may not open it, and the program.
[ "$(id -u)" -eq 0 ] || exit 0
need setpriv
cp "$satbed" "$work/"
chmod 755 "$work"
mkdir "$work/home"
chown 65534:65534 "$work/home"
# shellcheck disable=SC2016 # of the inner shell
expect_status 3 unshare -m sh -c 'mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200 &&
	cd "$0/home" && exec setpriv --reuid 65534 --regid 65534 --clear-groups ../satbed run ../split.ini' "$work"
expect_text "$work/err" "slirp4netns needs /dev/net/tun, which this user may not open"
program=$(command -v slirp4netns)
# shellcheck disable=SC2016 # of the inner shell
expect_status 3 unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$program" \
	"$satbed" run "$split" --out "$work/without"
expect_text "$work/err" "path = slirp needs slirp4netns, which is not installed; try: sudo apt-get install slirp4netns"
[ ! -e "$work/without" ] || fail "a run that never was has left a directory"
