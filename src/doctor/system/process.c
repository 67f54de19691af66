// SPDX-License-Identifier: MIT
/* process.c - the process behind a daemon's socket */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

#define MAX_CMDLINE   65536
#define MAX_ANCESTORS 6

void sb_peer_look(const char *path, struct sb_peer *out)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	sb_auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*out = (struct sb_peer){.state = "absent"};
	if (fd < 0 || sb_copy_str(to.sun_path, sizeof(to.sun_path), path))
		return;
	/* A full backlog (EAGAIN): somebody does listen. */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EAGAIN) {
		if (errno == EACCES || errno == EPERM)
			out->state = "forbidden";
		else if (errno != ENOENT && errno != ENOTDIR)
			out->state = "refused";
		return;
	}
	out->state = "answers";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return;
	out->pid = cred.pid;
	out->uid = cred.uid;
}

/* A file of /proc/PID, which may be gone or out of bounds: NULL then. */
static char *read_proc(const struct sb_machine *m, int pid, const char *name, size_t *len)
{
	sb_auto_free char *path = sb_asprintf("%s/proc/%d/%s", m->root, pid, name);
	char *text;

	return sb_read_file(path, MAX_CMDLINE, &text, len, NULL) ? NULL : text;
}

const char *sb_process_option(const char *cmdline, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *w = cmdline; w < cmdline + len; w += strlen(w) + 1) {
		const char *next = w + strlen(w) + 1;

		if (strncmp(w, "--", 2) || strncmp(w + 2, name, name_len))
			continue;
		if (w[2 + name_len] == '=')
			return w + 3 + name_len;
		if (!w[2 + name_len])
			return next < cmdline + len ? next : NULL;
	}
	return NULL;
}

static int status_number(const char *status, const char *key)
{
	const char *at = sb_proc_status(status, key);

	return at ? atoi(at) : 0;
}

static bool is_called(const struct sb_machine *m, int pid, const char *comm)
{
	sb_auto_free char *own = read_proc(m, pid, "comm", NULL);

	if (own)
		own[strcspn(own, "\n")] = '\0';
	return own && !strcmp(own, comm);
}

/* systemd listens for a daemon that it starts with "-H fd://": that one, of the same owner. */
static int find_by_name(const struct sb_machine *m, const char *comm, unsigned int uid)
{
	sb_auto_free char *proc = sb_asprintf("%s/proc", m->root);
	DIR *dir = opendir(proc);
	int found = 0, pid;

	while (!found && (pid = sb_proc_next(dir))) {
		sb_auto_free char *status = NULL, *cmdline = NULL;
		const char *host;
		size_t len;

		if (!is_called(m, pid, comm))
			continue;
		status = read_proc(m, pid, "status", NULL);
		cmdline = read_proc(m, pid, "cmdline", &len);
		if (!status || !cmdline || (unsigned int)status_number(status, "Uid") != uid)
			continue;
		host = sb_process_option(cmdline, len, "host");
		if (!host || !strncmp(host, "fd:", 3))
			found = pid;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void add_option(cJSON *to, const char *key, const char *cmdline, size_t len,
		       const char *option)
{
	const char *value = sb_process_option(cmdline, len, option);

	if (value && value[0] && !cJSON_HasObjectItem(to, key))
		sb_json_add_str(to, key, value);
}

/* rootlesskit is the daemon's parent's parent, or so: its options say how packets leave. */
static void add_rootlesskit(const struct sb_machine *m, int pid, cJSON *to)
{
	for (int i = 0; i < MAX_ANCESTORS && pid > 1; i++) {
		sb_auto_free char *status = read_proc(m, pid, "status", NULL);
		sb_auto_free char *cmdline = NULL;
		size_t len;

		pid = status ? status_number(status, "PPid") : 0;
		cmdline = pid > 1 ? read_proc(m, pid, "cmdline", &len) : NULL;
		if (!cmdline || (!is_called(m, pid, "rootlesskit") && !is_called(m, pid, "exe")))
			continue;
		add_option(to, "network_driver", cmdline, len, "net");
		add_option(to, "port_driver", cmdline, len, "port-driver");
		if (memmem(cmdline, len, "--detach-netns", 14))
			cJSON_AddBoolToObject(to, "detach_netns",
					      !memmem(cmdline, len, "--detach-netns=false", 20));
	}
}

static void add_log(const struct sb_machine *m, int pid, cJSON *to)
{
	sb_auto_free char *path = sb_asprintf("%s/proc/%d/fd/2", m->root, pid);
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0)
		return;
	target[n] = '\0';
	/* systemd gives its services a socket of the journal. */
	if (!strncmp(target, "socket:", 7))
		sb_json_add_str(to, "log", "journal");
	else if (target[0] == '/' && strncmp(target, "/dev/", 5))
		sb_json_add_str(to, "log", target);
}

/* The value of one of @names in an environment; NULL: none. */
static const char *environment_value(const char *environment, size_t len, const char *const *names)
{
	for (; *names; names++) {
		size_t name_len = strlen(*names);

		for (const char *w = environment; w < environment + len; w += strlen(w) + 1)
			if (!strncmp(w, *names, name_len) && w[name_len] == '=' && w[name_len + 1])
				return w + name_len + 1;
	}
	return NULL;
}

/* Where it looks for its settings, and what it pulls through: its owner and root may read that. */
static void add_environment(const struct sb_machine *m, int pid, cJSON *to)
{
	static const char
	    *const proxies[] = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", NULL},
		   *const configs[] = {"XDG_CONFIG_HOME", NULL}, *const homes[] = {"HOME", NULL};
	size_t len;
	sb_auto_free char *environment = read_proc(m, pid, "environ", &len);
	const char *config, *home, *set;
	sb_auto_free char *proxy = NULL;

	if (!environment)
		return;
	config = environment_value(environment, len, configs);
	home = environment_value(environment, len, homes);
	set = environment_value(environment, len, proxies);
	proxy = sb_strdup(set ? set : "");
	sb_hide_passwords(proxy);
	sb_json_add_str(to, "proxy", proxy);
	if (config && config[0] == '/') {
		sb_json_add_str(to, "config_home", config);
	} else if (home && home[0] == '/') {
		sb_auto_free char *usual = sb_asprintf("%s/.config", home);

		sb_json_add_str(to, "config_home", usual);
	}
}

static char *readable(const char *cmdline, size_t len)
{
	char *copy = sb_alloc(len + 1, 1);

	for (size_t i = 0; i + 1 < len; i++)
		copy[i] = cmdline[i] ? cmdline[i] : ' ';
	if (len > 400)
		copy[400] = '\0';
	return copy;
}

cJSON *sb_process_of(const struct sb_machine *m, const struct sb_peer *peer, const char *comm)
{
	int pid = peer->pid;
	sb_auto_free char *cmdline = NULL, *status = NULL, *command = NULL, *user = NULL;
	unsigned int uid;
	size_t len;
	cJSON *out;

	if (pid > 0 && is_called(m, pid, "systemd"))
		pid = find_by_name(m, comm, peer->uid);
	if (pid <= 0)
		return NULL;
	status = read_proc(m, pid, "status", NULL);
	cmdline = read_proc(m, pid, "cmdline", &len);
	if (!status || !cmdline)
		return NULL;
	uid = (unsigned int)status_number(status, "Uid");
	user = sb_machine_user_name(m, uid);
	command = readable(cmdline, len);
	out = cJSON_CreateObject();
	sb_json_add_i64(out, "pid", pid);
	sb_json_add_i64(out, "uid", uid);
	sb_json_add_str(out, "user", user);
	sb_json_add_str(out, "command", command);
	add_option(out, "config_file", cmdline, len, "config-file");
	add_rootlesskit(m, pid, out);
	add_log(m, pid, out);
	add_environment(m, pid, out);
	return out;
}
