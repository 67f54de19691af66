// SPDX-License-Identifier: MIT
/* cmd_kernel.c - satbed kernel build, list, remove: kernels for the virtual clock */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/text_table.h"
#include "satbed/base/units.h"
#include "satbed/kernel.h"
#include "satbed/kernel_build.h"

#define JOBS_MAX 1024

struct kernel_args {
	const char *action;
	const char **names, **patches, **modules;
	size_t name_count, name_room, patch_count, patch_room, module_count, module_room;
	const char *source;
	size_t jobs;
	bool json, quiet;
};

static void add(const char ***list, size_t *count, size_t *room, const char *value)
{
	*list = sb_grow(*list, *count, room, sizeof(**list));
	(*list)[(*count)++] = value;
}

static int take_option(struct kernel_args *out, const char *name, const char *value,
		       struct sb_err *err)
{
	if (!strcmp(name, "source"))
		out->source = value;
	else if (!strcmp(name, "patch"))
		add(&out->patches, &out->patch_count, &out->patch_room, value);
	else if (!strcmp(name, "module-source"))
		add(&out->modules, &out->module_count, &out->module_room, value);
	else if (!strcmp(name, "jobs"))
		return sb_parse_option(name, value, 1, JOBS_MAX, &out->jobs, err);
	else if (!strcmp(name, "json"))
		out->json = true;
	else
		out->quiet = true;
	return 0;
}

static int read_args(struct sb_args *a, struct kernel_args *out, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(a, err)) > 0) {
		if (a->option) {
			if (take_option(out, a->option->name, a->value, err))
				return -1;
		} else if (!out->action) {
			out->action = a->value;
		} else {
			add(&out->names, &out->name_count, &out->name_room, a->value);
		}
	}
	return more;
}

/* --- build --- */

struct bar {
	const char *step;
	int64_t drawn_ns, began_ns;
	bool terminal, shown, quiet;
};

static void draw(struct bar *bar, uint64_t done, uint64_t total, const char *unit, int64_t now)
{
	bool bytes = !strcmp(unit, "bytes");
	uint64_t scale = bytes ? 1000000 : 1;
	double left_s =
	    done ? (double)(now - bar->began_ns) / 1e9 * (double)(total - done) / (double)done : 0;

	fprintf(stderr, "\r\033[K%s", bar->step);
	if (total)
		fprintf(stderr, " %3" PRIu64 " %%, %" PRIu64 " of %" PRIu64 " %s",
			done * 100 / total, done / scale, total / scale, bytes ? "MB" : unit);
	else if (done)
		fprintf(stderr, " %" PRIu64 " %s", done / scale, bytes ? "MB" : unit);
	if (total && done && now - bar->began_ns > 3 * SB_NS_PER_S)
		fprintf(stderr, ", %.0f s left", left_s);
	fflush(stderr);
	bar->drawn_ns = now;
	bar->shown = true;
}

/* What is expected is what the last build was: never more than 99 % of it before the end. */
static void show_progress(void *ctx, const char *step, uint64_t done, uint64_t total,
			  const char *unit)
{
	struct bar *bar = ctx;
	int64_t now = sb_mono_ns();
	bool next = !bar->step || strcmp(bar->step, step) != 0;

	if (bar->quiet)
		return;
	if (next) {
		bar->step = step;
		bar->began_ns = now;
		if (!bar->terminal)
			fprintf(stderr, "satbed: %s\n", step);
	}
	if (total && done >= total)
		total = done + done / 99 + 1;
	if (bar->terminal && (next || now - bar->drawn_ns > 100 * SB_NS_PER_MS))
		draw(bar, done, total, unit, now);
}

static cJSON *kernel_json(const struct sb_kernel *k)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "name", k->name);
	sb_json_add_str(obj, "version", k->version);
	sb_json_add_str(obj, "hash", k->hash);
	sb_json_add_str(obj, "program", k->program);
	sb_json_add_str(obj, "config", k->config);
	sb_json_add_str(obj, "changes", k->changes);
	sb_json_add_i64(obj, "size_bytes", k->size_bytes);
	sb_json_add_i64(obj, "built_at_s", k->built_at_s);
	cJSON_AddBoolToObject(obj, "system", k->system);
	return obj;
}

static void print_json(cJSON *json)
{
	sb_auto_free char *text = cJSON_Print(json);

	if (text)
		puts(text);
	cJSON_Delete(json);
}

static int build(const struct kernel_args *args, struct sb_err *err)
{
	struct bar bar = {.terminal = isatty(STDERR_FILENO), .quiet = args->quiet};
	struct sb_kernel_request request = {.version = args->name_count ? args->names[0] : NULL,
					    .source = args->source,
					    .patches = args->patches,
					    .patch_count = args->patch_count,
					    .modules = args->modules,
					    .module_count = args->module_count,
					    .jobs = (unsigned int)args->jobs,
					    .progress = show_progress,
					    .ctx = &bar};
	int64_t began = sb_mono_ns();
	struct sb_kernel k;
	bool built;
	int rc;

	if (args->name_count > 1)
		return sb_fail(err, SB_EINPUT, 0,
			       "kernel build takes one version, so not \"%s\" as well",
			       args->names[1]);
	if (args->name_count && args->source)
		return sb_fail(err, SB_EINPUT, 0,
			       "--source says which version it is; leave out \"%s\"",
			       args->names[0]);
	rc = sb_kernel_build(&request, &k, &built, err);
	if (bar.shown)
		fputs("\r\033[K", stderr);
	if (rc)
		return -1;
	if (args->json)
		print_json(kernel_json(&k));
	else if (built)
		printf("kernel %s built in %.0f s: %s\n", k.name,
		       (double)(sb_mono_ns() - began) / 1e9, k.program);
	else
		printf("kernel %s is built already: %s\n", k.name, k.program);
	sb_kernel_fini(&k);
	return 0;
}

/* --- list --- */

static void print_row(struct sb_text_table *t, const struct sb_kernel *k)
{
	char when[32] = "";
	time_t at = (time_t)k->built_at_s;
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	sb_text_cell(t, "%s", k->name);
	sb_text_cell(t, "%.1f MB", (double)k->size_bytes / 1e6);
	sb_text_cell(t, "%s", when);
	sb_text_cell(t, "%s", *k->changes ? k->changes : "-");
	sb_text_cell(t, "%.*s", (int)(strlen(k->program) - strlen("/linux") - strlen(k->name) - 1),
		     k->program);
}

static int list(const struct kernel_args *args, struct sb_err *err)
{
	static const struct sb_text_column columns[] = {{"KERNEL", 0, -30},
							{"SIZE", 1, 8},
							{"BUILT", 2, -16},
							{"PATCHES, MODULES", 2, -16},
							{"DIRECTORY", 2, 0}};
	struct sb_text_table t = {.to = stdout, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	struct sb_kernel *kernels;
	size_t count;

	if (args->name_count)
		return sb_fail(err, SB_EINPUT, 0, "kernel list takes no name, so not \"%s\"",
			       args->names[0]);
	if (sb_kernel_list(&kernels, &count, err))
		return -1;
	if (args->json) {
		cJSON *array = cJSON_CreateArray();

		for (size_t i = 0; i < count; i++)
			cJSON_AddItemToArray(array, kernel_json(&kernels[i]));
		print_json(array);
	} else if (!count) {
		puts("no kernel is built; run: satbed kernel build");
	} else {
		sb_text_head(&t, NULL);
		for (size_t i = 0; i < count; i++)
			print_row(&t, &kernels[i]);
	}
	sb_kernel_list_free(kernels, count);
	return 0;
}

/* --- remove --- */

static int remove_one(const char *name, struct sb_err *err)
{
	struct sb_kernel k;
	int rc;

	if (sb_kernel_find(name, &k, err))
		return -1;
	rc = sb_kernel_remove(&k, err);
	if (!rc)
		printf("removed kernel %s\n", k.name);
	sb_kernel_fini(&k);
	return rc;
}

static int remove_named(const struct kernel_args *args, struct sb_err *err)
{
	if (!args->name_count)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "no kernel named; for example: satbed kernel remove 6.12; see: satbed "
		    "kernel list");
	for (size_t i = 0; i < args->name_count; i++)
		if (remove_one(args->names[i], err))
			return -1;
	return 0;
}

/* --- the command --- */

static const struct action {
	const char *name;
	int (*run)(const struct kernel_args *args, struct sb_err *err);
} actions[] = {{"build", build}, {"list", list}, {"remove", remove_named}};

static int run_action(const struct kernel_args *args, struct sb_err *err)
{
	for (size_t i = 0; args->action && i < SB_ARRAY_LEN(actions); i++)
		if (!strcmp(actions[i].name, args->action)) {
			bool building = actions[i].run == build;

			if (!building &&
			    (args->source || args->patch_count || args->module_count || args->jobs))
				return sb_fail(err, SB_EINPUT, 0,
					       "--source, --patch, --module-source and --jobs are "
					       "options of kernel build, not of kernel %s",
					       args->action);
			return actions[i].run(args, err);
		}
	return sb_fail(err, SB_EINPUT, 0,
		       "kernel: expected build, list or remove%s%s%s, as in: satbed kernel build",
		       args->action ? ", not \"" : "", args->action ? args->action : "",
		       args->action ? "\"" : "");
}

static int run_kernel(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct kernel_args args = {0};
	struct sb_err err = {0};
	int rc;

	sb_interrupts_catch();
	rc = read_args(&a, &args, &err) || run_action(&args, &err);
	free(args.names);
	free(args.patches);
	free(args.modules);
	return rc ? sb_die(&err) : 0;
}

static const struct sb_option options[] = {
    {"source", 0, "PATH", "a kernel's source, directory or archive; default: the distribution's"},
    {"patch", 'p', "FILE", "apply a unified diff (-p1); may be repeated"},
    {"module-source", 'm', "DIR",
     "build in C files, or a module with its own Makefile; may be repeated"},
    {"jobs", 'j', "NUMBER", "compilers at a time; default: one for each processor"},
    {"json", 0, NULL, "the kernels as JSON"},
    {"quiet", 'q', NULL, "no progress"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed kernel build",
    "satbed kernel build 6.1",
    "satbed kernel build --source linux-6.12.30.tar.xz --patch bbr3.patch",
    "satbed kernel build 6.12 --module-source ./tcp_mine",
    "satbed kernel list",
    "satbed kernel remove 6.1",
    NULL,
};

const struct sb_command sb_cmd_kernel = {
    "kernel",
    "build|list|remove [VERSION]",
    "build Linux kernels for the virtual clock",
    options,
    examples,
    run_kernel,
};
