# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# interop_image.sh - an image that follows the contract of the QUIC Interop Runner; sourced after daemons.sh
#
#   interop_image KIND NAME [BREAK]	ngtcp2's HTTP/3 server and client of this machine, in localhost/NAME:latest of the
#				daemon.  Test cases http3 and handshake; any other one is status 127.  Like the images of that
#				project it calls /setup.sh, which fails where it cannot change routes, and a client waits for
#				the simulator's port.  BREAK "truncate": a client that loses the end of what it downloads, and
#				exits with 0; "crash": one that exits with 1.

# shellcheck disable=SC2154 # daemons.sh sets them

# program_into TREE PROGRAM: with its libraries
program_into() {
	program=$(PATH=$PATH:/usr/sbin command -v "$2") || skip "no $2 here"
	mkdir -p "$1/usr/bin" && cp "$program" "$1/usr/bin/"
	ldd "$program" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | while read -r library; do
		mkdir -p "$1${library%/*}" && cp -L "$library" "$1$library"
	done
}

interop_tree() {
	image_tar
	tree=$(mktemp -d "$daemons/interop.XXXXXX") || fail "no directory for an image"
	chmod 755 "$tree"
	tar -C "$tree" -xf "$daemons/image.tar"
	program_into "$tree" gtlsserver
	program_into "$tree" gtlsclient
	mkdir -p "$tree/endpoint"
	cat >"$tree/setup.sh" <<'END'
#!/bin/sh
echo "routes cannot be set up here"
exit 1
END
	cat >"$tree/wait-for-it.sh" <<'END'
#!/bin/sh
echo "waiting for $*"
while :; do sleep 1; done
END
	cat >"$tree/endpoint/run_endpoint.sh" <<'END'
#!/bin/sh
set -e
/setup.sh
[ "$PWD" = /endpoint ] || exit 3
case $TESTCASE in
http3 | handshake) ;;
*) exit 127 ;;
esac
if [ "$ROLE" = client ]; then
	/wait-for-it.sh sim:57832 -s -t 10
	grep -q '[[:space:]]server4$' /etc/hosts
	echo "requests: $REQUESTS"
	echo "written beside itself" >/endpoint/note
	# shellcheck disable=SC2086 # one word for each
	gtlsclient -q --qlog-dir "$QLOGDIR" --exit-on-all-streams-close --download /downloads server4 443 $REQUESTS
	case $BREAK in
	truncate) for f in /downloads/*.bin; do head -c 1000 "$f" >/tmp/head && cat /tmp/head >"$f"; done ;;
	crash) exit 1 ;;
	esac
	exit 0
fi
exec gtlsserver -q --qlog-dir "$QLOGDIR" -d /www '*' 443 /certs/priv.key /certs/cert.pem
END
	chmod 755 "$tree/setup.sh" "$tree/wait-for-it.sh" "$tree/endpoint/run_endpoint.sh"
	tar -C "$tree" -cf "$tree.tar" . && mv "$tree.tar" "$daemons/interop.tar"
	rm -rf "$tree"
}

interop_image() {
	[ -e "$daemons/interop.tar" ] || interop_tree
	changes=
	for change in 'ENTRYPOINT%20%5B%22.%2Frun_endpoint.sh%22%5D' 'WORKDIR%20%2Fendpoint' "ENV%20BREAK%3D${3:-none}"; do
		changes="$changes&changes=$change"
	done
	daemon_api "$1" POST "/images/create?fromSrc=-&repo=localhost/$2$changes" -H 'Content-Type: application/x-tar' \
		--data-binary "@$daemons/interop.tar" >"$daemons/$1/import" || fail "no import into $1"
	[ "$(daemon_api "$1" GET "/images/localhost/$2/json" | jq -r '.Config.WorkingDir')" = /endpoint ] || {
		cat "$daemons/$1/import" >&2
		fail "no image $2 in $1"
	}
}
