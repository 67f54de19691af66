// SPDX-License-Identifier: MIT
/* test_container_api_address.c - where daemons are looked for, in a made-up home and environment */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/container_api.h"

static char home[64];

static void write_file(const char *name, const char *text)
{
	char *path = sb_asprintf("%s/%s", home, name);
	FILE *f;

	for (char *slash = path + strlen(home) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static int make_home(void **state)
{
	static const char *const unwanted[] = {"DOCKER_HOST",	   "DOCKER_TLS_VERIFY",
					       "DOCKER_CERT_PATH", "DOCKER_CONTEXT",
					       "DOCKER_CONFIG",	   "CONTAINER_HOST"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(unwanted); i++)
		unsetenv(unwanted[i]);
	strcpy(home, "/tmp/satbed-home-XXXXXX");
	if (!mkdtemp(home))
		return -1;
	setenv("HOME", home, 1);
	setenv("XDG_RUNTIME_DIR", "/run/user/4711", 1);
	return 0;
}

static int remove_home(void **state)
{
	char *command = sb_asprintf("rm -rf '%s'", home);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

/* "url|origin" of each, one a line */
static char *list(const char *engine)
{
	struct sb_daemon_list l;
	struct sb_err err = {0};
	char *text = sb_strdup("");

	if (sb_daemon_addresses(engine, &l, &err))
		fail_msg("%s: %s", engine, err.msg);
	for (size_t i = 0; i < l.count; i++) {
		char *longer = sb_asprintf("%s%s|%s\n", text, l.items[i].url, l.items[i].origin);

		free(text);
		text = longer;
	}
	free(l.items);
	return text;
}

static void expect_list(const char *engine, const char *wanted)
{
	char *text = list(engine);

	assert_string_equal(text, wanted);
	free(text);
}

static void expect_refusal(const char *engine, const char *words)
{
	struct sb_daemon_list l;
	struct sb_err err = {0};

	assert_int_equal(sb_daemon_addresses(engine, &l, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	if (!strstr(err.msg, words))
		fail_msg("no \"%s\" in: %s", words, err.msg);
	assert_null(l.items);
}

static void test_usual_places(void **state)
{
	char *wanted;

	(void)state;
	expect_list("docker", "unix:///run/docker.sock|default socket of Docker\n");
	expect_list("podman", "unix:///run/podman/podman.sock|default socket of Podman\n");
	expect_list("podman-rootless", "unix:///run/user/4711/podman/podman.sock|default socket of "
				       "rootless Podman\n");
	wanted = sb_asprintf("unix:///run/user/4711/docker.sock|default socket of rootless Docker\n"
			     "unix://%s/.docker/run/docker.sock|socket of Docker in the home "
			     "directory\n",
			     home);
	expect_list("docker-rootless", wanted);
	free(wanted);
}

static void test_by_hand(void **state)
{
	(void)state;
	expect_list("unix:///tmp/x.sock", "unix:///tmp/x.sock|given by hand\n");
	expect_list("tcp://h:2375", "tcp://h:2375|given by hand\n");
	expect_refusal("docker-rotless", "did you mean docker-rootless?");
	expect_refusal("http://h", "expected unix:///");
	expect_refusal("ssh://me@far.example/run/docker.sock",
		       "ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock me@far.example &\n");
	expect_refusal("ssh://me@far.example", "DOCKER_HOST=unix:///tmp/docker.sock");
	/* A password is nobody's business, not even where it is wrong to have one. */
	expect_refusal("ssh://me:secret@far.example", "is ssh://***@far.example, and");
}

static void test_environment(void **state)
{
	char *text;

	(void)state;
	setenv("DOCKER_HOST", "unix:///tmp/mine.sock", 1);
	setenv("CONTAINER_HOST", "unix:///tmp/pod.sock", 1);
	expect_list("docker", "unix:///tmp/mine.sock|DOCKER_HOST\n"
			      "unix:///run/docker.sock|default socket of Docker\n");
	expect_list("podman", "unix:///tmp/pod.sock|CONTAINER_HOST\n"
			      "unix:///run/podman/podman.sock|default socket of Podman\n");
	/* the usual place named by hand is one place */
	setenv("DOCKER_HOST", "unix:///run/docker.sock", 1);
	expect_list("docker", "unix:///run/docker.sock|DOCKER_HOST\n");
	setenv("DOCKER_HOST", "ssh://me@far.example", 1);
	expect_refusal("docker", "DOCKER_HOST is ssh://me@far.example");
	setenv("DOCKER_HOST", "http://me:secret@far.example", 1);
	expect_refusal("docker", "DOCKER_HOST is \"http://***@far.example\"; expected");
	setenv("DOCKER_HOST", "ssh://me@far.example", 1);
	expect_refusal("docker-rootless", "ssh -nNT");
	text = list("all");
	assert_non_null(strstr(text, "ssh://me@far.example|DOCKER_HOST\n"));
	free(text);
	/* Podman does not care */
	expect_list("podman", "unix:///tmp/pod.sock|CONTAINER_HOST\n"
			      "unix:///run/podman/podman.sock|default socket of Podman\n");
}

static void expect_tls(const char *engine, bool tls, const char *path)
{
	struct sb_daemon_list l;
	struct sb_err err = {0};

	assert_int_equal(sb_daemon_addresses(engine, &l, &err), 0);
	assert_int_equal(l.items[0].tls, tls);
	assert_string_equal(l.items[0].cert_path, path);
	free(l.items);
}

static void test_tls(void **state)
{
	char *path = sb_asprintf("%s/.docker", home);

	(void)state;
	setenv("DOCKER_HOST", "tcp://far.example:2376", 1);
	setenv("DOCKER_CERT_PATH", "/etc/certs", 1);
	expect_tls("docker", false, "");
	setenv("DOCKER_TLS_VERIFY", "1", 1);
	expect_tls("docker", true, "/etc/certs");
	expect_tls("tcp://other.example:2376", true, "/etc/certs");
	expect_tls("unix:///run/docker.sock", false, "");
	unsetenv("DOCKER_CERT_PATH");
	expect_tls("docker", true, path);
	free(path);
}

static void write_contexts(void)
{
	write_file(".docker/config.json", "{\"auths\":{},\"currentContext\":\"far\"}");
	write_file(".docker/contexts/meta/aa/meta.json",
		   "{\"Name\":\"far\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":"
		   "\"tcp://far.example:2376\",\"SkipTLSVerify\":false}}}");
	write_file(".docker/contexts/tls/aa/docker/ca.pem", "");
	write_file(".docker/contexts/meta/bb/meta.json",
		   "{\"Name\":\"near\",\"Endpoints\":{\"docker\":{\"Host\":"
		   "\"unix:///tmp/near.sock\"}}}");
}

static void test_contexts(void **state)
{
	char *certs = sb_asprintf("%s/.docker/contexts/tls/aa/docker", home), *text;

	(void)state;
	write_contexts();
	expect_list("docker", "tcp://far.example:2376|context far\n"
			      "unix:///run/docker.sock|default socket of Docker\n");
	expect_tls("docker", true, certs);
	free(certs);
	setenv("DOCKER_CONTEXT", "near", 1);
	expect_list("docker", "unix:///tmp/near.sock|context near\n"
			      "unix:///run/docker.sock|default socket of Docker\n");
	setenv("DOCKER_CONTEXT", "default", 1);
	expect_list("docker", "unix:///run/docker.sock|default socket of Docker\n");
	/* DOCKER_HOST is stronger than any context */
	unsetenv("DOCKER_CONTEXT");
	setenv("DOCKER_HOST", "unix:///tmp/mine.sock", 1);
	expect_list("docker", "unix:///tmp/mine.sock|DOCKER_HOST\n"
			      "unix:///run/docker.sock|default socket of Docker\n");
	text = list("all");
	assert_non_null(strstr(text, "|context far\n"));
	assert_non_null(strstr(text, "|context near\n"));
	assert_non_null(strstr(text, "unix:///run/podman/podman.sock|"));
	free(text);
}

static void test_damaged_contexts_are_passed_over(void **state)
{
	(void)state;
	write_contexts();
	sb_log_set_level(SB_LOG_ERROR);
	write_file(".docker/contexts/meta/00/meta.json", "{\"Name\":\"far\",");
	write_file(".docker/contexts/meta/01/meta.json", "[]");
	write_file(".docker/contexts/meta/02/meta.json", "{\"Name\":\"far\",\"Endpoints\":[1]}");
	write_file(".docker/contexts/meta/03/other", "");
	expect_list("docker", "tcp://far.example:2376|context far\n"
			      "unix:///run/docker.sock|default socket of Docker\n");
	write_file(".docker/config.json", "nonsense");
	expect_list("docker", "unix:///run/docker.sock|default socket of Docker\n");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_home, remove_home)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_usual_places), CASE(test_by_hand),
	    CASE(test_environment),  CASE(test_tls),
	    CASE(test_contexts),     CASE(test_damaged_contexts_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
