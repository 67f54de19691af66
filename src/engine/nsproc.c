// SPDX-License-Identifier: MIT
/* nsproc.c - a child in namespaces of its own */
#include "satbed/engine_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/process.h"

/* What this system says about user namespaces, for people; kernels and distributions differ in the
 * knob. */
static int explain_refusal(int sys, struct sb_err *err)
{
	static const struct {
		const char *file;
		int bad;
		const char *advice;
	} knobs[] = {
	    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	     "AppArmor restricts user namespaces here; allow them with: "
	     "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run satbed with sudo"},
	    {"/proc/sys/kernel/unprivileged_userns_clone", 0,
	     "user namespaces are for root only here; allow them with: "
	     "sudo sysctl kernel.unprivileged_userns_clone=1, or run satbed with sudo"},
	    {"/proc/sys/user/max_user_namespaces", 0,
	     "user namespaces are turned off here; allow them with: "
	     "sudo sysctl user.max_user_namespaces=10000, or run satbed with sudo"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(knobs); i++) {
		sb_auto_free char *text = NULL;

		if (!sb_read_file(knobs[i].file, 64, &text, NULL, NULL) &&
		    atoi(text) == knobs[i].bad)
			return sb_fail(err, SB_EENV, 0, "%s", knobs[i].advice);
	}
	return sb_fail(err, SB_EENV, sys,
		       "cannot create a user namespace (in a container, its engine may forbid it; "
		       "run satbed on the host, or as root)");
}

static pid_t fork_into(unsigned long flags, struct sb_err *err)
{
	/* The raw call, because fork() takes no flags; a zero stack pointer means a copy of ours.
	 */
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, NULL, NULL, 0);

	if (pid < 0 && (errno == ENOSPC || errno == EUSERS))
		return sb_fail(
		    err, SB_EENV, 0,
		    "the limit on namespaces is reached; see user.max_user_namespaces and "
		    "user.max_net_namespaces");
	if (pid < 0)
		return explain_refusal(errno, err);
	if (pid == 0) {
		sb_fds_close_in_child();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A terminal's Ctrl-C is for the orchestrator, which ends its testbed in order. */
		setsid();
	}
	return (pid_t)pid;
}

/*
 * Root's namespaces know the same users as root does, so that a command can be run as any of them
 * (satbed exec --user).  Only a process outside may say so; where it may not, the child maps itself.
 */
static void map_all_ids(pid_t child)
{
	static const char *const kinds[] = {"uid", "gid"};

	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++) {
		sb_auto_free char *own = sb_asprintf("/proc/self/%s_map", kinds[i]);
		sb_auto_free char *path = sb_asprintf("/proc/%d/%s_map", (int)child, kinds[i]);
		sb_auto_free char *text = NULL, *map = sb_strdup("");
		unsigned int first, count;

		if (sb_read_file(own, 65536, &text, NULL, NULL))
			return;
		for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
			sb_auto_free char *before = map;

			if (sscanf(line, "%u %*u %u", &first, &count) == 2)
				map = sb_asprintf("%s%u %u %u\n", before, first, first, count);
			else
				before = NULL;
		}
		if (sb_write_text(path, map))
			return;
	}
}

pid_t sb_ns_fork(bool with_user, struct sb_err *err)
{
	bool map = with_user && geteuid() == 0;
	int gate[2] = {-1, -1};
	char byte;
	pid_t pid;

	if (map && pipe2(gate, O_CLOEXEC))
		return sb_fail(err, SB_EENV, errno, "cannot create a pipe");
	pid = fork_into(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
			    (with_user ? CLONE_NEWUSER : 0),
			err);
	if (pid > 0 && map)
		map_all_ids(pid);
	/* The child goes on when the parent's end is closed, by its death too. */
	sb_close_p(&gate[1]);
	if (pid == 0 && map)
		while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
			;
	sb_close_p(&gate[0]);
	return pid;
}

/* Has somebody outside given this namespace its ids? */
static bool is_mapped(void)
{
	sb_auto_free char *text = NULL;
	size_t len = 0;

	return !sb_read_file("/proc/self/gid_map", 65536, &text, &len, NULL) && len;
}

static int map_ids(unsigned int outer_uid, unsigned int outer_gid, struct sb_err *err)
{
	char uid_map[32], gid_map[32];

	snprintf(uid_map, sizeof(uid_map), "0 %u 1\n", outer_uid);
	snprintf(gid_map, sizeof(gid_map), "0 %u 1\n", outer_gid);
	/* An unprivileged process may map its group only after giving up setgroups(). */
	if (sb_write_text("/proc/self/uid_map", uid_map) ||
	    sb_write_text("/proc/self/setgroups", "deny") ||
	    sb_write_text("/proc/self/gid_map", gid_map))
		return explain_refusal(errno, err);
	return 0;
}

int sb_ns_settle(bool with_user, const char *hostname, unsigned int outer_uid,
		 unsigned int outer_gid, struct sb_err *err)
{
	if (with_user && !is_mapped() && map_ids(outer_uid, outer_gid, err))
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		if (with_user)
			return explain_refusal(errno, err);
		return sb_fail(err, SB_EENV, errno, "cannot make the mounts private");
	}
	/* Refused where the outer /proc is masked (in containers); ours is a comfort, not a need.
	 */
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (sethostname(hostname, strlen(hostname)))
		return sb_fail(err, SB_EENV, errno, "cannot set the host name %s", hostname);
	return 0;
}

int sb_ns_user_works(struct sb_err *err)
{
	unsigned int uid = geteuid(), gid = getegid();
	/* Without the network namespace, which is what takes time to make. */
	pid_t pid = fork_into(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS, err);
	int status;

	if (pid < 0)
		return -1;
	/*
	 * AppArmor lets the namespace be made and takes the rights inside it away: settling shows
	 * it.
	 */
	if (pid == 0)
		_exit(sb_ns_settle(true, "satbed-probe", uid, gid, NULL) ? 1 : 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return explain_refusal(EPERM, err);
}
