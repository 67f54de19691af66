#!/bin/sh
# SPDX-License-Identifier: MIT
# make.sh - make the captures in this folder anew: captures/samples/make.sh, after make
#
# Most are of a shipped scenario, shortened and slowed down until a capture is small.  Their packets come out
# otherwise each time; tests ask of them only what always holds.
set -eu
cd "$(dirname "$0")/../.."
satbed=${O:-build}/satbed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# A call over UDP: 50 datagrams of 160 bytes a second each way, what G.711 with 20 ms makes of a voice.
cat >"$work/call.ini" <<END
[scenario]
name = call
[link]
delay = 25ms
jitter = 3ms
loss = gemodel 3% burst 3
[flow.voice]
kind = stream
direction = both
rate = 64kbit
packet = 160B
END

# sample NAME FILE OPTION...: run that scenario; its captures go to NAME-client.pcap and NAME-server.pcap
sample() {
	name=$1 scenario=$2
	shift 2
	rm -rf "$work/run"
	# What so short a run measured is not the question.
	"$satbed" run "$scenario" --quiet --out "$work/run" --set testbed.capture_snaplen=128B \
		--seed 7 "$@" >"$work/out" || [ $? -eq 1 ]
	jq -r --arg name "$name" '.flows[] | "\($name) \(.name): \(.retransmits.pcap // "-") retransmits in the capture, \(.retransmits.tcp_info // "-") by the kernel"' \
		"$work/run/run.json"
	cp "$work/run/client1.pcap" "captures/samples/$name-client.pcap"
	cp "$work/run/server-client1.pcap" "captures/samples/$name-server.pcap"
	[ ! -f "$work/run/other-leg-client1.pcap" ] ||
		cp "$work/run/other-leg-client1.pcap" "captures/samples/$name-other-leg.pcap"
}

slow="--set link.up.rate=500kbit --set link.down.rate=1500kbit"
# shellcheck disable=SC2086 # words
{
	sample clean scenarios/leo-clean.ini --duration 3s $slow --set link.down.queue=1s
	sample lossy scenarios/leo-lossy.ini --duration 5s $slow
	sample handover scenarios/leo-handover-hard.ini --duration 5s $slow --set event.handover.every=3s --set event.handover.phase=1s
	sample slirp scenarios/leo-slirp.ini --duration 3s $slow
	sample ipv6 scenarios/leo-lossy.ini --duration 3s $slow --set testbed.ip=6
	sample udp "$work/call.ini" --duration 3s --set testbed.probes=off
}
ls -l captures/samples
