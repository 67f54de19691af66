// SPDX-License-Identifier: MIT
/*
 * boot.c - start User-Mode Linux on the virtual clock
 *
 * Arguments and environment are the same for every guest with the same seed and memory: what
 * differs from run to run, such as paths, is behind descriptors (handover.h).  The guest takes no
 * input while it computes except the bytes that somebody sends it, so nothing of the host's time
 * gets into it.
 */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover.h"
#include "pin.h"
#include "satbed/base/fdio.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/guest_inside.h"

/* What the guest's wall clock shows at boot: 2026-01-01 00:00 UTC, in every run, so that the
 * stamps of captures are the same. */
#define START_NS "1767225600000000000"

#define PIPE_BYTES (1 << 20)

extern const char sb_preload_image[], sb_preload_image_end[];
extern const char sb_guest_image[], sb_guest_image_end[];

struct launch {
	const struct sb_guest_options *options;
	int fds[SB_HANDOVER_COUNT]; /* by SB_HANDOVER_*, this process's numbers */
	int console_fd, null_fd;
	pid_t parent;
};

static int open_pipe(int *read_end, int *write_end, struct sb_err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return sb_fail(err, SB_EENV, errno, "cannot create a pipe");
	/* A larger one is a comfort: a guest that waits for its reader loses no virtual time. */
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES);
	*read_end = fds[0];
	*write_end = fds[1];
	return 0;
}

/* Between fork and exec of a process that may have threads: system calls only. */
__attribute__((noreturn)) static void become_guest(const struct launch *l, char *const argv[],
						   char *const envp[])
{
	int moved[SB_HANDOVER_COUNT];
	sigset_t none;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* UML's memory begins where its heap does, and grows by what is between: with a random
	 * heap each guest would have another size, and other sizes of all that depends on it. */
	(void)personality(ADDR_NO_RANDOMIZE);
	if (getppid() != l->parent)
		_exit(1);
	sb_pin_here();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	/* Out of the way first, so that none is overwritten. */
	for (int i = SB_HANDOVER_PROGRAM; i < SB_HANDOVER_COUNT; i++)
		if ((moved[i] = fcntl(l->fds[i], F_DUPFD, 64)) < 0)
			_exit(1);
	if (dup2(l->null_fd, 0) < 0 || dup2(l->console_fd, 1) < 0 || dup2(l->console_fd, 2) < 0)
		_exit(1);
	for (int i = SB_HANDOVER_PROGRAM; i < SB_HANDOVER_COUNT; i++)
		if (dup2(moved[i], i) < 0)
			_exit(1);
	syscall(SYS_close_range, SB_HANDOVER_COUNT, ~0u, 0);
	execve(l->options->kernel, argv, envp);
	dprintf(2, "%s: %s\n", l->options->kernel, strerror(errno));
	_exit(127);
}

static pid_t launch(const struct launch *l)
{
	sb_auto_free char *memory = sb_asprintf("mem=%uM", l->options->memory_mib);
	sb_auto_free char *init = sb_asprintf("init=/proc/self/fd/%d", SB_HANDOVER_PROGRAM);
	sb_auto_free char *line =
	    sb_asprintf("ssl0=fd:%d,fd:%d", SB_HANDOVER_TOLD, SB_HANDOVER_SAY);
	sb_auto_free char *preload =
	    sb_asprintf("LD_PRELOAD=/proc/self/fd/%d", SB_HANDOVER_PRELOAD);
	/* UML reads its random numbers through the library above. */
	sb_auto_free char *seed = sb_asprintf("SATBED_GUEST_SEED=%" PRIu64, l->options->seed);
	char *const argv[] = {"linux",
			      "time-travel=inf-cpu",
			      "time-travel-start=" START_NS,
			      memory,
			      "norandmaps",
			      "rootfstype=hostfs",
			      "rootflags=/",
			      "ro",
			      "con=null",
			      "con0=null,fd:1",
			      "ssl=null",
			      line,
			      "uml_dir=/proc/self/",
			      "panic=-1",
			      init,
			      NULL};
	sb_auto_free char *output = sb_asprintf("SATBED_GUEST_OUTPUT=%d", SB_HANDOVER_SAY);
	sb_auto_free char *program = sb_asprintf("SATBED_GUEST_PROGRAM=%d", SB_HANDOVER_PROGRAM);
	char *const envp[] = {
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", preload, seed, output, program, NULL};
	pid_t pid = fork();

	if (pid == 0)
		become_guest(l, argv, envp);
	return pid;
}

static int open_handover(struct launch *l, struct sb_boot *boot, struct sb_err *err)
{
	int *fds = l->fds;

	fds[SB_HANDOVER_DIRECTORY] =
	    open(l->options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fds[SB_HANDOVER_DIRECTORY] < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot open %s", l->options->directory);
	fds[SB_HANDOVER_PROGRAM] =
	    sb_open_program("satbed-guest", sb_guest_image, sb_guest_image_end, err);
	if (fds[SB_HANDOVER_PROGRAM] < 0)
		return -1;
	fds[SB_HANDOVER_PRELOAD] =
	    sb_open_program("satbed-preload", sb_preload_image, sb_preload_image_end, err);
	l->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fds[SB_HANDOVER_PRELOAD] < 0 || l->null_fd < 0)
		return -1;
	return open_pipe(&boot->say_fd, &fds[SB_HANDOVER_SAY], err) ||
		       open_pipe(&fds[SB_HANDOVER_TOLD], &boot->told_fd, err) ||
		       open_pipe(&boot->console_fd, &l->console_fd, err)
		   ? -1
		   : 0;
}

static int write_request(const struct sb_guest_options *o, int directory_fd, struct sb_err *err)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(o->request);
	sb_auto_close int fd = openat(directory_fd, SB_HANDOVER_REQUEST,
				      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	if (fd < 0 || sb_write_all(fd, text, strlen(text)))
		return sb_fail(err, SB_EINPUT, errno, "cannot write %s/%s", o->directory,
			       SB_HANDOVER_REQUEST);
	return 0;
}

/* Docker's default profile for system calls forbids it. */
static void warn_of_random_addresses(void)
{
	int before = personality(0xffffffff);

	if (before >= 0 && personality((unsigned long)before | ADDR_NO_RANDOMIZE) >= 0)
		(void)personality((unsigned long)before);
	else
		sb_warn(
		    "the guest's memory has another size in each run, as system calls are filtered "
		    "here, and runs with the same seed may differ; docker run --security-opt "
		    "seccomp=unconfined lets them be the same");
}

int sb_boot_start(const struct sb_guest_options *options, struct sb_boot *boot, struct sb_err *err)
{
	struct launch l = {.options = options, .console_fd = -1, .null_fd = -1, .parent = getpid()};
	int rc;

	*boot = (struct sb_boot){
	    .pid = -1, .pid_fd = -1, .say_fd = -1, .told_fd = -1, .console_fd = -1};
	for (size_t i = 0; i < SB_HANDOVER_COUNT; i++)
		l.fds[i] = -1;
	if (access(options->kernel, X_OK))
		return sb_fail(err, SB_EENV, errno, "cannot run the kernel %s", options->kernel);
	rc = open_handover(&l, boot, err);
	if (!rc)
		rc = write_request(options, l.fds[SB_HANDOVER_DIRECTORY], err);
	if (!rc) {
		warn_of_random_addresses();
		boot->pid = launch(&l);
		if (boot->pid < 0)
			rc = sb_fail(err, SB_EENV, errno, "cannot start the guest");
		else
			boot->pid_fd = (int)syscall(SYS_pidfd_open, boot->pid, 0);
		if (!rc && boot->pid_fd < 0)
			rc = sb_fail(err, SB_EENV, errno, "cannot watch the guest");
		if (rc)
			unlinkat(l.fds[SB_HANDOVER_DIRECTORY], SB_HANDOVER_REQUEST, 0);
	}
	for (size_t i = 0; i < SB_HANDOVER_COUNT; i++)
		sb_close_p(&l.fds[i]);
	sb_close_p(&l.console_fd);
	sb_close_p(&l.null_fd);
	if (rc)
		sb_boot_end(boot);
	return rc;
}

void sb_boot_end(struct sb_boot *boot)
{
	if (boot->pid > 0) {
		/* Its processes are a session; the zombie keeps the number until it is waited for.
		 */
		kill(boot->pid, SIGKILL);
		kill(-boot->pid, SIGKILL);
		while (waitpid(boot->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	boot->pid = -1;
	sb_close_p(&boot->pid_fd);
	sb_close_p(&boot->say_fd);
	sb_close_p(&boot->told_fd);
	sb_close_p(&boot->console_fd);
}
