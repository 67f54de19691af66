// SPDX-License-Identifier: MIT
/* supervise.c - a supervisor's whole life: the name claimed, the testbed raised, served, taken down */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "testbed_page.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

/* From the order to play the timeline to its zero. */
#define START_AHEAD_NS	(30 * SB_NS_PER_MS)
#define STOP_MS		20000
#define PEER_UNREAD_MAX (64u << 20)
#define ROOM_DELAY_NS	SB_NS_PER_S
#define LAST_WORDS_MS	500

static int claim(struct sb_supervisor *k, struct sb_err *err)
{
	int log_fd;

	if (sb_supervisor_dir_open(&k->place, true, err) ||
	    sb_supervisor_dir_claim(&k->place, k->request->name, err) < 0)
		return -1;
	/* The log is the standard error of supervisor, emulator and nodes; whoever waits reads it, too. */
	log_fd = sb_supervisor_dir_log(&k->place, k->request->name, err);
	if (log_fd < 0)
		return -1;
	dup2(log_fd, STDERR_FILENO);
	close(log_fd);
	return 0;
}

/* A backend sizes itself by the largest delay and rate there will be; by hand any may come. */
static void give_room(struct sb_plan *plan)
{
	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		struct sb_link_dir *dir = &plan->links[i / 2].dir[i % 2];

		dir->max_rate_bps = 0;
		dir->rate_changes = true;
		if (dir->max_delay_ns < ROOM_DELAY_NS)
			dir->max_delay_ns = ROOM_DELAY_NS;
	}
}

static int raise_testbed(struct sb_supervisor *k, struct sb_err *err)
{
	int64_t begin_ns = sb_mono_ns();

	give_room(k->request->plan);
	k->up.manifest = k->manifest;
	if (sb_keep_captures(k, err) ||
	    sb_testbed_up_begin(&k->up, k->request->plan, k->capture_fds, err) ||
	    sb_testbed_up_finish(&k->up, err))
		return -1;
	k->plan = k->up.tb->plan;
	k->up_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	k->since_unix_s = sb_real_ns() / SB_NS_PER_S;
	return 0;
}

/* From here on nobody is waited for, and signals are read in their turn. */
static int open_service(struct sb_supervisor *k, struct sb_err *err)
{
	size_t count = k->up.tb->node_count;
	sigset_t set;

	sb_conn_init(&k->emulator, &k->up.emulator, PEER_UNREAD_MAX);
	k->nodes = sb_alloc(count, sizeof(k->nodes[0]));
	for (size_t i = 0; i < count; i++)
		sb_conn_init(&k->nodes[i], &k->up.nodes[i], PEER_UNREAD_MAX);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	k->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (k->signal_fd < 0)
		return sb_fail(err, SB_EINTERNAL, 0, "signals cannot be read");
	/* One that came just before was counted, and nobody would look at the count any more. */
	if (sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	k->listen_fd = sb_supervisor_dir_listen(&k->place, k->request->name, err);
	return k->listen_fd < 0 ? -1 : 0;
}

static void play(struct sb_supervisor *k)
{
	cJSON *start;

	if (!k->request->events || !k->plan->step_count)
		return;
	k->t0_ns = sb_mono_ns() + START_AHEAD_NS;
	k->rest_ns = k->t0_ns + k->plan->duration_ns;
	start = cJSON_CreateObject();
	sb_json_add_str(start, "op", "start");
	sb_json_add_i64(start, "t0_ns", k->t0_ns);
	sb_conn_put(&k->emulator, start);
}

/* Captures are whole only when the emulator has written what it still holds. */
static void finish_captures(struct sb_supervisor *k)
{
	struct sb_err err = {0};
	cJSON *stopped = NULL;

	if (!k->capture_fds || !k->nodes || k->emulator_lost)
		return;
	k->up.note = NULL;
	k->up.ending = true;
	sb_conn_flush(&k->emulator);
	if (sb_send_op(&k->up, SB_EMULATOR, "stop", &err) ||
	    sb_wait_reply(&k->up, SB_EMULATOR, "stopped", STOP_MS, &stopped, &err) ||
	    (k->up.tb->ops->collect && k->up.tb->ops->collect(k->up.tb, &err)))
		sb_error("captures: %s", err.msg);
	cJSON_Delete(stopped);
}

static void close_service(struct sb_supervisor *k)
{
	sigset_t none;

	/* A second signal leaves at once. */
	sigemptyset(&none);
	sb_close_p(&k->signal_fd);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sb_supervisor_dir_unlisten(&k->place, k->request->name, &k->listen_fd);
}

static void say_last(struct sb_client *c, cJSON *obj)
{
	int64_t deadline_ns = sb_mono_ns() + LAST_WORDS_MS * SB_NS_PER_MS;

	sb_conn_put(&c->conn, obj);
	while (c->conn.len && !c->conn.broken && sb_mono_ns() < deadline_ns) {
		usleep(2000);
		sb_conn_flush(&c->conn);
	}
}

static void tell_end(struct sb_supervisor *k, double ms)
{
	struct sb_err err = {0};

	sb_fail(&err, SB_EENGINE, 0, "testbed %s was taken down", k->request->name);
	while (k->client_count) {
		struct sb_client *c = k->clients[0];

		if (c->wants_down) {
			cJSON *down = cJSON_CreateObject();

			sb_json_add_str(down, "ev", "down");
			sb_json_add_num(down, "ms", ms);
			say_last(c, down);
		} else {
			say_last(c, sb_lines_err_json(&err));
		}
		c->id = 0; /* with its node */
		sb_client_close(k, c);
	}
}

static void put_away(struct sb_supervisor *k)
{
	int64_t begin_ns = sb_mono_ns();
	size_t count = k->up.tb ? k->up.tb->node_count : 0;

	close_service(k);
	sb_testbed_page_close(k);
	finish_captures(k);
	for (size_t i = 0; k->nodes && i < count; i++)
		sb_conn_fini(&k->nodes[i]);
	sb_conn_fini(&k->emulator);
	sb_testbed_session_fini(&k->up);
	for (size_t i = 0; i < k->capture_count; i++)
		close(k->capture_fds[i]);
	/* What was told to the log of an orderly end is of no more use; a testbed's own end is. */
	if (!k->broken)
		sb_supervisor_dir_leave(&k->place, k->request->name);
	tell_end(k, (double)(sb_mono_ns() - begin_ns) / 1e6);
	sb_supervisor_dir_close(&k->place);
	free(k->capture_fds);
	free(k->nodes);
	free(k->orphans);
	free(k->asked);
	cJSON_Delete(k->manifest);
}

static void report_event(struct sb_lines *report, cJSON *obj)
{
	/* Who started us may have gone; the testbed stands all the same. */
	sb_lines_send(report, obj, NULL);
	cJSON_Delete(obj);
}

int sb_keep(const struct sb_keep_request *request, struct sb_lines *report)
{
	struct sb_supervisor k = {.request = request,
				  .plan = request->plan,
				  .place.dir_fd = -1,
				  .listen_fd = -1,
				  .signal_fd = -1,
				  .next_id = 1,
				  .manifest = cJSON_CreateObject()};
	struct sb_err err = {0};
	cJSON *starting;

	if (claim(&k, &err)) {
		sb_lines_send_err(report, &err, NULL);
		return sb_exit_status(err.code);
	}
	starting = cJSON_CreateObject();
	sb_json_add_str(starting, "ev", "starting");
	report_event(report, starting);
	if (sb_testbed_page_open(&k, &err) || raise_testbed(&k, &err) || open_service(&k, &err)) {
		put_away(&k);
		sb_lines_send_err(report, &err, NULL);
		return sb_exit_status(err.code);
	}
	play(&k);
	report_event(report, sb_supervisor_facts(&k));
	close(report->fd);
	/* No directory of anybody's is held. */
	if (chdir("/"))
		sb_warn("cannot leave the current directory");
	sb_serve(&k);
	put_away(&k);
	return 0;
}
