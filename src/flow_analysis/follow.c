/* SPDX-License-Identifier: MIT */
/* follow.c - one more packet of one flow: what it was, and what it says of the other end's */
#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/pcap_usual.h"
#include "tcp_usual.h"

#define PROTO_TCP 6
#define PROTO_UDP 17

/* Without MSS in a handshake a frame is one segment, however long. */
#define NO_MTU 65535u

/* Identifications this close are taken for those of one counter; random ones are so by chance in
 * one of eight cases, and then timestamps mostly say otherwise. */
#define ID_NEAR 4096

/* Reordering lasts less than this where nothing else tells it from a retransmission: what Wireshark
 * takes. */
#define REORDER_NS (3 * SB_NS_PER_MS)

enum order { OLDER, NEWER, UNKNOWN };

/*
 * Was @p sent before or after what was seen of @h last?  Linux and most others count
 * identifications up in a connection, for retransmissions as well (ip_select_ident_segs()); a
 * timestamp that is newer was made later (RFC 7323).  A copy that the network made has those of its
 * original.
 */
static enum order order_of(const struct sb_half *h, const struct sb_l4 *p)
{
	int32_t by_ts = (int32_t)(p->ts_value - h->newest_ts);
	int16_t by_id = (int16_t)(uint16_t)(p->ip_id - h->newest_id);
	bool ts = h->ts_known && p->has_timestamps;

	if (ts && by_ts)
		return by_ts > 0 ? NEWER : OLDER;
	if (h->id_known && p->ip_version == 4 && p->ip_id && abs(by_id) < ID_NEAR)
		return by_id > 0 ? NEWER : OLDER;
	return UNKNOWN;
}

static void note_newest(struct sb_half *h, const struct sb_l4 *p)
{
	if (p->ip_id && (!h->id_known || (int16_t)(uint16_t)(p->ip_id - h->newest_id) > 0)) {
		h->newest_id = p->ip_id;
		h->id_known = true;
	}
	if (p->has_timestamps && (!h->ts_known || (int32_t)(p->ts_value - h->newest_ts) > 0)) {
		h->newest_ts = p->ts_value;
		h->ts_known = true;
	}
}

static void note_again(struct sb_half *h, const struct sb_l4 *p, const struct sb_tcp_sending *s)
{
	if (!h->again)
		h->again = sb_alloc(SB_AGAIN_COUNT, sizeof(*h->again));
	h->again[h->again_at++ % SB_AGAIN_COUNT] =
	    (struct sb_again){p->seq, p->seq + s->len, false};
}

static __attribute__((noinline)) void judge_segment(struct sb_half *h, const struct sb_l4 *p,
						    const struct sb_tcp_sending *s)
{
	enum order order = order_of(h, p);

	if (s->again) {
		if (order == OLDER) {
			h->sum.duplicates += s->again;
			return;
		}
		h->sum.retransmits += s->again;
		note_again(h, p, s);
		return;
	}
	if (order == UNKNOWN)
		order = p->t_ns - h->jumped_ns < REORDER_NS ? OLDER : NEWER;
	if (order == OLDER) {
		h->sum.reordered++;
		return;
	}
	h->sum.retransmits++;
	h->sum.lost_before++;
	note_again(h, p, s);
}

/* RFC 3168, section 6.1.1: a SYN asks with both bits, a SYN-ACK agrees with ECE alone. */
static void note_syn(struct sb_handshake *syn, const struct sb_l4 *p)
{
	uint8_t ecn = p->flags & (SB_TCP_ECE | SB_TCP_CWR);

	if (syn->seen)
		return;
	*syn = (struct sb_handshake){
	    .seen = true,
	    .mss = p->mss,
	    .window_scale = p->window_scale,
	    .sack = p->sack_permitted,
	    .timestamps = p->has_timestamps,
	    .ecn = p->flags & SB_TCP_ACK ? ecn == SB_TCP_ECE : ecn == (SB_TCP_ECE | SB_TCP_CWR)};
}

/* Does the first block tell of what had arrived already?  Below the acknowledgement, or inside the
 * second block (RFC 2883, section 4). */
static bool is_dsack(const uint8_t *blocks, uint8_t count, uint32_t ack)
{
	uint32_t from = sb_be32_at(blocks), to = sb_be32_at(blocks + 4);

	if ((int32_t)(ack - from) > 0)
		return true;
	return count > 1 && (int32_t)(from - sb_be32_at(blocks + 8)) >= 0 &&
	       (int32_t)(sb_be32_at(blocks + 12) - to) >= 0;
}

/* Each retransmission is told of once; what was not sent again the network copied. */
static __attribute__((noinline)) void note_sack(struct sb_half *data, const struct sb_l4 *p,
						const uint8_t *blocks)
{
	uint32_t from, to;

	if (!data->again || !is_dsack(blocks, p->sack_blocks, p->ack))
		return;
	from = sb_be32_at(blocks);
	to = sb_be32_at(blocks + 4);
	for (uint32_t i = 0; i < SB_AGAIN_COUNT; i++) {
		struct sb_again *a = &data->again[i];

		if (a->from == a->to || a->told || (int32_t)(a->to - from) <= 0 ||
		    (int32_t)(to - a->from) <= 0)
			continue;
		a->told = true;
		data->sum.spurious++;
	}
}

static void follow_ack(struct sb_half *h, struct sb_half *data, const struct sb_l4 *p)
{
	const struct sb_tcp_sender *s = &data->sender;

	if (!p->payload_len && h->ack_known && p->ack == h->last_ack && s->sent.begun &&
	    s->sent.next > s->acked && (p->window == h->last_window || p->sack_blocks) &&
	    !(p->flags & (SB_TCP_SYN | SB_TCP_FIN | SB_TCP_RST)))
		h->sum.dup_acks++;
	if (!p->window && (!h->ack_known || h->last_window) &&
	    !(p->flags & (SB_TCP_SYN | SB_TCP_RST)))
		h->sum.zero_windows++;
	h->ack_known = true;
	h->last_ack = p->ack;
	h->last_window = p->window;
}

static bool keep_more(struct sb_flow_table *t, struct sb_half *h, size_t bytes)
{
	h->bytes += bytes;
	t->kept += bytes;
	return bytes > 0;
}

/* What a connection that began anew gave back is taken off. */
static bool account_sender(struct sb_flow_table *t, struct sb_half *h)
{
	size_t bytes = sb_tcp_sender_bytes(&h->sender), before = h->sender_bytes;

	if (__builtin_expect(bytes == before, 1))
		return false;
	h->sender_bytes = bytes;
	h->bytes += bytes - before;
	t->kept += bytes - before;
	return bytes > before;
}

static void note_head(struct sb_half *h, const struct sb_flow_analysis_step *step)
{
	if (step->facts.seq == h->sender.first_seq + 1 && h->sum.syn.seen)
		h->sum.head = sb_step_head(step);
}

/* Something else than the next bytes in a row; returns true when memory grew. */
static __attribute__((noinline)) bool follow_other_segment(struct sb_flow_table *t,
							   struct sb_half *h,
							   const struct sb_flow_analysis_step *step)
{
	const struct sb_l4 *p = &step->facts;
	bool jumps = !h->sender.sent.begun || (int32_t)(p->seq - (uint32_t)h->sender.sent.next) > 0;
	struct sb_tcp_sending sending;

	sb_tcp_sent(&h->sender, p, NO_MTU, &sending);
	if (!sending.len)
		return false;
	h->sum.goodput_bytes += sending.fresh < p->payload_len ? sending.fresh : p->payload_len;
	if (sending.again || sending.filled)
		judge_segment(h, p, &sending);
	if (jumps)
		h->jumped_ns = p->t_ns;
	note_newest(h, p);
	if (h->sum.payload == p->payload_len && p->payload_len)
		note_head(h, step);
	return account_sender(t, h);
}

/* Without payload, and not with the next number: it may tell of what was sent and is missing here.
 */
static __attribute__((noinline)) bool follow_empty(struct sb_flow_table *t, struct sb_half *h,
						   const struct sb_l4 *p)
{
	uint64_t next = h->sender.sent.next;
	struct sb_tcp_sending sending;

	sb_tcp_sent(&h->sender, p, NO_MTU, &sending);
	if (h->sender.sent.next != next) {
		h->jumped_ns = p->t_ns;
		note_newest(h, p);
	}
	return account_sender(t, h);
}

/*
 * From the SYN to the ACK that the client sends for the SYN-ACK lies a round trip wherever the capture
 * was made; here the first half of it ends.  A SYN that was sent again tells no time.
 */
static void note_handshake(struct sb_live_flow *f, const struct sb_l4 *p)
{
	if (!(p->flags & SB_TCP_ACK)) {
		f->syn_ns = f->saw_start ? SB_TCP_NONE : p->t_ns;
		f->syn_ack_seen = false;
	} else {
		f->syn_ack_seen = f->syn_ns != SB_TCP_NONE;
	}
}

/* SYN, FIN or RST; returns true when the connection is over. */
static __attribute__((noinline)) bool note_flags(struct sb_live_flow *f, const struct sb_l4 *p,
						 int end)
{
	struct sb_half *h = &f->half[end];

	if (p->flags & SB_TCP_SYN)
		note_handshake(f, p);
	h->sum.fin += !!(p->flags & SB_TCP_FIN);
	h->sum.rst += !!(p->flags & SB_TCP_RST);
	if (p->flags & SB_TCP_SYN) {
		note_syn(&h->sum.syn, p);
		if (!f->saw_start)
			f->first = (uint8_t)(p->flags & SB_TCP_ACK ? !end : end);
		f->saw_start = true;
	}
	return h->sum.rst || (h->sum.fin && f->half[!end].sum.fin);
}

static __attribute__((noinline)) void forget_senders(struct sb_flow_table *t,
						     struct sb_live_flow *f)
{
	for (int i = 0; i < 2; i++) {
		sb_tcp_sender_shrink(&f->half[i].sender);
		(void)account_sender(t, &f->half[i]);
	}
}

static inline bool take_samples(struct sb_flow_table *t, struct sb_half *data,
				const struct sb_tcp_acking *acking)
{
	bool grown = false;

	if (acking->rtt_ns != SB_TCP_NONE) {
		data->rtt_count++;
		data->rtt_sum_ns += acking->rtt_ns > 0 ? (uint64_t)acking->rtt_ns : 0;
		grown |= keep_more(t, data, sb_sketch_add(&data->rtt, acking->rtt_ns));
	}
	if (acking->ts_rtt_ns != SB_TCP_NONE)
		grown |= keep_more(t, data, sb_sketch_add(&data->ts_rtt, acking->ts_rtt_ns));
	return grown;
}

static __attribute__((noinline)) void end_handshake(struct sb_live_flow *f, const struct sb_l4 *p,
						    int end)
{
	if (end != f->first)
		return;
	f->syn_ack_seen = false;
	if (f->handshake_ns == SB_TCP_NONE)
		f->handshake_ns = p->t_ns - f->syn_ns;
}

static inline bool follow_tcp(struct sb_flow_table *t, struct sb_live_flow *f,
			      const struct sb_flow_analysis_step *step,
			      const struct sb_flow_analysis_more *more)
{
	const struct sb_l4 *p = &step->facts;
	const uint8_t edges = p->flags & (SB_TCP_SYN | SB_TCP_FIN | SB_TCP_RST);
	const int end = sb_step_end(step);
	struct sb_half *h = &f->half[end], *data = &f->half[!end];
	struct sb_tcp_acking acking;
	bool grown = false, over = false;

	if (__builtin_expect(edges, 0))
		over = note_flags(f, p, end);
	else if (__builtin_expect(f->syn_ack_seen, 0))
		end_handshake(f, p, end);
	if (p->payload_len | edges) {
		if (__builtin_expect(sb_tcp_sent_usual(&h->sender, p), 1)) {
			h->sum.goodput_bytes += p->payload_len;
			note_newest(h, p);
			if (__builtin_expect(h->sum.payload == p->payload_len, 0))
				note_head(h, step);
		} else {
			grown = follow_other_segment(t, h, step);
		}
	} else if (__builtin_expect(p->seq != (uint32_t)h->sender.sent.next, 0)) {
		grown = follow_empty(t, h, p);
	}
	if (!(p->flags & SB_TCP_ACK))
		return grown;
	if (__builtin_expect(p->sack_blocks, 0))
		note_sack(data, p, more->sack);
	follow_ack(h, data, p);
	if (__builtin_expect(edges, 0))
		sb_tcp_acked(&data->sender, p, &acking);
	else
		sb_tcp_acked_usual(&data->sender, p, &acking);
	grown |= take_samples(t, data, &acking);
	if (__builtin_expect(over, 0))
		forget_senders(t, f);
	return grown;
}

static __attribute__((noinline)) bool follow_udp(struct sb_flow_table *t, struct sb_live_flow *f,
						 const struct sb_flow_analysis_step *step)
{
	const struct sb_quic_packet p = sb_step_quic(step);
	const int end = sb_step_end(step);
	struct sb_half *h = &f->half[end];
	bool grown = false;
	int64_t rtt_ns;

	if (!f->quic) {
		if (p.kind != SB_QUIC_INITIAL || step->facts.payload_len < SB_QUIC_INITIAL_MIN)
			return false;
		f->quic = sb_alloc(1, sizeof(*f->quic));
		grown = keep_more(t, h, sizeof(*f->quic));
	}
	rtt_ns = sb_quic_follow(f->quic, end, step->facts.t_ns, step->facts.payload_len, &p);
	if (rtt_ns == SB_QUIC_UNKNOWN)
		return grown;
	/* Not for the rows of a CSV: whether the bit means anything is known at the end. */
	return keep_more(t, h, sb_sketch_add(&h->rtt, rtt_ns)) || grown;
}

bool sb_follow(struct sb_flow_table *t, struct sb_live_flow *f,
	       const struct sb_flow_analysis_step *step, const struct sb_flow_analysis_more *more)
{
	const struct sb_l4 *p = &step->facts;
	const int end = sb_step_end(step);
	struct sb_flow_analysis_dir *sum = &f->half[end].sum;

	if (p->t_ns > f->last_ns)
		f->last_ns = p->t_ns;
	if (__builtin_expect(!sum->packets && !f->half[!end].sum.packets, 0))
		f->first = (uint8_t)end;
	sum->packets++;
	sum->wire_bytes += p->wire_len;
	sum->payload += p->payload_len;
	if (p->l4 && p->proto == PROTO_TCP)
		return follow_tcp(t, f, step, more);
	sum->goodput_bytes += p->payload_len;
	return p->l4 && p->proto == PROTO_UDP && follow_udp(t, f, step);
}
