// SPDX-License-Identifier: MIT
/* test_flow_quic.c - QUIC in a capture: headers of both versions, handshakes, the spin bit */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/flow_analysis_quic.h"

#define MS SB_NS_PER_MS

/* Of RFC 9001, appendix A.2, and RFC 9369, appendix A.2: the protected header of a client's Initial. */
static const uint8_t initial_v1[] = {0xc0, 0x00, 0x00, 0x00, 0x01, 0x08, 0x83, 0x94,
				     0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0x00, 0x00,
				     0x44, 0x9e, 0x7b, 0x9a, 0xec, 0x34};
static const uint8_t initial_v2[] = {0xd7, 0x6b, 0x33, 0x43, 0xcf, 0x08, 0x83, 0x94,
				     0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0x00, 0x00,
				     0x44, 0x9e, 0xa0, 0xc9, 0x5e, 0x82};
/* Appendix A.4 of both: Retry packets. */
static const uint8_t retry_v1[] = {0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0xf0, 0x67,
				   0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5, 0x74, 0x6f, 0x6b,
				   0x65, 0x6e, 0x04, 0xa2, 0x65, 0xba, 0x2e, 0xff, 0x4d,
				   0x82, 0x90, 0x58, 0xfb, 0x3f, 0x0f, 0x24, 0x96, 0xba};
static const uint8_t retry_v2[] = {0xcf, 0x6b, 0x33, 0x43, 0xcf, 0x00, 0x08, 0xf0, 0x67,
				   0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5, 0x74, 0x6f, 0x6b,
				   0x65, 0x6e, 0xc8, 0x64, 0x6c, 0xe8, 0xbf, 0xe3, 0x39,
				   0x52, 0xd9, 0x55, 0x54, 0x36, 0x65, 0xdc, 0xc7, 0xb6};
static const uint8_t negotiation[] = {0x80, 0,	  0,	0,    0, 0, 2, 7, 7,
				      0x6b, 0x33, 0x43, 0xcf, 0, 0, 0, 1};

static enum sb_quic_kind kind_of(const uint8_t *data, uint32_t captured, uint32_t len)
{
	/* As in a capture: nothing behind what was captured. */
	uint8_t *copy = sb_alloc(captured ? captured : 1, 1);
	enum sb_quic_kind kind;

	memcpy(copy, data, captured);
	kind = sb_quic_decode(copy, captured, len).kind;
	free(copy);
	return kind;
}

static void headers_of_both_versions(void **state)
{
	uint8_t odd[sizeof(initial_v1)];

	(void)state;
	assert_int_equal(kind_of(initial_v1, sizeof(initial_v1), 1200), SB_QUIC_INITIAL);
	assert_int_equal(kind_of(initial_v2, sizeof(initial_v2), 1200), SB_QUIC_INITIAL);
	assert_int_equal(kind_of(retry_v1, sizeof(retry_v1), sizeof(retry_v1)), SB_QUIC_RETRY);
	assert_int_equal(kind_of(retry_v2, sizeof(retry_v2), sizeof(retry_v2)), SB_QUIC_RETRY);
	assert_int_equal(kind_of(negotiation, sizeof(negotiation), sizeof(negotiation)),
			 SB_QUIC_NEGOTIATION);
	assert_int_equal(sb_quic_decode(initial_v2, sizeof(initial_v2), 1200).version, SB_QUIC_V2);
	/* The same first byte is another type in the other version. */
	memcpy(odd, initial_v1, sizeof(odd));
	memcpy(odd + 1, initial_v2 + 1, 4);
	assert_int_equal(kind_of(odd, sizeof(odd), 1200), SB_QUIC_RETRY);
	memcpy(odd + 1, "\x1a\x2a\x3a\x4a", 4);
	assert_int_equal(kind_of(odd, sizeof(odd), 1200), SB_QUIC_OTHER_VERSION);
}

static void what_does_not_fit_is_none(void **state)
{
	uint8_t odd[sizeof(initial_v1)];

	(void)state;
	/* Longer than the datagram; a connection id of 21 bytes; of another protocol. */
	assert_int_equal(kind_of(initial_v1, sizeof(initial_v1), 1000), SB_QUIC_NONE);
	memcpy(odd, initial_v1, sizeof(odd));
	odd[5] = 21;
	assert_int_equal(kind_of(odd, sizeof(odd), 1200), SB_QUIC_NONE);
	assert_int_equal(kind_of((const uint8_t *)"\x92\x34\x01\x00\x00\x01", 6, 40),
			 SB_QUIC_OTHER_VERSION);
	/* Of too little nothing is known; of some of it, as much as there is. */
	for (uint32_t n = 0; n < 5; n++)
		assert_int_equal(kind_of(initial_v1, n, 1200), SB_QUIC_NONE);
	assert_int_equal(kind_of(initial_v1, 5, 1200), SB_QUIC_INITIAL);
}

/* A datagram of 1200 bytes: Initial of 60 and Handshake of 80 bytes, 1-RTT up to the end; of one connection, whose
 * identifier is "abcd". */
static void fill_coalesced(uint8_t data[1200])
{
	static const uint8_t head[] = {0xc0, 0, 0, 0, 1, 4, 'a', 'b', 'c', 'd', 0};

	memset(data, 0xee, 1200);
	memcpy(data, head, sizeof(head));
	data[11] = 0; /* no token */
	data[12] = 60 - 13;
	memcpy(data + 60, head, sizeof(head));
	data[60] = 0xe0; /* Handshake */
	data[71] = 0x40; /* a length of two bytes */
	data[72] = 80 - 13;
	data[140] = 0x60; /* 1-RTT, the spin bit set */
	memcpy(data + 141, "abcd", 4);
}

/* As in a capture: nothing behind what was captured. */
static struct sb_quic_behind behind(const uint8_t *data, uint32_t captured, uint32_t len)
{
	uint8_t *copy = sb_alloc(captured ? captured : 1, 1);
	struct sb_quic_behind b;

	memcpy(copy, data, captured);
	b = sb_quic_decode(copy, captured, len).behind;
	free(copy);
	return b;
}

static void packets_behind_the_first_are_read(void **state)
{
	uint8_t data[1200];
	struct sb_quic_behind b;

	(void)state;
	fill_coalesced(data);
	b = behind(data, 1200, 1200);
	assert_int_equal(b.packets, 2);
	assert_true(b.one_rtt && b.spin && !b.zero_rtt && !b.unread);
	/* Each cut: what is there but was not captured is told from what is not there. */
	for (uint32_t n = 13; n < 1200; n++) {
		b = behind(data, n, 1200);
		assert_int_equal(b.packets, n <= 60 ? 1 : n < 65 ? 0 : n < 73 ? 1 : 2);
		assert_int_equal(b.unread, n <= 60 || (n >= 73 && n <= 140));
		assert_int_equal(b.one_rtt, n > 140);
	}
	/* The Handshake packet is a 0-RTT packet, then one of another version. */
	data[60] = 0xd0;
	assert_true(behind(data, 1200, 1200).zero_rtt);
	data[64] = 9;
	assert_int_equal(behind(data, 1200, 1200).packets, 0);
}

static void what_is_no_packet_behind(void **state)
{
	uint8_t data[1200];
	struct sb_quic_behind b;

	(void)state;
	/* Alone in its datagram. */
	fill_coalesced(data);
	assert_int_equal(behind(data, 60, 60).packets, 0);
	/* Of another connection; longer than the datagram; too short to be protected. */
	data[66] = 'x';
	assert_int_equal(behind(data, 1200, 1200).packets, 0);
	fill_coalesced(data);
	data[71] = 0x7f;
	assert_int_equal(behind(data, 1200, 1200).packets, 0);
	fill_coalesced(data);
	assert_int_equal(behind(data, 161, 161).packets, 1);
	assert_int_equal(behind(data, 162, 162).packets, 2);
	data[144] = 'x';
	assert_int_equal(behind(data, 1200, 1200).packets, 1);
	/* Zeros fill it up; without an identifier nothing else tells. */
	memset(data, 0, 1200);
	memcpy(data, (const uint8_t[]){0xc0, 0, 0, 0, 1, 0, 0, 0, 51}, 9);
	assert_int_equal(behind(data, 1200, 1200).packets, 0);
	data[60] = 0x40;
	assert_int_equal(behind(data, 1200, 1200).packets, 1);
	fill_coalesced(data);
	memset(data + 140, 0, 1060);
	b = behind(data, 1200, 1200);
	assert_int_equal(b.packets, 1);
	assert_false(b.one_rtt);
}

struct talk {
	struct sb_quic q;
	int64_t last_rtt_ns;
	uint64_t samples;
};

static void say(struct talk *t, int end, double ms, enum sb_quic_kind kind, bool spin)
{
	struct sb_quic_packet p = {.kind = kind,
				   .version = kind == SB_QUIC_SHORT ? 0 : SB_QUIC_V1,
				   .spin = spin,
				   .fixed = true};
	int64_t rtt_ns = sb_quic_follow(&t->q, end, (int64_t)(ms * MS), 1200, &p);

	if (rtt_ns == SB_QUIC_UNKNOWN)
		return;
	t->samples++;
	t->last_rtt_ns = rtt_ns;
}

/* 600 ms between the ends, @at of them between client and capture. */
static struct talk handshake_seen_at(double at)
{
	struct talk t = {0};

	say(&t, 0, at, SB_QUIC_INITIAL, false);
	say(&t, 1, 600 - at, SB_QUIC_INITIAL, false);
	say(&t, 1, 600 - at, SB_QUIC_HANDSHAKE, false);
	say(&t, 0, 600 + at, SB_QUIC_INITIAL, false);
	say(&t, 0, 605 + at, SB_QUIC_HANDSHAKE, false);
	say(&t, 0, 605 + at, SB_QUIC_SHORT, false);
	return t;
}

static void a_handshake_is_a_round_trip_wherever_it_is_seen(void **state)
{
	(void)state;
	for (int at = 0; at <= 300; at += 100) {
		struct talk t = handshake_seen_at(at);

		assert_true(t.q.known);
		assert_int_equal(t.q.round_trip_ns, 600 * MS);
		assert_int_equal(t.q.handshake_ns, 605 * MS);
	}
}

static void what_was_sent_again_tells_no_round_trip(void **state)
{
	struct talk t = {0};

	(void)state;
	say(&t, 0, 0, SB_QUIC_INITIAL, false);
	say(&t, 0, 1, SB_QUIC_INITIAL, false); /* the rest of a long ClientHello: not again */
	say(&t, 0, 1000, SB_QUIC_INITIAL, false);
	say(&t, 1, 1600, SB_QUIC_HANDSHAKE, false);
	say(&t, 0, 1600, SB_QUIC_HANDSHAKE, false);
	say(&t, 0, 1601, SB_QUIC_SHORT, false);
	assert_int_equal(t.q.round_trip_ns, SB_QUIC_UNKNOWN);
	assert_int_equal(t.q.handshake_ns, 1600 * MS);
}

static void the_spin_bit_tells_round_trips(void **state)
{
	struct talk t = handshake_seen_at(0);

	(void)state;
	/* Changes once in 600 ms; a datagram of the time before comes late. */
	for (int i = 0; i < 60; i++)
		say(&t, 0, 700 + 100 * i, SB_QUIC_SHORT, (i / 6) % 2);
	assert_int_equal(t.samples, 8);
	assert_int_equal(t.last_rtt_ns, 600 * MS);
	say(&t, 0, 6700, SB_QUIC_SHORT, false);
	say(&t, 0, 6701, SB_QUIC_SHORT, true);
	say(&t, 0, 6702, SB_QUIC_SHORT, false);
	assert_int_equal(t.samples, 9);
	assert_int_equal(t.q.spin_rejected, 1);
	assert_true(sb_quic_spins(t.q.spin_samples, t.q.spin_rejected));
}

static void a_bit_set_at_random_is_not_believed(void **state)
{
	struct talk t = handshake_seen_at(0);
	uint32_t noise = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		noise = noise * 1664525 + 1013904223;
		say(&t, 0, 700 + 10 * i, SB_QUIC_SHORT, noise >> 31);
	}
	assert_false(sb_quic_spins(t.q.spin_samples, t.q.spin_rejected));
	t = handshake_seen_at(0);
	for (int i = 0; i < 2000; i++)
		say(&t, 0, 700 + 10 * i, SB_QUIC_SHORT, true);
	assert_false(sb_quic_spins(t.q.spin_samples, t.q.spin_rejected));
}

static void what_is_coalesced_is_counted(void **state)
{
	struct talk t = {0};
	struct sb_quic_packet p = {.kind = SB_QUIC_INITIAL,
				   .version = SB_QUIC_V1,
				   .fixed = true,
				   .behind = {.packets = 1, .zero_rtt = true}};

	(void)state;
	sb_quic_follow(&t.q, 0, 0, 1200, &p);
	sb_quic_follow(&t.q, 0, 1 * MS, 1200, &p);
	p.behind = (struct sb_quic_behind){.packets = 2, .unread = true};
	sb_quic_follow(&t.q, 1, 600 * MS, 1200, &p);
	assert_int_equal(t.q.coalesced, 3);
	assert_int_equal(t.q.behind, 4);
	assert_int_equal(t.q.unread, 1);
	assert_int_equal(t.q.zero_rtt, 2);
	assert_int_equal(t.q.handshake_ns, SB_QUIC_UNKNOWN);
	/* The client's end of the handshake, and its first 1-RTT packet behind it. */
	p.behind = (struct sb_quic_behind){.packets = 2, .one_rtt = true};
	sb_quic_follow(&t.q, 0, 601 * MS, 1200, &p);
	assert_int_equal(t.q.handshake_ns, 601 * MS);
}

static void other_datagrams_begin_nothing(void **state)
{
	struct talk t = {0};
	struct sb_quic_packet p = {.kind = SB_QUIC_INITIAL, .version = SB_QUIC_V1, .fixed = true};

	(void)state;
	say(&t, 0, 0, SB_QUIC_SHORT, true);
	say(&t, 0, 1, SB_QUIC_OTHER_VERSION, true);
	sb_quic_follow(&t.q, 0, 2 * MS, 1199, &p);
	p.fixed = false;
	sb_quic_follow(&t.q, 0, 3 * MS, 1200, &p);
	assert_false(t.q.known);
	/* Once it is QUIC that bit may be anything: ngtcp2's server sets it at random (RFC 9287). */
	say(&t, 0, 4, SB_QUIC_INITIAL, false);
	sb_quic_follow(&t.q, 1, 5 * MS, 1200, &p);
	assert_true(t.q.known && t.q.has_answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_of_both_versions),
	    cmocka_unit_test(what_does_not_fit_is_none),
	    cmocka_unit_test(packets_behind_the_first_are_read),
	    cmocka_unit_test(what_is_no_packet_behind),
	    cmocka_unit_test(what_is_coalesced_is_counted),
	    cmocka_unit_test(a_handshake_is_a_round_trip_wherever_it_is_seen),
	    cmocka_unit_test(what_was_sent_again_tells_no_round_trip),
	    cmocka_unit_test(the_spin_bit_tells_round_trips),
	    cmocka_unit_test(a_bit_set_at_random_is_not_believed),
	    cmocka_unit_test(other_datagrams_begin_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
