// SPDX-License-Identifier: MIT
/* cmd_up.c - satbed up: a testbed that stands until it is taken down */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/testbed_text.h"
#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"

static const struct sb_option options[] = {
    {"name", 'n', "NAME", "what to call it (default: the scenario's name)"},
    SB_OPTIONS_SCENARIO,
    {"capture", 0, "DIR", "write pcap files there until satbed down"},
    {"no-events", 0, NULL, "do not play the scenario's events and jitter"},
    {"json", 0, NULL, "print its row of satbed ps --json"},
    SB_OPTIONS_SERVE,
    SB_OPTIONS_LOG,
    {0},
};

static const char *const examples[] = {
    "satbed up scenarios/leo-lossy.ini",
    "satbed up scenarios/leo-lossy.ini --name second --set testbed.clients=3",
    "satbed up scenarios/leo-lossy.ini --no-events --capture /tmp/pcaps",
    "satbed up scenarios/leo-lossy.ini --no-events --serve 127.0.0.1:8080",
    NULL,
};

struct request {
	struct sb_scenario_args chosen;
	const char *capture, *serve, *serve_token;
	bool no_events, json;
};

static int take_option(void *own, const char *name, const char *value, struct sb_err *err)
{
	struct request *r = own;

	(void)err;
	if (!strcmp(name, "capture"))
		r->capture = value;
	else if (!strcmp(name, "serve"))
		r->serve = value;
	else if (!strcmp(name, "serve-token"))
		r->serve_token = value;
	else if (!strcmp(name, "no-events"))
		r->no_events = true;
	else if (!strcmp(name, "json"))
		r->json = true;
	return 0;
}

/* The supervisor outlives this directory: others are told the whole path. */
static char *whole_path(const char *path)
{
	char here[PATH_MAX];

	if (!path || path[0] == '/' || !getcwd(here, sizeof(here)))
		return sb_strdup(path);
	return sb_asprintf("%s/%s", here, path);
}

/* "NAME:" where the name is needed, because other testbeds are up. */
static const char *prefix(char buf[SB_NAME_MAX + 1], const char *name)
{
	struct sb_supervisor_entry *list;
	size_t count, serving = 0;

	buf[0] = '\0';
	if (sb_supervisor_list(&list, &count, NULL))
		return buf;
	for (size_t i = 0; i < count; i++)
		serving += list[i].serving;
	free(list);
	if (serving > 1)
		snprintf(buf, SB_NAME_MAX + 1, "%s:", name);
	return buf;
}

/* Something that works there: images often have no ping, and not every daemon's relay carries it.
 */
static void print_command(const cJSON *ps, const char *p)
{
	const cJSON *server = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(ps, "nodes"), 0);
	const cJSON *address =
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(server, "addresses"),
			       sb_bed_number(ps, "ip_version", 4) == 6);
	sb_auto_free char *engine = sb_testbed_text(ps, "engine");

	if (!strcmp(engine, "native") && cJSON_IsString(address))
		printf("  satbed exec %sclient1 -- ping -c 3 %s\n", p, address->valuestring);
	else
		printf("  satbed exec %sclient1 -- cat /etc/os-release\n", p);
}

static void print_next(const cJSON *ps, const char *name)
{
	char buf[SB_NAME_MAX + 1];
	const char *p = prefix(buf, name);

	printf("take it down with: satbed down %s\n", name);
	sb_bed_nodes(stdout, ps);
	puts("next, for example:");
	print_command(ps, p);
	printf("  satbed shell %sclient1\n"
	       "  satbed link %sclient1.down loss=5%% delay=40ms\n",
	       p, p);
}

static int bring_up(struct request *r, struct sb_err *err)
{
	sb_auto_free char *capture = whole_path(r->capture);
	struct sb_keep_request keep = {.capture_dir = capture,
				       .events = !r->no_events,
				       .serve = r->serve,
				       .serve_token = r->serve_token};
	struct sb_plan *plan = NULL;
	cJSON *ps = NULL;
	int rc;

	if (sb_scenario_args_plan(&r->chosen, "up", &plan, err))
		return -1;
	keep.plan = plan;
	keep.name = plan->name;
	rc = sb_supervisor_start(&keep, &ps, err);
	if (!rc && r->json) {
		sb_auto_free char *text = cJSON_Print(ps);

		puts(text ? text : "null");
	} else if (!rc) {
		sb_bed_head(stdout, ps);
		print_next(ps, plan->name);
	}
	cJSON_Delete(ps);
	sb_plan_free(plan);
	return rc;
}

static int run_up(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {0};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	if (sb_scenario_args_read(&r.chosen, &args, take_option, &r, &err) || bring_up(&r, &err))
		status = sb_die(&err);
	sb_scenario_args_fini(&r.chosen);
	return status;
}

const struct sb_command sb_cmd_up = {
    .name = "up",
    .args = "FILE",
    .summary = "bring up a scenario's testbed and leave it running",
    .options = options,
    .examples = examples,
    .run = run_up,
};
