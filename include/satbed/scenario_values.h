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
#include "satbed/model.h"

/* Kinds of sections, and below every key of each: the order is that of the schema table. */
enum sb_section_kind {
	SB_SEC_SCENARIO,
	SB_SEC_TESTBED,
	SB_SEC_LINK,
	SB_SEC_ORBIT,
	SB_SEC_EVENT,
	SB_SEC_FLOW,
	SB_SEC_EXPECT,
	SB_SEC_COUNT
};

enum sb_key {
	SB_KEY_NAME,
	SB_KEY_ABOUT,
	SB_KEY_ORIGIN,
	SB_KEY_TCP,
	SB_KEY_DURATION,
	SB_KEY_UNTIL,
	SB_KEY_SEED,

	SB_KEY_ENGINE,
	SB_KEY_PATH,
	SB_KEY_PLACEMENT,
	SB_KEY_PEP,
	SB_KEY_BACKEND,
	SB_KEY_CLIENTS,
	SB_KEY_TERMINALS,
	SB_KEY_IMAGE,
	SB_KEY_IP,
	SB_KEY_MTU,
	SB_KEY_SAMPLE,
	SB_KEY_SNAPLEN,
	SB_KEY_PROBES,
	SB_KEY_CLOCK,
	SB_KEY_KERNEL,

	SB_KEY_DELAY,
	SB_KEY_JITTER,
	SB_KEY_JITTER_EVERY,
	SB_KEY_JITTER_MEMORY,
	SB_KEY_TRACE,
	SB_KEY_DELAY_TRACE,
	SB_KEY_RATE,
	SB_KEY_RATE_EVERY,
	SB_KEY_RATE_MEMORY,
	SB_KEY_SLOT,
	SB_KEY_SLOT_PHASE,
	SB_KEY_QUEUE,
	SB_KEY_DISCIPLINE,
	SB_KEY_OVERHEAD,
	SB_KEY_SHARED,
	SB_KEY_PEP_CC,
	SB_KEY_PEP_RATE,
	SB_KEY_PEP_BUFFER,
	SB_KEY_LOSS,
	SB_KEY_DUPLICATE,
	SB_KEY_REORDER,
	SB_KEY_CORRUPT,

	SB_KEY_SHELL,
	SB_KEY_TLE,
	SB_KEY_TERMINAL,
	SB_KEY_GATEWAY,
	SB_KEY_MIN_ELEVATION,
	SB_KEY_ORBIT_START,
	SB_KEY_RECONFIGURE,
	SB_KEY_RECONFIGURE_PHASE,
	SB_KEY_ORBIT_STEP,
	SB_KEY_ORBIT_OUTAGE,

	SB_KEY_EVERY,
	SB_KEY_PHASE,
	SB_KEY_AT,
	SB_KEY_FOR,
	SB_KEY_RAMP,
	SB_KEY_CHANCE,
	SB_KEY_EVENT_CLIENT,
	SB_KEY_EVENT_TERMINAL,
	SB_KEY_EVENT_DIRECTION,
	SB_KEY_OUTAGE,
	SB_KEY_DELAY_STEP,
	SB_KEY_RATE_STEP,
	SB_KEY_EVENT_LOSS,
	SB_KEY_EVENT_QUEUE,

	SB_KEY_KIND,
	SB_KEY_FLOW_DIRECTION,
	SB_KEY_STREAMS,
	SB_KEY_CC,
	SB_KEY_MPTCP,
	SB_KEY_FLOW_CLIENT,
	SB_KEY_FLOW_TERMINAL,
	SB_KEY_START,
	SB_KEY_FLOW_DURATION,
	SB_KEY_FLOW_RATE,
	SB_KEY_PACKET,
	SB_KEY_PORT,
	SB_KEY_SIZE,
	SB_KEY_STALL,
	SB_KEY_TRANSPORT,
	SB_KEY_REQUEST,
	SB_KEY_RESPONSE,
	SB_KEY_FLOW_EVERY,
	SB_KEY_TIMEOUT,
	SB_KEY_SERVER_COMMAND,
	SB_KEY_CLIENT_COMMAND,
	SB_KEY_FILES,
	SB_KEY_READY,
	SB_KEY_USER,
	SB_KEY_SETUP,
	SB_KEY_SERVER_IMAGE,
	SB_KEY_CLIENT_IMAGE,
	SB_KEY_TESTCASE,
	SB_KEY_SIZES,

	SB_KEY_FIDELITY,
	SB_KEY_GOODPUT,
	SB_KEY_RETRANSMITS,
	SB_KEY_COMPLETION,
	SB_KEY_LATENCY,
	SB_KEY_TIMEOUTS,
	SB_KEY_LOSS_UP,
	SB_KEY_LOSS_DOWN,
	SB_KEY_DELAY_UP,
	SB_KEY_DELAY_DOWN,
	SB_KEY_REPORT_PLACE,

	SB_KEY_COUNT
};

/* Indices of words, in the order the schema lists them (enum sb_path, sb_backend, sb_dir first). */
enum sb_direction_word { SB_WORD_UP, SB_WORD_DOWN, SB_WORD_BOTH };

/* [flow] kind = interop, behind the kinds of enum sb_flow_kind: in a plan it is an exec flow. */
#define SB_WORD_INTEROP (SB_FLOW_EXEC + 1)

/* reorder = allow: no share of packets, but whoever may overtake by a falling delay does. */
#define SB_REORDER_ALLOW UINT32_MAX

/** struct sb_queue_written - @amount in ns, packets, bytes or millionths of the bandwidth-delay product */
struct sb_queue_written {
	enum sb_queue_kind { SB_QUEUE_TIME, SB_QUEUE_PACKETS, SB_QUEUE_BYTES, SB_QUEUE_BDP } kind;
	uint64_t amount;
};

/**
 * struct sb_draw - a number, or the distribution it is drawn from
 * @a, @b:	fixed: the value; uniform: from, to; normal: mean, standard deviation;
 *		lognormal: median, 90th percentile; exponential: mean; alternate: first, third ...
 *		and second, fourth ... time.  In ns, factors in millionths.  Old and new: how many
 *		times the link's delay before and after, in millionths
 */
struct sb_draw {
	enum sb_draw_kind {
		SB_DRAW_FIXED,
		SB_DRAW_UNIFORM,
		SB_DRAW_NORMAL,
		SB_DRAW_LOGNORMAL,
		SB_DRAW_EXPONENTIAL,
		SB_DRAW_ALTERNATE,
		SB_DRAW_OLD_NEW
	} kind;
	int64_t a, b;
};

/**
 * struct sb_loss_bursts - loss by time, as written
 * @share_ppb:	of the time; the gaps between bursts then follow from the bursts, else 0
 * @burst, @gap: lengths
 * @step_ns:	not 0: a chain in steps of this length that enters a burst with @enter_ppb and
 *		leaves it with @leave_ppb per step; @burst and @gap mean nothing
 */
struct sb_loss_bursts {
	uint32_t share_ppb;
	struct sb_draw burst, gap;
	int64_t step_ns;
	uint32_t enter_ppb, leave_ppb;
};

/** struct sb_loss_written - what is decided per packet, by time (in plan), or by number */
struct sb_loss_written {
	enum sb_loss_form { SB_LOSS_PER_PACKET, SB_LOSS_BURSTS, SB_LOSS_EXACT } form;
	struct sb_loss loss; /* SB_LOSS_NONE unless per packet */
	struct sb_loss_bursts bursts;
	struct sb_exact exact;
};

#define SB_MAX_QUANTILES 24

/** struct sb_quantile_points - a distribution: @value at each probability, both ascending; see
 * sb_quantile() */
struct sb_quantile_points {
	size_t count;
	struct {
		uint32_t ppb;
		int64_t value;
	} at[SB_MAX_QUANTILES];
};

/**
 * struct sb_memory - how a drawn quantity hangs together over time
 * @run_ppb, @slot_ppb: share of the variance that is drawn once for the run, for each slot
 * @held_ppb:	share that decorrelates within a slot, with the time constant @hold_ns
 *
 * What is left of 10^9 is drawn for each step.
 */
struct sb_memory {
	uint32_t run_ppb, slot_ppb, held_ppb;
	int64_t hold_ns;
};

/** struct sb_link_rate - @number: 0 = unlimited, of @drawn its mean; @drawn: NULL = it is fixed */
struct sb_link_rate {
	uint64_t number;
	struct sb_quantile_points *drawn;
};

/**
 * struct sb_jitter - what a delay deviates by
 * @deviation_ns: standard deviation; the mean is zero.  Of a table: what one of netem's form is scaled
 *		to, 0 = the file has times
 * @quantiles:	of those, NULL otherwise
 * @path:	of a table, NULL otherwise; @samples_ns: its @sample_count values, ascending
 */
struct sb_jitter {
	enum sb_jitter_kind {
		SB_JITTER_NORMAL,
		SB_JITTER_UNIFORM,
		SB_JITTER_PARETO,
		SB_JITTER_LOGNORMAL,
		SB_JITTER_PARETONORMAL,
		SB_JITTER_TABLE,
		SB_JITTER_QUANTILES
	} kind;
	int64_t deviation_ns;
	struct sb_quantile_points *quantiles;
	char *path;
	size_t sample_count;
	int64_t *samples_ns;
};

enum sb_trace_has {
	SB_TRACE_DELAY = 1,
	SB_TRACE_RATE = 2,
	SB_TRACE_LOSS = 4,
	SB_TRACE_OUTAGE = 8,
	SB_TRACE_JITTER = 16,
	SB_TRACE_DUPLICATE = 32
};

/** struct sb_trace_row - from @at_ns on these hold; @has: enum sb_trace_has, what changes;
 * @jitter_ns: deviations are drawn between -@jitter_ns and @jitter_ns, all equally likely */
struct sb_trace_row {
	int64_t at_ns;
	unsigned int has;
	int64_t delay_ns;
	uint64_t rate_bps;
	uint32_t loss_ppb, duplicate_ppb;
	int64_t jitter_ns;
	bool outage;
};

/**
 * struct sb_trace - what one direction of a link did over time
 * @name:	the file's, as written; @xxh64: of its content
 * @note:	what of the file was not used, or how it was taken; "" = nothing to say
 * @has:	enum sb_trace_has, of all rows together
 * @queue_packets: room of the queue where the scenario says nothing of it, 0 = the file does not either
 * @length_ns:	what its rows are of, above 0; @period_ns: after so long it begins again, 0 = after the
 *		last row its values hold
 */
struct sb_trace {
	char *name;
	uint64_t xxh64;
	char note[320];
	unsigned int has;
	uint32_t queue_packets;
	int64_t length_ns, period_ns;
	size_t count;
	struct sb_trace_row *rows; /* by at_ns */
};

/**
 * struct sb_shell - a Walker constellation of circular orbits
 * @phasing:	a satellite is so many of (planes * per_plane) parts of a turn ahead of its
 *		neighbour in the plane before
 * @star:	the planes are spread over half a turn, not a whole one
 */
struct sb_shell {
	int64_t altitude_m, inclination_udeg;
	unsigned int planes, per_plane, phasing;
	bool star;
};

/** struct sb_place - on the ground, in millionths of a degree; north and east are positive */
struct sb_place {
	int64_t latitude_udeg, longitude_udeg;
};

/** struct sb_elements - a satellite's mean elements; @epoch_ns: since 1970, UTC */
struct sb_elements {
	char name[25];
	int64_t epoch_ns;
	double bstar, inclination_rad, node_rad, eccentricity, perigee_rad, anomaly_rad;
	double motion_rad_min;
};

/* Elements hold for days. */
#define SB_TLE_MAX_AGE_DAYS 60

/** struct sb_tle - @list: NULL until the file has been read; @left_out: sets that could not be read,
 * @why the first could not */
struct sb_tle {
	char *path;
	size_t count, left_out;
	char why[200];
	struct sb_elements *list;
};

/**
 * struct sb_file_value - a file of what a link did over time
 * @end:	what comes after its last line
 * @every_ns:	how long each of its lines holds, 0 where they have times
 * @trace:	NULL until the file has been read
 */
struct sb_file_value {
	char *path;
	enum sb_trace_end { SB_TRACE_ITS_OWN, SB_TRACE_LOOP, SB_TRACE_HOLD } end;
	int64_t every_ns;
	struct sb_trace *trace;
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
		uint64_t number;	  /* counts, bytes, rates (0 = unlimited), seeds */
		struct sb_link_rate rate; /* of a link; @number is its, too */
		struct sb_memory memory;
		uint32_t ppb;
		int word;	  /* index into the schema's list */
		uint64_t clients; /* bit i: client i + 1 */
		char *text;
		struct sb_loss_written loss;
		struct sb_queue_written queue;
		struct sb_draw draw;
		struct sb_discipline discipline;
		struct sb_instants instants;
		struct sb_jitter jitter;
		struct sb_file_value file;
		struct sb_shell shell;
		struct sb_place where;
		struct sb_tle tle;
		int64_t udeg;
		int64_t utc_ns;
	};
};

/**
 * struct sb_section - one section; [scenario], [testbed] and [link] are always there
 * @name:	of an event or flow
 * @client, @terminal: of a link section: 0 = all, else from 1; @direction: enum sb_direction_word
 * @values:	one per key of @kind, see sb_value()
 */
struct sb_section {
	enum sb_section_kind kind;
	int place;
	char name[SB_NAME_MAX];
	unsigned int client, terminal;
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
/** sb_value_read() - one value by its key's type, as a file has it; @out is modified on success
 * only
 */
int sb_value_read(enum sb_key key, const char *text, struct sb_value *out, struct sb_err *err);
/** sb_key_name() - as a file has it; sb_key_max(): its largest value, in the smallest unit */
const char *sb_key_name(enum sb_key key);
uint64_t sb_key_max(enum sb_key key);
/** sb_link_key_fixed() - why a key of [link] cannot change while a testbed is up ("holds for the whole run");
 * NULL: it can, or there is no such key */
const char *sb_link_key_fixed(const char *name);
/** sb_has() - a usable value is there, written or by default */
bool sb_has(const struct sb_value *v);
/** sb_scenario_section() - the @nth section of a kind, NULL when there are fewer */
const struct sb_section *sb_scenario_section(const struct sb_scenario *sc,
					     enum sb_section_kind kind, size_t nth);
/**
 * sb_link_value() - a link key as it holds for one direction of one link
 * @link:	from 1: the client's number where each has one terminal; else those of client 1 come
 *		first
 *
 * The most specific section that has it wins: of those that fit, one that names the terminal, then one
 * that names the client, then one that names the direction; then [link], then the default.
 */
const struct sb_value *sb_link_value(const struct sb_scenario *sc, unsigned int link,
				     enum sb_dir dir, enum sb_key key);
/** sb_clients() - [testbed] clients */
unsigned int sb_clients(const struct sb_scenario *sc);
/** sb_terminals() - [testbed] terminals: links of each client */
unsigned int sb_terminals(const struct sb_scenario *sc);
/** sb_links() - of all clients together, SB_MAX_CLIENTS at most */
unsigned int sb_links(const struct sb_scenario *sc);
/** sb_link_is_meant() - a section's clients and terminals, as its keys @client and @terminal have them */
bool sb_link_is_meant(const struct sb_scenario *sc, const struct sb_section *s, enum sb_key client,
		      enum sb_key terminal, unsigned int link);

/* Findings: what is wrong with a file, gathered to be told in one go. */
struct sb_scenario_finding {
	int place; /* as in struct sb_value; 0 = the file as a whole */
	char *text;
};

struct sb_findings {
	const char *file;
	const char *const *sets;
	size_t count, room;
	struct sb_scenario_finding *items;
};

void sb_findings_add(struct sb_findings *f, int place, const char *fmt, ...) SB_PRINTF(3, 4);
/**
 * sb_findings_close() - free them and say how it went
 *
 * Return: 0 when there were none, else -1 with @err (SB_EINPUT): a line each, by place
 */
int sb_findings_close(struct sb_findings *f, struct sb_err *err);

#endif
