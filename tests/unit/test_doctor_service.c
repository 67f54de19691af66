// SPDX-License-Identifier: MIT
/* test_doctor_service.c - daemons as services: why one does not run, its proxy, fixes carried out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/daemons.h"
#include "doctor/daemons/settings.h"
#include "doctor/findings.h"
#include "doctor/system/process.h"
#include "doctor/system/units.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

#define ROW(engine, rootless, proxy)                                              \
	"{\"engine\":\"" engine "\",\"state\":\"answers\",\"rootless\":" rootless \
	",\"podman\":false,"                                                      \
	"\"url\":\"unix:///run/x.sock\",\"proxy\":\"" proxy "\",\"restart\":\"RESTART\"}"
#define SYSTEM_DROP "/etc/systemd/system/docker.service.d/http-proxy.conf"
#define USER_DROP   "/home/sat/.config/systemd/user/docker.service.d/http-proxy.conf"
#define DROP                                                             \
	"[Service]\n# Environment=\"HTTP_PROXY=http://old.example:1\"\n" \
	"Environment=\"HTTPS_PROXY=http://proxy.example:3128\" \"NO_PROXY=localhost\"\n"

static const struct sb_finding *only(const struct made_machine *mm)
{
	if (mm->found.count != 1)
		fail_msg("%zu findings", mm->found.count);
	return &mm->found.findings[0];
}

static void check(struct made_machine *mm, const char *row)
{
	cJSON *tree = cJSON_Parse(row);

	assert_non_null(tree);
	made_forget(mm);
	sb_check_proxies(&mm->x, tree);
	cJSON_Delete(tree);
}

static void test_proxy_of_the_other_manager(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, SYSTEM_DROP, 0644, DROP);
	check(mm, ROW("docker-rootless", "true", ""));
	assert_int_equal(only(mm)->level, SB_LEVEL_WARN);
	assert_true(
	    made_says(mm, "daemon.proxy", "the proxy in " SYSTEM_DROP " is for the root daemon"));
	assert_true(
	    made_says(mm, "daemon.proxy", ">~/.config/systemd/user/docker.service.d/proxy.conf"));
	assert_true(made_says(mm, "daemon.proxy", "systemctl --user daemon-reload\nRESTART"));
	assert_true(only(mm)->can_fix);
	made_remove(mm, SYSTEM_DROP);
	made_file(mm, USER_DROP, 0644, DROP);
	check(mm, ROW("docker", "false", ""));
	assert_true(made_says(mm, "daemon.proxy", "is for the rootless daemon"));
	assert_true(made_says(mm, "daemon.proxy", "sudo tee /etc/systemd/system/docker.service.d"));
	assert_false(only(mm)->can_fix);
	made_machine_free(mm);
}

static void test_proxy_not_read_yet(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, SYSTEM_DROP, 0644, DROP);
	check(mm, ROW("docker", "false", ""));
	assert_true(made_says(mm, "daemon.proxy",
			      SYSTEM_DROP " sets a proxy, but the daemon runs without"));
	/* A comment sets nothing. */
	made_file(mm, SYSTEM_DROP, 0644,
		  "[Service]\n#Environment=\"HTTPS_PROXY=http://proxy.example\"\n");
	check(mm, ROW("docker", "false", ""));
	assert_int_equal(mm->found.count, 0);
	made_machine_free(mm);
}

/* The shell's environment and docker's config.json are not the daemon's. */
static void test_proxy_of_the_shell(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	mm->env[2] = "https_proxy=http://me:secret@proxy.example:3128";
	check(mm, ROW("docker", "false", ""));
	assert_true(made_says(mm, "daemon.proxy", "https_proxy is set in this shell"));
	assert_true(made_says(mm, "daemon.proxy", "\"$https_proxy\""));
	assert_false(made_says(mm, "daemon.proxy", "secret"));
	mm->env[2] = NULL;
	check(mm, ROW("docker", "false", ""));
	assert_int_equal(mm->found.count, 0);
	made_file(mm, "/home/sat/.docker/config.json", 0644,
		  "{\"proxies\":{\"default\":{\"httpsProxy\":\"http://proxy.example:3128\"}}}");
	check(mm, ROW("docker", "false", ""));
	assert_int_equal(only(mm)->level, SB_LEVEL_INFO);
	made_machine_free(mm);
}

static void test_proxy_loaded(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, SYSTEM_DROP, 0644, DROP);
	check(mm, ROW("docker", "false", "http://proxy.example:3128"));
	assert_int_equal(only(mm)->level, SB_LEVEL_OK);
	check(mm, ROW("docker", "false", "http://127.0.0.1:3128"));
	assert_int_equal(only(mm)->level, SB_LEVEL_OK);
	check(mm, ROW("docker-rootless", "true", "http://***@localhost:3128"));
	assert_int_equal(made_level(mm, "daemon.proxy_loopback", "docker-rootless"), SB_LEVEL_WARN);
	/* Nothing is known of it: nothing is said. */
	check(mm, "{\"engine\":\"podman\",\"state\":\"answers\",\"podman\":true}");
	assert_int_equal(mm->found.count, 0);
	made_machine_free(mm);
}

/* A proxy's password is in no row: rows are printed. */
static void test_proxy_of_a_process(void **state)
{
	static const char environment[] =
	    "HOME=/home/sat\0HTTPS_PROXY=http://me:secret@proxy.example:1\0";
	struct made_machine *mm = made_machine_new();
	struct sb_peer peer = {.state = "answers", .pid = 40, .uid = 1000};
	sb_auto_free char *path = sb_asprintf("%s/proc/40/environ", mm->root);
	cJSON *process;
	FILE *f;

	(void)state;
	made_file(mm, "/proc/40/comm", 0444, "podman\n");
	made_file(mm, "/proc/40/status", 0444, "Name:\tpodman\nPPid:\t1\nUid:\t1000\t1000\n");
	made_file(mm, "/proc/40/cmdline", 0444, "podman");
	made_file(mm, "/proc/40/environ", 0600, "");
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(environment, 1, sizeof(environment) - 1, f);
	fclose(f);
	process = sb_process_of(&mm->machine, &peer, "podman");
	assert_string_equal(sb_fact_str(process, "proxy"), "http://***@proxy.example:1");
	assert_string_equal(sb_fact_str(process, "config_home"), "/home/sat/.config");
	cJSON_Delete(process);
	made_machine_free(mm);
}

static int journal(const char *const argv[], int timeout_ms, char **out)
{
	bool user = !strcmp(argv[1], "--user");
	const char *unit = argv[user ? 3 : 2];

	(void)timeout_ms;
	if (strcmp(argv[0], "journalctl") != 0)
		return -1;
	if (!strcmp(unit, "podman.service"))
		*out = sb_strdup("Error: cannot listen on the TCP socket\n");
	else if (user)
		*out = sb_strdup(
		    "failed to start daemon: no bus\ndocker.service: Start request repeated too "
		    "quickly.\n");
	else
		*out = sb_strdup(
		    "Hint: You are currently not seeing messages from other users and the "
		    "system.\n");
	return 0;
}

static void test_last_errors(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *facts;

	(void)state;
	mm->machine.run = journal;
	facts = sb_probe_settings(&mm->x);
	cJSON_AddItemToObject(mm->x.facts, "settings", facts);
	assert_string_equal(sb_fact_str(sb_fact(facts, "docker-rootless"), "last_error"),
			    "failed to start daemon: no bus");
	assert_string_equal(sb_fact_str(sb_fact(facts, "podman"), "last_error"),
			    "Error: cannot listen on the TCP socket");
	sb_check_settings(&mm->x, "docker");
	assert_true(made_says(mm, "daemon.last_error", "sat may not read its log"));
	assert_true(made_says(mm, "daemon.last_error", "sudo journalctl -u docker.service"));
	sb_check_settings(&mm->x, "podman-rootless");
	assert_true(made_says(mm, "daemon.last_error", "journalctl --user -u podman.service"));
	made_machine_free(mm);
}

/* A socket without a daemon is a daemon that ended: its last error is told, too. */
static void test_ended(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	made_facts(mm, "{\"settings\":{\"docker-rootless\":{\"last_error\":\"failed to start "
		       "daemon: no bus\"}},"
		       "\"units\":{\"user\":{\"docker.service\":{\"LoadState\":\"loaded\"}}}}");
	mm->found.daemons = cJSON_Parse("[{\"engine\":\"docker-rootless\",\"state\":\"refused\","
					"\"url\":\"unix:///run/user/1000/docker.sock\"}]");
	sb_check_daemons(&mm->x);
	assert_true(made_says(mm, "daemon.last_error", "no bus"));
	assert_true(made_says(mm, "daemon.refused", "systemctl --user start docker"));
	assert_true(sb_find_any(&mm->found, "daemon.refused", NULL)->can_fix);
	made_machine_free(mm);
}

static void test_units_failed(void **state)
{
	static const char text[] =
	    "Id=docker.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code\n"
	    "ExecMainStatus=1\nNeedDaemonReload=no\n\n"
	    "Id=podman.socket\nLoadState=loaded\nActiveState=failed\nResult=service-start-limit-"
	    "hit\n"
	    "ExecMainStatus=0\nNeedDaemonReload=yes\n";
	struct made_machine *mm = made_machine_new();
	cJSON *units = cJSON_AddObjectToObject(mm->x.facts, "units");

	(void)state;
	cJSON_AddBoolToObject(units, "systemd", true);
	cJSON_AddItemToObject(units, "system", sb_units_parse(text));
	cJSON_AddItemToObject(units, "user", sb_units_parse(text));
	sb_check_units(&mm->x);
	assert_true(
	    made_says(mm, "units.failed", "docker.service has failed: it ended with status 1"));
	assert_true(made_says(mm, "units.failed", "podman.socket has failed: it ended so often"));
	assert_true(made_says(mm, "units.failed", "sudo systemctl reset-failed podman.socket"));
	assert_false(made_says(mm, "units.failed", "reset-failed docker.service"));
	assert_true(made_says(mm, "units.reload", "sudo systemctl daemon-reload"));
	assert_int_equal(made_level(mm, "units.reload", "sat"), SB_LEVEL_WARN);
	made_machine_free(mm);
}

/* --- fixes --- */

static void test_fix_is_never_by_hand(void **state)
{
	static const char *const fixes[] = {"sudo systemctl start docker", "${EDITOR:-vi} x",
					    "kill 4", NULL};
	struct sb_diagnosis d = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(fixes); i++) {
		sb_find(&d, "a.b", SB_LEVEL_WARN, NULL, fixes[i], "x");
		sb_find_can_fix(&d);
		assert_false(d.findings[i].can_fix);
	}
	sb_find(&d, "a.b", SB_LEVEL_WARN, NULL, "systemctl --user start docker", "x");
	sb_find_can_fix(&d);
	assert_true(d.findings[d.count - 1].can_fix);
	sb_diagnosis_fini(&d);
}

static void test_fix_named(void **state)
{
	struct sb_diagnosis d = {0};
	struct sb_err err = {0};

	(void)state;
	sb_find(&d, "daemon.absent", SB_LEVEL_INFO, "docker", "sudo systemctl start docker", "x");
	sb_find_can_fix(&d);
	sb_find(&d, "daemon.absent", SB_LEVEL_INFO, "docker-rootless", "start docker", "x");
	sb_find_can_fix(&d);
	sb_find(&d, "daemon.proxy", SB_LEVEL_OK, "docker", NULL, "x");
	assert_ptr_equal(sb_diagnosis_fix(&d, "daemon.absent", &err), &d.findings[1]);
	assert_ptr_equal(sb_diagnosis_fix(&d, "daemon.absent:docker-rootless", &err),
			 &d.findings[1]);
	assert_null(sb_diagnosis_fix(&d, "daemon.absent:docker", &err));
	assert_non_null(strstr(
	    err.msg, "needs root or a decision of yours; type it yourself:\nsudo systemctl"));
	assert_null(sb_diagnosis_fix(&d, "daemon.absentee", &err));
	assert_non_null(strstr(err.msg, "satbed can fix here: daemon.absent:docker-rootless"));
	assert_null(sb_diagnosis_fix(&d, "daemon.proxy", &err));
	assert_non_null(strstr(err.msg, "nothing is to be fixed of \"daemon.proxy\""));
	sb_find(&d, "daemon.absent", SB_LEVEL_INFO, "podman-rootless", "start podman", "x");
	sb_find_can_fix(&d);
	assert_null(sb_diagnosis_fix(&d, "daemon.absent", &err));
	assert_non_null(
	    strstr(err.msg, "daemon.absent:docker-rootless, daemon.absent:podman-rootless"));
	sb_diagnosis_fini(&d);
}

static void test_fix_done(void **state)
{
	struct sb_diagnosis before = {0}, after = {0};

	(void)state;
	sb_find(&before, "access.context", SB_LEVEL_FAIL, NULL, "docker context use default", "x");
	sb_find(&after, "access.context", SB_LEVEL_OK, NULL, NULL, "x");
	sb_find(&after, "access.other", SB_LEVEL_FAIL, NULL, NULL, "x");
	assert_false(sb_diagnosis_has(&after, &before.findings[0]));
	sb_find(&after, "access.context", SB_LEVEL_FAIL, NULL, NULL, "x");
	assert_true(sb_diagnosis_has(&after, &before.findings[0]));
	sb_diagnosis_fini(&before);
	sb_diagnosis_fini(&after);
}

/* Under sudo nothing of the person's is started: it would be root's. */
static void test_no_fix_under_sudo(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/home/sat/.docker/config.json", 0644, "{\"currentContext\":\"far\"}");
	sb_check_access(&mm->x);
	assert_true(only(mm)->can_fix);
	made_forget(mm);
	mm->machine.uid = 0;
	sb_check_access(&mm->x);
	assert_false(only(mm)->can_fix);
	made_machine_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_proxy_of_the_other_manager),
	    cmocka_unit_test(test_proxy_not_read_yet),
	    cmocka_unit_test(test_proxy_of_the_shell),
	    cmocka_unit_test(test_proxy_loaded),
	    cmocka_unit_test(test_proxy_of_a_process),
	    cmocka_unit_test(test_last_errors),
	    cmocka_unit_test(test_ended),
	    cmocka_unit_test(test_units_failed),
	    cmocka_unit_test(test_fix_is_never_by_hand),
	    cmocka_unit_test(test_fix_named),
	    cmocka_unit_test(test_fix_done),
	    cmocka_unit_test(test_no_fix_under_sudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
