#!/bin/sh
# SPDX-License-Identifier: MIT
# test_daemon_pull.sh - images through a daemon's own mirrors, one of them dead; and what a failed pull says
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq docker-registry

client=$O/tests/e2e/daemon_client
[ -x "$client" ] || fail "no $client; make tests first"
registry=10.99.0.1:5000 # daemon_sandbox.sh's own address, which rootless daemons reach as well
dead=10.99.0.1:5001

# registry_start KIND: where that daemon lives
registry_start() {
	cat >"$work/registry.yml" <<END
version: 0.1
storage:
  filesystem:
    rootdirectory: $daemons/$1-registry
http:
  addr: $registry
END
	nsenter --target "$(daemon_pid "$1")" --net --pid -- docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
	wait_for 10 nsenter --target "$(daemon_pid "$1")" --net -- curl -s -o /dev/null "http://$registry/v2/" ||
		fail "no registry: $(cat "$work/registry.log")"
}

# The image goes to the registry, and is then the registry's alone.
publish() {
	daemon_image "$1"
	daemon_api "$1" POST "/images/ubuntu:22.04/tag?repo=$registry/library/ubuntu&tag=22.04" >/dev/null
	daemon_api "$1" POST "/images/$registry/library/ubuntu/push?tag=22.04" -H 'X-Registry-Auth: e30=' >"$work/push"
	! grep -q '"error"' "$work/push" || fail "$1: $(cat "$work/push")"
	for name in "$registry/library/ubuntu:22.04" ubuntu:22.04; do
		daemon_api "$1" DELETE "/images/$name?force=1" >/dev/null
	done
	[ "$(daemon_api "$1" GET /images/json | jq length)" -eq 0 ] || fail "$1: an image is left"
}

pulls() {
	"$client" "$(daemon_url "$1")" pull ubuntu:22.04 >"$work/progress" 2>"$work/err" || fail "$1: $(cat "$work/err")"
	[ "$(daemon_api "$1" GET /images/ubuntu:22.04/json | jq -r '.Id != null')" = true ] || fail "$1: no image"
	[ -s "$work/progress" ] || fail "$1: not a word about progress"
}

# What was not found is said with the mirrors that were asked, and with the file to change.
explains() {
	! timeout 150 "$client" "$(daemon_url "$1")" pull nosuch:1 >/dev/null 2>"$work/err" || fail "$1: pulled what is nowhere"
	expect_text "$work/err" 'the image nosuch:1 could not be pulled'
	expect_text "$work/err" "$registry"
	expect_text "$work/err" "$dead"
	expect_text "$work/err" "$2"
	expect_text "$work/err" "$3"
	expect_text "$work/err" 'satbed image import'
}

# Root's Podman reads /etc, which is not this test's to change.
for kind in ${DAEMON_KINDS:-docker docker-rootless podman-rootless}; do
	mkdir -p "$daemons/$kind/home/.config/containers"
	cat >"$daemons/$kind/home/.config/containers/registries.conf" <<END
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "$dead"
insecure = true
[[registry.mirror]]
location = "$registry"
insecure = true
[[registry]]
location = "$registry"
insecure = true
END
	printf '{"registry-mirrors": ["http://%s", "http://%s"], "insecure-registries": ["%s", "%s"]}\n' \
		$dead $registry $dead $registry >"$daemons/$kind/daemon.json"
	daemon_start "$kind"
	registry_start "$kind"
	publish "$kind"
	pulls "$kind"
	case $kind in
	podman-rootless) explains "$kind" .config/containers/registries.conf 'systemctl --user restart podman' ;;
	docker) explains "$kind" /etc/docker/daemon.json 'sudo systemctl restart docker' ;;
	*) explains "$kind" .config/docker/daemon.json 'systemctl --user restart docker' ;;
	esac
	daemon_stop "$kind"
	echo "$kind: ok"
done
