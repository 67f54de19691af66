// SPDX-License-Identifier: MIT
/*
 * platform.c - environments in which Docker is not where one looks for it: WSL, Docker Desktop, colima, snap
 *
 * Each has a settings file and a restart command of its own; /etc/docker/daemon.json applies to none.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/daemons/daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

#define ETC_FILE "/etc/docker/daemon.json"

static bool exists(const struct sb_machine *m, const char *path)
{
	struct stat st;

	return !sb_machine_stat(m, path, &st);
}

/* WSL 1 translates system calls and calls itself "Microsoft"; WSL 2 is a kernel in a virtual machine. */
static void check_wsl(const struct sb_check_context *x)
{
	sb_auto_free char *kernel = sb_machine_kernel(x->machine);
	bool one = strstr(kernel, "-Microsoft") != NULL,
	     two = strstr(kernel, "microsoft-standard") != NULL || strstr(kernel, "WSL2") != NULL;

	if (one)
		sb_find(
		    x->out, "system.wsl", SB_LEVEL_FAIL, NULL,
		    "wsl.exe --set-version $WSL_DISTRO_NAME 2  # in Windows; takes minutes",
		    "this is WSL 1 (kernel %s): it has neither network namespaces nor containers",
		    kernel);
	else if (two && !sb_machine_has_systemd(x->machine))
		sb_find(x->out, "system.wsl", SB_LEVEL_WARN, NULL,
			"printf '[boot]\\nsystemd=true\\n' | sudo tee -a /etc/wsl.conf\n"
			"wsl.exe --shutdown  # then open the terminal again",
			"this is WSL 2 (kernel %s) without systemd: daemons do not start by "
			"themselves, "
			"systemctl does not work",
			kernel);
	else if (two)
		sb_find(x->out, "system.wsl", SB_LEVEL_INFO, NULL, NULL,
			"this is WSL 2 (kernel %s): its memory, kernel and network are set in "
			"%%UserProfile%%\\.wslconfig in Windows",
			kernel);
	if (two && exists(x->machine, "/mnt/wsl/docker-desktop"))
		sb_find(x->out, "system.wsl_docker", SB_LEVEL_INFO, NULL, NULL,
			"docker here is Docker Desktop's: its daemon runs in another WSL "
			"distribution, its "
			"settings are in the window Settings > Docker Engine in Windows, not "
			"in " ETC_FILE);
}

/* Virtual machines that bring a docker along; @mark is part of their sockets' addresses. */
static const struct {
	const char *name, *mark, *folder, *settings, *restart, *start;
} machines[] = {
    {"Docker Desktop", "/.docker/desktop/", ".docker/desktop",
     "~/.docker/daemon.json (its window: Settings > Docker Engine)",
     "systemctl --user restart docker-desktop", "systemctl --user start docker-desktop"},
    {"colima", "/.colima/", ".colima", "~/.colima/default/colima.yaml, key \"docker\"",
     "colima restart", "colima start"},
};

static const cJSON *row_with(const cJSON *rows, const char *mark)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, rows)
	{
		const char *url = sb_fact_str(row, "url");

		if (url && strstr(url, mark))
			return row;
	}
	return NULL;
}

static void check_virtual_machine(const struct sb_check_context *x, size_t i)
{
	sb_auto_free char *folder = sb_asprintf("%s/%s", x->machine->home, machines[i].folder);
	const cJSON *row = row_with(x->out->daemons, machines[i].mark);
	const char *name = machines[i].name;
	bool answers = row && sb_row_answers(row);

	if (!row)
		row = row_with(sb_fact(x->facts, "absent"), machines[i].mark);
	if (!row && !exists(x->machine, folder))
		return;
	if (!answers) {
		sb_find(x->out, "access.machine", SB_LEVEL_INFO, name, machines[i].start,
			"%s is installed, but does not run: its daemon is in a virtual machine",
			name);
		sb_check_can_fix(x);
		return;
	}
	sb_find(x->out, "access.machine", SB_LEVEL_INFO, name, NULL,
		"%s answers at %s: its daemon runs in a virtual machine; settings: %s; restart: %s",
		name, sb_fact_str(row, "url"), machines[i].settings, machines[i].restart);
	if (exists(x->machine, ETC_FILE))
		sb_find(x->out, "access.machine_settings", SB_LEVEL_WARN, name, machines[i].restart,
			ETC_FILE
			" does not apply to %s: its settings are in %s; put mirrors and proxies "
			"there, then restart it",
			name, machines[i].settings);
}

/* Its confinement keeps dockerd from /etc/docker and from files outside of $HOME. */
static void check_snap(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	sb_auto_free char *other = sb_machine_program(m, "dockerd");
	bool snap = exists(m, "/snap/bin/docker");

	if (!snap)
		return;
	if (other && strncmp(other, "/snap/", 6) != 0)
		sb_find(x->out, "access.snap", SB_LEVEL_WARN, NULL,
			"sudo snap remove docker  # or: sudo apt-get remove docker.io docker-ce",
			"two root Dockers are installed, snap's and %s: both want "
			"/run/docker.sock, and "
			"each has its own images and settings",
			other);
	else
		sb_find(
		    x->out, "access.snap", SB_LEVEL_INFO, NULL, NULL,
		    "docker is snap's: it reads and mounts only files in home directories without "
		    "a "
		    "leading dot; settings: /var/snap/docker/current/config/daemon.json; restart: "
		    "sudo snap restart docker");
	if ((!other || !strncmp(other, "/snap/", 6)) && exists(m, ETC_FILE))
		sb_find(x->out, "access.snap_settings", SB_LEVEL_WARN, NULL,
			"sudo cp " ETC_FILE " /var/snap/docker/current/config/daemon.json\n"
			"sudo snap restart docker",
			ETC_FILE " does not apply to snap's docker, which may not read it");
}

void sb_check_platform(const struct sb_check_context *x)
{
	check_wsl(x);
	if (!sb_check_context_wants(x, "docker"))
		return;
	for (size_t i = 0; i < SB_ARRAY_LEN(machines); i++)
		check_virtual_machine(x, i);
	check_snap(x);
}
