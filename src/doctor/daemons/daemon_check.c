// SPDX-License-Identifier: MIT
/* daemon_check.c - each daemon by itself: does it answer, what does it enforce, who may ask it */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "daemons.h"
#include "settings.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

#define DELEGATE                                                                 \
	"sudo mkdir -p /etc/systemd/system/user@.service.d\n"                    \
	"printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | sudo tee " \
	"/etc/systemd/system/user@.service.d/delegate.conf\n"                    \
	"sudo systemctl daemon-reload  # then log out and in again"

static const char *engine_of(const cJSON *row)
{
	const char *engine = sb_fact_str(row, "engine");

	return engine ? engine : "daemon";
}

static bool is_podman(const cJSON *row)
{
	return sb_row_is(row, "podman") || sb_row_is(row, "podman-rootless");
}

static bool has_user_unit(const struct sb_check_context *x, const char *name)
{
	const char *load =
	    sb_fact_str(sb_fact(sb_fact(sb_fact(x->facts, "units"), "user"), name), "LoadState");

	return load && !strcmp(load, "loaded");
}

/* How to start it, or how to install it first; the caller's to free. */
static char *start_fix(const struct sb_check_context *x, const cJSON *row)
{
	sb_auto_free char *docker = sb_machine_program(x->machine, "dockerd"),
			  *podman = sb_machine_program(x->machine, "podman");
	bool systemd = sb_machine_has_systemd(x->machine);

	if (sb_row_is(row, "docker-rootless"))
		return sb_asprintf(
		    "%s%s",
		    docker ? ""
			   : "sudo apt-get install docker.io rootlesskit "
			     "slirp4netns uidmap\n",
		    !systemd ? "setsid -f dockerd-rootless.sh >~/dockerd-rootless.log 2>&1"
		    : has_user_unit(x, "docker.service")
			? "systemctl --user start docker"
			: "dockerd-rootless-setuptool.sh install  # once; it starts it");
	if (sb_row_is(row, "podman-rootless"))
		return sb_asprintf("%s%s", podman ? "" : "sudo apt-get install podman\n",
				   systemd ? "systemctl --user enable --now podman.socket"
					   : "setsid -f podman system service -t 0");
	if (sb_row_is(row, "podman"))
		return sb_asprintf("%s%s", podman ? "" : "sudo apt-get install podman\n",
				   systemd ? "sudo systemctl enable --now podman.socket"
					   : "sudo podman system service -t 0 &");
	if (sb_is_snap_docker(x->machine, NULL))
		return sb_strdup("sudo snap start docker");
	return sb_asprintf("%s%s", docker ? "" : "sudo apt-get install docker.io\n",
			   systemd ? "sudo systemctl enable --now docker"
				   : "sudo service docker start");
}

/* Given by a variable: then somebody means it. */
static bool is_meant(const cJSON *row)
{
	const char *origin = sb_fact_str(row, "origin");

	return !strcmp(origin, "DOCKER_HOST") || !strcmp(origin, "CONTAINER_HOST");
}

static void check_meant(const struct sb_check_context *x)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, sb_fact(x->facts, "absent"))
	{
		sb_auto_free char *fix =
		    sb_asprintf("unset %s  # or start that daemon", sb_fact_str(row, "origin"));

		if (is_meant(row))
			sb_find(x->out, "daemon.absent", SB_LEVEL_FAIL, engine_of(row), fix,
				"%s is %s, where nothing listens", sb_fact_str(row, "origin"),
				sb_fact_str(row, "url"));
	}
}

static bool has_row(const struct sb_check_context *x, const char *engine)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, x->out->daemons)
	{
		if (sb_row_is(row, engine))
			return true;
	}
	return false;
}

/* Several usual places of one engine are one finding. */
static void check_absent(const struct sb_check_context *x, const char *engine)
{
	cJSON *urls = cJSON_CreateArray();
	const cJSON *row, *last = NULL;
	sb_auto_free char *words = NULL, *fix = NULL, *program = NULL;

	cJSON_ArrayForEach(row, sb_fact(x->facts, "absent"))
	{
		if (!sb_row_is(row, engine) || is_meant(row))
			continue;
		last = row;
		cJSON_AddItemToArray(urls, cJSON_CreateString(sb_fact_str(row, "url")));
	}
	words = sb_list_words(urls);
	cJSON_Delete(urls);
	if (!last || has_row(x, engine))
		return;
	fix = start_fix(x, last);
	program = sb_machine_program(x->machine, is_podman(last) ? "podman" : "dockerd");
	sb_find(x->out, "daemon.absent", x->request->engine ? SB_LEVEL_FAIL : SB_LEVEL_INFO, engine,
		fix, "nothing listens at %s; %s is %s", words,
		is_podman(last) ? "podman" : "dockerd", program ? program : "not installed");
	/* Root has no rootless engine. */
	if (program && x->machine->person_uid)
		sb_check_can_fix(x);
	sb_check_settings(x, engine);
}

/* Who is in the group already needs a newer session, not the group again. */
static const char *access_fix(const struct sb_machine *m)
{
	if (sb_machine_has_group(m, "docker"))
		return "newgrp docker  # or log out and in again";
	return "sudo usermod -aG docker $USER  # that makes you root; or use a rootless one: "
	       "dockerd-rootless-setuptool.sh install";
}

static void check_silent(const struct sb_check_context *x, const cJSON *row)
{
	const char *state = sb_fact_str(row, "state"), *url = sb_fact_str(row, "url"),
		   *why = sb_fact_str(row, "why");
	bool root_docker = sb_row_is(row, "docker");
	sb_auto_free char *fix = start_fix(x, row);

	if (state && !strcmp(state, "refused"))
		sb_find(x->out, "daemon.refused", SB_LEVEL_WARN, engine_of(row), fix,
			"%s exists, but nothing listens: its daemon has ended", url);
	else if (state && !strcmp(state, "forbidden"))
		sb_find(x->out, "daemon.forbidden", SB_LEVEL_WARN, engine_of(row),
			root_docker ? access_fix(x->machine) : NULL,
			"%s exists, but %s may not connect to it%s", url, x->machine->person,
			root_docker && sb_machine_has_group(x->machine, "docker")
			    ? " in this session, which is older than the membership in group docker"
			    : "");
	else
		sb_find(x->out, "daemon.broken", SB_LEVEL_FAIL, engine_of(row),
			sb_fact_str(row, "log"), "%s accepts connections, but: %s", url,
			why ? why : "no answer within its time");
	if (state && !strcmp(state, "refused"))
		sb_check_can_fix(x);
	if (!state || strcmp(state, "forbidden") != 0)
		sb_check_last_error(x, engine_of(row));
}

static void check_answers(const struct sb_check_context *x, const cJSON *row)
{
	const char *process_user = sb_fact_str(sb_fact(row, "process"), "user");
	sb_auto_free char *also = sb_list_words(sb_fact(row, "also"));

	sb_find(x->out, "daemon.answers", SB_LEVEL_OK, engine_of(row), NULL,
		"%s %s%s%s at %s (%s)%s%s", sb_fact_true(row, "podman") ? "Podman" : "Docker",
		sb_fact_str(row, "version") ? sb_fact_str(row, "version") : "of unknown version",
		process_user ? " of " : "", process_user ? process_user : "",
		sb_fact_str(row, "url"), sb_fact_str(row, "origin"),
		strcmp(also, "none") ? ", the same as at " : "", strcmp(also, "none") ? also : "");
}

static void check_socket(const struct sb_check_context *x, const cJSON *row)
{
	const char *mode = sb_fact_str(row, "socket_mode"), *url = sb_fact_str(row, "url");
	sb_auto_free char *fix = NULL;

	if (!strncmp(url, "tcp://", 6)) {
		if (!sb_machine_env(x->machine, "DOCKER_TLS_VERIFY"))
			sb_find(
			    x->out, "daemon.tcp", SB_LEVEL_WARN, engine_of(row),
			    "export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$HOME/.docker  # after "
			    "the daemon was given certificates",
			    "%s without TLS: whoever reaches that port is root there", url);
		return;
	}
	if (!mode || !(strtoul(mode, NULL, 8) & 0002))
		return;
	fix = sb_asprintf("sudo chmod 660 %s", url + strlen("unix://"));
	sb_find(x->out, "daemon.socket_mode", SB_LEVEL_WARN, engine_of(row), fix,
		"%s has mode %s: every user of this machine may use it%s", url, mode,
		sb_fact_true(row, "rootless") ? " with your rights" : ", and so is root");
}

static void check_limits(const struct sb_check_context *x, const cJSON *row)
{
	const cJSON *limits = sb_fact(row, "limits");
	bool rootless = sb_fact_true(row, "rootless");
	const char *driver = sb_fact_str(row, "cgroup_driver"),
		   *version = sb_fact_str(row, "cgroup_version");
	bool memory = sb_fact_true(limits, "memory"), pids = sb_fact_true(limits, "pids"),
	     cpu = sb_fact_true(limits, "cpu");
	bool none = driver && !strcmp(driver, "none");
	const char *fix = NULL;

	if (memory && pids && cpu && !none) {
		sb_find(x->out, "daemon.limits", SB_LEVEL_OK, engine_of(row), NULL,
			"limits of memory, pids and cpu work (cgroup v%s, driver %s)",
			version ? version : "?", driver ? driver : "?");
		return;
	}
	if (!rootless)
		fix = "docker info  # its warnings; boot with systemd.unified_cgroup_hierarchy=1";
	else if (sb_machine_has_systemd(x->machine))
		fix = DELEGATE;
	sb_find(x->out, "daemon.limits", SB_LEVEL_WARN, engine_of(row), fix,
		"these limits do not work:%s%s%s (cgroup v%s, driver %s)%s",
		memory && !none ? "" : " memory", pids && !none ? "" : " pids",
		cpu && !none ? "" : " cpu", version ? version : "?", driver ? driver : "?",
		!rootless ? ""
		: fix	  ? "; systemd must delegate them to the user"
		      : "; a user gets them from systemd (Delegate=cpu cpuset io memory pids in "
			"user@.service), which is not here");
}

static void check_storage(const struct sb_check_context *x, const cJSON *row)
{
	const char *storage = sb_fact_str(row, "storage");

	if (storage && !strcmp(storage, "vfs"))
		sb_find(
		    x->out, "daemon.storage", SB_LEVEL_WARN, engine_of(row),
		    sb_fact_true(row, "podman")
			? "${EDITOR:-vi} ~/.config/containers/storage.conf  # [storage] driver = "
			  "\"overlay\", then: podman system reset"
			: "dockerd --storage-driver=overlay2  # or: fuse-overlayfs; in its "
			  "settings: "
			  "\"storage-driver\"",
		    "storage driver vfs copies the whole image for each container: slow, and "
		    "%s fills up",
		    sb_fact_str(row, "root_dir") ? sb_fact_str(row, "root_dir") : "its folder");
}

static void check_image(const struct sb_check_context *x, const cJSON *row)
{
	const cJSON *image = sb_fact(row, "image");
	const char *name = sb_fact_str(image, "name");
	sb_auto_free char *fix = sb_asprintf(
	    "satbed image import ROOTFS.tar --engine %s --name %s  # without a registry",
	    engine_of(row), name ? name : "NAME");

	if (!name || !sb_fact(image, "present"))
		return;
	if (sb_fact_true(image, "present"))
		sb_find(x->out, "daemon.image", SB_LEVEL_OK, engine_of(row), NULL,
			"image %s is there", name);
	else
		sb_find(x->out, "daemon.image", SB_LEVEL_INFO, engine_of(row), fix,
			"image %s is not there: the first run pulls it", name);
}

static void check_machine(const struct sb_check_context *x, const cJSON *row)
{
	const char *kernel = sb_fact_str(row, "kernel"), *os = sb_fact_str(row, "os"),
		   *arch = sb_fact_str(row, "arch");
	sb_auto_free char *own = sb_machine_kernel(x->machine);
	struct utsname u;

	/* Docker says x86_64, Podman amd64. */
	if (arch && !uname(&u) && strcmp(arch, u.machine) &&
	    !(!strcmp(arch, "amd64") && !strcmp(u.machine, "x86_64")) &&
	    !(!strcmp(arch, "arm64") && !strcmp(u.machine, "aarch64")))
		sb_find(x->out, "daemon.arch", SB_LEVEL_FAIL, engine_of(row), NULL,
			"its machine is %s, satbed is built for %s: its agent cannot run there",
			arch, u.machine);
	if (kernel && own[0] && strcmp(kernel, own))
		sb_find(x->out, "daemon.kernel", SB_LEVEL_INFO, engine_of(row), NULL,
			"it runs on another machine or in a virtual one (%s, kernel %s): what is "
			"said above of links is not said of it",
			os ? os : "system not known", kernel);
}

static void check_network(const struct sb_check_context *x, const cJSON *row)
{
	const char *net = sb_fact_str(row, "network_driver"),
		   *port = sb_fact_str(row, "port_driver");

	if (!sb_fact_true(row, "rootless") || !net)
		return;
	sb_find(x->out, "daemon.network", SB_LEVEL_INFO, engine_of(row), NULL,
		"packets leave through %s%s%s%s", net,
		port ? ", published ports come in through " : "", port ? port : "",
		port && !strcmp(port, "builtin")
		    ? " (a relay of RootlessKit's: source addresses are lost, slirp is passed by)"
		    : "");
	if (!strcmp(net, "vpnkit"))
		sb_find(x->out, "daemon.vpnkit", SB_LEVEL_WARN, engine_of(row),
			"sudo apt-get install slirp4netns  # then restart the daemon",
			"vpnkit moves about a tenth of what slirp4netns does");
}

static void check_log(const struct sb_check_context *x, const cJSON *row)
{
	const char *log = sb_fact_str(row, "log");

	if (log)
		sb_find(x->out, "daemon.log", SB_LEVEL_INFO, engine_of(row), NULL, "its log: %s",
			log);
}

void sb_check_daemons(const struct sb_check_context *x)
{
	static const char *const engines[] = {"docker-rootless", "docker", "podman",
					      "podman-rootless"};
	const cJSON *row;

	check_meant(x);
	for (size_t i = 0; i < SB_ARRAY_LEN(engines); i++)
		check_absent(x, engines[i]);
	cJSON_ArrayForEach(row, x->out->daemons)
	{
		if (!sb_row_answers(row)) {
			check_silent(x, row);
			sb_check_mirrors(x, row);
			continue;
		}
		check_answers(x, row);
		check_socket(x, row);
		check_machine(x, row);
		check_storage(x, row);
		check_limits(x, row);
		check_network(x, row);
		sb_check_proxies(x, row);
		check_image(x, row);
		if (sb_fact_true(row, "podman"))
			sb_check_podman(x, row);
		sb_check_mirrors(x, row);
		check_log(x, row);
	}
}
