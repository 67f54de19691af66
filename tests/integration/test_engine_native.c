// SPDX-License-Identifier: MIT
/* test_engine_native.c - namespaces, networks and nodes come up, answer, and go without a trace */
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/engine.h"
#include "satbed/scenario.h"

static struct sb_plan *make_plan(size_t clients)
{
	char text[256];
	struct sb_scenario *sc;
	struct sb_plan *plan;
	struct sb_err err = {0};

	snprintf(text, sizeof(text),
		 "[scenario]\nname = t\nduration = 1s\n[testbed]\nengine = native\nclients = %zu\n",
		 clients);
	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	return plan;
}

/* The emulator of these tests: asked, it says which of the plan's interfaces it sees; then it waits for
 * the end. */
static int counting_emulator(const struct sb_emulator_start *start)
{
	struct sb_lines channel;
	cJSON *obj = cJSON_CreateObject(), *request;
	int64_t seen = 0;

	sb_lines_init(&channel, start->channel_fd);
	for (size_t i = 0; i < start->plan->link_count; i++) {
		const struct sb_link *link = &start->plan->links[i];

		seen += if_nametoindex(link->client.host_ifname) && if_nametoindex(link->bridge) &&
			if_nametoindex(link->server.host_ifname);
	}
	sb_json_add_str(obj, "ev", "seen");
	sb_json_add_i64(obj, "links", seen);
	sb_json_add_i64(obj, "pid", getpid());
	if (sb_lines_recv(&channel, -1, &request, NULL) != 1 || sb_lines_send(&channel, obj, NULL))
		return 1;
	cJSON_Delete(request);
	cJSON_Delete(obj);
	while (sb_lines_recv(&channel, -1, &request, NULL) >= 0)
		cJSON_Delete(request);
	return 0;
}

static struct sb_testbed *raise_testbed(const struct sb_plan *plan)
{
	struct sb_engine_request request = {.plan = plan, .emulator_main = counting_emulator};
	struct sb_testbed *tb;
	struct sb_err err = {0};

	if (sb_engine_native.up(&request, &tb, &err))
		fail_msg("%s", err.msg);
	return tb;
}

static cJSON *ask(int fd, const char *text)
{
	struct sb_lines channel;
	struct sb_err err = {0};
	cJSON *answer = NULL;

	sb_lines_init(&channel, fd);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	if (sb_lines_recv(&channel, 20000, &answer, &err) != 1)
		fail_msg("no answer: %s", err.msg);
	sb_lines_fini(&channel);
	return answer;
}

static void check_up(const struct sb_testbed *tb, size_t clients)
{
	cJSON *answer = ask(tb->emulator_fd, "{}\n");
	struct sb_err err = {0};
	int64_t n;
	bool off;

	assert_int_equal(sb_json_get_i64(answer, "$", "links", &n, &err), 0);
	assert_int_equal(n, clients);
	assert_int_equal(sb_json_get_i64(answer, "$", "pid", &n, &err), 0);
	assert_int_equal(n, 1);
	cJSON_Delete(answer);
	assert_int_equal(tb->node_count, clients + 1);
	for (size_t i = 0; i < tb->node_count; i++) {
		char request[4096];
		size_t len = (size_t)snprintf(
		    request, sizeof(request),
		    "{\"op\":\"setup\",\"node\":\"n\",\"interfaces\":[\"eth0\"]}\n");

		assert_true(len < sizeof(request));
		answer = ask(tb->node_fds[i], request);
		if (sb_lines_check(answer, "setup", &err))
			fail_msg("node %zu: %s", i, err.msg);
		assert_int_equal(sb_json_get_bool(answer, "$", "offloads_off", &off, &err), 0);
		assert_true(off);
		cJSON_Delete(answer);
	}
}

/* Processes below this one, however deep. */
static int count_descendants(void)
{
	char path[64];
	int count = 0;
	long pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	FILE *f = fopen(path, "re");
	if (!f)
		return -1;
	while (fscanf(f, "%ld", &pid) == 1)
		count++;
	fclose(f);
	return count;
}

static void testbeds_come_up_answer_and_go(void **state)
{
	static const size_t clients[] = {1, 2, 64};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(clients); i++) {
		struct sb_plan *plan = make_plan(clients[i]);
		struct sb_testbed *tb = raise_testbed(plan);

		check_up(tb, clients[i]);
		tb->ops->down(tb);
		assert_int_equal(count_descendants(), 0);
		sb_plan_free(plan);
	}
}

static void a_killed_orchestrator_takes_its_testbed_along(void **state)
{
	struct sb_plan *plan = make_plan(2);
	int64_t deadline_ns;
	int pids[2];
	pid_t orchestrator;
	char byte;

	(void)state;
	/* Every process of the testbed holds the write end of this pipe: its end of file is their
	 * death. */
	assert_int_equal(pipe(pids), 0);
	orchestrator = fork();
	if (orchestrator == 0) {
		struct sb_testbed *tb = raise_testbed(plan);

		check_up(tb, 2);
		if (write(pids[1], "u", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(pids[1]);
	assert_int_equal(read(pids[0], &byte, 1), 1);
	kill(orchestrator, SIGKILL);
	assert_int_equal(waitpid(orchestrator, NULL, 0), orchestrator);
	deadline_ns = sb_mono_ns() + 2 * SB_NS_PER_S;
	assert_int_equal(read(pids[0], &byte, 1), 0);
	assert_true(sb_mono_ns() < deadline_ns);
	close(pids[0]);
	sb_plan_free(plan);
}

static void unknown_engines_are_named(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_null(sb_engine_find("nativ", &err));
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "native"));
	assert_ptr_equal(sb_engine_find("auto", &err), &sb_engine_native);
}

/* What a command prints on a terminal, up to its exit; the exit's status. */
static int64_t run_command(int fd, const char *script, char *out, size_t room)
{
	char request[1024], chunk[8192];
	struct sb_lines channel;
	struct sb_err err = {0};
	int64_t status = -1;
	size_t len = 0;
	bool over = false;

	snprintf(request, sizeof(request),
		 "{\"op\":\"run\",\"id\":1,\"tty\":true,\"argv\":[\"/bin/sh\",\"-c\",\"%s\"]}\n",
		 script);
	sb_lines_init(&channel, fd);
	assert_int_equal(write(fd, request, strlen(request)), strlen(request));
	while (!over) {
		const char *ev = "", *data = "";
		cJSON *answer;

		if (sb_lines_recv(&channel, 20000, &answer, &err) != 1)
			fail_msg("no answer: %s", err.msg);
		sb_json_get_str(answer, "$", "ev", &ev, NULL);
		over = strcmp(ev, "output");
		if (!over && !sb_json_get_str(answer, "$", "data", &data, NULL)) {
			ssize_t n = sb_base64_decode(data, strlen(data), chunk);

			assert_true(n >= 0 && len + (size_t)n < room);
			memcpy(out + len, chunk, (size_t)n);
			len += (size_t)n;
		}
		if (over && sb_json_get_i64(answer, "$", "status", &status, NULL))
			fail_msg("it could not be run");
		cJSON_Delete(answer);
	}
	out[len] = '\0';
	sb_lines_fini(&channel);
	return status;
}

static void commands_have_a_terminal_and_a_directory_of_their_own(void **state)
{
	struct sb_plan *plan = make_plan(1);
	struct sb_testbed *tb = raise_testbed(plan);
	char out[4096], *end;
	struct stat before, after;

	(void)state;
	assert_int_equal(run_command(tb->node_fds[1],
				     "test -t 0 && echo mine >only-here && stat -f -c %T . && pwd",
				     out, sizeof(out)),
			 0);
	assert_memory_equal(out, "tmpfs\r\n/", 8);
	/* Outside, that directory is what it was. */
	end = strchr(out + 7, '\r');
	assert_non_null(end);
	strcpy(end, "/only-here");
	assert_int_equal(access(out + 7, F_OK), -1);
	*end = '\0';
	assert_int_equal(stat(out + 7, &before), 0);
	tb->ops->down(tb);
	assert_int_equal(stat(out + 7, &after), 0);
	assert_int_equal(before.st_dev, after.st_dev);
	sb_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(testbeds_come_up_answer_and_go),
	    cmocka_unit_test(a_killed_orchestrator_takes_its_testbed_along),
	    cmocka_unit_test(commands_have_a_terminal_and_a_directory_of_their_own),
	    cmocka_unit_test(unknown_engines_are_named),
	};
	struct sb_err err = {0};

	if (sb_engine_native.probe(&err)) {
		fprintf(stderr, "skipped: %s\n", err.msg);
		return 77;
	}
	return cmocka_run_group_tests_name("engine/native", tests, NULL, NULL);
}
