// SPDX-License-Identifier: MIT
/* warn.c - what is allowed in a plan, but seldom meant */
#include <inttypes.h>
#include <stdarg.h>

#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

/* Half the product leaves a lone loss-based flow with gaps; four of them are a second of delay on
 * GEO. */
#define SHORT_QUEUE_BDP 0.5
#define LONG_QUEUE_BDP	4.0
/* Shorter queues than this absorb no burst of segments whatever the product is. */
#define SHORT_QUEUE_PACKETS 10

/* tcp_wmem's default maximum (net/ipv4/tcp.c: at least 4 MiB), of which payload gets about half. */
#define USUAL_SEND_WINDOW (UINT64_C(2) << 20)

/* One ACK of 66 bytes (Ethernet, IPv4, TCP with timestamps) for every two full frames. */
#define ACK_FRAME_BYTES 66

/* What holds for one of many clients mostly holds for all. */
#define MAX_SHOWN 10

struct warnings {
	FILE *to;
	size_t count;
};

static void warn(struct warnings *w, const char *fmt, ...) SB_PRINTF(2, 3);

static void warn(struct warnings *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->count)
		fputs("\nwarnings:\n", w->to);
	if (w->count++ >= MAX_SHOWN)
		return;
	fputs("  ", w->to);
	va_start(ap, fmt);
	vfprintf(w->to, fmt, ap);
	va_end(ap);
	fputc('\n', w->to);
}

static int64_t round_trip(const struct sb_link *link)
{
	return link->dir[SB_UP].initial.delay_ns + link->dir[SB_DOWN].initial.delay_ns;
}

static void check_queue(struct warnings *w, const struct sb_link *link, const char *name,
			enum sb_dir dir)
{
	const struct sb_link_dir *d = &link->dir[dir];
	uint64_t bdp = sb_bdp_bytes(d->initial.rate_bps, round_trip(link));
	double in_bdp;

	if (!bdp)
		return;
	in_bdp = (double)d->queue_bytes / (double)bdp;
	if (in_bdp < SHORT_QUEUE_BDP && round_trip(link) >= 10 * SB_NS_PER_MS)
		warn(w, "%s %s: the queue is %.2f BDP; a single TCP flow will not fill the link",
		     name, sb_dir_name(dir), in_bdp);
	else if (in_bdp > LONG_QUEUE_BDP)
		warn(w, "%s %s: the queue is %.1f BDP; under load it adds up to %.0fms of delay",
		     name, sb_dir_name(dir), in_bdp,
		     (double)d->queue_bytes * 8e3 / (double)d->initial.rate_bps);
	else if (d->queue_packets < SHORT_QUEUE_PACKETS)
		warn(w, "%s %s: the queue holds only %" PRIu32 " packets; bursts will be dropped",
		     name, sb_dir_name(dir), d->queue_packets);
}

/* The kernel's default buffers keep one connection from filling a long fat link. */
static void check_window(struct warnings *w, const struct sb_plan *plan, const struct sb_flow *f)
{
	const struct sb_link *link = &plan->links[f->client];
	uint64_t bdp = sb_bdp_bytes(link->dir[f->dir].initial.rate_bps, round_trip(link));
	char a[SB_UNIT_BUF];

	if ((f->kind == SB_FLOW_BULK || f->kind == SB_FLOW_FILE) &&
	    bdp > f->streams * USUAL_SEND_WINDOW)
		warn(w,
		     "flow %s of client%zu: the BDP is %s; with the usual tcp_wmem and tcp_rmem %u "
		     "connection%s "
		     "will be limited by a window, not by the link",
		     f->name, sb_plan_node(plan, f->client), sb_format_bytes(a, bdp), f->streams,
		     f->streams == 1 ? "" : "s");
}

/* A thin direction limits the other one by the ACKs it can carry. */
static void check_acks(struct warnings *w, const struct sb_plan *plan, const struct sb_flow *f)
{
	const struct sb_link_dir *d = plan->links[f->client].dir;
	uint64_t forward = d[f->dir].initial.rate_bps, back = d[!f->dir].initial.rate_bps;
	double share;

	if ((f->kind != SB_FLOW_BULK && f->kind != SB_FLOW_FILE) || !forward || !back)
		return;
	share = (double)forward / (2.0 * (plan->mtu + SB_ETHERNET_HEADER)) * ACK_FRAME_BYTES /
		(double)back;
	if (share > 0.5)
		warn(w, "flow %s of client%zu: its ACKs take about %.0f%% of the %s direction",
		     f->name, sb_plan_node(plan, f->client), 100 * share,
		     sb_dir_name((enum sb_dir) !f->dir));
}

static void check_stream(struct warnings *w, const struct sb_plan *plan, const struct sb_flow *f)
{
	uint64_t rate = plan->links[f->client].dir[f->dir].initial.rate_bps;

	if (f->kind == SB_FLOW_STREAM && rate && f->rate_bps > rate)
		warn(w,
		     "flow %s of client%zu: sends more than its link takes; the queue will stay "
		     "full",
		     f->name, sb_plan_node(plan, f->client));
}

static void check_link(struct warnings *w, const struct sb_plan *plan, size_t i)
{
	const struct sb_link *link = &plan->links[i];
	char name[SB_NAME_MAX];

	sb_link_name(name, plan, i);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_link_dir *d = &link->dir[dir];
		char a[SB_UNIT_BUF];

		check_queue(w, link, name, (enum sb_dir)dir);
		if (d->jitter_ns > d->initial.delay_ns / 2)
			warn(w, "%s %s: jitter of %s cuts off at zero delay, so the mean grows",
			     name, sb_dir_name((enum sb_dir)dir), sb_format_time(a, d->jitter_ns));
	}
}

void sb_plan_print_warnings(FILE *to, const struct sb_plan *plan)
{
	struct warnings w = {.to = to};

	for (size_t i = 0; i < plan->event_count; i++)
		if (!plan->events[i].count)
			warn(&w, "event %s never occurs in this run", plan->events[i].name);
	for (size_t i = 0; i < plan->link_count; i++)
		check_link(&w, plan, i);
	for (size_t i = 0; i < plan->flow_count; i++) {
		check_window(&w, plan, &plan->flows[i]);
		check_acks(&w, plan, &plan->flows[i]);
		check_stream(&w, plan, &plan->flows[i]);
	}
	if (w.count > MAX_SHOWN)
		fprintf(to, "  ... and %zu more\n", w.count - MAX_SHOWN);
}
