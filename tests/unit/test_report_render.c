// SPDX-License-Identifier: MIT
/* test_report_render.c - run.json has every promised field, the table every value a reader acts on
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_priv.h"
#include "satbed/base/mem.h"

#define LINKS 12

/* A run of two flows over one link, measured completely; tests then take things away. */
struct world {
	struct sb_flow flows[2];
	struct sb_expect expects[2];
	struct sb_event events[1];
	struct sb_link links[LINKS];
	struct sb_plan plan;
	struct sb_flow_result flow_results[2];
	struct sb_dir_result dirs[LINKS][2];
	struct sb_link_counters counters[2 * LINKS];
	struct sb_result result;
	struct sb_capture_report captures[2];
	const char *cc[2], *errors[2];
	char *reasons[20];
	enum sb_reason_code codes[20];
	cJSON *manifest;
	struct sb_report report;
};

static void fill_dir(struct sb_dir_result *d)
{
	*d = (struct sb_dir_result){
	    .sent = 1000,
	    .arrived = 975,
	    .lost_link = 20,
	    .lost_queue = 4,
	    .lost_outage = 1,
	    .configured_delay_ms = {980, 25, 30, 31, 25, 32},
	    .delay_ms = {980, 25.0012345678, 30.1, 31.1, 25.1, 33},
	    .delay_error_ms = {980, 0.001, 0.05, 0.1, 0.002, 0.2},
	    .owd_ms = {980, 40, 90, 110, 45, 120},
	    .configured_loss = 0.02,
	    .loss = 0.0193,
	    .loss_tolerance = 0.022,
	    .loss_false_alarm = 5.8e-7,
	    .delay_p50_limit_ms = 0.25,
	    .delay_p99_limit_ms = 1.25,
	    .rate_tolerance = 0.02,
	    .configured_rate_bps = 10e6,
	    .rate_bps = 9.98e6,
	    .rate_source = "flows",
	    .measured_burst = 3.9,
	    .configured_burst = 4,
	};
}

static void fill_flows(struct world *w)
{
	strcpy(w->flows[0].name, "bulk");
	w->flows[0].dir = SB_DOWN;
	w->flows[0].streams = 2;
	w->flows[0].port = 5201;
	strcpy(w->flows[1].name, "voice");
	w->flows[1].kind = SB_FLOW_STREAM;
	w->flows[1].streams = 1;
	w->flow_results[0] = (struct sb_flow_result){
	    .bytes = 1234567,
	    .seconds = 3,
	    .goodput_bps = 3292178.67,
	    .retransmits = 17,
	    .retransmits_tcp_info = 17,
	    .rtt_ms = {900, 50.5, 95.25, 133.125, 55, 140},
	    .handshake_ms = 47.1,
	    .syn = {true, 1460, 7, true, true, false},
	    .syn_ack = {true, 1460, -1, false, true, false},
	};
	w->flow_results[1] = (struct sb_flow_result){
	    .bytes = 19500, .seconds = 3, .goodput_bps = 52000, .packets = 200, .lost = 5};
}

static void make_world(struct world *w)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	fill_flows(w);
	for (i = 0; i < LINKS; i++) {
		fill_dir(&w->dirs[i][SB_UP]);
		fill_dir(&w->dirs[i][SB_DOWN]);
		w->counters[2 * i] = (struct sb_link_counters){
		    .arrived = 1000, .sent = 975, .lost = 20, .queue_dropped = -1};
	}
	strcpy(w->expects[0].what, "fidelity");
	strcpy(w->expects[0].text, "pass");
	strcpy(w->expects[0].word, "pass");
	strcpy(w->expects[1].what, "goodput.bulk");
	strcpy(w->expects[1].text, ">= 5mbit");
	w->expects[1].value = 5e6;
	strcpy(w->events[0].name, "reconfigure");
	w->events[0].count = 2;
	w->plan = (struct sb_plan){
	    .about = "a \"quoted\" name\\\n",
	    .name = "leo-lossy",
	    .seed = 7,
	    .duration_ns = 3000000000,
	    .engine = "auto",
	    .ip_version = 4,
	    .mtu = 1500,
	    .sample_ns = 100000000,
	    .link_count = 1,
	    .event_count = 1,
	    .flow_count = 2,
	    .expect_count = 2,
	    .links = w->links,
	    .events = w->events,
	    .flows = w->flows,
	    .expects = w->expects,
	};
	w->result = (struct sb_result){.link_count = 1,
				       .flow_count = 2,
				       .links = w->dirs,
				       .flows = w->flow_results,
				       .step_lateness_ms = {8, 0.02, 0.1, 0.3, 0.05, 0.4}};
	w->result.reasons.text = w->reasons;
	w->result.reasons.code = w->codes;
	strcpy(w->captures[0].file, "client1.pcap");
	w->captures[0].stats = (struct sb_capture_stats){2000, 0, 0, 2000};
	strcpy(w->captures[1].file, "server-client1.pcap");
	w->captures[1].stats = (struct sb_capture_stats){1950, 0, 0, 1950};
	w->cc[0] = "cubic";
	w->manifest = cJSON_CreateObject();
	cJSON_AddStringToObject(w->manifest, "kernel", "6.1.0");
	w->report = (struct sb_report){
	    .plan = &w->plan,
	    .result = &w->result,
	    .engine_kind = "native",
	    .link_backend = "user",
	    .backend_why = "this kernel has no sch_netem",
	    .manifest = w->manifest,
	    .captures = w->captures,
	    .capture_count = 2,
	    .counters = w->counters,
	    .flow_cc = w->cc,
	    .flow_errors = w->errors,
	    .up_ms = 41.5,
	    .down_ms = 12.25,
	    .measured_s = 3,
	    .directory = "captures/leo-lossy-1",
	};
}

static int setup(void **state)
{
	struct world *w = sb_alloc(1, sizeof(*w));

	make_world(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cJSON_Delete(w->manifest);
	free(w);
	return 0;
}

/* The value at "links.0.up.configured.loss"; NULL when there is no such place. */
static const cJSON *at(const cJSON *json, const char *path)
{
	char step[64];
	const char *end;

	while (json && *path) {
		end = path + strcspn(path, ".");
		snprintf(step, sizeof(step), "%.*s", (int)(end - path), path);
		json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(step))
					   : cJSON_GetObjectItemCaseSensitive(json, step);
		path = *end ? end + 1 : end;
	}
	return json;
}

static void check_number(const cJSON *json, const char *path, double value)
{
	const cJSON *item = at(json, path);

	if (!cJSON_IsNumber(item) || fabs(item->valuedouble - value) > 1e-12 * fabs(value))
		fail_msg("%s is not %.17g", path, value);
}

static void check_string(const cJSON *json, const char *path, const char *value)
{
	const cJSON *item = at(json, path);

	if (!cJSON_IsString(item) || strcmp(item->valuestring, value) != 0)
		fail_msg("%s is not \"%s\"", path, value);
}

static void check_null(const cJSON *json, const char *path)
{
	if (!cJSON_IsNull(at(json, path)))
		fail_msg("%s is not null", path);
}

static void check_bool(const cJSON *json, const char *path, bool value)
{
	const cJSON *item = at(json, path);

	if (!cJSON_IsBool(item) || cJSON_IsTrue(item) != value)
		fail_msg("%s is not %s", path, value ? "true" : "false");
}

/* What the file says at a place is what [expect] finds there, without a file. */
static void check_places(const struct sb_report *r, const cJSON *json, const char *place)
{
	const cJSON *item;
	int i = 0;

	cJSON_ArrayForEach(item, json)
	{
		sb_auto_free char *within = item->string ? sb_asprintf("%s/%s", place, item->string)
							 : sb_asprintf("%s/%d", place, i++);
		double found = sb_report_value(r, within);

		if (!strncmp(within, "/expects", 8))
			continue;
		if (cJSON_IsNumber(item) ? !(fabs(found - item->valuedouble) <= 1e-12 * fabs(found))
		    : cJSON_IsBool(item) ? found != cJSON_IsTrue(item)
					 : !isnan(found))
			fail_msg("%s is %g for [expect]", within, found);
		check_places(r, item, within);
	}
}

/* Through text and back, as every reader of the file gets it. */
static cJSON *render_json(const struct sb_report *r)
{
	cJSON *json = sb_report_json(r), *again;
	char *text = cJSON_Print(json);

	again = cJSON_Parse(text);
	assert_non_null(again);
	check_places(r, again, "");
	cJSON_Delete(json);
	free(text);
	return again;
}

static char *render_text(const struct sb_report *r, bool colour)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	sb_report_text(to, r, colour);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void check_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void check_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there is \"%s\" in:\n%s", part, text);
}

static void test_json_run(void **state)
{
	struct world *w = *state;
	cJSON *j = render_json(&w->report);

	check_string(j, "scenario", "leo-lossy");
	check_string(j, "about", "a \"quoted\" name\\?");
	check_number(j, "seed", 7);
	check_string(j, "engine.kind", "native");
	check_string(j, "link_backend", "user");
	check_string(j, "link_backend_why", "this kernel has no sch_netem");
	check_string(j, "path", "bridge");
	check_string(j, "verdict", "PASS");
	check_bool(j, "interrupted", false);
	check_number(j, "timings.up_ms", 41.5);
	check_number(j, "timings.down_ms", 12.25);
	check_number(j, "timings.measured_s", 3);
	check_string(j, "manifest.kernel", "6.1.0");
	check_string(j, "timeline.events.0.name", "reconfigure");
	check_number(j, "timeline.events.0.count", 2);
	check_number(j, "timeline.lateness_ms.p99", 0.3);
	check_string(j, "captures.0.file", "client1.pcap");
	check_number(j, "captures.0.received", 2000);
	check_number(j, "captures.1.dropped", 0);
	check_number(j, "captures.1.written", 1950);
	check_string(j, "expects.0.what", "fidelity");
	check_string(j, "expects.0.value", "PASS");
	check_bool(j, "expects.0.met", true);
	check_bool(j, "expects.1.met", false);
	check_number(j, "expects.1.value", 3292178.67);
	check_bool(j, "expects_met", false);
	cJSON_Delete(j);
}

static void test_json_flows(void **state)
{
	struct world *w = *state;
	cJSON *j = render_json(&w->report);

	check_string(j, "flows.0.name", "bulk");
	check_string(j, "flows.0.client", "client1");
	check_string(j, "flows.0.direction", "down");
	check_string(j, "flows.0.kind", "bulk");
	check_number(j, "flows.0.streams", 2);
	check_string(j, "flows.0.cc", "cubic");
	check_number(j, "flows.0.bytes", 1234567);
	check_number(j, "flows.0.seconds", 3);
	check_number(j, "flows.0.goodput_bps", 3292179);
	check_number(j, "flows.0.retransmits.pcap", 17);
	check_number(j, "flows.0.retransmits.tcp_info", 17);
	check_number(j, "flows.0.rtt_ms.p50", 50.5);
	check_number(j, "flows.0.rtt_ms.p95", 95.25);
	check_number(j, "flows.0.rtt_ms.p99", 133.125);
	check_number(j, "flows.0.handshake_ms", 47.1);
	check_number(j, "flows.0.syn.window_scale", 7);
	check_bool(j, "flows.0.syn.sack", true);
	check_null(j, "flows.0.syn_ack.window_scale");
	check_null(j, "flows.0.error");
	check_null(j, "flows.0.lost");
	/* A datagram flow has losses, and none of what is TCP's. */
	check_string(j, "flows.1.kind", "stream");
	check_number(j, "flows.1.packets", 200);
	check_number(j, "flows.1.lost", 5);
	check_null(j, "flows.1.cc");
	check_null(j, "flows.1.retransmits.pcap");
	check_null(j, "flows.1.retransmits.tcp_info");
	check_null(j, "flows.1.rtt_ms.p50");
	check_null(j, "flows.1.handshake_ms");
	check_null(j, "flows.1.syn");
	cJSON_Delete(j);
}

static void test_json_links(void **state)
{
	struct world *w = *state;
	cJSON *j;

	w->dirs[0][SB_DOWN].verdict = SB_WARN;
	w->dirs[0][SB_DOWN].reasons = (struct sb_reasons){1, w->reasons, w->codes};
	w->reasons[0] = (char *)"delay p99 is 1 ms off";
	w->codes[0] = SB_REASON_DELAY;
	j = render_json(&w->report);
	assert_int_equal(cJSON_GetArraySize(at(j, "links")), 1);
	check_string(j, "links.0.client", "client1");
	check_number(j, "links.0.up.configured.delay_ms.p50", 25);
	check_number(j, "links.0.up.configured.delay_ms.p99", 31);
	check_number(j, "links.0.up.configured.loss", 0.02);
	check_number(j, "links.0.up.configured.rate_bps", 10e6);
	/* to the ns, not to the last bit of a double */
	check_number(j, "links.0.up.measured.delay_ms.p50", 25.001235);
	check_number(j, "links.0.up.measured.delay_ms.p99", 31.1);
	check_number(j, "links.0.up.measured.loss", 0.0193);
	check_number(j, "links.0.up.measured.rate_bps", 9.98e6);
	check_number(j, "links.0.up.tolerances.delay_p50.limit_ms", 0.25);
	check_number(j, "links.0.up.tolerances.delay_p99.limit_ms", 1.25);
	check_null(j, "links.0.up.tolerances.delay_p99.false_alarm");
	check_string(j, "links.0.up.tolerances.delay_p99.because",
		     "an engineering limit, not chance");
	check_number(j, "links.0.up.tolerances.loss.limit", 0.022);
	check_number(j, "links.0.up.tolerances.loss.false_alarm", 5.8e-7);
	check_number(j, "links.0.up.tolerances.rate.limit", 0.02);
	check_null(j, "links.0.up.tolerances.rate.false_alarm");
	check_number(j, "links.0.up.tolerances.order.limit_packets", 0);
	check_number(j, "links.0.up.measured.packets", 1000);
	check_number(j, "links.0.up.measured.arrived", 975);
	check_number(j, "links.0.up.measured.lost.queue", 4);
	check_number(j, "links.0.up.shaper.lost", 20);
	check_null(j, "links.0.up.shaper.queue_dropped");
	check_string(j, "links.0.up.verdict", "PASS");
	check_string(j, "links.0.down.verdict", "WARN");
	check_string(j, "links.0.down.reasons.0", "delay p99 is 1 ms off");
	check_string(j, "links.0.down.reason_codes.0", "delay");
	cJSON_Delete(j);
}

/* What was not measured is null: never 0, never NaN, which is no JSON. */
static void test_json_unmeasured(void **state)
{
	struct world *w = *state;
	struct sb_dir_result *d = &w->dirs[0][SB_UP];
	cJSON *j;

	*d = (struct sb_dir_result){.loss = NAN,
				    .rate_bps = NAN,
				    .loss_tolerance = INFINITY,
				    .loss_false_alarm = NAN,
				    .delay_p50_limit_ms = NAN,
				    .delay_p99_limit_ms = NAN};
	w->flow_results[0] = (struct sb_flow_result){
	    .retransmits = -1, .retransmits_tcp_info = -1, .goodput_bps = NAN, .handshake_ms = NAN};
	w->result.step_lateness_ms = (struct sb_quantiles){0};
	w->report.counters = NULL;
	w->report.flow_cc = NULL;
	w->report.flow_errors = NULL;
	w->report.manifest = NULL;
	w->report.directory = NULL;
	w->report.backend_why = NULL;
	w->report.up_ms = NAN;
	w->plan.about = NULL;
	j = render_json(&w->report);
	check_null(j, "links.0.up.configured.delay_ms.p50");
	check_null(j, "links.0.up.configured.rate_bps");
	check_null(j, "links.0.up.measured.delay_ms.p99");
	check_null(j, "links.0.up.measured.loss");
	check_null(j, "links.0.up.measured.loss_tolerance");
	check_null(j, "links.0.up.tolerances.loss.limit");
	check_null(j, "links.0.up.tolerances.loss.false_alarm");
	check_string(j, "links.0.up.tolerances.loss.because", "not exercised");
	check_null(j, "links.0.up.tolerances.delay_p50.limit_ms");
	check_string(j, "links.0.up.tolerances.delay_p99.because", "not exercised");
	check_null(j, "links.0.up.measured.rate_bps");
	check_null(j, "links.0.up.measured.rate_source");
	check_number(j, "links.0.up.measured.packets", 0);
	check_null(j, "links.0.up.shaper");
	check_null(j, "flows.0.goodput_bps");
	check_null(j, "flows.0.retransmits.pcap");
	check_null(j, "flows.0.retransmits.tcp_info");
	check_null(j, "flows.0.rtt_ms.p99");
	check_null(j, "flows.0.handshake_ms");
	check_null(j, "flows.0.syn");
	check_null(j, "flows.0.cc");
	check_null(j, "timeline.lateness_ms.p50");
	check_null(j, "timings.up_ms");
	check_null(j, "manifest");
	check_null(j, "about");
	check_null(j, "directory");
	check_null(j, "expects.1.value");
	cJSON_Delete(j);
}

static void test_json_seed_is_exact(void **state)
{
	struct world *w = *state;
	cJSON *j;

	w->plan.seed = UINT64_C(999999999999999);
	j = render_json(&w->report);
	assert_true(at(j, "seed")->valuedouble == 999999999999999.0);
	cJSON_Delete(j);
	/* A double, but cJSON would write 9.00719925474099e+15. */
	w->plan.seed = UINT64_C(9007199254740991);
	j = render_json(&w->report);
	check_string(j, "seed", "9007199254740991");
	cJSON_Delete(j);
	w->plan.seed = (UINT64_C(1) << 53) + 1;
	j = render_json(&w->report);
	check_string(j, "seed", "9007199254740993");
	cJSON_Delete(j);
	w->plan.seed = UINT64_MAX;
	j = render_json(&w->report);
	check_string(j, "seed", "18446744073709551615");
	cJSON_Delete(j);
}

static void test_nothing_happened(void **state)
{
	struct world *w = *state;
	char *text;
	cJSON *j;

	w->result.link_count = w->result.flow_count = 0;
	w->plan.link_count = w->plan.flow_count = w->plan.event_count = w->plan.expect_count = 0;
	w->report.capture_count = 0;
	w->report.interrupted = true;
	w->report.measured_s = 0;
	j = render_json(&w->report);
	check_bool(j, "interrupted", true);
	assert_true(cJSON_IsArray(at(j, "flows")));
	assert_true(cJSON_IsArray(at(j, "links")));
	assert_true(cJSON_IsArray(at(j, "captures")));
	assert_true(cJSON_IsArray(at(j, "expects")));
	check_bool(j, "expects_met", true);
	cJSON_Delete(j);
	text = render_text(&w->report, false);
	check_contains(text, "interrupted after 0.0 s of 3.0 s");
	check_contains(text, "verdict PASS");
	check_lacks(text, "LINK");
	check_lacks(text, "FLOW");
	free(text);
}

static void test_text(void **state)
{
	struct world *w = *state;
	char *text = render_text(&w->report, false);

	check_contains(text, "leo-lossy: a \"quoted\" name");
	check_contains(
	    text,
	    "engine native, path bridge, links by user\nwhy user: this kernel has no sch_netem\n");
	check_contains(text, "ran 3.0 s, seed 7, testbed up in 42 ms, down in 12 ms");
	check_contains(text, "client1 up");
	check_contains(text, "25.00 ms    31.00 ms     2.00 %   10.0 Mbit/s\n");
	check_contains(text, "25.00 ms    31.10 ms     1.93 %   9.98 Mbit/s      1000  PASS\n");
	check_contains(text, "bulk client1 down  1.23 MB 3.29 Mbit/s");
	check_contains(text, "  17 / 17\n");
	check_contains(text, "5 of 200 lost (2.50 %)");
	check_contains(text, "2 captures, 3950 packets, none missed");
	check_contains(text, "results: captures/leo-lossy-1");
	check_contains(text, "verdict PASS\n");
	check_contains(text, "expected fidelity pass: PASS, met\n");
	check_contains(text, "expected goodput.bulk >= 5mbit: 3.29 Mbit/s, FAILED\n");
	check_lacks(text, "\033");
	check_lacks(text, "nan");
	check_lacks(text, "differ");
	free(text);
}

/* Lines of a usual run fit a terminal; only colour may add to them. */
static void test_text_width(void **state)
{
	struct world *w = *state;
	char *text = render_text(&w->report, false), *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > 100)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
}

static void test_text_trouble(void **state)
{
	struct world *w = *state;
	size_t i;
	char *text;

	w->result.verdict = SB_INVALID;
	for (i = 0; i < SB_ARRAY_LEN(w->reasons); i++)
		w->reasons[i] = (char *)(i ? "another" : "client1 up: a capture lost packets");
	w->result.reasons.count = SB_ARRAY_LEN(w->reasons);
	w->dirs[0][SB_UP].verdict = SB_INVALID;
	w->dirs[0][SB_UP].rate_bps = NAN;
	w->captures[1].stats.dropped = 12;
	w->flow_results[0].retransmits = 15;
	w->errors[1] = "connect: \033[31mrefused";
	text = render_text(&w->report, false);
	check_contains(text, "not filled      1000  INVALID\n");
	check_contains(text, "15 / 17 differ\n");
	check_contains(text, "error: connect: ?[31mrefused\n");
	check_contains(text, "12 MISSED\n  server-client1.pcap missed 12 of 1950\n");
	check_contains(text, "verdict INVALID\n  - client1 up: a capture lost packets\n");
	check_contains(text, "12 more reasons in run.json");
	check_contains(text, "expected fidelity pass: INVALID, FAILED\n");
	free(text);
}

/* Refused retransmits are a dash, and a dash differs from nothing. */
static void test_text_refused(void **state)
{
	struct world *w = *state;
	char *text;

	w->flow_results[0].retransmits = -1;
	w->flow_results[0].rtt_ms.count = 0;
	text = render_text(&w->report, false);
	check_contains(text, "  - / 17\n");
	free(text);
}

static void test_text_many_links(void **state)
{
	struct world *w = *state;
	char *text;

	w->result.link_count = w->plan.link_count = LINKS;
	w->dirs[11][SB_DOWN].verdict = SB_WARN;
	w->dirs[10][SB_UP].verdict = SB_INVALID;
	text = render_text(&w->report, false);
	/* 6 of 12 are shown: the bad one, the doubtful one, then the first ones. */
	assert_true(strstr(text, "client11 up") < strstr(text, "client12 up"));
	assert_true(strstr(text, "client12 up") < strstr(text, "client1 up"));
	check_contains(text, "client4 up");
	check_lacks(text, "client5 up");
	check_contains(text, "6 more links in run.json: 6 PASS, 0 WARN, 0 INVALID");
	free(text);
}

static void test_text_colour_adds_only_escapes(void **state)
{
	struct world *w = *state;
	char *plain = render_text(&w->report, false), *colour = render_text(&w->report, true);
	size_t from, to = 0, len = strlen(colour);

	check_contains(colour, "\033[1;32mPASS\033[0m");
	check_contains(colour, "\033[1;31mFAILED\033[0m");
	for (from = 0; from < len; from++) {
		if (colour[from] == '\033')
			from += strcspn(colour + from, "m");
		else
			colour[to++] = colour[from];
	}
	colour[to] = '\0';
	assert_string_equal(colour, plain);
	free(plain);
	free(colour);
}

static void split_the_path(struct world *w)
{
	w->plan.path = SB_PATH_SLIRP;
	w->plan.placement = SB_INSIDE;
	w->flow_results[0].other_syn = (struct sb_syn){true, 1400, 10, true, true, true};
	w->flow_results[0].other_syn_ack = (struct sb_syn){true, 1400, 9, true, true, true};
	w->flow_results[0].window_cap_bps = 5242800;
	w->flow_results[0].settled_bps = 5.11e6;
	w->flow_results[0].tcp_info_elsewhere = true;
	w->flow_results[0].retransmits_tcp_info = -1;
}

static void test_json_split(void **state)
{
	struct world *w = *state;
	cJSON *json = render_json(&w->report);

	check_null(json, "split");
	assert_null(at(json, "flows.0.legs"));
	cJSON_Delete(json);
	split_the_path(w);
	json = render_json(&w->report);
	check_string(json, "split.tcp_terminated_by", "slirp4netns");
	check_string(json, "split.placement", "inside");
	check_string(json, "flows.0.legs.0.leg", "satellite");
	check_number(json, "flows.0.legs.0.syn.window_scale", 7);
	check_null(json, "flows.0.legs.0.syn_ack.window_scale");
	check_string(json, "flows.0.legs.1.leg", "other");
	check_number(json, "flows.0.legs.1.syn_ack.window_scale", 9);
	check_bool(json, "flows.0.legs.1.syn.ecn", true);
	check_number(json, "flows.0.window_cap_bps", 5242800);
	check_number(json, "flows.0.goodput_settled_bps", 5.11e6);
	check_bool(json, "flows.0.tcp_info_on_satellite_leg", false);
	check_null(json, "flows.0.retransmits.tcp_info");
	/* Datagrams have no handshake. */
	assert_null(at(json, "flows.1.legs"));
	cJSON_Delete(json);
}

static void test_text_split(void **state)
{
	struct world *w = *state;
	char *text = render_text(&w->report, false);

	check_lacks(text, "terminated");
	free(text);
	split_the_path(w);
	text = render_text(&w->report, false);
	check_contains(text,
		       "TCP is terminated by slirp4netns: two connections; the satellite leg is "
		       "the client's");
	check_contains(text, "\nbulk client1 down:\n  satellite leg  SYN mss 1460 wscale 7 sack "
			     "timestamps, SYN-ACK mss 1460 timestamps\n");
	check_contains(text, "  other leg      SYN mss 1400 wscale 10 sack timestamps ecn, SYN-ACK "
			     "mss 1400 wscale 9 sack timestamps ecn\n");
	check_contains(text, "bulk client1 down: no window scale on the satellite leg: 131070 B a "
			     "round trip allow 5.24 Mbit/s, measured 5.11 in the second half\n");
	check_contains(text,
		       "down: slirp4netns sends on the satellite leg: no TCP_INFO on this leg");
	check_contains(text, "  17 / -\n");
	check_lacks(text, "nan");
	free(text);
	w->plan.path = SB_PATH_PASTA;
	w->plan.placement = SB_OUTSIDE;
	w->flow_results[0].window_cap_bps = NAN;
	w->flow_results[0].tcp_info_elsewhere = false;
	text = render_text(&w->report, false);
	check_contains(text,
		       "TCP is terminated by pasta: two connections; the satellite leg is the "
		       "server's");
	check_lacks(text, "no window scale");
	check_lacks(text, "no TCP_INFO");
	free(text);
}

/* The rate of a beam is said once, and each client's share of it. */
static void test_shared(void **state)
{
	struct world *w = *state;
	cJSON *j;
	char *text;

	w->result.link_count = w->plan.link_count = 3;
	for (int i = 0; i < 3; i++)
		w->dirs[i][SB_DOWN].sharers = w->dirs[i][SB_UP].sharers = 1;
	for (int i = 0; i < 3; i += 2) {
		w->links[i].dir[SB_DOWN].initial.rate_bps = 40000000;
		w->dirs[i][SB_DOWN].sharers = 2;
		w->dirs[i][SB_DOWN].share = i ? 0.39 : 0.61;
	}
	text = render_text(&w->report, false);
	check_contains(text, "\none beam down: 40.0 Mbit/s for 2 clients: client1 61 %, "
			     "client3 39 % of its traffic\n");
	check_lacks(text, "one beam up");
	free(text);
	j = render_json(&w->report);
	check_number(j, "links.0.down.shared.clients", 2);
	check_number(j, "links.2.down.shared.share", 0.39);
	assert_null(at(j, "links.1.down.shared"));
	cJSON_Delete(j);
	w->dirs[0][SB_DOWN].share = w->dirs[2][SB_DOWN].share = NAN;
	text = render_text(&w->report, false);
	check_contains(text, "one beam down: 40.0 Mbit/s for 2 clients, no traffic\n");
	free(text);
}

/* The path without a link: each client's own in run.json, the slowest one in the table. */
static void test_path_rtt(void **state)
{
	struct sb_path_rtt rtts[3] = {{.answered = 40, .p50_ns = 31000, .p99_ns = 90000},
				      {.why = "ICMP echo is not answered"},
				      {.answered = 38, .p50_ns = 42000, .p99_ns = 80000}};
	struct world *w = *state;
	cJSON *j;
	char *text;

	w->result.link_count = w->plan.link_count = 3;
	w->result.host_baseline.timer_known = true;
	j = render_json(&w->report);
	check_null(j, "host_baseline.links.0.rtt_ms");
	cJSON_Delete(j);
	w->report.rtts = rtts;
	j = render_json(&w->report);
	check_number(j, "host_baseline.links.0.rtt_ms.p50", 0.031);
	check_number(j, "host_baseline.links.2.rtt_ms.p99", 0.08);
	check_number(j, "host_baseline.links.2.rtt_ms.count", 38);
	check_null(j, "host_baseline.links.1.rtt_ms");
	check_string(j, "host_baseline.links.1.rtt_unknown", "ICMP echo is not answered");
	cJSON_Delete(j);
	text = render_text(&w->report, false);
	check_contains(text, "; baseline RTT 0.042 ms (p50), 0.080 ms (p99)");
	free(text);
	rtts[0].answered = rtts[2].answered = 0;
	text = render_text(&w->report, false);
	check_lacks(text, "path without link");
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_json_run),
	    TEST(test_json_flows),
	    TEST(test_json_links),
	    TEST(test_json_unmeasured),
	    TEST(test_shared),
	    TEST(test_path_rtt),
	    TEST(test_json_seed_is_exact),
	    TEST(test_nothing_happened),
	    TEST(test_text),
	    TEST(test_text_width),
	    TEST(test_text_trouble),
	    TEST(test_text_refused),
	    TEST(test_text_many_links),
	    TEST(test_text_colour_adds_only_escapes),
	    TEST(test_json_split),
	    TEST(test_text_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
