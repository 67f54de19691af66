#!/bin/sh
# SPDX-License-Identifier: MIT
# openvpn.sh - a tunnel with a static key, whose outer packets go to the flow's port, and iperf3 through it
#
#   openvpn.sh setup|server|client ADDRESS PORT
#
# Setting up makes the interfaces; the program that uses them has no rights but to its own one.
set -eu
PATH=$PATH:/usr/sbin:/sbin
role=$1 address=$2 port=$3
proto=udp

case $SATBED_NODE in
server) inside=10.99.0.1 ;;
*) inside=10.99.0.2 ;;
esac

# tunnel OPTIONS...: in the background
tunnel() {
	openvpn --dev tun0 --dev-type tun --ifconfig-noexec --route-noexec --secret key \
		--cipher AES-256-CBC --verb 1 --tun-mtu 1400 --mssfix 1400 "$@" &
	tunnel=$!
}

case $role in
setup)
	# The same at both ends, made of a name, for a tunnel that ends with the run.
	{
		echo "-----BEGIN OpenVPN Static key V1-----"
		for i in 1 2 3 4 5 6 7 8; do
			printf 'satbed %s' "$i" | sha256sum | cut -c1-64 | fold -w 32
		done
		echo "-----END OpenVPN Static key V1-----"
	} >key
	chmod 600 key
	ip tuntap add dev tun0 mode tun user "$(id -u)"
	ip address add "$inside/24" dev tun0
	ip link set tun0 mtu 1400 up
	;;
server)
	case $proto in
	tcp) tunnel --proto tcp-server --local "$address" --port "$port" ;;
	*) tunnel --proto udp --local "$address" --port "$port" ;;
	esac
	iperf3 -s -1 -B "$inside" -p 5000
	kill "$tunnel"
	;;
client)
	case $proto in
	tcp) tunnel --proto tcp-client --remote "$address" "$port" --nobind ;;
	*) tunnel --proto udp --remote "$address" "$port" --nobind ;;
	esac
	attempt=1
	until iperf3 -c 10.99.0.1 -p 5000 -R -t 15 -i 5 --connect-timeout 3000; do
		attempt=$((attempt + 1))
		[ "$attempt" -le 5 ] || exit 1
		sleep 1
	done
	kill "$tunnel"
	;;
esac
