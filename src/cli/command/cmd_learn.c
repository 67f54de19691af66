// SPDX-License-Identifier: MIT
/* cmd_learn.c - satbed learn */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "learn_series.h"
#include "learn_table.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/learn.h"

static const struct sb_option options[] = {
    {"out", 'o', "FILE", "file for the scenario (default: standard output)"},
    {"name", 'n', "NAME", "of the scenario (default: learned)"},
    {"series", 0, NULL,
     "the arguments are KIND=FILE, series of measurements: rtt, delay.up, "
     "delay.down, capacity.up, capacity.down"},
    {"against", 0, "FILE", "with --series: compare them with this scenario, fit nothing"},
    {"profile", 'p', "PROFILE",
     "of a table of ERRANT: operator,country,technology,quality, or the first of these"},
    {"period", 0, "TIME",
     "of a table of ERRANT: rates and delays are drawn anew so often (default: once for the run)"},
    {"figures", 0, "DIR", "with --series: figures there, measured against generated, as SVG"},
    {0},
};

static const char *const examples[] = {
    "satbed learn client1.pcap server-client1.pcap -o learned.ini",
    "satbed learn sender.pcapng -o learned.ini",
    "satbed learn --series rtt=ping.txt capacity.down=iperf3.json -o fitted.ini --figures figures",
    "satbed learn --series capacity.down=other.csv --against fitted.ini",
    "satbed learn profiles.csv --profile telia,sweden,4G,good -o telia.ini",
    NULL,
};

#define MAX_SERIES 256

struct request {
	const char *files[MAX_SERIES], *out, *name, *against, *figures, *profile, *period;
	size_t count;
	bool series;
};

static int check_request(const struct request *r, struct sb_err *err)
{
	if (r->series && !r->count)
		return sb_fail(err, SB_EINPUT, 0,
			       "learn --series needs KIND=FILE: for example rtt=ping.txt");
	if (r->series)
		return r->against && r->out
			   ? sb_fail(err, SB_EINPUT, 0,
				     "--against compares and fits nothing: no --out with it")
			   : 0;
	if (r->count != 1 && (r->profile || r->period))
		return sb_fail(err, SB_EINPUT, 0, "--%s goes with one table of ERRANT",
			       r->profile ? "profile" : "period");
	if (r->against || r->figures)
		return sb_fail(err, SB_EINPUT, 0, "--%s goes with --series",
			       r->against ? "against" : "figures");
	if (r->count > 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "learn takes one or two captures, not also \"%s\"; series of "
			       "measurements go with --series",
			       r->files[2]);
	if (!r->count)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "learn needs a capture of the data's sender, or those of the client's "
		    "end and the server's end; or a table of ERRANT");
	return 0;
}

static int learn_series(const struct request *r, struct sb_err *err)
{
	struct sb_learn_series_request s = {
	    .out = r->out, .name = r->name, .against = r->against, .figures = r->figures};
	int rc = 0;

	for (size_t i = 0; !rc && i < r->count; i++)
		rc = sb_learn_series_take(&s, r->files[i], err);
	if (!rc)
		rc = sb_learn_series(&s, err);
	sb_learn_series_fini(&s);
	return rc;
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		const char *option = args->option ? args->option->name : NULL;

		if (option && !strcmp(option, "out"))
			r->out = args->value;
		else if (option && !strcmp(option, "series"))
			r->series = true;
		else if (option && !strcmp(option, "against"))
			r->against = args->value;
		else if (option && !strcmp(option, "profile"))
			r->profile = args->value;
		else if (option && !strcmp(option, "period"))
			r->period = args->value;
		else if (option && !strcmp(option, "figures"))
			r->figures = args->value;
		else if (option)
			r->name = args->value;
		else if (r->count == MAX_SERIES)
			return sb_fail(err, SB_EINPUT, 0, "more than %d files", MAX_SERIES);
		else
			r->files[r->count++] = args->value;
	}
	return rc ? rc : check_request(r, err);
}

/* One that is a table, or of another emulator: *@done says that nothing is left to do. */
static int learn_table(const struct request *r, bool *done, struct sb_err *err)
{
	const struct sb_learn_table_request t = {.file = r->files[0],
						 .name = r->name,
						 .out = r->out,
						 .profile = r->profile,
						 .period = r->period};

	*done = true;
	for (size_t i = 0; i < r->count; i++) {
		int kind = sb_learn_table_kind(r->files[i], err);

		if (kind < 0)
			return -1;
		if (kind && r->count == 1)
			return sb_learn_table(&t, err);
	}
	if (r->profile || r->period)
		return sb_fail(err, SB_EINPUT, 0, "--%s: %s is not a table of ERRANT",
			       r->profile ? "profile" : "period", r->files[0]);
	*done = false;
	return 0;
}

static int learn(const struct request *r, struct sb_err *err)
{
	sb_auto_free char *from = NULL, *text = NULL;
	struct sb_learned l;
	size_t len = 0;
	bool done;
	FILE *to;
	int rc = learn_table(r, &done, err);

	if (done)
		return rc;
	if (sb_learn_read(r->files[0], r->files[1], &l, err))
		return -1;
	from = r->files[1] ? sb_asprintf("%s and %s", r->files[0], r->files[1])
			   : sb_strdup(r->files[0]);
	to = sb_textstream_open(&text, &len);
	if (!rc) {
		sb_learned_write(to, &l, r->name, from);
		sb_textstream_close(to, &text);
		if (r->out)
			rc = sb_replace_file(r->out, text, len, err);
		else
			fputs(text, stdout);
	}
	sb_learned_fini(&l);
	return rc;
}

static int run_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {.name = "learned"};
	struct sb_err err = {0};

	if (read_request(&r, &args, &err) || (r.series ? learn_series : learn)(&r, &err))
		return sb_die(&err);
	return 0;
}

const struct sb_command sb_cmd_learn = {
    .name = "learn",
    .args = "CAPTURE [SERVER-END] | ERRANT.csv | --series KIND=FILE ...",
    .summary = "estimate a link from captures, measured series, or tables of ERRANT",
    .options = options,
    .examples = examples,
    .run = run_command,
};
