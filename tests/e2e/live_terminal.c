// SPDX-License-Identifier: MIT
/*
 * live_terminal.c - a run on a terminal: its screen, its size, and the terminal given back however
 * it ends; metrics while it goes on
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define ENTER	 "\033[?1049h"
#define LEAVE	 "\033[?1049l"
#define LIMIT_NS (60 * SB_NS_PER_S)

/** struct session - satbed on a terminal of its own; @seen: all it wrote there */
struct session {
	pid_t pid;
	int fd, status;
	char *seen;
	size_t len;
	bool over;
	char directory[64];
};

static void start(struct session *s, const char *duration, const char *metrics)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	const char *build = getenv("O");
	sb_auto_free char *program = sb_asprintf("%s/satbed", build ? build : "build");
	sb_auto_free char *run = NULL;

	*s = (struct session){.directory = "/tmp/satbed-live-XXXXXX"};
	assert_non_null(mkdtemp(s->directory));
	run = sb_asprintf("%s/run", s->directory);
	s->pid = forkpty(&s->fd, NULL, NULL, &size);
	assert_true(s->pid >= 0);
	if (!s->pid) {
		setenv("TERM", "xterm", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execl(program, program, "run", "scenarios/leo-lossy.ini", "--engine", "native",
		      "--backend", "user", "--duration", duration, "--metrics", metrics, "--out",
		      run, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(fcntl(s->fd, F_SETFL, O_NONBLOCK), 0);
}

static void listen_to(struct session *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	char buf[65536];
	ssize_t n;

	poll(&p, 1, 50);
	n = read(s->fd, buf, sizeof(buf));
	if (n > 0) {
		s->seen = sb_realloc(s->seen, s->len + (size_t)n + 1, 1);
		memcpy(s->seen + s->len, buf, (size_t)n);
		s->len += (size_t)n;
		s->seen[s->len] = '\0';
	} else if (n == 0 || errno == EIO) {
		/* The other side of the terminal has been closed by all. */
		s->over = true;
	}
}

/* Until @text is there, after @from bytes; false when the time is up or the program has ended. */
static bool await(struct session *s, const char *text, size_t from)
{
	int64_t deadline_ns = sb_mono_ns() + LIMIT_NS;

	while (!s->over && sb_mono_ns() < deadline_ns) {
		if (s->len > from && strstr(s->seen + from, text))
			return true;
		listen_to(s);
	}
	return s->len > from && strstr(s->seen + from, text);
}

static void finish(struct session *s)
{
	int64_t deadline_ns = sb_mono_ns() + LIMIT_NS;

	while (!s->over && sb_mono_ns() < deadline_ns)
		listen_to(s);
	assert_true(s->over);
	assert_int_equal(waitpid(s->pid, &s->status, 0), s->pid);
}

static void fini(struct session *s)
{
	sb_auto_free char *command = sb_asprintf("rm -rf %s", s->directory);

	assert_int_equal(system(command), 0);
	close(s->fd);
	free(s->seen);
}

static const char *last(const char *text, const char *what)
{
	const char *found = NULL;

	for (const char *at = text; (at = strstr(at, what)); at++)
		found = at;
	return found;
}

/* Nothing was left behind: the last word about the screen is that it is left, once. */
static const char *check_given_back(const struct session *s)
{
	const char *left = last(s->seen, LEAVE);

	assert_non_null(left);
	assert_true(left > last(s->seen, ENTER));
	assert_non_null(strstr(s->seen, "\033[?25h"));
	return left;
}

/* Between entering and leaving, no line break that could scroll: each stands inside a screenful. */
static void check_never_scrolls(const struct session *s, int rows)
{
	const char *at = strstr(s->seen, ENTER), *end = last(s->seen, LEAVE);
	int lines = 0;

	for (; at < end; at++) {
		if (!strncmp(at, "\033[H", 3))
			lines = 0;
		lines += *at == '\n';
		assert_true(lines < rows);
	}
}

static size_t add_text(char *data, size_t size, size_t n, void *arg)
{
	char **text = arg, *old = *text;

	*text = sb_asprintf("%s%.*s", old ? old : "", (int)(size * n), data);
	free(old);
	return size * n;
}

static char *fetch(const char *url)
{
	CURL *curl = curl_easy_init();
	char *text = NULL;
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, add_text);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	rc = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	assert_int_equal(rc, CURLE_OK);
	return text;
}

static void test_screen_resize_and_metrics(void **state)
{
	const struct winsize small = {.ws_row = 9, .ws_col = 40};
	char *text, *url, *port;
	const char *left;
	struct session s;
	size_t from;

	(void)state;
	start(&s, "3s", "127.0.0.1:0");
	assert_true(await(&s, "LINK NOW", 0));
	from = s.len;
	assert_true(await(&s, "of 3 s", from));
	assert_int_equal(ioctl(s.fd, TIOCSWINSZ, &small), 0);
	/* A new size begins with an empty screen. */
	assert_true(await(&s, "\033[2J\033[H", from));
	/* What was said before the screen was there is where it always is. */
	port = strstr(s.seen, "http://localhost:");
	assert_non_null(port);
	url = sb_asprintf("%.*s", (int)strcspn(port, "\r\n"), port);
	text = fetch(url);
	assert_non_null(strstr(text, "satbed_running 1\n"));
	assert_non_null(strstr(text, "satbed_flow_received_bytes_total{flow=\"bulk\""));
	free(text);
	free(url);
	finish(&s);
	left = check_given_back(&s);
	/* The table is on the terminal's first screen, and so are the messages. */
	assert_non_null(strstr(left, "verdict "));
	assert_non_null(strstr(left, "up in "));
	assert_true(WIFEXITED(s.status));
	assert_in_range(WEXITSTATUS(s.status), 0, 1);
	check_never_scrolls(&s, 24);
	fini(&s);
}

static void end_by(int first, int second, int status, int sig)
{
	struct session s;

	start(&s, "40s", "0");
	assert_true(await(&s, "LINK NOW", 0));
	assert_int_equal(kill(s.pid, first), 0);
	if (second) {
		/* Between the two it may give the terminal back in order: also well. */
		usleep(1000);
		kill(s.pid, second);
	}
	finish(&s);
	check_given_back(&s);
	if (sig)
		assert_true(WIFSIGNALED(s.status) && WTERMSIG(s.status) == sig);
	else
		assert_true(WIFEXITED(s.status) && WEXITSTATUS(s.status) == status);
	fini(&s);
}

static void test_terminal_is_given_back(void **state)
{
	(void)state;
	end_by(SIGTERM, 0, 130, 0);
	end_by(SIGINT, SIGINT, 130, 0);
	end_by(SIGQUIT, 0, 0, SIGQUIT);
	end_by(SIGSEGV, 0, 0, SIGSEGV);
}

static void test_plain_has_no_escapes(void **state)
{
	const char *build = getenv("O");
	sb_auto_free char *program = sb_asprintf("%s/satbed", build ? build : "build");
	char directory[] = "/tmp/satbed-live-XXXXXX";
	sb_auto_free char *run = NULL, *command = NULL;
	struct session s = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	run = sb_asprintf("%s/run", directory);
	s.pid = forkpty(&s.fd, NULL, NULL, NULL);
	if (!s.pid) {
		execl(program, program, "run", "scenarios/leo-lossy.ini", "--engine", "native",
		      "--duration", "3s", "--plain", "--out", run, (char *)NULL);
		_exit(127);
	}
	fcntl(s.fd, F_SETFL, O_NONBLOCK);
	finish(&s);
	assert_null(strchr(s.seen, '\033'));
	assert_non_null(strstr(s.seen, "s of 3s"));
	command = sb_asprintf("rm -rf %s", directory);
	assert_int_equal(system(command), 0);
	close(s.fd);
	free(s.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_screen_resize_and_metrics),
	    cmocka_unit_test(test_terminal_is_given_back),
	    cmocka_unit_test(test_plain_has_no_escapes),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
