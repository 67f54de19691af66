// SPDX-License-Identifier: MIT
/* outcome.c - what came of a suite's run: read from its run.json, judged, said as a row and as JSON */
#include "suite/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static double number_at(const cJSON *obj, const char *key)
{
	double v;

	return obj && !sb_json_get_double(obj, "$", key, &v, NULL) ? v : NAN;
}

static const cJSON *at(const cJSON *obj, const char *key)
{
	return obj ? cJSON_GetObjectItemCaseSensitive(obj, key) : NULL;
}

void sb_outcome_read(struct sb_suite_outcome *o, const cJSON *json)
{
	const cJSON *flow = cJSON_GetArrayItem(at(json, "flows"), 0), *client;
	const char *word;

	o->goodput_bps = number_at(flow, "goodput_bps");
	o->retransmits = number_at(at(flow, "retransmits"), "pcap");
	if (at(flow, "interop")) {
		o->seconds = number_at(at(flow, "interop"), "completion_s");
		o->complete = !isnan(o->seconds);
		if (!sb_json_get_str(at(flow, "interop"), "$", "result", &word, NULL))
			o->unsupported = !strcmp(word, "unsupported");
		/* Of the files: datagrams carry more than these. */
		o->goodput_bps = number_at(at(flow, "interop"), "goodput_bps");
	} else if (at(flow, "file")) {
		o->seconds = number_at(at(flow, "file"), "completion_s");
		o->complete = !isnan(o->seconds);
	} else if (at(flow, "exec")) {
		client = at(at(flow, "exec"), "client");
		o->seconds = number_at(client, "seconds");
		o->complete = number_at(client, "status") == 0;
	}
	if (!sb_json_get_str(json, "$", "verdict", &word, NULL))
		sb_copy_str(o->verdict, sizeof(o->verdict), word);
}

/* "pass", "fail", or what stands in the way of either. */
const char *sb_outcome_judge(const struct sb_suite_case *c, struct sb_suite_outcome *o)
{
	o->failed = true;
	if (o->fate == SB_BROKEN)
		return "broken";
	if (o->unsupported)
		return "unsupported";
	if (!strcmp(o->verdict, "INVALID"))
		return "INVALID";
	if (c->size_bytes && !o->complete)
		return "incomplete";
	if (c->objective_s > 0 && o->seconds > c->objective_s)
		return "fail";
	o->failed = false;
	return c->objective_s > 0 ? "pass" : "measured";
}

void sb_outcome_print(struct sb_text_table *t, const struct sb_suite_case *c,
		      const struct sb_suite_outcome *o, const char *result)
{
	char seconds[24] = "-", objective[24] = "-", again[24] = "-", goodput[24] = "-";

	if (o->complete)
		snprintf(seconds, sizeof(seconds), "%.2f s", o->seconds);
	else if (!c->server[0] &&
		 isnan(o->seconds)) /* or it was the user's own program that ended, in vain */
		snprintf(seconds, sizeof(seconds), "> %.0f s", c->limit_s);
	if (c->objective_s > 0)
		snprintf(objective, sizeof(objective), "<= %.0f s", c->objective_s);
	else if (c->open)
		snprintf(objective, sizeof(objective), "open");
	if (!isnan(o->retransmits))
		snprintf(again, sizeof(again), "%.0f", o->retransmits);
	if (!isnan(o->goodput_bps))
		snprintf(goodput, sizeof(goodput), "%.2f", o->goodput_bps / 1e6);
	sb_text_cell(t, "%s", c->row);
	sb_text_cell(t, "%s", c->column);
	if (c->size_bytes) {
		sb_text_cell(t, "%s", seconds);
		sb_text_cell(t, "%s", objective);
	}
	if (c->server[0]) {
		sb_text_cell(t, "%.20s", c->server);
		sb_text_cell(t, "%.20s", c->client);
	}
	sb_text_cell(t, "%s", goodput);
	if (!c->server[0])
		sb_text_cell(t, "%s", again);
	sb_text_cell(t, "%s", o->verdict);
	sb_text_cell(t, "%s", result);
}

/* Each link of whose objectives there is something to be said, once. */
void sb_outcome_print_notes(FILE *to, const struct sb_suite_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cases[i].open && (!i || strcmp(cases[i].row, cases[i - 1].row)))
			fprintf(to, "%s has no objective: %s\n", cases[i].row, cases[i].open);
}

/* Transfers of files have a time, and something to hold it against. */
struct sb_text_table sb_outcome_table(FILE *to, const struct sb_suite_case *c)
{
	static const struct sb_text_column transfers[] = {
	    {"LINK", 0, -12},  {"FILE", 1, -8},	       {"TIME", 1, 10},	   {"OBJECTIVE", 1, 10},
	    {"Mbit/s", 1, 12}, {"RETRANSMITS", 1, 12}, {"VERDICT", 2, -8}, {"RESULT", 1, 0}};
	static const struct sb_text_column bursts[] = {{"BURST", 0, -12},  {"CC", 1, -8},
						       {"Mbit/s", 1, 12},  {"RETRANSMITS", 1, 12},
						       {"VERDICT", 2, -8}, {"RESULT", 1, 0}};
	static const struct sb_text_column pairs[] = {
	    {"LINK", 0, -12},	  {"FILE", 1, -8},    {"TIME", 1, 10},
	    {"OBJECTIVE", 1, 10}, {"SERVER", 1, -20}, {"CLIENT", 1, -20},
	    {"Mbit/s", 1, 12},	  {"VERDICT", 2, -8}, {"RESULT", 1, 0}};

	if (c->server[0])
		return (struct sb_text_table){
		    .to = to, .columns = pairs, .count = SB_ARRAY_LEN(pairs)};
	return (struct sb_text_table){.to = to,
				      .columns = c->size_bytes ? transfers : bursts,
				      .count = c->size_bytes ? SB_ARRAY_LEN(transfers)
							     : SB_ARRAY_LEN(bursts)};
}

cJSON *sb_outcome_json(const struct sb_suite_case *c, const struct sb_suite_outcome *o,
		       const char *result)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "scenario", c->row);
	sb_json_add_str(obj, c->size_bytes ? "size" : "cc", c->column);
	if (c->server[0]) {
		sb_json_add_str(obj, "server", c->server);
		sb_json_add_str(obj, "client", c->client);
	}
	if (c->size_bytes) {
		sb_json_add_num(obj, "completion_s", o->complete ? o->seconds : NAN);
		sb_json_add_num(obj, "objective_s", c->objective_s > 0 ? c->objective_s : NAN);
		if (c->open)
			sb_json_add_str(obj, "no_objective", c->open);
		if (!o->complete && isnan(o->seconds) && !c->server[0])
			sb_json_add_num(obj, "given_up_s", c->limit_s);
	}
	sb_json_add_num(obj, "goodput_bps", o->goodput_bps);
	sb_json_add_num(obj, "retransmits", o->retransmits);
	sb_json_add_str(obj, "verdict", o->verdict);
	sb_json_add_str(obj, "result", result);
	sb_json_add_str(obj, "directory", o->directory);
	return obj;
}
