// SPDX-License-Identifier: MIT
/* test_dashboard.c - whoever has no token, or comes from elsewhere, is refused; who does not read is
 * not waited for */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dashboard/access.h"
#include "dashboard/stream.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/dashboard.h"
#include "satbed/engine_ns.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

/* --- who may ask for what --- */

static void test_token_is_whole(void **state)
{
	(void)state;
	assert_true(sb_token_is(TOKEN, TOKEN));
	assert_false(sb_token_is(TOKEN, NULL));
	assert_false(sb_token_is(TOKEN, ""));
	assert_false(sb_token_is(TOKEN, TOKEN "0"));
	assert_false(sb_token_is(TOKEN, TOKEN TOKEN));
	for (size_t i = 0; i < sizeof(TOKEN) - 1; i++) {
		char other[] = TOKEN;

		other[i]++;
		assert_false(sb_token_is(TOKEN, other));
		other[i] = '\0';
		assert_false(sb_token_is(TOKEN, other));
	}
}

static void test_tokens_differ(void **state)
{
	char one[SB_TOKEN_MAX + 1], other[SB_TOKEN_MAX + 1];
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_token_make(one, &err), 0);
	assert_int_equal(sb_token_make(other, &err), 0);
	assert_int_equal(strlen(one), 32);
	assert_string_not_equal(one, other);
}

static void test_token_of_a_file(void **state)
{
	static const char *const bad[] = {"", "short\n", "0123456789abcde\n", "0123456789 abcdef\n",
					  "0123456789abcdef&\n"};
	char path[] = "/tmp/satbed-token-XXXXXX", token[SB_TOKEN_MAX + 1];
	struct sb_err err = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		assert_int_equal(sb_replace_file(path, bad[i], strlen(bad[i]), &err), 0);
		assert_int_equal(sb_token_read(path, token, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
	}
	assert_int_equal(sb_replace_file(path, "Own-token_of_16c\r\nmore", 22, &err), 0);
	assert_int_equal(sb_token_read(path, token, &err), 0);
	assert_string_equal(token, "Own-token_of_16c");
	unlink(path);
}

static unsigned int status_of(struct sb_web_request r, bool anywhere)
{
	const struct sb_web_rules rules = {.token = TOKEN, .anywhere = anywhere, .may_act = true};
	enum sb_web_resource what;
	const char *why;

	return sb_web_access(&rules, &r, &what, &why);
}

static struct sb_web_request good_get(void)
{
	return (struct sb_web_request){
	    .method = "GET", .path = "/", .token = TOKEN, .host = "127.0.0.1:8080"};
}

static struct sb_web_request good_post(void)
{
	return (struct sb_web_request){.method = "POST",
				       .path = "/act",
				       .token = TOKEN,
				       .host = "127.0.0.1:8080",
				       .origin = "http://127.0.0.1:8080",
				       .fetch_site = "same-origin",
				       .content_type = "application/json"};
}

static void test_reading_needs_token_and_host(void **state)
{
	struct sb_web_request r = good_get();

	(void)state;
	assert_int_equal(status_of(r, false), 200);
	r.path = "/events";
	assert_int_equal(status_of(r, false), 200);
	r.path = "/nothing";
	assert_int_equal(status_of(r, false), 404);
	r = good_get();
	r.token = NULL;
	assert_int_equal(status_of(r, false), 403);
	/* Who has no token does not learn what is there either. */
	r.path = "/nothing";
	assert_int_equal(status_of(r, false), 403);
	r = good_get();
	r.host = NULL;
	assert_int_equal(status_of(r, false), 403);
	r.host = "evil.example:8080";
	assert_int_equal(status_of(r, false), 403);
	r.host = "192.168.1.1:8080";
	assert_int_equal(status_of(r, false), 403);
	/* Served to others, it is asked by an address, still by no name that may point anywhere. */
	assert_int_equal(status_of(r, true), 200);
	r.host = "evil.example:8080";
	assert_int_equal(status_of(r, true), 403);
	r = good_get();
	r.origin = "http://evil.example";
	assert_int_equal(status_of(r, false), 403);
	r = good_get();
	r.method = "POST";
	assert_int_equal(status_of(r, false), 405);
	r.method = "OPTIONS";
	assert_int_equal(status_of(r, false), 405);
}

static void test_changes_come_from_the_page_itself(void **state)
{
	static const char *const origins[] = {NULL,
					      "null",
					      "http://127.0.0.1:8081",
					      "http://evil.example",
					      "https://127.0.0.1:8080",
					      "http://localhost:8080"};
	static const char *const types[] = {NULL, "text/plain", "application/jsonx",
					    "multipart/form-data"};
	struct sb_web_request r = good_post();

	(void)state;
	assert_int_equal(status_of(r, false), 200);
	r.fetch_site = NULL;
	r.content_type = "application/json; charset=utf-8";
	assert_int_equal(status_of(r, false), 200);
	for (size_t i = 0; i < SB_ARRAY_LEN(origins); i++) {
		r = good_post();
		r.origin = origins[i];
		assert_int_equal(status_of(r, false), 403);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(types); i++) {
		r = good_post();
		r.content_type = types[i];
		assert_int_equal(status_of(r, false), 415);
	}
	r = good_post();
	r.fetch_site = "same-site";
	assert_int_equal(status_of(r, false), 403);
	r = good_post();
	r.token = "x";
	assert_int_equal(status_of(r, false), 403);
	r = good_post();
	r.method = "GET";
	assert_int_equal(status_of(r, false), 405);
}

static void test_other_machines_need_a_token_of_ones_own(void **state)
{
	static const char *const far[] = {"0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080"};
	static const char *const bad[] = {"",	  "x", "127.0.0.1", "127.0.0.1:", "example.com:80",
					  "8080x"};
	struct sb_dashboard_options o = {0};
	struct sb_err err;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(far); i++) {
		err = (struct sb_err){0};
		o.address = far[i];
		assert_int_equal(sb_dashboard_check(&o, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		assert_non_null(strstr(err.msg, "--serve-token"));
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		o.address = bad[i];
		assert_int_equal(sb_dashboard_check(&o, &err), -1);
	}
	o.address = "8080";
	assert_int_equal(sb_dashboard_check(&o, &err), 0);
}

/* --- the stream --- */

static void test_stream_is_the_latest(void **state)
{
	struct sb_stream s;
	uint64_t at = 0, late = 0;
	char out[64], put[8];

	(void)state;
	sb_stream_init(&s, 16);
	assert_int_equal(sb_stream_get(&s, &at, out, sizeof(out)), 0);
	for (int i = 0; i < 100; i++) {
		size_t len = 0;
		ssize_t n;

		snprintf(put, sizeof(put), "<%05d>", i);
		sb_stream_put(&s, put, 7);
		while ((n = sb_stream_get(&s, &at, out + len, 3)) > 0)
			len += (size_t)n;
		assert_int_equal(len, 7);
		assert_memory_equal(out, put, 7);
	}
	assert_int_equal(sb_stream_get(&s, &late, out, sizeof(out)), -1);
	/* What is longer than all there is room for is had by nobody. */
	sb_stream_put(&s, "0123456789abcdefghij", 20);
	assert_int_equal(sb_stream_get(&s, &at, out, sizeof(out)), -1);
	at = s.end;
	sb_stream_put(&s, "x", 1);
	assert_int_equal(sb_stream_get(&s, &at, out, sizeof(out)), 1);
	sb_stream_fini(&s);
}

/* --- served --- */

static char *some_state(void *arg)
{
	(void)arg;
	return sb_strdup("{\"kind\":\"run\"}");
}

static int note_act(void *arg, const char *json, size_t len, struct sb_err *err)
{
	char **seen = arg;

	*seen = sb_asprintf("%.*s", (int)len, json);
	return strstr(*seen, "bad") ? sb_fail(err, SB_EINPUT, 0, "that is bad") : 0;
}

static struct sb_dashboard *open_one(char **seen)
{
	const struct sb_dashboard_options o = {.address = "127.0.0.1:0",
					       .title = "t",
					       .state = some_state,
					       .act = note_act,
					       .arg = seen};
	struct sb_dashboard *d;
	struct sb_err err = {0};

	assert_int_equal(sb_dashboard_open(&o, &d, &err), 0);
	return d;
}

static int dial(const struct sb_dashboard *d, int room)
{
	const char *port = strrchr(sb_dashboard_url(d), ':') + 1;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtol(port, NULL, 10)),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Until @what has come, or the other end has closed, or 5 s are over. */
static bool hear(struct sb_dashboard *d, int fd, const char *what, char *out, size_t size)
{
	int64_t until_ns = sb_mono_ns() + 5 * SB_NS_PER_S;
	size_t len = 0;
	ssize_t n = -1;

	out[0] = '\0';
	while (sb_mono_ns() < until_ns && n != 0 && !strstr(out, what)) {
		sb_dashboard_serve(d);
		n = recv(fd, out + len, size - 1 - len, MSG_DONTWAIT);
		if (n > 0)
			len += (size_t)n;
		out[len] = '\0';
	}
	return strstr(out, what) != NULL;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void ask(const struct sb_dashboard *d, int fd, const char *method, const char *path,
		const char *more)
{
	sb_auto_free char *text = sb_asprintf("%s %s%s HTTP/1.1\r\nHost: localhost:1\r\n%s\r\n",
					      method, path, strchr(sb_dashboard_url(d), '?'), more);

	say(fd, text);
}

static void test_events_arrive(void **state)
{
	struct sb_dashboard *d = open_one(NULL);
	char out[65536];
	int fd = dial(d, 0);

	(void)state;
	ask(d, fd, "GET", "/events", "");
	assert_true(hear(d, fd, "data: {\"kind\":\"run\"}\n\n", out, sizeof(out)));
	assert_non_null(strstr(out, "text/event-stream"));
	assert_null(strstr(out, "Access-Control"));
	assert_int_equal(sb_dashboard_viewers(d), 1);
	sb_dashboard_publish(d, "row", "{\"n\":1}");
	assert_true(hear(d, fd, "event: row\ndata: {\"n\":1}\n\n", out, sizeof(out)));
	close(fd);
	sb_dashboard_close(d);
}

/* However much is told, telling it goes on at once; the one that does not read is ended. */
static void test_stuck_pages_hold_nobody(void **state)
{
	struct sb_dashboard *d = open_one(NULL);
	sb_auto_free char *long_text = sb_alloc(4001, 1);
	char out[65536];
	int stuck = dial(d, 1024), fd = dial(d, 0);

	(void)state;
	memset(long_text, 'x', 4000);
	ask(d, stuck, "GET", "/events", "");
	ask(d, fd, "GET", "/events", "");
	assert_true(hear(d, fd, "\n\n", out, sizeof(out)));
	assert_int_equal(sb_dashboard_viewers(d), 2);
	for (int i = 0; i < 20000 && sb_dashboard_viewers(d) == 2; i++) {
		sb_dashboard_publish(d, "row", long_text);
		sb_dashboard_serve(d);
		while (recv(fd, out, sizeof(out), MSG_DONTWAIT) > 0)
			sb_dashboard_serve(d);
	}
	assert_int_equal(sb_dashboard_viewers(d), 1);
	sb_dashboard_publish(d, "last", "{}");
	assert_true(hear(d, fd, "event: last", out, sizeof(out)));
	close(fd);
	close(stuck);
	sb_dashboard_close(d);
}

static void test_idle_connections_keep_nobody_out(void **state)
{
	struct sb_dashboard *d = open_one(NULL);
	int idle[200], viewer = dial(d, 0), fd;
	char out[65536];

	(void)state;
	ask(d, viewer, "GET", "/events", "");
	assert_true(hear(d, viewer, "data", out, sizeof(out)));
	for (size_t i = 0; i < SB_ARRAY_LEN(idle); i++) {
		idle[i] = dial(d, 0);
		if (i % 20 == 19)
			sb_dashboard_serve(d);
	}
	fd = dial(d, 0);
	ask(d, fd, "GET", "/report", "");
	assert_true(hear(d, fd, "the report is not there yet", out, sizeof(out)));
	/* Nor do they end a page that listens. */
	sb_dashboard_publish(d, "row", "{\"still\":1}");
	assert_true(hear(d, viewer, "still", out, sizeof(out)));
	for (size_t i = 0; i < SB_ARRAY_LEN(idle); i++)
		close(idle[i]);
	close(fd);
	close(viewer);
	sb_dashboard_close(d);
}

static void test_what_is_asked(void **state)
{
	static const char headers[] = "Origin: http://localhost:1\r\nContent-Type: "
				      "application/json\r\nContent-Length: %zu\r\n";
	char *seen = NULL, out[65536];
	struct sb_dashboard *d = open_one(&seen);
	sb_auto_free char *more = sb_asprintf(headers, (size_t)9),
			  *much = sb_asprintf(headers, (size_t)5000);
	sb_auto_free char *body = sb_alloc(5001, 1);
	int fd = dial(d, 0);

	(void)state;
	ask(d, fd, "POST", "/act", more);
	say(fd, "{\"a\":");
	for (int i = 0; i < 20; i++)
		sb_dashboard_serve(d);
	say(fd, "123}");
	assert_true(hear(d, fd, "done", out, sizeof(out)));
	assert_non_null(strstr(out, " 202 "));
	assert_string_equal(seen, "{\"a\":123}");
	free(seen);
	ask(d, fd, "POST", "/act", more);
	say(fd, "{\"bad\":1}");
	assert_true(hear(d, fd, "that is bad", out, sizeof(out)));
	assert_non_null(strstr(out, " 400 "));
	free(seen);
	seen = NULL;
	ask(d, fd, "POST", "/act", much);
	memset(body, 'x', 5000);
	say(fd, body);
	assert_true(hear(d, fd, "too long", out, sizeof(out)));
	assert_null(seen);
	close(fd);
	sb_dashboard_close(d);
}

static void test_a_port_is_not_shared(void **state)
{
	struct sb_dashboard *d = open_one(NULL), *other;
	sb_auto_free char *address =
	    sb_asprintf("127.0.0.1:%ld", strtol(strrchr(sb_dashboard_url(d), ':') + 1, NULL, 10));
	const struct sb_dashboard_options o = {
	    .address = address, .title = "t", .state = some_state};
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_dashboard_open(&o, &other, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	sb_dashboard_close(d);
	/* As soon as the one has gone the other may have it. */
	assert_int_equal(sb_dashboard_open(&o, &other, &err), 0);
	sb_dashboard_close(other);
}

static void test_children_do_not_listen(void **state)
{
	struct sb_dashboard *d = open_one(NULL);
	struct sb_err err = {0};
	char out[65536];
	int viewer = dial(d, 0), status;
	pid_t pid;

	(void)state;
	ask(d, viewer, "GET", "/events", "");
	assert_true(hear(d, viewer, "data", out, sizeof(out)));
	pid = sb_ns_fork(geteuid() != 0, &err);
	if (pid == 0) {
		int type = 0, sockets = 0;
		socklen_t len = sizeof(type);

		/* This test's own end of the connection is the one that may be there. */
		for (int fd = 0; fd < 64; fd++)
			if (fd != viewer && !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &type, &len) &&
			    type == AF_INET)
				sockets++;
		_exit(sockets);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(viewer);
	sb_dashboard_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_is_whole),
	    cmocka_unit_test(test_tokens_differ),
	    cmocka_unit_test(test_token_of_a_file),
	    cmocka_unit_test(test_reading_needs_token_and_host),
	    cmocka_unit_test(test_changes_come_from_the_page_itself),
	    cmocka_unit_test(test_other_machines_need_a_token_of_ones_own),
	    cmocka_unit_test(test_stream_is_the_latest),
	    cmocka_unit_test(test_events_arrive),
	    cmocka_unit_test(test_stuck_pages_hold_nobody),
	    cmocka_unit_test(test_idle_connections_keep_nobody_out),
	    cmocka_unit_test(test_what_is_asked),
	    cmocka_unit_test(test_a_port_is_not_shared),
	    cmocka_unit_test(test_children_do_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
