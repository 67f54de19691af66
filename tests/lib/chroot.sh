# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# chroot.sh - a Debian or Ubuntu of this release with nothing installed, in a directory; sourced after tests/e2e/lib.sh
# shellcheck disable=SC2154 # work is from lib.sh
#
# debootstrap makes it of the archive that apt is set to here.  It is made once a month and kept as a tarball in the user's cache
# directory, beside the packages that each test downloads into it.  Commands run in mount and pid namespaces of their own: nothing
# stays mounted, and nothing keeps running.

chroot_cache=${XDG_CACHE_HOME:-$HOME/.cache}/satbed-tests
chroot_archives=$chroot_cache/${test_name%.sh}
chroot_codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null)

# chroot_sources: lines of a sources.list, of the distribution's own archive and this release
chroot_sources() {
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk -v name="$chroot_codename" '($2 == name || index($2, name "-") == 1) && ($3 == "main" || $3 == "universe") { print "deb", $0 }' |
		sort -u
}

# chroot_need: or this machine cannot run the test
chroot_need() {
	need apt-get debootstrap unshare flock
	[ "$(id -u)" -eq 0 ] || skip "debootstrap needs root"
	unshare --mount --pid --fork true 2>/dev/null || skip "no mount namespaces here"
	[ -n "$(chroot_sources)" ] || skip "apt has no archive of \"$chroot_codename\" among its sources"
}

# chroot_base: makes $chroot_tarball where it is not there, or is older than a month
chroot_base() {
	chroot_sources >"$work/sources.list"
	chroot_tarball=$chroot_cache/$chroot_codename-$(cksum <"$work/sources.list" | cut -d ' ' -f 1).tar
	mkdir -p "$chroot_archives/partial"
	exec 8>"$chroot_cache/lock"
	flock 8
	if [ -z "$(find "$chroot_tarball" -mtime -30 2>/dev/null)" ]; then
		mirror=$(awk -v name="$chroot_codename" '$3 == name { print $2; exit }' "$work/sources.list")
		eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
		[ -z "${http_proxy:-}" ] || export http_proxy
		debootstrap --variant=minbase "$chroot_codename" "$work/base" "$mirror" \
			>"$work/debootstrap.log" 2>&1 || {
			tail -n 20 "$work/debootstrap.log" "$work/base/debootstrap/debootstrap.log" >&2
			fail "debootstrap failed"
		}
		tar -C "$work/base" -cf "$chroot_tarball.new" .
		mv "$chroot_tarball.new" "$chroot_tarball"
		rm -rf "$work/base"
	fi
	flock -u 8
	exec 8>&-
}

# chroot_make DIRECTORY: a fresh one, in which apt works; one test of a name at a time, for apt locks its archives
chroot_make() {
	chroot_base
	exec 7>"$chroot_archives/test.lock"
	flock 7
	mkdir "$1"
	tar -C "$1" -xf "$chroot_tarball" || fail "cannot unpack $chroot_tarball"
	cp "$work/sources.list" "$1/etc/apt/sources.list"
	apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy' >"$1/etc/apt/apt.conf.d/90proxy"
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/quick"
	cat /etc/resolv.conf >"$1/etc/resolv.conf" 2>/dev/null
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	chroot_run "$1" apt-get -q update >"$work/out" 2>&1 || fail "apt-get update: $(cat "$work/out")"
}

# chroot_run DIRECTORY COMMAND...: as root, with a /proc, /sys and /dev of its own
chroot_run() {
	chroot_root=$1
	shift
	# shellcheck disable=SC2016 # of the inner shell
	unshare --mount --pid --fork --kill-child --propagation private sh -c '
		mount -t proc proc "$1/proc" && mount -t sysfs -o ro sys "$1/sys" && mount -t devpts -o ptmxmode=666 pts "$1/dev/pts" &&
			mkdir -p "$1/dev/shm" && mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" &&
			mount --bind "$2" "$1/var/cache/apt/archives" || exit 125
		root=$1
		shift 2
		exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive "$@"' sh "$chroot_root" "$chroot_archives" "$@" </dev/null
}

# chroot_checkout DIRECTORY: the files of this checkout, as a commit would have them
chroot_checkout() {
	mkdir -p "$1"
	if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print0
	fi | tar -cf - --null --no-recursion -T - | tar -C "$1" -xf -
}
