# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# hostile_image.sh - an image that tries to have its own code run wherever satbed starts a program; sourced after daemons.sh
#
#   hostile_image KIND NAME	LD_PRELOAD and /etc/ld.so.preload name a library that makes the bridge sbhostile0; files
#				where satbed has its own; entry point, user, volume, health check, signal to stop and labels of its own.
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
	tar -C "$hostile" -cf "$daemons/layer.tar" .
}

# hostile_archive NAME: the tree and its configuration, as `docker save` writes them
hostile_archive() {
	arch=$(dpkg --print-architecture)
	sum=$(sha256sum "$daemons/layer.tar")
	jq -n --arg sum "sha256:${sum%% *}" --arg arch "$arch" '{architecture: $arch, os: "linux", rootfs: {type: "layers", diff_ids: [$sum]},
		config: {Env: ["LD_PRELOAD=/lib/hostile.so", "LD_LIBRARY_PATH=/.satbed/lib", "LD_BIND_NOW=1"], Entrypoint: ["/bin/probe"],
			Cmd: ["x"], User: "12345", Volumes: {"/data": {}}, WorkingDir: "/data", StopSignal: "SIGCONT",
			Healthcheck: {Test: ["CMD", "/bin/probe"], Interval: 100000000},
			Labels: {"satbed.run": "00000000", "satbed.pid": "1"}}}' >"$daemons/config.json"
	jq -n --arg name "localhost/$1:latest" '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$daemons/manifest.json"
	tar -C "$daemons" -cf "$daemons/hostile.tar" manifest.json config.json layer.tar
}

hostile_image() {
	[ -e "$daemons/layer.tar" ] || hostile_tree
	hostile_archive "$2"
	daemon_api "$1" POST /images/load -H 'Content-Type: application/x-tar' \
		--data-binary "@$daemons/hostile.tar" >"$daemons/$1/import" || fail "no import into $1"
	[ "$(daemon_api "$1" GET "/images/localhost/$2/json" | jq '.Config | (.Env | any(startswith("LD_PRELOAD="))) and .StopSignal == "SIGCONT"')" = true ] || {
		cat "$daemons/$1/import" >&2
		fail "no hostile image in $1"
	}
}
