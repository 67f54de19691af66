// SPDX-License-Identifier: MIT
/*
 * testbed_page.c - a testbed's page: its links as they are, and buttons that change them
 *
 *   state  {"kind":"up","title","about","facts":[...],"links":["client1"],"counters":[...],"rows":[ROW],
 *	     "duration_s":0,"running":true}	to a page that is new
 *   row    {"row":ROW,"timeline":"playing"}	once a second while a page is open, and after each change
 *   failed {"msg"}	what the emulator could not do
 *   over   see dashboard.c
 *
 * ROW: [t_s, [], [[2 * link + direction, delay_ms, rate_bps, loss, outage, by_hand, counters...]]]
 */
#include "testbed_page.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page_request.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/dashboard.h"

#define LOOK_NS	  SB_NS_PER_S
#define ROWS_MAX  300
#define NAMED_MAX 8 /* nodes whose addresses the page says */

static const char *const counters[] = {"arrived", "sent", "lost", "queue_dropped", "outage"};

/**
 * struct sb_testbed_page
 * @rows:	the latest, oldest first, each as JSON
 * @next_ns:	when the emulator is asked next; @asking: it has not answered yet
 */
struct sb_testbed_page {
	struct sb_dashboard *dashboard;
	cJSON *rows[ROWS_MAX];
	size_t row_count;
	int64_t begin_ns, next_ns;
	bool asking;
};

/* --- what the page is told --- */

static void add_number(cJSON *to, double value, bool is_known)
{
	cJSON_AddItemToArray(to, is_known ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

static cJSON *direction_row(size_t i, const cJSON *from)
{
	const cJSON *counted = cJSON_GetObjectItemCaseSensitive(from, "counters");
	struct sb_link_state s = {0};
	cJSON *row = cJSON_CreateArray();

	if (sb_link_state_from_json(cJSON_GetObjectItemCaseSensitive(from, "state"), &s, NULL))
		s = (struct sb_link_state){0};
	add_number(row, (double)i, true);
	add_number(row, (double)s.delay_ns / 1e6, true);
	add_number(row, s.rate_bps == SB_RATE_STOPPED ? 0 : (double)s.rate_bps, s.rate_bps != 0);
	add_number(row, sb_loss_mean(&s.loss), true);
	add_number(row, s.outage, true);
	add_number(row, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(from, "by_hand")), true);
	for (size_t c = 0; c < SB_ARRAY_LEN(counters); c++) {
		int64_t value = 0;
		bool is_known = !sb_json_get_i64(counted, "$", counters[c], &value, NULL);

		add_number(row, (double)value, is_known);
	}
	return row;
}

static cJSON *make_row(const struct sb_testbed_page *page, const cJSON *event)
{
	cJSON *row = cJSON_CreateArray(), *links;
	const cJSON *link;
	size_t i = 0;

	add_number(row, (double)(sb_mono_ns() - page->begin_ns) / 1e9, true);
	cJSON_AddItemToArray(row, cJSON_CreateArray());
	cJSON_AddItemToArray(row, links = cJSON_CreateArray());
	cJSON_ArrayForEach(link, cJSON_GetObjectItemCaseSensitive(
				     event, "links")) for (int dir = SB_UP; dir <= SB_DOWN; dir++)
	    cJSON_AddItemToArray(links,
				 direction_row(i++, cJSON_GetObjectItemCaseSensitive(
							link, sb_dir_name((enum sb_dir)dir))));
	return row;
}

static void add_text(cJSON *list, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	cJSON_AddItemToArray(list, cJSON_CreateString(clean));
}

static void add_facts(const struct sb_supervisor *k, cJSON *facts)
{
	sb_auto_free char *engine = sb_asprintf("engine %s", k->up.engine_kind);
	sb_auto_free char *links =
	    sb_asprintf("links by %s", k->up.link_backend ? k->up.link_backend : "?");

	add_text(facts, engine);
	add_text(facts, links);
	for (size_t i = 0; i < k->plan->link_count && i < NAMED_MAX; i++) {
		char client[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN], name[SB_NAME_MAX];
		sb_auto_free char *text = NULL;

		inet_ntop(AF_INET, &k->plan->links[i].client.addr4, client, sizeof(client));
		inet_ntop(AF_INET, &k->plan->links[i].target4, server, sizeof(server));
		text = sb_asprintf("%s %s to server %s", sb_link_name(name, k->plan, i), client,
				   server);
		add_text(facts, text);
	}
}

static char *state_text(void *arg)
{
	struct sb_supervisor *k = arg;
	cJSON *state = cJSON_CreateObject(), *list;
	char name[SB_NAME_MAX], *text;

	sb_json_add_str(state, "kind", "up");
	sb_json_add_str(state, "title", k->request->name);
	sb_json_add_str(state, "about", k->plan->about ? k->plan->about : "");
	sb_json_add_i64(state, "duration_s", 0);
	sb_json_add_bool(state, "running", true);
	add_facts(k, cJSON_AddArrayToObject(state, "facts"));
	list = cJSON_AddArrayToObject(state, "links");
	for (size_t i = 0; i < k->plan->link_count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(sb_link_name(name, k->plan, i)));
	list = cJSON_AddArrayToObject(state, "counters");
	for (size_t i = 0; i < SB_ARRAY_LEN(counters); i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(counters[i]));
	list = cJSON_AddArrayToObject(state, "rows");
	for (size_t i = 0; i < k->page->row_count; i++)
		cJSON_AddItemToArray(list, cJSON_Duplicate(k->page->rows[i], true));
	text = cJSON_PrintUnformatted(state);
	cJSON_Delete(state);
	/* Who has come does not wait for the next second. */
	k->page->next_ns = 0;
	return text ? text : sb_strdup("{}");
}

static void publish(struct sb_testbed_page *page, const char *event, cJSON *obj)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(obj);

	sb_dashboard_publish(page->dashboard, event, text ? text : "{}");
	sb_dashboard_serve(page->dashboard);
}

static void keep_row(struct sb_testbed_page *page, cJSON *row)
{
	if (page->row_count == ROWS_MAX) {
		cJSON_Delete(page->rows[0]);
		memmove(page->rows, page->rows + 1, (ROWS_MAX - 1) * sizeof(page->rows[0]));
		page->row_count--;
	}
	page->rows[page->row_count++] = row;
}

void sb_testbed_page_answer(struct sb_supervisor *k, const struct sb_asked *a, const cJSON *event)
{
	cJSON *obj, *row;

	if (!k->page)
		return;
	k->page->asking = false;
	if (a->failed.code) {
		obj = cJSON_CreateObject();
		sb_json_add_str(obj, "msg", a->failed.msg);
		publish(k->page, "failed", obj);
		cJSON_Delete(obj);
	}
	obj = cJSON_CreateObject();
	row = make_row(k->page, event);
	cJSON_AddItemToObject(obj, "row", row);
	sb_json_add_str(obj, "timeline", sb_supervisor_timeline(k));
	publish(k->page, "row", obj);
	keep_row(k->page, cJSON_DetachItemViaPointer(obj, row));
	cJSON_Delete(obj);
}

/* --- what it asks --- */

static int on_act(void *arg, const char *json, size_t len, struct sb_err *err)
{
	struct sb_supervisor *k = arg;
	cJSON *request = NULL;
	int rc = sb_page_request_read(json, len, &request, err);

	if (!rc)
		rc = sb_emulator_link(k, NULL, request, err);
	cJSON_Delete(request);
	return rc;
}

/* --- served --- */

int sb_testbed_page_open(struct sb_supervisor *k, struct sb_err *err)
{
	const struct sb_dashboard_options o = {.address = k->request->serve,
					       .token_file = k->request->serve_token,
					       .title = k->request->name,
					       .state = state_text,
					       .act = on_act,
					       .arg = k};
	struct sb_testbed_page *page;

	if (!k->request->serve)
		return 0;
	page = sb_alloc(1, sizeof(*page));
	if (sb_dashboard_open(&o, &page->dashboard, err)) {
		free(page);
		return -1;
	}
	page->begin_ns = sb_mono_ns();
	k->page = page;
	return 0;
}

const char *sb_testbed_page_url(const struct sb_supervisor *k)
{
	return k->page ? sb_dashboard_url(k->page->dashboard) : NULL;
}

int sb_testbed_page_fd(const struct sb_supervisor *k)
{
	return k->page ? sb_dashboard_fd(k->page->dashboard) : -1;
}

int64_t sb_testbed_page_due_ns(const struct sb_supervisor *k)
{
	return k->page && sb_dashboard_viewers(k->page->dashboard) ? k->page->next_ns : INT64_MAX;
}

void sb_testbed_page_serve(struct sb_supervisor *k)
{
	int64_t now_ns = sb_mono_ns();

	if (!k->page)
		return;
	sb_dashboard_serve(k->page->dashboard);
	if (now_ns < sb_testbed_page_due_ns(k))
		return;
	k->page->next_ns = now_ns + LOOK_NS;
	/* An emulator that is behind is not asked again and again. */
	if (!k->page->asking)
		k->page->asking = sb_emulator_look(k);
}

void sb_testbed_page_close(struct sb_supervisor *k)
{
	if (!k->page)
		return;
	sb_dashboard_finish(k->page->dashboard, NULL);
	sb_dashboard_close(k->page->dashboard);
	for (size_t i = 0; i < k->page->row_count; i++)
		cJSON_Delete(k->page->rows[i]);
	free(k->page);
	k->page = NULL;
}
