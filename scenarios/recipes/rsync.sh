#!/bin/sh
# SPDX-License-Identifier: MIT
# rsync.sh - an ssh server, and rsync that tries until it is done
#
#   rsync.sh server|client ADDRESS PORT BYTES
#
# Node commands have no capabilities, and sshd as root needs some: it runs as another user, whom nss_wrapper gives a
# shell and an empty password.  Nobody but the client of this run can reach it.
set -eu
PATH=$PATH:/usr/sbin
role=$1 address=$2 port=$3 bytes=$4
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

case $role in
server)
	mkdir store
	echo "satbed::$(id -u):$(id -g)::$PWD/store:/bin/sh" >passwd
	ssh-keygen -q -t ed25519 -N '' -f host
	cat >sshd_config <<-END
		ListenAddress $address:$port
		HostKey $PWD/host
		PidFile none
		UsePAM no
		StrictModes no
		PermitEmptyPasswords yes
		ClientAliveInterval 3
		ClientAliveCountMax 3
	END
	LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$PWD/passwd NSS_WRAPPER_GROUP=/etc/group \
		/usr/sbin/sshd -D -e -f sshd_config &
	server=$!
	trap 'kill $server; ls -l store; rm -rf "$directory"; exit 0' TERM
	wait
	;;
client)
	yes 0123456789abcdef | head -c "$bytes" | openssl enc -aes-128-ctr -K 00 -iv 00 >backup 2>/dev/null
	attempt=1
	until rsync --partial --inplace --timeout=10 --stats \
		-e "ssh -F none -p $port -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ServerAliveInterval=3 -o ServerAliveCountMax=3 -o ConnectTimeout=5" \
		backup "satbed@$address:backup"; do
		attempt=$((attempt + 1))
		[ "$attempt" -le 12 ] || exit 1
		sleep 1
	done
	echo "done in attempt $attempt"
	;;
esac
