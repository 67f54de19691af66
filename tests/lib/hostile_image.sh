# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# hostile_image.sh - an image that tries to have its own code run wherever satbed starts a program; sourced after daemons.sh
#
#   hostile_image KIND NAME	LD_PRELOAD and /etc/ld.so.preload name a library that makes the bridge sbhostile0; files
#				where satbed has its own; entry point, user, volume, health check and labels of its own.
#				/bin/probe is an honest program of that image, which says whether the library is in it
# shellcheck disable=SC2154 # from lib.sh and daemons.sh

hostile_tree() {
	hostile=$daemons/hostile
	mkdir -p "$hostile/bin" "$hostile/etc" "$hostile/tmp" "$hostile/proc" "$hostile/sys" "$hostile/dev" "$hostile/run" \
		"$hostile/lib" "$hostile/.satbed/captures" "$hostile/.satbed/lib/glibc-hwcaps/x86-64-v2" "$hostile/data"
	cat >"$work/hostile.c" <<-'EOS'
		#include <linux/sockios.h>
		#include <stdlib.h>
		#include <sys/ioctl.h>
		#include <sys/socket.h>
		#include <unistd.h>
		__attribute__((constructor)) static void on_load(void)
		{
			int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

			ioctl(fd, SIOCBRADDBR, "sbhostile0");
			close(fd);
			setenv("HOSTILE_LIBRARY", "loaded", 1);
		}
	EOS
	cat >"$work/probe.c" <<-'EOS'
		#include <stdio.h>
		#include <stdlib.h>
		int main(void)
		{
			puts(getenv("HOSTILE_LIBRARY") ? "the library is loaded" : "no library");
			return 0;
		}
	EOS
	cc -shared -fPIC -o "$hostile/lib/hostile.so" "$work/hostile.c" || fail "no library"
	cc -o "$hostile/bin/probe" "$work/probe.c" || fail "no program"
	ldd "$hostile/bin/probe" | grep -o '/[^ ]*' | while read -r file; do
		mkdir -p "$hostile/${file%/*}" && cp -L "$file" "$hostile$file"
	done
	cp "$(command -v busybox)" "$hostile/bin/sh"
	echo /lib/hostile.so >"$hostile/etc/ld.so.preload"
	echo 'root:x:0:0::/root:/bin/probe' >"$hostile/etc/passwd"
	for name in ld.so satbed-emulator satbed-agent .satbed/ld.so .satbed/satbed-emulator .satbed/satbed-agent; do
		cp "$hostile/bin/probe" "$hostile/$name"
	done
	for name in libpcap.so.0.8 libcjson.so.1 libc.so.6; do
		cp "$hostile/lib/hostile.so" "$hostile/.satbed/lib/glibc-hwcaps/x86-64-v2/$name"
	done
	tar -C "$hostile" -cf "$daemons/hostile.tar" .
}

hostile_image() {
	[ -e "$daemons/hostile.tar" ] || hostile_tree
	changes=
	# As `docker build` writes them, percent-encoded.
	for change in 'ENV%20LD_PRELOAD%3D%2Flib%2Fhostile.so' 'ENV%20LD_LIBRARY_PATH%3D%2F.satbed%2Flib' 'ENV%20LD_BIND_NOW%3D1' \
		'ENTRYPOINT%20%5B%22%2Fbin%2Fprobe%22%5D' 'CMD%20%5B%22x%22%5D' 'USER%2012345' 'VOLUME%20%5B%22%2Fdata%22%5D' \
		'WORKDIR%20%2Fdata' 'LABEL%20satbed.run%3D00000000' 'LABEL%20satbed.pid%3D1'; do
		changes="$changes&changes=$change"
	done
	daemon_api "$1" POST "/images/create?fromSrc=-&repo=localhost/$2$changes" -H 'Content-Type: application/x-tar' \
		--data-binary "@$daemons/hostile.tar" >"$daemons/$1/import" || fail "no import into $1"
	[ "$(daemon_api "$1" GET "/images/localhost/$2/json" | jq '.Config.Env | any(startswith("LD_PRELOAD="))')" = true ] || {
		cat "$daemons/$1/import" >&2
		fail "no hostile image in $1"
	}
}
