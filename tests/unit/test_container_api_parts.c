// SPDX-License-Identifier: MIT
/* test_container_api_parts.c - frames, image names and pull streams, whatever pieces they come in */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container_api/container_api_priv.h"
#include "container_api/frames.h"
#include "container_api/pull_stream.h"
#include "satbed/base/mem.h"

#define HEAD(stream, len) stream "\0\0\0\0\0\0" len

/* Payload of one stream after @in was fed @step bytes at a time; NULL when it was refused. */
static char *unframe(const char *in, size_t len, size_t step, enum sb_stream wanted)
{
	struct sb_frames f = {0};
	struct sb_err err = {0};
	char *out = sb_alloc(1, len + 1);

	for (size_t at = 0; at < len; at += step) {
		const unsigned char *data = (const unsigned char *)in + at, *piece;
		size_t left = len - at < step ? len - at : step;
		enum sb_stream stream;
		long n;

		while ((n = sb_frames_next(&f, &data, &left, &stream, &piece, &err)) > 0)
			if (stream == wanted)
				strncat(out, (const char *)piece, (size_t)n);
		if (n < 0) {
			assert_int_equal(err.code, SB_EENGINE);
			free(out);
			return NULL;
		}
	}
	return out;
}

static void test_frames_are_told_apart_in_any_pieces(void **state)
{
	static const char in[] = HEAD("\1", "\5") "hello" HEAD("\2", "\4") "oops" HEAD("\1", "\0")
	    HEAD("\3", "\3") "bad" HEAD("\1", "\6") " world";

	(void)state;
	for (size_t step = 1; step < sizeof(in); step++) {
		char *out = unframe(in, sizeof(in) - 1, step, SB_STREAM_OUT);
		char *complaint = unframe(in, sizeof(in) - 1, step, SB_STREAM_ERR);
		char *daemon = unframe(in, sizeof(in) - 1, step, SB_STREAM_DAEMON);

		assert_string_equal(out, "hello world");
		assert_string_equal(complaint, "oops");
		assert_string_equal(daemon, "bad");
		free(out);
		free(complaint);
		free(daemon);
	}
}

static void test_other_framing_is_refused(void **state)
{
	(void)state;
	assert_null(unframe(HEAD("\4", "\1") "x", 9, 9, SB_STREAM_OUT));
	assert_null(unframe("\1\0\1\0\0\0\0\1x", 9, 9, SB_STREAM_OUT));
	assert_null(unframe("{\"message\":\"no\"}", 16, 1, SB_STREAM_OUT));
}

static void test_references(void **state)
{
	static const struct {
		const char *image, *name, *version;
	} good[] = {
	    {"ubuntu", "ubuntu", "latest"},
	    {"ubuntu:22.04", "ubuntu", "22.04"},
	    {"localhost:5000/ubuntu", "localhost:5000/ubuntu", "latest"},
	    {"localhost:5000/group/ubuntu:22.04", "localhost:5000/group/ubuntu", "22.04"},
	    {"[::1]:5000/ubuntu:a", "[::1]:5000/ubuntu", "a"},
	    {"ubuntu@sha256:0123", "ubuntu", "sha256:0123"},
	    /* with both, the digest decides */
	    {"r.example:1/ubuntu:22.04@sha256:0123", "r.example:1/ubuntu", "sha256:0123"},
	};
	static const char *const bad[] = {
	    "",	       ":22.04",     "ubuntu:",	      "ubuntu@",   "ubuntu@0123", "ubuntu:22/04:",
	    "a b",     "ubuntu:2 2", "/ubuntu",	      "ubuntu/",   "-ubuntu",	  "ubuntu?x=1",
	    "ubuntu&", "ub\nuntu",   "ubuntu:22.04@", "ubuntu#x:1"};
	struct sb_reference ref;
	char longest[400];

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(good); i++) {
		struct sb_err err = {0};

		assert_int_equal(sb_reference_parse(good[i].image, &ref, &err), 0);
		assert_string_equal(ref.name, good[i].name);
		assert_string_equal(ref.version, good[i].version);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_err err = {0};

		if (!sb_reference_parse(bad[i], &ref, &err))
			fail_msg("\"%s\" was taken for an image's name", bad[i]);
		assert_int_equal(err.code, SB_EINPUT);
		assert_non_null(strstr(err.msg, "ubuntu:22.04"));
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(sb_reference_parse(longest, &ref, NULL), -1);
	memcpy(longest, "x:", 2);
	assert_int_equal(sb_reference_parse(longest, &ref, NULL), -1);
}

static void expect_full(const char *name, const char *full)
{
	char *out = sb_reference_full(name);

	assert_string_equal(out, full);
	free(out);
}

static void test_full_names(void **state)
{
	(void)state;
	expect_full("ubuntu", "docker.io/library/ubuntu");
	expect_full("group/ubuntu", "docker.io/group/ubuntu");
	expect_full("quay.io/ubuntu", "quay.io/ubuntu");
	expect_full("localhost/ubuntu", "localhost/ubuntu");
	expect_full("registry:5000/ubuntu", "registry:5000/ubuntu");
}

struct told {
	char what[64];
	uint64_t done, total;
	int count;
};

static void listen_to(const char *what, uint64_t done, uint64_t total, void *ctx)
{
	struct told *t = ctx;

	snprintf(t->what, sizeof(t->what), "%s", what);
	t->done = done;
	t->total = total;
	t->count++;
}

static int feed(struct sb_pull_stream *s, const char *text, struct sb_err *err)
{
	/* One byte at a time finds what whole lines would hide. */
	for (size_t i = 0; text[i]; i++)
		if (sb_pull_stream_feed(s, text + i, 1, err))
			return -1;
	return 0;
}

static void test_a_pull_adds_its_layers_up(void **state)
{
	struct told told = {0};
	struct sb_pull_stream *s = sb_alloc(1, sizeof(*s));
	struct sb_err err = {0};

	(void)state;
	s->progress = listen_to;
	s->ctx = &told;
	assert_int_equal(
	    feed(s, "{\"status\":\"Pulling from library/ubuntu\",\"id\":\"22.04\"}\r\n", &err), 0);
	assert_string_equal(told.what, "Pulling from library/ubuntu");
	assert_int_equal(
	    feed(s,
		 "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":10,\"total\":100},"
		 "\"id\":\"a\"}\r\n"
		 "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":20,\"total\":50},"
		 "\"id\":\"b\"}\r\n",
		 &err),
	    0);
	assert_string_equal(told.what, "Downloading");
	assert_int_equal(told.done, 30);
	assert_int_equal(told.total, 150);
	assert_int_equal(
	    feed(s,
		 "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"a\"}\n"
		 "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"b\"}\n"
		 "{\"status\":\"Extracting\",\"progressDetail\":{\"current\":5,\"total\":100},"
		 "\"id\":\"a\"}\n",
		 &err),
	    0);
	assert_string_equal(told.what, "Extracting");
	assert_int_equal(told.done, 5);
	assert_null(s->failure);
	/* more than all of it, negative, not a number: never above the total */
	assert_int_equal(
	    feed(s,
		 "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1e30,\"total\":7},"
		 "\"id\":\"c\"}\n"
		 "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":900,\"total\":7},"
		 "\"id\":\"c\"}\n"
		 "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":-1,\"total\":-7},"
		 "\"id\":\"d\"}\n"
		 "{\"status\":\"Downloading\",\"progressDetail\":[],\"id\":\"c\"}\n"
		 "{\"status\":5,\"id\":{}}\n{}\n\r\n",
		 &err),
	    0);
	assert_true(told.done <= told.total);
	sb_pull_stream_fini(s);
	free(s);
}

static void test_a_pull_says_why_it_failed(void **state)
{
	struct sb_pull_stream *s = sb_alloc(1, sizeof(*s));
	struct sb_err err = {0};

	(void)state;
	/* the last line without its newline */
	assert_int_equal(
	    feed(s,
		 "{\"errorDetail\":{\"message\":\"no space\\u001b[2J left\"},\"error\":"
		 "\"no space\"}",
		 &err),
	    0);
	assert_null(s->failure);
	assert_int_equal(sb_pull_stream_finish(s, &err), 0);
	assert_string_equal(s->failure, "no space?[2J left");
	sb_pull_stream_fini(s);
	free(s);
}

static void test_an_import_tells_its_id(void **state)
{
	static const char hex[] =
	    "4d2d168b50f7926987c96dd2f8abe3d6b7c9b985bba3fc395bb5e97e3965f6c6";
	struct sb_pull_stream *s = sb_alloc(1, sizeof(*s));
	char *text = sb_asprintf("{\"status\":\"sha256:%s\"}\n", hex);
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(feed(s, "{\"status\":\"sha256:../../x\"}\n", &err), 0);
	assert_string_equal(s->id, "");
	assert_int_equal(feed(s, text, &err), 0);
	assert_memory_equal(s->id, "sha256:4d2d", 11);
	assert_int_equal(strlen(s->id), 71);
	free(text);
	sb_pull_stream_fini(s);
	free(s);
}

static void test_other_streams_are_refused(void **state)
{
	static const char *const bad[] = {"<html>\n", "[1]\n", "{\"status\":\n", "\"x\"\n"};
	struct sb_pull_stream *s;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_err err = {0};

		s = sb_alloc(1, sizeof(*s));
		assert_int_equal(feed(s, bad[i], &err), -1);
		assert_int_equal(err.code, SB_EENGINE);
		sb_pull_stream_fini(s);
		free(s);
	}
	/* a line without end */
	struct sb_err err = {0};
	char block[4096];
	int rc = 0;

	memset(block, 'x', sizeof(block));
	s = sb_alloc(1, sizeof(*s));
	for (int i = 0; !rc && i < 1000; i++)
		rc = sb_pull_stream_feed(s, block, sizeof(block), &err);
	assert_int_equal(rc, -1);
	assert_true(s->room <= 2 * SB_PULL_LINE_MAX);
	sb_pull_stream_fini(s);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frames_are_told_apart_in_any_pieces),
	    cmocka_unit_test(test_other_framing_is_refused),
	    cmocka_unit_test(test_references),
	    cmocka_unit_test(test_full_names),
	    cmocka_unit_test(test_a_pull_adds_its_layers_up),
	    cmocka_unit_test(test_a_pull_says_why_it_failed),
	    cmocka_unit_test(test_an_import_tells_its_id),
	    cmocka_unit_test(test_other_streams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
