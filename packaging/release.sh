#!/bin/sh
# SPDX-License-Identifier: MIT
# release.sh - all that is published of the last commit: `make release`
#
#   O=build AGENT_PKGS=... DYGRAPHS=... packaging/release.sh BASE_VERSION
#
# $O/release has the sources (dist.sh), the packages made of those sources and not of the checkout (deb.sh), what is in them (sbom.sh)
# and SHA256SUMS.  The same commit, kernel and build machine give the same bytes: `make reproducible`.
set -eu
umask 022
cd "$(dirname "$0")/.."
O=$(realpath -m "${O:-build}")
out=$O/release
git rev-parse -q --verify HEAD >/dev/null 2>&1 || {
	echo "make release needs a git checkout: a release is made of a commit" >&2
	exit 1
}
tag=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null) || tag=
changelog=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
[ -z "$tag" ] || [ "$tag" = "v$changelog" ] || {
	echo "release: the tag is $tag and the version of packaging/debian/changelog is $changelog; make them the same" >&2
	exit 1
}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

O=$O packaging/dist.sh "$1" >/dev/null
tarball=$(ls "$O"/dist/satbed-*.tar.gz)
name=$(basename "$tarball" .tar.gz)
rm -rf "$out"
mkdir -p "$out/work/o"
tar -xzf "$tarball" -C "$out/work"
# With that program the guest's kernel is found.
ln -s "$O/satbed" "$out/work/o/satbed"
# Above it is a checkout, of which nothing may be taken.
(cd "$out/work/$name" && GIT_DIR=/nonexistent O="$out/work/o" packaging/deb.sh) >"$out/deb.log" 2>&1 || {
	tail -n 40 "$out/deb.log" >&2
	exit 1
}
mv "$tarball" "$out/work/o/deb"/*.deb "$out/"
rm -rf "$out/work" "$out/deb.log" "$O/dist"
packaging/sbom.sh "$name" "$out/$name.tar.gz" "$out"/*.deb >"$out/$name.spdx.json"
(cd "$out" && sha256sum -- *.deb *.gz *.json >SHA256SUMS && cat SHA256SUMS)
