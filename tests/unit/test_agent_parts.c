// SPDX-License-Identifier: MIT
/* test_agent_parts.c - the node's pure parts: sequence counts, pacing, text, datagrams, the channel
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/channel.h"
#include "agent/harness/datagram.h"
#include "agent/harness/pacer.h"
#include "agent/harness/seq.h"
#include "agent/text.h"

/* 'a' is number 0, 'b' is 1, ... */
static void test_sequences(void **state)
{
	static const struct {
		const char *order;
		unsigned int packets, lost, reordered, duplicated;
	} cases[] = {
	    {"", 0, 0, 0, 0},	   {"abcde", 5, 0, 0, 0},   {"abde", 4, 1, 0, 0},
	    {"bcd", 3, 1, 0, 0},   {"acbd", 4, 0, 1, 0},    {"dabc", 4, 0, 3, 0},
	    {"abbcc", 3, 0, 0, 2}, {"aaaa", 1, 0, 0, 3},    {"acbb", 3, 0, 1, 1},
	    {"aceg", 4, 3, 0, 0},  {"gfedcba", 7, 0, 6, 0}, {"adbcadbc", 4, 0, 2, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_seq s = {0};

		for (const char *c = cases[i].order; *c; c++)
			sb_seq_take(&s, (uint64_t)(*c - 'a'));
		assert_int_equal(s.packets, cases[i].packets);
		assert_int_equal(sb_seq_lost(&s), cases[i].lost);
		assert_int_equal(s.reordered, cases[i].reordered);
		assert_int_equal(s.duplicated, cases[i].duplicated);
	}
}

static void test_sequences_across_the_window(void **state)
{
	static struct sb_seq s;

	(void)state;
	/* Every second number over several windows, then the gaps, then all once more. */
	for (uint64_t n = 0; n < 4 * SB_SEQ_WINDOW; n += 2)
		assert_true(sb_seq_take(&s, n));
	assert_int_equal(sb_seq_lost(&s), 2 * SB_SEQ_WINDOW - 1);
	for (uint64_t n = 3 * SB_SEQ_WINDOW + 1; n < 4 * SB_SEQ_WINDOW; n += 2)
		assert_true(sb_seq_take(&s, n));
	assert_int_equal(s.reordered, SB_SEQ_WINDOW / 2 - 1);
	for (uint64_t n = 3 * SB_SEQ_WINDOW; n < 4 * SB_SEQ_WINDOW; n++)
		assert_false(sb_seq_take(&s, n));
	assert_int_equal(s.duplicated, SB_SEQ_WINDOW);
	/* A leap wipes the window; what is older than it cannot be told from a late packet. */
	assert_true(sb_seq_take(&s, 100 * SB_SEQ_WINDOW));
	assert_false(sb_seq_take(&s, 100 * SB_SEQ_WINDOW));
	assert_true(sb_seq_take(&s, 100 * SB_SEQ_WINDOW - 1));
	assert_true(sb_seq_take(&s, 0));
	assert_int_equal(s.duplicated, SB_SEQ_WINDOW + 1);
}

static void test_pacing_does_not_drift(void **state)
{
	/* 3 packets of 1000 bit a second at 3000 bit/s: 333333333.3 ns apart. */
	struct sb_pacer p = {.origin_ns = 1000, .rate_bps = 3000, .packet_bits = 1000};

	(void)state;
	for (int64_t k = 0; k < 3000; k++) {
		int64_t due = sb_pacer_next_ns(&p);

		assert_int_equal(due, 1000 + (k * 1000000000 + 2) / 3);
		assert_int_equal(sb_pacer_due(&p, due - 1), 0);
		assert_int_equal(sb_pacer_due(&p, due), 1);
		sb_pacer_sent(&p, 1);
	}
	assert_int_equal(p.skipped, 0);
}

static void test_pacing_catches_up_within_bounds(void **state)
{
	/* 1 ms apart: at most the backlog's 20 come at once, and the others are counted. */
	struct sb_pacer p = {.origin_ns = 0, .rate_bps = 8000000, .packet_bits = 8000};

	(void)state;
	assert_int_equal(sb_pacer_due(&p, 5000000), 6);
	sb_pacer_sent(&p, 6);
	assert_int_equal(sb_pacer_due(&p, 5999999), 0);
	assert_int_equal(sb_pacer_due(&p, 105000000), 20);
	assert_int_equal(p.skipped, 80);
	sb_pacer_sent(&p, 20);
	assert_int_equal(sb_pacer_next_ns(&p), 106000000);

	/* Slower than the backlog: never more than one at a time. */
	p = (struct sb_pacer){.origin_ns = 0, .rate_bps = 10, .packet_bits = 10};
	assert_int_equal(sb_pacer_due(&p, INT64_C(3500000000)), 1);
	assert_int_equal(p.skipped, 3);
}

static void test_pacing_at_the_edges_of_its_numbers(void **state)
{
	const int64_t year_ns = INT64_C(366) * 24 * 3600 * 1000000000;
	struct sb_pacer p = {
	    .origin_ns = year_ns, .rate_bps = UINT64_C(1000000000000), .packet_bits = 192};

	(void)state;
	assert_true(sb_pacer_due(&p, 2 * year_ns) > 0);
	assert_true(sb_pacer_next_ns(&p) <= 2 * year_ns);
	assert_true(sb_pacer_next_ns(&p) > 2 * year_ns - SB_PACER_BACKLOG_NS - 1000);
}

static void test_text_is_json_whatever_is_in_it(void **state)
{
	struct sb_text t;
	char bad[20000];
	cJSON *obj;

	(void)state;
	memset(bad, '"', sizeof(bad));
	memcpy(bad, "tab\tline\nbell\a\\ \"quoted\" \xc3\xbc", 27);
	bad[sizeof(bad) - 1] = '\0';
	sb_text_open(&t, "sample");
	sb_text_int(&t, "low", INT64_MIN);
	sb_text_uint(&t, "high", 9007199254740992u);
	sb_text_bool(&t, "yes", true);
	sb_text_str(&t, "none", NULL);
	sb_text_str(&t, "bad", bad);
	sb_text_sub(&t, "limited");
	sb_text_uint(&t, "a", 1);
	sb_text_uint(&t, "b", 2);
	sb_text_sub_close(&t);
	sb_text_close(&t);
	assert_int_equal(t.buf[t.len - 1], '\n');
	obj = cJSON_ParseWithLength(t.buf, t.len);
	assert_non_null(obj);
	assert_string_equal(cJSON_GetObjectItem(obj, "ev")->valuestring, "sample");
	assert_true(cJSON_GetObjectItem(obj, "high")->valuedouble == 9007199254740992.0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(obj, "none")));
	assert_memory_equal(cJSON_GetObjectItem(obj, "bad")->valuestring,
			    "tab line bell?\\ \"quoted\" ??", 27);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(obj, "limited")), 2);
	cJSON_Delete(obj);
}

static void test_text_that_is_too_long_stays_json(void **state)
{
	struct sb_text t;
	char word[500];
	int cut = 0;
	cJSON *obj;

	(void)state;
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	/* Every length at which the inner object can be cut. */
	for (int pad = 0; pad < 498; pad++) {
		sb_text_open(&t, "done");
		for (int i = 0; i < 15; i++)
			sb_text_str(&t, "filler", word);
		sb_text_str(&t, "pad", word + pad);
		sb_text_sub(&t, "inner");
		for (int i = 0; i < 60; i++)
			sb_text_int(&t, "n", i);
		sb_text_sub_close(&t);
		sb_text_int(&t, "after", 1);
		sb_text_close(&t);
		assert_true(t.len <= sizeof(t.buf));
		cut += t.cut;
		obj = cJSON_ParseWithLength(t.buf, t.len);
		assert_non_null(obj);
		cJSON_Delete(obj);
	}
	assert_in_range(cut, 100, 497);
}

static void test_datagrams_survive_the_wire(void **state)
{
	const struct sb_datagram d = {
	    .magic = SB_DATAGRAM_DATA, .flow = 7, .number = 1, .sent_ns = 0x0102030405060708};
	static const unsigned char wire[24] = {0x5b, 0x7d, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0,
					       0,    0,	   0, 1, 1, 2, 3, 4, 5, 6, 7, 8};
	unsigned char buf[24];
	struct sb_datagram got;

	(void)state;
	sb_datagram_write(buf, &d);
	assert_memory_equal(buf, wire, sizeof(wire));
	assert_true(sb_datagram_read(buf, sizeof(buf), &got));
	assert_int_equal(got.magic, d.magic);
	assert_int_equal(got.flow, 7);
	assert_int_equal(got.number, 1);
	assert_int_equal(got.sent_ns, d.sent_ns);
	assert_false(sb_datagram_read(buf, 23, &got));
	buf[0] ^= 1;
	assert_false(sb_datagram_read(buf, sizeof(buf), &got));
}

static void test_lines_in_any_pieces(void **state)
{
	static const char text[] = "one\n\ntwo two\nthis one is too long\nthree\n";
	static const char *const want[] = {"one", "", "two two", NULL, "three"};

	(void)state;
	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct sb_channel ch;
		struct sb_err err = {0};
		size_t got = 0;
		int p[2];

		assert_int_equal(pipe2(p, O_NONBLOCK), 0);
		assert_int_equal(sb_channel_init(&ch, p[0], -1, 10, 100, 50, &err), 0);
		for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
			size_t n = sizeof(text) - 1 - at < piece ? sizeof(text) - 1 - at : piece;

			assert_int_equal(write(p[1], text + at, n), n);
			while (sb_channel_read(&ch) > 0) {
				const char *line;
				size_t len;
				int rc;

				while ((rc = sb_channel_next(&ch, &line, &len, &err)) != 0) {
					assert_in_range(got, 0, 4);
					if (!want[got]) {
						assert_int_equal(rc, -1);
						assert_non_null(strstr(err.msg, "longer than 10"));
					} else {
						assert_int_equal(rc, 1);
						assert_int_equal(len, strlen(want[got]));
						assert_memory_equal(line, want[got], len);
					}
					got++;
				}
			}
		}
		assert_int_equal(got, 5);
		close(p[1]);
		assert_int_equal(sb_channel_read(&ch), -1);
		close(p[0]);
		sb_channel_fini(&ch);
	}
}

static void test_output_is_bounded_and_the_reserve_is_kept(void **state)
{
	struct sb_channel ch;
	struct sb_err err = {0};
	char got[128];
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	assert_int_equal(sb_channel_init(&ch, -1, p[1], 10, 100, 40, &err), 0);
	for (int i = 0; i < 6; i++)
		assert_true(sb_channel_put(&ch, "0123456789", 10, false));
	assert_false(sb_channel_put(&ch, "x", 1, false));
	assert_false(sb_channel_crowded(&ch));
	for (int i = 0; i < 4; i++)
		assert_true(sb_channel_put(&ch, "abcdefghij", 10, true));
	assert_true(sb_channel_crowded(&ch));
	assert_false(sb_channel_put(&ch, "x", 1, true));
	assert_int_equal(sb_channel_flush(&ch), 0);
	assert_int_equal(read(p[0], got, sizeof(got)), 100);
	assert_memory_equal(got + 50, "0123456789abcdefghij", 20);
	assert_false(sb_channel_crowded(&ch));
	assert_true(sb_channel_put(&ch, "y", 1, false));
	close(p[0]);
	close(p[1]);
	sb_channel_fini(&ch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sequences),
	    cmocka_unit_test(test_sequences_across_the_window),
	    cmocka_unit_test(test_pacing_does_not_drift),
	    cmocka_unit_test(test_pacing_catches_up_within_bounds),
	    cmocka_unit_test(test_pacing_at_the_edges_of_its_numbers),
	    cmocka_unit_test(test_text_is_json_whatever_is_in_it),
	    cmocka_unit_test(test_text_that_is_too_long_stays_json),
	    cmocka_unit_test(test_datagrams_survive_the_wire),
	    cmocka_unit_test(test_lines_in_any_pieces),
	    cmocka_unit_test(test_output_is_bounded_and_the_reserve_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
