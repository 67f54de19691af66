# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# pep_lib.sh - what tests of proxies ask of a run ($json, in $out); sourced after lib.sh

# write_geo FILE: a GEO link, 300 ms each way.  A file each way, and requests by UDP that no proxy may touch.  A proxy may have
# taken all of the upload long before the server has it: that is no stall.
write_geo() {
	cat >"$1" <<-'END'
		[scenario]
		name = geo
		duration = 12s
		until = done
		[link]
		delay = 300ms
		rate = 10mbit
		queue = 400ms
		[flow.down]
		kind = file
		size = 2MB
		direction = down
		cc = cubic
		[flow.up]
		kind = file
		size = 500kB
		direction = up
		cc = cubic
		stall = 30s
		[flow.ask]
		kind = rr
		transport = udp
		every = 100ms
		duration = 2s
	END
}

# seconds: how long the file down took
seconds() {
	# shellcheck disable=SC2154 # of who sources this
	jq '.flows[] | select(.name == "down") | .file.completion_s' "$json"
}

# less A B WHAT
less() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }' || fail "$3: $1 is not below $2"
}

# legs CAPTURE: the connections in it
legs() {
	# shellcheck disable=SC2154 # of who sources this
	tshark -n -r "$out/$1.pcap" -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0' \
		-T fields -e ip.src -e tcp.srcport -e ip.dst -e tcp.dstport 2>/dev/null | sort -u
}

# handshake CAPTURE: how long the first one took, seen there
handshake() {
	tshark -n -r "$out/$1.pcap" -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 1' -T fields -e tcp.time_delta \
		-o tcp.calculate_timestamps:TRUE 2>/dev/null | head -n 1
}
