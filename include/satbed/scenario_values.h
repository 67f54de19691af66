/* SPDX-License-Identifier: MIT */
/*
 * scenario_values.h - a scenario's typed values, each with the place it was written at
 *
 * Only src/scenario (which fills them) and src/plan (which resolves them) look inside.
 */
#ifndef SATBED_SCENARIO_VALUES_H
#define SATBED_SCENARIO_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/base/suggest.h"
#include "satbed/plan.h"

/* Kinds of sections, and below every key of each: the order is that of the schema table. */
enum sb_section_kind {
	SB_SEC_SCENARIO,
	SB_SEC_TESTBED,
	SB_SEC_LINK,
	SB_SEC_EVENT,
	SB_SEC_FLOW,
	SB_SEC_EXPECT,
	SB_SEC_COUNT
};

enum sb_key {
	SB_KEY_NAME,
	SB_KEY_ABOUT,
	SB_KEY_DURATION,
	SB_KEY_SEED,

	SB_KEY_ENGINE,
	SB_KEY_PATH,
	SB_KEY_BACKEND,
	SB_KEY_CLIENTS,
	SB_KEY_IMAGE,
	SB_KEY_IP,
	SB_KEY_MTU,
	SB_KEY_SAMPLE,
	SB_KEY_SNAPLEN,

	SB_KEY_DELAY,
	SB_KEY_JITTER,
	SB_KEY_JITTER_EVERY,
	SB_KEY_RATE,
	SB_KEY_QUEUE,
	SB_KEY_LOSS,
	SB_KEY_DUPLICATE,
	SB_KEY_REORDER,
	SB_KEY_CORRUPT,

	SB_KEY_EVERY,
	SB_KEY_PHASE,
	SB_KEY_AT,
	SB_KEY_FOR,
	SB_KEY_CHANCE,
	SB_KEY_EVENT_CLIENT,
	SB_KEY_EVENT_DIRECTION,
	SB_KEY_OUTAGE,
	SB_KEY_DELAY_STEP,
	SB_KEY_RATE_STEP,
	SB_KEY_EVENT_LOSS,

	SB_KEY_KIND,
	SB_KEY_FLOW_DIRECTION,
	SB_KEY_STREAMS,
	SB_KEY_CC,
	SB_KEY_FLOW_CLIENT,
	SB_KEY_START,
	SB_KEY_FLOW_DURATION,
	SB_KEY_FLOW_RATE,
	SB_KEY_PACKET,
	SB_KEY_PORT,

	SB_KEY_FIDELITY,
	SB_KEY_GOODPUT,
	SB_KEY_RETRANSMITS,
	SB_KEY_LOSS_UP,
	SB_KEY_LOSS_DOWN,
	SB_KEY_DELAY_UP,
	SB_KEY_DELAY_DOWN,

	SB_KEY_COUNT
};

/* Indices of words, in the order the schema lists them (enum sb_path, sb_backend, sb_dir first). */
enum sb_direction_word { SB_WORD_UP, SB_WORD_DOWN, SB_WORD_BOTH };

/** struct sb_queue - @amount in ns, packets, bytes or millionths of the bandwidth-delay product */
struct sb_queue {
	enum sb_queue_kind { SB_QUEUE_TIME, SB_QUEUE_PACKETS, SB_QUEUE_BYTES, SB_QUEUE_BDP } kind;
	uint64_t amount;
};

/**
 * struct sb_draw - a number, or the distribution it is drawn from
 * @a, @b:	fixed: the value; uniform: from, to; normal: mean, standard deviation;
 *		lognormal: median, 90th percentile; exponential: mean.  In ns, factors in millionths
 */
struct sb_draw {
	enum sb_draw_kind {
		SB_DRAW_FIXED,
		SB_DRAW_UNIFORM,
		SB_DRAW_NORMAL,
		SB_DRAW_LOGNORMAL,
		SB_DRAW_EXPONENTIAL
	} kind;
	int64_t a, b;
};

struct sb_instants {
	size_t count;
	int64_t *ns; /* ascending */
};

enum sb_value_state {
	SB_VALUE_ABSENT, /* neither written nor a default: the union means nothing */
	SB_VALUE_DEFAULT,
	SB_VALUE_WRITTEN,
	SB_VALUE_BAD /* written, not understood and already reported */
};

/**
 * struct sb_value - one key's value
 * @place:	line of the file; -n for the n-th --set; 0 when not written
 */
struct sb_value {
	enum sb_value_state state;
	int place;
	union {
		int64_t time_ns;
		uint64_t number; /* counts, bytes, rates (0 = unlimited), seeds */
		uint32_t ppb;
		int word;	  /* index into the schema's list */
		uint64_t clients; /* bit i: client i + 1 */
		char *text;
		struct sb_loss loss;
		struct sb_queue queue;
		struct sb_draw draw;
		struct sb_instants instants;
	};
};

/**
 * struct sb_section - one section; [scenario], [testbed] and [link] are always there
 * @name:	of an event or flow
 * @client:	of a link section: 0 = all, else from 1; @direction: enum sb_direction_word
 * @values:	one per key of @kind, see sb_value()
 */
struct sb_section {
	enum sb_section_kind kind;
	int place;
	char name[SB_NAME_MAX];
	unsigned int client;
	enum sb_direction_word direction;
	struct sb_value *values;
};

struct sb_expectation {
	int place;
	struct sb_expect expect;
};

struct sb_scenario {
	char *file; /* as it stands in messages */
	size_t set_count;
	char **sets;
	size_t section_count;
	struct sb_section *sections; /* in the file's order */
	size_t expect_count;
	struct sb_expectation *expects;
};

/** sb_value() - a key of a section of the right kind; never NULL */
const struct sb_value *sb_value(const struct sb_section *s, enum sb_key key);
/** sb_has() - a usable value is there, written or by default */
bool sb_has(const struct sb_value *v);
/** sb_scenario_section() - the @nth section of a kind, NULL when there are fewer */
const struct sb_section *sb_scenario_section(const struct sb_scenario *sc,
					     enum sb_section_kind kind, size_t nth);
/**
 * sb_link_value() - a link key as it holds for one direction of one client
 *
 * The most specific section that has it wins: [link.clientN.up], [link.clientN], [link.up], [link],
 * default.
 */
const struct sb_value *sb_link_value(const struct sb_scenario *sc, unsigned int client,
				     enum sb_dir dir, enum sb_key key);
/** sb_clients() - [testbed] clients */
unsigned int sb_clients(const struct sb_scenario *sc);

/* Findings: what is wrong with a file, gathered to be told in one go. */
struct sb_finding {
	int place; /* as in struct sb_value; 0 = the file as a whole */
	char *text;
};

struct sb_findings {
	const char *file;
	const char *const *sets;
	size_t count, room;
	struct sb_finding *items;
};

void sb_findings_add(struct sb_findings *f, int place, const char *fmt, ...) SB_PRINTF(3, 4);
/**
 * sb_findings_close() - free them and say how it went
 *
 * Return: 0 when there were none, else -1 with @err (SB_EINPUT): a line each, by place
 */
int sb_findings_close(struct sb_findings *f, struct sb_err *err);

#endif
