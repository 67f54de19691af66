/* SPDX-License-Identifier: MIT */
/* tcp.c - one direction of payload of one TCP connection, seen at its sender and at its receiver */
#include "satbed/flow_analysis_tcp.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"
#include "tcp_usual.h"

/* Segments under way at once: 1.5 GB; only a made capture has more, and then gets fewer RTT
 * samples. */
#define MAX_FLIGHTS (1u << 20)

/* Linux' TCP_RTO_MIN (include/net/tcp.h): no retransmission timer is shorter. */
#define RTO_MIN_NS (200 * SB_NS_PER_MS)

/* A SYN with another number: the ports are used by a new connection. */
static bool is_other_connection(const struct sb_l4 *p, const struct sb_seqset *set,
				uint32_t first_seq)
{
	return p->flags & SB_TCP_SYN && set->begun && p->seq != first_seq;
}

void sb_tcp_sender_fini(struct sb_tcp_sender *s)
{
	sb_seqset_fini(&s->sent);
	free(s->flights);
	*s = (struct sb_tcp_sender){.max_flights = s->max_flights,
				    .sent.max_holes = s->sent.max_holes};
}

void sb_tcp_receiver_fini(struct sb_tcp_receiver *r)
{
	sb_seqset_fini(&r->got);
	*r = (struct sb_tcp_receiver){0};
}

/* No window is larger (RFC 7323, section 2.3): what lies further ahead is of no use. */
#define MAX_WINDOW (INT32_C(1) << 30)

/* Of a peer whose first segment is yet to come: its acknowledgement is kept in @claimed. */
static bool heard_before(const struct sb_tcp_sender *s, uint32_t ack)
{
	return s->window_known && (uint32_t)s->claimed == ack;
}

static void begin(struct sb_tcp_sender *s, const struct sb_l4 *p, uint32_t seq, uint32_t first_seq)
{
	sb_seqset_begin(&s->sent, seq);
	s->first_seq = first_seq;
	if (!s->max_flights)
		s->max_flights = MAX_FLIGHTS;
	s->acked = s->claimed = s->sent.next;
	s->heard_ns = p->t_ns;
}

/* The first segment seen is a keep-alive: one byte below what the peer had acknowledged before, or
 * without the push that data of one byte has. */
static bool begins_with_probe(const struct sb_tcp_sender *s, const struct sb_l4 *p)
{
	if (s->sent.begun || p->payload_len != 1 || p->flags & (SB_TCP_SYN | SB_TCP_FIN))
		return false;
	return heard_before(s, p->seq + 1) || (!s->window_known && !(p->flags & SB_TCP_PSH));
}

/* Nothing of its own, but sent with snd_nxt: what lies between was sent before, and is missing here.
 */
static __attribute__((noinline)) void note_empty(struct sb_tcp_sender *s, const struct sb_l4 *p)
{
	int32_t ahead = (int32_t)(p->seq - (uint32_t)s->sent.next);

	if (!s->sent.begun)
		begin(s, p, heard_before(s, p->seq + 1) ? p->seq + 1 : p->seq, p->seq - 1);
	else if (ahead > 0 && ahead <= MAX_WINDOW)
		(void)sb_seqset_add(&s->sent, s->sent.next + (uint32_t)ahead, 0);
}

void sb_tcp_was_below(struct sb_tcp_sender *s, uint64_t next)
{
	if (s->sent.next != s->sent.start || next != s->sent.next + 1)
		return;
	sb_seqset_restart(&s->sent, next);
	s->acked = next;
	if (s->claimed < next)
		s->claimed = next;
}

/*
 * Sent to be answered, not to deliver: one byte below snd_nxt with nothing outstanding, or one byte
 * at the edge of a closed window.
 */
static bool is_probe(const struct sb_tcp_sender *s, const struct sb_l4 *p, uint64_t from)
{
	bool closed = s->window_known && s->peer_window == 0;

	if (p->payload_len != 1 || p->flags & (SB_TCP_SYN | SB_TCP_FIN))
		return false;
	if (from + 1 == s->sent.next)
		return closed || s->acked >= s->sent.next;
	return closed && from == s->sent.next;
}

/* Payload bytes that fit into one segment like @p. */
static inline uint32_t segment_size(const struct sb_tcp_sender *s, const struct sb_l4 *p,
				    uint32_t mtu)
{
	uint32_t headers = (p->ip_version == 6 ? 40u : 20u) + 20u;
	uint32_t size = mtu > headers ? mtu - headers : 0;

	if (s->peer_mss > 0 && (uint32_t)s->peer_mss < size)
		size = (uint32_t)s->peer_mss;
	return size > p->options_len ? size - p->options_len : 1;
}

/* [@from, @to) is under way again: an acknowledgement of it tells no time. */
static void mark_again(struct sb_tcp_sender *s, const struct sb_l4 *p, uint64_t from, uint64_t to)
{
	size_t low =
	    sb_bisect(mid, s->first, s->count, (int32_t)(s->flights[mid].to - (uint32_t)from) <= 0);

	for (; low < s->count && (int32_t)(s->flights[low].from - (uint32_t)to) < 0; low++) {
		s->flights[low].last_ns = p->t_ns;
		s->flights[low].last_ts = p->ts_value;
	}
}

/* Two of them are a cache line. */
static void grow_flights(struct sb_tcp_sender *s)
{
	struct sb_flight *old = s->flights;

	s->room = s->room ? 2 * s->room : 8;
	s->flights = sb_alloc_aligned(2 * sizeof(*old), s->room, sizeof(*old));
	if (old)
		memcpy(s->flights, old, s->count * sizeof(*old));
	free(old);
}

static void add_flight(struct sb_tcp_sender *s, const struct sb_l4 *p, uint64_t from, uint64_t to)
{
	/* What fills a hole is older than the last one; its time is not worth a sorted insertion.
	 */
	if (s->count > s->first) {
		int32_t ahead = (int32_t)(s->flights[s->count - 1].to - (uint32_t)from);

		from += ahead > 0 ? (uint32_t)ahead : 0;
	}
	if (from >= to || s->count - s->first >= s->max_flights)
		return;
	if (s->first && s->first * 2 >= s->count) {
		memmove(s->flights, s->flights + s->first,
			(s->count - s->first) * sizeof(*s->flights));
		s->count -= s->first;
		s->first = 0;
	}
	if (s->count == s->room)
		grow_flights(s);
	s->flights[s->count++] = (struct sb_flight){.from = (uint32_t)from,
						    .to = (uint32_t)to,
						    .first_ns = p->t_ns,
						    .last_ns = SB_TCP_NONE,
						    .first_ts = p->ts_value,
						    .last_ts = p->ts_value};
}

static void begin_other(struct sb_tcp_sender *s)
{
	uint64_t unseen = sb_tcp_unseen(s);
	int32_t peer_mss = s->peer_mss; /* of the SYN that this SYN-ACK answers */
	uint32_t generation = s->generation + 1;

	sb_tcp_sender_fini(s);
	s->peer_mss = peer_mss;
	s->unseen_before = unseen;
	s->generation = generation;
}

/* A retransmission by the timer, as far as it can be told from outside. */
static bool is_timeout(const struct sb_tcp_sender *s, const struct sb_l4 *p, uint64_t from)
{
	return from <= s->acked && p->t_ns - s->heard_ns >= RTO_MIN_NS;
}

static __attribute__((noinline)) void add_again(struct sb_tcp_sender *s, const struct sb_l4 *p,
						uint32_t mtu, struct sb_tcp_sending *out)
{
	uint32_t again = out->len - out->fresh, size = segment_size(s, p, mtu);

	mark_again(s, p, out->from, out->from + out->len);
	out->timeout = is_timeout(s, p, out->from);
	out->again = out->len <= size + 1 ? 1 : again / size + (again % size != 0);
}

void sb_tcp_sent(struct sb_tcp_sender *s, const struct sb_l4 *p, uint32_t mtu,
		 struct sb_tcp_sending *out)
{
	uint32_t len = p->payload_len + !!(p->flags & SB_TCP_SYN) + !!(p->flags & SB_TCP_FIN);
	uint64_t from, next;

	*out = (struct sb_tcp_sending){0};
	if (sb_tcp_sent_usual(s, p)) {
		out->len = out->fresh = len;
		out->from = s->sent.next - len;
		return;
	}
	if (__builtin_expect(is_other_connection(p, &s->sent, s->first_seq), 0))
		begin_other(s);
	if (p->flags & SB_TCP_RST)
		return;
	if (!len) {
		note_empty(s, p);
		return;
	}
	if (__builtin_expect(begins_with_probe(s, p), 0)) {
		begin(s, p, p->seq + 1, p->seq);
		return;
	}
	if (!s->sent.begun)
		begin(s, p, p->seq, p->seq);
	else
		sb_tcp_was_below(s, sb_seqset_widen(&s->sent, p->seq));
	next = s->sent.next;
	out->from = from = sb_seqset_widen(&s->sent, p->seq);
	if (is_probe(s, p, from))
		return;
	out->len = out->fresh = len;
	if (from == next)
		s->sent.next = from + len;
	else
		out->fresh = (uint32_t)sb_seqset_add(&s->sent, from, len);
	out->filled = out->fresh && from < next;
	if (__builtin_expect(len != out->fresh, 0))
		add_again(s, p, mtu, out);
	if (out->fresh && p->payload_len)
		add_flight(s, p, from, from + len);
}

void sb_tcp_acked(struct sb_tcp_sender *s, const struct sb_l4 *p, struct sb_tcp_acking *out)
{
	if (p->flags & SB_TCP_SYN && p->mss >= 0)
		s->peer_mss = p->mss;
	if (p->flags & SB_TCP_RST || !(p->flags & SB_TCP_ACK))
		*out = (struct sb_tcp_acking){SB_TCP_NONE, SB_TCP_NONE};
	else
		sb_tcp_acked_usual(s, p, out);
}

uint64_t sb_tcp_unseen(const struct sb_tcp_sender *s)
{
	return s->unseen_before + sb_seqset_unseen(&s->sent, s->claimed);
}

void sb_tcp_sender_shrink(struct sb_tcp_sender *s)
{
	free(s->flights);
	s->flights = NULL;
	s->first = s->count = s->room = 0;
}

uint64_t sb_tcp_received(struct sb_tcp_receiver *r, const struct sb_l4 *p)
{
	uint32_t first = p->seq + !!(p->flags & SB_TCP_SYN);

	if (is_other_connection(p, &r->got, r->first_seq))
		sb_tcp_receiver_fini(r);
	if (p->flags & SB_TCP_RST || (!p->payload_len && !(p->flags & SB_TCP_SYN)))
		return 0;
	if (!r->got.begun) {
		sb_seqset_begin(&r->got, first);
		r->first_seq = p->seq;
	}
	if (!p->payload_len)
		return 0;
	return sb_seqset_add(&r->got, sb_seqset_widen(&r->got, first), p->payload_len);
}
