// SPDX-License-Identifier: MIT
/* test_agent_command.c - the user's commands in a node: output, input, endings, and what they leave
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "agent_rig.h"
#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/agent_proto.h"

#define MAX_OUTPUT (1u << 20)

static struct sb_rig rig;
static char work[64];

/** struct outcome - a command from its start to its "exit" */
struct outcome {
	char out[2][MAX_OUTPUT];
	size_t len[2];
	int status, signal;
	char error[512];
	size_t taken;
};

static struct outcome got;

static struct sb_test_node start_node(void)
{
	struct sb_test_node node;

	assert_int_equal(sb_test_node_start(&node, rig.client_ns), 0);
	return node;
}

/* The next event that is no sample, or NULL after @ms of silence. */
static cJSON *next_event(struct sb_test_node *node, int ms)
{
	struct sb_err err = {0};
	cJSON *ev = NULL;

	return sb_lines_recv(&node->lines, ms, &ev, &err) == 1 ? ev : NULL;
}

static void note_output(const cJSON *ev)
{
	const char *data = sb_test_str(ev, "data");
	int fd = (int)sb_test_num(ev, "fd");
	ssize_t n;

	assert_in_range(fd, 1, 2);
	assert_true(got.len[fd - 1] + strlen(data) < MAX_OUTPUT);
	n = sb_base64_decode(data, strlen(data), got.out[fd - 1] + got.len[fd - 1]);
	assert_true(n > 0);
	got.len[fd - 1] += (size_t)n;
	got.out[fd - 1][got.len[fd - 1]] = '\0';
}

static void forget(void)
{
	memset(&got, 0, sizeof(got));
	got.status = got.signal = -1;
}

/* Everything up to the "exit" of command @id. */
static void await_exit(struct sb_test_node *node, int id)
{
	for (;;) {
		cJSON *ev = next_event(node, 20000);
		const char *name;

		assert_non_null(ev);
		name = sb_test_str(ev, "ev");
		if (strcmp(name, "output") && strcmp(name, "taken") && strcmp(name, "exit"))
			fail_msg("got \"%s\": %s", name, sb_test_str(ev, "msg"));
		assert_int_equal(sb_test_num(ev, "id"), id);
		if (!strcmp(name, "output"))
			note_output(ev);
		if (!strcmp(name, "taken"))
			got.taken += (size_t)sb_test_num(ev, "bytes");
		if (!strcmp(name, "exit")) {
			if (cJSON_HasObjectItem(ev, "status"))
				got.status = (int)sb_test_num(ev, "status");
			if (cJSON_HasObjectItem(ev, "signal"))
				got.signal = (int)sb_test_num(ev, "signal");
			snprintf(got.error, sizeof(got.error), "%s", sb_test_str(ev, "error"));
			cJSON_Delete(ev);
			return;
		}
		cJSON_Delete(ev);
	}
}

/* Until the command has printed @text. */
static void await_text(struct sb_test_node *node, const char *text)
{
	while (!strstr(got.out[0], text)) {
		cJSON *ev = next_event(node, 20000);

		assert_non_null(ev);
		if (!strcmp(sb_test_str(ev, "ev"), "output"))
			note_output(ev);
		else if (strcmp(sb_test_str(ev, "ev"), "taken"))
			fail_msg("got %s before \"%s\"", sb_test_str(ev, "ev"), text);
		cJSON_Delete(ev);
	}
}

static void run_sh(struct sb_test_node *node, int id, const char *more, const char *script)
{
	forget();
	sb_test_node_send(node, "{'op':'run','id':%d%s,'argv':['/bin/sh','-c','%s']}", id, more,
			  script);
}

static void give(struct sb_test_node *node, int id, const char *text, bool eof)
{
	char data[512];

	sb_base64_encode(text, strlen(text), data);
	sb_test_node_send(node, "{'op':'input','id':%d,'data':'%s','eof':%s}", id, data,
			  eof ? "true" : "false");
}

/* How many processes run "sleep @number". */
static int count_sleepers(const char *number)
{
	char want[64], have[64], path[300];
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int count = 0, len = snprintf(want, sizeof(want), "sleep%c%s", 0, number) + 1;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		count += read(fd, have, sizeof(have)) == len && !memcmp(want, have, (size_t)len);
		close(fd);
	}
	closedir(dir);
	return count;
}

static void expect_sleepers(const char *number, int want)
{
	int64_t until = sb_mono_ns() + 10 * SB_NS_PER_S;
	int count;

	while ((count = count_sleepers(number)) != want && sb_mono_ns() < until)
		usleep(20000);
	if (count != want)
		fail_msg("%d \"sleep %s\" run, not %d", count, number, want);
}

static void test_output_and_status_come_apart(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 7, "", "echo out; echo err >&2; exit 3");
	await_exit(&node, 7);
	assert_string_equal(got.out[0], "out\n");
	assert_string_equal(got.out[1], "err\n");
	assert_int_equal(got.status, 3);
	run_sh(&node, 7, "", "kill -KILL $$"); /* a number is free again */
	await_exit(&node, 7);
	assert_int_equal(got.signal, SIGKILL);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_what_cannot_be_run_is_said(void **state)
{
	struct sb_test_node node = start_node();
	cJSON *ev;

	(void)state;
	forget();
	sb_test_node_send(&node, "{'op':'run','id':1,'argv':['no-such-command']}");
	await_exit(&node, 1);
	assert_non_null(strstr(got.error, "command not found in this node"));
	forget();
	sb_test_node_send(&node, "{'op':'run','id':1,'argv':['/etc/passwd']}");
	await_exit(&node, 1);
	assert_non_null(strstr(got.error, "permission denied"));
	run_sh(&node, 2, "", "exec sleep 5");
	sb_test_node_send(&node, "{'op':'run','id':2,'argv':['true']}");
	ev = sb_test_node_expect(&node, "error");
	assert_non_null(ev);
	assert_non_null(strstr(sb_test_str(ev, "msg"), "command 2 is already running"));
	cJSON_Delete(ev);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_the_last_of_much_output_comes_before_the_exit(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, "", "head -c 300000 /dev/zero | tr \\\\0 x; printf END");
	await_exit(&node, 1);
	assert_int_equal(got.len[0], 300003);
	assert_string_equal(got.out[0] + 300000, "END");
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_input_and_its_end(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, "", "tr a-z A-Z");
	give(&node, 1, "hello ", false);
	give(&node, 1, "there", true);
	await_exit(&node, 1);
	assert_string_equal(got.out[0], "HELLO THERE");
	assert_int_equal(got.taken, 11);
	assert_int_equal(got.status, 0);
	/* Nobody reads it: it counts as taken, so that the giver does not wait for ever. */
	run_sh(&node, 1, "", "exec <&-; sleep 0.3; exit 4");
	usleep(100000);
	give(&node, 1, "lost", false);
	await_exit(&node, 1);
	assert_int_equal(got.taken, 4);
	assert_int_equal(got.status, 4);
	give(&node, 1, "late", false); /* said to nobody */
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static long resident_kb(pid_t pid)
{
	char path[64], *text = NULL, *at;
	long kb;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_int_equal(sb_read_file(path, 65536, &text, NULL, NULL), 0);
	at = strstr(text, "VmRSS:");
	kb = at ? atol(at + 6) : -1;
	free(text);
	return kb;
}

static void test_a_flood_waits_while_nobody_reads(void **state)
{
	struct sb_test_node node = start_node();
	long before, after;
	size_t seen = 0;

	(void)state;
	run_sh(&node, 1, "", "echo here; exec yes 0123456789abcde");
	await_text(&node, "here\n");
	seen = got.len[0] - strlen("here\n");
	before = resident_kb(node.pid);
	usleep(700000); /* nobody reads */
	after = resident_kb(node.pid);
	assert_in_range(after, 1, before + 4096);
	/* It is all there, in order, and the node still obeys. */
	sb_test_node_send(&node, "{'op':'signal','id':1,'signal':9}");
	for (;;) {
		cJSON *ev = next_event(&node, 20000);
		bool end;

		assert_non_null(ev);
		got.len[0] = 0;
		end = !strcmp(sb_test_str(ev, "ev"), "exit");
		if (!end) {
			note_output(ev);
			for (size_t i = 0; i < got.len[0]; i++, seen++)
				assert_int_equal(got.out[0][i], "0123456789abcde\n"[seen % 16]);
		} else {
			assert_int_equal(sb_test_num(ev, "signal"), SIGKILL);
		}
		cJSON_Delete(ev);
		if (end)
			break;
	}
	assert_in_range(seen, 65536, 64 << 20);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_a_window_holds_output_back(void **state)
{
	struct sb_test_node node = start_node();
	cJSON *ev;

	(void)state;
	run_sh(&node, 1, ",'window':10000", "head -c 25000 /dev/zero");
	while ((ev = next_event(&node, 500))) {
		note_output(ev);
		cJSON_Delete(ev);
	}
	assert_int_equal(got.len[0], 10000);
	/* Another command is not held up by it. */
	sb_test_node_send(&node, "{'op':'run','id':2,'argv':['true']}");
	ev = sb_test_node_expect(&node, "exit");
	assert_int_equal(sb_test_num(ev, "id"), 2);
	cJSON_Delete(ev);
	sb_test_node_send(&node, "{'op':'taken','id':1,'bytes':10000}");
	sb_test_node_send(&node, "{'op':'taken','id':1,'bytes':5000}");
	await_exit(&node, 1);
	assert_int_equal(got.len[0], 25000);
	assert_int_equal(got.status, 0);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_a_closed_output_ends_the_writer(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, ",'window':1000", "exec yes");
	sb_test_node_send(&node, "{'op':'close','id':1,'fd':1}");
	await_exit(&node, 1);
	assert_int_equal(got.signal, SIGPIPE);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

#define STUBBORN                                                          \
	"trap : TERM INT HUP; setsid sleep %d & (sleep %d & sleep %d) & " \
	"(trap : TERM; while :; do sleep %d; done) & echo up; while :; do sleep %d; done"

static void start_stubborn(struct sb_test_node *node, int number)
{
	char script[512], text[16];

	snprintf(script, sizeof(script), STUBBORN, number, number, number, number, number);
	snprintf(text, sizeof(text), "%d", number);
	run_sh(node, 1, "", script);
	await_text(node, "up");
	expect_sleepers(text, 5);
}

static void test_all_that_a_command_started_is_killed(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	start_stubborn(&node, 981101);
	sb_test_node_send(&node, "{'op':'signal','id':1,'signal':9}");
	await_exit(&node, 1);
	assert_int_equal(got.signal, SIGKILL);
	expect_sleepers("981101", 0);
	/* Other signals reach all of them as well. */
	run_sh(&node, 1, "", "sleep 981102 & setsid sleep 981102 & echo up; wait; sleep 981102");
	await_text(&node, "up");
	expect_sleepers("981102", 2);
	sb_test_node_send(&node, "{'op':'signal','id':1,'signal':15}");
	await_exit(&node, 1);
	assert_int_equal(got.signal, SIGTERM);
	expect_sleepers("981102", 0);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_nothing_outlives_the_node(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	start_stubborn(&node, 981103);
	assert_int_equal(sb_test_node_stop(&node), 0);
	assert_int_equal(count_sleepers("981103"), 0);

	node = start_node();
	start_stubborn(&node, 981104);
	kill(node.pid, SIGKILL);
	assert_int_equal(waitpid(node.pid, NULL, 0), node.pid);
	node.pid = 0;
	sb_test_node_stop(&node);
	expect_sleepers("981104", 0);
}

static void test_a_fork_bomb_is_put_out(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	/* Each of them starts the next and ends: there is always one more than was listed. */
	run_sh(&node, 1, "",
	       "printf %s \\\"sleep 0.01; sh ./bomb & sleep 981105\\\" >bomb; echo up; "
	       "sh ./bomb & sh ./bomb & wait; sleep 981105");
	await_text(&node, "up");
	usleep(300000);
	sb_test_node_send(&node, "{'op':'signal','id':1,'signal':9}");
	await_exit(&node, 1);
	expect_sleepers("981105", 0);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_what_is_left_behind_lives_until_signalled(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, "", "sleep 981106 & echo started");
	await_exit(&node, 1);
	assert_string_equal(got.out[0], "started\n");
	assert_int_equal(got.status, 0);
	expect_sleepers("981106", 1);
	sb_test_node_send(&node, "{'op':'signal','id':1,'signal':15}");
	expect_sleepers("981106", 0);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_a_terminal(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, ",'tty':true,'rows':33,'cols':99,'env':['TERM=vt100']",
	       "test -t 0 && test -t 1 && test -t 2 && stty size; echo $TERM; "
	       "trap \\\"stty size; exit 5\\\" WINCH; echo ready; while :; do sleep 0.05; done");
	await_text(&node, "ready");
	assert_non_null(strstr(got.out[0], "33 99\r\nvt100\r\n"));
	sb_test_node_send(&node, "{'op':'resize','id':1,'rows':44,'cols':111}");
	await_exit(&node, 1);
	assert_non_null(strstr(got.out[0], "44 111\r\n"));
	assert_int_equal(got.status, 5);
	/* Ctrl-C is a key there. */
	run_sh(&node, 1, ",'tty':true,'rows':24,'cols':80", "echo ready; exec sleep 981107");
	await_text(&node, "ready");
	give(&node, 1, "\003", false);
	await_exit(&node, 1);
	assert_int_equal(got.signal, SIGINT);
	/* And so is the end. */
	run_sh(&node, 1, ",'tty':true,'rows':24,'cols':80", "cat; echo over");
	give(&node, 1, "line\n", false);
	await_text(&node, "line\r\nline\r\n");
	give(&node, 1, "", true);
	await_exit(&node, 1);
	assert_non_null(strstr(got.out[0], "over"));
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void put_file(struct sb_test_node *node, const char *path, int offset, const char *text)
{
	char data[256];

	sb_base64_encode(text, strlen(text), data);
	sb_test_node_send(node, "{'op':'file','path':'%s','offset':%d,'mode':493,'data':'%s'}",
			  path, offset, data);
}

static void test_files_arrive_in_pieces_and_run(void **state)
{
	struct sb_test_node node = start_node();
	cJSON *ev;

	(void)state;
	put_file(&node, "tools/bin/hello", 0, "#!/bin/sh\n");
	ev = sb_test_node_expect(&node, "file");
	assert_int_equal(sb_test_num(ev, "bytes"), 10);
	cJSON_Delete(ev);
	put_file(&node, "tools/bin/hello", 10, "echo hello from $SATBED_NODE, $HOME\n");
	cJSON_Delete(sb_test_node_expect(&node, "file"));
	sb_test_node_send(&node,
			  "{'op':'setup','node':'client1','interfaces':[],'server':'198.18.1.1'}");
	cJSON_Delete(sb_test_node_expect(&node, "setup"));
	run_sh(&node, 1, "", "tools/bin/hello; echo $SATBED_SERVER; pwd");
	await_exit(&node, 1);
	{
		char want[256];

		snprintf(want, sizeof(want), "hello from client1, %s\n198.18.1.1\n%s\n", work,
			 work);
		assert_string_equal(got.out[0], want);
	}
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_files_stay_in_the_work_directory(void **state)
{
	static const char *const bad[] = {"/etc/passwd", "../x", "a/../../x", "a//b",
					  "./x",	 "dir/", "link/x"};
	struct sb_test_node node = start_node();
	char link[96];
	cJSON *ev;

	(void)state;
	snprintf(link, sizeof(link), "%s/link", work);
	assert_int_equal(symlink("/tmp", link), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_file(&node, bad[i], 0, "x");
		ev = sb_test_node_expect(&node, "error");
		assert_non_null(ev);
		assert_non_null(strstr(sb_test_str(ev, "msg"), bad[i]));
		cJSON_Delete(ev);
	}
	put_file(&node, "plain", 7, "x");
	ev = sb_test_node_expect(&node, "error");
	assert_non_null(ev);
	cJSON_Delete(ev);
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static void test_commands_have_the_network_and_no_more(void **state)
{
	struct sb_test_node node = start_node();

	(void)state;
	run_sh(&node, 1, "", "grep -E ^Cap /proc/self/status; grep NoNew /proc/self/status");
	await_exit(&node, 1);
	/* CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13. */
	assert_non_null(strstr(got.out[0], "CapEff:\t0000000000003000\n"));
	assert_non_null(strstr(got.out[0], "CapBnd:\t0000000000003000\n"));
	assert_non_null(strstr(got.out[0], "NoNewPrivs:\t1"));
	sb_test_node_send(&node, "{'op':'prepare','sample_ns':100000000,'flows':[]}");
	cJSON_Delete(sb_test_node_expect(&node, "ready"));
	run_sh(&node, 1, "", "grep -E ^Cap /proc/self/status");
	await_exit(&node, 1);
	assert_non_null(strstr(got.out[0], "CapEff:\t0000000000000000\n"));
	assert_non_null(strstr(got.out[0], "CapBnd:\t0000000000000000\n"));
	assert_int_equal(sb_test_node_stop(&node), 0);
}

static int make_work(void **state)
{
	(void)state;
	snprintf(work, sizeof(work), "/tmp/satbed-test-XXXXXX");
	if (!mkdtemp(work))
		return -1;
	return setenv("SATBED_WORK", work, 1) || setenv("HOME", work, 1);
}

static int remove_work(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", work);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_output_and_status_come_apart),
	    cmocka_unit_test(test_what_cannot_be_run_is_said),
	    cmocka_unit_test(test_the_last_of_much_output_comes_before_the_exit),
	    cmocka_unit_test(test_input_and_its_end),
	    cmocka_unit_test(test_a_flood_waits_while_nobody_reads),
	    cmocka_unit_test(test_a_window_holds_output_back),
	    cmocka_unit_test(test_a_closed_output_ends_the_writer),
	    cmocka_unit_test(test_all_that_a_command_started_is_killed),
	    cmocka_unit_test(test_nothing_outlives_the_node),
	    cmocka_unit_test(test_a_fork_bomb_is_put_out),
	    cmocka_unit_test(test_what_is_left_behind_lives_until_signalled),
	    cmocka_unit_test(test_a_terminal),
	    cmocka_unit_test(test_files_arrive_in_pieces_and_run),
	    cmocka_unit_test(test_files_stay_in_the_work_directory),
	    cmocka_unit_test(test_commands_have_the_network_and_no_more),
	};
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	rc = cmocka_run_group_tests(tests, make_work, remove_work);
	sb_rig_close(&rig);
	return rc;
}
