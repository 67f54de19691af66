// SPDX-License-Identifier: MIT
/* test_live.c - a screen never scrolls, whatever its size; metrics are OpenMetrics, on loopback
 * only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "satbed/engine_ns.h"
#include "live/metrics.h"
#include "live/view.h"
#include "satbed/base/clock.h"
#include "satbed/base/listen.h"
#include "satbed/base/mem.h"

#define FLOWS 6
#define LINKS 3

struct world {
	struct sb_plan plan;
	struct sb_link links[LINKS];
	struct sb_flow flows[FLOWS];
	struct sb_event event;
	struct sb_step steps[3];
	struct sb_view_flow now[FLOWS];
	struct sb_view view;
};

static void init_world(struct world *w)
{
	*w = (struct world){
	    .plan = {.name = "leo",
		     .duration_ns = 30 * SB_NS_PER_S,
		     .link_count = LINKS,
		     .links = w->links,
		     .flow_count = FLOWS,
		     .flows = w->flows,
		     .event_count = 1,
		     .events = &w->event,
		     .step_count = 3,
		     .steps = w->steps},
	    .event = {.name = "reconfigure", .count = 1},
	    .view = {.plan = &w->plan,
		     .label = "native:bridge",
		     .phase = "",
		     .message = "satbed: warning: it is late",
		     .number = 7,
		     .total = 20,
		     .at_ns = 12 * SB_NS_PER_S,
		     .left_ns = 390 * SB_NS_PER_S,
		     .flows = w->now,
		     .running = true},
	};
	for (int i = 0; i < LINKS; i++)
		for (int dir = 0; dir < 2; dir++)
			w->links[i].dir[dir].initial = (struct sb_link_state){
			    .delay_ns = 25 * SB_NS_PER_MS, .rate_bps = 10000000};
	for (int i = 0; i < FLOWS; i++) {
		w->flows[i] = (struct sb_flow){.client = (uint16_t)(i / 2),
					       .dir = i % 2 ? SB_DOWN : SB_UP,
					       .streams = 1,
					       .kind = i == 1 ? SB_FLOW_STREAM : SB_FLOW_BULK};
		snprintf(w->flows[i].name, SB_NAME_MAX, "flow-of-some-name-%d", i);
		w->now[i].now =
		    (struct sb_live_counts){.bytes = 1000, .retransmits = 17, .rtt_us = 45600};
		w->now[i].goodput_bps = 3510000;
		w->now[i].history_count = SB_HISTORY;
		for (int k = 0; k < SB_HISTORY; k++)
			w->now[i].history[k] = k;
	}
	/* Jitter is no event; an outage of client 2 begins at 14.5 s. */
	w->steps[0] = (struct sb_step){13 * SB_NS_PER_S, 1,  SB_UP,
				       SB_CAUSE_JITTER,	 -1, w->links[1].dir[0].initial};
	w->steps[1] =
	    (struct sb_step){14500 * SB_NS_PER_MS, 1, SB_UP,
			     SB_CAUSE_EVENT,	   0, (struct sb_link_state){.outage = true}};
	w->steps[2] = (struct sb_step){40 * SB_NS_PER_S,    1, SB_UP,
				       SB_CAUSE_OUTAGE_END, 0, w->links[1].dir[0].initial};
}

/* Columns of the widest line and the number of lines; escapes have no width. */
static void measure(const char *text, int *lines, int *widest)
{
	int width = 0;

	*lines = 1;
	*widest = 0;
	for (const char *c = text; *c; c++) {
		if (*c == '\033') {
			c += 1 + strcspn(c + 1, "mKHJ");
		} else if (*c == '\n') {
			assert_int_equal(c[-1], '\r');
			(*lines)++;
			width = 0;
		} else if (*c != '\r' && (*c & 0xc0) != 0x80) {
			width++;
		}
		*widest = width > *widest ? width : *widest;
	}
}

static void test_screen_fits_any_size(void **state)
{
	struct world w;

	(void)state;
	init_world(&w);
	for (int rows = 1; rows <= 50; rows++) {
		for (int cols = 1; cols <= 220; cols += cols < 20 ? 1 : 13) {
			for (int flags = 0; flags < 4; flags++) {
				char *text =
				    sb_screen_text(&w.view, rows, cols, flags & 1, flags & 2);
				int lines, widest;

				measure(text, &lines, &widest);
				assert_in_range(lines, 1, rows);
				assert_in_range(widest, 0, cols);
				free(text);
			}
		}
	}
}

static void test_screen_says_what_matters(void **state)
{
	char *text;
	struct world w;

	(void)state;
	init_world(&w);
	text = sb_screen_text(&w.view, 40, 120, true, false);
	assert_non_null(strstr(text, "run 7 of 20"));
	assert_non_null(strstr(text, "native:bridge"));
	assert_non_null(strstr(text, "12.0 of 30 s, about 7 min left"));
	assert_non_null(strstr(text, "flow-of-some-name-0 client1"));
	assert_non_null(strstr(text, "3.51 Mbit/s"));
	assert_non_null(strstr(text, "45.6 ms"));
	assert_non_null(strstr(text, "17 retr"));
	assert_non_null(strstr(text, "▇█"));
	assert_non_null(strstr(text, "next: reconfigure of client2 in 2.5 s"));
	assert_non_null(strstr(text, "it is late"));
	assert_null(strstr(text, "OUTAGE"));
	assert_null(strstr(text, "\033[1m"));
	free(text);
	w.view.at_ns = 15 * SB_NS_PER_S;
	text = sb_screen_text(&w.view, 40, 120, false, true);
	assert_non_null(strstr(text, "OUTAGE"));
	assert_non_null(strstr(text, "no more events"));
	assert_null(strstr(text, "█"));
	free(text);
	/* What has no room is counted. */
	text = sb_screen_text(&w.view, 12, 80, false, false);
	assert_non_null(strstr(text, "more flows"));
	assert_non_null(strstr(text, "more directions"));
	free(text);
	/* Between runs there is nothing of a plan. */
	w.view.plan = NULL;
	text = sb_screen_text(&w.view, 12, 80, false, false);
	assert_non_null(strstr(text, "satbed"));
	free(text);
}

static void test_line(void **state)
{
	char *text;
	struct world w;

	(void)state;
	init_world(&w);
	text = sb_line_text(&w.view);
	assert_string_equal(text, "run 7 of 20   12.0s of 30s    21.06 Mbit/s  RTT 46 ms  "
				  "102 retransmits  [up 25ms 10mbit, down 25ms 10mbit]");
	free(text);
}

/* Of the user's own programs nothing but the link's traffic is known while they run. */
static void test_line_of_programs(void **state)
{
	struct world w;
	char *text;

	(void)state;
	init_world(&w);
	w.view.total = 1;
	for (size_t i = 0; i < FLOWS; i++) {
		w.flows[i].kind = SB_FLOW_EXEC;
		w.flows[i].client = 0;
		w.now[i].link_bps[SB_UP] = 500000;
		w.now[i].link_bps[SB_DOWN] = 4000000;
		w.now[i].now.link_bytes[SB_DOWN] = 77;
	}
	text = sb_line_text(&w.view);
	assert_string_equal(text, " 12.0s of 30s  link up 0.50, down 4.00 Mbit/s  "
				  "[up 25ms 10mbit, down 25ms 10mbit]");
	free(text);
	text = sb_metrics_text(&w.view);
	assert_null(strstr(text, "satbed_flow_goodput_bits_per_second{"));
	assert_non_null(strstr(
	    text, "satbed_link_passed_bytes_total{client=\"client1\",direction=\"down\"} 77\n"));
	free(text);
}

/* Each sample line follows the TYPE line of its family; counters end in _total. */
static void test_metrics_are_openmetrics(void **state)
{
	char *text, *line, *at, family[96] = "", type[16] = "";
	size_t samples = 0;
	struct world w;

	(void)state;
	init_world(&w);
	strcpy(w.plan.name, "a\"b\\c");
	text = sb_metrics_text(&w.view);
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	assert_non_null(strstr(text, "satbed_scenario_info{name=\"a\\\"b\\\\c\","));
	assert_non_null(strstr(text, "satbed_flow_retransmits_total{flow=\"flow-of-some-name-0\","
				     "client=\"client1\",direction=\"up\"} 17\n"));
	assert_non_null(
	    strstr(text, "satbed_flow_lost_packets_total{flow=\"flow-of-some-name-1\""));
	assert_non_null(strstr(text, "satbed_flow_rtt_seconds{flow=\"flow-of-some-name-0\","
				     "client=\"client1\",direction=\"up\"} 0.0456\n"));
	at = text;
	while ((line = strsep(&at, "\n"))) {
		size_t len = strlen(family);

		if (sscanf(line, "# TYPE %95s %15s", family, type) == 2 || line[0] == '#' ||
		    !line[0])
			continue;
		samples++;
		assert_int_equal(strncmp(line, family, len), 0);
		line += len;
		if (!strcmp(type, "counter"))
			assert_int_equal(strncmp(line, "_total", 6), 0);
		else if (!strcmp(type, "info"))
			assert_int_equal(strncmp(line, "_info", 5), 0);
		else
			assert_true(*line == '{' || *line == ' ');
	}
	assert_in_range(samples, 30, 60);
	free(text);
}

static void test_metrics_stay_on_this_machine(void **state)
{
	static const char *const good[] = {"9464", "127.0.0.1:9464", "127.9.9.9:1", "[::1]:9464",
					   "localhost:0"};
	static const char *const bad[] = {"0.0.0.0:9464",
					  "[::]:9464",
					  "192.168.1.1:80",
					  "example.com:80",
					  ":9464",
					  "127.0.0.1",
					  "127.0.0.1:",
					  "127.0.0.1:70000",
					  "127.0.0.1:-1",
					  "",
					  "x",
					  "[::1]:9464x",
					  "[::ffff:127.0.0.1]:80"};
	struct sockaddr_storage to, untouched;
	struct sb_err err;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(good); i++)
		assert_int_equal(sb_metrics_address(good[i], &to, &err), 0);
	memset(&to, 0x55, sizeof(to));
	untouched = to;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		err = (struct sb_err){0};
		assert_int_equal(sb_metrics_address(bad[i], &to, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		assert_non_null(strstr(err.msg, "127.0.0.1:9464"));
		assert_memory_equal(&to, &untouched, sizeof(to));
	}
}

static char *some_text(void *arg)
{
	(void)arg;
	return sb_strdup("# EOF\n");
}

static int dial(const struct sb_metrics *m)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)sb_metrics_port(m)),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* "HTTP/1.1 200 ..." of a request with that Host, or "" where none came in 2 s. */
static void ask(struct sb_metrics *m, int fd, const char *host, char *out, size_t size)
{
	int64_t until_ns = sb_mono_ns() + 2 * SB_NS_PER_S;
	char request[256];
	ssize_t n = -1;

	snprintf(request, sizeof(request), "GET /metrics HTTP/1.1\r\n%s%s\r\n\r\n",
		 host ? "Host: " : "Connection: close", host ? host : "");
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	while (n <= 0 && sb_mono_ns() < until_ns) {
		sb_metrics_serve(m);
		n = recv(fd, out, size - 1, MSG_DONTWAIT);
	}
	out[n > 0 ? n : 0] = '\0';
}

static void test_idle_connections_keep_nobody_out(void **state)
{
	struct sb_metrics *m;
	struct sb_err err;
	char answer[4096];
	int idle[200], fd;

	(void)state;
	assert_int_equal(sb_metrics_open("127.0.0.1:0", some_text, NULL, &m, &err), 0);
	for (size_t i = 0; i < SB_ARRAY_LEN(idle); i++) {
		idle[i] = dial(m);
		if (i % 40 == 39)
			sb_metrics_serve(m);
	}
	fd = dial(m);
	ask(m, fd, "localhost:9464", answer, sizeof(answer));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 200"), answer);
	close(fd);
	for (size_t i = 0; i < SB_ARRAY_LEN(idle); i++)
		close(idle[i]);
	sb_metrics_close(m);
}

static void test_only_this_machines_names_are_answered(void **state)
{
	static const char *const good[] = {"localhost", "localhost:9464", "127.0.0.1:1", "[::1]:80",
					   "[::1]"};
	static const char *const bad[] = {
	    "evil.example", "evil.example:9464", "",  "127.0.0.1.evil:1", "[::1", "[::1]x",
	    "localhost:x",  "192.168.0.1",	 "[]"};
	struct sb_metrics *m;
	struct sb_err err;
	char answer[4096];
	int fd;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(good); i++)
		assert_true(sb_host_is_loopback(good[i]));
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++)
		assert_false(sb_host_is_loopback(bad[i]));
	assert_int_equal(sb_metrics_open("127.0.0.1:0", some_text, NULL, &m, &err), 0);
	fd = dial(m);
	ask(m, fd, "evil.example:9464", answer, sizeof(answer));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 403"), answer);
	close(fd);
	sb_metrics_close(m);
}

/* A child that goes on would keep the port, and clients waiting. */
static void test_children_do_not_listen(void **state)
{
	struct sb_metrics *m;
	struct sb_err err = {0};
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(sb_metrics_open("127.0.0.1:0", some_text, NULL, &m, &err), 0);
	pid = sb_ns_fork(geteuid() != 0, &err);
	if (pid == 0) {
		int listens = 0;
		socklen_t len = sizeof(listens);

		for (int fd = 0; fd < 64; fd++)
			if (!getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) && listens)
				_exit(1);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	sb_metrics_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_screen_fits_any_size),
	    cmocka_unit_test(test_screen_says_what_matters),
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_line_of_programs),
	    cmocka_unit_test(test_metrics_are_openmetrics),
	    cmocka_unit_test(test_metrics_stay_on_this_machine),
	    cmocka_unit_test(test_idle_connections_keep_nobody_out),
	    cmocka_unit_test(test_only_this_machines_names_are_answered),
	    cmocka_unit_test(test_children_do_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
