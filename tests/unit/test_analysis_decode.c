// SPDX-License-Identifier: MIT
/* test_analysis_decode.c - capture files and headers, whole and damaged; sequence space; quantiles
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/match/loss.h"
#include "analysis/quantile.h"
#include "pcap_make.h"
#include "satbed/base/rng.h"
#include "satbed/pcap_decode.h"
#include "satbed/flow_analysis_seqset.h"
#include "satbed/base/mem.h"

#define T0 INT64_C(1700000000123456789)

static uint8_t *make_file(bool swapped, bool micro, uint32_t frames, size_t *len)
{
	struct sb_make m = {.swapped = swapped, .micro = micro, .snaplen = 128};
	uint8_t frame[128];

	for (uint32_t i = 0; i < frames; i++) {
		memset(frame, (int)i, sizeof(frame));
		sb_make_frame(&m, T0 + i, frame, 60 + i % 60, 60 + i % 1400);
	}
	return sb_make_finish(&m, len);
}

static void reads_all_forms_of_file(void **state)
{
	(void)state;
	for (int form = 0; form < 4; form++) {
		struct sb_err err = {0};
		struct sb_frame f;
		struct sb_pcap *p;
		size_t len;
		uint8_t *file = make_file(form & 1, form & 2, 3, &len);

		assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), 0);
		assert_int_equal(sb_pcap_facts(p)->snaplen, 128);
		for (uint32_t i = 0; i < 3; i++) {
			assert_true(sb_pcap_next(p, &f));
			assert_int_equal(f.t_ns, form & 2 ? T0 / 1000 * 1000 : T0 + i);
			assert_int_equal(f.cap_len, 60 + i);
			assert_int_equal(f.wire_len, 60 + i);
			assert_int_equal(f.data[0], i);
		}
		assert_false(sb_pcap_next(p, &f));
		assert_string_equal(sb_pcap_facts(p)->damage, "");
		sb_pcap_close(p);
		free(file);
	}
}

/* Larger than the reader's window, so that records lie across its refills. */
static void reads_large_files(void **state)
{
	struct sb_err err = {0};
	struct sb_frame f;
	struct sb_pcap *p;
	size_t len;
	uint8_t *file = make_file(false, false, 50000, &len);
	char *path = sb_make_path(file, len);
	uint32_t i = 0;

	(void)state;
	assert_true(len > 4u << 20);
	assert_int_equal(sb_pcap_open(path, &p, &err), 0);
	while (sb_pcap_next(p, &f)) {
		assert_int_equal(f.t_ns, T0 + i);
		assert_int_equal(f.data[f.cap_len - 1], (uint8_t)i);
		i++;
	}
	assert_int_equal(i, 50000);
	assert_string_equal(sb_pcap_facts(p)->damage, "");
	sb_pcap_close(p);
	close(atoi(path + strlen("/proc/self/fd/")));
	free(path);
	free(file);
}

static void gives_what_a_cut_off_file_has(void **state)
{
	struct sb_err err = {0};
	struct sb_frame f;
	struct sb_pcap *p;
	size_t len;
	uint8_t *file = make_file(false, false, 2, &len);

	(void)state;
	/* 24 bytes of header, 16 + 60, 16 + 61. */
	for (size_t cut = 24; cut <= len; cut++) {
		/* A copy of that size exactly, for the sanitizer to guard its end. */
		uint8_t *part = malloc(cut);
		uint32_t whole = cut >= 24 + 76 + 77 ? 2 : cut >= 24 + 76, n = 0;

		memcpy(part, file, cut);
		assert_int_equal(sb_pcap_open_memory(part, cut, &p, &err), 0);
		while (sb_pcap_next(p, &f))
			n++;
		assert_int_equal(n, whole);
		if (cut == 24 || cut == 24 + 76 || cut == len)
			assert_string_equal(sb_pcap_facts(p)->damage, "");
		else
			assert_non_null(strstr(sb_pcap_facts(p)->damage, "cut off after"));
		sb_pcap_close(p);
		free(part);
	}
	free(file);
}

static void stops_at_impossible_records(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} damage[] = {{24 + 76 + 8, UINT32_MAX}, {24 + 76 + 8, 262145}};
	struct sb_err err = {0};
	struct sb_frame f;
	struct sb_pcap *p;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t len;
		uint8_t *file = make_file(false, false, 2, &len);

		memcpy(file + damage[i].at, &damage[i].value, 4);
		assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), 0);
		assert_true(sb_pcap_next(p, &f));
		assert_false(sb_pcap_next(p, &f));
		assert_string_equal(sb_pcap_facts(p)->damage, "damaged after 1 packets");
		/* And stays so. */
		assert_false(sb_pcap_next(p, &f));
		sb_pcap_close(p);
		free(file);
	}
}

/* The framing is whole, so reading goes on: a second too many is carried, and a fraction that says
 * nothing leaves the time of the record before, or of the second's begin. */
static void reads_records_with_invalid_fractions(void **state)
{
	static const struct {
		uint32_t s, fraction;
		int64_t t_ns;
	} cases[] = {
	    {0, 1000000000, (INT64_C(1) + T0 / 1000000000) * 1000000000},
	    {0, 1999999999, (INT64_C(1) + T0 / 1000000000) * 1000000000 + 999999999},
	    {0, 2000000000, T0},
	    {0, UINT32_MAX, T0},
	    {5, UINT32_MAX, (INT64_C(5) + T0 / 1000000000) * 1000000000},
	};
	struct sb_err err = {0};
	struct sb_frame f[4];
	struct sb_pcap *p;

	(void)state;
	for (int micro = 0; micro < 2; micro++) {
		for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
			uint32_t s = (uint32_t)(T0 / 1000000000) + cases[i].s, n = 0;
			uint32_t fraction = micro && cases[i].fraction < UINT32_MAX
						? cases[i].fraction / 1000
						: cases[i].fraction;
			int64_t unit = micro ? 1000 : 1;
			size_t len, got;
			uint8_t *file = make_file(false, micro, 3, &len);

			memcpy(file + 24 + 76, &s, 4);
			memcpy(file + 24 + 76 + 4, &fraction, 4);
			assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), 0);
			while ((got = sb_pcap_read(p, f + n, 4 - n)) > 0)
				n += (uint32_t)got;
			assert_int_equal(n, 3);
			assert_int_equal(f[1].t_ns, cases[i].t_ns / unit * unit);
			assert_string_equal(sb_pcap_facts(p)->damage, "");
			assert_int_equal(sb_pcap_facts(p)->odd_times, 1);
			sb_pcap_close(p);
			free(file);
		}
	}
}

/* More captured than was on the wire: the latter is the length, and the next record is found.
 * Before version 2.4 it is the other way round, in 2.3 at times. */
static void knows_which_length_is_the_wires(void **state)
{
	static const struct {
		uint16_t minor;
		uint32_t first, second, cap_len, wire_len;
	} cases[] = {{4, 61, 50, 50, 50}, {4, 61, 0, 0, 0},	   {4, 61, 1500, 61, 1500},
		     {3, 61, 70, 61, 70}, {3, 1500, 61, 61, 1500}, {2, 1500, 61, 61, 1500}};
	struct sb_err err = {0};
	struct sb_frame f;
	struct sb_pcap *p;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		size_t len;
		uint8_t *file = make_file(false, false, 3, &len);
		uint32_t sound[2] = {60, 60};

		memcpy(file + 6, &cases[i].minor, 2);
		memcpy(file + 24 + 8, sound, 8);
		memcpy(file + 24 + 76 + 8, &cases[i].first, 4);
		memcpy(file + 24 + 76 + 12, &cases[i].second, 4);
		sound[0] = sound[1] = 62;
		memcpy(file + 24 + 76 + 77 + 8, sound, 8);
		assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), 0);
		assert_true(sb_pcap_next(p, &f));
		assert_true(sb_pcap_next(p, &f));
		assert_int_equal(f.cap_len, cases[i].cap_len);
		assert_int_equal(f.wire_len, cases[i].wire_len);
		assert_true(sb_pcap_next(p, &f));
		assert_int_equal(f.cap_len, 62);
		assert_false(sb_pcap_next(p, &f));
		assert_string_equal(sb_pcap_facts(p)->damage, "");
		sb_pcap_close(p);
		free(file);
	}
}

static void refuses_what_is_no_capture(void **state)
{
	struct sb_err err = {0};
	struct sb_pcap *p;
	size_t len;
	uint8_t *file = make_file(false, false, 1, &len);

	(void)state;
	assert_int_equal(sb_pcap_open_memory(file, 23, &p, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "shorter than"));
	file[20] = 105;
	assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), -1);
	assert_non_null(strstr(err.msg, "link type 105 (802.11)"));
	file[0] = 'x';
	assert_int_equal(sb_pcap_open_memory(file, len, &p, &err), -1);
	assert_non_null(strstr(err.msg, "not a pcap file"));
	assert_int_equal(sb_pcap_open("/nonexistent/a.pcap", &p, &err), -1);
	assert_non_null(strstr(err.msg, "/nonexistent/a.pcap"));
	free(file);
}

static void decodes_every_form(void **state)
{
	static const struct {
		bool v6, extension, vlan, udp;
		uint32_t len;
	} forms[] = {{false, false, false, false, 14 + 20 + 32 + 100},
		     {true, false, false, false, 14 + 40 + 32 + 100},
		     {true, true, false, false, 14 + 48 + 32 + 100},
		     {false, false, true, false, 18 + 20 + 32 + 100},
		     {false, false, false, true, 14 + 20 + 8 + 100},
		     {true, true, true, true, 18 + 48 + 8 + 100}};
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	for (size_t i = 0; i < 6; i++) {
		static uint8_t bytes[SB_MAKE_FRAME_MAX];
		struct sb_segment_spec s = {.v6 = forms[i].v6,
					    .extension = forms[i].extension,
					    .vlan = forms[i].vlan,
					    .udp = forms[i].udp,
					    .client_port = 40000,
					    .server_port = 5201,
					    .seq = 0xfedcba98,
					    .ack = 77,
					    .flags = 16,
					    .window = 501,
					    .ts_value = 11,
					    .ts_echo = 12,
					    .payload = 100};
		uint32_t len = sb_make_segment(bytes, &w.link, &s);
		struct sb_frame f = {.cap_len = len,
				     .wire_len = len,
				     .data = bytes,
				     .linktype = SB_LINKTYPE_ETHERNET};
		struct sb_packet p;

		assert_int_equal(len, forms[i].len);
		sb_decode(&f, &p);
		assert_true(p.l4);
		assert_int_equal(p.ip_version, forms[i].v6 ? 6 : 4);
		assert_int_equal(p.src_port, 40000);
		assert_int_equal(p.dst_port, 5201);
		assert_int_equal(p.payload_len, 100);
		assert_memory_equal(p.src_mac, w.link.client.mac, 6);
		if (forms[i].udp)
			continue;
		assert_int_equal(p.seq, 0xfedcba98);
		assert_int_equal(p.ack, 77);
		assert_int_equal(p.window, 501);
		assert_true(p.has_timestamps && p.ts_value == 11 && p.ts_echo == 12);
		/* The length is the wire's, not the capture's. */
		f.cap_len = len - 100;
		sb_decode(&f, &p);
		assert_int_equal(p.payload_len, 100);
	}
}

/* However little of a frame there is, nothing beyond it is read (the sanitizer watches). */
static void decodes_any_part_of_a_frame(void **state)
{
	static uint8_t bytes[SB_MAKE_FRAME_MAX];
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	for (int form = 0; form < 8; form++) {
		struct sb_segment_spec s = {.v6 = form & 1,
					    .extension = form & 1,
					    .vlan = form & 2,
					    .udp = form & 4,
					    .mss = 1460,
					    .window_scale = 7,
					    .sack = true,
					    .ts_value = 1,
					    .payload = 20};
		uint32_t len = sb_make_segment(bytes, &w.link, &s);

		for (uint32_t cut = 0; cut <= len; cut++) {
			uint8_t *part = malloc(cut + !cut);
			struct sb_frame f = {.cap_len = cut,
					     .wire_len = len,
					     .data = part,
					     .linktype = SB_LINKTYPE_ETHERNET};
			struct sb_packet p;

			memcpy(part, bytes, cut);
			sb_decode(&f, &p);
			(void)sb_packet_key(&f, &p);
			assert_true(p.payload_len <= len);
			assert_true(!p.l4 || cut >= 14 + 20 + 8);
			/* The wire may also be said to be shorter than the headers. */
			f.wire_len = cut;
			sb_decode(&f, &p);
			assert_true(p.payload_len <= cut);
			free(part);
		}
	}
}

static void keys_tell_packets_apart(void **state)
{
	static uint8_t bytes[SB_MAKE_FRAME_MAX];
	static const struct {
		uint32_t at;
		bool same;
	} bytes_of[] = {{0, true},	 {14 + 1, true},  {14 + 8, true},   {14 + 10, true},
			{34 + 16, true}, {14 + 4, false}, {14 + 12, false}, {34, false},
			{34 + 5, false}, {34 + 9, false}, {34 + 13, false}, {34 + 20, false},
			{127, false},	 {128, true}};
	struct sb_world w;
	struct sb_segment_spec s = {
	    .client_port = 1, .server_port = 2, .flags = 16, .payload = 200};
	struct sb_frame f = {.data = bytes, .linktype = SB_LINKTYPE_ETHERNET};
	struct sb_packet p;
	uint64_t key;

	(void)state;
	sb_world_init(&w);
	f.wire_len = sb_make_segment(bytes, &w.link, &s);
	f.cap_len = 128;
	sb_decode(&f, &p);
	key = sb_packet_key(&f, &p);
	for (size_t i = 0; i < sizeof(bytes_of) / sizeof(bytes_of[0]); i++) {
		bytes[bytes_of[i].at] ^= 3;
		assert_int_equal(key == sb_packet_key(&f, &p), bytes_of[i].same);
		bytes[bytes_of[i].at] ^= 3;
	}
}

/* Against a plain array of what was seen. */
static void sequence_sets_are_exact(void **state)
{
	enum { SPACE = 4000 };
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 2);
	for (int round = 0; round < 50; round++) {
		uint32_t start = (uint32_t)sb_rng_u64(&rng);
		bool seen[SPACE] = {false};
		struct sb_seqset set = {0};

		sb_seqset_begin(&set, start);
		for (int i = 0; i < 400; i++) {
			uint32_t at = (uint32_t)(sb_rng_u64(&rng) % (SPACE - 64));
			uint32_t len = (uint32_t)(sb_rng_u64(&rng) % 64), fresh = 0;
			uint64_t from = sb_seqset_widen(&set, start + at);

			for (uint32_t k = at; k < at + len; k++) {
				fresh += !seen[k];
				seen[k] = true;
			}
			assert_int_equal(sb_seqset_add(&set, from, len), fresh);
			/* [0, start) is a hole of its own; others lie at least one byte apart. */
			assert_true(set.hole_count <= SPACE / 2 + 1);
		}
		sb_seqset_fini(&set);
	}
}

static void sequence_sets_stay_bounded(void **state)
{
	struct sb_seqset set = {0};

	(void)state;
	sb_seqset_begin(&set, 0);
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(sb_seqset_add(&set, set.next + 1, 1), 1);
	assert_true(set.hole_count <= 8192);
	sb_seqset_fini(&set);
}

static void quantiles_interpolate(void **state)
{
	struct sb_times t = {0};
	struct sb_quantiles q = sb_times_quantiles(&t);

	(void)state;
	assert_int_equal(q.count, 0);
	/* -50 .. 50 ms, shuffled: position q (n - 1) = 100 q. */
	for (int64_t i = 0; i <= 100; i++)
		sb_times_add(&t, (i * 37 % 101 - 50) * 1000000);
	q = sb_times_quantiles(&t);
	assert_int_equal(q.count, 101);
	assert_true(fabs(q.p50 - 0) < 1e-9);
	assert_true(fabs(q.p95 - 45) < 1e-9);
	assert_true(fabs(q.p99 - 49) < 1e-9);
	assert_true(fabs(q.max - 50) < 1e-9);
	assert_true(fabs(q.mean) < 1e-9);
	assert_true(fabs(sb_times_at(&t, 0.005) / 1e6 + 49.5) < 1e-9);
	sb_times_fini(&t);
}

/* How often does the bound on the loss fail by chance?  Never here: it promises less than 1e-6. */
static void loss_tolerance_holds(void **state)
{
	static const struct {
		struct sb_loss loss;
		uint32_t packets;
	} cases[] = {{{.kind = SB_LOSS_RANDOM, .random_ppb = 1000000}, 100},
		     {{.kind = SB_LOSS_RANDOM, .random_ppb = 20000000}, 3000},
		     {{.kind = SB_LOSS_GEMODEL,
		       .bad_ppb = 1000000,
		       .good_ppb = 250000000,
		       .lost_in_bad_ppb = SB_PPB},
		      500},
		     {{.kind = SB_LOSS_GEMODEL,
		       .bad_ppb = 20000000,
		       .good_ppb = 100000000,
		       .lost_in_bad_ppb = 700000000,
		       .lost_in_good_ppb = 1000000},
		      3000}};
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 11, 0);
	for (size_t c = 0; c < 4; c++) {
		const struct sb_loss *l = &cases[c].loss;
		struct sb_loss_sum sum = {0};
		double n = cases[c].packets, asked, tolerance, largest = 0, squares = 0;
		int rounds = 2000;

		sb_loss_sum_add(&sum, l, cases[c].packets);
		asked = sum.expected / n;
		tolerance = sb_loss_sum_tolerance(&sum);
		assert_true(fabs(asked - sb_loss_mean(l)) < 1e-12);
		for (int round = 0; round < rounds; round++) {
			uint32_t lost = 0;
			bool bad = sb_rng_unit(&rng) <
				   (double)l->bad_ppb / (1.0 + l->bad_ppb + l->good_ppb);
			double off;

			for (uint32_t i = 0; i < cases[c].packets; i++) {
				uint32_t p = l->random_ppb;

				bad = bad ? !sb_rng_chance(&rng, l->good_ppb)
					  : sb_rng_chance(&rng, l->bad_ppb);
				if (l->kind == SB_LOSS_GEMODEL)
					p = bad ? l->lost_in_bad_ppb : l->lost_in_good_ppb;
				lost += sb_rng_chance(&rng, p);
			}
			off = lost / n - asked;
			squares += off * off * n * n;
			largest = fmax(largest, fabs(off));
		}
		assert_true(largest <= tolerance);
		/* The variance by formula: the sample's is within 30 % (5 sigma of 2000 samples of
		 * a distribution of kurtosis below 8: 5 sqrt(7 / 2000); false alarm 6e-7). */
		assert_true(fabs(squares / rounds / sum.variance - 1) < 0.3);
	}
}

static void many_losses_get_five_sigma(void **state)
{
	struct sb_loss_sum sum = {0};

	(void)state;
	sb_loss_sum_add(&sum, &(struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = 20000000},
			100000);
	assert_true(fabs(sb_loss_sum_tolerance(&sum) - 5 * sqrt(0.02 * 0.98 / 100000)) < 1e-12);
}

static void no_loss_asked_tolerates_none(void **state)
{
	struct sb_loss_sum sum = {0};

	(void)state;
	sb_loss_sum_add(&sum, &(struct sb_loss){.kind = SB_LOSS_NONE}, 1000);
	assert_true(sb_loss_sum_tolerance(&sum) <= 0);
}

/* log of the binomial coefficient times the powers: one term of the distribution. */
static double binomial(double n, double k, double p)
{
	return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
		   (n - k) * log1p(-p));
}

/* The chance, summed up term by term, that the number lost is beyond the tolerance. */
static double exact_false_alarm(uint32_t n, double p, double tolerance)
{
	double sum = 0;

	for (uint32_t k = 0; k <= n; k++)
		if (fabs((double)k / n - p) > tolerance)
			sum += binomial(n, k, p);
	return sum;
}

static void false_alarms_are_as_rare_as_said(void **state)
{
	static const struct {
		uint32_t ppb, packets;
	} few[] = {{1000000, 100},
		   {10000000, 100},
		   {10000000, 5000},
		   {50000000, 19000},
		   {300000000, 60}},
	  many[] = {{20000000, 60000}, {20000000, 500000}, {300000000, 20000}, {500000000, 100000}};

	(void)state;
	/* A bound where few events are expected. */
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
		struct sb_loss loss = {.kind = SB_LOSS_RANDOM, .random_ppb = few[i].ppb};
		struct sb_loss_sum sum = {0};
		double said, exact;

		sb_loss_sum_add(&sum, &loss, few[i].packets);
		said = sb_loss_sum_false_alarm(&sum);
		exact = exact_false_alarm(few[i].packets, few[i].ppb / 1e9,
					  sb_loss_sum_tolerance(&sum));
		assert_true(said > 0 && said < 6e-7);
		assert_true(exact <= said);
	}
	/* The probability itself where there are many. */
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		struct sb_loss loss = {.kind = SB_LOSS_RANDOM, .random_ppb = many[i].ppb};
		struct sb_loss_sum sum = {0};
		double said, exact;

		sb_loss_sum_add(&sum, &loss, many[i].packets);
		said = sb_loss_sum_false_alarm(&sum);
		exact = exact_false_alarm(many[i].packets, many[i].ppb / 1e9,
					  sb_loss_sum_tolerance(&sum));
		assert_true(said > 0.9 * exact && said < 1.3 * exact);
	}
}

static void no_chance_no_false_alarm(void **state)
{
	struct sb_loss none = {.kind = SB_LOSS_NONE};
	struct sb_exact exact = {.count = 1, .range = {{5, 9}}};
	struct sb_loss bursts = {.kind = SB_LOSS_GEMODEL,
				 .bad_ppb = 10000000,
				 .good_ppb = 100000000,
				 .lost_in_bad_ppb = SB_PPB};
	struct sb_loss_sum sum = {0};

	(void)state;
	assert_true(isnan(sb_loss_sum_false_alarm(&sum)));
	sb_loss_sum_add(&sum, &none, 1000);
	assert_true(sb_loss_sum_false_alarm(&sum) == 0);
	sb_loss_sum_add_exact(&sum, &exact);
	assert_true(sb_loss_sum_false_alarm(&sum) == 0);
	/* Bursts lean towards more losses than the normal distribution has: more often, not 6e-7.
	 */
	sum = (struct sb_loss_sum){0};
	sb_loss_sum_add(&sum, &bursts, 200000);
	assert_true(sum.events > 1000);
	assert_true(sb_loss_sum_false_alarm(&sum) > 7e-7 && sb_loss_sum_false_alarm(&sum) < 2e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_all_forms_of_file),
	    cmocka_unit_test(reads_large_files),
	    cmocka_unit_test(gives_what_a_cut_off_file_has),
	    cmocka_unit_test(stops_at_impossible_records),
	    cmocka_unit_test(reads_records_with_invalid_fractions),
	    cmocka_unit_test(knows_which_length_is_the_wires),
	    cmocka_unit_test(refuses_what_is_no_capture),
	    cmocka_unit_test(decodes_every_form),
	    cmocka_unit_test(decodes_any_part_of_a_frame),
	    cmocka_unit_test(keys_tell_packets_apart),
	    cmocka_unit_test(sequence_sets_are_exact),
	    cmocka_unit_test(sequence_sets_stay_bounded),
	    cmocka_unit_test(quantiles_interpolate),
	    cmocka_unit_test(loss_tolerance_holds),
	    cmocka_unit_test(false_alarms_are_as_rare_as_said),
	    cmocka_unit_test(no_chance_no_false_alarm),
	    cmocka_unit_test(many_losses_get_five_sigma),
	    cmocka_unit_test(no_loss_asked_tolerates_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
