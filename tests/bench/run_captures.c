// SPDX-License-Identifier: MIT
/*
 * run_captures.c - the directory of a run that was cut off, with as many packets as are wanted
 *
 *	run_captures PLAN.json DIR PACKETS
 *
 * A bulk flow of the first client, down, fills its link: full segments, an acknowledgement for every
 * second one, one segment in 500 lost on the link and sent again two round trips later.  PACKETS are
 * those before the link, both directions together.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"

#define SNAPLEN	 96
#define MSS	 1448
#define START_NS INT64_C(1700000000000000000)
#define LOSS_ONE 500

struct world {
	const struct sb_link *link;
	uint16_t port;
	FILE *client, *server;
	int64_t gap_ns, delay_ns;
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

static void put(const struct world *w, FILE *to, int64_t t_ns, bool up, uint32_t seq, uint32_t ack,
		uint8_t flags, uint32_t payload, uint16_t id)
{
	const struct sb_endpoint *a = up ? &w->link->client : &w->link->server;
	const struct sb_endpoint *b = up ? &w->link->server : &w->link->client;
	uint8_t frame[SNAPLEN] = {0}, *ip = frame + 14, *tcp = ip + 20;
	uint32_t wire = 14 + 20 + 32 + payload, kept = wire < SNAPLEN ? wire : SNAPLEN;
	int64_t real_ns = START_NS + t_ns;
	uint32_t record[4] = {(uint32_t)(real_ns / 1000000000), (uint32_t)(real_ns % 1000000000),
			      kept, wire};

	memcpy(frame, b->mac, 6);
	memcpy(frame + 6, a->mac, 6);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, wire - 14);
	put16(ip + 4, id);
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, &a->addr4, 4);
	memcpy(ip + 16, &b->addr4, 4);
	put16(tcp, up ? 40000 : w->port);
	put16(tcp + 2, up ? w->port : 40000);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = 0x80;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	memcpy(tcp + 20, "\1\1\x8\xa", 4);
	put32(tcp + 24, (uint32_t)id);
	if (fwrite(record, sizeof(record), 1, to) != 1 || fwrite(frame, kept, 1, to) != 1) {
		perror("write");
		exit(1);
	}
}

static bool is_lost(uint64_t k)
{
	return k % LOSS_ONE == LOSS_ONE - 1;
}

/* The @k-th place on the link carries a new segment, or again the one that was lost @back places ago. */
static uint32_t sequence(uint64_t k, uint64_t back)
{
	uint64_t again = k / LOSS_ONE - (k % LOSS_ONE < back && k >= LOSS_ONE);

	if (k >= LOSS_ONE && k % LOSS_ONE == back)
		return (uint32_t)(1001 + (k - back - 1 - (again ? again - 1 : 0)) * MSS);
	return (uint32_t)(1001 + (k - again) * MSS);
}

/* Data at one end and what acknowledges it, in order of time; the other's times are later by @lag_ns. */
static void fill(const struct world *w, FILE *to, uint64_t segments, bool at_server)
{
	int64_t data_lag = at_server ? 0 : w->delay_ns;
	int64_t ack_lag = at_server ? 2 * w->delay_ns + 100000 : w->delay_ns + 100000;
	uint64_t back = (uint64_t)(4 * w->delay_ns / w->gap_ns) + 1, ack = 0;

	put(w, to, at_server ? w->delay_ns : 0, true, 500, 0, 2, 0, 1);
	put(w, to, w->delay_ns * (at_server ? 1 : 2), false, 1000, 501, 18, 0, 1);
	for (uint64_t k = 0; k < segments; k++) {
		int64_t t_ns = 3 * w->delay_ns + (int64_t)k * w->gap_ns + data_lag;

		for (; 2 * ack < k; ack++) {
			int64_t ack_ns = 3 * w->delay_ns + (int64_t)(2 * ack) * w->gap_ns + ack_lag;

			if (ack_ns > t_ns)
				break;
			put(w, to, ack_ns, true, 501, sequence(2 * ack + 1, back), 16, 0,
			    (uint16_t)ack);
		}
		if (at_server || !is_lost(k))
			put(w, to, t_ns, false, sequence(k, back), 501, 16, MSS, (uint16_t)k);
	}
}

static FILE *begin(const char *directory, const char *name)
{
	const uint32_t header[6] = {0xa1b23c4d, 4u << 16 | 2, 0, 0, SNAPLEN, 1};
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, name);
	FILE *f = fopen(path, "we");

	if (!f || setvbuf(f, NULL, _IOFBF, 1u << 20) || fwrite(header, sizeof(header), 1, f) != 1) {
		perror(path);
		exit(1);
	}
	return f;
}

int main(int argc, char **argv)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	char *text = NULL;
	struct world w;
	uint64_t packets;
	cJSON *json;
	FILE *state;

	if (argc != 4 || sb_read_file(argv[1], 64u << 20, &text, NULL, &err) ||
	    !(json = cJSON_Parse(text)) || sb_plan_from_json(json, &plan, &err)) {
		fprintf(stderr, "run_captures PLAN.json DIR PACKETS: %s\n", err.msg);
		return 2;
	}
	packets = strtoull(argv[3], NULL, 10);
	w = (struct world){
	    .link = &plan->links[0],
	    .port = plan->flows[0].port,
	    .delay_ns = plan->links[0].dir[SB_DOWN].initial.delay_ns,
	    .gap_ns = (int64_t)((MSS + 66) * UINT64_C(8000000000) /
				plan->links[0].dir[SB_DOWN].initial.rate_bps) +
		      1,
	    .client = begin(argv[2], "client1.pcap"),
	    .server = begin(argv[2], "server-client1.pcap"),
	};
	fill(&w, w.server, packets * 2 / 3, true);
	fill(&w, w.client, packets * 2 / 3, false);
	state = fopen(sb_asprintf("%s/run-state.json", argv[2]), "we");
	if (!state || fprintf(state,
			      "{\"start_unix_ns\":\"%" PRId64
			      "\",\"start_mono_ns\":\"1000000000\",\"engine\":\"native\","
			      "\"link_backend\":\"user\",\"exact_steps\":true}\n",
			      START_NS) < 0)
		return 1;
	return fclose(state) || fclose(w.client) || fclose(w.server);
}
