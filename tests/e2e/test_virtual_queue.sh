#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_queue.sh - a queue is as many bytes as the scenario says, for acknowledgements too, or the run says that it was not
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel
need jq

# At 50 Mbit/s down acknowledgements take 1.1 Mbit/s, of which 0.5 can go up.  40,625 bytes of queue hold 615 of 66 bytes; as 27
# packets of netem's they hold 27.
cat >"$work/narrow.ini" <<'END'
[scenario]
name = narrow
duration = 15s
[link]
delay = 325ms
queue = 1.0bdp
[link.up]
rate = 0.5mbit
[link.down]
rate = 50mbit
[flow.bulk]
kind = bulk
cc = cubic
END
json=$work/run/run.json
expect_status 0 virtual run "$work/narrow.ini" --out "$work/run"
expect_json "$json" '.verdict == "PASS" and .link_backend == "user" and (.link_backend_why | startswith("acknowledgements may fill the queue"))'
expect_json "$json" '.links[0].up.measured.lost.queue == 0'
json=$work/netem/run.json
expect_status 0 virtual run "$work/narrow.ini" --backend netem --out "$work/netem"
expect_json "$json" '.verdict == "WARN" and .links[0].up.reason_codes == ["queue_packets"] and .links[0].up.measured.lost.queue > 100'
expect_text "$work/out" "small packets, acknowledgements mostly, were dropped although less than half of the configured queue was used"
