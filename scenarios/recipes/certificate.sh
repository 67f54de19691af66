# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# certificate.sh - key.pem and cert.pem in this directory, for a server that only this run talks to; sourced
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 30 \
	-subj /CN=satbed 2>openssl.log || {
	cat openssl.log
	exit 1
}
