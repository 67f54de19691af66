#!/bin/sh
# SPDX-License-Identifier: MIT
# web-page.sh - nginx with 60 objects of 2 to 60 kB, and curl that fetches all of them as a browser would
#
#   web-page.sh server|http1.1|http2 ADDRESS PORT
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3

directory=$port
[ "$role" != server ] || directory=server-$port
mkdir "$directory"
cp certificate.sh web_server.sh "$directory"
cd "$directory"

if [ "$role" = server ]; then
	root=$PWD/htdocs
	mkdir "$root"
	i=1
	while [ "$i" -le 60 ]; do
		head -c "$((2000 + i * i * 16))" /dev/zero >"$root/$i"
		i=$((i + 1))
	done
	. ./web_server.sh
fi
# Browsers open six connections to a server over HTTP/1.1, and one over HTTP/2.
curl -sSk "--$role" --parallel --parallel-max "$([ "$role" = http2 ] && echo 60 || echo 6)" \
	-o '#1' "https://$address:$port/[1-60]"
cat [0-9]* | wc -c
[ "$(cat [0-9]* | wc -c)" -eq 1300960 ]
