// SPDX-License-Identifier: MIT
/* samples.c - what nodes and captures say over time, into samples.csv */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

/* One row per sample; a field that does not apply is empty. */
static const struct column {
	const char *name, *key;
	double scale;
} columns[] = {
    {"bytes", "bytes", 1},
    {"rtt_ms", "rtt_us", 1e-3},
    {"rttvar_ms", "rttvar_us", 1e-3},
    {"min_rtt_ms", "min_rtt_us", 1e-3},
    {"cwnd", "cwnd", 1},
    {"ssthresh", "ssthresh", 1},
    {"unacked", "unacked", 1},
    {"retransmits", "retransmits", 1},
    {"delivery_rate_bps", "delivery_rate_bps", 1},
    {"rwnd_limited_ms", "rwnd_limited_us", 1e-3},
    {"sndbuf_limited_ms", "sndbuf_limited_us", 1e-3},
    {"busy_ms", "busy_us", 1e-3},
    {"packets", "packets", 1},
    {"lost", "lost", 1},
    {"reordered", "reordered", 1},
    {"duplicated", "duplicated", 1},
};

void sb_samples_header(FILE *to)
{
	fputs("t_ms,flow,client,direction,source,stream", to);
	for (size_t i = 0; i < SB_ARRAY_LEN(columns); i++)
		fprintf(to, ",%s", columns[i].name);
	fputc('\n', to);
}

static void write_values(const struct sb_run *run, const cJSON *sample)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(columns); i++) {
		double v;

		if (sb_json_get_double(sample, "$", columns[i].key, &v, NULL))
			fputc(',', run->dir.samples);
		else
			fprintf(run->dir.samples, ",%.15g", v * columns[i].scale);
	}
	fputc('\n', run->dir.samples);
}

static void write_row(const struct sb_run *run, double t_ms, size_t flow, const char *role,
		      int stream, const cJSON *sample)
{
	const struct sb_flow *f = &run->plan->flows[flow];
	char client[SB_NAME_MAX];

	fprintf(run->dir.samples, "%.3f,%s,%s,%s,%s,%d", t_ms, f->name,
		sb_flow_client(client, run->plan, f), sb_dir_name(f->dir), role, stream);
	write_values(run, sample);
}

/* Of no flow: @rate_bps is since the row before. */
static void write_link_row(const struct sb_run *run, double t_ms, size_t link, enum sb_dir dir,
			   int64_t bytes, double rate_bps)
{
	cJSON *sample = cJSON_CreateObject();
	char name[SB_NAME_MAX];

	fprintf(run->dir.samples, "%.3f,,%s,%s,link,0", t_ms, sb_link_name(name, run->plan, link),
		sb_dir_name(dir));
	sb_json_add_i64(sample, "bytes", bytes);
	sb_json_add_num(sample, "delivery_rate_bps", rate_bps);
	write_values(run, sample);
	cJSON_Delete(sample);
}

void sb_samples_note_bytes(struct sb_run *run, const cJSON *obj)
{
	const cJSON *links = cJSON_GetObjectItemCaseSensitive(obj, "links");
	int64_t t_ns;

	if (sb_json_get_i64(obj, "$", "t_ns", &t_ns, NULL) || t_ns <= run->links.bytes_ns)
		return;
	for (size_t i = 0; i < 2 * run->plan->link_count; i++) {
		const cJSON *n = cJSON_GetArrayItem(cJSON_GetArrayItem(links, (int)(i / 2)), i % 2);
		int64_t before = run->links.bytes[i];

		if (!cJSON_IsNumber(n) || !(n->valuedouble >= 0 && n->valuedouble < 1e18))
			continue;
		run->links.bytes[i] = (int64_t)n->valuedouble;
		write_link_row(run, (double)t_ns / 1e6, i / 2, (enum sb_dir)(i % 2),
			       run->links.bytes[i],
			       (double)(run->links.bytes[i] - before) * 8e9 /
				   (double)(t_ns - run->links.bytes_ns));
	}
	run->links.bytes_ns = t_ns;
}

/* Sums over streams are kept by difference: a sample carries one stream's total. */
static void add_up(int64_t *sum, int64_t *last, const cJSON *sample, const char *key)
{
	int64_t v;

	if (sb_json_get_i64(sample, "$", key, &v, NULL))
		return;
	*sum += v - *last;
	*last = v;
}

void sb_samples_note(struct sb_run *run, const cJSON *sample)
{
	const char *role = "";
	int64_t flow, stream, t_ns;
	struct sb_flow_end *end;

	if (sb_json_get_i64(sample, "$", "flow", &flow, NULL) || flow < 0 ||
	    (size_t)flow >= run->plan->flow_count ||
	    sb_json_get_i64(sample, "$", "stream", &stream, NULL) || stream < 0 ||
	    stream >= run->plan->flows[flow].streams ||
	    sb_json_get_i64(sample, "$", "t_ns", &t_ns, NULL) ||
	    sb_json_get_str(sample, "$", "role", &role, NULL))
		return;
	end = strcmp(role, "server") ? &run->flows[flow].client : &run->flows[flow].server;
	/* After "done" the totals are the node's own final ones. */
	if (!end->done) {
		add_up(&end->bytes, &end->stream_bytes[stream], sample, "bytes");
		add_up(&end->retransmits, &end->stream_retransmits[stream], sample, "retransmits");
		sb_json_get_i64(sample, "$", "rtt_us", &end->rtt_us, NULL);
		sb_json_get_i64(sample, "$", "lost", &end->lost, NULL);
	}
	write_row(run, (double)t_ns / 1e6, (size_t)flow,
		  strcmp(role, "server") ? "client" : "server", (int)stream, sample);
}

void sb_samples_captured(const struct sb_run *run, const struct sb_result *result)
{
	double bin_ms = (double)run->plan->sample_ns / 1e6;

	for (size_t i = 0; i < result->flow_count; i++) {
		const struct sb_flow_result *f = &result->flows[i];
		uint64_t bytes = 0, retransmits = 0;

		for (size_t bin = 0; bin < f->bin_count; bin++) {
			cJSON *row = cJSON_CreateObject();

			/* Running totals, like the nodes' own rows. */
			bytes += f->bins[bin];
			retransmits += f->bin_retransmits ? f->bin_retransmits[bin] : 0;
			sb_json_add_i64(row, "bytes", (int64_t)bytes);
			sb_json_add_i64(row, "retransmits", (int64_t)retransmits);
			sb_json_add_num(row, "delivery_rate_bps",
					(double)f->bins[bin] * 8e3 / bin_ms);
			write_row(run, (double)(bin + 1) * bin_ms, i, "capture", 0, row);
			cJSON_Delete(row);
		}
	}
}
