#!/bin/sh
# SPDX-License-Identifier: MIT
# test_packages.sh - the packages of `make deb` in a clean Debian: installed, used by an ordinary user, purged, and nothing is left
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/lib/chroot.sh
chroot_need
need dh lintian fakeroot dpkg-buildpackage
need_kernel

# What the build needs is written in two places.
for package in $(sed -n "/^build=/,/'$/p" .ci/packages | tr -s "'\t\n" '   ' | tr ' ' '\n' | grep -E '^lib.*-dev$|^libjs-' | grep -v '^libc6-dev$'); do
	grep -q "^ $package\b" packaging/debian/control || fail "$package is not among Build-Depends of packaging/debian/control"
done

# A directory that stays the same has a compiler cache find what it knows.
built=$O/tests/packages
mkdir -p "$built"
ln -sf "$satbed" "$built/satbed"
[ ! -d /usr/lib/ccache ] || PATH=/usr/lib/ccache:$PATH
O=$built packaging/deb.sh >"$work/deb.log" 2>&1 || fail "deb.sh: $(tail -n 40 "$work/deb.log")"
[ "$(find "$built/deb" -name '*.deb' | wc -l)" -eq 3 ] || fail "not three packages: $(ls "$built/deb")"
if grep -q '^[EW]:' "$built/deb/lintian.log"; then
	fail "lintian: $(cat "$built/deb/lintian.log")"
fi

# What a release says is in the packages is what the loader finds, package by package, and nothing else.
check_sbom() {
	: >"$work/tarball"
	AGENT_PKGS=$(sed -n 's/^AGENT_PKGS := //p' Makefile) DYGRAPHS=$(dirname "$(dpkg -L libjs-dygraphs | grep '/dygraph.min.js$' | head -n 1)") \
		SOURCE_DATE_EPOCH=86400 packaging/sbom.sh satbed-1.0 "$work/tarball" "$built"/deb/*.deb >"$work/sbom" 2>"$work/err" || fail "sbom.sh: $(cat "$work/err")"
	expect_json "$work/sbom" '.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .creationInfo.created == "1970-01-02T00:00:00Z"'
	expect_json "$work/sbom" '[.packages[] | .name and .versionInfo and .downloadLocation and .licenseDeclared and (.filesAnalyzed == false)] | all'
	# shellcheck disable=SC2016 # a variable of jq
	expect_json "$work/sbom" '([.packages[].SPDXID] + [.SPDXID]) as $ids | ($ids | length == (unique | length)) and
		([.relationships[] | .spdxElementId, .relatedSpdxElement] - $ids) == []'
	# Licences are identifiers of SPDX, or defined in the file with their text.
	expect_json "$work/sbom" '([.packages[].licenseDeclared | scan("LicenseRef-[A-Za-z0-9.-]+")] | unique) ==
		([.hasExtractedLicensingInfos[] | select(.extractedText | length > 0) | .licenseId] | unique)'
	expect_json "$work/sbom" '[.packages[].licenseDeclared | gsub("[()]"; "") | split(" AND | OR "; null)[]] | unique |
		map(select(test("^(NOASSERTION|MIT|ISC|Zlib|curl|X11|0BSD|BSL-1.0|CC0-1.0|MPL-2.0|Apache-2.0|BSD-[234]-Clause|L?GPL-[0-9]\\.[0-9]-(only|or-later)|LicenseRef-.+)$") | not)) == []'
	for deb in "$built"/deb/*.deb; do
		expect_json "$work/sbom" ".packages[] | select(.packageFileName == \"${deb##*/}\") | .checksums[0].checksumValue == \"$(sha256sum "$deb" | cut -d ' ' -f 1)\""
	done
	mkdir "$work/unpacked"
	dpkg-deb -x "$built"/deb/satbed_*.deb "$work/unpacked"
	ldd "$work/unpacked/usr/bin/satbed" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r library; do
		printf '%s\n' "$library" "/usr$library" "$(realpath "$library")"
	done | sort -u | xargs dpkg-query -S 2>/dev/null | sed '/^diversion /d; s/[:,].*//' | sort -u >"$work/loaded"
	[ "$(wc -l <"$work/loaded")" -gt 20 ] || fail "ldd names few packages: $(cat "$work/loaded")"
	# shellcheck disable=SC2016 # variables of jq
	jq -r '. as $all | def linked($from): $all.relationships[] | select(.spdxElementId == $from and (.relationshipType | . == "DYNAMIC_LINK" or . == "DEPENDS_ON"))
			| .relatedSpdxElement;
		["SPDXRef-satbed"] | until(. == (. + map(linked(.)) | unique); . + map(linked(.)) | unique)
		| .[] as $id | $all.packages[] | select(.SPDXID == $id and .name != "satbed").name' "$work/sbom" | sort -u >"$work/named"
	diff "$work/loaded" "$work/named" >&2 || fail "the SBOM has other libraries than ldd"
	while read -r package; do
		expect_json "$work/sbom" ".packages[] | select(.name == \"$package\") | .versionInfo == \"$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1)\""
	done <"$work/loaded"
	for package in libjansson-dev libseccomp-dev libc6-dev; do
		expect_json "$work/sbom" "[.relationships[] | select(.relationshipType == \"STATIC_LINK\" and .relatedSpdxElement == \"SPDXRef-debian-$package\")] | length == 1"
	done
}
check_sbom

root=$work/root
chroot_make "$root"
chroot_run "$root" useradd --create-home tester || fail "no user could be made"
# What everybody's dpkg and apt write down is no package's.
files() {
	find "$root" -mindepth 1 \( -path "$root/var/lib/dpkg" -o -path "$root/var/lib/apt" -o -path "$root/var/cache" -o -path "$root/var/log" \
		-o -path "$root/home" -o -path "$root/tmp" -o -path "$root/debs" -o -path "$root/dev" \) -prune -o -printf '/%P\n' | sort
}
files >"$work/before"
mkdir "$root/debs"
cp "$built"/deb/*.deb "$root/debs/"

chroot_run "$root" sh -c 'apt-get install -q -y --no-install-recommends /debs/*.deb' >"$work/out" 2>&1 || fail "install: $(cat "$work/out")"
tester() {
	chroot_run "$root" setpriv --reuid=tester --regid=tester --clear-groups env HOME=/home/tester "$@"
}
expect_status 0 tester satbed kernel list --json
expect_json "$work/out" 'length == 1 and .[0].system and (.[0].program | startswith("/usr/lib/satbed/kernels/"))'
expect_status 3 chroot_run "$root" satbed kernel remove 6
expect_text "$work/err" "apt-get remove satbed-kernel"
expect_status 0 tester satbed run /usr/share/satbed/scenarios/leo-lossy.ini --clock virtual --duration 3s --quiet --json --out /home/tester/run
expect_json "$work/out" '.verdict == "PASS" and .manifest.clock.kind == "virtual" and .flows[0].goodput_bps > 0'
[ -s "$root/home/tester/run/report.html" ] || fail "the run has no page"
for file in man/man1/satbed.1.gz doc/satbed/guide.md.gz doc/satbed-doc/copyright doc/satbed-kernel/copyright; do
	[ -s "$root/usr/share/$file" ] || fail "not installed: $file"
done

chroot_run "$root" sh -c 'apt-get purge -q -y satbed satbed-kernel satbed-doc && apt-get autoremove -q -y --purge' >"$work/out" 2>&1 ||
	fail "purge: $(cat "$work/out")"
files >"$work/after"
comm -13 "$work/before" "$work/after" >"$work/left"
[ ! -s "$work/left" ] || fail "left behind: $(cat "$work/left")"
expect_status 1 chroot_run "$root" dpkg-query -W satbed satbed-kernel satbed-doc

# The action of other people's CI takes the packages, too, and builds neither satbed nor a kernel then.
mkdir "$root/action"
cp -r .github/actions/run "$root/action/run"
expect_status 0 chroot_run "$root" env SATBED='/debs/satbed_*.deb /debs/satbed-kernel_*.deb' SATBED_CLOCK=virtual GITHUB_PATH=/tmp/path \
	GITHUB_ACTION_PATH=/action/run /action/run/build.sh
expect_text "$root/tmp/path" /usr/bin
expect_status 0 chroot_run "$root" env SATBED_SCENARIO=/usr/share/satbed/scenarios/leo-lossy.ini SATBED_SET=scenario.duration=2s \
	SATBED_OUT=/tmp/results GITHUB_STEP_SUMMARY=/tmp/summary GITHUB_OUTPUT=/tmp/output bash -c 'cd /tmp && /action/run/run.sh'
expect_text "$root/tmp/output" verdict=PASS
exit 0
