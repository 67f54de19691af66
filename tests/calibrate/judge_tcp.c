// SPDX-License-Identifier: MIT
/*
 * judge_tcp.c - what TCP got of a link: measured, and in runs of satbed
 *
 * judge_tcp up|down TCP.csv CAPACITY.csv RUN...: prints lines of a Markdown table, "| what | measured |
 * generated | goal | held |".  Shares are goodput by capacity, means over tests and over runs; the
 * intervals are 95 % of a bootstrap over tests and runs.  Exit status 1: a goal is not held.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/learn_series.h"

#define BOOTSTRAPS 2000
#define MAX_RUNS   256

static int failed;

static void die(const char *what)
{
	fprintf(stderr, "judge_tcp: %s\n", what);
	exit(2);
}

static void line(const char *what, const char *measured, const char *generated, const char *goal,
		 int held)
{
	printf("| %s | %s | %s | %s | %s |\n", what, measured, generated, goal,
	       held < 0 ? ""
	       : held	? "yes"
			: "**no**");
	failed |= held == 0;
}

/* Half seconds of what arrived at the receiver, out of a run's samples.csv. */
static void read_goodput(const char *dir, const char *receiver, struct sb_measured_series *out)
{
	sb_auto_free char *path = sb_asprintf("%s/samples.csv", dir);
	sb_auto_free char *text = NULL;
	struct sb_err err = {0};
	double last_ms = 0, last_bytes = 0;

	if (sb_read_file(path, 256u << 20, &text, NULL, &err))
		die(err.msg);
	for (char *rest, *row = strtok_r(text, "\n", &rest); row;
	     row = strtok_r(NULL, "\n", &rest)) {
		char source[16];
		double ms, bytes;

		if (sscanf(row, "%lf,%*[^,],%*[^,],%*[^,],%15[^,],%*[^,],%lf", &ms, source,
			   &bytes) != 3 ||
		    strcmp(source, receiver))
			continue;
		if (ms - last_ms > 250)
			sb_series_add(out, dir, last_ms / 1e3,
				      (bytes - last_bytes) * 8 / (ms - last_ms) / 1e3);
		last_ms = ms;
		last_bytes = bytes;
	}
	if (!out->count || strcmp(out->tests[out->count - 1].id, dir))
		die("a run without samples");
}

static void read_capacity(const char *dir, enum sb_series_kind kind, struct sb_measured_series *out)
{
	sb_auto_free char *path = sb_asprintf("%s/plan.json", dir);
	sb_auto_free char *text = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	cJSON *json;

	if (sb_read_file(path, 256u << 20, &text, NULL, &err))
		die(err.msg);
	json = cJSON_Parse(text);
	if (!json || sb_plan_from_json(json, &plan, &err))
		die("a plan that cannot be read");
	cJSON_Delete(json);
	sb_series_of_plan(plan, kind, 0.5, 0, out);
	sb_plan_free(plan);
}

static double mean(const struct sb_series_test *t)
{
	double sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += t->samples[i].value;
	return sum / (double)t->count;
}

/* One draw of the mean over tests, with replacement; @rng NULL: all of them once. */
static double draw_mean(const struct sb_measured_series *s, struct sb_rng *rng, const size_t *same)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++) {
		size_t k = same ? same[i] : rng ? (size_t)(sb_rng_unit(rng) * (double)s->count) : i;

		sum += mean(&s->tests[k]);
	}
	return sum / (double)s->count;
}

static int by_size(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

/* @paired: the i-th goodput was over the i-th capacity. */
static double share(const struct sb_measured_series *tcp, const struct sb_measured_series *capacity,
		    int paired, char text[64])
{
	double at = draw_mean(tcp, NULL, NULL) / draw_mean(capacity, NULL, NULL);
	static double all[BOOTSTRAPS];
	struct sb_rng rng;
	size_t same[MAX_RUNS];

	sb_rng_seed(&rng, 1, 1);
	for (int b = 0; b < BOOTSTRAPS; b++) {
		for (size_t i = 0; paired && i < tcp->count; i++)
			same[i] = (size_t)(sb_rng_unit(&rng) * (double)tcp->count);
		all[b] = draw_mean(tcp, &rng, paired ? same : NULL) /
			 draw_mean(capacity, &rng, paired ? same : NULL);
	}
	qsort(all, BOOTSTRAPS, sizeof(*all), by_size);
	snprintf(text, 64, "%.3f (%.3f to %.3f)", at, all[BOOTSTRAPS / 40],
		 all[BOOTSTRAPS - BOOTSTRAPS / 40]);
	return at;
}

static void read_csv(const char *path, enum sb_series_kind kind, struct sb_measured_series *out)
{
	struct sb_err err = {0};

	if (sb_series_read(path, kind, out, &err))
		die(err.msg);
}

int main(int argc, char **argv)
{
	struct sb_measured_series tcp = {0}, capacity = {0}, run_tcp = {0}, run_capacity = {0};
	sb_auto_free double *a = NULL, *b = NULL;
	char ma[64], mb[64], what[64];
	enum sb_series_kind kind;
	size_t na, nb;
	double is, goal, za, zb;

	if (argc < 5 || argc > MAX_RUNS)
		die("usage: judge_tcp up|down TCP.csv CAPACITY.csv RUN...");
	kind = strcmp(argv[1], "up") ? SB_SERIES_CAPACITY_DOWN : SB_SERIES_CAPACITY_UP;
	goal = kind == SB_SERIES_CAPACITY_UP ? 0.35 : 0.61;
	read_csv(argv[2], kind, &tcp);
	read_csv(argv[3], kind, &capacity);
	for (int i = 4; i < argc; i++) {
		read_goodput(argv[i], kind == SB_SERIES_CAPACITY_UP ? "server" : "client",
			     &run_tcp);
		read_capacity(argv[i], kind, &run_capacity);
	}
	share(&tcp, &capacity, 0, ma);
	is = share(&run_tcp, &run_capacity, 1, mb);
	snprintf(what, sizeof(what), "TCP's share of the capacity, %s", argv[1]);
	line(what, ma, mb, kind == SB_SERIES_CAPACITY_UP ? "0.35 ± 0.06" : "0.61 ± 0.06",
	     fabs(is - goal) <= 0.06);

	a = sb_series_values(&tcp, &na);
	b = sb_series_values(&run_tcp, &nb);
	snprintf(ma, sizeof(ma), "%zu samples", na);
	snprintf(mb, sizeof(mb), "%.3f, %zu samples", sb_distance(a, na, b, nb), nb);
	snprintf(what, sizeof(what), "KS, TCP's goodput %s", argv[1]);
	line(what, ma, mb, "≤ 0.15", sb_distance(a, na, b, nb) <= 0.15);

	za = sb_series_zero_share(&tcp);
	zb = sb_series_zero_share(&run_tcp);
	snprintf(ma, sizeof(ma), "%.2f %%", 100 * za);
	snprintf(mb, sizeof(mb), "%.2f %%", 100 * zb);
	snprintf(what, sizeof(what), "samples of TCP %s with nothing", argv[1]);
	line(what, ma, mb, "", -1);
	sb_series_fini(&tcp);
	sb_series_fini(&capacity);
	sb_series_fini(&run_tcp);
	sb_series_fini(&run_capacity);
	return failed;
}
