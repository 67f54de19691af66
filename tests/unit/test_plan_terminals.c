// SPDX-License-Identifier: MIT
/* test_plan_terminals.c - clients with several links: sections, events and flows that name a terminal */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_make.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/plan_room.h"

#define MS  SB_NS_PER_MS
#define TWO "[testbed]\nterminals = 2\n[link]\ndelay = 20ms\n"

static void refuse(const char *text, const char *words)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	assert_int_equal(try_plan(text, &plan, &err), -1);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" is not in: %s", words, err.msg);
}

static int64_t delay(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	return plan->links[link].dir[dir].initial.delay_ns;
}

static void each_terminal_has_a_link_of_its_client(void **state)
{
	struct sb_plan *plan =
	    make_plan("[testbed]\nclients = 2\nterminals = 3\n[flow.a]\nkind = bulk\n");
	char name[SB_NAME_MAX];

	(void)state;
	assert_int_equal(plan->link_count, 6);
	assert_int_equal(sb_plan_nodes(plan), 3);
	assert_int_equal(sb_plan_node(plan, 2), 1);
	assert_int_equal(sb_plan_node(plan, 3), 2);
	assert_string_equal(sb_link_name(name, plan, 4), "client2.terminal2");
	assert_string_equal(plan->links[4].client.ifname, "eth1");
	assert_string_equal(plan->links[4].server.ifname, "eth4");
	/* Namespaces of the server and the emulator have all of them. */
	assert_string_equal(plan->links[4].bridge, "sbb5");
	assert_int_equal(plan->flow_count, 2);
	assert_int_equal(plan->flows[1].client, 3);
	assert_string_equal(sb_flow_client(name, plan, &plan->flows[1]), "client2");
	assert_string_equal(plan->engine, "native");
	sb_plan_free(plan);
	plan = make_plan("[testbed]\nclients = 2\n[flow.a]\nkind = bulk\n");
	assert_string_equal(sb_link_name(name, plan, 1), "client2");
	assert_string_equal(plan->links[1].client.ifname, "eth0");
	sb_plan_free(plan);
}

static void the_terminals_section_wins(void **state)
{
	struct sb_plan *plan = make_plan(
	    "[testbed]\nclients = 2\nterminals = 2\n[link.client2.terminal2.down]\ndelay = 6ms\n"
	    "[link.terminal2]\ndelay = 4ms\n[link.client2.terminal2]\ndelay = 5ms\n"
	    "[link.client2]\ndelay = 3ms\n[link]\ndelay = 1ms\n[link.down]\ndelay = 2ms\n"
	    "[flow.a]\nkind = bulk\n");

	(void)state;
	assert_int_equal(delay(plan, 0, SB_UP), 1 * MS);
	assert_int_equal(delay(plan, 0, SB_DOWN), 2 * MS);
	assert_int_equal(delay(plan, 1, SB_DOWN), 4 * MS);
	assert_int_equal(delay(plan, 2, SB_DOWN), 3 * MS);
	assert_int_equal(delay(plan, 3, SB_UP), 5 * MS);
	assert_int_equal(delay(plan, 3, SB_DOWN), 6 * MS);
	sb_plan_free(plan);
}

static void events_and_flows_name_terminals(void **state)
{
	struct sb_plan *plan =
	    make_plan(TWO "[event.gone]\nat = 1s\noutage = 2s\nterminal = 2\n"
			  "[flow.a]\nkind = bulk\nterminal = 2\n[flow.m]\nkind = bulk\nmptcp = on\n"
			  "[flow.p]\nkind = exec\nserver_command = a\nclient_command = b\n");
	const struct sb_flow *a = &plan->flows[0], *m = &plan->flows[1], *p = &plan->flows[2];

	(void)state;
	for (size_t i = 0; i < plan->step_count; i++)
		assert_int_equal(plan->steps[i].link, 1);
	assert_int_equal(plan->step_count, 4);
	assert_int_equal(a->client, 1);
	assert_true(sb_flow_uses(plan, a, 1) && !sb_flow_uses(plan, a, 0));
	assert_true(sb_flow_uses(plan, m, 0) && sb_flow_uses(plan, m, 1));
	/* A program may use what it likes. */
	assert_true(sb_flow_uses(plan, p, 0) && sb_flow_uses(plan, p, 1));
	sb_plan_free(plan);
}

static void what_is_known_of_links_is_summed_for_a_flow_over_several(void **state)
{
	static const int64_t bytes[] = {1, 20, 300, 4000};
	struct sb_plan *plan =
	    make_plan(TWO "[flow.a]\nkind = bulk\nterminal = 2\n"
			  "[flow.p]\nkind = exec\nserver_command = a\nclient_command = b\n");
	int64_t sum[2];

	(void)state;
	sb_flow_sum(plan, &plan->flows[0], bytes, sum);
	assert_true(sum[SB_UP] == 300 && sum[SB_DOWN] == 4000);
	sb_flow_sum(plan, &plan->flows[1], bytes, sum);
	assert_true(sum[SB_UP] == 301 && sum[SB_DOWN] == 4020);
	sb_plan_free(plan);
}

static void a_plan_with_terminals_comes_back_from_json(void **state)
{
	struct sb_plan *plan = make_plan(TWO "[flow.m]\nkind = file\nsize = 1MB\nmptcp = on\n");
	struct sb_plan *back = NULL;
	struct sb_err err = {0};
	cJSON *json = sb_plan_to_json(plan), *again;
	char *a = cJSON_Print(json), *b;

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	again = sb_plan_to_json(back);
	b = cJSON_Print(again);
	assert_string_equal(a, b);
	assert_int_equal(back->terminals, 2);
	assert_true(back->flows[0].mptcp);
	sb_plan_free(back);
	/* Two links, three of each client: none is whole. */
	cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "terminals"), 3);
	assert_int_equal(sb_plan_from_json(json, &back, &err), -1);
	cJSON_Delete(json);
	cJSON_Delete(again);
	free(a);
	free(b);
	sb_plan_free(plan);
}

/* As much room as for a flow on either link. */
static void captures_of_both_links_have_room(void **state)
{
#define RATES "[link.terminal1]\nrate = 10mbit\n[link.terminal2]\nrate = 30mbit\n"
	struct sb_plan *both = make_plan(TWO RATES "[flow.m]\nkind = bulk\nmptcp = on\n");
	struct sb_plan *each =
	    make_plan(TWO RATES "[flow.a]\nkind = bulk\n[flow.b]\nkind = bulk\nterminal = 2\n");
	struct sb_plan_room of_both, of_each;

	(void)state;
	sb_plan_room(both, &of_both);
	sb_plan_room(each, &of_each);
	assert_true(of_both.packets > 0.99 * of_each.packets);
	assert_true(of_both.packets < 1.01 * of_each.packets);
	sb_plan_free(both);
	sb_plan_free(each);
}

static void what_terminals_do_not_go_with(void **state)
{
#define FLOW "[flow.a]\nkind = bulk\n"
	(void)state;
	refuse("[testbed]\nterminals = 2\nengine = docker\n" FLOW, "only the native engine");
	refuse("[testbed]\nterminals = 2\nengine = native\npath = slirp\n" FLOW,
	       "slirp4netns has one way");
	refuse("[testbed]\nterminals = 2\npep = gateway\n[link]\ndelay = 9ms\n" FLOW,
	       "terminals: proxies");
	refuse("[testbed]\nterminals = 9\n" FLOW, "out of range");
	refuse("[testbed]\nclients = 40\nterminals = 2\n" FLOW, "more than 64 links");
	refuse("[link.terminal2]\ndelay = 1ms\n" FLOW, "no terminal 2; [testbed] terminals = 1");
	refuse("[link.terminal2.client1]\ndelay = 1ms\n" FLOW, "unknown section");
	refuse("[link.terminl2]\ndelay = 1ms\n" FLOW, "did you mean");
	refuse("[event.e]\nat = 1s\noutage = 1s\nterminal = 2\n" FLOW, "terminal: no terminal 2");
	refuse("[flow.a]\nkind = bulk\nterminal = 2\n", "terminal: no terminal 2");
	refuse("[flow.a]\nkind = stream\nrate = 1mbit\nmptcp = on\n", "mptcp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_terminal_has_a_link_of_its_client),
	    cmocka_unit_test(the_terminals_section_wins),
	    cmocka_unit_test(events_and_flows_name_terminals),
	    cmocka_unit_test(what_is_known_of_links_is_summed_for_a_flow_over_several),
	    cmocka_unit_test(a_plan_with_terminals_comes_back_from_json),
	    cmocka_unit_test(captures_of_both_links_have_room),
	    cmocka_unit_test(what_terminals_do_not_go_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
