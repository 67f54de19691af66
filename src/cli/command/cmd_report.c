// SPDX-License-Identifier: MIT
/* cmd_report.c - satbed report */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"
#include "satbed/report_qlog.h"
#include "satbed/run.h"

static const struct sb_option options[] = {
    {"output", 'o', "FILE", "the page (default: report.html in the directory)"},
    {"svg", 0, "DIR", "figures for papers there, as SVG: goodput, delay, cwnd, sequence"},
    {"gnuplot", 0, "DIR", "the same as data and scripts for gnuplot"},
    {"qlog", 0, "FILE", "TCP flows and links as qlog (JSON-SEQ), for qvis and other tools"},
    {0},
};

static const char *const examples[] = {
    "satbed report captures/leo-lossy-20261123-210204",
    "satbed report captures/leo-lossy-20261123-210204 -o leo-lossy.html",
    "satbed report captures/leo-lossy-20261123-210204 --svg figures --gnuplot figures",
    "satbed report captures/leo-lossy-20261123-210204 --qlog leo-lossy.sqlog",
    NULL,
};

struct request {
	const char *directory, *output, *svg, *gnuplot, *qlog;
};

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		if (args->option && !strcmp(args->option->name, "svg"))
			r->svg = args->value;
		else if (args->option && !strcmp(args->option->name, "gnuplot"))
			r->gnuplot = args->value;
		else if (args->option && !strcmp(args->option->name, "qlog"))
			r->qlog = args->value;
		else if (args->option)
			r->output = args->value;
		else if (r->directory)
			return sb_fail(err, SB_EINPUT, 0,
				       "report takes one directory, not also \"%s\"", args->value);
		else
			r->directory = args->value;
	}
	if (!rc && !r->directory)
		return sb_fail(err, SB_EINPUT, 0,
			       "report needs a run's directory: satbed report captures/NAME-TIME");
	return rc;
}

/* Before anything is written: a comparison has series in each of its runs, and none of its own. */
static int check_figures(const struct request *r, struct sb_err *err)
{
	sb_auto_free char *comparison = sb_asprintf("%s/compare.json", r->directory);

	if ((!r->svg && !r->gnuplot && !r->qlog) || access(comparison, F_OK))
		return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "report: %s is a comparison, but figures and qlog show one run; name one in %s/runs",
	    r->directory, r->directory);
}

static int report_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {0};
	struct sb_err err = {0};

	if (read_request(&r, &args, &err) || check_figures(&r, &err) ||
	    (sb_run_is_cut_off(r.directory) && sb_run_recover(r.directory, false, &err)) ||
	    sb_report_dir(r.directory, r.output, &err))
		return sb_die(&err);
	if ((r.svg || r.gnuplot) && sb_report_figures(r.directory, r.svg, r.gnuplot, &err))
		return sb_die(&err);
	if (r.qlog && sb_report_qlog(r.directory, r.qlog, &err))
		return sb_die(&err);
	if (r.output)
		printf("%s\n", r.output);
	else
		printf("%s/report.html\n", r.directory);
	return 0;
}

const struct sb_command sb_cmd_report = {
    .name = "report",
    .args = "DIR",
    .summary = "write the page of a run: verdict, tables, charts",
    .options = options,
    .examples = examples,
    .run = report_command,
};
