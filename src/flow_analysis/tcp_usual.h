/* SPDX-License-Identifier: MIT */
/*
 * tcp_usual.h - one direction of payload, as long as nothing is lost: where it is followed, inline
 *
 * The whole of it is in tcp.c, which begins with these.
 */
#ifndef SATBED_FLOW_ANALYSIS_TCP_USUAL_H
#define SATBED_FLOW_ANALYSIS_TCP_USUAL_H

#include "fetch.h"
#include "satbed/flow_analysis_tcp.h"

/**
 * sb_tcp_sent_usual() - the next payload in a row, and there is room for it
 *
 * Return: false: it is something else, and nothing was done; else sb_tcp_sent() would say that all
 * of it is fresh
 */
static inline bool sb_tcp_sent_usual(struct sb_tcp_sender *s, const struct sb_l4 *p)
{
	uint64_t next = s->sent.next;
	uint32_t count = s->count, first = s->first;

	/* One byte may be a probe. */
	if (p->seq != (uint32_t)next || !s->sent.begun || p->payload_len < 2 ||
	    p->flags & (SB_TCP_SYN | SB_TCP_FIN | SB_TCP_RST))
		return false;
	/* No room, too many, or it is time to move them to the front. */
	if (count == s->room || count - first >= s->max_flights || (first && first * 2 >= count))
		return false;
	s->flights[count] = (struct sb_flight){.from = p->seq,
					       .to = p->seq + p->payload_len,
					       .first_ns = p->t_ns,
					       .last_ns = SB_TCP_NONE,
					       .first_ts = p->ts_value,
					       .last_ts = p->ts_value};
	/* Those that come next: two in a cache line. */
	sb_fetch(s->flights, (count + 5) * sizeof(*s->flights));
	s->count = count + 1;
	s->sent.next = next + p->payload_len;
	return true;
}

/*
 * The newest segment covered triggered the acknowledgement, unless something under it was sent
 * again: then the others may have waited for that one (Karn and Partridge 1987).  Timestamps tell
 * the two sendings apart (RFC 7323, section 4.3; RFC 3522): the echo names the one that was
 * acknowledged.
 */
static inline void sb_tcp_cover(struct sb_tcp_sender *s, const struct sb_l4 *p,
				struct sb_tcp_acking *out)
{
	uint32_t at = s->first, count = s->count;
	const struct sb_flight *f = NULL;
	bool again = false;

	for (; at < count && (int32_t)(s->flights[at].to - p->ack) <= 0; at++) {
		f = &s->flights[at];
		if (p->has_timestamps && out->ts_rtt_ns == SB_TCP_NONE) {
			if (f->first_ts == p->ts_echo)
				out->ts_rtt_ns = p->t_ns - f->first_ns;
			else if (f->last_ts == p->ts_echo && f->last_ns != SB_TCP_NONE)
				out->ts_rtt_ns = p->t_ns - f->last_ns;
		}
		if (__builtin_expect(f->last_ns == SB_TCP_NONE || again, 1))
			continue;
		again = true;
		if (p->has_timestamps && f->first_ts != f->last_ts && f->last_ts == p->ts_echo)
			out->rtt_ns = p->t_ns - f->last_ns;
	}
	if (f && !again)
		out->rtt_ns = p->t_ns - f->first_ns;
	s->first = at;
	if (at == count)
		s->first = s->count = 0;
}

/** sb_tcp_acked_usual() - sb_tcp_acked() for what has ACK and neither SYN nor RST */
static inline void sb_tcp_acked_usual(struct sb_tcp_sender *s, const struct sb_l4 *p,
				      struct sb_tcp_acking *out)
{
	uint64_t ack;

	*out = (struct sb_tcp_acking){SB_TCP_NONE, SB_TCP_NONE};
	s->window_known = true;
	s->peer_window = p->window;
	if (!s->sent.begun) {
		s->claimed = p->ack;
		return;
	}
	s->heard_ns = p->t_ns;
	ack = sb_seqset_widen(&s->sent, p->ack);
	if (ack > s->claimed)
		s->claimed = ack;
	if (ack <= s->acked)
		return;
	if (__builtin_expect(ack > s->sent.next, 0)) {
		sb_tcp_was_below(s, ack);
		return;
	}
	s->acked = ack;
	sb_tcp_cover(s, p, out);
}

#endif
