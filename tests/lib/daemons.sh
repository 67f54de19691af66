# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# daemons.sh - real container daemons for tests: root and rootless Docker, root and rootless Podman
#
# Sourced after lib.sh.  Each daemon lives in network, mount and process namespaces of its own (daemon_sandbox.sh),
# with a data root, a socket and, for the rootless ones, a user of its own, all below $daemons; nothing of
# the machine's own is changed.  It needs root, and the packages of .ci/packages.  daemon_supervisor.sh sees to it that
# nothing of a daemon is left when the test ends, even by SIGKILL.
#
#   daemon_start KIND	docker, docker-rootless, podman, podman-rootless; ready when it returns.  native: the
#			same place, an ordinary user's, without a daemon
#   daemon_break KIND	SIGKILL for the daemon alone; daemon_start then starts it again on what it has stored
#   daemon_stop KIND	and everything it ran
#   daemon_url KIND	the address as satbed takes it
#   daemon_do KIND COMMAND...	as whoever owns the daemon, where it lives: the usual places are its own
#   daemon_processes KIND	what runs there
#   daemon_api KIND METHOD PATH [CURL-OPTION...]	one call
#   daemon_image KIND [NAME]	a small image, by default called ubuntu:22.04

# shellcheck disable=SC2154 # lib.sh sets it
daemons=$work/daemons
daemon_uid=64200 # no user of any distribution; its subordinate ids follow
daemon_json='{}' # what the Dockers are started with, unless their daemon.json is there before
daemon_kinds='docker docker-rootless podman podman-rootless'

daemons_need() {
	[ "$(id -u)" -eq 0 ] || skip "starting daemons takes root"
	need dockerd containerd runc podman rootlesskit slirp4netns newuidmap ip unshare nsenter setpriv curl busybox iptables
}

# In the User-Mode Linux guest nothing loads modules on demand, nobody has mounted control groups, and
# starting programs is slow: without its hundred calls of iptables dockerd is there in 9 s, not in 38.
daemons_in_guest() {
	[ -d /run/kernel/lib/modules ] || return 0
	modprobe -d /run/kernel overlay || fail "the guest has no module overlay"
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail "the guest has no control groups"
	echo '+cpu +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control || fail "the guest's control groups cannot be used"
	daemon_json='{"iptables": false}'
}

daemon_url() {
	case $1 in
	docker*) echo "unix://$daemons/$1/run/docker.sock" ;;
	podman*) echo "unix://$daemons/$1/run/podman/podman.sock" ;;
	esac
}

# daemon_pid KIND: of process 1 in its namespaces, as seen from here
daemon_pid() {
	cat "$daemons/$1/cage" 2>/dev/null
}

# A daemon whose disk is busy may take minutes (docs/decisions/0088).
daemon_api() {
	api_url=$(daemon_url "$1") api_method=$2 api_path=$3
	shift 3
	curl -sS --max-time 600 --unix-socket "${api_url#unix://}" -X "$api_method" "$@" "http://daemon/v1.41$api_path"
}

daemon_answers() {
	[ "$1" != native ] || {
		test -e "$daemons/native/run/there"
		return
	}
	[ "$(daemon_api "$1" GET /_ping 2>/dev/null)" = OK ]
}

daemon_ready() {
	[ -e "$daemons/$1/ended" ] || daemon_answers "$1"
}

daemon_start() {
	kind=$1
	dir=$daemons/$kind
	if [ -e "$dir/warden" ]; then
		[ -e "$dir/ended" ] || fail "daemon $kind runs already"
		: >"$dir/again"
		wait_for 30 daemon_taken "$kind" || daemon_complain "$kind" "does not start again"
	else
		daemon_furnish "$kind"
		setpriv --pdeathsig TERM tests/lib/daemon_supervisor.sh "$kind" "$dir" </dev/null &
		echo $! >"$dir/warden"
	fi
	wait_for 120 daemon_ready "$kind" || daemon_complain "$kind" "does not answer"
	# dockerd gives its containerd 15 s to start, on whatever machine.
	for try in 1 2 3; do
		if [ ! -e "$dir/ended" ] || ! grep -q 'timeout waiting for containerd' "$dir/log"; then break; fi
		: >"$dir/again"
		wait_for 20 daemon_taken "$kind"
		wait_for 120 daemon_ready "$kind" || daemon_complain "$kind" "does not answer, try $try"
	done
	[ ! -e "$dir/ended" ] || daemon_complain "$kind" "did not start"
}

daemon_taken() {
	[ ! -e "$daemons/$1/again" ]
}

# daemon_furnish KIND: what daemon_sandbox.sh reads
daemon_furnish() {
	mkdir -p "$dir/home/.config" "$dir/run/podman" "$dir/data" "$dir/exec" "$dir/networks" "$dir/tmp"
	echo $daemon_uid >"$dir/uid"
	echo "/satbed-test-$$-$kind" >"$dir/cgroup"
	[ -e "$dir/daemon.json" ] || echo "$daemon_json" >"$dir/daemon.json"
	[ -e "$dir/env" ] || : >"$dir/env"
	case $kind in
	*-rootless | native)
		chmod 700 "$dir/run"
		mkdir -p "$dir/home/.config/docker"
		[ -e "$dir/home/.config/docker/daemon.json" ] || cp "$dir/daemon.json" "$dir/home/.config/docker/"
		chown -R $daemon_uid:$daemon_uid "$dir"
		;;
	esac
}

daemon_complain() {
	cat "$daemons/$1/cage.log" "$daemons/$1/log" >&2
	fail "daemon $1 $2"
}

# What answers the calls, or for rootless Docker what holds its namespaces; all else goes on, if it can.
daemon_break() {
	tree_of "$(daemon_pid "$1")" | while read -r pid _; do
		case $1/$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) in
		docker/dockerd\ * | docker-rootless/rootlesskit\ * | podman*/podman\ *\ service\ *) kill -KILL "$pid" 2>/dev/null ;;
		esac
	done
	wait_for 10 test -e "$daemons/$1/ended" || fail "daemon $1 did not end"
}

daemon_stop() {
	[ -e "$daemons/$1/warden" ] || return 0
	warden=$(cat "$daemons/$1/warden")
	kill -TERM "$warden" 2>/dev/null
	wait "$warden" 2>/dev/null
}

# daemon_processes KIND: "PID COMMAND" of each process in there, in no order, but for its process 1
daemon_processes() {
	tree_of "$(daemon_pid "$1")" | while read -r pid _; do
		[ "$pid" = "$(daemon_pid "$1")" ] || echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
}

daemon_do() {
	kind=$1
	shift
	set -- env HOME="$daemons/$kind/home" XDG_RUNTIME_DIR="$daemons/$kind/run" "$@"
	case $kind in
	*-rootless | native) set -- setpriv --reuid $daemon_uid --regid $daemon_uid --clear-groups --inh-caps=-all "$@" ;;
	esac
	nsenter --target "$(daemon_pid "$kind")" --net --mount --pid --wd="$PWD" -- "$@"
}

# A root file system in a few megabytes: a shell and the usual tools.
image_tar() {
	[ ! -e "$daemons/image.tar" ] || return 0
	# Two daemons of one test may come here at once.
	tree=$(mktemp -d "$daemons/image.XXXXXX") || fail "no directory for an image"
	chmod 755 "$tree"
	mkdir -p "$tree/bin" "$tree/etc" "$tree/tmp" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/run" "$tree/root" "$tree/usr/bin"
	cp "$(command -v busybox)" "$tree/bin/busybox"
	for applet in sh ash awk cat chmod cp date dd echo env false grep head id ip kill ls mkdir mktemp nc od ping ps rm sed seq sha256sum \
		sleep sort stty tail test tr true tty uname wc wget yes; do
		ln -s busybox "$tree/bin/$applet"
	done
	echo 'root:x:0:0::/root:/bin/sh' >"$tree/etc/passwd"
	printf 'ID=busybox\nPRETTY_NAME="a small image of busybox"\n' >"$tree/etc/os-release"
	tar -C "$tree" -cf "$tree.tar" . && mv "$tree.tar" "$daemons/image.tar"
	rm -rf "$tree"
}

daemon_image() {
	name=${2:-ubuntu:22.04}
	image_tar
	case $1 in
	docker*)
		daemon_api "$1" POST "/images/create?fromSrc=-&repo=${name%:*}&tag=${name##*:}" -H 'Content-Type: application/x-tar' \
			--data-binary "@$daemons/image.tar" >"$daemons/$1/import" || fail "no import into $1"
		;;
	podman*)
		# Podman takes no tag with an import, and short names for those of Docker Hub.
		daemon_api "$1" POST "/images/create?fromSrc=-&repo=docker.io/library/$name" -H 'Content-Type: application/x-tar' \
			--data-binary "@$daemons/image.tar" >"$daemons/$1/import" || fail "no import into $1"
		image=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "$daemons/$1/import")
		daemon_api "$1" POST "/images/$image/tag?repo=docker.io/library/${name%:*}&tag=${name##*:}"
		;;
	esac
	[ "$(daemon_api "$1" GET "/images/$name/json" | jq -r '.Id != null')" = true ] || {
		cat "$daemons/$1/import" >&2
		fail "no image $name in $1"
	}
}

# lib.sh's own, after the daemons.
daemons_cleanup() {
	for kind in $daemon_kinds native; do
		daemon_stop "$kind"
	done
	cleanup
}
mkdir -p "$daemons"
chmod 711 "$work"
daemons_in_guest
trap daemons_cleanup EXIT
