// SPDX-License-Identifier: MIT
/*
 * find.c - one value of a report by its place in run.json, as it is measured: /flows/bulk/rtt_ms/p95
 *
 * The report puts its values one after the other (put.h); this keeps track of how much of the place they have
 * led to.  A key that an older format had, or the number of an element, is taken until the key of today, or an element
 * of that name, comes.
 */
#include <math.h>
#include <string.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/report_format.h"

/* What the members of run.json's lists are called by. */
static const char *const names[] = {"name", "client", "leg", "file"};

/**
 * struct level - an object or list on the way
 * @word:	what is looked for in it; @is_last: it is a value
 * @next:	number of the next element
 * @is_found:	under this very name: nothing else counts any more
 */
struct level {
	const char *word;
	size_t len;
	bool is_last, is_found;
	int next;
};

/** struct finder - @outside: objects and lists that are open, but not on the way */
struct finder {
	struct sb_put put;
	struct level levels[SB_PUT_DEPTH];
	size_t depth, outside;
	double value;
};

static struct finder *finder_of(struct sb_put *to)
{
	return (struct finder *)to; /* its first member */
}

static bool is_word(const struct level *l, const char *text)
{
	return text && strlen(text) == l->len && !strncmp(text, l->word, l->len);
}

static bool is_number(const struct level *l, int number)
{
	const char *end = l->word;
	uint64_t n;

	return !sb_read_digits(&end, INT32_MAX, &n) && end == l->word + l->len &&
	       n == (uint64_t)number;
}

/* A member (@key) or an element (called @name) comes: is it on the way? */
static bool leads_on(struct finder *f, const char *key, const char *name)
{
	struct level *l = &f->levels[f->depth - 1];
	int number;

	if (f->outside)
		return false;
	number = key ? -1 : l->next++;
	if (l->is_found)
		return false;
	l->is_found = is_word(l, key ? key : name);
	return l->is_found || (key ? is_word(l, sb_results_old_name(key)) : is_number(l, number));
}

static void take(struct sb_put *to, const char *key, double value)
{
	struct finder *f = finder_of(to);

	if (leads_on(f, key, NULL))
		f->value = f->levels[f->depth - 1].is_last ? value : NAN;
}

static bool enter(struct finder *f, const char *word)
{
	size_t len = strcspn(word, "/");

	if (f->depth == SB_PUT_DEPTH)
		return false;
	f->levels[f->depth++] = (struct level){.word = word, .len = len, .is_last = !word[len]};
	return true;
}

static void begin(struct sb_put *to, const char *key, char bracket, const char *name)
{
	struct finder *f = finder_of(to);
	const struct level *l = &f->levels[f->depth - 1];
	bool on = leads_on(f, key, name);

	(void)bracket;
	if (on)
		f->value = NAN;
	if (!on || l->is_last || !enter(f, l->word + l->len + 1))
		f->outside++;
}

static void end(struct sb_put *to)
{
	struct finder *f = finder_of(to);

	if (f->outside)
		f->outside--;
	else
		f->depth--;
}

static void take_truth(struct sb_put *to, const char *key, bool value)
{
	take(to, key, value ? 1 : 0);
}

static void take_text(struct sb_put *to, const char *key, const char *text)
{
	(void)text;
	take(to, key, NAN);
}

static const char *name_of(const cJSON *item)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, names[i]);

		if (cJSON_IsString(name))
			return name->valuestring;
	}
	return NULL;
}

/* Parsers limit how deep a tree is (CJSON_NESTING_LIMIT). */
static void take_tree(struct sb_put *to, const char *key, const cJSON *tree)
{
	const cJSON *item;

	if (cJSON_IsObject(tree) || cJSON_IsArray(tree)) {
		begin(to, key, cJSON_IsObject(tree) ? '{' : '[', key ? NULL : name_of(tree));
		cJSON_ArrayForEach(item, tree)
		{
			take_tree(to, item->string, item);
		}
		end(to);
	} else if (cJSON_IsBool(tree)) {
		take_truth(to, key, cJSON_IsTrue(tree));
	} else {
		take(to, key, cJSON_IsNumber(tree) ? tree->valuedouble : NAN);
	}
}

static void init(struct finder *f, const char *place)
{
	*f = (struct finder){.put = {.begin = begin,
				     .end = end,
				     .number = take,
				     .truth = take_truth,
				     .text = take_text,
				     .tree = take_tree},
			     .value = NAN};
	enter(f, place + 1);
}

double sb_report_value(const struct sb_report *r, const char *place)
{
	struct finder f;

	init(&f, place);
	sb_report_values(&f.put, r);
	return f.value;
}

double sb_report_at(const cJSON *run, const char *place)
{
	struct finder f;
	const cJSON *item;

	init(&f, place);
	cJSON_ArrayForEach(item, run)
	{
		take_tree(&f.put, item->string, item);
	}
	return f.value;
}
