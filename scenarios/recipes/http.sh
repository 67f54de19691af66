#!/bin/sh
# SPDX-License-Identifier: MIT
# http.sh - nginx with one object, and curl that fetches it
#
#   http.sh server|single|parallel|http2 ADDRESS PORT BYTES
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3 bytes=$4
url=https://$address:$port/object

# Every flow has a server of its own, and all of them start in one directory.
directory=$port
[ "$role" != server ] || directory=server-$port
mkdir "$directory"
cp certificate.sh web_server.sh "$directory"
cd "$directory"

case $role in
server)
	root=$PWD/htdocs
	mkdir "$root"
	head -c "$bytes" /dev/zero >"$root/object"
	. ./web_server.sh
	;;
single)
	curl -sSk --http1.1 -o object "$url"
	;;
http2)
	curl -sSk --http2 -o object "$url"
	;;
parallel)
	quarter=$((bytes / 4))
	for i in 0 1 2 3; do
		last=$((i == 3 ? bytes - 1 : (i + 1) * quarter - 1))
		curl -sSk --http1.1 -r "$((i * quarter))-$last" -o "part$i" "$url" &
	done
	wait
	cat part0 part1 part2 part3 >object
	;;
esac
[ "$(wc -c <object)" -eq "$bytes" ] && echo "$bytes bytes"
