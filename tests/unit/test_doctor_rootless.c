// SPDX-License-Identifier: MIT
/* test_doctor_rootless.c - what the doctor says of machines that lack something for rootless
 * engines */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/system/subid.h"
#include "made_machine.h"
#include "satbed/base/mem.h"

static void test_nothing_to_complain_of(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	sb_check_rootless(&mm->x);
	sb_check_access(&mm->x);
	assert_true(mm->found.count >= 9);
	for (size_t i = 0; i < mm->found.count; i++)
		if (mm->found.findings[i].level != SB_LEVEL_OK)
			fail_msg("%s: %s", mm->found.findings[i].id, mm->found.findings[i].text);
	made_machine_free(mm);
}

/* One thing at a time is wrong; that finding and its fix say so, and no other complains. */
static void test_one_thing_wrong(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: the file is not there */
		unsigned int mode;
		const char *id, *says, *fix;
	} cases[] = {
	    {"/etc/subuid", "other:100000:65536\n", 0644, "rootless.subuid", "no line for sat",
	     "usermod --add-subuids"},
	    {"/etc/subuid", NULL, 0, "rootless.subuid", "no line for sat", "usermod"},
	    {"/etc/subgid", "sat:200000:1000\n", 0644, "rootless.subgid", "1000 ids",
	     "--add-subgids 201000-266535 sat"},
	    {"/etc/subuid", "sat:100000:65536\nother:120000:65536\n", 0644, "rootless.subuid",
	     "also those of other", NULL},
	    {"/usr/bin/newuidmap", NULL, 0, "rootless.newuidmap", "not installed", "uidmap"},
	    {"/usr/bin/newgidmap", "", 0755, "rootless.newgidmap", "neither set-user-ID",
	     "chmod u+s"},
	    {"/dev/net/tun", NULL, 0, "rootless.tun", "not there", "modprobe tun"},
	    {"/dev/net/tun", "", 0600, "rootless.tun", "mode 0600", "chmod 666"},
	    {"/proc/sys/user/max_user_namespaces", "0\n", 0644, "rootless.userns",
	     "user.max_user_namespaces is 0", "sysctl.d"},
	    {"/proc/sys/kernel/unprivileged_userns_clone", "0\n", 0644, "rootless.userns",
	     "unprivileged_userns_clone is 0", "kernel.unprivileged_userns_clone=1"},
	    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", 0644,
	     "rootless.userns", "AppArmor", "apparmor_restrict_unprivileged_userns=0"},
	    {"/proc/sys/kernel/osrelease", "5.4.0-150-generic\n", 0644, "rootless.overlay", "5.11",
	     "fuse-overlayfs"},
	    {"/var/lib/systemd/linger/sat", NULL, 0, "rootless.linger", "does not linger",
	     "loginctl enable-linger sat"},
	    {"/run/user/1000", NULL, 0, "rootless.runtime_dir", "not there", "/run/user/1000"},
	    {"/sys/fs/cgroup/cgroup.controllers", NULL, 0, "rootless.cgroup", "cgroup v2",
	     "unified_cgroup_hierarchy"},
	    {"/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers",
	     "memory pids\n", 0644, "rootless.cgroup", "only \"memory pids\"", "Delegate=cpu"},
	    {"/proc/self/status", "Name:\tx\nNoNewPrivs:\t1\n", 0644, "rootless.no_new_privs",
	     "newuidmap does not work", NULL},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct made_machine *mm = made_machine_new();

		made_remove(mm, cases[i].path);
		if (cases[i].text)
			made_file(mm, cases[i].path, cases[i].mode, cases[i].text);
		sb_check_rootless(&mm->x);
		assert_int_equal(made_level(mm, cases[i].id, NULL), SB_LEVEL_WARN);
		if (!made_says(mm, cases[i].id, cases[i].says))
			fail_msg("case %zu: not \"%s\"", i, cases[i].says);
		if (cases[i].fix && !made_says(mm, cases[i].id, cases[i].fix))
			fail_msg("case %zu: nothing to type with \"%s\"", i, cases[i].fix);
		for (size_t k = 0; k < mm->found.count; k++)
			if (strcmp(mm->found.findings[k].id, cases[i].id) != 0)
				assert_int_equal(mm->found.findings[k].level, SB_LEVEL_OK);
		made_machine_free(mm);
	}
}

static void test_old_kernel_with_fuse(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/sys/kernel/osrelease", 0644, "5.4.0-150-generic\n");
	made_file(mm, "/usr/bin/fuse-overlayfs", 0755, "");
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.overlay", NULL), SB_LEVEL_OK);
	made_machine_free(mm);
}

static void test_runtime_dir_not_set(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	mm->env[1] = NULL;
	sb_check_rootless(&mm->x);
	assert_true(made_says(mm, "rootless.runtime_dir", "not set"));
	assert_true(made_says(mm, "rootless.runtime_dir", "export XDG_RUNTIME_DIR=/run/user/1000"));
	made_machine_free(mm);
}

/* nsswitch.conf may send everybody to a directory server: the file then says nothing. */
static void test_ids_from_elsewhere(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_remove(mm, "/etc/subuid");
	made_facts(mm, "{\"programs\":{\"getsubids\":\"0: sat 500000 65536\\n\"}}");
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.subuid", NULL), SB_LEVEL_OK);
	assert_true(made_says(mm, "rootless.subuid", "500000"));
	made_machine_free(mm);
}

static void test_root_is_told_to_ask_as_user(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	mm->machine.uid = mm->machine.person_uid = 0;
	mm->machine.person = "root";
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.person", NULL), SB_LEVEL_INFO);
	assert_int_equal(made_level(mm, "rootless.subuid", NULL), -1);
	made_machine_free(mm);
}

static void test_docker_group(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	mm->groups[0] = "docker";
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.docker_group", "sat"), SB_LEVEL_WARN);
	assert_true(made_says(mm, "access.docker_group", "that is root"));
	/* Added to the group, but not logged in since. */
	assert_true(made_says(mm, "access.session", "newgrp docker"));
	made_forget(mm);
	mm->session_groups[0] = "docker";
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.session", NULL), -1);
	made_machine_free(mm);
}

static void test_docker_host_and_context(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/home/sat/.docker/config.json", 0600, "{\"currentContext\":\"rootless\"}");
	made_file(mm, "/home/sat/.docker/contexts/meta/ab/meta.json", 0600,
		  "{\"Name\":\"rootless\",\"Endpoints\":{\"docker\":{\"Host\":"
		  "\"unix:///run/user/1000/docker.sock\"}}}");
	sb_check_access(&mm->x);
	assert_int_equal(mm->found.count, 0);
	mm->env[2] = "DOCKER_HOST=unix:///run/docker.sock";
	sb_check_access(&mm->x);
	assert_true(
	    made_says(mm, "access.docker_host", "overrides the docker context \"rootless\""));
	assert_true(made_says(mm, "access.docker_host", "unset DOCKER_HOST"));
	assert_true(made_says(mm, "access.sudo", "sudo drops it"));
	made_forget(mm);
	mm->env[2] = "DOCKER_HOST=ssh://host";
	sb_check_access(&mm->x);
	assert_int_equal(made_level(mm, "access.ssh", NULL), SB_LEVEL_FAIL);
	assert_true(made_says(mm, "access.ssh", "ssh -nNT -L"));
	made_machine_free(mm);
}

/* Engines map several ranges one after the other: together they may suffice. */
static void test_two_ranges_together(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/etc/subuid", 0644, "sat:100000:32768\nsat:300000:32768\n");
	made_file(mm, "/etc/subgid", 0644, "sat:100000:32768\nsat:300000:32767\n");
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.subuid", "sat"), SB_LEVEL_OK);
	assert_true(made_says(mm, "rootless.subuid", "65536 subordinate user ids"));
	assert_int_equal(made_level(mm, "rootless.subgid", "sat"), SB_LEVEL_WARN);
	made_machine_free(mm);
}

/* A profile that is there already is no reason to turn the restriction off. */
static void test_apparmor_profile(void **state)
{
	struct made_machine *mm = made_machine_new();

	(void)state;
	made_file(mm, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0644, "1\n");
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.userns", "sat"), SB_LEVEL_WARN);
	made_forget(mm);
	made_file(mm, "/usr/bin/rootlesskit", 0755, "");
	made_file(mm, "/etc/apparmor.d/usr.bin.rootlesskit", 0644, "");
	sb_check_rootless(&mm->x);
	assert_int_equal(made_level(mm, "rootless.userns", "sat"), SB_LEVEL_OK);
	made_machine_free(mm);
}

static void test_subid_lines(void **state)
{
	struct sb_subid range;
	char *shared;

	(void)state;
	assert_int_equal(sb_subid_from_file("# none\nsat:x:y\nsat:1:0\nsat:1:99999999999\nsat\n",
					    "sat", 1000, &range, &shared),
			 -1);
	assert_null(shared);
	/* By number, and the larger of two. */
	assert_int_equal(
	    sb_subid_from_file("1000:100000:10\nsat:300000:65536\nsat:200000:5\nlast:365536:65536",
			       "sat", 1000, &range, &shared),
	    0);
	assert_null(shared);
	assert_true(range.start == 300000 && range.largest == 65536 && range.after == 431072);
	assert_int_equal(sb_subid_from_getsubids("Error fetching ranges\n", &range), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_to_complain_of),
	    cmocka_unit_test(test_one_thing_wrong),
	    cmocka_unit_test(test_old_kernel_with_fuse),
	    cmocka_unit_test(test_runtime_dir_not_set),
	    cmocka_unit_test(test_ids_from_elsewhere),
	    cmocka_unit_test(test_root_is_told_to_ask_as_user),
	    cmocka_unit_test(test_docker_group),
	    cmocka_unit_test(test_docker_host_and_context),
	    cmocka_unit_test(test_two_ranges_together),
	    cmocka_unit_test(test_apparmor_profile),
	    cmocka_unit_test(test_subid_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
