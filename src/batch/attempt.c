// SPDX-License-Identifier: MIT
/* attempt.c - one run of a batch: made, and what its directory tells of it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"
#include "satbed/report_format.h"

#define RUN_MAX (64u << 20)
#define WHY_MAX 65536

const char *sb_fate_name(enum sb_fate fate)
{
	static const char *const names[] = {"absent",  "interrupted", "broken",
					    "INVALID", "WARN",	      "PASS"};

	return names[fate];
}

static enum sb_fate fate_of(const cJSON *run)
{
	const char *verdict;
	bool interrupted = true;

	if (sb_json_get_bool(run, "$", "interrupted", &interrupted, NULL) || interrupted ||
	    sb_json_get_str(run, "$", "verdict", &verdict, NULL) ||
	    cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(run, "cut_off")))
		return SB_CUT_OFF;
	if (!strcmp(verdict, "PASS"))
		return SB_RUN_PASS;
	return strcmp(verdict, "WARN") ? SB_RUN_INVALID : SB_RUN_WARN;
}

static char *reason_of(const cJSON *run)
{
	const char *reason = cJSON_GetStringValue(
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(run, "reasons"), 0));

	return reason ? sb_clean(reason) : NULL;
}

int sb_attempt_look(const char *directory, struct sb_attempt_found *out, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/run.json", directory);
	sb_auto_free char *broken = sb_asprintf("%s/broken.txt", directory);
	sb_auto_free char *text = NULL;

	*out = (struct sb_attempt_found){.fate = SB_CUT_OFF};
	if (access(directory, F_OK)) {
		out->fate = SB_ABSENT;
		return 0;
	}
	if (!access(broken, F_OK)) {
		out->fate = SB_BROKEN;
		return sb_read_file(broken, WHY_MAX, &out->why, NULL, err);
	}
	/* run.json is written last: without it the run did not come to its end. */
	if (access(path, F_OK))
		return 0;
	if (sb_read_file(path, RUN_MAX, &text, NULL, err))
		return -1;
	out->run = cJSON_Parse(text);
	/* Cut off by a power failure, as a run without it was. */
	if (!cJSON_IsObject(out->run)) {
		sb_attempt_found_fini(out);
		out->fate = SB_CUT_OFF;
		sb_warn("%s is %s: the run counts as interrupted and is repeated", path,
			*text ? "not valid JSON" : "empty");
		return 0;
	}
	if (sb_results_upgrade(out->run, path, err)) {
		sb_attempt_found_fini(out);
		return -1;
	}
	out->fate = fate_of(out->run);
	if (out->fate == SB_RUN_INVALID)
		out->why = reason_of(out->run);
	return 0;
}

void sb_attempt_found_fini(struct sb_attempt_found *found)
{
	free(found->why);
	cJSON_Delete(found->run);
	*found = (struct sb_attempt_found){0};
}

int sb_attempt_broke(const char *directory, const char *why, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/broken.txt", directory);

	if (mkdir(directory, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", directory);
	return sb_replace_file(path, why, strlen(why), err);
}

/* What is wrong with this machine or the scenario will be wrong the next time, too. */
static bool is_worth_a_retry(const struct sb_err *err)
{
	return err->code == SB_EENGINE || err->code == SB_EINTERNAL;
}

int sb_attempt_make(const struct sb_plan *plan, const struct sb_run_options *options,
		    struct sb_err *err)
{
	struct sb_err why = {0};
	int status;

	if (!sb_run(plan, options, &status, &why) || sb_interrupted())
		return 0;
	if (is_worth_a_retry(&why))
		return sb_attempt_broke(options->out_dir, why.msg, err);
	*err = why;
	return -1;
}
