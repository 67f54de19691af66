// SPDX-License-Identifier: MIT
/* test_supervisor.c - a testbed that stands: asked, changed, badly treated, taken down, killed */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/engine.h"
#include "satbed/supervisor.h"
#include "satbed/agent_proto.h"
#include "satbed/scenario.h"

#define SOON_MS 20000

static char runtime[64];

static struct sb_plan *make_plan(int seconds, const char *more)
{
	sb_auto_free char *text = sb_asprintf("[scenario]\nname = kept\nduration = %ds\n"
					      "[testbed]\nengine = native\nclients = 2\n"
					      "[link]\ndelay = 20ms\nrate = 10mbit\n%s",
					      seconds, more);
	struct sb_scenario *sc;
	struct sb_plan *plan;
	struct sb_err err = {0};

	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	return plan;
}

static cJSON *start(const char *name, int seconds, const char *more, bool events)
{
	struct sb_plan *plan = make_plan(seconds, more);
	struct sb_keep_request request = {.name = name, .plan = plan, .events = events};
	struct sb_err err = {0};
	cJSON *ps;

	if (sb_supervisor_start(&request, &ps, &err))
		fail_msg("%s", err.msg);
	sb_plan_free(plan);
	return ps;
}

static int connect_to(const char *name)
{
	struct sb_err err = {0};
	int fd = sb_supervisor_connect(name, NULL, &err);

	if (fd < 0)
		fail_msg("%s", err.msg);
	return fd;
}

/* One question over a connection of its own; ' for ". */
static cJSON *ask(const char *name, const char *text, const char *event)
{
	sb_auto_close int fd = connect_to(name);
	sb_auto_free char *json = sb_strdup(text);
	struct sb_err err = {0};
	cJSON *request, *answer = NULL;

	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	request = cJSON_Parse(json);
	assert_non_null(request);
	if (sb_supervisor_ask(fd, request, event, SOON_MS, &answer, &err))
		fail_msg("%s gives: %s", text, err.msg);
	cJSON_Delete(request);
	return answer;
}

static void must_answer(const char *name)
{
	/* Or ask() fails: within SOON_MS. */
	cJSON_Delete(ask(name, "{'op':'ps'}", "ps"));
}

static double number(const cJSON *obj, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	assert_true(cJSON_IsNumber(v));
	return v->valuedouble;
}

/* links[i].DIR of an answer */
static const cJSON *side(const cJSON *answer, int i, const char *dir)
{
	const cJSON *links = cJSON_GetObjectItemCaseSensitive(answer, "links");
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(links, i), dir);

	assert_non_null(obj);
	return obj;
}

static double delay_ms(const cJSON *answer, int i, const char *dir)
{
	return number(cJSON_GetObjectItemCaseSensitive(side(answer, i, dir), "state"), "delay_ns") /
	       1e6;
}

static bool by_hand(const cJSON *answer, int i, const char *dir)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(side(answer, i, dir), "by_hand"));
}

static void take_down(const char *name)
{
	cJSON_Delete(ask(name, "{'op':'down'}", "down"));
}

static bool is_empty(void)
{
	/* The directory itself goes with the last testbed. */
	sb_auto_free char *path = sb_asprintf("%s/satbed", runtime);

	return access(path, F_OK) && errno == ENOENT;
}

/* Is there a process with @word in its command line? */
static bool lives(const char *word)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	bool found = false;

	while (!found && (d = readdir(proc))) {
		sb_auto_free char *path = sb_asprintf("/proc/%s/cmdline", d->d_name), *text = NULL;
		size_t len;

		if (d->d_name[0] < '0' || d->d_name[0] > '9' ||
		    sb_read_file(path, 65536, &text, &len, NULL))
			continue;
		for (size_t i = 0; i < len; i++)
			if (!text[i])
				text[i] = ' ';
		found = strstr(text, word);
	}
	closedir(proc);
	return found;
}

static bool comes_true(bool (*what)(const char *arg), const char *arg, bool wanted, int ms)
{
	int64_t deadline_ns = sb_mono_ns() + ms * SB_NS_PER_MS;

	while (what(arg) != wanted) {
		if (sb_mono_ns() > deadline_ns)
			return false;
		usleep(20000);
	}
	return true;
}

/* --- what it answers --- */

static void tells_of_itself(void **unused)
{
	cJSON *ps = ask("shared", "{'op':'ps'}", "ps");
	const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(ps, "nodes");
	const cJSON *client2 = cJSON_GetArrayItem(nodes, 2);
	const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(client2, "addresses");
	pid_t pid = (pid_t)number(ps, "pid");

	(void)unused;
	assert_int_equal(kill(pid, 0), 0);
	assert_int_not_equal(pid, getpid());
	assert_int_equal(cJSON_GetArraySize(nodes), 3);
	assert_string_equal(cJSON_GetArrayItem(addresses, 0)->valuestring, "198.18.2.2");
	assert_true(delay_ms(ps, 1, "down") == 20);
	assert_false(by_hand(ps, 1, "down"));
	cJSON_Delete(ps);
}

static void name_is_taken(void **unused)
{
	struct sb_plan *plan = make_plan(60, "");
	struct sb_keep_request request = {.name = "shared", .plan = plan};
	struct sb_err err = {0};
	cJSON *ps;

	(void)unused;
	assert_int_equal(sb_supervisor_start(&request, &ps, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "satbed down shared"));
	assert_null(ps);
	must_answer("shared");
	sb_plan_free(plan);
}

static void changes_one_direction(void **unused)
{
	cJSON *answer =
	    ask("shared", "{'op':'link','client':1,'dir':'down','state':{'delay_ns':40000000}}",
		"link");

	(void)unused;
	assert_true(delay_ms(answer, 0, "down") == 40);
	assert_true(by_hand(answer, 0, "down"));
	assert_true(number(cJSON_GetObjectItemCaseSensitive(side(answer, 0, "down"), "state"),
			   "rate_bps") == 1e7);
	cJSON_Delete(answer);
	answer = ask("shared", "{'op':'link'}", "link");
	assert_true(delay_ms(answer, 0, "up") == 20);
	assert_true(delay_ms(answer, 1, "down") == 20);
	assert_false(by_hand(answer, 1, "down"));
	cJSON_Delete(answer);
	answer = ask("shared", "{'op':'link','reset':true}", "link");
	assert_true(delay_ms(answer, 0, "down") == 20);
	assert_false(by_hand(answer, 0, "down"));
	cJSON_Delete(answer);
}

/* --- what is none of its business --- */

static void expect_refusal(int fd)
{
	struct sb_lines lines;
	struct sb_err err = {0};
	cJSON *answer = NULL;
	const char *ev = "";
	int rc;

	sb_lines_init(&lines, fd);
	/* What a command's pipe took before is told before. */
	while ((rc = sb_lines_recv(&lines, SOON_MS, &answer, &err)) == 1 &&
	       !sb_json_get_str(answer, "$", "ev", &ev, NULL) && !strcmp(ev, "taken"))
		cJSON_Delete(answer);
	if (rc == 1) {
		assert_int_equal(sb_lines_check(answer, "ps", &err), -1);
		assert_true(err.msg[0]);
		cJSON_Delete(answer);
		assert_int_equal(sb_lines_recv(&lines, SOON_MS, &answer, &err), -1);
	}
	sb_lines_fini(&lines);
}

static void refuses_nonsense(void **unused)
{
	static const char *const lines[] = {
	    "\n",
	    "nonsense\n",
	    "[]\n",
	    "{}\n",
	    "{\"op\":7}\n",
	    "{\"op\":\"exec\"}\n",
	    "{\"op\":\"run\"}\n",
	    "{\"op\":\"run\",\"node\":\"client9\",\"argv\":[\"true\"]}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[]}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":\"true\"}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[1]}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[\"\xff\"]}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[\"true\"],\"tty\":true}\n",
	    "{\"op\":\"link\",\"client\":0}\n",
	    "{\"op\":\"link\",\"client\":3}\n",
	    "{\"op\":\"link\",\"dir\":\"both\"}\n",
	    "{\"op\":\"link\",\"state\":{\"delay_ns\":-5}}\n",
	    "{\"op\":\"link\",\"state\":5}\n",
	    "{\"op\":\"input\",\"data\":\"AAAA\"}\n",
	};

	(void)unused;
	for (size_t i = 0; i < SB_ARRAY_LEN(lines); i++) {
		sb_auto_close int fd = connect_to("shared");

		assert_int_equal(sb_write_all(fd, lines[i], strlen(lines[i])), 0);
		expect_refusal(fd);
	}
	must_answer("shared");
}

static void half_and_endless_lines_stop_nobody(void **unused)
{
	static char noise[65536];
	sb_auto_close int half = connect_to("shared"), endless = connect_to("shared");
	size_t sent = 0;

	(void)unused;
	memset(noise, 'x', sizeof(noise));
	assert_int_equal(sb_write_all(half, "{\"op\":", 6), 0);
	signal(SIGPIPE, SIG_IGN);
	/* It must be closed well before this much. */
	while (sent < 8 * SB_SUPERVISOR_LINE_MAX) {
		struct pollfd p = {.fd = endless, .events = POLLOUT};
		ssize_t n;

		assert_int_equal(poll(&p, 1, SOON_MS), 1);
		n = send(endless, noise, sizeof(noise), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	assert_true(sent < 8 * SB_SUPERVISOR_LINE_MAX);
	must_answer("shared");
}

static void many_connections_are_refused(void **unused)
{
	int fds[200];
	bool refused = false;

	(void)unused;
	for (size_t i = 0; i < SB_ARRAY_LEN(fds); i++) {
		struct pollfd p = {.events = POLLIN};

		fds[i] = sb_supervisor_connect("shared", NULL, NULL);
		if (fds[i] < 0)
			continue;
		p.fd = fds[i];
		if (i > 100 && poll(&p, 1, 20) == 1)
			refused = true;
	}
	assert_true(refused);
	for (size_t i = 0; i < SB_ARRAY_LEN(fds); i++)
		sb_close_p(&fds[i]);
	usleep(200000);
	must_answer("shared");
}

/* Who has no right to it, even where files say otherwise. */
static void others_are_refused(void **unused)
{
	sb_auto_free char *dir = sb_asprintf("%s/satbed", runtime),
			  *path = sb_asprintf("%s/shared.sock", dir);
	int status;
	pid_t pid;

	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(runtime, 0755) || chmod(dir, 0755) || chmod(path, 0666), 0);
	pid = fork();
	if (pid == 0) {
		struct sockaddr_un un = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		char buf[512] = "";

		snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		if (setgid(65534) || setuid(65534) ||
		    connect(fd, (struct sockaddr *)&un, sizeof(un)))
			_exit(2);
		if (write(fd, "{\"op\":\"ps\"}\n", 12) < 0 && errno != EPIPE)
			_exit(3);
		if (read(fd, buf, sizeof(buf) - 1) < 0 && errno != ECONNRESET)
			_exit(4);
		_exit(strstr(buf, "engine") ? 5 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	chmod(path, 0600);
	chmod(dir, 0700);
	chmod(runtime, 0700);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- commands --- */

static int begin_command(const char *argv_json)
{
	sb_auto_free char *line =
	    sb_asprintf("{\"op\":\"run\",\"node\":\"client1\",\"argv\":%s}\n", argv_json);
	int fd = connect_to("shared");

	assert_int_equal(sb_write_all(fd, line, strlen(line)), 0);
	return fd;
}

static void await_event(struct sb_lines *lines, const char *wanted, cJSON **out)
{
	for (;;) {
		struct sb_err err = {0};
		const char *ev;
		int rc = sb_lines_recv(lines, SOON_MS, out, &err);

		if (rc != 1)
			fail_msg("no \"%s\": %s", wanted, rc ? err.msg : "silence");
		if (!sb_json_get_str(*out, "$", "ev", &ev, NULL) && !strcmp(ev, wanted))
			return;
		cJSON_Delete(*out);
	}
}

/* All output that is there, and no more than the window allows; the command waits, it has not
 * ended. */
static int64_t take_window(int fd)
{
	struct sb_lines lines;
	int64_t bytes = 0;

	sb_lines_init(&lines, fd);
	for (;;) {
		struct sb_err err = {0};
		cJSON *event;
		const char *ev = "";
		int rc = sb_lines_recv(&lines, 300, &event, &err);

		if (rc < 0)
			fail_msg("a command whose output is not read: %s", err.msg);
		if (rc == 0)
			break;
		sb_json_get_str(event, "$", "ev", &ev, NULL);
		assert_string_equal(ev, "output");
		bytes += (int64_t)strlen(cJSON_GetObjectItem(event, "data")->valuestring) / 4 * 3;
		cJSON_Delete(event);
	}
	sb_lines_fini(&lines);
	return bytes;
}

static void commands_answer_while_one_is_not_read(void **unused)
{
	sb_auto_close int flood = begin_command("[\"cat\",\"/dev/zero\"]");
	cJSON *ps;
	sb_auto_free char *path = NULL, *statm = NULL;
	unsigned long pages = 0;
	int64_t bytes;

	(void)unused;
	/* Long enough to fill every buffer there is. */
	usleep(500000);
	for (int i = 0; i < 5; i++) {
		sb_auto_close int fd = begin_command("[\"echo\",\"hello\"]");
		struct sb_lines lines;
		char text[16] = "";
		cJSON *event;

		sb_lines_init(&lines, fd);
		await_event(&lines, "output", &event);
		sb_base64_decode(cJSON_GetObjectItem(event, "data")->valuestring, 8, text);
		assert_memory_equal(text, "hello\n", 6);
		cJSON_Delete(event);
		await_event(&lines, "exit", &event);
		assert_true(number(event, "status") == 0);
		cJSON_Delete(event);
		sb_lines_fini(&lines);
	}
	/* In whole pieces, the last of which may go beyond it. */
	bytes = take_window(flood);
	assert_true(bytes > 0 && bytes <= 2 * (int64_t)SB_SUPERVISOR_WINDOW);
	ps = ask("shared", "{'op':'ps'}", "ps");
	path = sb_asprintf("/proc/%d/statm", (int)number(ps, "pid"));
	cJSON_Delete(ps);
	assert_int_equal(sb_read_file(path, 256, &statm, NULL, NULL), 0);
	assert_int_equal(sscanf(statm, "%*u %lu", &pages), 1);
	assert_true(pages * (unsigned long)sysconf(_SC_PAGESIZE) < 64ul << 20);
}

static void hanging_up_ends_the_command(void **unused)
{
	int polite = begin_command("[\"sleep\",\"30051\"]");
	int stubborn = begin_command("[\"sh\",\"-c\",\"trap '' HUP TERM; sleep 30052; :\"]");

	(void)unused;
	assert_true(comes_true(lives, "sleep 30051", true, SOON_MS));
	assert_true(comes_true(lives, "sleep 30052", true, SOON_MS));
	close(polite);
	close(stubborn);
	assert_true(comes_true(lives, "sleep 30051", false, 1500));
	assert_true(comes_true(lives, "sleep 30052", false, SB_SUPERVISOR_KILL_MS + 2000));
}

static void commands_keep_to_their_windows(void **unused)
{
	static const char *const bad[] = {
	    "{\"op\":\"taken\",\"bytes\":1}\n",
	    "{\"op\":\"taken\",\"bytes\":-1}\n",
	    "{\"op\":\"resize\",\"rows\":-1,\"cols\":80}\n",
	    "{\"op\":\"signal\",\"signal\":1000}\n",
	    "{\"op\":\"close\",\"fd\":7}\n",
	    "{\"op\":\"input\",\"data\":\"no base64\"}\n",
	    "{\"op\":\"input\",\"data\":[]}\n",
	    "{\"op\":\"ps\"}\n",
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[\"true\"]}\n",
	};
	static char piece[65536], text[SB_BASE64_LEN(sizeof(piece)) + 1];
	int fd;

	(void)unused;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		fd = begin_command("[\"sleep\",\"30053\"]");
		assert_int_equal(sb_write_all(fd, bad[i], strlen(bad[i])), 0);
		expect_refusal(fd);
		close(fd);
	}
	/* One that reads nothing is not sent more than there is room for. */
	fd = begin_command("[\"sleep\",\"30053\"]");
	sb_base64_encode(piece, sizeof(piece), text);
	for (size_t sent = 0; sent <= 2 * SB_NODE_INPUT_MAX; sent += sizeof(piece)) {
		sb_auto_free char *line = sb_asprintf("{\"op\":\"input\",\"data\":\"%s\"}\n", text);

		if (sb_write_all(fd, line, strlen(line)))
			break;
	}
	expect_refusal(fd);
	close(fd);
	assert_true(comes_true(lives, "sleep 30053", false, SB_SUPERVISOR_KILL_MS + 2000));
	must_answer("shared");
}

/* --- the timeline, and the hand that overrides it --- */

static void an_override_stops_the_timeline(void **unused)
{
	cJSON *answer;

	(void)unused;
	cJSON_Delete(start(
	    "playing", 3,
	    "[event.step]\nevery = 100ms\nphase = 100ms\ndelay_step = uniform 1ms 10ms\n", true));
	cJSON_Delete(ask("playing",
			 "{'op':'link','client':1,'dir':'up','state':{'delay_ns':50000000}}",
			 "link"));
	for (int i = 0; i < 10; i++) {
		usleep(50000);
		answer = ask("playing", "{'op':'link'}", "link");
		assert_true(delay_ms(answer, 0, "up") == 50);
		cJSON_Delete(answer);
	}
	answer = ask("playing", "{'op':'link'}", "link");
	assert_true(delay_ms(answer, 0, "down") > 20);
	cJSON_Delete(answer);
	answer = ask("playing", "{'op':'link','client':1,'reset':true}", "link");
	assert_true(delay_ms(answer, 0, "up") > 20 && delay_ms(answer, 0, "up") <= 30);
	cJSON_Delete(answer);
	/* Played once; then the base state holds, but what is set by hand stays. */
	cJSON_Delete(ask("playing", "{'op':'link','client':2,'state':{'outage':true}}", "link"));
	usleep(3000000);
	answer = ask("playing", "{'op':'ps'}", "ps");
	assert_string_equal(cJSON_GetObjectItem(answer, "timeline")->valuestring, "over");
	assert_true(delay_ms(answer, 0, "up") == 20 && delay_ms(answer, 0, "down") == 20);
	assert_true(by_hand(answer, 1, "up"));
	cJSON_Delete(answer);
	take_down("playing");
}

/* --- ends --- */

static void down_leaves_nothing(void **unused)
{
	int fd;
	cJSON *ps = start("brief", 60, "", true);
	pid_t pid = (pid_t)number(ps, "pid");
	static const char request[] =
	    "{\"op\":\"run\",\"node\":\"server\",\"argv\":[\"sleep\",\"30054\"]}\n";
	struct sb_lines lines;
	struct sb_err err = {0};
	cJSON *event;

	(void)unused;
	cJSON_Delete(ps);
	fd = connect_to("brief");
	assert_int_equal(sb_write_all(fd, request, strlen(request)), 0);
	assert_true(comes_true(lives, "sleep 30054", true, SOON_MS));
	take_down("brief");
	/* Whose command it was is told. */
	sb_lines_init(&lines, fd);
	await_event(&lines, "error", &event);
	cJSON_Delete(event);
	sb_lines_fini(&lines);
	close(fd);
	waitpid(pid, NULL, 0);
	assert_false(lives("sleep 30054"));
	assert_int_equal(sb_supervisor_connect("brief", NULL, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
}

static void signals_end_it_in_order(void **unused)
{
	cJSON *ps = start("signalled", 60, "", false);
	pid_t pid = (pid_t)number(ps, "pid");
	int status;

	(void)unused;
	cJSON_Delete(ps);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(sb_supervisor_connect("signalled", NULL, NULL), -1);
}

static void killed_supervisors_are_noticed(void **unused)
{
	static const char request[] =
	    "{\"op\":\"run\",\"node\":\"client1\",\"argv\":[\"sleep\",\"30055\"]}\n";
	struct sb_supervisor_entry *list;
	cJSON *ps = start("victim", 60, "", false);
	pid_t pid = (pid_t)number(ps, "pid");
	size_t count;
	bool found = false;
	int fd;

	(void)unused;
	cJSON_Delete(ps);
	fd = connect_to("victim");
	assert_int_equal(sb_write_all(fd, request, strlen(request)), 0);
	assert_true(comes_true(lives, "sleep 30055", true, SOON_MS));
	close(fd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	waitpid(pid, NULL, 0);
	assert_true(comes_true(lives, "sleep 30055", false, 6000));
	assert_int_equal(sb_supervisor_list(&list, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, "victim")) {
			found = true;
			assert_int_equal(list[i].pid, 0);
			assert_false(list[i].serving);
		}
	free(list);
	assert_true(found);
	/* Its name is free, its remains in nobody's way. */
	ps = start("victim", 60, "", false);
	sb_supervisor_forget("victim"); /* a living one's stay */
	must_answer("victim");
	pid = (pid_t)number(ps, "pid");
	cJSON_Delete(ps);
	take_down("victim");
	waitpid(pid, NULL, 0);
}

static int start_shared(void **unused)
{
	(void)unused;
	cJSON_Delete(start("shared", 60, "", false));
	return 0;
}

static int end_shared(void **unused)
{
	(void)unused;
	take_down("shared");
	while (waitpid(-1, NULL, 0) > 0)
		;
	return is_empty() ? rmdir(runtime) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_of_itself),
	    cmocka_unit_test(name_is_taken),
	    cmocka_unit_test(changes_one_direction),
	    cmocka_unit_test(refuses_nonsense),
	    cmocka_unit_test(half_and_endless_lines_stop_nobody),
	    cmocka_unit_test(many_connections_are_refused),
	    cmocka_unit_test(others_are_refused),
	    cmocka_unit_test(commands_answer_while_one_is_not_read),
	    cmocka_unit_test(hanging_up_ends_the_command),
	    cmocka_unit_test(commands_keep_to_their_windows),
	    cmocka_unit_test(an_override_stops_the_timeline),
	    cmocka_unit_test(down_leaves_nothing),
	    cmocka_unit_test(signals_end_it_in_order),
	    cmocka_unit_test(killed_supervisors_are_noticed),
	};
	struct sb_err err = {0};

	if (sb_engine_native.probe(&err)) {
		printf("test_supervisor: %s\n", err.msg);
		return 77;
	}
	snprintf(runtime, sizeof(runtime), "/tmp/satbed-test-keeper-XXXXXX");
	if (!mkdtemp(runtime))
		return 1;
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	return cmocka_run_group_tests(tests, start_shared, end_shared);
}
