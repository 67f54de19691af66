/* SPDX-License-Identifier: MIT */
/* run.h - a whole run: up, shape, capture, traffic, collect, down, analysis, report */
#ifndef SATBED_RUN_H
#define SATBED_RUN_H

#include <stdbool.h>

#include "satbed/base/err.h"
#include "satbed/base/interrupt.h"
#include "satbed/live.h"
#include "satbed/plan.h"
#include "satbed/replay.h"
#include "satbed/replay_session.h"

/**
 * struct sb_run_inside - a run in a guest on the virtual clock, as its starter wants it
 * @kernel:	version of the guest's kernel; @config_hash: of its configuration
 * @directory:	of the run as the user knows it
 * @colour:	escapes may be used in the table
 */
struct sb_run_inside {
	const char *kernel, *config_hash, *directory;
	bool colour;
};

/**
 * struct sb_run_source - the capture that @replay or @session of struct sb_run_options were read from
 * @client, @speed_permille, @top_speed: as in struct sb_replay_options
 */
struct sb_run_source {
	const char *file, *client;
	uint32_t speed_permille;
	bool top_speed;
};

/**
 * struct sb_run_options - how a run is done, apart from what it does
 * @out_dir:	run directory; NULL = captures/NAME-TIME; must not hold a run already
 * @known_as:	what the results call it, where it is to be renamed; NULL = as it is
 * @json:	print run.json on stdout instead of the table
 * @plain:	no live screen but lines, no colours
 * @quiet:	nothing on stderr but errors and warnings
 * @until_done:	over when all flows are, before the planned end
 * @silent:	nothing on stdout: neither table nor run.json
 * @replay:	packets to be sent over the first client's link; NULL = none
 * @session:	what flows of kind session carry (sb_session_add_flows()); NULL = there are none
 * @junit:	file for verdicts and expectations as JUnit XML; NULL = none
 * @summary:	file that a summary in Markdown is appended to; NULL = none
 * @scenario:	file of the scenario, which files of exec flows are looked for beside; NULL = none
 * @metrics, @serve, @serve_token: as in struct sb_live_options
 * @live:	who has many runs made has one of its own, and has called sb_live_run(); NULL = of
 *		this run alone, by @plain, @quiet, @metrics and @serve
 * @repeat:	on the virtual clock, where a run is otherwise the same each time: 0 = as the plan's
 *		seed has it, else other random numbers for what is drawn per packet and by the kernel;
 *		the timeline stays
 * @source:	of @replay or @session, for a guest to read it again; NULL = neither is set
 * @inside:	not NULL: this process is in a guest already; a plan with the virtual clock is
 *		otherwise carried out in one
 */
struct sb_run_options {
	const char *out_dir, *known_as, *scenario, *metrics, *serve, *serve_token, *junit, *summary;
	const struct sb_replay *replay;
	const struct sb_session *session;
	bool json, plain, quiet, silent, until_done;
	struct sb_live *live;
	const struct sb_run_inside *inside;
	const struct sb_run_source *source;
	size_t repeat;
};

/**
 * sb_run() - carry out @plan
 * @exit_status: 0 all verdicts and expectations hold, 1 one does not, 130 interrupted (what was
 *		measured until then is reported)
 *
 * Whatever happens, nothing of the testbed is left.  When something of it breaks after the start, what
 * was measured until then is reported all the same, and @err says what broke.
 *
 * Return: 0 with *@exit_status set, or -1 with @err
 */
int sb_run(const struct sb_plan *plan, const struct sb_run_options *options, int *exit_status,
	   struct sb_err *err);

/**
 * sb_run_verify() - sb_run() twice on the virtual clock: are all files the same to the byte?
 * @exit_status: as of the first run; 1 as well where something differs, which is then said
 *
 * The second run's directory is the first's with "-again"; it stays only where something differs.
 *
 * Return: as sb_run(); the real clock is refused (SB_EINPUT)
 */
int sb_run_verify(const struct sb_plan *plan, const struct sb_run_options *options,
		  int *exit_status, struct sb_err *err);

/**
 * sb_run_room_text() - a sentence: what the captures of @plan may take, and what is free in @directory
 * @buf:	empty where neither is known
 *
 * Return: true unless that is too little
 */
bool sb_run_room_text(const struct sb_plan *plan, const char *directory, char *buf, size_t size);

/** sb_run_is_cut_off() - is that the directory of a run that has no report? */
bool sb_run_is_cut_off(const char *directory);
/**
 * sb_run_recover() - report a run that was cut off, from what its directory holds
 * @silent:	nothing on stdout
 *
 * Writes what sb_run() would have, and prints the table.  Nothing in the directory is trusted.
 *
 * Return: 0, or -1 with @err (SB_EINPUT): there is nothing to report
 */
int sb_run_recover(const char *directory, bool silent, struct sb_err *err);

#endif
