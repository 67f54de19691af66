// SPDX-License-Identifier: MIT
/*
 * session_tcp.c - the turns of one TCP connection, from its segments at one point
 *
 * Times at a capture point are not times at an end.  That an end thought can be told at any point,
 * for how long only with the round trip from the point to that end taken off; replay_session.h says
 * which rules decide.
 */
#include <string.h>

#include "satbed/base/clock.h"
#include "session.h"

/* A shorter pause is no turn of its own: scheduling of the sender has such, too. */
#define PAUSE_NS (10 * SB_NS_PER_MS)
/* Without the sign of a short segment, at a point far from the sender: longer than an outage of a
 * handover, and than most timeouts. */
#define QUIET_NS (500 * SB_NS_PER_MS)
/* A point so near an end sees what it does, when it does it. */
#define NEAR_NS (5 * SB_NS_PER_MS)
/* How long an acknowledgement may be held back: Linux, TCP_DELACK_MIN and TCP_DELACK_MAX. */
#define HELD_ACK_NS	   (40 * SB_NS_PER_MS)
#define SHARED_LOAD_ACK_NS (200 * SB_NS_PER_MS)
#define INITIAL_WINDOW	   10u	      /* segments, RFC 6928 */
#define WINDOW_MAX	   (1u << 30) /* RFC 7323, section 2.3 */
#define HOLES_MAX	   64
#define DEFAULT_SEGMENT	   536u /* RFC 9293, section 3.7.1 */

void session_tcp_begin(struct track *t)
{
	t->syn_ns = t->syn_ack_ns = t->ack_ns = NEVER;
	t->last_side = -1;
	for (int i = 0; i < 2; i++) {
		t->end[i] = (struct sender){.rtt_ns = -1,
					    .open = NO_TURN,
					    .acked_ns = NEVER,
					    .last_ns = NEVER,
					    .set.max_holes = HOLES_MAX};
	}
}

static void begin_sequence(struct sender *s, uint32_t seq)
{
	if (s->set.begun)
		return;
	sb_seqset_begin(&s->set, seq);
	s->base = s->acked = s->set.next;
}

static void note_round_trip(struct sender *to, int64_t ns)
{
	if (ns >= 0 && (to->rtt_ns < 0 || ns < to->rtt_ns))
		to->rtt_ns = ns;
}

static int64_t round_trip(const struct sender *to)
{
	return to->rtt_ns > 0 ? to->rtt_ns : 0;
}

static void follow_handshake(struct track *t, int side, const struct sb_packet *p, int64_t now)
{
	if (p->flags & SB_TCP_SYN) {
		begin_sequence(&t->end[side], p->seq + 1);
		if (p->mss > 0)
			t->end[!side].mss = (uint32_t)p->mss;
		if (!(p->flags & SB_TCP_ACK)) {
			t->saw_start |= !side;
			if (t->syn_ack_ns == NEVER)
				t->syn_ns = now;
		} else if (t->syn_ack_ns == NEVER && side) {
			t->syn_ack_ns = now;
			if (t->syn_ns != NEVER)
				note_round_trip(&t->end[1], now - t->syn_ns);
		}
	} else if (!side && t->syn_ack_ns != NEVER && t->ack_ns == NEVER) {
		t->ack_ns = now;
		t->ack_had_data = p->payload_len > 0;
		note_round_trip(&t->end[0], now - t->syn_ack_ns);
	}
}

/* Bytes that are new go into the turn that is open. */
static bool add_bytes(struct session_reader *rd, size_t flow, int side, uint64_t bytes)
{
	struct track *t = &rd->tracks[flow];
	struct sender *s = &t->end[side];

	if (s->open == NO_TURN) {
		const struct made_turn first = {
		    .turn = {.dir = (uint8_t)side, .first_ns = rd->now_ns}};

		if (!session_turn(rd, flow, &first))
			return false;
		s->open = rd->turn_count - 1;
	}
	rd->turns[s->open].turn.bytes += bytes;
	rd->turns[s->open].turn.last_ns = rd->now_ns;
	s->bytes += bytes;
	t->last_side = side;
	t->end_ns = rd->now_ns;
	return true;
}

/* @side acknowledges what the other end has sent: all of that was sent, captured or not. */
static bool acknowledge(struct session_reader *rd, size_t flow, int side, const struct sb_packet *p)
{
	struct track *t = &rd->tracks[flow];
	struct sender *s = &t->end[!side];
	uint64_t to, before, fresh;

	begin_sequence(s, p->ack);
	to = sb_seqset_widen(&s->set, p->ack);
	if (to <= s->acked || to > s->set.next + WINDOW_MAX)
		return true;
	before = s->set.next;
	s->flight = before > s->acked ? before - s->acked : 0;
	fresh = sb_seqset_add(&s->set, s->acked, (uint32_t)(to - s->acked));
	s->acked = to;
	s->acked_ns = rd->now_ns;
	if (s->probe_end && to >= s->probe_end) {
		note_round_trip(&t->end[side], rd->now_ns - s->probe_ns);
		s->probe_end = 0;
	}
	/* One number beyond the last byte is a FIN's. */
	if (!fresh || (fresh == 1 && to == before + 1))
		return true;
	s->probe_end = 0;
	t->unseen += fresh;
	return add_bytes(rd, flow, !side, fresh);
}

static bool is_short(struct sender *s, const struct sb_packet *p)
{
	uint32_t full = s->mss > p->options_len ? s->mss - p->options_len : 0;

	if (p->payload_len > s->largest)
		s->largest = p->payload_len;
	if (!full)
		full = s->largest;
	/* What segmentation offload had yet to cut ends in a short one or does not. */
	return p->payload_len % full != 0;
}

/* Was it an acknowledgement that let these bytes go, rather than the application? */
static bool is_set_free(const struct sender *s, int64_t now, uint32_t len)
{
	uint32_t segment = s->mss ? s->mss : DEFAULT_SEGMENT;

	if (s->acked_ns == NEVER || now - s->acked_ns > round_trip(s) * 3 / 2 + PAUSE_NS)
		return false;
	return !s->no_delay || s->lossy || s->flight + len > INITIAL_WINDOW * segment;
}

/* The application's pause before these new bytes, or 0 where there is none that is its own. */
static int64_t own_pause(const struct sender *s, int64_t now, uint32_t len)
{
	int64_t idle = s->last_ns == NEVER ? 0 : now - s->last_ns, quiet;

	if (idle < PAUSE_NS)
		return 0;
	if (s->short_last)
		return is_set_free(s, now, len) ? 0 : idle;
	if (s->acked < s->set.next || s->acked_ns == NEVER)
		return 0;
	quiet = round_trip(s) > NEAR_NS ? 2 * round_trip(s) : PAUSE_NS;
	if (round_trip(s) > NEAR_NS && quiet < QUIET_NS)
		quiet = QUIET_NS;
	return now - s->acked_ns > quiet + round_trip(s) ? idle : 0;
}

/* From when the connection stood at this end to its first bytes. */
static int64_t since_open(const struct track *t, int side, int64_t now)
{
	int64_t ns = 0;

	if (!side && t->ack_ns != NEVER && !t->ack_had_data)
		ns = now - t->ack_ns; /* it acknowledged at once */
	else if (side && t->ack_ns != NEVER)
		ns = now - t->ack_ns - round_trip(&t->end[side]);
	return ns > 0 ? ns : 0;
}

/** struct heard - what @side knew of the other end before this segment */
struct heard {
	bool all_acked;
	int64_t acked_ns;
};

static int64_t think_time(const struct track *t, int side, const struct heard *heard, int64_t now)
{
	const struct sender *peer = &t->end[!side];
	int64_t ns, most = heard->all_acked && heard->acked_ns != NEVER
			       ? now - heard->acked_ns + HELD_ACK_NS
			       : SHARED_LOAD_ACK_NS;

	if (peer->last_ns == NEVER)
		return 0;
	ns = now - peer->last_ns - round_trip(&t->end[side]);
	ns = ns < most ? ns : most;
	return ns > 0 ? ns : 0;
}

/* The other end's bytes that this segment says have come. */
static uint64_t bytes_heard(const struct sender *peer)
{
	uint64_t n = peer->acked - peer->base;

	return n < peer->bytes ? n : peer->bytes;
}

/* New bytes in front of all others: do they begin a turn? */
static bool take_turn(struct session_reader *rd, size_t flow, int side, const struct sb_packet *p,
		      const struct heard *heard, bool jumped)
{
	struct track *t = &rd->tracks[flow];
	struct sender *s = &t->end[side], *peer = &t->end[!side];
	uint64_t newest = peer->set.begun ? peer->set.next - peer->fin : 0;
	bool alternated = t->last_side == !side;
	/* Neither of two segments acknowledges the other: Weigle et al. */
	bool crossed = peer->bytes && peer->acked < newest && peer->newest_ack <= s->set.next;
	int64_t pause = jumped ? 0 : own_pause(s, rd->now_ns, p->payload_len);
	struct made_turn next = {.turn = {.dir = (uint8_t)side, .first_ns = rd->now_ns}};

	t->alternations += alternated;
	t->path_matches += alternated && crossed;
	if (s->open != NO_TURN && !pause && (!alternated || crossed))
		return true;
	next.alone_ns = s->open == NO_TURN ? since_open(t, side, rd->now_ns) : pause;
	next.turn.needs = bytes_heard(peer);
	if (alternated && !crossed)
		next.turn.wait_ns = think_time(t, side, heard, rd->now_ns);
	else
		next.turn.wait_ns = next.alone_ns;
	if (!session_turn(rd, flow, &next))
		return false;
	s->open = rd->turn_count - 1;
	return true;
}

static bool take_payload(struct session_reader *rd, size_t flow, int side,
			 const struct sb_packet *p, const struct heard *heard)
{
	struct track *t = &rd->tracks[flow];
	struct sender *s = &t->end[side];
	uint64_t from, next, fresh;
	bool is_new;

	begin_sequence(s, p->seq);
	next = s->set.next;
	from = sb_seqset_widen(&s->set, p->seq);
	/* A keep-alive, RFC 9293, section 3.8.4. */
	if (p->payload_len <= 1 && from + 1 == next)
		return true;
	is_new = from >= next;
	if (is_new && !take_turn(rd, flow, side, p, heard, from > next))
		return false;
	fresh = sb_seqset_add(&s->set, from, p->payload_len);
	s->last_ns = rd->now_ns;
	if (!is_new) {
		s->lossy = true;
		s->probe_end = 0;
		s->again += fresh < p->payload_len;
		return fresh ? add_bytes(rd, flow, side, fresh) : true;
	}
	s->short_last = is_short(s, p);
	s->newest_ack = t->end[!side].acked;
	if (s->short_last) {
		s->no_delay |= s->short_end > s->acked;
		s->short_end = from + p->payload_len;
	}
	if (!s->probe_end) {
		s->probe_end = from + p->payload_len;
		s->probe_ns = rd->now_ns;
	}
	return add_bytes(rd, flow, side, fresh);
}

bool session_tcp(struct session_reader *rd, size_t flow, int side, const struct sb_packet *p)
{
	struct track *t = &rd->tracks[flow];
	struct sender *s = &t->end[side], *peer = &t->end[!side];
	const struct heard heard = {.all_acked = peer->acked >= peer->set.next,
				    .acked_ns = peer->acked_ns};

	if (p->flags & SB_TCP_RST)
		return true;
	follow_handshake(t, side, p, rd->now_ns);
	if (p->flags & SB_TCP_ACK && !acknowledge(rd, flow, side, p))
		return false;
	/* A SYN's own payload (RFC 7413) begins after it. */
	if (p->payload_len && !(p->flags & SB_TCP_SYN) && !take_payload(rd, flow, side, p, &heard))
		return false;
	if (p->flags & SB_TCP_FIN && s->set.begun && !s->fin) {
		sb_seqset_add(&s->set, sb_seqset_widen(&s->set, p->seq) + p->payload_len, 1);
		s->fin = true;
	}
	return true;
}
