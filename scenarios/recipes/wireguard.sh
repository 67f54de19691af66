#!/bin/sh
# SPDX-License-Identifier: MIT
# wireguard.sh - one end of a WireGuard tunnel, whose outer packets go to the flow's port
#
#   wireguard.sh setup ADDRESS PORT
#
# Both ends know both keys: they are made of names, for a tunnel that ends with the run.
set -eu
PATH=$PATH:/usr/sbin:/sbin
address=$2 port=$3

key_of() {
	printf 'satbed %s' "$1" | openssl dgst -sha256 -binary | base64
}

case $SATBED_NODE in
server) own=server peer=client inside=10.99.0.1 other=10.99.0.2 ;;
*) own=client peer=server inside=10.99.0.2 other=10.99.0.1 ;;
esac
umask 077
key_of "$own" >"key-$own"
ip link add wg0 mtu 1420 type wireguard
if [ "$own" = server ]; then
	wg set wg0 listen-port "$port" private-key "key-$own" peer "$(key_of "$peer" | wg pubkey)" allowed-ips "$other/32"
else
	wg set wg0 private-key "key-$own" peer "$(key_of "$peer" | wg pubkey)" allowed-ips "$other/32" endpoint "$address:$port"
fi
ip address add "$inside/24" dev wg0
ip link set wg0 up
