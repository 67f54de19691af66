// SPDX-License-Identifier: MIT
/* cmd_sweep.c - satbed sweep, satbed sweep show */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scenario_args.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/sweep.h"

static const struct sb_option options[] = {
    {"vary", 0, "KEY=LEVEL,LEVEL",
     "a factor; repeated, all combinations are run; | separates levels that hold commas, "
     "NAME=LEVEL names one"},
    {"case", 0, "NAME=KEY=VALUE,KEY=VALUE",
     "several keys at once; repeated, the cases are the levels of one factor"},
    {"zip", 0, "KEY,KEY", "these factors go step by step together and are not crossed"},
    {"seeds", 0, "FROM..TO", "seeds that each combination is run with, such as 1..20 or 1,2,5"},
    {"out", 'o', "DIR", "directory of the results (default: captures/NAME-sweep-TIME)"},
    {"resume", 0, "DIR", "go on with a sweep; --vary, --case and --seeds add to it"},
    {"jobs", 'j', "NUMBER",
     "runs side by side, on the virtual clock only (default: all processors)"},
    {"retries", 0, "NUMBER", "how often an INVALID or failed run is repeated (default: 1)"},
    {"captures", 0, NULL, "keep the captures of all runs"},
    {"dry-run", 0, NULL, "print the runs, and an estimate of time, disk and memory"},
    {"yes", 0, NULL, "begin more than 1000 runs"},
    {"slurm", 0, NULL, "let Slurm do the runs, on machines that share the directory"},
    {"slurm-option", 0, "OPTION", "an option for sbatch, such as -pshort; may be repeated"},
    {"max-tasks", 0, "NUMBER", "the most tasks of one job array (default: what Slurm allows)"},
    {"by", 0, "KEY,KEY", "show: the factors that the table is made by (default: all)"},
    {"value", 0, "NAME", "show: what it is a table of, such as goodput.bulk"},
    {"csv", 0, "FILE", "write a row for each run as CSV, - = standard output"},
    {"jsonl", 0, "FILE", "the same, a JSON object a line"},
    {"json", 0, NULL, "show: print the table as JSON"},
    {"set", 's', "SECTION.KEY=VALUE", "override one key of the scenario for all runs"},
    {"duration", 'd', "TIME", "length of each run, such as 10s"},
    SB_OPTIONS_CLOCK,
    {"plain", 0, NULL, "lines instead of a table that grows on the terminal"},
    {"metrics", 0, "ADDR",
     "serve OpenMetrics for Prometheus there, such as 127.0.0.1:9464; loopback only"},
    SB_OPTIONS_SERVE,
    SB_OPTIONS_LOG,
    {0},
};

static const char *const examples[] = {
    "satbed sweep scenarios/geo-medium.ini --clock virtual --vary flow.bulk.cc=cubic,bbr --seeds "
    "1..20 -o geo",
    "satbed sweep scenarios/geo-medium.ini --vary link.down.loss='none|random 0.1%|random 1%' "
    "--seeds 1..5 --dry-run",
    "satbed sweep scenarios/leo-lossy.ini --case geo=link.delay=300ms,link.down.rate=20mbit --case "
    "leo=link.delay=20ms,link.down.rate=100mbit --seeds 1..6",
    "satbed sweep links.ini --dry-run      # a file with [sweep] and the scenario's name in it",
    "satbed sweep --resume geo --seeds 21..40",
    "satbed sweep show geo --by flow.bulk.cc --value goodput.bulk",
    "satbed sweep show geo --csv geo.csv",
    "satbed sweep scenarios/leo-lossy.ini --clock virtual --seeds 1..500 -o /shared/leo --slurm "
    "--slurm-option=-pshort",
    NULL,
};

struct request {
	struct sb_scenario_args chosen;
	struct sb_sweep_options o;
	struct sb_sweep_show_options show;
	struct list {
		const char **words;
		size_t count, room;
	} vary, cases, zips, slurm_options;
};

static void add(struct list *l, const char *word)
{
	l->words = sb_grow(l->words, l->count, &l->room, sizeof(*l->words));
	l->words[l->count++] = word;
}

static int take_option(void *own, const char *name, const char *value, struct sb_err *err)
{
	struct request *r = own;
	const struct {
		const char *name, **text;
		bool *flag;
	} plain[] = {
	    {"seeds", &r->o.seeds, NULL},	{"out", &r->o.out_dir, NULL},
	    {"resume", &r->o.resume, NULL},	{"by", &r->show.by, NULL},
	    {"value", &r->show.value, NULL},	{"csv", &r->o.csv, NULL},
	    {"jsonl", &r->o.jsonl, NULL},	{"slurm", NULL, &r->o.slurm},
	    {"captures", NULL, &r->o.captures}, {"dry-run", NULL, &r->o.dry_run},
	    {"yes", NULL, &r->o.yes},		{"metrics", &r->o.metrics, NULL},
	    {"serve", &r->o.serve, NULL},	{"serve-token", &r->o.serve_token, NULL},
	    {"plain", NULL, &r->o.plain},	{"json", NULL, &r->show.json},
	    {"quiet", NULL, &r->o.quiet},
	};
	const struct {
		const char *name;
		struct list *to;
	} lists[] = {{"vary", &r->vary},
		     {"case", &r->cases},
		     {"zip", &r->zips},
		     {"slurm-option", &r->slurm_options}};
	size_t count;

	if (!strcmp(name, "jobs"))
		return sb_parse_option(name, value, 1, 64, &r->o.jobs, err);
	if (!strcmp(name, "retries")) {
		if (sb_parse_option(name, value, 0, SB_SWEEP_RETRIES_MAX, &count, err))
			return -1;
		r->o.retries = (int)count;
		return 0;
	}
	if (!strcmp(name, "max-tasks"))
		return sb_parse_option(name, value, 1, 1000000, &r->o.max_tasks, err);
	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++) {
		if (!strcmp(name, lists[i].name))
			add(lists[i].to, value);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(plain); i++) {
		if (strcmp(plain[i].name, name) != 0)
			continue;
		if (plain[i].text)
			*plain[i].text = value;
		else
			*plain[i].flag = true;
	}
	return 0;
}

static int check(struct request *r, bool show, struct sb_err *err)
{
	if (show) {
		if (!r->chosen.file)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "sweep show needs a sweep's directory: satbed sweep show geo");
		if (r->o.vary_count || r->o.case_count || r->o.zip_count || r->o.seeds ||
		    r->o.resume || r->chosen.set_count)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "sweep show only looks; to add runs: satbed sweep --resume %s",
			    r->chosen.file);
		return 0;
	}
	if (r->o.slurm_option_count && !r->o.slurm)
		return sb_fail(err, SB_EINPUT, 0, "--slurm-option %s needs --slurm",
			       r->slurm_options.words[0]);
	if (r->show.by || r->show.value || r->show.json)
		return sb_fail(err, SB_EINPUT, 0,
			       "--by, --value and --json are of satbed sweep show DIR");
	if (r->o.resume && (r->chosen.file || r->chosen.set_count || r->o.out_dir))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--resume continues as %s says; it takes no scenario, settings or --out",
		    r->o.resume);
	if (!r->o.resume && !r->chosen.file)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "sweep needs a scenario: satbed sweep scenarios/leo-lossy.ini --clock "
		    "virtual --seeds 1..10");
	return 0;
}

static void take_lists(struct request *r)
{
	r->o.file = r->show.directory = r->chosen.file;
	r->o.sets = (const char *const *)r->chosen.sets;
	r->o.set_count = r->chosen.set_count;
	r->o.vary = r->vary.words;
	r->o.vary_count = r->vary.count;
	r->o.cases = r->cases.words;
	r->o.case_count = r->cases.count;
	r->o.zips = r->zips.words;
	r->o.zip_count = r->zips.count;
	r->o.slurm_options = r->slurm_options.words;
	r->o.slurm_option_count = r->slurm_options.count;
	r->show.csv = r->o.csv;
	r->show.jsonl = r->o.jsonl;
}

static int sweep_command(const struct sb_command *self, int argc, char **argv)
{
	bool show = argc > 1 && !strcmp(argv[1], "show");
	struct sb_args args = {.command = self, .argc = argc - show, .argv = argv + show};
	struct request r = {.o = {.retries = -1}};
	struct sb_err err = {0};
	int status = 0, rc;

	sb_interrupts_catch();
	/* What a task of Slurm is started with: no option, for nobody types it. */
	if (argc == 3 && !strcmp(argv[1], "--slice")) {
		rc = sb_slice_carry_out(argv[2], &status, &err);
		return rc ? sb_die(&err) : status;
	}
	rc = sb_scenario_args_read(&r.chosen, &args, take_option, &r, &err);
	take_lists(&r);
	if (!rc)
		rc = check(&r, show, &err);
	if (!rc)
		rc = show ? sb_sweep_show(&r.show, &err) : sb_sweep_carry_out(&r.o, &status, &err);
	if (rc)
		status = sb_die(&err);
	sb_scenario_args_fini(&r.chosen);
	free(r.vary.words);
	free(r.cases.words);
	free(r.zips.words);
	free(r.slurm_options.words);
	return status;
}

const struct sb_command sb_cmd_sweep = {
    .name = "sweep",
    .args = "[show] [FILE | DIR]",
    .summary = "run every combination of factors and seeds, into one table",
    .options = options,
    .examples = examples,
    .run = sweep_command,
};
