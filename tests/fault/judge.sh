# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# judge.sh - what must hold of a run in which something failed; sourced by campaign.sh and containers.sh
#
#	judge	prints what is wrong, nothing if all is well; of the run in $dir that ended with $status
# shellcheck disable=SC2154 # whoever sources it sets these

# What the fault has orphaned is found by its environment.
left_over() {
	grep -lzxF "FAULT_FILE=$dir/file" /proc/[0-9]*/environ 2>/dev/null
}

judge() {
	# libarchive ends a process itself where it has no memory for a name, with status 1.
	! grep -q '^Fatal Internal Error in libarchive: Out of memory' "$dir/err" || status=4
	case $status in
	0 | 1) ;;
	2 | 3 | 4) grep -q '^satbed: .\|^Fatal Internal Error in libarchive' "$dir/err" || echo "status $status, and no word of why" ;;
	137) echo "it hangs" ;;
	*) echo "status $status" ;;
	esac
	tries=0
	while [ -n "$(left_over)" ] && [ $tries -lt 40 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 40 ] || echo "left: $(left_over)"
	[ -z "$(ls -A "$dir/tmp")" ] || echo "left in TMPDIR: $(ls -A "$dir/tmp")"
	[ -d "$dir/run" ] || return
	for file in "$dir/run"/*; do
		case $file in
		*.json) jq -e 'type == "object"' "$file" >/dev/null 2>&1 || echo "${file##*/} is no JSON object" ;;
		*.pcap) [ ! -s "$file" ] || "$O/satbed" analyze "$file" >/dev/null 2>"$dir/why" || echo "${file##*/}: $(cat "$dir/why")" ;;
		*.jsonl | *.csv | *.html | *.log) ;;
		'*' | "$dir/run/*") ;;
		*) echo "left: ${file##*/}" ;;
		esac
	done
	if [ -e "$dir/run/run.json" ]; then
		jq -e 'has("verdict") and has("flows") and (.links | length == 1) and has("cut_off") and has("manifest")' \
			"$dir/run/run.json" >/dev/null 2>&1 || echo "run.json is not whole"
	elif [ -e "$dir/run/run-state.json" ]; then
		"$O/satbed" report "$dir/run" >/dev/null 2>"$dir/why" || echo "report: $(cat "$dir/why")"
	elif [ "$status" -le 1 ]; then
		echo "status $status, and no run.json"
	fi
}

write_scenario() {
	cat >"$1" <<-'END'
		[scenario]
		name = fault
		duration = 1s
		[testbed]
		backend = user
		[link]
		delay = 5ms
		rate = 10mbit
		queue = 100ms
		[event.step]
		every = 250ms
		delay_step = 2ms
		[flow.bulk]
		kind = bulk
		direction = down
		[flow.talk]
		kind = rr
		[expect]
		goodput.bulk = >= 1kbit
	END
}
