// SPDX-License-Identifier: MIT
/* show.c - a sweep shown: the table of its groups, what came to nothing, and its runs as files */
#include "satbed/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "groups.h"
#include "print.h"

static int print_failed(struct sb_sweep_table *t, struct sb_err *err)
{
	char **rows;
	size_t count;

	if (sb_sweep_table_texts(t,
				 "SELECT replace(c.levels,char(10),' ')||'seed '||r.seed||': '||"
				 "ifnull(r.why,'') FROM runs r JOIN cases c ON c.id=r.case_id "
				 "WHERE r.directory IS NULL ORDER BY r.id",
				 NULL, &rows, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		sb_auto_free char *clean = sb_clean(rows[i]);

		printf("came to nothing: %s\n", clean);
	}
	sb_spec_sets_free(rows, count);
	return 0;
}

static int show_table(const struct sb_sweep_show_options *o, struct sb_sweep_table *t,
		      struct sb_err *err)
{
	struct sb_sweep_groups s = {0};
	int rc = sb_sweep_groups_make(t, o->by, o->value, &s, err);

	if (!rc && !s.value)
		printf("no run has come to results yet\n");
	else if (!rc && o->json)
		sb_sweep_print_json(stdout, &s);
	else if (!rc)
		sb_sweep_print_text(stdout, &s);
	sb_sweep_groups_fini(&s);
	return rc || o->json ? rc : print_failed(t, err);
}

int sb_sweep_show(const struct sb_sweep_show_options *o, struct sb_err *err)
{
	bool table = !(o->csv && !strcmp(o->csv, "-")) && !(o->jsonl && !strcmp(o->jsonl, "-"));
	struct sb_sweep_table *t;
	int rc;

	if (sb_sweep_table_open(o->directory, false, &t, err))
		return -1;
	rc = table ? show_table(o, t, err) : 0;
	if (!rc && o->csv)
		rc = sb_sweep_table_export(t, o->csv, false, err);
	if (!rc && o->jsonl)
		rc = sb_sweep_table_export(t, o->jsonl, true, err);
	sb_sweep_table_close(t);
	return rc;
}
