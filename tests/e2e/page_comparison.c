// SPDX-License-Identifier: MIT
/*
 * page_comparison.c - the page of a comparison in a real browser
 *
 * Its first argument is the directory of a comparison with one flow of TCP, each run of which is
 * used. spare.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "browser.h"
#include "page_rig.h"
#include "satbed/base/mem.h"

static struct browser *b;
static const char *directory, *pictures;

#define COMPARE "JSON.parse(document.getElementById('data').textContent).compare"
#define ARMS	COMPARE ".arms"
/* Each with a band, which may have no width: on the virtual clock runs may be alike. */
#define HAS_ALL_ARMS                                                              \
	"c => c.series.length === " ARMS ".length && c.series.every(s => "        \
	"s.values.some((v, i) => v !== null && s.low[i] !== null && s.low[i] <= " \
	"v && v <= s.high[i]))"

static void picture(const char *name)
{
	sb_auto_free char *path = sb_asprintf("%s/%s.png", pictures, name);

	browser_picture(b, path);
}

static void open_page(void)
{
	sb_auto_free char *url = sb_asprintf("file://%s/report.html", directory);

	browser_go(b, url);
	page_wait(b);
}

static void arms_are_drawn_over_each_other(void **state)
{
	(void)state;
	open_page();
	assert_true(browser_true(b, CHARTS ".length >= 3"));
	assert_true(browser_true(b, CHARTS "[0].title.startsWith('Goodput')"));
	assert_true(browser_true(b, CHARTS ".slice(0, 1).every(" HAS_ALL_ARMS ")"));
	assert_true(browser_true(b, EVERY_CHART_HAS_ITS_COLOUR));
	/* No two arms look alike. */
	assert_true(
	    browser_true(b, "new Set(" CHARTS "[0].graph.getColors()).size === " ARMS ".length"));
	picture("comparison");
}

static void verdicts_come_first_and_tables_follow(void **state)
{
	(void)state;
	/* Of every arm but the baseline something is said, and of which arm. */
	assert_true(browser_true(
	    b,
	    COMPARE ".verdicts.every(v => [...document.querySelectorAll('.reasons li')]"
		    ".some(li => li.querySelector('b') && li.textContent.endsWith(': ' + v.text) &&"
		    " li.querySelector('b').textContent.split(', ').includes(v.arm)))"));
	assert_true(browser_true(b, COMPARE ".verdicts.length > 0"));
	assert_true(browser_true(
	    b, COMPARE ".expects.every(e => [...document.querySelectorAll('li.met, li.missed')]"
		       ".some(li => li.textContent.startsWith(`expected ${e.what} ${e.text}:`) &&"
		       " li.textContent.includes(e.arm) === (!e.met || li.className === 'met')))"));
	assert_true(browser_true(b, COMPARE ".values.every(v => v.arms.every(a => [..."
					    "document.querySelectorAll('td')].some(td => "
					    "td.textContent === a.arm)))"));
	/* Each run's own page is a link away. */
	assert_true(browser_true(b, "[...document.querySelectorAll('a[href$=\"/report.html\"]')]"
				    ".length === " COMPARE
				    ".arms.reduce((n, a) => n + a.runs.length, 0)"));
	cJSON_Delete(browser_eval(b, "document.querySelector('h2').scrollIntoView()"));
	picture("comparison-tables");
}

static void zoom_is_one_for_all(void **state)
{
	(void)state;
	cJSON_Delete(browser_eval(b, "window.satbed.zoom.by(0.5)"));
	assert_true(browser_true(b, SAME_WINDOW));
	assert_true(browser_true(b, WINDOW(1) "[0] > 0"));
	cJSON_Delete(browser_eval(b, "window.satbed.zoom.all()"));
	assert_true(browser_true(b, WINDOW(1) "[0] === 0"));
}

static void fits_a_phone(void **state)
{
	(void)state;
	browser_emulate(b, "setDeviceMetricsOverride",
			"{\"width\":390,\"height\":844,\"deviceScaleFactor\":2,\"mobile\":true}");
	open_page();
	assert_true(browser_true(b, "document.documentElement.scrollWidth <= 390"));
	picture("comparison-phone");
	browser_emulate(b, "clearDeviceMetricsOverride", "{}");
}

static void no_complaint_and_no_request(void **state)
{
	sb_auto_free char *urls = sb_asprintf("file://%s/", directory);

	(void)state;
	page_expect_quiet(b, urls);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arms_are_drawn_over_each_other),
	    cmocka_unit_test(verdicts_come_first_and_tables_follow),
	    cmocka_unit_test(zoom_is_one_for_all),
	    cmocka_unit_test(fits_a_phone),
	    cmocka_unit_test(no_complaint_and_no_request),
	};
	const char *why;
	int failed;

	if (argc != 3) {
		fprintf(stderr, "usage: page_comparison DIRECTORY PICTURES-DIR\n");
		return 2;
	}
	directory = argv[1];
	pictures = argv[2];
	b = browser_open(1280, 1000, &why);
	if (!b) {
		printf("%s\n", why);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	browser_close(b);
	return failed;
}
