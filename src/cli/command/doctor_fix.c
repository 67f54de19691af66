// SPDX-License-Identifier: MIT
/* doctor_fix.c - satbed doctor --fix: show what would be typed, ask, do it, look again */
#include "doctor_fix.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/mem.h"

static void show(const struct sb_finding *f, FILE *to)
{
	fprintf(to, "%s%s%s: %s\n", f->id, f->subject ? ":" : "", f->subject ? f->subject : "",
		f->text);
	for (const char *line = f->fix; *line;) {
		int len = (int)strcspn(line, "\n");

		fprintf(to, "  $ %.*s\n", len, line);
		line += len + (line[len] == '\n');
	}
}

/* Only a whole "y" or "yes" is one. */
static bool is_agreed(void)
{
	char line[16];

	fputs("run this? [y/N] ", stderr);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, "y") || !strcmp(line, "yes");
}

/* Its lines one after the other until one fails, with this terminal. */
static int run(const char *fix, struct sb_err *err)
{
	sb_auto_free char *script = sb_asprintf("set -e\n%s\n", fix);
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return sb_fail(err, SB_EENV, errno, "cannot start a process");
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sb_fail(err, SB_EENV, errno, "cannot wait for the fix");
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFSIGNALED(status))
		return sb_fail(err, SB_EENV, 0, "the fix ended with signal %d", WTERMSIG(status));
	return sb_fail(err, SB_EENV, 0, "the fix failed with status %d", WEXITSTATUS(status));
}

int sb_doctor_fix(const struct sb_doctor_request *request, const struct sb_diagnosis *before,
		  const char *name, bool yes, struct sb_err *err)
{
	const struct sb_finding *f = sb_diagnosis_fix(before, name, err);
	struct sb_diagnosis after = {0};
	int rc;

	if (!f)
		return -1;
	show(f, stdout);
	fflush(stdout);
	if (!yes && !isatty(STDIN_FILENO))
		return sb_fail(err, SB_EINPUT, 0,
			       "nobody can be asked, standard input is not a terminal; add --yes");
	if (!yes && !is_agreed())
		return 1;
	if (run(f->fix, err))
		return -1;
	rc = sb_doctor_examine(request, &after, err);
	if (!rc && sb_diagnosis_has(&after, f))
		rc = sb_fail(err, SB_EENV, 0,
			     "the commands succeeded, but %s is still found; type: satbed doctor",
			     f->id);
	else if (!rc)
		printf("fixed: %s is not found any more\n", f->id);
	sb_diagnosis_fini(&after);
	return rc;
}
