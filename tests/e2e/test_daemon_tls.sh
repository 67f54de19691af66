#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_tls.sh - a daemon on TCP that knows its clients by their certificates, and satbed it by its own
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq openssl

client=$O/tests/e2e/daemon_client
[ -x "$client" ] || fail "no $client; make tests first"
certs=$work/certs
url=tcp://127.0.0.1:2376

# issue CA NAME EXTENSION...: NAME-cert.pem and NAME-key.pem
issue() {
	ca=$1 name=$2
	shift 2
	printf '%s\n' "$@" >"$certs/$name.ext"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout "$certs/$name-key.pem" \
		-out "$certs/$name.csr" 2>/dev/null || fail "no request for $name"
	openssl x509 -req -in "$certs/$name.csr" -CA "$certs/$ca.pem" -CAkey "$certs/$ca-key.pem" -CAcreateserial -days 2 \
		-extfile "$certs/$name.ext" -out "$certs/$name-cert.pem" 2>/dev/null || fail "no certificate for $name"
}

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" -keyout "$certs/$1-key.pem" \
		-out "$certs/$1.pem" 2>/dev/null || fail "no authority $1"
}

# client_files DIRECTORY CA NAME: as DOCKER_CERT_PATH wants them
client_files() {
	mkdir -p "$work/$1"
	cp "$certs/$2.pem" "$work/$1/ca.pem"
	cp "$certs/$3-cert.pem" "$work/$1/cert.pem"
	cp "$certs/$3-key.pem" "$work/$1/key.pem"
}

mkdir "$certs"
authority ours
authority theirs
issue ours server 'subjectAltName=IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
issue ours elsewhere 'subjectAltName=IP:127.0.0.2' 'extendedKeyUsage=serverAuth'
issue ours user 'extendedKeyUsage=clientAuth'
issue theirs stranger 'extendedKeyUsage=clientAuth'
client_files good ours user
client_files stranger ours stranger
client_files deceived theirs user

# The daemon of the cage stays where it is; a second one, with a socket on the network, beside it.
daemon_start docker

# secure_start CERTIFICATE
secure_start() {
	daemon_do docker dockerd --config-file "$daemons/docker/daemon.json" --data-root "$daemons/docker/data2" \
		--exec-root "$daemons/docker/exec2" --pidfile "$daemons/docker/pid2" --bridge none --iptables=false \
		--host tcp://127.0.0.1:2376 --tlsverify --tlscacert "$certs/ours.pem" --tlscert "$certs/$1-cert.pem" \
		--tlskey "$certs/$1-key.pem" >"$work/dockerd.log" 2>&1 &
	secure=$!
	wait_for 30 grep -q 'API listen on' "$work/dockerd.log" || fail "no daemon with TLS: $(cat "$work/dockerd.log")"
}

secure_stop() {
	# Its number in there is another one.
	daemon_do docker sh -c "kill \$(cat '$daemons/docker/pid2')"
	wait "$secure"
}

# with FILES COMMAND...: in the cage, as a user of TLS
with() {
	files=$1
	shift
	daemon_do docker env DOCKER_HOST=$url DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$work/$files" "$@" >"$work/out" 2>"$work/err"
}

image_tar
secure_start server
with good "$satbed" image import "$daemons/image.tar" --name test:1 --engine docker || fail "import: $(cat "$work/err")"
expect_text "$work/out" "in Docker ($url)"
# All of it, the attach stream under pressure and its half close included.
with good "$client" $url check test:1 || fail "check: $(cat "$work/err")"

! with stranger "$satbed" image import "$daemons/image.tar" --engine $url || fail 'a stranger was let in'
expect_text "$work/err" 'do not agree on TLS'
! with deceived "$satbed" image import "$daemons/image.tar" --engine $url || fail 'a daemon nobody vouches for was believed'
expect_text "$work/err" 'do not agree on TLS'
! with nowhere "$satbed" image import "$daemons/image.tar" --engine $url || fail 'no certificates at all'
expect_text "$work/err" "TLS needs $work/nowhere/ca.pem"
! daemon_do docker "$satbed" image import "$daemons/image.tar" --engine $url >/dev/null 2>"$work/err" || fail 'without TLS'
expect_text "$work/err" 'DOCKER_TLS_VERIFY'
secure_stop

secure_start elsewhere
! with good "$satbed" image import "$daemons/image.tar" --engine $url || fail 'a daemon of another address was believed'
expect_text "$work/err" 'do not agree on TLS'
secure_stop
! with good "$satbed" image import "$daemons/image.tar" --engine $url || fail 'nobody listens'
expect_text "$work/err" 'cannot be reached'
