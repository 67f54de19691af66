// SPDX-License-Identifier: MIT
/* session_finish.c - all packets are read: who is the client, and the turns of each flow together
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "session.h"

/* Of Weigle et al.'s concurrent connections one crossing is enough; TLS has one (tickets that pass
 * the first request), and its turns depend on each other all the same. */
#define CROSSINGS_OF 4

/** struct pivot - the host that a capture is about, of one IP version */
struct pivot {
	uint8_t address[16];
	bool known, is_server;
};

static bool is_of(const struct track *t, int end, const uint8_t *address)
{
	return !memcmp(t->addr[end], address, t->ip_version == 6 ? 16 : 4);
}

static void weigh(const struct session_reader *rd, uint8_t version, const uint8_t *address,
		  uint64_t *packets, int64_t *opened)
{
	*packets = 0;
	*opened = 0;
	for (size_t i = 0; i < rd->track_count; i++) {
		const struct track *t = &rd->tracks[i];

		if (t->ip_version != version)
			continue;
		for (int end = 0; end < 2; end++) {
			if (!is_of(t, end, address))
				continue;
			*packets += t->packets;
			*opened += end ? -1 : 1;
		}
	}
}

/* The host with the most packets; it is the client if it opened more than it was asked to. */
static struct pivot find_pivot(const struct session_reader *rd, uint8_t version)
{
	struct pivot best = {.known = false};
	uint64_t most = 0;

	for (size_t i = 0; i < rd->track_count; i++) {
		const struct track *t = &rd->tracks[i];

		if (t->ip_version != version)
			continue;
		for (int end = 0; end < 2; end++) {
			uint64_t packets;
			int64_t opened;

			weigh(rd, version, t->addr[end], &packets, &opened);
			if (packets <= most)
				continue;
			most = packets;
			best = (struct pivot){.known = true, .is_server = opened < 0};
			memcpy(best.address, t->addr[end], sizeof(best.address));
		}
	}
	return best;
}

static int find_pivots(const struct session_reader *rd, const char *client, struct pivot out[2],
		       struct sb_err *err)
{
	int v6 = client && strchr(client, ':') != NULL;

	if (!client) {
		out[0] = find_pivot(rd, 4);
		out[1] = find_pivot(rd, 6);
		return 0;
	}
	out[0] = out[1] = (struct pivot){.known = false};
	out[v6].known = true;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, client, out[v6].address) != 1)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--client: \"%s\" is not an IP address, such as 192.0.2.7 or 2001:db8::7",
		    client);
	return 0;
}

/* Which end of @t is the client's; -1 = neither. */
static int client_end(const struct track *t, const struct pivot *pivots)
{
	const struct pivot *p = &pivots[t->ip_version == 6];

	for (int end = 0; end < 2 && p->known; end++)
		if (is_of(t, end, p->address))
			return p->is_server ? !end : end;
	return -1;
}

static bool is_concurrent(const struct track *t)
{
	return t->path_matches * CROSSINGS_OF > t->alternations;
}

static struct sb_session_flow flow_of(const struct track *t, int client)
{
	struct sb_session_flow f = {.ip_version = t->ip_version,
				    .proto = t->proto,
				    .opened_by_server = client == 1,
				    .saw_start = t->saw_start,
				    .concurrent = is_concurrent(t),
				    .start_ns = t->start_ns,
				    .end_ns = t->end_ns,
				    .unseen = t->unseen};

	for (int i = 0; i < 2; i++) {
		int end = i ? !client : client;

		memcpy(f.addr[i], t->addr[end], sizeof(f.addr[i]));
		f.port[i] = t->port[end];
		f.rtt_ns[i] = t->end[end].rtt_ns;
		f.bytes[i] = t->end[end].bytes;
		f.again[i] = t->end[end].again;
	}
	return f;
}

/* Where turns depend on their own end's only, those without a pause between them are one. */
static bool joins(const struct sb_session *s, const struct sb_session_flow *f,
		  const struct made_turn *m, uint8_t dir, size_t *with)
{
	if (!f->concurrent || m->alone_ns)
		return false;
	for (size_t i = f->first + f->count; i-- > f->first;)
		if (s->turns[i].dir == dir) {
			*with = i;
			return true;
		}
	return false;
}

static void put_turn(struct sb_session *s, struct sb_session_flow *f, const struct made_turn *m,
		     int client)
{
	struct sb_session_turn turn = m->turn;
	size_t with;

	/* An end's number in the track becomes a direction. */
	turn.dir = m->turn.dir == client ? SB_UP : SB_DOWN;
	if (joins(s, f, m, turn.dir, &with)) {
		s->turns[with].bytes += turn.bytes;
		s->turns[with].last_ns = turn.last_ns;
		return;
	}
	if (f->concurrent) {
		turn.needs = 0;
		turn.wait_ns = m->alone_ns;
	}
	s->turns[f->first + f->count++] = turn;
}

/* Where each track's turns are among all of them: by counting. */
static size_t *sort_turns(const struct session_reader *rd, size_t *begins)
{
	size_t *order = sb_alloc(rd->turn_count + 1, sizeof(*order));
	size_t *next = sb_alloc(rd->track_count + 1, sizeof(*next));

	for (size_t i = 0; i < rd->turn_count; i++)
		begins[rd->turns[i].flow + 1]++;
	for (size_t i = 0; i < rd->track_count; i++)
		begins[i + 1] += begins[i];
	memcpy(next, begins, rd->track_count * sizeof(*next));
	for (size_t i = 0; i < rd->turn_count; i++)
		order[next[rd->turns[i].flow]++] = i;
	free(next);
	return order;
}

static void put_flows(const struct session_reader *rd, const struct pivot *pivots,
		      struct sb_session *s)
{
	size_t *begins = sb_alloc(rd->track_count + 2, sizeof(*begins));
	size_t *order = sort_turns(rd, begins);

	s->flows = sb_alloc(rd->track_count + 1, sizeof(*s->flows));
	s->turns = sb_alloc(rd->turn_count + 1, sizeof(*s->turns));
	for (size_t i = 0; i < rd->track_count; i++) {
		const struct track *t = &rd->tracks[i];
		int client = client_end(t, pivots);
		struct sb_session_flow *f = &s->flows[s->flow_count];

		if (client < 0 || begins[i] == begins[i + 1]) {
			s->others += client < 0;
			s->empty += client >= 0;
			continue;
		}
		*f = flow_of(t, client);
		f->concurrent &= f->proto == IPPROTO_TCP;
		f->first = s->turn_count;
		for (size_t k = begins[i]; k < begins[i + 1]; k++)
			put_turn(s, f, &rd->turns[order[k]], client);
		s->turn_count += f->count;
		s->flow_count++;
	}
	free(begins);
	free(order);
}

/* The session begins with the first flow that is part of it. */
static void set_times(struct sb_session *s)
{
	int64_t start_ns = s->flow_count ? s->flows[0].start_ns : 0;

	for (size_t i = 0; i < s->flow_count; i++) {
		struct sb_session_flow *f = &s->flows[i];

		f->start_ns -= start_ns;
		f->end_ns -= start_ns;
		if (f->end_ns > s->duration_ns)
			s->duration_ns = f->end_ns;
	}
	for (size_t i = 0; i < s->turn_count; i++) {
		s->turns[i].first_ns -= start_ns;
		s->turns[i].last_ns -= start_ns;
	}
}

int session_finish(const struct session_reader *rd, const char *client, struct sb_session *s,
		   struct sb_err *err)
{
	struct pivot pivots[2];

	if (find_pivots(rd, client, pivots, err))
		return -1;
	for (int v6 = 0; v6 < 2; v6++) {
		s->is_server[v6] = pivots[v6].is_server;
		if (pivots[v6].known)
			inet_ntop(v6 ? AF_INET6 : AF_INET, pivots[v6].address, s->pivot[v6],
				  sizeof(s->pivot[v6]));
	}
	put_flows(rd, pivots, s);
	set_times(s);
	return 0;
}
