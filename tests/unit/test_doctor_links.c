// SPDX-License-Identifier: MIT
/* test_doctor_links.c - what the doctor says of links, modules, congestion controls, clocks, units
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/links/links.h"
#include "doctor/system/units.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

#define ALL_BUT_NETEM                                                                  \
	"\"made\":true,\"user_namespace\":true,\"user\":{\"works\":true},\"capture\":" \
	"{\"works\":true},\"offloads\":{\"works\":true}"
#define NO_NETEM "{\"namespace\":{" ALL_BUT_NETEM ",\"netem\":{\"works\":false,\"why\":\"no\"}}}"

static void test_all_works(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm, "{\"namespace\":{" ALL_BUT_NETEM ",\"netem\":{\"works\":true}}}");
	sb_check_native(&mm->x);
	sb_check_links(&mm->x);
	assert_int_equal(mm->found.count, 5);
	for (size_t i = 0; i < mm->found.count; i++)
		assert_int_equal(mm->found.findings[i].level, SB_LEVEL_OK);
	made_machine_free(mm);
}

/* The fix is that of the distribution, and of where the module is. */
static void test_netem_missing(void **state)
{
	static const struct {
		const char *os, *dep; /* NULL: no modules of this kernel at all */
		const char *says, *fix;
	} cases[] = {
	    {"ID=debian", "kernel/net/sched/sch_netem.ko.xz:\n", "not loaded",
	     "sudo modprobe sch_netem"},
	    {"ID=ubuntu\nID_LIKE=debian", "kernel/net/veth.ko:\n", "no module sch_netem",
	     "linux-modules-extra-$(uname -r)"},
	    {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"", "kernel/net/veth.ko:\n",
	     "no module sch_netem", "linux-modules-extra-$(uname -r)"},
	    {"ID=fedora", "kernel/net/veth.ko:\n", "no module sch_netem",
	     "dnf install kernel-modules-extra-$(uname -r)"},
	    {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", "kernel/net/veth.ko:\n",
	     "no module sch_netem", "kernel-modules-extra"},
	    {"ID=debian", NULL, "built without modules", NULL},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		made_facts(mm, NO_NETEM);
		made_file(mm, "/etc/os-release", 0644, cases[i].os);
		made_remove(mm, "/lib/modules");
		if (cases[i].dep)
			made_file(mm, "/lib/modules/6.1.0-18-amd64/modules.dep", 0644,
				  cases[i].dep);
		sb_check_links(&mm->x);
		assert_int_equal(made_level(mm, "links.netem", NULL), SB_LEVEL_WARN);
		assert_true(made_says(mm, "links.netem", "sch_netem is missing"));
		assert_true(made_says(mm, "links.netem", "user takes its place"));
		if (!made_says(mm, "links.netem", cases[i].says))
			fail_msg("case %zu: not \"%s\"", i, cases[i].says);
		if (cases[i].fix)
			assert_true(made_says(mm, "links.netem", cases[i].fix));
		else
			assert_null(mm->found.findings[0].fix);
		made_machine_free(mm);
	}
}

/* The module is there and yet it fails: then the kernel's own words count, no package helps. */
static void test_netem_refused(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm, NO_NETEM);
	made_file(mm, "/sys/module/sch_netem/refcnt", 0444, "0\n");
	sb_check_links(&mm->x);
	assert_true(made_says(mm, "links.netem", "is there, but: no"));
	made_machine_free(mm);
}

static void test_nothing_works(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm,
		   "{\"namespace\":{\"made\":true,\"user\":{\"works\":false,\"why\":\"no tun\"},"
		   "\"netem\":{\"works\":false},\"capture\":{\"works\":false,\"why\":\"no ring\"},"
		   "\"offloads\":{\"works\":false,\"why\":\"no ethtool\"}}}");
	sb_check_links(&mm->x);
	assert_int_equal(made_level(mm, "links.user", NULL), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "links.user", "no tun"));
	assert_int_equal(made_level(mm, "links.capture", NULL), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "links.capture", "no ring"));
	assert_int_equal(made_level(mm, "links.offloads", NULL), SB_LEVEL_FAIL);
	made_forget(mm);
	made_facts(mm, "{\"namespace\":{\"made\":false,\"why\":\"forbidden\"}}");
	sb_check_native(&mm->x);
	sb_check_links(&mm->x);
	assert_int_equal(mm->found.count, 1);
	assert_int_equal(made_level(mm, "native.namespaces", "native"), SB_LEVEL_FAIL);
	made_machine_free(mm);
}

static void test_congestion_controls(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	sb_check_cc(&mm->x);
	assert_int_equal(made_level(mm, "cc.bbr", NULL), SB_LEVEL_OK);
	assert_int_equal(made_level(mm, "cc.allowed", NULL), -1);
	made_forget(mm);
	made_file(mm, "/proc/sys/net/ipv4/tcp_available_congestion_control", 0644, "reno cubic\n");
	made_file(mm, "/proc/sys/net/ipv4/tcp_allowed_congestion_control", 0644, "reno\n");
	sb_check_cc(&mm->x);
	assert_int_equal(made_level(mm, "cc.bbr", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "cc.bbr", "sudo modprobe tcp_bbr"));
	assert_true(made_says(mm, "cc.allowed", "not cubic"));
	assert_true(
	    made_says(mm, "cc.allowed", "net.ipv4.tcp_allowed_congestion_control=\"reno cubic\""));
	made_machine_free(mm);
}

static void test_clocks(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm,
		   "{\"clock\":{\"resolution_ns\":1,\"late_p50_ns\":60000,\"late_max_ns\":90000,"
		   "\"processors\":4}}");
	sb_check_system(&mm->x);
	for (size_t i = 0; i < mm->found.count; i++)
		assert_int_equal(mm->found.findings[i].level, SB_LEVEL_OK);
	made_forget(mm);
	made_file(mm, "/sys/devices/system/clocksource/clocksource0/current_clocksource", 0444,
		  "acpi_pm\n");
	made_facts(mm, "{\"clock\":{\"resolution_ns\":4000000,\"late_p50_ns\":3000000,"
		       "\"late_max_ns\":9000000,\"processors\":1}}");
	sb_check_system(&mm->x);
	assert_int_equal(made_level(mm, "system.clock", NULL), SB_LEVEL_WARN);
	assert_int_equal(made_level(mm, "system.timers", NULL), SB_LEVEL_WARN);
	assert_int_equal(made_level(mm, "system.clocksource", NULL), SB_LEVEL_WARN);
	assert_int_equal(made_level(mm, "system.processors", NULL), SB_LEVEL_WARN);
	made_machine_free(mm);
}

static void test_a_busy_disk(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/meminfo", 0444, "Dirty: 2000000 kB\nWriteback: 5678 kB\n");
	made_file(mm, "/proc/pressure/io", 0444, "some avg10=3.10 avg60=0.00\n");
	sb_check_system(&mm->x);
	assert_int_equal(made_level(mm, "system.disk", NULL), -1);
	made_file(mm, "/proc/pressure/io", 0444, "some avg10=97.30 avg60=0.00\n");
	sb_check_system(&mm->x);
	assert_int_equal(made_level(mm, "system.disk", NULL), SB_LEVEL_WARN);
	assert_true(made_says(mm, "system.disk", "2.05GB are not yet written"));
	/* A mean over processors that compute, beside one process that waits all the time. */
	made_file(mm, "/proc/meminfo", 0444, "Dirty: 2000000 kB\nWriteback: 345678 kB\n");
	made_file(mm, "/proc/pressure/io", 0444, "some avg10=24.80 avg60=0.00\n");
	sb_check_system(&mm->x);
	assert_true(made_says(mm, "system.disk", "2.4GB are not yet written"));
	made_machine_free(mm);
}

static const char shown[] =
    "Id=docker.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n"
    "FragmentPath=/lib/systemd/system/docker.service\n\n"
    "Id=docker.socket\nLoadState=loaded\nActiveState=active\n"
    "FragmentPath=/lib/systemd/system/docker.socket\n\n"
    "Id=podman.service\nLoadState=not-found\nActiveState=inactive\n\n"
    "Id=podman.socket\nLoadState=loaded\nActiveState=failed\nFragmentPath=/x\n";

static void add_manager(struct made_machine *mm, const char *which, const char *text)
{
	cJSON *facts = cJSON_GetObjectItem(mm->x.facts, "units");

	cJSON_AddItemToObject(facts, which, sb_units_parse(text));
}

static void test_units(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_facts(mm, "{\"units\":{\"systemd\":true}}");
	add_manager(mm, "system", shown);
	add_manager(mm, "user",
		    "Id=docker.service\nLoadState=loaded\nActiveState=active\n\n"
		    "Id=docker.socket\nLoadState=not-found\nActiveState=inactive\n");
	sb_check_units(&mm->x);
	assert_int_equal(made_level(mm, "units.state", "docker"), SB_LEVEL_INFO);
	assert_true(made_says(mm, "units.state",
			      "docker.service inactive (/lib/systemd/system/docker.service), "
			      "docker.socket active"));
	assert_true(made_says(mm, "units.state", "starts the service on the first connection"));
	assert_true(made_says(mm, "units.state", "docker-rootless: docker.service active"));
	assert_int_equal(made_level(mm, "units.failed", NULL), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "units.failed", "sudo systemctl restart podman.socket"));
	made_forget(mm);
	made_facts(mm, "{\"units\":{\"systemd\":true}}");
	add_manager(mm, "system", "Id=docker.service\nLoadState=not-found\n");
	sb_check_units(&mm->x);
	assert_true(made_says(mm, "units.user", "systemctl --user does not answer"));
	made_forget(mm);
	made_facts(mm, "{\"units\":{\"systemd\":false}}");
	made_file(mm, "/proc/1/comm", 0444, "sh\n");
	sb_check_units(&mm->x);
	assert_true(made_says(mm, "units.systemd", "process 1 is sh"));
	made_machine_free(mm);
}

/* systemctl as it answers root's manager; the person's does not. */
static int run_systemctl(const char *const argv[], int timeout_ms, char **out)
{
	assert_string_equal(argv[0], "systemctl");
	assert_true(timeout_ms > 0 && timeout_ms <= 3000);
	*out = NULL;
	if (!strcmp(argv[1], "--user"))
		return -1;
	assert_string_equal(argv[1], "--system");
	*out = sb_strdup(shown);
	return 0;
}

static void test_asking_systemd(void **state)
{
	struct made_machine *mm = made_machine_new();
	cJSON *facts;
	char *words;

	(void)state;
	mm->machine.run = run_systemctl;
	facts = sb_probe_units(&mm->x);
	assert_true(sb_fact_true(facts, "systemd"));
	assert_null(sb_fact(facts, "user"));
	words = sb_unit_words(facts, false, "docker.socket");
	assert_string_equal(words, "active (/lib/systemd/system/docker.socket)");
	free(words);
	words = sb_unit_words(facts, false, "podman.service");
	assert_string_equal(words, "not there");
	free(words);
	cJSON_Delete(facts);
	/* Without systemd nobody is asked. */
	made_file(mm, "/proc/1/comm", 0444, "init\n");
	mm->machine.run = NULL;
	facts = sb_probe_units(&mm->x);
	assert_false(sb_fact_true(facts, "systemd"));
	cJSON_Delete(facts);
	made_machine_free(mm);
}

static void test_kernels_for_the_virtual_clock(void **state)
{
	static const struct {
		const char *facts;
		enum sb_level level;
		const char *says;
	} cases[] = {
	    {"{\"kernels\":{\"machine\":\"x86_64\",\"count\":2,\"preferred\":\"6.12.1-"
	     "0123456789ab\"}}",
	     SB_LEVEL_OK, "6.12.1-0123456789ab"},
	    {"{\"kernels\":{\"machine\":\"x86_64\",\"count\":0}}", SB_LEVEL_INFO,
	     "satbed kernel build"},
	    {"{\"kernels\":{\"machine\":\"aarch64\",\"count\":0}}", SB_LEVEL_INFO, "aarch64"},
	    {"{\"kernels\":{\"machine\":\"x86_64\",\"error\":\"others can write\"}}", SB_LEVEL_WARN,
	     "others can write"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		made_facts(mm, cases[i].facts);
		sb_check_kernels(&mm->x);
		assert_int_equal(made_level(mm, "virtual.kernel", NULL), cases[i].level);
		assert_true(made_says(mm, "virtual.kernel", cases[i].says));
		made_machine_free(mm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_works),
	    cmocka_unit_test(test_netem_missing),
	    cmocka_unit_test(test_netem_refused),
	    cmocka_unit_test(test_nothing_works),
	    cmocka_unit_test(test_congestion_controls),
	    cmocka_unit_test(test_clocks),
	    cmocka_unit_test(test_a_busy_disk),
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_asking_systemd),
	    cmocka_unit_test(test_kernels_for_the_virtual_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
