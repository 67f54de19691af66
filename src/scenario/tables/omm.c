// SPDX-License-Identifier: MIT
/* omm.c - orbit mean-elements messages, in the three forms that catalogues give them in */
#include <cjson/cJSON.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "elements.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "trace_text.h"

enum field { NAME, NUMBER, EPOCH, MOTION, ECCENTRICITY, INCLINATION, NODE, PERIGEE, ANOMALY, DRAG };

static const char *const fields[] = {"OBJECT_NAME",    "NORAD_CAT_ID",	    "EPOCH",
				     "MEAN_MOTION",    "ECCENTRICITY",	    "INCLINATION",
				     "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY",
				     "BSTAR"};
#define FIELDS SB_ARRAY_LEN(fields)

/** struct omm - one message being read; "" = not there */
struct omm {
	char value[FIELDS][40];
	bool any;
};

static int field_of(const char *name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (!strcmp(fields[i], name))
			return (int)i;
	return -1;
}

static void set_field(struct omm *o, int field, const char *value)
{
	if (field < 0)
		return;
	sb_copy_str(o->value[field], sizeof(o->value[field]), value);
	o->any = true;
}

/* Exact up to one rounding for as many digits as catalogues give; strtod() depends on the locale. */
static int number(const char *text, double *out)
{
	char plain[SB_PLAIN_MAX];
	bool minus = *text == '-', point = false;
	double value = 0, scale = 1;

	if (!sb_plain_decimal(text + minus, false, plain))
		return -1;
	for (const char *p = plain; *p; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (*p - '0');
		scale = point ? scale * 10 : scale;
	}
	*out = (minus ? -value : value) / scale;
	return 0;
}

/* "2026-02-11T05:54:03.123456", UTC */
static int epoch(const char *text, int64_t *out_ns)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t part_ns = SB_NS_PER_S, ns = 0;

	if (!rest || tm.tm_year < 57 || tm.tm_year > 200)
		return -1;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
			part_ns /= 10;
			ns += part_ns * (*rest - '0');
		}
	if (*rest && strcmp(rest, "Z") != 0)
		return -1;
	*out_ns = (int64_t)timegm(&tm) * SB_NS_PER_S + ns;
	return 0;
}

static int finish(struct sb_element_list *l, struct omm *o, size_t nth, struct sb_err *err)
{
	struct sb_elements e = {0};
	double v[FIELDS] = {0};
	int bad = -1;

	if (!o->any)
		return 0;
	for (int i = MOTION; i <= DRAG && bad < 0; i++)
		if (number(o->value[i], &v[i]))
			bad = i;
	if (epoch(o->value[EPOCH], &e.epoch_ns))
		bad = EPOCH;
	snprintf(e.name, sizeof(e.name), "%.24s",
		 o->value[NAME][0] ? o->value[NAME] : o->value[NUMBER]);
	e.eccentricity = v[ECCENTRICITY];
	e.bstar = v[DRAG];
	if (bad >= 0)
		sb_elements_leave_out(l, "%s: message %zu has no usable %s", l->name, nth,
				      fields[bad]);
	else if (sb_elements_set_angles(&e, v[INCLINATION], v[NODE], v[PERIGEE], v[ANOMALY],
					v[MOTION]))
		sb_elements_leave_out(l, "%s: message %zu is of no orbit", l->name, nth);
	else if (sb_elements_add(l, &e, err))
		return -1;
	*o = (struct omm){0};
	return 0;
}

static int read_csv(struct sb_element_list *l, struct sb_trace_text *x, struct sb_err *err)
{
	int columns[64];
	size_t count = 0, nth = 0;
	char line[2048], *at = line, *field, mark;
	bool too_long;

	if (!sb_trace_next_line(x, line, sizeof(line), &too_long) || too_long)
		return 0;
	mark = sb_trace_mark_of(line);
	while ((field = sb_trace_next_field(&at, mark)) && count < SB_ARRAY_LEN(columns))
		columns[count++] = field_of(sb_trace_trim(field));
	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		struct omm o = {0};

		at = too_long ? NULL : line;
		for (size_t i = 0; i < count && (field = sb_trace_next_field(&at, mark)); i++)
			set_field(&o, columns[i], sb_trace_trim(field));
		o.any = true;
		if (finish(l, &o, ++nth, err))
			return -1;
	}
	return 1;
}

static int read_json(struct sb_element_list *l, const char *text, size_t len, struct sb_err *err)
{
	cJSON *top = cJSON_ParseWithLength(text, len);
	const cJSON *first = cJSON_IsArray(top) ? top->child : top;
	size_t nth = 0;
	int rc = 1;

	if (!top)
		return sb_fail(err, SB_EINPUT, 0, "%s: begins like JSON and is none", l->name);
	for (const cJSON *m = first; m && rc > 0; m = m->next) {
		struct omm o = {0};

		for (const cJSON *f = m->child; f; f = f->next) {
			char value[SB_JSON_NUMBER_MAX];

			if (!f->string)
				continue;
			if (cJSON_IsNumber(f))
				sb_json_number(f->valuedouble, value);
			set_field(&o, field_of(f->string),
				  cJSON_IsString(f)   ? f->valuestring
				  : cJSON_IsNumber(f) ? value
						      : "");
		}
		o.any = true;
		if (finish(l, &o, ++nth, err))
			rc = -1;
	}
	cJSON_Delete(top);
	return rc;
}

/* Entities and other files are not followed. */
static int read_xml(struct sb_element_list *l, const char *text, size_t len, struct sb_err *err)
{
	xmlTextReader *r = xmlReaderForMemory(
	    text, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	struct omm o = {0};
	size_t nth = 0;
	int field = -1, rc = 0, more = 1;

	while (r && !rc && (more = xmlTextReaderRead(r)) == 1) {
		int type = xmlTextReaderNodeType(r);
		const char *name = (const char *)xmlTextReaderConstLocalName(r);
		const char *value = (const char *)xmlTextReaderConstValue(r);

		if (type == XML_READER_TYPE_ELEMENT && name) {
			field = field_of(name);
		} else if (type == XML_READER_TYPE_TEXT && value) {
			set_field(&o, field, value);
		} else if (type == XML_READER_TYPE_END_ELEMENT && name) {
			field = -1;
			if (!strcmp(name, "segment") || !strcmp(name, "omm"))
				rc = finish(l, &o, ++nth, err);
		}
	}
	xmlFreeTextReader(r);
	if (!rc && (!r || more < 0))
		rc = sb_fail(err, SB_EINPUT, 0, "%s: begins like XML and is none", l->name);
	return rc ? -1 : 1;
}

int sb_omm_read(struct sb_element_list *l, const char *text, size_t len, struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len}, peek;
	char line[2048] = "";
	bool too_long;

	sb_trace_skip_mark(&x);
	peek = x;
	if (!sb_trace_next_line(&peek, line, sizeof(line), &too_long))
		return 0;
	/* Messages may be one line. */
	while (x.at < len && strchr(" \t\r\n", text[x.at]))
		x.at++;
	if (x.at < len && strchr("[{", text[x.at]))
		return read_json(l, text + x.at, len - x.at, err);
	if (x.at < len && text[x.at] == '<')
		return read_xml(l, text + x.at, len - x.at, err);
	return !too_long && strstr(line, "MEAN_MOTION") ? read_csv(l, &x, err) : 0;
}
