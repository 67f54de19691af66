#!/bin/sh
# SPDX-License-Identifier: MIT
# mqtt.sh - a broker with a subscriber beside it, and a publisher of 20 messages, one a second
#
#   mqtt.sh server|client ADDRESS PORT
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3

case $role in
server)
	# Without capabilities there is no other user to become.
	printf 'user root\nlistener %s %s\nallow_anonymous true\n' "$port" "$address" >mosquitto.conf
	mosquitto -c mosquitto.conf &
	until mosquitto_sub -h "$address" -p "$port" -q 1 -t telemetry -F '%I %p' -C 20; do
		sleep 0.1
	done
	wait
	;;
client)
	i=1
	while [ "$i" -le 20 ]; do
		echo "message $i"
		sleep 1
		i=$((i + 1))
	done | mosquitto_pub -h "$address" -p "$port" -q 1 -k 60 -t telemetry -l
	echo "20 messages acknowledged"
	;;
esac
