// SPDX-License-Identifier: MIT
/* test_engine_payload.c - the emulator runs from nothing but what satbed brings along */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/container/elf_needs.h"
#include "engine/container/payload.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/version.h"
#include "satbed/emulator.h"

extern const char sb_emulator_image[], sb_emulator_image_end[];

static sb_emulator_main_fn *const volatile start_emulator = sb_emulator_main;

static void unpack(const char *root, const struct sb_payload *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct sb_tar_entry *e = &p->entries[i];
		sb_auto_free char *path = sb_asprintf("%s/%s", root, e->path);
		sb_auto_close int fd = -1;

		if (!e->data) {
			assert_int_equal(mkdir(path, e->mode), 0);
			continue;
		}
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, e->mode);
		assert_true(fd >= 0);
		assert_int_equal(sb_write_all(fd, e->data, e->len), 0);
	}
}

static void test_the_emulator_program_runs_from_the_payload_alone(void **state)
{
	char root[] = "/tmp/satbed-test-payload-XXXXXX", line[128] = "";
	sb_auto_free char *command = NULL, *wanted = NULL, *remove = NULL;
	struct sb_payload p;
	struct sb_err err = {0};
	FILE *out;

	(void)state;
	if (sb_payload_emulator(&p, &err))
		fail_msg("%s", err.msg);
	/* As in satbed, the emulator is a part of this program, and with it its libraries. */
	assert_non_null(start_emulator);
	assert_non_null(mkdtemp(root));
	unpack(root, &p);
	/* inhibit-cache: not one library is taken from where this machine has them. */
	command = sb_asprintf("%s/ld.so --inhibit-cache --library-path %s/lib %s/satbed-emulator "
			      "--version",
			      root, root, root);
	out = popen(command, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof(line), out));
	assert_int_equal(pclose(out), 0);
	wanted = sb_asprintf("satbed-emulator %s\n", sb_version);
	assert_string_equal(line, wanted);
	remove = sb_asprintf("rm -rf %s", root);
	assert_int_equal(system(remove), 0);
	sb_payload_fini(&p);
}

static int count_need(const char *soname, void *ctx, struct sb_err *err)
{
	size_t *count = ctx;

	(void)err;
	*count += strlen(soname) > 0;
	return 0;
}

/* Any part of the file may be missing or damaged: an error or fewer names, never a crash. */
/* What goes to the nodes is the agent alone, and it asks for no loader: that of an image would be asked. */
static void test_the_agent_needs_no_loader(void **state)
{
	struct sb_err err = {0};
	struct sb_payload p;
	size_t needs = 0;

	(void)state;
	sb_payload_agent(&p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.entries[0].path, "satbed-agent");
#ifndef __SANITIZE_ADDRESS__ /* whose run-time cannot be linked statically */
	assert_null(sb_elf_interpreter(p.entries[0].data, p.entries[0].len));
	assert_int_equal(
	    sb_elf_needs(p.entries[0].data, p.entries[0].len, count_need, &needs, &err), 0);
	assert_int_equal(needs, 0);
#endif
	(void)needs;
	(void)err;
	sb_payload_fini(&p);
}

static void test_damaged_programs_are_survived(void **state)
{
	size_t len = (size_t)(sb_emulator_image_end - sb_emulator_image), whole = 0;
	char *copy = sb_alloc(len, 1);
	struct sb_err err;

	(void)state;
	assert_int_equal(sb_elf_needs(sb_emulator_image, len, count_need, &whole, &err), 0);
	assert_true(whole >= 3);
	for (size_t cut = 0; cut < 4096; cut += 7) {
		size_t count = 0;
		/* On the heap and exactly that long, so that a sanitizer sees what goes beyond. */
		char *part = sb_alloc(cut + 1, 1);

		memcpy(part, sb_emulator_image, cut);
		err = (struct sb_err){0};
		assert_int_equal(sb_elf_needs(part, cut, count_need, &count, &err), -1);
		assert_int_equal(err.code, SB_EENV);
		sb_elf_interpreter(part, cut);
		free(part);
	}
	for (size_t at = 0; at < 1024; at++) {
		size_t count = 0;

		memcpy(copy, sb_emulator_image, len);
		copy[at] = (char)~copy[at];
		sb_elf_needs(copy, len, count_need, &count, &err);
		sb_elf_interpreter(copy, len);
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_emulator_program_runs_from_the_payload_alone),
	    cmocka_unit_test(test_the_agent_needs_no_loader),
	    cmocka_unit_test(test_damaged_programs_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
