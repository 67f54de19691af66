#!/bin/sh
# SPDX-License-Identifier: MIT
# test_kernel.sh - kernels are built, listed, removed; what goes wrong is said, and nothing is left behind
#
# The sources are dummies that "compile" in no time; test_kernel_virtual.sh builds a real one.
. tests/e2e/lib.sh
need jq cc make tar xz flex bison bc strip patch

# Of a package that is installed here nothing is to be seen.
if [ -d /usr/lib/satbed/kernels ] && [ -n "$(ls /usr/lib/satbed/kernels)" ]; then
	# shellcheck disable=SC2016 # of the inner shell
	unshare -rm sh -c 'mount -t tmpfs -o mode=755 none /usr/lib/satbed/kernels && "$1"' sh "$0"
	exit
fi

XDG_DATA_HOME=$work/data
export XDG_DATA_HOME
kernels=$XDG_DATA_HOME/satbed/kernels

# make_source DIR VERSION: its configuration is what is wanted, its program a program
make_source() {
	mkdir -p "$1/arch/um" "$1/net" || fail "cannot make $1"
	echo "# $2" | tr . '\n' | sed -n 's/^# */VERSION = /p; 2s/^/PATCHLEVEL = /p; 3s/^/SUBLEVEL = /p' >"$1/Makefile"
	cat >>"$1/Makefile" <<'MAKE'
EXTRAVERSION =

mrproper:
	rm -f *.o
allnoconfig:
	sed '/^# CONFIG/d' $(KCONFIG_ALLCONFIG) >.config
	echo CONFIG_HZ=$$(sed -n 's/^.default //p' arch/um/Kconfig) >>.config
linux:
	@echo '  CC      main.o'
	$(SLOW)
	$(CC) -o linux main.c
	@echo '  LINK    linux'
MAKE
	printf 'config HZ\n\tint\n\tdefault 100\n' >"$1/arch/um/Kconfig"
	echo 'obj-y += core/' >"$1/net/Makefile"
	echo 'mainmenu "dummy"' >"$1/Kconfig"
	echo 'int main(void) { return 0; }' >"$1/main.c"
}

# expect_only NAME...: these are in the directory of kernels, nothing else
expect_only() {
	for name; do echo "$name"; done | sort >"$work/wanted"
	find "$kernels" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort >"$work/there"
	diff "$work/wanted" "$work/there" >&2 || fail "not what should be in $kernels"
}

build() {
	"$satbed" kernel build "$@"
}

# runs PID: it does, and is not only waited for
runs() {
	[ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat" 2>/dev/null
}

make_source "$work/linux" 9.9.1

# Without any: an error that says what to type.
expect_status 0 "$satbed" kernel list
expect_text "$work/out" "satbed kernel build"
expect_status 3 "$satbed" kernel remove 9.9
expect_text "$work/err" "satbed kernel build"

# One is built, and once only.
expect_status 0 build --source "$work/linux" --json --quiet
[ ! -s "$work/err" ] || fail "--quiet was not: $(cat "$work/err")"
expect_json "$work/out" '.version == "9.9.1" and (.hash | test("^[0-9a-f]{12}$")) and .changes == ""'
plain=$(jq -r .name "$work/out")
"$(jq -r .program "$work/out")" || fail "the program does not run"
grep -qx CONFIG_HZ=1000 "$(jq -r .config "$work/out")" || fail "HZ was not changed"
expect_json "$kernels/$plain/manifest.json" '.patches == [] and .modules == [] and (.recipe | length) == 32'
expect_only "$plain"
expect_status 0 build --source "$work/linux"
expect_text "$work/out" "$plain is built already"
# The same source as an archive is the same version, of another digest.
tar -C "$work" -cJf "$work/linux.tar.xz" linux
expect_status 0 build --source "$work/linux.tar.xz" --json
archived=$(jq -r .name "$work/out")
expect_only "$plain" "$archived"
expect_status 0 "$satbed" kernel remove "$archived"
expect_only "$plain"

# What is changed makes another kernel: a patch, modules with and without a Makefile and Kconfig.
printf -- '--- a/main.c\n+++ b/main.c\n@@ -1 +1 @@\n-int main(void) { return 0; }\n+int main(void) { return 7; }\n' >"$work/seven.patch"
expect_status 0 build --source "$work/linux" --patch "$work/seven.patch" --json
seven=$(jq -r .name "$work/out")
expect_json "$work/out" '.changes == "seven.patch"'
"$(jq -r .program "$work/out")"
[ $? -eq 7 ] || fail "the patch is not in the program"
mkdir "$work/tcp_mine" "$work/own"
echo 'int mine;' >"$work/tcp_mine/tcp_mine.c"
# shellcheck disable=SC2016 # of make
printf 'obj-$(CONFIG_OWN) += own.o\nobj-m += more.o\n' >"$work/own/Makefile"
printf 'config OWN\n\tbool "own"\n' >"$work/own/Kconfig"
# The dummy's Makefile shows what a kernel's would see.
sed -i 's/^linux:/linux:\n\tcat net\/Makefile net\/satbed\/Makefile net\/satbed\/*\/Makefile Kconfig .config >seen; cp seen \/proc\/self\/cwd\/..\/..\/..\/..\/..\/seen/' \
	"$work/linux/Makefile"
expect_status 0 build --source "$work/linux" -m "$work/tcp_mine" -m "$work/own" --json
expect_json "$work/out" '.changes == "tcp_mine, own"'
modules=$(jq -r .name "$work/out")
# shellcheck disable=SC2016 # of make
for line in 'obj-y += satbed/' 'obj-y += tcp_mine/' 'obj-y += tcp_mine.o' 'obj-y += $(obj-m)' \
	'include $(srctree)/net/satbed/own/Makefile.module' 'source "net/satbed/own/Kconfig"' CONFIG_OWN=y; do
	grep -qxF -- "$line" "$work/seen" || fail "a module is not built in: no $line in $(cat "$work/seen")"
done
expect_status 0 "$satbed" kernel list --json
expect_json "$work/out" "[.[].name] | .[0] == \"$plain\" and length == 3"
expect_status 0 "$satbed" kernel list
expect_text "$work/out" "tcp_mine, own"
expect_status 0 "$satbed" kernel remove "$seven" "${modules#*-}"
expect_only "$plain"

# Errors, each with its reason; nothing is left.
make_source "$work/linux" 9.9.2
expect_status 2 build --source "$work"
expect_text "$work/err" "not the source of a Linux kernel"
expect_status 2 build --source "$work/none"
expect_text "$work/err" "$work/none"
head -c 3000 /dev/urandom >"$work/noise.tar.xz"
expect_status 2 build --source "$work/noise.tar.xz"
expect_status 2 build --source "$work/linux" --patch "$work/none.patch"
expect_text "$work/err" none.patch
sed 's/return 0/return 1/' "$work/seven.patch" >"$work/wrong.patch"
expect_status 2 build --source "$work/linux" --patch "$work/wrong.patch"
expect_text "$work/err" "wrong.patch does not apply"
mkdir "$work/empty" "$work/bad name"
expect_status 2 build --source "$work/linux" --module-source "$work/empty"
expect_text "$work/err" "neither a Makefile nor a C file"
expect_status 2 build --source "$work/linux" --module-source "$work/bad name"
expect_text "$work/err" '"bad name"'
expect_status 2 build --source "$work/linux" 9.9
expect_status 2 "$satbed" kernel list --patch x
expect_status 2 "$satbed" kernel mend
sed -i '/HZ/s/HZ/HERTZ/' "$work/linux/arch/um/Kconfig"
expect_status 2 build --source "$work/linux"
expect_text "$work/err" "arch/um/Kconfig of this version"
make_source "$work/linux" 9.9.2
sed -i '/CONFIG_HZ/s/$/; sed -i \/NETEM\/d .config/' "$work/linux/Makefile"
expect_status 2 build --source "$work/linux"
expect_text "$work/err" CONFIG_NET_SCH_NETEM=y
make_source "$work/linux" 9.9.2
mkdir "$work/bin"
for tool in make gcc ld strip flex perl sh sed; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
expect_status 3 env PATH="$work/bin" "$satbed" kernel build --source "$work/linux"
expect_text "$work/err" "not here: bison, bc; on Debian and Ubuntu: sudo apt-get install bison bc"
expect_only "$plain"
echo 'int main(void) { return nothing; }' >"$work/linux/main.c"
expect_status 2 build --source "$work/linux"
expect_text "$work/err" "nothing"
expect_text "$work/err" failed-build.log
grep -q "undeclared" "$kernels/failed-build.log" || fail "the log has no output of the compiler"
expect_only "$plain" failed-build.log
rm "$kernels/failed-build.log"

# An archive cannot write elsewhere, neither by name nor through a link.
make_source "$work/linux" 9.9.3
mkdir "$work/outside"
ln -s "$work/outside" "$work/linux/way"
tar -C "$work" -cf "$work/evil.tar" linux
rm "$work/linux/way"
mkdir "$work/linux/way"
echo evil >"$work/linux/way/file"
tar -C "$work" -rf "$work/evil.tar" linux/way/file
expect_status 3 build --source "$work/evil.tar"
tar -C "$work" -cf "$work/up.tar" --transform 's,linux/main.c,linux/../../../up,' -P linux/main.c linux/Makefile
build --source "$work/up.tar" >/dev/null 2>&1 && fail "an archive with .. in its names was taken"
escaped=$(find "$work/outside" "$XDG_DATA_HOME/satbed/up" "$kernels/up" -type f 2>/dev/null)
[ -z "$escaped" ] || fail "an archive wrote elsewhere: $escaped"
expect_only "$plain"

# Interrupted while it compiles: everything it started is gone, and so is its directory.
make_source "$work/linux" 9.9.4
sed -i "s,\$(SLOW),echo \$\$\$\$ >$work/slow; sleep 600," "$work/linux/Makefile"
start_slow() {
	rm -f "$work/slow"
	"$satbed" kernel build --source "$work/linux" >"$work/out" 2>"$work/err" &
	pid=$!
	for _ in $(seq 600); do
		[ ! -s "$work/slow" ] || return 0
		sleep 0.1
	done
	fail "the compilation did not start: $(cat "$work/err")"
}
start_slow
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "status $? after SIGINT"
runs "$(cat "$work/slow")" && fail "the compiler is still there"
expect_only "$plain"
# Another build does not touch the directory of one that is at work, but that of one that was killed.
start_slow
make_source "$work/other" 9.9.5
expect_status 0 build --source "$work/other"
[ "$(find "$kernels" -maxdepth 1 -name '.build-*' | wc -l)" -eq 1 ] || fail "a build at work lost its directory"
kill -KILL $pid
wait $pid
expect_status 0 build --source "$work/other" --patch "$work/seven.patch" --json
other=$(jq -r .name "$work/out")
expect_status 0 "$satbed" kernel remove "$other" 9.9.5
expect_only "$plain"

# The distribution's package: downloaded without root, unpacked, not installed; again only when it is another.
make_source "$work/linux-source-9.8" 9.8.7
tar -C "$work" -cJf "$work/linux-source-9.8.tar.xz" linux-source-9.8
mkdir "$work/apt"
cat >"$work/apt/apt-cache" <<FAKE
#!/bin/sh
case \$1 in
pkgnames) printf 'linux-source-9.8\nlinux-source\nlinux-source-9.8-rt\nlinux-source-9.7\n' ;;
show) printf 'Package: linux-source-9.8\nVersion: %s\nSize: 10\n' "\$(cat $work/apt/version)" ;;
esac
FAKE
cat >"$work/apt/apt-get" <<FAKE
#!/bin/sh
echo "\$*" >>$work/apt/calls
[ ! -e $work/apt/broken ] || { echo "E: Failed to fetch: no route"; exit 100; }
touch linux-source-9.8_1.deb
FAKE
cat >"$work/apt/dpkg-deb" <<FAKE
#!/bin/sh
mkdir -p files/usr/src && cp $work/linux-source-9.8.tar.xz files/usr/src
FAKE
chmod +x "$work"/apt/*
echo 9.8.7-1 >"$work/apt/version"
apt_build() {
	# A machine with nothing in /usr/src.
	# shellcheck disable=SC2016 # of the inner shell
	unshare -rm sh -c 'mount -t tmpfs none /usr/src && PATH=$1:$PATH && shift && exec "$@"' sh "$work/apt" "$satbed" kernel build "$@"
}
if unshare -rm true 2>/dev/null; then
	expect_status 0 apt_build --json
	expect_json "$work/out" '.version == "9.8.7"'
	packaged=$(jq -r .name "$work/out")
	expect_json "$kernels/$packaged/manifest.json" '.package == "linux-source-9.8=9.8.7-1"'
	expect_status 0 apt_build 9.8
	expect_text "$work/out" "$packaged is built already"
	[ "$(wc -l <"$work/apt/calls")" -eq 1 ] || fail "downloaded again: $(cat "$work/apt/calls")"
	echo 9.8.7-2 >"$work/apt/version"
	expect_status 0 apt_build 9.8.7
	[ "$(wc -l <"$work/apt/calls")" -eq 2 ] || fail "a newer package was not downloaded"
	expect_status 3 apt_build 9.6
	expect_text "$work/err" "only of 9.8, 9.7"
	touch "$work/apt/broken"
	echo 9.8.7-3 >"$work/apt/version"
	expect_status 3 apt_build
	expect_text "$work/err" "Failed to fetch: no route"
	expect_text "$work/err" "sudo apt-get update"
	rm "$work/apt/apt-get"
	ln -s "$(command -v bison)" "$work/bin/bison"
	ln -s "$(command -v bc)" "$work/bin/bc"
	# shellcheck disable=SC2016 # of the inner shell
	expect_status 3 unshare -rm sh -c 'mount -t tmpfs none /usr/src && PATH=$1 exec "$2" kernel build' sh "$work/bin" "$satbed"
	expect_text "$work/err" "no apt and no archive"
	# No space.
	# shellcheck disable=SC2016 # of the inner shell
	expect_status 3 unshare -rm sh -c 'mount -t tmpfs -o size=50M,mode=0755 none "$XDG_DATA_HOME" && exec "$@"' sh "$satbed" kernel build \
		--source "$work/linux-source-9.8"
	expect_text "$work/err" "GB free"
	expect_only "$plain" "$packaged"
fi

# A directory that others can write to.
chmod 777 "$kernels"
expect_status 3 "$satbed" kernel list
expect_text "$work/err" "chmod go-w"
chmod 755 "$kernels"
[ -z "$(ls "$work/tmp")" ] || fail "left in TMPDIR: $(ls "$work/tmp")"
