/* SPDX-License-Identifier: MIT */
/* put.h - values of a report into its JSON; private to src/report */
#ifndef SATBED_REPORT_PUT_H
#define SATBED_REPORT_PUT_H

#include <cjson/cJSON.h>

#include "satbed/report.h"

/**
 * struct sb_put - who takes the values of a report as they come, each with its key: put_json.c makes run.json of
 *		them, find.c looks for one by its place
 * @begin:	an object ('{') or a list ('[') and, at @end, the innermost one's end.  @name: what an element of a
 *		list is called by, NULL = by its number only
 * @number:	NAN: not known; @text: NULL: the same, in UTF-8
 * @tree:	what came as JSON; NULL: not known
 *
 * @key is NULL for elements of a list.
 */
struct sb_put {
	void (*begin)(struct sb_put *to, const char *key, char bracket, const char *name);
	void (*end)(struct sb_put *to);
	void (*number)(struct sb_put *to, const char *key, double value);
	void (*truth)(struct sb_put *to, const char *key, bool value);
	void (*text)(struct sb_put *to, const char *key, const char *text);
	void (*tree)(struct sb_put *to, const char *key, const cJSON *tree);
};

/* Each is closed by sb_put_end(). */
void sb_put_object(struct sb_put *to, const char *key);
void sb_put_list(struct sb_put *to, const char *key);
/** sb_put_item() - an object as the next element of a list */
void sb_put_item(struct sb_put *to, const char *name);
void sb_put_end(struct sb_put *to);

/*
 * Each puts a member of an object; what is not finite is null.  Doubles are written to the ns, the ppb, the
 * bit/s: further digits only look exact.
 */
void sb_put_number(struct sb_put *to, const char *key, double value);
void sb_put_rounded(struct sb_put *to, const char *key, double value, double steps_per_unit);
void sb_put_ms(struct sb_put *to, const char *key, double ms);
void sb_put_fraction(struct sb_put *to, const char *key, double fraction);
void sb_put_bps(struct sb_put *to, const char *key, double bps);
void sb_put_count(struct sb_put *to, const char *key, uint64_t count);
/** sb_put_known() - -1 and below stand for "not known" */
void sb_put_known(struct sb_put *to, const char *key, int64_t count);
void sb_put_bool(struct sb_put *to, const char *key, bool value);
void sb_put_null(struct sb_put *to, const char *key);
/** sb_put_word() - a text of satbed's own, as it is; sb_put_text(): others', as harmless UTF-8.  NULL is null */
void sb_put_word(struct sb_put *to, const char *key, const char *word);
void sb_put_text(struct sb_put *to, const char *key, const char *text);
void sb_put_tree(struct sb_put *to, const char *key, const cJSON *tree);
/** sb_put_reasons() - "reasons" and "reason_codes" */
void sb_put_reasons(struct sb_put *to, const struct sb_reasons *reasons);
void sb_put_quantiles(struct sb_put *to, const char *key, const struct sb_quantiles *q);

#define SB_NO_CHANCE "an engineering limit, not chance"

/**
 * sb_put_false_alarm() - how often a link that is right fails a check by chance, at most
 * @false_alarm: NAN where that has no closed form; @because: why not
 */
void sb_put_false_alarm(struct sb_put *to, double false_alarm, const char *because);

/* Members of run.json. */
void sb_report_links_json(struct sb_put *to, const struct sb_report *r);
void sb_report_flows_json(struct sb_put *to, const struct sb_report *r);
void sb_report_timeline_json(struct sb_put *to, const struct sb_report *r);
void sb_report_events_json(struct sb_put *to, const struct sb_report *r);
void sb_report_host_json(struct sb_put *to, const struct sb_report *r);
/* Nothing without a session, or a replay: session.c, replay.c. */
void sb_report_session_json(struct sb_put *to, const struct sb_report *r);
void sb_report_replay_json(struct sb_put *to, const struct sb_report *r);

/** sb_report_values() - all of run.json but what [expect] came to */
void sb_report_values(struct sb_put *to, const struct sb_report *r);

/** struct sb_put_json - a JSON tree of what is put; its @top is the caller's to delete */
#define SB_PUT_DEPTH 16
struct sb_put_json {
	struct sb_put put;
	cJSON *top, *open[SB_PUT_DEPTH];
	size_t depth;
};
void sb_put_json_init(struct sb_put_json *j);

#endif
