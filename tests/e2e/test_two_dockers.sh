#!/bin/sh
# SPDX-License-Identifier: MIT
# test_two_dockers.sh - `docker` and `sudo docker` are two engines: a mirror in /etc/docker/daemon.json, an image
# that the root daemon gets through it, and a pull by the rootless one, which fails; the error and `satbed doctor` say why
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq docker-registry

registry=10.99.0.1:5000 # daemon_sandbox.sh's own address
me=docker-rootless
home=$daemons/$me/home
# The one file is root's; the rootless daemon has one of its own, with nothing in it.
mkdir -p "$daemons/docker" "$home/.config/docker"
echo "{\"registry-mirrors\": [\"http://$registry\"], \"insecure-registries\": [\"$registry\"]}" >"$daemons/docker/daemon.json"
cp "$daemons/docker/daemon.json" "$daemons/$me/"
echo '{}' >"$home/.config/docker/daemon.json"
daemon_start docker
daemon_start "$me"
# As on a machine that both share: root's socket where the other daemon lives.
nsenter --target "$(daemon_pid "$me")" --mount ln -sfn "$daemons/docker/run/docker.sock" /run/docker.sock
cp "$satbed" "$work/satbed"
chmod 755 "$work/satbed"

cat >"$work/registry.yml" <<END
version: 0.1
storage:
  filesystem:
    rootdirectory: $daemons/docker-registry
http:
  addr: $registry
END
for each in docker $me; do
	setpriv --pdeathsig KILL nsenter --target "$(daemon_pid "$each")" --net -- docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
	wait_for 30 nsenter --target "$(daemon_pid "$each")" --net -- curl -s -o /dev/null "http://$registry/v2/" ||
		fail "no registry: $(cat "$work/registry.log")"
done

# Published by the root daemon, and then the registry's alone.
daemon_image docker
daemon_api docker POST "/images/ubuntu:22.04/tag?repo=$registry/library/ubuntu&tag=22.04" >/dev/null
daemon_api docker POST "/images/$registry/library/ubuntu/push?tag=22.04" -H 'X-Registry-Auth: e30=' >"$work/push"
! grep -q '"error"' "$work/push" || fail "$(cat "$work/push")"
for name in "$registry/library/ubuntu:22.04" ubuntu:22.04; do
	daemon_api docker DELETE "/images/$name?force=1" >/dev/null
done

cat >"$work/short.ini" <<'END'
[link]
delay = 5ms
[flow.bulk]
kind = bulk
direction = down
END
chmod 644 "$work/short.ini"

# The root daemon pulls it through its mirror, and the run goes on.
expect_done daemon_do docker "$work/satbed" run "$work/short.ini" --engine docker --duration 1s --out "$daemons/docker/home/out"
expect_text "$work/err" "pulled ubuntu:22.04"
expect_json "$daemons/docker/home/out/run.json" '.flows[0].bytes > 0 and .manifest.engine.image.digest != null'

# The rootless one has never heard of that mirror, though a registry answers where it lives.
daemon_do "$me" timeout 200 "$work/satbed" run "$work/short.ini" --engine "$me" --duration 1s --out "$home/out" >"$work/out" 2>"$work/err" </dev/null
status=$?
case $status in
3 | 4) ;;
*) fail "status $status of a pull that cannot work: $(cat "$work/err")" ;;
esac
expect_text "$work/err" "ubuntu:22.04"
expect_text "$work/err" "has loaded: none"
expect_text "$work/err" "the mirror http://$registry in /etc/docker/daemon.json is the root daemon's: the rootless one does not read that file"
expect_text "$work/err" "put into ~/.config/docker/daemon.json"
expect_text "$work/err" "systemctl --user restart docker"

# doctor ARGUMENT...: of that user, there
doctor() {
	daemon_do "$me" env -u DOCKER_HOST "$work/satbed" doctor "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ $status -le 1 ] || [ $status -eq 3 ] || fail "doctor: status $status: $(cat "$work/err")"
}

# told FILTER: some finding
told() {
	[ "$(jq ".findings | any($1)" "$work/out")" = true ] && return
	jq .findings "$work/out" >&2
	fail "no finding with $1"
}

# How this one was started is how it is started again; a unit of systemd's would be restarted.
# To an ordinary user, who may not ask root's daemon, its file says enough.
doctor --json
told '.id == "two.engines" and (.text | contains("docker and sudo docker are two engines"))'
told ".id == \"two.mirror\" and .subject == \"$me\" and .level == \"warn\" and (.text | contains(\"http://$registry in /etc/docker/daemon.json\")
	and contains(\"does not apply to the rootless daemon\") and contains(\".config/docker/daemon.json\"))
	and (.fix | contains(\"registry-mirrors\") and contains(\"dockerd-rootless.sh\"))"
doctor
expect_text "$work/out" "docker and sudo docker are two engines"
expect_text "$work/out" "it does not apply to the rootless daemon"

# To one who may, both are shown, side by side.
chmod 666 "$daemons/docker/run/docker.sock"
doctor --json
expect_json "$work/out" '[.daemons[] | select(.state == "answers") | .engine] | sort == ["docker", "docker-rootless"]'
expect_json "$work/out" ".daemons[] | select(.engine == \"docker\") | .mirrors_loaded == [\"http://$registry\"] and .image.present"
expect_json "$work/out" '.daemons[] | select(.engine == "docker-rootless") | .mirrors_loaded == [] and (.image.present | not)'
told '.id == "two.mirror" and .subject == "docker-rootless"'

# What it says is done: the mirror in the daemon's own file, a restart, and the same run works.
cp "$daemons/docker/daemon.json" "$home/.config/docker/daemon.json"
doctor --json
told '.id == "daemon.mirrors" and .subject == "docker-rootless" and (.text | contains("has not loaded it"))'
daemon_break "$me"
daemon_start "$me"
expect_done daemon_do "$me" "$work/satbed" run "$work/short.ini" --engine "$me" --duration 1s --out "$home/out2"
expect_text "$work/err" "pulled ubuntu:22.04"
doctor --json
expect_json "$work/out" '.findings | all(.id != "two.mirror" or .subject != "docker-rootless")'
