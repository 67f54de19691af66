// SPDX-License-Identifier: MIT
/* cmd_down.c - satbed down: take a testbed down, and wait until it has gone */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/testbed_text.h"
#include "cli/cli.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"

#define DOWN_MS 60000
#define GONE_NS (10 * SB_NS_PER_S)

static const struct sb_option options[] = {
    {"all", 'a', NULL, "all testbeds of this user"},
    {"quiet", 'q', NULL, "say nothing but errors"},
    {0},
};

static const char *const examples[] = {
    "satbed down              the only one",
    "satbed down leo-lossy    one of several",
    "satbed down --all",
    NULL,
};

static pid_t supervisor_of(const char *name)
{
	struct sb_supervisor_entry *list;
	size_t count;
	pid_t pid = 0;

	if (sb_supervisor_list(&list, &count, NULL))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			pid = list[i].pid;
	free(list);
	return pid;
}

static void await_exit(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 2 * SB_NS_PER_MS};
	int64_t deadline_ns = sb_mono_ns() + GONE_NS;

	while (pid && (!kill(pid, 0) || errno != ESRCH) && sb_mono_ns() < deadline_ns)
		nanosleep(&pause, NULL);
}

static int take_down(const char *name, bool quiet, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *answer = NULL;
	char found[SB_NAME_MAX];
	int fd = sb_supervisor_connect(name, found, err), rc = -1;
	pid_t pid = 0;

	sb_json_add_str(request, "op", "down");
	if (fd >= 0) {
		pid = supervisor_of(found);
		rc = sb_supervisor_ask(fd, request, "down", DOWN_MS, &answer, err);
		if (rc && pid)
			sb_wrap(err, "testbed %s is still up (supervisor %d)", found, (int)pid);
	}
	if (!rc) {
		await_exit(pid);
		if (!quiet)
			printf("%s is down, in %.0f ms\n", found, sb_bed_number(answer, "ms", 0));
	}
	sb_close_p(&fd);
	cJSON_Delete(request);
	cJSON_Delete(answer);
	return rc;
}

static int take_all_down(bool quiet, struct sb_err *err)
{
	struct sb_supervisor_entry *list;
	size_t count, up = 0;
	int rc = 0;

	if (sb_supervisor_list(&list, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!list[i].pid) {
			sb_supervisor_forget(list[i].name);
			continue;
		}
		up++;
		if (take_down(list[i].name, quiet, err))
			rc = -1;
	}
	free(list);
	if (!up && !quiet)
		puts("no testbed is up");
	return rc;
}

static int run_down(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	bool all = false, quiet = false;
	const char *name = NULL;
	struct sb_err err = {0};
	int more;

	while ((more = sb_args_next(&args, &err)) > 0) {
		if (args.option && !strcmp(args.option->name, "all")) {
			all = true;
		} else if (args.option) {
			quiet = true;
		} else if (name) {
			sb_fail(&err, SB_EINPUT, 0, "expected one testbed, not also \"%s\"",
				args.value);
			return sb_die(&err);
		} else {
			name = args.value;
		}
	}
	if (more < 0)
		return sb_die(&err);
	if (all && name) {
		sb_fail(&err, SB_EINPUT, 0, "either a name or --all");
		return sb_die(&err);
	}
	if (all ? take_all_down(quiet, &err) : take_down(name, quiet, &err))
		return sb_die(&err);
	return 0;
}

const struct sb_command sb_cmd_down = {
    .name = "down",
    .args = "[NAME]",
    .summary = "take a testbed down",
    .options = options,
    .examples = examples,
    .run = run_down,
};
