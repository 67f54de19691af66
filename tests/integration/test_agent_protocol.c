// SPDX-License-Identifier: MIT
/* test_agent_protocol.c - the agent does what its channel says, and survives what it should
 * not say */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "netns.h"
#include "agent_rig.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/net.h"
#include "satbed/agent_proto.h"

static struct sb_rig rig;

#define BULK                                                                                  \
	"{'id':%d,'role':'%s','kind':'bulk','dir':'up','streams':1,'cc':'%s','address':'%s'," \
	"'port':%d,'start_ns':0,'duration_ns':60000000000}"

static struct sb_test_node start_node(int netns_fd)
{
	struct sb_test_node node;

	assert_int_equal(sb_test_node_start(&node, netns_fd), 0);
	return node;
}

static void expect_error(struct sb_test_node *node, const char *kind, const char *part)
{
	cJSON *ev = sb_test_node_expect(node, "error");

	assert_non_null(ev);
	assert_string_equal(sb_test_str(ev, "kind"), kind);
	if (!strstr(sb_test_str(ev, "msg"), part))
		fail_msg("\"%s\" does not say \"%s\"", sb_test_str(ev, "msg"), part);
	cJSON_Delete(ev);
}

static void expect_event(struct sb_test_node *node, const char *event)
{
	cJSON *ev = sb_test_node_expect(node, event);

	assert_non_null(ev);
	cJSON_Delete(ev);
}

static bool offloads_on(int netns_fd)
{
	int here = sb_test_self_netns();
	struct sb_rtnl nl = {0};
	struct sb_err err = {0};
	bool on;

	assert_int_equal(sb_test_setns(netns_fd), 0);
	assert_int_equal(sb_rtnl_open(&nl, &err), 0);
	on = sb_offloads_on(&nl, "eth0");
	sb_rtnl_close(&nl);
	assert_int_equal(sb_test_setns(here), 0);
	close(here);
	return on;
}

static void test_setup_turns_offloads_off_and_tells_the_kernel(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);
	char reno[8] = "";
	cJSON *ev;

	(void)state;
	assert_true(offloads_on(rig.client_ns));
	sb_test_node_send(&node, "{'op':'setup','node':'client1','interfaces':['eth0']}");
	ev = sb_test_node_expect(&node, "setup");
	assert_non_null(ev);
	assert_false(offloads_on(rig.client_ns));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(ev, "offloads_off")));
	assert_true(strlen(sb_test_str(ev, "kernel")) > 2);
	assert_true(strlen(sb_test_str(ev, "cc_default")) > 2);
	assert_non_null(strstr(sb_test_str(ev, "cc_available"), "reno"));
	for (int i = 0; i < 2; i++) {
		int low, middle, high;
		const char *value = sb_test_str(ev, i ? "tcp_rmem" : "tcp_wmem");

		assert_int_equal(sscanf(value, "%d %d %d%7s", &low, &middle, &high, reno), 3);
	}
	cJSON_Delete(ev);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_setup_names_a_missing_interface(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);

	(void)state;
	sb_test_node_send(&node, "{'op':'setup','node':'client1','interfaces':['nosuch9']}");
	expect_error(&node, "env", "interface nosuch9");
	sb_test_node_send(&node, "{'op':'setup','node':'client1','interfaces':[]}");
	expect_event(&node, "setup");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static const cJSON *interface_of(const cJSON *look, const char *name)
{
	const cJSON *i;

	cJSON_ArrayForEach(i, cJSON_GetObjectItem(look, "interfaces"))
	{
		if (!strcmp(sb_test_str(i, "name"), name))
			return i;
	}
	return NULL;
}

static bool has_address(const cJSON *interface, const char *address)
{
	const cJSON *a;

	cJSON_ArrayForEach(a, cJSON_GetObjectItem(interface, "addresses"))
	{
		if (!strcmp(cJSON_GetStringValue(a), address))
			return true;
	}
	return false;
}

static void test_look_tells_what_is_there_and_setup_changes_it(void **state)
{
	struct sb_test_node client = start_node(rig.client_ns), server = start_node(rig.server_ns);
	cJSON *mine, *theirs;
	const cJSON *eth0;

	(void)state;
	sb_test_node_send(&client, "{'op':'look'}");
	sb_test_node_send(&server, "{'op':'look'}");
	mine = sb_test_node_expect(&client, "look");
	theirs = sb_test_node_expect(&server, "look");
	assert_non_null(strstr(sb_test_str(mine, "os_release"), "ID="));
	eth0 = interface_of(mine, "eth0");
	assert_non_null(eth0);
	assert_null(interface_of(mine, "lo"));
	assert_true(has_address(eth0, SB_RIG_CLIENT4 "/24"));
	assert_int_equal(sb_test_num(eth0, "mtu"), 1500);
	assert_int_equal(strlen(sb_test_str(eth0, "mac")), 17);
	/* Each is the other's half. */
	assert_int_equal(sb_test_num(eth0, "peer"),
			 sb_test_num(interface_of(theirs, "eth0"), "index"));
	assert_int_equal(sb_test_num(interface_of(theirs, "eth0"), "peer"),
			 sb_test_num(eth0, "index"));
	sb_test_node_send(&client,
			  "{'op':'setup','node':'client1','interfaces':['eth0'],'mtu':1400,"
			  "'neighbours':[{'interface':'eth0','address':'" SB_RIG_SERVER4 "',"
			  "'mac':'%s'},{'interface':'eth0','address':'" SB_RIG_SERVER4 "',"
			  "'mac':'%s'}]}",
			  sb_test_str(eth0, "mac"),
			  sb_test_str(interface_of(theirs, "eth0"), "mac"));
	expect_event(&client, "setup");
	cJSON_Delete(mine);
	sb_test_node_send(&client, "{'op':'look'}");
	mine = sb_test_node_expect(&client, "look");
	assert_int_equal(sb_test_num(interface_of(mine, "eth0"), "mtu"), 1400);
	sb_test_node_send(&client, "{'op':'setup','node':'client1','interfaces':['eth0'],"
				   "'mtu':1500}");
	expect_event(&client, "setup");
	cJSON_Delete(mine);
	cJSON_Delete(theirs);
	assert_int_equal(sb_test_node_stop(&client), 0);
	assert_int_equal(sb_test_node_stop(&server), 0);
}

static void test_garbage_is_answered_and_survived(void **state)
{
	static const char *const lines[] = {
	    "",
	    "hello",
	    "[1,2]",
	    "{'op':5}",
	    "{'op':'fly'}",
	    "{'op':'start'}",
	    "{'op':'start','t0_ns':'soon'}",
	    "{'op':'start','t0_ns':-1}",
	    "{'op':'prepare','sample_ns':100000000,'flows':[{}]}",
	    "{'op':'prepare','sample_ns':0,'flows':[]}",
	    "{'op':'setup','node':'n','interfaces':['a name that is far too long']}",
	    "{'op':'setup','node':'n','interfaces':['eth0\\u0000x']}",
	};
	struct sb_test_node node = start_node(rig.client_ns);
	size_t len = SB_NODE_LINE_MAX + 10;
	char *huge = malloc(len + 1);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		sb_test_node_send(&node, "%s", lines[i]);
		expect_error(&node, "input", "");
	}
	assert_non_null(huge);
	memset(huge, '[', len);
	huge[len] = '\n';
	assert_int_equal(sb_write_all(node.fd, huge, len + 1), 0);
	free(huge);
	expect_error(&node, "input", "longer than");
	assert_int_equal(sb_write_all(node.fd, "\0\xff\x80\n", 4), 0);
	expect_error(&node, "input", "not a JSON object");
	sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':[]}");
	expect_event(&node, "setup");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

/* Empty lines, each of them answered, until the node has taken none for a second. */
static size_t flood(const struct sb_test_node *node)
{
	static char lines[65536];
	int64_t last_ns = sb_mono_ns();
	size_t sent = 0;

	memset(lines, '\n', sizeof(lines));
	while (sb_mono_ns() - last_ns < SB_NS_PER_S) {
		ssize_t n = send(node->fd, lines, sizeof(lines), MSG_DONTWAIT);

		if (n <= 0)
			continue;
		last_ns = sb_mono_ns();
		sent += (size_t)n;
		assert_in_range(sent, 1, 50 << 20); /* it must stop some time */
	}
	return sent;
}

static size_t count_lines(int fd, size_t want)
{
	const struct timeval patience = {.tv_sec = 20};
	static char buf[65536];
	size_t count = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (count < want && (n = recv(fd, buf, sizeof(buf), 0)) > 0)
		for (ssize_t i = 0; i < n; i++)
			count += buf[i] == '\n';
	return count;
}

static void test_unread_answers_do_not_block_and_requests_wait(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);
	size_t sent = flood(&node);

	(void)state;
	assert_int_equal(count_lines(node.fd, sent), sent);
	sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':[]}");
	expect_event(&node, "setup");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_the_end_is_noticed_while_answers_are_unread(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);

	(void)state;
	flood(&node);
	assert_int_equal(shutdown(node.fd, SHUT_WR), 0);
	assert_int_equal(sb_test_node_wait(&node, NULL), 0);
	sb_test_node_stop(&node);
}

static void test_an_unknown_congestion_control_names_what_there_is(void **state)
{
	struct sb_test_node node = start_node(rig.server_ns);

	(void)state;
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[" BULK "]}", 0,
			  "server", "nonesuch", SB_RIG_SERVER4, 5201);
	expect_error(&node, "env", "\"nonesuch\"");
	sb_test_node_send(
	    &node, "{'op':'prepare','sample_ns':100000000,'flows':[" BULK "," BULK "]}", 0,
	    "server", "reno", SB_RIG_SERVER4, 5201, 1, "server", "nonesuch", SB_RIG_SERVER4, 5202);
	expect_error(&node, "env", "reno");
	/* Nothing of the failed ones is in the way. */
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[" BULK "]}", 0,
			  "server", "reno", SB_RIG_SERVER4, 5201);
	expect_event(&node, "ready");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_an_address_that_is_not_here_is_named(void **state)
{
	struct sb_test_node node = start_node(rig.server_ns);

	(void)state;
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[" BULK "]}", 3,
			  "server", "", "192.0.2.7", 5201);
	expect_error(&node, "env", "flow 3: cannot bind to 192.0.2.7 port 5201");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_prepare_gives_up_all_capabilities(void **state)
{
	static const char *const none[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	struct sb_test_node node = start_node(rig.client_ns);
	struct sb_err err = {0};
	char path[64], line[64], *text = NULL;

	(void)state;
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[]}");
	expect_event(&node, "ready");
	snprintf(path, sizeof(path), "/proc/%d/status", (int)node.pid);
	assert_int_equal(sb_read_file(path, 65536, &text, NULL, &err), 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(line, sizeof(line), "\n%s:\t0000000000000000\n", none[i]);
		if (!strstr(text, line))
			fail_msg("%s is not empty:\n%s", none[i], text);
	}
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
	free(text);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_stop_ends_what_has_not_begun(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);
	cJSON *ev;

	(void)state;
	sb_test_node_send(&node, "{'op':'stop'}"); /* nothing there: nothing is done */
	sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':[]}");
	expect_event(&node, "setup");
	assert_int_equal(sb_test_node_stop(&node), 0);

	node = start_node(rig.client_ns);
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[" BULK "]}", 4,
			  "client", "", SB_RIG_SERVER4, 5201);
	expect_event(&node, "ready");
	sb_test_node_send(&node, "{'op':'stop'}");
	ev = sb_test_node_expect(&node, "done");
	assert_non_null(ev);
	assert_int_equal(sb_test_num(ev, "flow"), 4);
	assert_int_equal(sb_test_num(ev, "bytes"), 0);
	assert_int_equal(sb_test_num(ev, "connected"), 0);
	assert_string_equal(sb_test_str(ev, "error"), "stopped before its start");
	cJSON_Delete(ev);
	sb_test_node_send(&node, "{'op':'start','t0_ns':1}");
	expect_error(&node, "input", "stopped already");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_the_end_of_the_channel_ends_the_node(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);

	(void)state;
	assert_int_equal(sb_test_node_stop(&node), 0); /* closes it at once */

	node = start_node(rig.client_ns);
	sb_test_node_send(&node, "{'op':'quit'}");
	assert_int_equal(sb_test_node_wait(&node, NULL), 0);
	sb_test_node_stop(&node);

	/* Ctrl-C on the terminal is the orchestrator's; SIGTERM is how containers are stopped. */
	node = start_node(rig.client_ns);
	sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':[]}");
	expect_event(&node, "setup");
	kill(node.pid, SIGINT);
	sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':[]}");
	expect_event(&node, "setup");
	kill(node.pid, SIGTERM);
	assert_int_equal(sb_test_node_wait(&node, NULL), 0);
	sb_test_node_stop(&node);
}

static void test_a_train_leaves_at_its_time(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);
	int64_t at_ns = sb_mono_ns() + 50 * SB_NS_PER_MS;
	cJSON *ev;

	(void)state;
	sb_test_node_send(&node,
			  "{'op':'train','id':7,'address':'" SB_RIG_SERVER6 "','packets':100,"
			  "'bytes':1452,'at_ns':%lld}",
			  (long long)at_ns);
	ev = sb_test_node_expect(&node, "train");
	assert_non_null(ev);
	assert_int_equal(sb_test_num(ev, "id"), 7);
	assert_int_equal(sb_test_num(ev, "sent"), 100);
	assert_true(sb_test_num(ev, "start_ns") >= (double)at_ns);
	assert_true(sb_test_num(ev, "end_ns") > sb_test_num(ev, "start_ns"));
	cJSON_Delete(ev);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_round_trips_are_measured_or_refused_in_words(void **state)
{
	struct sb_test_node node = start_node(rig.client_ns);
	const char *there[] = {SB_RIG_SERVER4, SB_RIG_SERVER6};
	cJSON *ev;

	(void)state;
	for (int i = 0; i < 2; i++) {
		sb_test_node_send(&node,
				  "{'op':'rtt','id':%d,'address':'%s','packets':20,"
				  "'give_up_ns':1000000000}",
				  i, there[i]);
		ev = sb_test_node_expect(&node, "rtt");
		assert_non_null(ev);
		assert_int_equal(sb_test_num(ev, "id"), i);
		assert_int_equal(sb_test_num(ev, "answered"), 20);
		assert_true(sb_test_num(ev, "p50_ns") > 0);
		assert_true(sb_test_num(ev, "p99_ns") >= sb_test_num(ev, "p50_ns"));
		cJSON_Delete(ev);
	}
	/* Nobody has that address. */
	sb_test_node_send(&node, "{'op':'rtt','id':3,'address':'198.18.1.77','packets':2,"
				 "'give_up_ns':50000000}");
	ev = sb_test_node_expect(&node, "rtt");
	assert_non_null(ev);
	assert_int_equal(sb_test_num(ev, "answered"), 0);
	assert_non_null(sb_test_str(ev, "why"));
	cJSON_Delete(ev);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_setup_turns_offloads_off_and_tells_the_kernel),
	    cmocka_unit_test(test_setup_names_a_missing_interface),
	    cmocka_unit_test(test_look_tells_what_is_there_and_setup_changes_it),
	    cmocka_unit_test(test_garbage_is_answered_and_survived),
	    cmocka_unit_test(test_unread_answers_do_not_block_and_requests_wait),
	    cmocka_unit_test(test_the_end_is_noticed_while_answers_are_unread),
	    cmocka_unit_test(test_an_unknown_congestion_control_names_what_there_is),
	    cmocka_unit_test(test_an_address_that_is_not_here_is_named),
	    cmocka_unit_test(test_prepare_gives_up_all_capabilities),
	    cmocka_unit_test(test_stop_ends_what_has_not_begun),
	    cmocka_unit_test(test_the_end_of_the_channel_ends_the_node),
	    cmocka_unit_test(test_a_train_leaves_at_its_time),
	    cmocka_unit_test(test_round_trips_are_measured_or_refused_in_words),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	sb_rig_close(&rig);
	return rc;
}
