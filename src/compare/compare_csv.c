// SPDX-License-Identifier: MIT
/* compare_csv.c - compare.csv (RFC 4180): a line for every attempt, a column for every value */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

static void put_text(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', to);
		putc(*text, to);
	}
	putc('"', to);
}

/* Values of either pass share a column. */
static bool is_first(const struct sb_compared *r, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (!strcmp(r->rows[before].name, r->rows[i].name))
			return false;
	return true;
}

static void put_line(FILE *to, const struct sb_compared *r, const struct sb_slot *slot,
		     const struct sb_cell *cell, size_t attempt, size_t place)
{
	bool used = cell->usable == (int)attempt;

	fprintf(to, "%zu,%zu,%s,", slot->round + 1, place, sb_serving_satellite_name(slot->pass));
	put_text(to, r->c->arms[slot->arm].name);
	fprintf(to, ",%zu,%s,%s", attempt + 1, sb_fate_name(cell->attempts[attempt].fate),
		used ? "yes" : "no");
	for (size_t i = 0; i < r->row_count; i++) {
		double value = used ? sb_readings_find(&cell->readings, r->rows[i].name) : NAN;

		if (!is_first(r, i))
			continue;
		putc(',', to);
		if (isfinite(value))
			fprintf(to, "%.9g", value);
	}
	fputs("\r\n", to);
}

char *sb_compared_csv(const struct sb_compared *r)
{
	size_t slots = r->c->rounds * r->c->passes * r->c->arm_count, len;
	struct sb_slot *order = sb_alloc(slots, sizeof(*order));
	char *text = NULL;
	FILE *to = sb_textstream_open(&text, &len);

	sb_slots_order(r->c, order);
	fputs("round,place,pass,arm,attempt,verdict,used", to);
	for (size_t i = 0; i < r->row_count; i++)
		if (is_first(r, i)) {
			putc(',', to);
			put_text(to, r->rows[i].name);
		}
	fputs("\r\n", to);
	for (size_t i = 0; i < slots; i++) {
		const struct sb_cell *cell =
		    &r->cells[sb_cell_index(r->c, order[i].pass, order[i].arm, order[i].round)];

		for (size_t a = 0; a < cell->count; a++)
			put_line(to, r, &order[i], cell, a, i + 1);
	}
	sb_textstream_close(to, &text);
	free(order);
	return text;
}
