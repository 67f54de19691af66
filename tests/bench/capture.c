// SPDX-License-Identifier: MIT
/*
 * capture.c - a capture of many packets, as a busy server of a satellite link would write it;
 * and the time that libpcap takes to do nothing with it
 *
 *	capture make FILE PACKETS [SEED]
 *	capture walk FILE            pcap_next_ex() over all of it; prints seconds, of processor,
 *	packets, bytes
 *
 * Connections come and go, 512 at a time: handshakes with options, data one way in windows of
 * segments of which up to 60 are under way, one segment in 200
 * lost and sent again after SACK blocks, FINs; beside them one datagram in 16 packets.  Snaplen
 * 128, as satbed captures.
 */
#include <endian.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "satbed/base/rng.h"

#define FLOWS	512
#define SNAPLEN 128
#define MSS	1448
#define BUFFER	(1u << 20)

/** struct talker - one connection; @left: segments until it ends */
struct talker {
	uint32_t client, server, first, seq, back, acked, left;
	uint16_t client_port, server_port, client_id, server_id;
	uint32_t window, lost_seq;
	uint32_t sent_ms[64]; /* by segment: what its acknowledgement echoes */
	int lost_wait;
	bool open;
};

struct maker {
	FILE *to;
	struct sb_rng rng;
	int64_t t_ns;
	uint64_t made, wanted;
	uint32_t births;
	struct talker talkers[FLOWS];
};

static void put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

static void write_packet(struct maker *m, const uint8_t *frame, uint32_t cap_len, uint32_t wire_len)
{
	uint32_t header[4] = {(uint32_t)(m->t_ns / 1000000000), (uint32_t)(m->t_ns % 1000000000),
			      cap_len, wire_len};

	if (fwrite(header, sizeof(header), 1, m->to) != 1 ||
	    fwrite(frame, cap_len, 1, m->to) != 1) {
		perror("write");
		exit(1);
	}
	m->made++;
	/* 100,000 packets a second. */
	m->t_ns += 5000 + (int64_t)(sb_rng_u64(&m->rng) % 10000);
}

/* An Ethernet and an IPv4 header; returns where the next one begins. */
static uint8_t *put_ip(uint8_t *frame, bool up, const struct talker *t, uint8_t proto, uint32_t len,
		       uint16_t id)
{
	uint8_t *h = frame + 14;

	memset(frame, 0, SNAPLEN);
	memcpy(frame, up ? "\2\0\0\0\0\1" : "\2\0\0\0\0\2", 6);
	memcpy(frame + 6, up ? "\2\0\0\0\0\2" : "\2\0\0\0\0\1", 6);
	put16(frame + 12, 0x0800);
	h[0] = 0x45;
	put16(h + 2, 20 + len);
	put16(h + 4, id);
	put16(h + 6, 0x4000);
	h[8] = 64;
	h[9] = proto;
	put32(h + 12, up ? t->client : t->server);
	put32(h + 16, up ? t->server : t->client);
	put16(h + 20, up ? t->client_port : t->server_port);
	put16(h + 22, up ? t->server_port : t->client_port);
	return h + 20;
}

static void put_tcp(struct maker *m, struct talker *t, bool up, uint32_t seq, uint32_t ack,
		    uint8_t flags, uint32_t payload, bool sack)
{
	bool syn = flags & 2;
	uint32_t header = syn ? 40 : sack ? 44 : 32, wire = 14 + 20 + header + payload;
	uint8_t frame[SNAPLEN], *h;
	uint32_t ms = (uint32_t)(m->t_ns / 1000000);

	h = put_ip(frame, up, t, 6, header + payload, up ? t->client_id++ : t->server_id++);
	put32(h + 4, seq);
	put32(h + 8, ack);
	h[12] = (uint8_t)(header / 4 << 4);
	h[13] = flags;
	put16(h + 14, 502);
	if (syn) {
		memcpy(h + 20, "\2\4\5\xb4\4\2\x8\xa", 8);
		put32(h + 28, ms);
		put32(h + 32, up ? 0 : ms - 1);
		memcpy(h + 36, "\1\3\3\7", 4);
	} else {
		memcpy(h + 20, "\1\1\x8\xa", 4);
		put32(h + 24, ms);
		put32(h + 28, up ? t->sent_ms[(ack - t->first) / MSS % 64] : ms);
	}
	if (sack) {
		memcpy(h + 32, "\1\1\5\xa", 4);
		put32(h + 36, t->lost_seq + MSS);
		put32(h + 40, t->seq);
	}
	write_packet(m, frame, wire < SNAPLEN ? wire : SNAPLEN, wire);
}

static void begin_talk(struct maker *m, struct talker *t)
{
	uint64_t r = sb_rng_u64(&m->rng);
	uint32_t n = m->births++;

	*t = (struct talker){.client = 0x0a000000 | (n % 4000),
			     .server = 0xc6120001,
			     .client_port = (uint16_t)(20000 + n / 4000),
			     .server_port = r & 1 ? 443 : 5201,
			     .seq = (uint32_t)(r >> 32),
			     .back = (uint32_t)r,
			     .first = (uint32_t)(r >> 32),
			     .window = 4 + (uint32_t)(r >> 20) % 60,
			     .client_id = (uint16_t)(r >> 3),
			     .server_id = (uint16_t)(r >> 17),
			     .lost_wait = -1,
			     .open = true};
	/* Most are short, most bytes are in long ones. */
	t->left = n % 8 ? 20 + (uint32_t)(r >> 40) % 200 : 2000 + (uint32_t)(r >> 40) % 40000;
	put_tcp(m, t, true, t->back - 1, 0, 2, 0, false);
	put_tcp(m, t, false, t->seq - 1, t->back, 18, 0, false);
	put_tcp(m, t, true, t->back, t->seq, 16, 0, false);
	t->acked = t->seq;
}

/* Acknowledge what is a window old, or show the receiver's hole. */
static void put_ack(struct maker *m, struct talker *t)
{
	bool hole = t->lost_wait >= 0;

	/* A window behind what is sent now. */
	if (t->seq - t->acked > t->window * MSS)
		t->acked = t->seq - t->window * MSS;
	if (hole && (int32_t)(t->acked - t->lost_seq) > 0)
		t->acked = t->lost_seq;
	put_tcp(m, t, true, t->back, t->acked, 16, 0, hole && t->acked == t->lost_seq);
}

static void go_on(struct maker *m, struct talker *t)
{
	uint32_t burst = 1 + (uint32_t)(sb_rng_u64(&m->rng) % 8);

	for (uint32_t i = 0; i < burst && t->left; i++) {
		uint64_t r = sb_rng_u64(&m->rng);

		if (t->lost_wait == 0)
			put_tcp(m, t, false, t->lost_seq, t->back, 16, MSS, false);
		if (t->lost_wait >= 0)
			t->lost_wait--;
		else if (r % 200 == 0) {
			t->lost_seq = t->seq;
			t->lost_wait = (int)t->window + 4;
		}
		t->sent_ms[(t->seq - t->first) / MSS % 64] = (uint32_t)(m->t_ns / 1000000);
		put_tcp(m, t, false, t->seq, t->back, 16, MSS, false);
		t->seq += MSS;
		t->left--;
		if (r >> 32 & 1)
			put_ack(m, t);
	}
	if (t->left)
		return;
	put_tcp(m, t, false, t->seq, t->back, 17, 0, false);
	t->seq++;
	t->lost_wait = -1;
	put_tcp(m, t, true, t->back, t->seq, 17, 0, false);
	t->back++;
	put_tcp(m, t, false, t->seq, t->back, 16, 0, false);
	t->open = false;
}

static void put_datagram(struct maker *m, uint32_t n)
{
	struct talker t = {.client = 0x0a000100 | (n & 31),
			   .server = 0xc6120001,
			   .client_port = (uint16_t)(40000 + (n & 31)),
			   .server_port = 5202};
	uint8_t frame[SNAPLEN], *h = put_ip(frame, false, &t, 17, 248, (uint16_t)n);

	put16(h + 4, 248);
	put32(h + 8, n);
	write_packet(m, frame, SNAPLEN, 14 + 20 + 248);
}

static int make_capture(const char *path, uint64_t packets, uint64_t seed)
{
	static struct maker m;
	const uint32_t header[6] = {0xa1b23c4d, 4u << 16 | 2, 0, 0, SNAPLEN, 1};

	m = (struct maker){
	    .to = fopen(path, "we"), .wanted = packets, .t_ns = INT64_C(1700000000000000000)};
	if (!m.to || setvbuf(m.to, NULL, _IOFBF, BUFFER) ||
	    fwrite(header, sizeof(header), 1, m.to) != 1) {
		perror(path);
		return 1;
	}
	sb_rng_seed(&m.rng, seed, 0);
	while (m.made < m.wanted) {
		uint64_t r = sb_rng_u64(&m.rng);
		struct talker *t = &m.talkers[r % FLOWS];

		if (r >> 32 & 1 && m.made % 16 == 0)
			put_datagram(&m, (uint32_t)m.made);
		if (t->open)
			go_on(&m, t);
		else
			begin_talk(&m, t);
	}
	if (fclose(m.to)) {
		perror(path);
		return 1;
	}
	printf("%" PRIu64 " packets, %" PRIu32 " connections\n", m.made, m.births);
	return 0;
}

static int walk(const char *path)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, message);
	struct pcap_pkthdr *header;
	const u_char *data;
	uint64_t packets = 0, bytes = 0;
	struct timespec a, b;
	struct rusage use;

	if (!p) {
		fprintf(stderr, "%s\n", message);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	while (pcap_next_ex(p, &header, &data) == 1) {
		packets++;
		bytes += header->len + data[0];
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	getrusage(RUSAGE_SELF, &use);
	printf("%.3f %.3f %" PRIu64 " %" PRIu64 "\n",
	       (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec),
	       (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		   1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec),
	       packets, bytes);
	pcap_close(p);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "make"))
		return make_capture(argv[2], strtoull(argv[3], NULL, 10),
				    argc > 4 ? strtoull(argv[4], NULL, 10) : 1);
	if (argc == 3 && !strcmp(argv[1], "walk"))
		return walk(argv[2]);
	fputs("usage: capture make FILE PACKETS [SEED] | walk FILE\n", stderr);
	return 2;
}
