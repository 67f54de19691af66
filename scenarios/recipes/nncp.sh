#!/bin/sh
# SPDX-License-Identifier: MIT
# nncp.sh - a station that takes pictures and calls its base whenever it can, and the base
#
#   nncp.sh server|client ADDRESS PORT BYTES
#
# Both ends know both keys: they are made of names, for two nodes that end with the run.
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3 bytes=$4
pictures=3

case $role in
server) own=base peer=station ;;
*) own=station peer=base ;;
esac
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

# Of a key of that name: 32 bytes, and what is public of it (RFC 8410): an X25519 key has 156 there, an Ed25519 key 160.
private() {
	printf 'satbed %s' "$*" | openssl dgst -sha256 -binary
}
public() {
	{
		printf %b "\\0060\\0056\\0002\\0001\\0000\\0060\\0005\\0006\\0003\\0053\\0145\\0$1\\0004\\0042\\0004\\0040"
		shift
		private "$@"
	} | openssl pkey -inform DER -pubout -outform DER | tail -c 32
}
digest() {
	echo "$(wc -c <"$1") bytes, $(sha256sum <"$1" | cut -c 1-16)"
}
in32() {
	base32 -w 0 | tr -d =
}
node() {
	echo "id: $(public 160 sign "$1" | b2sum -l 256 | cut -c 1-64 | tr a-f A-F | basenc -d --base16 | in32)"
	echo "exchpub: $(public 156 exch "$1" | in32)"
	echo "signpub: $(public 160 sign "$1" | in32)"
	echo "noisepub: $(public 156 noise "$1" | in32)"
}
cat >nncp.hjson <<END
{
  spool: $PWD/spool
  log: $PWD/log
  noprogress: true
  self: {
    $(node "$own")
    exchprv: $(private exch "$own" | in32)
    signprv: $({ private sign "$own" && public 160 sign "$own"; } | in32)
    noiseprv: $(private noise "$own" | in32)
  }
  neigh: {
    self: {
      $(node "$own")
    }
    $peer: {
      $(node "$peer")
      incoming: $PWD/incoming
      addrs: {link: "$address:$port"}
    }
  }
}
END
export NNCPCFG="$PWD/nncp.hjson"
mkdir spool incoming

case $role in
server)
	# Seen: the end of a pass may cut off the word that something has arrived, and then it would come twice.
	nncp-daemon -quiet -bind "$address:$port" -autotoss -autotoss-seen &
	seen=0
	while [ "$seen" -lt "$pictures" ]; do
		sleep 1
		for file in $(cd incoming && find . -type f -name 'picture*[0-9]' | sort); do
			seen=$((seen + 1))
			echo "$(date +%T) ${file#./} arrived, $(digest "incoming/$file")"
			rm "incoming/$file"
		done
	done
	wait
	;;
client)
	# One every 15 s, whether anybody hears it or not.
	for i in $(seq "$pictures"); do
		head -c "$bytes" /dev/urandom >picture
		echo "$(date +%T) picture$i taken, $(digest picture)"
		nncp-file -quiet picture "base:picture$i"
		sleep 15
	done &
	camera=$!
	# A call with each pass, and no longer: that is known long before.
	begin=$(date +%s)
	passes=0
	while kill -0 "$camera" 2>/dev/null || [ -n "$(find spool -path '*/tx/*' -type f)" ]; do
		until [ $(($(date +%s) - begin)) -ge $((30 * passes)) ]; do
			sleep 1
		done
		passes=$((passes + 1))
		timeout 15 nncp-call -quiet -onlinedeadline 5 -maxonlinetime 10 base || true
	done
	echo "$(date +%T) all delivered in $passes passes"
	;;
esac
