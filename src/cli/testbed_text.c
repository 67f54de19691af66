// SPDX-License-Identifier: MIT
/* testbed_text.c - what a supervisor answers, for people */
#include "testbed_text.h"

#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/plan_change.h"

char *sb_testbed_text(const cJSON *obj, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));

	return sb_clean(text ? text : "");
}

double sb_bed_number(const cJSON *obj, const char *key, double otherwise)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	return cJSON_IsNumber(v) ? v->valuedouble : otherwise;
}

static void print_age(FILE *to, const cJSON *ps)
{
	double since_s = sb_bed_number(ps, "since_unix_s", 0);
	long long s = sb_real_ns() / SB_NS_PER_S - (long long)since_s;

	if (s < 0)
		s = 0;
	if (s < 60)
		fprintf(to, "%lld s", s);
	else if (s < 3600)
		fprintf(to, "%lld min %lld s", s / 60, s % 60);
	else
		fprintf(to, "%lld h %lld min", s / 3600, s / 60 % 60);
}

void sb_bed_head(FILE *to, const cJSON *ps)
{
	sb_auto_free char *name = sb_testbed_text(ps, "name"),
			  *engine = sb_testbed_text(ps, "engine"),
			  *backend = sb_testbed_text(ps, "backend"),
			  *timeline = sb_testbed_text(ps, "timeline"),
			  *captures = sb_testbed_text(ps, "captures"),
			  *page = sb_testbed_text(ps, "page");

	fprintf(to, "%s: engine %s, links by %s, up ", name, engine, backend);
	print_age(to, ps);
	fprintf(to, ", supervisor %.0f", sb_bed_number(ps, "pid", 0));
	if (strcmp(timeline, "none"))
		fprintf(to, ", timeline %s", timeline);
	if (captures[0])
		fprintf(to, ", captured into %s", captures);
	fputc('\n', to);
	if (page[0])
		fprintf(to, "  live page: %s\n", page);
}

void sb_bed_nodes(FILE *to, const cJSON *ps)
{
	const cJSON *node, *address;

	cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(ps, "nodes"))
	{
		sb_auto_free char *name = sb_testbed_text(node, "name");

		fprintf(to, "  %-13s", name);
		cJSON_ArrayForEach(address, cJSON_GetObjectItemCaseSensitive(node, "addresses"))
		{
			sb_auto_free char *text =
			    sb_clean(cJSON_IsString(address) ? address->valuestring : "?");

			fprintf(to, " %s", text);
		}
		if (sb_bed_number(node, "pid", 0) > 0)
			fprintf(to, "  pid %.0f", sb_bed_number(node, "pid", 0));
		fputc('\n', to);
	}
}

/* Counters that say something, in the order in which packets meet their causes. */
static void print_counters(FILE *to, const cJSON *counters)
{
	static const struct {
		const char *key, *text;
		bool always;
	} rows[] = {
	    {"arrived", "arrived", true},
	    {"sent", "sent", true},
	    {"lost", "lost", true},
	    {"outage", "lost in outages", false},
	    {"queue_dropped", "queue full", true},
	    {"duplicated", "duplicated", false},
	    {"reordered", "reordered", false},
	    {"corrupted", "corrupted", false},
	    {"failed", "failed", false},
	};
	const char *separator = "";

	fprintf(to, "  %-13s ", "");
	for (size_t i = 0; i < SB_ARRAY_LEN(rows); i++) {
		double n = sb_bed_number(counters, rows[i].key, -1);

		if (n < 0 || (n == 0 && !rows[i].always))
			continue;
		fprintf(to, "%s%.0f %s", separator, n, rows[i].text);
		separator = ", ";
	}
	fputc('\n', to);
}

static void print_dir(FILE *to, const char *client, enum sb_dir dir, const cJSON *obj,
		      bool counters)
{
	struct sb_link_state state = {0};
	char place[SB_NAME_MAX + 8], text[256];

	snprintf(place, sizeof(place), "%s.%s", client, sb_dir_name(dir));
	if (sb_link_state_from_json(cJSON_GetObjectItemCaseSensitive(obj, "state"), &state, NULL))
		return;
	sb_link_state_text(text, sizeof(text), &state);
	fprintf(to, "  %-13s %s%s\n", place, text,
		cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(obj, "by_hand")) ? "  (by hand)"
									       : "");
	if (counters)
		print_counters(to, cJSON_GetObjectItemCaseSensitive(obj, "counters"));
}

void sb_bed_links(FILE *to, const cJSON *answer, bool counters)
{
	const cJSON *link;

	cJSON_ArrayForEach(link, cJSON_GetObjectItemCaseSensitive(answer, "links"))
	{
		sb_auto_free char *client = sb_testbed_text(link, "client");

		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const cJSON *obj =
			    cJSON_GetObjectItemCaseSensitive(link, sb_dir_name((enum sb_dir)dir));

			if (obj)
				print_dir(to, client, (enum sb_dir)dir, obj, counters);
		}
	}
}
