// SPDX-License-Identifier: MIT
/* test_engine_spec.c - what a daemon is asked to make: no right, no way out and no name but its own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_make.h"
#include "engine/container/container_spec.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

static const struct sb_owner owner = {.run = "00c0ffee", .pid = 7, .uid = 1000, .boot = "b00t"};

static struct sb_plan *plan_with(const char *more)
{
	sb_auto_free char *text =
	    sb_asprintf("[scenario]\nname = t\n[testbed]\n%s\n[link]\ndelay = 1ms\n"
			"[flow.a]\nkind = bulk\n[flow.b]\nkind = stream\nrate = 1mbit\n",
			more);

	return make_plan(text);
}

static struct sb_spec spec_of(const struct sb_plan *plan)
{
	return (struct sb_spec){.owner = &owner,
				.plan = plan,
				.memory_limit = true,
				.pids_limit = true,
				.cpu_shares = true,
				.tun = true,
				.emulator_network = "host",
				.emulator_image = "sha256:e3b0"};
}

/* The member at a path of keys and, for lists, numbers. */
static const cJSON *at(const cJSON *obj, const char *path)
{
	sb_auto_free char *copy = sb_strdup(path);

	/* Keys may hold dots and slashes, as labels and ports do. */
	for (char *rest = copy, *key; obj && (key = strsep(&rest, "|"));)
		obj = cJSON_IsArray(obj) ? cJSON_GetArrayItem(obj, atoi(key))
					 : cJSON_GetObjectItemCaseSensitive(obj, key);
	return obj;
}

static const char *text_at(const cJSON *obj, const char *path)
{
	const char *text = cJSON_GetStringValue(at(obj, path));

	return text ? text : "";
}

static bool has_word(const cJSON *list, const char *word)
{
	const cJSON *i;

	cJSON_ArrayForEach(i, list)
	{
		if (cJSON_IsString(i) && !strcmp(i->valuestring, word))
			return true;
	}
	return false;
}

static void expect_confined(const cJSON *body)
{
	assert_true(has_word(at(body, "HostConfig|CapDrop"), "ALL"));
	assert_true(has_word(at(body, "HostConfig|SecurityOpt"), "no-new-privileges"));
	assert_true(cJSON_IsTrue(at(body, "HostConfig|ReadonlyRootfs")));
	assert_true(cJSON_IsTrue(at(body, "HostConfig|AutoRemove")));
	assert_null(at(body, "HostConfig|Privileged"));
	assert_null(at(body, "HostConfig|Binds"));
	assert_int_equal(cJSON_GetArraySize(at(body, "HostConfig|Mounts")), 1);
	assert_string_equal(text_at(body, "HostConfig|Mounts|0|Source"), "satbed-00c0ffee");
	assert_string_equal(text_at(body, "HostConfig|Mounts|0|Type"), "volume");
	assert_string_equal(text_at(body, "Labels|satbed.run"), "00c0ffee");
	assert_string_equal(text_at(body, "Labels|satbed.pid"), "7");
	assert_string_equal(text_at(body, "Labels|satbed.uid"), "1000");
	assert_string_equal(text_at(body, "Labels|satbed.boot"), "b00t");
	/* The channel: open until satbed goes, and then for good. */
	assert_true(cJSON_IsTrue(at(body, "OpenStdin")));
	assert_true(cJSON_IsTrue(at(body, "StdinOnce")));
	assert_true(cJSON_IsFalse(at(body, "Tty")));
}

static void test_nodes_have_what_they_need_and_no_more(void **state)
{
	struct sb_plan *plan = plan_with("clients = 2");
	struct sb_spec spec = spec_of(plan);
	cJSON *node = sb_spec_node(&spec, 2);

	(void)state;
	expect_confined(node);
	assert_int_equal(cJSON_GetArraySize(at(node, "HostConfig|CapAdd")), 4);
	assert_true(cJSON_IsTrue(at(node, "HostConfig|Mounts|0|ReadOnly")));
	assert_null(at(node, "HostConfig|Devices"));
	assert_null(at(node, "HostConfig|PortBindings"));
	assert_true(at(node, "HostConfig|Memory")->valuedouble >= 1 << 28);
	assert_true(at(node, "HostConfig|PidsLimit")->valuedouble >= 64);
	assert_string_equal(text_at(node, "HostConfig|NetworkMode"), "satbed-00c0ffee-2");
	assert_string_equal(text_at(node, "NetworkingConfig|EndpointsConfig|satbed-00c0ffee-2|"
					  "IPAMConfig|IPv4Address"),
			    "198.18.2.2");
	cJSON_Delete(node);
	/* A daemon that cannot enforce a limit would refuse or complain. */
	spec.memory_limit = spec.pids_limit = false;
	node = sb_spec_node(&spec, 0);
	assert_null(at(node, "HostConfig|Memory"));
	assert_null(at(node, "HostConfig|PidsLimit"));
	cJSON_Delete(node);
	sb_plan_free(plan);
}

static void test_the_emulator_is_in_the_daemons_network(void **state)
{
	struct sb_plan *plan = plan_with("");
	struct sb_spec spec = spec_of(plan);
	cJSON *emulator = sb_spec_emulator(&spec);

	(void)state;
	expect_confined(emulator);
	/* It goes before the nodes, which have the usual 1024. */
	assert_true(at(emulator, "HostConfig|CpuShares")->valuedouble > 1024);
	assert_string_equal(text_at(emulator, "HostConfig|NetworkMode"), "host");
	/* Never the nodes' image: its loader and environment would be on that network, too. */
	assert_string_equal(text_at(emulator, "Image"), "sha256:e3b0");
	assert_false(cJSON_IsTrue(at(emulator, "HostConfig|Mounts|0|ReadOnly")));
	assert_int_equal(cJSON_GetArraySize(at(emulator, "HostConfig|Devices")), 1);
	cJSON_Delete(emulator);
	spec.tun = false;
	emulator = sb_spec_emulator(&spec);
	assert_null(at(emulator, "HostConfig|Devices"));
	cJSON_Delete(emulator);
	sb_plan_free(plan);
}

/* Nothing of an image comes into the volume that the emulator shares; Podman 5 heeds it in this form alone. */
static void test_an_image_fills_no_volume(void **state)
{
	struct sb_plan *plan = plan_with("clients = 2");
	struct sb_spec spec = spec_of(plan);
	cJSON *node = sb_spec_node(&spec, 0);

	(void)state;
	assert_true(cJSON_IsTrue(at(node, "HostConfig|Mounts|0|VolumeOptions|NoCopy")));
	cJSON_Delete(node);
	spec.podman = true;
	node = sb_spec_node(&spec, 0);
	assert_null(at(node, "HostConfig|Mounts"));
	assert_string_equal(text_at(node, "HostConfig|Binds|0"),
			    "satbed-00c0ffee:/.satbed:nocopy,ro");
	cJSON_Delete(node);
	node = sb_spec_emulator(&spec);
	assert_string_equal(text_at(node, "HostConfig|Binds|0"), "satbed-00c0ffee:/.satbed:nocopy");
	cJSON_Delete(node);
	sb_plan_free(plan);
}

static void test_networks_lead_nowhere(void **state)
{
	struct sb_plan *plan = plan_with("mtu = 1400B");
	struct sb_spec spec = spec_of(plan);
	cJSON *net = sb_spec_network(&spec, 0);

	(void)state;
	assert_string_equal(text_at(net, "Name"), "satbed-00c0ffee-1");
	assert_true(cJSON_IsTrue(at(net, "Internal")));
	assert_string_equal(text_at(net, "IPAM|Config|0|Subnet"), "198.18.1.0/24");
	assert_string_equal(text_at(net, "IPAM|Config|1|Subnet"), "fd5a:7bed:1::/64");
	/* Neither node has it. */
	assert_string_equal(text_at(net, "IPAM|Config|0|Gateway"), "198.18.1.254");
	assert_string_equal(text_at(net, "Options|com.docker.network.driver.mtu"), "1400");
	/* What is left of it is known by that. */
	assert_string_equal(text_at(net, "Options|com.docker.network.bridge.name"), "sb00c0ffee-1");
	cJSON_Delete(net);
	spec.podman = true;
	net = sb_spec_network(&spec, 0);
	assert_string_equal(text_at(net, "name"), "satbed-00c0ffee-1");
	assert_true(cJSON_IsTrue(at(net, "internal")));
	assert_true(cJSON_IsFalse(at(net, "dns_enabled")));
	assert_string_equal(text_at(net, "subnets|0|subnet"), "198.18.1.0/24");
	assert_string_equal(text_at(net, "subnets|1|gateway"), "fd5a:7bed:1::fe");
	assert_string_equal(text_at(net, "options|mtu"), "1400");
	assert_string_equal(text_at(net, "network_interface"), "sb00c0ffee-1");
	cJSON_Delete(net);
	sb_plan_free(plan);
}

/* On a split path the way is out and in again; every flow is told from every other by its port. */
static void test_a_split_path_publishes_each_flow_apart(void **state)
{
	struct sb_plan *plan = plan_with("path = slirp");
	struct sb_spec spec = spec_of(plan);
	cJSON *net = sb_spec_network(&spec, 0), *server = sb_spec_node(&spec, 0),
	      *client = sb_spec_node(&spec, 1);
	const cJSON *bindings = at(server, "HostConfig|PortBindings");
	char seen[8][32];

	(void)state;
	cJSON_Delete(server);
	inet_pton(AF_INET, "192.0.2.7", &spec.publish_on);
	server = sb_spec_node(&spec, 0);
	bindings = at(server, "HostConfig|PortBindings");
	assert_false(cJSON_IsTrue(at(net, "Internal")));
	assert_null(at(client, "HostConfig|PortBindings"));
	assert_int_equal(cJSON_GetArraySize(bindings), plan->flow_count);
	for (size_t i = 0; i < plan->flow_count; i++) {
		char port[16];
		const cJSON *b =
		    cJSON_GetArrayItem(at(bindings, sb_spec_port(port, &plan->flows[i])), 0);

		assert_true(cJSON_HasObjectItem(at(server, "ExposedPorts"), port));
		snprintf(seen[i], sizeof(seen[i]), "%s", text_at(b, "HostPort"));
		assert_true(strlen(seen[i]) > 4);
		/* Not at every address that the machine has. */
		assert_string_equal(text_at(b, "HostIp"), "192.0.2.7");
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
	cJSON_Delete(net);
	cJSON_Delete(server);
	cJSON_Delete(client);
	sb_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nodes_have_what_they_need_and_no_more),
	    cmocka_unit_test(test_the_emulator_is_in_the_daemons_network),
	    cmocka_unit_test(test_an_image_fills_no_volume),
	    cmocka_unit_test(test_networks_lead_nowhere),
	    cmocka_unit_test(test_a_split_path_publishes_each_flow_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
