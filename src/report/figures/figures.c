// SPDX-License-Identifier: MIT
/* figures.c - the figures of a run, from its series: goodput, delay, congestion window, sequence */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "figure.h"
#include "satbed/analysis_series.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"
#include "satbed/report_dir.h"

#define FILE_MAX   (256u << 20)
#define BIN_S_MAX  86400
#define CURVES_MAX 64 /* nobody reads more in one figure */

/** struct grid - of the series: middles of bins */
struct grid {
	double bin_s;
	size_t bins;
};

static const cJSON *member(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static const char *word(const cJSON *obj, const char *key)
{
	const char *text = cJSON_GetStringValue(member(obj, key));

	return text ? text : "";
}

static void add_values(struct sb_figure *f, const struct grid *g, const char *name,
		       const cJSON *values, double scale)
{
	struct sb_curve *c;
	const cJSON *v;
	size_t i = 0;

	if (!cJSON_IsArray(values) || f->count >= CURVES_MAX)
		return;
	c = sb_figure_add(f, name, g->bins, false);
	for (size_t bin = 0; bin < g->bins; bin++) {
		c->x[bin] = ((double)bin + 0.5) * g->bin_s;
		c->y[bin] = NAN;
	}
	cJSON_ArrayForEach(v, values)
	{
		if (i < g->bins && cJSON_IsNumber(v))
			c->y[i] = v->valuedouble * scale;
		i++;
	}
}

static void add_marks(struct sb_figure *f, const char *name, const cJSON *marks, double scale)
{
	size_t count = cJSON_IsArray(marks) ? (size_t)cJSON_GetArraySize(marks) : 0, i = 0;
	struct sb_curve *c;
	const cJSON *mark;

	if (!count || f->count >= CURVES_MAX)
		return;
	c = sb_figure_add(f, name, count, true);
	cJSON_ArrayForEach(mark, marks)
	{
		c->x[i] = cJSON_GetNumberValue(cJSON_GetArrayItem(mark, 0));
		c->y[i] = cJSON_GetNumberValue(cJSON_GetArrayItem(mark, 1)) * scale;
		if (!isfinite(c->x[i]))
			c->x[i] = c->y[i] = 0;
		i++;
	}
}

static void fill_flows(struct sb_figure *f, const struct grid *g, const cJSON *series,
		       const char *key, double scale)
{
	const cJSON *flow;

	cJSON_ArrayForEach(flow, member(series, "flows"))
	{
		sb_auto_free char *name = sb_asprintf(
		    "%s %s %s", word(flow, "name"), word(flow, "client"), word(flow, "direction"));

		add_values(f, g, name, member(flow, key), scale);
	}
}

static void fill_delay(struct sb_figure *f, const struct grid *g, const cJSON *series)
{
	static const char *const dirs[] = {"up", "down"};
	const cJSON *link;

	cJSON_ArrayForEach(link, member(series, "links"))
	{
		for (size_t i = 0; i < SB_ARRAY_LEN(dirs); i++) {
			const cJSON *dir = member(link, dirs[i]);
			sb_auto_free char *asked =
			    sb_asprintf("%s %s configured", word(link, "client"), dirs[i]);
			sb_auto_free char *measured =
			    sb_asprintf("%s %s measured", word(link, "client"), dirs[i]);

			add_values(f, g, asked, member(dir, "configured_delay_ms"), 1);
			add_values(f, g, measured, member(member(dir, "delay_ms"), "mean"), 1);
		}
	}
}

static void fill_sequence(struct sb_figure *f, const struct grid *g, const cJSON *series)
{
	const cJSON *flow;

	cJSON_ArrayForEach(flow, member(series, "flows"))
	{
		const cJSON *sequence = member(flow, "sequence");
		sb_auto_free char *name = sb_asprintf(
		    "%s %s %s", word(flow, "name"), word(flow, "client"), word(flow, "direction"));
		sb_auto_free char *acked = sb_asprintf("%s acknowledged", name);
		sb_auto_free char *again = sb_asprintf("%s retransmitted", name);

		add_values(f, g, name, member(sequence, "sent"), 1e-6);
		add_values(f, g, acked, member(sequence, "acked"), 1e-6);
		add_marks(f, again, member(sequence, "again"), 1e-6);
	}
}

/* @text is taken over. */
static int put_file(const char *directory, const char *name, const char *suffix, char *text,
		    struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s.%s", directory, name, suffix), *own = text;

	return sb_replace_file(path, own, strlen(own), err);
}

static int put_figure(const struct sb_figure *f, const char *svg, const char *gnuplot,
		      struct sb_err *err)
{
	if (!f->count)
		return 0;
	if (svg && put_file(svg, f->name, "svg", sb_figure_svg(f), err))
		return -1;
	if (gnuplot && (put_file(gnuplot, f->name, "dat", sb_figure_data(f), err) ||
			put_file(gnuplot, f->name, "gp", sb_figure_script(f), err)))
		return -1;
	return 0;
}

static int make_directory(const char *path, struct sb_err *err)
{
	return path && mkdir(path, 0777) && errno != EEXIST
		   ? sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path)
		   : 0;
}

static int draw_all(const cJSON *series, const struct grid *g, const char *svg, const char *gnuplot,
		    struct sb_err *err)
{
	struct sb_figure figures[] = {
	    {.name = "goodput", .unit = "goodput (Mbit/s)"},
	    {.name = "delay", .unit = "one-way delay without queueing (ms)"},
	    {.name = "cwnd", .unit = "congestion window (segments)"},
	    {.name = "sequence", .unit = "bytes of the connection (MB)"},
	};
	int rc = 0;

	fill_flows(&figures[0], g, series, "goodput_bps", 1e-6);
	fill_delay(&figures[1], g, series);
	fill_flows(&figures[2], g, series, "cwnd", 1);
	fill_sequence(&figures[3], g, series);
	for (size_t i = 0; i < SB_ARRAY_LEN(figures); i++) {
		if (!rc)
			rc = put_figure(&figures[i], svg, gnuplot, err);
		sb_figure_fini(&figures[i]);
	}
	return rc;
}

int sb_report_figures(const char *directory, const char *svg, const char *gnuplot,
		      struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/series.json", directory), *text = NULL;
	cJSON *series;
	double bins, bin_s;
	int rc;

	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return -1;
	series = cJSON_Parse(text);
	if (sb_results_upgrade(series, path, err)) {
		cJSON_Delete(series);
		return -1;
	}
	bins = cJSON_GetNumberValue(member(series, "bins"));
	bin_s = cJSON_GetNumberValue(member(series, "bin_s"));
	if (bins >= 0 && bins <= SB_SERIES_BINS && bin_s > 0 && bin_s <= BIN_S_MAX)
		rc =
		    make_directory(svg, err) || make_directory(gnuplot, err) ||
			    draw_all(series, &(struct grid){bin_s, (size_t)bins}, svg, gnuplot, err)
			? -1
			: 0;
	else
		rc = sb_fail(err, SB_EINPUT, 0, "%s has no series of a run", path);
	cJSON_Delete(series);
	return rc;
}
