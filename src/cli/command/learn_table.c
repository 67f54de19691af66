// SPDX-License-Identifier: MIT
/* learn_table.c - satbed learn TABLE: files of other emulators among the arguments of learn */
#include "learn_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/base/units.h"
#include "satbed/learn_errant.h"

#define MAX_BYTES (64u << 20)
#define PEEKED	  4096

/* What tells times from delays. */
#define LEAST_DELAY_MS 5
#define MOST_RISE_MS   1000

/* --- what a file is --- */

/* Numbers in the line at @text, and nothing else but blanks and commas; 0 = something else. */
static size_t numbers_in(const char *text)
{
	size_t count = 0;

	while (*text && *text != '\n') {
		size_t n = strspn(text, "0123456789.-");

		count += n > 0;
		text += n;
		n = strspn(text, " \t,\r");
		if (!n && *text && *text != '\n')
			return 0;
		text += n;
	}
	return count;
}

static const char *next_of(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* Times one a line, none smaller than the one before, from the start of something: not delays. */
static bool is_ascending(const char *text)
{
	double first = strtod(text, NULL), last = -1;

	/* The last line of what was read may be cut off. */
	for (const char *next = next_of(text); *next; text = next, next = next_of(text)) {
		double x = strtod(text, NULL);

		if (x < last)
			return false;
		last = x;
	}
	return last > 0 && (first < LEAST_DELAY_MS || last - first > MOST_RISE_MS);
}

static int say(const char *file, const char *what, const char *type, struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0, "%s is %s, not a capture; write in a scenario: %s%s",
		       file, what, type, file);
}

static int tell_numbers(const char *file, const char *text, struct sb_err *err)
{
	size_t count = numbers_in(text), commas = 0;

	for (const char *p = text; *p && *p != '\n'; p++)
		commas += *p == ',';
	if (count == 1 && is_ascending(text))
		return say(file, "a trace of mahimahi's delivery opportunities", "trace = ", err);
	if (count == 1)
		return say(file, "a list of delays, as of LeoReplayer or mm-delay",
			   "delay_trace = ", err);
	if (commas + 1 == count && (count == 5 || count == 8 || count == 9))
		return say(file, "a table of TheaterQ", "trace = ", err);
	if (count > 2 && !commas)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s is a .dist table of netem, not a capture; write in a scenario, with "
		    "its standard deviation: jitter = table %s 3ms",
		    file, file);
	return 0;
}

int sb_learn_table_kind(const char *file, struct sb_err *err)
{
	char head[PEEKED + 1] = "";
	FILE *f = fopen(file, "re");
	const char *text = head;
	size_t len;

	if (!f)
		return 0; /* who reads it says why not */
	len = fread(head, 1, PEEKED, f);
	fclose(f);
	head[len] = '\0';
	if (len > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s is a Python pickle, which can run programs and is not read; of "
			       "ERRANT's models write the speed tests as CSV: operator,country,"
			       "access_technology,download_mbps,upload_mbps,rtt_ms",
			       file);
	if (strlen(head) != len || !sb_may_quote(file, true))
		return 0;
	if (sb_errant_is(head))
		return 1;
	while (*text == '#' || *text == '\n')
		text = next_of(text);
	if (isdigit((unsigned char)*text) || *text == '-' || *text == ' ')
		return tell_numbers(file, text, err);
	if (!strncmp(text, "KEEP,", 5))
		return say(file, "a table of TheaterQ", "trace = ", err);
	if (!strncmp(text, "time_", 5))
		return say(file, "a trace in columns", "trace = ", err);
	if (!strncmp(text, "PING ", 5))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s is output of ping, not a capture; run: satbed learn --series rtt=%s", file,
		    file);
	return 0;
}

/* --- ERRANT --- */

static int replace(const char *path, const char *text, struct sb_err *err)
{
	return sb_replace_file(path, text, strlen(text), err);
}

/* "telia.ini" as "telia-up.csv", beside it. */
static char *trace_of(const char *out, const char *dir)
{
	size_t len = strlen(out);

	if (len > 4 && !strcmp(out + len - 4, ".ini"))
		len -= 4;
	return sb_asprintf("%.*s-%s.csv", (int)len, out, dir);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int write_traces(const struct sb_errant *e, char *const paths[2], struct sb_err *err)
{
	for (int i = 0; i < 2; i++) {
		sb_auto_free char *text = NULL;
		size_t len = 0;
		FILE *to = sb_textstream_open(&text, &len);

		sb_errant_write_trace(to, e, i == 0);
		sb_textstream_close(to, &text);
		if (replace(paths[i], text, err))
			return -1;
	}
	return 0;
}

static int write_scenario(const struct sb_learn_table_request *r, const struct sb_errant *e,
			  int64_t period_ns, struct sb_err *err)
{
	sb_auto_free char *text = NULL, *up = NULL, *down = NULL;
	const char *traces[2] = {NULL, NULL};
	size_t len = 0;
	FILE *to;

	if (e->kind == SB_ERRANT_LOG) {
		if (!r->out)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s is a log of ERRANT: its values go to files beside the "
				       "scenario, which needs a name: -o FILE",
				       r->file);
		up = trace_of(r->out, "up");
		down = trace_of(r->out, "down");
		traces[0] = base_of(up);
		traces[1] = base_of(down);
		if (write_traces(e, (char *const[2]){up, down}, err))
			return -1;
	}
	to = sb_textstream_open(&text, &len);
	sb_errant_write(to, e, r->name, base_of(r->file), period_ns, traces);
	sb_textstream_close(to, &text);
	if (r->out)
		return replace(r->out, text, err);
	fputs(text, stdout);
	return 0;
}

int sb_learn_table(const struct sb_learn_table_request *r, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	struct sb_errant e = {0};
	int64_t period_ns = 0;
	int rc;

	if (r->period && (sb_parse_time(r->period, &period_ns, err) || period_ns < 100000000))
		return err->code
			   ? sb_wrap(err, "--period")
			   : sb_fail(err, SB_EINPUT, 0,
				     "--period: \"%s\" is out of range, expected 100ms to 1min",
				     r->period);
	if (period_ns > INT64_C(60000000000))
		return sb_fail(err, SB_EINPUT, 0,
			       "--period: \"%s\" is out of range, expected 100ms to 1min",
			       r->period);
	if (sb_read_file(r->file, MAX_BYTES, &text, NULL, err) ||
	    sb_errant_read(r->file, text, &e, err))
		return -1;
	rc = sb_errant_choose(r->file, &e, r->profile, err);
	rc = rc ? rc : write_scenario(r, &e, period_ns, err);
	sb_errant_fini(&e);
	return rc;
}
