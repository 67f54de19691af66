// SPDX-License-Identifier: MIT
/* cmd_doctor.c - satbed doctor: what works on this machine, and what to type where it does not */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "doctor_fix.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/doctor.h"

#define DEFAULT_IMAGE	  "ubuntu:22.04"
#define PROGRESS_AFTER_MS 1000

struct doctor_args {
	struct sb_doctor_request request;
	const char *fix;
	bool json, yes;
};

static int read_args(struct sb_args *a, struct doctor_args *out, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(a, err)) > 0) {
		if (!a->option)
			return sb_fail(err, SB_EINPUT, 0,
				       "doctor takes no argument, not \"%s\"; for one engine: "
				       "satbed doctor --engine docker",
				       a->value);
		if (!strcmp(a->option->name, "json"))
			out->json = true;
		else if (!strcmp(a->option->name, "yes"))
			out->yes = true;
		else if (!strcmp(a->option->name, "fix"))
			out->fix = a->value;
		else if (!strcmp(a->option->name, "deep"))
			out->request.deep = true;
		else if (!strcmp(a->option->name, "image"))
			out->request.image = a->value;
		else if (strcmp(a->value, "auto"))
			out->request.engine = a->value;
	}
	if (!more && out->yes && !out->fix)
		return sb_fail(err, SB_EINPUT, 0, "--yes agrees to a fix; name it: --fix NAME");
	if (!more && out->json && out->fix)
		return sb_fail(err, SB_EINPUT, 0, "--fix and --json exclude each other");
	return more;
}

static void show_waiting(const char *what, int elapsed_ms, void *ctx)
{
	bool *shown = ctx;

	if (elapsed_ms < PROGRESS_AFTER_MS)
		return;
	*shown = true;
	fprintf(stderr, "\r\033[Ksatbed: %.1f s, waiting for %.60s", elapsed_ms / 1000.0, what);
}

static int print_diagnosis(const struct sb_diagnosis *d, bool json, struct sb_err *err)
{
	const char *no_color = getenv("NO_COLOR");

	if (json) {
		cJSON *tree = sb_diagnosis_json(d);
		sb_auto_free char *text = cJSON_Print(tree);

		cJSON_Delete(tree);
		if (text)
			puts(text);
	} else {
		sb_diagnosis_text(d, stdout, isatty(STDOUT_FILENO) && !(no_color && *no_color));
	}
	if (fflush(stdout) || ferror(stdout))
		return sb_fail(err, SB_EINTERNAL, 0, "writing to standard output failed");
	return 0;
}

static int run_doctor(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	bool shown = false;
	struct doctor_args args = {.request = {.image = DEFAULT_IMAGE, .ctx = &shown}};
	struct sb_diagnosis d = {0};
	struct sb_err err = {0};
	int status;

	if (read_args(&a, &args, &err))
		return sb_die(&err);
	if (isatty(STDERR_FILENO))
		args.request.waiting = show_waiting;
	sb_interrupts_catch();
	/* What an engine has to tell a run is not the doctor's. */
	sb_log_set_level(SB_LOG_ERROR);
	status = sb_doctor_examine(&args.request, &d, &err);
	if (shown)
		fputs("\r\033[K", stderr);
	if (!status)
		status = args.fix ? sb_doctor_fix(&args.request, &d, args.fix, args.yes, &err)
				  : print_diagnosis(&d, args.json, &err);
	if (status < 0)
		status = sb_die(&err);
	else if (!args.fix)
		status = sb_diagnosis_status(&d);
	sb_diagnosis_fini(&d);
	return status;
}

static const struct sb_option options[] = {
    {"engine", 'e', "NAME", "only what concerns this engine: docker, native, unix://..., ..."},
    {"image", 0, "NAME", "the image to look for in each daemon; default ubuntu:22.04"},
    {"deep", 0, NULL, "bring up a testbed on each engine that has the image, and remove it"},
    {"fix", 0, "NAME",
     "run what is to be typed for this finding, where that needs no root, after asking"},
    {"yes", 'y', NULL, "do not ask before --fix"},
    {"json", 0, NULL, "findings, daemons and engines as JSON"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed doctor",
    "satbed doctor --engine docker-rootless",
    "satbed doctor --deep",
    "satbed doctor --fix access.context",
    "satbed doctor --engine unix:///run/docker.sock --image my/client:1",
    "satbed doctor --json | jq -r '.findings[] | select(.level == \"fail\") | .fix'",
    NULL,
};

const struct sb_command sb_cmd_doctor = {
    "doctor", "",	"check what works on this machine, and how to fix what does not",
    options,  examples, run_doctor,
};
