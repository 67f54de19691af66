// SPDX-License-Identifier: MIT
/* live.c - what people see while runs go on: a screen on a terminal, lines in a log, metrics */
#include "satbed/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "metrics.h"
#include "relay.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "second.h"
#include "view.h"

#define SCREEN_NS (250 * SB_NS_PER_MS)
#define LINE_NS	  (2 * SB_NS_PER_S)

/* Lines that are held; older ones are printed at once, which the second screen loses. */
#define HELD_MAX 200

/**
 * struct sb_live
 * @screen:	there is a terminal to draw on
 * @given:	the plan of sb_live_run(); @plan: that, or the one as built while flows run
 * @begun_ns:	when this run began; @done_ns: how long the @done_count before it took together
 * @next_ns:	when to show again; @last_ns: when it was shown last
 * @rows, @cols: as drawn last
 * @relay:	see struct sb_live_options
 * @other_ns:	sb_live_take(): the other process's clock, 0 = there is none; @start_ns: this
 *		process's when the other's flows started
 * @board:	NULL = nothing is served
 */
struct sb_live {
	bool screen, quiet, utf8, colour, running, changed;
	struct sb_metrics *metrics;
	struct sb_board *board;
	const struct sb_plan *plan, *given;
	size_t number, total, flow_count, done_count;
	char *label, *phase, *message;
	int64_t t0_ns, begun_ns, done_ns, last_ns, next_ns;
	struct sb_view_flow *flows;
	int rows, cols;
	char **held;
	size_t held_count, held_room;
	void (*relay)(void *arg, const cJSON *obj);
	void *relay_arg;
	char *(*more)(void *arg);
	void *more_arg;
	int64_t other_ns, start_ns;
};

/* The clock of the flows. */
static int64_t flow_clock(const struct sb_live *live)
{
	return live->other_ns ? live->other_ns : sb_mono_ns();
}

static struct sb_view view_of(const struct sb_live *live, int64_t now_ns)
{
	struct sb_view v = {
	    .plan = live->plan,
	    .label = live->label ? live->label : "",
	    .phase = live->phase ? live->phase : "",
	    .message = live->message ? live->message : "",
	    .number = live->number,
	    .total = live->total,
	    .at_ns = live->t0_ns ? now_ns - live->t0_ns : -1,
	    .left_ns = -1,
	    .flows = live->flows,
	    .running = live->running,
	};
	int64_t left_ns;

	if (live->other_ns && live->start_ns && v.at_ns > 0)
		v.speed = (double)v.at_ns / (double)(sb_mono_ns() - live->start_ns + 1);
	if (!live->plan)
		return v;
	if (v.at_ns > live->plan->duration_ns)
		v.at_ns = live->plan->duration_ns;
	left_ns = live->plan->duration_ns - (v.at_ns > 0 ? v.at_ns : 0);
	/* What a run takes beyond its own length is known when the first one is over. */
	v.left_ns = left_ns + (live->done_count ? live->done_ns / (int64_t)live->done_count
						: live->plan->duration_ns) *
				  (int64_t)(live->total - live->number);
	if (v.speed > 0)
		v.left_ns = (int64_t)((double)v.left_ns / v.speed);
	return v;
}

static char *metrics_text(void *arg)
{
	const struct sb_live *live = arg;
	struct sb_view v = view_of(live, flow_clock(live));
	char *text;

	v.more = live->more ? live->more(live->more_arg) : NULL;
	text = sb_metrics_text(&v);
	free(v.more);
	return text;
}

static struct sb_view view_now(void *arg)
{
	const struct sb_live *live = arg;

	return view_of(live, flow_clock(live));
}

static void print_held(struct sb_live *live)
{
	for (size_t i = 0; i < live->held_count; i++) {
		sb_write_all(STDERR_FILENO, live->held[i], strlen(live->held[i]));
		free(live->held[i]);
	}
	live->held_count = 0;
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = text ? sb_clean(text) : NULL;
}

static void hold(void *arg, const char *line)
{
	struct sb_live *live = arg;
	sb_auto_free char *text = sb_strdup(line);

	text[strcspn(text, "\n")] = '\0';
	set_text(&live->message, text);
	live->changed = true;
	if (live->held_count == HELD_MAX) {
		free(live->held[0]);
		memmove(live->held, live->held + 1, (HELD_MAX - 1) * sizeof(*live->held));
		live->held_count--;
	}
	live->held = sb_grow(live->held, live->held_count, &live->held_room, sizeof(*live->held));
	live->held[live->held_count++] = sb_strdup(line);
}

static void draw(struct sb_live *live)
{
	struct sb_view v = view_of(live, flow_clock(live));
	sb_auto_free char *text = NULL, *all = NULL;
	int rows, cols;
	bool resized;

	sb_second_enter();
	sb_second_measure(&rows, &cols);
	resized = rows != live->rows || cols != live->cols;
	text = sb_screen_text(&v, rows, cols, live->utf8, live->colour);
	/* In one write, from the top left; what was below is erased. */
	all = sb_asprintf("%s\033[H%s\033[J", resized ? "\033[2J" : "", text);
	sb_write_all(STDERR_FILENO, all, strlen(all));
	live->rows = rows;
	live->cols = cols;
	live->changed = false;
}

/* Said however little else is: without the token nobody can look. */
static int open_board(struct sb_live *live, const struct sb_live_options *options,
		      struct sb_err *err)
{
	sb_auto_free char *line = NULL;

	if (sb_board_open(options->serve, options->serve_token, view_now, live, &live->board, err))
		return -1;
	line = sb_asprintf("satbed: live page: %s", sb_board_url(live->board));
	sb_log_line(line);
	return 0;
}

int sb_live_new(const struct sb_live_options *options, struct sb_live **out, struct sb_err *err)
{
	struct sb_live *live = sb_alloc(1, sizeof(*live));

	live->quiet = options->quiet;
	live->relay = options->relay;
	live->relay_arg = options->relay_arg;
	live->more = options->more;
	live->more_arg = options->more_arg;
	live->quiet |= live->relay != NULL;
	live->screen = !live->quiet && !options->plain && sb_second_can_draw();
	live->utf8 = sb_second_has_utf8();
	live->colour = !getenv("NO_COLOR");
	live->number = live->total = 1;
	if (options->metrics &&
	    sb_metrics_open(options->metrics, metrics_text, live, &live->metrics, err)) {
		free(live);
		return -1;
	}
	if (live->metrics)
		sb_info("metrics on port %d: curl http://localhost:%d/metrics",
			sb_metrics_port(live->metrics), sb_metrics_port(live->metrics));
	if (options->serve && open_board(live, options, err)) {
		sb_metrics_close(live->metrics);
		free(live);
		return -1;
	}
	*out = live;
	return 0;
}

void sb_live_free(struct sb_live *live)
{
	if (!live)
		return;
	sb_live_leave(live);
	sb_metrics_close(live->metrics);
	sb_board_close(live->board);
	free(live->held);
	free(live->flows);
	free(live->label);
	free(live->phase);
	free(live->message);
	free(live);
}

static void use_plan(struct sb_live *live, const struct sb_plan *plan)
{
	live->plan = plan;
	if (live->flow_count == plan->flow_count && live->flows)
		return;
	free(live->flows);
	live->flows = sb_alloc(plan->flow_count, sizeof(*live->flows));
	live->flow_count = plan->flow_count;
}

static void clear_flows(struct sb_live *live)
{
	for (size_t i = 0; i < live->flow_count; i++)
		live->flows[i] = (struct sb_view_flow){.now.retransmits = -1};
}

void sb_live_run(struct sb_live *live, const struct sb_plan *plan, size_t number, size_t total,
		 const char *label)
{
	int64_t now_ns = sb_mono_ns();

	if (live->begun_ns) {
		live->done_ns += now_ns - live->begun_ns;
		live->done_count++;
	}
	live->begun_ns = now_ns;
	live->given = plan;
	use_plan(live, plan);
	clear_flows(live);
	live->number = number;
	live->total = total;
	live->t0_ns = live->other_ns = live->start_ns = 0;
	live->running = false;
	set_text(&live->label, label);
	if (live->board)
		sb_board_run(live->board);
	if (live->screen) {
		sb_log_set_sink(hold, live);
		draw(live);
	}
}

void sb_live_phase(struct sb_live *live, const char *phase)
{
	if (live->relay)
		sb_relay_phase(live->relay, live->relay_arg, phase);
	set_text(&live->phase, phase);
	live->plan = live->given;
	live->running = false;
	if (live->screen && live->plan)
		draw(live);
	if (live->board)
		sb_board_phase(live->board);
	sb_live_serve(live);
}

void sb_live_start(struct sb_live *live, const struct sb_plan *plan, int64_t t0_ns)
{
	use_plan(live, plan);
	clear_flows(live);
	set_text(&live->phase, NULL);
	/* How the testbed went up is not news any longer. */
	set_text(&live->message, NULL);
	if (live->relay)
		sb_relay_start(live->relay, live->relay_arg, t0_ns);
	live->t0_ns = live->last_ns = t0_ns;
	live->next_ns = (live->other_ns ? sb_mono_ns() : t0_ns) +
			(live->screen || live->relay ? SCREEN_NS : LINE_NS);
	live->running = true;
	if (live->board)
		sb_board_phase(live->board);
}

static bool is_show_due(const struct sb_live *live, int64_t now_ns)
{
	int rows, cols;

	if (live->quiet && !live->metrics && !live->relay)
		return false;
	if (now_ns >= live->next_ns || (live->screen && live->changed))
		return true;
	if (!live->screen)
		return false;
	sb_second_measure(&rows, &cols);
	return rows != live->rows || cols != live->cols;
}

bool sb_live_due(const struct sb_live *live, int64_t now_ns)
{
	return is_show_due(live, now_ns) || (live->board && sb_board_due(live->board, now_ns));
}

static double rate_of(int64_t now, int64_t before, int64_t span_ns)
{
	return now > before ? (double)(now - before) * 8e9 / (double)span_ns : 0;
}

/* @by_link: the direction of the link that stands for the flow, -1 = it is known itself. */
static void take(struct sb_view_flow *f, const struct sb_live_counts *now, int by_link,
		 int64_t span_ns)
{
	for (int dir = 0; dir < 2; dir++)
		f->link_bps[dir] = rate_of(now->link_bytes[dir], f->now.link_bytes[dir], span_ns);
	f->goodput_bps =
	    by_link < 0 ? rate_of(now->bytes, f->now.bytes, span_ns) : f->link_bps[by_link];
	f->now = *now;
	if (f->history_count == SB_HISTORY) {
		memmove(f->history, f->history + 1, (SB_HISTORY - 1) * sizeof(f->history[0]));
		f->history_count--;
	}
	f->history[f->history_count++] = f->goodput_bps;
}

static void show(struct sb_live *live, const struct sb_live_counts *flows)
{
	int64_t now_ns = sb_mono_ns(), period_ns = live->screen ? SCREEN_NS : LINE_NS;
	int64_t clock_ns = flow_clock(live);

	if (now_ns >= live->next_ns) {
		for (size_t i = 0; i < live->flow_count; i++)
			take(&live->flows[i], &flows[i],
			     sb_view_by_link(live->plan, i) ? live->plan->flows[i].dir : -1,
			     clock_ns - live->last_ns + 1);
		live->last_ns = clock_ns;
		live->next_ns += period_ns;
		if (live->next_ns < now_ns)
			live->next_ns = now_ns + period_ns;
		if (!live->screen && !live->quiet) {
			struct sb_view v = view_of(live, clock_ns);
			sb_auto_free char *line = sb_line_text(&v);

			fprintf(stderr, "%s\n", line);
		}
	}
	if (live->screen)
		draw(live);
}

static void show_all(struct sb_live *live, const struct sb_live_counts *flows)
{
	int64_t now_ns = sb_mono_ns();

	if (live->board && sb_board_due(live->board, now_ns))
		sb_board_tick(live->board, now_ns, flows);
	if (is_show_due(live, now_ns))
		show(live, flows);
}

void sb_live_tick(struct sb_live *live, const struct sb_live_counts *flows)
{
	int64_t now_ns = sb_mono_ns();

	sb_live_serve(live);
	if (!sb_live_due(live, now_ns))
		return;
	if (!live->relay) {
		show_all(live, flows);
		return;
	}
	sb_relay_tick(live->relay, live->relay_arg, now_ns, flows, live->flow_count);
	live->next_ns = now_ns + SCREEN_NS;
}

bool sb_live_take(struct sb_live *live, const struct sb_plan *plan, const cJSON *obj)
{
	struct sb_relayed r;

	if (!sb_relay_read(obj, &r, live->flow_count))
		return false;
	switch (r.kind) {
	case SB_RELAYED_PHASE:
		sb_live_phase(live, r.phase);
		break;
	case SB_RELAYED_START:
		live->other_ns = r.clock_ns;
		live->start_ns = sb_mono_ns();
		sb_live_start(live, plan, r.clock_ns);
		break;
	case SB_RELAYED_TICK:
		live->other_ns = r.clock_ns;
		sb_live_serve(live);
		show_all(live, r.flows);
		break;
	}
	free(r.flows);
	return true;
}

void sb_live_serve(struct sb_live *live)
{
	if (live->metrics)
		sb_metrics_serve(live->metrics);
	if (live->board)
		sb_board_serve(live->board);
}

void sb_live_result(struct sb_live *live, const cJSON *json)
{
	if (live->board)
		sb_board_result(live->board, json);
}

void sb_live_finish(struct sb_live *live, const char *report)
{
	if (live->board)
		sb_board_finish(live->board, report);
}

void sb_live_leave(struct sb_live *live)
{
	live->plan = live->given = NULL;
	live->running = false;
	if (!live->screen)
		return;
	sb_log_set_sink(NULL, NULL);
	sb_second_leave();
	print_held(live);
	live->rows = live->cols = 0;
}
