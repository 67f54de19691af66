// SPDX-License-Identifier: MIT
/* live.c - one line about a run that goes on, on stderr */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/units.h"
#include "state.h"

#define OVERWRITE_NS (250 * SB_NS_PER_MS)
#define PLAIN_NS     (2 * SB_NS_PER_S)

void sb_live_start(struct sb_live *live, const struct sb_run *run)
{
	*live = (struct sb_live){
	    .quiet = run->options->quiet,
	    .overwrite = !run->options->plain && isatty(STDERR_FILENO),
	    .last_ns = run->t0_ns,
	};
	live->next_ns = run->t0_ns + (live->overwrite ? OVERWRITE_NS : PLAIN_NS);
}

static const struct sb_flow_end *receiver(const struct sb_run *run, size_t flow)
{
	const struct sb_flow_state *f = &run->flows[flow];

	return run->plan->flows[flow].dir == SB_UP ? &f->server : &f->client;
}

static const struct sb_flow_end *sender(const struct sb_run *run, size_t flow)
{
	const struct sb_flow_state *f = &run->flows[flow];

	return run->plan->flows[flow].dir == SB_UP ? &f->client : &f->server;
}

static void describe_link(const struct sb_run *run, int64_t at_ns, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	/* The first client stands for all: a line has no room for 64. */
	for (int dir = SB_UP; dir <= SB_DOWN && used < size; dir++) {
		const struct sb_link_state *s =
		    sb_plan_state_at(run->plan, 0, (enum sb_dir)dir, at_ns);
		char rate[32] = "unlimited";

		if (s->rate_bps)
			snprintf(rate, sizeof(rate), "%.3gmbit", (double)s->rate_bps / 1e6);
		if (s->outage)
			snprintf(rate, sizeof(rate), "OUTAGE");
		used += (size_t)snprintf(buf + used, size - used, "%s%s %.0fms %s", dir ? ", " : "",
					 sb_dir_name((enum sb_dir)dir), (double)s->delay_ns / 1e6,
					 rate);
	}
}

void sb_live_tick(struct sb_live *live, const struct sb_run *run)
{
	int64_t now_ns = sb_mono_ns(), bytes = 0, retransmits = 0, rtt_us = 0;
	char link[128], line[320];
	double goodput_mbps;
	int width;

	if (live->quiet || now_ns < live->next_ns)
		return;
	for (size_t i = 0; i < run->plan->flow_count; i++) {
		bytes += receiver(run, i)->bytes;
		if (sender(run, i)->retransmits > 0)
			retransmits += sender(run, i)->retransmits;
		if (sender(run, i)->rtt_us > rtt_us)
			rtt_us = sender(run, i)->rtt_us;
	}
	goodput_mbps =
	    (double)(bytes - live->last_bytes) * 8e3 / (double)(now_ns - live->last_ns + 1);
	describe_link(run, now_ns - run->t0_ns, link, sizeof(link));
	snprintf(line, sizeof(line),
		 "%5.1fs of %.0fs  %7.2f Mbit/s  RTT %.0f ms  %lld retransmits  [%s]",
		 (double)(now_ns - run->t0_ns) / 1e9, (double)run->plan->duration_ns / 1e9,
		 goodput_mbps, (double)rtt_us / 1e3, (long long)retransmits, link);
	width = (int)strlen(line);
	if (live->overwrite)
		fprintf(stderr, "\r%s%*s", line,
			live->last_width > width ? live->last_width - width : 0, "");
	else
		fprintf(stderr, "%s\n", line);
	fflush(stderr);
	live->last_width = width;
	live->last_bytes = bytes;
	live->last_ns = now_ns;
	live->next_ns += live->overwrite ? OVERWRITE_NS : PLAIN_NS;
	if (live->next_ns < now_ns)
		live->next_ns = now_ns;
}

void sb_live_end(struct sb_live *live)
{
	if (live->overwrite && live->last_width)
		fprintf(stderr, "\r%*s\r", live->last_width, "");
	live->last_width = 0;
}
