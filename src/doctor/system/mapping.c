// SPDX-License-Identifier: MIT
/* mapping.c - newuidmap and newgidmap, tried on a scratch user namespace */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "subid.h"

#define LIMIT_MS 1500

/* A child in a user namespace without any mapping; -1 when it cannot be made. */
static pid_t start_unmapped(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static int map(const struct sb_machine *m, const char *program, pid_t pid, unsigned int own,
	       const struct sb_subid *range, char **why)
{
	sb_auto_free char *to = sb_asprintf("%d", (int)pid), *self = sb_asprintf("%u", own);
	sb_auto_free char *first = sb_asprintf("%" PRIu64, range->start);
	sb_auto_free char *count = sb_asprintf("%" PRIu64, range->largest);
	const char *argv[] = {program, to, "0", self, "1", "1", first, count, NULL};
	char *out = NULL;

	if (!m->run(argv, LIMIT_MS, &out)) {
		free(out);
		return 0;
	}
	*why = out ? out : sb_asprintf("%s did not end by itself", program);
	(*why)[strcspn(*why, "\n")] = '\0';
	return -1;
}

static int read_range(const struct sb_machine *m, const char *path, struct sb_subid *range)
{
	sb_auto_free char *text = sb_machine_read(m, path), *shared = NULL;

	return sb_subid_from_file(text ? text : "", m->person, m->person_uid, range, &shared);
}

void sb_try_mapping(const struct sb_machine *m, cJSON *facts)
{
	sb_auto_free char *newuidmap = sb_machine_program(m, "newuidmap"),
			  *newgidmap = sb_machine_program(m, "newgidmap"), *why = NULL;
	struct sb_subid uids, gids;
	cJSON *to;
	pid_t pid;
	int rc = -1;

	if (!sb_machine_is_here(m) || m->uid == 0 || m->uid != m->person_uid || !newuidmap ||
	    !newgidmap || read_range(m, "/etc/subuid", &uids) ||
	    read_range(m, "/etc/subgid", &gids))
		return;
	pid = start_unmapped();
	if (pid < 0)
		why = sb_strdup("no user namespace can be made");
	else
		rc = map(m, newuidmap, pid, m->uid, &uids, &why) ||
		     map(m, newgidmap, pid, getegid(), &gids, &why);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	to = cJSON_AddObjectToObject(facts, "mapping");
	sb_json_add_bool(to, "works", !rc);
	if (why)
		sb_json_add_str(to, "why", why);
}
