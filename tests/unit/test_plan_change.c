// SPDX-License-Identifier: MIT
/* test_plan_change.c - keys of a link changed by hand: the words and errors of a scenario */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan_change.h"

/* What becomes of a link of 25 ms and 10 Mbit/s when @word is typed. */
static struct sb_link_state changed(const char *word)
{
	struct sb_link_state s = {.delay_ns = 25 * SB_NS_PER_MS, .rate_bps = 10000000};
	struct sb_link_change c;
	struct sb_err err = {0};
	cJSON *json;

	if (sb_link_change_read(&word, 1, &c, &err))
		fail_msg("%s: %s", word, err.msg);
	json = sb_link_change_to_json(&c);
	if (sb_link_state_from_json(json, &s, &err))
		fail_msg("%s: %s", word, err.msg);
	assert_int_equal(cJSON_GetArraySize(json), 1);
	cJSON_Delete(json);
	return s;
}

static void one_key_leaves_the_others(void **unused)
{
	struct sb_link_state s = changed("delay=40ms");

	(void)unused;
	assert_int_equal(s.delay_ns, 40 * SB_NS_PER_MS);
	assert_int_equal(s.rate_bps, 10000000);
	assert_false(s.outage);
	s = changed("rate=2.5mbit");
	assert_int_equal(s.rate_bps, 2500000);
	assert_int_equal(s.delay_ns, 25 * SB_NS_PER_MS);
	assert_int_equal(changed("rate=unlimited").rate_bps, 0);
	assert_int_equal(changed("duplicate=1%").duplicate_ppb, SB_PPB / 100);
	assert_int_equal(changed("reorder=2%").reorder_ppb, SB_PPB / 50);
	assert_int_equal(changed("corrupt=0.5%").corrupt_ppb, SB_PPB / 200);
	assert_true(changed("outage=on").outage);
}

static void losses(void **unused)
{
	struct sb_link_state s = changed("loss=5%");

	(void)unused;
	assert_int_equal(s.loss.kind, SB_LOSS_RANDOM);
	assert_int_equal(s.loss.random_ppb, SB_PPB / 20);
	s = changed("loss=random 5%");
	assert_int_equal(s.loss.random_ppb, SB_PPB / 20);
	s = changed("loss=gemodel 2% burst 4");
	assert_int_equal(s.loss.kind, SB_LOSS_GEMODEL);
	assert_int_equal(s.loss.good_ppb, SB_PPB / 4);
	assert_int_equal(changed("loss=none").loss.kind, SB_LOSS_NONE);
}

static void several_words(void **unused)
{
	static const char *const words[] = {"loss=1%", "delay=1s", "loss=2%", "outage=off"};
	struct sb_link_change c;
	cJSON *json;

	(void)unused;
	assert_int_equal(sb_link_change_read(words, SB_ARRAY_LEN(words), &c, NULL), 0);
	assert_int_equal(c.to.loss.random_ppb, SB_PPB / 50); /* the last one counts */
	json = sb_link_change_to_json(&c);
	assert_int_equal(cJSON_GetArraySize(json), 3);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "outage")));
	cJSON_Delete(json);
}

static void mistakes_say_what_to_type(void **unused)
{
	static const struct {
		const char *word, *says;
	} cases[] = {
	    {"delay=25", "did you mean \"25ms\""},
	    {"delay=61s", "out of range"},
	    {"rate=10", "did you mean"},
	    {"loss=5", "loss"},
	    {"loss=random", "random SHARE"},
	    {"corrupt=101%", "corrupt"},
	    {"outage=2s", "outage=on or outage=off"},
	    {"dely=25ms", "did you mean \"delay\""},
	    {"queue=100ms", "--set link.queue="},
	    {"jitter=3ms", "cannot change"},
	    {"seed=3", "expected delay, rate"},
	    {"delay", "KEY=VALUE"},
	    {"=3ms", "KEY=VALUE"},
	    {"", "KEY=VALUE"},
	    {"a-key-much-longer-than-any-that-a-link-has=1", "KEY=VALUE"},
	};

	(void)unused;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_link_change c = {.to.delay_ns = 77};
		struct sb_err err = {0};

		assert_int_equal(sb_link_change_read(&cases[i].word, 1, &c, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("\"%s\" gives \"%s\" without \"%s\"", cases[i].word, err.msg,
				 cases[i].says);
		assert_int_equal(c.to.delay_ns, 77);
	}
}

/* What comes over a channel is not trusted. */
static void states_from_others(void **unused)
{
	static const char *const bad[] = {
	    "[]",
	    "{\"delay_ns\":-1}",
	    "{\"delay_ns\":1e18}",
	    "{\"rate_bps\":5}",
	    "{\"loss\":\"5%\"}",
	    "{\"corrupt_ppb\":1000000001}",
	    "{\"outage\":1}",
	};

	(void)unused;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_link_state s = {.delay_ns = 5}, before = s;
		cJSON *json = cJSON_Parse(bad[i]);

		assert_int_equal(sb_link_state_from_json(json, &s, NULL), -1);
		assert_memory_equal(&s, &before, sizeof(s));
		cJSON_Delete(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_key_leaves_the_others),
	    cmocka_unit_test(losses),
	    cmocka_unit_test(several_words),
	    cmocka_unit_test(mistakes_say_what_to_type),
	    cmocka_unit_test(states_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
