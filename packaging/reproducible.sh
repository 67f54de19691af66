#!/bin/sh
# SPDX-License-Identifier: MIT
# reproducible.sh - is a release the same, made twice: `make reproducible`
#
#   O=build KERNEL=1 AGENT_PKGS=... DYGRAPHS=... packaging/reproducible.sh BASE_VERSION
#
# Two clones of the last commit, in directories of two lengths, at two times, with two umasks, time zones, locales, numbers of compilers
# and, as root, host names; nothing comes from a compiler's cache.  Every file must be the same to the byte.  The guest's kernel is
# in both the one that `satbed kernel build` has made, unless KERNEL is set: then each clone compiles one, in a directory of its own.
set -eu
cd "$(dirname "$0")/.."
O=$(realpath -m "${O:-build}")
base=$1
kernel=${KERNEL:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# release DIRECTORY COMMAND...: the command runs what comes behind it in another environment
release() {
	directory=$1
	shift
	git clone -q --no-hardlinks . "$directory"
	mkdir "$directory/build"
	ln -s "$O/satbed" "$directory/build/satbed"
	# Where satbed finds none of the user's kernels it builds one.
	[ -z "$kernel" ] || set -- env XDG_DATA_HOME="$directory.data" "$@"
	echo "release in $directory"
	(cd "$directory" && exec env -u O CCACHE_DISABLE=1 "$@" packaging/release.sh "$base") >"$work/log" 2>&1 || {
		tail -n 40 "$work/log" >&2
		exit 1
	}
	[ -z "$kernel" ] || [ -n "$(find "$directory.data/satbed/kernels" -name linux 2>/dev/null)" ] || {
		echo "reproducible: no kernel was compiled: an installed one is used; run: apt-get remove satbed-kernel" >&2
		exit 1
	}
}

first=$work/a second=$work/another/directory/with-a-longer-name
release "$first" env TZ=UTC LC_ALL=C OMP_NUM_THREADS=2
umask 077
if [ "$(id -u)" -eq 0 ]; then
	set -- unshare --uts sh -c 'hostname elsewhere && exec "$@"' sh
else
	set --
fi
release "$second" env TZ=Asia/Tokyo LC_ALL=C.UTF-8 OMP_NUM_THREADS=3 "$@"

diff "$first/build/release/SHA256SUMS" "$second/build/release/SHA256SUMS" >&2 || {
	rm -rf "$O/reproducible"
	mkdir -p "$O/reproducible"
	cp -r "$first/build/release" "$O/reproducible/first"
	cp -r "$second/build/release" "$O/reproducible/second"
	echo "reproducible: not the same; both are in $O/reproducible" >&2
	exit 1
}
cat "$first/build/release/SHA256SUMS"
echo "the same, made twice${kernel:+, the kernel too}"
