// SPDX-License-Identifier: MIT
/* quic.c - one QUIC connection, as far as it shows in a capture */
#include "satbed/flow_analysis_quic.h"

/* A ClientHello may take several datagrams, sent at once; a timer sends later than this. */
#define AT_ONCE_NS (10 * SB_NS_PER_MS)

static void begin(struct sb_quic *q, int end, int64_t t_ns, const struct sb_quic_packet *p)
{
	*q = (struct sb_quic){.known = true,
			      .client = (uint8_t)end,
			      .client_version = p->version,
			      .first_ns = t_ns,
			      .long_ns = t_ns,
			      .handshake_ns = SB_QUIC_UNKNOWN,
			      .round_trip_ns = SB_QUIC_UNKNOWN};
}

static void follow_client(struct sb_quic *q, int64_t t_ns, const struct sb_quic_packet *p)
{
	q->zero_rtt += p->kind == SB_QUIC_ZERO_RTT || p->behind.zero_rtt;
	if (!q->has_answer) {
		q->again |= t_ns - q->first_ns > AT_ONCE_NS;
		return;
	}
	if (q->round_trip_ns == SB_QUIC_UNKNOWN && !q->again) {
		q->round_trip_ns = t_ns - q->first_ns;
		q->again = true;
	}
	if (q->handshake_ns != SB_QUIC_UNKNOWN)
		return;
	if (p->kind != SB_QUIC_SHORT)
		q->long_ns = t_ns;
	else
		q->handshake_ns = (q->long_ns >= q->answer_ns ? q->long_ns : t_ns) - q->first_ns;
}

static void follow_server(struct sb_quic *q, int64_t t_ns, const struct sb_quic_packet *p)
{
	if (p->kind == SB_QUIC_SHORT)
		return;
	q->retry |= p->kind == SB_QUIC_RETRY;
	q->negotiation |= p->kind == SB_QUIC_NEGOTIATION;
	if (p->version)
		q->version = p->version;
	if (q->has_answer)
		return;
	q->has_answer = true;
	q->answer_ns = t_ns;
}

static int64_t follow_spin(struct sb_quic *q, int end, int64_t t_ns, bool bit)
{
	struct sb_quic_spin *s = &q->spin[end];
	int64_t least_ns =
	    q->round_trip_ns == SB_QUIC_UNKNOWN ? SB_NS_PER_MS : q->round_trip_ns / 2;
	int64_t rtt_ns;

	if (!s->known) {
		*s = (struct sb_quic_spin){true, bit, SB_QUIC_UNKNOWN};
		return SB_QUIC_UNKNOWN;
	}
	if (bit == s->bit)
		return SB_QUIC_UNKNOWN;
	/* The first change only says that from now on there is something to measure from. */
	if (s->edge_ns == SB_QUIC_UNKNOWN) {
		s->bit = bit;
		s->edge_ns = t_ns;
		return SB_QUIC_UNKNOWN;
	}
	rtt_ns = t_ns - s->edge_ns;
	if (rtt_ns < least_ns) {
		q->spin_rejected++;
		return SB_QUIC_UNKNOWN;
	}
	s->bit = bit;
	s->edge_ns = t_ns;
	q->spin_samples++;
	return rtt_ns;
}

static void count_behind(struct sb_quic *q, const struct sb_quic_behind *b)
{
	q->coalesced++;
	q->behind += b->packets;
	q->unread += b->unread;
}

static int64_t follow_behind(struct sb_quic *q, int end, int64_t t_ns,
			     const struct sb_quic_behind *b)
{
	static const struct sb_quic_packet last = {.kind = SB_QUIC_SHORT};

	count_behind(q, b);
	if (!b->one_rtt)
		return SB_QUIC_UNKNOWN;
	if (end == q->client)
		follow_client(q, t_ns, &last);
	return follow_spin(q, end, t_ns, b->spin);
}

int64_t sb_quic_follow(struct sb_quic *q, int end, int64_t t_ns, uint32_t len,
		       const struct sb_quic_packet *p)
{
	if (!q->known) {
		if (p->kind != SB_QUIC_INITIAL || !p->fixed || len < SB_QUIC_INITIAL_MIN)
			return SB_QUIC_UNKNOWN;
		begin(q, end, t_ns, p);
		q->zero_rtt = p->behind.zero_rtt;
		if (p->behind.packets)
			count_behind(q, &p->behind);
		return SB_QUIC_UNKNOWN;
	}
	if (p->kind == SB_QUIC_NONE)
		return SB_QUIC_UNKNOWN;
	if (end == q->client)
		follow_client(q, t_ns, p);
	else
		follow_server(q, t_ns, p);
	if (p->kind == SB_QUIC_SHORT)
		return follow_spin(q, end, t_ns, p->spin);
	return p->behind.packets ? follow_behind(q, end, t_ns, &p->behind) : SB_QUIC_UNKNOWN;
}
