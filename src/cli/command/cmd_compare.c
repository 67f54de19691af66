// SPDX-License-Identifier: MIT
/* cmd_compare.c - satbed compare */
#include <stdlib.h>
#include <string.h>

#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/compare.h"

#define DEFAULT_ROUNDS	10
#define DEFAULT_RETRIES 2

static const struct sb_option options[] = {
    {"arm", 'a', "ARM",
     "[NAME=]ENGINE[:PATH[:PLACEMENT]][:BACKEND][,KEY=VALUE...], or KEY=VALUE alone; repeated, the "
     "first is the "
     "baseline"},
    {"rounds", 'n', "NUMBER", "how often each arm runs (default: 10)"},
    {"retries", 0, "NUMBER", "how often an INVALID or failed run is repeated (default: 2)"},
    {"unshaped", 0, NULL, "run each arm without a link, too: the cost of the path itself"},
    {"set", 's', "SECTION.KEY=VALUE", "override one key of the scenario for all arms"},
    {"image", 0, "NAME", "container image of the nodes of all arms"},
    {"seed", 0, "NUMBER", "seed of the timeline, the order of runs and the intervals"},
    {"duration", 'd', "TIME", "length of each run, such as 10s"},
    SB_OPTIONS_CLOCK,
    {"jobs", 'j', "NUMBER", "runs side by side, on the virtual clock only (default: 1)"},
    {"resume", 0, "DIR", "continue an interrupted comparison"},
    {"out", 'o', "DIR", "directory of the results (default: captures/NAME-compare-TIME)"},
    SB_OPTIONS_EXPECT,
    {"json", 0, NULL, "print compare.json instead of the table"},
    SB_OPTIONS_LIVE,
    SB_OPTIONS_LOG,
    {0},
};

static const char *const examples[] = {
    "satbed compare scenarios/leo-lossy.ini --arm native:bridge --arm native:slirp:inside",
    "satbed compare scenarios/leo-lossy.ini --arm cubic=native --arm bbr=native,flow.bulk.cc=bbr",
    "satbed compare scenarios/geo-small.ini --arm docker:bridge --arm docker-rootless:slirp -n 20",
    "satbed compare scenarios/leo-lossy.ini      # every path this machine can run",
    "satbed compare scenarios/leo-lossy.ini --clock virtual --arm native,kernel=6.1 --arm "
    "native,kernel=6.12 --jobs 2",
    "satbed compare --resume captures/leo-lossy-compare-20261125-120000",
    NULL,
};

struct request {
	struct sb_scenario_args chosen;
	struct sb_compare_options o;
	const char **arms;
	size_t arm_room;
};

static int take_option(void *own, const char *name, const char *value, struct sb_err *err)
{
	struct request *r = own;

	if (!strcmp(name, "rounds"))
		return sb_parse_option(name, value, 1, SB_MAX_ROUNDS, &r->o.rounds, err);
	if (!strcmp(name, "retries"))
		return sb_parse_option(name, value, 0, 100, &r->o.retries, err);
	if (!strcmp(name, "jobs"))
		return sb_parse_option(name, value, 1, 64, &r->o.jobs, err);
	if (!strcmp(name, "arm")) {
		r->arms = sb_grow(r->arms, r->o.arm_count, &r->arm_room, sizeof(*r->arms));
		r->arms[r->o.arm_count++] = value;
	} else if (!strcmp(name, "out")) {
		r->o.out_dir = value;
	} else if (!strcmp(name, "resume")) {
		r->o.resume = value;
	} else if (!strcmp(name, "junit")) {
		r->o.junit = value;
	} else if (!strcmp(name, "summary")) {
		r->o.summary = value;
	} else if (!strcmp(name, "metrics")) {
		r->o.metrics = value;
	} else if (!strcmp(name, "serve")) {
		r->o.serve = value;
	} else if (!strcmp(name, "serve-token")) {
		r->o.serve_token = value;
	} else if (!strcmp(name, "unshaped")) {
		r->o.unshaped = true;
	} else if (!strcmp(name, "json")) {
		r->o.json = true;
	} else if (!strcmp(name, "plain")) {
		r->o.plain = true;
	} else if (!strcmp(name, "quiet")) {
		r->o.quiet = true;
	}
	return 0;
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	if (sb_scenario_args_read(&r->chosen, args, take_option, r, err))
		return -1;
	if (r->o.resume &&
	    (r->chosen.file || r->o.arm_count || r->chosen.set_count || r->o.out_dir))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--resume continues as %s says; it takes no scenario, arms, settings or --out",
		    r->o.resume);
	if (!r->o.resume && !r->chosen.file)
		return sb_fail(err, SB_EINPUT, 0,
			       "compare needs a scenario: satbed compare scenarios/leo-lossy.ini");
	r->o.file = r->chosen.file;
	r->o.sets = (const char *const *)r->chosen.sets;
	r->o.set_count = r->chosen.set_count;
	r->o.arms = r->arms;
	return 0;
}

static int compare_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {.o = {.rounds = DEFAULT_ROUNDS, .retries = DEFAULT_RETRIES}};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	if (read_request(&r, &args, &err) || sb_compare(&r.o, &status, &err))
		status = sb_die(&err);
	sb_scenario_args_fini(&r.chosen);
	free(r.arms);
	return status;
}

const struct sb_command sb_cmd_compare = {
    .name = "compare",
    .args = "FILE",
    .summary = "compare arms on the same timeline, with statistics",
    .options = options,
    .examples = examples,
    .run = compare_command,
};
