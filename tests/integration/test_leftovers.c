// SPDX-License-Identifier: MIT
/* test_leftovers.c - what a daemon forgot of a run goes, and what looks like it stays */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup/leftovers.h"
#include "netns.h"
#include "satbed/base/mem.h"
#include "satbed/net.h"

#define ID	 "4461e3c0434f66436faf3a58e696b2a6b618e57fcff2916b6f87c7b20c959af9"
#define OTHER_ID "6c85e46826e278f0c203eee23f30ae06438955b4eb0d77dd9a65801d8c17c738"

/* Everything that was told, a line for each. */
static char told[4096];

static void take(const struct sb_cleanup_item *item, void *ctx)
{
	static const char *const fates[] = {"removed", "left", "failed", "unreached", "named"};
	size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%s %s %s\n", fates[item->fate], item->kind,
		 item->name);
}

static void hunt(void (*look)(struct sb_leftover_scan *), bool dry_run)
{
	struct sb_cleanup_request rq = {.told = take, .dry_run = dry_run};
	struct sb_leftover things[] = {
	    {.name = "satbed-5f0c91a2-server", .id = ID, .owner = {.run = "5f0c91a2"}},
	    {.name = "satbed-5f0c91a2-1", .owner = {.run = "5f0c91a2"}},
	};
	struct sb_leftover_scan h = {
	    .rq = &rq, .url = "unix:///x", .count = SB_ARRAY_LEN(things), .things = things};

	told[0] = '\0';
	look(&h);
}

/* This program under the name @comm, waiting, with @word among its words. */
static pid_t start(const char *comm, const char *word)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		char fd[16];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(fd, sizeof(fd), "%d", ready[1]);
		execl("/proc/self/exe", comm, "-c", word, "wait", fd, comm, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static bool lives(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void processes_go_by_the_id_of_their_container(void **state)
{
	pid_t shim = start("containerd-shim", ID), conmon = start("conmon", ID),
	      runtime = start("runc", ID);
	/* Another's container; and a user who looks at this one, or follows its log. */
	pid_t other = start("conmon", OTHER_ID), client = start("docker", ID),
	      longer = start("conmon", ID "0");

	(void)state;
	hunt(sb_leftover_processes, true);
	assert_non_null(strstr(told, "removed process containerd-shim "));
	assert_true(lives(shim) && lives(conmon) && lives(runtime));

	hunt(sb_leftover_processes, false);
	assert_non_null(strstr(told, "removed process containerd-shim "));
	assert_non_null(strstr(told, "removed process conmon "));
	assert_non_null(strstr(told, "removed process runc "));
	assert_null(strstr(told, "docker"));
	assert_false(lives(shim) || lives(conmon) || lives(runtime));
	assert_true(lives(other) && lives(client) && lives(longer));

	hunt(sb_leftover_processes, false);
	assert_string_equal(told, "");
	end(other);
	end(client);
	end(longer);
}

static void processes_that_end_by_themselves_are_nothing_to_tell(void **state)
{
	pid_t shim = start("containerd-shim", ID);
	pid_t killer = fork();

	(void)state;
	if (killer == 0) {
		poll(NULL, 0, 200);
		kill(shim, SIGKILL);
		_exit(0);
	}
	hunt(sb_leftover_processes, false);
	assert_string_equal(told, "");
	waitpid(killer, NULL, 0);
	waitpid(shim, NULL, 0);
}

static char *mount_namespace(const char *directory, const char *name, int netns)
{
	char *path = sb_asprintf("%s/%s", directory, name);
	sb_auto_free char *from = sb_asprintf("/proc/self/fd/%d", netns);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mount(from, path, NULL, MS_BIND, NULL), 0);
	return path;
}

static void add_bridge(struct sb_rtnl *nl, const char *bridge, const char *port, int netns)
{
	struct sb_err err = {0};

	assert_int_equal(sb_rtnl_add_bridge(nl, bridge, 1500, &err), 0);
	assert_int_equal(sb_test_add_veth(port, "eth0", netns), 0);
	assert_int_equal(sb_rtnl_set_master(nl, port, bridge, &err), 0);
}

static void a_bridge_goes_with_its_veths_and_their_namespaces(void **state)
{
	char directory[] = "/tmp/satbed-test-remnants-XXXXXX";
	sb_auto_free char *mounted = NULL, *others = NULL;
	int ours = sb_test_new_netns(), foreign = sb_test_new_netns();
	struct sb_err err = {0};
	struct sb_rtnl nl;
	struct stat st;

	(void)state;
	assert_int_equal(sb_rtnl_open(&nl, &err), 0);
	assert_non_null(mkdtemp(directory));
	/* Of a run that goes on: a bridge much alike. */
	add_bridge(&nl, "sb5f0c91a2-1", "vethA", ours);
	add_bridge(&nl, "sb5f0c91a3-1", "vethB", foreign);
	mounted = mount_namespace(directory, "netns-ours", ours);
	others = mount_namespace(directory, "netns-others", foreign);
	/* What only the mount keeps. */
	close(ours);

	hunt(sb_leftover_bridges, true);
	assert_non_null(strstr(told, "removed interface sb5f0c91a2-1\n"));
	assert_true(sb_rtnl_ifindex(&nl, "sb5f0c91a2-1") && sb_rtnl_ifindex(&nl, "vethA"));

	hunt(sb_leftover_bridges, false);
	assert_non_null(strstr(told, "removed interface sb5f0c91a2-1\n"));
	assert_non_null(strstr(told, "removed namespace "));
	assert_null(strstr(told, "others"));
	assert_int_equal(sb_rtnl_ifindex(&nl, "sb5f0c91a2-1"), 0);
	assert_int_equal(sb_rtnl_ifindex(&nl, "vethA"), 0);
	assert_int_equal(stat(mounted, &st), -1);
	assert_true(sb_rtnl_ifindex(&nl, "sb5f0c91a3-1") && sb_rtnl_ifindex(&nl, "vethB"));
	assert_int_equal(umount2(others, MNT_DETACH), 0);

	hunt(sb_leftover_bridges, false);
	assert_string_equal(told, "");
	sb_rtnl_delete_link(&nl, "sb5f0c91a3-1", NULL);
	sb_rtnl_delete_link(&nl, "vethB", NULL);
	close(foreign);
	unlink(others);
	assert_int_equal(rmdir(directory), 0);
	sb_rtnl_close(&nl);
}

/* Somebody's interface that happens to have such a name. */
static void what_is_no_bridge_stays(void **state)
{
	struct sb_err err = {0};
	struct sb_rtnl nl;

	(void)state;
	assert_int_equal(sb_rtnl_open(&nl, &err), 0);
	assert_int_equal(sb_test_add_veth("sb5f0c91a2-1", "peer", -1), 0);
	hunt(sb_leftover_bridges, false);
	assert_string_equal(told, "");
	assert_true(sb_rtnl_ifindex(&nl, "sb5f0c91a2-1"));
	sb_rtnl_delete_link(&nl, "peer", NULL);
	sb_rtnl_close(&nl);
}

static void hunt_veths(struct sb_leftover_scan *h)
{
	struct sb_daemon_info docker = {.url = "unix:///x"};

	sb_leftover_veths(h, &docker);
}

/* Nothing tells whose it is, so it is named; one that is plugged in, or has another name, is not.
 */
static void a_pair_that_nothing_holds_is_named(void **state)
{
	int netns = sb_test_new_netns();
	struct sb_err err = {0};
	struct sb_rtnl nl;

	(void)state;
	assert_int_equal(sb_rtnl_open(&nl, &err), 0);
	assert_int_equal(sb_test_add_veth("out0", "out1", -1), 0);
	assert_int_equal(sb_test_add_veth("veth0a1b2c3", "eth1", netns), 0);
	add_bridge(&nl, "br-1", "veth1a1b2c3", netns);
	hunt(hunt_veths, false);
	assert_string_equal(told, "");
	assert_int_equal(sb_test_add_veth("veth2a1b2c3", "veth3a1b2c3", -1), 0);
	hunt(hunt_veths, false);
	assert_non_null(strstr(told, "named interface veth"));
	assert_ptr_equal(strchr(told, '\n') + 1, told + strlen(told));
	assert_true(sb_rtnl_ifindex(&nl, "veth2a1b2c3"));
	sb_rtnl_delete_link(&nl, "out0", NULL);
	sb_rtnl_delete_link(&nl, "veth2a1b2c3", NULL);
	sb_rtnl_delete_link(&nl, "br-1", NULL);
	close(netns);
	sb_rtnl_close(&nl);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(processes_go_by_the_id_of_their_container),
	    cmocka_unit_test(processes_that_end_by_themselves_are_nothing_to_tell),
	    cmocka_unit_test(a_bridge_goes_with_its_veths_and_their_namespaces),
	    cmocka_unit_test(what_is_no_bridge_stays),
	    cmocka_unit_test(a_pair_that_nothing_holds_is_named),
	};
	int rc;

	if (argc == 6 && !strcmp(argv[3], "wait")) {
		prctl(PR_SET_NAME, argv[5]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(atoi(argv[4]), "", 1) != 1)
			return 1;
		for (;;)
			pause();
	}
	rc = sb_test_enter_netns();
	return rc ? rc : cmocka_run_group_tests(tests, NULL, NULL);
}
