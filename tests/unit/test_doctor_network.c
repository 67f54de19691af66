// SPDX-License-Identifier: MIT
/* test_doctor_network.c - iptables and IPv6, bridges against routes, WSL and other places of Docker */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/daemons.h"
#include "doctor/links/routes.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

#define NFT                                                                              \
	"{\"netfilter\":{\"path\":\"/usr/sbin/iptables\",\"version\":\"iptables v1.8.9 " \
	"(nf_tables)\"}}"
#define LEGACY                                                                            \
	"{\"netfilter\":{\"path\":\"/usr/sbin/iptables\",\"version\":\"iptables v1.8.11 " \
	"(legacy)\"}}"
#define MODULES "/lib/modules/6.1.0-18-amd64/modules.dep"
#define COMMON                                                                             \
	"kernel/net/bridge/bridge.ko:\nkernel/drivers/net/veth.ko:\nkernel/net/netfilter/" \
	"nf_nat.ko:\n"                                                                     \
	"kernel/net/netfilter/xt_addrtype.ko:\nkernel/net/netfilter/xt_conntrack.ko:\n"
#define TABLES_NFT "kernel/net/netfilter/nf_tables.ko:\nkernel/net/netfilter/nft_compat.ko:\n"
#define TABLES_LEGACY                                                                          \
	"kernel/net/ipv4/netfilter/ip_tables.ko:\nkernel/net/ipv4/netfilter/iptable_nat.ko:\n" \
	"kernel/net/ipv4/netfilter/iptable_filter.ko:\n"

static void test_iptables(void **state)
{
	static const struct {
		const char *facts, *modules;
		enum sb_level level;
		const char *says, *fix;
	} cases[] = {
	    {NFT, COMMON TABLES_NFT, SB_LEVEL_OK, "modules that Docker's rules need", NULL},
	    {LEGACY, COMMON TABLES_LEGACY, SB_LEVEL_OK, "legacy", NULL},
	    /* WSL 2 of 2021 with iptables of Debian 11: the kernel has only the old tables. */
	    {NFT, COMMON TABLES_LEGACY, SB_LEVEL_WARN, "needs module nf_tables",
	     "--set iptables /usr/sbin/iptables-legacy"},
	    /* A kernel without the old tables under an iptables-legacy. */
	    {LEGACY, COMMON TABLES_NFT, SB_LEVEL_WARN, "needs module ip_tables",
	     "--set iptables /usr/sbin/iptables-nft"},
	    {NFT, TABLES_NFT, SB_LEVEL_WARN, "has no module bridge", "linux-image"},
	    {"{\"netfilter\":{}}", COMMON, SB_LEVEL_WARN, "iptables is not installed",
	     "apt-get install iptables"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		made_file(mm, "/usr/bin/dockerd", 0755, "");
		made_file(mm, MODULES, 0644, cases[i].modules);
		made_facts(mm, cases[i].facts);
		sb_check_netfilter(&mm->x);
		if (made_level(mm, "system.iptables", NULL) != (int)cases[i].level)
			fail_msg("case %zu: %d", i, made_level(mm, "system.iptables", NULL));
		if (!made_says(mm, "system.iptables", cases[i].says))
			fail_msg("case %zu: not \"%s\"", i, cases[i].says);
		if (cases[i].fix && !made_says(mm, "system.iptables", cases[i].fix))
			fail_msg("case %zu: not to type: \"%s\"", i, cases[i].fix);
		made_machine_free(mm);
	}
}

/* Without a dockerd nobody needs its rules; in a container nobody can tell. */
static void test_iptables_of_nobody(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm, NFT);
	sb_check_netfilter(&mm->x);
	assert_int_equal(mm->found.count, 0);
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	made_remove(mm, "/lib/modules");
	sb_check_netfilter(&mm->x);
	assert_int_equal(mm->found.count, 0);
	made_machine_free(mm);
}

static void test_kernel_was_upgraded(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_remove(mm, "/lib/modules/6.1.0-18-amd64");
	made_file(mm, "/lib/modules/6.1.0-20-amd64/modules.dep", 0644, "");
	sb_check_netfilter(&mm->x);
	assert_int_equal(made_level(mm, "system.modules", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "system.modules", "reboot"));
	made_machine_free(mm);
}

static void test_ipv6_disabled(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/cmdline", 0444,
		  "BOOT_IMAGE=/vmlinuz ro ipv6.disable=10 xipv6.disable=1\n");
	sb_check_netfilter(&mm->x);
	assert_int_equal(made_level(mm, "system.ipv6", NULL), -1);
	made_file(mm, "/proc/cmdline", 0444, "BOOT_IMAGE=/vmlinuz ro ipv6.disable=1\n");
	sb_check_netfilter(&mm->x);
	assert_int_equal(made_level(mm, "system.ipv6", NULL), SB_LEVEL_INFO);
	made_file(mm, "/usr/bin/dockerd", 0755, "");
	made_facts(mm, NFT);
	sb_check_netfilter(&mm->x);
	assert_int_equal(made_level(mm, "system.ipv6", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "system.ipv6", "\"ip6tables\": false"));
	made_forget(mm);
	made_file(mm, "/proc/cmdline", 0444, "ro\n");
	made_file(mm, "/sys/module/ipv6/parameters/disable", 0444, "1\n");
	sb_check_netfilter(&mm->x);
	assert_true(made_says(mm, "system.ipv6", "disable=1 of module ipv6"));
	made_machine_free(mm);
}

#define HEAD "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
#define ROUTE(iface, address, mask) \
	iface "\t" address "\t00000000\t0001\t0\t0\t0\t" mask "\t0\t0\t0\n"
#define ETH0   ROUTE("eth0", "00000000", "00000000") ROUTE("eth0", "0001A8C0", "00FFFFFF")
#define DOCKER ROUTE("docker0", "000011AC", "0000FFFF") /* 172.17.0.0/16 */

static void test_overlap(void **state)
{
	static const struct {
		const char *routes, *says; /* NULL: nothing to say */
	} cases[] = {
	    {HEAD ETH0 DOCKER, NULL},
	    /* 172.16.0.0/12 through a VPN: what is in 172.17.0.0/16 there is hidden. */
	    {HEAD ETH0 DOCKER ROUTE("tun0", "000010AC", "0000F0FF"),
	     "docker0 has 172.17.0.0/16, and a route to 172.16.0.0/12 leads to tun0 (a VPN): what "
	     "has"},
	    {HEAD ETH0 DOCKER ROUTE("wg0", "000511AC", "00FFFFFF"),
	     "route to 172.17.5.0/24 leads to wg0 (a VPN): packets for containers"},
	    {HEAD ETH0 DOCKER ROUTE("tun0", "0000000A", "000000FF"), NULL},
	    {HEAD ETH0 DOCKER ROUTE("br-0123456789ab", "000012AC", "0000FFFF"), NULL},
	    {HEAD ETH0 ROUTE("br-0123456789ab", "000012AC", "0000FFFF")
		 ROUTE("eth1", "000012AC", "0000FFFF"),
	     "br-0123456789ab has 172.18.0.0/16"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		made_file(mm, "/proc/net/route", 0444, cases[i].routes);
		made_file(mm, "/sys/class/net/docker0/mtu", 0444, "1500\n");
		sb_check_bridges(&mm->x);
		if ((made_level(mm, "links.overlap", NULL) == SB_LEVEL_WARN) != !!cases[i].says)
			fail_msg("case %zu", i);
		if (cases[i].says && !made_says(mm, "links.overlap", cases[i].says))
			fail_msg("case %zu: %s", i, mm->found.findings[0].text);
		made_machine_free(mm);
	}
}

/* The address that is advised overlaps with nothing, and the file that exists is not overwritten. */
static void test_overlap_advice(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/net/route", 0444,
		  HEAD ETH0 DOCKER ROUTE("tun0", "000010AC", "0000F0FF")
		      ROUTE("tun0", "0000000A", "000000FF"));
	sb_check_bridges(&mm->x);
	assert_true(made_says(mm, "links.overlap", "{\"bip\": \"192.168.200.1/24\"}' | sudo tee"));
	made_forget(mm);
	made_file(mm, "/etc/docker/daemon.json", 0644, "{}");
	sb_check_bridges(&mm->x);
	assert_true(
	    made_says(mm, "links.overlap", "sudo ${EDITOR:-vi} /etc/docker/daemon.json  # add"));
	assert_false(made_says(mm, "links.overlap", "tee"));
	made_machine_free(mm);
}

static void test_vpn_of_all_addresses(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/sys/class/net/docker0/mtu", 0444, "1500\n");
	made_file(mm, "/sys/class/net/tun0/mtu", 0444, "1500\n");
	made_file(mm, "/proc/net/route", 0444,
		  HEAD ETH0 DOCKER ROUTE("tun0", "00000000", "00000080")
		      ROUTE("tun0", "00000080", "00000080"));
	sb_check_bridges(&mm->x);
	assert_true(made_says(mm, "links.pools", "non-overlapping IPv4 address pool"));
	assert_int_equal(made_level(mm, "links.overlap", NULL), -1);
	assert_int_equal(mm->found.count, 1);
	made_machine_free(mm);
}

static void test_mtu(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/sys/class/net/docker0/mtu", 0444, "1500\n");
	made_file(mm, "/sys/class/net/eth0/mtu", 0444, "1500\n");
	made_file(mm, "/proc/net/route", 0444, HEAD ETH0 DOCKER);
	sb_check_bridges(&mm->x);
	assert_int_equal(mm->found.count, 0);
	made_file(mm, "/sys/class/net/eth0/mtu", 0444, "1450\n");
	sb_check_bridges(&mm->x);
	assert_int_equal(mm->found.count, 1);
	assert_true(
	    made_says(mm, "links.mtu", "docker0 has MTU 1500, eth0, through which packets leave"));
	assert_true(made_says(mm, "links.mtu", "{\"mtu\": 1450}"));
	made_forget(mm);
	/* A VPN to one network is met by packets to that network alone. */
	made_file(mm, "/sys/class/net/eth0/mtu", 0444, "1500\n");
	made_file(mm, "/sys/class/net/wg0/mtu", 0444, "1420\n");
	made_file(mm, "/proc/net/route", 0444,
		  HEAD ETH0 DOCKER ROUTE("wg0", "0000000A", "000000FF")
		      ROUTE("wg0", "0000010B", "0000FFFF"));
	sb_check_bridges(&mm->x);
	assert_int_equal(mm->found.count, 1);
	assert_true(made_says(mm, "links.mtu", "a VPN's packets leave, only 1420"));
	made_machine_free(mm);
}

static void test_wsl(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/sys/kernel/osrelease", 0644, "5.15.153.1-microsoft-standard-WSL2\n");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "system.wsl", NULL), SB_LEVEL_INFO);
	made_file(mm, "/proc/1/comm", 0644, "init\n");
	made_file(mm, "/mnt/wsl/docker-desktop/x", 0644, "");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "system.wsl", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "system.wsl", "systemd=true"));
	assert_true(made_says(mm, "system.wsl_docker", "Docker Desktop's"));
	made_file(mm, "/proc/sys/kernel/osrelease", 0644, "4.4.0-19041-Microsoft\n");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "system.wsl", NULL), SB_LEVEL_FAIL);
	made_machine_free(mm);
}

static void test_virtual_machines(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	sb_check_platform(&mm->x);
	assert_int_equal(mm->found.count, 0);
	made_file(mm, "/home/sat/.colima/default/colima.yaml", 0644, "");
	sb_check_platform(&mm->x);
	assert_true(made_says(mm, "access.machine", "colima is installed, but does not run"));
	assert_true(made_says(mm, "access.machine", "colima start"));
	made_forget(mm);
	made_file(mm, "/etc/docker/daemon.json", 0644, "{}");
	mm->found.daemons =
	    cJSON_Parse("[{\"engine\":\"docker\",\"state\":\"answers\","
			"\"url\":\"unix:///home/sat/.docker/desktop/docker.sock\"}]");
	sb_check_platform(&mm->x);
	assert_true(made_says(mm, "access.machine", "Docker Desktop answers"));
	assert_int_equal(made_level(mm, "access.machine_settings", "Docker Desktop"),
			 SB_LEVEL_WARN);
	assert_int_equal(made_level(mm, "access.machine_settings", "colima"), -1);
	assert_true(made_says(mm, "access.machine_settings", "~/.docker/daemon.json"));
	made_machine_free(mm);
}

static void test_snap(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/snap/bin/docker", 0755, "");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "access.snap", NULL), SB_LEVEL_INFO);
	assert_int_equal(made_level(mm, "access.snap_settings", NULL), -1);
	made_file(mm, "/etc/docker/daemon.json", 0644, "{}");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "access.snap_settings", NULL), SB_LEVEL_WARN);
	assert_true(
	    made_says(mm, "access.snap_settings", "/var/snap/docker/current/config/daemon.json"));
	made_forget(mm);
	made_file(mm, "/usr/sbin/dockerd", 0755, "");
	sb_check_platform(&mm->x);
	assert_int_equal(made_level(mm, "access.snap", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "access.snap", "two root Dockers"));
	made_machine_free(mm);
}

static void test_registries_conf(void **state)
{
	static const struct {
		const char *text;
		int level;
		const char *says;
	} cases[] = {
	    {"unqualified-search-registries = [\"docker.io\"]\n[[registry]]\nlocation = "
	     "\"a.example\"\n",
	     -1, NULL},
	    {"# [registries.search]\nunqualified-search-registries = [\"docker.io\"]\n", -1, NULL},
	    {"[registries.search]\nregistries = "
	     "['docker.io']\n[[registry]]\nlocation='a.example'\n",
	     SB_LEVEL_FAIL, "[registries.*] in line 1 and version 2 in line 3"},
	    {"[registries.search]\nregistries = [\n  'docker.io',\n]\n[[registry]]\nlocation='a'\n",
	     SB_LEVEL_FAIL, "mixing sysregistry v1/v2"},
	    {"unqualified-search-registries = [\"docker.io\"]\n[registries.insecure]\nregistries = "
	     "[]\n",
	     SB_LEVEL_WARN, "empty lists"},
	    {"[registries.search]\nregistries = ['docker.io']\n", SB_LEVEL_WARN,
	     "Podman 6 refuses"},
	    {"[[registry]]\nlocation = 'a.example'\nunqualified-search-registries = "
	     "['docker.io']\n",
	     SB_LEVEL_WARN, "line 3: this key is below a table"},
	};
	static const char *const paths[] = {"/etc/containers/registries.conf",
					    "/home/sat/.config/containers/registries.conf",
					    "/etc/containers/registries.conf.d/10-own.conf"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases) * SB_ARRAY_LEN(paths); i++) {
		struct made_machine *mm = made_machine_new();
		const char *path = paths[i / SB_ARRAY_LEN(cases)];
		size_t k = i % SB_ARRAY_LEN(cases);

		made_file(mm, path, 0644, cases[k].text);
		sb_check_registries(&mm->x);
		if (made_level(mm, "access.registries", NULL) != cases[k].level)
			fail_msg("case %zu: %d", k, made_level(mm, "access.registries", NULL));
		if (cases[k].says && (!made_says(mm, "access.registries", cases[k].says) ||
				      !made_says(mm, "access.registries", path)))
			fail_msg("case %zu: %s", k, mm->found.findings[0].text);
		made_machine_free(mm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_iptables),
	    cmocka_unit_test(test_iptables_of_nobody),
	    cmocka_unit_test(test_kernel_was_upgraded),
	    cmocka_unit_test(test_ipv6_disabled),
	    cmocka_unit_test(test_overlap),
	    cmocka_unit_test(test_overlap_advice),
	    cmocka_unit_test(test_vpn_of_all_addresses),
	    cmocka_unit_test(test_mtu),
	    cmocka_unit_test(test_wsl),
	    cmocka_unit_test(test_virtual_machines),
	    cmocka_unit_test(test_snap),
	    cmocka_unit_test(test_registries_conf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
