// SPDX-License-Identifier: MIT
/* captured.c - up to when the captures of a run have packets */
#include "satbed/base/mem.h"
#include "satbed/pcap.h"
#include "state.h"

static int64_t last_packet_ns(const char *path)
{
	const struct sb_pcap_facts *facts;
	struct sb_frame frames[64];
	struct sb_pcap *pcap;
	int64_t last_ns = INT64_MIN;

	if (sb_pcap_open(path, &pcap, NULL))
		return INT64_MIN;
	while (sb_pcap_read(pcap, frames, SB_ARRAY_LEN(frames)))
		;
	facts = sb_pcap_facts(pcap);
	if (facts->records)
		last_ns = facts->last_ns;
	sb_pcap_close(pcap);
	return last_ns;
}

int64_t sb_run_captured_until(const struct sb_run *run)
{
	int64_t until_ns = INT64_MAX;

	for (size_t i = 0; i < run->dir.capture_count; i++) {
		sb_auto_free char *path = sb_rundir_path(&run->dir, run->dir.captures[i].file);
		int64_t last_ns = last_packet_ns(path);

		if (last_ns != INT64_MIN && last_ns - run->real_minus_mono_ns < until_ns)
			until_ns = last_ns - run->real_minus_mono_ns;
	}
	return until_ns;
}
