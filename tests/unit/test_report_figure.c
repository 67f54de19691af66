// SPDX-License-Identifier: MIT
/* test_report_figure.c - figures stay in their frame, gaps are gaps, and names are only names */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/figures/chart.h"
#include "report/figures/figure.h"
#include "satbed/base/mem.h"

static void test_ticks(void **state)
{
	static const double rows[][2] = {{1, 1},	{1.1, 2},     {2.1, 5},	    {5.1, 10},
					 {0.011, 0.02}, {700, 1000},  {3e-9, 5e-9}, {0, 1},
					 {-3, 1},	{INFINITY, 1}};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(rows); i++)
		assert_true(fabs(sb_tick(rows[i][0]) - rows[i][1]) < 1e-9 * rows[i][1]);
}

static void fill(struct sb_figure *f, size_t curves)
{
	*f = (struct sb_figure){.name = "delay", .unit = "delay <ms>"};
	for (size_t i = 0; i < curves; i++) {
		struct sb_curve *c = sb_figure_add(f, "o'neill </text><script>", 5, i % 2);

		for (size_t k = 0; k < 5; k++) {
			c->x[k] = (double)k;
			c->y[k] = k == 2 ? NAN : (double)(k * 10);
		}
	}
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void test_svg(void **state)
{
	for (size_t curves = 0; curves < 60; curves += 3) {
		struct sb_figure f;
		char *svg;

		(void)state;
		fill(&f, curves);
		svg = sb_figure_svg(&f);
		assert_int_equal(strncmp(svg, "<svg ", 5), 0);
		assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
		assert_int_equal(occurrences(svg, "<text"), occurrences(svg, "</text>"));
		assert_null(strstr(svg, "<script"));
		assert_null(strstr(svg, "nan"));
		assert_non_null(strstr(svg, "delay &lt;ms&gt;"));
		/* One line is two pieces around its gap; points are one each. */
		assert_int_equal(occurrences(svg, "d=\"M64.0"), (curves + 1) / 2);
		assert_int_equal(occurrences(svg, "<circle"), curves / 2 * 4);
		for (const char *at = svg; (at = strstr(at, "cx=\"")); at++) {
			double x, y;

			assert_int_equal(sscanf(at, "cx=\"%lf\" cy=\"%lf\"", &x, &y), 2);
			assert_true(x >= 64 && x <= 704 && y >= 18 && y <= 314);
		}
		free(svg);
		sb_figure_fini(&f);
	}
}

static void test_gnuplot(void **state)
{
	struct sb_figure f;
	char *data, *script;

	(void)state;
	fill(&f, 2);
	data = sb_figure_data(&f);
	script = sb_figure_script(&f);
	assert_non_null(
	    strstr(data, "1.000000 10\n2.000000 NaN\n3.000000 30\n4.000000 40\n\n\n# "));
	assert_non_null(strstr(script, "plot 'delay.dat' index 0 using 1:2 with lines"));
	assert_non_null(strstr(script, "'delay.dat' index 1 using 1:2 with points"));
	assert_int_equal(occurrences(script, "title 'o''neill </text><script>'"), 2);
	free(data);
	free(script);
	sb_figure_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ticks),
	    cmocka_unit_test(test_svg),
	    cmocka_unit_test(test_gnuplot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
