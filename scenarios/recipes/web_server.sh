# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# web_server.sh - nginx in this directory, over TLS with HTTP/1.1 and HTTP/2; sourced with $address, $port and $root
#
# Node commands have no capabilities: nginx stays one process, and writes nowhere else.
. ./certificate.sh
mkdir -p tmp
cat >nginx.conf <<END
user root root;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {
}
http {
	access_log off;
	client_body_temp_path tmp;
	proxy_temp_path tmp;
	fastcgi_temp_path tmp;
	uwsgi_temp_path tmp;
	scgi_temp_path tmp;
	server {
		listen $address:$port ssl http2;
		ssl_certificate cert.pem;
		ssl_certificate_key key.pem;
		root $root;
	}
}
END
exec nginx -p "$PWD" -e stderr -c nginx.conf
