#!/bin/sh
# SPDX-License-Identifier: MIT
# deb.sh - Debian packages of this checkout: `make deb`
#
#   O=build packaging/deb.sh
#
# The packages, their checksums and what lintian says lie in $O/deb.  Fails on lintian's errors and warnings, and where a package that
# was installed leaves something behind.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath -m "${O:-build}")/deb
# The package has a build directory of its own, and cleans it.
unset O
for tool in dpkg-buildpackage dh lintian fakeroot; do
	command -v "$tool" >/dev/null || {
		echo "make deb needs $tool; run: apt-get install build-essential debhelper lintian fakeroot" >&2
		exit 1
	}
done
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
source=$out/satbed-$version
rm -rf "$out"
mkdir -p "$source"
git ls-files -z --cached --others --exclude-standard | tar -cf - --null --no-recursion -T - | tar -xf - -C "$source"
cp -a packaging/debian "$source/debian"
(cd "$source" && env -u MAKEFLAGS -u MAKELEVEL DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage -b -us -uc >"$out/build.log" 2>&1) || {
	tail -n 40 "$out/build.log" >&2
	exit 1
}
rm -rf "$source"
cd "$out"
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs ./*.changes | tee lintian.log
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
fakeroot dpkg --root="$root" --force-depends --force-not-root --log=/dev/null -P satbed satbed-doc >>install.log 2>&1
left=$(find "$root" ! -type d ! -path "$root/var/lib/dpkg/*")
[ -z "$left" ] || {
	echo "left by the packages: $left" >&2
	exit 1
}
ls -l ./*.deb
