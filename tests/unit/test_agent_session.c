// SPDX-License-Identifier: MIT
/* test_agent_session.c - a session's file is checked to the last field, and its one timer keeps
 * order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/session/session.h"

static char work[] = "/tmp/test_node_session.XXXXXX";

/** struct file - two flows: a request of 300 and a response of 3000 bytes, and two datagrams */
struct file {
	struct sb_node_session_head head;
	struct sb_node_session_flow flows[2];
	struct sb_node_session_turn turns[4];
};

static const struct file whole = {
    .head = {.magic = SB_NODE_SESSION_MAGIC, .flows = 2, .turns = 4},
    .flows = {{.first = 0, .count = 2}, {.start_ns = 5, .first = 2, .count = 2, .is_udp = 1}},
    .turns = {{.wait_ns = 1, .bytes = 300},
	      {.wait_ns = 25, .bytes = 3000, .needs = 300, .from_server = 1},
	      {.wait_ns = 0, .bytes = 0},
	      {.wait_ns = 20, .bytes = 160, .from_server = 1}},
};

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(work) && !setenv("SATBED_WORK", work, 1) ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/s", work);
	unlink(path);
	return rmdir(work);
}

static int map(const struct file *f, size_t len, struct sb_session_script *s, struct sb_err *err)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/s", work);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, f, len), len);
	close(fd);
	*s = (struct sb_session_script){0};
	return sb_session_map(s, "s", err);
}

static void test_a_whole_file_is_taken(void **state)
{
	struct sb_session_script s;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(map(&whole, sizeof(whole), &s, &err), 0);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.turn_count, 4);
	assert_int_equal(s.turns[1].needs, 300);
	sb_session_unmap(&s);
}

static void refuse(const struct file *f, size_t len)
{
	struct sb_session_script s;
	struct sb_err err = {0};

	assert_int_equal(map(f, len, &s, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	sb_session_unmap(&s);
}

static void test_a_damaged_file_is_not(void **state)
{
	struct file f;

	(void)state;
	refuse(&whole, sizeof(whole) - 1);
	refuse(&whole, 8);
#define DAMAGED(change)                \
	do {                           \
		f = whole;             \
		change;                \
		refuse(&f, sizeof(f)); \
	} while (0)
	DAMAGED(f.head.magic++);
	DAMAGED(f.head.flows = UINT64_MAX);
	DAMAGED(f.head.turns = UINT64_MAX / sizeof(f.turns[0]));
	DAMAGED(f.flows[0].count = 3);
	DAMAGED(f.flows[1].count = UINT64_MAX);
	DAMAGED(f.flows[1].first = 1);
	DAMAGED(f.flows[1].count = 0);
	DAMAGED(f.flows[0].start_ns = -1);
	DAMAGED(f.flows[0].is_udp = 2);
	DAMAGED(f.turns[0].bytes = 0);
	DAMAGED(f.turns[0].bytes = UINT64_MAX);
	DAMAGED(f.turns[0].wait_ns = -1);
	/* Nobody would ever send so much. */
	DAMAGED(f.turns[1].needs = 301);
	DAMAGED(f.turns[1].from_server = 2);
	DAMAGED(f.turns[3].bytes = 65508);
	DAMAGED(f.turns[2].wait_ns = 21);
}

static void test_what_is_due_comes_in_order(void **state)
{
	enum { COUNT = 500 };
	static struct sb_session_item items[COUNT];
	static struct sb_session_item *heap[COUNT];
	struct sb_session_script s = {.heap = heap};
	uint32_t random = 7;
	int64_t last = 0;
	size_t left = 0;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		items[i].session = &s;
		items[i].heap_at = SB_SESSION_NOT_DUE;
	}
	/* Set, set otherwise, and some taken back. */
	for (int turn = 0; turn < 20 * COUNT; turn++) {
		random = random * 1664525u + 1013904223u;
		sb_session_due(&items[random / 65536 % COUNT], random % 11 ? random % 1000 + 1 : 0);
	}
	for (size_t i = 0; i < COUNT; i++)
		left += items[i].heap_at != SB_SESSION_NOT_DUE;
	assert_int_equal(s.heap_len, left);
	assert_in_range(left, COUNT / 2, COUNT - 1);
	assert_null(sb_session_next_due(&s, 0));
	while (left--) {
		struct sb_session_item *it = sb_session_next_due(&s, 1000);

		assert_non_null(it);
		assert_true(it->due_ns >= last);
		assert_int_equal(it->heap_at, SB_SESSION_NOT_DUE);
		last = it->due_ns;
	}
	assert_null(sb_session_next_due(&s, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_whole_file_is_taken),
	    cmocka_unit_test(test_a_damaged_file_is_not),
	    cmocka_unit_test(test_what_is_due_comes_in_order),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
