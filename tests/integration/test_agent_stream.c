// SPDX-License-Identifier: MIT
/* test_agent_stream.c - stream flows between two node programs over a wire with planned faults */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <endian.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "agent_rig.h"
#include "satbed/base/clock.h"
#include "tun_wire.h"

#define MS	     SB_NS_PER_MS
#define PACKET_BYTES 1200
#define RATE_BPS     9600000 /* 1000 packets a second */

static struct sb_rig rig;

/** struct ends - both ends of one flow when all is over */
struct ends {
	cJSON *client, *server;
	cJSON *client_samples, *server_samples;
};

static void prepare(struct sb_test_node *node, const char *role, const char *dir,
		    const char *address, int duration_ms)
{
	cJSON *ev;

	sb_test_node_send(node,
			  "{'op':'prepare','sample_ns':50000000,'flows':[{'id':9,'role':'%s',"
			  "'kind':'stream','dir':'%s','streams':1,'cc':'','address':'%s',"
			  "'port':5301,'start_ns':0,'duration_ns':%lld,'rate_bps':%d,"
			  "'packet_bytes':%d}]}",
			  role, dir, address, (long long)(duration_ms * MS), RATE_BPS,
			  PACKET_BYTES);
	ev = sb_test_node_expect(node, "ready");
	assert_non_null(ev);
	cJSON_Delete(ev);
}

/* The receiver goes on a while after the sender, so that nothing is cut off at the end. */
static struct ends run_stream(const char *dir, const char *address, int duration_ms)
{
	struct sb_test_node server, client;
	bool down = !strcmp(dir, "down");
	struct ends e;
	int64_t t0;

	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
	prepare(&server, "server", dir, address, duration_ms + (down ? 0 : 300));
	prepare(&client, "client", dir, address, duration_ms + (down ? 300 : 0));
	t0 = sb_mono_ns() + 20 * MS;
	sb_test_node_send(&server, "{'op':'start','t0_ns':%lld}", (long long)t0);
	sb_test_node_send(&client, "{'op':'start','t0_ns':%lld}", (long long)t0);
	e.client = sb_test_node_expect(&client, "done");
	e.server = sb_test_node_expect(&server, "done");
	assert_non_null(e.client);
	assert_non_null(e.server);
	e.client_samples = cJSON_Duplicate(client.samples, true);
	e.server_samples = cJSON_Duplicate(server.samples, true);
	assert_int_equal(sb_test_node_stop(&client), 0);
	assert_int_equal(sb_test_node_stop(&server), 0);
	return e;
}

static void free_ends(struct ends *e)
{
	cJSON_Delete(e->client);
	cJSON_Delete(e->server);
	cJSON_Delete(e->client_samples);
	cJSON_Delete(e->server_samples);
}

static void check_no_error(const cJSON *done)
{
	if (!cJSON_IsNull(cJSON_GetObjectItem(done, "error")))
		fail_msg("error: %s", sb_test_str(done, "error"));
}

static void check_clean(const char *dir, const char *address)
{
	struct ends e = run_stream(dir, address, 500);
	const cJSON *from = strcmp(dir, "down") ? e.client : e.server;
	const cJSON *to = strcmp(dir, "down") ? e.server : e.client;
	double sent = sb_test_num(from, "packets") + sb_test_num(from, "skipped");

	assert_int_equal(sb_test_num(to, "packets"), sb_test_num(from, "packets"));
	assert_int_equal(sb_test_num(to, "lost"), 0);
	assert_int_equal(sb_test_num(to, "reordered"), 0);
	assert_int_equal(sb_test_num(to, "duplicated"), 0);
	assert_int_equal(sb_test_num(to, "connected"), 1);
	assert_int_equal(sb_test_num(to, "bytes"), sb_test_num(to, "packets") * PACKET_BYTES);
	assert_int_equal(sb_test_num(from, "bytes"), sb_test_num(to, "bytes"));
	check_no_error(to);
	/* Slots of 1 ms from 0 on, none at or after the end; at "down" the flow begins when the
	 * hello has come. */
	assert_true(sent <= 500);
	assert_true(sent >= 300);
	assert_true(cJSON_GetArraySize(e.client_samples) > 0);
	assert_true(cJSON_GetArraySize(e.server_samples) > 0);
	free_ends(&e);
}

static void test_clean_up_and_down_over_both_ip_versions(void **state)
{
	(void)state;
	check_clean("up", SB_RIG_SERVER4);
	check_clean("down", SB_RIG_SERVER4);
	check_clean("up", SB_RIG_SERVER6);
	check_clean("down", SB_RIG_SERVER6);
}

static double children_cpu_s(void)
{
	struct rusage use;

	assert_int_equal(getrusage(RUSAGE_CHILDREN, &use), 0);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* A node must leave the processors to the link: 1000 packets a second need a few percent of one, a
 * loop that does not sleep all of it. */
static void test_nodes_sleep_between_packets(void **state)
{
	static const char *const dirs[] = {"up", "down"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		double before_s = children_cpu_s();
		struct ends e = run_stream(dirs[i], SB_RIG_SERVER4, 2000);
		double used_s = children_cpu_s() - before_s;

		if (used_s > 1.0)
			fail_msg("%s: 2.3 s of a stream took %.2f s of processor time", dirs[i],
				 used_s);
		free_ends(&e);
	}
}

/** struct plan - what the wire did to numbered datagrams, counted as RFC 4737 and RFC 5560 count */
struct plan {
	bool up;
	int hellos_to_lose, hellos;
	uint64_t next, lost, reordered, duplicated, passed;
};

static void note_arrival(struct plan *plan, uint64_t number)
{
	plan->passed++;
	if (number >= plan->next)
		plan->next = number + 1;
	else
		plan->reordered++;
}

/* Of each ten: number 3 is lost, 5 comes twice, 7 comes after 8. */
static enum sb_fate judge(void *arg, bool up, const uint8_t *ip, size_t len)
{
	struct plan *plan = arg;
	const uint8_t *udp = ip + (ip[0] & 15u) * 4u;
	uint64_t number;

	if (ip[0] >> 4 != 4 || ip[9] != IPPROTO_UDP)
		return SB_FATE_PASS;
	if (len == 20 + 8 + 24)
		return plan->hellos++ < plan->hellos_to_lose ? SB_FATE_DROP : SB_FATE_PASS;
	if (up != plan->up || len != 20 + 8 + PACKET_BYTES)
		return SB_FATE_PASS;
	memcpy(&number, udp + 8 + 8, sizeof(number));
	number = be64toh(number);
	switch (number % 10) {
	case 3:
		return SB_FATE_DROP;
	case 5:
		plan->duplicated++;
		break;
	case 7:
		return SB_FATE_HOLD;
	default:
		break;
	}
	note_arrival(plan, number);
	if (number % 10 == 8)
		note_arrival(plan, number - 1);
	return number % 10 == 5 ? SB_FATE_TWICE : SB_FATE_PASS;
}

static void check_faults(const char *dir, int hellos_to_lose)
{
	struct plan plan = {.up = !strcmp(dir, "up"), .hellos_to_lose = hellos_to_lose};
	struct sb_wire wire;
	struct ends e;
	const cJSON *to;
	int rc;

	rc = sb_wire_open(&wire, rig.server_ns, rig.client_ns, judge, &plan);
	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
	e = run_stream(dir, SB_WIRE_SERVER4, 800);
	sb_wire_close(&wire);
	to = plan.up ? e.server : e.client;
	assert_true(plan.passed > 100);
	assert_int_equal(sb_test_num(to, "packets"), plan.passed);
	assert_int_equal(sb_test_num(to, "lost"), plan.next - plan.passed);
	assert_int_equal(sb_test_num(to, "reordered"), plan.reordered);
	assert_int_equal(sb_test_num(to, "duplicated"), plan.duplicated);
	assert_int_equal(sb_test_num(to, "bytes"), plan.passed * PACKET_BYTES);
	assert_int_equal(sb_test_num(to, "socket_drops"), 0);
	if (!plan.up)
		assert_true(plan.hellos > hellos_to_lose);
	free_ends(&e);
}

static void test_planned_faults_are_counted_exactly(void **state)
{
	(void)state;
	check_faults("up", 0);
	check_faults("down", 0);
}

static void test_lost_hellos_are_said_again(void **state)
{
	(void)state;
	check_faults("down", 2);
}

static void test_nobody_there_is_said(void **state)
{
	struct sb_test_node node;
	cJSON *done;

	(void)state;
	assert_int_equal(sb_test_node_start(&node, rig.client_ns), 0);
	prepare(&node, "client", "up", SB_RIG_SERVER4, 200);
	sb_test_node_send(&node, "{'op':'start','t0_ns':1}");
	/* A run whose zero has long passed ends at once: stopped by its own schedule. */
	done = sb_test_node_expect(&node, "done");
	assert_non_null(done);
	cJSON_Delete(done);
	assert_int_equal(sb_test_node_stop(&node), 0);

	assert_int_equal(sb_test_node_start(&node, rig.client_ns), 0);
	prepare(&node, "client", "up", SB_RIG_SERVER4, 200);
	sb_test_node_send(&node, "{'op':'start','t0_ns':%lld}", (long long)sb_mono_ns());
	done = sb_test_node_expect(&node, "done");
	assert_non_null(done);
	assert_non_null(strstr(sb_test_str(done, "error"), "port unreachable"));
	cJSON_Delete(done);
	assert_int_equal(sb_test_node_stop(&node), 0);

	assert_int_equal(sb_test_node_start(&node, rig.server_ns), 0);
	prepare(&node, "server", "down", SB_RIG_SERVER4, 100);
	sb_test_node_send(&node, "{'op':'start','t0_ns':%lld}", (long long)sb_mono_ns());
	done = sb_test_node_expect(&node, "done");
	assert_non_null(done);
	assert_string_equal(sb_test_str(done, "error"), "no hello from the client");
	assert_int_equal(sb_test_num(done, "connected"), 0);
	cJSON_Delete(done);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clean_up_and_down_over_both_ip_versions),
	    cmocka_unit_test(test_nodes_sleep_between_packets),
	    cmocka_unit_test(test_planned_faults_are_counted_exactly),
	    cmocka_unit_test(test_lost_hellos_are_said_again),
	    cmocka_unit_test(test_nobody_there_is_said),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	sb_rig_close(&rig);
	return rc;
}
