// SPDX-License-Identifier: MIT
/* series.c - series of measurements, and what they have in common */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"
#include "series_read.h"

static const char *const names[] = {"rtt", "delay.up", "delay.down", "capacity.up",
				    "capacity.down"};

int sb_series_kind(const char *name)
{
	for (int k = 0; k < SB_SERIES_KINDS; k++)
		if (!strcmp(names[k], name))
			return k;
	return -1;
}

const char *sb_series_kind_name(enum sb_series_kind kind)
{
	return names[kind];
}

void sb_series_fini(struct sb_measured_series *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->tests[i].samples);
	free(s->tests);
	*s = (struct sb_measured_series){0};
}

void sb_series_add(struct sb_measured_series *s, const char *id, double at_s, double value)
{
	struct sb_series_test *t = NULL;

	/* Samples of one test mostly come one after the other. */
	for (size_t i = s->count; i > 0 && !t; i--)
		if (!strcmp(s->tests[i - 1].id, id))
			t = &s->tests[i - 1];
	if (!t) {
		s->tests = sb_grow(s->tests, s->count, &s->room, sizeof(*s->tests));
		t = &s->tests[s->count++];
		*t = (struct sb_series_test){.second = NAN};
		sb_copy_str(t->id, sizeof(t->id), id);
	}
	t->samples = sb_grow(t->samples, t->count, &t->room, sizeof(*t->samples));
	t->samples[t->count++] = (struct sb_sample){at_s, value};
}

static int by_size(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

double *sb_series_values(const struct sb_measured_series *s, size_t *count)
{
	size_t all = 0, n = 0;
	double *values;

	for (size_t i = 0; i < s->count; i++)
		all += s->tests[i].count;
	values = sb_alloc(all, sizeof(*values));
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->tests[i].count; k++)
			if (!isnan(s->tests[i].samples[k].value))
				values[n++] = s->tests[i].samples[k].value;
	if (n)
		qsort(values, n, sizeof(*values), by_size);
	*count = n;
	return values;
}

double sb_series_interval_s(const struct sb_measured_series *s)
{
	sb_auto_free double *gaps = NULL;
	size_t all = 0, n = 0;

	for (size_t i = 0; i < s->count; i++)
		all += s->tests[i].count;
	gaps = sb_alloc(all, sizeof(*gaps));
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 1; k < s->tests[i].count; k++)
			gaps[n++] = s->tests[i].samples[k].at_s - s->tests[i].samples[k - 1].at_s;
	if (!n)
		return 0;
	qsort(gaps, n, sizeof(*gaps), by_size);
	return gaps[n / 2];
}

double sb_series_zero_share(const struct sb_measured_series *s)
{
	size_t all = 0, zero = 0;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->tests[i].count; k++, all++)
			zero += !(s->tests[i].samples[k].value > 0);
	return all ? (double)zero / (double)all : 0;
}

double sb_distance(const double *a, size_t na, const double *b, size_t nb)
{
	double most = 0;
	size_t i = 0, j = 0;

	while (i < na && j < nb) {
		double x = a[i] < b[j] ? a[i] : b[j], d;

		while (i < na && a[i] <= x)
			i++;
		while (j < nb && b[j] <= x)
			j++;
		d = fabs((double)i / (double)na - (double)j / (double)nb);
		if (d > most)
			most = d;
	}
	return most;
}

double sb_series_autocorrelation(const struct sb_measured_series *s, double lag_s)
{
	double interval = sb_series_interval_s(s), sum = 0, squares = 0, mean, product = 0, n = 0;
	size_t lag = interval > 0 ? (size_t)llround(lag_s / interval) : 0, pairs = 0;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->tests[i].count; k++) {
			double v = s->tests[i].samples[k].value;

			if (isnan(v))
				continue;
			sum += v;
			squares += v * v;
			n++;
		}
	mean = sum / n;
	for (size_t i = 0; lag && i < s->count; i++)
		for (size_t k = lag; k < s->tests[i].count; k++) {
			double a = s->tests[i].samples[k].value;
			double b = s->tests[i].samples[k - lag].value;

			if (isnan(a) || isnan(b))
				continue;
			product += (a - mean) * (b - mean);
			pairs++;
		}
	if (!pairs || squares / n <= mean * mean)
		return NAN;
	return product / (double)pairs / (squares / n - mean * mean);
}

int sb_series_check(const char *name, enum sb_series_kind kind, double value, struct sb_err *err)
{
	bool rate = kind >= SB_SERIES_CAPACITY_UP;

	if (isnan(value) || (value >= (rate ? 0 : -60000) && value <= (rate ? 1e6 : 60000)))
		return 0;
	return sb_fail(err, SB_EINPUT, 0, "%s: %g is out of range, expected %s", name, value,
		       rate ? "0 to 1000000 Mbit/s" : "at most 60000 ms");
}
