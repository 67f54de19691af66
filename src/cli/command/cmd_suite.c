// SPDX-License-Identifier: MIT
/* cmd_suite.c - satbed suite */
#include <stdlib.h>
#include <string.h>

#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/suite.h"

static const struct sb_option options[] = {
    {"only", 0, "NAMES", "only these links or bursts, comma-separated"},
    {"sizes", 0, "SIZES", "quic-4-sat: only these files, such as 2MB,10MB"},
    {"cc", 0, "NAMES", "congestion controls, comma-separated (quic-4-sat: one)"},
    {"loss", 0, "SHARE", "shape: the mean loss (default: 1.4%)"},
    {"duration", 'd', "TIME", "shape: length of each run (default: 20s)"},
    {"server", 0, "CMD", "your own server instead of satbed's; {bytes}, {port} are replaced"},
    {"client", 0, "CMD", "your own client, which exits when it has everything"},
    {"files", 0, "FILES", "files they need, space-separated"},
    {"interop", 0, "IMAGES",
     "quic-4-sat: images of the QUIC Interop Runner, each as server and client"},
    {"testcase", 0, "NAME", "what --interop images are to do: transfer (default), http3, ..."},
    {"engine", 'e', "NAME", "engine of all runs: docker, podman, ..."},
    {"set", 's', "SECTION.KEY=VALUE", "override one key of all scenarios; may be repeated"},
    SB_OPTIONS_CLOCK,
    {"jobs", 'j', "NUMBER", "runs side by side, on the virtual clock only (default: 1)"},
    {"retries", 0, "NUMBER", "how often an INVALID or failed run is repeated (default: 0)"},
    {"resume", 0, "DIR", "continue an interrupted suite"},
    {"out", 'o', "DIR", "directory of the results (default: captures/suite-NAME-TIME)"},
    SB_OPTION_SUMMARY,
    {"json", 0, NULL, "print suite.json instead of the table"},
    {"quiet", 'q', NULL, "print only warnings and errors on stderr"},
    {0},
};

static const char *const examples[] = {
    "satbed suite quic-4-sat --only small --sizes 2MB",
    "satbed suite shape --cc cubic,bbr --duration 10s",
    "satbed suite shape --clock virtual --jobs 4",
    "satbed suite --resume captures/suite-shape-20261125-120000",
    "satbed suite quic-4-sat --server './server {port} {bytes}' --client './client {server} "
    "{port}'",
    "satbed suite quic-4-sat --interop cloudflare/quiche-qns,privateoctopus/picoquic --engine "
    "docker",
    NULL,
};

struct request {
	struct sb_suite_options suite;
	const char *name;
	struct sb_scenario_args chosen; /* what is set */
};

static void take_option(struct request *r, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **to;
	} texts[] = {{"only", &r->suite.only},
		     {"sizes", &r->suite.sizes},
		     {"cc", &r->suite.ccs},
		     {"loss", &r->suite.loss},
		     {"duration", &r->suite.duration},
		     {"server", &r->suite.server},
		     {"client", &r->suite.client},
		     {"files", &r->suite.files},
		     {"out", &r->suite.out_dir},
		     {"summary", &r->suite.summary},
		     {"interop", &r->suite.interop},
		     {"testcase", &r->suite.testcase},
		     {"resume", &r->suite.resume}};

	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++)
		if (!strcmp(name, texts[i].name))
			*texts[i].to = value;
	if (!strcmp(name, "json"))
		r->suite.json = true;
	if (!strcmp(name, "quiet"))
		r->suite.quiet = true;
	if (!strcmp(name, "set"))
		sb_scenario_args_set(&r->chosen, value);
	if (!strcmp(name, "clock") || !strcmp(name, "kernel") || !strcmp(name, "engine")) {
		sb_auto_free char *set = sb_asprintf("testbed.%s=%s", name, value);

		sb_scenario_args_set(&r->chosen, set);
	}
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		if (args->option && !strcmp(args->option->name, "jobs")) {
			if (sb_parse_option("jobs", args->value, 1, 64, &r->suite.jobs, err))
				return -1;
		} else if (args->option && !strcmp(args->option->name, "retries")) {
			if (sb_parse_option("retries", args->value, 0, 100, &r->suite.retries, err))
				return -1;
		} else if (args->option)
			take_option(r, args->option->name, args->value);
		else if (r->name)
			return sb_fail(err, SB_EINPUT, 0, "suite takes one name, not also \"%s\"",
				       args->value);
		else
			r->name = args->value;
	}
	if (!rc && r->suite.resume && (r->name || r->suite.out_dir || r->chosen.set_count))
		return sb_fail(err, SB_EINPUT, 0,
			       "--resume continues as %s says; it takes no name, settings or --out",
			       r->suite.resume);
	if (!rc && !r->name && !r->suite.resume)
		return sb_fail(err, SB_EINPUT, 0,
			       "suite needs a name: satbed suite quic-4-sat, or shape");
	r->suite.sets = (const char *const *)r->chosen.sets;
	r->suite.set_count = r->chosen.set_count;
	return rc;
}

static int run_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {0};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	sb_log_set_level(SB_LOG_WARN);
	if (read_request(&r, &args, &err) || sb_suite_run(r.name, &r.suite, &status, &err))
		status = sb_die(&err);
	sb_scenario_args_fini(&r.chosen);
	return status;
}

const struct sb_command sb_cmd_suite = {
    .name = "suite",
    .args = "quic-4-sat|shape",
    .summary = "run a set of scenarios: objectives, or loss by its shape",
    .options = options,
    .examples = examples,
    .run = run_command,
};
