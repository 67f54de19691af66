// SPDX-License-Identifier: MIT
/* learn_series.c - satbed learn --series: fit series of measurements, or compare them */
#include "learn_series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/report_series.h"
#include "satbed/scenario.h"

/* Generated tests: as many as were measured, and no fewer than this. */
#define LEAST_TESTS 100
#define MOST_TESTS  200

int sb_learn_series_take(struct sb_learn_series_request *r, const char *arg, struct sb_err *err)
{
	const char *equals = strchr(arg, '=');
	char name[24];
	int kind = -1;

	if (equals && (size_t)(equals - arg) < sizeof(name)) {
		memcpy(name, arg, (size_t)(equals - arg));
		name[equals - arg] = '\0';
		kind = sb_series_kind(name);
	}
	if (kind < 0)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not a series, expected KIND=FILE with rtt, delay.up, "
			       "delay.down, capacity.up or capacity.down: for example rtt=ping.txt",
			       arg);
	if (sb_series_read(equals + 1, (enum sb_series_kind)kind, &r->series[kind], err))
		return -1;
	if (r->from) {
		char *longer = sb_asprintf("%s, %s", r->from, arg);

		free(r->from);
		r->from = longer;
	} else {
		r->from = sb_strdup(arg);
	}
	return 0;
}

void sb_learn_series_fini(struct sb_learn_series_request *r)
{
	for (int k = 0; k < SB_SERIES_KINDS; k++)
		sb_series_fini(&r->series[k]);
	free(r->from);
}

/* One test of each kind that was measured, out of the scenario with another seed. */
static int generate(const char *name, const char *text, const struct sb_learn_series_request *r,
		    size_t seed, struct sb_measured_series out[SB_SERIES_KINDS], struct sb_err *err)
{
	double longest = 1;
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	char seed_set[64], duration_set[64];
	const char *sets[] = {seed_set, duration_set};

	for (int k = 0; k < SB_SERIES_KINDS; k++)
		for (size_t i = 0; i < r->series[k].count; i++) {
			const struct sb_series_test *t = &r->series[k].tests[i];

			longest = fmax(longest, t->samples[t->count - 1].at_s + 1);
		}
	snprintf(seed_set, sizeof(seed_set), "scenario.seed=%zu", seed);
	snprintf(duration_set, sizeof(duration_set), "scenario.duration=%.0fs",
		 fmin(ceil(longest), 3600));
	if (sb_scenario_parse(name, text, strlen(text), sets, 2, &sc, err))
		return -1;
	if (sb_plan_make(sc, &plan, err)) {
		sb_scenario_free(sc);
		return -1;
	}
	for (int k = 0; k < SB_SERIES_KINDS; k++) {
		size_t before = out[k].count;

		if (!r->series[k].count)
			continue;
		sb_series_of_plan(plan, (enum sb_series_kind)k, sb_series_interval_s(&r->series[k]),
				  r->series[k].payload_bytes, &out[k]);
		if (out[k].count > before)
			out[k].tests[before].second = 0;
	}
	sb_plan_free(plan);
	sb_scenario_free(sc);
	return 0;
}

static int compare(const char *name, const char *text, const struct sb_learn_series_request *r,
		   FILE *to, struct sb_err *err)
{
	struct sb_measured_series generated[SB_SERIES_KINDS] = {{0}};
	size_t tests = LEAST_TESTS;
	int rc = 0;

	for (int k = 0; k < SB_SERIES_KINDS; k++)
		if (r->series[k].count > tests)
			tests = r->series[k].count < MOST_TESTS ? r->series[k].count : MOST_TESTS;
	for (size_t seed = 1; !rc && seed <= tests; seed++)
		rc = generate(name, text, r, seed, generated, err);
	for (int k = 0; !rc && k < SB_SERIES_KINDS; k++) {
		if (!r->series[k].count)
			continue;
		sb_report_series_text(to, (enum sb_series_kind)k, &r->series[k], &generated[k]);
		if (r->figures)
			rc = sb_report_series_figures(r->figures, (enum sb_series_kind)k,
						      &r->series[k], &generated[k], err);
	}
	for (int k = 0; k < SB_SERIES_KINDS; k++)
		sb_series_fini(&generated[k]);
	return rc;
}

static void fit(const struct sb_learn_series_request *r, char **text)
{
	struct sb_series_fits fits;
	size_t len = 0;
	FILE *to = sb_textstream_open(text, &len);

	sb_series_fit(r->series, &fits);
	sb_series_write(to, &fits, r->name, r->from);
	sb_textstream_close(to, text);
}

int sb_learn_series(const struct sb_learn_series_request *r, struct sb_err *err)
{
	sb_auto_free char *text = NULL;

	if (r->against) {
		if (sb_read_file(r->against, 1u << 20, &text, NULL, err))
			return -1;
		return compare(r->against, text, r, stdout, err);
	}
	fit(r, &text);
	if (r->out && sb_replace_file(r->out, text, strlen(text), err))
		return -1;
	if (!r->out)
		fputs(text, stdout);
	return r->figures ? compare(r->name, text, r, stderr, err) : 0;
}
