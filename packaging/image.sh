#!/bin/sh
# SPDX-License-Identifier: MIT
# image.sh - a container image with satbed and a kernel for its virtual clock: `make image`
#
#   O=build packaging/image.sh
#
# Makes $O/image/satbed.tar, which `docker load -i` and `podman load -i` take; nothing is fetched.  In it are satbed, the libraries it
# needs, a shell (busybox), the scenarios, and the kernel that `satbed kernel build` has made here:
#
#   docker run --rm --network none -v "$PWD:/work" localhost/satbed run leo.ini
#
# Containers of it run on the virtual clock, which takes no rights at all; programs of exec flows have to be put into an image on top.
# The same inputs give the same bytes.
set -eu
cd "$(dirname "$0")/.."
O=$(realpath -m "${O:-build}")
satbed=$O/satbed
version=$("$satbed" --version | cut -d ' ' -f 2)
for tool in busybox jq sha256sum; do
	command -v "$tool" >/dev/null || {
		echo "make image needs $tool; run: apt-get install busybox-static jq" >&2
		exit 1
	}
done
stored=$(dirname "$("$satbed" kernel build --json | jq -r .program)")

out=$O/image
rm -rf "$out"
root=$out/root
mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/work" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/srv" "$root/var/tmp"
chmod 1777 "$root/tmp" "$root/var/tmp"
install -D -m 755 "$satbed" "$root/usr/bin/satbed"
# Where the loader looks for them here it finds them there.
ldd "$satbed" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:blank:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
	install -D -m 755 "$(realpath "$library")" "$root$library"
done
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh cat cp env expr grep head id ls mkdir mv ping ps rm sed sleep tail tar tr true wc; do
	ln -s busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
printf 'ID=satbed\nPRETTY_NAME="satbed %s"\n' "$version" >"$root/etc/os-release"
mkdir -p "$root/usr/share/satbed"
cp -r scenarios "$root/usr/share/satbed/scenarios"
install -D -m 755 "$stored/linux" "$root/usr/lib/satbed/kernels/${stored##*/}/linux"
cp "$stored/config" "$stored/manifest.json" "$root/usr/lib/satbed/kernels/${stored##*/}/"

# As docker save writes images: a layer, what it is, and where that is said.
stamp=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --mtime="@$stamp" --owner=0 --group=0 --numeric-owner -cf "$out/layer.tar" -C "$root" .
rm -rf "$root"
layer=$(sha256sum "$out/layer.tar" | cut -d ' ' -f 1)
case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) architecture=$(uname -m) ;;
esac
jq -cn --arg arch "$architecture" --arg layer "sha256:$layer" --arg version "$version" --arg created "$(date -u -d "@$stamp" +%FT%TZ)" '{
	architecture: $arch, os: "linux", created: $created,
	config: {Entrypoint: ["/usr/bin/satbed"], Cmd: ["--help"], WorkingDir: "/work",
		Env: ["PATH=/usr/bin:/bin", "HOME=/root"],
		Labels: {"org.opencontainers.image.title": "satbed", "org.opencontainers.image.version": $version,
			"org.opencontainers.image.licenses": "MIT"}},
	rootfs: {type: "layers", diff_ids: [$layer]},
	history: [{created: $created, created_by: "packaging/image.sh"}]}' >"$out/config.json"
config=$(sha256sum "$out/config.json" | cut -d ' ' -f 1)
mv "$out/config.json" "$out/$config.json"
jq -cn --arg config "$config.json" --arg tag "localhost/satbed:$version" \
	'[{Config: $config, RepoTags: [$tag, "localhost/satbed:latest"], Layers: ["layer.tar"]}]' >"$out/manifest.json"
tar --sort=name --mtime="@$stamp" --owner=0 --group=0 --numeric-owner -cf "$out/satbed.tar" -C "$out" "$config.json" layer.tar manifest.json
rm "$out/layer.tar" "$out/$config.json" "$out/manifest.json"
(cd "$out" && sha256sum satbed.tar | tee SHA256SUMS)
ls -l "$out/satbed.tar"
