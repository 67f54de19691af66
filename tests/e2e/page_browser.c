// SPDX-License-Identifier: MIT
/*
 * page_browser.c - report.html in a real browser: charts are drawn, zoom together, obey keys; no
 * error, no request, no markup from the data
 *
 *	page_browser PICTURES-DIR
 *
 * The data is made: 60 s with four flows of two clients, and names as hostile as they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "browser.h"
#include "page_rig.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"

#define BINS 600
#define HOSTILE                                                                                   \
	"</pre></script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'> & " \
	"\"quoted\""

struct world {
	char directory[32];
	const char *pictures;
	struct browser *browser;
};

static struct world world = {.directory = "/tmp/satbed-pages-XXXXXX"};

/* --- made data --- */

static cJSON *wave(double middle, double swing, double period, double noise)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < BINS; i++) {
		double v = middle + swing * sin(6.28 * i / period) + noise * ((i * 7919) % 13 - 6);

		cJSON_AddItemToArray(list, cJSON_CreateNumber(i >= 120 && i < 123 ? 0
							      : v > 0		  ? v
										  : 0));
	}
	return list;
}

static cJSON *spread(double middle, double swing, double width)
{
	cJSON *s = cJSON_CreateObject();

	cJSON_AddItemToObject(s, "min", wave(middle - width, swing, 150, 0));
	cJSON_AddItemToObject(s, "mean", wave(middle, swing, 150, 0.1));
	cJSON_AddItemToObject(s, "max", wave(middle + 2 * width, swing, 150, width / 8));
	return s;
}

static cJSON *rare(int every, double value)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < BINS; i++)
		cJSON_AddItemToArray(list, cJSON_CreateNumber(i % every ? 0 : value));
	return list;
}

static cJSON *pair(double a, double b)
{
	return cJSON_CreateDoubleArray((double[]){a, b}, 2);
}

static cJSON *made_dir(double delay, double mbit)
{
	cJSON *d = cJSON_CreateObject(), *lost, *outages;

	cJSON_AddItemToObject(d, "configured_delay_ms", wave(delay, 2, 150, 0));
	cJSON_AddItemToObject(d, "configured_rate_bps", wave(mbit * 1e6, 0, 100, 0));
	cJSON_AddItemToObject(d, "delay_ms", spread(delay + 0.1, 2, 0.3));
	cJSON_AddItemToObject(d, "wait_ms", spread(20, 15, 10));
	cJSON_AddItemToObject(d, "sent_bps", wave(mbit * 0.9e6, 1e6, 90, 1e5));
	cJSON_AddItemToObject(d, "arrived_bps", wave(mbit * 0.85e6, 1e6, 90, 1e5));
	lost = cJSON_AddObjectToObject(d, "lost");
	cJSON_AddItemToObject(lost, "link", rare(17, 3));
	cJSON_AddItemToObject(lost, "queue", rare(51, 8));
	cJSON_AddItemToObject(lost, "outage", rare(121, 20));
	outages = cJSON_AddArrayToObject(d, "outages_s");
	cJSON_AddItemToArray(outages, pair(12, 12.3));
	return d;
}

static cJSON *made_flow(const char *name, const char *client, const char *direction, double mbit)
{
	cJSON *f = cJSON_CreateObject(), *q, *again, *sent, *acked;

	sb_json_add_str(f, "name", name);
	sb_json_add_str(f, "client", client);
	sb_json_add_str(f, "direction", direction);
	sb_json_add_str(f, "kind", "bulk");
	cJSON_AddItemToObject(f, "goodput_bps", wave(mbit * 1e6, mbit * 3e5, 200, mbit * 2e4));
	cJSON_AddItemToObject(f, "retransmits", rare(23, 5));
	cJSON_AddItemToObject(f, "rtt_ms", spread(60, 20, 8));
	cJSON_AddItemToObject(f, "cwnd", wave(80, 40, 120, 1));
	q = cJSON_AddObjectToObject(f, "sequence");
	sent = cJSON_AddArrayToObject(q, "sent");
	acked = cJSON_AddArrayToObject(q, "acked");
	again = cJSON_AddArrayToObject(q, "again");
	for (int i = 0; i < BINS; i++) {
		cJSON_AddItemToArray(sent, cJSON_CreateNumber(i * mbit * 12500 + 40000));
		cJSON_AddItemToArray(acked, cJSON_CreateNumber(i * mbit * 12500));
		if (i % 23 == 0)
			cJSON_AddItemToArray(again, pair(i / 10.0, i * mbit * 12500));
	}
	return f;
}

static cJSON *made_series(void)
{
	static const char *const clients[] = {"client1", "client2"};
	cJSON *s = cJSON_CreateObject(), *links, *flows, *events;

	sb_json_add_num(s, "bin_s", 0.1);
	sb_json_add_num(s, "bins", BINS);
	links = cJSON_AddArrayToObject(s, "links");
	flows = cJSON_AddArrayToObject(s, "flows");
	events = cJSON_AddArrayToObject(s, "events");
	for (int i = 0; i < 2; i++) {
		cJSON *link = cJSON_CreateObject(), *event = cJSON_CreateObject();

		sb_json_add_str(link, "client", clients[i]);
		cJSON_AddItemToObject(link, "up", made_dir(25, 10));
		cJSON_AddItemToObject(link, "down", made_dir(22, 80));
		cJSON_AddItemToArray(links, link);
		cJSON_AddItemToArray(flows, made_flow("bulk", clients[i], "down", 30 - 10 * i));
		cJSON_AddItemToArray(flows, made_flow(HOSTILE, clients[i], "up", 8));
		sb_json_add_num(event, "t_s", 12);
		sb_json_add_str(event, "name", HOSTILE);
		sb_json_add_str(event, "client", clients[i]);
		sb_json_add_str(event, "direction", "down");
		sb_json_add_bool(event, "outage", true);
		cJSON_AddItemToArray(events, event);
	}
	return s;
}

/* Two clients in one beam down. */
static void add_links(cJSON *run)
{
	const double shares[] = {0.62, 0.38};
	cJSON *links = cJSON_AddArrayToObject(run, "links");

	for (int i = 0; i < 2; i++) {
		cJSON *link = cJSON_CreateObject(), *down, *shared;

		cJSON_AddItemToArray(links, link);
		sb_json_add_str(link, "client", i ? "client2" : "client1");
		cJSON_AddObjectToObject(link, "up");
		down = cJSON_AddObjectToObject(link, "down");
		sb_json_add_num(cJSON_AddObjectToObject(down, "configured"), "rate_bps", 80e6);
		sb_json_add_num(cJSON_AddObjectToObject(down, "measured"), "rate_bps", 79.9e6);
		shared = cJSON_AddObjectToObject(down, "shared");
		sb_json_add_num(shared, "clients", 2);
		sb_json_add_num(shared, "share", shares[i]);
	}
}

static cJSON *made_run(void)
{
	cJSON *run = cJSON_CreateObject(), *list, *item;

	sb_json_add_str(run, "scenario", "made");
	sb_json_add_str(run, "about", HOSTILE);
	sb_json_add_str(run, "verdict", "WARN");
	list = cJSON_AddArrayToObject(run, "reasons");
	cJSON_AddItemToArray(list, cJSON_CreateString(HOSTILE));
	list = cJSON_AddArrayToObject(run, "flows");
	item = cJSON_CreateObject();
	sb_json_add_str(item, "name", HOSTILE);
	sb_json_add_str(item, "client", "client1");
	sb_json_add_num(item, "goodput_bps", 30.5e6);
	cJSON_AddItemToArray(list, item);
	add_links(run);
	list = cJSON_AddArrayToObject(run, "captures");
	item = cJSON_CreateObject();
	sb_json_add_str(item, "file", "client1.pcap");
	cJSON_AddItemToArray(list, item);
	item = cJSON_CreateObject();
	sb_json_add_str(item, "file", "javascript:window.hacked=1");
	cJSON_AddItemToArray(list, item);
	item = cJSON_AddObjectToObject(run, "manifest");
	sb_json_add_str(item, HOSTILE, HOSTILE);
	return run;
}

static void put_json(const char *name, cJSON *json)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", world.directory, name);
	sb_auto_free char *text = cJSON_PrintUnformatted(json);

	assert_int_equal(sb_replace_file(path, text, strlen(text), NULL), 0);
	cJSON_Delete(json);
}

/* --- helpers --- */

static void picture(const char *name)
{
	sb_auto_free char *path = sb_asprintf("%s/%s.png", world.pictures, name);

	browser_picture(world.browser, path);
}

static void open_page(void)
{
	sb_auto_free char *url = sb_asprintf("file://%s/report.html", world.directory);

	browser_go(world.browser, url);
	/* Its first charts are there with it. */
	assert_true(browser_true(world.browser, CHARTS ".length > 0"));
	page_wait(world.browser);
}

static void show_all(void)
{
	cJSON_Delete(browser_eval(world.browser, "window.satbed.zoom.all()"));
}

/* The middle of the plot of chart @n, in the window. */
static void find_plot(int n, int *x, int *y, int *width)
{
	sb_auto_free char *scroll =
	    sb_asprintf(CHARTS "[%d].figure.scrollIntoView({block: 'center'})", n);
	sb_auto_free char *box =
	    sb_asprintf("(r => [r.left, r.top, r.width, r.height])(" CHARTS
			"[%d].figure.querySelector('.plot').getBoundingClientRect())",
			n);
	cJSON *value;

	cJSON_Delete(browser_eval(world.browser, scroll));
	value = browser_eval(world.browser, box);
	*width = (int)cJSON_GetArrayItem(value, 2)->valuedouble;
	*x = (int)cJSON_GetArrayItem(value, 0)->valuedouble + *width / 2;
	*y = (int)(cJSON_GetArrayItem(value, 1)->valuedouble +
		   cJSON_GetArrayItem(value, 3)->valuedouble / 2);
	cJSON_Delete(value);
}

/* --- tests --- */

static void test_charts_are_drawn(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	open_page();
	/* Goodput, round trips, window, retransmits, two sequences, the beam, and four of each
	 * direction. */
	assert_int_equal((int)browser_number(b, CHARTS ".length"), 15);
	/* Somewhere in each there is a pixel of a colour of its series. */
	assert_true(browser_true(b, EVERY_CHART_HAS_ITS_COLOUR));
	assert_true(browser_true(b, "document.title === 'made: WARN'"));
	assert_true(browser_true(b, "document.querySelector('.chip').textContent === 'WARN'"));
	assert_true(browser_true(b, "document.body.textContent.includes('30.5 Mbit/s') && "
				    "!!document.querySelector('a[href=\"./client1.pcap\"]')"));
	picture("page");
	printf("the page was there after %.0f ms, with all its charts after %.0f ms\n",
	       browser_number(b, "performance.timing.loadEventEnd - "
				 "performance.timing.navigationStart"),
	       browser_number(b, "window.satbed.ready_ms"));
}

#define BEAM "window.satbed.charts.find(c => c.title === 'Beam, down')"

/* Who had how much of a beam, and when: the same picture, whichever of its clients is looked at. */
static void test_a_beam_is_shown_by_its_clients(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	assert_true(browser_true(b, BEAM ".series.map(s => s.name).join() === "
					 "'client1 62 %,client2 38 %'"));
	/* In layers: the upper edge is what both carried. */
	assert_true(browser_true(b, BEAM ".stacked && " BEAM ".graph.yAxisRange()[1] > 130"));
	assert_false(browser_true(b, "window.satbed.charts.some(c => c.title === 'Beam, up')"));
	assert_true(browser_true(b, "document.body.textContent.includes('80.0 Mbit/s shared by 2')"
				    " && document.body.textContent.includes("
				    "'79.9 Mbit/s, its share 38 %')"));
}

#define UNFOLDED \
	"[...document.querySelectorAll('details')].every(d => d.querySelector('dl, table'))"

static void test_data_is_text(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	show_all();
	/* What is folded away, too. */
	cJSON_Delete(browser_eval(
	    b, "document.querySelectorAll('details').forEach(d => { d.open = true; })"));
	for (int tries = 0; tries < 100 && !browser_true(b, UNFOLDED); tries++)
		usleep(50000);
	assert_true(browser_true(b, UNFOLDED));
	assert_true(browser_true(b, "window.hacked === undefined"));
	assert_true(browser_true(b, "document.querySelectorAll('img, iframe').length === 0"));
	assert_true(browser_true(b, "document.querySelectorAll('script').length === 2"));
	/* It is there to be read. */
	assert_true(browser_true(
	    b,
	    "document.querySelector('main p').textContent.startsWith('</pre></script><script>')"));
	assert_true(browser_true(b, "[...document.querySelectorAll('a')].every(a => "
				    "a.protocol === 'file:')"));
	/* Even what should get past that does not run. */
	cJSON_Delete(browser_eval(b, "document.body.insertAdjacentHTML('beforeend', "
				     "'<img src=\"data:,\" onerror=\"window.hacked = 1\">')"));
	assert_true(browser_true(b, "window.hacked === undefined"));
	cJSON_Delete(browser_log(b, "browser")); /* that policy's complaint */
}

static void test_zoom_is_one_for_all(void **state)
{
	struct browser *b = world.browser;
	int x, y, width;
	double from, to;

	(void)state;
	show_all();
	find_plot(0, &x, &y, &width);
	browser_drag(b, x, y, x + width / 4, y);
	from = browser_number(b, WINDOW(0) "[0]");
	to = browser_number(b, WINDOW(0) "[1]");
	/* From the middle of the plot (a little less than half of the time) to three quarters. */
	assert_true(from > 25 && from < 32);
	assert_true(to > 40 && to < 48);
	assert_true(browser_true(b, SAME_WINDOW));
	picture("zoomed");
	/* A zoom in another chart moves this one. */
	find_plot(8, &x, &y, &width);
	browser_drag(b, x - width / 8, y, x + width / 8, y);
	assert_true(browser_number(b, WINDOW(0) "[1] - " WINDOW(0) "[0]") < (to - from) * 0.5);
	assert_true(browser_true(b, SAME_WINDOW));
	/* Twice for all. */
	browser_double_click(b, x, y);
	assert_true(browser_true(
	    b, "Math.abs(" WINDOW(0) "[1] - 60) < 0.1 && Math.abs(" WINDOW(0) "[0]) < 0.1"));
	assert_true(browser_true(b, SAME_WINDOW));
}

static void test_keys(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	show_all();
	cJSON_Delete(browser_eval(b, "document.activeElement.blur()"));
	/* By Tab alone, as somebody without a mouse would: to a button, and on to a chart. */
	for (int i = 0; i < 60; i++) {
		browser_key(b, BROWSER_TAB);
		if (browser_true(b, "document.activeElement === " CHARTS "[0].figure"))
			break;
	}
	assert_true(browser_true(b, "document.activeElement === " CHARTS "[0].figure"));
	browser_key(b, "+");
	assert_true(browser_true(b, "JSON.stringify(" WINDOW(0) ") === '[15,45]'"));
	browser_key(b, BROWSER_RIGHT);
	assert_true(browser_true(b, "JSON.stringify(" WINDOW(3) ") === '[21,51]'"));
	browser_key(b, BROWSER_LEFT);
	browser_key(b, BROWSER_LEFT);
	assert_true(browser_true(b, "JSON.stringify(" WINDOW(13) ") === '[9,39]'"));
	browser_key(b, "-");
	assert_true(browser_true(b, "JSON.stringify(" WINDOW(0) ") === '[0,60]'"));
	browser_key(b, "+");
	browser_key(b, "0");
	assert_true(browser_true(b, "JSON.stringify(" WINDOW(0) ") === '[0,60]'"));
	assert_true(browser_true(b, SAME_WINDOW));
	/* On to the key of the chart: a series is hidden with the keyboard, too. */
	browser_key(b, BROWSER_TAB);
	browser_key(b, " ");
	assert_true(browser_true(b, CHARTS "[0].graph.visibility()[0] === false"));
	assert_true(
	    browser_true(b, "document.activeElement.getAttribute('aria-pressed') === 'false'"));
}

static void test_another_client(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	show_all();
	cJSON_Delete(
	    browser_eval(b, "(s => { s.value = 'client2'; s.dispatchEvent(new Event('change')); })"
			    "(document.querySelector('select'))"));
	page_wait(world.browser);
	assert_int_equal((int)browser_number(b, CHARTS ".length"), 15);
	assert_int_equal((int)browser_number(b, "document.querySelectorAll('figure').length"), 15);
	assert_true(browser_true(b, BEAM ".series.length === 2"));
	/* Its flow has 20 Mbit/s where the other one has 30. */
	assert_true(browser_true(b, CHARTS "[0].graph.getValue(0, 1) < 25"));
}

static void test_phone_and_dark(void **state)
{
	struct browser *b = world.browser;

	(void)state;
	browser_emulate(b, "setDeviceMetricsOverride",
			"{\"width\":390,\"height\":844,\"deviceScaleFactor\":2,\"mobile\":true}");
	open_page();
	/* Nothing sticks out to the side. */
	assert_true(browser_true(b, "document.documentElement.scrollWidth <= 390"));
	assert_true(browser_true(b, "[...document.querySelectorAll('canvas')].every(c => "
				    "c.getBoundingClientRect().right <= 390)"));
	picture("phone");
	cJSON_Delete(browser_eval(b, "document.querySelector('.bar').scrollIntoView()"));
	picture("phone-charts");
	browser_emulate(b, "clearDeviceMetricsOverride", "{}");
	cJSON_Delete(browser_eval(b, "window.light = " CHARTS "[0].graph.getColors()[0]"));
	browser_emulate(b, "setEmulatedMedia",
			"{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"dark\"}]}");
	/* The page that is open turns dark, its canvases too. */
	assert_true(browser_true(
	    b, "getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'"));
	page_await(b, CHARTS "[0].graph.getColors()[0] !== window.light");
	cJSON_Delete(browser_eval(b, "window.scrollTo(0, 0)"));
	picture("dark");
	browser_emulate(b, "setEmulatedMedia", "{\"features\":[]}");
}

/* Over all pages that the tests before have opened. */
static void test_no_complaint_and_no_request(void **state)
{
	(void)state;
	page_expect_quiet(world.browser, "file:///tmp/satbed-pages-");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_charts_are_drawn),
	    cmocka_unit_test(test_a_beam_is_shown_by_its_clients),
	    cmocka_unit_test(test_data_is_text),
	    cmocka_unit_test(test_zoom_is_one_for_all),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_another_client),
	    cmocka_unit_test(test_phone_and_dark),
	    cmocka_unit_test(test_no_complaint_and_no_request),
	};
	sb_auto_free char *command = NULL;
	struct sb_err err = {0};
	const char *why;
	int failed;

	if (argc != 2 || !mkdtemp(world.directory)) {
		fprintf(stderr, "usage: page_browser PICTURES-DIR\n");
		return 2;
	}
	world.pictures = argv[1];
	put_json("run.json", made_run());
	put_json("series.json", made_series());
	if (sb_report_dir(world.directory, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	world.browser = browser_open(1280, 1000, &why);
	if (!world.browser) {
		printf("%s\n", why);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	browser_close(world.browser);
	command = sb_asprintf("rm -r %s", world.directory);
	return system(command) || failed;
}
