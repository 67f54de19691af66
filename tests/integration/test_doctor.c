// SPDX-License-Identifier: MIT
/* test_doctor.c - time limits, daemons that hang or talk nonsense, mirrors that do */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_fake.h"
#include "doctor/findings.h"
#include "doctor/job.h"
#include "doctor/system/machine.h"
#include "doctor/daemons/mirrors.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

static cJSON *answer(const void *ctx)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "said", ctx);
	return o;
}

static cJSON *answer_much(const void *ctx)
{
	char *text = sb_alloc(300001, 1);

	(void)ctx;
	memset(text, 'x', 300000);
	return answer(text);
}

static cJSON *hang(const void *ctx)
{
	(void)ctx;
	sleep(600);
	return NULL;
}

static cJSON *die(const void *ctx)
{
	(void)ctx;
	abort();
}

static cJSON *let_child_answer(const void *ctx)
{
	pid_t pid = fork();

	if (pid == 0)
		sb_job_answer(answer(ctx));
	waitpid(pid, NULL, 0);
	return NULL;
}

static void test_jobs(void **state)
{
	struct sb_job jobs[] = {
	    {.what = "hang", .limit_ms = 300, .fn = hang},
	    {.what = "answer", .limit_ms = 5000, .fn = answer, .ctx = "a"},
	    {.what = "die", .limit_ms = 5000, .fn = die},
	    {.what = "child", .limit_ms = 5000, .fn = let_child_answer, .ctx = "b"},
	    {.what = "much", .limit_ms = 5000, .fn = answer_much},
	};
	struct sb_doctor_request request = {0};
	int64_t start_ns = sb_mono_ns();

	(void)state;
	assert_int_equal(sb_jobs_run(jobs, SB_ARRAY_LEN(jobs), &request, NULL), 0);
	assert_true(sb_mono_ns() - start_ns < 3 * SB_NS_PER_S);
	assert_null(jobs[0].answer);
	assert_true(jobs[0].late);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(jobs[1].answer, "said")), "a");
	assert_null(jobs[2].answer);
	assert_false(jobs[2].late);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(jobs[3].answer, "said")), "b");
	assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(jobs[4].answer, "said"))),
			 300000);
	/* Nobody is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	for (size_t i = 0; i < SB_ARRAY_LEN(jobs); i++)
		cJSON_Delete(jobs[i].answer);
}

static void test_programs_have_a_limit(void **state)
{
	const struct sb_machine *m = sb_machine_here();
	static const char *const says[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL};
	static const char *const hangs[] = {"sleep", "60", NULL};
	static const char *const none[] = {"satbed-no-such-program", NULL};
	int64_t start_ns = sb_mono_ns();
	char *out;

	(void)state;
	assert_int_equal(m->run(says, 5000, &out), 3);
	assert_string_equal(out, "out\nerr\n");
	free(out);
	assert_int_equal(m->run(hangs, 200, &out), -1);
	assert_null(out);
	assert_int_equal(m->run(none, 5000, &out), -1);
	assert_true(sb_mono_ns() - start_ns < 3 * SB_NS_PER_S);
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(sb_copy_str(a.sun_path, sizeof(a.sun_path), path), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void examine(const char *path, struct sb_diagnosis *d)
{
	sb_auto_free char *url = sb_asprintf("unix://%s", path);
	struct sb_doctor_request request = {.engine = url, .image = "ubuntu:22.04"};
	struct sb_err err = {0};

	*d = (struct sb_diagnosis){0};
	if (sb_doctor_examine(&request, d, &err))
		fail_msg("%s", err.msg);
}

/* It accepts and says nothing; it says nonsense; it has ended.  Each is one finding, in time. */
static void test_daemons_that_are_none(void **state)
{
	char dir[] = "/tmp/satbed-doctor-XXXXXX";
	sb_auto_free char *path = NULL;
	int64_t start_ns = sb_mono_ns();
	const struct sb_finding *f;
	struct sb_diagnosis d;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = sb_asprintf("%s/docker.sock", dir);
	fd = listen_at(path);
	examine(path, &d);
	assert_true(sb_mono_ns() - start_ns < 5 * SB_NS_PER_S);
	f = sb_find_any(&d, "daemon.broken", NULL);
	assert_non_null(f);
	assert_non_null(strstr(f->text, "no answer"));
	assert_int_equal(sb_diagnosis_status(&d), 3);
	sb_diagnosis_fini(&d);

	close(fd);
	examine(path, &d);
	assert_non_null(sb_find_any(&d, "daemon.refused", NULL));
	sb_diagnosis_fini(&d);
	unlink(path);
	examine(path, &d);
	f = sb_find_any(&d, "daemon.absent", NULL);
	assert_non_null(f);
	assert_int_equal(f->level, SB_LEVEL_FAIL);
	sb_diagnosis_fini(&d);
	rmdir(dir);
}

/* No string of the report may move a cursor or be no UTF-8. */
static void assert_clean(const cJSON *tree)
{
	for (const cJSON *item = tree->child; item; item = item->next) {
		if (cJSON_IsString(item)) {
			sb_auto_free char *copy = sb_strdup(item->valuestring);
			sb_auto_free char *clean = NULL;

			for (char *at = copy; (at = strchr(at, '\n')); at++)
				*at = ' ';
			clean = sb_clean(copy);
			assert_string_equal(copy, clean);
		}
		assert_clean(item);
	}
}

static void examine_fake(const struct api_answer *answers, bool podman, struct sb_diagnosis *d)
{
	struct api_fake *fake = api_fake_start(answers, podman);
	struct sb_daemon_address address = api_fake_address(fake);

	examine(address.url + strlen("unix://"), d);
	api_fake_stop(fake);
}

#define HOSTILE_INFO                                                                        \
	"{\"ID\":\"X\\u001b[2J\",\"ServerVersion\":\"\\u001b[2J20\",\"DockerRootDir\":\"/"  \
	"d\\u0000\\ne\","                                                                   \
	"\"Driver\":\"\xff\xfe\",\"OperatingSystem\":\"\\u009b31m\",\"Images\":-1,"         \
	"\"KernelVersion\":\"9.9\\r\",\"Architecture\":\"\\u0007\",\"SecurityOptions\":{}," \
	"\"RegistryConfig\":{\"Mirrors\":[7,null,\"http://127.0.0.1:1/\",\"file:///etc/"    \
	"passwd\"]}}"

static void test_hostile_daemon(void **state)
{
	static const struct api_answer answers[] = {
	    {.request = "GET /info", .bytes = API_JSON(HOSTILE_INFO)}, {.request = NULL}};
	struct sb_diagnosis d;
	char *text = NULL;
	cJSON *json;
	size_t len;
	FILE *to;

	(void)state;
	examine_fake(answers, false, &d);
	json = sb_diagnosis_json(&d);
	assert_clean(json);
	assert_non_null(sb_find_any(&d, "daemon.answers", NULL));
	assert_non_null(sb_find_any(&d, "daemon.mirror_dead", NULL));
	to = open_memstream(&text, &len);
	sb_diagnosis_text(&d, to, false);
	fclose(to);
	assert_null(strchr(text, 033));
	assert_null(strchr(text, '\r'));
	free(text);
	cJSON_Delete(json);
	sb_diagnosis_fini(&d);
}

/* Each answers something, and in the end is no daemon to run anything on; in time. */
static void test_damaged_daemons(void **state)
{
	static const struct api_answer cut[] = {
	    {.request = "GET /info",
	     .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"ID"},
	    {.request = NULL}};
	static const struct api_answer slow[] = {
	    {.request = "GET /info", .bytes = API_JSON("{}"), .pause_ms = 200, .hang = true},
	    {.request = NULL}};
	static const struct api_answer nonsense[] = {
	    {.request = "GET /version", .bytes = API_JSON("[[[[")}, {.request = NULL}};
	static const struct api_answer endless[] = {{.request = "GET /info",
						     .bytes = API_JSON("{\"ID\":\""),
						     .tail = "xxxxxxxxxxxxxxxx",
						     .again = 1u << 26},
						    {.request = NULL}};
	static const struct api_answer *const all[] = {cut, slow, nonsense, endless};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(all); i++) {
		int64_t start_ns = sb_mono_ns();
		struct sb_diagnosis d;

		examine_fake(all[i], false, &d);
		assert_true(sb_mono_ns() - start_ns < 5 * SB_NS_PER_S);
		if (!sb_find_any(&d, "daemon.broken", NULL))
			fail_msg("case %zu: taken for a daemon", i);
		assert_int_equal(sb_diagnosis_status(&d), 3);
		sb_diagnosis_fini(&d);
	}
}

/* It answers and has the image, but can make nothing: only the trial shows it. */
static void test_daemon_that_makes_nothing(void **state)
{
	static const struct api_answer answers[] = {
	    {.request = "GET /images/ubuntu%3A22.04/json",
	     .bytes = API_JSON("{\"Id\":\"sha256:1\"}")},
	    {.request = "GET /images/ubuntu:22.04/json",
	     .bytes = API_JSON("{\"Id\":\"sha256:1\"}")},
	    {.request = "POST /",
	     .bytes = API_STATUS("500 Internal Server Error",
				 "{\"message\":\"no space left on device\"}")},
	    {.request = NULL}};
	char dir[] = "/tmp/satbed-doctor-XXXXXX";
	sb_auto_free char *journal = NULL;
	const struct sb_finding *f;
	struct sb_diagnosis d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	examine_fake(answers, false, &d);
	/* The journal of what was not made has gone again; its folders are ours. */
	journal = sb_asprintf("%s/satbed/journal", dir);
	assert_int_equal(rmdir(journal), 0);
	*strrchr(journal, '/') = '\0';
	assert_int_equal(rmdir(journal), 0);
	assert_int_equal(rmdir(dir), 0);
	f = sb_find_any(&d, "trial.testbed", NULL);
	assert_non_null(f);
	assert_int_equal(f->level, SB_LEVEL_FAIL);
	assert_non_null(strstr(f->text, "no space left on device"));
	assert_int_equal(sb_diagnosis_status(&d), 3);
	sb_diagnosis_fini(&d);
}

static void test_podman_by_its_own_word(void **state)
{
	static const struct api_answer answers[] = {{.request = NULL}};
	struct sb_diagnosis d;
	const cJSON *row;

	(void)state;
	examine_fake(answers, true, &d);
	row = cJSON_GetArrayItem(d.daemons, 0);
	assert_non_null(strstr(cJSON_GetStringValue(cJSON_GetObjectItem(row, "engine")), "podman"));
	assert_non_null(sb_find_any(&d, "daemon.registries", NULL));
	sb_diagnosis_fini(&d);
}

/* By tc, which is no part of satbed; -1 where it is not there to be asked. */
static int kernel_has_netem(void)
{
	static const char *const add[] = {"unshare", "-rn",  "tc",    "qdisc", "add", "dev",
					  "lo",	     "root", "netem", "delay", "1ms", NULL};
	static const char *const see[] = {"unshare", "-rn", "tc", "-V", NULL};
	const struct sb_machine *m = sb_machine_here();
	sb_auto_free char *out = NULL, *added = NULL;

	if (m->run(see, 5000, &out))
		return -1;
	return !m->run(add, 5000, &added);
}

/* What is said of links is so: on a kernel with netem and on one without, whichever this is. */
static void examine_native(bool with_netem)
{
	struct sb_doctor_request request = {.engine = "native", .image = "ubuntu:22.04"};
	const struct sb_finding *netem, *trial;
	struct sb_diagnosis d = {0};
	struct sb_err err = {0};

	if (kernel_has_netem() != with_netem)
		skip();
	if (sb_doctor_examine(&request, &d, &err))
		fail_msg("%s", err.msg);
	netem = sb_find_any(&d, "links.netem", NULL);
	trial = sb_find_any(&d, "trial.testbed", "native");
	assert_non_null(netem);
	assert_non_null(trial);
	assert_int_equal(netem->level, with_netem ? SB_LEVEL_OK : SB_LEVEL_WARN);
	assert_int_equal(trial->level, SB_LEVEL_OK);
	assert_non_null(strstr(trial->text, with_netem ? "backend is netem" : "backend is user"));
	if (!with_netem)
		assert_non_null(strstr(netem->text, "sch_netem"));
	assert_true(d.engines[0].can_run);
	sb_diagnosis_fini(&d);
}

static void test_kernel_with_netem(void **state)
{
	(void)state;
	examine_native(true);
}

static void test_kernel_without_netem(void **state)
{
	(void)state;
	examine_native(false);
}

struct server {
	int fd;
	const char *answer; /* NULL: none at all */
	char url[64];
	pthread_t thread;
};

static void *serve(void *ctx)
{
	struct server *s = ctx;
	char request[4096];
	int fd = accept(s->fd, NULL, NULL);

	if (fd < 0)
		return NULL;
	if (!s->answer) {
		while (read(fd, request, sizeof(request)) > 0)
			;
	} else if (read(fd, request, sizeof(request)) > 0) {
		/* A registry is asked at /v2/. */
		if (strncmp(request, "GET /v2/ ", 9) || write(fd, s->answer, strlen(s->answer)) < 0)
			abort();
	}
	close(fd);
	return NULL;
}

static void start_server(struct server *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void test_mirrors(void **state)
{
	struct server servers[] = {
	    {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	    {.answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"},
	    {.answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
	    {.answer = "SSH-2.0-OpenSSH\r\n"},
	    {.answer = NULL},
	};
	static const char *const states[] = {"answers", "answers", "odd", "dead", "dead", "dead"};
	int64_t start_ns = sb_mono_ns();
	cJSON *urls = cJSON_CreateArray(), *out;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(servers); i++) {
		start_server(&servers[i]);
		cJSON_AddItemToArray(urls, cJSON_CreateString(servers[i].url));
	}
	cJSON_AddItemToArray(urls, cJSON_CreateString("http://127.0.0.1:1"));
	out = sb_mirrors_try(urls, 1000);
	assert_true(sb_mono_ns() - start_ns < 3 * SB_NS_PER_S);
	assert_int_equal(cJSON_GetArraySize(out), SB_ARRAY_LEN(states));
	for (size_t i = 0; i < SB_ARRAY_LEN(states); i++)
		assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(
					cJSON_GetArrayItem(out, (int)i), "state")),
				    states[i]);
	for (size_t i = 0; i < SB_ARRAY_LEN(servers); i++) {
		shutdown(servers[i].fd, SHUT_RDWR);
		pthread_join(servers[i].thread, NULL);
		close(servers[i].fd);
	}
	cJSON_Delete(urls);
	cJSON_Delete(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jobs),
	    cmocka_unit_test(test_programs_have_a_limit),
	    cmocka_unit_test(test_daemons_that_are_none),
	    cmocka_unit_test(test_hostile_daemon),
	    cmocka_unit_test(test_damaged_daemons),
	    cmocka_unit_test(test_daemon_that_makes_nothing),
	    cmocka_unit_test(test_podman_by_its_own_word),
	    cmocka_unit_test(test_kernel_with_netem),
	    cmocka_unit_test(test_kernel_without_netem),
	    cmocka_unit_test(test_mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
