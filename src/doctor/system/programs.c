// SPDX-License-Identifier: MIT
/* programs.c - helpers of rootless engines: which are installed, how old */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "mapping.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define LIMIT_MS 1500

static const struct {
	const char *name, *package, *purpose;
} helpers[] = {
    {"rootlesskit", "rootlesskit", "rootless Docker"},
    {"slirp4netns", "slirp4netns", "path slirp, rootless networks"},
    {"pasta", "passt", "path pasta, Podman 5 and newer"},
};

static void ask_version(const struct sb_machine *m, const char *name, cJSON *facts)
{
	sb_auto_free char *program = sb_machine_program(m, name), *out = NULL;
	const char *argv[] = {program, "--version", NULL};
	cJSON *one = cJSON_AddObjectToObject(facts, name);

	if (!program)
		return;
	sb_json_add_str(one, "path", program);
	if (m->run(argv, LIMIT_MS, &out))
		return;
	out[strcspn(out, "\n")] = '\0';
	sb_json_add_str(one, "version", out);
}

/* Where ids come from elsewhere than /etc/subuid, only this program knows them. */
static void ask_subids(const struct sb_machine *m, cJSON *facts)
{
	sb_auto_free char *conf = sb_machine_read(m, "/etc/nsswitch.conf");
	const char *line = conf ? strstr(conf, "\nsubid:") : NULL;
	const char *users[] = {"getsubids", m->person, NULL};
	const char *groups[] = {"getsubids", "-g", m->person, NULL};
	sb_auto_free char *u = NULL, *g = NULL;

	if (!line || !strncmp(line + 7 + strspn(line + 7, " \t"), "files", 5))
		return;
	if (!m->run(users, LIMIT_MS, &u))
		sb_json_add_str(facts, "getsubids", u);
	if (!m->run(groups, LIMIT_MS, &g))
		sb_json_add_str(facts, "getsubids_g", g);
}

cJSON *sb_probe_programs(const void *ctx)
{
	const struct sb_check_context *x = ctx;
	cJSON *facts = cJSON_CreateObject();

	for (size_t i = 0; i < SB_ARRAY_LEN(helpers); i++)
		ask_version(x->machine, helpers[i].name, facts);
	ask_subids(x->machine, facts);
	sb_try_mapping(x->machine, facts);
	return facts;
}

void sb_check_programs(const struct sb_check_context *x)
{
	const cJSON *facts = sb_fact(x->facts, "programs");

	if (!facts || !sb_check_context_wants_rootless(x))
		return;
	for (size_t i = 0; i < SB_ARRAY_LEN(helpers); i++) {
		const cJSON *one = sb_fact(facts, helpers[i].name);
		const char *path = sb_fact_str(one, "path"), *version = sb_fact_str(one, "version");
		sb_auto_free char *id = sb_asprintf("programs.%s", helpers[i].name);
		sb_auto_free char *fix = sb_asprintf("sudo apt-get install %s", helpers[i].package);

		if (path && version)
			sb_find(x->out, id, SB_LEVEL_OK, NULL, NULL, "%s: %s", path, version);
		else if (path)
			sb_find(x->out, id, SB_LEVEL_WARN, NULL, NULL,
				"%s does not say its version", path);
		else
			sb_find(x->out, id, SB_LEVEL_INFO, NULL, fix, "%s is not installed (%s)",
				helpers[i].name, helpers[i].purpose);
	}
}
