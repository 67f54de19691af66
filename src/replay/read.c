// SPDX-License-Identifier: MIT
/* read.c - a capture's packets in memory, and which way each of them went */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/pcap.h"
#include "satbed/pcap_decode.h"
#include "satbed/replay.h"

/* Hosts that are counted; in a capture with more of them the one it is about comes early. */
#define MAX_HOSTS 4096u
/* Longer than any capture that is replayed in one go; and the arithmetic of speed stays exact. */
#define MAX_SPAN_NS (INT64_C(31) * 24 * 3600 * SB_NS_PER_S)
#define PROTO_TCP   6

/** struct ip_packet - one packet from its IP header on */
struct ip_packet {
	int64_t t_ns;
	const uint8_t *data;
	uint32_t captured, len;
	uint8_t version;
};

struct host {
	uint8_t address[16];
	uint64_t packets, syns_sent, syns_got;
	bool sent_first;
};

/** struct reader - @hosts: by IP version, an open-addressing table each */
struct reader {
	struct sb_replay *r;
	size_t packet_room;
	uint64_t byte_room;
	struct host *hosts[2];
	uint32_t host_count[2];
	bool begun[2];
	int64_t first_ns, last_ns;
};

static size_t address_len(int v6)
{
	return v6 ? 16 : 4;
}

static const uint8_t *source_of(const uint8_t *ip, int v6)
{
	return ip + (v6 ? 8 : 12);
}

static const uint8_t *destination_of(const uint8_t *ip, int v6)
{
	return source_of(ip, v6) + address_len(v6);
}

/* Nobody's own: multicast, broadcast, or not known yet. */
static bool is_no_host(const uint8_t *address, int v6)
{
	static const uint8_t none[16];

	return !memcmp(address, none, address_len(v6)) ||
	       (v6 ? address[0] == 0xff : address[0] >= 224);
}

static struct host *find_host(struct reader *rd, const uint8_t *address, int v6)
{
	size_t len = address_len(v6);
	uint64_t hash = 0;
	uint32_t i;

	for (size_t k = 0; k < len; k++)
		hash = (hash ^ address[k]) * UINT64_C(0x100000001b3);
	i = (uint32_t)(hash ^ hash >> 32) % (2 * MAX_HOSTS);
	while (rd->hosts[v6][i].packets) {
		if (!memcmp(rd->hosts[v6][i].address, address, len))
			return &rd->hosts[v6][i];
		i = (i + 1) % (2 * MAX_HOSTS);
	}
	if (rd->host_count[v6] == MAX_HOSTS)
		return NULL;
	rd->host_count[v6]++;
	memcpy(rd->hosts[v6][i].address, address, len);
	return &rd->hosts[v6][i];
}

/* A SYN that opens a connection; headers between IPv6 and TCP are not looked behind. */
static bool opens(const struct ip_packet *ip)
{
	uint32_t at = ip->version == 6 ? 40 : (ip->data[0] & 15u) * 4;
	uint8_t proto = ip->data[ip->version == 6 ? 6 : 9];

	return proto == PROTO_TCP && ip->captured >= at + 14 && (ip->data[at + 13] & 0x12) == 0x02;
}

static void count_hosts(struct reader *rd, const struct ip_packet *ip)
{
	int v6 = ip->version == 6;
	bool syn = opens(ip);
	struct host *h = find_host(rd, source_of(ip->data, v6), v6);

	if (h) {
		h->packets++;
		h->syns_sent += syn;
		h->sent_first |= !rd->begun[v6];
	}
	h = find_host(rd, destination_of(ip->data, v6), v6);
	if (h) {
		h->packets++;
		h->syns_got += syn;
	}
	rd->begun[v6] = true;
}

static int keep_packet(struct reader *rd, const struct ip_packet *ip, struct sb_err *err)
{
	struct sb_replay *r = rd->r;
	struct sb_replay_packet *p;

	if (r->byte_count + ip->captured > SB_REPLAY_BYTES_MAX)
		return sb_fail(err, SB_EINPUT, 0,
			       "more than %d MiB of packets; shorten them (editcap -s 128) or the "
			       "capture (editcap -r IN OUT 1-1000000)",
			       (int)(SB_REPLAY_BYTES_MAX >> 20));
	if (!r->count)
		rd->first_ns = rd->last_ns = ip->t_ns;
	if (ip->t_ns < rd->last_ns)
		r->backwards++;
	else
		rd->last_ns = ip->t_ns;
	if (rd->last_ns - rd->first_ns > MAX_SPAN_NS)
		return sb_fail(err, SB_EINPUT, 0,
			       "packet %llu was captured more than 31 days after the first one",
			       (unsigned long long)r->count + 1);
	r->packets = sb_grow(r->packets, r->count, &rd->packet_room, sizeof(*r->packets));
	p = &r->packets[r->count++];
	*p = (struct sb_replay_packet){.at_ns = rd->last_ns - rd->first_ns,
				       .offset = r->byte_count,
				       .captured = ip->captured,
				       .len = ip->len};
	if (r->byte_count + ip->captured > rd->byte_room) {
		rd->byte_room = 2 * rd->byte_room + ip->captured + (64u << 10);
		r->bytes = sb_realloc(r->bytes, rd->byte_room, 1);
	}
	memcpy(r->bytes + r->byte_count, ip->data, ip->captured);
	r->byte_count += ip->captured;
	return 0;
}

static bool is_ip(const struct sb_frame *frame, struct ip_packet *out)
{
	struct sb_packet p;

	sb_decode(frame, &p);
	if (!p.ip_version || p.l3_offset >= frame->cap_len)
		return false;
	*out = (struct ip_packet){.t_ns = frame->t_ns,
				  .data = frame->data + p.l3_offset,
				  .captured = frame->cap_len - p.l3_offset,
				  .len = frame->wire_len - p.l3_offset,
				  .version = p.ip_version};
	return out->captured >= (p.ip_version == 6 ? 40u : 20u);
}

static int read_packets(struct reader *rd, struct sb_pcap *pcap, struct sb_err *err)
{
	struct sb_frame frame;
	struct ip_packet ip;
	int rc = 0;

	while (!rc && sb_pcap_next(pcap, &frame)) {
		if (!is_ip(&frame, &ip)) {
			rd->r->not_ip++;
			continue;
		}
		count_hosts(rd, &ip);
		rc = keep_packet(rd, &ip, err);
	}
	rd->r->records = sb_pcap_facts(pcap)->records;
	sb_copy_str(rd->r->damage, sizeof(rd->r->damage), sb_pcap_facts(pcap)->damage);
	return rc;
}

/* Whom a capture is about: the host with the most packets. */
static void find_pivot(const struct reader *rd, int v6, uint8_t address[16])
{
	const struct host *best = NULL;
	struct sb_replay *r = rd->r;

	for (uint32_t i = 0; i < 2 * MAX_HOSTS; i++) {
		const struct host *h = &rd->hosts[v6][i];

		if (h->packets && !is_no_host(h->address, v6) &&
		    (!best || h->packets > best->packets ||
		     (h->packets == best->packets && h->sent_first)))
			best = h;
	}
	if (!best)
		return;
	memcpy(address, best->address, 16);
	inet_ntop(v6 ? AF_INET6 : AF_INET, address, r->pivot[v6], sizeof(r->pivot[v6]));
	if (best->syns_sent != best->syns_got)
		r->is_server[v6] = best->syns_got > best->syns_sent;
	else
		r->is_server[v6] = !best->sent_first;
}

static int find_pivots(const struct reader *rd, const char *client, uint8_t pivots[2][16],
		       struct sb_err *err)
{
	struct sb_replay *r = rd->r;
	int v6 = client && strchr(client, ':') != NULL;

	for (int i = 0; i < 2; i++)
		find_pivot(rd, i, pivots[i]);
	if (!client)
		return 0;
	memset(pivots, 0, 2 * sizeof(pivots[0]));
	if (inet_pton(v6 ? AF_INET6 : AF_INET, client, pivots[v6]) != 1)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--client: \"%s\" is not an IP address, such as 192.0.2.7 or 2001:db8::7",
		    client);
	r->pivot[!v6][0] = '\0';
	r->is_server[v6] = false;
	inet_ntop(v6 ? AF_INET6 : AF_INET, pivots[v6], r->pivot[v6], sizeof(r->pivot[v6]));
	return 0;
}

static int64_t scaled(int64_t at_ns, const struct sb_replay_options *o)
{
	if (o->top_speed)
		return 0;
	return at_ns / o->speed_permille * 1000 +
	       at_ns % o->speed_permille * 1000 / o->speed_permille;
}

/* Times from the first packet that is left. */
static void set_times(struct sb_replay *r, const struct sb_replay_options *o)
{
	int64_t first_ns = r->count ? r->packets[0].at_ns : 0;

	for (size_t i = 0; i < r->count; i++)
		r->packets[i].at_ns = scaled(r->packets[i].at_ns - first_ns, o);
	r->duration_ns = r->count ? r->packets[r->count - 1].at_ns : 0;
}

/* Which way each packet went; those that went neither way are taken out. */
static void set_directions(struct sb_replay *r, uint8_t pivots[2][16])
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct sb_replay_packet *p = &r->packets[i];
		const uint8_t *ip = r->bytes + p->offset;
		int v6 = ip[0] >> 4 == 6;
		size_t len = address_len(v6);
		bool from = !memcmp(source_of(ip, v6), pivots[v6], len);
		bool to = !memcmp(destination_of(ip, v6), pivots[v6], len);

		if (!r->pivot[v6][0] || from == to || is_no_host(destination_of(ip, v6), v6)) {
			r->others++;
			continue;
		}
		p->dir = from == r->is_server[v6] ? SB_DOWN : SB_UP;
		r->truncated += p->captured < p->len;
		r->packets[kept++] = *p;
	}
	r->count = kept;
}

int sb_replay_read(const char *path, const struct sb_replay_options *options,
		   struct sb_replay **out, struct sb_err *err)
{
	struct reader rd = {.r = sb_alloc(1, sizeof(struct sb_replay))};
	uint8_t pivots[2][16] = {{0}};
	struct sb_pcap *pcap = NULL;
	int rc = sb_pcap_open(path, &pcap, err);

	for (int v6 = 0; v6 < 2; v6++)
		rd.hosts[v6] = sb_alloc((size_t)2 * MAX_HOSTS, sizeof(*rd.hosts[v6]));
	if (!rc) {
		rc = read_packets(&rd, pcap, err);
		if (!rc && !options->top_speed)
			rc = sb_pcap_need_times(sb_pcap_facts(pcap), path, err);
		sb_pcap_close(pcap);
	}
	if (!rc)
		rc = find_pivots(&rd, options->client, pivots, err);
	if (!rc) {
		set_directions(rd.r, pivots);
		set_times(rd.r, options);
		if (!rd.r->count)
			rc = sb_fail(err, SB_EINPUT, 0, "%s: no packet of %llu can be replayed%s%s",
				     path, (unsigned long long)rd.r->records,
				     options->client ? ": none is from or to " : "",
				     options->client ? options->client : "");
	}
	free(rd.hosts[0]);
	free(rd.hosts[1]);
	if (rc)
		sb_replay_free(rd.r);
	else
		*out = rd.r;
	return rc;
}

void sb_replay_free(struct sb_replay *r)
{
	if (!r)
		return;
	free(r->packets);
	free(r->bytes);
	free(r);
}
