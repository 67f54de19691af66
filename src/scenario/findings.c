// SPDX-License-Identifier: MIT
/* findings.c - what is wrong with a file, gathered to be told in one go */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/scenario_values.h"

/* More would scroll away, and most of them follow from the first. */
#define MAX_SHOWN 25
/* A file of nothing but mistakes must not cost more than reading it. */
#define MAX_KEPT 1000

static bool is_known(const struct sb_findings *f, const struct sb_scenario_finding *one)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].place == one->place && !strcmp(f->items[i].text, one->text))
			return true;
	return false;
}

void sb_findings_add(struct sb_findings *f, int place, const char *fmt, ...)
{
	struct sb_scenario_finding one = {.place = place};
	va_list ap;

	if (f->count == MAX_KEPT)
		return;
	va_start(ap, fmt);
	one.text = sb_vasprintf(fmt, ap);
	va_end(ap);
	/* The same line may hold for many clients. */
	if (is_known(f, &one)) {
		free(one.text);
		return;
	}
	f->items = sb_grow(f->items, f->count, &f->room, sizeof(*f->items));
	f->items[f->count++] = one;
}

/* The file as a whole, then its lines, then the command line. */
static long rank(int place)
{
	return place >= 0 ? place : 1L + INT32_MAX - place;
}

/* Insertion sort: stable, and the findings nearly always come in order. */
static void sort_findings(struct sb_findings *f)
{
	for (size_t i = 1; i < f->count; i++) {
		struct sb_scenario_finding moved = f->items[i];
		size_t j = i;

		for (; j && rank(f->items[j - 1].place) > rank(moved.place); j--)
			f->items[j] = f->items[j - 1];
		f->items[j] = moved;
	}
}

static char *format_finding(const struct sb_findings *f, const struct sb_scenario_finding *one)
{
	if (one->place > 0)
		return sb_asprintf("%s:%d: %s", f->file, one->place, one->text);
	if (one->place < 0)
		return sb_asprintf("--set %s: %s", f->sets[-one->place - 1], one->text);
	return sb_asprintf("%s: %s", f->file, one->text);
}

int sb_findings_close(struct sb_findings *f, struct sb_err *err)
{
	char all[sizeof(err->msg) - 64];
	size_t len = 0, shown = 0;
	int rc = 0;

	sort_findings(f);
	for (; shown < f->count && shown < MAX_SHOWN; shown++) {
		sb_auto_free char *line = format_finding(f, &f->items[shown]);
		size_t n = strlen(line);

		/* The first is always told, even when only its beginning fits. */
		if (shown && len + n + 2 > sizeof(all))
			break;
		len +=
		    (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", shown ? "\n" : "", line);
		if (len >= sizeof(all))
			len = sizeof(all) - 1;
	}
	if (f->count > shown)
		rc = sb_fail(err, SB_EINPUT, 0, "%s\n... and %zu more", all, f->count - shown);
	else if (f->count)
		rc = sb_fail(err, SB_EINPUT, 0, "%s", all);
	for (size_t i = 0; i < f->count; i++)
		free(f->items[i].text);
	free(f->items);
	f->items = NULL;
	f->count = f->room = 0;
	return rc;
}
