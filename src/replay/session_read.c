// SPDX-License-Identifier: MIT
/* session_read.c - a capture's packets, each to its flow: connections become turns, datagrams are
 * their own */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/pcap.h"
#include "session.h"

#define TABLE	     (4 * SB_SESSION_FLOWS_MAX) /* a power of two */
#define DATAGRAM_MAX 65507u			/* what one over IPv4 can carry */

static size_t address_len(const struct sb_packet *p)
{
	return p->ip_version == 6 ? 16 : 4;
}

/* Which end of @t sent it: 0, 1, or -1 = it is of another flow. */
static int side_of(const struct track *t, const struct sb_packet *p)
{
	size_t len = address_len(p);

	if (t->ip_version != p->ip_version || t->proto != p->proto)
		return -1;
	for (int i = 0; i < 2; i++)
		if (p->src_port == t->port[i] && p->dst_port == t->port[!i] &&
		    !memcmp(p->src_ip, t->addr[i], len) && !memcmp(p->dst_ip, t->addr[!i], len))
			return i;
	return -1;
}

/* The same for both ways. */
static uint32_t hash_of(const struct sb_packet *p)
{
	size_t len = address_len(p);
	uint64_t one = p->src_port, other = p->dst_port;

	for (size_t i = 0; i < len; i++) {
		one = (one ^ p->src_ip[i]) * UINT64_C(0x100000001b3);
		other = (other ^ p->dst_ip[i]) * UINT64_C(0x100000001b3);
	}
	one += other + p->proto;
	one *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(one >> 40);
}

static bool is_to_many(const struct sb_packet *p)
{
	return p->ip_version == 6 ? p->dst_ip[0] == 0xff : p->dst_ip[0] >= 224;
}

/* A SYN for another connection with the ports of one that was. */
static bool begins_anew(const struct track *t, int side, const struct sb_packet *p)
{
	const struct sender *s = &t->end[side];

	return t->proto == IPPROTO_TCP && (p->flags & (SB_TCP_SYN | SB_TCP_ACK)) == SB_TCP_SYN &&
	       (!t->saw_start || side || (s->set.begun && (uint32_t)s->base != p->seq + 1));
}

static void new_track(struct session_reader *rd, const struct sb_packet *p)
{
	/* Begun in the middle: the answer to a SYN is of the end that did not open it. */
	bool answer = p->proto == IPPROTO_TCP &&
		      (p->flags & (SB_TCP_SYN | SB_TCP_ACK)) == (SB_TCP_SYN | SB_TCP_ACK);
	struct track *t;

	rd->tracks = sb_grow(rd->tracks, rd->track_count, &rd->track_room, sizeof(*rd->tracks));
	t = &rd->tracks[rd->track_count++];
	*t = (struct track){.ip_version = p->ip_version,
			    .proto = p->proto,
			    .start_ns = rd->now_ns,
			    .end_ns = rd->now_ns};
	memcpy(t->addr[answer], p->src_ip, address_len(p));
	memcpy(t->addr[!answer], p->dst_ip, address_len(p));
	t->port[answer] = p->src_port;
	t->port[!answer] = p->dst_port;
	session_tcp_begin(t);
}

/* SIZE_MAX: there are too many. */
static size_t find_track(struct session_reader *rd, const struct sb_packet *p)
{
	uint32_t i = hash_of(p) & (TABLE - 1);

	for (; rd->table[i]; i = (i + 1) & (TABLE - 1)) {
		const struct track *t = &rd->tracks[rd->table[i] - 1];
		int side = side_of(t, p);

		if (side >= 0 && !begins_anew(t, side, p))
			return rd->table[i] - 1;
		if (side >= 0)
			break;
	}
	if (rd->track_count == SB_SESSION_FLOWS_MAX)
		return SIZE_MAX;
	new_track(rd, p);
	rd->table[i] = (uint32_t)rd->track_count;
	return rd->track_count - 1;
}

static bool take_datagram(struct session_reader *rd, size_t flow, int side,
			  const struct sb_packet *p)
{
	struct track *t = &rd->tracks[flow];
	uint32_t len = p->payload_len < DATAGRAM_MAX ? p->payload_len : DATAGRAM_MAX;
	const struct made_turn turn = {.turn = {.wait_ns = rd->now_ns - t->start_ns,
						.bytes = len,
						.first_ns = rd->now_ns,
						.last_ns = rd->now_ns,
						.dir = (uint8_t)side}};

	t->end[side].bytes += len;
	t->end_ns = rd->now_ns;
	return session_turn(rd, flow, &turn);
}

static int too_many(const struct session_reader *rd, const char *what, uint32_t most,
		    struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0,
		       "more than %u %s by packet %llu; take a part of it (tcpdump -r IN -w OUT "
		       "'host 192.0.2.7 and port 443', editcap -r IN OUT 1-100000)",
		       most, what, (unsigned long long)rd->records);
}

static int take_packet(struct session_reader *rd, const struct sb_packet *p, struct sb_err *err)
{
	size_t flow;
	bool room;
	int side;

	if (!p->ip_version) {
		rd->not_ip++;
		return 0;
	}
	if (!p->l4 || (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP)) {
		rd->unread++;
		return 0;
	}
	if (is_to_many(p)) {
		rd->many++;
		return 0;
	}
	flow = find_track(rd, p);
	if (flow == SIZE_MAX)
		return too_many(rd, "flows", SB_SESSION_FLOWS_MAX, err);
	side = side_of(&rd->tracks[flow], p);
	rd->tracks[flow].packets++;
	room = p->proto == IPPROTO_TCP ? session_tcp(rd, flow, side, p)
				       : take_datagram(rd, flow, side, p);
	if (!room)
		return too_many(rd, "turns and datagrams", SB_SESSION_TURNS_MAX, err);
	return 0;
}

static int take_all(struct session_reader *rd, struct sb_pcap *pcap, struct sb_session *s,
		    struct sb_err *err)
{
	struct sb_frame frame;
	struct sb_packet packet;
	int rc = 0;

	while (!rc && sb_pcap_next(pcap, &frame)) {
		if (!rd->records++)
			rd->first_ns = frame.t_ns;
		if (frame.t_ns - rd->first_ns < rd->now_ns)
			s->backwards++;
		else
			rd->now_ns = frame.t_ns - rd->first_ns;
		sb_decode(&frame, &packet);
		rc = take_packet(rd, &packet, err);
	}
	s->records = rd->records;
	s->not_ip = rd->not_ip;
	s->unread = rd->unread;
	s->others = rd->many;
	sb_copy_str(s->damage, sizeof(s->damage), sb_pcap_facts(pcap)->damage);
	return rc;
}

int sb_session_read_pcap(struct sb_pcap *pcap, const char *name, const char *client,
			 struct sb_session **out, struct sb_err *err)
{
	struct session_reader rd = {.table = sb_alloc(TABLE, sizeof(*rd.table))};
	struct sb_session *s = sb_alloc(1, sizeof(*s));
	int rc = take_all(&rd, pcap, s, err);

	if (!rc)
		rc = session_finish(&rd, client, s, err);
	if (!rc && !s->flow_count)
		rc = sb_fail(
		    err, SB_EINPUT, 0,
		    "no packet of %llu belongs to a TCP connection or UDP flow with payload%s%s",
		    (unsigned long long)s->records, client ? ", from or to " : "",
		    client ? client : "");
	for (size_t i = 0; i < rd.track_count; i++) {
		sb_seqset_fini(&rd.tracks[i].end[0].set);
		sb_seqset_fini(&rd.tracks[i].end[1].set);
	}
	free(rd.tracks);
	free(rd.turns);
	free(rd.table);
	if (rc) {
		sb_session_free(s);
		return sb_wrap(err, "%s", name);
	}
	*out = s;
	return 0;
}

int sb_session_read(const char *path, const char *client, struct sb_session **out,
		    struct sb_err *err)
{
	struct sb_pcap *pcap;
	int rc = sb_pcap_open(path, &pcap, err);

	if (rc)
		return rc;
	rc = sb_session_read_pcap(pcap, path, client, out, err);
	if (!rc && sb_pcap_need_times(sb_pcap_facts(pcap), path, err)) {
		sb_session_free(*out);
		*out = NULL;
		rc = -1;
	}
	sb_pcap_close(pcap);
	return rc;
}

void sb_session_free(struct sb_session *s)
{
	if (!s)
		return;
	free(s->flows);
	free(s->turns);
	free(s);
}

void sb_session_end(const struct sb_session_flow *f, int end, char text[SB_SESSION_END_MAX])
{
	char address[INET6_ADDRSTRLEN];
	bool v6 = f->ip_version == 6;

	inet_ntop(v6 ? AF_INET6 : AF_INET, f->addr[end], address, sizeof(address));
	snprintf(text, SB_SESSION_END_MAX, v6 ? "[%s]:%u" : "%s:%u", address, f->port[end]);
}
