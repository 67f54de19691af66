// SPDX-License-Identifier: MIT
/* netfilter.c - what dockerd's rules need of the kernel: iptables of one kind or the other, IPv6 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "doctor/links/links.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define VERSION_MS 1500

/* iptables of either kind has the same matches and targets above its own tables. */
static const char *const common[] = {"bridge",	    "veth",	    "nf_nat",
				     "xt_addrtype", "xt_conntrack", NULL};
static const char *const nft[] = {"nf_tables", "nft_compat", NULL};
static const char *const legacy[] = {"ip_tables", "iptable_nat", "iptable_filter", NULL};

cJSON *sb_probe_netfilter(const void *ctx)
{
	const struct sb_check_context *x = ctx;
	sb_auto_free char *program = sb_machine_program(x->machine, "iptables"), *out = NULL;
	const char *argv[] = {program, "--version", NULL};
	cJSON *facts = cJSON_CreateObject();

	if (!program)
		return facts;
	sb_json_add_str(facts, "path", program);
	if (x->machine->run(argv, VERSION_MS, &out))
		return facts;
	out[strcspn(out, "\n")] = '\0';
	sb_json_add_str(facts, "version", out);
	return facts;
}

/* The first of @names that this kernel lacks for certain; NULL: none. */
static const char *first_absent(const struct sb_machine *m, const char *const *names)
{
	for (; *names; names++)
		if (sb_machine_module(m, *names) == SB_MODULE_ABSENT)
			return *names;
	return NULL;
}

static bool has_all(const struct sb_machine *m, const char *const *names)
{
	for (; *names; names++) {
		enum sb_module state = sb_machine_module(m, *names);

		if (state == SB_MODULE_ABSENT || state == SB_MODULE_UNKNOWN)
			return false;
	}
	return true;
}

/* The other kind of iptables does the same with the modules that are there. */
static void advise_other(const struct sb_check_context *x, const char *version, const char *missing,
			 bool is_nft)
{
	sb_auto_free char *kernel = sb_machine_kernel(x->machine);
	sb_auto_free char *fix =
	    sb_asprintf("sudo update-alternatives --set iptables /usr/sbin/iptables-%s\n"
			"sudo update-alternatives --set ip6tables /usr/sbin/ip6tables-%s  # then "
			"restart dockerd",
			is_nft ? "legacy" : "nft", is_nft ? "legacy" : "nft");

	sb_find(x->out, "system.iptables", SB_LEVEL_WARN, NULL, fix,
		"%s needs module %s, which kernel %s lacks: dockerd cannot start (\"failed to "
		"create NAT "
		"chain DOCKER\"); the kernel has what iptables-%s needs",
		version, missing, kernel, is_nft ? "legacy" : "nft");
}

static void check_iptables(const struct sb_check_context *x, const cJSON *facts)
{
	const char *version = sb_fact_str(facts, "version"), *missing;
	bool is_nft = version && strstr(version, "nf_tables");
	sb_auto_free char *why = NULL, *fix = NULL;

	if (!sb_fact_str(facts, "path")) {
		sb_find(x->out, "system.iptables", SB_LEVEL_WARN, NULL,
			"sudo apt-get install iptables",
			"iptables is not installed: dockerd cannot start without it");
		return;
	}
	if (!version)
		return;
	missing = first_absent(x->machine, is_nft ? nft : legacy);
	if (missing && has_all(x->machine, is_nft ? legacy : nft)) {
		advise_other(x, version, missing, is_nft);
		return;
	}
	if (!missing)
		missing = first_absent(x->machine, common);
	if (missing) {
		sb_module_advice(x->machine, missing, &why, &fix);
		sb_find(x->out, "system.iptables", SB_LEVEL_WARN, NULL, fix,
			"%s: %s: dockerd cannot start, or its containers reach nothing", version,
			why);
		return;
	}
	if (has_all(x->machine, is_nft ? nft : legacy) && has_all(x->machine, common))
		sb_find(x->out, "system.iptables", SB_LEVEL_OK, NULL, NULL,
			"%s, and the kernel has the modules that Docker's rules need", version);
}

/* A kernel package was replaced while its old kernel still runs: no module can be loaded any more. */
static bool are_modules_gone(const struct sb_machine *m)
{
	sb_auto_free char *kernel = sb_machine_kernel(m);
	sb_auto_free char *own = sb_asprintf("/lib/modules/%s", kernel);
	sb_auto_free char *all = sb_asprintf("%s/lib/modules", m->root);
	const struct dirent *e;
	bool others = false;
	struct stat st;
	DIR *dir;

	if (!kernel[0] || !sb_machine_has_systemd(m) || !sb_machine_stat(m, own, &st))
		return false;
	dir = opendir(all);
	while (dir && (e = readdir(dir)))
		others |= e->d_name[0] >= '0' && e->d_name[0] <= '9';
	if (dir)
		closedir(dir);
	return others;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

static void check_ipv6(const struct sb_check_context *x, bool dockerd)
{
	sb_auto_free char *boot = sb_machine_read(x->machine, "/proc/cmdline");
	sb_auto_free char *module =
	    sb_machine_read(x->machine, "/sys/module/ipv6/parameters/disable");
	bool by_boot = boot && has_word(boot, "ipv6.disable=1");

	if (!by_boot && !(module && !strcmp(module, "1")))
		return;
	sb_find(
	    x->out, "system.ipv6", dockerd ? SB_LEVEL_WARN : SB_LEVEL_INFO, NULL,
	    dockerd ? "sudo ${EDITOR:-vi} /etc/docker/daemon.json  # add: \"ip6tables\": false\n"
		      "sudo ${EDITOR:-vi} /etc/default/grub  # or boot with ipv6.disable_ipv6=1, "
		      "which leaves the protocol to programs"
		    : NULL,
	    "IPv6 is switched off (%s): [testbed] ip = 6 cannot work%s",
	    by_boot ? "boot option ipv6.disable=1" : "option disable=1 of module ipv6",
	    dockerd
		? "; Docker 28.0.0 does not start so (ip6tables fails), and 20.10.6 cannot publish "
		  "ports (\"address family not supported by protocol\")"
		: "");
}

void sb_check_netfilter(const struct sb_check_context *x)
{
	const cJSON *facts = sb_fact(x->facts, "netfilter");
	sb_auto_free char *dockerd = sb_machine_program(x->machine, "dockerd");
	sb_auto_free char *kernel = NULL;

	check_ipv6(x, dockerd != NULL);
	if (are_modules_gone(x->machine)) {
		kernel = sb_machine_kernel(x->machine);
		sb_find(x->out, "system.modules", SB_LEVEL_WARN, NULL, "sudo systemctl reboot",
			"kernel %s runs, but /lib/modules has only those of other kernels (it was "
			"upgraded): no module can be loaded, neither netem nor what dockerd needs",
			kernel);
		return;
	}
	if (facts && dockerd &&
	    (sb_check_context_wants(x, "docker") || sb_check_context_wants(x, "docker-rootless")))
		check_iptables(x, facts);
}
