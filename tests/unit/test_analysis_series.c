// SPDX-License-Identifier: MIT
/* test_analysis_series.c - every packet is in the bin of its time, once, and nothing grows without
 * bound */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/analysis_bands.h"
#include "satbed/analysis_samples.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/report_page.h"

static void test_grid_is_bounded(void **state)
{
	static const int64_t lengths_s[] = {1, 60, 200, 201, 3600, 86400, 31536000};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(lengths_s); i++) {
		int64_t length_ns = lengths_s[i] * SB_NS_PER_S;
		struct sb_grid g = sb_grid_make(1000, 1000 + length_ns, 100 * SB_NS_PER_MS);

		assert_in_range(g.count, 1, SB_SERIES_BINS);
		assert_int_equal(g.bin_ns % (100 * SB_NS_PER_MS), 0);
		/* All of it, and no bin that is not needed. */
		assert_true((int64_t)g.count * g.bin_ns >= length_ns);
		assert_true((int64_t)(g.count - 1) * g.bin_ns < length_ns);
		assert_int_equal(sb_grid_bin(&g, 999), -1);
		assert_int_equal(sb_grid_bin(&g, 1000), 0);
		assert_int_equal(sb_grid_bin(&g, 1000 + g.bin_ns), g.count > 1 ? 1 : -1);
		assert_int_equal(sb_grid_bin(&g, 1000 + length_ns - 1), g.count - 1);
		assert_int_equal(sb_grid_bin(&g, INT64_MAX), -1);
	}
	assert_int_equal(sb_grid_make(5, 5, 100).count, 0);
	assert_int_equal(sb_grid_make(5, 4, 0).count, 0);
}

/* A handshake at 0, then a segment each 10 ms up; every 50th is lost and sent again 45 ms later. */
static void send_transfer(struct sb_world *w, uint32_t segments)
{
	struct sb_segment_spec up = {
	    .dir = SB_UP, .client_port = 40000, .server_port = 5201, .flags = 2, .seq = 1000};
	struct sb_segment_spec down = {.dir = SB_DOWN,
				       .client_port = 40000,
				       .server_port = 5201,
				       .flags = 18,
				       .seq = 7000,
				       .ack = 1001,
				       .window = 60000};

	sb_world_send(w, SB_WORLD_MS(0), 20 * SB_NS_PER_MS, &up);
	sb_world_send(w, SB_WORLD_MS(20), 20 * SB_NS_PER_MS, &down);
	up.flags = down.flags = 16;
	up.payload = 1000;
	down.seq = 7001;
	for (uint32_t i = 0; i < segments; i++) {
		int64_t t_ns = SB_WORLD_MS(100) + i * 10 * SB_NS_PER_MS;
		bool lost = i % 50 == 49;

		up.seq = 1001 + 1000 * i;
		up.id = (uint16_t)(i + 1);
		down.id = up.id;
		sb_world_send(w, t_ns, lost ? -1 : 20 * SB_NS_PER_MS, &up);
		if (lost) {
			up.id = (uint16_t)(up.id + 20000);
			t_ns += 45 * SB_NS_PER_MS;
			sb_world_send(w, t_ns, 20 * SB_NS_PER_MS, &up);
		}
		down.ack = up.seq + 1000;
		sb_world_send(w, t_ns + 20 * SB_NS_PER_MS, 20 * SB_NS_PER_MS, &down);
	}
}

static void test_every_packet_is_in_its_bin(void **state)
{
	struct sb_result *r;
	const struct sb_dir_series *up;
	const struct sb_flow_series *flow;
	uint64_t sent = 0, lost = 0, rtts = 0, again = 0;
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	w.plan.sample_ns = 100 * SB_NS_PER_MS;
	w.link.dir[SB_UP].initial.loss = (struct sb_loss){SB_LOSS_RANDOM, .random_ppb = 20000000};
	send_transfer(&w, 500);
	r = sb_world_analyse(&w);
	up = &r->series->links[0][SB_UP];
	flow = &r->series->flows[0];
	assert_int_equal(r->series->grid.count, 600);
	for (size_t i = 0; i < 600; i++) {
		sent += up->delay_ms[i].count;
		lost += up->lost[SB_SERIES_LINK][i];
		rtts += flow->rtt_ms[i].count;
		for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
			again += flow->again[cause][i];
		assert_int_equal(up->lost[SB_SERIES_QUEUE][i] + up->lost[SB_SERIES_OUTAGE][i], 0);
		if (!up->delay_ms[i].count)
			continue;
		assert_float_equal(up->delay_ms[i].min, 20, 1e-3);
		assert_float_equal(up->delay_ms[i].max, 20, 1e-3);
		assert_float_equal(up->wait_ms[i].max, 0, 1e-9);
	}
	/* The SYN, 490 that arrived at once and 10 that did the second time. */
	assert_int_equal(sent, r->links[0][SB_UP].arrived);
	assert_int_equal(lost, 10);
	assert_int_equal(rtts, r->flows[0].rtt_ms.count);
	assert_int_equal(again, r->flows[0].retransmits);
	assert_int_equal(flow->again[SB_RETRANSMIT_LINK][6], 1);
	/* Segment 49 was to go at 590 ms: lost there, sent again at 635 ms. */
	assert_int_equal(up->lost[SB_SERIES_LINK][5], 1);
	assert_non_null(flow->sequence);
	assert_int_equal(flow->sequence->mark_count, 10);
	assert_int_equal(flow->sequence->marks[0].t_ns, SB_WORLD_MS(635));
	assert_int_equal(flow->sequence->marks[0].byte, 1 + 49 * 1000);
	/* Ten segments a bin: the SYN is byte 0, the 10 segments of 100 to 199 ms follow. */
	assert_int_equal(flow->sequence->sent[1], 1 + 10 * 1000);
	assert_int_equal(flow->sequence->highest, 1 + 500 * 1000);
	sb_result_free(r);
}

static void test_marks_are_bounded(void **state)
{
	struct sb_grid g = sb_grid_make(0, SB_NS_PER_S, 100 * SB_NS_PER_MS);
	struct sb_sequence *q = sb_sequence_new(&g, 500);

	(void)state;
	for (int64_t i = 0; i < 100000; i++)
		sb_sequence_again(q, &g, i * 1000, 500 + (uint64_t)i);
	assert_int_equal(q->mark_total, 100000);
	assert_in_range(q->mark_count, SB_SERIES_MARKS / 2, SB_SERIES_MARKS);
	/* Those kept are evenly spread over all, the first among them. */
	for (size_t i = 0; i < q->mark_count; i++)
		assert_int_equal(q->marks[i].byte, i * q->stride);
	sb_sequence_again(q, &g, -1, 600);
	sb_sequence_again(q, &g, 5, 499);
	assert_int_equal(q->mark_total, 100000);
	sb_sequence_free(q);
}

static const char samples_csv[] = "t_ms,flow,client,direction,source,stream,bytes,cwnd,unacked\n"
				  "50,bulk,client1,up,client,0,100,10,4\n"
				  "60,bulk,client1,up,client,1,100,20,6\n"
				  "70,bulk,client1,up,server,0,100,900,900\n"
				  "150,bulk,client1,up,client,0,100,,5\n"
				  "nan,bulk,client1,up,client,0,100,1,1\n"
				  "1e300,bulk,client1,up,client,0,100,1,1\n"
				  "160,other,client1,up,client,0,100,7,7\n"
				  "170,bulk,client1,up\n"
				  "\n";

static void test_samples_are_the_senders(void **state)
{
	char *path = sb_make_path((const uint8_t *)samples_csv, strlen(samples_csv));
	struct sb_grid g = sb_grid_make(0, SB_NS_PER_S, 100 * SB_NS_PER_MS);
	struct sb_flow_samples *s;
	struct sb_err err = {0};
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	strcpy(w.flows[0].name, "bulk");
	assert_int_equal(sb_samples_read(path, &w.plan, &g, &s, &err), 0);
	assert_int_equal(s[0].cwnd[0].count, 2);
	assert_float_equal(s[0].cwnd[0].sum, 30, 1e-9);
	assert_float_equal(s[0].unacked[0].sum, 10, 1e-9);
	assert_int_equal(s[0].cwnd[1].count, 0);
	assert_int_equal(s[0].unacked[1].count, 1);
	sb_samples_free(s, w.plan.flow_count);
	free(path);
	path = sb_make_path((const uint8_t *)"t_ms,flow\n", 10);
	s = NULL;
	assert_int_equal(sb_samples_read(path, &w.plan, &g, &s, &err), -1);
	assert_non_null(strstr(err.msg, "no column client"));
	assert_null(s);
	free(path);
}

/* The JSON of a whole run: as many elements as bins, and sums that are those of the result. */
static void test_series_json(void **state)
{
	struct sb_series_input in = {0};
	struct sb_result *r;
	const cJSON *flow, *v;
	double goodput = 0;
	struct sb_world w;
	cJSON *json;
	char *text;

	(void)state;
	sb_world_init(&w);
	w.plan.sample_ns = 100 * SB_NS_PER_MS;
	strcpy(w.flows[0].name, "bu\"lk");
	send_transfer(&w, 500);
	sb_world_step(&w, 2 * SB_NS_PER_S, SB_UP, &(struct sb_link_state){.outage = true});
	sb_world_step(&w, 3 * SB_NS_PER_S, SB_UP, &(struct sb_link_state){0});
	sb_world_step(&w, 6050 * SB_NS_PER_MS, SB_UP,
		      &(struct sb_link_state){.delay_ns = 10 * SB_NS_PER_MS});
	r = sb_world_analyse(&w);
	in.plan = &w.plan;
	in.result = r;
	text = sb_series_json(&in);
	json = cJSON_Parse(text);
	assert_non_null(json);
	assert_float_equal(cJSON_GetObjectItem(json, "bin_s")->valuedouble, 0.1, 1e-12);
	assert_int_equal(cJSON_GetObjectItem(json, "bins")->valueint, 600);
	flow = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "flows"), 0);
	assert_string_equal(cJSON_GetObjectItem(flow, "name")->valuestring, "bu\"lk");
	cJSON_ArrayForEach(v, cJSON_GetObjectItem(flow, "goodput_bps")) goodput += v->valuedouble;
	assert_int_equal((uint64_t)(goodput * 0.1 / 8 + 0.5), r->flows[0].bytes);
	v = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "links"), 0), "up");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(v, "configured_delay_ms")), 600);
	/* 20 ms until 2 s, then none; the change at 6.05 s is in the middle of its bin. */
	flow = cJSON_GetObjectItem(v, "configured_delay_ms");
	assert_float_equal(cJSON_GetArrayItem(flow, 19)->valuedouble, 20, 1e-9);
	assert_float_equal(cJSON_GetArrayItem(flow, 20)->valuedouble, 0, 1e-9);
	assert_float_equal(cJSON_GetArrayItem(flow, 60)->valuedouble, 5, 1e-9);
	v = cJSON_GetArrayItem(cJSON_GetObjectItem(v, "outages_s"), 0);
	assert_float_equal(cJSON_GetArrayItem(v, 0)->valuedouble, 2, 1e-9);
	assert_float_equal(cJSON_GetArrayItem(v, 1)->valuedouble, 3, 1e-9);
	cJSON_Delete(json);
	free(text);
	sb_result_free(r);
}

/* Against the closed form: t(0.975, 3) = 3.182446 (any table), of 1, 2, 3, 6. */
static void test_band_is_students(void **state)
{
	struct sb_band b = {0};

	(void)state;
	sb_band_add(&b, 1);
	assert_true(isnan(sb_band_half(&b)));
	sb_band_add(&b, 2);
	sb_band_add(&b, NAN);
	sb_band_add(&b, 3);
	sb_band_add(&b, 6);
	assert_int_equal(b.count, 4);
	assert_true(fabs(b.mean - 3) < 1e-12);
	/* Squared distances 4 + 1 + 0 + 9 = 14: a standard error of sqrt(14 / 3 / 4). */
	assert_true(fabs(sb_band_half(&b) - 3.182446 * sqrt(14.0 / 12)) < 1e-5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grid_is_bounded),
	    cmocka_unit_test(test_every_packet_is_in_its_bin),
	    cmocka_unit_test(test_marks_are_bounded),
	    cmocka_unit_test(test_samples_are_the_senders),
	    cmocka_unit_test(test_series_json),
	    cmocka_unit_test(test_band_is_students),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
