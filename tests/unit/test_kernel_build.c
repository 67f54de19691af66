// SPDX-License-Identifier: MIT
/* test_kernel_build.c - the parts of a kernel's build: its digest, source, changes, configuration */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/configure.h"
#include "kernel/edit.h"
#include "kernel/module.h"
#include "kernel/recipe.h"
#include "kernel/source.h"
#include "kernel/tool.h"
#include "kernel/unpack.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

static char work[] = "/tmp/satbed-test-kernel-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(work);
}

static int tear_down(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", work);
	return system(command);
}

static char *path_of(const char *name)
{
	return sb_asprintf("%s/%s", work, name);
}

/* Parents are made; the caller's to free. */
static char *write_file(const char *name, const char *text)
{
	char *path = path_of(name);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	assert_int_equal(sb_replace_file(path, text, strlen(text), NULL), 0);
	return path;
}

static void digest_of(const char *const *patches, size_t patch_count, const char *const *modules,
		      size_t module_count, char out[SB_DIGEST_LEN + 1])
{
	struct sb_kernel_request r = {.patches = patches,
				      .patch_count = patch_count,
				      .modules = modules,
				      .module_count = module_count};
	struct sb_err err = {0};

	if (sb_recipe_digest(&r, out, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(strlen(out), SB_DIGEST_LEN);
}

static void all_that_changes_a_kernel_changes_its_digest(void **state)
{
	sb_auto_free char *one = write_file("one.patch", "1"), *two = write_file("two.patch", "2");
	sb_auto_free char *both = write_file("both.patch", "12");
	sb_auto_free char *c = write_file("mod/a.c", "a"), *dir = path_of("mod");
	const char *patches[][2] = {{one, two}, {two, one}, {both, NULL}, {one, NULL}};
	const char *modules[] = {dir};
	char digest[8][SB_DIGEST_LEN + 1];

	(void)state;
	digest_of(NULL, 0, NULL, 0, digest[0]);
	digest_of(patches[0], 2, NULL, 0, digest[1]);
	digest_of(patches[1], 2, NULL, 0, digest[2]);
	digest_of(patches[2], 1, NULL, 0, digest[3]);
	digest_of(patches[3], 1, NULL, 0, digest[4]);
	digest_of(NULL, 0, modules, 1, digest[5]);
	free(write_file("mod/a.c", "b"));
	digest_of(NULL, 0, modules, 1, digest[6]);
	assert_int_equal(unlink(c), 0);
	free(write_file("mod/b.c", "b"));
	digest_of(NULL, 0, modules, 1, digest[7]);
	for (size_t i = 0; i < 8; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(digest[i], digest[j]);
	/* What a build leaves is none of it. */
	free(write_file("mod/b.o", "object"));
	free(write_file("mod/.git/HEAD", "ref"));
	digest_of(NULL, 0, modules, 1, digest[0]);
	assert_string_equal(digest[0], digest[7]);
}

static void a_hash_is_of_recipe_and_source(void **state)
{
	char a[SB_KERNEL_HASH_LEN + 1], b[SB_KERNEL_HASH_LEN + 1], c[SB_KERNEL_HASH_LEN + 1];

	(void)state;
	sb_kernel_hash("1", "23", a);
	sb_kernel_hash("12", "3", b);
	sb_kernel_hash("1", "23", c);
	assert_int_equal(strlen(a), SB_KERNEL_HASH_LEN);
	assert_string_not_equal(a, b);
	assert_string_equal(a, c);
}

static void links_and_unreadable_files_in_a_module(void **state)
{
	sb_auto_free char *dir = path_of("links"), *link = path_of("links/link");
	struct sb_err err = {0};
	char one[SB_DIGEST_LEN + 1], other[SB_DIGEST_LEN + 1];

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(symlink("/one", link), 0);
	assert_int_equal(sb_digest_tree(dir, one, &err), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("/other", link), 0);
	assert_int_equal(sb_digest_tree(dir, other, &err), 0);
	assert_string_not_equal(one, other);
	assert_int_equal(sb_digest_tree("/nonexistent/directory", one, &err), -1);
	assert_int_equal(sb_digest_file(dir, one, &err), -1);
}

static void names_of_sources(void **state)
{
	static const char *const names[][2] = {
	    {"linux-source-6.12", "6.12"},
	    {"/usr/src/linux-source-6.12.tar.xz", "6.12"},
	    {"/usr/src/linux-source-6.8.0/linux-source-6.8.0.tar.bz2", "6.8.0"},
	    {"linux-source", NULL},
	    {"linux-source-", NULL},
	    {"linux-source-6.12-rt", NULL},
	    {"linux-source-6.12.tar", NULL},
	    {"linux-image-6.12", NULL},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		sb_auto_free char *version = sb_source_version(names[i][0]);

		if (names[i][1]) {
			assert_non_null(version);
			assert_string_equal(version, names[i][1]);
		} else {
			assert_null(version);
		}
	}
}

static void what_is_unpacked(void **state)
{
	static const char *const wanted[] = {
	    "Makefile",
	    "net/ipv4/tcp.c",
	    "arch/um/kernel/time.c",
	    "arch/x86/um/signal.c",
	    "arch/Kconfig",
	    "drivers/net/veth.c",
	    "drivers/gpu/Makefile",
	    "sound/Kconfig",
	    "arch/arm/Kconfig.debug",
	    "fs/hostfs/inode.c",
	    "fs/xfs/Kconfig",
	    "tools/include/linux/types.h",
	    "drivers/net/Kconfig",
	    "scripts/Makefile",
	};
	static const char *const unwanted[] = {
	    "arch/arm/kernel/time.c",	      "drivers/gpu/drm/a.c", "sound/core/a.c",
	    "drivers/net/ethernet/intel/a.c", "fs/xfs/a.c",	     "Documentation/a.rst",
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(wanted); i++)
		assert_true(sb_unpack_wants(wanted[i]));
	for (size_t i = 0; i < SB_ARRAY_LEN(unwanted); i++)
		assert_false(sb_unpack_wants(unwanted[i]));
}

static void a_source_has_a_version(void **state)
{
	sb_auto_free char *tree = path_of("tree"), *version = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_null(sb_tree_version(tree, &err));
	free(write_file("tree/arch/um/Kconfig", ""));
	free(write_file("tree/Makefile",
			"# SPDX\nVERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n"
			"NAME = x\nSUBLEVEL_OTHER = 9\n"));
	version = sb_tree_version(tree, &err);
	assert_string_equal(version, "6.13.0-rc3");
	free(write_file("tree/Makefile",
			"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 2\nEXTRAVERSION = /../x\n"));
	assert_null(sb_tree_version(tree, &err));
	free(write_file("tree/Makefile", "VERSION = six\nPATCHLEVEL = 1\nSUBLEVEL = 2\n"));
	assert_null(sb_tree_version(tree, &err));
}

static void satbeds_changes_are_made_once(void **state)
{
	sb_auto_free char *tree = path_of("edited"), *text = NULL, *again = NULL, *path = NULL;
	struct sb_err err = {0};

	(void)state;
	path = write_file("edited/arch/um/Kconfig",
			  "config X\n\tbool\n\nconfig HZ\n\tint\n\tdefault 100\n\nconfig Y\n");
	assert_int_equal(sb_tree_edit(tree, &err), 0);
	assert_int_equal(sb_read_file(path, 1000, &text, NULL, NULL), 0);
	assert_string_equal(text,
			    "config X\n\tbool\n\nconfig HZ\n\tint\n\tdefault 1000\n\nconfig Y\n");
	assert_int_equal(sb_tree_edit(tree, &err), 0);
	assert_int_equal(sb_read_file(path, 1000, &again, NULL, NULL), 0);
	assert_string_equal(again, text);
	free(write_file("edited/arch/um/Kconfig", "config HZ\n\tint\n\tdefault 250\n"));
	assert_int_equal(sb_tree_edit(tree, &err), -1);
	assert_non_null(strstr(err.msg, "arch/um/Kconfig"));
}

static void what_a_configuration_misses(void **state)
{
	static const char config[] =
	    "CONFIG_A=y\nCONFIG_AB=y\n# CONFIG_C is not set\nCONFIG_HZ=1000\n";
	sb_auto_free char *none = sb_config_misses(config, "CONFIG_AB=y\n# any\nCONFIG_HZ=1000");
	sb_auto_free char *c = sb_config_misses(config, "CONFIG_A=y\nCONFIG_C=y\nCONFIG_D=y\n");
	sb_auto_free char *part = sb_config_misses(config, "CONFIG_HZ=100\n");

	(void)state;
	assert_null(none);
	assert_string_equal(c, "CONFIG_C=y");
	assert_string_equal(part, "CONFIG_HZ=100");
}

static void two_modules_of_a_name_are_refused(void **state)
{
	sb_auto_free char *a = write_file("a/mine/x.c", ""), *b = write_file("b/mine/x.c", "");
	sb_auto_free char *makefile = write_file("modules/net/Makefile", "obj-y += core/\n");
	sb_auto_free char *tree = path_of("modules"), *first = path_of("a/mine");
	sb_auto_free char *second = path_of("b/mine"), *options = NULL, *text = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_module_add(tree, first, &options, &err), 0);
	assert_int_equal(sb_module_add(tree, second, &options, &err), -1);
	assert_non_null(strstr(err.msg, "\"mine\""));
	assert_null(options);
	assert_int_equal(sb_read_file(makefile, 1000, &text, NULL, NULL), 0);
	assert_string_equal(text, "obj-y += core/\n\nobj-y += satbed/\n");
}

static void tools_get_a_clean_environment(void **state)
{
	static const char *const argv[] = {"sh", "-c",
					   "echo ${MAKEFLAGS-none} ${ARCH-none} $LC_ALL", NULL};
	static const char *const fails[] = {"sh", "-c", "exit 3", NULL};
	static const char *const none[] = {"satbed-no-such-program", NULL};
	sb_auto_free char *out = NULL;
	struct sb_err err = {0};

	(void)state;
	setenv("MAKEFLAGS", "-n", 1);
	setenv("ARCH", "arm", 1);
	assert_int_equal(sb_tool_output(argv, &out, &err), 0);
	assert_string_equal(out, "none none C\n");
	assert_int_equal(sb_tool_output(fails, &out, &err), 3);
	assert_int_equal(sb_tool_output(none, &out, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_true(sb_tool_find("sh"));
	assert_true(sb_tool_find("/bin/sh"));
	assert_false(sb_tool_find("satbed-no-such-program"));
}

/* "CONFIG_X=y", or that it is not set: a typing error would be found by a real build only. */
static void the_carried_configuration_is_well_formed(void **state)
{
	size_t len;
	const char *text = sb_kernel_config_text(&len);
	sb_auto_free char *copy = sb_asprintf("%.*s", (int)len, text);
	char *save = NULL;
	size_t count = 0;

	(void)state;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[100], end[100];

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "CONFIG_%99[A-Z0-9_a-z]=%99s", name, end), 2);
		assert_true(!strcmp(end, "y") || *end == '"');
		count++;
	}
	assert_true(count > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_changes_a_kernel_changes_its_digest),
	    cmocka_unit_test(a_hash_is_of_recipe_and_source),
	    cmocka_unit_test(links_and_unreadable_files_in_a_module),
	    cmocka_unit_test(names_of_sources),
	    cmocka_unit_test(what_is_unpacked),
	    cmocka_unit_test(a_source_has_a_version),
	    cmocka_unit_test(satbeds_changes_are_made_once),
	    cmocka_unit_test(what_a_configuration_misses),
	    cmocka_unit_test(two_modules_of_a_name_are_refused),
	    cmocka_unit_test(tools_get_a_clean_environment),
	    cmocka_unit_test(the_carried_configuration_is_well_formed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
