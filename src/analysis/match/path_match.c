// SPDX-License-Identifier: MIT
/* path_match.c - two captures of the same packets, before and after a link */
#include <stdlib.h>
#include <xxhash.h>

#include "match.h"
#include "satbed/analysis_path_match.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/pcap.h"
#include "satbed/pcap_decode.h"

#define ETHER_LEN   14u
#define MAX_PACKETS (1u << 26)
#define MAX_SENDERS 1024u
/* Longer than any queue and satellite. */
#define MAX_TRANSIT (10 * SB_NS_PER_S)

struct item {
	int64_t t_ns;
	uint64_t key, sender;
	uint32_t len, stream;
};

struct list {
	struct item *items;
	size_t count, room;
};

/** struct sender - @votes: packets seen at the client's end first, less the others */
struct sender {
	uint64_t hash;
	int64_t votes;
	bool used;
};

static int load(const char *path, struct list *out, struct sb_err *err)
{
	struct sb_pcap *pcap;
	struct sb_frame frame;
	struct sb_packet p;
	int rc;

	if (sb_pcap_open(path, &pcap, err))
		return -1;
	while (sb_pcap_next(pcap, &frame)) {
		sb_decode(&frame, &p);
		if (!p.ip_version || !p.src_ip)
			continue;
		if (out->count == MAX_PACKETS) {
			sb_pcap_close(pcap);
			return sb_fail(err, SB_EINPUT, 0,
				       "%s: more than %u packets; cut it (editcap -r)", path,
				       MAX_PACKETS);
		}
		out->items = sb_grow(out->items, out->count, &out->room, sizeof(*out->items));
		out->items[out->count++] =
		    (struct item){.t_ns = frame.t_ns,
				  .key = sb_packet_key(&frame, &p),
				  .sender = XXH3_64bits(p.src_ip, p.ip_version == 6 ? 16 : 4),
				  .stream = sb_packet_stream(&p),
				  .len = p.l3_len + ETHER_LEN};
	}
	rc = sb_pcap_need_times(sb_pcap_facts(pcap), path, err);
	sb_pcap_close(pcap);
	return rc;
}

static struct sender *find_sender(struct sender *senders, uint64_t hash)
{
	for (size_t i = hash % MAX_SENDERS, n = 0; n < MAX_SENDERS;
	     i = (i + 1) % MAX_SENDERS, n++) {
		if (!senders[i].used)
			senders[i] = (struct sender){.hash = hash, .used = true};
		if (senders[i].hash == hash)
			return &senders[i];
	}
	return NULL;
}

static int by_key(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	if ((*x)->key != (*y)->key)
		return (*x)->key < (*y)->key ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

static const struct item **sorted(const struct list *l)
{
	const struct item **out = sb_alloc(l->count + 1, sizeof(*out));

	for (size_t i = 0; i < l->count; i++)
		out[i] = &l->items[i];
	qsort(out, l->count, sizeof(*out), by_key);
	return out;
}

/* The first packets of each key that is in both files say which way their senders send. */
static void vote(const struct list *client, const struct list *server, struct sender *senders)
{
	const struct item **a = sorted(client), **b = sorted(server);
	size_t i = 0, k = 0;

	while (i < client->count && k < server->count) {
		uint64_t key = a[i]->key;
		struct sender *s;

		if (key < b[k]->key) {
			i++;
			continue;
		}
		if (key > b[k]->key) {
			k++;
			continue;
		}
		s = find_sender(senders, a[i]->sender);
		if (s)
			s->votes += (a[i]->t_ns < b[k]->t_ns) - (a[i]->t_ns > b[k]->t_ns);
		while (i < client->count && a[i]->key == key)
			i++;
		while (k < server->count && b[k]->key == key)
			k++;
	}
	free(a);
	free(b);
}

static bool goes(struct sender *senders, const struct item *it, enum sb_dir dir)
{
	const struct sender *s = find_sender(senders, it->sender);

	return s && (dir == SB_UP ? s->votes > 0 : s->votes < 0);
}

static void match_dir(const struct list *before, const struct list *after, struct sender *senders,
		      enum sb_dir dir, struct sb_path_match *out)
{
	struct sb_packet_match t = {0};

	for (size_t i = 0; i < before->count; i++) {
		struct sb_sent s = {.t_ns = before->items[i].t_ns,
				    .key = before->items[i].key,
				    .wire_len = before->items[i].len,
				    .stream = before->items[i].stream,
				    .flow = -1};

		if (goes(senders, &before->items[i], dir))
			sb_packet_match_add_sent(&t, &s);
	}
	for (size_t i = 0; i < after->count; i++)
		if (goes(senders, &after->items[i], dir))
			sb_packet_match_add_seen(&t, after->items[i].t_ns, after->items[i].key);
	sb_match(&t, MAX_TRANSIT, true);
	out->packets[dir] = sb_alloc(t.sent_count + 1, sizeof(*out->packets[dir]));
	for (size_t i = 0; i < t.sent_count; i++)
		out->packets[dir][out->count[dir]++] = (struct sb_path_match_packet){
		    t.sent[i].t_ns, t.sent[i].arrived_ns, t.sent[i].wire_len};
	sb_packet_match_fini(&t);
}

int sb_path_match_read(const char *client_end, const char *server_end, struct sb_path_match *out,
		       struct sb_err *err)
{
	struct list client = {0}, server = {0};
	struct sender *senders = sb_alloc(MAX_SENDERS, sizeof(*senders));
	int rc = load(client_end, &client, err) || load(server_end, &server, err) ? -1 : 0;

	if (!rc) {
		*out = (struct sb_path_match){0};
		vote(&client, &server, senders);
		match_dir(&client, &server, senders, SB_UP, out);
		match_dir(&server, &client, senders, SB_DOWN, out);
	}
	free(client.items);
	free(server.items);
	free(senders);
	return rc;
}
