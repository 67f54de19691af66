// SPDX-License-Identifier: MIT
/* test_container_api_client.c - recorded and damaged dialogues: a clear error each, in time, nothing
 * leaked */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "api_fake.h"
#include "container_api/container_api_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define PATIENCE_MS \
	2000 /* of a daemon that is silent, and of one that a busy machine keeps waiting */

#define OTHERWISE               \
	{                       \
		.request = NULL \
	}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static struct sb_daemon *open_fake(struct api_fake *f)
{
	struct sb_daemon_address a = api_fake_address(f);
	struct sb_err err = {0};
	struct sb_daemon *d;

	if (sb_daemon_open(&a, &d, &err))
		fail_msg("%s", err.msg);
	return d;
}

static void expect_words(const struct sb_err *err, enum sb_code code, const char *words)
{
	if (err->code != code || !strstr(err->msg, words))
		fail_msg("no \"%s\" (kind %d) in (%d): %s", words, code, err->code, err->msg);
	/* No word of a daemon may move the reader's cursor. */
	for (const char *c = err->msg; *c; c++)
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
}

/* Opening a daemon that answers so must fail in time, with these words, and leave nothing open. */
static void expect_open_fails(const struct api_answer *answers, enum sb_code code,
			      const char *words)
{
	unsigned int before = count_fds();
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon_address a = api_fake_address(f);
	int64_t start = sb_mono_ns();
	struct sb_daemon *d = NULL;
	struct sb_err err = {0};

	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	assert_null(d);
	expect_words(&err, code, words);
	assert_non_null(strstr(err.msg, a.url));
	assert_true(sb_mono_ns() - start < 5 * SB_NS_PER_S);
	api_fake_stop(f);
	assert_int_equal(count_fds(), before);
}

static void test_docker_introduces_itself(void **state)
{
	const struct api_answer answers[] = {OTHERWISE};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f), *second;
	const struct sb_daemon_info *i = sb_daemon_info(d);
	struct sb_err err = {0};
	char *seen;

	(void)state;
	assert_false(i->podman);
	assert_true(i->rootless);
	assert_string_equal(i->api_version, "1.41");
	assert_string_equal(i->server_version, "20.10.24+dfsg1");
	assert_string_equal(i->cgroup_version, "2");
	assert_string_equal(i->storage_driver, "overlay2");
	assert_string_equal(i->root_dir, "/var/lib/docker");
	assert_string_equal(i->origin, "a test");
	assert_string_equal(sb_daemon_engine(i), "docker-rootless");
	assert_null(i->libpod);
	/* one more connection asks nothing */
	assert_int_equal(sb_daemon_again(d, &second, &err), 0);
	sb_daemon_close(d);
	assert_string_equal(sb_daemon_info(second)->api_version, "1.41");
	assert_non_null(sb_daemon_info(second)->info);
	sb_daemon_close(second);
	seen = api_fake_seen(f);
	assert_string_equal(seen, "GET /version HTTP/1.1\nGET /v1.41/info HTTP/1.1\n");
	free(seen);
	api_fake_stop(f);
}

static void test_podman_introduces_itself(void **state)
{
	const struct api_answer answers[] = {OTHERWISE};
	struct api_fake *f = api_fake_start(answers, true);
	struct sb_daemon *d = open_fake(f);

	(void)state;
	assert_true(sb_daemon_info(d)->podman);
	assert_true(sb_daemon_info(d)->rootless);
	assert_non_null(sb_daemon_info(d)->libpod);
	assert_string_equal(sb_daemon_title(sb_daemon_info(d)), "rootless Podman");
	sb_daemon_close(d);
	api_fake_stop(f);
}

static void expect_version(const char *newest, const char *oldest, const char *wanted)
{
	char *text = sb_asprintf(API_JSON("{\"ApiVersion\":\"%s\",\"MinAPIVersion\":\"%s\"}"),
				 newest, oldest);
	const struct api_answer answers[] = {{.request = "GET /version", .bytes = text}, OTHERWISE};
	struct api_fake *f;
	struct sb_daemon *d;

	if (*wanted == '1') {
		f = api_fake_start(answers, false);
		d = open_fake(f);
		assert_string_equal(sb_daemon_info(d)->api_version, wanted);
		sb_daemon_close(d);
		api_fake_stop(f);
	} else {
		expect_open_fails(answers, SB_EENGINE, wanted);
	}
	free(text);
}

static void test_versions(void **state)
{
	(void)state;
	expect_version("1.41", "1.12", "1.41");
	expect_version("1.44", "1.24", "1.44");
	expect_version("1.51", "1.44", "1.47");
	expect_version("2.0", "1.44", "1.47");
	expect_version("1.40", "1.12", "satbed needs 1.41 or newer: Docker 20.10, Podman 4.3");
	expect_version("1.60", "1.50", "serves Engine API 1.50 and newer only");
	expect_version("new", "1.12", "not a container daemon");
	expect_version("1.41x", "1.12", "not a container daemon");
	expect_version("", "", "not a container daemon");
}

static void test_damaged_answers(void **state)
{
	static const struct {
		const char *bytes, *words;
	} cases[] = {
	    {"", "closed the connection"},
	    {"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"},
	    {"HTTP/1.1 200 OK\r\nContent-Le", "closed the connection"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ApiVersion\":\"1.4",
	     "closed the connection"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"ApiVersion\":\"1.4",
	     "closed the connection"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", "hexadecimal"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
	     "<html>\033[2Jproxy login</html>",
	     "not JSON (text/html): \"<html>?[2Jproxy login</html>\""},
	    {API_JSON("{\"ApiVersion\":\"1.41\""), "not JSON (application/json)"},
	    {API_JSON("{\"ApiVersion\":\"1.41\"}{}"), "not JSON"},
	    {API_JSON("[]"), "not a container daemon"},
	    {API_JSON("{\"ApiVersion\":1.41}"), "not a container daemon"},
	    {"HTTP/1.1 301 Moved\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n",
	     "status 301"},
	    {API_STATUS("500 Oops", "{\"message\":\"dial \\u001b]0;x\\u0007\"}"),
	     "refused (status 500): dial ?]0;x?"},
	    {API_STATUS("500 Oops", ""), "no reason given"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		const struct api_answer answers[] = {
		    {.request = "GET /version", .bytes = cases[i].bytes}, OTHERWISE};

		expect_open_fails(answers, SB_EENGINE, cases[i].words);
	}
}

static void test_slow_and_silent_daemons(void **state)
{
	const struct api_answer silent[] = {{.request = "GET /version", .bytes = "", .hang = true},
					    OTHERWISE};
	const struct api_answer half[] = {
	    {.request = "GET /info", .bytes = API_JSON("{\"Driver\":"), .hang = true}, OTHERWISE};
	const struct api_answer slow[] = {{.request = "GET /version",
					   .bytes = API_JSON("{\"ApiVersion\":\"1.41\"}"),
					   .pause_ms = 50},
					  OTHERWISE};

	(void)state;
	expect_open_fails(silent, SB_EENGINE, "did not finish its response within");
	expect_open_fails(half, SB_EENGINE, "did not finish its response within");
	/* A byte now and then does not count as an answer. */
	expect_open_fails(slow, SB_EENGINE, "did not finish its response within");
}

static void test_endless_answers(void **state)
{
	char block[4097];
	const struct api_answer body[] = {
	    {.request = "GET /version", .bytes = API_JSON("["), .tail = block, .again = 1000000},
	    OTHERWISE};
	const struct api_answer head[] = {{.request = "GET /version",
					   .bytes = "HTTP/1.1 200 OK\r\n",
					   .tail = "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
					   .again = 1000000},
					  OTHERWISE};

	(void)state;
	memset(block, '1', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	/* Here time is what the copying takes. */
	setenv("SATBED_DAEMON_PATIENCE_MS", "4000", 1);
	expect_open_fails(body, SB_EENGINE, "more than 32 MiB");
	expect_open_fails(head, SB_EENGINE, "a head without end");
}

static void test_nobody_listens(void **state)
{
	struct sb_daemon_address a = {.origin = "default socket of Docker"};
	struct sb_daemon *d;
	struct sb_err err = {0};
	char dir[] = "/tmp/satbed-none-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/docker.sock", dir);
	snprintf(a.url, sizeof(a.url), "unix://%s", path);
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EENV, "the socket does not exist");
	expect_words(&err, SB_EENV, "start it, or name another one");
	expect_words(&err, SB_EENV, "default socket of Docker");
	/* a file that is no socket */
	fclose(fopen(path, "w"));
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	unlink(path);
	/* a socket whose daemon has died */
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EENV, "nothing listens on this socket");
	unlink(path);
	rmdir(dir);
	strcpy(a.url, "unix:///run/satbed-test-none/docker.sock");
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EENV, "sudo systemctl start docker");
	strcpy(a.url, "unix:///run/user/4711/podman/podman.sock");
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EENV, "systemctl --user start podman.socket");
}

static void test_addresses_that_cannot_be(void **state)
{
	static const struct {
		const char *url, *words;
	} cases[] = {
	    {"unix://docker.sock", "absolute path"},
	    {"tcp://", "not the address of a daemon"},
	    {"tcp://host", "not the address of a daemon"},
	    {"tcp://host:1/../x", "not the address of a daemon"},
	    {"tcp://u@host:1", "not the address of a daemon"},
	    {"tcp://host:1\r\nX: y", "not the address of a daemon"},
	    {"ssh://far.example", "ssh -nNT"},
	    {"npipe:////./pipe/docker", "expected unix://"},
	};
	struct sb_daemon_address a = {.origin = "a test"};
	struct sb_daemon *d;
	struct sb_err err = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		strcpy(a.url, cases[i].url);
		assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		assert_non_null(strstr(err.msg, cases[i].words));
	}
	memset(a.url, 'x', sizeof(a.url) - 1);
	memcpy(a.url, "unix:///", 8);
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EINPUT, "at most 107 bytes");
}

static void test_tls_without_its_files(void **state)
{
	struct sb_daemon_address a = {
	    .url = "tcp://127.0.0.1:1", .tls = true, .cert_path = "/nonexistent"};
	struct sb_daemon *d;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_daemon_open(&a, &d, &err), -1);
	expect_words(&err, SB_EINPUT, "TLS needs /nonexistent/ca.pem");
	expect_words(&err, SB_EINPUT, "DOCKER_CERT_PATH");
}

static void test_calls(void **state)
{
	const struct api_answer answers[] = {
	    {.request = "POST /containers/create?name=a%2Fb",
	     .bytes = API_STATUS("201 Created", "{\"Id\":\"abc\"}")},
	    {.request = "POST /containers/abc/start",
	     .bytes = "HTTP/1.1 204 No Content\r\n\r\n",
	     .keep = true},
	    {.request = "POST /containers/twice",
	     .bytes = API_STATUS("409 Conflict", "{\"message\":\"in use\"}")},
	    {.request = "DELETE /libpod/x", .bytes = API_JSON("")},
	    OTHERWISE,
	};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f);
	cJSON *body = cJSON_Parse("{\"Image\":\"x\"}"), *out;
	char *name = sb_daemon_escape("a/b"),
	     *path = sb_asprintf("/containers/create?name=%s", name);
	struct sb_err err = {0};
	char *seen;

	(void)state;
	assert_int_equal(sb_daemon_call(d, "POST", path, body, 1000, &out, &err), 201);
	assert_string_equal(cJSON_GetObjectItem(out, "Id")->valuestring, "abc");
	assert_int_equal(api_fake_body_bytes(f), strlen("{\"Image\":\"x\"}"));
	cJSON_Delete(out);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    sb_daemon_call(d, "POST", "/containers/abc/start", NULL, 1000, &out, &err),
		    204);
		assert_null(out);
	}
	assert_int_equal(sb_daemon_call(d, "POST", "/containers/twice", NULL, 1000, NULL, &err),
			 409);
	expect_words(&err, SB_EENGINE, "in use");
	assert_int_equal(sb_daemon_call(d, "GET", "/none", NULL, 1000, &out, &err), 404);
	expect_words(&err, SB_EENGINE, "page not found");
	assert_int_equal(sb_daemon_call(d, "DELETE", "/libpod/x", NULL, 1000, &out, &err), 200);
	seen = api_fake_seen(f);
	assert_non_null(strstr(seen, "DELETE /v4.0.0/libpod/x HTTP/1.1\n"));
	free(seen);
	sb_daemon_close(d);
	api_fake_stop(f);
	cJSON_Delete(body);
	free(name);
	free(path);
}

/* A daemon that was restarted between two calls is simply called again. */
static void test_a_connection_that_was_closed_meanwhile(void **state)
{
	const struct api_answer answers[] = {
	    {.request = "GET /x", .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	    OTHERWISE,
	};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f);
	struct sb_err err = {0};
	cJSON *out;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sb_daemon_call(d, "GET", "/x", NULL, 1000, &out, &err), 200);
		cJSON_Delete(out);
	}
	sb_daemon_close(d);
	api_fake_stop(f);
}

static const char *const found_image = API_JSON("{\"Id\":\"sha256:77\"}");

static void expect_pull(const struct api_answer *answers, bool podman, const char *words)
{
	unsigned int before = count_fds();
	struct api_fake *f = api_fake_start(answers, podman);
	struct sb_daemon *d = open_fake(f);
	struct sb_err err = {0};
	int64_t start = sb_mono_ns();
	int rc = sb_daemon_pull(d, "ubuntu:22.04", NULL, NULL, &err);

	if (!words && rc)
		fail_msg("%s", err.msg);
	if (words) {
		assert_int_equal(rc, -1);
		expect_words(&err, SB_EENGINE, words);
		/* what to do about it */
		expect_words(&err, SB_EENGINE, "the image ubuntu:22.04 could not be pulled");
		expect_words(&err, SB_EENGINE, "mirror.example");
		expect_words(&err, SB_EENGINE,
			     podman ? "~/.config/containers/registries.conf"
				    : "~/.config/docker/daemon.json");
		expect_words(&err, SB_EENGINE,
			     podman ? "systemctl --user restart podman"
				    : "systemctl --user restart docker");
		expect_words(&err, SB_EENGINE, "satbed image import");
	}
	assert_true(sb_mono_ns() - start < 5 * SB_NS_PER_S);
	sb_daemon_close(d);
	api_fake_stop(f);
	assert_int_equal(count_fds(), before);
}

/* Podman 5 joins a tag to the name, and refuses a name that has two then; before, it does not look at the tag. */
static void test_an_image_is_named_once(void **state)
{
	static const struct api_answer answers[] = {
	    {.request = "POST /images/create?fromSrc=-",
	     .bytes =
		 API_JSON("{\"status\":\"sha256:4d2d168b50f7926987c96dd2f8abe3d6b7c9b985bba3fc3"
			  "95bb5e97e3965f6c6\"}\n")},
	    {.request = "POST /images/sha256", .bytes = API_JSON("")},
	    {.request = "GET /images/", .bytes = API_JSON("{\"Id\":\"sha256:77\"}")},
	    {0}};
	const struct sb_tar_entry entry = {.path = "x", .mode = 0755, .data = "x", .len = 1};

	(void)state;
	for (int podman = 0; podman < 2; podman++) {
		struct api_fake *f = api_fake_start(answers, podman);
		struct sb_daemon *d = open_fake(f);
		struct sb_err err = {0};
		char *id = NULL, *seen;

		if (sb_daemon_make_image(d, "localhost/made", &entry, 1, NULL, &id, &err))
			fail_msg("%s", err.msg);
		seen = api_fake_seen(f);
		assert_non_null(strstr(seen, podman ? "?fromSrc=-&repo=localhost%2Fmade%3Alatest "
						    : "&repo=localhost%2Fmade&tag=latest"));
		free(seen);
		free(id);
		sb_daemon_close(d);
		api_fake_stop(f);
	}
}

static void test_pulls(void **state)
{
	static const char pull[] = "POST /images/create?fromImage=ubuntu&tag=22.04 ";
	struct api_answer answers[] = {
	    {.request = pull,
	     .bytes =
		 API_JSON("{\"status\":\"Pulling\"}\r\n{\"status\":\"Status: Downloaded\"}\r\n")},
	    {.request = "GET /images/ubuntu%3A22.04/json", .bytes = found_image},
	    OTHERWISE,
	};

	(void)state;
	expect_pull(answers, false, NULL);
	expect_pull(answers, true, NULL);
	answers[0].bytes = API_JSON("{\"error\":\"toomanyrequests\",\"errorDetail\":{\"message\":"
				    "\"toomanyrequests: slow down\"}}\r\n");
	expect_pull(answers, false, "toomanyrequests: slow down");
	expect_pull(answers, true, "toomanyrequests: slow down");
	answers[0].bytes = API_STATUS("404 Not Found", "{\"message\":\"manifest unknown\"}");
	expect_pull(answers, false, "refused (status 404): manifest unknown");
	answers[0].bytes = API_JSON("<html>login</html>\n");
	expect_pull(answers, false, "unknown progress data: \"<html>login</html>\"");
	answers[0].bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			   "15\r\n{\"status\":\"Pulling\"}\n\r\n15\r\n{\"stat";
	expect_pull(answers, false, "closed the connection");
	/* stalls after its first words, and before them */
	answers[0].bytes = API_JSON("{\"status\":\"Pulling\"}\n");
	answers[0].hang = true;
	expect_pull(answers, false, "no data from");
	answers[0].bytes = "";
	expect_pull(answers, true, "no data from");
	/* done by its own word, and yet not there */
	answers[0].bytes = API_JSON("{\"status\":\"Status: Downloaded\"}\r\n");
	answers[0].hang = false;
	answers[1].bytes = API_STATUS("404 Not Found", "{\"message\":\"no such image\"}");
	expect_pull(answers, false, "does not have the image");
}

/* The mirror that it has is not named; one that only the other Docker's file has is, with that
 * file. */
static void test_mirrors_of_the_other_docker(void **state)
{
	static const struct {
		const char *json;
		bool told;
	} cases[] = {
	    {"{\"registry-mirrors\":[\"https://mirror.example\",\"http://other.example:5000\"]}",
	     true},
	    {"{\"registry-mirrors\":[\"https://mirror.example\"]}", false},
	    {"{\"registry-mirrors\":[7,null,{}]}", false},
	    {"{\"registry-mirrors\":\"https://x.example\"}", false},
	    {"[", false},
	    {"", false},
	};
	static const struct api_answer answers[] = {OTHERWISE};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f);
	char path[] = "/tmp/satbed-other-XXXXXX", wanted[256];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ssize_t len = (ssize_t)strlen(cases[i].json);
		struct sb_err err = {.msg = "it failed"};

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, cases[i].json, (size_t)len, 0), len);
		sb_daemon_other_mirrors(d, path, &err);
		if (!cases[i].told) {
			assert_string_equal(err.msg, "it failed");
			continue;
		}
		snprintf(
		    wanted, sizeof(wanted),
		    "it failed\nthe mirror http://other.example:5000 in %s is the root daemon's: "
		    "the rootless one does not read that file",
		    path);
		assert_memory_equal(err.msg, wanted, strlen(wanted));
	}
	close(fd);
	unlink(path);
	sb_daemon_close(d);
	api_fake_stop(f);
}

static void test_a_pull_by_digest_asks_for_that(void **state)
{
	const struct api_answer answers[] = {
	    {.request = "POST /images/create", .bytes = API_JSON("{\"status\":\"x\"}\n")},
	    {.request = "GET /images/", .bytes = found_image},
	    OTHERWISE,
	};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f);
	struct sb_err err = {0};
	char *seen;

	(void)state;
	assert_int_equal(sb_daemon_pull(d, "r.example:5000/u:1@sha256:ab", NULL, NULL, &err), 0);
	assert_int_equal(sb_daemon_pull(d, "x&y", NULL, NULL, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	seen = api_fake_seen(f);
	assert_non_null(
	    strstr(seen, "create?fromImage=r.example%3A5000%2Fu&tag=sha256%3Aab HTTP/1.1\n"));
	assert_null(strstr(seen, "fromImage=x"));
	free(seen);
	sb_daemon_close(d);
	api_fake_stop(f);
}

static void test_files_both_ways(void **state)
{
	static const char refusal[] =
	    API_STATUS("404 Not Found", "{\"message\":\"No such container: c\"}");
	struct api_answer answers[] = {
	    {.request = "PUT /containers/c/archive?path=%2F.satbed", .bytes = API_JSON("")},
	    {.request = "GET /containers/c/archive", .bytes = API_JSON("no tar at all")},
	    {.request = "PUT", .bytes = refusal},
	    OTHERWISE,
	};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_daemon *d = open_fake(f);
	size_t len = 5 << 20;
	char *data = sb_alloc(1, len);
	const struct sb_tar_entry entry = {"node", 0755, data, len};
	struct sb_err err = {0};

	(void)state;
	if (sb_daemon_upload(d, "c", "/.satbed", &entry, 1, &err))
		fail_msg("%s", err.msg);
	assert_in_range(api_fake_body_bytes(f), len, len + 16384);
	assert_int_equal(sb_daemon_upload(d, "x", "/", &entry, 1, &err), -1);
	expect_words(&err, SB_EENGINE, "putting files into container x");
	expect_words(&err, SB_EENGINE, "No such container: c");
	assert_int_equal(sb_daemon_download(d, "c", "/out", NULL, NULL, &err), -1);
	expect_words(&err, SB_EENGINE, "damaged");
	sb_daemon_close(d);
	api_fake_stop(f);
	free(data);
}

#define UPGRADED	   "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define FRAME(stream, len) stream "\0\0\0\0\0\0" len

static struct sb_attachments *attach(struct api_fake *f, int *fd, struct sb_err *err)
{
	struct sb_daemon *d = open_fake(f);
	struct sb_attachments *a;

	assert_int_equal(sb_attachments_open(d, &a, err), 0);
	sb_daemon_close(d); /* the streams do not need it */
	*fd = -1;
	if (sb_attachments_add(a, "c", fd, err)) {
		sb_attachments_close(a);
		return NULL;
	}
	return a;
}

static size_t read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = recv(fd, buf + len, size - 1 - len, 0)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return len;
}

/* Output that comes in one packet with the head, and an end in mid-frame. */
static void test_an_attach_stream_is_taken_apart(void **state)
{
	static const char bytes[] = UPGRADED FRAME("\1", "\3") "{}\n" FRAME(
	    "\2", "\6") "alas\r\n" FRAME("\1", "\2") "xy" FRAME("\1", "\7") "cut";
	const struct api_answer answers[] = {
	    {.request = "POST /containers/c/attach?", .bytes = bytes, .len = sizeof(bytes) - 1},
	    OTHERWISE};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_err err = {0};
	struct sb_attachments *a;
	char buf[64], *complaint;
	int fd;

	(void)state;
	a = attach(f, &fd, &err);
	if (!a)
		fail_msg("%s", err.msg);
	read_whole(fd, buf, sizeof(buf));
	assert_string_equal(buf, "{}\nxycut");
	complaint = sb_attachments_stderr(a, "c");
	assert_string_equal(complaint, "alas?\n");
	free(complaint);
	complaint = sb_attachments_stderr(a, "unknown");
	assert_string_equal(complaint, "");
	free(complaint);
	close(fd);
	sb_attachments_close(a);
	api_fake_stop(f);
}

/* What comes in goes out again, framed; after its end, one last word. */
static void play_echo(int fd)
{
	unsigned char buf[8 + 3000];
	ssize_t n;

	send(fd, UPGRADED, strlen(UPGRADED), MSG_NOSIGNAL);
	while ((n = recv(fd, buf + 8, sizeof(buf) - 8, 0)) > 0) {
		memcpy(buf, "\1\0\0\0\0\0\0\0", 8);
		buf[6] = (unsigned char)(n >> 8);
		buf[7] = (unsigned char)n;
		for (ssize_t at = 0, sent; at < n + 8; at += sent)
			if ((sent = send(fd, buf + at, (size_t)(n + 8 - at), MSG_NOSIGNAL)) <= 0)
				return;
	}
	send(fd, FRAME("\1", "\3") "bye", 11, MSG_NOSIGNAL);
}

/* Both sides press, neither reads for a while: no byte may be lost, and no one may wait for ever.
 */
static void test_back_pressure_and_half_close(void **state)
{
	const struct api_answer answers[] = {
	    {.request = "POST /containers/c/attach", .play = play_echo}, OTHERWISE};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_err err = {0};
	size_t total = 8 << 20, out = 0, in = 0;
	struct sb_attachments *a;
	bool rested = false;
	int fd;

	(void)state;
	a = attach(f, &fd, &err);
	assert_non_null(a);
	while (in < total) {
		unsigned char buf[10000];
		ssize_t n = 0;

		if (out < total) {
			for (size_t i = 0; i < sizeof(buf); i++)
				buf[i] = (unsigned char)((out + i) * 2654435761u >> 11);
			n = send(fd, buf, total - out < sizeof(buf) ? total - out : sizeof(buf),
				 MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n > 0) {
				out += (size_t)n;
				continue;
			}
			/* Everything is full now; let it stay so for a moment. */
			if (!rested)
				usleep(100000);
			rested = true;
		}
		n = recv(fd, buf, sizeof(buf), 0);
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(buf[i],
					 (unsigned char)((in + (size_t)i) * 2654435761u >> 11));
		in += (size_t)n;
	}
	assert_true(rested);
	shutdown(fd, SHUT_WR);
	char last[16];

	read_whole(fd, last, sizeof(last));
	assert_string_equal(last, "bye");
	close(fd);
	sb_attachments_close(a);
	api_fake_stop(f);
}

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * SB_NS_PER_S + ts.tv_nsec;
}

/* Nobody reads what it sends; and then the near end is gone for good: both cost nothing. */
static void test_idle_and_stuck_streams_sleep(void **state)
{
	static const char bytes[] = UPGRADED FRAME("\1", "\1") "x";
	char block[8001];
	const struct api_answer stuck[] = {{.request = "POST /containers/c/attach",
					    .bytes = bytes,
					    .len = sizeof(bytes) - 1,
					    .hang = true},
					   OTHERWISE};
	const char flood_head[] = UPGRADED "\1\0\0\0\x7f\0\0\0";
	const struct api_answer flood[] = {{.request = "POST /containers/c/attach",
					    .bytes = flood_head,
					    .len = sizeof(flood_head) - 1,
					    .tail = block,
					    .again = 1000,
					    .hang = true},
					   OTHERWISE};
	const struct api_answer *both[] = {stuck, flood};

	(void)state;
	memset(block, 'y', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		struct api_fake *f = api_fake_start(both[i], false);
		struct sb_err err = {0};
		struct sb_attachments *a;
		int64_t before;
		int fd;

		a = attach(f, &fd, &err);
		assert_non_null(a);
		usleep(100000); /* until it is full */
		before = cpu_ns();
		usleep(300000);
		assert_true(cpu_ns() - before < 50 * SB_NS_PER_MS);
		close(fd);
		usleep(100000); /* what still comes is dropped */
		before = cpu_ns();
		usleep(300000);
		assert_true(cpu_ns() - before < 50 * SB_NS_PER_MS);
		sb_attachments_close(a);
		api_fake_stop(f);
	}
}

static void test_attaching_that_fails(void **state)
{
	static const struct {
		const char *bytes, *words;
		bool hang;
	} cases[] = {
	    {"HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nNo "
	     "such "
	     "container: c\r\n",
	     "refused (status 404): No such container: c", false},
	    {API_STATUS("409 Conflict", "{\"message\":\"wrong state\"}\n"), "wrong state", false},
	    {"HTTP/1.1 500 Oops\r\nTransfer-Encoding: "
	     "chunked\r\n\r\n14\r\n{\"message\":\"alas\"}\n",
	     "refused (status 500): alas", true},
	    {"", "no response", false},
	    {"", "no response", true},
	    {"HTTP/1.1 101 UPGR", "incomplete response from the daemon", false},
	    {"HTTP/1.1 101 UPGR", "incomplete response from the daemon", true},
	    {"SSH-2.0\r\n\r\n", "not HTTP", false},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		const struct api_answer answers[] = {{.request = "POST /containers/c/attach",
						      .bytes = cases[i].bytes,
						      .hang = cases[i].hang},
						     OTHERWISE};
		unsigned int before = count_fds();
		struct api_fake *f = api_fake_start(answers, false);
		struct sb_err err = {0};
		int fd;

		assert_null(attach(f, &fd, &err));
		expect_words(&err, SB_EENGINE, "attaching to container c");
		expect_words(&err, SB_EENGINE, cases[i].words);
		api_fake_stop(f);
		assert_int_equal(count_fds(), before);
	}
}

/* Bytes that are no frames end the stream, and the reason can be asked for. */
static void test_a_stream_without_frames(void **state)
{
	const struct api_answer answers[] = {{.request = "POST /containers/c/attach",
					      .bytes = UPGRADED "panic: something\n",
					      .hang = true},
					     OTHERWISE};
	struct api_fake *f = api_fake_start(answers, false);
	struct sb_err err = {0};
	struct sb_attachments *a;
	char buf[8], *complaint;
	int fd;

	(void)state;
	a = attach(f, &fd, &err);
	assert_non_null(a);
	assert_int_equal(read_whole(fd, buf, sizeof(buf)), 0);
	complaint = sb_attachments_stderr(a, "c");
	assert_non_null(strstr(complaint, "not framed"));
	free(complaint);
	close(fd);
	sb_attachments_close(a);
	api_fake_stop(f);
}

static int shorten(void **state)
{
	char ms[16];

	(void)state;
	snprintf(ms, sizeof(ms), "%d", PATIENCE_MS);
	return setenv("SATBED_DAEMON_PATIENCE_MS", ms, 1);
}

static int lengthen(void **state)
{
	(void)state;
	return unsetenv("SATBED_DAEMON_PATIENCE_MS");
}

#define SHORT(f) cmocka_unit_test_setup_teardown(f, shorten, lengthen)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_docker_introduces_itself),
	    cmocka_unit_test(test_podman_introduces_itself),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_damaged_answers),
	    SHORT(test_slow_and_silent_daemons),
	    SHORT(test_endless_answers),
	    cmocka_unit_test(test_nobody_listens),
	    cmocka_unit_test(test_addresses_that_cannot_be),
	    cmocka_unit_test(test_tls_without_its_files),
	    cmocka_unit_test(test_calls),
	    cmocka_unit_test(test_a_connection_that_was_closed_meanwhile),
	    SHORT(test_an_image_is_named_once),
	    SHORT(test_pulls),
	    cmocka_unit_test(test_mirrors_of_the_other_docker),
	    cmocka_unit_test(test_a_pull_by_digest_asks_for_that),
	    cmocka_unit_test(test_files_both_ways),
	    cmocka_unit_test(test_an_attach_stream_is_taken_apart),
	    cmocka_unit_test(test_back_pressure_and_half_close),
	    cmocka_unit_test(test_idle_and_stuck_streams_sleep),
	    SHORT(test_attaching_that_fails),
	    cmocka_unit_test(test_a_stream_without_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
