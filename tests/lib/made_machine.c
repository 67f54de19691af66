// SPDX-License-Identifier: MIT
/* made_machine.c - a machine for the doctor */
#include "made_machine.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

void made_file(struct made_machine *mm, const char *path, unsigned int mode, const char *text)
{
	sb_auto_free char *full = sb_asprintf("%s%s", mm->root, path);
	int fd;

	for (char *slash = full + strlen(mm->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || sb_write_all(fd, text, strlen(text)) || fchmod(fd, mode))
		abort();
	close(fd);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void made_remove(struct made_machine *mm, const char *path)
{
	sb_auto_free char *full = sb_asprintf("%s%s", mm->root, path);

	nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int run_nothing(const char *const argv[], int timeout_ms, char **out)
{
	(void)argv;
	(void)timeout_ms;
	*out = NULL;
	return -1;
}

static void make_files(struct made_machine *mm)
{
	static const struct {
		const char *path;
		unsigned int mode;
		const char *text;
	} files[] = {
	    {"/etc/os-release", 0644, "PRETTY_NAME=\"Debian 12\"\nID=debian\n"},
	    {"/etc/passwd", 0644,
	     "root:x:0:0::/root:/bin/sh\nsat:x:1000:1000::/home/sat:/bin/sh\n"},
	    {"/etc/subuid", 0644, "sat:100000:65536\n"},
	    {"/etc/subgid", 0644, "sat:100000:65536\n"},
	    {"/proc/1/comm", 0644, "systemd\n"},
	    {"/proc/sys/kernel/osrelease", 0644, "6.1.0-18-amd64\n"},
	    {"/proc/sys/user/max_user_namespaces", 0644, "63000\n"},
	    {"/proc/sys/net/ipv4/tcp_available_congestion_control", 0644, "reno cubic bbr\n"},
	    {"/proc/sys/net/ipv4/tcp_allowed_congestion_control", 0644, "reno cubic bbr\n"},
	    {"/dev/net/tun", 0666, ""},
	    {"/run/user/1000/bus", 0600, ""},
	    {"/run/systemd/system/here", 0644, ""},
	    {"/usr/bin/newuidmap", 04755, ""},
	    {"/usr/bin/newgidmap", 04755, ""},
	    {"/var/lib/systemd/linger/sat", 0644, ""},
	    {"/sys/fs/cgroup/cgroup.controllers", 0644, "cpuset cpu io memory pids\n"},
	    {"/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers", 0644,
	     "cpu memory pids\n"},
	    {"/lib/modules/6.1.0-18-amd64/modules.dep", 0644,
	     "kernel/net/sched/sch_netem.ko:\nkernel/net/ipv4/tcp_bbr.ko:\n"},
	};
	sb_auto_free char *runtime = sb_asprintf("%s/run/user/1000", mm->root);

	for (size_t i = 0; i < SB_ARRAY_LEN(files); i++)
		made_file(mm, files[i].path, files[i].mode, files[i].text);
	chmod(runtime, 0700);
}

struct made_machine *made_machine_new(void)
{
	struct made_machine *mm = sb_alloc(1, sizeof(*mm));
	const char *tmp = getenv("TMPDIR");

	snprintf(mm->root, sizeof(mm->root), "%s/satbed-made-XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(mm->root))
		abort();
	mm->env[0] = "PATH=/usr/bin";
	mm->env[1] = "XDG_RUNTIME_DIR=/run/user/1000";
	mm->machine = (struct sb_machine){.root = mm->root,
					  .env = mm->env,
					  .uid = 1000,
					  .person_uid = 1000,
					  .person = "sat",
					  .home = "/home/sat",
					  .groups = mm->groups,
					  .session_groups = mm->session_groups,
					  .run = run_nothing};
	mm->request.image = "ubuntu:22.04";
	mm->x = (struct sb_check_context){.request = &mm->request,
					  .machine = &mm->machine,
					  .facts = cJSON_CreateObject(),
					  .out = &mm->found};
	make_files(mm);
	return mm;
}

void made_machine_free(struct made_machine *mm)
{
	made_remove(mm, "");
	sb_diagnosis_fini(&mm->found);
	cJSON_Delete(mm->x.facts);
	free(mm);
}

void made_facts(struct made_machine *mm, const char *json)
{
	cJSON_Delete(mm->x.facts);
	mm->x.facts = cJSON_Parse(json);
	if (!mm->x.facts)
		abort();
}

int made_level(const struct made_machine *mm, const char *id, const char *subject)
{
	int worst = -1;

	for (size_t i = 0; i < mm->found.count; i++) {
		const struct sb_finding *f = &mm->found.findings[i];

		if (strcmp(f->id, id) ||
		    (subject && (!f->subject || strcmp(f->subject, subject) != 0)))
			continue;
		if ((int)f->level > worst)
			worst = (int)f->level;
	}
	return worst;
}

bool made_says(const struct made_machine *mm, const char *id, const char *part)
{
	for (size_t i = 0; i < mm->found.count; i++) {
		const struct sb_finding *f = &mm->found.findings[i];

		if (!strcmp(f->id, id) &&
		    (strstr(f->text, part) || (f->fix && strstr(f->fix, part))))
			return true;
	}
	return false;
}

void made_forget(struct made_machine *mm)
{
	sb_diagnosis_fini(&mm->found);
}
