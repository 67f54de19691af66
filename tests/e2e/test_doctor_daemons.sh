#!/bin/sh
# SPDX-License-Identifier: MIT
# test_doctor_daemons.sh - `satbed doctor` and real daemons: the two Dockers explained, mirrors, settings, Podman
. tests/e2e/lib.sh
. tests/lib/daemons.sh
daemons_need
need jq busybox

# A mirror that answers, as seen from here, and one that is dead from everywhere.
mkdir -p "$work/registry/v2" "$daemons/docker" "$daemons/docker-rootless" "$work/home"
echo '{}' >"$work/registry/v2/index.html"
port=$((20000 + $$ % 20000))
busybox httpd -f -p 127.0.0.1:$port -h "$work/registry" &
httpd=$!
trap 'kill $httpd; daemons_cleanup' EXIT
alive=http://127.0.0.1:$port dead=http://127.0.0.1:9
echo "{\"registry-mirrors\": [\"$alive\", \"$dead/\"]}" >"$daemons/docker/daemon.json"
daemon_start docker
daemon_start docker-rootless
daemon_image docker

HOME=$work/home
DOCKER_HOST=$(daemon_url docker)
XDG_RUNTIME_DIR=$daemons/docker-rootless/run
export HOME DOCKER_HOST XDG_RUNTIME_DIR

# doctor ARGUMENT...: it ends soon, whatever a daemon does; its JSON is in $work/json
doctor() {
	started=$(date +%s%3N)
	"$satbed" doctor --json "$@" >"$work/json" 2>"$work/err" </dev/null
	status=$?
	took=$(($(date +%s%3N) - started))
	[ $took -lt 30000 ] || fail "doctor $* took $took ms"
	[ $status -le 1 ] || [ $status -eq 3 ] || fail "doctor $*: status $status: $(cat "$work/err")"
}

# found ID SUBJECT FILTER: there is such a finding of which the filter is true
found() {
	[ "$(jq --arg id "$1" --arg subject "$2" "[.findings[] | select(.id == \$id and .subject == \$subject) | $3] | any" \
		"$work/json")" = true ] && return
	jq --arg id "$1" '.findings[] | select(.id == $id)' "$work/json" >&2
	fail "no finding $1 of $2 with $3"
}

state() {
	for each in docker docker-rootless; do
		daemon_api $each GET '/containers/json?all=1'
		daemon_api $each GET /images/json | jq -c 'map(.Id)'
		daemon_api $each GET /networks | jq -c 'map(.Name) | sort'
	done
}
state >"$work/before"
doctor
state >"$work/after"
cmp -s "$work/before" "$work/after" || fail "it changed something: $(diff "$work/before" "$work/after")"

# Both are found, once each, and what is said of them is so.
root_json=$daemons/docker/daemon.json rootless_json=$daemons/docker-rootless/home/.config/docker/daemon.json
expect_json "$work/json" '.daemons | map(.engine) | sort == ["docker", "docker-rootless"]'
expect_json "$work/json" '.daemons | all(.state == "answers" and (.version | length > 0) and .images >= 0)'
expect_json "$work/json" ".daemons[] | select(.engine == \"docker\") | .url == \"$DOCKER_HOST\" and .config.path == \"$root_json\" and
	(.rootless | not) and .mirrors_loaded == [\"$alive\", \"$dead\"] and .images == 1 and .image.present and
	.root_dir == \"$daemons/docker/data\" and .log == \"tail -n 50 $daemons/docker/log\""
expect_json "$work/json" ".daemons[] | select(.engine == \"docker-rootless\") | .rootless and .config.path == \"$rootless_json\" and
	.mirrors_loaded == [] and .images == 0 and (.image.present | not) and .network_driver == \"slirp4netns\" and
	.port_driver == \"builtin\" and .process.uid == $daemon_uid"
found daemon.answers docker '.level == "ok"'
found daemon.answers docker-rootless '.level == "ok"'
found daemon.mirror_answers docker ".text | contains(\"$alive\")"
found daemon.mirror_dead docker "(.text | contains(\"$dead\")) and .level == \"warn\" and (.fix | contains(\"$root_json\"))"

# A mirror of root's does not apply to the rootless daemon: said, with the file to put it into.
found two.mirror docker-rootless "(.text | contains(\"$alive\") and contains(\"$root_json\") and
	contains(\"does not apply to the rootless daemon\") and contains(\"$rootless_json\")) and (.fix | contains(\"registry-mirrors\"))"
"$satbed" doctor >"$work/text" 2>/dev/null </dev/null
expect_text "$work/text" "docker and sudo docker are two engines"
grep -q '^  mirrors loaded  *http://127' "$work/text" || fail "no side by side: $(cat "$work/text")"

# A proxy of the shell is not the daemon's: said, without its password.
export HTTPS_PROXY=http://me:secret@proxy.example:3128
doctor --engine docker-rootless
unset HTTPS_PROXY
found daemon.proxy docker-rootless '.level == "warn" and (.text | contains("HTTPS_PROXY is set in this shell"))'
! grep -q secret "$work/json" || fail "a password is shown: $(grep secret "$work/json")"

# Put there, but not loaded yet; a file that is no JSON.
echo "{\"registry-mirrors\": [\"$alive\"]}" >"$rootless_json"
doctor --engine docker-rootless
found daemon.mirrors docker-rootless ".level == \"warn\" and (.text | contains(\"has not loaded it\")) and (.fix | length > 0)"
printf '{\n  "registry-mirrors": ["%s",]\n}\n' "$alive" >"$rootless_json"
doctor
[ $status -eq 1 ] || [ $status -eq 3 ] || fail "status $status though settings are broken"
found daemon.config docker-rootless '.level == "fail" and (.text | contains("line 2"))'
rm "$rootless_json"
doctor
found two.mirror docker-rootless '.fix | contains("mkdir -p") and contains("tee")'

# One daemon by two addresses is one row; a socket whose daemon has ended, and one that anybody may use.
ln -s "$daemons/docker/run/docker.sock" "$work/link.sock"
mkdir -p "$work/home/.docker/contexts/meta/aa" "$work/home/.docker/contexts/meta/bb"
echo "{\"Name\":\"same\",\"Endpoints\":{\"docker\":{\"Host\":\"unix://$work/link.sock\"}}}" \
	>"$work/home/.docker/contexts/meta/aa/meta.json"
echo '{"Name":"far","Endpoints":{"docker":{"Host":"ssh://far.example"}}}' >"$work/home/.docker/contexts/meta/bb/meta.json"
chmod 666 "$daemons/docker/run/docker.sock"
doctor
expect_json "$work/json" '.daemons | map(select(.engine == "docker")) | length == 1'
found daemon.socket_mode docker '.level == "warn"'
expect_json "$work/json" '.findings | any(.id == "access.context_ssh" and (.text | contains("far")))'

# The engine asked for is tried whole: a testbed in its own network namespace, and nothing of it left.
state >"$work/before"
"$satbed" doctor --engine docker --json >"$work/json" 2>"$work/err" </dev/null || fail "status $? of a trial: $(cat "$work/json" "$work/err")"
found trial.testbed docker '.level == "ok" and (.text | contains("link backend is"))'
state >"$work/after"
cmp -s "$work/before" "$work/after" || fail "the trial left something: $(diff "$work/before" "$work/after")"
[ -z "$(find "$work/home" -path '*/journal/*')" ] || fail "a journal is left: $(find "$work/home")"
daemon_stop docker

# An ordinary user who has all that rootless engines need is told so; each was tried.
cp "$satbed" "$work/satbed"
unset DOCKER_HOST
daemon_do docker-rootless "$work/satbed" doctor --json >"$work/json" 2>"$work/err" </dev/null
for id in subuid subgid newuidmap newgidmap mapping tun runtime_dir userns; do
	expect_json "$work/json" "[.findings[] | select(.id == \"rootless.$id\") | .level] == [\"ok\"]"
done
expect_json "$work/json" '.daemons[] | select(.engine == "docker-rootless") | .state == "answers" and .process.user == "satbed-test"'
# Without its ids, newuidmap says so.
nsenter --target "$(daemon_pid docker-rootless)" --mount sh -c ': >/etc/subuid'
daemon_do docker-rootless "$work/satbed" doctor --json >"$work/json" 2>"$work/err" </dev/null
expect_json "$work/json" '.findings | any(.id == "rootless.subuid" and .level == "warn" and (.fix | contains("usermod --add-subuids")))'
daemon_stop docker-rootless

daemon_start podman
CONTAINER_HOST=$(daemon_url podman)
export CONTAINER_HOST
doctor
expect_json "$work/json" '.daemons[] | select(.engine == "podman") | .podman and (.rootless | not) and .state == "answers"'
found daemon.registries podman '.text | contains("Podman reads no daemon.json")'
daemon_stop podman
