// SPDX-License-Identifier: MIT
/* series_figures.c - measured series against generated ones */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "figure.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"
#include "satbed/report_series.h"

#define POINTS	  200 /* of a distribution's curve */
#define LAGS	  60
#define SLOT_S	  15
#define SLOT_AT_S 12

static const double lags_s[] = {0.5, 1, 5, 15};

static bool is_rate(enum sb_series_kind kind)
{
	return kind >= SB_SERIES_CAPACITY_UP;
}

static const char *unit_of(enum sb_series_kind kind)
{
	return is_rate(kind) ? "Mbit/s" : "ms";
}

static double at_share(const double *sorted, size_t n, double share)
{
	return n ? sorted[(size_t)(share * (double)(n - 1) + 0.5)] : NAN;
}

static void print_pair(struct sb_text_table *t, const char *what, double measured, double generated)
{
	sb_text_cell(t, "%s", what);
	sb_text_cell(t, "%.2f", measured);
	sb_text_cell(t, "%.2f", generated);
}

void sb_report_series_text(FILE *to, enum sb_series_kind kind,
			   const struct sb_measured_series *measured,
			   const struct sb_measured_series *generated)
{
	static const struct sb_text_column columns[] = {
	    {"", 2, -24}, {"measured", 1, 10}, {"generated", 1, 10}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	size_t na, nb;
	sb_auto_free double *a = sb_series_values(measured, &na);
	sb_auto_free double *b = sb_series_values(generated, &nb);

	fprintf(to, "%s: Kolmogorov-Smirnov distance %.3f\n", sb_series_kind_name(kind),
		sb_distance(a, na, b, nb));
	sb_text_head(&t, NULL);
	sb_text_cell(&t, "samples");
	sb_text_cell(&t, "%zu", na);
	sb_text_cell(&t, "%zu", nb);
	for (int p = 5; p <= 95; p += 45) {
		sb_auto_free char *what = sb_asprintf("%d %%, %s", p, unit_of(kind));

		print_pair(&t, what, at_share(a, na, p / 100.0), at_share(b, nb, p / 100.0));
	}
	print_pair(&t, is_rate(kind) ? "nothing, %" : "lost, %",
		   100 * sb_series_zero_share(measured), 100 * sb_series_zero_share(generated));
	for (size_t i = 0; i < SB_ARRAY_LEN(lags_s); i++) {
		sb_auto_free char *what = sb_asprintf("autocorrelation, %g s", lags_s[i]);

		print_pair(&t, what, sb_series_autocorrelation(measured, lags_s[i]),
			   sb_series_autocorrelation(generated, lags_s[i]));
	}
}

static int put(const char *dir, const struct sb_figure *f, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s.svg", dir, f->name);
	sb_auto_free char *svg = sb_figure_svg(f);

	return sb_replace_file(path, svg, strlen(svg), err);
}

static void add_distribution(struct sb_figure *f, const char *name,
			     const struct sb_measured_series *s)
{
	size_t n;
	sb_auto_free double *v = sb_series_values(s, &n);
	struct sb_curve *c = sb_figure_add(f, name, POINTS + 1, false);

	for (size_t k = 0; k <= POINTS; k++) {
		c->y[k] = (double)k / POINTS;
		c->x[k] = at_share(v, n, c->y[k]);
	}
}

static void add_autocorrelation(struct sb_figure *f, const char *name,
				const struct sb_measured_series *s)
{
	double interval = sb_series_interval_s(s);
	struct sb_curve *c = sb_figure_add(f, name, LAGS, false);

	for (size_t k = 0; k < LAGS; k++) {
		/* From one sample to half a minute, evenly. */
		double lag = fmax(interval, 30.0 * (double)(k + 1) / LAGS);

		c->x[k] = lag;
		c->y[k] = sb_series_autocorrelation(s, lag);
	}
}

/* Medians by the second of the slot; false when no test says when it began. */
static bool add_slot(struct sb_figure *f, const char *name, const struct sb_measured_series *s)
{
	struct sb_measured_series by_second[SLOT_S] = {{0}};
	struct sb_curve *c;
	bool any = false;

	for (size_t i = 0; i < s->count; i++) {
		const struct sb_series_test *t = &s->tests[i];

		for (size_t k = 0; !isnan(t->second) && k < t->count; k++) {
			double at = t->second + t->samples[k].at_s - t->samples[0].at_s;
			double in = fmod(at + 60 - SLOT_AT_S, SLOT_S);

			sb_series_add(&by_second[(size_t)in], "1", at, t->samples[k].value);
			any = true;
		}
	}
	c = any ? sb_figure_add(f, name, SLOT_S, false) : NULL;
	for (size_t k = 0; k < SLOT_S; k++) {
		size_t n;
		sb_auto_free double *v = sb_series_values(&by_second[k], &n);

		if (c) {
			c->x[k] = (double)k + 0.5;
			c->y[k] = at_share(v, n, 0.5);
		}
		sb_series_fini(&by_second[k]);
	}
	return any;
}

int sb_report_series_figures(const char *dir, enum sb_series_kind kind,
			     const struct sb_measured_series *measured,
			     const struct sb_measured_series *generated, struct sb_err *err)
{
	const char *name = sb_series_kind_name(kind);
	sb_auto_free char *distribution = sb_asprintf("%s-distribution", name);
	sb_auto_free char *autocorrelation = sb_asprintf("%s-autocorrelation", name);
	sb_auto_free char *slot = sb_asprintf("%s-slot", name);
	sb_auto_free char *unit = sb_asprintf("%s (%s)", name, unit_of(kind));
	sb_auto_free char *median = sb_asprintf("median, %s", unit);
	struct sb_figure figures[] = {
	    {.name = distribution, .unit = "share of samples", .x_unit = unit},
	    {.name = autocorrelation, .unit = "autocorrelation", .x_unit = "lag (s)"},
	    {.name = slot, .unit = median, .x_unit = "seconds since the reconfiguration"},
	};
	int rc = 0;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot make %s", dir);
	add_distribution(&figures[0], "measured", measured);
	add_distribution(&figures[0], "generated", generated);
	add_autocorrelation(&figures[1], "measured", measured);
	add_autocorrelation(&figures[1], "generated", generated);
	if (add_slot(&figures[2], "measured", measured))
		add_slot(&figures[2], "generated", generated);
	for (size_t i = 0; i < SB_ARRAY_LEN(figures); i++) {
		if (!rc && figures[i].count)
			rc = put(dir, &figures[i], err);
		sb_figure_fini(&figures[i]);
	}
	return rc;
}
