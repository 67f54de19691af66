#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh - a satbed for the steps to come, and a kernel for the virtual clock
#
# SATBED: a program that is built already, or packages (*.deb), or empty: what its build needs is installed, and it is built;
# SATBED_CLOCK: virtual or real.  GITHUB_PATH and GITHUB_ACTION_PATH are the runner's, who is root or may use sudo without a password.
set -eu

top=$GITHUB_ACTION_PATH/../../..
satbed=${SATBED:-}
case $satbed in
'')
	"$top/.ci/packages" build
	make -C "$top" -j"$(nproc)"
	satbed=$top/build/satbed
	;;
*.deb*)
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	# shellcheck disable=SC2046,SC2086 # words and patterns; apt takes what has a slash for a file
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $(realpath -- $satbed)
	satbed=$(command -v satbed)
	;;
esac
satbed=$(readlink -f "$satbed")
"$satbed" --version
dirname "$satbed" >>"$GITHUB_PATH"
[ "${SATBED_CLOCK:-virtual}" = virtual ] || exit 0
# One of the cache or of a package will do: another version of the distribution's source is no reason to build another one.
[ "$("$satbed" kernel list --json)" = "[]" ] || exit 0
"$top/.ci/packages" kernel
"$satbed" kernel build
