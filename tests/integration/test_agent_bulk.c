// SPDX-License-Identifier: MIT
/* test_agent_bulk.c - bulk flows between two node programs: what both ends report holds together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "agent_rig.h"
#include "satbed/base/clock.h"
#include "tun_wire.h"

#define MS	  SB_NS_PER_MS
#define SAMPLE_MS 50

static struct sb_rig rig;

/** struct pair - a server and a client, prepared */
struct pair {
	struct sb_test_node server, client;
};

/** struct flow - what a test asks for; 0 and NULL take the usual */
struct flow {
	int id;
	const char *dir, *cc, *address;
	int streams, port, start_ms, duration_ms;
};

static void prepare(struct sb_test_node *node, const char *role, const struct flow *flows,
		    int count)
{
	char list[4096] = "";
	cJSON *ev;

	for (int i = 0; i < count; i++) {
		const struct flow *f = &flows[i];
		size_t len = strlen(list);

		snprintf(list + len, sizeof(list) - len,
			 "%s{'id':%d,'role':'%s','kind':'bulk','dir':'%s','streams':%d,'cc':'%s',"
			 "'address':'%s','port':%d,'start_ns':%lld,'duration_ns':%lld}",
			 i ? "," : "", f->id, role, f->dir ? f->dir : "up",
			 f->streams ? f->streams : 1, f->cc ? f->cc : "",
			 f->address ? f->address : SB_RIG_SERVER4, f->port ? f->port : 5201,
			 (long long)(f->start_ms * MS), (long long)(f->duration_ms * MS));
	}
	sb_test_node_send(node, "{'op':'prepare','sample_ns':%lld,'flows':[%s]}",
			  (long long)(SAMPLE_MS * MS), list);
	ev = sb_test_node_expect(node, "ready");
	assert_non_null(ev);
	cJSON_Delete(ev);
}

static void start_at(struct sb_test_node *node, int64_t t0_ns)
{
	sb_test_node_send(node, "{'op':'start','t0_ns':%lld}", (long long)t0_ns);
}

static struct pair prepare_pair(const struct flow *flows, int count)
{
	struct pair p;

	assert_int_equal(sb_test_node_start(&p.server, rig.server_ns), 0);
	assert_int_equal(sb_test_node_start(&p.client, rig.client_ns), 0);
	prepare(&p.server, "server", flows, count);
	prepare(&p.client, "client", flows, count);
	return p;
}

static struct pair start_pair(const struct flow *flows, int count)
{
	struct pair p = prepare_pair(flows, count);
	int64_t t0 = sb_mono_ns() + 20 * MS;

	start_at(&p.server, t0);
	start_at(&p.client, t0);
	return p;
}

static void stop_pair(struct pair *p)
{
	assert_int_equal(sb_test_node_stop(&p->client), 0);
	assert_int_equal(sb_test_node_stop(&p->server), 0);
}

static void check_no_error(const cJSON *done)
{
	if (!cJSON_IsNull(cJSON_GetObjectItem(done, "error")))
		fail_msg("error: %s", sb_test_str(done, "error"));
}

static cJSON *expect_done(struct sb_test_node *node, int id, const char *role)
{
	cJSON *done = sb_test_node_expect(node, "done");

	assert_non_null(done);
	assert_int_equal(sb_test_num(done, "flow"), id);
	assert_string_equal(sb_test_str(done, "role"), role);
	return done;
}

/* Every sample of a flow: the protocol's members, and bytes that only grow. */
static int check_samples(const struct sb_test_node *node, int id, int streams, bool sends)
{
	static const char *const members[] = {"rtt_us",
					      "rttvar_us",
					      "min_rtt_us",
					      "cwnd",
					      "ssthresh",
					      "unacked",
					      "retransmits",
					      "delivery_rate_bps",
					      "rwnd_limited_us",
					      "sndbuf_limited_us",
					      "busy_us",
					      "dsack_dups",
					      "reord_seen",
					      "pmtu",
					      "mss"};
	double last_bytes[16] = {0}, last_t = 0;
	const cJSON *s;
	int count = 0;

	cJSON_ArrayForEach(s, node->samples)
	{
		int stream = (int)sb_test_num(s, "stream");
		double bytes = sb_test_num(s, "bytes"), t = sb_test_num(s, "t_ns");

		if ((int)sb_test_num(s, "flow") != id)
			continue;
		assert_in_range(stream, 0, streams - 1);
		assert_true(bytes >= last_bytes[stream]);
		assert_true(t >= last_t && t >= (double)(SAMPLE_MS * MS));
		last_bytes[stream] = bytes;
		last_t = t;
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			assert_true(sb_test_num(s, members[i]) >= 0);
		assert_int_equal(sb_test_num(s, "mss"), 1448); /* 1500 - 20 - 32, timestamps on */
		if (sends)
			assert_true(sb_test_num(s, "rtt_us") > 0);
		count++;
	}
	for (int i = 0; i < streams; i++)
		assert_true(last_bytes[i] > 0);
	return count;
}

static void run_both_ends(const struct flow *f)
{
	struct pair p = start_pair(f, 1);
	bool down = f->dir && !strcmp(f->dir, "down");
	int streams = f->streams ? f->streams : 1;
	cJSON *at_client = expect_done(&p.client, f->id, "client");
	cJSON *at_server = expect_done(&p.server, f->id, "server");
	const cJSON *sender = down ? at_server : at_client;
	double taken = sb_test_num(down ? at_client : at_server, "bytes");
	double acked = sb_test_num(sender, "bytes");

	check_no_error(at_client);
	check_no_error(at_server);
	assert_int_equal(sb_test_num(at_client, "connected"), streams);
	assert_int_equal(sb_test_num(at_server, "connected"), streams);
	/* Ends read at slightly different instants; between them is at most what is under way:
	 * some milliseconds of a wire that does Gbit/s, a few MB. */
	assert_true(acked > 1e6);
	assert_true(taken > 0.7 * acked - 8e6 && taken < 1.3 * acked + 8e6);
	assert_true(sb_test_num(cJSON_GetObjectItem(sender, "limited"), "busy_us") > 0);
	assert_true(sb_test_num(sender, "end_ns") - sb_test_num(sender, "start_ns") >
		    0.8 * (double)(f->duration_ms * MS));
	if (f->cc)
		assert_string_equal(sb_test_str(sender, "cc"), f->cc);
	assert_true(check_samples(&p.client, f->id, streams, !down) > 0);
	assert_true(check_samples(&p.server, f->id, streams, down) > 0);
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
	stop_pair(&p);
}

static void test_up_with_cubic(void **state)
{
	(void)state;
	run_both_ends(&(struct flow){.cc = "cubic", .duration_ms = 400});
}

static void test_down_with_reno(void **state)
{
	(void)state;
	run_both_ends(&(struct flow){.id = 3, .dir = "down", .cc = "reno", .duration_ms = 400});
}

static void test_several_streams(void **state)
{
	(void)state;
	run_both_ends(&(struct flow){.streams = 4, .duration_ms = 400});
}

static void test_ipv6_down_with_several_streams(void **state)
{
	const struct flow f = {
	    .dir = "down", .streams = 3, .address = SB_RIG_SERVER6, .duration_ms = 400};
	struct pair p = start_pair(&f, 1);
	cJSON *at_client = expect_done(&p.client, 0, "client");
	cJSON *at_server = expect_done(&p.server, 0, "server");

	(void)state;
	check_no_error(at_client);
	check_no_error(at_server);
	assert_int_equal(sb_test_num(at_client, "connected"), 3);
	assert_true(sb_test_num(at_client, "bytes") > 1e6);
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
	stop_pair(&p);
}

static void test_flows_start_and_end_at_their_times(void **state)
{
	const struct flow f[] = {
	    {.id = 1, .start_ms = 0, .duration_ms = 200},
	    {.id = 2, .port = 5202, .dir = "down", .start_ms = 300, .duration_ms = 200},
	};
	struct pair p = prepare_pair(f, 2);
	int64_t t0 = sb_mono_ns() + 20 * MS;
	cJSON *first, *second;

	(void)state;
	start_at(&p.server, t0);
	start_at(&p.client, t0);
	first = expect_done(&p.client, 1, "client");
	second = expect_done(&p.client, 2, "client");
	check_no_error(first);
	check_no_error(second);
	/* Never early; late only by a busy machine. */
	assert_true(sb_test_num(first, "start_ns") >= (double)t0);
	assert_true(sb_test_num(first, "end_ns") >= (double)(t0 + 200 * MS));
	assert_true(sb_test_num(second, "start_ns") >= (double)(t0 + 300 * MS));
	assert_true(sb_test_num(second, "end_ns") >= (double)(t0 + 500 * MS));
	assert_true(sb_test_num(second, "end_ns") < (double)(t0 + 20000 * MS));
	cJSON_Delete(first);
	cJSON_Delete(second);
	stop_pair(&p);
}

static void test_stop_in_mid_run_reports_what_was(void **state)
{
	const struct flow f = {.duration_ms = 600000};
	struct pair p = start_pair(&f, 1);
	cJSON *first = sb_test_node_expect(&p.client, "sample");
	cJSON *at_client, *at_server;

	(void)state;
	assert_non_null(first);
	cJSON_Delete(first);
	/* The sender ends first: its abort reaches the receiver before "stop" does. */
	sb_test_node_send(&p.client, "{'op':'stop'}");
	at_client = expect_done(&p.client, 0, "client");
	sb_test_node_send(&p.server, "{'op':'stop'}");
	at_server = expect_done(&p.server, 0, "server");
	check_no_error(at_client);
	check_no_error(at_server);
	assert_true(sb_test_num(at_client, "bytes") > 0);
	assert_true(sb_test_num(at_server, "bytes") >= sb_test_num(at_client, "bytes"));
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
	stop_pair(&p);
}

static void test_no_server_is_said_and_other_flows_go_on(void **state)
{
	const struct flow f[] = {{.id = 0, .port = 5201, .duration_ms = 300},
				 {.id = 1, .port = 5999, .duration_ms = 300, .streams = 2}};
	struct pair p;
	int64_t t0;
	cJSON *good, *bad;

	(void)state;
	assert_int_equal(sb_test_node_start(&p.server, rig.server_ns), 0);
	assert_int_equal(sb_test_node_start(&p.client, rig.client_ns), 0);
	prepare(&p.server, "server", f, 1);
	prepare(&p.client, "client", f, 2);
	t0 = sb_mono_ns();
	start_at(&p.server, t0);
	start_at(&p.client, t0);
	good = expect_done(&p.client, 0, "client");
	bad = expect_done(&p.client, 1, "client");
	check_no_error(good);
	assert_true(sb_test_num(good, "bytes") > 1e6);
	assert_non_null(strstr(sb_test_str(bad, "error"), "2 of 2 connections: not connected"));
	assert_non_null(strstr(sb_test_str(bad, "error"), "Connection refused"));
	assert_int_equal(sb_test_num(bad, "connected"), 0);
	cJSON_Delete(good);
	cJSON_Delete(bad);
	stop_pair(&p);
}

static void test_a_peer_that_dies_is_said(void **state)
{
	const struct flow f = {.duration_ms = 1500};
	struct pair p = start_pair(&f, 1);
	cJSON *first = sb_test_node_expect(&p.client, "sample"), *done;

	(void)state;
	assert_non_null(first);
	cJSON_Delete(first);
	kill(p.server.pid, SIGKILL);
	done = expect_done(&p.client, 0, "client");
	assert_non_null(strstr(sb_test_str(done, "error"), "lost after"));
	assert_true(sb_test_num(done, "bytes") > 0);
	cJSON_Delete(done);
	assert_int_equal(sb_test_node_stop(&p.client), 0);
	sb_test_node_stop(&p.server);
}

static void test_a_client_that_never_comes_is_said(void **state)
{
	const struct flow f = {.duration_ms = 100};
	struct sb_test_node server;
	cJSON *done;

	(void)state;
	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	prepare(&server, "server", &f, 1);
	start_at(&server, sb_mono_ns());
	done = expect_done(&server, 0, "server");
	assert_string_equal(sb_test_str(done, "error"), "no connection");
	assert_int_equal(sb_test_num(done, "connected"), 0);
	cJSON_Delete(done);
	assert_int_equal(sb_test_node_stop(&server), 0);
}

/** struct losses - what the wire of a test does to TCP segments with payload */
struct losses {
	int seen, dropped, drop_below;
	atomic_bool cut; /* carry nothing any more */
};

static enum sb_fate lose_segments(void *arg, bool up, const uint8_t *ip, size_t len)
{
	struct losses *l = arg;
	size_t head = (ip[0] & 15u) * 4u;

	if (l->cut)
		return SB_FATE_DROP;
	if (!up || ip[0] >> 4 != 4 || ip[9] != IPPROTO_TCP || len <= head + 60)
		return SB_FATE_PASS;
	if (++l->seen % 50 || l->dropped >= l->drop_below)
		return SB_FATE_PASS;
	l->dropped++;
	return SB_FATE_DROP;
}

static void open_wire(struct sb_wire *wire, struct losses *losses)
{
	int rc = sb_wire_open(wire, rig.server_ns, rig.client_ns, lose_segments, losses);

	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
}

static void test_each_lost_segment_is_a_retransmit(void **state)
{
	const struct flow f = {.address = SB_WIRE_SERVER4, .cc = "reno", .duration_ms = 1000};
	struct losses losses = {.drop_below = 20};
	struct sb_wire wire;
	struct pair p;
	cJSON *at_client, *at_server;

	(void)state;
	open_wire(&wire, &losses);
	p = start_pair(&f, 1);
	at_client = expect_done(&p.client, 0, "client");
	at_server = expect_done(&p.server, 0, "server");
	stop_pair(&p);
	sb_wire_close(&wire);
	check_no_error(at_client);
	check_no_error(at_server);
	/* All losses are early, so all have been repaired; probes may come on top. */
	assert_int_equal(losses.dropped, 20);
	assert_in_range(sb_test_num(at_client, "retransmits"), 20, 200);
	assert_int_equal(sb_test_num(at_server, "retransmits"), 0);
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
}

static void test_requests_nobody_answers_are_counted(void **state)
{
	const struct flow f = {.address = SB_WIRE_SERVER4, .duration_ms = 1300};
	struct losses losses = {.cut = true};
	struct sb_wire wire;
	struct pair p;
	cJSON *at_client, *at_server;

	(void)state;
	open_wire(&wire, &losses);
	p = start_pair(&f, 1);
	at_client = expect_done(&p.client, 0, "client");
	at_server = expect_done(&p.server, 0, "server");
	stop_pair(&p);
	sb_wire_close(&wire);
	/* One at once and one after the initial timeout of 1 s (RFC 6298). */
	assert_non_null(
	    strstr(sb_test_str(at_client, "error"), "no answer to 2 connection requests"));
	assert_string_equal(sb_test_str(at_server, "error"), "no connection");
	assert_int_equal(sb_test_num(at_client, "bytes"), 0);
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
}

static void test_a_stall_is_said(void **state)
{
	const struct flow f = {.address = SB_WIRE_SERVER4, .duration_ms = 4000};
	struct losses losses = {0};
	struct sb_wire wire;
	struct pair p;
	cJSON *first, *at_client, *at_server;

	(void)state;
	open_wire(&wire, &losses);
	p = start_pair(&f, 1);
	first = sb_test_node_expect(&p.client, "sample");
	assert_non_null(first);
	cJSON_Delete(first);
	losses.cut = true;
	at_client = expect_done(&p.client, 0, "client");
	at_server = expect_done(&p.server, 0, "server");
	stop_pair(&p);
	sb_wire_close(&wire);
	assert_non_null(
	    strstr(sb_test_str(at_client, "error"), "stalled: no progress in the last"));
	assert_non_null(
	    strstr(sb_test_str(at_server, "error"), "stalled: no progress in the last"));
	assert_true(sb_test_num(at_client, "bytes") > 0);
	cJSON_Delete(at_client);
	cJSON_Delete(at_server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_up_with_cubic),
	    cmocka_unit_test(test_down_with_reno),
	    cmocka_unit_test(test_several_streams),
	    cmocka_unit_test(test_ipv6_down_with_several_streams),
	    cmocka_unit_test(test_flows_start_and_end_at_their_times),
	    cmocka_unit_test(test_stop_in_mid_run_reports_what_was),
	    cmocka_unit_test(test_no_server_is_said_and_other_flows_go_on),
	    cmocka_unit_test(test_a_peer_that_dies_is_said),
	    cmocka_unit_test(test_a_client_that_never_comes_is_said),
	    cmocka_unit_test(test_each_lost_segment_is_a_retransmit),
	    cmocka_unit_test(test_requests_nobody_answers_are_counted),
	    cmocka_unit_test(test_a_stall_is_said),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	sb_rig_close(&rig);
	return rc;
}
