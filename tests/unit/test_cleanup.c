// SPDX-License-Identifier: MIT
/* test_cleanup.c - what is taken for satbed's, and which run for one that is over */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "cleanup/run_status.h"
#include "cleanup/unnamed_image.h"
#include "satbed/base/mem.h"

#define LABELS                                                                                   \
	"\"Labels\":{\"satbed.run\":\"5f0c91a2\",\"satbed.boot\":\"b\",\"satbed.pid\":\"4711\"," \
	"\"satbed.start\":\"9\",\"satbed.pidns\":\"8\",\"satbed.uid\":\"1000\"}"

static void add(struct sb_inventory *inv, enum sb_thing kind, const char *text, int wanted)
{
	cJSON *answer = cJSON_Parse(text);
	struct sb_err err = {0};

	assert_non_null(answer);
	assert_int_equal(sb_inventory_add(inv, kind, answer, &err), wanted);
	cJSON_Delete(answer);
}

/* Without a name, as Docker has what it was removing when it died. */
static void test_dead_containers_count_by_their_labels(void **state)
{
	struct sb_inventory inv = {0};

	(void)state;
	add(&inv, SB_THING_CONTAINER,
	    "[{\"Names\":null,\"Id\":\"d1\",\"State\":\"dead\"," LABELS "},"
	    "{\"Names\":null,\"Id\":\"d2\",\"State\":\"dead\"},"
	    "{\"Names\":[\"/postgres\"],\"Id\":\"d3\",\"State\":\"dead\"," LABELS "}]",
	    0);
	assert_int_equal(inv.count, 1);
	assert_string_equal(inv.things[0].id, "d1");
	assert_string_equal(inv.things[0].name, "satbed-5f0c91a2-dead");
	assert_true(inv.things[0].nameless);
	assert_false(inv.things[0].running);
	sb_inventory_fini(&inv);
}

static void test_only_names_and_labels_of_satbed_count(void **state)
{
	struct sb_inventory inv = {0};

	(void)state;
	add(&inv, SB_THING_CONTAINER,
	    "[{\"Names\":[\"/satbed-5f0c91a2-emulator\"],\"Id\":\"c1\",\"Created\":77,"
	    "\"State\":\"running\"," LABELS "},"
	    "{\"Names\":[\"/satbed-5f0c91a2-client1\"],\"Id\":\"c2\",\"Labels\":{}},"
	    "{\"Names\":[\"/satbed-5f0c91a2-client2\"],\"Id\":\"c3\"},"
	    "{\"Names\":[\"/postgres\"],\"Id\":\"c4\"," LABELS "},"
	    "{\"Names\":[\"/satbed-5f0c91a20\"],\"Id\":\"c5\"," LABELS "},"
	    "{\"Names\":[],\"Id\":\"c6\"," LABELS "},"
	    "{\"Names\":[\"/satbed-5f0c91a2\"],\"Id\":\"../volumes/prune\"," LABELS "},"
	    "{\"Names\":[\"/satbed-5f0c91a2\"]," LABELS "}, null, 7]",
	    0);
	assert_int_equal(inv.count, 1);
	assert_string_equal(inv.things[0].id, "c1");
	assert_string_equal(inv.things[0].name, "satbed-5f0c91a2-emulator");
	assert_int_equal(inv.things[0].owner.pid, 4711);
	assert_int_equal(inv.things[0].made_s, 77);
	assert_true(inv.things[0].running);
	add(&inv, SB_THING_NETWORK,
	    "[{\"Name\":\"satbed-5f0c91a2-1\",\"Id\":\"n1\",\"Created\":"
	    "\"2026-11-23T23:00:00.123456789Z\"," LABELS "},"
	    "{\"Name\":\"bridge\",\"Id\":\"n2\"," LABELS "}]",
	    0);
	add(&inv, SB_THING_VOLUME,
	    "{\"Volumes\":[{\"Name\":\"satbed-5f0c91a2\",\"CreatedAt\":"
	    "\"2026-11-24T00:00:00+01:00\"," LABELS "}, {\"Name\":\"satbed-5f0c91a2-x\"}]}",
	    0);
	assert_int_equal(inv.count, 3);
	assert_string_equal(inv.things[2].id, "satbed-5f0c91a2");
	assert_int_equal(inv.things[1].made_s, inv.things[2].made_s);
	assert_false(inv.things[1].running);
	/* An image of a container that was committed has its labels, too: that is the user's. */
	add(&inv, SB_THING_IMAGE,
	    "[{\"RepoTags\":[\"localhost/satbed-5f0c91a2-emulator:latest\"],\"Id\":\"sha256:ab12\","
	    "\"Created\":78," LABELS "},"
	    "{\"RepoTags\":[\"satbed-5f0c91a2-emulator:latest\"],\"Id\":\"sha256:cd\"," LABELS "},"
	    "{\"RepoTags\":[\"mine:latest\"],\"Id\":\"sha256:34\"," LABELS "},"
	    "{\"RepoTags\":[\"localhost/satbed-5f0c91a2-emulator:latest\"],\"Id\":\"sha256:../"
	    "x\"," LABELS "}]",
	    0);
	assert_int_equal(inv.count, 4);
	assert_string_equal(inv.things[3].name, "satbed-5f0c91a2-emulator");
	assert_string_equal(inv.things[3].id, "sha256:ab12");
	assert_int_equal(inv.things[3].made_s, 78);
	sb_inventory_fini(&inv);
}

static bool was_imported(const char *inspected)
{
	cJSON *json = cJSON_Parse(inspected);
	bool answer = sb_image_was_imported(json);

	cJSON_Delete(json);
	return answer;
}

/* A daemon that was killed before it named it; what somebody committed has no name either. */
static void test_images_without_a_name(void **state)
{
	struct sb_inventory inv = {0};

	(void)state;
	add(&inv, SB_THING_IMAGE,
	    "[{\"RepoTags\":null,\"Id\":\"sha256:56\"," LABELS "},"
	    "{\"RepoTags\":[\"<none>:<none>\"],\"Id\":\"sha256:57\"," LABELS "},"
	    "{\"RepoTags\":[],\"Id\":\"sha256:58\"}]",
	    0);
	assert_int_equal(inv.count, 2);
	assert_string_equal(inv.things[0].name, "satbed-5f0c91a2-unnamed");
	assert_true(inv.things[1].nameless);
	sb_inventory_fini(&inv);
	assert_true(was_imported("{\"Config\":{\"Cmd\":null,\"Labels\":{}},\"RootFS\":{\"Layers\":"
				 "[\"sha256:1\"]}}"));
	/* Committed, as it is and squashed to one layer. */
	assert_false(was_imported("{\"Config\":{\"Cmd\":null},\"RootFS\":{\"Layers\":[\"sha256:1\","
				  "\"sha256:2\"]}}"));
	assert_false(was_imported("{\"Config\":{\"Cmd\":[\"/.satbed/satbed-agent\"]},\"RootFS\":{"
				  "\"Layers\":[\"sha256:1\"]}}"));
	assert_false(was_imported("{\"Config\":{\"Entrypoint\":[\"sh\"]},\"RootFS\":{\"Layers\":["
				  "\"sha256:1\"]}}"));
	assert_false(was_imported("{\"message\":\"no such image\"}"));
	assert_false(was_imported("null"));
}

static void test_answers_that_are_no_lists(void **state)
{
	struct sb_inventory inv = {0};

	(void)state;
	add(&inv, SB_THING_CONTAINER, "{}", -1);
	add(&inv, SB_THING_NETWORK, "null", -1);
	add(&inv, SB_THING_VOLUME, "[]", -1);
	add(&inv, SB_THING_VOLUME, "{\"Volumes\":\"none\"}", -1);
	/* So do daemons say that there is none. */
	add(&inv, SB_THING_VOLUME, "{\"Volumes\":null}", 0);
	add(&inv, SB_THING_CONTAINER, "[]", 0);
	assert_int_equal(inv.count, 0);
	sb_inventory_fini(&inv);
}

static void test_times(void **state)
{
	(void)state;
	assert_int_equal(sb_rfc3339_s("1970-01-02T00:00:01Z"), 86401);
	assert_int_equal(sb_rfc3339_s("1970-01-02T00:00:01.999Z"), 86401);
	assert_int_equal(sb_rfc3339_s("1970-01-02T02:30:01+02:30"), 86401);
	assert_int_equal(sb_rfc3339_s("1970-01-01T22:00:01.5-02:00"), 86401);
	assert_true(sb_rfc3339_s("yesterday") == INT64_MAX);
	assert_true(sb_rfc3339_s("1970-01-02T00:00:01") == INT64_MAX);
	assert_true(sb_rfc3339_s("1970-01-02T00:00:01*02:00") == INT64_MAX);
	assert_true(sb_rfc3339_s(NULL) == INT64_MAX);
}

#define OLD (2 * SB_CLEANUP_YOUNG_S)

static void test_which_runs_are_over(void **state)
{
	static const struct {
		struct sb_run_facts facts;
		bool all_users;
		enum sb_verdict_on_run wanted;
	} cases[] = {
	    /* A lock that is held or free is proof, whatever else is known. */
	    {{SB_JOURNAL_HELD, SB_OWNER_GONE, true, false, OLD}, true, SB_RUN_GOES_ON},
	    {{SB_JOURNAL_FREE, SB_OWNER_ELSEWHERE, true, true, 0}, false, SB_RUN_OVER},
	    {{SB_JOURNAL_FREE, SB_OWNER_GONE, true, true, 0}, false, SB_RUN_OVER},
	    /* A process of this machine. */
	    {{SB_JOURNAL_NONE, SB_OWNER_LIVES, true, false, OLD}, true, SB_RUN_GOES_ON},
	    {{SB_JOURNAL_NONE, SB_OWNER_GONE, true, true, 0}, false, SB_RUN_OVER},
	    /* Of others: only when asked for, and never while it lives. */
	    {{SB_JOURNAL_NONE, SB_OWNER_GONE, false, false, OLD}, false, SB_RUN_OF_OTHERS},
	    {{SB_JOURNAL_NONE, SB_OWNER_GONE, false, true, 0}, true, SB_RUN_OVER},
	    {{SB_JOURNAL_NONE, SB_OWNER_LIVES, false, false, OLD}, true, SB_RUN_GOES_ON},
	    /* Another machine, boot or container: only signs. */
	    {{SB_JOURNAL_NONE, SB_OWNER_ELSEWHERE, true, true, OLD}, true, SB_RUN_ELSEWHERE},
	    {{SB_JOURNAL_NONE, SB_OWNER_ELSEWHERE, true, false, 5}, true, SB_RUN_YOUNG},
	    {{SB_JOURNAL_NONE, SB_OWNER_ELSEWHERE, true, false, OLD}, false, SB_RUN_OVER},
	    {{SB_JOURNAL_NONE, SB_OWNER_ELSEWHERE, false, false, OLD}, false, SB_RUN_OF_OTHERS},
	    {{SB_JOURNAL_NONE, SB_OWNER_ELSEWHERE, false, false, OLD}, true, SB_RUN_OVER},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++)
		if (sb_cleanup_judge(&cases[i].facts, cases[i].all_users) != cases[i].wanted)
			fail_msg("case %zu: %d", i,
				 sb_cleanup_judge(&cases[i].facts, cases[i].all_users));
}

static void test_a_run_is_as_young_as_its_youngest_thing(void **state)
{
	struct sb_found things[] = {
	    {.owner = {.run = "a"}, .made_s = 100},
	    {.owner = {.run = "a"}, .made_s = 190, .running = true},
	    {.owner = {.run = "b"}, .made_s = 199},
	    {.owner = {.run = "c"}, .made_s = INT64_MAX},
	    {.owner = {.run = "c"}, .made_s = 1},
	};
	struct sb_inventory inv = {.count = SB_ARRAY_LEN(things), .things = things};
	struct sb_run_facts facts;

	(void)state;
	sb_cleanup_gather(&inv, "a", 200, &facts);
	assert_int_equal(facts.age_s, 10);
	assert_true(facts.running);
	sb_cleanup_gather(&inv, "b", 200, &facts);
	assert_int_equal(facts.age_s, 1);
	assert_false(facts.running);
	sb_cleanup_gather(&inv, "c", 200, &facts);
	assert_int_equal(facts.age_s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_only_names_and_labels_of_satbed_count),
	    cmocka_unit_test(test_dead_containers_count_by_their_labels),
	    cmocka_unit_test(test_images_without_a_name),
	    cmocka_unit_test(test_answers_that_are_no_lists),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_which_runs_are_over),
	    cmocka_unit_test(test_a_run_is_as_young_as_its_youngest_thing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
