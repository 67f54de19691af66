// SPDX-License-Identifier: MIT
/*
 * page_sweep.c - the page of a sweep in a real browser
 *
 * Its first argument is the directory of a sweep of flow.bulk.cc by link.down.loss, every run of which is
 * there.
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

#define SWEEP "JSON.parse(document.getElementById('data').textContent).sweep"

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

static void every_run_is_a_point_and_a_link(void **state)
{
	(void)state;
	open_page();
	assert_true(browser_true(b, "document.querySelectorAll('circle.run').length === " SWEEP
				    ".runs.length"));
	assert_true(browser_true(
	    b, "[...document.querySelectorAll('svg a')].every(a => "
	       "a.getAttribute('href').match(/^\\.\\/runs\\/[0-9a-f]{32}\\/report.html$/))"));
	/* A box for each combination; a higher value is higher up. */
	assert_true(browser_true(b, "document.querySelectorAll('svg rect').length === " SWEEP
				    ".factors.reduce((n, f) => n * f.levels.length, 1)"));
	assert_true(browser_true(
	    b,
	    "(points => points[0].cy.baseVal.value <= points[points.length - 1].cy.baseVal.value)"
	    "([...document.querySelectorAll('circle.run')].sort((a, b) => "
	    "parseFloat(b.textContent.match(/: ([0-9.]+)/)[1]) - "
	    "parseFloat(a.textContent.match(/: ([0-9.]+)/)[1])))"));
	picture("sweep");
}

static void other_values_and_factors_are_a_choice_away(void **state)
{
	(void)state;
	cJSON_Delete(
	    browser_eval(b, "(s => { s.value = [...s.options].findIndex(o => o.textContent === "
			    "'rtt.bulk'); s.dispatchEvent(new Event('change')); })"
			    "(document.querySelectorAll('select')[0])"));
	cJSON_Delete(browser_eval(b, "(s => { s.value = 0; s.dispatchEvent(new Event('change')); })"
				     "(document.querySelectorAll('select')[1])"));
	assert_true(browser_true(b, "document.querySelector('figcaption b').textContent === "
				    "'rtt.bulk over ' + " SWEEP ".factors[0].key"));
	/* Two factors are a grid as well. */
	assert_true(
	    browser_true(b, "document.querySelectorAll('table.grid tbody tr').length === " SWEEP
			    ".factors[1].levels.length"));
	assert_true(browser_true(b, "[...document.querySelectorAll('table.grid td.n')].every(td => "
				    "parseFloat(td.textContent) >= 10)"));
	picture("sweep-grid");
}

/* A picture for each level of another factor, on one scale, each with the runs of that level alone. */
static void a_factor_makes_facets(void **state)
{
	(void)state;
	open_page();
	cJSON_Delete(browser_eval(b, "(s => { s.value = 1; s.dispatchEvent(new Event('change')); })"
				     "(document.querySelector('select.facet'))"));
	assert_true(browser_true(b, "document.querySelectorAll('.charts figure').length === " SWEEP
				    ".factors[0].levels.length"));
	assert_true(browser_true(b, "document.querySelectorAll('circle.run').length === " SWEEP
				    ".runs.length"));
	assert_true(browser_true(
	    b, "[...document.querySelectorAll('.charts figure')].every((f, i) => "
	       "[...f.querySelectorAll('circle.run')].every(c => c.textContent.startsWith(" SWEEP
	       ".factors[0].levels[i] + ', ')))"));
	assert_true(
	    browser_true(b, "new Set([...document.querySelectorAll('.charts figure svg')].map(s => "
			    "[...s.querySelectorAll('text[text-anchor=end]')].map(t => "
			    "t.textContent).join())).size === 1"));
	picture("sweep-facets");
	/* The factor on the axis makes no facets. */
	cJSON_Delete(browser_eval(b, "(s => { s.value = 2; s.dispatchEvent(new Event('change')); })"
				     "(document.querySelector('select.facet'))"));
	assert_true(browser_true(b, "document.querySelectorAll('.charts figure').length === 1 && "
				    "document.querySelector('select.facet').value === '0'"));
}

static void fits_a_phone(void **state)
{
	(void)state;
	browser_emulate(b, "setDeviceMetricsOverride",
			"{\"width\":390,\"height\":844,\"deviceScaleFactor\":2,\"mobile\":true}");
	open_page();
	assert_true(browser_true(b, "document.documentElement.scrollWidth <= 390"));
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
	    cmocka_unit_test(every_run_is_a_point_and_a_link),
	    cmocka_unit_test(other_values_and_factors_are_a_choice_away),
	    cmocka_unit_test(a_factor_makes_facets),
	    cmocka_unit_test(fits_a_phone),
	    cmocka_unit_test(no_complaint_and_no_request),
	};
	const char *why;
	int failed;

	if (argc != 3) {
		fprintf(stderr, "usage: page_sweep DIRECTORY PICTURES-DIR\n");
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
