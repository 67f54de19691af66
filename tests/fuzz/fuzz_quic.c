// SPDX-License-Identifier: MIT
/*
 * fuzz_quic.c - datagrams that somebody made, taken for QUIC
 *
 * The input: datagrams, each with who sent it, when, how long it is and how much of it was captured.
 * A header is read within what was captured (AddressSanitizer watches its end), a connection is
 * followed, and what is known of it fits together.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/flow_analysis_quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct head {
	uint8_t end, captured;
	uint16_t len;
	uint32_t after_us;
} __attribute__((packed));

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct sb_quic *q)
{
	if (!q->known)
		return;
	require(q->client_version == SB_QUIC_V1 || q->client_version == SB_QUIC_V2);
	require(q->handshake_ns == SB_QUIC_UNKNOWN || (q->has_answer && q->handshake_ns >= 0));
	require(q->round_trip_ns == SB_QUIC_UNKNOWN || (q->has_answer && q->round_trip_ns >= 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sb_quic q = {0};
	int64_t t_ns = 0;
	size_t at = 0;

	while (len - at >= sizeof(struct head)) {
		char text[SB_QUIC_VERSION_MAX];
		struct sb_quic_packet p;
		struct head head;
		uint8_t *copy;
		size_t captured;
		int64_t rtt_ns;

		memcpy(&head, data + at, sizeof(head));
		at += sizeof(head);
		captured = head.captured < len - at ? head.captured : len - at;
		copy = malloc(captured ? captured : 1);
		if (!copy)
			abort();
		memcpy(copy, data + at, captured);
		p = sb_quic_decode(copy, (uint32_t)captured, head.len);
		free(copy);
		require(!p.behind.unread || p.behind.packets);
		require(!p.behind.packets || p.version);
		at += captured;
		t_ns += (int64_t)head.after_us * 1000;
		require(strlen(sb_quic_version_name(p.version, text)) < SB_QUIC_VERSION_MAX);
		rtt_ns = sb_quic_follow(&q, head.end & 1, t_ns, head.len, &p);
		require(rtt_ns == SB_QUIC_UNKNOWN || (q.known && rtt_ns > 0 && rtt_ns <= t_ns));
		check(&q);
	}
	return 0;
}
