// SPDX-License-Identifier: MIT
/* test_batch.c - slots that are filled, attempts as their directories tell of them, directories that are taken */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"

#define SLOTS 40

/** struct made - attempts of each slot; @needs: so many until one is usable */
struct made {
	atomic_size_t attempts[SLOTS];
	size_t needs[SLOTS], filled[SLOTS], fill_count;
	size_t breaks_at; /* SLOTS = never */
	atomic_int at_once, most;
};

static int look(void *arg, size_t slot, struct sb_slot_state *out, struct sb_err *err)
{
	struct made *m = arg;

	(void)err;
	*out = (struct sb_slot_state){.usable = m->attempts[slot] >= m->needs[slot],
				      .spent = m->attempts[slot]};
	return 0;
}

static int attempt(void *arg, size_t slot, size_t spent, struct sb_err *err)
{
	struct made *m = arg;
	int now = atomic_fetch_add(&m->at_once, 1) + 1;

	assert_int_equal(spent, m->attempts[slot]);
	if (now > m->most)
		m->most = now;
	usleep(500);
	m->attempts[slot]++;
	atomic_fetch_sub(&m->at_once, 1);
	return slot == m->breaks_at ? sb_fail(err, SB_EENV, 0, "slot %zu", slot) : 0;
}

static int filled(void *arg, size_t slot, struct sb_err *err)
{
	struct made *m = arg;

	(void)err;
	m->filled[m->fill_count++] = slot;
	return 0;
}

static void tick(void *arg)
{
	(void)arg;
}

static struct sb_batch batch_of(struct made *m, size_t jobs)
{
	m->breaks_at = SLOTS;
	return (struct sb_batch){.count = SLOTS,
				 .jobs = jobs,
				 .retries = 2,
				 .look = look,
				 .attempt = attempt,
				 .filled = filled,
				 .arg = m};
}

/* What is there is not made again, what fails is tried so often and no more, and each is told of once. */
static void slots_are_filled(void **state)
{
	(void)state;
	for (size_t jobs = 1; jobs <= 4; jobs += 3) {
		struct made m = {0};
		struct sb_batch b = batch_of(&m, jobs);
		struct sb_err err = {0};

		for (size_t i = 0; i < SLOTS; i++)
			m.needs[i] = i % 5;
		assert_int_equal(sb_batch_fill(&b, &err), 0);
		assert_int_equal(m.fill_count, SLOTS);
		assert_true(m.most <= (int)jobs);
		for (size_t i = 0; i < SLOTS; i++) {
			assert_int_equal(m.attempts[i], m.needs[i] < 3 ? m.needs[i] : 3);
			if (jobs == 1)
				assert_int_equal(m.filled[i], i);
		}
	}
}

/* The first failure ends it: what has not been begun is not begun any more. */
static void a_failure_ends_it(void **state)
{
	(void)state;
	for (size_t jobs = 1; jobs <= 4; jobs += 3) {
		struct made m = {0};
		struct sb_batch b = batch_of(&m, jobs);
		struct sb_err err = {0};

		b.tick = jobs > 1 ? tick : NULL;
		for (size_t i = 0; i < SLOTS; i++)
			m.needs[i] = 1;
		m.breaks_at = 5;
		assert_int_equal(sb_batch_fill(&b, &err), -1);
		assert_string_equal(err.msg, "slot 5");
		assert_true(m.attempts[SLOTS - 1] == 0);
		assert_true(m.attempts[4] == 1);
	}
}

static void put(const char *directory, const char *file, const char *text)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, file);
	struct sb_err err = {0};

	assert_int_equal(sb_replace_file(path, text, strlen(text), &err), 0);
}

static void an_attempt_is_what_its_directory_says(void **state)
{
	static const struct {
		const char *file, *text;
		enum sb_fate fate;
		const char *why;
	} said[] = {
	    {"events.jsonl", "", SB_CUT_OFF, NULL},
	    {"run.json", "", SB_CUT_OFF, NULL},
	    {"run.json", "{\"format\":2,\"interrupted\":true,\"verdict\":\"PASS\"}", SB_CUT_OFF,
	     NULL},
	    {"run.json",
	     "{\"format\":2,\"interrupted\":false,\"verdict\":\"INVALID\",\"reasons\":[\"late\"]}",
	     SB_RUN_INVALID, "late"},
	    {"run.json", "{\"format\":2,\"interrupted\":false,\"verdict\":\"WARN\"}", SB_RUN_WARN,
	     NULL},
	    {"run.json", "{\"format\":2,\"interrupted\":false,\"verdict\":\"PASS\"}", SB_RUN_PASS,
	     NULL},
	    {"broken.txt", "the guest was killed", SB_BROKEN, "the guest was killed"},
	};
	char directory[] = "/tmp/satbed-batch.XXXXXX";
	struct sb_attempt_found found;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_attempt_look("/nonexistent/satbed", &found, &err), 0);
	assert_int_equal(found.fate, SB_ABSENT);
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < SB_ARRAY_LEN(said); i++) {
		put(directory, said[i].file, said[i].text);
		if (sb_attempt_look(directory, &found, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(found.fate, said[i].fate);
		if (said[i].why)
			assert_string_equal(found.why, said[i].why);
		else
			assert_null(found.why);
		sb_attempt_found_fini(&found);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(said); i++) {
		sb_auto_free char *path = sb_asprintf("%s/%s", directory, said[i].file);

		unlink(path);
	}
	rmdir(directory);
}

static bool is_state(const char *name)
{
	return !strncmp(name, "state.json.", 11);
}

static void a_directory_is_new_or_as_good_as_new(void **state)
{
	char directory[] = "/tmp/satbed-batch.XXXXXX";
	struct sb_err err = {0};
	char *path;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	put(directory, "state.json.Ab12Cd", "half");
	path = sb_batch_directory("suite", "suite-x", directory, is_state, &err);
	assert_non_null(path);
	free(path);
	assert_int_equal(sb_batch_hold("suite", directory, &fd, &err), 0);
	close(fd);
	path = sb_batch_directory("suite", "suite-x", directory, is_state, &err);
	assert_non_null(path);
	free(path);
	assert_null(sb_batch_directory("suite", "suite-x", directory, NULL, &err));
	assert_non_null(strstr(err.msg, "satbed suite --resume /tmp/satbed-batch."));
	for (size_t i = 0; i < 2; i++) {
		sb_auto_free char *file =
		    sb_asprintf("%s/%s", directory, i ? ".lock" : "state.json.Ab12Cd");

		unlink(file);
	}
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_are_filled),
	    cmocka_unit_test(a_failure_ends_it),
	    cmocka_unit_test(an_attempt_is_what_its_directory_says),
	    cmocka_unit_test(a_directory_is_new_or_as_good_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
