// SPDX-License-Identifier: MIT
/* result.c - from the runs of a comparison to medians, differences, verdicts */
#include "result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

size_t sb_cell_index(const struct sb_comparison *c, enum sb_pass pass, size_t arm, size_t round)
{
	return ((size_t)pass * c->arm_count + arm) * c->rounds + round;
}

static struct sb_result_row *find_row(struct sb_compared *r, enum sb_pass pass,
				      const struct sb_reading *reading)
{
	const struct sb_comparison *c = r->c;
	struct sb_result_row *row;

	for (size_t i = 0; i < r->row_count; i++)
		if (r->rows[i].pass == pass && !strcmp(r->rows[i].name, reading->name))
			return &r->rows[i];
	r->rows = sb_grow(r->rows, r->row_count, &r->row_room, sizeof(*r->rows));
	row = &r->rows[r->row_count++];
	*row = (struct sb_result_row){.unit = reading->unit, .pass = pass};
	memcpy(row->name, reading->name, sizeof(row->name));
	row->numbers = sb_alloc(c->arm_count * c->rounds, sizeof(*row->numbers));
	for (size_t i = 0; i < c->arm_count * c->rounds; i++)
		row->numbers[i] = NAN;
	return row;
}

static void fill_rows(struct sb_compared *r)
{
	const struct sb_comparison *c = r->c;

	for (size_t pass = 0; pass < c->passes; pass++)
		for (size_t i = 0; i < c->arm_count * c->rounds; i++) {
			const struct sb_cell *cell = &r->cells[pass * c->arm_count * c->rounds + i];

			for (size_t k = 0; k < cell->readings.count; k++)
				find_row(r, (enum sb_pass)pass, &cell->readings.items[k])
				    ->numbers[i] = cell->readings.items[k].number;
		}
}

static bool has_pair(const struct sb_comparison *c, const struct sb_result_row *row, size_t arm)
{
	for (size_t i = 0; i < c->rounds; i++)
		if (isfinite(row->numbers[i]) && isfinite(row->numbers[arm * c->rounds + i]))
			return true;
	return false;
}

/* A value's intervals do not depend on what else is compared. */
static uint64_t row_seed(const struct sb_comparison *c, const struct sb_result_row *row, size_t arm)
{
	uint64_t seed = XXH64(row->name, strlen(row->name), c->seed + (uint64_t)row->pass);

	return XXH64(c->arms[arm].name, strlen(c->arms[arm].name), seed);
}

static void compute_rows(struct sb_compared *r)
{
	const struct sb_comparison *c = r->c;

	for (size_t i = 0; i < r->row_count; i++)
		for (size_t arm = 1; arm < c->arm_count; arm++)
			r->family[r->rows[i].pass][arm] += has_pair(c, &r->rows[i], arm);
	for (size_t i = 0; i < r->row_count; i++) {
		struct sb_result_row *row = &r->rows[i];

		for (size_t arm = 0; arm < c->arm_count; arm++) {
			const double *own = row->numbers + arm * c->rounds;
			size_t family = r->family[row->pass][arm];

			row->spread[arm] = sb_summary(own, c->rounds);
			if (!arm)
				continue;
			row->paired[arm] = sb_paired(row->numbers, own, c->rounds,
						     family ? family : 1, row_seed(c, row, arm));
			row->finding[arm] = sb_paired_finding(&row->paired[arm]);
		}
	}
}

/* Fidelity must hold in every round, as in a single run. */
static void judge_fidelity(const struct sb_compared *r, struct sb_judged *j)
{
	enum sb_fate worst = SB_RUN_PASS;

	for (size_t round = 0; round < r->c->rounds; round++) {
		const struct sb_cell *cell =
		    &r->cells[sb_cell_index(r->c, SB_SHAPED, j->arm, round)];

		if (cell->usable < 0)
			continue;
		j->rounds++;
		if (cell->attempts[cell->usable].fate < worst)
			worst = cell->attempts[cell->usable].fate;
	}
	j->value = worst;
	j->met = j->rounds && (worst == SB_RUN_PASS || !strcmp(j->expect->word, "warn"));
}

/* Of the others the median; a round in which the value could not be measured does not hold. */
static void judge_value(const struct sb_compared *r, struct sb_judged *j, size_t index)
{
	double *values = sb_alloc(r->c->rounds + 1, sizeof(*values));
	bool all = true;

	for (size_t round = 0; round < r->c->rounds; round++) {
		const struct sb_cell *cell =
		    &r->cells[sb_cell_index(r->c, SB_SHAPED, j->arm, round)];
		const cJSON *one = cJSON_GetArrayItem(cell->expects, (int)index);
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(one, "value");

		values[round] = NAN;
		if (cell->usable < 0)
			continue;
		j->rounds++;
		if (cJSON_IsNumber(value))
			values[round] = value->valuedouble;
		else
			all = false;
	}
	j->value = all ? sb_summary(values, r->c->rounds).median : NAN;
	j->met = isfinite(j->value) &&
		 sb_relation_holds(j->value, j->expect->relation, j->expect->value);
	free(values);
}

static void judge(struct sb_compared *r)
{
	size_t count = 0, at = 0;

	for (size_t arm = 0; arm < r->c->arm_count; arm++)
		count += r->c->arms[arm].plan->expect_count;
	r->judged = sb_alloc(count + 1, sizeof(*r->judged));
	for (size_t arm = 0; arm < r->c->arm_count; arm++) {
		const struct sb_plan *plan = r->c->arms[arm].plan;

		for (size_t i = 0; i < plan->expect_count; i++) {
			struct sb_judged *j = &r->judged[at++];

			*j = (struct sb_judged){.arm = arm, .expect = &plan->expects[i]};
			if (j->expect->word[0])
				judge_fidelity(r, j);
			else
				judge_value(r, j, i);
		}
	}
	r->judged_count = at;
}

static void count_attempts(struct sb_compared *r)
{
	size_t cells = r->c->passes * r->c->arm_count * r->c->rounds;

	r->complete = true;
	for (size_t i = 0; i < cells; i++) {
		const struct sb_cell *cell = &r->cells[i];

		for (size_t a = 0; a < cell->count; a++) {
			r->invalid += cell->attempts[a].fate == SB_RUN_INVALID;
			r->broken += cell->attempts[a].fate == SB_BROKEN;
		}
		if (cell->usable >= 0)
			continue;
		r->missing++;
		r->complete = r->complete && sb_cell_spent(cell) > r->c->retries;
	}
}

void sb_compared_make(const struct sb_comparison *c, const struct sb_cell *cells, bool interrupted,
		      struct sb_compared *out)
{
	*out = (struct sb_compared){.c = c, .cells = cells, .interrupted = interrupted};
	fill_rows(out);
	compute_rows(out);
	judge(out);
	count_attempts(out);
}

void sb_compared_fini(struct sb_compared *r)
{
	for (size_t i = 0; i < r->row_count; i++)
		free(r->rows[i].numbers);
	free(r->rows);
	free(r->judged);
	*r = (struct sb_compared){0};
}

const cJSON *sb_compared_facts(const struct sb_compared *r, enum sb_pass pass, size_t arm)
{
	for (size_t round = 0; round < r->c->rounds; round++) {
		const cJSON *facts = r->cells[sb_cell_index(r->c, pass, arm, round)].facts;

		if (facts)
			return facts;
	}
	return NULL;
}
