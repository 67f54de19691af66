// SPDX-License-Identifier: MIT
/* test_report_page.c - whatever the data holds, a page shows it and does nothing else with it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/json/arms_json.h"
#include "report/page/html.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"
#include "satbed/report_page.h"

#define HOSTILE "</pre></script><script>alert(1)</script><img src=x onerror='a()'>\" & --> <!-- ]]>"

static char *escaped(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	sb_html_escape(f, text);
	fclose(f);
	return out;
}

static void test_escaping(void **state)
{
	static const char *const rows[][2] = {
	    {"", ""},
	    {"plain text, 25 ms", "plain text, 25 ms"},
	    {"a<b>c", "a&lt;b&gt;c"},
	    {"&lt;", "&amp;lt;"},
	    {"\"'", "&quot;&#39;"},
	    {"\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"},
	    {"a\x1b[2Jb", "a?[2Jb"},
	    {"a\xff<", "a?&lt;"},
	    {"\xf0\x9f\x98", "???"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(rows); i++) {
		char *out = escaped(rows[i][0]);

		assert_string_equal(out, rows[i][1]);
		free(out);
	}
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* The inverse of the escaping, as a browser does it. */
static char *unescape(const char *from, const char *end)
{
	static const char *const entities[][2] = {
	    {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
	char *out = sb_alloc((size_t)(end - from) + 1, 1), *to = out;

	while (from < end) {
		size_t e = 0;

		while (e < 5 && strncmp(from, entities[e][0], strlen(entities[e][0])))
			e++;
		*to++ = e < 5 ? entities[e][1][0] : *from;
		from += e < 5 ? strlen(entities[e][0]) : 1;
	}
	return out;
}

static void test_page_keeps_data_apart(void **state)
{
	struct sb_page calm = {.title = "t", .kind = "run", .summary = "s", .data = "{}"};
	struct sb_page page = {.title = HOSTILE,
			       .kind = HOSTILE,
			       .summary = HOSTILE,
			       .data = "{\"about\":\"" HOSTILE "\"}"};
	char *html, *plain, *back;
	const char *from, *end;

	(void)state;
	memset(calm.nonce, 'a', SB_PAGE_NONCE - 1);
	memset(page.nonce, 'a', SB_PAGE_NONCE - 1);
	plain = sb_page_html(&calm);
	html = sb_page_html(&page);
	/* Hostile data makes no element that harmless data does not. */
	assert_int_equal(occurrences(html, "<script"), occurrences(plain, "<script"));
	assert_int_equal(occurrences(html, "</script"), occurrences(plain, "</script"));
	assert_int_equal(occurrences(html, "</pre"), occurrences(plain, "</pre"));
	assert_int_equal(occurrences(html, "<img"), occurrences(plain, "<img"));
	assert_null(strstr(html, "alert(1)</"));
	/* Every script that is there carries the nonce, and the policy asks for it. */
	assert_int_equal(occurrences(html, "<script nonce=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">"),
			 2);
	assert_non_null(strstr(
	    html, "default-src 'none'; script-src 'nonce-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"));
	/* And nothing of the data is lost. */
	from = strstr(html, "<pre id=\"data\" hidden>");
	assert_non_null(from);
	from = strchr(from, '>') + 1;
	end = strstr(from, "</pre>");
	back = unescape(from, end);
	assert_string_equal(back, page.data);
	free(back);
	free(html);
	free(plain);
}

static void put(const char *directory, const char *name, const char *text)
{
	char *path = sb_asprintf("%s/%s", directory, name);

	assert_int_equal(sb_replace_file(path, text, strlen(text), NULL), 0);
	free(path);
}

static void test_report_of_a_directory(void **state)
{
	char directory[] = "/tmp/satbed-page-XXXXXX", *path, *first, *second, *command;
	struct sb_err err = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	path = sb_asprintf("%s/report.html", directory);
	assert_int_equal(sb_report_dir(directory, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "run.json"));
	put(directory, "run.json", "{\"scenario\":\"<b>\",\"verdict\":\"PASS\"}");
	assert_int_equal(sb_report_dir(directory, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "series.json"));
	put(directory, "series.json", "[]");
	assert_int_equal(sb_report_dir(directory, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "series.json is not a JSON object"));
	assert_int_equal(access(path, F_OK), -1);
	put(directory, "series.json", "{}");
	assert_int_equal(sb_report_dir(directory, NULL, &err), 0);
	assert_int_equal(sb_read_file(path, 1 << 24, &first, NULL, &err), 0);
	assert_non_null(strstr(first, "<title>&lt;b&gt;: PASS</title>"));
	/* A nonce is used once. */
	assert_int_equal(sb_report_dir(directory, path, &err), 0);
	assert_int_equal(sb_read_file(path, 1 << 24, &second, NULL, &err), 0);
	assert_int_equal(strlen(first), strlen(second));
	assert_string_not_equal(first, second);
	command = sb_asprintf("rm -r %s", directory);
	assert_int_equal(system(command), 0);
	free(command);
	free(first);
	free(second);
	free(path);
}

static void make_run(const char *directory, const char *name, const char *series)
{
	char *path = sb_asprintf("%s/%s", directory, name);

	assert_int_equal(mkdir(path, 0777), 0);
	put(path, "series.json", series);
	free(path);
}

#define SERIES(name, a, b)                                                                        \
	"{\"bin_s\":0.5,\"bins\":2,\"flows\":[{\"name\":\"" name "\",\"goodput_bps\":[" #a "," #b \
	"]}]}"
#define RUN(directory, used, pass) \
	"{\"directory\":\"" directory "\",\"used\":" used ",\"pass\":\"" pass "\"}"

/* Mean and band of the runs that count: usable, shaped, of the same flows, and in the directory. */
static void test_arms_over_time(void **state)
{
	static const char compare_json[] =
	    "{\"scenario\":\"s\",\"arms\":[{\"name\":\"a\",\"runs\":[" RUN("one", "true", "shaped") "," RUN("two", "true", "shaped") "," RUN(
		"odd", "true",
		"shaped") "," RUN("two", "false",
				  "shaped") "," RUN("two", "true",
						    "unshaped") "," RUN("../outside", "true",
									"shaped") "," RUN("gone",
											  "true",
											  "shaped") "]},{\"name\":\"b\",\"runs\":[" RUN("one",
																	"true",
																	"shaped") "]},{\"name\":7,\"runs\":\"x\"}]}";
	char directory[] = "/tmp/satbed-page-XXXXXX", *command, *inside;
	cJSON *compare = cJSON_Parse(compare_json), *arms;
	const cJSON *flow, *values, *a, *b;
	struct sb_err err = {0};

	(void)state;
	assert_non_null(compare);
	assert_non_null(mkdtemp(directory));
	inside = sb_asprintf("%s/in", directory);
	assert_int_equal(mkdir(inside, 0777), 0);
	make_run(inside, "one", SERIES("bulk", 10, 20));
	make_run(inside, "two", SERIES("bulk", 14, null));
	make_run(inside, "odd", SERIES("other", 1000, 1000));
	make_run(directory, "outside", SERIES("bulk", 1000, 1000));
	arms = sb_arms_json(inside, compare);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(arms, "flows")), 1);
	flow = cJSON_GetArrayItem(cJSON_GetObjectItem(arms, "flows"), 0);
	values = cJSON_GetArrayItem(cJSON_GetObjectItem(flow, "values"), 0);
	assert_string_equal(cJSON_GetObjectItem(values, "key")->valuestring, "goodput_bps");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(values, "arms")), 2);
	a = cJSON_GetArrayItem(cJSON_GetObjectItem(values, "arms"), 0);
	assert_int_equal(cJSON_GetObjectItem(a, "runs")->valueint, 2);
	b = cJSON_GetObjectItem(a, "mean");
	assert_int_equal(cJSON_GetArrayItem(b, 0)->valueint, 12);
	assert_int_equal(cJSON_GetArrayItem(b, 1)->valueint, 20);
	/* 12 + t(0.975, 1) * 2; of one value there is no band. */
	b = cJSON_GetObjectItem(a, "high");
	assert_int_equal(cJSON_GetArrayItem(b, 0)->valueint, 37);
	assert_true(cJSON_IsNull(cJSON_GetArrayItem(b, 1)));
	cJSON_Delete(arms);
	put(inside, "compare.json", compare_json);
	assert_int_equal(sb_report_dir(inside, NULL, &err), 0);
	command = sb_asprintf("grep -q 'data-kind=.compare' %s/report.html && rm -r %s", inside,
			      directory);
	assert_int_equal(system(command), 0);
	cJSON_Delete(compare);
	free(command);
	free(inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_escaping),
	    cmocka_unit_test(test_page_keeps_data_apart),
	    cmocka_unit_test(test_report_of_a_directory),
	    cmocka_unit_test(test_arms_over_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
