// SPDX-License-Identifier: MIT
/* rootless.c - what a daemon of an ordinary user needs from the machine */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"
#include "subid.h"

/* Rootless Docker and Podman ask for as many; images have users up to 65534. */
#define IDS_WANTED 65536

static int read_knob(const struct sb_machine *m, const char *path, int absent)
{
	sb_auto_free char *text = sb_machine_read(m, path);

	return text ? atoi(text) : absent;
}

/* A profile that allows user namespaces to rootlesskit: Ubuntu's, or the one of Docker's set-up tool. */
static bool has_rootlesskit_profile(const struct sb_machine *m)
{
	static const char *const files[] = {"/etc/apparmor.d/rootlesskit",
					    "/etc/apparmor.d/usr.bin.rootlesskit",
					    "/etc/apparmor.d/usr.local.bin.rootlesskit"};
	sb_auto_free char *program = sb_machine_program(m, "rootlesskit");
	sb_auto_free char *own = program ? sb_asprintf("/etc/apparmor.d/%s", program + 1) : NULL;
	struct stat st;

	for (size_t i = 0; i < SB_ARRAY_LEN(files); i++)
		if (!sb_machine_stat(m, files[i], &st))
			return true;
	/* The set-up tool names the file after the program's path, dots for slashes. */
	for (char *c = own ? own + strlen("/etc/apparmor.d/") : NULL; c && *c; c++)
		if (*c == '/')
			*c = '.';
	return own && !sb_machine_stat(m, own, &st);
}

/* The knobs, not a trial: root's trial would say nothing of the person's rights. */
static void check_user_namespaces(const struct sb_check_context *x)
{
	static const struct {
		const char *name;
		const char *path;
		int bad, good;
	} knobs[] = {
	    {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces", 0, 28633},
	    {"kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", 0,
	     1},
	    {"kernel.apparmor_restrict_unprivileged_userns",
	     "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1, 0},
	};
	bool bad = false;

	for (size_t i = 0; i < SB_ARRAY_LEN(knobs); i++) {
		sb_auto_free char *fix = NULL;

		if (read_knob(x->machine, knobs[i].path, knobs[i].good) != knobs[i].bad)
			continue;
		bad = true;
		if (i == 2 && has_rootlesskit_profile(x->machine)) {
			sb_find(x->out, "rootless.userns", SB_LEVEL_OK, x->machine->person, NULL,
				"%s is 1, and an AppArmor profile allows rootlesskit to make user "
				"namespaces",
				knobs[i].name);
			continue;
		}
		fix = sb_asprintf("echo %s=%d | sudo tee /etc/sysctl.d/90-userns.conf\n"
				  "sudo sysctl --system",
				  knobs[i].name, knobs[i].good);
		sb_find(x->out, "rootless.userns", SB_LEVEL_WARN, x->machine->person, fix,
			"user namespaces are forbidden to ordinary users: %s is %d%s",
			knobs[i].name, knobs[i].bad,
			i == 2 ? " (programs with an AppArmor profile that allows them are "
				 "excepted, rootlesskit has one on Ubuntu)"
			       : "");
	}
	if (!bad)
		sb_find(x->out, "rootless.userns", SB_LEVEL_OK, x->machine->person, NULL,
			"user namespaces are allowed to ordinary users");
}

static void check_range(const struct sb_check_context *x, const char *what, const char *path,
			const char *flag)
{
	const struct sb_machine *m = x->machine;
	sb_auto_free char *id = sb_asprintf("rootless.%s", what);
	const char *nss = sb_fact_str(sb_fact(x->facts, "programs"),
				      strcmp(what, "subuid") ? "getsubids_g" : "getsubids");
	sb_auto_free char *text = sb_machine_read(m, path);
	sb_auto_free char *fix = NULL, *other = NULL;
	struct sb_subid range;

	/* Another source than the file (nsswitch.conf, "subid:") answers through getsubids. */
	if (nss ? sb_subid_from_getsubids(nss, &range)
		: sb_subid_from_file(text ? text : "", m->person, m->person_uid, &range, &other)) {
		fix = sb_asprintf("sudo usermod --add-%ss 100000-165535 %s", flag, m->person);
		sb_find(x->out, id, SB_LEVEL_WARN, m->person, fix,
			"%s has no line for %s: no container of theirs can have more than one %s",
			path, m->person, what[3] == 'u' ? "user" : "group");
		return;
	}
	if (range.total < IDS_WANTED) {
		fix =
		    sb_asprintf("sudo usermod --add-%ss %llu-%llu %s", flag,
				(unsigned long long)(range.after < 100000 ? 100000 : range.after),
				(unsigned long long)(range.after < 100000 ? 100000 : range.after) +
				    IDS_WANTED - 1,
				m->person);
		sb_find(x->out, id, SB_LEVEL_WARN, m->person, fix,
			"%s gives %s %llu ids, fewer than %d: images with higher ids cannot be "
			"unpacked",
			path, m->person, (unsigned long long)range.total, IDS_WANTED);
		return;
	}
	sb_find(x->out, id, SB_LEVEL_OK, m->person, NULL,
		"%s has %llu subordinate %s ids from %llu", m->person,
		(unsigned long long)range.total, what[3] == 'u' ? "user" : "group",
		(unsigned long long)range.start);
	if (other)
		sb_find(x->out, id, SB_LEVEL_WARN, m->person, NULL,
			"%s: ids of %s are also those of %s; each could write the other's files",
			path, m->person, other);
}

static bool has_file_capability(const struct sb_machine *m, const char *program)
{
	sb_auto_free char *full = sb_asprintf("%s%s", m->root, program);
	char value[64];

	return getxattr(full, "security.capability", value, sizeof(value)) > 0;
}

static void check_mapper(const struct sb_check_context *x, const char *name)
{
	const struct sb_machine *m = x->machine;
	sb_auto_free char *id = sb_asprintf("rootless.%s", name);
	sb_auto_free char *program = sb_machine_program(m, name), *fix = NULL;
	struct statvfs fs;
	struct stat st;

	if (!program) {
		sb_find(x->out, id, SB_LEVEL_WARN, m->person,
			"sudo apt-get install uidmap  # Fedora: sudo dnf install shadow-utils",
			"%s is not installed: subordinate ids cannot be mapped", name);
		return;
	}
	if (sb_machine_stat(m, program, &st))
		return;
	if (!(st.st_mode & S_ISUID && (st.st_uid == 0 || !sb_machine_is_here(m))) &&
	    !has_file_capability(m, program)) {
		fix = sb_asprintf("sudo chmod u+s %s", program);
		sb_find(x->out, id, SB_LEVEL_WARN, m->person, fix,
			"%s is neither set-user-ID root nor has file capabilities: it may not map "
			"ids",
			program);
		return;
	}
	if (sb_machine_is_here(m) && !statvfs(program, &fs) && (fs.f_flag & ST_NOSUID)) {
		fix = sb_asprintf("findmnt -T %s  # and mount it without nosuid", program);
		sb_find(x->out, id, SB_LEVEL_WARN, m->person, fix,
			"%s lies on a file system mounted nosuid: it may not map ids", program);
		return;
	}
	sb_find(x->out, id, SB_LEVEL_OK, m->person, NULL, "%s may map ids", program);
}

static void check_mapping(const struct sb_check_context *x)
{
	const cJSON *tried = sb_fact(sb_fact(x->facts, "programs"), "mapping");

	if (!tried)
		return;
	if (sb_fact_true(tried, "works"))
		sb_find(x->out, "rootless.mapping", SB_LEVEL_OK, x->machine->person, NULL,
			"subordinate ids were mapped in a scratch user namespace");
	else
		sb_find(x->out, "rootless.mapping", SB_LEVEL_WARN, x->machine->person, NULL,
			"subordinate ids cannot be mapped: %s", sb_fact_str(tried, "why"));
}

static void check_no_new_privs(const struct sb_check_context *x)
{
	sb_auto_free char *status = sb_machine_read(x->machine, "/proc/self/status");

	const char *value = status ? sb_proc_status(status, "NoNewPrivs") : NULL;

	if (value && *value == '1')
		sb_find(x->out, "rootless.no_new_privs", SB_LEVEL_WARN, x->machine->person, NULL,
			"this session may gain no rights (no_new_privs): newuidmap does not work "
			"in it; use a login session outside of containers and sandboxes");
}

static void check_tun(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	struct stat st;

	if (sb_machine_stat(m, "/dev/net/tun", &st)) {
		sb_find(x->out, "rootless.tun", SB_LEVEL_WARN, NULL,
			"sudo modprobe tun  # in a container: start it with --device /dev/net/tun",
			"/dev/net/tun is not there: neither slirp4netns nor pasta can run");
		return;
	}
	if (sb_machine_is_here(m) && !S_ISCHR(st.st_mode)) {
		sb_find(x->out, "rootless.tun", SB_LEVEL_WARN, NULL,
			"sudo rm /dev/net/tun\nsudo mknod -m 666 /dev/net/tun c 10 200",
			"/dev/net/tun is not a device");
		return;
	}
	if ((st.st_mode & 0006) != 0006) {
		sb_find(x->out, "rootless.tun", SB_LEVEL_WARN, NULL, "sudo chmod 666 /dev/net/tun",
			"/dev/net/tun has mode %04o: ordinary users may not open it, so neither "
			"slirp4netns nor pasta works for them (udev sets 0666)",
			st.st_mode & 07777);
		return;
	}
	sb_find(x->out, "rootless.tun", SB_LEVEL_OK, NULL, NULL,
		"/dev/net/tun may be opened by all");
}

static void check_runtime_dir(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	const char *dir = sb_machine_env(m, "XDG_RUNTIME_DIR");
	sb_auto_free char *fix = NULL;
	struct stat st;

	if (m->uid != m->person_uid)
		return; /* sudo: the person's environment is out of sight */
	fix =
	    sb_asprintf("export XDG_RUNTIME_DIR=/run/user/%u  # su and sudo -u do not set it; log "
			"in with ssh or: sudo machinectl shell %s@",
			m->person_uid, m->person);
	if (!dir || dir[0] != '/')
		sb_find(x->out, "rootless.runtime_dir", SB_LEVEL_WARN, m->person, fix,
			"XDG_RUNTIME_DIR is %s: the sockets of rootless daemons cannot be found",
			dir ? "no absolute path" : "not set");
	else if (sb_machine_stat(m, dir, &st) || !S_ISDIR(st.st_mode))
		sb_find(x->out, "rootless.runtime_dir", SB_LEVEL_WARN, m->person, fix,
			"XDG_RUNTIME_DIR is %s, which is not there", dir);
	else if (sb_machine_is_here(m) && st.st_uid != m->person_uid)
		sb_find(x->out, "rootless.runtime_dir", SB_LEVEL_WARN, m->person, fix,
			"XDG_RUNTIME_DIR is %s, which belongs to another user (%u)", dir,
			st.st_uid);
	else if (st.st_mode & 0077)
		sb_find(x->out, "rootless.runtime_dir", SB_LEVEL_WARN, m->person,
			"chmod 700 \"$XDG_RUNTIME_DIR\"",
			"XDG_RUNTIME_DIR is %s with mode %04o: others may reach its sockets", dir,
			st.st_mode & 07777);
	else
		sb_find(x->out, "rootless.runtime_dir", SB_LEVEL_OK, m->person, NULL,
			"XDG_RUNTIME_DIR is %s", dir);
}

static void check_linger(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	sb_auto_free char *path = sb_asprintf("/var/lib/systemd/linger/%s", m->person);
	sb_auto_free char *fix = sb_asprintf("sudo loginctl enable-linger %s", m->person);
	struct stat st;

	if (!sb_machine_has_systemd(m))
		return;
	if (sb_machine_stat(m, path, &st))
		sb_find(x->out, "rootless.linger", SB_LEVEL_WARN, m->person, fix,
			"%s does not linger: their rootless daemons end when they log out, and do "
			"not start with the machine",
			m->person);
	else
		sb_find(x->out, "rootless.linger", SB_LEVEL_OK, m->person, NULL,
			"%s lingers: rootless daemons outlive the session", m->person);
}

static void check_overlay(const struct sb_check_context *x)
{
	sb_auto_free char *fuse = sb_machine_program(x->machine, "fuse-overlayfs");
	sb_auto_free char *kernel = sb_machine_kernel(x->machine);

	if (sb_machine_kernel_is(x->machine, 5, 11))
		sb_find(x->out, "rootless.overlay", SB_LEVEL_OK, NULL, NULL,
			"kernel %s allows overlay mounts in user namespaces (5.11 and newer)",
			kernel);
	else if (fuse)
		sb_find(x->out, "rootless.overlay", SB_LEVEL_OK, NULL, NULL,
			"kernel %s is older than 5.11, but %s is there", kernel, fuse);
	else
		sb_find(x->out, "rootless.overlay", SB_LEVEL_WARN, NULL,
			"sudo apt-get install fuse-overlayfs  # Fedora: sudo dnf install "
			"fuse-overlayfs",
			"kernel %s allows no overlay mounts in user namespaces (5.11 does) and "
			"fuse-overlayfs is not installed: rootless daemons copy whole images (vfs)",
			kernel);
}

#define DELEGATE_FIX                                                    \
	"sudo mkdir -p /etc/systemd/system/user@.service.d\n"           \
	"printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | " \
	"sudo tee /etc/systemd/system/user@.service.d/delegate.conf\n"  \
	"sudo systemctl daemon-reload  # then log out and in again"

static void check_cgroup(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	sb_auto_free char *all = sb_machine_read(m, "/sys/fs/cgroup/cgroup.controllers");
	sb_auto_free char *path = sb_asprintf(
	    "/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/cgroup.controllers",
	    m->person_uid, m->person_uid);
	sb_auto_free char *own = sb_machine_read(m, path);

	if (!all) {
		sb_find(
		    x->out, "rootless.cgroup", SB_LEVEL_WARN, NULL,
		    "sudo grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1  # "
		    "Debian, Ubuntu: GRUB_CMDLINE_LINUX in /etc/default/grub, then sudo "
		    "update-grub",
		    "cgroup v2 is not mounted at /sys/fs/cgroup: rootless containers run without "
		    "limits");
		return;
	}
	if (own && (!strstr(own, "memory") || !strstr(own, "pids") || !strstr(own, "cpu")))
		sb_find(x->out, "rootless.cgroup", SB_LEVEL_WARN, m->person, DELEGATE_FIX,
			"cgroup v2, but of cpu, memory and pids only \"%s\" is delegated to %s",
			own, m->person);
	else if (own)
		sb_find(x->out, "rootless.cgroup", SB_LEVEL_OK, m->person, NULL,
			"cgroup v2, delegated to %s: %s", m->person, own);
	else
		sb_find(x->out, "rootless.cgroup", SB_LEVEL_INFO, m->person, NULL,
			"cgroup v2, but no user@%u.service: nothing is delegated to %s now, so "
			"rootless containers have no limits",
			m->person_uid, m->person);
}

void sb_check_rootless(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;

	if (!sb_check_context_wants_rootless(x))
		return;
	check_user_namespaces(x);
	check_tun(x);
	check_overlay(x);
	if (m->person_uid == 0) {
		sb_find(x->out, "rootless.person", SB_LEVEL_INFO, "root", NULL,
			"rootless engines belong to an ordinary user: run satbed doctor as that "
			"user for their subordinate ids, session and limits");
		return;
	}
	check_range(x, "subuid", "/etc/subuid", "subuid");
	check_range(x, "subgid", "/etc/subgid", "subgid");
	check_mapper(x, "newuidmap");
	check_mapper(x, "newgidmap");
	check_mapping(x);
	check_no_new_privs(x);
	check_runtime_dir(x);
	check_linger(x);
	check_cgroup(x);
}
