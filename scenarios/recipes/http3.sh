#!/bin/sh
# SPDX-License-Identifier: MIT
# http3.sh - an HTTP/3 server and a client that fetches one object
#
#   http3.sh server|client ADDRESS PORT BYTES
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3 bytes=$4

case $role in
server)
	. ./certificate.sh
	mkdir htdocs
	head -c "$bytes" /dev/zero >htdocs/object
	exec gtlsserver -q --qlog-dir "$QLOGDIR" -d htdocs "$address" "$port" key.pem cert.pem
	;;
client)
	gtlsclient -q --qlog-dir "$QLOGDIR" --exit-on-all-streams-close --download . "$address" "$port" "https://$address:$port/object"
	[ "$(wc -c <object)" -eq "$bytes" ] && echo "$bytes bytes"
	;;
esac
