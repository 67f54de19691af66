// SPDX-License-Identifier: MIT
/* values.c - looking things up in a scenario */
#include "satbed/scenario_values.h"
#include "schema.h"

const struct sb_value *sb_value(const struct sb_section *s, enum sb_key key)
{
	return &s->values[key - sb_first_key(s->kind)];
}

int sb_value_read(enum sb_key key, const char *text, struct sb_value *out, struct sb_err *err)
{
	const struct sb_key_row *row = &sb_key_rows[key];
	struct sb_value v = {.state = SB_VALUE_WRITTEN};

	if (sb_type_rows[row->type].parse(row, text, &v, err))
		return sb_wrap(err, "%s", row->name);
	*out = v;
	return 0;
}

bool sb_has(const struct sb_value *v)
{
	return v->state == SB_VALUE_DEFAULT || v->state == SB_VALUE_WRITTEN;
}

const struct sb_section *sb_scenario_section(const struct sb_scenario *sc,
					     enum sb_section_kind kind, size_t nth)
{
	for (size_t i = 0; i < sc->section_count; i++)
		if (sc->sections[i].kind == kind && !nth--)
			return &sc->sections[i];
	return NULL;
}

/* How closely a link section fits one direction of one client; 0 = not at all. */
static int closeness(const struct sb_section *s, unsigned int client, enum sb_dir dir)
{
	if (s->kind != SB_SEC_LINK || (s->client && s->client != client) ||
	    (s->direction != SB_WORD_BOTH && s->direction != (enum sb_direction_word)dir))
		return 0;
	return 1 + (s->direction != SB_WORD_BOTH) + 2 * (s->client != 0);
}

const struct sb_value *sb_link_value(const struct sb_scenario *sc, unsigned int client,
				     enum sb_dir dir, enum sb_key key)
{
	const struct sb_value *best = sb_value(sb_scenario_section(sc, SB_SEC_LINK, 0), key);
	int best_closeness = 0;

	for (size_t i = 0; i < sc->section_count; i++) {
		const struct sb_section *s = &sc->sections[i];
		int c = closeness(s, client, dir);

		if (c > best_closeness && sb_value(s, key)->place) {
			best = sb_value(s, key);
			best_closeness = c;
		}
	}
	return best;
}

unsigned int sb_clients(const struct sb_scenario *sc)
{
	const struct sb_value *v =
	    sb_value(sb_scenario_section(sc, SB_SEC_TESTBED, 0), SB_KEY_CLIENTS);

	return sb_has(v) ? (unsigned int)v->number : SB_MAX_CLIENTS;
}
