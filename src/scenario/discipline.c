// SPDX-License-Identifier: MIT
/* discipline.c - "codel target 5ms interval 100ms": queue disciplines as written */
#include <string.h>

#include "grammar.h"
#include "satbed/base/clock.h"
#include "satbed/base/units.h"

#define MIN_NS SB_NS_PER_MS
#define MAX_NS (10 * SB_NS_PER_S)

/* What the RFCs recommend: 8289, sections 4.2 and 4.3; 8033, sections 4.1 and 4.2. */
static const struct {
	struct sb_discipline standard;
	const char *names; /* of its parameters, target first; NULL = it has none */
} kinds[] = {
    [SB_DROP_TAIL] = {{SB_DROP_TAIL, 0, 0}, NULL},
    [SB_DROP_HEAD] = {{SB_DROP_HEAD, 0, 0}, "limit"},
    [SB_CODEL] = {{SB_CODEL, 5 * SB_NS_PER_MS, 100 * SB_NS_PER_MS}, "target|interval"},
    [SB_PIE] = {{SB_PIE, 15 * SB_NS_PER_MS, 15 * SB_NS_PER_MS}, "target|update"},
};

static int read_parameter(const char *names, const char *name, const char *text,
			  struct sb_discipline *d, struct sb_err *err)
{
	int n = sb_word_index(names, name);
	int64_t ns;

	if (n < 0)
		return sb_fail_word(names, name, err);
	if (!text)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" without its time", name);
	if (sb_parse_time(text, &ns, err))
		return -1;
	if (ns < MIN_NS || ns > MAX_NS)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected 1ms to 10s",
			       text);
	*(n ? &d->interval_ns : &d->target_ns) = ns;
	return 0;
}

int sb_read_discipline(const char *text, struct sb_discipline *out, struct sb_err *err)
{
	static const char words[] = "drop-tail|drop-head|codel|pie";
	struct sb_discipline d;
	struct sb_words w;
	int kind;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	kind = sb_word_index(words, w.word[0]);
	if (kind < 0)
		return sb_fail_word(words, w.word[0], err);
	d = kinds[kind].standard;
	if (w.count > 1 && !kinds[kind].names)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" after %s, which has no parameters",
			       w.word[1], w.word[0]);
	for (size_t i = 1; i < w.count; i += 2)
		if (read_parameter(kinds[kind].names, w.word[i],
				   i + 1 < w.count ? w.word[i + 1] : NULL, &d, err))
			return -1;
	*out = d;
	return 0;
}
