// SPDX-License-Identifier: MIT
/*
 * board.c - runs on a dashboard: what a page is told of them
 *
 * What a page draws is totals by time, a row for each tick.  Rows are kept for pages that are opened later,
 * in a table of fixed size: when it is full every other one goes, and from then on fewer come in.
 * Totals stay right that way, and rates are made of them.
 *
 *   state  {"kind":"run","title","about","label","number","total","duration_s","phase","running",
 *	     "flows":[{"name","client","direction","transport","by_link"}],"links":["client1"],"rows":[ROW],
 *	     "results":[...]}	to a page that is new, and to all when a run begins
 *   phase  {"phase","running","left_s","speed"}
 *   row    {"row":ROW,"left_s","speed"}
 *   result {"result"}, one more of "results"
 *   over   see dashboard.c
 *
 * ROW: [t_s, [[bytes, rtt_ms, retransmits, lost] of each flow], [[2 * link + direction, delay_ms, rate_bps,
 * loss, outage] of each link that is not as in the row before]]; null = not known, a rate: unlimited
 */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/dashboard.h"

#define TICK_NS	   (250 * SB_NS_PER_MS)
#define ROWS_MAX   1200
#define ROWS_MIN   60
#define CELLS_MAX  1000000
#define NOT_KNOWN  (-1.0)
#define UNLIMITED  (-2.0)
#define RESULT_MAX 2000

enum { FLOW_BYTES, FLOW_RTT, FLOW_RETRANSMITS, FLOW_LOST, FLOW_CELLS };
enum { LINK_DELAY, LINK_RATE, LINK_LOSS, LINK_OUTAGE, LINK_CELLS };

/**
 * struct sb_board
 * @flows, @links: of the run; a row is its time, then cells of each flow, then of each direction
 * @gap_ns:	rows closer than that are not kept
 * @now:	the latest row; @told: the one before that pages know
 */
struct sb_board {
	struct sb_dashboard *dashboard;
	struct sb_view (*view)(void *arg);
	void *arg;
	cJSON *flow_names, *link_names, *results;
	char *title, *about;
	double duration_s;
	size_t flows, links, columns, rows, room;
	double *cells, *now, *told;
	int64_t gap_ns, next_ns;
	bool has_told;
};

/* --- rows --- */

static double *row_at(const struct sb_board *b, size_t i)
{
	return b->cells + i * b->columns;
}

static const double *link_cells(const struct sb_board *b, const double *row, size_t i)
{
	return row + 1 + b->flows * FLOW_CELLS + i * LINK_CELLS;
}

static void take_flows(const struct sb_board *b, const struct sb_view *v,
		       const struct sb_live_counts *flows, double *to)
{
	for (size_t i = 0; i < b->flows; i++, to += FLOW_CELLS) {
		const struct sb_live_counts *f = &flows[i];
		bool by_link = sb_view_by_link(v->plan, i);

		to[FLOW_BYTES] =
		    (double)(by_link ? f->link_bytes[v->plan->flows[i].dir] : f->bytes);
		to[FLOW_RTT] = f->rtt_us > 0 ? (double)f->rtt_us / 1e3 : NOT_KNOWN;
		to[FLOW_RETRANSMITS] = by_link ? NOT_KNOWN : (double)f->retransmits;
		to[FLOW_LOST] = by_link ? NOT_KNOWN : (double)f->lost;
	}
}

static void take_links(const struct sb_board *b, const struct sb_view *v, int64_t at_ns, double *to)
{
	for (size_t i = 0; i < 2 * b->links; i++, to += LINK_CELLS) {
		const struct sb_link_state *s =
		    sb_plan_state_at(v->plan, i / 2, (enum sb_dir)(i % 2), at_ns);

		to[LINK_DELAY] = (double)s->delay_ns / 1e6;
		to[LINK_RATE] = !s->rate_bps			 ? UNLIMITED
				: s->rate_bps == SB_RATE_STOPPED ? 0
								 : (double)s->rate_bps;
		to[LINK_LOSS] = sb_loss_mean(&s->loss);
		to[LINK_OUTAGE] = s->outage;
	}
}

static void halve(struct sb_board *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->rows; i += 2)
		memmove(row_at(b, n++), row_at(b, i), b->columns * sizeof(*b->cells));
	b->rows = n;
	b->gap_ns *= 2;
}

static void keep_row(struct sb_board *b)
{
	if (b->rows && (b->now[0] - row_at(b, b->rows - 1)[0]) * 1e9 < (double)b->gap_ns)
		return;
	if (b->rows == b->room)
		halve(b);
	memcpy(row_at(b, b->rows++), b->now, b->columns * sizeof(*b->cells));
}

/* --- as JSON --- */

static void put_number(FILE *to, double value, const char *after)
{
	char text[SB_JSON_NUMBER_MAX];

	sb_json_number(value, text);
	fprintf(to, "%s%s", value < 0 ? "null" : text, after);
}

/* @before: only links that are not as there; NULL = all */
static void put_row(const struct sb_board *b, FILE *to, const double *row, const double *before)
{
	bool first = true;

	fputc('[', to);
	put_number(to, row[0], ",[");
	for (size_t i = 0; i < b->flows; i++)
		for (size_t c = 0; c < FLOW_CELLS; c++) {
			fputs(c ? "" : i ? ",[" : "[", to);
			put_number(to, row[1 + i * FLOW_CELLS + c], c + 1 < FLOW_CELLS ? "," : "]");
		}
	fputs("],[", to);
	for (size_t i = 0; i < 2 * b->links; i++) {
		const double *cells = link_cells(b, row, i);

		/* Bit by bit: what is absent (NaN) is as before. */
		// NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c)
		if (before && !memcmp(cells, link_cells(b, before, i), LINK_CELLS * sizeof(*cells)))
			continue;
		fprintf(to, "%s[%zu", first ? "" : ",", i);
		first = false;
		for (size_t c = 0; c < LINK_CELLS; c++) {
			fputc(',', to);
			put_number(to, cells[c], "");
		}
		fputc(']', to);
	}
	fputs("]]", to);
}

static void put_text(FILE *to, const char *key, const char *value)
{
	cJSON *string = cJSON_CreateString(value ? value : "");
	sb_auto_free char *text = cJSON_PrintUnformatted(string);

	cJSON_Delete(string);
	fprintf(to, "\"%s\":%s,", key, text ? text : "\"\"");
}

static void put_json(FILE *to, const char *key, const cJSON *value)
{
	sb_auto_free char *text = value ? cJSON_PrintUnformatted(value) : NULL;

	fprintf(to, "\"%s\":%s,", key, text ? text : "[]");
}

/* Without the brace that begins it. */
static void put_progress(FILE *to, const struct sb_view *v)
{
	fprintf(to, "\"running\":%s,\"left_s\":", v->running ? "true" : "false");
	put_number(to, v->left_ns < 0 ? NOT_KNOWN : (double)v->left_ns / 1e9, ",\"speed\":");
	put_number(to, v->speed > 0 ? v->speed : NOT_KNOWN, "}");
}

/* The last is what all pages were told last: the next row says what differs from it. */
static void put_rows(const struct sb_board *b, FILE *to)
{
	const double *before = NULL;

	for (size_t i = 0; i < b->rows; i++) {
		fputs(before ? "," : "", to);
		put_row(b, to, row_at(b, i), before);
		before = row_at(b, i);
	}
	if (b->has_told && (!before || b->told[0] > before[0])) {
		fputs(before ? "," : "", to);
		put_row(b, to, b->told, before);
	}
}

static char *state_text(void *arg)
{
	const struct sb_board *b = arg;
	struct sb_view v = b->view(b->arg);
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	fputs("{\"kind\":\"run\",", to);
	put_text(to, "title", b->title);
	put_text(to, "about", b->about);
	put_text(to, "label", v.label);
	put_text(to, "phase", v.phase);
	fprintf(to, "\"number\":%zu,\"total\":%zu,\"duration_s\":", v.number, v.total);
	put_number(to, b->duration_s, ",");
	put_json(to, "flows", b->flow_names);
	put_json(to, "links", b->link_names);
	put_json(to, "results", b->results);
	fputs("\"rows\":[", to);
	put_rows(b, to);
	fputs("],", to);
	put_progress(to, &v);
	sb_textstream_close(to, &out);
	return out;
}

static void publish_state(struct sb_board *b)
{
	sb_auto_free char *text = NULL;

	if (!sb_dashboard_viewers(b->dashboard))
		return;
	text = state_text(b);
	sb_dashboard_publish(b->dashboard, "state", text);
}

/* --- what happens --- */

int sb_board_open(const char *serve, const char *token_file, struct sb_view (*view)(void *arg),
		  void *arg, struct sb_board **out, struct sb_err *err)
{
	struct sb_board *b = sb_alloc(1, sizeof(*b));
	struct sb_dashboard_options o = {.address = serve,
					 .token_file = token_file,
					 .title = "satbed",
					 .state = state_text,
					 .arg = b};

	b->view = view;
	b->arg = arg;
	b->results = cJSON_CreateArray();
	if (sb_dashboard_open(&o, &b->dashboard, err)) {
		cJSON_Delete(b->results);
		free(b);
		return -1;
	}
	*out = b;
	return 0;
}

const char *sb_board_url(const struct sb_board *b)
{
	return sb_dashboard_url(b->dashboard);
}

static void name_all(struct sb_board *b, const struct sb_plan *plan)
{
	char name[SB_NAME_MAX];

	cJSON_Delete(b->flow_names);
	cJSON_Delete(b->link_names);
	b->flow_names = cJSON_CreateArray();
	b->link_names = cJSON_CreateArray();
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *f = &plan->flows[i];
		cJSON *flow = cJSON_CreateObject();

		sb_json_add_str(flow, "name", f->name);
		sb_json_add_str(flow, "client", sb_flow_client(name, plan, f));
		sb_json_add_str(flow, "direction", sb_dir_name((enum sb_dir)f->dir));
		sb_json_add_str(flow, "transport", sb_transport_name(sb_flow_transport(f)));
		sb_json_add_bool(flow, "by_link", sb_view_by_link(plan, i));
		cJSON_AddItemToArray(b->flow_names, flow);
	}
	for (size_t i = 0; i < plan->link_count; i++)
		cJSON_AddItemToArray(b->link_names,
				     cJSON_CreateString(sb_link_name(name, plan, i)));
}

void sb_board_run(struct sb_board *b)
{
	const struct sb_plan *plan = b->view(b->arg).plan;

	name_all(b, plan);
	free(b->title);
	free(b->about);
	b->title = sb_clean(plan->name);
	b->about = sb_clean(plan->about ? plan->about : "");
	b->duration_s = (double)plan->duration_ns / 1e9;
	b->flows = plan->flow_count;
	b->links = plan->link_count;
	b->columns = 1 + b->flows * FLOW_CELLS + 2 * b->links * LINK_CELLS;
	b->room = CELLS_MAX / b->columns;
	b->room = b->room > ROWS_MAX ? ROWS_MAX : b->room < ROWS_MIN ? ROWS_MIN : b->room;
	free(b->cells);
	/* And room for the latest, and for what was told. */
	b->cells = sb_alloc((b->room + 2) * b->columns, sizeof(*b->cells));
	b->now = row_at(b, b->room);
	b->told = row_at(b, b->room + 1);
	b->rows = 0;
	b->gap_ns = 0;
	b->next_ns = 0;
	b->has_told = false;
	publish_state(b);
	sb_dashboard_serve(b->dashboard);
}

void sb_board_phase(struct sb_board *b)
{
	struct sb_view v = b->view(b->arg);
	sb_auto_free char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	fputc('{', to);
	put_text(to, "phase", v.phase);
	put_progress(to, &v);
	sb_textstream_close(to, &out);
	sb_dashboard_publish(b->dashboard, "phase", out);
	sb_dashboard_serve(b->dashboard);
}

bool sb_board_due(const struct sb_board *b, int64_t now_ns)
{
	return b->cells && now_ns >= b->next_ns;
}

static void publish_row(struct sb_board *b, const struct sb_view *v)
{
	sb_auto_free char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	fputs("{\"row\":", to);
	put_row(b, to, b->now, b->has_told ? b->told : NULL);
	fputc(',', to);
	put_progress(to, v);
	sb_textstream_close(to, &out);
	sb_dashboard_publish(b->dashboard, "row", out);
}

void sb_board_tick(struct sb_board *b, int64_t now_ns, const struct sb_live_counts *flows)
{
	struct sb_view v = b->view(b->arg);
	int64_t at_ns = v.at_ns > 0 ? v.at_ns : 0;

	if (!v.plan || v.plan->flow_count != b->flows || v.plan->link_count != b->links)
		return;
	b->next_ns = now_ns + (v.speed > 0 ? 0 : TICK_NS);
	if (!b->gap_ns)
		b->gap_ns = TICK_NS / 2;
	b->now[0] = (double)at_ns / 1e9;
	take_flows(b, &v, flows, b->now + 1);
	take_links(b, &v, at_ns, b->now + 1 + b->flows * FLOW_CELLS);
	if (sb_dashboard_viewers(b->dashboard))
		publish_row(b, &v);
	memcpy(b->told, b->now, b->columns * sizeof(*b->now));
	b->has_told = true;
	keep_row(b);
	sb_dashboard_serve(b->dashboard);
}

void sb_board_result(struct sb_board *b, const cJSON *json)
{
	cJSON *event = cJSON_CreateObject();
	sb_auto_free char *text = NULL;

	cJSON_AddItemToObject(event, "result", cJSON_Duplicate(json, true));
	text = cJSON_PrintUnformatted(event);
	cJSON_Delete(event);
	if (cJSON_GetArraySize(b->results) >= RESULT_MAX)
		cJSON_DeleteItemFromArray(b->results, 0);
	cJSON_AddItemToArray(b->results, cJSON_Duplicate(json, true));
	sb_dashboard_publish(b->dashboard, "result", text ? text : "{}");
	sb_dashboard_serve(b->dashboard);
}

void sb_board_serve(struct sb_board *b)
{
	sb_dashboard_serve(b->dashboard);
}

void sb_board_finish(struct sb_board *b, const char *report)
{
	sb_dashboard_finish(b->dashboard, report);
}

void sb_board_close(struct sb_board *b)
{
	if (!b)
		return;
	sb_dashboard_close(b->dashboard);
	cJSON_Delete(b->flow_names);
	cJSON_Delete(b->link_names);
	cJSON_Delete(b->results);
	free(b->title);
	free(b->about);
	free(b->cells);
	free(b);
}
