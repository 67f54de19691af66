// SPDX-License-Identifier: MIT
/* screen.c - a view as a screenful, or as one line */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/bisect.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "view.h"

#define LINE_BYTES 1024
/* Columns of a flow that are not its sparkline: name, goodput, round trip time, retransmits, end.
 */
#define SPARK_LEAVES (26 + 13 + 11 + 14 + 6)
#define BOLD	     "\033[1m"
#define DIM	     "\033[2m"
#define RED	     "\033[31m"
#define PLAIN	     "\033[0m"
#define ERASE	     "\033[K"

/**
 * struct screen - lines so far
 * @line, @used: the line being made; @width: its columns
 */
struct screen {
	FILE *to;
	int rows, cols, count;
	bool utf8, colour;
	char line[LINE_BYTES];
	size_t used;
	int width;
};

/* What would be cut off is left out: whole characters, which are taken for one column each. */
static void put(struct screen *s, const char *text)
{
	while (*text && s->width < s->cols) {
		size_t len = 1;

		while ((text[len] & 0xc0) == 0x80)
			len++;
		if (s->used + len >= sizeof(s->line) - sizeof(PLAIN ERASE))
			return;
		memcpy(s->line + s->used, text, len);
		s->used += len;
		s->width++;
		text += len;
	}
}

static void print(struct screen *s, const char *fmt, ...) SB_PRINTF(2, 3);
static void print(struct screen *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(s, text);
}

static void escape(struct screen *s, const char *sequence)
{
	size_t len = strlen(sequence);

	if (!s->colour || s->used + len >= sizeof(s->line) - sizeof(PLAIN ERASE))
		return;
	memcpy(s->line + s->used, sequence, len);
	s->used += len;
}

static void pad_to(struct screen *s, int column)
{
	while (s->width < column && s->width < s->cols)
		put(s, " ");
}

/* The last line has no line break: that would scroll. */
static void end_line(struct screen *s)
{
	escape(s, PLAIN);
	if (s->count < s->rows)
		fprintf(s->to, "%s%.*s" ERASE, s->count ? "\r\n" : "", (int)s->used, s->line);
	s->count++;
	s->used = 0;
	s->width = 0;
}

static int rows_left(const struct screen *s)
{
	return s->rows - s->count;
}

/* --- numbers for people --- */

#define VALUE 32

static const char *rate_text(char buf[VALUE], double bps)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};
	size_t i = 0;

	for (; i + 1 < SB_ARRAY_LEN(units) && bps >= 999.5; i++)
		bps /= 1000;
	snprintf(buf, VALUE, "%.3g %s", bps, units[i]);
	return buf;
}

static const char *span_text(char buf[VALUE], int64_t ns)
{
	int64_t s = ns / SB_NS_PER_S;

	if (s < 100)
		snprintf(buf, VALUE, "%lld s", (long long)s);
	else if (s < 6000)
		snprintf(buf, VALUE, "%lld min", (long long)((s + 30) / 60));
	else
		snprintf(buf, VALUE, "%lld h %lld min", (long long)(s / 3600),
			 (long long)(s % 3600 / 60));
	return buf;
}

/* --- parts --- */

static void draw_head(struct screen *s, const struct sb_view *v)
{
	escape(s, BOLD);
	put(s, v->plan ? v->plan->name : "satbed");
	escape(s, PLAIN);
	if (v->total > 1)
		print(s, "  run %zu of %zu", v->number, v->total);
	if (v->label[0])
		print(s, "  %s", v->label);
	if (v->phase[0])
		print(s, "  %s", v->phase);
	end_line(s);
}

static void draw_progress(struct screen *s, const struct sb_view *v)
{
	double length_s = v->plan ? (double)v->plan->duration_ns / 1e9 : 0;
	double at_s = v->at_ns > 0 ? (double)v->at_ns / 1e9 : 0, part;
	int width = s->cols > 70 ? 40 : s->cols / 2;
	char left[VALUE];

	if (at_s > length_s)
		at_s = length_s;
	part = length_s > 0 ? at_s / length_s : 0;
	if (v->total > 1)
		part = ((double)v->number - 1 + part) / (double)v->total;
	for (int i = 0; i < width; i++) {
		bool full = i < (int)(part * width + 0.5);

		put(s, s->utf8 ? full ? "█" : "░" : full ? "#" : ".");
	}
	print(s, "  %.1f of %.0f s", at_s, length_s);
	if (v->speed > 0)
		print(s, ", %.1fx real time", v->speed);
	if (v->left_ns >= 0)
		print(s, ", %s%s left", v->total > 1 ? "about " : "", span_text(left, v->left_ns));
	end_line(s);
}

static void draw_spark(struct screen *s, const struct sb_view_flow *f, int width)
{
	static const char *const high[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const low[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
	size_t count = f->history_count, from;
	double most = 0;

	from = count > (size_t)width ? count - (size_t)width : 0;
	for (size_t i = from; i < count; i++)
		most = f->history[i] > most ? f->history[i] : most;
	for (size_t i = from; i < count; i++) {
		int level = most > 0 ? (int)(f->history[i] / most * 7 + 0.5) : 0;

		put(s, s->utf8 ? high[level] : low[level]);
	}
}

static void draw_flow(struct screen *s, const struct sb_view *v, size_t i)
{
	const struct sb_flow *flow = &v->plan->flows[i];
	const struct sb_view_flow *f = &v->flows[i];
	int spark = s->cols - SPARK_LEAVES;
	char buf[VALUE], client[SB_NAME_MAX];

	print(s, "%s %s %s", flow->name, sb_flow_client(client, v->plan, flow),
	      sb_dir_name((enum sb_dir)flow->dir));
	pad_to(s, 26);
	print(s, "%12s ", rate_text(buf, f->goodput_bps));
	if (spark > 60)
		spark = 60;
	if (spark >= 8) {
		draw_spark(s, f, spark);
		pad_to(s, 26 + 13 + spark);
	}
	if (f->now.rtt_us > 0)
		print(s, "%8.1f ms", (double)f->now.rtt_us / 1e3);
	else
		print(s, "%8s   ", "-");
	if (sb_view_by_link(v->plan, i))
		print(s, "%13s", "link's rate");
	else if (sb_flow_transport(flow) == SB_TRANSPORT_UDP)
		print(s, "%8lld lost", (long long)f->now.lost);
	else if (f->now.retransmits >= 0)
		print(s, "%8lld retr", (long long)f->now.retransmits);
	if (f->now.done)
		put(s, "  done");
	end_line(s);
}

static void draw_flows(struct screen *s, const struct sb_view *v, int most)
{
	int count = (int)v->plan->flow_count;

	if (most < 2)
		return;
	escape(s, DIM);
	put(s, "FLOW");
	pad_to(s, 31);
	put(s, "GOODPUT");
	end_line(s);
	most--;
	for (int i = 0; i < count && i < (count > most ? most - 1 : most); i++)
		draw_flow(s, v, (size_t)i);
	if (count > most) {
		print(s, "... %d more flows", count - most + 1);
		end_line(s);
	}
}

static void draw_link(struct screen *s, const struct sb_view *v, size_t link, int dir)
{
	const struct sb_link_state *now =
	    sb_plan_state_at(v->plan, link, (enum sb_dir)dir, v->at_ns > 0 ? v->at_ns : 0);
	char buf[VALUE], name[SB_NAME_MAX];

	print(s, "%s %s", sb_link_name(name, v->plan, link), sb_dir_name((enum sb_dir)dir));
	pad_to(s, v->plan->terminals > 1 ? 26 : 16);
	if (now->outage) {
		escape(s, RED);
		put(s, "OUTAGE");
	} else {
		print(s, "%8.1f ms  %12s", (double)now->delay_ns / 1e6,
		      now->rate_bps ? rate_text(buf, (double)now->rate_bps) : "no limit");
		if (sb_loss_mean(&now->loss) > 0)
			print(s, "  %.3g %% lost", 100 * sb_loss_mean(&now->loss));
	}
	end_line(s);
}

static void draw_links(struct screen *s, const struct sb_view *v, int most)
{
	int count = 2 * (int)v->plan->link_count;

	if (most < 2)
		return;
	escape(s, DIM);
	put(s, "LINK NOW");
	end_line(s);
	most--;
	for (int i = 0; i < count && i < (count > most ? most - 1 : most); i++)
		draw_link(s, v, (size_t)i / 2, i % 2);
	if (count > most) {
		print(s, "... %d more directions", count - most + 1);
		end_line(s);
	}
}

const struct sb_step *sb_view_next_event(const struct sb_plan *plan, int64_t at_ns)
{
	size_t low = sb_bisect(mid, 0, plan->step_count, plan->steps[mid].at_ns <= at_ns);

	for (; low < plan->step_count; low++)
		if (plan->steps[low].cause == SB_CAUSE_EVENT && plan->steps[low].event >= 0)
			return &plan->steps[low];
	return NULL;
}

static void draw_next(struct screen *s, const struct sb_view *v)
{
	int64_t at_ns = v->at_ns > 0 ? v->at_ns : 0;
	const struct sb_step *next = sb_view_next_event(v->plan, at_ns);
	char name[SB_NAME_MAX];

	if (!next || next->at_ns > v->plan->duration_ns)
		put(s, "no more events");
	else
		print(s, "next: %s of %s in %.1f s", v->plan->events[next->event].name,
		      sb_link_name(name, v->plan, next->link), (double)(next->at_ns - at_ns) / 1e9);
	end_line(s);
}

char *sb_screen_text(const struct sb_view *v, int rows, int cols, bool utf8, bool colour)
{
	struct screen s = {.rows = rows, .cols = cols, .utf8 = utf8, .colour = colour};
	char *out = NULL;
	size_t size = 0;

	s.to = sb_textstream_open(&out, &size);
	draw_head(&s, v);
	draw_progress(&s, v);
	if (v->plan && rows_left(&s) > 3) {
		/* Flows get what links, the event, a message and blank lines leave. */
		int links = 1 + 2 * (int)v->plan->link_count, spare = rows_left(&s) - 5;

		if (links > spare / 2)
			links = spare / 2;
		end_line(&s);
		draw_flows(&s, v,
			   spare - links < (int)v->plan->flow_count + 1
			       ? spare - links
			       : (int)v->plan->flow_count + 1);
		end_line(&s);
		draw_links(&s, v, links);
		draw_next(&s, v);
	}
	if (v->message[0] && rows_left(&s) > 0) {
		put(&s, v->message);
		end_line(&s);
	}
	sb_textstream_close(s.to, &out);
	return out;
}

static void describe_link(const struct sb_view *v, FILE *to)
{
	/* The first client stands for all: a line has no room for 64. */
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_link_state *s =
		    sb_plan_state_at(v->plan, 0, (enum sb_dir)dir, v->at_ns > 0 ? v->at_ns : 0);

		fprintf(to, "%s%s %.0fms ", dir ? ", " : "", sb_dir_name((enum sb_dir)dir),
			(double)s->delay_ns / 1e6);
		if (s->outage)
			fputs("OUTAGE", to);
		else if (s->rate_bps == SB_RATE_STOPPED)
			fputs("stopped", to);
		else if (s->rate_bps)
			fprintf(to, "%.3gmbit", (double)s->rate_bps / 1e6);
		else
			fputs("unlimited", to);
	}
}

/* What satbed carries itself; nothing where it carries none of the flows. */
static void describe_own_flows(const struct sb_view *v, FILE *to)
{
	int64_t retransmits = 0, rtt_us = 0;
	double goodput_bps = 0;
	size_t own = 0, elsewhere = 0;

	for (size_t i = 0; i < v->plan->flow_count; i++) {
		const struct sb_view_flow *f = &v->flows[i];

		if (sb_view_by_link(v->plan, i))
			continue;
		own++;
		elsewhere += sb_flow_is_sent_elsewhere(v->plan, &v->plan->flows[i]);
		goodput_bps += f->goodput_bps;
		if (f->now.retransmits > 0)
			retransmits += f->now.retransmits;
		if (f->now.rtt_us > rtt_us)
			rtt_us = f->now.rtt_us;
	}
	if (own && own == elsewhere)
		fprintf(to, "%7.2f Mbit/s  ", goodput_bps / 1e6);
	else if (own || !v->plan->flow_count)
		fprintf(to, "%7.2f Mbit/s  RTT %.0f ms  %lld retransmits  ", goodput_bps / 1e6,
			(double)rtt_us / 1e3, (long long)retransmits);
}

/* The links of the other flows, each once however many of them it has. */
static void describe_loads(const struct sb_view *v, FILE *to)
{
	double bps[2] = {0, 0};
	size_t others = 0;

	for (size_t i = 0; i < v->plan->flow_count; i++) {
		bool again = false;

		if (!sb_view_by_link(v->plan, i))
			continue;
		for (size_t k = 0; k < i; k++)
			again |= sb_view_by_link(v->plan, k) &&
				 v->plan->flows[k].client == v->plan->flows[i].client;
		others++;
		for (int dir = 0; dir < 2 && !again; dir++)
			bps[dir] += v->flows[i].link_bps[dir];
	}
	if (others)
		fprintf(to, "link up %.2f, down %.2f Mbit/s  ", bps[SB_UP] / 1e6,
			bps[SB_DOWN] / 1e6);
}

char *sb_line_text(const struct sb_view *v)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	if (v->total > 1)
		fprintf(to, "run %zu of %zu  ", v->number, v->total);
	fprintf(to, "%5.1fs of %.0fs  ", (double)v->at_ns / 1e9,
		(double)v->plan->duration_ns / 1e9);
	describe_own_flows(v, to);
	describe_loads(v, to);
	fputc('[', to);
	describe_link(v, to);
	fputc(']', to);
	if (v->speed > 0)
		fprintf(to, "  %.1fx real time", v->speed);
	sb_textstream_close(to, &out);
	return out;
}
