#!/bin/sh
# SPDX-License-Identifier: MIT
# test_profiles.sh - every scenario that comes with satbed runs to a PASS, whole, on the virtual clock; all are listed
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# Scenarios of a split path need relays, which the virtual clock cannot time (test_slirp.sh runs them).
profiles=
for file in scenarios/*.ini; do
	grep -q '^path = \(slirp\|pasta\)' "$file" || profiles="$profiles $(basename "$file" .ini)"
done

# run PROFILE: its status goes to a file, its results into a directory
run() {
	virtual run "scenarios/$1.ini" --out "$work/$1" --quiet >"$work/$1.out" 2>"$work/$1.err" </dev/null
	echo $? >"$work/$1.status"
}

# On this clock runs do not disturb each other.
running=0
for profile in $profiles; do
	run "$profile" &
	running=$((running + 1))
	[ $((running % $(nproc))) -ne 0 ] || wait
done
wait

for profile in $profiles; do
	json=$work/$profile/run.json
	[ "$(cat "$work/$profile.status")" -eq 0 ] || {
		cat "$work/$profile.out" "$work/$profile.err" >&2
		fail "$profile: status $(cat "$work/$profile.status")"
	}
	expect_json "$json" '.verdict == "PASS" and .reasons == []'
	expect_json "$json" '.captures | all(.dropped == 0)'
	# Where obstructions take the link away for seconds, the end of the run may be in one.
	case $profile in
	leo-obstructed) expect_json "$json" '.flows | all(.bytes > 0 and (.error == null or (.error | startswith("stalled: "))))' ;;
	*) expect_json "$json" '.flows | all(.bytes > 0 and (.kind != "bulk" or .error == null))' ;;
	esac
	for dir in up down; do
		expect_json "$json" ".links[0].$dir.measured | .packets == .arrived + (.lost | .link + .queue + .outage)"
	done
	# What the file says that cubic gets is what it gets: set-up and mounts move a start by microseconds, no more.  Where loss goes
	# by time that decides which burst meets a slow start; with four connections each way (leo-loaded) from 22 to 82 Mbit/s
	# were measured.
	said=$(sed -n 's/^tcp = cubic \([0-9.]*\),.*/\1/p' "scenarios/$profile.ini")
	case $profile in
	leo-starlink | leo-loaded | leo-obstructed | leo-shared) least=0.33 most=3 ;;
	*) least=0.75 most=1.25 ;;
	esac
	[ -z "$said" ] || expect_json "$json" "[.flows[] | select(.kind == \"bulk\" and .direction == \"down\") | .goodput_bps][0] / 1e6 / $said | . > $least and . < $most"
	# The link that ran is the one the file has, as `satbed list` shows it.
	"$satbed" list --json "scenarios/$profile.ini" >"$work/listed" || fail "$profile is not listed"
	for dir in up down; do
		configured=$(jq ".links[0].$dir.initial.rate_bps" "$work/$profile/plan.json")
		[ "$(jq ".[0].$dir.rate_bps" "$work/listed")" = "$configured" ] || fail "$profile $dir: another rate than listed"
	done
done

# Events happened where there are any.
for profile in leo-starlink leo-handover-hard meo leo-rain geo-rain-acm; do
	jq -e '[.events[].count] | add > 0' "$work/$profile/plan.json" >/dev/null || fail "$profile: no event"
done
jq -e '.steps | map(select(.cause == "ramp")) | length > 100' "$work/leo-rain/plan.json" >/dev/null ||
	fail "leo-rain: no ramp"

# What each is worth, and what TCP gets where it fills the link.
for file in scenarios/*.ini; do
	grep -q '^origin = \(fitted\|published\|composed\)$' "$file" || fail "$file does not say where its numbers come from"
	! grep -q '^kind = bulk' "$file" || grep -q '^path = slirp' "$file" || grep -qE '^tcp = cubic [0-9.]+, bbr [0-9.]+ Mbit/s$' "$file" ||
		fail "$file does not say what TCP gets"
done

# Every shipped scenario is listed, one that is broken is named and keeps no other from it.
expect_status 0 "$satbed" list
for file in scenarios/*.ini; do
	name=$(sed -n 's/^name = //p' "$file")
	grep -q "^$name " "$work/out" || fail "$name is not listed"
done
echo '[link]' >"$work/bad.ini"
echo 'delay = 3' >>"$work/bad.ini"
expect_status 2 "$satbed" list "$work/bad.ini" scenarios/meo.ini
expect_text "$work/out" "meo                   140 ms"
expect_text "$work/err" 'bad.ini:2: delay'

# What TCP gets is set against the rate that there is over time: 10 Mbit/s for half of the run, 5 for a quarter, and an outage.
cat >"$work/share.ini" <<'END'
[scenario]
name = share
duration = 20s
tcp = cubic 2.5, bbr 0.5 Mbit/s
[link]
delay = 10ms
rate = 10mbit
[event.slow]
at = 10s
rate_step = 0.5
[event.out]
at = 15s
outage = 5s
[flow.bulk]
kind = bulk
END
expect_status 0 "$satbed" list "$work/share.ini"
expect_text "$work/out" "cubic 2.5 (40 %), bbr 0.5 (8 %) Mbit/s"
expect_status 0 "$satbed" list --json "$work/share.ini"
jq -e '.[0].tcp_share | .cubic == 0.4 and .bbr == 0.08' "$work/out" >/dev/null || fail "shares: $(cat "$work/out")"
