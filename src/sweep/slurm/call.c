// SPDX-License-Identifier: MIT
/* call.c - sbatch, squeue and scontrol, by name from PATH, with the user's environment */
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#define OUTPUT_MAX    (16u << 20)
#define ARRAY_DEFAULT 1000 /* MaxArraySize is 1001 where nobody has set it */

/* struct said - @out, @err: texts; @status: of the exit, or 128 and a signal */
struct said {
	char *out, *err;
	int status;
};

static void said_fini(struct said *s)
{
	free(s->out);
	free(s->err);
}

static char *content_of(int fd, const char *name)
{
	char *text;

	if (lseek(fd, 0, SEEK_SET) < 0 || sb_read_fd(fd, name, OUTPUT_MAX, &text, NULL, NULL))
		return sb_strdup("");
	return text;
}

static int call(const char *const *argv, struct said *said, struct sb_err *err)
{
	sb_auto_close int out = memfd_create("out", MFD_CLOEXEC);
	sb_auto_close int bad = memfd_create("err", MFD_CLOEXEC);
	posix_spawn_file_actions_t files;
	int rc, status;
	pid_t pid;

	if (out < 0 || bad < 0)
		return sb_fail(err, SB_EENV, errno, "cannot keep what %s says", argv[0]);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, bad, 2);
	rc = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (rc)
		return sb_fail(err, SB_EENV, rc,
			       "cannot run %s; --slurm needs Slurm's programs on this machine",
			       argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sb_fail(err, SB_EENV, errno, "cannot wait for %s", argv[0]);
	said->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	said->out = content_of(out, argv[0]);
	said->err = content_of(bad, argv[0]);
	return 0;
}

static int complain(const char *program, const struct said *said, struct sb_err *err)
{
	sb_auto_free char *clean = sb_clean(said->err);

	return sb_fail(err, SB_EENV, 0, "%s ended with status %d: %s", program, said->status,
		       *clean ? clean : "it says nothing");
}

int sb_slurm_submit(const char *script, const char *log, const char *const *options,
		    size_t option_count, size_t tasks, uint64_t *job, struct sb_err *err)
{
	sb_auto_free char *array = sb_asprintf("--array=0-%zu", tasks - 1);
	sb_auto_free char *output = sb_asprintf("--output=%s", log);
	const char **argv = sb_alloc(option_count + 8, sizeof(*argv));
	struct said said = {0};
	size_t n = 0;
	const char *at;
	int rc;

	argv[n++] = "sbatch";
	argv[n++] = "--job-name=satbed-sweep";
	for (size_t i = 0; i < option_count; i++)
		argv[n++] = options[i];
	argv[n++] = "--parsable";
	argv[n++] = array;
	argv[n++] = output;
	argv[n++] = script;
	rc = call(argv, &said, err);
	free(argv);
	if (rc)
		return -1;
	/* "NUMBER" or "NUMBER;CLUSTER" */
	at = said.out;
	if (said.status || sb_read_digits(&at, UINT64_MAX, job))
		rc = complain("sbatch", &said, err);
	said_fini(&said);
	return rc;
}

long sb_slurm_tasks(uint64_t job, struct sb_err *err)
{
	sb_auto_free char *number = sb_asprintf("--jobs=%llu", (unsigned long long)job);
	const char *argv[] = {"squeue", "--noheader", "--array", number, "--format=%i", NULL};
	struct said said = {0};
	long tasks = 0;

	if (call(argv, &said, err))
		return -1;
	for (const char *at = said.out; *at; at++)
		tasks += *at == '\n';
	/* A job that has been over for a while is not known any more. */
	if (said.status && !strstr(said.err, "Invalid job id"))
		tasks = complain("squeue", &said, err);
	said_fini(&said);
	return tasks;
}

size_t sb_slurm_array_max(void)
{
	const char *argv[] = {"scontrol", "show", "config", NULL};
	struct said said = {0};
	const char *at;
	size_t most = ARRAY_DEFAULT;
	uint64_t size;

	if (call(argv, &said, NULL))
		return most;
	at = strstr(said.out, "MaxArraySize");
	at = at ? strchr(at, '=') : NULL;
	at = at ? at + 1 + strspn(at + 1, " ") : "";
	if (!sb_read_digits(&at, SIZE_MAX, &size) && size > 1)
		most = size - 1;
	said_fini(&said);
	return most;
}
