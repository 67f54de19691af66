// SPDX-License-Identifier: MIT
/* cell.c - the attempts of one arm in one round, as their directories tell */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"
#include "state.h"

#define RUN_MAX	     (64u << 20)
#define WHY_MAX	     65536
#define ATTEMPTS_MAX 1000

const char *sb_fate_name(enum sb_fate fate)
{
	static const char *const names[] = {"absent",  "interrupted", "broken",
					    "INVALID", "WARN",	      "PASS"};

	return names[fate];
}

static enum sb_fate fate_of(const cJSON *run)
{
	const char *verdict;
	bool interrupted = true;

	if (sb_json_get_bool(run, "$", "interrupted", &interrupted, NULL) || interrupted ||
	    sb_json_get_str(run, "$", "verdict", &verdict, NULL) ||
	    cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(run, "cut_off")))
		return SB_CUT_OFF;
	if (!strcmp(verdict, "PASS"))
		return SB_RUN_PASS;
	return strcmp(verdict, "WARN") ? SB_RUN_INVALID : SB_RUN_WARN;
}

static void take_run(struct sb_cell *cell, const cJSON *run)
{
	const cJSON *expects = cJSON_GetObjectItemCaseSensitive(run, "expects");

	cell->usable = (int)cell->count;
	sb_readings_take(run, &cell->readings);
	cell->facts = sb_facts_take(run);
	cell->expects = expects ? cJSON_Duplicate(expects, true) : NULL;
}

static int look(const struct sb_comparison *c, struct sb_cell *cell, struct sb_attempt *a,
		struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s/run.json", c->directory, a->directory);
	sb_auto_free char *broken = sb_asprintf("%s/%s/broken.txt", c->directory, a->directory);
	sb_auto_free char *text = NULL;
	cJSON *run;

	a->fate = SB_CUT_OFF;
	if (!access(broken, F_OK)) {
		a->fate = SB_BROKEN;
		return sb_read_file(broken, WHY_MAX, &a->why, NULL, err);
	}
	/* run.json is written last: without it the run did not come to its end. */
	if (access(path, F_OK))
		return 0;
	if (sb_read_file(path, RUN_MAX, &text, NULL, err))
		return -1;
	run = cJSON_Parse(text);
	/* Cut off by a power failure, as a run without it was. */
	if (!cJSON_IsObject(run)) {
		cJSON_Delete(run);
		sb_warn("%s is %s: the run counts as interrupted and is repeated", path,
			*text ? "not valid JSON" : "empty");
		return 0;
	}
	if (sb_results_upgrade(run, path, err)) {
		cJSON_Delete(run);
		return -1;
	}
	a->fate = fate_of(run);
	if (a->fate >= SB_RUN_WARN && cell->usable < 0)
		take_run(cell, run);
	cJSON_Delete(run);
	return 0;
}

int sb_cell_load(const struct sb_comparison *c, const struct sb_slot *slot, struct sb_cell *out,
		 char **next, struct sb_err *err)
{
	struct sb_cell cell = {.usable = -1};
	char slug[64];

	sb_arm_slug(slug, sizeof(slug), &c->arms[slot->arm], slot->arm);
	for (int n = 1; n <= ATTEMPTS_MAX; n++) {
		struct sb_attempt a = {.fate = SB_ABSENT};
		sb_auto_free char *path = NULL;
		char again[16] = "";

		if (n > 1)
			snprintf(again, sizeof(again), ".%d", n);
		a.directory = sb_asprintf("runs/r%03zu-%s%s%s", slot->round + 1, slug,
					  slot->pass == SB_UNSHAPED ? "-unshaped" : "", again);
		path = sb_asprintf("%s/%s", c->directory, a.directory);
		if (access(path, F_OK)) {
			if (next)
				*next = a.directory;
			else
				free(a.directory);
			*out = cell;
			return 0;
		}
		if (look(c, &cell, &a, err)) {
			free(a.directory);
			sb_cell_fini(&cell);
			return -1;
		}
		cell.attempts =
		    sb_grow(cell.attempts, cell.count, &cell.room, sizeof(cell.attempts[0]));
		cell.attempts[cell.count++] = a;
	}
	sb_cell_fini(&cell);
	return sb_fail(err, SB_EINPUT, 0, "%s/runs holds more than %d attempts of one run",
		       c->directory, ATTEMPTS_MAX);
}

size_t sb_cell_spent(const struct sb_cell *cell)
{
	size_t spent = 0;

	for (size_t i = 0; i < cell->count; i++)
		spent += cell->attempts[i].fate > SB_CUT_OFF;
	return spent;
}

int sb_cell_broke(const struct sb_comparison *c, const char *directory, const char *why,
		  struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", c->directory, directory);
	sb_auto_free char *file = sb_asprintf("%s/broken.txt", path);

	if (mkdir(path, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path);
	return sb_replace_file(file, why, strlen(why), err);
}

void sb_cell_fini(struct sb_cell *cell)
{
	for (size_t i = 0; i < cell->count; i++) {
		free(cell->attempts[i].directory);
		free(cell->attempts[i].why);
	}
	free(cell->attempts);
	sb_readings_fini(&cell->readings);
	cJSON_Delete(cell->facts);
	cJSON_Delete(cell->expects);
	*cell = (struct sb_cell){.usable = -1};
}
