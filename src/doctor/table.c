// SPDX-License-Identifier: MIT
/* table.c - the daemons side by side */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/daemons.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

#define MAX_COLUMNS 6
#define LABEL_WIDTH 16
#define MAX_WIDTH   44
#define MIN_WIDTH   24
#define TOTAL_WIDTH 112

typedef char *cell_fn(const cJSON *row);

static char *text_of(const cJSON *of, const char *key)
{
	const char *text = sb_fact_str(of, key);

	return text ? sb_strdup(text) : NULL;
}

static char *cell_state(const cJSON *row)
{
	return text_of(row, "state");
}

static char *cell_socket(const cJSON *row)
{
	return text_of(row, "url");
}

static char *cell_user(const cJSON *row)
{
	const char *user = sb_fact_str(sb_fact(row, "process"), "user");

	if (!sb_fact_true(row, "rootless"))
		return sb_strdup(user ? user : sb_fact(row, "rootless") ? "root" : NULL);
	return sb_asprintf("rootless%s%s", user ? ", of " : "", user ? user : "");
}

static char *cell_version(const cJSON *row)
{
	const char *version = sb_fact_str(row, "version"), *api = sb_fact_str(row, "api");

	return version ? sb_asprintf("%s, API %s", version, api ? api : "?") : NULL;
}

static char *cell_data(const cJSON *row)
{
	return text_of(row, "root_dir");
}

static char *cell_settings(const cJSON *row)
{
	const cJSON *config = sb_fact(row, "config");
	const char *path = sb_fact_str(config, "path"), *error = sb_fact_str(config, "error");

	if (sb_fact_true(row, "podman"))
		return sb_strdup("registries.conf");
	if (!path)
		return NULL;
	return sb_asprintf("%s%s", path,
			   error			    ? " (broken)"
			   : sb_fact_true(config, "exists") ? ""
							    : " (not there)");
}

static char *cell_mirrors_file(const cJSON *row)
{
	const cJSON *config = sb_fact(row, "config");

	return config ? sb_list_words(sb_fact(config, "mirrors")) : NULL;
}

static char *cell_mirrors_loaded(const cJSON *row)
{
	const cJSON *loaded = sb_fact(row, "mirrors_loaded");

	return loaded ? sb_list_words(loaded) : NULL;
}

static char *cell_restart(const cJSON *row)
{
	const char *restart = sb_fact_str(row, "restart");

	/* A whole command line is above, where it is needed. */
	return sb_strdup(restart && !strncmp(restart, "kill ", 5) ? "by hand" : restart);
}

static char *cell_service(const cJSON *row)
{
	return text_of(sb_fact(row, "units"), "service");
}

static char *cell_unit_socket(const cJSON *row)
{
	return text_of(sb_fact(row, "units"), "socket");
}

static char *cell_log(const cJSON *row)
{
	return text_of(row, "log");
}

static char *cell_storage(const cJSON *row)
{
	return text_of(row, "storage");
}

static char *cell_cgroup(const cJSON *row)
{
	const char *version = sb_fact_str(row, "cgroup_version"),
		   *driver = sb_fact_str(row, "cgroup_driver");

	return version || driver
		   ? sb_asprintf("v%s, %s", version ? version : "?", driver ? driver : "?")
		   : NULL;
}

static char *cell_limits(const cJSON *row)
{
	const cJSON *limits = sb_fact(row, "limits");
	bool memory = sb_fact_true(limits, "memory"), pids = sb_fact_true(limits, "pids"),
	     cpu = sb_fact_true(limits, "cpu");

	if (!limits)
		return NULL;
	return memory || pids || cpu ? sb_asprintf("%s%s%s", memory ? "memory " : "",
						   pids ? "pids " : "", cpu ? "cpu" : "")
				     : sb_strdup("none");
}

static char *cell_images(const cJSON *row)
{
	const cJSON *image = sb_fact(row, "image");

	if (!sb_fact(row, "images"))
		return NULL;
	return sb_asprintf("%d%s%s%s", (int)sb_fact_num(row, "images"),
			   sb_fact(image, "present") ? ", " : "",
			   !sb_fact(image, "present")	    ? ""
			   : sb_fact_true(image, "present") ? "with "
							    : "without ",
			   sb_fact(image, "present") ? sb_fact_str(image, "name") : "");
}

static char *cell_containers(const cJSON *row)
{
	return sb_fact(row, "containers")
		   ? sb_asprintf("%d, %d of them running", (int)sb_fact_num(row, "containers"),
				 (int)sb_fact_num(row, "containers_running"))
		   : NULL;
}

static char *cell_network(const cJSON *row)
{
	const char *driver = sb_fact_str(row, "network_driver"),
		   *backend = sb_fact_str(row, "network_backend");

	if (driver && backend)
		return sb_asprintf("%s, %s", backend, driver);
	return driver || backend ? sb_strdup(driver ? driver : backend) : NULL;
}

static char *cell_ports(const cJSON *row)
{
	return text_of(row, "port_driver");
}

static const struct {
	const char *label;
	cell_fn *cell;
} lines[] = {
    {"state", cell_state},
    {"address", cell_socket},
    {"runs as", cell_user},
    {"version", cell_version},
    {"data root", cell_data},
    {"settings", cell_settings},
    {"mirrors in file", cell_mirrors_file},
    {"mirrors loaded", cell_mirrors_loaded},
    {"restart", cell_restart},
    {"service", cell_service},
    {"socket unit", cell_unit_socket},
    {"log", cell_log},
    {"storage", cell_storage},
    {"cgroup", cell_cgroup},
    {"limits", cell_limits},
    {"images", cell_images},
    {"containers", cell_containers},
    {"network", cell_network},
    {"ports", cell_ports},
};

struct column {
	char *cells[SB_ARRAY_LEN(lines)];
	const char *head;
	int width;
};

static void fill(struct column *c, const cJSON *row, int max_width)
{
	const char *engine = sb_fact_str(row, "engine");

	c->head = engine ? engine : "?";
	c->width = (int)strlen(c->head);
	for (size_t i = 0; i < SB_ARRAY_LEN(lines); i++) {
		sb_auto_free char *text = lines[i].cell(row);
		int len;

		c->cells[i] = text ? sb_clean(text) : NULL;
		len = c->cells[i] ? (int)strlen(c->cells[i]) : 1;
		if (len > c->width)
			c->width = len < max_width ? len : max_width;
	}
}

static void print_row(struct sb_text_table *t, const struct column *columns, size_t line)
{
	const char *cells[MAX_COLUMNS + 1] = {lines[line].label};
	bool any = false;

	for (size_t c = 0; c + 1 < t->count; c++) {
		const char *text = columns[c].cells[line];

		any |= text != NULL;
		cells[c + 1] = text ? text : "-";
	}
	if (any)
		sb_text_wrap(t, cells);
}

void sb_table_print(const cJSON *rows, FILE *to)
{
	struct column columns[MAX_COLUMNS] = {0};
	struct sb_text_column shape[MAX_COLUMNS + 1] = {{"", 2, -LABEL_WIDTH}};
	struct sb_text_table t = {.to = to, .columns = shape};
	int all = cJSON_GetArraySize(rows), width;
	size_t count = 0;
	const cJSON *row;

	width = all ? (TOTAL_WIDTH - LABEL_WIDTH) / all - 2 : 0;
	width = width > MAX_WIDTH ? MAX_WIDTH : width < MIN_WIDTH ? MIN_WIDTH : width;

	cJSON_ArrayForEach(row, rows)
	{
		if (count < MAX_COLUMNS)
			fill(&columns[count++], row, width);
	}
	if (!count)
		return;
	fputs("side by side\n", to);
	for (size_t c = 0; c < count; c++)
		shape[c + 1] =
		    (struct sb_text_column){columns[c].head, c ? 2 : 0, -columns[c].width};
	t.count = count + 1;
	sb_text_head(&t, NULL);
	for (size_t i = 0; i < SB_ARRAY_LEN(lines); i++)
		print_row(&t, columns, i);
	for (size_t c = 0; c < count; c++)
		for (size_t i = 0; i < SB_ARRAY_LEN(lines); i++)
			free(columns[c].cells[i]);
}
