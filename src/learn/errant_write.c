// SPDX-License-Identifier: MIT
/*
 * errant_write.c - one profile of ERRANT as a scenario
 *
 * As ERRANT's own commands for tc have it: one draw for the run or for each period, the whole round
 * trip on the way up, queues of 1000 packets.  ERRANT draws both rates and the round trip together, from
 * a kernel density; here each is drawn for itself.
 */
#include <math.h>
#include <stdlib.h>

#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/learn_errant.h"

#define LEAST_MBIT    0.001   /* of a scenario */
#define MOST_MS	      10000.0 /* from a delay's median */
#define LEAST_ROWS    5	      /* fewer do not make a distribution */
#define MAX_PERIOD_NS INT64_C(60000000000)

static const double shares[] = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
/* The normal distribution's quantiles at these. */
static const double scores[] = {-2.3263, -1.6449, -1.2816, -0.6745, 0,
				0.6745,	 1.2816,  1.6449,  2.3263};

enum quantity { DOWN, UP, RTT };

static double value_of(const struct sb_errant_row *r, enum quantity q)
{
	return q == DOWN ? r->down_mbit : q == UP ? r->up_mbit : r->rtt_ms;
}

static int by_size(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return (a > b) - (a < b);
}

/* Of the rows, linear between neighbours. */
static void quantiles_of(const struct sb_errant *e, enum quantity q,
			 double out[SB_ARRAY_LEN(shares)])
{
	sb_auto_free double *sorted = sb_alloc(e->count, sizeof(*sorted));

	for (size_t i = 0; i < e->count; i++)
		sorted[i] = value_of(&e->rows[i], q);
	qsort(sorted, e->count, sizeof(*sorted), by_size);
	for (size_t k = 0; k < SB_ARRAY_LEN(shares); k++) {
		double at = shares[k] * (double)(e->count - 1);
		size_t i = (size_t)at, next = i + 1 < e->count ? i + 1 : i;

		out[k] = sorted[i] + (at - (double)i) * (sorted[next] - sorted[i]);
	}
}

static double mean_of(const struct sb_errant *e, enum quantity q)
{
	double sum = 0;

	for (size_t i = 0; i < e->count; i++)
		sum += value_of(&e->rows[i], q);
	return sum / (double)e->count;
}

/* To the bit and the nanosecond, which is as fine as a scenario can say it. */
static void write_number(FILE *to, double value, const char *unit)
{
	char text[64];
	size_t len = (size_t)snprintf(text, sizeof(text), "%.6f", value);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	fprintf(to, "%.*s%s", (int)len, text, unit);
}

/* What a scenario cannot say is as near to it as it can. */
static double within(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

static void write_quantiles(FILE *to, const double *v, double least, double most, const char *unit)
{
	for (size_t k = 0; k < SB_ARRAY_LEN(shares); k++) {
		fprintf(to, " p%g ", 100 * shares[k]);
		write_number(to, within(v[k], least, most), unit);
	}
	fputc('\n', to);
}

/* When what is drawn is drawn. */
static void write_draws(FILE *to, const char *what, int64_t period_ns)
{
	char text[SB_UNIT_BUF];

	if (period_ns)
		fprintf(to, "%s_every = %s\n", what, sb_format_time(text, period_ns));
	else
		fprintf(to, "%s_memory = run 100%%\n", what);
}

static void write_delay_of(FILE *to, double ms)
{
	fputs("delay = ", to);
	write_number(to, ms, "ms\n");
}

/* A delay and how it is spread about it. */
static void write_delays(FILE *to, const double v[SB_ARRAY_LEN(shares)], int64_t period_ns)
{
	double from_median[SB_ARRAY_LEN(shares)];

	for (size_t k = 0; k < SB_ARRAY_LEN(shares); k++)
		from_median[k] = v[k] - v[4];
	write_delay_of(to, v[4]);
	fputs("jitter = quantiles", to);
	write_quantiles(to, from_median, -MOST_MS, MOST_MS, "ms");
	write_draws(to, "jitter", period_ns);
}

static void write_rate(FILE *to, const struct sb_errant *e, enum quantity q, int64_t period_ns)
{
	double v[SB_ARRAY_LEN(shares)];

	if (e->count < LEAST_ROWS) {
		fputs("rate = ", to);
		write_number(to, within(mean_of(e, q), LEAST_MBIT, INFINITY), "mbit\n");
		return;
	}
	quantiles_of(e, q, v);
	fprintf(to, "; rate: %zu speed tests, mean %.4g Mbit/s\nrate = quantiles", e->count,
		mean_of(e, q));
	write_quantiles(to, v, LEAST_MBIT, INFINITY, "mbit");
	write_draws(to, "rate", period_ns);
}

static void write_delay(FILE *to, const struct sb_errant *e, int64_t period_ns)
{
	double v[SB_ARRAY_LEN(shares)], mean = mean_of(e, RTT);
	double deviation = e->rows[0].rtt_deviation_ms;

	if (e->count >= LEAST_ROWS) {
		quantiles_of(e, RTT, v);
		fprintf(to, "; delay: the median round trip of %zu speed tests, and its spread\n",
			e->count);
		write_delays(to, v, period_ns);
	} else if (e->kind == SB_ERRANT_PROFILES && deviation > 0 && mean > 0) {
		/* None is below zero, which a normal distribution so wide would have. */
		double log_variance = log(1 + deviation * deviation / mean / mean);

		for (size_t k = 0; k < SB_ARRAY_LEN(shares); k++)
			v[k] = mean * exp(scores[k] * sqrt(log_variance) - log_variance / 2);
		fprintf(to,
			"; delay: the round trip, mean %.4g ms and standard deviation %.4g ms; "
			"that it is "
			"lognormal is suggested\n",
			mean, deviation);
		write_delays(to, v, period_ns);
	} else {
		fputs("; delay: the round trip\n", to);
		write_delay_of(to, mean);
	}
}

static void write_head(FILE *to, const struct sb_errant *e, const char *name, const char *from,
		       int64_t period_ns)
{
	const struct sb_errant_row *r = &e->rows[0];

	fprintf(to, "; Out of a table of ERRANT, %s: %s, %s, %s%s%s.\n;\n", from, r->operator,
		r->country, r->technology, *r->quality ? ", signal " : "", r->quality);
	fputs("; As ERRANT plays it: the whole round trip is on the way up, queues of 1000 "
	      "packets, no "
	      "loss.\n",
	      to);
	if (e->kind == SB_ERRANT_LOG)
		fputs("; Rates and delays are those of the log, at its times.\n", to);
	else if (e->count >= LEAST_ROWS || r->rtt_deviation_ms > 0)
		fprintf(to,
			"; Values are drawn %s, each for itself; ERRANT draws rates and round trip "
			"together.\n",
			period_ns ? "once for each period" : "once for the run");
	fprintf(to, "\n[scenario]\nname = %s\norigin = fitted\nduration = 30s\nseed = 1\n", name);
}

void sb_errant_write(FILE *to, const struct sb_errant *e, const char *name, const char *from,
		     int64_t period_ns, const char *const traces[2])
{
	if (period_ns > MAX_PERIOD_NS)
		period_ns = MAX_PERIOD_NS;
	write_head(to, e, name, from, period_ns);
	fputs("\n[link]\nqueue = 1000packets\n\n[link.up]\n", to);
	if (e->kind == SB_ERRANT_LOG) {
		fprintf(to, "trace = %s\n\n[link.down]\ntrace = %s\n", traces[0], traces[1]);
	} else {
		write_delay(to, e, period_ns);
		write_rate(to, e, UP, period_ns);
		fputs("\n[link.down]\n", to);
		write_rate(to, e, DOWN, period_ns);
	}
	fputs("\n[flow.bulk]\nkind = bulk\ndirection = down\n", to);
}

void sb_errant_write_trace(FILE *to, const struct sb_errant *e, bool up)
{
	double first = e->rows[0].at_s, last = -1;

	fprintf(to, "time_s,rate_mbit%s\n", up ? ",delay_ms" : "");
	for (size_t i = 0; i < e->count; i++) {
		const struct sb_errant_row *r = &e->rows[i];

		/* Of two of one second the first was played no longer than it took to write it. */
		if (r->at_s - first <= last || r->at_s < first)
			continue;
		last = r->at_s - first;
		fprintf(to, "%.3f,%.6f", last, up ? r->up_mbit : r->down_mbit);
		if (up)
			fprintf(to, ",%.6f", r->rtt_ms);
		fputc('\n', to);
	}
}
