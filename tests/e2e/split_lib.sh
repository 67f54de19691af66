# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# split_lib.sh - what the tests of split paths share; sourced after lib.sh, with $path and in $relay its program
# shellcheck disable=SC2034,SC2154 # from lib.sh and the tests, and for them

need jq tshark ping "$relay"
[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
[ -w /dev/net/tun ] || skip "this user may not open /dev/net/tun"
[ "$(id -u)" -eq 0 ] || unshare -Urn true 2>/dev/null || skip "this kernel does not allow user namespaces to ordinary users"

# A MEO link's round trip, without loss and rate: what a window of 65535 bytes allows is far below what it would
# carry, and libslirp's slow start, from one segment, is over in half of the run.
cat >"$work/split.ini" <<-END
	[scenario]
	name = split
	duration = 8s
	seed = 5
	[testbed]
	engine = native
	path = $path
	mtu = 1400B
	[link]
	delay = 120ms
	[flow.bulk]
	kind = bulk
	direction = both
	cc = cubic
	[flow.voice]
	kind = stream
	direction = both
	rate = 100kbit
	packet = 500B
END
split=$work/split.ini
# What 65535 bytes for each 240 ms are, in bit/s.
cap=2184500

# run_split PLACEMENT OPTION...: into $out
run_split() {
	placement=$1
	shift
	out=$work/$placement
	json=$out/run.json
	expect_done "$satbed" run "$split" --set testbed.placement="$placement" --out "$out" "$@"
	expect_json "$json" ".path == \"$path\" and .split == {tcp_terminated_by: \"$relay\", placement: \"$placement\"}"
	expect_text "$work/out" "TCP is terminated by $relay: two connections"
	expect_json "$json" '.verdict | . == "PASS" or . == "WARN"'
	check_way
	check_captures
	check_flows
}

# The relay is named, and its tap has carried what the flows took.
check_way() {
	expect_json "$json" ".manifest.engine.relay | (.program | endswith(\"/$relay\")) and (.version | startswith(\"$relay\"))"
	expect_json "$json" '.manifest.engine.relay.options | contains("198.18.1.")'
	expect_json "$json" '.manifest.path_proof | length == 1 and .[0].client == "client1" and .[0].tap == "sbt1"'
	expect_json "$json" '.manifest.path_proof[0] | .cpu_s > 0 and .ended == null'
	# shellcheck disable=SC2016 # a variable of jq
	expect_json "$json" '. as $r | def bytes(d): [$r.flows[] | select(.direction == d) | .bytes] | add;
		.manifest.path_proof[0] | .tx_bytes > bytes("up") and .rx_bytes > 0.9 * bytes("down")'
}

# Three captures, no packet beyond the scenario's MTU in any of them.
check_captures() {
	expect_json "$json" '[.captures[].file] == ["client1.pcap", "server-client1.pcap", "other-leg-client1.pcap"]'
	expect_json "$json" '.captures | all(.dropped == 0 and .written > 100)'
	for file in client1 server-client1 other-leg-client1; do
		frame=$(tshark -n -r "$out/$file.pcap" -T fields -e frame.len 2>/dev/null | sort -n | tail -n 1)
		[ "$frame" -gt 1300 ] || fail "$file: no frame above $frame bytes: no bulk data went by"
		[ "$frame" -le 1414 ] || fail "$file: a frame of $frame bytes at an MTU of 1400"
	done
}

check_flows() {
	expect_json "$json" '.flows | all(.bytes > 1000)'
	bulk '.error == null'
	# Datagrams may find the queue full that the bulk flows fill; nowhere else is any lost.
	# shellcheck disable=SC2016 # a variable of jq
	expect_json "$json" '.links[0] as $l | .flows | map(select(.kind == "stream")) | length == 2 and
		all(.packets > 100 and .lost <= $l[.direction].measured.lost.queue)'
	# One-way delays as asked, within what a busy machine adds; nothing lost, nothing that came from nowhere.
	for dir in up down; do
		expect_json "$json" ".links[0].$dir.measured.delay_ms.p50 | . > 119 and . < 130"
		expect_json "$json" ".links[0].$dir.measured | .lost.link == 0 and .packets > 200"
	done
	expect_json "$json" '[.reasons[] | select(contains("not seen going in") or contains("another way"))] == []'
}

# leg FLOW-DIRECTION LEG: that leg of the bulk flow, as a jq expression
leg() {
	echo ".flows[] | select(.name == \"bulk\" and .direction == \"$1\") | .legs[] | select(.leg == \"$2\")"
}

# bulk FILTER: it holds of both bulk flows; up FILTER and down FILTER: of the one of that direction
bulk() {
	expect_json "$json" "[.flows[] | select(.kind == \"bulk\")] | length == 2 and all($1)"
}

up() {
	expect_json "$json" ".flows[] | select(.name == \"bulk\" and .direction == \"up\") | $1"
}

down() {
	expect_json "$json" ".flows[] | select(.name == \"bulk\" and .direction == \"down\") | $1"
}

# expect_kernel_options LEG: both ends of it are the kernel's own TCP
expect_kernel_options() {
	for dir in up down; do
		expect_json "$json" "$(leg $dir "$1") | .syn.mss == 1360 and .syn_ack.mss == 1360"
		expect_json "$json" "$(leg $dir "$1") | [.syn, .syn_ack] | all(.window_scale >= 0 and .sack and .timestamps)"
	done
}

# expect_pings: ICMP passes the relay, on the shaped leg wherever that is, as `satbed up` proposes
expect_pings() {
	. tests/e2e/testbed_lib.sh
	for placement in inside outside; do
		expect_status 0 "$satbed" up "$split" --set testbed.placement=$placement --set link.delay=20ms
		proposed=$(sed -n 's/^  satbed \(exec client1 -- ping .*\)/\1/p' "$work/out")
		[ -n "$proposed" ] || fail "no ping proposed: $(cat "$work/out")"
		# shellcheck disable=SC2086 # words
		expect_status 0 "$satbed" $proposed
		expect_rtt 40 60 client1 "${proposed##* }"
		expect_status 0 "$satbed" down
	done
}

# kill -9 of satbed: no relay lives, and no namespace of one
expect_nothing_left_after_kill() {
	before=$(interfaces)
	for seconds in 0.03 0.06 0.1 1; do
		rm -rf "$work/killed"
		"$satbed" run "$split" --duration 60s --quiet --set testbed.clients=3 --out "$work/killed" >"$work/out" 2>&1 </dev/null &
		pid=$!
		sleep "$seconds"
		kill -STOP $pid
		tree_of $pid >"$work/tree"
		net_namespaces <"$work/tree" >"$work/netns"
		relays=0
		while read -r one _; do
			# Its first word: pasta becomes another program of its package.
			[ "$(tr '\0' '\n' 2>/dev/null <"/proc/$one/cmdline" | head -n 1)" != "$relay" ] || relays=$((relays + 1))
		done <"$work/tree"
		kill -KILL $pid || fail "it had ended by itself after $seconds s: $(cat "$work/out")"
		wait $pid 2>/dev/null
		wait_for 6 all_gone "$work/tree" "$work/netns" || fail "killed after $seconds s, one lives of: $(cat "$work/tree")"
		[ "$(interfaces)" = "$before" ] || fail "killed after $seconds s, interfaces now: $(interfaces)"
		[ -z "$(ls -A "$TMPDIR")" ] || fail "killed after $seconds s, left in TMPDIR: $(ls -A "$TMPDIR")"
	done
	[ "$relays" -eq 3 ] || fail "not three of $relay after a second, but $relays"
}
