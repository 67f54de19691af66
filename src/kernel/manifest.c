// SPDX-License-Identifier: MIT
/* manifest.c - what a kernel was made of */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "module.h"
#include "recipe.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/version.h"
#include "store.h"

#define MANIFEST_MAX (1u << 20)

void sb_manifest_fini(struct sb_manifest *m)
{
	free(m->version);
	m->version = NULL;
}

static int add_inputs(cJSON *to, const char *key, const char *const *paths, size_t count,
		      int (*digest)(const char *, char *, struct sb_err *), struct sb_err *err)
{
	cJSON *array = cJSON_AddArrayToObject(to, key);

	for (size_t i = 0; i < count; i++) {
		sb_auto_free char *name = sb_module_name(paths[i]);
		char sum[SB_DIGEST_LEN + 1];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddItemToArray(array, item);
		if (digest(paths[i], sum, err))
			return -1;
		sb_json_add_str(item, "name", name);
		sb_json_add_str(item, "path", paths[i]);
		sb_json_add_str(item, "digest", sum);
	}
	return 0;
}

int sb_manifest_write(const struct sb_manifest *m, const char *directory, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/" SB_KERNEL_MANIFEST, directory), *text = NULL;
	const struct sb_kernel_request *r = m->request;
	cJSON *json = cJSON_CreateObject();
	int rc;

	sb_json_add_str(json, "version", m->version);
	sb_json_add_str(json, "hash", m->hash);
	sb_json_add_i64(json, "built_at_s", m->built_at_s);
	sb_json_add_i64(json, "build_s", m->build_s);
	sb_json_add_i64(json, "steps", (int64_t)m->steps);
	sb_json_add_str(json, "satbed", sb_version);
	sb_json_add_str(json, "recipe", m->recipe);
	if (m->package)
		sb_json_add_str(json, "package", m->package);
	else
		sb_json_add_str(json, "source", m->source);
	sb_json_add_str(json, "source_digest", m->source_digest);
	rc = add_inputs(json, "patches", r->patches, r->patch_count, sb_digest_file, err) ||
	     add_inputs(json, "modules", r->modules, r->module_count, sb_digest_tree, err);
	if (!rc) {
		text = cJSON_Print(json);
		rc = sb_replace_file(path, text ? text : "", text ? strlen(text) : 0, err);
	}
	cJSON_Delete(json);
	return rc ? -1 : 0;
}

static cJSON *read_beside(const char *program)
{
	sb_auto_free char *path = sb_path_beside(program, SB_KERNEL_MANIFEST), *text = NULL;

	return sb_read_file(path, MANIFEST_MAX, &text, NULL, NULL) ? NULL : cJSON_Parse(text);
}

bool sb_manifest_is(const char *program, const char *recipe, const char *package)
{
	cJSON *json = read_beside(program);
	const char *its_recipe, *its_package;
	bool same = package && json && !sb_json_get_str(json, "$", "recipe", &its_recipe, NULL) &&
		    !sb_json_get_str(json, "$", "package", &its_package, NULL) &&
		    !strcmp(its_recipe, recipe) && !strcmp(its_package, package);

	cJSON_Delete(json);
	return same;
}

uint64_t sb_manifest_steps(uint64_t otherwise)
{
	const struct sb_kernel *latest = NULL;
	struct sb_kernel *list;
	size_t count;
	cJSON *json;
	int64_t steps;

	if (sb_kernel_list(&list, &count, NULL))
		return otherwise;
	for (size_t i = 0; i < count; i++)
		if (!latest || list[i].built_at_s > latest->built_at_s)
			latest = &list[i];
	json = latest ? read_beside(latest->program) : NULL;
	if (json && !sb_json_get_i64(json, "$", "steps", &steps, NULL) && steps > 0)
		otherwise = (uint64_t)steps;
	cJSON_Delete(json);
	sb_kernel_list_free(list, count);
	return otherwise;
}
