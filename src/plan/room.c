// SPDX-License-Identifier: MIT
/* room.c - how much room the results of a plan may take */
#include "satbed/plan_room.h"

#include <math.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan_probe.h"

#define ETHER_HEADER  14
#define RECORD_HEADER 16 /* of pcap */
#define HEADERS	      66 /* Ethernet, IPv4, TCP with time stamps */

/* Text of series.json, and once more in report.html, in a bin: of a direction, of a flow. */
#define DIR_BIN_BYTES  240
#define FLOW_BIN_BYTES 200
#define SAMPLE_BYTES   180 /* a row of samples.csv */
#define STEP_BYTES     200 /* a line of events.jsonl */
#define PAGE_BYTES     (1 << 20)
#define BINS_MOST      2000 /* analysis/series.c has no more of them */

/** struct load - what one direction of one link may carry: frames and their bytes */
struct load {
	double packets, bytes;
	double acks; /* of the other direction's packets */
};

/* Bytes through each direction at its rates; INFINITY = without a limit for some time. */
static void add_capacity(const struct sb_plan *plan, double *bytes)
{
	size_t count = 2 * plan->link_count;
	int64_t *since_ns = sb_alloc(count, sizeof(*since_ns));
	uint64_t *rate_bps = sb_alloc(count, sizeof(*rate_bps));

	for (size_t i = 0; i < count; i++)
		rate_bps[i] = plan->links[i / 2].dir[i % 2].initial.rate_bps;
	for (size_t n = 0; n < plan->step_count + count; n++) {
		bool last = n >= plan->step_count;
		const struct sb_step *step = last ? NULL : &plan->steps[n];
		size_t i = last ? n - plan->step_count : 2u * step->link + step->dir;
		int64_t at_ns = last ? plan->duration_ns : step->at_ns;

		if (at_ns > plan->duration_ns)
			at_ns = plan->duration_ns;
		if (at_ns > since_ns[i])
			bytes[i] += rate_bps[i]
					? (double)rate_bps[i] / 8e9 * (double)(at_ns - since_ns[i])
					: INFINITY;
		since_ns[i] = at_ns;
		if (!last)
			rate_bps[i] = step->state.rate_bps;
	}
	free(since_ns);
	free(rate_bps);
}

static void add_full(struct load *l, double bytes, double share, uint32_t mtu)
{
	double frame = mtu + ETHER_HEADER;

	l[0].packets += bytes * share / frame;
	l[0].bytes += bytes * share;
}

/* Over one link; of those that a flow may use, each may carry all of it. */
static void add_flow(const struct sb_plan *plan, const struct sb_flow *f, size_t link,
		     const double *capacity, struct load *loads)
{
	size_t i = 2 * link + f->dir, other = i ^ 1;
	double left_s = (double)(plan->duration_ns - f->start_ns) / 1e9;
	double seconds = fmax(0, fmin((double)f->duration_ns / 1e9, left_s));
	double share = seconds * 1e9 / (double)plan->duration_ns, payload = plan->mtu - 52.0, n;

	switch (f->kind) {
	case SB_FLOW_BULK:
		add_full(&loads[i], capacity[i], share, plan->mtu);
		break;
	case SB_FLOW_EXEC:
	case SB_FLOW_SESSION:
		add_full(&loads[i], capacity[i], share, plan->mtu);
		add_full(&loads[other], capacity[other], share, plan->mtu);
		break;
	case SB_FLOW_FILE:
		n = fmin((double)f->size_bytes / payload,
			 capacity[i] * share / (plan->mtu + ETHER_HEADER));
		loads[i].packets += n;
		loads[i].bytes += n * (plan->mtu + ETHER_HEADER);
		break;
	case SB_FLOW_STREAM:
		n = (double)f->rate_bps / 8 / fmax(1, f->packet_bytes) * seconds;
		loads[i].packets += n;
		loads[i].bytes += n * (f->packet_bytes + 42.0);
		return;
	case SB_FLOW_RR:
		/* Without an interval as fast as round trips are; none is shorter than this path's. */
		n = seconds * 1e9 /
		    fmax((double)(f->interval_ns ? f->interval_ns
						 : 2 * plan->links[link].dir[0].initial.delay_ns),
			 100e3);
		for (size_t k = 0; k < 2; k++) {
			double bytes = k == SB_UP ? f->request_bytes : f->response_bytes;
			double frames = n * (floor(bytes / payload) + 1);

			loads[2 * link + k].packets += frames;
			loads[2 * link + k].bytes += n * bytes + frames * HEADERS;
			loads[2 * link + k].acks += frames / 2;
		}
		return;
	}
	loads[other].acks += loads[i].packets / 2;
}

static void limit(struct load *l, double capacity)
{
	double part;

	if (!(l->bytes > capacity))
		return;
	part = capacity / l->bytes;
	l->packets *= part;
	l->bytes = capacity;
}

static double report_bytes(const struct sb_plan *plan)
{
	double samples = (double)plan->duration_ns / (double)plan->sample_ns;
	double bins = fmin(samples, BINS_MOST), streams = 0;

	for (size_t i = 0; i < plan->flow_count; i++)
		streams += 1 + 2.0 * plan->flows[i].streams;
	return PAGE_BYTES +
	       2 * bins *
		   ((double)plan->link_count * 2 * DIR_BIN_BYTES +
		    (double)plan->flow_count * FLOW_BIN_BYTES) +
	       samples * streams * SAMPLE_BYTES + (double)plan->step_count * 3 * STEP_BYTES;
}

void sb_plan_room(const struct sb_plan *plan, struct sb_plan_room *out)
{
	size_t count = 2 * plan->link_count;
	double *capacity = sb_alloc(count, sizeof(*capacity));
	struct load *loads = sb_alloc(count, sizeof(*loads));
	double kept = plan->capture_snaplen;

	*out = (struct sb_plan_room){.report_bytes = report_bytes(plan)};
	add_capacity(plan, capacity);
	for (size_t i = 0; i < plan->flow_count; i++)
		for (size_t link = 0; link < plan->link_count; link++)
			if (sb_flow_uses(plan, &plan->flows[i], link))
				add_flow(plan, &plan->flows[i], link, capacity, loads);
	for (size_t i = 0; i < count; i++) {
		struct load *l = &loads[i];
		double probes = (double)sb_probe_rate(plan, i / 2, (enum sb_dir)(i % 2)) *
				(double)plan->duration_ns / 1e9;
		double frame;

		limit(l, capacity[i]);
		frame = l->packets > 0 ? l->bytes / l->packets : 0;
		out->packets += l->packets + l->acks + probes;
		out->capture_bytes += l->packets * (fmin(frame, kept) + RECORD_HEADER) +
				      (l->acks + probes) * (fmin(HEADERS, kept) + RECORD_HEADER);
	}
	out->capture_bytes *= (double)sb_plan_points(plan);
	out->known = isfinite(out->capture_bytes);
	free(capacity);
	free(loads);
}
