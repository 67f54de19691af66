// SPDX-License-Identifier: MIT
/* test_compare_parts.c - arms as written, the order of runs, values out of a run.json, verdicts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/result.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

static bool arm_sets(const struct sb_arm *arm, const char *set)
{
	for (size_t i = 0; i < arm->set_count; i++)
		if (!strcmp(arm->sets[i], set))
			return true;
	return false;
}

static void arms_are_what_they_say(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *sets[5];
	} cases[] = {
	    {"native", 1, {"testbed.engine=native"}},
	    {"docker:bridge", 2, {"testbed.engine=docker", "testbed.path=bridge"}},
	    {"native:slirp:outside:user",
	     4,
	     {"testbed.engine=native", "testbed.path=slirp", "testbed.placement=outside",
	      "testbed.backend=user"}},
	    {"podman:netem", 2, {"testbed.engine=podman", "testbed.backend=netem"}},
	    {"unix:///run/docker.sock:bridge",
	     2,
	     {"testbed.engine=unix:///run/docker.sock", "testbed.path=bridge"}},
	    {"tcp://host:2376", 1, {"testbed.engine=tcp://host:2376"}},
	    {"native,flow.bulk.cc=bbr,link.queue=50ms",
	     3,
	     {"testbed.engine=native", "flow.bulk.cc=bbr", "link.queue=50ms"}},
	    /* No engine: the scenario's own. */
	    {"pep=terminal+gateway", 1, {"testbed.pep=terminal+gateway"}},
	    {"flow.bulk.cc=bbr,clock=virtual", 2, {"flow.bulk.cc=bbr", "testbed.clock=virtual"}},
	    /* A comma that begins no key is the value's. */
	    {"native,flow.own.client_command=a -b x,y,flow.bulk.cc=reno",
	     3,
	     {"flow.own.client_command=a -b x,y", "flow.bulk.cc=reno"}},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_arm arm = {0};
		struct sb_err err = {0};

		assert_int_equal(sb_arm_parse(cases[i].text, &arm, &err), 0);
		assert_string_equal(arm.name, cases[i].text);
		assert_int_equal(arm.set_count, cases[i].count);
		for (size_t k = 0; k < 5 && cases[i].sets[k]; k++)
			assert_true(arm_sets(&arm, cases[i].sets[k]));
		sb_arm_fini(&arm);
	}
}

static void an_arm_may_have_a_name(void **state)
{
	struct sb_arm arm = {0};
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_arm_parse("BBR-2.0=native:user,flow.bulk.cc=bbr", &arm, &err), 0);
	assert_string_equal(arm.name, "BBR-2.0");
	assert_int_equal(arm.set_count, 3);
	assert_true(arm_sets(&arm, "testbed.engine=native") && arm_sets(&arm, "flow.bulk.cc=bbr"));
	sb_arm_fini(&arm);
	assert_int_equal(sb_arm_parse("with=pep=terminal", &arm, &err), 0);
	assert_string_equal(arm.name, "with");
	assert_true(arm.set_count == 1 && arm_sets(&arm, "testbed.pep=terminal"));
	sb_arm_fini(&arm);
}

static void mistakes_in_arms_are_named(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
	    {"nativ:bridge", "did you mean \"native\"?"},
	    {"native:slrip", "did you mean \"slirp\"?"},
	    {"native:bridge:slirp", "names its path twice"},
	    {"native,cc", "\"cc\" sets nothing"},
	    {"native,cc=bbr", "\"cc=bbr\" sets nothing"},
	    {"", "ENGINE[:PATH"},
	    {"bbr=nativ", "did you mean \"native\"?"},
	    {"an-arm-that-is-called-by-a-name-which-no-table-holds=native", "longer than 40"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_arm arm = {0};
		struct sb_err err = {0};

		assert_int_equal(sb_arm_parse(cases[i].text, &arm, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		assert_non_null(strstr(err.msg, cases[i].said));
		assert_null(arm.name);
	}
}

static void names_for_files_hold_nothing_else(void **state)
{
	struct sb_arm arm = {.name = (char *)"unix:///run/../x y:bridge,flow.b.cc=bbr"};
	char slug[64], small[8];

	(void)state;
	sb_arm_slug(slug, sizeof(slug), &arm, 11);
	assert_int_equal(strncmp(slug, "a12-unix-", 9), 0);
	assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-."), strlen(slug));
	assert_true(strlen(slug) < 50);
	sb_arm_slug(small, sizeof(small), &arm, 0);
	assert_string_equal(small, "a1-unix");
}

static void every_round_has_every_arm_once(void **state)
{
	struct sb_comparison c = {.rounds = 200, .passes = 2, .seed = 5, .arm_count = 3};
	size_t each = c.passes * c.arm_count, first[6] = {0};
	struct sb_slot *order = sb_alloc(c.rounds * each, sizeof(*order));
	struct sb_slot *again = sb_alloc(c.rounds * each, sizeof(*again));

	(void)state;
	sb_slots_order(&c, order);
	sb_slots_order(&c, again);
	assert_memory_equal(order, again, c.rounds * each * sizeof(*order));
	for (size_t round = 0; round < c.rounds; round++) {
		bool seen[6] = {false};

		for (size_t i = 0; i < each; i++) {
			const struct sb_slot *s = &order[round * each + i];
			size_t what = s->arm + c.arm_count * s->pass;

			assert_int_equal(s->round, round);
			assert_true(s->arm < 3 && !seen[what]);
			seen[what] = true;
			first[what] += i == 0;
		}
	}
	/* 200 rounds, a sixth each: 33.3, within 5 standard deviations (5.3); seed is fixed. */
	for (size_t i = 0; i < 6; i++)
		assert_true(first[i] >= 7 && first[i] <= 60);
	c.seed = 6;
	sb_slots_order(&c, again);
	assert_memory_not_equal(order, again, c.rounds * each * sizeof(*order));
	free(order);
	free(again);
}

static const char run_text[] =
    "{\"verdict\":\"PASS\",\"interrupted\":false,\"path\":\"bridge\",\"link_backend\":\"user\","
    "\"timings\":{\"up_ms\":20.5},\"manifest\":{\"mtu\":1500,\"engine\":{\"kind\":\"native\"}},"
    "\"cpu\":{\"nodes\":{\"seconds\":1},\"emulator\":{\"seconds\":2}},\"flows\":["
    "{\"name\":\"bulk\",\"kind\":\"bulk\",\"client\":\"client1\",\"direction\":\"down\","
    "\"bytes\":500000000,\"goodput_bps\":4e6,\"retransmits\":{\"pcap\":3},\"rtt_ms\":{\"p50\":50},"
    "\"handshake_ms\":48,\"syn\":{\"mss\":1460},\"syn_ack\":null,\"cc\":\"bbr\"},"
    "{\"name\":\"tm\",\"kind\":\"stream\",\"client\":\"client1\",\"direction\":\"up\",\"bytes\":0,"
    "\"packets\":200,\"lost\":5,\"goodput_bps\":1},"
    "{\"name\":\"tm\",\"kind\":\"stream\",\"client\":\"client2\",\"direction\":\"up\",\"bytes\":0,"
    "\"packets\":0,\"lost\":0},"
    "{\"name\":\"web\",\"kind\":\"rr\",\"client\":\"client1\",\"direction\":\"down\","
    "\"bytes\":500000000,\"retransmits\":{\"pcap\":null},"
    "\"rr\":{\"timeouts\":2,\"latency_ms\":{\"p50\":90,\"p99\":200}}}]}";

static void values_come_out_of_a_run(void **state)
{
	static const struct {
		const char *name, *unit;
		double number;
	} cases[] = {
	    {"setup", "ms", 20.5},
	    {"goodput.bulk", "bit/s", 4e6},
	    {"handshake.bulk", "ms", 48},
	    {"rtt.bulk", "ms", 50},
	    {"retransmits.bulk", "", 3},
	    {"lost.tm.client1", "", 0.025},
	    {"latency.web", "ms", 90},
	    {"latency_p99.web", "ms", 200},
	    {"timeouts.web", "", 2},
	    /* One gigabyte in all. */
	    {"cpu.nodes", "s/GB", 1},
	    {"cpu.emulator", "s/GB", 2},
	    {"cpu", "s/GB", 3},
	};
	cJSON *run = cJSON_Parse(run_text), *facts, *flows;
	struct sb_readings r = {0};

	(void)state;
	assert_non_null(run);
	sb_readings_take(run, &r);
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		assert_true(fabs(sb_readings_find(&r, cases[i].name) - cases[i].number) < 1e-9);
		for (size_t k = 0; k < r.count; k++)
			if (!strcmp(r.items[k].name, cases[i].name))
				assert_string_equal(r.items[k].unit, cases[i].unit);
	}
	/* What a run does not have is no value: nothing sent, nothing captured, a stream's pace. */
	assert_int_equal(r.count, SB_ARRAY_LEN(cases));
	sb_readings_fini(&r);
	facts = sb_facts_take(run);
	flows = cJSON_GetObjectItem(facts, "flows");
	assert_int_equal(cJSON_GetArraySize(flows), 2);
	assert_int_equal(cJSON_GetObjectItem(facts, "mtu")->valueint, 1500);
	cJSON_Delete(facts);
	cJSON_Delete(run);
}

/* Part of the cost that nobody knows leaves the sum unknown, not smaller. */
static void an_unknown_cost_is_no_small_cost(void **state)
{
	cJSON *run = cJSON_Parse("{\"flows\":[{\"name\":\"b\",\"bytes\":1000000000}],\"cpu\":{"
				 "\"nodes\":{\"seconds\":1},\"relay\":{\"seconds\":null}}}");
	struct sb_readings r = {0};

	(void)state;
	sb_readings_take(run, &r);
	assert_true(fabs(sb_readings_find(&r, "cpu.nodes") - 1) < 1e-9);
	assert_true(isnan(sb_readings_find(&r, "cpu.relay")));
	assert_true(isnan(sb_readings_find(&r, "cpu")));
	sb_readings_fini(&r);
	cJSON_Delete(run);
}

/* Whatever a file says: no crash, and nothing made of nonsense. */
static void nonsense_gives_no_values(void **state)
{
	static const char *const texts[] = {
	    "null",
	    "[]",
	    "{\"flows\":7}",
	    "{\"flows\":[1,null,\"x\",{\"name\":5}]}",
	    "{\"flows\":[{\"name\":\"b\",\"bytes\":\"many\",\"rtt_ms\":[],\"legs\":3}],\"cpu\":[]}",
	    "{\"timings\":{\"up_ms\":\"soon\"},\"manifest\":4}"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		cJSON *run = cJSON_Parse(texts[i]), *facts = sb_facts_take(run);
		struct sb_readings r = {0};

		sb_readings_take(run, &r);
		assert_int_equal(r.count, 0);
		assert_true(cJSON_IsObject(facts));
		sb_readings_fini(&r);
		cJSON_Delete(facts);
		cJSON_Delete(run);
	}
}

/* --- a comparison on disk, of made runs --- */

static const char scenario_text[] = "[scenario]\nname = made\nduration = 1s\nseed = 4\n"
				    "[link]\ndelay = 10ms\nrate = 10mbit\n"
				    "[flow.bulk]\nkind = bulk\n"
				    "[expect]\ngoodput.bulk = >= 5mbit\nfidelity = pass\n";

static void make_comparison(struct sb_comparison *c, const char *directory, size_t rounds)
{
	static const char *const names[] = {"native:bridge", "native:slirp:inside"};
	struct sb_err err = {0};

	*c = (struct sb_comparison){.directory = sb_strdup(directory),
				    .scenario = sb_strdup("/made.ini"),
				    .rounds = rounds,
				    .retries = 1,
				    .passes = 1,
				    .seed = 4};
	for (; c->arm_count < 2; c->arm_count++) {
		struct sb_arm *arm = &c->arms[c->arm_count];
		struct sb_scenario *sc = NULL;

		assert_int_equal(sb_arm_parse(names[c->arm_count], arm, &err), 0);
		assert_int_equal(sb_scenario_parse("made.ini", scenario_text, strlen(scenario_text),
						   (const char *const *)arm->sets, arm->set_count,
						   &sc, &err),
				 0);
		assert_int_equal(sb_plan_make(sc, &arm->plan, &err), 0);
		sb_scenario_free(sc);
	}
}

static void write_run(const struct sb_comparison *c, const char *directory, const char *verdict,
		      double mbit)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", c->directory, directory);
	sb_auto_free char *file = sb_asprintf("%s/run.json", path), *text = NULL;

	assert_int_equal(mkdir(path, 0777), 0);
	text =
	    sb_asprintf("{\"verdict\":\"%s\",\"interrupted\":false,\"flows\":[{\"name\":\"bulk\","
			"\"kind\":\"bulk\",\"bytes\":1,\"goodput_bps\":%.0f}],\"expects\":["
			"{\"what\":\"goodput.bulk\",\"value\":%.0f},"
			"{\"what\":\"fidelity\",\"value\":\"%s\"}]}",
			verdict, mbit * 1e6, mbit * 1e6, verdict);
	assert_int_equal(sb_replace_file(file, text, strlen(text), NULL), 0);
}

static struct sb_cell *load_cells(const struct sb_comparison *c)
{
	size_t count = c->passes * c->arm_count * c->rounds;
	struct sb_cell *cells = sb_alloc(count, sizeof(*cells));
	struct sb_err err = {0};

	for (size_t arm = 0; arm < c->arm_count; arm++)
		for (size_t round = 0; round < c->rounds; round++) {
			struct sb_slot slot = {round, arm, SB_SHAPED};

			assert_int_equal(
			    sb_cell_load(c, &slot, &cells[sb_cell_index(c, SB_SHAPED, arm, round)],
					 NULL, &err),
			    0);
		}
	return cells;
}

static void free_cells(const struct sb_comparison *c, struct sb_cell *cells)
{
	for (size_t i = 0; i < c->passes * c->arm_count * c->rounds; i++)
		sb_cell_fini(&cells[i]);
	free(cells);
}

static void remove_all(const char *directory)
{
	sb_auto_free char *command = sb_asprintf("rm -r '%s'", directory);

	assert_int_equal(system(command), 0);
}

static char *make_directory(void)
{
	char name[] = "/tmp/satbed-test-compare-XXXXXX";

	assert_non_null(mkdtemp(name));
	return sb_strdup(name);
}

static void what_is_on_disk_is_what_was_saved(void **state)
{
	sb_auto_free char *directory = make_directory(), *path = NULL, *text = NULL;
	struct sb_comparison c, back = {0};
	struct sb_err err = {0};

	(void)state;
	make_comparison(&c, directory, 3);
	c.left_out[c.left_out_count++] =
	    (struct sb_left_out){sb_strdup("docker:bridge"), sb_strdup("nobody \"listens\"")};
	/* A directory is a comparison only once its state is written. */
	assert_int_equal(sb_state_load(directory, &back, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "is not a comparison that can be resumed"));
	assert_int_equal(sb_state_save(&c, &err), 0);
	assert_int_equal(sb_state_load(directory, &back, &err), 0);
	assert_int_equal(back.rounds, 3);
	assert_int_equal(back.retries, 1);
	assert_int_equal(back.passes, 1);
	assert_int_equal(back.seed, 4);
	assert_int_equal(back.arm_count, 2);
	assert_string_equal(back.arms[1].name, "native:slirp:inside");
	assert_int_equal(back.arms[1].set_count, c.arms[1].set_count);
	assert_int_equal(back.arms[1].plan->path, SB_PATH_SLIRP);
	assert_string_equal(back.left_out[0].why, "nobody \"listens\"");
	assert_string_equal(back.scenario, "/made.ini");
	sb_comparison_fini(&back);
	/* A plan that was changed meanwhile is no longer what the runs there are of. */
	path = sb_asprintf("%s/plans/a2.json", directory);
	assert_int_equal(sb_read_file(path, 1 << 20, &text, NULL, &err), 0);
	memcpy(strstr(text, "\"delay_ns\":"), "\"delay_xx\":", 11);
	assert_int_equal(sb_replace_file(path, text, strlen(text), NULL), 0);
	assert_int_equal(sb_state_load(directory, &back, &err), -1);
	assert_null(back.directory);
	remove_all(directory);
	sb_comparison_fini(&c);
}

/* INVALID runs and broken ones count against the retries, one that was cut off does not. */
static void attempts_are_told_apart(void **state)
{
	sb_auto_free char *directory = make_directory(), *next = NULL, *cut = NULL, *broken = NULL;
	struct sb_slot slot = {0, 0, SB_SHAPED};
	struct sb_comparison c;
	struct sb_cell cell;
	struct sb_err err = {0};

	(void)state;
	make_comparison(&c, directory, 1);
	assert_int_equal(sb_state_save(&c, &err), 0);
	assert_int_equal(sb_cell_load(&c, &slot, &cell, &next, &err), 0);
	assert_string_equal(next, "runs/r001-a1-native-bridge");
	assert_true(cell.usable < 0 && cell.count == 0);
	write_run(&c, next, "INVALID", 1);
	cut = sb_asprintf("%s/runs/r001-a1-native-bridge.2", directory);
	assert_int_equal(mkdir(cut, 0777), 0);
	broken = sb_asprintf("%s/runs/r001-a1-native-bridge.3", directory);
	assert_int_equal(sb_attempt_broke(broken, "slirp4netns has ended", &err), 0);
	write_run(&c, "runs/r001-a1-native-bridge.4", "WARN", 2);
	free(sb_steal(&next));
	sb_cell_fini(&cell);
	assert_int_equal(sb_cell_load(&c, &slot, &cell, &next, &err), 0);
	assert_string_equal(next, "runs/r001-a1-native-bridge.5");
	assert_int_equal(cell.count, 4);
	assert_int_equal(cell.attempts[0].fate, SB_RUN_INVALID);
	assert_int_equal(cell.attempts[1].fate, SB_CUT_OFF);
	assert_int_equal(cell.attempts[2].fate, SB_BROKEN);
	assert_string_equal(cell.attempts[2].why, "slirp4netns has ended");
	assert_int_equal(cell.usable, 3);
	assert_int_equal(sb_cell_spent(&cell), 3);
	assert_true(fabs(sb_readings_find(&cell.readings, "goodput.bulk") - 2e6) < 1);
	sb_cell_fini(&cell);
	remove_all(directory);
	sb_comparison_fini(&c);
}

/* Ten rounds of 8 Mbit/s against 2: found, said with its size, and the expectation fails for one.
 */
static void a_comparison_says_what_it_found(void **state)
{
	sb_auto_free char *directory = make_directory(), *verdict = NULL, *csv = NULL;
	struct sb_compared r;
	struct sb_comparison c;
	struct sb_cell *cells;
	struct sb_err err = {0};
	cJSON *json, *value, *arm;

	(void)state;
	make_comparison(&c, directory, 10);
	assert_int_equal(sb_state_save(&c, &err), 0);
	for (int i = 1; i <= 10; i++) {
		char name[64];

		snprintf(name, sizeof(name), "runs/r%03d-a1-native-bridge", i);
		write_run(&c, name, "PASS", 8 + 0.1 * i);
		snprintf(name, sizeof(name), "runs/r%03d-a2-native-slirp-inside", i);
		/* One round of the second arm never came to a usable run. */
		write_run(&c, name, i == 10 ? "INVALID" : "WARN", 2 + 0.1 * (i % 3));
	}
	write_run(&c, "runs/r010-a2-native-slirp-inside.2", "INVALID", 9);
	cells = load_cells(&c);
	sb_compared_make(&c, cells, false, &r);
	assert_int_equal(r.missing, 1);
	assert_int_equal(r.invalid, 2);
	assert_true(r.complete);
	assert_int_equal(r.row_count, 1);
	assert_int_equal(r.rows[0].finding[1], SB_LOWER);
	assert_int_equal(r.rows[0].paired[1].pairs, 9);
	verdict = sb_compared_verdict(&r, SB_SHAPED, 1);
	assert_non_null(strstr(verdict, "goodput.bulk is lower by "));
	assert_non_null(strstr(verdict, "Mbit/s"));
	/* goodput of the first holds, fidelity of the second was WARN. */
	assert_int_equal(r.judged_count, 4);
	assert_true(r.judged[0].met && r.judged[1].met);
	assert_false(r.judged[2].met || r.judged[3].met);
	assert_true(fabs(r.judged[0].value - 8.55e6) < 1);
	json = sb_compared_json(&r);
	value = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "values"), 0);
	arm = cJSON_GetArrayItem(cJSON_GetObjectItem(value, "arms"), 1);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(arm, "rounds")), 10);
	assert_true(cJSON_IsNull(cJSON_GetArrayItem(cJSON_GetObjectItem(arm, "rounds"), 9)));
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetObjectItem(arm, "against_baseline"), "found")->valuestring,
	    "lower");
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "expects_met")));
	cJSON_Delete(json);
	csv = sb_compared_csv(&r);
	assert_int_equal(
	    strncmp(csv, "round,place,pass,arm,attempt,verdict,used,\"goodput.bulk\"\r\n", 57), 0);
	sb_compared_fini(&r);
	free_cells(&c, cells);
	remove_all(directory);
	sb_comparison_fini(&c);
}

/* Too few rounds: what is said says that, and not which is better. */
static void few_rounds_are_called_few(void **state)
{
	sb_auto_free char *directory = make_directory(), *verdict = NULL;
	struct sb_compared r;
	struct sb_comparison c;
	struct sb_cell *cells;
	struct sb_err err = {0};

	(void)state;
	make_comparison(&c, directory, 2);
	assert_int_equal(sb_state_save(&c, &err), 0);
	write_run(&c, "runs/r001-a1-native-bridge", "PASS", 8);
	write_run(&c, "runs/r001-a2-native-slirp-inside", "PASS", 1);
	cells = load_cells(&c);
	sb_compared_make(&c, cells, true, &r);
	assert_false(r.complete);
	assert_int_equal(r.missing, 2);
	verdict = sb_compared_verdict(&r, SB_SHAPED, 1);
	assert_non_null(strstr(verdict, "1 round is too few"));
	assert_null(strstr(verdict, "lower"));
	sb_compared_fini(&r);
	free_cells(&c, cells);
	remove_all(directory);
	sb_comparison_fini(&c);
}

/* Without a link nothing is left of it, and the rest is as it was. */
static void an_unshaped_plan_has_no_link(void **state)
{
	static const char text[] = "[scenario]\nname = made\nduration = 30s\nseed = 4\n"
				   "[link]\ndelay = 10ms\njitter = 2ms\nrate = 10mbit\n"
				   "loss = random 2%\n[event.out]\nevery = 5s\noutage = 200ms\n"
				   "[flow.bulk]\nkind = bulk\nstart = 5s\n[expect]\n"
				   "goodput.bulk = >= 5mbit\n";
	struct sb_plan *plan = NULL, *open = NULL;
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_scenario_parse("x", text, strlen(text), NULL, 0, &sc, &err), 0);
	assert_int_equal(sb_plan_make(sc, &plan, &err), 0);
	assert_true(plan->step_count > 0);
	assert_int_equal(sb_plan_unshaped(plan, &open, &err), 0);
	assert_int_equal(open->step_count, 0);
	assert_int_equal(open->event_count, 0);
	assert_int_equal(open->expect_count, 0);
	assert_int_equal(open->backend, SB_BACKEND_NONE);
	assert_int_equal(open->duration_ns, 2000000000);
	assert_int_equal(open->flows[0].start_ns, 0);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_link_state *s =
		    sb_plan_state_at(open, 0, (enum sb_dir)dir, 1000000000);

		assert_true(!s->delay_ns && !s->rate_bps && s->loss.kind == SB_LOSS_NONE &&
			    !s->outage);
	}
	assert_int_equal(open->path, plan->path);
	assert_int_equal(open->mtu, plan->mtu);
	assert_int_equal(plan->links[0].dir[0].initial.delay_ns, 10000000);
	sb_plan_free(open);
	sb_plan_free(plan);
	sb_scenario_free(sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arms_are_what_they_say),
	    cmocka_unit_test(mistakes_in_arms_are_named),
	    cmocka_unit_test(an_arm_may_have_a_name),
	    cmocka_unit_test(names_for_files_hold_nothing_else),
	    cmocka_unit_test(every_round_has_every_arm_once),
	    cmocka_unit_test(values_come_out_of_a_run),
	    cmocka_unit_test(an_unknown_cost_is_no_small_cost),
	    cmocka_unit_test(nonsense_gives_no_values),
	    cmocka_unit_test(what_is_on_disk_is_what_was_saved),
	    cmocka_unit_test(attempts_are_told_apart),
	    cmocka_unit_test(a_comparison_says_what_it_found),
	    cmocka_unit_test(few_rounds_are_called_few),
	    cmocka_unit_test(an_unshaped_plan_has_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
