// SPDX-License-Identifier: MIT
/* cmd_replay.c - satbed replay */
#include <stdio.h>
#include <string.h>

#include "cli/run_args.h"
#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/clock.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/base/textstream.h"
#include "satbed/learn.h"
#include "satbed/replay.h"
#include "satbed/replay_session.h"
#include "satbed/run.h"
#include "satbed/scenario.h"

/* After the last packet: it may be late, and should meet the link's timeline all the same. */
#define TAIL_NS (300 * SB_NS_PER_MS)
/* At top speed nobody knows how long it takes; this is slow. */
#define TOP_SPEED_PACKET_NS (20 * SB_NS_PER_US)
/* What a scenario's duration may be (satbed explain scenario.duration). */
#define LONGEST_NS (INT64_C(24) * 3600 * SB_NS_PER_S)

static const struct sb_option options[] = {
    {"packets", 'p', "FILE", "send the packets of this capture (pcap or pcapng) over the link"},
    {"application", 'a', "FILE",
     "do over the link what the applications in this capture did, by live connections"},
    {"link", 'l', "FILE",
     "learn the link from this capture (and from the one of the server's end), and run that"},
    {"client", 'c', "ADDRESS", "address of the client in the capture (default: detected)"},
    {"cc", 0, "NAME", "--application: congestion control of its connections, such as bbr"},
    {"limit", 0, "TIME",
     "--application: time limit (default: four times the captured time, plus a minute)"},
    {"speed", 0, "FACTOR", "--packets: speed factor, such as 2 or 0.5"},
    {"topspeed", 't', NULL, "--packets: as fast as possible"},
    SB_OPTIONS_SCENARIO,
    SB_OPTIONS_CLOCK,
    {"out", 'o', "DIR", "directory of the results (default: captures/NAME-TIME)"},
    {"json", 0, NULL, "print run.json instead of the table"},
    {"plain", 0, NULL, "no colours, no overwritten lines"},
    SB_OPTIONS_LOG,
    {0},
};

static const char *const examples[] = {
    "satbed replay --packets call.pcapng scenarios/leo-lossy.ini",
    "satbed replay --packets call.pcap --client 192.168.1.20 --speed 2 scenarios/geo-small.ini",
    "satbed replay --application browsing.pcap --cc bbr scenarios/geo-small.ini",
    "satbed replay --link client1.pcap server-client1.pcap --set flow.bulk.cc=bbr",
    NULL,
};

struct request {
	struct sb_scenario_args chosen;
	struct sb_run_options run;
	struct sb_replay_options replay;
	const char *packets, *application, *link, *cc;
	int64_t limit_ns;
};

static int read_speed(const char *text, uint32_t *permille, struct sb_err *err)
{
	uint64_t ppm;

	if (sb_parse_factor(text, &ppm, err))
		return sb_wrap(err, "--speed");
	if (ppm < 1000 || ppm > 1000000000 || ppm % 1000)
		return sb_fail(err, SB_EINPUT, 0,
			       "--speed: %s is not from 0.001 to 1000, in steps of 0.001", text);
	*permille = (uint32_t)(ppm / 1000);
	return 0;
}

static int read_limit(const char *text, int64_t *limit_ns, struct sb_err *err)
{
	if (sb_parse_time(text, limit_ns, err))
		return sb_wrap(err, "--limit");
	if (*limit_ns < SB_NS_PER_S || *limit_ns > LONGEST_NS)
		return sb_fail(err, SB_EINPUT, 0, "--limit: %s is not from 1s to 24h", text);
	return 0;
}

static int take_option(void *own, const char *name, const char *value, struct sb_err *err)
{
	struct request *r = own;

	if (!strcmp(name, "packets"))
		r->packets = value;
	else if (!strcmp(name, "application"))
		r->application = value;
	else if (!strcmp(name, "cc"))
		r->cc = value;
	else if (!strcmp(name, "limit"))
		return read_limit(value, &r->limit_ns, err);
	else if (!strcmp(name, "link"))
		r->link = value;
	else if (!strcmp(name, "client"))
		r->replay.client = value;
	else if (!strcmp(name, "speed"))
		return read_speed(value, &r->replay.speed_permille, err);
	else if (!strcmp(name, "topspeed"))
		r->replay.top_speed = true;
	else
		sb_run_args_take(&r->run, name, value);
	return 0;
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	if (sb_scenario_args_read(&r->chosen, args, take_option, r, err))
		return -1;
	if (!!r->packets + !!r->application + !!r->link != 1)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "replay needs a capture, in one of three ways: satbed replay "
		    "--packets FILE scenarios/leo-lossy.ini, satbed replay "
		    "--application FILE scenarios/leo-lossy.ini, or satbed replay --link "
		    "FILE");
	if (!r->application && (r->cc || r->limit_ns))
		return sb_fail(err, SB_EINPUT, 0, "%s is for --application only",
			       r->cc ? "--cc" : "--limit");
	if (r->application && (r->replay.top_speed || r->replay.speed_permille != 1000))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--speed is for --packets only: applications go as fast as their connections");
	if (r->replay.top_speed && r->replay.speed_permille != 1000)
		return sb_fail(err, SB_EINPUT, 0, "--speed and --topspeed exclude each other");
	return 0;
}

static int replay(struct request *r, int *status, struct sb_err *err)
{
	struct sb_replay *capture = NULL;
	struct sb_run_source source;
	struct sb_plan *plan = NULL;
	int rc = sb_replay_read(r->packets, &r->replay, &capture, err);

	if (rc)
		return rc;
	sb_info("%s: %zu packets in %.1f s", r->packets, capture->count,
		(double)capture->duration_ns / 1e9);
	r->chosen.link_only_ns = capture->duration_ns + TAIL_NS;
	if (r->replay.top_speed)
		r->chosen.link_only_ns += (int64_t)capture->count * TOP_SPEED_PACKET_NS;
	/* What a scenario may have (satbed explain scenario.duration). */
	if (r->chosen.link_only_ns < SB_NS_PER_S)
		r->chosen.link_only_ns = SB_NS_PER_S;
	if (r->chosen.link_only_ns > LONGEST_NS)
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s is longer than 24 hours; use --speed, or cut it (editcap -A)",
			     r->packets);
	if (!rc)
		rc = sb_scenario_args_plan(&r->chosen, "replay", &plan, err);
	r->run.scenario = r->chosen.file;
	r->run.replay = capture;
	source = (struct sb_run_source){.file = r->packets,
					.client = r->replay.client,
					.speed_permille = r->replay.speed_permille,
					.top_speed = r->replay.top_speed};
	r->run.source = &source;
	if (!rc)
		rc = sb_run(plan, &r->run, status, err);
	r->run.source = NULL;
	sb_plan_free(plan);
	sb_replay_free(capture);
	return rc;
}

static int64_t limit_of(const struct request *r, const struct sb_session *s)
{
	if (r->limit_ns)
		return r->limit_ns;
	if (s->duration_ns > (LONGEST_NS - 60 * SB_NS_PER_S) / 4)
		return LONGEST_NS;
	return 4 * s->duration_ns + 60 * SB_NS_PER_S;
}

/* Behind a relay not everything can be told apart. */
static int fit_path(struct sb_session *s, const struct sb_plan *plan, struct sb_err *err)
{
	size_t out;

	if (plan->path == SB_PATH_BRIDGE)
		return 0;
	out = sb_session_keep_relayed(s);
	if (!s->flow_count)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "no flow of the capture (%zu in all) can be replayed through %s: they are UDP, "
		    "or the server speaks first; use --set testbed.path=bridge",
		    out, sb_relay_name(plan->path));
	if (out)
		sb_warn("%zu flows are left out, which %s cannot carry: UDP, or the server speaks "
			"first",
			out, sb_relay_name(plan->path));
	return 0;
}

static int replay_application(struct request *r, int *status, struct sb_err *err)
{
	struct sb_session *session = NULL;
	struct sb_run_source source;
	struct sb_plan *plan = NULL;
	int rc = sb_session_read(r->application, r->replay.client, &session, err);

	if (rc)
		return rc;
	sb_info("%s: %zu flows in %.1f s", r->application, session->flow_count,
		(double)session->duration_ns / 1e9);
	if (session->duration_ns > LONGEST_NS)
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s is longer than 24 hours; cut it (editcap -A -B)", r->application);
	r->chosen.link_only_ns = limit_of(r, session);
	if (!rc)
		rc = sb_scenario_args_plan(&r->chosen, "replay", &plan, err);
	if (!rc)
		rc = fit_path(session, plan, err);
	if (!rc) {
		sb_session_add_flows(session, r->cc ? r->cc : "", plan);
		r->run.scenario = r->chosen.file;
		r->run.session = session;
		source = (struct sb_run_source){.file = r->application, .client = r->replay.client};
		r->run.source = &source;
		r->run.until_done = true;
		rc = sb_run(plan, &r->run, status, err);
		r->run.source = NULL;
	}
	sb_plan_free(plan);
	sb_session_free(session);
	return rc;
}

/* What was learned is a scenario as any other; the run's plan.json has it to the last number. */
static int replay_link(struct request *r, int *status, struct sb_err *err)
{
	struct sb_learned l;
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	sb_auto_free char *text = NULL;
	size_t len = 0;
	FILE *to;
	int rc;

	if (sb_learn_read(r->link, r->chosen.file, &l, err))
		return -1;
	to = sb_textstream_open(&text, &len);
	sb_learned_write(to, &l, "learned", r->link);
	sb_textstream_close(to, &text);
	sb_learned_fini(&l);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	rc = sb_scenario_parse("learned", text, len, (const char *const *)r->chosen.sets,
			       r->chosen.set_count, &sc, err);
	if (!rc)
		rc = sb_plan_make(sc, &plan, err);
	if (!rc)
		rc = sb_run(plan, &r->run, status, err);
	sb_plan_free(plan);
	sb_scenario_free(sc);
	return rc;
}

static int carry_out(struct request *r, int *status, struct sb_err *err)
{
	if (r->link)
		return replay_link(r, status, err);
	return r->application ? replay_application(r, status, err) : replay(r, status, err);
}

static int run_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {.replay = {.speed_permille = 1000}};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	if (read_request(&r, &args, &err) || carry_out(&r, &status, &err))
		status = sb_die(&err);
	sb_scenario_args_fini(&r.chosen);
	return status;
}

const struct sb_command sb_cmd_replay = {
    .name = "replay",
    .args = "SCENARIO | [SERVER-END]",
    .summary = "replay a capture's packets or applications over a link, or a run on its link",
    .options = options,
    .examples = examples,
    .run = run_command,
};
