#!/bin/sh
# SPDX-License-Identifier: MIT
# test_analyze.sh - satbed analyze on captures of satbed, tcpdump and dumpcap: what the kernel counted is found
. tests/e2e/lib.sh
need jq tcpdump dumpcap unshare busybox ip

samples=captures/samples
# of FILE FILTER: a part of what satbed says of it
of() {
	"$satbed" analyze --json "$1" >"$work/json" || fail "analyze $1"
	jq -c "$2" "$work/json" || fail "not JSON: $1"
}

# The samples, with what the sending kernel counted when they were made.
tcp='[.flows[] | select(.proto == "tcp")][0].to_client.retransmits'
for sample in clean:1 lossy:31 handover:32 ipv6:23; do
	name=${sample%:*} kernel=${sample#*:}
	found=$(of "$samples/$name-server.pcap" "$tcp")
	[ "$found" = "$kernel" ] || fail "$name: $found retransmits, the kernel had $kernel"
done
# After the link, those that were lost on it are known by what fills their holes.
[ "$(of $samples/lossy-client.pcap "$tcp")" = 31 ] || fail "retransmits at the receiver"
expect_status 0 "$satbed" analyze $samples/lossy-client.pcap $samples/lossy-server.pcap
grep -q '591 sent, 31 lost' "$work/out" || fail "loss between both ends"
expect_status 0 "$satbed" analyze $samples/slirp-client.pcap $samples/slirp-other-leg.pcap
grep -q 'no packets in common' "$work/out" || fail "a split path"
grep -q 'SYN-ACK mss 1460, no window scale' "$work/out" || fail "what the relay answers"

# Cut off, damaged, nothing, and no capture at all.
head -c 50000 $samples/lossy-server.pcap >"$work/cut.pcap"
expect_status 0 "$satbed" analyze "$work/cut.pcap"
grep -q 'warning: the file is cut off after' "$work/out" || fail "no warning"
expect_status 2 "$satbed" analyze "$leo"
grep -q 'not a pcap file' "$work/err" || fail "what is no capture"
expect_status 2 "$satbed" analyze
"$satbed" analyze - <$samples/lossy-server.pcap | grep -q 'retransmits 31' || fail "standard input"

# The rows of the CSV add up to the whole.
expect_status 0 "$satbed" analyze --csv "$work/rows.csv" $samples/lossy-server.pcap
rows=$(awk -F, 'NR > 1 && $2 == "tcp" { sum += $10 } END { print sum }' "$work/rows.csv")
[ "$rows" = 31 ] || fail "rows have $rows retransmits"

# A transfer on loopback, captured by two programs at once: the same in microseconds and in pcapng.
head -c 3000000 /dev/urandom >"$work/big"
cat >"$work/inside" <<'END'
ip link set lo up || exit 77
cd "$1" || exit 1
tcpdump -i lo -s 100 -U -w - tcp >tcpdump.pcap 2>tcpdump.log &
tcpdump=$!
dumpcap -q -i lo -s 100 -f tcp -w dumpcap.pcapng >dumpcap.log 2>&1 &
dumpcap=$!
busybox httpd -f -p 127.0.0.1:8080 -h . &
httpd=$!
# Both are there when they have written the header of their file.
i=0
until [ -s tcpdump.pcap ] && [ -s dumpcap.pcapng ] || [ $i -ge 100 ]; do
	sleep 0.1
	i=$((i + 1))
done
sleep 0.5
busybox wget -q -O copy http://127.0.0.1:8080/big
i=0
# And they have seen its end when their files do not grow any more.
while [ $i -lt 20 ]; do
	before=$(cat tcpdump.pcap dumpcap.pcapng | wc -c)
	sleep 0.5
	[ "$before" != "$(cat tcpdump.pcap dumpcap.pcapng | wc -c)" ] || break
	i=$((i + 1))
done
kill $httpd
kill $tcpdump
kill $dumpcap
wait $tcpdump
wait $dumpcap
cmp big copy
END
# Not as root: tcpdump would want to become somebody else, and there is nobody else.
unshare -Un --map-user=1000 --map-group=1000 --keep-caps sh "$work/inside" "$work" || fail "the transfer: $(cat "$work/tcpdump.log" "$work/dumpcap.log")"
for file in tcpdump.pcap dumpcap.pcapng; do
	[ "$(of "$work/$file" .capture.damage)" = null ] || fail "$file is damaged"
	[ "$(of "$work/$file" .capture.dropped)" = 0 ] || continue # a busy machine; then nothing can be said
	bytes=$(of "$work/$file" '.flows[0].to_client.goodput_bytes')
	if [ "$bytes" -lt 3000000 ] || [ "$bytes" -gt 3002000 ]; then
		fail "$file has $bytes bytes"
	fi
	[ "$(of "$work/$file" '.flows[0].to_client.unseen_bytes')" = 0 ] || fail "$file lacks bytes"
	[ "$(of "$work/$file" '.flows[0].server')" = '"127.0.0.1:8080"' ] || fail "$file: who is the server"
done
[ "$(of "$work/dumpcap.pcapng" .capture.format)" = '"pcapng"' ] || fail "dumpcap's format"

# With loss from a seed, under each congestion control that this kernel offers: the kernel's own count.
# shellcheck disable=SC2013 # words
for cc in $(cat /proc/sys/net/ipv4/tcp_available_congestion_control); do
	expect_done "$satbed" run "$leo" --quiet --duration 3s --set flow.bulk.cc="$cc" --set link.down.rate=10mbit \
		--out "$work/run-$cc"
	kernel=$(jq '[.flows[] | select(.name == "bulk")][0].retransmits.tcp_info' "$work/run-$cc/run.json")
	dropped=$(jq '[.captures[]?.dropped // 0] | add' "$work/run-$cc/run.json")
	[ "${dropped:-0}" = 0 ] || continue
	found=$(of "$work/run-$cc/server-client1.pcap" "$tcp")
	[ "$kernel" -gt 0 ] || fail "$cc: nothing was lost"
	[ "$found" = "$kernel" ] || fail "$cc: $found retransmits in the capture, $kernel by the kernel"
	echo "$cc: $kernel"
done
