// SPDX-License-Identifier: MIT
/* test_agent_rr.c - request/response flows: every request counted, latencies from when each was due
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <endian.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "agent_rig.h"
#include "satbed/base/clock.h"
#include "tun_wire.h"

#define MS	 SB_NS_PER_MS
#define ID	 3
#define REQUEST	 120
#define RESPONSE 900

static struct sb_rig rig;

struct ends {
	cJSON *client, *server;
};

/** struct shape - how a flow asks */
struct shape {
	const char *transport, *address;
	int interval_ms, timeout_ms, duration_ms;
};

static void prepare(struct sb_test_node *node, const char *role, const struct shape *s)
{
	cJSON *ev;

	sb_test_node_send(node,
			  "{'op':'prepare','sample_ns':50000000,'flows':[{'id':%d,'role':'%s',"
			  "'kind':'rr','dir':'down','address':'%s','port':5501,'start_ns':0,"
			  "'duration_ns':%lld,'transport':'%s','request_bytes':%d,"
			  "'response_bytes':%d,'interval_ns':%lld,'timeout_ns':%lld}]}",
			  ID, role, s->address, (long long)(s->duration_ms * MS), s->transport,
			  REQUEST, RESPONSE, (long long)(s->interval_ms * MS),
			  (long long)(s->timeout_ms * MS));
	ev = sb_test_node_expect(node, "ready");
	assert_non_null(ev);
	cJSON_Delete(ev);
}

static struct ends ask(const struct shape *s)
{
	struct sb_test_node server, client;
	struct ends e;
	int64_t t0;

	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
	prepare(&server, "server", s);
	prepare(&client, "client", s);
	t0 = sb_mono_ns() + 20 * MS;
	sb_test_node_send(&server, "{'op':'start','t0_ns':%lld}", (long long)t0);
	sb_test_node_send(&client, "{'op':'start','t0_ns':%lld}", (long long)t0);
	e.client = sb_test_node_expect(&client, "done");
	e.server = sb_test_node_expect(&server, "done");
	assert_non_null(e.client);
	assert_non_null(e.server);
	assert_true(cJSON_GetArraySize(client.samples) > 0);
	assert_int_equal(sb_test_node_stop(&client), 0);
	assert_int_equal(sb_test_node_stop(&server), 0);
	return e;
}

static void free_ends(struct ends *e)
{
	cJSON_Delete(e->client);
	cJSON_Delete(e->server);
}

static double latency_ms(const struct ends *e, const char *which)
{
	return sb_test_num(cJSON_GetObjectItem(e->client, "latency"), which) / 1e6;
}

static void check_no_error(const cJSON *done)
{
	if (!cJSON_IsNull(cJSON_GetObjectItem(done, "error")))
		fail_msg("error: %s", sb_test_str(done, "error"));
}

static void test_asked_at_fixed_times(void **state)
{
	static const struct shape shapes[] = {
	    {"tcp", SB_RIG_SERVER4, 5, 2000, 500},
	    {"udp", SB_RIG_SERVER4, 5, 2000, 500},
	    {"tcp", SB_RIG_SERVER6, 5, 2000, 500},
	    {"udp", SB_RIG_SERVER6, 5, 2000, 500},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct ends e = ask(&shapes[i]);
		double answered = sb_test_num(e.client, "answered"),
		       asked = sb_test_num(e.client, "asked");

		check_no_error(e.client);
		check_no_error(e.server);
		/* Slots at 0, 5, ... 495 ms, however late each was handled; of those that come after the
		 * flow's end a busy machine makes some.  All of them: virtual/test_rr. */
		assert_in_range(asked, 20, 100);
		assert_in_range(answered, asked - 1, asked);
		assert_int_equal(sb_test_num(e.client, "timeouts"), 0);
		assert_int_equal(sb_test_num(e.client, "bytes"), answered * RESPONSE);
		assert_int_equal(sb_test_num(e.server, "bytes"), asked * REQUEST);
		assert_true(latency_ms(&e, "p50_ns") > 0);
		assert_true(latency_ms(&e, "p50_ns") <= latency_ms(&e, "p99_ns"));
		assert_true(latency_ms(&e, "p99_ns") <= latency_ms(&e, "max_ns"));
		free_ends(&e);
	}
}

static void test_one_after_the_other(void **state)
{
	static const struct shape shapes[] = {
	    {"tcp", SB_RIG_SERVER4, 0, 2000, 300},
	    {"udp", SB_RIG_SERVER4, 0, 2000, 300},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct ends e = ask(&shapes[i]);
		double asked = sb_test_num(e.client, "asked");

		check_no_error(e.client);
		assert_true(asked > 50);
		assert_in_range(sb_test_num(e.client, "answered"), asked - 1, asked);
		free_ends(&e);
	}
}

/** struct losses - requests over UDP of which number 3 of each ten is lost */
struct losses {
	int lost;
};

static enum sb_fate judge_losses(void *arg, bool up, const uint8_t *ip, size_t len)
{
	struct losses *l = arg;
	const uint8_t *udp = ip + (ip[0] & 15u) * 4u;
	uint64_t number;

	if (ip[0] >> 4 != 4 || ip[9] != IPPROTO_UDP || !up || len != 20 + 8 + REQUEST)
		return SB_FATE_PASS;
	memcpy(&number, udp + 8 + 8, sizeof(number));
	if (be64toh(number) % 10 != 3)
		return SB_FATE_PASS;
	l->lost++;
	return SB_FATE_DROP;
}

static void test_what_is_lost_times_out(void **state)
{
	/* Due at 465 ms and lost, the last one is no timeout yet at the end; the one before it is.
	 */
	static const struct shape shape = {"udp", SB_WIRE_SERVER4, 5, 60, 500};
	struct losses losses = {0};
	struct sb_wire wire;
	struct ends e;
	double asked;
	int rc = sb_wire_open(&wire, rig.server_ns, rig.client_ns, judge_losses, &losses);

	(void)state;
	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
	e = ask(&shape);
	sb_wire_close(&wire);
	asked = sb_test_num(e.client, "asked");
	assert_in_range(asked, 20, 100);
	assert_in_range(losses.lost, 2, 10);
	assert_in_range(sb_test_num(e.client, "timeouts"), losses.lost - 1, losses.lost);
	assert_in_range(sb_test_num(e.client, "answered"), asked - losses.lost - 1,
			asked - losses.lost);
	free_ends(&e);
}

static void test_lost_ones_do_not_stop_the_next(void **state)
{
	static const struct shape shape = {"udp", SB_WIRE_SERVER4, 0, 50, 500};
	struct losses losses = {0};
	struct sb_wire wire;
	struct ends e;
	int rc = sb_wire_open(&wire, rig.server_ns, rig.client_ns, judge_losses, &losses);

	(void)state;
	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
	e = ask(&shape);
	sb_wire_close(&wire);
	/* Each loss costs 50 ms: no more than ten of them fit, and all ten answers between two. */
	assert_in_range(losses.lost, 5, 10);
	assert_in_range(sb_test_num(e.client, "timeouts"), losses.lost - 1, losses.lost);
	assert_true(sb_test_num(e.client, "answered") >= 9 * (losses.lost - 1));
	free_ends(&e);
}

/** struct gap - nothing passes from @from_ns to @until_ns, counted from the first data */
struct gap {
	int64_t from_ns, until_ns, first_ns;
};

static enum sb_fate judge_gap(void *arg, bool up, const uint8_t *ip, size_t len)
{
	struct gap *gap = arg;
	int64_t now = sb_mono_ns();

	(void)up;
	if (ip[0] >> 4 != 4 || ip[9] != IPPROTO_TCP)
		return SB_FATE_PASS;
	if (len >= REQUEST && !gap->first_ns)
		gap->first_ns = now;
	if (!gap->first_ns)
		return SB_FATE_PASS;
	return now - gap->first_ns >= gap->from_ns && now - gap->first_ns < gap->until_ns
		   ? SB_FATE_DROP
		   : SB_FATE_PASS;
}

static struct ends ask_across_a_gap(const struct shape *s)
{
	struct gap gap = {.from_ns = 300 * MS, .until_ns = 800 * MS};
	struct sb_wire wire;
	struct ends e;
	int rc = sb_wire_open(&wire, rig.server_ns, rig.client_ns, judge_gap, &gap);

	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
	e = ask(s);
	sb_wire_close(&wire);
	return e;
}

static void test_a_stall_is_seen_by_all_that_meet_it(void **state)
{
	static const struct shape open = {"tcp", SB_WIRE_SERVER4, 10, 5000, 2000},
				  closed = {"tcp", SB_WIRE_SERVER4, 0, 5000, 2000};
	struct ends e = ask_across_a_gap(&open);
	double asked;

	(void)state;
	/* 50 of 200 requests were due while nothing passed, 30 of them 200 ms or more before its
	 * end. */
	asked = sb_test_num(e.client, "asked");
	assert_in_range(asked, 150, 200);
	assert_in_range(sb_test_num(e.client, "answered"), asked - 5, asked);
	assert_true(latency_ms(&e, "p90_ns") >= 200);
	assert_true(latency_ms(&e, "max_ns") >= 450);
	free_ends(&e);
	/* One at a time, only one meets it: the same stall hardly shows. */
	e = ask_across_a_gap(&closed);
	assert_true(latency_ms(&e, "p90_ns") < 100);
	assert_true(latency_ms(&e, "max_ns") >= 400);
	free_ends(&e);
}

static void test_nobody_there_is_said(void **state)
{
	static const struct shape shapes[] = {
	    {"tcp", SB_RIG_SERVER4, 50, 100, 500},
	    {"udp", SB_RIG_SERVER4, 50, 100, 500},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct sb_test_node client;
		cJSON *done;

		assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
		prepare(&client, "client", &shapes[i]);
		sb_test_node_send(&client, "{'op':'start','t0_ns':%lld}", (long long)sb_mono_ns());
		done = sb_test_node_expect(&client, "done");
		assert_non_null(done);
		assert_int_equal(sb_test_num(done, "answered"), 0);
		assert_true(sb_test_num(done, "timeouts") >= 7);
		assert_non_null(strstr(sb_test_str(done, "error"),
				       i ? "port unreachable" : "no response: Connection refused"));
		cJSON_Delete(done);
		assert_int_equal(sb_test_node_stop(&client), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_asked_at_fixed_times),
	    cmocka_unit_test(test_one_after_the_other),
	    cmocka_unit_test(test_what_is_lost_times_out),
	    cmocka_unit_test(test_lost_ones_do_not_stop_the_next),
	    cmocka_unit_test(test_a_stall_is_seen_by_all_that_meet_it),
	    cmocka_unit_test(test_nobody_there_is_said),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	sb_rig_close(&rig);
	return rc;
}
