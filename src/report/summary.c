// SPDX-License-Identifier: MIT
/* summary.c - what came out, in Markdown, for the page of a CI job or a merge request */
#include "satbed/report_summary.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define JSON_MAX (256u << 20)

/* A page shows so many flows, links or values; the others are in the JSON file. */
#define ROWS_MAX 40

#define VALUE 48

static const cJSON *at(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static const char *text_of(const cJSON *obj, const char *key)
{
	const cJSON *item = at(obj, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

static double number_of(const cJSON *item)
{
	return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* Words of others: whatever Markdown or HTML would take for its own is written as an entity. */
static void put_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			fputc(' ', to);
		else if (strchr("<>&|`*_[]\\~#!", c))
			fprintf(to, "&#%u;", c);
		else
			fputc(c, to);
	}
}

static void put_cell(FILE *to, const char *fmt, ...) SB_PRINTF(2, 3);
static void put_cell(FILE *to, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(to, text);
	fputs(" | ", to);
}

static const char *rate_text(char buf[VALUE], double bps)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};
	size_t i = 0;

	for (; i + 1 < SB_ARRAY_LEN(units) && bps >= 999.5; i++)
		bps /= 1000;
	if (isnan(bps))
		snprintf(buf, VALUE, "-");
	else
		snprintf(buf, VALUE, "%.3g %s", bps, units[i]);
	return buf;
}

/* @unit: with its blank, "" = a count */
static const char *value_text(char buf[VALUE], double v, const char *unit)
{
	if (isnan(v))
		snprintf(buf, VALUE, "-");
	else
		snprintf(buf, VALUE, "%.*f%s", !*unit ? 0 : 2, v, unit);
	return buf;
}

static void put_more(FILE *to, size_t count, const char *what, const char *file)
{
	if (count > ROWS_MAX)
		fprintf(to, "\n%zu more %s in %s\n", count - ROWS_MAX, what, file);
}

/* --- a run --- */

static void put_flows(FILE *to, const cJSON *run)
{
	const cJSON *list = at(run, "flows"), *f;
	char a[VALUE], b[VALUE], c[VALUE];
	size_t n = 0;

	fputs("\n| flow | goodput | RTT p50 | p99 | retransmits | datagrams lost | |\n"
	      "|---|---:|---:|---:|---:|---:|---|\n",
	      to);
	cJSON_ArrayForEach(f, list)
	{
		double lost = number_of(at(f, "lost")), sent = number_of(at(f, "packets"));

		if (n++ >= ROWS_MAX)
			continue;
		fputs("| ", to);
		put_cell(to, "%.80s %.40s %.8s", text_of(f, "name"), text_of(f, "client"),
			 text_of(f, "direction"));
		put_cell(to, "%s", rate_text(a, number_of(at(f, "goodput_bps"))));
		put_cell(to, "%s", value_text(a, number_of(at(at(f, "rtt_ms"), "p50")), " ms"));
		put_cell(to, "%s", value_text(a, number_of(at(at(f, "rtt_ms"), "p99")), " ms"));
		put_cell(to, "%s", value_text(b, number_of(at(at(f, "retransmits"), "pcap")), ""));
		if (sent > 0)
			put_cell(to, "%s of %s", value_text(b, lost, ""), value_text(c, sent, ""));
		else
			put_cell(to, "-");
		put_text(to, text_of(f, "error"));
		fputs(" |\n", to);
	}
	put_more(to, n, "flows", "run.json");
}

static void put_links(FILE *to, const cJSON *run)
{
	const cJSON *link;
	char a[VALUE];
	size_t n = 0;

	fputs("\n| link | delay p50: configured | measured | loss: configured | measured | rate: "
	      "configured | measured | verdict |\n|---|---:|---:|---:|---:|---:|---:|---|\n",
	      to);
	cJSON_ArrayForEach(link, at(run, "links"))
	{
		static const char *const dirs[] = {"up", "down"};

		for (size_t i = 0; i < 2; i++) {
			const cJSON *dir = at(link, dirs[i]);
			const cJSON *sides[] = {at(dir, "configured"), at(dir, "measured")};

			if (n++ >= ROWS_MAX)
				continue;
			fputs("| ", to);
			put_cell(to, "%.40s %s", text_of(link, "client"), dirs[i]);
			for (size_t s = 0; s < 2; s++)
				put_cell(to, "%s",
					 value_text(a,
						    number_of(at(at(sides[s], "delay_ms"), "p50")),
						    " ms"));
			for (size_t s = 0; s < 2; s++)
				put_cell(
				    to, "%s",
				    value_text(a, 100 * number_of(at(sides[s], "loss")), " %"));
			for (size_t s = 0; s < 2; s++)
				put_cell(to, "%s",
					 rate_text(a, number_of(at(sides[s], "rate_bps"))));
			put_text(to, text_of(dir, "verdict"));
			fputs(" |\n", to);
		}
	}
	put_more(to, n, "directions", "run.json");
}

static void put_list(FILE *to, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			continue;
		fputs("- ", to);
		put_text(to, item->valuestring);
		fputc('\n', to);
	}
}

/* Of a comparison each says whose it is. */
static void put_expects(FILE *to, const cJSON *list)
{
	const cJSON *e;

	if (cJSON_GetArraySize(list))
		fputs("\n", to);
	cJSON_ArrayForEach(e, list)
	{
		const cJSON *value = at(e, "value");

		fprintf(to, "- %s ", cJSON_IsTrue(at(e, "met")) ? "met:" : "**FAILED:**");
		if (*text_of(e, "arm")) {
			put_text(to, text_of(e, "arm"));
			fputs(": ", to);
		}
		put_text(to, text_of(e, "what"));
		fputc(' ', to);
		put_text(to, text_of(e, "text"));
		if (cJSON_IsNumber(value))
			fprintf(to, " (%.9g)", value->valuedouble);
		else if (cJSON_IsString(value)) {
			fputs(" (", to);
			put_text(to, value->valuestring);
			fputc(')', to);
		}
		fputc('\n', to);
	}
}

static void put_run(FILE *to, const cJSON *run)
{
	char a[VALUE];

	fputs("### ", to);
	put_text(to, text_of(run, "scenario"));
	fputs(": ", to);
	put_text(to, text_of(run, "verdict"));
	fputs("\n\n", to);
	put_text(to, text_of(run, "about"));
	fprintf(to, "\n\nran %s, engine ",
		value_text(a, number_of(at(at(run, "timings"), "measured_s")), " s"));
	put_text(to, text_of(at(run, "engine"), "kind"));
	fputs(", links by ", to);
	put_text(to, text_of(run, "link_backend"));
	fprintf(to, ", %s clock%s\n",
		text_of(at(at(run, "manifest"), "clock"), "kind")[0] == 'v' ? "virtual" : "real",
		cJSON_IsTrue(at(run, "interrupted")) ? ", interrupted" : "");
	put_flows(to, run);
	put_links(to, run);
	put_expects(to, at(run, "expects"));
	if (cJSON_GetArraySize(at(run, "reasons")))
		fputs("\nReasons for the verdict:\n\n", to);
	put_list(to, at(run, "reasons"));
}

/* --- a comparison --- */

static void put_values(FILE *to, const cJSON *json)
{
	const cJSON *value, *arm;
	size_t n = 0;

	fputs("\n| value |", to);
	cJSON_ArrayForEach(arm, at(json, "arms"))
	{
		fputc(' ', to);
		put_text(to, text_of(arm, "name"));
		fputs(" |", to);
	}
	fputs("\n|---|", to);
	cJSON_ArrayForEach(arm, at(json, "arms"))
	{
		fputs("---:|", to);
	}
	fputc('\n', to);
	cJSON_ArrayForEach(value, at(json, "values"))
	{
		if (strcmp(text_of(value, "pass"), "shaped") != 0 || n++ >= ROWS_MAX)
			continue;
		fputs("| ", to);
		put_text(to, text_of(value, "name"));
		if (*text_of(value, "unit")) {
			fputs(", ", to);
			put_text(to, text_of(value, "unit"));
		}
		fputs(" |", to);
		cJSON_ArrayForEach(arm, at(value, "arms"))
		{
			const cJSON *against = at(arm, "against_baseline");
			double median = number_of(at(arm, "median"));
			double ratio = number_of(at(against, "ratio"));
			bool found = *text_of(against, "found");

			if (isnan(median))
				fputs(" - |", to);
			else if (isnan(ratio))
				fprintf(to, " %.4g |", median);
			else
				fprintf(to, " %.4g (x %.3g%s) |", median, ratio,
					found ? ", *" : "");
		}
		fputc('\n', to);
	}
	put_more(to, n, "values", "compare.json");
	fputs("\nMedians; against the first arm where there is a factor; \\* significant.\n", to);
}

static void put_comparison(FILE *to, const cJSON *json)
{
	const cJSON *item;

	fputs("### ", to);
	put_text(to, text_of(json, "scenario"));
	fprintf(to, ": comparison, %.0f rounds%s\n", number_of(at(json, "rounds")),
		cJSON_IsTrue(at(json, "complete")) ? "" : ", not complete");
	put_values(to, json);
	if (cJSON_GetArraySize(at(json, "verdicts")))
		fputs("\n", to);
	cJSON_ArrayForEach(item, at(json, "verdicts"))
	{
		fputs("- ", to);
		put_text(to, text_of(item, "arm"));
		fputs(": ", to);
		put_text(to, text_of(item, "text"));
		fputc('\n', to);
	}
	put_expects(to, at(json, "expects"));
}

/* --- a suite --- */

static void put_suite(FILE *to, const cJSON *json)
{
	const cJSON *r;
	char a[VALUE];

	fputs("### suite ", to);
	put_text(to, text_of(json, "suite"));
	fprintf(to, ": %s\n\n", cJSON_IsTrue(at(json, "met")) ? "met" : "FAILED");
	fputs(
	    "| scenario | file or congestion control | time | objective | goodput | retransmits | "
	    "verdict | result |\n|---|---|---:|---:|---:|---:|---|---|\n",
	    to);
	cJSON_ArrayForEach(r, at(json, "runs"))
	{
		fputs("| ", to);
		put_cell(to, "%.80s", text_of(r, "scenario"));
		if (*text_of(r, "server"))
			put_cell(to, "%.80s, server %.80s, client %.80s", text_of(r, "size"),
				 text_of(r, "server"), text_of(r, "client"));
		else
			put_cell(to, "%.80s",
				 *text_of(r, "size") ? text_of(r, "size") : text_of(r, "cc"));
		put_cell(to, "%s", value_text(a, number_of(at(r, "completion_s")), " s"));
		put_cell(to, "%s", value_text(a, number_of(at(r, "objective_s")), " s"));
		put_cell(to, "%s", rate_text(a, number_of(at(r, "goodput_bps"))));
		put_cell(to, "%s", value_text(a, number_of(at(r, "retransmits")), ""));
		put_cell(to, "%.40s", text_of(r, "verdict"));
		put_text(to, text_of(r, "result"));
		fputs(" |\n", to);
	}
}

/* The first of the three that is there. */
static cJSON *read_results(const char *directory, size_t *kind, struct sb_err *err)
{
	static const char *const files[] = {"compare.json", "suite.json", "run.json"};
	sb_auto_free char *path = NULL, *text = NULL;
	cJSON *json;

	for (*kind = 0; *kind < 2; ++*kind) {
		sb_auto_free char *one = sb_asprintf("%s/%s", directory, files[*kind]);

		if (!access(one, F_OK))
			break;
	}
	path = sb_asprintf("%s/%s", directory, files[*kind]);
	if (sb_read_file(path, JSON_MAX, &text, NULL, err))
		return NULL;
	json = cJSON_Parse(text);
	if (cJSON_IsObject(json))
		return json;
	cJSON_Delete(json);
	sb_fail(err, SB_EINPUT, 0, "%s is not a JSON object", path);
	return NULL;
}

int sb_report_summary(const char *directory, const char *file, struct sb_err *err)
{
	static void (*const put[])(FILE * to, const cJSON *json) = {put_comparison, put_suite,
								    put_run};
	size_t kind;
	cJSON *json = read_results(directory, &kind, err);
	FILE *to;

	if (!json)
		return -1;
	to = fopen(file, "ae");
	if (!to) {
		cJSON_Delete(json);
		return sb_fail(err, SB_EENV, errno, "cannot write %s", file);
	}
	put[kind](to, json);
	cJSON_Delete(json);
	if (ferror(to) | fclose(to))
		return sb_fail(err, SB_EENV, errno, "cannot write %s", file);
	return 0;
}
