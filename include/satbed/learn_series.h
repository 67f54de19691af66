/* SPDX-License-Identifier: MIT */
/*
 * learn_series.h - a link's processes in time, fitted to series of measurements
 *
 * Series are what ping, irtt, iperf3 and nuttcp write, or CSV; each may hold several tests of one
 * link.  Pure but for sb_series_read().
 */
#ifndef SATBED_LEARN_SERIES_H
#define SATBED_LEARN_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/* Round trips and one-way delays in ms (NAN = lost), capacity in Mbit/s of payload. */
enum sb_series_kind {
	SB_SERIES_RTT,
	SB_SERIES_DELAY_UP,
	SB_SERIES_DELAY_DOWN,
	SB_SERIES_CAPACITY_UP,
	SB_SERIES_CAPACITY_DOWN,
	SB_SERIES_KINDS
};

/** struct sb_sample - @at_s since the test's first; of capacity, when its interval began */
struct sb_sample {
	double at_s, value;
};

/** struct sb_series_test - @second: of the minute at its first sample, NAN = not known */
struct sb_series_test {
	char id[24];
	double second;
	size_t count, room;
	struct sb_sample *samples; /* by time */
};

/**
 * struct sb_measured_series - all tests of one kind
 * @payload_bytes: of the datagrams that measured a capacity; 0 = the file does not say
 */
struct sb_measured_series {
	size_t count, room;
	struct sb_series_test *tests;
	uint32_t payload_bytes;
};

/** sb_series_kind() - "rtt", "delay.up", "capacity.down" ...; -1 when it is none of them */
int sb_series_kind(const char *name);
const char *sb_series_kind_name(enum sb_series_kind kind);

/**
 * sb_series_read() - one file, added to @out as further tests
 *
 * Return: 0, or -1 with @err (SB_EINPUT) that says what kind of file it seems to be; @out is then
 * not modified
 */
int sb_series_read(const char *path, enum sb_series_kind kind, struct sb_measured_series *out,
		   struct sb_err *err);
/** sb_series_parse() - the same of text; @name is for messages */
int sb_series_parse(const char *name, const char *text, enum sb_series_kind kind,
		    struct sb_measured_series *out, struct sb_err *err);
void sb_series_fini(struct sb_measured_series *s);
/** sb_series_add() - a sample of the test @id, which is made when it is new */
void sb_series_add(struct sb_measured_series *s, const char *id, double at_s, double value);
/** sb_series_values() - all that are not lost, ascending; the caller's to free */
double *sb_series_values(const struct sb_measured_series *s, size_t *count);
/** sb_series_interval_s() - the median time between samples */
double sb_series_interval_s(const struct sb_measured_series *s);

/* --- fits --- */

/**
 * struct sb_process_fit - distribution and memory of one quantity
 * @p, @value:	percentiles (0 to 100)
 * @zero:	share of samples of nothing, beside those that are explained otherwise
 * @run, @slot, @held, @hold_s: see struct sb_memory; the rest is independent
 * @error:	root mean square of the autocorrelation's difference from the fit
 */
struct sb_process_fit {
	size_t tests, samples, points;
	double interval_s, mean, zero;
	double p[16], value[16];
	double run, slot, held, hold_s, error;
};

/**
 * sb_process_fit() - from all tests of one kind
 * @slot_s:	length of a slot; where slots begin need not be known
 * @explained:	share of samples that are nothing for another reason: outages
 */
void sb_process_fit(const struct sb_measured_series *s, double slot_s, double explained,
		    struct sb_process_fit *out);

enum sb_outage_model {
	SB_OUTAGE_FIXED,
	SB_OUTAGE_EXPONENTIAL,
	SB_OUTAGE_LOGNORMAL,
	SB_OUTAGE_MODELS
};

#define SB_LOST_RUN_MAX 64

/**
 * struct sb_outage_fit - outages at random times, from runs of lost probes
 * @runs:	by length (the last: that or more); @seconds: of all tests
 * @every_s:	mean time between outages; @p50_s, @p90_s: of their lengths
 * @share:	of the time that is out
 * @aic:	of each model, less the best one's
 */
struct sb_outage_fit {
	size_t runs[SB_LOST_RUN_MAX + 1], count, lost, probes;
	double seconds, interval_s;
	enum sb_outage_model model;
	double every_s, p50_s, p90_s, share;
	double aic[SB_OUTAGE_MODELS];
};

/** sb_outage_fit() - @out->count 0 when nothing was lost */
void sb_outage_fit(const struct sb_measured_series *s, struct sb_outage_fit *out);
/** sb_outage_covers() - share of intervals of @length_s that are out from beginning to end */
double sb_outage_covers(const struct sb_outage_fit *f, double length_s);

/** struct sb_series_fits - @known: by enum sb_series_kind; @outages: of round trips, else of the
 * delays */
struct sb_series_fits {
	bool known[SB_SERIES_KINDS];
	struct sb_process_fit fit[SB_SERIES_KINDS];
	struct sb_outage_fit outages;
	double slot_s;
	uint32_t payload_bytes;
};

void sb_series_fit(const struct sb_measured_series series[SB_SERIES_KINDS],
		   struct sb_series_fits *out);
/** sb_series_write() - as a scenario, each value with its evidence in a comment */
void sb_series_write(FILE *to, const struct sb_series_fits *f, const char *name, const char *from);

/* --- measured against generated --- */

/**
 * sb_series_of_plan() - what a measurement of the first client's idle or full link would have been
 * @interval_s:	between samples
 * @payload_bytes: of the datagrams that measure a capacity
 */
void sb_series_of_plan(const struct sb_plan *plan, enum sb_series_kind kind, double interval_s,
		       uint32_t payload_bytes, struct sb_measured_series *out);

/** sb_distance() - Kolmogorov and Smirnov's, of two ascending lists */
double sb_distance(const double *a, size_t na, const double *b, size_t nb);
/** sb_series_autocorrelation() - over @lag_s, all tests about their common mean; lost samples are
 * left out; NAN = no test is that long */
double sb_series_autocorrelation(const struct sb_measured_series *s, double lag_s);
/** sb_series_zero_share() - of samples that are lost or nothing */
double sb_series_zero_share(const struct sb_measured_series *s);

#endif
