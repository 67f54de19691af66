// SPDX-License-Identifier: MIT
/* host_baseline.c - what the machine itself adds to a link, and what it can carry */
#include "host_baseline.h"

#include <math.h>

#include "satbed/base/clock.h"

#define TRAIN_MIN_PACKETS 8

/* Slower than this times the asked rate before the link, nothing can fill it. */
#define CEILING_MIN 1.1

static double find_ceiling(const struct sb_packet_match *t, const struct sb_window *w, uint32_t mtu)
{
	int64_t first_ns = 0, last_ns = 0;
	uint64_t packets = 0;
	double bits = 0;
	size_t gone = 0;

	for (size_t i = 0; w->train_to_ns > 0 && i < t->sent_count; i++) {
		const struct sb_sent *s = &t->sent[i];

		sb_spill_pass(&t->sent_spill, &gone, i * sizeof(*s));
		if (s->t_ns < w->train_from_ns || s->wire_len < mtu)
			continue;
		if (s->t_ns > w->train_to_ns)
			break;
		if (!packets++)
			first_ns = s->t_ns;
		else
			bits += 8.0 * s->wire_len;
		last_ns = s->t_ns;
	}
	if (packets < TRAIN_MIN_PACKETS || last_ns <= first_ns)
		return NAN;
	return bits * 1e9 / (double)(last_ns - first_ns);
}

void sb_judge_host_baseline(const struct sb_packet_match *packet_match, const struct sb_window *w,
			    const struct sb_measure *m, uint32_t mtu, struct sb_dir_result *r,
			    struct sb_reason_set *d)
{
	size_t gone = 0;

	r->path_cost_ms = m->error.count ? sb_times_at(&m->error, 0) / SB_NS_PER_MS : NAN;
	r->ceiling_bps = find_ceiling(packet_match, w, mtu);
	for (size_t i = 0; i < packet_match->sent_count; i++) {
		sb_spill_pass(&packet_match->sent_spill, &gone, i * sizeof(packet_match->sent[0]));
		if (!packet_match->sent[i].probe || !packet_match->sent[i].judged)
			continue;
		r->probes++;
		r->probes_arrived += packet_match->sent[i].arrived_ns != SB_NEVER;
	}
	if (r->configured_rate_bps > 0 && r->ceiling_bps < CEILING_MIN * r->configured_rate_bps)
		sb_reason_set_add(d, SB_WARN, SB_REASON_SLOW_MACHINE,
				  "this machine delivered only %.4g Mbit/s to the link, which is "
				  "configured for %.4g: it cannot be filled",
				  r->ceiling_bps / 1e6, r->configured_rate_bps / 1e6);
}
