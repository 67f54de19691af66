// SPDX-License-Identifier: MIT
/* test_plan_make.c - a scenario resolved: addresses, queues, flows, ports, buffers */
#include <arpa/inet.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan_make.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

static void sixty_four_clients_have_networks_of_their_own(void **state)
{
	struct sb_plan *plan =
	    make_plan("[testbed]\nclients = 64\n[flow.a]\nkind = bulk\ndirection = both\n");
	struct sb_link *last;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_int_equal(plan->link_count, 64);
	last = &plan->links[63];
	assert_string_equal(inet_ntop(AF_INET, &last->client.addr4, text, sizeof(text)),
			    "198.18.64.2");
	assert_string_equal(inet_ntop(AF_INET, &last->server.addr4, text, sizeof(text)),
			    "198.18.64.1");
	assert_string_equal(inet_ntop(AF_INET6, &last->client.addr6, text, sizeof(text)),
			    "fd5a:7bed:40::2");
	assert_memory_equal(last->client.mac, ((uint8_t[]){2, 0x5a, 0x7b, 0, 64, 2}), 6);
	assert_memory_equal(last->server.mac, ((uint8_t[]){2, 0x5a, 0x7b, 0, 64, 1}), 6);
	assert_string_equal(last->client.ifname, "eth0");
	assert_string_equal(last->server.ifname, "eth63");
	assert_string_equal(last->client.host_ifname, "sbc64");
	assert_string_equal(last->server.host_ifname, "sbs64");
	assert_string_equal(last->bridge, "sbb64");
	assert_int_equal(plan->flow_count, 128);
	assert_int_equal(plan->flows[127].port, 5201 + 127);
	for (size_t i = 0; i < plan->link_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(plan->links[i].dir[0].seed != plan->links[j].dir[0].seed &&
				    plan->links[i].dir[0].seed != plan->links[j].dir[1].seed);
	sb_plan_free(plan);
}

/* Proxies leave addresses as they are; the satellite is between theirs, and buffers follow the link. */
static void proxies_stand_between_the_same_ends(void **state)
{
	struct sb_plan *plan =
	    make_plan("[testbed]\npep = terminal+gateway\n[link]\ndelay = 300ms\n"
		      "pep_cc = hybla\n[link.up]\nrate = 10mbit\n[link.down]\n"
		      "rate = 100mbit\npep_rate = 95mbit\npep_cc = bbr\n");
	const struct sb_link *link = &plan->links[0];

	(void)state;
	assert_string_equal(plan->engine, "native");
	assert_true(plan->path == SB_PATH_BRIDGE && sb_plan_is_split(plan));
	assert_int_equal(sb_plan_points(plan), 4);
	assert_string_equal(link->point_ifname[SB_AT_CLIENT], "sbt1");
	assert_string_equal(link->point_ifname[SB_AT_SERVER], "sbg1");
	assert_string_equal(link->point_ifname[SB_AT_OTHER_LEG], "sbc1");
	assert_string_equal(link->point_ifname[SB_AT_SERVER_LEG], "sbs1");
	assert_string_equal(inet_ntoa(link->client.addr4), "198.18.1.2");
	assert_string_equal(link->dir[SB_UP].pep.cc, "hybla");
	assert_string_equal(link->dir[SB_DOWN].pep.cc, "bbr");
	assert_int_equal(link->dir[SB_UP].pep.rate_bps, 0);
	assert_int_equal(link->dir[SB_DOWN].pep.rate_bps, 95000000);
	/* 2 x 100 Mbit/s x 600 ms; the least is 4 MB. */
	assert_int_equal(link->dir[SB_DOWN].pep.buffer_bytes, 15000000);
	assert_int_equal(link->dir[SB_UP].pep.buffer_bytes, 4000000);
	sb_plan_free(plan);

	plan = make_plan("[testbed]\npep = gateway\n[link]\ndelay = 300ms\nrate = 10mbit\n");
	assert_string_equal(plan->links[0].dir[SB_UP].pep.cc, "");
	assert_string_equal(plan->links[0].dir[SB_DOWN].pep.cc, "cubic");
	sb_plan_free(plan);
}

/* Where a link is shaped and captured, and what lies between client and server. */
static void a_split_path_has_two_networks(void **state)
{
	static const struct {
		const char *placement;
		const char *points[SB_POINTS];
	} cases[] = {
	    {"inside", {"sbc2", "sbt2", "sbs2"}},
	    {"outside", {"sbr2", "sbs2", "sbc2"}},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_asprintf(
		    "[testbed]\nclients = 2\npath = slirp\nplacement = %s\n", cases[i].placement);
		struct sb_plan *plan = make_plan(text);
		const struct sb_link *link = &plan->links[1];

		assert_string_equal(sb_placement_name(plan->placement), cases[i].placement);
		assert_int_equal(sb_plan_points(plan), 3);
		for (int point = 0; point <= SB_AT_OTHER_LEG; point++)
			assert_string_equal(link->point_ifname[point], cases[i].points[point]);
		assert_string_equal(inet_ntoa(link->client.addr4), "198.18.2.100");
		assert_string_equal(inet_ntoa(link->relay.gateway4), "198.18.2.2");
		assert_string_equal(inet_ntoa(link->relay.outer.addr4), "198.19.2.2");
		assert_string_equal(inet_ntoa(link->server.addr4), "198.19.2.1");
		assert_int_equal(link->target4.s_addr, link->server.addr4.s_addr);
		/* On one bridge nobody has another one's. */
		assert_memory_not_equal(link->relay.outer.mac, link->server.mac, 6);
		assert_memory_not_equal(link->relay.outer.mac, link->client.mac, 6);
		sb_plan_free(plan);
	}
}

static void a_bridge_is_one_leg(void **state)
{
	struct sb_plan *plan = make_plan("[flow.a]\nkind = bulk\n");
	const struct sb_link *link = &plan->links[0];

	(void)state;
	assert_int_equal(sb_plan_points(plan), 2);
	assert_string_equal(link->point_ifname[SB_AT_CLIENT], link->client.host_ifname);
	assert_string_equal(link->point_ifname[SB_AT_SERVER], link->server.host_ifname);
	assert_string_equal(link->point_ifname[SB_AT_OTHER_LEG], "");
	assert_int_equal(link->target4.s_addr, link->server.addr4.s_addr);
	assert_memory_equal(&link->target6, &link->server.addr6, 16);
	assert_int_equal(plan->flows[0].connect_port, plan->flows[0].port);
	assert_string_equal(link->relay.tap, "");
	sb_plan_free(plan);
}

/* 10 mbit, 25 + 22 ms: a BDP of 58750 bytes; frames of 1514. */
static void queues_come_out_in_bytes_and_packets(void **state)
{
	static const struct {
		const char *link;
		uint64_t bytes;
		uint32_t packets;
	} cases[] = {
	    {"rate = 10mbit\nqueue = 100ms", 125000, 83},
	    {"rate = 10mbit", 125000, 83},
	    {"rate = 10mbit\nqueue = 1.0bdp", 58750, 39},
	    {"rate = 10mbit\nqueue = 2.5bdp", 146875, 98},
	    {"rate = 10mbit\nqueue = 64kB", 64000, 43},
	    {"rate = 10mbit\nqueue = 25packets", 37850, 25},
	    {"queue = 25packets", 37850, 25},
	    {"delay = 1ms", 15140000, 10000},
	    /* Shorter than a frame: one frame. */
	    {"rate = 10mbit\nqueue = 10B", 1514, 1},
	    {"rate = 1kbit\nqueue = 1ms", 1514, 1},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text =
		    sb_asprintf("[link.up]\n%s%s\n[link.down]\ndelay = 22ms\n", cases[i].link,
				strstr(cases[i].link, "delay") ? "" : "\ndelay = 25ms");
		struct sb_plan *plan = make_plan(text);

		assert_int_equal(plan->links[0].dir[SB_UP].queue_bytes, cases[i].bytes);
		assert_int_equal(plan->links[0].dir[SB_UP].queue_packets, cases[i].packets);
		sb_plan_free(plan);
	}
}

static void a_queue_beyond_memory_is_refused_with_its_line(void **state)
{
	struct sb_plan *plan = (struct sb_plan *)1;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(
	    try_plan("[link]\nrate = 100gbit\ndelay = 1s\nqueue = 1bdp\n", &plan, &err), -1);
	assert_string_equal(err.msg, "t.ini:4: queue: 25GB is larger than the maximum of 4GB");
	assert_ptr_equal(plan, (struct sb_plan *)1);
}

static void flows_run_where_and_when_they_are_told(void **state)
{
	struct sb_plan *plan =
	    make_plan("[scenario]\nduration = 20s\n[testbed]\nclients = 3\n"
		      "[flow.a]\nkind = bulk\nclient = 3\nstart = 5s\nstreams = 4\ncc = bbr\n"
		      "[flow.b]\nkind = stream\nrate = 1mbit\ndirection = both\nclient = 1 2\n"
		      "duration = 2s\nport = 5201\n");
	const struct sb_flow *a = &plan->flows[0], *b = &plan->flows[1];

	(void)state;
	assert_int_equal(plan->flow_count, 5);
	assert_true(a->client == 2 && a->dir == SB_DOWN && a->streams == 4 &&
		    a->start_ns == 5000000000);
	assert_int_equal(a->duration_ns, 15000000000);
	assert_string_equal(a->cc, "bbr");
	/* Those that ask come first, wherever they stand. */
	assert_int_equal(a->port, 5205);
	assert_true(b[0].client == 0 && b[0].dir == SB_UP && b[0].port == 5201);
	assert_true(b[1].client == 0 && b[1].dir == SB_DOWN && b[1].port == 5202);
	assert_true(b[3].client == 1 && b[3].dir == SB_DOWN && b[3].port == 5204);
	assert_true(b->kind == SB_FLOW_STREAM && b->rate_bps == 1000000 && b->packet_bytes == 1200);
	assert_int_equal(b->duration_ns, 2000000000);
	sb_plan_free(plan);
}

static void ports_asked_for_twice_are_refused(void **state)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(try_plan("[flow.a]\nkind = bulk\nport = 6001\n[flow.b]\nkind = bulk\n"
				  "direction = both\nport = 6000\n",
				  &plan, &err),
			 -1);
	assert_string_equal(err.msg, "t.ini:7: port: 6001 belongs to another flow");
	assert_int_equal(
	    try_plan("[flow.a]\nkind = bulk\ndirection = both\nport = 65535\n", &plan, &err), -1);
	assert_string_equal(err.msg, "t.ini:4: port: not enough ports above 65535 for 2 flows");
}

/* (rate up + rate down) / 8 / frame * 1.5 packets a second, 2 s, 256 bytes each, in whole MiB. */
static void capture_buffers_follow_the_rates(void **state)
{
	static const struct {
		const char *text;
		uint32_t mib;
	} cases[] = {
	    {"[link]\nrate = 1mbit\n", 4},
	    {"[link.up]\nrate = 10mbit\n[link.down]\nrate = 80mbit\n", 6},
	    {"[link]\nrate = 10gbit\n", 64},
	    {"[link.up]\nrate = 10mbit\n", 32},
	    {"[link]\nrate = 45mbit\n[flow.a]\nkind = stream\nrate = 1mbit\npacket = 100B\n", 59},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_plan *plan = make_plan(cases[i].text);

		assert_int_equal(plan->capture_buffer_bytes, cases[i].mib << 20);
		sb_plan_free(plan);
	}
}

static void loss_means_and_bursts_are_the_closed_forms(void **state)
{
	struct sb_loss none = {0}, half = {.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB / 2};
	/* B = 1/3; h = 1/2, g = 1/10: mean = 1/6 + 2/30 = 7/30.
	 * lost twice = B h ((1-r) h + r g) + G g (p h + (1-p) g)
	 *            = 1/6 * (0.8 * 0.5 + 0.2 * 0.1) + 2/30 * (0.1 * 0.5 + 0.9 * 0.1)
	 *            = 0.07 + 0.14 / 15; burst = mean / (mean - that) */
	struct sb_loss ge = {.kind = SB_LOSS_GEMODEL,
			     .bad_ppb = SB_PPB / 10,
			     .good_ppb = SB_PPB / 5,
			     .lost_in_bad_ppb = SB_PPB / 2,
			     .lost_in_good_ppb = SB_PPB / 10};
	double mean = 7.0 / 30, twice = 0.07 + 0.14 / 15;

	(void)state;
	assert_true(sb_loss_mean(&none) == 0 && sb_loss_mean_burst(&none) == 0);
	assert_true(sb_loss_mean(&half) == 0.5 && sb_loss_mean_burst(&half) == 2);
	assert_true(fabs(sb_loss_mean(&ge) - mean) < 1e-12);
	assert_true(fabs(sb_loss_mean_burst(&ge) - mean / (mean - twice)) < 1e-12);
}

/* What people look for in `satbed check`. */
static void the_text_says_what_matters(void **state)
{
	static const char *const parts[] = {
	    "round trip 47ms",
	    "BDP 58.75kB",
	    "125kB = 83 packets = 100ms = 2.13 BDP",
	    "gemodel, 2% on average, 4 packets in a row",
	    "jitter 3ms",
	    "event out: 1 time\n",
	    "5.000s  client1 up    out:  outage",
	    "5.500s  client1 down  out:  outage over",
	    "198.18.1.1 port 5201",
	    "goodput.b: >= 1mbit",
	    "event never never occurs",
	    "flow thick of client1: sends more than its link takes",
	};
	struct sb_plan *plan =
	    make_plan("[link.up]\ndelay = 25ms\nrate = 10mbit\nloss = gemodel 2% burst 4\n"
		      "[link.down]\ndelay = 22ms\njitter = 3ms\n"
		      "[event.out]\nat = 5s\noutage = 500ms\n[event.never]\nat = 1h\noutage = 1s\n"
		      "[flow.b]\nkind = bulk\n[flow.thick]\nkind = stream\ndirection = up\n"
		      "rate = 11mbit\n[expect]\ngoodput.b = >= 1mbit\n");
	sb_auto_free char *text = sb_plan_text(plan);

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("\"%s\" is not in\n%s", parts[i], text);
	sb_plan_free(plan);
}

static void a_run_ends_when_all_that_ends_has_ended(void **state)
{
	static const struct {
		const char *text;
		bool until_done;
	} cases[] = {
	    {"[flow.a]\nkind = file\nsize = 1MB\n", true},
	    {"[flow.a]\nkind = exec\nserver_command = a\nclient_command = b\n", true},
	    {"[flow.a]\nkind = bulk\n", false},
	    {"[flow.a]\nkind = file\nsize = 1MB\n[flow.b]\nkind = rr\n", false},
	    {"[scenario]\nuntil = duration\n[flow.a]\nkind = file\nsize = 1MB\n", false},
	    {"[scenario]\nuntil = done\n[flow.a]\nkind = bulk\nduration = 2s\n", true},
	    {"[link]\ndelay = 1ms\n", false},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_plan *plan = make_plan(cases[i].text), *again = NULL;
		cJSON *json = sb_plan_to_json(plan);

		assert_int_equal(plan->until_done, cases[i].until_done);
		assert_int_equal(sb_plan_from_json(json, &again, NULL), 0);
		assert_int_equal(again->until_done, cases[i].until_done);
		cJSON_Delete(json);
		sb_plan_free(plan);
		sb_plan_free(again);
	}
}

static void a_command_has_a_user(void **state)
{
	struct sb_plan *plan = make_plan("[flow.a]\nkind = exec\nserver_command = a\n"
					 "client_command = b\nuser = 1000:1001\nsetup = c\n"),
		       *again = NULL;
	cJSON *json = sb_plan_to_json(plan);

	(void)state;
	assert_int_equal(sb_plan_from_json(json, &again, NULL), 0);
	assert_string_equal(again->flows[0].user, "1000:1001");
	assert_string_equal(again->flows[0].setup, "c");
	cJSON_Delete(json);
	sb_plan_free(plan);
	sb_plan_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sixty_four_clients_have_networks_of_their_own),
	    cmocka_unit_test(a_split_path_has_two_networks),
	    cmocka_unit_test(proxies_stand_between_the_same_ends),
	    cmocka_unit_test(a_bridge_is_one_leg),
	    cmocka_unit_test(queues_come_out_in_bytes_and_packets),
	    cmocka_unit_test(a_queue_beyond_memory_is_refused_with_its_line),
	    cmocka_unit_test(flows_run_where_and_when_they_are_told),
	    cmocka_unit_test(ports_asked_for_twice_are_refused),
	    cmocka_unit_test(capture_buffers_follow_the_rates),
	    cmocka_unit_test(loss_means_and_bursts_are_the_closed_forms),
	    cmocka_unit_test(the_text_says_what_matters),
	    cmocka_unit_test(a_run_ends_when_all_that_ends_has_ended),
	    cmocka_unit_test(a_command_has_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
