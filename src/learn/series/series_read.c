// SPDX-License-Identifier: MIT
/* series_read.c - series of measurements as ping, nuttcp, irtt and iperf3 write them, and as CSV */
#include "series_read.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#define MAX_FILE_BYTES (256u << 20)
#define MAX_PINGS      10000000
#define DEFAULT_PING_S 1.0

/* --- ping --- */

/* The number after @key in a line, -1 where there is none. */
static double number_after(const char *line, size_t len, const char *key)
{
	const char *at = memmem(line, len, key, strlen(key));
	double v;

	if (!at)
		return -1;
	at += strlen(key);
	return isdigit((unsigned char)*at) && !sb_read_double(&at, &v) ? v : -1;
}

/*
 * "64 bytes from 192.0.2.1: icmp_seq=5 ttl=51 time=48.2 ms", with "[1716812345.678901] " before it
 * when it was ping -D.  Lost ones have no line, or "no answer yet" (ping -O).
 */
static int read_ping(const char *name, const char *text, enum sb_series_kind kind,
		     struct sb_measured_series *out, struct sb_err *err)
{
	double first_s = NAN, last_s = 0, last_seq = 0, interval = DEFAULT_PING_S, span_ms, sent;
	bool absolute = false;
	const char *end = text + strlen(text);

	if (kind != SB_SERIES_RTT)
		return sb_fail(err, SB_EINPUT, 0, "%s: ping measures round trips; use it as rtt=%s",
			       name, name);
	/* "150 packets transmitted, 148 received, 1.3% packet loss, time 29991ms" */
	sent = strstr(text, " packets transmitted") ? 0 : -1;
	span_ms = number_after(text, strlen(text), "packet loss, time ");
	if (!sent && span_ms > 0) {
		const char *at = strstr(text, " packets transmitted");

		while (at > text && isdigit((unsigned char)at[-1]))
			at--;
		if (!sb_read_double(&at, &sent) && sent > 1)
			interval = span_ms / 1e3 / (sent - 1);
	}
	for (const char *line = text; line < end;) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((eol ? eol : end) - line);
		double seq = number_after(line, len, "icmp_seq="),
		       ms = number_after(line, len, "time="), at_s;

		if (seq >= 0 && ms >= 0 && seq <= MAX_PINGS) {
			bool begun = !isnan(first_s);

			const char *stamp = line + 1;

			at_s = seq * interval;
			if (line[0] == '[' && sb_read_double(&stamp, &at_s))
				at_s = 0;
			if (!begun) {
				first_s = at_s;
				absolute = line[0] == '[';
			}
			if (sb_series_check(name, kind, ms, err))
				return -1;
			/* Twice or out of order: not one more. */
			if (!begun || seq > last_seq) {
				double step = begun ? (at_s - last_s) / (seq - last_seq) : 0;

				for (double lost = last_seq + 1; begun && lost < seq; lost++)
					sb_series_add(out, "1",
						      last_s - first_s + (lost - last_seq) * step,
						      NAN);
				sb_series_add(out, "1", at_s - first_s, ms);
				last_s = at_s;
				last_seq = seq;
			}
		}
		line += len + 1;
	}
	if (isnan(first_s))
		return sb_fail(err, SB_EINPUT, 0, "%s: no answer in this output of ping", name);
	if (absolute)
		out->tests[0].second = fmod(first_s, 60);
	return 0;
}

/* --- nuttcp --- */

/* "   10.4375 MB /   0.50 sec =  174.9000 Mbps" per interval (-i); the last line is the whole. */
static int read_nuttcp(const char *name, const char *text, enum sb_series_kind kind,
		       struct sb_measured_series *out, struct sb_err *err)
{
	const char *end = text + strlen(text);
	double at_s = 0;
	bool any = false;

	if (kind < SB_SERIES_CAPACITY_UP)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: nuttcp measures rates; use it as capacity.up=%s or "
			       "capacity.down=%s",
			       name, name, name);
	for (const char *line = text; line < end;) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((eol ? eol : end) - line);
		double mb, seconds, mbps;
		char copy[160];

		if (len < sizeof(copy)) {
			memcpy(copy, line, len);
			copy[len] = '\0';
			/* The last line has the processors' load behind the rate. */
			if (sscanf(copy, "%lf MB / %lf sec = %lf Mbps", &mb, &seconds, &mbps) ==
				3 &&
			    !strstr(copy, "%TX")) {
				if (sb_series_check(name, kind, mbps, err))
					return -1;
				sb_series_add(out, "1", at_s, mbps);
				at_s += seconds;
				any = true;
			}
		}
		line += len + 1;
	}
	if (!any)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: no intervals in this output of nuttcp; use nuttcp -i 0.5",
			       name);
	return 0;
}

/* --- what kind of file --- */

int sb_series_parse(const char *name, const char *text, enum sb_series_kind kind,
		    struct sb_measured_series *out, struct sb_err *err)
{
	struct sb_measured_series read = {0};
	const char *first;
	int rc;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	first = text + strspn(text, " \t\r\n");
	if (!*first)
		rc = sb_fail(err, SB_EINPUT, 0, "%s: the file is empty", name);
	else if (*first == '{' || *first == '[' ? *first == '{' || !isdigit((unsigned char)first[1])
						: false)
		rc = sb_series_read_json(name, first, kind, &read, err);
	else if (strstr(text, "icmp_seq="))
		rc = read_ping(name, text, kind, &read, err);
	else if (strstr(text, " MB / ") && strstr(text, " Mbps"))
		rc = read_nuttcp(name, text, kind, &read, err);
	else
		rc = sb_series_read_csv(name, first, kind, &read, err);
	if (rc) {
		sb_series_fini(&read);
		return -1;
	}
	/* Tests of another file are other tests, whatever they are called. */
	for (size_t i = 0; i < read.count; i++) {
		out->tests = sb_grow(out->tests, out->count, &out->room, sizeof(*out->tests));
		out->tests[out->count++] = read.tests[i];
	}
	if (read.payload_bytes)
		out->payload_bytes = read.payload_bytes;
	free(read.tests);
	return 0;
}

int sb_series_read(const char *path, enum sb_series_kind kind, struct sb_measured_series *out,
		   struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	size_t len;

	if (sb_read_file(path, MAX_FILE_BYTES, &text, &len, err))
		return -1;
	if (memchr(text, '\0', len))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: not text; expected the output of ping, irtt, iperf3 -J or "
			       "nuttcp, or CSV",
			       path);
	return sb_series_parse(path, text, kind, out, err);
}
