// SPDX-License-Identifier: MIT
/* test_interop.c - interop flows: in the plan, and in the containers that are asked for */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/container/container_interop.h"
#include "engine/container/container_spec.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

#define FLOW "[flow.q]\nkind = interop\nserver_image = a/server\n"

/* NULL with @err when it is refused. */
static struct sb_plan *plan_of(const char *testbed, const char *flows, struct sb_err *err)
{
	sb_auto_free char *text = sb_asprintf(
	    "[scenario]\nname = t\n[testbed]\n%s\n[link]\ndelay = 1ms\n%s", testbed, flows);
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;

	memset(err, 0, sizeof(*err));
	if (!sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, err))
		sb_plan_make(sc, &plan, err);
	sb_scenario_free(sc);
	return plan;
}

static void test_plan(void **state)
{
	struct sb_plan *back = NULL, *plan;
	struct sb_err err;
	cJSON *json;

	(void)state;
	plan = plan_of("", FLOW "client_image = b/client\ntestcase = http3\nsizes = 2MB, 3MB 5B\n",
		       &err);
	assert_non_null(plan);
	assert_true(plan->until_done);
	assert_int_equal(plan->flows[0].port, 443);
	assert_int_equal(plan->flows[0].size_bytes, 5000005);
	assert_string_equal(sb_plan_node_image(plan, 0), "a/server");
	assert_string_equal(sb_plan_node_image(plan, 1), "b/client");
	json = sb_plan_to_json(plan);
	assert_int_equal(sb_plan_from_json(json, &back, &err), 0);
	assert_memory_equal(&plan->flows[0], &back->flows[0], sizeof(plan->flows[0]));
	sb_plan_free(back);
	/* What an older or hostile satbed writes. */
	cJSON_ReplaceItemInObject(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "flows"), 0),
				  "file_bytes", cJSON_CreateString("x"));
	assert_int_equal(sb_plan_from_json(json, &back, &err), -1);
	cJSON_Delete(json);
	sb_plan_free(plan);
	/* One image is both, and other clients have the testbed's. */
	plan = plan_of("clients = 2", FLOW "client = 2\n[flow.b]\nkind = bulk\n", &err);
	assert_non_null(plan);
	assert_string_equal(plan->flows[0].testcase, "transfer");
	assert_string_equal(sb_plan_node_image(plan, 1), "ubuntu:22.04");
	assert_string_equal(sb_plan_node_image(plan, 2), "a/server");
	sb_plan_free(plan);
}

static void test_refused(void **state)
{
	static const struct {
		const char *testbed, *flows, *says;
	} cases[] = {
	    {"", "[flow.q]\nkind = interop\n", "has no server_image"},
	    {"", FLOW "sizes = 1MB x\n", "sizes: "},
	    {"", FLOW "sizes = 300MB 200MB\n", "together at most 400MB"},
	    {"", FLOW "sizes = 0B\n", "at least 1B"},
	    {"", FLOW "direction = up\n", "is a download"},
	    {"", FLOW "port = 5201\n", "port: an interop flow has none"},
	    {"", FLOW "server_command = x\n", "server_command: an interop flow has none"},
	    {"clients = 2", FLOW, "there can be one"},
	    {"", FLOW "[flow.r]\nkind = interop\nserver_image = x\n", "2 interop flows"},
	    {"path = slirp", FLOW, "needs path = bridge"},
	    {"clock = virtual\nengine = native", FLOW, "needs a container engine"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_err err;
		struct sb_plan *plan = plan_of(cases[i].testbed, cases[i].flows, &err);

		if (plan || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %s", i, plan ? "accepted" : err.msg);
	}
}

static void test_entry_points(void **state)
{
	static const struct {
		const char *config, *command; /* NULL: refused */
	} cases[] = {
	    {"{}",
	     "cd '/' && command -v /run_endpoint.sh >/dev/null || exit 126; exec /run_endpoint.sh"},
	    {"{\"WorkingDir\":\"/quic\",\"Entrypoint\":[\"./run_endpoint.sh\"],\"Cmd\":[\"-v\"]}",
	     "cd '/quic' && command -v './run_endpoint.sh' >/dev/null || exit 126; exec "
	     "'./run_endpoint.sh' '-v'"},
	    /* Quotes end nothing, and braces are no names for satbed. */
	    {"{\"Entrypoint\":null,\"Cmd\":[\"a'; rm {x}\"]}",
	     "cd '/' && command -v 'a'\\''; rm {{x}' >/dev/null || exit 126; exec 'a'\\''; rm "
	     "{{x}'"},
	    {"{\"Cmd\":[\"0123456789012345678901234567890123456789012345678901234567890123456789"
	     "0123456789012345678901234567890123456789\"]}",
	     NULL},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_asprintf("{\"Config\":%s}", cases[i].config);
		cJSON *image = cJSON_Parse(text);
		char command[SB_COMMAND_MAX] = "";
		struct sb_err err = {0};
		int rc = sb_interop_command(image, "x", command, &err);

		assert_non_null(image);
		if (rc != (cases[i].command ? 0 : -1) ||
		    (!rc && strcmp(command, cases[i].command) != 0))
			fail_msg("case %zu: %s", i, command);
		cJSON_Delete(image);
	}
}

static bool has(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!strcmp(item->valuestring, text))
			return true;
	}
	return false;
}

/* Its two nodes may write, under the names that the contract knows; all others are as ever. */
static void test_containers(void **state)
{
	static const struct sb_owner owner = {.run = "00c0ffee", .boot = "b00t"};
	struct sb_err err;
	struct sb_plan *plan =
	    plan_of("clients = 2", FLOW "client = 1\n[flow.b]\nkind = bulk\n", &err);
	struct sb_spec spec = {.owner = &owner, .plan = plan, .emulator_network = "host"};

	(void)state;
	assert_non_null(plan);
	for (size_t node = 0; node < 3; node++) {
		cJSON *body = sb_spec_node(&spec, node),
		      *host = cJSON_GetObjectItem(body, "HostConfig");
		const cJSON *tmpfs = cJSON_GetObjectItem(host, "Tmpfs"),
			    *names = cJSON_GetObjectItem(host, "ExtraHosts"),
			    *env = cJSON_GetObjectItem(body, "Env");

		assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(host, "ReadonlyRootfs")),
				 node == 2);
		assert_int_equal(cJSON_HasObjectItem(tmpfs, "/downloads"), node < 2);
		assert_int_equal(has(names, "server4:198.18.1.1"), node < 2);
		assert_int_equal(has(env, "SATBED_WORK=/www"), node == 0);
		assert_int_equal(has(env, "SATBED_WORK=/downloads"), node == 1);
		/* Rights over more than before they do not get. */
		assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(host, "CapAdd")), 4);
		assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(body, "Image")),
				    node < 2 ? "a/server" : "ubuntu:22.04");
		cJSON_Delete(body);
	}
	sb_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_entry_points),
	    cmocka_unit_test(test_containers),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
