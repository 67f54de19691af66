// SPDX-License-Identifier: MIT
/* machine.c - terminal and gateway on the native engine: namespaces, and the wires between them */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/netns.h"
#include "engine/pep/pep.h"
#include "satbed/base/json.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

static struct sb_pep_machine *machine_of(struct sb_peps *p, size_t link, enum sb_dir sends)
{
	return &p->each[2 * link + (sends == SB_UP ? 0 : 1)];
}

static struct sb_pep_place place_of(const struct sb_plan *plan, size_t link, enum sb_dir sends)
{
	return (struct sb_pep_place){plan, link, sends, "node0", "sat0"};
}

static int set_sysctl(void *arg, const char *name, const char *value, struct sb_err *err)
{
	sb_auto_free char *file = sb_asprintf("/proc/sys/%s", name);

	(void)arg;
	for (char *dot = file; (dot = strchr(dot, '.'));)
		*dot = '/';
	if (!sb_write_text(file, value))
		return 0;
	return sb_fail(err, SB_EENV, errno,
		       "cannot write %s, which proxies need; in a container, write clock = virtual",
		       file);
}

static int settle(void *arg, struct sb_err *err)
{
	return sb_pep_sysctls(arg, !access("/proc/sys/net/ipv6", F_OK), set_sysctl, NULL, err);
}

int sb_peps_open(struct sb_peps *p, const struct sb_plan *plan, int nice, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct sb_pep_counts *counts;
	size_t count = 2 * plan->link_count;

	*p =
	    (struct sb_peps){.plan = plan, .nice = nice, .each = sb_alloc(count, sizeof(*p->each))};
	for (size_t i = 0; i < count; i++)
		p->each[i].net_fd = -1;
	if (home_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open /proc/self/ns/net");
	counts = mmap(NULL, count * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "cannot share memory with the proxies");
	for (size_t i = 0; i < count; i++) {
		struct sb_pep_place at = place_of(plan, i / 2, i % 2 ? SB_DOWN : SB_UP);

		p->each[i].counts = &counts[i];
		if (sb_netns_make(home_fd, settle, &at, &p->each[i].net_fd, err))
			return -1;
	}
	return 0;
}

void sb_peps_close(struct sb_peps *p)
{
	size_t count = p->each ? 2 * p->plan->link_count : 0;

	if (count && p->each[0].counts)
		munmap(p->each[0].counts, count * sizeof(*p->each[0].counts));
	for (size_t i = 0; i < count; i++)
		sb_pep_machine_close(&p->each[i]);
	free(p->each);
	p->each = NULL;
}

/* What is done inside a machine's namespace, its netlink socket included. */
static int configure_inside(struct sb_pep_machine *m, const struct sb_pep_place *at, int home_fd,
			    struct sb_err *err)
{
	struct sb_rtnl nl = {.ioctl_fd = -1};
	int rc = sb_netns_enter(m->net_fd, err);

	if (rc)
		return rc;
	rc = sb_rtnl_open(&nl, err);
	if (!rc) {
		rc = sb_pep_configure(m, at, &nl, err);
		sb_rtnl_close(&nl);
	}
	return sb_netns_enter(home_fd, rc ? NULL : err) || rc ? -1 : 0;
}

/* A veth from a machine into a bridge. */
static int add_pair(struct sb_wires *w, const char *ifname, const char *host_ifname,
		    const uint8_t mac[6], const char *bridge, int net_fd, struct sb_err *err)
{
	struct sb_endpoint end = {0};

	sb_copy_str(end.ifname, sizeof(end.ifname), ifname);
	sb_copy_str(end.host_ifname, sizeof(end.host_ifname), host_ifname);
	memcpy(end.mac, mac, 6);
	return sb_wire_pair(w, &end, bridge, net_fd, err);
}

static int add_machine(struct sb_peps *p, struct sb_wires *w, size_t i, enum sb_dir sends,
		       const char *bridge, struct sb_err *err)
{
	const struct sb_link *link = &p->plan->links[i];
	struct sb_pep_machine *m = machine_of(p, i, sends);
	struct sb_pep_place at = place_of(p->plan, i, sends);
	const struct sb_endpoint *node = sb_pep_near(&at), *beyond = sb_pep_beyond(&at);
	char host_ifname[SB_IFNAME_MAX];

	snprintf(host_ifname, sizeof(host_ifname), "%s%zu", sends == SB_UP ? "sbtn" : "sbgn",
		 i + 1);
	if (sb_rtnl_add_bridge(&w->emulator, bridge, p->plan->mtu, err) ||
	    sb_wire_pair(w, node, bridge, w->net_fds[sends == SB_UP ? i + 1 : 0], err) ||
	    add_pair(w, at.node_side, host_ifname, beyond->mac, bridge, m->net_fd, err) ||
	    add_pair(w, at.satellite_side,
		     link->point_ifname[sends == SB_UP ? SB_AT_CLIENT : SB_AT_SERVER], node->mac,
		     link->bridge, m->net_fd, err))
		return -1;
	return configure_inside(m, &at, w->home_fd, err);
}

int sb_pep_build(struct sb_peps *p, struct sb_wires *w, size_t i, struct sb_err *err)
{
	char bridge[2][SB_IFNAME_MAX];

	snprintf(bridge[SB_UP], sizeof(bridge[0]), "sbbt%zu", i + 1);
	snprintf(bridge[SB_DOWN], sizeof(bridge[0]), "sbbg%zu", i + 1);
	if (sb_rtnl_add_bridge(&w->emulator, p->plan->links[i].bridge, p->plan->mtu, err) ||
	    add_machine(p, w, i, SB_UP, bridge[SB_UP], err))
		return sb_wrap(err, "terminal");
	if (add_machine(p, w, i, SB_DOWN, bridge[SB_DOWN], err))
		return sb_wrap(err, "gateway");
	return 0;
}

int sb_peps_launch(struct sb_peps *p, struct sb_err *err)
{
	for (size_t i = 0; i < 2 * p->plan->link_count; i++) {
		struct sb_pep_place at = place_of(p->plan, i / 2, i % 2 ? SB_DOWN : SB_UP);

		if (sb_pep_launch(&p->each[i], &at, p->nice, err))
			return -1;
	}
	return 0;
}

void sb_peps_facts(void *arg, cJSON *into)
{
	cJSON *list = cJSON_AddArrayToObject(into, "relays");
	struct sb_peps *p = arg;

	for (size_t i = 0; i < p->plan->link_count; i++) {
		cJSON *obj = cJSON_CreateObject();
		double cpu_s = 0;

		cJSON_AddItemToArray(list, obj);
		sb_pep_machine_facts(&p->each[2 * i], SB_UP, obj, &cpu_s);
		sb_pep_machine_facts(&p->each[2 * i + 1], SB_DOWN, obj, &cpu_s);
		if (cpu_s >= 0)
			sb_json_add_num(obj, "cpu_s", cpu_s);
	}
}
