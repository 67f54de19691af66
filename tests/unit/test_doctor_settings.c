// SPDX-License-Identifier: MIT
/*
 * test_doctor_settings.c - what the doctor says of settings files of a Docker older than 23.0
 *
 * What is said of each file here was found by starting dockerd 20.10.24 with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/settings/daemon_json.h"
#include "doctor/table.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

static int dockerd_20_10(const char *const argv[], int timeout_ms, char **out)
{
	(void)timeout_ms;
	*out = sb_strdup("Docker version 20.10.24+dfsg1, build 5d6db84\n");
	return strcmp(argv[1], "--version") ? 1 : 0;
}

struct settings_case {
	const char *text, *error; /* NULL: dockerd starts with it */
};

static void judge_old_daemon(const struct settings_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct made_machine *mm = made_machine_new();
		const char *error;
		cJSON *config;

		made_file(mm, "/usr/bin/dockerd", 0755, "");
		mm->machine.run = dockerd_20_10;
		made_file(mm, "/etc/docker/daemon.json", 0644, cases[i].text);
		config = sb_daemon_json(&mm->machine, "/etc/docker/daemon.json");
		error = sb_fact_str(config, "error");
		if (!!cases[i].error != !!error || (error && !strstr(error, cases[i].error)))
			fail_msg("case %zu: %s: error %s", i, cases[i].text, error);
		assert_false(error && strstr(error, "secret"));
		cJSON_Delete(config);
		made_machine_free(mm);
	}
}

static void keys_types_and_mirrors(void **state)
{
	static const struct settings_case cases[] = {
	    {"{\"log-opts\": {\"max-file\": 3}}", "\"log-opts\" must be an object whose values"},
	    {"{\"insecure-registries\": \"h:5000\"}", "\"insecure-registries\" must be a list"},
	    {"{\"insecure-registries\": [\"http://h:5000\"]}", NULL},
	    {"{\"dns\": \"9.9.9.9\"}", "\"dns\" must be a list"},
	    {"{\"mtu\": \"1400\"}", "\"mtu\" must be a whole number"},
	    {"{\"mtu\": 1400.5}", "a number with a fraction"},
	    {"{\"icc\": \"no\"}", "\"icc\" must be true or false"},
	    {"{\"http-proxy\": \"http://p:1\"}", "unknown key \"http-proxy\""},
	    {"{\"proxies\": {\"http-proxy\": \"x\"}}", "unknown key \"proxies\""},
	    {"{\"Registry-Mirrors\": []}", "did you mean \"registry-mirrors\"?"},
	    {"", "is empty"},
	    {"  \n", "is empty"},
	    {"[{\"debug\": true}]", "expected an object"},
	    {"{\"debug\": true} {\"dns\": 3}", NULL},
	    {"\xff\xfe{", "UTF-16"},
	    {"{\"registry-mirrors\": [\"HTTPS://a.example\"]}", NULL},
	    {"{\"registry-mirrors\": [\" https://a.example\"]}", "address 1"},
	    {"{\"registry-mirrors\": [\"https://a.example/v2\"]}", "without a path"},
	    {"{\"registry-mirrors\": [\"https://a.example/?x=1\"]}", "without a path"},
	    {"{\"registry-mirrors\": [\"https://u:secret@a.example\"]}", "user name or password"},
	    {"{\"registry-mirrors\": [\"https://a.example, https://b.example\"]}", "valid address"},
	    {"{\"registry-mirrors\": [[\"https://a.example\"]]}", "must be a list of texts"},
	    {"{\"default-address-pools\": [{\"base\": \"10.9.0.0/16\", \"size\": 24}]}", NULL},
	    {"{\"default-address-pools\": {\"base\": \"10.9.0.0/16\"}}",
	     "must be a list of objects"},
	    {"{\"storage-driver\": \"overlay3\"}", "unknown driver \"overlay3\""},
	    {"{\"bip\": \"172.19.0.0/16\"}", "\"bip\" must be an IPv4 address of a host"},
	    {"{\"bip\": \"172.19.0.1/16\"}", NULL},
	    {"{\"runtimes\": {\"x\": {\"path\": \"/x\"}}}", NULL},
	};

	(void)state;
	judge_old_daemon(cases, SB_ARRAY_LEN(cases));
}

static void what_json_is_to_go(void **state)
{
	static const struct settings_case cases[] = {
	    {"null", NULL},
	    {"{\"mtu\": 1500.0}", "line 1, column 9: a number with a fraction"},
	    {"{\"mtu\": 15e2}", "fraction or an exponent"},
	    {"{\"mtu\": -0}", NULL},
	    {"{\"debug\": true,\n \"mtu\": 01500}",
	     "line 2, column 9: a number that begins with 0"},
	    {"{\"mtu\": 00}", "begins with 0"},
	    {"{\"mtu\": 1.}", "fraction"},
	    {"{\"log-driver\": \"json\t-file\"}", "column 21: a control character within quotes"},
	    {"{\"data-root\": \"/a\n/b\"}", "control character"},
	    {"{\v\"debug\": true}", "a control character"},
	    {"{\"labels\": [\"a=01.5e3\"]}", NULL},
	    {"{\"debug\": true} 1.5", NULL},
	};

	(void)state;
	judge_old_daemon(cases, SB_ARRAY_LEN(cases));
}

static void members_of_objects(void **state)
{
	static const struct settings_case cases[] = {
	    {"{\"features\": {\"buildkit\": true}}", NULL},
	    {"{\"features\": {\"a\": null}}", NULL},
	    {"{\"features\": {\"buildkit\": \"true\"}}",
	     "\"features\", \"buildkit\": must be true or false"},
	    {"{\"builder\": {\"GC\": {\"Enabled\": \"true\"}}}",
	     "\"builder\", \"GC\", \"Enabled\": must be true or false"},
	    {"{\"builder\": {\"gc\": {\"defaultKeepStorage\": 1}}}", "must be text in quotes"},
	    {"{\"builder\": {\"gc\": 1}}", "must be an object"},
	    {"{\"builder\": {\"gc\": null}}", NULL},
	    {"{\"builder\": {\"gc\": {\"policy\": [\"x\"]}}}", "must be a list of objects"},
	    {"{\"builder\": {\"gc\": {\"policy\": [{\"keepStorage\": 1}]}}}",
	     "\"policy\", \"1\", \"keepStorage\": must be text"},
	    {"{\"builder\": {\"entitlements\": {\"network-host\": 1}}}", "must be true or false"},
	    {"{\"builder\": {\"x\": 1}}", NULL},
	    {"{\"runtimes\": {\"a\": \"x\"}}", "\"runtimes\", \"a\": must be an object"},
	    {"{\"runtimes\": {\"a\": {\"path\": 1}}}", "must be text in quotes"},
	    {"{\"runtimes\": {\"a\": {\"path\": \"/x\", \"runtimeArgs\": \"x\"}}}",
	     "must be a list of texts"},
	    {"{\"runtimes\": {\"a\": null}}", NULL},
	    {"{\"default-ulimits\": {\"nofile\": {\"Name\": \"nofile\", \"Hard\": 2, \"Soft\": "
	     "1}}}",
	     NULL},
	    {"{\"default-ulimits\": {\"nofile\": 1}}", "must be an object"},
	    {"{\"default-ulimits\": {\"a\": {\"Hard\": \"1\"}}}", "must be a whole number"},
	    {"{\"log-opts\": {\"max-size\": null}}", NULL},
	    {"{\"default-address-pools\": [{\"base\": \"10.0.0.0/8\", \"size\": \"24\"}]}",
	     "\"size\": must be a whole number"},
	};

	(void)state;
	judge_old_daemon(cases, SB_ARRAY_LEN(cases));
}

static void values(void **state)
{
	static const struct settings_case cases[] = {
	    {"{\"default-address-pools\": [{\"base\": \"10.0.0.0/16\", \"size\": 31}]}",
	     "from 16 to 30"},
	    {"{\"default-address-pools\": [{\"base\": \"10.0.0.0/16\", \"size\": 32}], \"bip\": "
	     "\"10.9.0.1/24\"}",
	     NULL},
	    {"{\"hosts\": [\"TCP://127.0.0.1:2378\"]}", "entry 1 must be tcp://"},
	    {"{\"hosts\": [\"tcp://127.0.0.1:2375?x\"]}", NULL},
	    {"{\"node-generic-resources\": [\"a=-x\"]}", NULL},
	    {"{\"exec-opts\": [\"NATIVE.CGROUPDRIVER=x\"]}", "cgroupfs or systemd"},
	    {"{\"builder\": {\"gc\": {\"policy\": [{\"filter\": [\"unused-for=2200h\"]}]}}}", NULL},
	    {"{\"default-address-pools\": [{\"Base\": \"10.0.0.5/16\", \"Size\": 24}]}", NULL},
	    {"{\"default-address-pools\": [{\"base\": \"x\", \"size\": 24}]}",
	     "must have a network as \"base\""},
	    {"{\"default-address-pools\": [{}]}", "must have a network"},
	    {"{\"default-address-pools\": [{\"base\": \"10.0.0.0/24\", \"size\": 16}]}",
	     "the \"size\" of entry 1"},
	    {"{\"default-address-pools\": [{\"base\": \"10.0.0.0/8\"}]}",
	     "the \"size\" of entry 1"},
	    {"{\"bip\": \"172.20.0.1\"}", "\"bip\" must be an IPv4 address"},
	    {"{\"bip\": \"172.20.0.1/33\"}", "\"bip\" must be"},
	    {"{\"bip\": \"fd00::1/64\"}", "\"bip\" must be"},
	    {"{\"bip\": \"10.1.1.1/31\"}", "\"bip\" must be"},
	    {"{\"bip\": \"10.1.1.255/24\"}", "\"bip\" must be"},
	    {"{\"bip\": \"\"}", NULL},
	    {"{\"dns\": [\"1.1.1\"]}", "entry 1 must be an IP address"},
	    {"{\"dns\": [\"::1\", \"1.1.1.1:53\"]}", "entry 2 must be an IP address"},
	    {"{\"dns\": [\" 1.1.1.1\"]}", NULL},
	    {"{\"dns\": [\"fe80::1%eth0\"]}", "entry 1 must be an IP address"},
	    {"{\"dns\": [\"\"]}", "entry 1 must be an IP address"},
	    {"{\"dns-search\": [\".\"]}", NULL},
	    {"{\"dns-search\": [\" a \"]}", NULL},
	    {"{\"dns-search\": [\"a_b\"]}", "entry 1 must be a domain"},
	    {"{\"dns-search\": [\"1.2\"]}", "entry 1 must be a domain"},
	    {"{\"dns-search\": [\"a..b\"]}", "entry 1 must be a domain"},
	    {"{\"dns-search\": [\"\"]}", "entry 1 must be a domain"},
	    {"{\"labels\": [\"a=b\"]}", NULL},
	    {"{\"labels\": [\"=x\"]}", NULL},
	    {"{\"labels\": [\"nokey\"]}", "entry 1 must be KEY=VALUE"},
	    {"{\"labels\": [null]}", "entry 1 must be KEY=VALUE"},
	    {"{\"labels\": [\"IO.docker.x=1\"]}", "are Docker's own"},
	    {"{\"insecure-registries\": [\"a:0\", \"a:65535\", \"[::1]:5000\", \"::1\", "
	     "\"10.0.0.0/8\", \"HTTP://x\", \"10.0.0.1\"]}",
	     NULL},
	    {"{\"insecure-registries\": [\"a:65536\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"x/y\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"user:secret@x\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"a_b\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"-x\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"[::1]\"]}", "entry 1 must be a host"},
	    {"{\"insecure-registries\": [\"\"]}", "entry 1 must be a host"},
	    {"{\"allow-nondistributable-artifacts\": [\"x:5000\"]}", NULL},
	    {"{\"allow-nondistributable-artifacts\": [\"http://x\"]}", "no https://"},
	    {"{\"default-cgroupns-mode\": \"x\"}", "must be \"host\" or \"private\""},
	    {"{\"default-ipc-mode\": \"host\"}", "must be \"shareable\" or \"private\""},
	    {"{\"default-ipc-mode\": \"\"}", NULL},
	    {"{\"log-level\": \"Fatal\"}", NULL},
	    {"{\"log-level\": \"loud\"}", "\"log-level\" must be"},
	    {"{\"default-shm-size\": \"64 M\"}", NULL},
	    {"{\"default-shm-size\": \"1.5G\"}", NULL},
	    {"{\"default-shm-size\": \"64x\"}", "must be a size"},
	    {"{\"default-shm-size\": \"\"}", "must be a size"},
	    {"{\"ip\": \"1.2.3\"}", "\"ip\" must be an IP address"},
	    {"{\"ip\": \"\"}", NULL},
	    {"{\"default-gateway\": \"::1\"}", "must be an IPv4 address"},
	    {"{\"fixed-cidr-v6\": \"fd00::1\"}", "must be a network"},
	    {"{\"metrics-addr\": \"x\"}", "an address with a port"},
	    {"{\"metrics-addr\": \"127.0.0.1:99999\"}", "an address with a port"},
	    {"{\"max-download-attempts\": 0}", "\"max-download-attempts\" must be between 1"},
	    {"{\"max-concurrent-downloads\": -1}", "must be between 0"},
	    {"{\"oom-score-adjust\": -1001}", "must be between -1000 and 1000"},
	    {"{\"mtu\": -5}", "must be between 0"},
	    {"{\"node-generic-resources\": [\"a=\"]}", NULL},
	    {"{\"node-generic-resources\": [\"gpu=1,b=2\"]}", "entry 1 must be KIND=VALUE"},
	    {"{\"node-generic-resources\": [\"gpu=-1\"]}", "entry 1 must be KIND=VALUE"},
	    {"{\"hosts\": [\"http://x\"]}", "entry 1 must be tcp://"},
	    {"{\"hosts\": [\"tcp://127.0.0.1:99999\"]}", "entry 1 must be tcp://"},
	    {"{\"hosts\": [\"unix:///run/x.sock\"]}", NULL},
	    {"{\"hosts\": [\"127.0.0.1:2399\"]}", NULL},
	    {"{\"hosts\": [\"tcp://:2398\"]}", NULL},
	    {"{\"hosts\": [\"tcp://127.0.0.1:2375/path\"]}", "entry 1 must be tcp://"},
	    {"{\"userns-remap\": \":\"}", "must be USER"},
	    {"{\"seccomp-profile\": \"unconfined\"}", "the path of a file"},
	    {"{\"storage-opts\": [\"x\"]}", "entry 1 must be KEY=VALUE"},
	    {"{\"registry-mirrors\": [\"http://\", \"http://x:99999\"]}", NULL},
	    {"{\"registry-mirrors\": [\"http://x:abc\"]}", "is not a valid address"},
	};

	(void)state;
	judge_old_daemon(cases, SB_ARRAY_LEN(cases));
}

static void values_together(void **state)
{
	static const struct settings_case cases[] = {
	    {"{\"graph\": \"/a\", \"data-root\": \"/b\"}", "the old name of \"data-root\""},
	    {"{\"bip\": \"10.5.0.1/24\", \"bridge\": \"none\"}", "exclude each other"},
	    {"{\"icc\": false, \"iptables\": false}", "needs iptables"},
	    {"{\"icc\": true, \"iptables\": false}", NULL},
	    {"{\"ip6tables\": true}", "needs \"experimental\""},
	    {"{\"ip6tables\": true, \"experimental\": true}", NULL},
	    {"{\"ipv6\": true}", "needs \"fixed-cidr-v6\""},
	    {"{\"tls\": true}", "need \"tlscert\" and \"tlskey\""},
	    {"{\"tlsverify\": false}", "need \"tlscert\""},
	    {"{\"tls\": false}", NULL},
	    {"{\"bip\": \"10.5.0.1/24\", \"default-gateway\": \"10.5.0.254\"}", NULL},
	    {"{\"bip\": \"10.5.0.1/24\", \"default-gateway\": \"10.6.0.254\"}",
	     "in the network of \"bip\""},
	    {"{\"bip\": \"10.5.0.1/24\", \"default-gateway\": \"10.5.0.1\"}",
	     "the address of the bridge"},
	    {"{\"default-runtime\": \"nope\"}", "none of those in \"runtimes\""},
	    {"{\"default-runtime\": \"runc\"}", NULL},
	    {"{\"default-runtime\": \"io.containerd.runc.v2\"}", NULL},
	    {"{\"default-runtime\": \"a\", \"runtimes\": {\"a\": {\"path\": \"/bin/true\"}}}",
	     NULL},
	    {"{\"runtimes\": {\"runc\": {\"path\": \"x\"}}}", "Docker's own"},
	    {"{\"labels\": [\"a=1\", \"a=2\"]}", "the same key with two values"},
	    {"{\"labels\": [\"a=1\", \"a=1\"]}", NULL},
	    {"{\"node-generic-resources\": [\"gpu=UUID1\", \"gpu=UUID2\"]}", NULL},
	    {"{\"node-generic-resources\": [\"gpu=1\", \"gpu=UUID\"]}", "the same key"},
	    {"{\"log-opts\": {\"bogus\": \"x\"}}",
	     "\"bogus\" is not an option of the log driver json-file"},
	    {"{\"log-opts\": {\"max-size\": \"10m\", \"cache-disabled\": \"true\"}}", NULL},
	    {"{\"log-driver\": \"local\", \"log-opts\": {\"labels\": \"x\"}}",
	     "of the log driver local"},
	    {"{\"log-driver\": \"syslog\", \"log-opts\": {\"syslog-address\": "
	     "\"udp://1.2.3.4:1111\"}}",
	     NULL},
	    {"{\"log-opts\": {\"max-buffer-size\": \"1m\"}}", "needs \"mode\""},
	    {"{\"log-opts\": {\"mode\": \"non-blocking\", \"max-buffer-size\": \"x\"}}",
	     "must be a size"},
	    {"{\"log-opts\": {\"mode\": \"x\"}}", "\"mode\" must be"},
	    {"{\"storage-driver\": \"overlay2\", \"storage-opts\": [\"dm.basesize=1\"]}",
	     "begin with \"overlay2.\""},
	    {"{\"storage-driver\": \"overlay2\", \"storage-opts\": "
	     "[\"overlay2.override_kernel_check=true\"]}",
	     NULL},
	    {"{\"exec-opts\": [\"native.cgroupdriver=x\"]}", "cgroupfs or systemd"},
	    {"{\"exec-opts\": [\"native.cgroupdriver=cgroupfs\", \"native.cgroupdriver=x\"]}",
	     NULL},
	    {"{\"exec-opts\": [\"native.cgroupdriver=systemd\"], \"cgroup-parent\": \"foo\"}",
	     "must end in .slice"},
	    {"{\"exec-opts\": [\"native.cgroupdriver=systemd\"], \"cgroup-parent\": \"foo.slice\"}",
	     NULL},
	};

	(void)state;
	judge_old_daemon(cases, SB_ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_types_and_mirrors), cmocka_unit_test(what_json_is_to_go),
	    cmocka_unit_test(members_of_objects),     cmocka_unit_test(values),
	    cmocka_unit_test(values_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
