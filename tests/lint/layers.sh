#!/bin/sh
# SPDX-License-Identifier: MIT
# layers.sh - data moves down the list of stages and never up: no include of a later stage's header
#
# Also: none of "../x/y.h", none of another stage's private headers; the agent, which goes into other
# people's images, knows satbed's clock, random numbers, errors, base64, offloads, version and its protocol only.
set -u
cd "$(dirname "$0")/../.." || exit 2

stages='base model pcap flow_analysis scenario plan net container_api journal kernel engine link traffic capture analysis replay learn report dashboard live emulator emulator_main testbed guest run guest_main batch suite compare sweep supervisor doctor cleanup cli'
agent_may='satbed/base/base64.h satbed/base/clock.h satbed/base/rng.h satbed/base/err.h satbed/base/offload.h satbed/base/sandbox.h satbed/base/sched.h satbed/base/proc.h satbed/base/process.h satbed/base/version.h satbed/agent_proto.h'

list_includes() {
	grep -rH --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src include/satbed |
		sed 's/:[^"]*"\([^"]*\)".*/ \1/' | sort
}

list_includes | awk -v stages="$stages" -v agent_may="$agent_may" '
BEGIN {
	count = split(stages, list, " ")
	for (i = 1; i <= count; i++)
		rank[list[i]] = i
	count = split(agent_may, list, " ")
	for (i = 1; i <= count; i++)
		may[list[i]] = 1
}

# The stage of a public header: "satbed/base/err.h" is base, "satbed/plan.h" and "satbed/plan_x.h" are plan.
function stage_of(header, parts, name) {
	split(header, parts, "/")
	name = parts[2]
	sub(/\.h$/, "", name)
	# The stage is the longest known one that begins the name.
	while (!(name in rank) && name ~ /_/ && name !~ /^agent/)
		sub(/_[^_]*$/, "", name)
	if (name ~ /^agent/)
		name = "agent"
	# JUnit XML is one of the forms of a report.
	if (name == "junit")
		name = "report"
	return name
}

function complain(why) {
	print file ": " why ": \"" header "\""
	bad = 1
}

{
	file = $1
	header = $2
	split(file, at, "/")
	own = at[1] == "include" ? stage_of(substr(file, 9)) : at[2]
	public = header ~ /^satbed\//
	if (header ~ /\.\.\//)
		complain("reaches into another folder")
	else if (own == "agent" && at[1] == "src" && public) {
		if (!(header in may))
			complain("is not for the agent")
	} else if (!public && header ~ /\// && substr(header, 1, length(own) + 1) != own "/")
		complain("is the private header of another stage")
	else if (own != "agent" && !(own in rank)) {
		if (!(file in told))
			print file ": unknown stage, add it to tests/lint/layers.sh"
		told[file] = bad = 1
	} else if (public && stage_of(header) != "agent" && !(stage_of(header) in rank))
		complain("belongs to no known stage")
	else if (public && own in rank && rank[stage_of(header)] > rank[own])
		complain("belongs to a later stage")
}

END { exit bad }'
