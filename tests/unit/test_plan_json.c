// SPDX-License-Identifier: MIT
/* test_plan_json.c - a plan as JSON and back; what is not a plan is refused with its place */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

/* One of everything. */
static const char scenario[] =
    "[scenario]\nname = one-of-all\nabout = \"quotes\" \\ and \xc3\xbc\nduration = 10s\nseed = "
    "18446744073709551615\n"
    "[testbed]\nclients = 3\nip = 6\nbackend = user\n"
    "[link]\ndelay = 20ms\nrate = 10mbit\nloss = random 1%\nduplicate = 1%\nreorder = 2%\ncorrupt "
    "= 3%\n"
    "[link.client2.down]\njitter = 5ms\nloss = gemodel p 1% r 20% bad 90% good 1%\n"
    "[event.a]\nevery = 3s\noutage = lognormal p50 93ms p90 192ms\nrate_step = uniform 0.5 2\n"
    "[event.b]\nat = 1s\nfor = 2s\nloss = none\ndelay_step = uniform -5ms 5ms\n"
    "[flow.f]\nkind = bulk\ndirection = both\ncc = cubic\n[flow.s]\nkind = stream\nrate = "
    "1mbit\nclient = 2\n"
    "[flow.t]\nkind = file\nsize = 5GB\nstall = 2s\ndirection = up\n"
    "[flow.q]\nkind = rr\ntransport = udp\nrequest = 64B\nresponse = 900B\nevery = 50ms\n"
    "[flow.x]\nkind = exec\nsize = 1MB\nserver_command = s {port} \"{{\"\nclient_command = c "
    "{server} "
    "{bytes}\nfiles = a b/c\nready = 3s\nclient = 1\n"
    "[expect]\nfidelity = warn\nloss.up = <= 2.5%\n";

static struct sb_plan *make_plan(void)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	if (sb_scenario_parse("t.ini", scenario, strlen(scenario), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	return plan;
}

static char *print(const struct sb_plan *plan)
{
	cJSON *json = sb_plan_to_json(plan);
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	return text;
}

static void a_plan_comes_back_whole(void **state)
{
	struct sb_plan *plan = make_plan(), *back = NULL;
	sb_auto_free char *text = print(plan), *again = NULL;
	struct sb_err err = {0};
	cJSON *json = cJSON_Parse(text);

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	cJSON_Delete(json);
	again = print(back);
	assert_string_equal(text, again);
	/* What JSON might lose: the seed beyond 2^53, and the states that steps leave unsaid. */
	assert_true(back->seed == UINT64_MAX);
	assert_true(sb_plan_timeline_hash(back) == sb_plan_timeline_hash(plan));
	assert_int_equal(back->step_count, plan->step_count);
	for (size_t i = 0; i < plan->step_count; i++) {
		assert_int_equal(back->steps[i].state.rate_bps, plan->steps[i].state.rate_bps);
		assert_int_equal(back->steps[i].state.loss.lost_in_bad_ppb,
				 plan->steps[i].state.loss.lost_in_bad_ppb);
		assert_int_equal(back->steps[i].state.reorder_ppb,
				 plan->steps[i].state.reorder_ppb);
	}
	for (size_t i = 0; i < plan->link_count; i++)
		assert_memory_equal(&back->links[i].client.addr6, &plan->links[i].client.addr6, 16);
	assert_string_equal(back->expects[1].text, "<= 2.5%");
	assert_ptr_equal(sb_plan_state_at(back, 1, SB_DOWN, 0),
			 &back->links[1].dir[SB_DOWN].initial);
	sb_plan_free(plan);
	sb_plan_free(back);
}

/* One textual change each: first occurrence of @from becomes @to. */
static char *change(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return sb_asprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void a_split_path_comes_back_whole(void **state)
{
	static const char text[] = "[testbed]\nclients = 2\npath = slirp\nplacement = outside\n";
	static const struct {
		const char *from, *to, *part;
	} cases[] = {
	    {"\"placement\":\"outside\"", "\"placement\":\"above\"", "not a known value"},
	    {"\"points\":[\"sbr1\",", "\"points\":[", "$.links[0].points is not a list of 3"},
	    {"\"points\":[\"sbr1\",", "\"points\":[7,",
	     "$.links[0].points[0] is not an interface name"},
	    {"\"points\":[\"sbr1\",", "\"points\":[\"a/b\",",
	     "$.links[0].points[0] is not an interface name"},
	    {"\"target4\":\"198.19.1.1\"", "\"target4\":\"here\"", "target4 is not an address"},
	    {"\"tap\":\"sbt1\"", "\"tap\":\"\"", "$.links[0].relay.tap is not a valid name"},
	    {"\"gateway4\":\"198.18.1.2\"", "\"gateway4\":\"198.18.1\"",
	     "gateway4 is not an address"},
	    {"\"outer\":{", "\"inner\":{", "relay.outer.ifname"},
	};
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL, *back = NULL;
	sb_auto_free char *whole = NULL, *again = NULL;
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	/* As containers have it: a published port, and of the relay only the tap is known. */
	plan->links[1].target4.s_addr = 0x01020304;
	memset(&plan->links[1].relay, 0, sizeof(plan->links[1].relay));
	strcpy(plan->links[1].relay.tap, "tap0");
	whole = print(plan);
	json = cJSON_Parse(whole);
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	cJSON_Delete(json);
	again = print(back);
	assert_string_equal(whole, again);
	assert_int_equal(back->placement, SB_OUTSIDE);
	assert_memory_equal(&back->links[0].relay, &plan->links[0].relay, sizeof(struct sb_relay));
	assert_string_equal(back->links[1].relay.tap, "tap0");
	assert_int_equal(back->links[1].target4.s_addr, 0x01020304);
	assert_string_equal(back->links[0].point_ifname[SB_AT_OTHER_LEG], "sbc1");
	sb_plan_free(plan);
	sb_plan_free(back);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sb_auto_free char *damaged = change(whole, cases[i].from, cases[i].to);

		json = cJSON_Parse(damaged);
		assert_int_equal(sb_plan_from_json(json, &back, &err), -1);
		if (!strstr(err.msg, cases[i].part))
			fail_msg("\"%s\" lacks \"%s\"", err.msg, cases[i].part);
		cJSON_Delete(json);
	}
}

static void damage_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *from, *to, *part;
	} cases[] = {
	    {"\"format\":2", "\"format\":1", "$.format is 1"},
	    {"\"one-of-all\"", "\"../x\"", "$.name is not a valid name"},
	    {"\"duration_ns\":10000000000", "\"duration_ns\":\"10s\"",
	     "$.duration_ns is not an integer"},
	    {"\"duration_ns\":10000000000", "\"duration_ns\":1e300",
	     "$.duration_ns is not an integer"},
	    {"\"mtu\":1500", "\"mtu\":0", "$.mtu is 0"},
	    {"\"path\":\"bridge\"", "\"path\":\"tunnel\"", "not a known value"},
	    {"\"ip_version\":6", "\"ip_version\":5", "$.ip_version"},
	    {"\"links\":[", "\"links\":[],\"x\":[", "$.links is not a list of 1 to 64"},
	    {"\"eth0\"", "\"an-interface-of-many-letters\"", "$.links[0].client.ifname is longer"},
	    {"\"sbc1\"", "\"a/b\"", "$.links[0].client.host_ifname is not a valid name"},
	    {"02:5a:7b:00:01:02", "02:5a:7b:00:01", "mac is not a MAC"},
	    {"02:5a:7b:00:01:02", "02-5a-7b-00-01-02", "mac is not a MAC"},
	    {"198.18.1.2", "198.18.1.256", "addr4 is not an address"},
	    {"fd5a:7bed:1::2", "fd5a::7bed::2", "addr6 is not an address"},
	    {"\"delay_ns\":20000000", "\"delay_ns\":-1", "$.links[0].up.initial.delay_ns is -1"},
	    {"\"rate_bps\":10000000", "\"rate_bps\":2", "rate_bps is below"},
	    {"\"random_ppb\":10000000", "\"random_ppb\":1000000001", "random_ppb is 1000000001"},
	    {"\"good_ppb\":200000000", "\"good_ppb\":0", "good_ppb is 0"},
	    {"\"outage\":false", "\"outage\":0", "outage is not true or false"},
	    {"\"corrupt_ppb\":30000000,", "", "corrupt_ppb is not an integer"},
	    {"\"queue_packets\":", "\"queue_packets\":-", "queue_packets"},
	    {"\"client\":0", "\"client\":3", "$.flows[0].client is 3"},
	    {"\"dir\":\"up\"", "\"dir\":\"left\"", "$.flows[0].dir is \"left\""},
	    {"\"duration_ns\":10000000000,\"rate", "\"duration_ns\":10000000001,\"rate",
	     "$.flows[0].duration_ns"},
	    {"\"packet_bytes\":1200", "\"packet_bytes\":0", "without rate or packets"},
	    {"\"relation\":\">=\"", "\"relation\":\"~\"", "$.expects[0].relation"},
	    {"\"event\":1", "\"event\":2", "event is 2"},
	    {"\"cause\":\"event\"", "\"cause\":\"whim\"", "cause is \"whim\""},
	    {"\"at_ns\":20000000", "\"at_ns\":20000001", "the timeline was changed"},
	    {"\"at_ns\":20000000", "\"at_ns\":9000000000", "does not come after"},
	    {"\"timeline_xxh64\":\"", "\"timeline_xxh64\":\"0", "the timeline was changed"},
	    {"\"seed\":\"18446744073709551615\"", "\"seed\":\"18446744073709551616\"", "$.seed"},
	};
	struct sb_plan *plan = make_plan();
	sb_auto_free char *text = print(plan);

	(void)state;
	sb_plan_free(plan);
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *damaged = change(text, cases[i].from, cases[i].to);
		struct sb_plan *out = (struct sb_plan *)1;
		struct sb_err err = {0};
		cJSON *json = cJSON_Parse(damaged);

		assert_non_null(json);
		if (!sb_plan_from_json(json, &out, &err))
			fail_msg("taken: %s", cases[i].to);
		cJSON_Delete(json);
		assert_ptr_equal(out, (struct sb_plan *)1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, cases[i].part))
			fail_msg("%s gives \"%s\", expected \"%s\"", cases[i].to, err.msg,
				 cases[i].part);
	}
}

static void what_is_no_plan_at_all_is_refused(void **state)
{
	static const char *const texts[] = {"{}", "[]", "null", "7", "\"plan\""};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_plan *out = NULL;
		struct sb_err err = {0};
		cJSON *json = cJSON_Parse(texts[i]);

		assert_int_equal(sb_plan_from_json(json, &out, &err), -1);
		assert_true(err.msg[0] && !out);
		cJSON_Delete(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plan_comes_back_whole),
	    cmocka_unit_test(damage_is_refused_with_its_place),
	    cmocka_unit_test(a_split_path_comes_back_whole),
	    cmocka_unit_test(what_is_no_plan_at_all_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
