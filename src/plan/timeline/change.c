// SPDX-License-Identifier: MIT
/* change.c - keys of [link] changed by hand while a testbed is up */
#include "satbed/plan_change.h"

#include "plan/plan_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/scenario_values.h"

static const char *const keys[] = {"delay",   "rate",	 "loss",   "duplicate",
				   "reorder", "corrupt", "outage", NULL};
static const enum sb_key key_of[] = {SB_KEY_DELAY,     SB_KEY_RATE,    SB_KEY_LOSS,
				     SB_KEY_DUPLICATE, SB_KEY_REORDER, SB_KEY_CORRUPT};

static int fail_key(const char *key, struct sb_err *err)
{
	const char *close = sb_suggest(key, keys), *fixed = sb_link_key_fixed(key);

	if (fixed)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s %s and cannot change; take the testbed down and use: "
			       "satbed up FILE --set link.%s=VALUE",
			       key, fixed, key);
	if (close)
		return sb_fail(err, SB_EINPUT, 0, "unknown link value \"%s\"; did you mean \"%s\"?",
			       key, close);
	return sb_fail(err, SB_EINPUT, 0,
		       "unknown link value \"%s\"; expected delay, rate, loss, duplicate, reorder, "
		       "corrupt or outage",
		       key);
}

static int read_outage(const char *text, bool *out, struct sb_err *err)
{
	if (strcmp(text, "on") && strcmp(text, "off"))
		return sb_fail(err, SB_EINPUT, 0,
			       "outage: \"%s\", expected outage=on or outage=off", text);
	*out = !strcmp(text, "on");
	return 0;
}

/* One value by its key's type in the schema: what a scenario refuses is refused here, too. */
static int read_value(enum sb_key key, const char *text, struct sb_value *out, struct sb_err *err)
{
	sb_auto_free char *spelt = NULL;
	uint32_t ppb;

	/* Somebody at a terminal types loss=5%. */
	if (key == SB_KEY_LOSS && !sb_parse_percent(text, &ppb, NULL))
		text = spelt = sb_asprintf("random %s", text);
	return sb_value_read(key, text, out, err);
}

static int take(enum sb_key key, const char *text, struct sb_link_change *c, struct sb_err *err)
{
	struct sb_value v = {0};

	if (read_value(key, text, &v, err))
		return -1;
	/* Of these types only a drawn rate keeps memory. */
	if (key == SB_KEY_DELAY) {
		c->delay = true;
		c->to.delay_ns = v.time_ns;
	} else if (key == SB_KEY_RATE) {
		if (v.rate.drawn) {
			free(v.rate.drawn);
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "rate: a running link takes one fixed rate; quantiles are drawn when "
			    "the testbed starts: satbed up FILE --set \"link.rate=%s\"",
			    text);
		}
		c->rate = true;
		c->to.rate_bps = v.number;
	} else if (key == SB_KEY_LOSS) {
		if (v.loss.form != SB_LOSS_PER_PACKET)
			return sb_fail(err, SB_EINPUT, 0,
				       "loss: a running link takes none, random or gemodel; bursts "
				       "and exact are drawn when the testbed starts: satbed up "
				       "FILE --set \"link.loss=%s\"",
				       text);
		c->loss = true;
		c->to.loss = v.loss.loss;
	} else if (key == SB_KEY_DUPLICATE) {
		c->duplicate = true;
		c->to.duplicate_ppb = v.ppb;
	} else if (key == SB_KEY_REORDER) {
		if (v.ppb == SB_REORDER_ALLOW)
			return sb_fail(err, SB_EINPUT, 0,
				       "reorder: allow holds from the start; take the testbed down "
				       "and use: satbed up FILE --set link.reorder=allow");
		c->reorder = true;
		c->to.reorder_ppb = v.ppb;
	} else {
		c->corrupt = true;
		c->to.corrupt_ppb = v.ppb;
	}
	return 0;
}

static int read_word(const char *word, struct sb_link_change *c, struct sb_err *err)
{
	const char *equals = strchr(word, '=');
	char key[32];
	size_t len = equals ? (size_t)(equals - word) : 0;
	size_t i = 0;

	if (!equals || !len || len >= sizeof(key))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not KEY=VALUE, for example loss=5%%",
			       word);
	memcpy(key, word, len);
	key[len] = '\0';
	while (keys[i] && strcmp(keys[i], key))
		i++;
	if (!keys[i])
		return fail_key(key, err);
	if (i == SB_ARRAY_LEN(key_of)) {
		c->outage = true;
		return read_outage(equals + 1, &c->to.outage, err);
	}
	return take(key_of[i], equals + 1, c, err);
}

int sb_link_change_read(const char *const *words, size_t count, struct sb_link_change *out,
			struct sb_err *err)
{
	struct sb_link_change c = {0};

	for (size_t i = 0; i < count; i++)
		if (read_word(words[i], &c, err))
			return -1;
	*out = c;
	return 0;
}

cJSON *sb_link_change_to_json(const struct sb_link_change *c)
{
	cJSON *obj = sb_link_state_to_json(&c->to);
	const struct {
		bool named;
		const char *key;
	} members[] = {
	    {c->delay, "delay_ns"},	 {c->rate, "rate_bps"},
	    {c->loss, "loss"},		 {c->duplicate, "duplicate_ppb"},
	    {c->reorder, "reorder_ppb"}, {c->corrupt, "corrupt_ppb"},
	    {c->outage, "outage"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(members); i++)
		if (!members[i].named)
			cJSON_DeleteItemFromObjectCaseSensitive(obj, members[i].key);
	return obj;
}

void sb_link_state_text(char *buf, size_t size, const struct sb_link_state *s)
{
	/* Drawn times have nine decimals, of which people want three. */
	int64_t fine_ns = s->delay_ns >= SB_NS_PER_MS ? SB_NS_PER_US : 1;
	char delay[SB_UNIT_BUF], rate[SB_UNIT_BUF] = "unlimited", loss[64];
	const struct {
		const char *key;
		uint32_t ppb;
	} shares[] = {{"duplicate", s->duplicate_ppb},
		      {"reorder", s->reorder_ppb},
		      {"corrupt", s->corrupt_ppb}};
	int n;

	if (s->rate_bps)
		sb_format_rate(rate,
			       s->rate_bps >= 1000000 ? s->rate_bps / 1000 * 1000 : s->rate_bps);
	sb_loss_text(loss, sizeof(loss), &s->loss);
	n = snprintf(buf, size, "delay=%s rate=%s loss=%s",
		     sb_format_time(delay, s->delay_ns / fine_ns * fine_ns), rate, loss);
	for (size_t i = 0; i < SB_ARRAY_LEN(shares); i++)
		if (shares[i].ppb && n > 0 && (size_t)n < size)
			n += snprintf(buf + n, size - (size_t)n, " %s=%.4g%%", shares[i].key,
				      100.0 * shares[i].ppb / SB_PPB);
	if (s->outage && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, " outage=on");
}
