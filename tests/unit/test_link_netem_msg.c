// SPDX-License-Identifier: MIT
/* test_link_netem_msg.c - netem's parameters in messages: layout, units, both ways */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "link/netem/netem_msg.h"

#define PRNG_SEED 14

static const struct sb_netem everything = {.latency_ns = 20000000,
					   .rate_bytes = 1250000,
					   .seed = 0x0123456789abcdef,
					   .limit = 101,
					   .gemodel = true,
					   .seeded = true,
					   .p = 1,
					   .r = 2,
					   .h = 3,
					   .k1 = 4,
					   .duplicate = 5,
					   .corrupt = 6,
					   .reorder = 7,
					   .gap = 1};

/* A message with @n in it and its TCA_OPTIONS; the message is the caller's to free. */
static struct nl_msg *encode(const struct sb_netem *n, const struct nlattr **options)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWQDISC, 0);
	struct tcmsg tc = {0};
	struct nlattr *kind;

	assert_int_equal(nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO), 0);
	assert_int_equal(sb_netem_put(msg, n, 64), 0);
	kind = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(tc), TCA_KIND);
	assert_string_equal(nla_data(kind), "netem");
	*options = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(tc), TCA_OPTIONS);
	assert_non_null(*options);
	return msg;
}

static const struct nlattr *find(const struct nlattr *options, int type)
{
	const size_t skip = sizeof(struct tc_netem_qopt);

	return nla_find((const struct nlattr *)((const char *)nla_data(options) + skip),
			nla_len(options) - (int)skip, type);
}

static void options_begin_with_the_structure(void **state)
{
	/* latency in ticks of 64 ns, limit, loss, gap, duplicate, jitter: 32 bits each */
	static const uint32_t expected[6] = {312500, 101, 0, 1, 5, 0};
	const struct nlattr *options;
	struct nl_msg *msg = encode(&everything, &options);

	(void)state;
	assert_memory_equal(nla_data(options), expected, sizeof(expected));
	nlmsg_free(msg);
}

static void every_attribute_is_there_even_when_zero(void **state)
{
	static const int types[] = {TCA_NETEM_CORR,    TCA_NETEM_REORDER, TCA_NETEM_CORRUPT,
				    TCA_NETEM_RATE,    TCA_NETEM_ECN,	  TCA_NETEM_LATENCY64,
				    TCA_NETEM_JITTER64};
	static const char zeroes[16];
	const struct sb_netem nothing = {0};
	const struct nlattr *options;
	struct nl_msg *msg = encode(&nothing, &options);

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct nlattr *attr = find(options, types[i]);

		assert_non_null(attr);
		assert_memory_equal(nla_data(attr), zeroes, (size_t)nla_len(attr));
	}
	/* Present, these two would mean something: burst loss, and a seed of 0. */
	assert_null(find(options, TCA_NETEM_LOSS));
	assert_null(find(options, PRNG_SEED));
	nlmsg_free(msg);
}

static void bursts_are_nested_in_the_kernels_order(void **state)
{
	static const uint32_t expected[4] = {1, 2, 3, 4}; /* p, r, h, k1 */
	const struct nlattr *options, *ge;
	struct nl_msg *msg = encode(&everything, &options);

	(void)state;
	assert_non_null(find(options, TCA_NETEM_LOSS));
	ge = nla_data(find(options, TCA_NETEM_LOSS));
	assert_int_equal(nla_type(ge), NETEM_LOSS_GE);
	assert_int_equal(nla_len(ge), sizeof(expected));
	assert_memory_equal(nla_data(ge), expected, sizeof(expected));
	nlmsg_free(msg);
}

static void rates_of_32_bits_and_more(void **state)
{
	static const struct {
		uint64_t rate;
		uint32_t narrow;
		int wide;
	} cases[] = {{0, 0, 0},
		     {1, 1, 0},
		     {UINT32_MAX, UINT32_MAX, 0},
		     {(uint64_t)UINT32_MAX + 1, UINT32_MAX, 1},
		     {SB_NETEM_ORDER_ONLY, UINT32_MAX, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_netem n = {.rate_bytes = cases[i].rate}, back;
		const struct nlattr *options, *wide;
		struct nl_msg *msg = encode(&n, &options);
		const struct tc_netem_rate *rate = nla_data(find(options, TCA_NETEM_RATE));

		assert_int_equal(rate->rate, cases[i].narrow);
		wide = find(options, TCA_NETEM_RATE64);
		assert_int_equal(wide != NULL, cases[i].wide);
		if (wide)
			assert_int_equal(nla_get_u64(wide), cases[i].rate);
		assert_int_equal(sb_netem_get(nla_data(options), (size_t)nla_len(options), &back),
				 0);
		assert_int_equal(back.rate_bytes, cases[i].rate);
		nlmsg_free(msg);
	}
}

static void a_delay_beyond_the_ticks_is_exact(void **state)
{
	/* 32 bits of 64 ns end at 274.9 s. */
	struct sb_netem n = {.latency_ns = 600000000001}, back;
	const struct nlattr *options;
	struct nl_msg *msg = encode(&n, &options);
	const struct tc_netem_qopt *qopt = nla_data(options);

	(void)state;
	assert_int_equal(qopt->latency, UINT32_MAX);
	assert_int_equal(sb_netem_get(nla_data(options), (size_t)nla_len(options), &back), 0);
	assert_int_equal(back.latency_ns, 600000000001);
	nlmsg_free(msg);
}

static void what_is_put_is_what_is_got(void **state)
{
	struct sb_netem back;
	const struct nlattr *options;
	struct nl_msg *msg = encode(&everything, &options);
	char text[160] = "";

	(void)state;
	assert_int_equal(sb_netem_get(nla_data(options), (size_t)nla_len(options), &back), 0);
	assert_false(sb_netem_differs(&everything, &back, text, sizeof(text)));
	assert_true(back.seeded);
	assert_int_equal(back.seed, everything.seed);
	nlmsg_free(msg);
}

static void damaged_options_change_nothing(void **state)
{
	const struct sb_netem before = {.limit = 4711};
	struct sb_netem out = before;
	const struct nlattr *options;
	struct nl_msg *msg = encode(&everything, &options);
	struct nlattr *rate = (struct nlattr *)(uintptr_t)find(options, TCA_NETEM_RATE);
	size_t len = (size_t)nla_len(options);

	(void)state;
	for (size_t cut = 0; cut < sizeof(struct tc_netem_qopt); cut++)
		assert_int_equal(sb_netem_get(nla_data(options), cut, &out), -1);
	rate->nla_type = TCA_NETEM_LOSS; /* no such model */
	assert_int_equal(sb_netem_get(nla_data(options), len, &out), -1);
	assert_memory_equal(&out, &before, sizeof(out));
	nlmsg_free(msg);
}

static void an_attribute_that_is_too_short_is_refused(void **state)
{
	static const int types[] = {TCA_NETEM_REORDER, TCA_NETEM_CORRUPT,   TCA_NETEM_RATE,
				    TCA_NETEM_RATE64,  TCA_NETEM_LATENCY64, PRNG_SEED};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct {
			struct tc_netem_qopt qopt;
			struct nlattr attr;
			uint8_t data[4];
		} options = {.attr = {.nla_len = NLA_HDRLEN + 4, .nla_type = (uint16_t)types[i]}};
		struct sb_netem out;

		assert_int_equal(sb_netem_get(&options, sizeof(options), &out), -1);
	}
}

static void each_difference_has_a_name(void **state)
{
	static const struct {
		size_t offset;
		const char *word;
	} cases[] = {{offsetof(struct sb_netem, latency_ns), "delay"},
		     {offsetof(struct sb_netem, rate_bytes), "rate"},
		     {offsetof(struct sb_netem, limit), "limit"},
		     {offsetof(struct sb_netem, gemodel), "Gilbert-Elliott"},
		     {offsetof(struct sb_netem, p), "loss p"},
		     {offsetof(struct sb_netem, r), "loss r"},
		     {offsetof(struct sb_netem, h), "loss h"},
		     {offsetof(struct sb_netem, k1), "loss k1"},
		     {offsetof(struct sb_netem, duplicate), "duplication"},
		     {offsetof(struct sb_netem, corrupt), "corruption"},
		     {offsetof(struct sb_netem, reorder), "reordering"},
		     {offsetof(struct sb_netem, gap), "gap"}};
	struct sb_netem random = {.loss = 9}, other = {.loss = 10};
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_netem got = everything;

		((uint8_t *)&got)[cases[i].offset] ^= 1;
		assert_true(sb_netem_differs(&everything, &got, text, sizeof(text)));
		assert_non_null(strstr(text, cases[i].word));
	}
	assert_true(sb_netem_differs(&random, &other, text, sizeof(text)));
	assert_string_equal(text, "loss (of 2^32) is 10 instead of 9");
}

static void probabilities_are_rounded_to_nearest(void **state)
{
	(void)state;
	assert_int_equal(sb_netem_probability(0), 0);
	assert_int_equal(sb_netem_probability(1), 4);		    /* 4.29 */
	assert_int_equal(sb_netem_probability(2), 9);		    /* 8.59 */
	assert_int_equal(sb_netem_probability(10000000), 42949673); /* 1 % */
	assert_int_equal(sb_netem_probability(500000000), 2147483648);
	assert_int_equal(sb_netem_probability(1000000000), UINT32_MAX);
}

static void the_tick_is_read_or_known(void **state)
{
	(void)state;
	assert_int_equal(sb_netem_tick_ns("000003e8 00000040 000f4240 3b9aca00\n"), 64);
	assert_int_equal(sb_netem_tick_ns("000003e8 00000400 000f4240 3b9aca00\n"), 1024);
	assert_int_equal(sb_netem_tick_ns("000003e8 00000000 000f4240 3b9aca00\n"), 64);
	assert_int_equal(sb_netem_tick_ns("no numbers"), 64);
	assert_int_equal(sb_netem_tick_ns(""), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_begin_with_the_structure),
	    cmocka_unit_test(every_attribute_is_there_even_when_zero),
	    cmocka_unit_test(bursts_are_nested_in_the_kernels_order),
	    cmocka_unit_test(rates_of_32_bits_and_more),
	    cmocka_unit_test(a_delay_beyond_the_ticks_is_exact),
	    cmocka_unit_test(what_is_put_is_what_is_got),
	    cmocka_unit_test(damaged_options_change_nothing),
	    cmocka_unit_test(an_attribute_that_is_too_short_is_refused),
	    cmocka_unit_test(each_difference_has_a_name),
	    cmocka_unit_test(probabilities_are_rounded_to_nearest),
	    cmocka_unit_test(the_tick_is_read_or_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
