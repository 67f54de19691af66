// SPDX-License-Identifier: MIT
/* one_end.c - segments of one TCP connection and when they were acknowledged */
#include "one_end.h"

#include "which_end.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"
#include "satbed/pcap.h"
#include "satbed/pcap_decode.h"

#define ETHER_LEN  14u
#define PROTO_TCP  6
#define MAX_FLOWS  65536u
#define MAX_WINDOW (UINT64_C(1) << 30)
#define FEW	   50 /* segments that say nothing yet */
#define SYN_LEN	   60 /* with the usual options */

/** struct flow - one direction of a connection */
struct flow {
	uint64_t hash, back;
	uint64_t bytes;
	bool used, opened; /* sent the SYN */
	uint16_t src_port, dst_port;
	int64_t syn_ns, syn_ack_ns;
};

/** struct segment - @end: sequence number after it, counted from the first one seen */
struct segment {
	uint64_t end;
	bool again;
};

/**
 * struct follow - @head: the first segment that is not acknowledged by number
 * @ahead:	the highest acknowledgement of what was not seen yet, at @ahead_ns: data may be
 *		recorded after its acknowledgement; before anything @begun, the number as it came
 */
struct follow {
	struct sb_learn_trace *out;
	struct segment *segments;
	size_t segment_room, head;
	uint32_t base;
	uint64_t top, ahead;
	int64_t ahead_ns;
	uint32_t largest; /* segment's payload */
	bool begun, heard;
	struct sb_which_end end;
};

static uint64_t hash_of(const struct sb_packet *p, bool back)
{
	uint8_t key[40] = {0};
	size_t len = p->ip_version == 6 ? 16 : 4;
	uint16_t ports[2] = {p->src_port, p->dst_port};

	memcpy(key, back ? p->dst_ip : p->src_ip, len);
	memcpy(key + 16, back ? p->src_ip : p->dst_ip, len);
	memcpy(key + 32, &ports[back], 2);
	memcpy(key + 34, &ports[!back], 2);
	return XXH3_64bits(key, sizeof(key));
}

static struct flow *find_flow(struct flow *flows, uint64_t hash)
{
	for (size_t i = hash % MAX_FLOWS, n = 0; n < 64; i = (i + 1) % MAX_FLOWS, n++) {
		if (!flows[i].used)
			flows[i] = (struct flow){.hash = hash, .used = true};
		if (flows[i].hash == hash)
			return &flows[i];
	}
	/* As many hosts as that: the connection with most bytes is another one, or comes earlier.
	 */
	return NULL;
}

static void count_packet(struct flow *flows, const struct sb_packet *p)
{
	struct flow *f = find_flow(flows, hash_of(p, false));

	if (!f)
		return;
	f->back = hash_of(p, true);
	f->src_port = p->src_port;
	f->dst_port = p->dst_port;
	f->bytes += p->payload_len;
	if ((p->flags & SB_TCP_SYN) && !f->syn_ns) {
		f->opened = !(p->flags & SB_TCP_ACK);
		f->syn_ns = p->t_ns;
	} else if (f->opened && !f->syn_ack_ns && (p->flags & SB_TCP_ACK)) {
		/* The third packet of the handshake: the opener's first ACK. */
		f->syn_ack_ns = p->t_ns;
	}
}

typedef void packet_fn(void *arg, const struct sb_frame *frame, const struct sb_packet *p);

static int each_tcp(const char *path, packet_fn *take, void *arg, struct sb_err *err)
{
	struct sb_pcap *pcap;
	struct sb_frame frame;
	struct sb_packet p;
	int rc;

	if (sb_pcap_open(path, &pcap, err))
		return -1;
	while (sb_pcap_next(pcap, &frame)) {
		sb_decode(&frame, &p);
		if (p.l4 && p.proto == PROTO_TCP)
			take(arg, &frame, &p);
	}
	rc = sb_pcap_need_times(sb_pcap_facts(pcap), path, err);
	sb_pcap_close(pcap);
	return rc;
}

static void take_count(void *arg, const struct sb_frame *frame, const struct sb_packet *p)
{
	(void)frame;
	count_packet(arg, p);
}

/* Number @seq without wrapping, nearest to what was sent last. */
static uint64_t unwrap(const struct follow *f, uint32_t seq)
{
	uint32_t top = (uint32_t)f->top + f->base;

	return f->top + (uint64_t)(int64_t)(int32_t)(seq - top);
}

static size_t first_after(const struct follow *f, uint64_t number)
{
	return sb_bisect(mid, f->head, f->out->count, f->segments[mid].end <= number);
}

/* What is recorded at one instant has no order, and an instant before the sending is none. */
static void arrive(struct follow *f, size_t i, int64_t t_ns)
{
	struct sb_learn_packet *p = &f->out->packets[i];

	if (p->arrived_ns == SB_LEARN_LOST && !f->segments[i].again)
		p->arrived_ns = t_ns > p->sent_ns ? t_ns : p->sent_ns;
}

static void acknowledge(struct follow *f, uint64_t ack, int64_t t_ns)
{
	while (f->head < f->out->count && f->segments[f->head].end <= ack)
		arrive(f, f->head++, t_ns);
}

static void begin(struct follow *f, const struct sb_packet *p)
{
	uint32_t ack = (uint32_t)f->ahead;

	f->base = p->seq - 1;
	f->top = 1;
	f->begun = true;
	/* The peer may have acknowledged it by then, as the file has it. */
	f->ahead = f->heard && (int32_t)(ack - p->seq) > 0 ? unwrap(f, ack) : 0;
}

static void add_load(struct sb_learn_trace *t, const struct sb_packet *p)
{
	int64_t before_ns = t->load_count ? t->load[t->load_count - 1].sent_ns : INT64_MIN;

	t->load = sb_grow(t->load, t->load_count, &t->load_room, sizeof(*t->load));
	t->load[t->load_count++] = (struct sb_learn_load){
	    .sent_ns = p->t_ns > before_ns ? p->t_ns : before_ns, .len = p->l3_len + ETHER_LEN};
}

static void send_segment(struct follow *f, const struct sb_packet *p)
{
	struct sb_learn_trace *t = f->out;
	uint64_t from, end;

	if (!f->begun)
		begin(f, p);
	from = unwrap(f, p->seq);
	end = from + p->payload_len;
	if ((int64_t)from < 1 || t->count == SB_LEARN_PACKETS_MAX)
		return;
	if (end <= f->top) {
		add_load(t, p);
		for (size_t i = first_after(f, from); i < t->count && f->segments[i].end <= end;
		     i++)
			f->segments[i].again = true;
		return;
	}
	f->segments = sb_grow(f->segments, t->count, &f->segment_room, sizeof(*f->segments));
	f->segments[t->count] = (struct segment){.end = end};
	t->packets = sb_grow(t->packets, t->count, &t->room, sizeof(*t->packets));
	/* Times that run backwards are none. */
	t->packets[t->count] = (struct sb_learn_packet){
	    .sent_ns = t->count && p->t_ns < t->packets[t->count - 1].sent_ns
			   ? t->packets[t->count - 1].sent_ns
			   : p->t_ns,
	    .arrived_ns = SB_LEARN_LOST,
	    .len = p->l3_len + ETHER_LEN};
	t->count++;
	f->top = end;
	if (p->payload_len > f->largest)
		f->largest = p->payload_len;
	acknowledge(f, f->ahead, f->ahead_ns);
}

static void take_ack(struct follow *f, const struct sb_frame *frame, const struct sb_packet *p)
{
	uint64_t ack;

	if (!(p->flags & SB_TCP_ACK))
		return;
	if (!f->begun) {
		f->heard = true;
		f->ahead = p->ack;
		f->ahead_ns = p->t_ns;
		return;
	}
	for (uint32_t k = 0; k < p->sack_blocks; k++) {
		const uint8_t *b = frame->data + p->sack_offset + 8 * k;
		uint32_t left =
		    (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
		uint32_t right =
		    (uint32_t)b[4] << 24 | (uint32_t)b[5] << 16 | (uint32_t)b[6] << 8 | b[7];
		uint64_t end = unwrap(f, right);

		for (size_t i = first_after(f, unwrap(f, left));
		     i < f->out->count && f->segments[i].end <= end; i++)
			arrive(f, i, p->t_ns);
	}
	ack = unwrap(f, p->ack);
	if (ack > f->top + MAX_WINDOW)
		return;
	if (ack > f->top && ack > f->ahead) {
		f->ahead = ack;
		f->ahead_ns = p->t_ns;
	}
	if (ack <= f->top && f->head < f->out->count && f->segments[f->head].end <= ack)
		sb_which_end_acked(&f->end, f->top - ack, f->largest);
	acknowledge(f, ack, p->t_ns);
}

struct chosen {
	struct follow follow;
	uint64_t hash, back;
	int64_t handshake[2], opened_ns;
};

static void take_follow(void *arg, const struct sb_frame *frame, const struct sb_packet *p)
{
	struct chosen *c = arg;
	uint64_t hash = hash_of(p, false);

	if (hash == c->hash || hash == c->back)
		sb_which_end_packet(&c->follow.end, hash == c->hash, p);
	if (hash == c->hash && p->payload_len && !(p->flags & SB_TCP_SYN))
		send_segment(&c->follow, p);
	else if (hash == c->back)
		take_ack(&c->follow, frame, p);
}

/* Round trips through the data's receiver and through its sender, of where the handshake was seen.
 */
static void handshake_of(struct flow *flows, const struct flow *data, int64_t trips[2])
{
	const struct flow *back = find_flow(flows, data->back);
	const struct flow *opener = data->opened ? data : back;
	const struct flow *other = data->opened ? back : data;

	trips[0] = trips[1] = SB_LEARN_LOST;
	if (!opener || !other || !opener->opened || !opener->syn_ack_ns || !other->syn_ns)
		return;
	/* SYN to SYN-ACK: to the other host and back; SYN-ACK to ACK: to the opener and back. */
	trips[!data->opened] = other->syn_ns - opener->syn_ns;
	trips[data->opened] = opener->syn_ack_ns - other->syn_ns;
}

static int choose(const char *path, struct flow *flows, struct chosen *c, enum sb_dir *dir,
		  struct sb_err *err)
{
	const struct flow *best = &flows[0];
	const struct flow *back;

	for (size_t i = 1; i < MAX_FLOWS; i++)
		if (flows[i].bytes > best->bytes)
			best = &flows[i];
	if (!best->bytes)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: no TCP connection sends anything in it; of anything else one "
			       "end does not know what arrived: give the other end's capture, too",
			       path);
	handshake_of(flows, best, c->handshake);
	c->opened_ns = best->syn_ns;
	back = find_flow(flows, best->back);
	c->hash = best->hash;
	c->back = best->back;
	*dir = best->opened			 ? SB_UP
	       : back && back->opened		 ? SB_DOWN
	       : best->src_port > best->dst_port ? SB_UP
						 : SB_DOWN;
	return 0;
}

/* The first packet of all found the link idle, as far as this connection goes. */
static void add_handshake(struct sb_learn_trace *t, const struct chosen *c)
{
	if (c->handshake[0] == SB_LEARN_LOST || c->handshake[0] < 0 ||
	    c->opened_ns > t->packets[0].sent_ns || t->count == SB_LEARN_PACKETS_MAX)
		return;
	t->packets = sb_grow(t->packets, t->count, &t->room, sizeof(*t->packets));
	memmove(t->packets + 1, t->packets, t->count * sizeof(*t->packets));
	t->packets[0] = (struct sb_learn_packet){c->opened_ns, c->opened_ns + c->handshake[0],
						 ETHER_LEN + SYN_LEN};
	t->count++;
}

/* Only the data's sender knows when it was sent. */
static int require_sender(const char *path, struct chosen *c, char how[SB_LEARN_HOW_MAX],
			  bool *between, struct sb_err *err)
{
	switch (sb_which_end(&c->follow.end, c->handshake, c->follow.out, how)) {
	case SB_END_SENDER:
		return 0;
	case SB_END_BETWEEN:
		*between = true;
		return 0;
	case SB_END_RECEIVER:
		return sb_fail(err, SB_EINPUT, 0,
			       "%s was captured at the receiver of the data, who does not know "
			       "when it was sent (%s); give the sender's capture, or both",
			       path, how);
	case SB_END_UNKNOWN:
	default:
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: cannot tell whether it was captured at the sender of the data "
			       "or at its receiver, nor how far from either%s%s%s; give both ends' "
			       "captures, or the sender's from the beginning of the connection",
			       path, how[0] ? " (" : "", how, how[0] ? ")" : "");
	}
}

int sb_one_end_read(const char *path, struct sb_learn_trace *out, enum sb_dir *dir,
		    char how[SB_LEARN_HOW_MAX], bool *between, struct sb_err *err)
{
	struct flow *flows = sb_alloc(MAX_FLOWS, sizeof(*flows));
	struct chosen c = {.follow.out = out};
	int rc;

	*out = (struct sb_learn_trace){.by_acks = true};
	rc = each_tcp(path, take_count, flows, err);
	if (!rc)
		rc = choose(path, flows, &c, dir, err);
	if (!rc)
		rc = each_tcp(path, take_follow, &c, err);
	/* What was still under way says nothing. */
	while (!rc && out->count > c.follow.head &&
	       out->packets[out->count - 1].arrived_ns == SB_LEARN_LOST)
		out->count--;
	if (!rc && out->count < FEW)
		rc = sb_fail(err, SB_EINPUT, 0, "%s: only %zu segments were acknowledged in it",
			     path, out->count);
	how[0] = '\0';
	*between = false;
	if (!rc)
		rc = require_sender(path, &c, how, between, err);
	sb_which_end_fini(&c.follow.end);
	if (!rc)
		add_handshake(out, &c);
	if (rc) {
		free(out->packets);
		free(out->load);
		*out = (struct sb_learn_trace){0};
	}
	free(c.follow.segments);
	free(flows);
	return rc;
}
