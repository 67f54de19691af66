// SPDX-License-Identifier: MIT
/* report_dir.c - the page of a directory of results, made from the JSON files that are in it */
#include "satbed/report_dir.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/json/arms_json.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"
#include "satbed/report_page.h"

/* The series of 64 clients with all their flows have some 50 MB. */
#define FILE_MAX (256u << 20)

static cJSON *read_json(const char *directory, const char *name, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, name), *text = NULL;
	cJSON *json;

	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return NULL;
	json = cJSON_Parse(text);
	if (!json || !cJSON_IsObject(json)) {
		cJSON_Delete(json);
		sb_fail(err, SB_EINPUT, 0, "%s is not a JSON object", path);
		return NULL;
	}
	if (sb_results_upgrade(json, path, err)) {
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

static const char *word(const cJSON *json, const char *key, const char *otherwise)
{
	const char *text;

	return sb_json_get_str(json, "$", key, &text, NULL) ? otherwise : text;
}

/* @a and @b are taken over. */
static int write_page(const char *path, const char *kind, const char *title, const char *key_a,
		      cJSON *a, const char *key_b, cJSON *b, struct sb_err *err)
{
	sb_auto_free char *summary = sb_asprintf("%s.", title), *text = NULL;
	struct sb_page page = {.title = title, .kind = kind, .summary = summary};
	cJSON *data = cJSON_CreateObject();

	cJSON_AddItemToObject(data, key_a, a);
	cJSON_AddItemToObject(data, key_b, b);
	text = cJSON_PrintUnformatted(data);
	cJSON_Delete(data);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write the data of %s as JSON", path);
	page.data = text;
	return sb_page_write(path, &page, err);
}

static int write_run(const char *directory, const char *path, struct sb_err *err)
{
	cJSON *run = read_json(directory, "run.json", err), *series;
	sb_auto_free char *title = NULL;

	if (!run)
		return -1;
	series = read_json(directory, "series.json", err);
	if (!series) {
		cJSON_Delete(run);
		return -1;
	}
	title =
	    sb_asprintf("%s: %s", word(run, "scenario", "run"), word(run, "verdict", "no verdict"));
	return write_page(path, "run", title, "run", run, "series", series, err);
}

static int write_comparison(const char *directory, const char *path, struct sb_err *err)
{
	cJSON *compare = read_json(directory, "compare.json", err);
	sb_auto_free char *title = NULL;

	if (!compare)
		return -1;
	title = sb_asprintf("%s: comparison", word(compare, "scenario", "runs"));
	return write_page(path, "compare", title, "compare", compare, "bands",
			  sb_arms_json(directory, compare), err);
}

int sb_report_dir(const char *directory, const char *file, struct sb_err *err)
{
	sb_auto_free char *own = sb_asprintf("%s/report.html", directory);
	sb_auto_free char *compare = sb_asprintf("%s/compare.json", directory);
	const char *path = file ? file : own;

	return access(compare, F_OK) ? write_run(directory, path, err)
				     : write_comparison(directory, path, err);
}

int sb_report_dir_plan(const char *directory, struct sb_plan **out, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/plan.json", directory), *text = NULL;
	cJSON *json;
	int rc;

	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return -1;
	json = cJSON_Parse(text);
	rc =
	    json ? sb_plan_from_json(json, out, err) : sb_fail(err, SB_EINPUT, 0, "it is not JSON");
	cJSON_Delete(json);
	return rc ? sb_wrap(err, "%s", path) : 0;
}
