// SPDX-License-Identifier: MIT
/* test_container_api_tar.c - archives made in pieces are archives; hostile ones write nothing they should
 * not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container_api/tar.h"
#include "satbed/base/mem.h"

struct bytes {
	char *data;
	size_t len, at, step;
};

static ssize_t take(void *ctx, void *buf, size_t size, struct sb_err *err)
{
	struct bytes *b = ctx;
	size_t n = b->len - b->at;

	(void)err;
	n = n < size ? n : size;
	n = n < b->step ? n : b->step;
	memcpy(buf, b->data + b->at, n);
	b->at += n;
	return (ssize_t)n;
}

static struct bytes make(const struct sb_tar_entry *entries, size_t count, size_t step)
{
	struct sb_tar_maker *m = sb_tar_make(entries, count);
	struct bytes out = {.step = 512};
	struct sb_err err = {0};
	char *piece = sb_alloc(1, step);
	ssize_t n;

	while ((n = sb_tar_take(m, piece, step, &err)) > 0) {
		out.data = sb_realloc(out.data, out.len + (size_t)n, 1);
		memcpy(out.data + out.len, piece, (size_t)n);
		out.len += (size_t)n;
	}
	assert_int_equal(n, 0);
	sb_tar_made(m);
	free(piece);
	return out;
}

/* What came out: "name=bytes;" for each file, in one memory file. */
struct found {
	int fd;
	char names[4096];
	const char *only;
};

static int each(const char *name, void *ctx)
{
	struct found *f = ctx;

	if (strlen(f->names) + strlen(name) + 2 < sizeof(f->names)) {
		strcat(f->names, name);
		strcat(f->names, ";");
	}
	return f->only && strcmp(f->only, name) != 0 ? -1 : f->fd;
}

static struct found new_found(void)
{
	struct found f = {.fd = memfd_create("found", MFD_CLOEXEC)};

	assert_true(f.fd >= 0);
	return f;
}

static size_t size_of(const struct found *f)
{
	return (size_t)lseek(f->fd, 0, SEEK_END);
}

static void test_what_goes_in_comes_out(void **state)
{
	static const size_t steps[] = {1, 511, 512, 4096, 100000};
	size_t big_len = 300001;
	char *big = sb_alloc(1, big_len), *back = sb_alloc(1, big_len);

	(void)state;
	for (size_t i = 0; i < big_len; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	for (size_t i = 0; i < SB_ARRAY_LEN(steps); i++) {
		const struct sb_tar_entry entries[] = {{"dir", 0755, NULL, 0},
						       {"dir/empty", 0600, "", 0},
						       {"dir/big", 0755, big, big_len},
						       {"last", 0644, "x", 1}};
		struct bytes tar = make(entries, 4, steps[i]);
		struct found f = new_found();
		struct sb_err err = {0};

		f.only = "big";
		assert_int_equal(sb_tar_read(take, &tar, each, &f, &err), 0);
		assert_string_equal(f.names, "empty;big;last;");
		assert_int_equal(pread(f.fd, back, big_len, 0), big_len);
		assert_memory_equal(back, big, big_len);
		assert_int_equal(size_of(&f), big_len);
		close(f.fd);
		free(tar.data);
	}
	free(big);
	free(back);
}

static void test_a_cut_off_archive_is_no_success(void **state)
{
	const struct sb_tar_entry entries[] = {{"a", 0644, "0123456789", 10},
					       {"b", 0644, "0123456789", 10}};
	struct bytes tar = make(entries, 2, 4096);
	/* within the second head, and within the first data */
	static const size_t lengths[] = {512 + 512 + 100, 512 + 5};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(lengths); i++) {
		struct bytes part = tar;
		struct found f = new_found();
		struct sb_err err = {0};

		part.len = lengths[i];
		assert_int_equal(sb_tar_read(take, &part, each, &f, &err), -1);
		assert_int_equal(err.code, SB_EENGINE);
		close(f.fd);
	}
	free(tar.data);
}

/* An archive that no satbed would make. */
struct maker {
	struct archive *a;
	struct bytes out;
};

static la_ssize_t keep(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct bytes *b = ctx;

	(void)a;
	b->data = sb_realloc(b->data, b->len + len, 1);
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return (la_ssize_t)len;
}

static void begin(struct maker *m)
{
	*m = (struct maker){.out.step = 4096, .a = archive_write_new()};
	archive_write_set_format_pax_restricted(m->a);
	archive_write_open(m->a, &m->out, NULL, keep, NULL);
}

static void add(struct maker *m, const char *path, mode_t type, const char *link, const char *data)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 04755);
	archive_entry_set_size(e, data ? (la_int64_t)strlen(data) : 0);
	if (link && type == AE_IFLNK)
		archive_entry_set_symlink(e, link);
	else if (link)
		archive_entry_set_hardlink(e, link);
	assert_true(archive_write_header(m->a, e) >= ARCHIVE_WARN);
	if (data)
		archive_write_data(m->a, data, strlen(data));
	archive_entry_free(e);
}

static int read_made(struct maker *m, struct found *f, struct sb_err *err)
{
	int rc;

	archive_write_free(m->a);
	*f = new_found();
	rc = sb_tar_read(take, &m->out, each, f, err);
	free(m->out.data);
	return rc;
}

static void test_only_regular_files_come_out(void **state)
{
	struct sb_err err = {0};
	struct maker m;
	struct found f;

	(void)state;
	begin(&m);
	add(&m, "passwd", AE_IFLNK, "/etc/passwd", NULL);
	add(&m, "twin", AE_IFREG, "other", NULL);
	add(&m, "null", AE_IFCHR, NULL, NULL);
	add(&m, "pipe", AE_IFIFO, NULL, NULL);
	add(&m, "dir/", AE_IFDIR, NULL, NULL);
	add(&m, "../../../etc/shadow", AE_IFREG, NULL, "ha");
	assert_int_equal(read_made(&m, &f, &err), 0);
	/* by its last part only: where it goes is the caller's matter */
	assert_string_equal(f.names, "shadow;");
	assert_int_equal(size_of(&f), 2);
	close(f.fd);
}

static void expect_hostile(struct maker *m, const char *words)
{
	struct sb_err err = {0};
	struct found f;

	assert_int_equal(read_made(m, &f, &err), -1);
	assert_int_equal(err.code, SB_EENGINE);
	if (!strstr(err.msg, words))
		fail_msg("no \"%s\" in: %s", words, err.msg);
	close(f.fd);
}

static void test_impossible_names(void **state)
{
	static const char *const names[] = {"dir/..", "..", "a\nb", "x/\033[2J"};
	struct maker m;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		begin(&m);
		add(&m, names[i], AE_IFREG, NULL, "x");
		expect_hostile(&m, "impossible name");
	}
}

static void test_the_same_file_twice(void **state)
{
	struct maker m;

	(void)state;
	begin(&m);
	add(&m, "a/x", AE_IFREG, NULL, "1");
	add(&m, "b/x", AE_IFREG, NULL, "2");
	expect_hostile(&m, "\"x\" twice");
}

static void test_too_many_files(void **state)
{
	struct maker m;
	char name[32];

	(void)state;
	begin(&m);
	for (int i = 0; i <= SB_TAR_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		add(&m, name, AE_IFREG, NULL, NULL);
	}
	expect_hostile(&m, "more than 4096 files");
}

/* A sparse file that claims to reach far out: nothing of that size may come to be. */
static void test_a_huge_hole(void **state)
{
	struct archive_entry *e = archive_entry_new();
	struct maker m;

	(void)state;
	begin(&m);
	archive_entry_set_pathname(e, "hole");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)1 << 50);
	archive_entry_sparse_add_entry(e, ((la_int64_t)1 << 50) - 1, 1);
	assert_true(archive_write_header(m.a, e) >= ARCHIVE_WARN);
	archive_write_data(m.a, "x", 1);
	archive_entry_free(e);
	expect_hostile(&m, "too large");
}

static void test_nonsense(void **state)
{
	struct bytes b = {.data = sb_alloc(1, 8192), .len = 8192, .step = 700};
	struct found f = new_found();
	struct sb_err err = {0};

	(void)state;
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = (char)(i * 2654435761u >> 7);
	assert_int_equal(sb_tar_read(take, &b, each, &f, &err), -1);
	assert_int_equal(err.code, SB_EENGINE);
	assert_string_equal(f.names, "");
	close(f.fd);
	free(b.data);
}

static ssize_t fail_take(void *ctx, void *buf, size_t size, struct sb_err *err)
{
	(void)ctx;
	(void)buf;
	(void)size;
	return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
}

static void test_the_source_s_failure_is_told(void **state)
{
	struct sb_err err = {0};
	struct found f = new_found();

	(void)state;
	assert_int_equal(sb_tar_read(fail_take, NULL, each, &f, &err), -1);
	assert_int_equal(err.code, SB_EINTERRUPTED);
	assert_string_equal(err.msg, "interrupted");
	close(f.fd);
}

static int check_rootfs(const struct sb_tar_entry *entries, size_t count, struct sb_err *err)
{
	struct bytes tar = make(entries, count, 4096);
	int fd = memfd_create("tar", MFD_CLOEXEC), rc;

	assert_int_equal(write(fd, tar.data, tar.len), tar.len);
	lseek(fd, 0, SEEK_SET);
	rc = sb_tar_check_rootfs(fd, err);
	/* It is read once more afterwards. */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	free(tar.data);
	return rc;
}

static void test_what_a_root_file_system_is(void **state)
{
	const struct sb_tar_entry rootfs[] = {{"./bin/sh", 0755, "x", 1}, {"./etc", 0755, NULL, 0}};
	const struct sb_tar_entry saved[] = {{"manifest.json", 0644, "[]", 2}};
	const struct sb_tar_entry other[] = {{"holiday/beach.jpg", 0644, "x", 1}};
	struct sb_err err = {0};
	int fd = memfd_create("nonsense", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(check_rootfs(rootfs, 2, &err), 0);
	assert_int_equal(check_rootfs(saved, 1, &err), -1);
	assert_non_null(strstr(err.msg, "docker load -i"));
	assert_int_equal(check_rootfs(other, 1, &err), -1);
	assert_non_null(strstr(err.msg, "does not hold a root file system"));
	assert_int_equal(err.code, SB_EINPUT);
	assert_int_equal(write(fd, "nonsense, no tar\n", 17), 17);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(sb_tar_check_rootfs(fd, &err), -1);
	assert_non_null(strstr(err.msg, "not a tar archive"));
	close(fd);
}

/* An image is anybody's file: which programs run is not for its first bytes to say. */
static void test_no_program_is_started(void **state)
{
	static const struct {
		const char *program;
		unsigned char magic[8];
	} magics[] = {
	    {"lrzip", {'L', 'R', 'Z', 'I', 0, 6, 0, 0}},
	    {"lzop", {0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a}},
	    {"grzip", {'G', 'R', 'Z', 'i', 'p', 'I', 'I', 0}},
	};
	char dir[] = "/tmp/satbed-test-tar-XXXXXX";
	sb_auto_free char *path = sb_strdup(getenv("PATH"));
	sb_auto_free char *proof = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	proof = sb_asprintf("%s/proof", dir);
	assert_int_equal(setenv("PATH", dir, 1), 0);
	for (size_t i = 0; i < SB_ARRAY_LEN(magics); i++) {
		sb_auto_free char *program = sb_asprintf("%s/%s", dir, magics[i].program);
		unsigned char image[4096] = {0};
		struct sb_err err = {0};
		FILE *f = fopen(program, "we");
		int fd = memfd_create("image", MFD_CLOEXEC);

		assert_non_null(f);
		fprintf(f, "#!/bin/sh\n: >%s\n", proof);
		assert_int_equal(fclose(f) || chmod(program, 0700), 0);
		memcpy(image, magics[i].magic, sizeof(magics[i].magic));
		assert_int_equal(write(fd, image, sizeof(image)), sizeof(image));
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(sb_tar_check_rootfs(fd, &err), -1);
		close(fd);
		unlink(program);
		if (!access(proof, F_OK))
			fail_msg("%s was started", magics[i].program);
	}
	setenv("PATH", path, 1);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_goes_in_comes_out),
	    cmocka_unit_test(test_a_cut_off_archive_is_no_success),
	    cmocka_unit_test(test_only_regular_files_come_out),
	    cmocka_unit_test(test_impossible_names),
	    cmocka_unit_test(test_the_same_file_twice),
	    cmocka_unit_test(test_too_many_files),
	    cmocka_unit_test(test_a_huge_hole),
	    cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_the_source_s_failure_is_told),
	    cmocka_unit_test(test_what_a_root_file_system_is),
	    cmocka_unit_test(test_no_program_is_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
