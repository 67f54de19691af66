// SPDX-License-Identifier: MIT
/* run_args.c - the options that say how a run is done */
#include "run_args.h"

#include <string.h>

#include "satbed/base/mem.h"

bool sb_run_args_take(struct sb_run_options *o, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
		bool *flag;
	} rows[] = {
	    {"out", &o->out_dir, NULL}, {"metrics", &o->metrics, NULL},
	    {"serve", &o->serve, NULL}, {"serve-token", &o->serve_token, NULL},
	    {"junit", &o->junit, NULL}, {"summary", &o->summary, NULL},
	    {"json", NULL, &o->json},	{"plain", NULL, &o->plain},
	    {"quiet", NULL, &o->quiet},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(rows); i++) {
		if (strcmp(name, rows[i].name))
			continue;
		if (rows[i].text)
			*rows[i].text = value;
		else
			*rows[i].flag = true;
		return true;
	}
	return false;
}
