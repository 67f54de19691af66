// SPDX-License-Identifier: MIT
/* build.c - a kernel for the virtual clock, from source to a directory of the store */
#include "satbed/kernel_build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "configure.h"
#include "edit.h"
#include "manifest.h"
#include "module.h"
#include "recipe.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "scratch.h"
#include "source.h"
#include "store.h"
#include "tool.h"
#include "unpack.h"

/* Measured on 6.1 and 6.12, and some more: source, objects, and an archive that is downloaded. */
#define NEED_BYTES	 (UINT64_C(1500) << 20)
#define NEED_WHOLE_BYTES (UINT64_C(2500) << 20) /* with patches all of the source is unpacked */
#define USUAL_STEPS	 1250 /* lines that make says, until a manifest knows better */

/**
 * struct building - one build
 * @step:	what goes on, for progress
 * @tree:	the source, in the scratch directory
 * @recipe, @digest: of what is done, and of the source
 */
struct building {
	const struct sb_kernel_request *request;
	struct sb_scratch scratch;
	struct sb_source source;
	struct sb_manifest manifest;
	const char *step, *unit;
	char *tree, *options;
	char **patches, **modules;
	char recipe[SB_DIGEST_LEN + 1], digest[SB_DIGEST_LEN + 1];
};

static void pass_on(void *ctx, uint64_t done, uint64_t total)
{
	struct building *b = ctx;

	if (b->request->progress)
		b->request->progress(b->request->ctx, b->step, done, total, b->unit);
}

static void begin_step(struct building *b, const char *step, const char *unit)
{
	b->step = step;
	b->unit = unit;
	pass_on(b, 0, 0);
}

/* --- before --- */

static int check_machine(const struct sb_kernel_request *request, struct sb_err *err)
{
	/* { program, package of Debian and Ubuntu } */
	static const char *const tools[][2] = {
	    {"make", "make"},	   {"gcc", "gcc"},   {"ld", "binutils"},
	    {"strip", "binutils"}, {"flex", "flex"}, {"bison", "bison"},
	    {"bc", "bc"},	   {"perl", "perl"}, {"patch", "patch"}};
	sb_auto_free char *names = sb_strdup(""), *packages = sb_strdup("");
	struct utsname machine;

	if (!uname(&machine) && strcmp(machine.machine, "x86_64") != 0)
		return sb_fail(err, SB_EENV, 0,
			       "the virtual clock needs User-Mode Linux, which runs on x86-64 and "
			       "not on %s",
			       machine.machine);
	for (size_t i = 0; i < SB_ARRAY_LEN(tools); i++) {
		char *more;

		if (sb_tool_find(tools[i][0]) ||
		    (!strcmp(tools[i][0], "patch") && !request->patch_count))
			continue;
		more = sb_asprintf("%s%s%s", names, *names ? ", " : "", tools[i][0]);
		free(names);
		names = more;
		if (strstr(packages, tools[i][1]))
			continue;
		more = sb_asprintf("%s %s", packages, tools[i][1]);
		free(packages);
		packages = more;
	}
	if (!*names)
		return 0;
	return sb_fail(err, SB_EENV, 0,
		       "building a kernel needs programs that are not here: %s; on Debian and "
		       "Ubuntu: sudo apt-get install%s",
		       names, packages);
}

static int resolve_all(const char *const *paths, size_t count, char ***out, struct sb_err *err)
{
	*out = sb_alloc(count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		(*out)[i] = realpath(paths[i], NULL);
		if (!(*out)[i])
			return sb_fail(err, SB_EINPUT, errno, "cannot read %s", paths[i]);
	}
	return 0;
}

static void free_all(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

/* Other directories are entered on the way. */
static int resolve(struct building *b, struct sb_kernel_request *absolute, struct sb_err *err)
{
	*absolute = *b->request;
	if (resolve_all(absolute->patches, absolute->patch_count, &b->patches, err) ||
	    resolve_all(absolute->modules, absolute->module_count, &b->modules, err))
		return -1;
	absolute->patches = (const char *const *)b->patches;
	absolute->modules = (const char *const *)b->modules;
	return 0;
}

/* --- is it there? --- */

static int find_built(const struct building *b, struct sb_kernel *out)
{
	struct sb_kernel *list;
	size_t count;
	char hash[SB_KERNEL_HASH_LEN + 1];
	int rc = -1;

	sb_kernel_hash(b->recipe, b->digest, hash);
	if (sb_kernel_list(&list, &count, NULL))
		return -1;
	for (size_t i = 0; rc && i < count; i++) {
		bool same = *b->digest
				? !strcmp(list[i].hash, hash)
				: sb_manifest_is(list[i].program, b->recipe, b->source.package);

		if (!same)
			continue;
		*out = list[i];
		list[i] = (struct sb_kernel){0};
		rc = 0;
	}
	sb_kernel_list_free(list, count);
	return rc;
}

static int digest_source(struct building *b, struct sb_err *err)
{
	/* Before all of a directory is read that is something else. */
	sb_auto_free char *version =
	    b->source.is_directory ? sb_tree_version(b->source.path, err) : NULL;

	if (b->source.is_directory && !version)
		return sb_wrap(err, "%s", b->source.path);
	begin_step(b, "read the source", "");
	return b->source.is_directory ? sb_digest_tree(b->source.path, b->digest, err)
				      : sb_digest_file(b->source.path, b->digest, err);
}

/* --- the source --- */

static int fetch(struct building *b, struct sb_err *err)
{
	sb_auto_free char *directory = sb_asprintf("%s/package", b->scratch.path);

	begin_step(b, "download the source", "bytes");
	if (mkdir(directory, 0700))
		return sb_fail(err, SB_EENV, errno, "cannot make %s", directory);
	/* As root apt downloads as a user of its own, who cannot write there, and says so. */
	return sb_source_fetch(&b->source, directory, b->scratch.log_fd, pass_on, b, err);
}

static int prepare_source(struct building *b, const struct sb_kernel_request *request,
			  struct sb_err *err)
{
	struct sb_unpack u = {.from = b->source.path,
			      .to = b->tree,
			      .is_directory = b->source.is_directory,
			      .whole = request->patch_count > 0,
			      .progress = pass_on,
			      .ctx = b};
	struct sb_make m = {.tree = b->tree, .jobs = 1, .log_fd = b->scratch.log_fd};

	begin_step(b, u.is_directory ? "copy the source" : "unpack the source",
		   u.is_directory ? "files" : "bytes");
	if (mkdir(b->tree, 0700))
		return sb_fail(err, SB_EENV, errno, "cannot make %s", b->tree);
	if (sb_unpack(&u, err))
		return sb_wrap(err, "%s", b->source.path);
	b->manifest.version = sb_tree_version(b->tree, err);
	if (!b->manifest.version)
		return sb_wrap(err, "%s", b->source.path);
	begin_step(b, "prepare the source", "");
	if (u.is_directory && sb_make_clean(&m, err))
		return -1;
	if (sb_tree_edit(b->tree, err))
		return -1;
	for (size_t i = 0; i < request->patch_count; i++)
		if (sb_tree_patch(b->tree, request->patches[i], b->scratch.log_fd, err))
			return -1;
	for (size_t i = 0; i < request->module_count; i++)
		if (sb_module_add(b->tree, request->modules[i], &b->options, err))
			return -1;
	return 0;
}

/* --- the program --- */

static int compile(struct building *b, struct sb_err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct sb_make m = {.tree = b->tree,
			    .jobs = b->request->jobs,
			    .log_fd = b->scratch.log_fd,
			    .expected = sb_manifest_steps(USUAL_STEPS),
			    .progress = pass_on,
			    .ctx = b};
	int64_t began = sb_mono_ns();

	if (!m.jobs)
		m.jobs = processors > 0 ? (unsigned int)processors : 1;
	begin_step(b, "configure", "");
	m.progress = NULL;
	if (sb_make_configure(&m, b->options, err))
		return -1;
	m.progress = pass_on;
	begin_step(b, "compile", "files");
	if (sb_make_program(&m, &b->manifest.steps, err)) {
		sb_auto_free char *log = NULL;

		if (err->code != SB_EINTERRUPTED && (log = sb_scratch_keep_log(&b->scratch)))
			return sb_wrap(err, "all output is in %s", log);
		return -1;
	}
	b->manifest.build_s = (sb_mono_ns() - began) / SB_NS_PER_S;
	return 0;
}

static int copy_config(const struct building *b, struct sb_err *err)
{
	sb_auto_free char *from = sb_asprintf("%s/.config", b->tree), *text = NULL;
	sb_auto_free char *to = sb_asprintf("%s/done/" SB_KERNEL_CONFIG, b->scratch.path);
	size_t len;

	return sb_read_file(from, 16u << 20, &text, &len, err) ||
		       sb_replace_file(to, text, len, err)
		   ? -1
		   : 0;
}

static int finish(struct building *b, struct sb_err *err)
{
	sb_auto_free char *done = sb_asprintf("%s/done", b->scratch.path), *name = NULL;
	sb_auto_free char *program = sb_asprintf("%s/" SB_KERNEL_PROGRAM, done);
	sb_auto_free char *from = sb_asprintf("%s/linux", b->tree);
	const char *argv[] = {"strip", "-o", program, from, NULL};
	struct sb_tool t = {.argv = argv, .log_fd = b->scratch.log_fd};
	int rc;

	begin_step(b, "install", "");
	if (mkdir(done, 0755))
		return sb_fail(err, SB_EENV, errno, "cannot make %s", done);
	rc = sb_tool_run(&t, err);
	if (rc > 0)
		return sb_fail(err, SB_EENV, 0, "strip of the kernel failed");
	if (rc || copy_config(b, err) || chmod(program, 0755) || chmod(done, 0755))
		return err->code ? -1 : sb_fail(err, SB_EENV, errno, "cannot install the kernel");
	sb_kernel_hash(b->recipe, b->digest, b->manifest.hash);
	b->manifest.built_at_s = sb_real_ns() / SB_NS_PER_S;
	if (sb_manifest_write(&b->manifest, done, err))
		return -1;
	name = sb_asprintf("%s-%s", b->manifest.version, b->manifest.hash);
	return sb_scratch_publish(&b->scratch, "done", name, err);
}

/* --- all of it --- */

static int build(struct building *b, const struct sb_kernel_request *request, struct sb_kernel *out,
		 struct sb_err *err)
{
	bool whole = request->patch_count > 0;

	if (check_machine(request, err) ||
	    sb_scratch_open(&b->scratch, whole ? NEED_WHOLE_BYTES : NEED_BYTES, err))
		return -1;
	b->tree = sb_asprintf("%s/source", b->scratch.path);
	if (!b->source.path && (fetch(b, err) || digest_source(b, err)))
		return -1;
	b->manifest.recipe = b->recipe;
	b->manifest.source_digest = b->digest;
	b->manifest.source = request->source ? request->source : b->source.path;
	b->manifest.package = b->source.package;
	b->manifest.request = request;
	if (prepare_source(b, request, err) || compile(b, err) || finish(b, err))
		return -1;
	return find_built(b, out)
		   ? sb_fail(err, SB_EINTERNAL, 0, "the kernel that was built cannot be found")
		   : 0;
}

int sb_kernel_build(const struct sb_kernel_request *given, struct sb_kernel *out, bool *built,
		    struct sb_err *err)
{
	struct building b = {.request = given, .scratch = {.fd = -1, .log_fd = -1, .store_fd = -1}};
	struct sb_kernel_request request;
	int rc = -1;

	*built = false;
	if (resolve(&b, &request, err) || sb_recipe_digest(&request, b.recipe, err) ||
	    sb_source_find(&request, &b.source, err) || (b.source.path && digest_source(&b, err)))
		goto end;
	if (!find_built(&b, out)) {
		rc = 0;
		goto end;
	}
	rc = build(&b, &request, out, err);
	*built = rc == 0;
end:
	sb_scratch_close(&b.scratch);
	sb_source_fini(&b.source);
	sb_manifest_fini(&b.manifest);
	free_all(b.patches);
	free_all(b.modules);
	free(b.tree);
	free(b.options);
	return rc;
}
