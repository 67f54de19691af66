// SPDX-License-Identifier: MIT
/* arm.c - one column of a comparison, as it is written */
#include "arm.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"
#include "satbed/scenario.h"

/* Keys of [testbed] that a word between colons may be a value of. */
static const char *const keys[] = {"testbed.path", "testbed.placement", "testbed.backend"};

#define WORDS_MAX 32

/** struct words - values of keys: @key[i] has @word[i]; NULL behind the last */
struct words {
	char text[512];
	const char *word[WORDS_MAX + 1], *key[WORDS_MAX];
	size_t count;
};

/* Forms, such as unix://SOCKET, are no words. */
static void read_words(const char *const *of, size_t count, struct words *out)
{
	size_t used = 0;

	*out = (struct words){0};
	for (size_t i = 0; i < count; i++) {
		char *text = out->text + used, *rest;

		sb_copy_str(text, sizeof(out->text) - used, sb_scenario_words(of[i]));
		used += strlen(text) + 1;
		for (char *w = strtok_r(text, "|", &rest); w && out->count < WORDS_MAX;
		     w = strtok_r(NULL, "|", &rest))
			if (!strstr(w, "://")) {
				out->key[out->count] = of[i];
				out->word[out->count++] = w;
			}
	}
}

static void add_set(struct sb_arm *arm, char *set)
{
	arm->sets = sb_grow(arm->sets, arm->set_count, &arm->set_room, sizeof(arm->sets[0]));
	arm->sets[arm->set_count++] = set;
}

static const char *key_of(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->word[i], word))
			return words->key[i];
	return NULL;
}

/* Words from the right end on; what is left is the engine. */
static int take_words(struct sb_arm *arm, char *text, struct sb_err *err)
{
	const char *seen[SB_ARRAY_LEN(keys)] = {0};
	struct words words;
	size_t count = 0;
	char *colon;

	read_words(keys, SB_ARRAY_LEN(keys), &words);
	while ((colon = strrchr(text, ':'))) {
		const char *key = key_of(&words, colon + 1);

		if (!key)
			break;
		for (size_t i = 0; i < count; i++)
			if (!strcmp(seen[i], key))
				return sb_fail(err, SB_EINPUT, 0, "it names its %s twice",
					       strchr(key, '.') + 1);
		seen[count++] = key;
		add_set(arm, sb_asprintf("%s=%s", key, colon + 1));
		*colon = '\0';
	}
	return 0;
}

static int check_engine(const char *engine, struct sb_err *err)
{
	static const char *const engine_key[] = {"testbed.engine"};
	const char *colon = strchr(engine, ':'), *near;
	struct words engines, others;

	read_words(engine_key, 1, &engines);
	if (strstr(engine, "://") || key_of(&engines, engine))
		return 0;
	read_words(keys, SB_ARRAY_LEN(keys), &others);
	near = colon ? sb_suggest(strrchr(engine, ':') + 1, others.word)
		     : sb_suggest(engine, engines.word);
	return sb_fail(err, SB_EINPUT, 0,
		       "\"%s\" is not a valid %s, expected "
		       "ENGINE[:PATH[:PLACEMENT]][:BACKEND][,SECTION.KEY=VALUE...], for example "
		       "docker-rootless:slirp:outside%s%s%s",
		       colon ? strrchr(engine, ':') + 1 : engine,
		       colon ? "path, placement or backend" : "engine",
		       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* Of "a.b=c,d.e=f": a comma within a value stays, where no KEY= follows it. */
static char *next_set(char *at)
{
	char *comma = at;

	while ((comma = strchr(comma, ','))) {
		size_t key = strspn(comma + 1, "abcdefghijklmnopqrstuvwxyz0123456789_-.");

		if (comma[1 + key] == '=')
			return comma;
		comma++;
	}
	return NULL;
}

/* Keys of [testbed] that arms are made for. */
static bool is_short(const char *set)
{
	return !strncmp(set, "kernel=", 7) || !strncmp(set, "clock=", 6) ||
	       !strncmp(set, "pep=", 4);
}

static int take_sets(struct sb_arm *arm, char *at, struct sb_err *err)
{
	while (at) {
		char *next = next_set(at);

		if (next)
			*next++ = '\0';
		if (is_short(at)) {
			add_set(arm, sb_asprintf("testbed.%s", at));
			at = next;
			continue;
		}
		if (!strchr(at, '=') || !memchr(at, '.', strcspn(at, "=")))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" sets nothing; expected section.key=value, such as "
				       "flow.bulk.cc=bbr",
				       at);
		add_set(arm, sb_strdup(at));
		at = next;
	}
	return 0;
}

/* "NAME=": what comes first is neither of an engine's marks; 0 = it has none. */
static size_t name_len(const char *text)
{
	size_t len =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

	return text[len] == '=' ? len : 0;
}

/* "KEY=VALUE" where an engine could stand: the scenario's own engine, with another value. */
static bool begins_with_set(const char *text)
{
	/* What is expected is so of the whole comparison. */
	if (sb_scenario_is_set(text) && strncmp(text, "expect.", 7))
		return true;
	return is_short(text);
}

/* ENGINE[:PATH[:PLACEMENT]][:BACKEND][,KEY=VALUE...], which is changed */
static int take_engine(struct sb_arm *arm, char *text, struct sb_err *err)
{
	char *comma = strchr(text, ',');

	if (comma)
		*comma++ = '\0';
	if (take_words(arm, text, err) || check_engine(text, err) || take_sets(arm, comma, err))
		return -1;
	add_set(arm, sb_asprintf("testbed.engine=%s", text));
	return 0;
}

int sb_arm_parse(const char *text, struct sb_arm *out, struct sb_err *err)
{
	size_t named = begins_with_set(text) ? 0 : name_len(text);
	sb_auto_free char *copy = sb_strdup(text + (named ? named + 1 : 0));
	struct sb_arm arm = {0};

	if (named > SB_ARM_NAME_MAX)
		return sb_fail(err, SB_EINPUT, 0, "the name \"%.*s\" is longer than %d", (int)named,
			       text, SB_ARM_NAME_MAX);
	if (begins_with_set(copy) ? take_sets(&arm, copy, err) : take_engine(&arm, copy, err)) {
		sb_arm_fini(&arm);
		return -1;
	}
	arm.name = named ? sb_asprintf("%.*s", (int)named, text) : sb_strdup(text);
	*out = arm;
	return 0;
}

void sb_arm_fini(struct sb_arm *arm)
{
	for (size_t i = 0; i < arm->set_count; i++)
		free(arm->sets[i]);
	free(arm->sets);
	free(arm->name);
	sb_plan_free(arm->plan);
	sb_plan_free(arm->unshaped);
	*arm = (struct sb_arm){0};
}

void sb_arm_slug(char *buf, size_t size, const struct sb_arm *arm, size_t index)
{
	int used = snprintf(buf, size, "a%zu-", index + 1);
	size_t at = used < 0 ? 0 : (size_t)used;

	for (const char *c = arm->name; *c && at + 1 < size && at < 48; c++) {
		char put = isalnum((unsigned char)*c) || *c == '.' ? *c : '-';

		if (put != '-' || buf[at - 1] != '-')
			buf[at++] = put;
	}
	if (at < size)
		buf[at] = '\0';
}
