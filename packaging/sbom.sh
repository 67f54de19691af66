#!/bin/sh
# SPDX-License-Identifier: MIT
# sbom.sh - what is in a release, as SPDX 2.3 in JSON
#
#   packaging/sbom.sh NAME TARBALL DEB... >FILE
#
# Of satbed's packages, and of the packages on this machine that are in them or are needed by them: libraries that are linked, those
# that they need in turn, libraries inside the program, the charts of its page, the source of the kernel.  Names and versions are
# dpkg's; licences are those of each package's copyright file where a machine can read that, and NOASSERTION otherwise.
# The date is SOURCE_DATE_EPOCH, and the same packages give the same bytes.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
name=$1 tarball=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

fail() {
	echo "sbom.sh: $*" >&2
	exit 1
}

# library NAME: the path of one that the compiler knows
library() {
	# shellcheck disable=SC2086 # words
	path=$(${CC:-cc} -print-file-name="$1")
	[ -e "$path" ] || fail "the library $1 was not found"
	readlink -m "$path"
}

# owners: of paths, "PATH PACKAGE" each; which of /lib and /usr/lib dpkg knows a file by depends on the package's age
owners() {
	while read -r path; do
		for file in "$path" "$(realpath "$path")"; do
			printf '%s %s\n' "$path" "$file" "$path" "/usr$file" "$path" "${file#/usr}"
		done
	done | sort -u >"$work/candidates"
	# "libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6"; diversions have lines, too.  Not all candidates are there.
	cut -d ' ' -f 2 "$work/candidates" | xargs dpkg-query -S 2>/dev/null | sed -n '/^diversion /d; s/^\([^:,]*\)[:,].* \(\/.*\)/\1 \2/p' |
		awk 'NR == FNR { owner[$2] = $1; next } $2 in owner && !seen[$1]++ { print $1, owner[$2] }' - "$work/candidates"
}

needed() {
	objdump -p "$1" | sed -n 's/^ *NEEDED *//p' | grep -v '^ld-linux' || :
}

# libraries FROM FILE RELATION: "FROM RELATION PATH", and "PATH DEPENDS_ON PATH" for what those need, to the end
libraries() {
	for soname in $(needed "$2"); do
		path=$(library "$soname")
		echo "$1 $3 $path" >>"$work/links"
		if ! grep -qxF "$soname" "$work/seen"; then
			echo "$soname" >>"$work/seen"
			libraries "$path" "$path" DEPENDS_ON
		fi
	done
}

# licences PACKAGE: "PACKAGE LICENCE" of each paragraph of files; nothing where the file has another form
licences() {
	file=/usr/share/doc/$1/copyright
	grep -q '^Format: .*copyright-format' "$file" 2>/dev/null || return 0
	awk -v package="$1" '
		function flush() { if (files && licence != "") print package "\t" licence; files = 0; licence = "" }
		/^[[:blank:]]*$/ { flush() }
		tolower($1) == "files:" { files = 1 }
		tolower($1) == "license:" { licence = $0; sub(/^[^:]*:[[:blank:]]*/, "", licence); sub(/[[:blank:]]+$/, "", licence) }
		END { flush() }' "$file" | sort -u
}

# texts PACKAGE: "PACKAGE LICENCE LINE" of all texts of licences in that file
texts() {
	awk -v package="$1" '
		tolower($1) == "license:" { name = $0; sub(/^[^:]*:[[:blank:]]*/, "", name); sub(/[[:blank:]]+$/, "", name); next }
		/^[^[:blank:]]/ || /^$/ { name = "" }
		name != "" { sub(/^ /, ""); if ($0 == ".") $0 = ""; gsub(/\t/, " "); print package "\t" name "\t" $0 }' "/usr/share/doc/$1/copyright"
}

: >"$work/seen"
: >"$work/links"
: >"$work/own"
for deb; do
	package=$(dpkg-deb -f "$deb" Package)
	printf '%s\t%s\t%s\t%s\n' "$package" "$(dpkg-deb -f "$deb" Version)" "${deb##*/}" "$(sha256sum "$deb" | cut -d ' ' -f 1)" >>"$work/own"
	case $package in
	*-doc) continue ;;
	esac
	mkdir "$work/$package"
	dpkg-deb -x "$deb" "$work/$package"
	find "$work/$package" -type f -perm -100 ! -path '*/share/*' >"$work/programs"
	while read -r file; do
		libraries "$package" "$file" DYNAMIC_LINK
	done <"$work/programs"
	case $package in
	satbed)
		# The agent is static, and inside; so are the page's charts.
		# shellcheck disable=SC2086 # a list
		for word in $(pkg-config --libs ${AGENT_PKGS:?}) -lc -lgcc; do
			case $word in
			-l*)
				path=$(library "lib${word#-l}.a")
				echo "satbed STATIC_LINK $path" >>"$work/links"
				;;
			esac
		done
		echo "satbed CONTAINS ${DYGRAPHS:?}/dygraph.min.js" >>"$work/links"
		;;
	esac
	dpkg-deb -f "$deb" Built-Using | tr ',' '\n' | sed -n "s/^ *\([^ ]*\) (= \(.*\))/$package$tab\1$tab\2/p" >>"$work/sources"
done
touch "$work/sources"
# Packages instead of paths; libraries of one package need each other.
cut -d ' ' -f 3 "$work/links" | sort -u | owners >"$work/owners"
awk 'NR == FNR { owner[$1] = $2; next }
	!($3 in owner) { print "unknown", $3; next }
	{ from = $1 in owner ? owner[$1] : $1; if (from != owner[$3]) print from, $2, owner[$3] }' "$work/owners" "$work/links" | sort -u >"$work/sorted"
unknown=$(sed -n 's/^unknown //p' "$work/sorted")
[ -z "$unknown" ] || fail "no package has $unknown; libraries come from Debian packages"
mv "$work/sorted" "$work/links"

cut -d ' ' -f 3 "$work/links" | sort -u >"$work/packages"
# shellcheck disable=SC2046 # a list
dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' $(cat "$work/packages") |
	awk -F '\t' -v here="$(dpkg --print-architecture)" '$3 == here || $3 == "all"' | sort -u >"$work/versions"
while read -r package; do
	licences "$package"
done <"$work/packages" >"$work/licences"
cut -f 1 "$work/licences" | sort -u | while read -r package; do
	texts "$package"
done >"$work/texts"

jq -n --arg name "$name" --arg tarball "${tarball##*/}" --arg sum "$(sha256sum "$tarball" | cut -d ' ' -f 1)" \
	--arg created "$(date -u -d "@${SOURCE_DATE_EPOCH:?}" +%FT%TZ)" --arg distribution "$(. /etc/os-release && echo "$ID")" \
	--rawfile own "$work/own" --rawfile links "$work/links" --rawfile versions "$work/versions" --rawfile licences "$work/licences" \
	--rawfile texts "$work/texts" --rawfile sources "$work/sources" -f "$here/sbom.jq"
