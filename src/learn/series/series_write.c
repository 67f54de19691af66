// SPDX-License-Identifier: MIT
/* series_write.c - what was fitted to series as a scenario, each value with its evidence */
#include <math.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"

/* Ethernet, IPv4 and UDP in front of a datagram's payload: rates of links are of whole frames. */
#define HEADERS 42.0

static void write_quantiles(FILE *to, const struct sb_process_fit *f, double scale, double minus,
			    const char *unit)
{
	fputs("quantiles", to);
	for (size_t k = 0; k < f->points; k++)
		fprintf(to, " p%.3g %.3g%s", f->p[k], f->value[k] * scale - minus, unit);
	fputc('\n', to);
}

/* Two digits: clocks of programs that measure are no better. */
static void write_every(FILE *to, const char *key, double interval_s)
{
	double ms = 1e3 * interval_s, unit = pow(10, floor(log10(ms)) - 1);

	fprintf(to, "%s = %gms\n", key, round(ms / unit) * unit);
}

static void write_memory(FILE *to, const char *key, const struct sb_process_fit *f)
{
	double run = floor(f->run * 1000) / 10, slot = floor(f->slot * 1000) / 10;
	double held = floor(f->held * 1000) / 10;

	fprintf(
	    to,
	    "; %s: shares of the variance, fitted to the autocorrelation (root mean square error "
	    "%.3f); where slots begin was not used\n",
	    key, f->error);
	if (run + slot + held <= 0) {
		fprintf(to, "%s = none\n", key);
		return;
	}
	fprintf(to, "%s =", key);
	if (run > 0)
		fprintf(to, " run %g%%", run);
	if (slot > 0)
		fprintf(to, " slot %g%%", slot);
	if (held > 0)
		fprintf(to, " %.0fms %g%%", 1e3 * f->hold_s, held);
	fputc('\n', to);
}

static void write_rate(FILE *to, const struct sb_series_fits *f, enum sb_series_kind kind)
{
	const struct sb_process_fit *p = &f->fit[kind];
	double payload = f->payload_bytes ? f->payload_bytes : 1448;

	if (!f->known[kind])
		return;
	fprintf(
	    to,
	    "; rate: %zu samples of %.3g s in %zu tests, mean %.4g Mbit/s of payload; as frames, "
	    "datagrams of %.0f bytes%s\n; %.2f %% of the samples are nothing, beside what outages "
	    "explain\nrate = ",
	    p->samples, p->interval_s, p->tests, p->mean, payload,
	    f->payload_bytes ? "" : " (suggested)", 100 * p->zero);
	write_quantiles(to, p, (payload + HEADERS) / payload, 0, "mbit");
	write_every(to, "rate_every", p->interval_s);
	write_memory(to, "rate_memory", p);
}

static double median(const struct sb_process_fit *f)
{
	for (size_t k = 0; k < f->points; k++)
		if (f->p[k] == 50)
			return f->value[k];
	return 0;
}

static void write_jitter(FILE *to, const struct sb_process_fit *p, double base)
{
	fputs("jitter = ", to);
	write_quantiles(to, p, 1, base, "ms");
	write_every(to, "jitter_every", p->interval_s);
	write_memory(to, "jitter_memory", p);
}

static void write_delay(FILE *to, const struct sb_series_fits *f, enum sb_dir dir)
{
	enum sb_series_kind own = dir == SB_UP ? SB_SERIES_DELAY_UP : SB_SERIES_DELAY_DOWN;
	const struct sb_process_fit *p = &f->fit[own];

	if (f->known[own]) {
		fprintf(to, "; delay: %zu samples of one way in %zu tests\ndelay = %.4gms\n",
			p->samples, p->tests, fmax(0, median(p)));
		write_jitter(to, p, fmax(0, median(p)));
		return;
	}
	if (!f->known[SB_SERIES_RTT]) {
		fputs("; delay: not measured\n", to);
		return;
	}
	p = &f->fit[SB_SERIES_RTT];
	if (dir == SB_DOWN) {
		fprintf(
		    to,
		    "; delay: half of the least of %zu round trips; which way is slower they do "
		    "not say\ndelay = %.4gms\n",
		    p->samples, p->value[0] / 2);
		return;
	}
	fprintf(
	    to,
	    "; delay: the rest of %zu round trips in %zu tests; all of what varies is given to the "
	    "way up, where a terminal waits for its turn to send (suggested)\ndelay = %.4gms\n",
	    p->samples, p->tests, median(p) - p->value[0] / 2);
	write_jitter(to, p, median(p));
}

static void write_outages(FILE *to, const struct sb_outage_fit *o)
{
	static const char *const names[] = {"fixed", "exponential", "lognormal"};

	if (!o->count) {
		if (o->probes)
			fprintf(to, "\n; outages: no probe of %zu was lost\n", o->probes);
		return;
	}
	fprintf(to,
		"\n; outages: %zu of %zu probes %.3g s apart were lost, in %zu runs: %zu of one, "
		"%zu of "
		"two, %zu longer\n; AIC above the best:",
		o->lost, o->probes, o->interval_s, o->count, o->runs[1], o->runs[2],
		o->count - o->runs[1] - o->runs[2]);
	for (int m = 0; m < SB_OUTAGE_MODELS; m++)
		fprintf(to, " %s %.1f%s", names[m], o->aic[m], m + 1 < SB_OUTAGE_MODELS ? "," : "");
	fprintf(to, "; %.2f %% of the time\n[event.outage]\nevery = exponential %.3gs\noutage = ",
		100 * o->share, o->every_s);
	if (o->model == SB_OUTAGE_LOGNORMAL)
		fprintf(to, "lognormal p50 %.0fms p90 %.0fms\n", 1e3 * o->p50_s, 1e3 * o->p90_s);
	else if (o->model == SB_OUTAGE_EXPONENTIAL)
		fprintf(to, "exponential %.0fms\n", 1e3 * o->p50_s / log(2));
	else
		fprintf(to, "%.0fms\n", 1e3 * o->p50_s);
}

void sb_series_write(FILE *to, const struct sb_series_fits *f, const char *name, const char *from)
{
	fprintf(
	    to,
	    "; fitted to %s\n; the run starts at :00; slots begin at :12 :27 :42 :57\n"
	    "; queue: not measured by these series; a time, drop-front, and 200 ms are suggested\n"
	    "\n[scenario]\nname = %s\nduration = 60s\n\n[testbed]\nbackend = user\n"
	    "\n[link]\nqueue = 1s\ndiscipline = drop-head limit 200ms\nslot = %.3gs\nslot_phase = "
	    "12s\n",
	    from, name, f->slot_s);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		enum sb_series_kind rate =
		    dir == SB_UP ? SB_SERIES_CAPACITY_UP : SB_SERIES_CAPACITY_DOWN;

		fprintf(to, "\n[link.%s]\n", sb_dir_name((enum sb_dir)dir));
		write_delay(to, f, (enum sb_dir)dir);
		write_rate(to, f, rate);
		/* Without a rate a queue that is a time has none to be one of. */
		if (!f->known[rate])
			fputs("; rate: not measured\nqueue = 10000packets\n", to);
	}
	write_outages(to, &f->outages);
	fputs("\n[flow.bulk]\nkind = bulk\ndirection = down\n", to);
}

void sb_series_fit(const struct sb_measured_series series[SB_SERIES_KINDS],
		   struct sb_series_fits *out)
{
	*out = (struct sb_series_fits){.slot_s = 15};
	for (int k = SB_SERIES_RTT; k <= SB_SERIES_DELAY_DOWN; k++)
		if (series[k].count && !out->outages.count)
			sb_outage_fit(&series[k], &out->outages);
	for (int k = 0; k < SB_SERIES_KINDS; k++) {
		bool rate = k >= SB_SERIES_CAPACITY_UP;
		double covered =
		    rate ? sb_outage_covers(&out->outages, sb_series_interval_s(&series[k])) : 0;

		out->known[k] = series[k].count > 0;
		if (!out->known[k])
			continue;
		sb_process_fit(&series[k], out->slot_s, covered, &out->fit[k]);
		if (series[k].payload_bytes)
			out->payload_bytes = series[k].payload_bytes;
	}
}
