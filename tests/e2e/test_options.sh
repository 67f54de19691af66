#!/bin/sh
# SPDX-License-Identifier: MIT
# test_options.sh - options as people type them; and each one that a text names is one of its command's
. tests/e2e/lib.sh
need jq

geo=scenarios/geo-small.ini

# Letters joined, values attached, beginnings of names, "=", "--".
expect_status 2 "$satbed" run -qv "$work/none.ini"
expect_text "$work/err" "cannot read $work/none.ini"
expect_status 0 "$satbed" down -aq
expect_status 2 "$satbed" compare -n5 "$work/none.ini"
expect_text "$work/err" "cannot read $work/none.ini"
expect_status 2 "$satbed" compare -n0 "$geo"
expect_text "$work/err" "expected a number from 1"
expect_status 0 "$satbed" plan --dur 2s "$geo"
expect_json "$work/out" '.duration_ns == 2000000000'
expect_status 0 "$satbed" plan -d2s "$geo"
expect_json "$work/out" '.duration_ns == 2000000000'
expect_status 0 "$satbed" check --js --set=scenario.name=other -- "$geo"
expect_json "$work/out" '.name == "other"'
expect_status 0 "$satbed" run --hel
expect_text "$work/out" "usage: satbed run"
expect_status 2 "$satbed" run --j x "$geo"
expect_text "$work/err" "ambiguous option --j; did you mean --junit or --json?"
expect_status 2 "$satbed" run -qZ "$geo"
expect_text "$work/err" "unknown option -Z"
expect_status 2 "$satbed" check --json=3 "$geo"
expect_text "$work/err" "--json takes no value"
expect_status 2 "$satbed" check "$geo" -s
expect_text "$work/err" "--set needs a value"
expect_status 2 "$satbed" check -- --json
expect_text "$work/err" "cannot read --json"
# What belongs to a command in a node is not satbed's.
expect_status 2 "$satbed" exec nowhere:client1 ls -aq --help
expect_text "$work/err" "no testbed"

# The image that the message about a missing one tells to choose.
for command in run up compare replay; do
	expect_status 0 "$satbed" "$command" --help
	expect_text "$work/out" "--image NAME"
done
expect_status 2 "$satbed" run "$geo" --image "" --out "$work/no"
expect_text "$work/err" "testbed.image"

# knows COMMAND OPTION
knows() {
	# What makes the manual out of the tables is none of theirs.
	[ "$1 $2" != "help --table" ] || return 0
	[ -s "$work/help.$1" ] || "$satbed" help "$1" >"$work/help.$1" 2>/dev/null || return 1
	grep -q -- "[ ,]$2\( \|\$\)" "$work/help.$1"
}

# "PLACE COMMAND OPTION" of every "satbed COMMAND ... --option" in "PLACE<TAB>text"
in_examples() {
	awk -F '\t' '{
		text = $2
		gsub(/\\n/, ";", text)
		while (match(text, /satbed (`)?[a-z]+ /)) {
			text = substr(text, RSTART + 7)
			command = text
			sub(/ .*/, "", command)
			part = text
			sub(/(satbed |[|;`&>]| -- |: |, | #).*/, "", part)
			while (match(part, /[ \[(]--[a-z][a-z-]*/)) {
				print $1, command, substr(part, RSTART + 1, RLENGTH - 1)
				part = substr(part, RSTART + RLENGTH)
			}
		}
	}'
}

# The same of options that a message names alone, by the commands whose messages they are.
alone() {
	awk -F '\t' '
	function owners(file) {
		if (file ~ /cli\/command\/cmd_/) { sub(/.*cmd_/, "", file); sub(/\.c.*/, "", file); return file }
		if (file ~ /cli\/command\/learn|src\/learn/) return "learn"
		if (file ~ /src\/(suite|compare|kernel|replay)\//) { sub(/^src\//, "", file); sub(/\/.*/, "", file); return file }
		if (file ~ /src\/cleanup\//) return "clean"
		if (file ~ /src\/flow_analysis\//) return "analyze"
		if (file ~ /src\/scenario\//) return "run up compare check plan replay suite"
		if (file ~ /src\/live\//) return "run compare"
		if (file ~ /src\/run\/r/) return "run replay"
		if (file ~ /src\/(engine|container_api)\//) return "run up replay"
		return ""
	}
	{
		text = $2
		# Of other programs.
		gsub(/(systemctl|journalctl|dockerd?|usermod|podman|dpkg|grubby|sudo|apt-get|container:? start it with|device \() ?(--?[a-z][^;,)]*|[a-z]+ --[a-z][^;,)]*)/, "", text)
		gsub(/satbed [a-z]+ [^|;`&),]*/, "", text)
		count = split(owners($1), list, " ")
		while (match(text, /(^|[ (])--[a-z][a-z-]*/)) {
			option = substr(text, RSTART, RLENGTH)
			sub(/^[ (]/, "", option)
			for (i = 1; i <= count; i++)
				print $1, list[i], option
			text = substr(text, RSTART + RLENGTH)
		}
	}'
}

tests/lint/strings.sh >"$work/strings" || fail "no list of texts"
for file in README.md docs/*.md docs/decisions/*.md docs/man/satbed.1 docs/man/satbed-scenario.5; do
	# In the manual a hyphen is "\-", and an option "Fl -name".
	sed 's/\\-/-/g; s/Fl -\([a-z]\)/ --\1/g; s/\.Nm\b/satbed/g' "$file" | awk -v file="$file" '{ gsub(/\t/, " "); print file ":" NR "\t" $0 }'
done >"$work/documents"
{
	in_examples <"$work/strings"
	in_examples <"$work/documents"
	alone <"$work/strings"
} | sort -u >"$work/named"
[ "$(wc -l <"$work/named")" -gt 100 ] || fail "only $(wc -l <"$work/named") options were found in all texts"
grep -q "container_image.c:[0-9]* run --image" "$work/named" || fail "the advice for a missing image was not found"
while read -r place command option; do
	knows "$command" "$option" || echo "$place names $option, which satbed $command does not have"
done <"$work/named" >"$work/wrong"
[ ! -s "$work/wrong" ] || fail "$(cat "$work/wrong")"
