// SPDX-License-Identifier: MIT
/* test_doctor_daemons.c - what the doctor says of daemons, by rows of facts and settings files */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/settings/daemon_json.h"
#include "doctor/daemons/daemons.h"
#include "doctor/daemons/settings.h"
#include "doctor/system/process.h"
#include "doctor/table.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

/* A root daemon with a mirror loaded from its file, and a rootless one without. */
#define ROOT                                                                                     \
	"{\"engine\":\"docker\",\"state\":\"answers\",\"url\":\"unix:///run/docker.sock\","      \
	"\"origin\":\"usual place\",\"rootless\":false,\"podman\":false,\"id\":\"A\","           \
	"\"root_dir\":\"/var/lib/docker\",\"version\":\"20.10.24\",\"also\":[],"                 \
	"\"socket_mode\":\"0660\",\"storage\":\"overlay2\",\"cgroup_version\":\"2\","            \
	"\"cgroup_driver\":\"systemd\",\"limits\":{\"memory\":true,\"pids\":true,\"cpu\":true}," \
	"\"mirrors_loaded\":[\"https://mirror.example\"],"                                       \
	"\"config\":{\"path\":\"/etc/docker/daemon.json\",\"exists\":true,\"error\":null,"       \
	"\"hint\":null,\"mirrors\":[\"https://mirror.example\"]},"                               \
	"\"mirrors\":[{\"url\":\"https://mirror.example\",\"state\":\"answers\"}],"              \
	"\"restart\":\"sudo systemctl restart docker\"}"
#define ROOTLESS                                                                             \
	"{\"engine\":\"docker-rootless\",\"state\":\"answers\","                             \
	"\"url\":\"unix:///run/user/1000/docker.sock\",\"origin\":\"usual place\","          \
	"\"rootless\":true,\"podman\":false,\"id\":\"B\",\"root_dir\":\"/home/sat/docker\"," \
	"\"also\":[],\"socket_mode\":\"0660\",\"cgroup_version\":\"2\",\"cgroup_driver\":"   \
	"\"none\","                                                                          \
	"\"limits\":{\"memory\":false,\"pids\":false,\"cpu\":false},\"mirrors_loaded\":[],"  \
	"\"config\":{\"path\":\"/home/sat/.config/docker/daemon.json\",\"exists\":false,"    \
	"\"error\":null,\"hint\":null,\"mirrors\":[]},\"mirrors\":[],"                       \
	"\"network_driver\":\"slirp4netns\",\"port_driver\":\"builtin\","                    \
	"\"restart\":\"systemctl --user restart docker\"}"

static void give_rows(struct made_machine *mm, const char *json)
{
	cJSON_Delete(mm->found.daemons);
	mm->found.daemons = cJSON_Parse(json);
	assert_non_null(mm->found.daemons);
}

static void test_two_daemons(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	give_rows(mm, "[" ROOTLESS "," ROOT "]");
	sb_check_two(&mm->x);
	assert_true(made_says(mm, "two.engines", "docker and sudo docker are two engines"));
	assert_int_equal(made_level(mm, "two.mirror", "docker-rootless"), SB_LEVEL_WARN);
	assert_int_equal(made_level(mm, "two.mirror", "docker"), -1);
	assert_true(
	    made_says(mm, "two.mirror",
		      "https://mirror.example in /etc/docker/daemon.json is the root "
		      "daemon's: it does not apply to the rootless daemon, whose pulls go to "
		      "docker.io itself"));
	assert_true(made_says(mm, "two.mirror", "mkdir -p /home/sat/.config/docker\n"));
	assert_true(
	    made_says(mm, "two.mirror", "{\"registry-mirrors\": [\"https://mirror.example\"]}"));
	assert_true(made_says(mm, "two.mirror", "systemctl --user restart docker"));
	made_machine_free(mm);
}

/* The commonest case: the root daemon may not even be asked, but its file can be read. */
static void test_two_daemons_root_out_of_reach(void **state)
{
	static const char file[] = "{\"registry-mirrors\": [\"https://mirror.example/\"]}";
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/etc/docker/daemon.json", 0644, file);
	give_rows(mm, "[" ROOTLESS "]");
	sb_check_two(&mm->x);
	assert_true(made_says(mm, "two.mirror", "does not apply to the rootless daemon"));
	assert_int_equal(made_level(mm, "two.engines", NULL), -1);
	/* Both have it: nothing to say. */
	made_forget(mm);
	give_rows(mm, "[" ROOTLESS "]");
	cJSON_AddItemToArray(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(mm->found.daemons, 0), "mirrors_loaded"),
	    cJSON_CreateString("https://mirror.example"));
	sb_check_two(&mm->x);
	assert_int_equal(made_level(mm, "two.mirror", NULL), -1);
	made_machine_free(mm);
}

static void test_healthy_root_daemon(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	give_rows(mm, "[" ROOT "]");
	sb_check_daemons(&mm->x);
	sb_check_two(&mm->x);
	assert_true(mm->found.count >= 4);
	for (size_t i = 0; i < mm->found.count; i++)
		if (mm->found.findings[i].level > SB_LEVEL_INFO)
			fail_msg("%s: %s", mm->found.findings[i].id, mm->found.findings[i].text);
	made_machine_free(mm);
}

static void set(struct made_machine *mm, const char *key, const char *json)
{
	cJSON *row = cJSON_GetArrayItem(mm->found.daemons, 0);

	cJSON_DeleteItemFromObject(row, key);
	cJSON_AddItemToObject(row, key, cJSON_Parse(json));
}

static void test_one_thing_wrong(void **state)
{
	static const struct {
		const char *key, *value, *id;
		enum sb_level level;
		const char *says, *fix;
	} cases[] = {
	    {"mirrors_loaded", "[]", "daemon.mirrors", SB_LEVEL_WARN, "has not loaded it",
	     "sudo systemctl restart docker"},
	    {"config",
	     "{\"path\":\"/etc/docker/daemon.json\",\"exists\":true,\"error\":\"line 3 is no "
	     "JSON\",\"hint\":null,\"mirrors\":[]}",
	     "daemon.config", SB_LEVEL_FAIL, "the daemon still runs with what it read before",
	     "sudo ${EDITOR:-vi} /etc/docker/daemon.json"},
	    {"mirrors",
	     "[{\"url\":\"https://mirror.example\",\"state\":\"dead\",\"why\":\"refused\"}]",
	     "daemon.mirror_dead", SB_LEVEL_WARN, "is dead", "/etc/docker/daemon.json"},
	    {"mirrors", "[{\"url\":\"https://mirror.example\",\"state\":\"odd\",\"status\":404}]",
	     "daemon.mirror_odd", SB_LEVEL_WARN, "HTTP 404", NULL},
	    {"socket_mode", "\"0666\"", "daemon.socket_mode", SB_LEVEL_WARN, "every user",
	     "chmod 660"},
	    {"storage", "\"vfs\"", "daemon.storage", SB_LEVEL_WARN, "copies the whole image", NULL},
	    {"limits", "{\"memory\":true,\"pids\":true,\"cpu\":false}", "daemon.limits",
	     SB_LEVEL_WARN, "do not work: cpu (", NULL},
	    {"arch", "\"s390x\"", "daemon.arch", SB_LEVEL_FAIL, "s390x", NULL},
	    {"kernel", "\"5.15.49-linuxkit\"", "daemon.kernel", SB_LEVEL_INFO, "another machine",
	     NULL},
	    {"image", "{\"name\":\"ubuntu:22.04\",\"present\":false}", "daemon.image",
	     SB_LEVEL_INFO, "the first run pulls it", NULL},
	    {"state", "\"refused\"", "daemon.refused", SB_LEVEL_WARN, "nothing listens",
	     "sudo systemctl enable --now docker"},
	    {"state", "\"forbidden\"", "daemon.forbidden", SB_LEVEL_WARN,
	     "sat may not connect to it", "usermod -aG docker"},
	    {"state", "\"broken\"", "daemon.broken", SB_LEVEL_FAIL, "no answer within its time",
	     NULL},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		give_rows(mm, "[" ROOT "]");
		set(mm, cases[i].key, cases[i].value);
		sb_check_daemons(&mm->x);
		if (made_level(mm, cases[i].id, "docker") != (int)cases[i].level)
			fail_msg("case %zu: %s is %d", i, cases[i].id,
				 made_level(mm, cases[i].id, "docker"));
		if (!made_says(mm, cases[i].id, cases[i].says))
			fail_msg("case %zu: not \"%s\"", i, cases[i].says);
		if (cases[i].fix && !made_says(mm, cases[i].id, cases[i].fix))
			fail_msg("case %zu: nothing to type with \"%s\"", i, cases[i].fix);
		made_machine_free(mm);
	}
}

static void test_rootless_row(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	give_rows(mm, "[" ROOTLESS "]");
	set(mm, "mirrors", "[{\"url\":\"http://localhost:5000\",\"state\":\"answers\"}]");
	sb_check_daemons(&mm->x);
	assert_true(made_says(mm, "daemon.limits", "Delegate=cpu cpuset io memory pids"));
	assert_true(made_says(mm, "daemon.network", "slirp4netns"));
	assert_true(made_says(mm, "daemon.mirror_loopback", "its own network namespace"));
	assert_true(made_says(mm, "daemon.mirrors", "pulls go to docker.io itself"));
	made_machine_free(mm);
}

/* A place that is only usual may be empty; one that a variable names is meant. */
static void test_nobody_there(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm, "{\"absent\":[{\"engine\":\"docker\",\"url\":\"unix:///run/docker.sock\","
		       "\"origin\":\"default socket of Docker\"}]}");
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.absent", "docker"), SB_LEVEL_INFO);
	assert_true(made_says(mm, "daemon.absent", "dockerd is not installed"));
	assert_true(made_says(mm, "daemon.absent", "apt-get install docker.io"));
	made_forget(mm);
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	mm->request.engine = "docker";
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.absent", "docker"), SB_LEVEL_FAIL);
	assert_false(made_says(mm, "daemon.absent", "apt-get"));
	made_forget(mm);
	mm->request.engine = NULL;
	made_facts(mm, "{\"absent\":[{\"engine\":\"docker\",\"url\":\"tcp://far:2375\","
		       "\"origin\":\"DOCKER_HOST\"}]}");
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.absent", "docker"), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "daemon.absent", "unset DOCKER_HOST"));
	made_machine_free(mm);
}

/* What is behind a tunnel has settings files elsewhere: only what is loaded is told. */
static void test_far_daemon(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	give_rows(mm, "[" ROOT "]");
	cJSON_DeleteItemFromObject(cJSON_GetArrayItem(mm->found.daemons, 0), "config");
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.config", NULL), -1);
	assert_true(made_says(mm, "daemon.mirrors", "loaded: https://mirror.example"));
	made_machine_free(mm);
}

static void test_podman_row(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *rows;

	(void)state;
	give_rows(mm, "[" ROOT "]");
	set(mm, "podman", "true");
	set(mm, "engine", "\"podman\"");
	set(mm, "search", "[]");
	set(mm, "image", "{\"name\":\"ubuntu:22.04\",\"present\":false}");
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.short_name", "podman"), SB_LEVEL_WARN);
	assert_true(made_says(mm, "daemon.short_name", "unqualified-search-registries"));
	made_file(mm, "/etc/containers/registries.conf.d/shortnames.conf", 0644,
		  "[aliases]\n  \"ubuntu\" = \"docker.io/library/ubuntu\"\n");
	rows = sb_steal(&mm->found.daemons);
	made_forget(mm);
	mm->found.daemons = rows;
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.short_name", "podman"), SB_LEVEL_OK);
	made_machine_free(mm);
}

static void test_settings_file(void **state)
{
	static const struct {
		const char *text, *error, *hint; /* parts of them */
		int mirrors;
	} cases[] = {
	    {"{}", NULL, NULL, 0},
	    {"{\"registry-mirrors\": [\"https://a.example/\", \"http://b.example:5000\"]}", NULL,
	     NULL, 2},
	    {"{\n  \"debug\": true,\n  \"dns\": [\"1.1.1.1\",]\n}", "line 3", NULL, 0},
	    {"{\n  \"debug\": true\n  \"mtu\": 1400\n}", "line 3", NULL, 0},
	    {"\xef\xbb\xbf{}", "byte order mark", NULL, 0},
	    {"[]", "expected an object", NULL, 0},
	    {"{} x", NULL, NULL, 0},
	    {"{\"registry-mirrors\": \"https://a.example\"}", "must be a list", NULL, 0},
	    {"{\"registry-mirrors\": [\"a.example\"]}", "https://", NULL, 0},
	    {"{\"registry-mirror\": [\"https://a.example\"]}", NULL, "\"registry-mirrors\"", 0},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();
		const char *error, *hint;
		cJSON *config;

		made_file(mm, "/etc/docker/daemon.json", 0644, cases[i].text);
		config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");
		error = sb_fact_str(config, "error");
		hint = sb_fact_str(config, "hint");
		assert_true(sb_fact_true(config, "exists"));
		if (!!cases[i].error != !!error || (error && !strstr(error, cases[i].error)))
			fail_msg("case %zu: error %s", i, error);
		if (!!cases[i].hint != !!hint || (hint && !strstr(hint, cases[i].hint)))
			fail_msg("case %zu: hint %s", i, hint);
		if (!error)
			assert_int_equal(cJSON_GetArraySize(sb_fact(config, "mirrors")),
					 cases[i].mirrors);
		cJSON_Delete(config);
		made_machine_free(mm);
	}
}

/* One that checks for itself, and has something to say of the file with "features" in it. */
static int dockerd_27(const char *const argv[], int timeout_ms, char **out)
{
	(void)timeout_ms;
	if (!strcmp(argv[1], "--version")) {
		*out = sb_strdup("Docker version 27.1.1, build 6312585\n");
		return 0;
	}
	*out = sb_asprintf(
	    "unable to configure the Docker daemon with file %s: the following directives "
	    "don't match any configuration option: features2\n",
	    argv[3]);
	return 1;
}

static void test_settings_checked_by_the_daemon_itself(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *config;

	(void)state;
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	mm->machine.run = dockerd_27;
	made_file(mm, "/etc/docker/daemon.json", 0644, "{\"features2\": {}}");
	config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");
	assert_string_equal(
	    sb_fact_str(config, "error"),
	    "the following directives don't match any configuration option: features2");
	cJSON_Delete(config);
	made_file(mm, "/etc/docker/daemon.json", 0644, "");
	config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");
	assert_null(sb_fact_str(config, "error"));
	cJSON_Delete(config);
	made_machine_free(mm);
}

/* Of a key given twice the last counts, as for Go's decoder. */
static void test_settings_given_twice(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *config;

	(void)state;
	made_file(mm, "/etc/docker/daemon.json", 0644,
		  "{\"registry-mirrors\": [\"https://a.example\"],"
		  " \"registry-mirrors\": [\"HTTPS://b.example/\"]}");
	config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");
	assert_true(sb_list_has(sb_fact(config, "mirrors"), "https://b.example"));
	assert_int_equal(cJSON_GetArraySize(sb_fact(config, "mirrors")), 1);
	assert_non_null(strstr(sb_fact_str(config, "hint"), "given twice"));
	cJSON_Delete(config);
	made_machine_free(mm);
}

/* The file matters most while the daemon does not start, and so does the last error it logged. */
static void test_settings_of_a_daemon_that_is_down(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	made_facts(mm, "{\"absent\":[{\"engine\":\"docker\",\"url\":\"unix:///run/docker.sock\","
		       "\"origin\":\"default socket of Docker\"}],\"settings\":{\"docker\":{"
		       "\"config\":{\"path\":\"/etc/docker/daemon.json\",\"exists\":true,"
		       "\"error\":\"line 2 is not valid JSON\",\"hint\":null,\"mirrors\":[]},"
		       "\"last_error\":\"failed to start daemon: no space left\"}}}");
	sb_check_daemons(&mm->x);
	assert_int_equal(made_level(mm, "daemon.config", "docker"), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "daemon.config", "the daemon cannot start with it"));
	assert_true(made_says(mm, "daemon.last_error", "no space left"));
	assert_true(made_says(mm, "daemon.last_error", "journalctl -u docker"));
	made_machine_free(mm);
}

static int journal(const char *const argv[], int timeout_ms, char **out)
{
	(void)timeout_ms;
	if (strcmp(argv[0], "journalctl") != 0)
		return -1;
	*out = sb_strdup("Starting Docker\nfailed to start daemon: first\n"
			 "failed to start daemon: second\nStopped Docker\n");
	return 0;
}

static void test_settings_probe_reads_the_journal(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *facts;

	(void)state;
	mm->machine.run = journal;
	made_file(mm, "/etc/docker/daemon.json", 0644, "[]");
	facts = sb_probe_settings(&mm->x);
	assert_string_equal(sb_fact_str(sb_fact(facts, "docker"), "last_error"),
			    "failed to start daemon: second");
	assert_non_null(sb_fact_str(sb_fact(sb_fact(facts, "docker"), "config"), "error"));
	cJSON_Delete(facts);
	made_machine_free(mm);
}

/* Advice that has been followed is not given again. */
static void test_group_but_an_older_session(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	mm->groups[0] = "docker";
	give_rows(mm, "[" ROOT "]");
	set(mm, "state", "\"forbidden\"");
	sb_check_daemons(&mm->x);
	assert_true(made_says(mm, "daemon.forbidden", "older than the membership"));
	assert_true(made_says(mm, "daemon.forbidden", "newgrp docker"));
	assert_false(made_says(mm, "daemon.forbidden", "usermod"));
	made_machine_free(mm);
}

static void test_snap_docker(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *process =
	    cJSON_Parse("{\"uid\":0,\"command\":\"/snap/docker/2915/bin/dockerd --group docker\"}");
	char *path = sb_config_path(&mm->machine, false, process);

	(void)state;
	assert_string_equal(path, "/var/snap/docker/current/config/daemon.json");
	free(path);
	give_rows(mm, "[" ROOT "]");
	set(mm, "process",
	    "{\"uid\":0,\"pid\":9,\"user\":\"root\","
	    "\"command\":\"/snap/docker/2915/bin/dockerd --group docker\"}");
	cJSON_DeleteItemFromObject(cJSON_GetArrayItem(mm->found.daemons, 0), "restart");
	sb_row_add_advice(&mm->x, cJSON_GetArrayItem(mm->found.daemons, 0));
	assert_string_equal(sb_fact_str(cJSON_GetArrayItem(mm->found.daemons, 0), "restart"),
			    "sudo snap restart docker");
	cJSON_Delete(process);
	made_machine_free(mm);
}

static void test_contexts(void **state)
{
	static const char dead[] = "{\"Name\":\"far\",\"Endpoints\":{\"docker\":{\"Host\":"
				   "\"tcp://192.0.2.1:2376\"}}}";
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/home/sat/.docker/config.json", 0644, "{\"currentContext\":\"far\"}");
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.context", NULL), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "access.context", "does not exist"));
	assert_true(made_says(mm, "access.context", "docker context use default"));
	made_forget(mm);
	made_file(mm, "/home/sat/.docker/contexts/meta/ab/meta.json", 0644, "{\"Name\":");
	sb_check_access(&mm->x);
	assert_true(made_says(mm, "access.context", "is damaged"));
	made_forget(mm);
	made_file(mm, "/home/sat/.docker/contexts/meta/ab/meta.json", 0644, dead);
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.context", NULL), -1);
	made_facts(mm, "{\"absent\":[{\"engine\":\"docker\",\"url\":\"tcp://192.0.2.1:2376\","
		       "\"origin\":\"context far\"}]}");
	sb_check_access(&mm->x);
	assert_true(made_says(mm, "access.context", "where no daemon answers"));
	made_forget(mm);
	made_file(mm, "/home/sat/.docker/config.json", 0644, "{\"currentContext\":");
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.client_file", NULL), SB_LEVEL_WARN);
	made_machine_free(mm);
}

static void test_settings_file_not_there(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");

	(void)state;
	assert_false(sb_fact_true(config, "exists"));
	assert_null(sb_fact_str(config, "error"));
	cJSON_Delete(config);
	made_machine_free(mm);
}

static void test_which_settings_file(void **state)
{
	static const struct {
		bool rootless;
		const char *process, *path;
	} cases[] = {
	    {false, NULL, "/etc/docker/daemon.json"},
	    {true, NULL, "/home/sat/.config/docker/daemon.json"},
	    {true, "{\"uid\":1000,\"config_home\":\"/home/sat/etc\"}",
	     "/home/sat/etc/docker/daemon.json"},
	    {false, "{\"uid\":0,\"config_home\":\"/root/.config\"}", "/etc/docker/daemon.json"},
	    {false, "{\"uid\":0,\"config_file\":\"/srv/d.json\"}", "/srv/d.json"},
	    {true, "{\"uid\":0}", "/root/.config/docker/daemon.json"},
	};
	struct made_machine *mm = made_machine_new();

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		cJSON *process = cases[i].process ? cJSON_Parse(cases[i].process) : NULL;
		char *path = sb_config_path(&mm->machine, cases[i].rootless, process);

		assert_string_equal(path, cases[i].path);
		free(path);
		cJSON_Delete(process);
	}
	made_machine_free(mm);
}

/* /info of a rootless Docker 20.10 and its /version, shortened. */
static void test_taking_over_info(void **state)
{
	cJSON *info =
	    cJSON_Parse("{\"ID\":\"AB:CD\",\"Images\":3,\"Containers\":2,\"ContainersRunning\":1,"
			"\"MemoryLimit\":true,\"PidsLimit\":true,\"CpuCfsQuota\":false,"
			"\"RegistryConfig\":{\"Mirrors\":[\"https://mirror.example/\"]}}");
	cJSON *version = cJSON_Parse(
	    "{\"Components\":[{\"Name\":\"Engine\"},{\"Name\":\"rootlesskit\",\"Details\":"
	    "{\"NetworkDriver\":\"slirp4netns\",\"PortDriver\":\"builtin\"}}]}");
	struct sb_daemon_info i = {.rootless = true, .info = info, .server_version = "20.10.24"};
	cJSON *row = cJSON_CreateObject();

	(void)state;
	sb_row_add_info(row, &i, version);
	assert_true(sb_row_is(row, "docker-rootless"));
	assert_true(sb_list_has(sb_fact(row, "mirrors_loaded"), "https://mirror.example"));
	assert_string_equal(sb_fact_str(row, "port_driver"), "builtin");
	assert_true(sb_fact_true(sb_fact(row, "limits"), "memory"));
	assert_false(sb_fact_true(sb_fact(row, "limits"), "cpu"));
	assert_int_equal((int)sb_fact_num(row, "images"), 3);
	cJSON_Delete(row);
	/* An answer with nothing in it, and one of other types, are no reason to fall over. */
	row = cJSON_CreateObject();
	cJSON_ReplaceItemInObject(info, "RegistryConfig", cJSON_CreateString("x"));
	cJSON_ReplaceItemInObject(info, "Images", cJSON_CreateString("many"));
	sb_row_add_info(row, &i, NULL);
	assert_int_equal(cJSON_GetArraySize(sb_fact(row, "mirrors_loaded")), 0);
	cJSON_Delete(row);
	cJSON_Delete(info);
	cJSON_Delete(version);
}

static void test_one_daemon_two_addresses(void **state)
{
	cJSON *rows = cJSON_Parse("[" ROOT "," ROOTLESS "," ROOT "]");

	(void)state;
	cJSON_SetValuestring(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 2), "url"),
			     "tcp://127.0.0.1:1234");
	sb_rows_merge(rows);
	assert_int_equal(cJSON_GetArraySize(rows), 2);
	assert_true(
	    sb_list_has(sb_fact(cJSON_GetArrayItem(rows, 0), "also"), "tcp://127.0.0.1:1234"));
	cJSON_Delete(rows);
}

static void test_command_lines(void **state)
{
	static const char line[] = "dockerd\0--config-file\0/srv/d.json\0--data-root=/d\0--host";

	(void)state;
	assert_string_equal(sb_process_option(line, sizeof(line), "config-file"), "/srv/d.json");
	assert_string_equal(sb_process_option(line, sizeof(line), "data-root"), "/d");
	assert_null(sb_process_option(line, sizeof(line), "host"));
	assert_null(sb_process_option(line, sizeof(line), "config"));
	assert_null(sb_process_option("", 0, "host"));
}

static void test_process_behind_a_socket(void **state)
{
	struct made_machine *mm = made_machine_new();
	struct sb_peer peer = {.state = "answers", .pid = 40, .uid = 1000};
	cJSON *process;

	(void)state;
	made_file(mm, "/proc/40/comm", 0444, "dockerd\n");
	made_file(mm, "/proc/40/status", 0444, "Name:\tdockerd\nPPid:\t30\nUid:\t1000\t1000\n");
	made_file(mm, "/proc/40/cmdline", 0444, "dockerd");
	made_file(mm, "/proc/30/comm", 0444, "rootlesskit\n");
	made_file(mm, "/proc/30/status", 0444, "Name:\trootlesskit\nPPid:\t1\nUid:\t1000\n");
	made_file(mm, "/proc/30/cmdline", 0444, "rootlesskit");
	process = sb_process_of(&mm->machine, &peer, "dockerd");
	assert_string_equal(sb_fact_str(process, "user"), "sat");
	assert_int_equal((int)sb_fact_num(process, "pid"), 40);
	cJSON_Delete(process);
	/* systemd listens for it: the daemon is another process of the same owner. */
	peer.pid = 1;
	process = sb_process_of(&mm->machine, &peer, "dockerd");
	assert_int_equal((int)sb_fact_num(process, "pid"), 40);
	cJSON_Delete(process);
	peer.uid = 0;
	assert_null(sb_process_of(&mm->machine, &peer, "dockerd"));
	made_machine_free(mm);
}

/* Two columns, each under its head, and what is long goes on below. */
static void test_side_by_side(void **state)
{
	cJSON *rows = cJSON_Parse("[" ROOTLESS "," ROOT "]");
	char *text = NULL, *head, *row;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	sb_table_print(rows, to);
	fclose(to);
	head = strstr(text, "docker-rootless");
	assert_non_null(head);
	row = strstr(text, "\n  mirrors loaded");
	assert_non_null(row);
	assert_non_null(strstr(row, "https://mirror.example"));
	/* The second column begins where its head does. */
	assert_int_equal(strstr(row, "https://mirror.example") - row - 1,
			 strstr(head + 15, "docker") - (strstr(text, "\n") + 1));
	for (char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") < 120);
	free(text);
	cJSON_Delete(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_daemons),
	    cmocka_unit_test(test_two_daemons_root_out_of_reach),
	    cmocka_unit_test(test_healthy_root_daemon),
	    cmocka_unit_test(test_one_thing_wrong),
	    cmocka_unit_test(test_rootless_row),
	    cmocka_unit_test(test_nobody_there),
	    cmocka_unit_test(test_far_daemon),
	    cmocka_unit_test(test_podman_row),
	    cmocka_unit_test(test_settings_file),
	    cmocka_unit_test(test_settings_file_not_there),
	    cmocka_unit_test(test_settings_checked_by_the_daemon_itself),
	    cmocka_unit_test(test_settings_given_twice),
	    cmocka_unit_test(test_settings_of_a_daemon_that_is_down),
	    cmocka_unit_test(test_settings_probe_reads_the_journal),
	    cmocka_unit_test(test_group_but_an_older_session),
	    cmocka_unit_test(test_snap_docker),
	    cmocka_unit_test(test_contexts),
	    cmocka_unit_test(test_which_settings_file),
	    cmocka_unit_test(test_taking_over_info),
	    cmocka_unit_test(test_one_daemon_two_addresses),
	    cmocka_unit_test(test_command_lines),
	    cmocka_unit_test(test_process_behind_a_socket),
	    cmocka_unit_test(test_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
