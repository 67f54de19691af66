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

const char *sb_key_name(enum sb_key key)
{
	return sb_key_rows[key].name;
}

uint64_t sb_key_max(enum sb_key key)
{
	return sb_key_rows[key].max;
}

const char *sb_link_key_fixed(const char *name)
{
	enum sb_key key = sb_find_key(SB_SEC_LINK, name);

	return key == SB_KEY_COUNT ? NULL : sb_key_rows[key].fixed;
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

static unsigned int client_of(const struct sb_scenario *sc, unsigned int link)
{
	return (link - 1) / sb_terminals(sc) + 1;
}

static unsigned int terminal_of(const struct sb_scenario *sc, unsigned int link)
{
	return (link - 1) % sb_terminals(sc) + 1;
}

/* How closely a link section fits one direction of one link; 0 = not at all. */
static int closeness(const struct sb_section *s, unsigned int client, unsigned int terminal,
		     enum sb_dir dir)
{
	if (s->kind != SB_SEC_LINK || (s->client && s->client != client) ||
	    (s->terminal && s->terminal != terminal) ||
	    (s->direction != SB_WORD_BOTH && s->direction != (enum sb_direction_word)dir))
		return 0;
	return 1 + (s->direction != SB_WORD_BOTH) + 2 * (s->client != 0) + 4 * (s->terminal != 0);
}

const struct sb_value *sb_link_value(const struct sb_scenario *sc, unsigned int link,
				     enum sb_dir dir, enum sb_key key)
{
	unsigned int client = client_of(sc, link), terminal = terminal_of(sc, link);
	const struct sb_value *best = sb_value(sb_scenario_section(sc, SB_SEC_LINK, 0), key);
	int best_closeness = 0;

	for (size_t i = 0; i < sc->section_count; i++) {
		const struct sb_section *s = &sc->sections[i];
		int c = closeness(s, client, terminal, dir);

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

unsigned int sb_terminals(const struct sb_scenario *sc)
{
	const struct sb_value *v =
	    sb_value(sb_scenario_section(sc, SB_SEC_TESTBED, 0), SB_KEY_TERMINALS);

	return sb_has(v) ? (unsigned int)v->number : 1;
}

unsigned int sb_links(const struct sb_scenario *sc)
{
	unsigned int links = sb_clients(sc) * sb_terminals(sc);

	return links < SB_MAX_CLIENTS ? links : SB_MAX_CLIENTS;
}

bool sb_link_is_meant(const struct sb_scenario *sc, const struct sb_section *s, enum sb_key client,
		      enum sb_key terminal, unsigned int link)
{
	return sb_value(s, client)->clients >> (client_of(sc, link) - 1) & 1 &&
	       sb_value(s, terminal)->clients >> (terminal_of(sc, link) - 1) & 1;
}
