// SPDX-License-Identifier: MIT
/* test_plan_beam.c - clients that share a direction's rate and queue, in the plan */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_make.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

#define MS SB_NS_PER_MS

#define THREE "[scenario]\nduration = 10s\n[testbed]\nclients = 3\n"
#define BEAM  "[link]\ndelay = 20ms\nrate = 10mbit\nqueue = 50ms\n[link.down]\nshared = yes\n"

static struct sb_plan *try_make(const char *text, struct sb_err *err)
{
	struct sb_plan *plan = NULL;

	return try_plan(text, &plan, err) ? NULL : plan;
}

static void refuse(const char *text, const char *words)
{
	struct sb_err err = {0};

	assert_null(try_make(text, &err));
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" is not in: %s", words, err.msg);
}

static void only_those_that_say_so_share(void **state)
{
	struct sb_plan *plan =
	    make_plan(THREE BEAM "[link.client2.down]\nshared = no\nrate = 3mbit\n");

	(void)state;
	assert_true(plan->links[0].dir[SB_DOWN].shared && plan->links[2].dir[SB_DOWN].shared);
	assert_false(plan->links[1].dir[SB_DOWN].shared || plan->links[0].dir[SB_UP].shared);
	assert_int_equal(sb_plan_first_sharer(plan, 2, SB_DOWN), 0);
	assert_int_equal(sb_plan_first_sharer(plan, 1, SB_DOWN), 1);
	assert_int_equal(sb_plan_first_sharer(plan, 2, SB_UP), 2);
	assert_int_equal(sb_plan_sharers(plan, 2, SB_DOWN), 2);
	assert_int_equal(sb_plan_sharers(plan, 1, SB_DOWN), 1);
	sb_plan_free(plan);
}

/* One client in a beam of its own is an ordinary link, which netem can play. */
static void nobody_shares_alone(void **state)
{
	struct sb_plan *plan = make_plan("[testbed]\nbackend = netem\n" BEAM);
	char why[160];

	(void)state;
	assert_false(plan->links[0].dir[SB_DOWN].shared);
	assert_false(sb_plan_needs_user(plan, why, sizeof(why)));
	sb_plan_free(plan);
}

static void delay_and_loss_differ_the_queue_is_the_firsts(void **state)
{
	struct sb_plan *plan = make_plan(
	    THREE "[link]\ndelay = 20ms\nrate = 10mbit\nqueue = 1.0bdp\nshared = yes\n"
		  "[link.client2]\ndelay = 60ms\n[link.client3.down]\nloss = random 1%\n");
	char why[160];

	(void)state;
	assert_int_equal(plan->links[1].dir[SB_DOWN].initial.delay_ns, 60 * MS);
	assert_int_equal(plan->links[2].dir[SB_DOWN].initial.loss.kind, SB_LOSS_RANDOM);
	/* 10 Mbit/s over 40 ms, not over client2's 120 ms. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(plan->links[i].dir[SB_DOWN].queue_bytes, 50000);
	assert_true(sb_plan_needs_user(plan, why, sizeof(why)));
	assert_non_null(strstr(why, "netem has a queue for each client"));
	sb_plan_free(plan);
}

static void what_is_shared_must_be_one(void **state)
{
	(void)state;
	refuse(THREE BEAM "[link.client2.down]\nrate = 3mbit\n", "rate: client2 shares its down");
	refuse(THREE BEAM "[link.client3.down]\nqueue = 99ms\n", "queue: client3 shares its down");
	refuse(THREE BEAM "[link.client2.down]\noverhead = 4B\n", "overhead: client2 shares");
	refuse(THREE BEAM "[link.client2.down]\ndiscipline = codel\n", "discipline: client2");
	refuse(THREE "[link]\ndelay = 20ms\nshared = yes\n", "client1 has no rate");
	refuse(THREE "[link]\nshared = perhaps\n", "perhaps");
	refuse("[testbed]\nclients = 2\nbackend = netem\n" BEAM, "write backend = user");
	refuse(THREE BEAM "[event.e]\nat = 1s\nrate_step = 0.5\nclient = 1 2\n",
	       "name all of them");
	refuse(THREE BEAM "[event.e]\nat = 1s\nqueue = flush\nclient = 3\n", "name all of them");
	/* An outage, or the other direction, is one client's own affair. */
	sb_plan_free(make_plan(THREE BEAM "[event.e]\nat = 1s\noutage = 1s\nclient = 2\n"));
	sb_plan_free(make_plan(THREE BEAM "[event.e]\nat = 1s\nrate_step = 0.5\nclient = 2\n"
					  "direction = up\n"));
}

/* Rates of the down direction at @at_ns; all must be one. */
static uint64_t rate_at(const struct sb_plan *plan, int64_t at_ns)
{
	uint64_t rate_bps = sb_plan_state_at(plan, 0, SB_DOWN, at_ns)->rate_bps;

	for (size_t i = 1; i < plan->link_count; i++)
		assert_int_equal(sb_plan_state_at(plan, i, SB_DOWN, at_ns)->rate_bps, rate_bps);
	return rate_bps;
}

/* Events are drawn for each client, at times of its own: the rate is the first one's all the same,
 * and outages stay where they were drawn. */
static void one_rate_on_the_timeline(void **state)
{
	struct sb_plan *plan = make_plan(
	    THREE BEAM "[event.fade]\nevery = exponential 500ms\nfor = 200ms\nrate_step = "
		       "uniform 0.2 0.9\noutage = uniform 10ms 50ms\n");
	size_t changes = 0, apart = 0;
	uint64_t last = 10000000;

	(void)state;
	for (int64_t at = 0; at < 10000 * MS; at += MS) {
		uint64_t rate_bps = rate_at(plan, at);

		changes += rate_bps != last;
		last = rate_bps;
		apart += sb_plan_state_at(plan, 0, SB_DOWN, at)->outage !=
			 sb_plan_state_at(plan, 1, SB_DOWN, at)->outage;
	}
	assert_true(changes > 10);
	assert_true(apart > 100);
	for (size_t i = 1; i < plan->step_count; i++)
		assert_true(plan->steps[i].at_ns >= plan->steps[i - 1].at_ns);
	sb_plan_free(plan);
}

static void the_queue_actions_are_the_firsts(void **state)
{
	struct sb_plan *plan =
	    make_plan(THREE BEAM "[event.cut]\nevery = exponential 1s\nqueue = flush\n");

	(void)state;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->link && s->dir == SB_DOWN)
			assert_int_equal(s->state.queue_action, SB_QUEUE_KEEP);
		if (!s->link)
			assert_int_equal(s->state.queue_action, SB_QUEUE_FLUSH);
	}
	sb_plan_free(plan);
}

static char *print(const struct sb_plan *plan)
{
	cJSON *json = sb_plan_to_json(plan);
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	return text;
}

static int read_back(const char *text, struct sb_plan **out, struct sb_err *err)
{
	cJSON *json = cJSON_Parse(text);
	int rc;

	assert_non_null(json);
	rc = sb_plan_from_json(json, out, err);
	cJSON_Delete(json);
	return rc;
}

static void a_beam_comes_back_from_json(void **state)
{
	struct sb_plan *plan =
			   make_plan(THREE BEAM "[event.f]\nevery = exponential 500ms\nrate_step = "
						"uniform 0.2 0.9\n"),
		       *back = NULL;
	char *text = print(plan), *again;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(read_back(text, &back, &err), 0);
	again = print(back);
	assert_string_equal(text, again);
	sb_plan_free(back);
	/* Somebody changed one of them. */
	plan->links[2].dir[SB_DOWN].queue_bytes++;
	free(text);
	text = print(plan);
	assert_int_equal(read_back(text, &back, &err), -1);
	assert_non_null(strstr(err.msg, "$.links[2].down is shared with links[0]"));
	plan->links[2].dir[SB_DOWN].queue_bytes--;
	plan->links[1].dir[SB_DOWN].shared = plan->links[2].dir[SB_DOWN].shared = false;
	free(text);
	text = print(plan);
	assert_int_equal(read_back(text, &back, &err), -1);
	assert_non_null(strstr(err.msg, "shared with no other link"));
	free(text);
	free(again);
	sb_plan_free(plan);
}

static void people_are_told(void **state)
{
	struct sb_plan *plan = make_plan(THREE BEAM);
	char *text = sb_plan_text(plan);

	(void)state;
	assert_non_null(strstr(text, "link of client1 to client3, each"));
	assert_non_null(strstr(text, "shared rate and queue are one for 3 clients"));
	assert_non_null(strstr(text, "only the user backend can play this"));
	free(text);
	sb_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_those_that_say_so_share),
	    cmocka_unit_test(nobody_shares_alone),
	    cmocka_unit_test(delay_and_loss_differ_the_queue_is_the_firsts),
	    cmocka_unit_test(what_is_shared_must_be_one),
	    cmocka_unit_test(one_rate_on_the_timeline),
	    cmocka_unit_test(the_queue_actions_are_the_firsts),
	    cmocka_unit_test(a_beam_comes_back_from_json),
	    cmocka_unit_test(people_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
