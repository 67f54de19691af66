// SPDX-License-Identifier: MIT
/* cell.c - the attempts of one arm in one round, as their directories tell */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "state.h"

#define ATTEMPTS_MAX 1000

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
	sb_auto_free char *path = sb_asprintf("%s/%s", c->directory, a->directory);
	struct sb_attempt_found found;

	if (sb_attempt_look(path, &found, err))
		return -1;
	a->fate = found.fate;
	if (found.fate == SB_BROKEN)
		a->why = sb_steal(&found.why);
	if (found.fate >= SB_RUN_WARN && cell->usable < 0)
		take_run(cell, found.run);
	sb_attempt_found_fini(&found);
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
