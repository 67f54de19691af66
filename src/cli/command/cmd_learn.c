// SPDX-License-Identifier: MIT
/* cmd_learn.c - satbed learn */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/learn.h"

static const struct sb_option options[] = {
    {"out", 'o', "FILE", "where the scenario goes (default: standard output)"},
    {"name", 'n', "NAME", "of the scenario (default: learned)"},
    {0},
};

static const char *const examples[] = {
    "satbed learn client1.pcap server-client1.pcap -o learned.ini",
    "satbed learn sender.pcapng -o learned.ini",
    NULL,
};

struct request {
	const char *files[2], *out, *name;
};

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		if (args->option && !strcmp(args->option->name, "out"))
			r->out = args->value;
		else if (args->option)
			r->name = args->value;
		else if (!r->files[0])
			r->files[0] = args->value;
		else if (!r->files[1])
			r->files[1] = args->value;
		else
			return sb_fail(err, SB_EINPUT, 0,
				       "learn takes one capture or two, not also \"%s\"",
				       args->value);
	}
	if (!rc && !r->files[0])
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "learn needs a capture of the data's sender, or those of the client's "
		    "end and the server's end");
	return rc;
}

static int learn(const struct request *r, struct sb_err *err)
{
	sb_auto_free char *from = NULL, *text = NULL;
	struct sb_learned l;
	size_t len = 0;
	FILE *to;
	int rc = 0;

	if (sb_learn_read(r->files[0], r->files[1], &l, err))
		return -1;
	from = r->files[1] ? sb_asprintf("%s and %s", r->files[0], r->files[1])
			   : sb_strdup(r->files[0]);
	to = open_memstream(&text, &len);
	if (!to)
		rc = sb_fail(err, SB_EINTERNAL, errno, "memory");
	if (!rc) {
		sb_learned_write(to, &l, r->name, from);
		fclose(to);
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

	if (read_request(&r, &args, &err) || learn(&r, &err))
		return sb_die(&err);
	return 0;
}

const struct sb_command sb_cmd_learn = {
    .name = "learn",
    .args = "CAPTURE [SERVER-END]",
    .summary = "find out what a link was like, from captures of its packets",
    .options = options,
    .examples = examples,
    .run = run_command,
};
