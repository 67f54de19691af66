// SPDX-License-Identifier: MIT
/*
 * dashboard_browser.c - satbed --serve in a real browser: charts grow while a run goes on, the page turns
 * into the report; buttons change the links of a testbed that stays; who has no token sees nothing, who does
 * not read stops nothing
 *
 *	dashboard_browser PICTURES-DIR DIRECTORY [KERNEL]
 *
 * DIRECTORY is for what satbed writes; with KERNEL it is runs on the virtual clock that are looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "browser.h"
#include "page_rig.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define LIMIT_NS (120 * SB_NS_PER_S)
#define WORDS	 32

struct world {
	const char *pictures, *directory, *kernel;
	char *kernel_set;
	struct browser *browser;
};

static struct world world;

/**
 * struct served - a satbed with --serve
 * @url:	of its page, as it printed it; @base: without the token
 * @stalled:	a viewer that reads nothing; -1 = none
 */
struct served {
	pid_t pid;
	int fd, stalled;
	char said[65536], url[256], base[256];
	size_t len;
};

static void read_some(struct served *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, 50) <= 0 || s->len == sizeof(s->said) - 1)
		return;
	n = read(s->fd, s->said + s->len, sizeof(s->said) - 1 - s->len);
	if (n > 0)
		s->len += (size_t)n;
	s->said[s->len] = '\0';
}

static void await_url(struct served *s)
{
	int64_t deadline_ns = sb_mono_ns() + LIMIT_NS;
	const char *at = NULL;

	while (sb_mono_ns() < deadline_ns && (!at || !strchr(at, '\n'))) {
		read_some(s);
		at = strstr(s->said, "live page: ");
	}
	if (!at)
		fail_msg("no address: %s", s->said);
	snprintf(s->url, sizeof(s->url), "%.*s", (int)strcspn(at + 11, "\n"), at + 11);
	snprintf(s->base, sizeof(s->base), "%.*s", (int)strcspn(s->url, "?"), s->url);
}

/* @words: after "satbed", up to a NULL */
static void start(struct served *s, const char *const *words)
{
	const char *build = getenv("O");
	sb_auto_free char *program = sb_asprintf("%s/satbed", build ? build : "build");
	char *argv[WORDS] = {program};
	int fds[2], null_fd;

	*s = (struct served){.stalled = -1};
	for (size_t i = 0; words[i]; i++) {
		assert_true(i + 2 < WORDS);
		argv[i + 1] = (char *)words[i];
	}
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (!s->pid) {
		null_fd = open("/dev/null", O_RDWR);
		dup2(null_fd, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execv(program, argv);
		_exit(127);
	}
	close(fds[1]);
	s->fd = fds[0];
}

static int finish(struct served *s)
{
	int status = -1;

	/* What it still says is read, or it would wait for that. */
	while (!waitpid(s->pid, &status, WNOHANG))
		read_some(s);
	close(s->fd);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Asks for all events, and reads none of them. */
static void stall(struct served *s)
{
	const char *port = strrchr(s->url, ':') + 1, *token = strstr(s->url, "token=");
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtol(port, NULL, 10)),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	sb_auto_free char *request =
	    sb_asprintf("GET /events?%s HTTP/1.1\r\nHost: localhost\r\n\r\n", token);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 1024;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	s->stalled = fd;
}

/* What a busy machine takes its time for: a guest that boots, captures that are read. */
static void await_long(const char *condition)
{
	int64_t deadline_ns = sb_mono_ns() + LIMIT_NS;

	while (sb_mono_ns() < deadline_ns && !browser_true(world.browser, condition))
		usleep(100000);
	page_await(world.browser, condition);
}

static void picture(const char *name)
{
	sb_auto_free char *path = sb_asprintf("%s/%s.png", world.pictures, name);

	browser_picture(world.browser, path);
}

static void close_stalled(struct served *s)
{
	if (s->stalled >= 0)
		close(s->stalled);
	s->stalled = -1;
}

/* A satbed, and its page in the browser. */
static void open_page(struct served *s, const char *const *words, bool with_stalled)
{
	start(s, words);
	await_url(s);
	if (with_stalled)
		stall(s);
	browser_go(world.browser, s->url);
}

/* Ctrl-C: the page becomes that of the results (@kind; NULL = it is looked at no more), and satbed ends. */
static void interrupt(struct served *s, const char *kind)
{
	sb_auto_free char *there = sb_asprintf(
	    "document.body.dataset.kind === '%s' && window.satbed.ready", kind ? kind : "");

	kill(s->pid, SIGINT);
	if (kind)
		await_long(there);
	assert_int_equal(finish(s), 130);
	close_stalled(s);
}

/* It has what was measured until it came, and gets more; then it is the report, of a satbed that ends.  The
 * run is ended when enough was seen, however long the browser takes on a busy machine. */
static void follow_run(const char *name, const char *const *words)
{
	struct browser *b = world.browser;
	sb_auto_free char *grown = NULL;
	struct served s;
	double rows;

	open_page(&s, words, true);
	await_long("window.satbed.ready && window.satbed.rows > 3");
	rows = browser_number(b, "window.satbed.rows");
	page_await(b, "document.querySelector('.chip').textContent === 'running'");
	grown = sb_asprintf("window.satbed.rows > %.0f && " CHARTS "[0].graph.numRows() > %.0f",
			    rows, rows);
	await_long(grown);
	assert_true(browser_number(b, CHARTS ".length") >= 5);
	page_await(b, "document.querySelector('td.name').textContent === 'client1 up'");
	picture(name);
	interrupt(&s, "run");
	assert_true(
	    browser_true(b, "document.querySelector('h1').textContent === 'leo-lossy' && " CHARTS
			    ".length > 5"));
	/* The files are not served: their names are told, and where they are. */
	assert_true(browser_true(b, "!document.querySelector('a[href*=\"run.json\"]')"));
	page_expect_quiet(b, s.base);
}

static void test_run(void **state)
{
	sb_auto_free char *out = sb_asprintf("%s/run", world.directory);
	const char *const words[] = {"run",	   "scenarios/leo-lossy.ini",
				     "--engine",   "native",
				     "--backend",  "user",
				     "--duration", "600s",
				     "--serve",	   "127.0.0.1:0",
				     "--quiet",	   "-o",
				     out,	   NULL};

	(void)state;
	follow_run("live-run", words);
}

static void test_virtual_run(void **state)
{
	sb_auto_free char *out = sb_asprintf("%s/virtual", world.directory);
	const char *const words[] = {"run",	   "scenarios/leo-lossy.ini",
				     "--clock",	   "virtual",
				     "--kernel",   world.kernel,
				     "--duration", "300s",
				     "--serve",	   "127.0.0.1:0",
				     "--quiet",	   "-o",
				     out,	   NULL};

	(void)state;
	follow_run("live-virtual", words);
}

/* What came of each run is there as soon as it has; in the end it is the comparison's page. */
static void follow_comparison(const char *name, const char *const *words)
{
	struct served s;

	open_page(&s, words, true);
	await_long(
	    "window.satbed.ready && document.querySelectorAll('table tr td.name').length > 0");
	await_long(
	    "[...document.querySelectorAll('td.name')].some(c => c.textContent === 'one') && "
	    "[...document.querySelectorAll('td.name')].some(c => c.textContent === 'other')");
	picture(name);
	interrupt(&s, "compare");
	page_expect_quiet(world.browser, s.base);
}

static void test_comparison(void **state)
{
	sb_auto_free char *out = sb_asprintf("%s/compare", world.directory);
	const char *const words[] = {"compare",	   "scenarios/leo-lossy.ini",
				     "--arm",	   "one=native",
				     "--arm",	   "other=native,flow.bulk.cc=reno",
				     "-n",	   "50",
				     "--duration", "2s",
				     "--retries",  "0",
				     "--serve",	   "127.0.0.1:0",
				     "--quiet",	   "-o",
				     out,	   NULL};

	(void)state;
	follow_comparison("live-compare", words);
}

static void test_virtual_comparison(void **state)
{
	sb_auto_free char *out = sb_asprintf("%s/compare", world.directory);
	const char *const words[] = {"compare",	   "scenarios/leo-lossy.ini",
				     "--clock",	   "virtual",
				     "--jobs",	   "2",
				     "--set",	   world.kernel_set,
				     "--arm",	   "one=native",
				     "--arm",	   "other=native,flow.bulk.cc=reno",
				     "-n",	   "50",
				     "--duration", "2s",
				     "--serve",	   "127.0.0.1:0",
				     "--quiet",	   "-o",
				     out,	   NULL};

	(void)state;
	follow_comparison("live-many", words);
}

static void test_virtual_sweep(void **state)
{
	sb_auto_free char *out = sb_asprintf("%s/sweep", world.directory);
	const char *const words[] = {"sweep",	   "scenarios/leo-lossy.ini",
				     "--clock",	   "virtual",
				     "--kernel",   world.kernel,
				     "--vary",	   "flow.bulk.cc=cubic,reno",
				     "--seeds",	   "1..100",
				     "--jobs",	   "2",
				     "--duration", "2s",
				     "--serve",	   "127.0.0.1:0",
				     "--quiet",	   "-o",
				     out,	   NULL};
	struct served s;

	(void)state;
	open_page(&s, words, false);
	await_long("[...document.querySelectorAll('td.name')].some(c => c.textContent === 'cubic, "
		   "seed 1')");
	await_long(
	    "/[1-9][0-9]* of 200 runs done/.test(document.querySelector('.facts').textContent)");
	picture("live-sweep");
	interrupt(&s, "sweep");
	page_expect_quiet(world.browser, s.base);
}

/* Neither the page nor anything that is measured. */
static void test_token(void **state)
{
	static const char *const tries[] = {
	    "", "?token=", "?token=0123456789abcdef0123456789abcdef", "events", "report?token=x"};
	sb_auto_free char *out = sb_asprintf("%s/token", world.directory);
	const char *const words[] = {"run",	   "scenarios/leo-lossy.ini",
				     "--engine",   "native",
				     "--duration", "600s",
				     "--serve",	   "127.0.0.1:0",
				     "-o",	   out,
				     NULL};
	struct browser *b = world.browser;
	struct served s;

	(void)state;
	start(&s, words);
	await_url(&s);
	for (size_t i = 0; i < SB_ARRAY_LEN(tries); i++) {
		sb_auto_free char *url = sb_asprintf("%s%s", s.base, tries[i]);

		browser_go(b, url);
		assert_true(browser_true(
		    b, "document.body.textContent.startsWith('the token is missing or wrong')"));
	}
	interrupt(&s, NULL);
	cJSON_Delete(browser_log(b, "browser"));
	page_expect_quiet(b, s.base);
}

/* --- a testbed that stays --- */

/* What `satbed link client1 --json` says of a direction; the state as it is in force. */
static double link_now(const char *dir, const char *key)
{
	const char *build = getenv("O");
	sb_auto_free char *command =
	    sb_asprintf("%s/satbed link client1 --json", build ? build : "build");
	FILE *from = popen(command, "r");
	char text[65536];
	size_t len = fread(text, 1, sizeof(text) - 1, from);
	cJSON *links;
	const cJSON *value;
	double number;

	text[len] = '\0';
	assert_int_equal(pclose(from), 0);
	links = cJSON_Parse(text);
	value =
	    cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetArrayItem(links, 0), dir), "state");
	value = cJSON_GetObjectItem(value, key);
	number = cJSON_IsNumber(value) ? value->valuedouble : cJSON_IsTrue(value);
	cJSON_Delete(links);
	return number;
}

static void click(const char *id)
{
	sb_auto_free char *script =
	    sb_asprintf("(window.satbed.asked = 0, document.getElementById('%s').click())", id);

	cJSON_Delete(browser_eval(world.browser, script));
	page_await(world.browser, "window.satbed.asked === 1");
}

static void type(const char *id, const char *text)
{
	sb_auto_free char *script =
	    sb_asprintf("document.getElementById('%s').value = '%s'", id, text);

	cJSON_Delete(browser_eval(world.browser, script));
}

#define DOWN_NOW                                                                            \
	"[...document.querySelectorAll('tr')].find(r => r.textContent.startsWith('client1 " \
	"down')).textContent"

static void press_buttons(void)
{
	struct browser *b = world.browser;

	type("target", "client1 down");
	type("delay", "77ms");
	click("set");
	page_await(b, DOWN_NOW ".includes('77 ms') && " DOWN_NOW ".includes('set by hand')");
	assert_int_equal((int)(link_now("down", "delay_ns") / 1e6), 77);
	/* The other direction is as it was. */
	assert_int_equal((int)(link_now("up", "delay_ns") / 1e6), 25);
	click("outage");
	page_await(b, DOWN_NOW ".includes('OUTAGE')");
	assert_true(link_now("down", "outage") == 1);
	picture("live-testbed");
	click("no-outage");
	page_await(b, "!" DOWN_NOW ".includes('OUTAGE')");
	/* What is wrong is said, in the words of satbed link. */
	type("delay", "77 parsecs");
	click("set");
	page_await(b, "document.querySelector('output').textContent.includes('parsecs')");
	cJSON_Delete(browser_log(b, "browser"));
	click("reset");
	page_await(b, DOWN_NOW ".includes('22 ms') && !" DOWN_NOW ".includes('by hand')");
	assert_int_equal((int)(link_now("down", "delay_ns") / 1e6), 22);
}

/* A page from elsewhere cannot change anything, should it even know the token. */
static void attack_from_another_page(const struct served *s)
{
	static const char *const kinds[] = {"text/plain", "application/json"};

	browser_go(world.browser, "data:text/html,<p>elsewhere</p>");
	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++) {
		sb_auto_free char *script =
		    sb_asprintf("fetch('%sact%s', {method: 'POST', mode: '%s', headers: "
				"{'Content-Type': '%s'}, "
				"body: '{\"set\":[\"delay=1ms\"]}'}).then(r => r.status, () => -1)",
				s->base, strchr(s->url, '?'), i ? "cors" : "no-cors", kinds[i]);

		cJSON_Delete(browser_eval(world.browser, script));
	}
	assert_int_equal((int)(link_now("down", "delay_ns") / 1e6), 22);
	cJSON_Delete(browser_log(world.browser, "browser"));
	cJSON_Delete(browser_log(world.browser, "performance"));
}

static void test_testbed(void **state)
{
	const char *const up[] = {"up",		 "scenarios/leo-lossy.ini",
				  "--engine",	 "native",
				  "--no-events", "--name",
				  "shown",	 "--serve",
				  "127.0.0.1:0", NULL};
	const char *const down[] = {"down", "shown", NULL};
	struct browser *b = world.browser;
	struct served s, end;

	(void)state;
	start(&s, up);
	await_url(&s);
	assert_int_equal(finish(&s), 0);
	stall(&s);
	browser_go(b, s.url);
	page_await(b, "window.satbed.ready && window.satbed.rows > 1");
	assert_true(browser_true(b, CHARTS ".length === 4"));
	press_buttons();
	page_expect_quiet(b, s.base);
	attack_from_another_page(&s);
	/* The page is opened anew: what it missed is there. */
	browser_go(b, s.url);
	page_await(b, "window.satbed.ready && window.satbed.rows > 4");
	start(&end, down);
	assert_int_equal(finish(&end), 0);
	page_await(b, "document.querySelector('.chip').textContent === 'over'");
	close_stalled(&s);
	page_expect_quiet(b, s.base);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest real[] = {
	    cmocka_unit_test(test_run),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_testbed),
	    cmocka_unit_test(test_comparison),
	};
	const struct CMUnitTest in_guests[] = {
	    cmocka_unit_test(test_virtual_run),
	    cmocka_unit_test(test_virtual_comparison),
	    cmocka_unit_test(test_virtual_sweep),
	};
	const char *why;
	int rc;

	if (argc < 3)
		return 2;
	world = (struct world){.pictures = argv[1], .directory = argv[2], .kernel = argv[3]};
	if (world.kernel)
		world.kernel_set = sb_asprintf("testbed.kernel=%s", world.kernel);
	world.browser = browser_open(1280, 1000, &why);
	if (!world.browser) {
		fprintf(stderr, "%s\n", why);
		return 77;
	}
	rc = world.kernel ? cmocka_run_group_tests(in_guests, NULL, NULL)
			  : cmocka_run_group_tests(real, NULL, NULL);
	browser_close(world.browser);
	free(world.kernel_set);
	return rc;
}
