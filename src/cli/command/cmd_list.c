// SPDX-License-Identifier: MIT
/* cmd_list.c - satbed list: the scenarios there are, what their links are like */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "list_tcp.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"
#include "satbed/base/units.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "satbed/scenario_values.h"

#define NAME_WIDTH 18

/* Seen from the directory of the program: installed, and in the tree it was built in. */
static const char *const shipped[] = {"../share/satbed/scenarios", "../scenarios",
				      "../../scenarios"};

struct listing {
	size_t count, room;
	char **files;
	bool json;
	cJSON *array;
	int status;
};

static void add_file(struct listing *l, char *path)
{
	l->files = sb_grow(l->files, l->count, &l->room, sizeof(*l->files));
	l->files[l->count++] = path;
}

static int is_scenario(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && d->d_name[0] != '.' && !strcmp(d->d_name + len - 4, ".ini");
}

/* By bytes: the same in every locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_directory(struct listing *l, const char *path, struct sb_err *err)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_scenario, by_name);

	if (count < 0)
		return sb_fail(err, SB_EINPUT, 0, "cannot read the directory %s", path);
	for (int i = 0; i < count; i++) {
		add_file(l, sb_asprintf("%s/%s", path, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int add_given(struct listing *l, const char *path, struct sb_err *err)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return add_directory(l, path, err);
	add_file(l, sb_strdup(path));
	return 0;
}

static int add_shipped(struct listing *l, struct sb_err *err)
{
	char exe[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return sb_fail(err, SB_EENV, 0, "cannot find the path of this program");
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	for (size_t i = 0; slash && i < SB_ARRAY_LEN(shipped); i++) {
		sb_auto_free char *dir =
		    sb_asprintf("%.*s/%s", (int)(slash - exe), exe, shipped[i]);
		sb_auto_free char *real = realpath(dir, NULL);

		if (real)
			return add_directory(l, real, err);
	}
	return sb_fail(err, SB_EENV, 0,
		       "no scenarios installed beside this program; name files or directories, for "
		       "example: satbed list scenarios");
}

/* --- one scenario --- */

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

/* Of the packets; of what goes by time, of the time. */
static double lost_share(const struct sb_link_dir *d)
{
	double round_ns = (double)(d->bursts.burst_ns + d->bursts.gap_ns);

	return d->bursts.burst_ns ? (double)d->bursts.burst_ns / round_ns
				  : sb_loss_mean(&d->initial.loss);
}

static void add_dir_json(cJSON *obj, const struct sb_plan *plan, enum sb_dir dir)
{
	const struct sb_link_dir *d = &plan->links[0].dir[dir];
	cJSON *o = cJSON_AddObjectToObject(obj, sb_dir_name(dir));

	sb_json_add_num(o, "delay_ms", ms(d->initial.delay_ns));
	if (d->initial.rate_bps)
		sb_json_add_i64(o, "rate_bps", (int64_t)d->initial.rate_bps);
	else
		cJSON_AddNullToObject(o, "rate_bps");
	sb_json_add_num(o, "loss", lost_share(d));
	sb_json_add_num(o, "loss_burst", sb_loss_mean_burst(&d->initial.loss));
	sb_json_add_i64(o, "queue_bytes", (int64_t)d->queue_bytes);
	sb_json_add_i64(o, "clients_sharing", (int64_t)sb_plan_sharers(plan, 0, dir));
}

/* What the scenario says of itself, and a run does not need. */
static const char *origin_of(const struct sb_scenario *sc)
{
	static const char *const words[] = {"fitted", "published", "composed"};
	int word = sb_value(sb_scenario_section(sc, SB_SEC_SCENARIO, 0), SB_KEY_ORIGIN)->word;

	return word >= 0 && (size_t)word < SB_ARRAY_LEN(words) ? words[word] : "";
}

static const char *tcp_of(const struct sb_scenario *sc)
{
	const struct sb_value *tcp =
	    sb_value(sb_scenario_section(sc, SB_SEC_SCENARIO, 0), SB_KEY_TCP);

	return sb_has(tcp) ? tcp->text : "";
}

static void add_json(struct listing *l, const char *file, const struct sb_scenario *sc,
		     const struct sb_plan *plan)
{
	const struct sb_link_dir *d = plan->links[0].dir;
	cJSON *obj = cJSON_CreateObject(), *events;

	cJSON_AddItemToArray(l->array, obj);
	sb_json_add_str(obj, "name", plan->name);
	sb_json_add_str(obj, "file", file);
	sb_json_add_str(obj, "about", plan->about ? plan->about : "");
	sb_json_add_str(obj, "origin", origin_of(sc));
	sb_json_add_str(obj, "tcp", tcp_of(sc));
	cJSON_AddItemToObject(obj, "tcp_share",
			      sb_list_tcp_json(tcp_of(sc), sb_list_capacity_bps(plan)));
	sb_json_add_num(obj, "duration_s", (double)plan->duration_ns / 1e9);
	sb_json_add_i64(obj, "clients", (int64_t)plan->link_count);
	sb_json_add_num(obj, "rtt_ms", ms(d[SB_UP].initial.delay_ns + d[SB_DOWN].initial.delay_ns));
	add_dir_json(obj, plan, SB_UP);
	add_dir_json(obj, plan, SB_DOWN);
	events = cJSON_AddArrayToObject(obj, "events");
	for (size_t i = 0; i < plan->event_count; i++) {
		cJSON *e = cJSON_CreateObject();

		sb_json_add_str(e, "name", plan->events[i].name);
		sb_json_add_i64(e, "count", plan->events[i].count);
		cJSON_AddItemToArray(events, e);
	}
}

static const char *loss_text(char buf[24], const struct sb_link_dir *d)
{
	double mean = lost_share(d);

	if (mean <= 0)
		return "-";
	snprintf(buf, 24, "%.3g%%", 100 * mean);
	return buf;
}

static const char *rate_text(char buf[SB_UNIT_BUF], uint64_t rate_bps)
{
	return rate_bps
		   ? sb_format_rate(buf, rate_bps >= 1000000 ? rate_bps / 1000 * 1000 : rate_bps)
		   : "-";
}

static const struct sb_text_column columns[] = {
    {"scenario", 0, -NAME_WIDTH},
    {"RTT", 1, 9},
    {"down", 2, 9},
    {"up", 1, 9},
    {"lost", 2, 6},
    {"lost", 1, 6},
    {"origin", 2, -9},
    {"description; what TCP gets, and of the mean rate (rates and losses: down, up)", 2, 0},
};

static void print_one(struct sb_text_table *t, const struct sb_scenario *sc,
		      const struct sb_plan *plan)
{
	const struct sb_link_state *up = &plan->links[0].dir[SB_UP].initial;
	const struct sb_link_state *down = &plan->links[0].dir[SB_DOWN].initial;
	sb_auto_free char *about = sb_clean(plan->about ? plan->about : "");
	sb_auto_free char *said = sb_clean(tcp_of(sc));
	sb_auto_free char *tcp = sb_list_tcp_text(said, sb_list_capacity_bps(plan));
	char rate[SB_UNIT_BUF], loss[24];

	sb_text_cell(t, "%s", plan->name);
	sb_text_cell(t, "%.4g ms", ms(up->delay_ns + down->delay_ns));
	sb_text_cell(t, "%s", rate_text(rate, down->rate_bps));
	sb_text_cell(t, "%s", rate_text(rate, up->rate_bps));
	sb_text_cell(t, "%s", loss_text(loss, &plan->links[0].dir[SB_DOWN]));
	sb_text_cell(t, "%s", loss_text(loss, &plan->links[0].dir[SB_UP]));
	sb_text_cell(t, "%s", origin_of(sc));
	sb_text_cell(t, "%s%s%s", about, *tcp ? "; " : "", tcp);
}

/* One that is wrong is said, and does not keep the others from being listed. */
static void list_one(struct listing *l, struct sb_text_table *t, const char *file)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	if (sb_scenario_load(file, NULL, 0, &sc, &err) || sb_plan_make(sc, &plan, &err))
		l->status = sb_die(&err);
	else if (l->json)
		add_json(l, file, sc, plan);
	else
		print_one(t, sc, plan);
	sb_plan_free(plan);
	sb_scenario_free(sc);
}

static int run_list(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct sb_text_table t = {.to = stdout, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	struct listing l = {0};
	struct sb_err err = {0};
	bool given = false;
	int more;

	while ((more = sb_args_next(&a, &err)) > 0) {
		if (a.option)
			l.json = true;
		else if (add_given(&l, a.value, &err))
			break;
		else
			given = true;
	}
	if (!more && !given && add_shipped(&l, &err))
		more = -1;
	if (more) {
		l.status = sb_die(&err);
	} else {
		l.array = cJSON_CreateArray();
		if (!l.json)
			sb_text_head(&t, NULL);
		for (size_t i = 0; i < l.count; i++)
			list_one(&l, &t, l.files[i]);
	}
	if (!more && l.json) {
		sb_auto_free char *text = cJSON_Print(l.array);

		if (text)
			puts(text);
	}
	cJSON_Delete(l.array);
	for (size_t i = 0; i < l.count; i++)
		free(l.files[i]);
	free(l.files);
	return l.status;
}

static const struct sb_option options[] = {
    {"json", 0, NULL, "everything listed, as an array"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed list",
    "satbed list my.ini scenarios",
    "satbed list --json | jq -r '.[] | select(.rtt_ms > 500) | .file'",
    NULL,
};

const struct sb_command sb_cmd_list = {
    "list",  "[FILE|DIR ...]", "list scenarios: round trips, rates, losses",
    options, examples,	       run_list,
};
