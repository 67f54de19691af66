# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# programs_lib.sh - what tests with real programs share; sourced after lib.sh and virtual_lib.sh
# shellcheck disable=SC2154 # from lib.sh

PATH=$PATH:/usr/sbin:/sbin

# make_certificate DIR: key.pem and cert.pem, for servers that only this test talks to
make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1/key.pem" -out "$1/cert.pem" \
		-days 30 -subj /CN=satbed 2>"$work/err" || fail "no certificate: $(cat "$work/err")"
}
