// SPDX-License-Identifier: MIT
/* test_flow_mptcp.c - Multipath TCP in a capture: data sequence signals, and bytes that came twice */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/flows/mptcp_flow.h"
#include "pcap_make.h"
#include "satbed/base/mem.h"
#include "satbed/pcap_mptcp.h"

#define HEADERS 54 /* Ethernet, IPv4, TCP without options */

/* A segment with these options and no payload, captured up to @captured bytes of them. */
static bool decode(const uint8_t *options, uint32_t len, uint32_t captured,
		   struct sb_mptcp_mapping *out)
{
	static const uint8_t head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	uint8_t *bytes = sb_alloc(HEADERS + captured, 1);
	struct sb_frame frame = {.linktype = SB_LINKTYPE_ETHERNET,
				 .data = bytes,
				 .cap_len = HEADERS + captured,
				 .wire_len = HEADERS + len};
	struct sb_packet p;
	bool found;

	memcpy(bytes, head, sizeof(head));
	bytes[17] = (uint8_t)(40 + len);
	bytes[22] = 64;
	bytes[23] = 6;
	bytes[46] = (uint8_t)((20 + len) / 4 << 4);
	if (captured)
		memcpy(bytes + HEADERS, options, captured);
	sb_decode(&frame, &p);
	found = sb_mptcp_mapping(&frame, &p, out);
	free(bytes);
	return found;
}

/* RFC 8684, figure 9: timestamps, then a DSS with an acknowledgement of 4 bytes and a number of 8. */
static const uint8_t dss[] = {1, 1,  8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 30, 22, 0x20, 0x0d, 0, 0,
			      0, 77, 0, 0,  0, 1, 0, 0, 0, 5, 0, 0, 0,	9,  4,	  0,	1, 1};

static void a_mapping_is_read_behind_other_options(void **state)
{
	struct sb_mptcp_mapping map = {0};

	(void)state;
	assert_true(decode(dss, sizeof(dss), sizeof(dss), &map));
	assert_true(map.data_seq == ((uint64_t)1 << 32 | 5));
	assert_int_equal(map.subflow_seq, 9);
	assert_int_equal(map.len, 1024);
}

static void what_has_no_mapping(void **state)
{
	struct sb_mptcp_mapping map;
	uint8_t odd[sizeof(dss)];

	(void)state;
	/* Every cut, and every length that its bytes do not bear out. */
	for (uint32_t n = 0; n < sizeof(dss) - 2; n++)
		assert_false(decode(dss, sizeof(dss), n, &map));
	for (unsigned int n = 0; n < 256; n++) {
		memcpy(odd, dss, sizeof(odd));
		odd[13] = (uint8_t)n;
		assert_int_equal(decode(odd, sizeof(odd), sizeof(odd), &map), n >= 22 && n <= 24);
	}
	memcpy(odd, dss, sizeof(odd));
	odd[14] = 0x10; /* MP_JOIN */
	assert_false(decode(odd, sizeof(odd), sizeof(odd), &map));
	memcpy(odd, dss, sizeof(odd));
	odd[15] = 0x05; /* a number of 4 bytes */
	assert_false(decode(odd, sizeof(odd), sizeof(odd), &map));
	odd[15] = 0x09; /* an acknowledgement alone */
	assert_false(decode(odd, sizeof(odd), sizeof(odd), &map));
}

/* A segment of 100 bytes at the @n-th of a subflow; its mapping holds for 1000 bytes from @data_seq on. */
static void arrive(struct sb_mptcp_flow *m, size_t terminal, uint32_t n, uint64_t data_seq)
{
	struct sb_packet p = {0};
	struct sb_mptcp_mapping map = {.data_seq = data_seq, .subflow_seq = 1, .len = 1000};

	/* Subflows begin anywhere, even where the numbers wrap. */
	p.seq = UINT32_MAX - 149 + 1 + 100 * n;
	p.payload_len = 100;
	sb_mptcp_flow_data(m, terminal, &p, UINT32_MAX - 149, &map);
}

static void bytes_over_both_paths_are_counted_once(void **state)
{
	struct sb_mptcp_flow m = {0};
	uint64_t start = UINT64_C(0xfffffffffffffe00);

	(void)state;
	assert_int_equal(sb_mptcp_flow_repeated(&m), 0);
	for (uint32_t n = 0; n < 4; n++)
		arrive(&m, 0, n, 5000);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.path[0].mapped, 400);
	/* The other one repeats the last two and goes on; a part of one is repeated again. */
	for (uint32_t n = 0; n < 4; n++)
		arrive(&m, 1, n, 5200);
	arrive(&m, 1, 0, 5350);
	assert_int_equal(sb_mptcp_flow_repeated(&m), 300);
	/* Beyond its mapping a segment has no place, so it is left out. */
	arrive(&m, 1, 10, 9000);
	assert_int_equal(m.path[1].mapped, 500);
	/* Another connection is far away. */
	arrive(&m, 1, 0, start);
	assert_int_equal(sb_mptcp_flow_repeated(&m), 300);
	sb_mptcp_flow_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mapping_is_read_behind_other_options),
	    cmocka_unit_test(what_has_no_mapping),
	    cmocka_unit_test(bytes_over_both_paths_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
