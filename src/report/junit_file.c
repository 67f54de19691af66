// SPDX-License-Identifier: MIT
/* junit_file.c - JUnit XML by libxml2's writer, which escapes */
#include <libxml/xmlwriter.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"

static void attribute(xmlTextWriterPtr to, const char *key, const char *value)
{
	xmlTextWriterWriteAttribute(to, BAD_CAST key, BAD_CAST value);
}

static void count_attribute(xmlTextWriterPtr to, const char *key, size_t count)
{
	sb_auto_free char *text = sb_asprintf("%zu", count);

	attribute(to, key, text);
}

static void write_case(xmlTextWriterPtr to, const struct sb_junit_case *c)
{
	const char *element = c->failed ? "failure" : "system-out";

	xmlTextWriterStartElement(to, BAD_CAST "testcase");
	attribute(to, "classname", c->suite);
	attribute(to, "name", c->name);
	xmlTextWriterStartElement(to, BAD_CAST element);
	if (c->failed)
		attribute(to, "message", c->message);
	xmlTextWriterWriteString(to, BAD_CAST c->message);
	xmlTextWriterEndElement(to);
	xmlTextWriterEndElement(to);
}

/* The cases of one suite; index of the first that is none of them. */
static size_t write_suite(xmlTextWriterPtr to, const struct sb_junit *j, size_t first)
{
	size_t end = first, failed = 0;

	for (; end < j->count && !strcmp(j->cases[end].suite, j->cases[first].suite); end++)
		failed += j->cases[end].failed;
	xmlTextWriterStartElement(to, BAD_CAST "testsuite");
	attribute(to, "name", j->cases[first].suite);
	count_attribute(to, "tests", end - first);
	count_attribute(to, "failures", failed);
	for (size_t i = first; i < end; i++)
		write_case(to, &j->cases[i]);
	xmlTextWriterEndElement(to);
	return end;
}

int sb_junit_write(const struct sb_junit *j, const char *path, struct sb_err *err)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr to = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	int rc = -1;

	if (!to) {
		sb_fail(err, SB_EINTERNAL, 0, "no memory for %s", path);
	} else {
		xmlTextWriterSetIndent(to, 1);
		xmlTextWriterStartDocument(to, NULL, "UTF-8", NULL);
		xmlTextWriterStartElement(to, BAD_CAST "testsuites");
		for (size_t i = 0; i < j->count;)
			i = write_suite(to, j, i);
		xmlTextWriterEndDocument(to);
		xmlTextWriterFlush(to);
		rc = sb_replace_file(path, xmlBufferContent(buffer),
				     (size_t)xmlBufferLength(buffer), err);
	}
	xmlFreeTextWriter(to);
	xmlBufferFree(buffer);
	return rc;
}
