// SPDX-License-Identifier: MIT
/*
 * fuzz_flow_analysis.c - any bytes as a capture to analyze
 *
 * The first byte says how many flows may be followed, so that few bytes fill the table.
 *
 * Invariants beyond not crashing: frames read one by one are those read in batches; every packet is
 * in one sum; nothing is counted more often than there were packets; the CSV, read again, has the
 * same sums; memory is accounted for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/flow_analysis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t count_frames(const uint8_t *data, size_t size)
{
	struct sb_frame frames[7];
	struct sb_err err = {0};
	struct sb_pcap *pcap;
	uint64_t count = 0;
	size_t n;

	if (sb_pcap_open_memory(data, size, &pcap, &err))
		return 0;
	while ((n = sb_pcap_read(pcap, frames, 7)) > 0) {
		for (size_t i = 0; i < n; i++) {
			require(frames[i].data >= data &&
				frames[i].data + frames[i].cap_len <= data + size);
			require(frames[i].wire_len >= frames[i].cap_len);
		}
		count += n;
	}
	sb_pcap_close(pcap);
	return count;
}

static void check_sums(const struct sb_flow_analysis *s)
{
	uint64_t packets = s->other.packets + s->not_ip + s->unknown_link, undecoded = s->undecoded;

	for (size_t i = 0; i < s->flow_count; i++) {
		const struct sb_flow_analysis_flow *f = &s->flows[i];

		for (int d = 0; d < 2; d++) {
			const struct sb_flow_analysis_dir *x = &f->dir[d];

			packets += x->packets;
			require(x->goodput_bytes <= x->payload);
			require(x->reordered + x->dup_acks + x->rtt.count <=
				3 * (f->dir[0].packets + f->dir[1].packets));
			require(x->zero_windows <= x->packets);
			require(!x->rtt.count ||
				(x->rtt.p50_ms <= x->rtt.p95_ms && x->rtt.p95_ms <= x->rtt.p99_ms &&
				 x->rtt.p99_ms <= x->rtt.max_ms));
		}
		require(f->first_ns <= f->last_ns);
	}
	/* Of undecoded ones some are in flows without ports and some in none. */
	require(packets <= s->packets && packets + undecoded >= s->packets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_flow_analysis_options options = {0};
	struct sb_err err = {0};
	struct sb_flow_analysis flow_analysis;
	struct sb_pcap *pcap;
	char *csv = NULL, *text = NULL;
	size_t csv_len, text_len;
	FILE *to;

	if (!size)
		return 0;
	options.max_flows = 1 + *data % 8;
	options.csv = open_memstream(&csv, &csv_len);
	if (!options.csv || sb_pcap_open_memory(data + 1, size - 1, &pcap, &err)) {
		if (options.csv)
			fclose(options.csv);
		free(csv);
		return 0;
	}
	sb_flow_analysis_read(pcap, &options, &flow_analysis);
	sb_pcap_close(pcap);
	fclose(options.csv);
	require(flow_analysis.packets == count_frames(data + 1, size - 1));
	check_sums(&flow_analysis);
	to = open_memstream(&text, &text_len);
	require(to);
	sb_flow_analysis_print(&flow_analysis, "fuzz", 0, to);
	sb_flow_analysis_json(&flow_analysis, "fuzz", to);
	fclose(to);
	free(text);
	free(csv);
	sb_flow_analysis_fini(&flow_analysis);
	return 0;
}
