// SPDX-License-Identifier: MIT
/* cmd_clean.c - satbed clean: what a run that was cut off has left with container daemons */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "satbed/base/clean.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/cleanup.h"

/**
 * struct told - what has been said so far
 * @json:	lists by fate; NULL = lines
 * @runs:	names of the runs that something was removed of
 */
struct told {
	bool dry_run;
	cJSON *json;
	size_t things, left, problems, run_count, run_room;
	char **runs;
};

static const char *const fates[] = {"removed", "left", "failed", "unreached", "named"};

static void count_run(struct told *t, const char *run)
{
	for (size_t i = 0; i < t->run_count; i++)
		if (!strcmp(t->runs[i], run))
			return;
	t->runs = sb_grow(t->runs, t->run_count, &t->run_room, sizeof(char *));
	t->runs[t->run_count++] = sb_strdup(run);
}

static void say(const struct told *t, const struct sb_cleanup_item *item, const char *why)
{
	switch (item->fate) {
	case SB_CLEANUP_REMOVED:
		printf("%s %s %s%s%s%s\n", t->dry_run ? "would remove" : "removed", item->kind,
		       item->name, *item->daemon ? " (" : "", item->daemon,
		       *item->daemon ? ")" : "");
		break;
	case SB_CLEANUP_LEFT:
		printf("left %s %s (%s): %s\n", item->kind, item->name, item->daemon, why);
		break;
	case SB_CLEANUP_FAILED:
		fprintf(stderr, "satbed: %s %s is still there: %s\n", item->kind, item->name, why);
		break;
	case SB_CLEANUP_NAMED:
		printf("not removed: %s %s (%s): %s\n", item->kind, item->name, item->daemon, why);
		break;
	case SB_CLEANUP_UNREACHED:
		if (!strcmp(item->kind, "journal"))
			fprintf(stderr,
				"satbed: leftovers of run %s stay for now: %s\n  `satbed clean` "
				"again when that daemon runs; if it is gone for good: rm %s\n",
				item->run, why, item->name);
		else
			fprintf(stderr, "satbed: not looked at: %s\n", why);
		break;
	}
	fflush(stdout);
}

static void add_json(cJSON *to, const struct sb_cleanup_item *item, const char *why)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "kind", item->kind);
	sb_json_add_str(obj, "name", item->name);
	sb_json_add_str(obj, "run", item->run);
	sb_json_add_str(obj, "daemon", item->daemon);
	sb_json_add_i64(obj, "uid", item->uid);
	if (item->fate != SB_CLEANUP_REMOVED)
		sb_json_add_str(obj, "why", why);
	cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(to, fates[item->fate]), obj);
}

static void take(const struct sb_cleanup_item *item, void *ctx)
{
	sb_auto_free char *why = sb_clean(item->why);
	struct told *t = ctx;

	if (item->fate == SB_CLEANUP_REMOVED) {
		t->things++;
		if (*item->run)
			count_run(t, item->run);
	} else if (item->fate == SB_CLEANUP_LEFT) {
		t->left++;
	} else if (item->fate != SB_CLEANUP_NAMED) {
		t->problems++;
	}
	if (t->json)
		add_json(t->json, item, why);
	else
		say(t, item, why);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void say_sum(const struct told *t)
{
	sb_auto_free char *left = NULL;

	if (t->left)
		left = sb_asprintf("; left %zu run%s alone", t->left, plural(t->left));
	if (t->things)
		printf("%s %zu thing%s of %zu run%s%s\n", t->dry_run ? "would remove" : "removed",
		       t->things, plural(t->things), t->run_count, plural(t->run_count),
		       left ? left : "");
	else if (!t->problems)
		printf("nothing to clean up%s\n",
		       left ? left
			    : ": no interrupted run; the native engine leaves nothing behind");
}

static void print_json(const struct told *t, int status)
{
	sb_auto_free char *text = NULL;

	sb_json_add_bool(t->json, "dry_run", t->dry_run);
	sb_json_add_i64(t->json, "status", status);
	text = cJSON_Print(t->json);
	if (text)
		puts(text);
}

static int read_args(struct sb_args *a, struct sb_cleanup_request *out, bool *json,
		     struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(a, err)) > 0) {
		if (!a->option)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "clean takes no argument, not \"%s\": it removes what interrupted runs "
			    "left; to see it first: satbed clean --dry-run",
			    a->value);
		if (!strcmp(a->option->name, "json"))
			*json = true;
		else if (!strcmp(a->option->name, "dry-run"))
			out->dry_run = true;
		else
			out->all_users = true;
	}
	return more;
}

static int run_clean(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct told told = {0};
	struct sb_cleanup_request request = {.told = take, .ctx = &told};
	struct sb_err err = {0};
	bool json = false;
	int status = 0;

	if (read_args(&a, &request, &json, &err))
		return sb_die(&err);
	told.dry_run = request.dry_run;
	if (json) {
		told.json = cJSON_CreateObject();
		for (size_t i = 0; i < SB_ARRAY_LEN(fates); i++)
			cJSON_AddArrayToObject(told.json, fates[i]);
	}
	sb_interrupts_catch();
	if (sb_cleanup(&request, &err))
		/* What was told of one by one needs no second line. */
		status =
		    told.problems && !json && err.code != SB_EINTERRUPTED && err.code != SB_EINPUT
			? sb_exit_status(err.code)
			: sb_die(&err);
	if (json)
		print_json(&told, status);
	else
		say_sum(&told);
	for (size_t i = 0; i < told.run_count; i++)
		free(told.runs[i]);
	free(told.runs);
	cJSON_Delete(told.json);
	return status;
}

static const struct sb_option options[] = {
    {"dry-run", 'n', NULL, "only say what would be removed"},
    {"all-users", 0, NULL, "also leftovers of other users' runs"},
    {"json", 0, NULL, "print what was removed, kept and not reached as JSON"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed clean --dry-run",
    "satbed clean",
    "sudo satbed clean --all-users",
    "satbed clean --json | jq '.removed | length'",
    NULL,
};

const struct sb_command sb_cmd_clean = {
    "clean", "",       "remove what interrupted runs left in container daemons",
    options, examples, run_clean,
};
