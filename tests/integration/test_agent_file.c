// SPDX-License-Identifier: MIT
/* test_agent_file.c - file flows: whole, resumed after what breaks them, and damage that is found */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"
#include "agent_rig.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "tun_wire.h"

#define MS   SB_NS_PER_MS
#define PORT 5401
#define SEED 99
#define ID   6

static struct sb_rig rig;

struct ends {
	cJSON *client, *server;
};

static void prepare(struct sb_test_node *node, const char *role, const char *dir,
		    const char *address, long size, int stall_ms, int duration_ms)
{
	cJSON *ev;

	sb_test_node_send(node,
			  "{'op':'prepare','sample_ns':50000000,'flows':[{'id':%d,'role':'%s',"
			  "'kind':'file','dir':'%s','address':'%s','port':%d,'start_ns':0,"
			  "'duration_ns':%lld,'size_bytes':%ld,'seed':%d,'stall_ns':%lld}]}",
			  ID, role, dir, address, PORT, (long long)(duration_ms * MS), size, SEED,
			  (long long)(stall_ms * MS));
	ev = sb_test_node_expect(node, "ready");
	assert_non_null(ev);
	cJSON_Delete(ev);
}

static void start(struct sb_test_node *node, int64_t t0_ns)
{
	sb_test_node_send(node, "{'op':'start','t0_ns':%lld}", (long long)t0_ns);
}

static cJSON *await_done(struct sb_test_node *node)
{
	cJSON *done = sb_test_node_expect(node, "done");

	assert_non_null(done);
	assert_int_equal(sb_test_node_stop(node), 0);
	return done;
}

/* The server's "done" comes at the flow's end, or when it is told to stop. */
static struct ends transfer(const char *dir, const char *address, long size, int stall_ms,
			    int duration_ms)
{
	struct sb_test_node server, client;
	int64_t t0 = sb_mono_ns() + 20 * MS;
	struct ends e;

	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
	prepare(&server, "server", dir, address, size, stall_ms, duration_ms);
	prepare(&client, "client", dir, address, size, stall_ms, duration_ms);
	start(&server, t0);
	start(&client, t0);
	e.client = await_done(&client);
	sb_test_node_send(&server, "{'op':'stop'}");
	e.server = await_done(&server);
	return e;
}

static void free_ends(struct ends *e)
{
	cJSON_Delete(e->client);
	cJSON_Delete(e->server);
}

static void check_complete(const struct ends *e, const char *dir, long size)
{
	bool up = !strcmp(dir, "up");
	const cJSON *to = up ? e->server : e->client, *from = up ? e->client : e->server;

	if (sb_test_num(to, "complete_ns") <= 0)
		fail_msg("%s: %s", sb_test_str(e->client, "error"), sb_test_str(to, "error"));
	assert_int_equal(sb_test_num(to, "bytes"), size);
	assert_int_equal(sb_test_num(to, "damaged_at"), -1);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(to, "error")));
	assert_true(sb_test_num(from, "sent_bytes") >= (double)size);
	assert_true(sb_test_num(from, "complete_ns") >= sb_test_num(to, "complete_ns"));
}

static void test_whole_both_ways_over_both_ip_versions(void **state)
{
	static const char *const dirs[] = {"up", "down"};
	static const char *const servers[] = {SB_RIG_SERVER4, SB_RIG_SERVER6};
	static const long sizes[] = {1, 7, 131072, 5000003};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		long size = sizes[i / 4];
		struct ends e = transfer(dirs[i % 2], servers[i / 2 % 2], size, 5000, 10000);

		check_complete(&e, dirs[i % 2], size);
		assert_int_equal(sb_test_num(e.client, "attempts"), 1);
		assert_int_equal(sb_test_num(i % 2 ? e.server : e.client, "sent_bytes"), size);
		free_ends(&e);
	}
}

/** struct gap - a wire that carries @before packets and then nothing for @length_ns */
struct gap {
	int before;
	int64_t length_ns, since_ns;
};

static enum sb_fate judge_gap(void *arg, bool up, const uint8_t *ip, size_t len)
{
	struct gap *gap = arg;
	int64_t now = sb_mono_ns();

	(void)up;
	if (ip[0] >> 4 != 4 || ip[9] != IPPROTO_TCP || len < 40)
		return SB_FATE_PASS;
	if (gap->before > 0) {
		gap->before--;
		return SB_FATE_PASS;
	}
	if (!gap->since_ns)
		gap->since_ns = now;
	return now - gap->since_ns < gap->length_ns ? SB_FATE_DROP : SB_FATE_PASS;
}

static void check_resumed(const char *dir)
{
	struct gap gap = {.before = 300, .length_ns = 1500 * MS};
	long size = 3000000;
	struct sb_wire wire;
	struct ends e;
	int rc = sb_wire_open(&wire, rig.server_ns, rig.client_ns, judge_gap, &gap);

	if (rc > 0)
		skip();
	assert_int_equal(rc, 0);
	e = transfer(dir, SB_WIRE_SERVER4, size, 400, 20000);
	sb_wire_close(&wire);
	check_complete(&e, dir, size);
	assert_true(sb_test_num(e.client, "attempts") >= 2);
	/* Had it begun again from the start, what came before the gap would have been sent twice.
	 */
	assert_true(sb_test_num(strcmp(dir, "up") ? e.server : e.client, "sent_bytes") <
		    (double)size + 2.5e6);
	free_ends(&e);
}

static void test_a_stall_is_left_and_the_rest_comes_another_way(void **state)
{
	(void)state;
	check_resumed("up");
	check_resumed("down");
}

static void test_a_server_that_comes_late_is_found(void **state)
{
	struct sb_test_node server, client;
	struct ends e;

	(void)state;
	assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
	prepare(&client, "client", "down", SB_RIG_SERVER4, 100000, 2000, 15000);
	start(&client, sb_mono_ns());
	usleep(500000);
	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	prepare(&server, "server", "down", SB_RIG_SERVER4, 100000, 2000, 15000);
	start(&server, sb_mono_ns());
	e.client = await_done(&client);
	sb_test_node_send(&server, "{'op':'stop'}");
	e.server = await_done(&server);
	check_complete(&e, "down", 100000);
	assert_true(sb_test_num(e.client, "attempts") >= 2);
	free_ends(&e);
}

static void test_what_does_not_arrive_says_so(void **state)
{
	struct sb_test_node client;
	cJSON *done;

	(void)state;
	assert_int_equal(sb_test_node_start(&client, rig.client_ns), 0);
	prepare(&client, "client", "down", SB_RIG_SERVER4, 100000, 2000, 600);
	start(&client, sb_mono_ns());
	done = await_done(&client);
	assert_int_equal(sb_test_num(done, "complete_ns"), 0);
	assert_non_null(strstr(sb_test_str(done, "error"), "incomplete: 0 of 100000 bytes"));
	cJSON_Delete(done);
}

/* --- a sender of our own, for what none of satbed's does --- */

/* SplitMix64, as in the published code: the payload that SEED stands for. */
static void make_payload(unsigned char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t z = SEED + (i / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		buf[i] = (unsigned char)(z >> i % 8 * 8);
	}
}

static int connect_to_server(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int here = sb_test_self_netns(), fd;

	inet_pton(AF_INET, SB_RIG_SERVER4, &to.sin_addr);
	assert_int_equal(sb_test_setns(rig.client_ns), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(sb_test_setns(here), 0);
	close(here);
	return fd;
}

/* What the receiver says it has. */
static uint64_t hear_have(int fd)
{
	unsigned char msg[24];
	uint64_t number;
	uint32_t words[2];

	assert_int_equal(recv(fd, msg, sizeof(msg), MSG_WAITALL), sizeof(msg));
	memcpy(words, msg, sizeof(words));
	memcpy(&number, msg + 8, sizeof(number));
	assert_int_equal(be32toh(words[0]), 0x5b7d0003u);
	assert_int_equal(be32toh(words[1]), ID);
	return be64toh(number);
}

static void start_receiver(struct sb_test_node *server, long size)
{
	assert_int_equal(sb_test_node_start(server, rig.server_ns), 0);
	prepare(server, "server", "up", SB_RIG_SERVER4, size, 5000, 20000);
	start(server, sb_mono_ns());
}

static void test_one_wrong_bit_is_found(void **state)
{
	static unsigned char payload[20000];
	struct sb_test_node server;
	cJSON *done;
	int fd;

	(void)state;
	make_payload(payload, sizeof(payload));
	payload[12345] ^= 4;
	start_receiver(&server, sizeof(payload));
	fd = connect_to_server();
	assert_int_equal(hear_have(fd), 0);
	assert_int_equal(sb_write_all(fd, payload, sizeof(payload)), 0);
	assert_int_equal(hear_have(fd), sizeof(payload));
	sb_test_node_send(&server, "{'op':'stop'}");
	done = await_done(&server);
	assert_int_equal(sb_test_num(done, "damaged_at"), 12345);
	assert_string_equal(sb_test_str(done, "error"),
			    "damaged: byte 12345 differs from what was sent");
	cJSON_Delete(done);
	close(fd);
}

static void test_the_receiver_says_where_to_go_on(void **state)
{
	static const size_t stops[] = {0, 1, 3000, 3001, 19999};
	static unsigned char payload[20000];
	struct sb_test_node server;
	size_t at = 0;
	cJSON *done;
	int fd;

	(void)state;
	make_payload(payload, sizeof(payload));
	start_receiver(&server, sizeof(payload));
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		fd = connect_to_server();
		assert_int_equal(hear_have(fd), at);
		assert_int_equal(sb_write_all(fd, payload + at, stops[i] - at), 0);
		at = stops[i];
		/* All of it is taken before the end of the connection is seen. */
		shutdown(fd, SHUT_WR);
		assert_true(recv(fd, (char[1]){0}, 1, 0) <= 0);
		close(fd);
	}
	fd = connect_to_server();
	assert_int_equal(hear_have(fd), at);
	assert_int_equal(sb_write_all(fd, payload + at, sizeof(payload) - at), 0);
	assert_int_equal(hear_have(fd), sizeof(payload));
	close(fd);
	sb_test_node_send(&server, "{'op':'stop'}");
	done = await_done(&server);
	assert_true(sb_test_num(done, "complete_ns") > 0);
	assert_int_equal(sb_test_num(done, "damaged_at"), -1);
	assert_int_equal(sb_test_num(done, "attempts"), 6);
	cJSON_Delete(done);
}

static void test_a_unmatched_is_no_receiver(void **state)
{
	struct sb_test_node server;
	unsigned char noise[24] = "GET / HTTP/1.1\r\nHost: x\r";
	cJSON *done;
	int fd;

	(void)state;
	assert_int_equal(sb_test_node_start(&server, rig.server_ns), 0);
	prepare(&server, "server", "down", SB_RIG_SERVER4, 1000, 5000, 20000);
	start(&server, sb_mono_ns());
	fd = connect_to_server();
	assert_int_equal(sb_write_all(fd, noise, sizeof(noise)), 0);
	assert_true(recv(fd, noise, 1, 0) <= 0); /* not a byte of the payload */
	close(fd);
	sb_test_node_send(&server, "{'op':'stop'}");
	done = await_done(&server);
	assert_int_equal(sb_test_num(done, "complete_ns"), 0);
	assert_non_null(strstr(sb_test_str(done, "error"), "not a satbed node"));
	cJSON_Delete(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_both_ways_over_both_ip_versions),
	    cmocka_unit_test(test_a_stall_is_left_and_the_rest_comes_another_way),
	    cmocka_unit_test(test_a_server_that_comes_late_is_found),
	    cmocka_unit_test(test_what_does_not_arrive_says_so),
	    cmocka_unit_test(test_one_wrong_bit_is_found),
	    cmocka_unit_test(test_the_receiver_says_where_to_go_on),
	    cmocka_unit_test(test_a_unmatched_is_no_receiver),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	sb_rig_close(&rig);
	return rc;
}
