#!/bin/sh
# SPDX-License-Identifier: MIT
# dist.sh - the sources of the last commit as a tarball: `make dist`, `make dist-check`
#
#   O=build packaging/dist.sh BASE_VERSION [--check]
#
# $O/dist/satbed-VERSION.tar.gz holds every file of the commit and .tarball-version, from which the Makefile takes the version where
# there is no git.  The version is the tag's, vX.Y.Z; behind it, how many commits ago that was and which commit this is.  Where there is
# no tag, BASE_VERSION stands for it.  The same commit gives the same bytes.  With --check the tarball is unpacked, built, and its unit tests are run.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath -m "${O:-build}")/dist
base=$1
unset O
git rev-parse -q --verify HEAD >/dev/null 2>&1 || {
	echo "make dist needs a git checkout: a tarball is made of a commit" >&2
	exit 1
}
version=$(git describe --tags --abbrev=12 --match 'v[0-9]*' 2>/dev/null) ||
	version=v$base-$(git rev-list --count HEAD)-g$(git rev-parse --short=12 HEAD)
version=${version#v}
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
	echo "dist: changes that are not committed are not in the tarball" >&2

name=satbed-$version
rm -rf "$out"
mkdir -p "$out"
printf '%s\n' "$version" >"$out/.tarball-version"
git -c tar.umask=0022 archive --format=tar --prefix="$name/" --add-file="$out/.tarball-version" HEAD | gzip -9n >"$out/$name.tar.gz"
rm "$out/.tarball-version"
(cd "$out" && sha256sum "$name.tar.gz" | tee SHA256SUMS)
ls -l "$out/$name.tar.gz"
[ "${2:-}" = --check ] || exit 0

# Above the tarball is a checkout, which nothing there may look at.
tree=$out/check/$name
mkdir -p "$out/check"
tar -xzf "$out/$name.tar.gz" -C "$out/check"
export GIT_DIR=/nonexistent
cd "$tree"
env -u MAKELEVEL make -j"$(nproc)" ${CC:+"CC=$CC"} all unit-tests
[ "$(build/satbed --version | cut -d ' ' -f 2)" = "$version" ] || {
	echo "dist: build/satbed --version is not $version: $(build/satbed --version)" >&2
	exit 1
}
SATBED_GUEST=0 tests/run.sh unit/
rm -rf "$out/check"
