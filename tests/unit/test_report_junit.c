// SPDX-License-Identifier: MIT
/* test_report_junit.c - what is written is JUnit XML, whatever the texts hold; values by place */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report_priv.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"

static double number_at(xmlXPathContextPtr context, const char *path)
{
	xmlXPathObjectPtr found = xmlXPathEval(BAD_CAST path, context);
	double value;

	assert_non_null(found);
	value = xmlXPathCastToNumber(found);
	xmlXPathFreeObject(found);
	return value;
}

static void text_at(xmlXPathContextPtr context, const char *path, const char *wanted)
{
	xmlXPathObjectPtr found = xmlXPathEval(BAD_CAST path, context);
	xmlChar *text;

	assert_non_null(found);
	text = xmlXPathCastToString(found);
	assert_string_equal((const char *)text, wanted);
	xmlFree(text);
	xmlXPathFreeObject(found);
}

static void hostile_texts_stay_texts(void **state)
{
	static const char hostile[] = "a <b> & \"c\" ]]> 'd' \xc3\xa9";
	char file[] = "/tmp/satbed-test-junit-XXXXXX";
	int fd = mkstemp(file);
	struct sb_junit j = {0};
	struct sb_err err = {0};
	xmlXPathContextPtr context;
	xmlDocPtr doc;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	sb_junit_add(&j, "one", hostile, true, hostile);
	/* What XML cannot hold, escaped or not, and what is no UTF-8. */
	sb_junit_add(&j, "one", "bell \a and \xff", false, "esc \033[2J");
	sb_junit_add(&j, "two", "fine", false, "0 bit/s");
	assert_int_equal(sb_junit_write(&j, file, &err), 0);
	sb_junit_fini(&j);
	doc = xmlReadFile(file, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	assert_non_null(doc);
	context = xmlXPathNewContext(doc);
	assert_true(fabs(number_at(context, "count(/testsuites/testsuite)") - 2) < 0.1);
	assert_true(fabs(number_at(context, "/testsuites/testsuite[1]/@tests") - 2) < 0.1);
	assert_true(fabs(number_at(context, "/testsuites/testsuite[1]/@failures") - 1) < 0.1);
	assert_true(fabs(number_at(context, "/testsuites/testsuite[2]/@failures")) < 0.1);
	assert_true(fabs(number_at(context, "count(//failure)") - 1) < 0.1);
	text_at(context, "//testcase[1]/@name", hostile);
	text_at(context, "//failure", hostile);
	text_at(context, "//failure/@message", hostile);
	text_at(context, "//testcase[1]/@classname", "one");
	text_at(context, "//testsuite[1]/testcase[2]/@name", "bell ? and ?");
	text_at(context, "//testsuite[1]/testcase[2]/system-out", "esc ?[2J");
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	unlink(file);
	assert_int_equal(sb_junit_write(&j, "/nowhere/at/all.xml", &err), -1);
	assert_non_null(strstr(err.msg, "/nowhere/at/all.xml"));
}

static void a_value_has_a_place(void **state)
{
	static const struct {
		const char *place;
		double value;
	} cases[] = {
	    {"/timings/up_ms", 20.5},
	    {"/flows/bulk/rtt_ms/p95", 70},
	    {"/flows/0/rtt_ms/p95", 70},
	    {"/flows/1/rtt_ms/p95", 80},
	    {"/links/client1/up/lost", 0},
	    {"/interrupted", 0},
	    {"/expects_held", 1},
	    {"/flows/bulk", NAN},
	    {"/flows/2", NAN},
	    {"/flows/-1/rtt_ms/p95", NAN},
	    {"/flows/bulk/", NAN},
	    {"/nothing", NAN},
	    {"/", NAN},
	    {"/scenario", NAN},
	    {"/timings/up_ms/x", NAN},
	    {"/timings/up", NAN},
	    {"/flows//rtt_ms", NAN},
	    {"/cpu", NAN},
	};
	cJSON *run = cJSON_Parse(
	    "{\"scenario\":\"x\",\"timings\":{\"up_ms\":20.5},\"interrupted\":false,\"cpu\":null,"
	    "\"expects_held\":true,\"flows\":[{\"name\":\"bulk\",\"rtt_ms\":{\"p95\":70}},"
	    "{\"name\":\"other\",\"rtt_ms\":{\"p95\":80}}],"
	    "\"links\":[{\"client\":\"client1\",\"up\":{\"lost\":0}}]}");

	(void)state;
	assert_non_null(run);
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		double value = sb_report_at(run, cases[i].place);

		if (isnan(cases[i].value) ? !isnan(value) : !(fabs(value - cases[i].value) < 1e-9))
			fail_msg("%s is %g, not %g", cases[i].place, value, cases[i].value);
	}
	cJSON_Delete(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_texts_stay_texts),
	    cmocka_unit_test(a_value_has_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
