#!/bin/sh
# SPDX-License-Identifier: MIT
# test_action_chroot.sh - the steps of .github/actions/run on a machine that has nothing: an ordinary user who may use sudo, as on a
# hosted runner; satbed is built from source there, and only the kernels' cache is filled
# shellcheck disable=SC2034 # inputs are used by the steps that are read from action.yml
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/e2e/action_lib.sh
. tests/lib/chroot.sh
chroot_need
need_kernel

root=$work/root
chroot_make "$root"
chroot_run "$root" sh -c 'apt-get install -q -y --no-install-recommends sudo && useradd --create-home runner &&
	echo "runner ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/runner' >"$work/out" 2>&1 || fail "no runner: $(cat "$work/out")"
chroot_checkout "$root/home/runner/action"
workspace=$root/home/runner/workspace
mkdir -p "$workspace" "$root/home/runner/gh" "$root/home/runner/.local/share/satbed/kernels"
cp scenarios/leo-lossy.ini "$workspace/"
cp -r "$(dirname "$("$satbed" kernel list --json | jq -r --arg name "$kernel" '.[] | select(.name == $name) | .program')")" \
	"$root/home/runner/.local/share/satbed/kernels/"
chroot_run "$root" chown -R runner: /home/runner

# step STATUS NAME: as the runner starts it, with the inputs below
step() {
	{
		cat <<-'END'
			export HOME=/home/runner GITHUB_ACTION_PATH=/home/runner/action/.github/actions/run
			export GITHUB_PATH=$HOME/gh/path GITHUB_OUTPUT=$HOME/gh/output GITHUB_STEP_SUMMARY=$HOME/gh/summary
			# What is not optimised is built much faster, and runs on the virtual clock as well.
			export CFLAGS=-O0
			[ ! -e "$GITHUB_PATH" ] || PATH=$(tr '\n' : <"$GITHUB_PATH")$PATH
			cd "$HOME/workspace" || exit 125
		END
		set | grep '^input_'
		commands "$2"
	} >"$root/home/runner/step"
	status=0
	chroot_run "$root" setpriv --reuid=runner --regid=runner --init-groups bash /home/runner/step >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$1" ] || fail "$2: status $status, not $1: $(tail -n 40 "$work/out" "$work/err")"
}

eval "$(defaults)"
input_scenario='leo-lossy.ini' input_set='scenario.duration=3s'
input_expect='goodput.bulk >= 1kbit'
step 0 key
step 0 build
expect_text "$work/out" "satbed $("$satbed" --version | cut -d ' ' -f 2)"
step 0 run
expect_text "$root/home/runner/gh/output" "verdict=PASS"
expect_text "$root/home/runner/gh/summary" "### leo-lossy: PASS"
[ -s "$workspace/satbed-results/report.html" ] || fail "no page among the results"

rm -rf "$workspace/satbed-results"
input_expect='goodput.bulk >= 1gbit'
step 1 run
expect_text "$work/out" "::error file=leo-lossy.ini"
exit 0
