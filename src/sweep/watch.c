// SPDX-License-Identifier: MIT
/* watch.c - what people see while a sweep goes on: a table that grows, lines in a log, metrics */
#include "watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/live_many.h"
#include "sweep/show/groups.h"
#include "sweep/show/print.h"

#define DRAW_NS	  SB_NS_PER_S
#define LINE_RUNS 20	/* a line of a log for so many */
#define TABLE_MAX 20000 /* runs: medians of more take longer than a look at them */

static char *metrics_text(void *arg)
{
	const struct sb_sweep_going *g = arg;

	return sb_batch_metrics(&g->progress);
}

static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

int sb_sweep_watch_open(struct sb_sweep_going *g, struct sb_err *err)
{
	struct sb_live_options options = {
	    .quiet = true, .metrics = g->o->metrics, .more = metrics_text, .more_arg = g};

	const struct sb_live_many_options page = {.serve = g->o->serve,
						  .serve_token = g->o->serve_token,
						  .title = g->name,
						  .total = g->progress.total,
						  .done = g->progress.complete};

	g->draws = !g->o->quiet && !g->o->plain && can_draw();
	/* On the real clock runs are made one by one in this thread, which serves, too. */
	if (!g->is_virtual && !g->o->slurm) {
		options.serve = g->o->serve;
		options.serve_token = g->o->serve_token;
	} else if (g->o->serve && sb_live_many_open(&page, &g->many, err)) {
		return -1;
	}
	return g->o->metrics || options.serve ? sb_live_new(&options, &g->live, err) : 0;
}

/* "geo: 12 of 180 runs, 1 came to nothing, 2 at a time, about 40 s left" */
static void print_head(FILE *to, const struct sb_sweep_going *g)
{
	const struct sb_batch_progress *p = &g->progress;
	double left_s = sb_batch_left_s(p);

	fprintf(to, "%s: %zu of %zu runs", g->name, p->complete, p->total);
	if (p->failed)
		fprintf(to, ", %zu came to nothing", p->failed);
	if (!g->o->slurm)
		fprintf(to, ", %zu at a time", p->jobs);
	if (isfinite(left_s))
		fprintf(to, ", about %.0f s left", left_s);
	fputc('\n', to);
}

static void print_table(FILE *to, const struct sb_sweep_going *g)
{
	struct sb_sweep_groups groups = {0};

	if (g->progress.complete <= TABLE_MAX &&
	    !sb_sweep_groups_make(g->table, NULL, NULL, &groups, NULL) && groups.value)
		sb_sweep_print_text(to, &groups);
	sb_sweep_groups_fini(&groups);
}

/* As many lines as fit, none longer than a row, so that it can be drawn over. */
static size_t put_lines(FILE *to, const char *text)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	size_t lines = 0;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	while (*text && lines + 1 < size.ws_row) {
		size_t len = strcspn(text, "\n"), columns = 0, n = 0;

		/* A character of UTF-8 is as wide as one byte is. */
		while (n < len && columns < size.ws_col) {
			n++;
			while (n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
				n++;
			columns++;
		}
		fprintf(to, "%.*s\n", (int)n, text);
		text += len + (text[len] == '\n');
		lines++;
	}
	return lines;
}

static void erase(FILE *to, struct sb_sweep_going *g)
{
	if (g->drawn)
		fprintf(to, "\033[%zuA\r\033[J", g->drawn);
	g->drawn = 0;
}

static void draw(struct sb_sweep_going *g)
{
	char *text = NULL, *all = NULL;
	size_t size, all_size, lines;
	FILE *to = sb_textstream_open(&text, &size);

	print_head(to, g);
	print_table(to, g);
	sb_textstream_close(to, &text);
	to = sb_textstream_open(&all, &all_size);
	erase(to, g);
	lines = put_lines(to, text);
	sb_textstream_close(to, &all);
	/* In one write: what was there and what comes are not seen half each. */
	sb_write_all(STDERR_FILENO, all, strlen(all));
	g->drawn = lines;
	g->drawn_ns = sb_mono_ns();
	free(text);
	free(all);
}

void sb_sweep_watch_tick(struct sb_sweep_going *g)
{
	if (g->live)
		sb_live_serve(g->live);
	if (g->draws && sb_mono_ns() - g->drawn_ns >= DRAW_NS)
		draw(g);
}

/* Its levels and its seed. */
static char *run_label(const struct sb_sweep_spec *s, size_t i)
{
	size_t c = sb_spec_case_of(s, i), size;
	char *text = NULL;
	FILE *to = sb_textstream_open(&text, &size);

	for (size_t f = 0; f < s->factor_count; f++)
		fprintf(to, "%s, ", sb_spec_level_name(s, c, f));
	fprintf(to, "seed %" PRIu64, sb_spec_seed_of(s, i));
	sb_textstream_close(to, &text);
	return text;
}

/* For the served page: what the run is, and what became of it. */
static void show_run(struct sb_sweep_going *g, size_t i)
{
	const struct sb_sweep_run *r = &g->runs[i];
	sb_auto_free char *label = NULL;
	cJSON *result;

	if (!g->o->serve)
		return;
	label = run_label(&g->spec, i);
	result = cJSON_CreateObject();
	sb_json_add_str(result, "label", label);
	sb_json_add_str(result, "verdict", r->there ? "done" : "failed");
	if (r->why)
		sb_json_add_str(result, "why", r->why);
	if (!g->many) {
		sb_live_result(g->live, result);
		cJSON_Delete(result);
		return;
	}
	sb_live_many_result(g->many, result, !r->there);
	sb_live_many_done(g->many);
}

void sb_sweep_watch_run(struct sb_sweep_going *g, size_t i)
{
	show_run(g, i);
	if (!g->o->quiet && !g->draws && g->progress.done % LINE_RUNS == 0)
		print_head(stderr, g);
	sb_sweep_watch_tick(g);
}

void sb_sweep_watch_close(struct sb_sweep_going *g)
{
	if (g->draws)
		erase(stderr, g);
	if (!g->o->quiet)
		print_head(stderr, g);
	fflush(stderr);
	g->draws = false;
}

void sb_sweep_watch_finish(struct sb_sweep_going *g, bool reported)
{
	sb_auto_free char *page =
	    reported ? sb_asprintf("%s/report.html", g->directory.path) : NULL;

	sb_live_many_close(g->many, page);
	if (g->live)
		sb_live_finish(g->live, page);
	sb_live_free(g->live);
	g->many = NULL;
	g->live = NULL;
}
