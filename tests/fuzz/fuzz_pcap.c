// SPDX-License-Identifier: MIT
/*
 * fuzz_pcap.c - any bytes as the captures of a link
 *
 * Invariant beyond not crashing: a capture matched with itself is a perfect link.  All that went in
 * came out, at once, in order, none lost, none doubled, none unknown.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/match/link_load.h"
#include "satbed/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The addresses of the saved inputs, so that their packets are the flow's. */
static const struct sb_link LINK = {
    .client = {.mac = {2, 0x5a, 0, 1, 0, 1}, .addr4 = {.s_addr = 0x020112c6}},
    .server = {.mac = {2, 0x5a, 0, 1, 0, 2}, .addr4 = {.s_addr = 0x010112c6}},
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Each packet was sent when it was seen; of equal ones at one instant the first is as good. */
static void check_perfect(struct sb_packet_match *t)
{
	for (size_t i = 0; i < t->sent_count; i++)
		sb_packet_match_add_seen(t, t->sent[i].t_ns, t->sent[i].key);
	sb_match(t, SB_NS_PER_S, true);
	require(t->unmatched_count == 0);
	for (size_t i = 0; i < t->sent_count; i++) {
		require(t->sent[i].arrived_ns == t->sent[i].t_ns);
		require(t->sent[i].copies == 1 && !t->sent[i].reordered);
	}
}

static void check_side(const struct sb_analysis_input *in, enum sb_point side, const uint8_t *data,
		       size_t size)
{
	struct sb_capture_facts facts = {.name = "fuzz"};
	struct sb_grid grid = sb_grid_make(in->start_real_ns, in->end_real_ns, in->plan->sample_ns);
	struct sb_series *series = sb_series_new(&grid, 1, 2);
	struct sb_flows *flows = sb_flows_new(in, series);
	enum sb_dir dir = side == SB_AT_CLIENT ? SB_UP : SB_DOWN;
	struct sb_flow_result results[2];
	struct sb_link_load load = {0};
	struct sb_packet_match alone = {0};
	struct sb_err err = {0};
	struct sb_pcap *pcap;

	if (!sb_pcap_open_memory(data, size, &pcap, &err)) {
		sb_link_load_capture(&load, flows, in, 0, side, pcap, &facts);
		require(load.packet_matches[dir].sent_count +
			    load.packet_matches[!dir].seen_count <=
			facts.records);
		alone.sent = sb_steal(&load.packet_matches[dir].sent);
		alone.sent_count = load.packet_matches[dir].sent_count;
		check_perfect(&alone);
		sb_flows_finish(flows, results);
		for (int i = 0; i < 2; i++) {
			/* A byte is new at most once for each time it was there. */
			require(results[i].bytes <= SB_FRAME_MAX * facts.records);
			free(results[i].bins);
			free(results[i].bin_retransmits);
		}
		sb_pcap_close(pcap);
	}
	sb_packet_match_fini(&alone);
	sb_link_load_fini(&load);
	sb_flows_free(flows);
	for (int i = 0; i < 2; i++) {
		const struct sb_sequence *q = series->flows[i].sequence;

		require(!q || q->mark_count <= SB_SERIES_MARKS);
		require(!q || q->mark_count <= q->mark_total);
	}
	sb_series_free(series);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_flow flows[2] = {{.name = "bulk",
				    .kind = SB_FLOW_BULK,
				    .dir = SB_UP,
				    .port = 5201,
				    .duration_ns = INT64_C(60000000000)},
				   {.name = "back",
				    .kind = SB_FLOW_BULK,
				    .dir = SB_DOWN,
				    .port = 5202,
				    .duration_ns = INT64_C(60000000000)}};
	struct sb_link link = LINK;
	struct sb_plan plan = {.mtu = 1500,
			       .sample_ns = 100000000,
			       .link_count = 1,
			       .flow_count = 2,
			       .links = &link,
			       .flows = flows};
	struct sb_analysis_input in = {.plan = &plan,
				       .start_real_ns = INT64_C(1700000000000000000),
				       .end_real_ns = INT64_C(1700000001000000000)};

	check_side(&in, SB_AT_CLIENT, data, size);
	check_side(&in, SB_AT_SERVER, data, size);
	plan.path = SB_PATH_SLIRP;
	for (int point = SB_AT_CLIENT; point < SB_POINTS; point++)
		check_side(&in, (enum sb_point)point, data, size);
	return 0;
}
