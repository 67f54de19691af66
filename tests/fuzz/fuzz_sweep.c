// SPDX-License-Identifier: MIT
/*
 * fuzz_sweep.c - any bytes as what a sweep varies
 *
 * After '{' it is sweep.json, else lines such as [sweep] has: "vary KEY=A,B", "seeds 1..20".  What is
 * read can be counted and walked through, and is the same after it was written and read again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "sweep/spec.h"

#define WALKED 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct sb_sweep_spec *s)
{
	size_t runs = sb_spec_runs(s);

	for (size_t i = 0; i < runs && i < WALKED; i++) {
		size_t run = i % 2 ? runs - 1 - i : i, count;
		char **sets;

		require(sb_spec_case_of(s, run) < sb_spec_cases(s));
		for (size_t f = 0; f < s->factor_count; f++)
			require(sb_spec_level(s, sb_spec_case_of(s, run), f) <
				s->factors[f].level_count);
		sets = sb_spec_sets(s, run, &count);
		for (size_t k = 0; k < count; k++)
			require(k < s->set_count || strchr(sets[k], '='));
		sb_spec_sets_free(sets, count);
	}
}

static void check(struct sb_sweep_spec *s)
{
	cJSON *json, *again;
	struct sb_sweep_spec back = {0};
	struct sb_err err = {0};

	if (sb_spec_check(s, &err)) {
		require(err.msg[0]);
		return;
	}
	walk(s);
	json = sb_spec_to_json(s);
	require(!sb_spec_from_json(json, &back, &err) && !sb_spec_check(&back, &err));
	require(sb_spec_runs(&back) == sb_spec_runs(s));
	again = sb_spec_to_json(&back);
	require(cJSON_Compare(json, again, true));
	cJSON_Delete(again);
	cJSON_Delete(json);
	sb_spec_fini(&back);
}

static int take_line(struct sb_sweep_spec *s, const char *line, struct sb_err *err)
{
	if (!strncmp(line, "vary ", 5))
		return sb_spec_vary(s, line + 5, err);
	if (!strncmp(line, "case ", 5))
		return sb_spec_case(s, line + 5, err);
	if (!strncmp(line, "zip ", 4))
		return sb_spec_zip(s, line + 4, err);
	if (!strncmp(line, "seeds ", 6))
		return sb_seeds_add(&s->seeds, line + 6, err);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sb_auto_free char *text = sb_asprintf("%.*s", (int)size, (const char *)data);
	struct sb_sweep_spec s = {0};
	struct sb_err err = {0};
	char *save = NULL;
	int rc = 0;

	if (text[0] == '{') {
		cJSON *json = cJSON_Parse(text);

		rc = json ? sb_spec_from_json(json, &s, &err) : -1;
		cJSON_Delete(json);
	} else {
		s.scenario = sb_strdup("/link.ini");
		s.scenario_hash = sb_strdup("0123456789abcdef");
		for (char *line = strtok_r(text, "\n", &save); line && !rc;
		     line = strtok_r(NULL, "\n", &save))
			rc = take_line(&s, line, &err);
	}
	if (!rc)
		check(&s);
	sb_spec_fini(&s);
	return 0;
}
