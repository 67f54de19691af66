#!/bin/sh
# SPDX-License-Identifier: MIT
# deb.sh - Debian packages of this checkout: `make deb`
#
#   O=build packaging/deb.sh
#
# satbed, satbed-doc, and satbed-kernel with the kernel that `satbed kernel build` has made or makes now; where none can be made
# (not x86-64, no source) the first two.  The packages, their checksums and what lintian says lie in $O/deb.  Fails on lintian's errors
# and warnings, and where a package that was installed leaves something behind.
#
# All dates are those of the last commit (SOURCE_DATE_EPOCH where that is set), and the same commit gives the same bytes.
set -eu
umask 022
cd "$(dirname "$0")/.."
satbed=$(realpath "${O:-build}")/satbed
out=$(realpath -m "${O:-build}")/deb
# The package has a build directory of its own, and cleans it.
unset O
for tool in dpkg-buildpackage dh lintian fakeroot jq; do
	command -v "$tool" >/dev/null || {
		echo "make deb needs $tool; run: apt-get install build-essential debhelper lintian fakeroot jq" >&2
		exit 1
	}
done
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)}
export SOURCE_DATE_EPOCH
source=$out/satbed-$version
rm -rf "$out"
mkdir -p "$source"
# A tarball has no git, and nothing in it that a commit has not.
if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard
else
	find . -path ./build -prune -o -type f -print0
fi | tar -cf - --null --no-recursion -T - | tar -xf - -C "$source"
cp -a packaging/debian "$source/debian"

# How long its build took, and when that was, is not the package's.
add_kernel() {
	directory=${1%/linux}
	at=$source/debian/kernel/${directory##*/}
	mkdir -p "$at"
	cp "$directory/linux" "$directory/config" "$at/"
	jq --argjson now "$SOURCE_DATE_EPOCH" '.built_at_s = $now | del(.build_s, .steps)' "$directory/manifest.json" >"$at/manifest.json"
	package=$(jq -r '.package // ""' "$at/manifest.json")
	[ -n "$package" ] || return 0
	# "linux-source-6.12=6.12.30-1" comes from the source package linux-6.12 or linux.
	from=$(apt-cache show "$package" 2>/dev/null | sed -n 's/^Source: \([^ ]*\).*/\1/p' | head -n 1)
	[ -n "$from" ] || {
		echo "deb.sh: apt does not know $package, of which the kernel was made; run: apt-get update" >&2
		exit 1
	}
	echo "$from (= ${package#*=})" >"$source/debian/kernel/source"
}
if kernel=$("$satbed" kernel build --quiet --json); then
	add_kernel "$(printf '%s\n' "$kernel" | jq -r .program)"
else
	echo "deb.sh: no satbed-kernel without a kernel" >&2
fi
(cd "$source" && env -u MAKEFLAGS -u MAKELEVEL DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage -b -us -uc >"$out/build.log" 2>&1) || {
	tail -n 40 "$out/build.log" >&2
	exit 1
}
rm -rf "$source"
cd "$out"
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs ./*.changes >lintian.log 2>&1 || {
	cat lintian.log >&2
	exit 1
}
cat lintian.log
sha256sum ./*.deb | tee SHA256SUMS

# Into an empty root and out of it again; the program runs from there with this machine's libraries.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
fakeroot dpkg --root="$root" --force-depends --force-not-root --log=/dev/null -i ./*.deb >install.log 2>&1 || {
	cat install.log >&2
	exit 1
}
"$root/usr/bin/satbed" check "$root/usr/share/satbed/scenarios/leo-lossy.ini" >/dev/null
for deb in ./*.deb; do
	fakeroot dpkg --root="$root" --force-depends --force-not-root --log=/dev/null -P "$(dpkg-deb -f "$deb" Package)" >>install.log 2>&1
done
left=$(find "$root" ! -type d ! -path "$root/var/lib/dpkg/*")
[ -z "$left" ] || {
	echo "left by the packages: $left" >&2
	exit 1
}
ls -l ./*.deb
