// SPDX-License-Identifier: MIT
/*
 * main.c - the program that is process 1 of a guest on the virtual clock, and carries out its run there
 *
 * A program of its own: what satbed links for daemons, pages and archives are forty libraries more, and in a guest each
 * costs some two milliseconds to load.
 */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/process.h"
#include "satbed/guest_inside.h"
#include "satbed/plan.h"
#include "satbed/run.h"

#define JUNIT	  SB_GUEST_WORK "/junit.json"
#define JUNIT_MAX (16u << 20)

static void relay(void *arg, const cJSON *obj)
{
	sb_lines_send(arg, obj, NULL);
}

static bool is_set(const cJSON *request, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, key));
}

static const char *text_of(const cJSON *request, const char *key)
{
	const char *text = "";

	sb_json_get_str(request, "$", key, &text, NULL);
	return text;
}

static void send_junit(struct sb_lines *channel)
{
	sb_auto_free char *text = NULL;
	cJSON *obj;

	if (sb_read_file(JUNIT, JUNIT_MAX, &text, NULL, NULL))
		return;
	obj = cJSON_CreateObject();
	sb_json_add_str(obj, "ev", "junit");
	sb_json_add_str(obj, "text", text);
	sb_lines_send(channel, obj, NULL);
	cJSON_Delete(obj);
}

struct capture {
	struct sb_replay *replay;
	struct sb_session *session;
};

static int read_capture(const cJSON *source, const struct sb_plan *plan, struct capture *out,
			struct sb_err *err)
{
	struct sb_replay_options o = {.top_speed = is_set(source, "top_speed")};
	sb_auto_free char *file = sb_asprintf("%s%s", SB_GUEST_HOST, text_of(source, "file"));
	int64_t speed = 1000;
	int rc;

	if (!source)
		return 0;
	if (*text_of(source, "client"))
		o.client = text_of(source, "client");
	sb_json_get_i64(source, "$", "speed_permille", &speed, NULL);
	o.speed_permille = (uint32_t)speed;
	if (!strcmp(text_of(source, "kind"), "packets"))
		return sb_replay_read(file, &o, &out->replay, err);
	rc = sb_session_read(file, o.client, &out->session, err);
	if (!rc && plan->path != SB_PATH_BRIDGE)
		sb_session_keep_relayed(out->session);
	return rc;
}

static int carry_out(const cJSON *request, struct sb_lines *channel, const struct sb_plan *plan,
		     int *status, struct sb_err *err)
{
	const struct sb_live_options live = {.relay = relay, .relay_arg = channel};
	const struct sb_run_inside inside = {.kernel = text_of(request, "kernel"),
					     .config_hash = text_of(request, "kernel_config"),
					     .directory = text_of(request, "directory"),
					     .colour = is_set(request, "colour")};
	/* The guest has a /tmp of its own over the host's, where the file may be. */
	sb_auto_free char *scenario =
	    sb_asprintf("%s%s", SB_GUEST_HOST, text_of(request, "scenario"));
	struct sb_run_options options = {.out_dir = SB_GUEST_DIRECTORY,
					 .scenario = scenario,
					 .silent = is_set(request, "silent"),
					 .until_done = is_set(request, "until_done"),
					 .junit = is_set(request, "junit") ? JUNIT : NULL,
					 .inside = &inside};
	struct capture capture = {0};
	int rc = sb_live_new(&live, &options.live, err);

	if (rc)
		return rc;
	rc = read_capture(cJSON_GetObjectItemCaseSensitive(request, "source"), plan, &capture, err);
	options.replay = capture.replay;
	options.session = capture.session;
	sb_live_run(options.live, plan, 1, 1, NULL);
	if (!rc)
		rc = sb_run(plan, &options, status, err);
	sb_live_free(options.live);
	sb_replay_free(capture.replay);
	sb_session_free(capture.session);
	if (!rc && options.junit)
		send_junit(channel);
	return rc;
}

static int work(const cJSON *request, struct sb_lines *channel)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	/* Everything, always: to say something takes a guest's processes their turns.  Who started
	 * it shows what was asked for. */
	sb_log_set_level(SB_LOG_DEBUG);
	if (sb_plan_from_json(cJSON_GetObjectItemCaseSensitive(request, "plan"), &plan, &err) ||
	    carry_out(request, channel, plan, &status, &err)) {
		sb_lines_send_err(channel, &err, NULL);
		status = sb_exit_status(err.code);
	}
	sb_plan_free(plan);
	return status;
}

int main(void)
{
	sb_process_begin();
	sb_json_begin();
	return sb_guest_inside(work);
}
