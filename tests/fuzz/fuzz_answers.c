// SPDX-License-Identifier: MIT
/*
 * fuzz_answers.c - any lines as what emulator and nodes say during a run
 *
 * A node's program runs in the user's image: what it says is not trusted.  A line's first byte is who says
 * it (s: the emulator, at its end; e: during the run; digits: nodes), the rest is JSON.
 *
 * Invariant beyond not crashing: each line of events.jsonl is one JSON object, and of samples.csv has all columns.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "run/exec/exec.h"
#include "run/state.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A flow of each kind, two clients, a path with proxies and a timeline. */
static const char scenario[] = "[scenario]\n"
			       "duration = 5s\n"
			       "[testbed]\n"
			       "clients = 2\n"
			       "pep = terminal+gateway\n"
			       "[link]\n"
			       "delay = 20ms\n"
			       "rate = 10mbit\n"
			       "[event.step]\n"
			       "every = 1s\n"
			       "delay_step = 5ms\n"
			       "[flow.bulk]\n"
			       "kind = bulk\n"
			       "streams = 3\n"
			       "[flow.ask]\n"
			       "kind = rr\n"
			       "[flow.file]\n"
			       "kind = file\n"
			       "size = 1MB\n"
			       "[flow.stream]\n"
			       "kind = stream\n"
			       "rate = 1mbit\n"
			       "[flow.run]\n"
			       "kind = exec\n"
			       "server_command = true\n"
			       "client_command = true\n"
			       "setup = true\n";

static struct sb_plan *plan_once(void)
{
	static struct sb_plan *plan;
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	if (plan)
		return plan;
	if (sb_scenario_parse("fuzz.ini", scenario, strlen(scenario), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fprintf(stderr, "%s\n", err.msg);
	MUST(plan);
	sb_scenario_free(sc);
	return plan;
}

static void check_events(char *text)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) && rest;) {
		cJSON *obj = cJSON_Parse(line);

		MUST(cJSON_IsObject(obj));
		cJSON_Delete(obj);
	}
}

static size_t commas(const char *line)
{
	size_t n = 0;

	for (; *line; line++)
		n += *line == ',';
	return n;
}

static void check_samples(char *text)
{
	char *rest = text, *header = strsep(&rest, "\n");
	size_t wanted = commas(header);

	for (char *line; rest && (line = strsep(&rest, "\n")) && rest;)
		MUST(commas(line) == wanted);
}

static void hear(struct sb_run *run, const char *line, size_t len)
{
	cJSON *obj = len > 1 ? cJSON_ParseWithLength(line + 1, len - 1) : NULL;

	if (!cJSON_IsObject(obj)) {
		cJSON_Delete(obj);
		return;
	}
	if (line[0] == 's')
		sb_run_note_stopped(run, obj);
	else if (line[0] == 'e')
		sb_run_note(run, SB_EMULATOR, obj);
	else if (line[0] >= '0' && line[0] <= '2')
		sb_run_note(run, line[0] - '0', obj);
	cJSON_Delete(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sb_run_options options;
	static char nowhere[] = "/nowhere";
	struct sb_capture_report captures[2 * SB_POINTS];
	char *events = NULL, *samples = NULL;
	size_t events_len, samples_len;
	struct sb_err err = {0};
	struct sb_run run;

	sb_run_init(&run, plan_once(), &options);
	memset(captures, 0, sizeof(captures));
	run.dir = (struct sb_rundir){.path = nowhere,
				     .capture_count = SB_ARRAY_LEN(captures),
				     .captures = captures,
				     .events = open_memstream(&events, &events_len),
				     .samples = open_memstream(&samples, &samples_len)};
	run.t0_ns = run.end_ns = 1;
	MUST(run.dir.events && run.dir.samples && !sb_exec_load(&run, &err));
	sb_samples_header(run.dir.samples);
	for (const char *line = (const char *)data, *end = line + size; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop ? stop : end;
		hear(&run, line, (size_t)(stop - line));
		line = stop + 1;
	}
	fclose(run.dir.events);
	fclose(run.dir.samples);
	check_events(events);
	check_samples(samples);
	free(events);
	free(samples);
	memset(&run.dir, 0, sizeof(run.dir));
	sb_run_fini(&run);
	return 0;
}
