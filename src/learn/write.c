// SPDX-License-Identifier: MIT
/* write.c - what was learned as a scenario, each value with its evidence */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/learn.h"

/* A scenario has 64 events at most. */
#define MAX_WRITTEN 60
/* What its keys accept. */
#define MAX_DELAY_NS   1e10
#define MAX_JITTER_NS  1e9
#define MAX_DURATION_S (24 * 3600)
/* A clock whose ticks are worth a word. */
#define COARSE_NS    SB_NS_PER_MS
#define MIN_BURST_NS 1e6
#define MAX_BURST_NS 1e10
/* Levels no further from the usual one are not worth an event. */
#define SAME_DELAY_NS 20e3
#define SAME_RATE     0.005

static int64_t whole_us(double ns)
{
	return llround(ns / 1000) * 1000;
}

static void write_time(FILE *to, const char *key, double ns)
{
	char buf[SB_UNIT_BUF];

	fprintf(to, "%s = %s\n", key,
		sb_format_time(buf, whole_us(ns < 0		 ? 0
					     : ns > MAX_DELAY_NS ? MAX_DELAY_NS
								 : ns)));
}

static double percent(double part, double of)
{
	return of > 0 ? 100 * part / of : 0;
}

static void write_delay(FILE *to, const struct sb_learned *l, const struct sb_learned_dir *d)
{
	double half = l->one_end ? 0.5 : 1;

	if (!d->delay_count) {
		fputs("; delay: not known, every packet had to wait for others\ndelay = 0ms\n", to);
		return;
	}
	if (d->delay_is_least) {
		fprintf(
		    to,
		    "; delay: no packet is known to have found the link idle; this is the least "
		    "of %" PRIu64 " packets%s\n",
		    d->packets - d->lost, l->one_end ? ", half of a round trip" : "");
		write_time(to, "delay", half * d->delays[0].value);
		return;
	}
	fprintf(
	    to,
	    "; delay: %" PRIu64 " of %" PRIu64 " windows of 0.1 s had a packet that found the link "
	    "idle; +-%.3f ms (95 %%)%s\n",
	    d->delay_windows, d->windows, half * d->delay_error_ns / 1e6,
	    l->one_end ? "; half of a round trip, which way is slower one end cannot tell" : "");
	write_time(to, "delay", half * d->delays[d->usual_delay].value);
	if (d->jitter_ns > 1e6 && d->jitter_ns < MAX_JITTER_NS)
		fprintf(to,
			"; jitter: the windows scatter by %.3f ms (standard deviation) about these "
			"delays\njitter = %.1fms\n",
			half * d->jitter_ns / 1e6, half * d->jitter_ns / 1e6);
}

static void write_rate(FILE *to, const struct sb_learned_dir *d)
{
	char buf[SB_UNIT_BUF];
	double usual = d->rate_count ? d->rates[d->usual_rate].value : 0;

	if (usual < 1000 || usual > 1e11) {
		fprintf(to,
			"; rate: the link was never full, at most %.3f Mbit/s went through it in "
			"0.1 s; "
			"it may be any from there on\n",
			d->fastest_bps / 1e6);
		return;
	}
	fprintf(to,
		"; rate: %" PRIu64 " pairs of packets out of a full link, in %" PRIu64
		" windows of 0.1 s; "
		"5th to 95th percentile of these %.3f to %.3f Mbit/s\nrate = %s\n",
		d->rate_packets, d->rate_windows, d->rate_low_bps / 1e6, d->rate_high_bps / 1e6,
		sb_format_rate(buf, (uint64_t)llround(usual / 1000) * 1000));
	fprintf(to, "; queue: %.0f bytes waited at most%s\n", d->queue_bytes,
		d->queue_full ? "; later packets were lost, so that was its size"
			      : ", and nothing was lost for that: it may be longer");
	if (d->queue_bytes >= 1514)
		fprintf(to, "queue = %.0fB\n", d->queue_bytes);
}

static void write_candidates(FILE *to, const struct sb_learn_fit *f)
{
	static const char *const names[] = {"", "random", "gemodel", "bursts"};

	fputs("; AIC above the best:", to);
	for (int k = SB_LEARN_RANDOM; k <= SB_LEARN_BURSTS; k++) {
		if (isinf(f->aic[k]))
			fprintf(to, " %s not tried%s", names[k], k < SB_LEARN_BURSTS ? "," : "");
		else
			fprintf(to, " %s %.1f%s", names[k], f->aic[k],
				k < SB_LEARN_BURSTS ? "," : "");
	}
	if (isnan(f->fit_p))
		fputs("; goodness of fit not tested\n", to);
	else
		fprintf(to, "; run lengths fit with p = %.3g (chi-square)\n", f->fit_p);
}

static void write_loss(FILE *to, const struct sb_learned_dir *d)
{
	const struct sb_learn_fit *f = &d->loss;
	double error = 1.96 * sqrt(f->mean * (1 - f->mean) / (double)(f->packets + !f->packets));

	fprintf(to,
		"; loss: %" PRIu64 " of %" PRIu64 " packets away from outages (%" PRIu64
		" lost) and full queues (%" PRIu64 " lost)\n",
		f->lost, f->packets, d->lost_outage, d->lost_queue);
	if (!f->lost) {
		fprintf(to, "; none seen: below %.3g %% (95 %%)\n",
			f->packets ? 100 * 3 / (double)f->packets : 100);
		return;
	}
	fprintf(to, "; +-%.3f percentage points (95 %%, were they independent)\n", 100 * error);
	write_candidates(to, f);
	/* Bursts shorter than so much loss leaves room for are none. */
	if (f->kind == SB_LEARN_RANDOM || f->good * f->mean >= 1 - f->mean)
		fprintf(to, "loss = random %.4f%%\n", 100 * f->mean);
	else if (f->kind == SB_LEARN_BURSTS && f->burst_ns > MIN_BURST_NS &&
		 f->burst_ns < MAX_BURST_NS && f->mean < 0.5)
		fprintf(to, "loss = bursts %.4f%% burst %.3fms\n", 100 * f->mean,
			f->burst_ns / 1e6);
	else
		fprintf(to, "loss = gemodel %.4f%% burst %.2f\n", 100 * f->mean, 1 / f->good);
}

static void write_dir(FILE *to, const struct sb_learned *l, enum sb_dir dir)
{
	const struct sb_learned_dir *d = &l->dir[dir];

	fprintf(to, "\n[link.%s]\n", sb_dir_name(dir));
	if (!l->known[dir]) {
		fputs(l->one_end
			  ? "; not known: acknowledgements tell of the data's direction alone; as "
			    "the other half of the round trip\n"
			  : "; not known: no packet of this direction is in both captures\n",
		      to);
		if (l->one_end && l->dir[l->data].delay_count)
			write_time(to, "delay",
				   l->dir[l->data].delays[l->dir[l->data].usual_delay].value / 2);
		return;
	}
	fprintf(to, "; %" PRIu64 " packets, %" PRIu64 " lost (%.3f %%)\n", d->packets, d->lost,
		percent((double)d->lost, (double)d->packets));
	write_delay(to, l, d);
	write_rate(to, d);
	write_loss(to, d);
}

/* One level of delay or rate, as an event that lasts until the next one. */
/* @in_bounds: a scenario may say so much; @room: for so many events.  Returns how many were left
 * out. */
static size_t write_level(FILE *to, enum sb_dir dir, const char *what, size_t k, int64_t at_ns,
			  int64_t until_ns, const char *value, bool in_bounds, size_t *room)
{
	char at[SB_UNIT_BUF], lasts[SB_UNIT_BUF];

	if (!*room || !in_bounds || until_ns - at_ns < SB_NS_PER_MS ||
	    until_ns > MAX_DURATION_S * SB_NS_PER_S)
		return 1;
	--*room;
	fprintf(to, "\n[event.%s-%s-%zu]\nat = %s\nfor = %s\ndirection = %s\n%s\n",
		sb_dir_name(dir), what, k, sb_format_time(at, whole_us((double)at_ns)),
		sb_format_time(lasts, whole_us((double)(until_ns - at_ns))), sb_dir_name(dir),
		value);
	return 0;
}

static size_t write_levels(FILE *to, const struct sb_learned *l, enum sb_dir dir, size_t room)
{
	const struct sb_learned_dir *d = &l->dir[dir];
	double half = l->one_end ? 0.5 : 1;
	size_t left = 0;
	char buf[SB_UNIT_BUF];

	for (size_t k = 0; k < d->delay_count; k++) {
		int64_t end = k + 1 < d->delay_count ? d->delays[k + 1].at_ns : d->span_ns;
		double by = half * (d->delays[k].value - d->delays[d->usual_delay].value);
		sb_auto_free char *value = sb_asprintf("delay_step = %s%s", by < 0 ? "-" : "",
						       sb_format_time(buf, whole_us(fabs(by))));

		if (fabs(by) >= SAME_DELAY_NS)
			left += write_level(to, dir, "delay", k + 1, d->delays[k].at_ns, end, value,
					    fabs(by) <= MAX_DELAY_NS, &room);
	}
	for (size_t k = 0; k < d->rate_count; k++) {
		int64_t end = k + 1 < d->rate_count ? d->rates[k + 1].at_ns : d->span_ns;
		double factor = d->rates[k].value / d->rates[d->usual_rate].value;
		sb_auto_free char *value = sb_asprintf("rate_step = %.4f", factor);

		if (fabs(factor - 1) >= SAME_RATE)
			left += write_level(to, dir, "rate", k + 1, d->rates[k].at_ns, end, value,
					    factor >= 0.001 && factor <= 1000, &room);
	}
	for (size_t k = 0; k < d->outage_count; k++) {
		const struct sb_learn_outage *o = &d->outages[k];
		char at[SB_UNIT_BUF], lasts[SB_UNIT_BUF];

		if (!room || o->to_ns > MAX_DURATION_S * SB_NS_PER_S ||
		    o->to_ns - o->from_ns > 3600 * SB_NS_PER_S) {
			left++;
			continue;
		}
		room--;
		fprintf(to,
			"\n; %" PRIu64
			" packets in a row were lost\n[event.%s-outage-%zu]\nat = %s\n"
			"direction = %s\noutage = %s\n",
			o->packets, sb_dir_name(dir), k + 1,
			sb_format_time(at, whole_us((double)o->from_ns)), sb_dir_name(dir),
			sb_format_time(lasts, whole_us((double)(o->to_ns - o->from_ns))));
	}
	return left;
}

static void write_grid(FILE *to, const struct sb_learned *l)
{
	if (l->grid_ns)
		fprintf(to,
			"; grid: the %zu outages and delay steps come every 15 s, %.2f s after the "
			"beginning (Rayleigh test p = %.2g)\n",
			l->grid_events, (double)l->grid_phase_ns / 1e9, l->grid_p);
	else
		fprintf(to, "; grid: no period of 15 s is seen in %zu outages and delay steps\n",
			l->grid_events);
}

void sb_learned_write(FILE *to, const struct sb_learned *l, const char *name, const char *from)
{
	int64_t whole_ns = (l->span_ns / SB_NS_PER_S + 1) * SB_NS_PER_S, span_ns = whole_ns;
	char buf[SB_UNIT_BUF];
	size_t left = 0;

	fprintf(to,
		"; learned from %s\n; times of events are known to 0.1 s, of outages to the "
		"packets before and after them\n",
		from);
	fputs(l->one_end
		  ? "; seen from the data's sender alone: losses are retransmissions, spurious "
		    "ones included\n"
		  : "; delays are as exact as the two captures' clocks are one: an offset between "
		    "them "
		    "looks like delay\n",
	      to);
	if (l->between)
		fprintf(to,
			"; taken for captured at the sender, which it may not be, %s; of what lies "
			"between the sender and the capture nothing is known\n",
			l->how);
	else if (l->how[0])
		fprintf(to, "; captured at the sender, known %s\n", l->how);
	if (l->tick_ns >= COARSE_NS)
		fprintf(to, "; the captures' clock has ticks of %s: no delay is known better\n",
			sb_format_time(buf, l->tick_ns));
	write_grid(to, l);
	if (span_ns > MAX_DURATION_S * SB_NS_PER_S) {
		span_ns = MAX_DURATION_S * SB_NS_PER_S;
		fprintf(to, "; the captures last %s, a scenario at most a day\n",
			sb_format_time(buf, whole_ns));
	}
	fprintf(to, "\n[scenario]\nname = %s\nduration = %s\n", name, sb_format_time(buf, span_ns));
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		write_dir(to, l, dir);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		if (l->known[dir])
			left += write_levels(to, l, dir, MAX_WRITTEN / 2);
	if (left)
		fprintf(to, "\n; %zu more changes were seen than a scenario has events for\n",
			left);
	fprintf(to, "\n[flow.bulk]\nkind = bulk\ndirection = %s\n",
		sb_dir_name(l->one_end ? l->data : SB_DOWN));
}
