// SPDX-License-Identifier: MIT
/* test_sweep.c - what a sweep varies, the runs that makes, and the intervals of its medians */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "sweep/show/median.h"
#include "sweep/spec.h"

static void vary(struct sb_sweep_spec *s, const char *text)
{
	struct sb_err err = {0};

	if (sb_spec_vary(s, text, &err))
		fail_msg("%s", err.msg);
}

static void expect_sets(const struct sb_sweep_spec *s, size_t run, const char *wanted)
{
	size_t count;
	char **sets = sb_spec_sets(s, run, &count), *all = sb_strdup("");

	for (size_t i = 0; i < count; i++) {
		char *more = sb_asprintf("%s%s;", all, sets[i]);

		free(all);
		all = more;
	}
	assert_string_equal(all, wanted);
	free(all);
	sb_spec_sets_free(sets, count);
}

static void every_combination_is_run_with_every_seed(void **state)
{
	struct sb_sweep_spec s = {0};
	struct sb_err err = {0};

	(void)state;
	sb_spec_set(&s, "scenario.duration=5s");
	vary(&s, "flow.bulk.cc=cubic, bbr,hybla");
	vary(&s, "path=bridge,slirp");
	assert_int_equal(sb_seeds_add(&s.seeds, "1..3,9", &err), 0);
	assert_int_equal(sb_spec_check(&s, &err), 0);
	assert_int_equal(sb_spec_cases(&s), 6);
	assert_int_equal(sb_spec_runs(&s), 24);
	expect_sets(&s, 0,
		    "scenario.duration=5s;flow.bulk.cc=cubic;testbed.path=bridge;scenario.seed=1;");
	expect_sets(&s, 1,
		    "scenario.duration=5s;flow.bulk.cc=cubic;testbed.path=slirp;scenario.seed=1;");
	expect_sets(&s, 23,
		    "scenario.duration=5s;flow.bulk.cc=hybla;testbed.path=slirp;scenario.seed=9;");
	sb_spec_fini(&s);
}

/* What is added to a factor, or said twice, is there once. */
static void levels_and_seeds_are_added(void **state)
{
	struct sb_sweep_spec s = {0}, back = {0};
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	vary(&s, "link.down.loss=none|random 0.1%|gemodel 1%, 2");
	vary(&s, "link.down.loss=none|random 1%");
	assert_int_equal(s.factor_count, 1);
	assert_int_equal(s.factors[0].level_count, 4);
	assert_string_equal(s.factors[0].levels[2].name, "gemodel 1%, 2");
	assert_int_equal(sb_seeds_add(&s.seeds, "2..3", &err), 0);
	assert_int_equal(sb_seeds_add(&s.seeds, "1..2", &err), 0);
	assert_int_equal(sb_seeds_count(&s.seeds), 3);
	s.scenario = sb_strdup("/a.ini");
	s.scenario_hash = sb_strdup("0");
	json = sb_spec_to_json(&s);
	assert_int_equal(sb_spec_from_json(json, &back, &err), 0);
	cJSON_Delete(json);
	assert_int_equal(sb_spec_check(&back, &err), 0);
	assert_int_equal(sb_spec_runs(&back), 12);
	expect_sets(&back, 11, "link.down.loss=random 1%;scenario.seed=3;");
	sb_spec_fini(&back);
	sb_spec_fini(&s);
}

/* Factors that are zipped go step by step together; others are crossed with them. */
static void zipped_factors_are_not_crossed(void **state)
{
	struct sb_sweep_spec s = {0}, back = {0};
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	/* The zip is written before what it is about, and not in its order. */
	assert_int_equal(sb_spec_zip(&s, "path, link.delay", &err), 0);
	vary(&s, "link.delay=20ms,300ms");
	vary(&s, "flow.bulk.cc=cubic,bbr,hybla");
	vary(&s, "path=bridge,slirp");
	assert_int_equal(sb_spec_check(&s, &err), 0);
	assert_int_equal(sb_spec_cases(&s), 6);
	expect_sets(&s, 0, "link.delay=20ms;flow.bulk.cc=cubic;testbed.path=bridge;");
	expect_sets(&s, 2, "link.delay=20ms;flow.bulk.cc=hybla;testbed.path=bridge;");
	expect_sets(&s, 3, "link.delay=300ms;flow.bulk.cc=cubic;testbed.path=slirp;");
	s.scenario = sb_strdup("/a.ini");
	s.scenario_hash = sb_strdup("0");
	json = sb_spec_to_json(&s);
	assert_int_equal(sb_spec_from_json(json, &back, &err), 0);
	assert_int_equal(sb_spec_check(&back, &err), 0);
	expect_sets(&back, 3, "link.delay=300ms;flow.bulk.cc=cubic;testbed.path=slirp;");
	cJSON_Delete(json);
	sb_spec_fini(&back);
	/* One level more of one of them does not fit any more. */
	vary(&s, "path=pasta");
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "testbed.path has 3 levels and link.delay has 2"));
	vary(&s, "link.delay=40ms");
	assert_int_equal(sb_spec_check(&s, &err), 0);
	assert_int_equal(sb_spec_zip(&s, "link.delay,flow.bulk.cc", &err), 0);
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "is in it twice"));
	sb_spec_fini(&s);
	assert_int_equal(sb_spec_zip(&s, "link.delay", &err), -1);
	assert_int_equal(sb_spec_zip(&s, "link.delay,link.rate", &err), 0);
	vary(&s, "link.delay=1ms,2ms");
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "link.rate is not varied"));
	sb_spec_fini(&s);
}

static void cases_and_levels_have_names(void **state)
{
	static const char *const wrong[] = {"geo",
					    "geo=",
					    "geo=link.delay",
					    "=link.delay=1",
					    "a b=link.x=1",
					    "geo=link.delay=1,,",
					    "geo=scenario.seed=1"};
	struct sb_sweep_spec s = {0}, back = {0};
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	assert_int_equal(sb_spec_case(&s, "geo=link.delay=300ms, link.rate=20mbit", &err), 0);
	assert_int_equal(sb_spec_case(&s, "leo = link.delay=20ms|link.loss=gemodel 1%, 4", &err),
			 0);
	assert_int_equal(sb_spec_case(&s, "load.web=flow.bulk.size=1MB", &err), 0);
	assert_int_equal(sb_spec_case(&s, "load.bulk=flow.bulk.size=90MB", &err), 0);
	vary(&s, "link.down.loss=clear=none | rain=random 1%");
	vary(&s, "kernel=6.1,new=6.12");
	s.scenario = sb_strdup("/a.ini");
	s.scenario_hash = sb_strdup("0");
	json = sb_spec_to_json(&s);
	assert_int_equal(sb_spec_from_json(json, &back, &err), 0);
	cJSON_Delete(json);
	assert_int_equal(sb_spec_check(&back, &err), 0);
	assert_int_equal(sb_spec_cases(&back), 16);
	assert_string_equal(back.factors[0].key, "case");
	assert_string_equal(back.factors[1].key, "load");
	assert_string_equal(sb_spec_level_name(&back, 15, 0), "leo");
	assert_string_equal(sb_spec_level_name(&back, 15, 2), "rain");
	assert_string_equal(sb_spec_level_name(&back, 15, 3), "new");
	expect_sets(&back, 15,
		    "link.delay=20ms;link.loss=gemodel 1%, 4;flow.bulk.size=90MB;link.down.loss="
		    "random 1%;testbed.kernel=6.12;");
	sb_spec_fini(&back);
	/* A name has one meaning, and a meaning one name. */
	assert_int_equal(sb_spec_case(&s, "leo=link.delay=30ms", &err), -1);
	assert_non_null(strstr(err.msg, "\"leo\" has two meanings"));
	assert_int_equal(sb_spec_vary(&s, "link.down.loss=random 1%|storm=random 5%", &err), -1);
	assert_non_null(strstr(err.msg, "\"rain\" and \"random 1%\" are the same"));
	for (size_t i = 0; i < SB_ARRAY_LEN(wrong); i++)
		assert_int_equal(sb_spec_case(&s, wrong[i], &err), -1);
	sb_spec_fini(&s);
}

/* A million seeds are a range: neither adding nor counting them walks through all. */
static void seeds_are_ranges(void **state)
{
	struct sb_seeds s = {0}, back = {0};
	struct sb_err err = {0};
	sb_auto_free char *text = NULL;
	cJSON *json;

	(void)state;
	assert_int_equal(sb_seeds_add(&s, "1..1000000", &err), 0);
	assert_int_equal(sb_seeds_add(&s, "500000..1200000, 7,3000000,1200001", &err), 0);
	assert_int_equal(s.range_count, 2);
	assert_int_equal(sb_seeds_count(&s), 1200002);
	assert_int_equal(sb_seeds_at(&s, 0), 1);
	assert_int_equal(sb_seeds_at(&s, 1200000), 1200001);
	assert_int_equal(sb_seeds_at(&s, 1200001), 3000000);
	json = sb_seeds_to_json(&s);
	text = cJSON_PrintUnformatted(json);
	assert_string_equal(text, "[\"1..1200001\",\"3000000\"]");
	assert_int_equal(sb_seeds_from_json(&back, json, &err), 0);
	assert_int_equal(sb_seeds_count(&back), 1200002);
	cJSON_Delete(json);
	sb_seeds_fini(&back);
	assert_int_equal(sb_seeds_add(&back, "18446744073709551615,18446744073709551614", &err), 0);
	assert_int_equal(sb_seeds_count(&back), 2);
	sb_seeds_fini(&back);
	sb_seeds_fini(&s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const varies[] = {"flow.bulk.cc", "=a,b", "flow.bulk.cc=a,,b",
					     "scenario.seed=1,2"};
	static const char *const seeds[] = {
	    "",	   "5..1", "1..",  "..2",	  "-1",
	    "1;2", "1,",   "0x10", "1..99999999", "99999999999999999999999"};
	struct sb_sweep_spec s = {0};
	struct sb_err err = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(varies); i++)
		assert_int_equal(sb_spec_vary(&s, varies[i], &err), -1);
	sb_spec_fini(&s);
	for (size_t i = 0; i < SB_ARRAY_LEN(seeds); i++)
		assert_int_equal(sb_seeds_add(&s.seeds, seeds[i], &err), -1);
	sb_spec_fini(&s);
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "nothing varies"));
	vary(&s, "flow.bulk.cc=cubic");
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "use --set flow.bulk.cc=cubic"));
	sb_spec_fini(&s);
	/* 10^48 combinations: counted, not made. */
	for (size_t i = 0; i < SB_SWEEP_FACTORS; i++) {
		s.factors[i].level_count = SB_SWEEP_LEVELS;
		s.factors[i].zip = i;
	}
	s.factor_count = SB_SWEEP_FACTORS;
	assert_true(sb_spec_runs(&s) == SIZE_MAX);
	assert_int_equal(sb_spec_check(&s, &err), -1);
	assert_non_null(strstr(err.msg, "more than 1000000 runs"));
}

static void a_median_is_between_its_bounds(void **state)
{
	double few[] = {3, 1, 2}, six[] = {6, 5, 4, 3, 2, 1},
	       ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct sb_rank_median m = sb_rank_median(few, 3);

	(void)state;
	assert_true(m.median == 2 && isnan(m.low) && isnan(m.high));
	/* 2 (1/2)^6 = 3.1 %: the whole range; of ten the second and the ninth, 2.1 %. */
	m = sb_rank_median(six, 6);
	assert_true(m.median == 3.5 && m.low == 1 && m.high == 6);
	m = sb_rank_median(ten, 10);
	assert_true(m.median == 5.5 && m.low == 2 && m.high == 9);
	m = sb_rank_median(NULL, 0);
	assert_true(m.count == 0 && isnan(m.median));
}

/* 2000 samples of 41 from a skewed distribution: the interval has the median in 95 % of them at least. */
static void the_interval_covers_the_median(void **state)
{
	enum { SAMPLES = 2000, N = 41 };
	struct sb_rng rng;
	int held = 0;

	(void)state;
	sb_rng_seed(&rng, 7, 0);
	for (int k = 0; k < SAMPLES; k++) {
		double values[N];
		struct sb_rank_median m;

		for (int i = 0; i < N; i++)
			values[i] = -log(1 - sb_rng_unit(&rng));
		m = sb_rank_median(values, N);
		held += m.low <= M_LN2 && M_LN2 <= m.high;
	}
	/* Ranks 14 and 28 of 41: 97.2 %; 5 sigma of 2000. */
	assert_true(held > 0.953 * SAMPLES && held < 0.991 * SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_combination_is_run_with_every_seed),
	    cmocka_unit_test(levels_and_seeds_are_added),
	    cmocka_unit_test(zipped_factors_are_not_crossed),
	    cmocka_unit_test(cases_and_levels_have_names),
	    cmocka_unit_test(seeds_are_ranges),
	    cmocka_unit_test(what_makes_no_sense_is_refused),
	    cmocka_unit_test(a_median_is_between_its_bounds),
	    cmocka_unit_test(the_interval_covers_the_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
